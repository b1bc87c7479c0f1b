//! What a record of a subject holds, in memory and in bytes. Decides nothing.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteVec};

use super::{
    approval::SignInRequests,
    backup::BackupSet,
    device::Device,
    due::PartialProof,
    fields::{Id, address, parameters, secret, step},
    limiter::{Gate, Limiter},
    outbox::Outbox,
    pin::Pin,
    register::RegistrationState,
    security_key::{Ceremonies, SecurityKeys},
    sends::SendHistory,
    sent::StoredCode,
    span::Span,
    token::HotpState,
    unrequested::BlockedClients,
    work::Lease,
};
use crate::{
    Address, Secret, UnixTime,
    factor::FactorKind,
    id::ItemId,
    otp::{Step, TotpParameters},
};

/// Everything that is kept of a subject.
///
/// What may grow is a map with numbered fields. Every addition moves the format number of the record
/// (`keys::seal::FORMAT`), so that a release that does not know a field never drops it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct State {
    /// Moves when what was proven before must count no longer. Begins at a random number, so that a
    /// record that was deleted and made again does not take up old rights.
    #[n(0)]
    pub(super) epoch: u64,
    #[n(1)]
    pub(super) factors: Factors,
    /// At most one of each kind.
    #[n(2)]
    pub(super) enrollments: Vec<OpenEnrollment>,
    /// At most one for each purpose.
    #[n(3)]
    pub(super) challenges: Vec<OpenChallenge>,
    #[n(4)]
    pub(super) pace: Pace,
    #[n(5)]
    pub(super) sends: SendHistory,
    /// Wrong first codes of enrollments. Waits, and never disables: there is nothing to enroll again.
    #[n(6)]
    pub(super) enrolling: Limiter,
    /// What the person is still to be told.
    #[n(7)]
    pub(super) outbox: Outbox,
    /// Proofs that were right and wait for another.
    #[n(8)]
    pub(super) partial_proofs: Vec<PartialProof>,
    /// The slow try that is under way.
    #[n(9)]
    pub(super) lease: Option<Lease>,
    /// After a sign-in or a registration on a new device: no first PIN yet.
    #[n(10)]
    pub(super) quarantine: Span,
    /// What anybody may ask for, with counts of its own.
    #[n(11)]
    pub(super) registering: RegistrationState,
    /// Clients of which the owner said that their codes were not theirs.
    #[n(12)]
    pub(super) blocked_clients: BlockedClients,
    #[n(15)]
    pub(super) devices: Vec<Device>,
    #[n(16)]
    pub(super) sign_in_requests: SignInRequests,
    /// Ceremonies of security keys that wait for their answers.
    #[n(13)]
    pub(super) ceremonies: Ceremonies,
    /// The life of an administrator's reset, until a first factor was confirmed. Over and still
    /// here, it shuts the subject.
    #[n(14)]
    pub(super) reset: Option<Span>,
    /// Whose record it is, so that what a carrier reports leads back to them.
    #[n(17)]
    pub(super) name: ByteVec,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            epoch: 0,
            factors: Factors {
                totp: None,
                addresses: Vec::new(),
                hotp: None,
                backup: None,
                pin: None,
                security_keys: None,
            },
            enrollments: Vec::new(),
            challenges: Vec::new(),
            pace: Pace::new(),
            sends: SendHistory::new(),
            enrolling: Limiter::new(),
            outbox: Outbox::new(),
            partial_proofs: Vec::new(),
            lease: None,
            quarantine: Span::none(),
            registering: RegistrationState::new(),
            blocked_clients: BlockedClients::new(),
            devices: Vec::new(),
            sign_in_requests: SignInRequests::new(),
            ceremonies: Ceremonies::new(),
            reset: None,
            name: Vec::new().into(),
        }
    }
}

/// The factors that were confirmed.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Factors {
    #[n(0)]
    pub(super) totp: Option<TotpFactor>,
    #[n(1)]
    pub(super) addresses: Vec<ProvenAddress>,
    #[n(2)]
    pub(super) hotp: Option<HotpFactor>,
    #[n(3)]
    pub(super) backup: Option<BackupSet>,
    #[n(4)]
    pub(super) pin: Option<Pin>,
    #[n(5)]
    pub(super) security_keys: Option<SecurityKeys>,
}

/// What every factor has, whatever its kind.
pub(super) struct FactorSummary<'a> {
    pub(super) kind: FactorKind,
    /// The address and its name, where it is one.
    pub(super) id: Option<ItemId>,
    pub(super) address: Option<&'a Address>,
    /// When it was confirmed, and when it last proved something.
    pub(super) times: Times,
    pub(super) limiter: &'a Limiter,
    /// A second count, where a factor has one.
    pub(super) besides: Option<&'a Limiter>,
    /// Whether it stands between a right password and being in.
    pub(super) protects: bool,
    /// Whether it shares its count with one that comes before it: a second security key.
    pub(super) is_further: bool,
    /// Whether its owner wants codes by WhatsApp too.
    pub(super) takes_whatsapp: bool,
}

impl<'a> FactorSummary<'a> {
    /// One that has a count of its own, protects, and is the only one of its kind.
    pub(super) const fn of(kind: FactorKind, times: Times, limiter: &'a Limiter) -> Self {
        Self {
            kind,
            id: None,
            address: None,
            times,
            limiter,
            besides: None,
            protects: true,
            takes_whatsapp: false,
            is_further: false,
        }
    }

    /// Whether it can be tried now, in its ordinary way.
    pub(super) fn gate(&self, now: UnixTime) -> Gate {
        if self.is_disabled() { Gate::Disabled } else { self.limiter.gate(now) }
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.limiters().any(Limiter::is_disabled)
    }

    pub(super) fn failures(&self) -> u32 {
        self.limiters().map(Limiter::failures).fold(0, u32::saturating_add)
    }

    fn limiters(&self) -> impl Iterator<Item = &Limiter> {
        [self.limiter].into_iter().chain(self.besides)
    }
}

impl Factors {
    /// All of them. A new kind of factor does not compile until it has its line here.
    pub(super) fn each(&self) -> impl Iterator<Item = FactorSummary<'_>> {
        let Self { totp, addresses, hotp, backup, pin, security_keys } = self;
        let of = FactorSummary::of;
        let totp = totp.iter().map(move |app| of(FactorKind::Totp, app.times, &app.limiter));
        let hotp = hotp.iter().map(move |token| FactorSummary {
            besides: Some(&token.resync),
            ..of(FactorKind::Hotp, token.times, &token.limiter)
        });
        let addresses = addresses.iter().map(move |proven| FactorSummary {
            id: Some(ItemId::new(*proven.id)),
            address: Some(&proven.address),
            protects: proven.is_factor,
            takes_whatsapp: proven.takes_whatsapp,
            ..of(proven.address.kind().into(), proven.times, &proven.limiter)
        });
        let backup =
            backup.iter().map(move |set| of(FactorKind::BackupCode, set.times, &set.limiter));
        let pin = pin.iter().map(move |pin| of(FactorKind::Pin, pin.times, &pin.limiter));
        let keys = security_keys.iter().flat_map(SecurityKeys::each);
        totp.chain(hotp).chain(addresses).chain(backup).chain(pin).chain(keys)
    }

    /// The failure counters of all of them, and those that a factor keeps besides.
    pub(super) fn limiters(&mut self) -> impl Iterator<Item = (FactorKind, &mut Limiter)> {
        let Self { totp, addresses, hotp, backup, pin, security_keys } = self;
        let keys = security_keys.iter_mut();
        let keys = keys.map(|keys| (FactorKind::SecurityKey, &mut keys.limiter));
        let backup = backup.iter_mut().map(|set| (FactorKind::BackupCode, &mut set.limiter));
        let pin = pin.iter_mut().map(|pin| (FactorKind::Pin, &mut pin.limiter));
        let totp = totp.iter_mut().map(|app| (FactorKind::Totp, &mut app.limiter));
        let hotp = hotp.iter_mut().flat_map(|token| [&mut token.limiter, &mut token.resync]);
        let hotp = hotp.map(|limiter| (FactorKind::Hotp, limiter));
        let addresses = addresses.iter_mut();
        let addresses = addresses.map(|a| (a.address.kind().into(), &mut a.limiter));
        totp.chain(hotp).chain(addresses).chain(backup).chain(pin).chain(keys)
    }

    /// Whether a time in any of them is a clock fault.
    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.each().any(|factor| factor.limiters().any(|limiter| limiter.is_in_future(now)))
    }

    /// Whether anything stands between a right password and being in.
    ///
    /// Whether it can be last_used_at now does not matter: what is locked, disabled or not allowed by the
    /// policy still protects (STD A-27; FAILURES 45).
    pub(super) fn protect(&self) -> bool {
        self.each().any(|factor| factor.protects)
    }

    pub(super) fn by_id(&self, id: &Id) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.id == *id)
    }

    pub(super) fn by_address(&self, address: &Address) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.address == *address)
    }

    pub(super) fn by_id_mut(&mut self, id: &Id) -> Option<&mut ProvenAddress> {
        self.addresses.iter_mut().find(|proven| proven.id == *id)
    }

    pub(super) fn limiter_of(&mut self, id: &Id) -> Option<&mut Limiter> {
        self.by_id_mut(id).map(|proven| &mut proven.limiter)
    }
}

/// The authenticator app.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct TotpFactor {
    #[cbor(n(0), with = "secret")]
    pub(super) secret: Secret,
    #[cbor(n(1), with = "parameters")]
    pub(super) parameters: TotpParameters,
    /// The last step accepted, if one was. Never falls (FAILURES 15).
    #[cbor(n(2), with = "step")]
    pub(super) last: Option<Step>,
    #[n(3)]
    pub(super) limiter: Limiter,
    #[n(4)]
    pub(super) times: Times,
}

/// A token that counts.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct HotpFactor {
    #[n(0)]
    pub(super) token: HotpState,
    #[n(1)]
    pub(super) limiter: Limiter,
    /// Wrong pairs of codes. A count of its own: a pair is another guess than a code (FAILURES 33).
    #[n(2)]
    pub(super) resync: Limiter,
    #[n(3)]
    pub(super) times: Times,
}

/// An address that its owner has proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct ProvenAddress {
    #[n(0)]
    pub(super) id: Id,
    #[cbor(n(1), with = "address")]
    pub(super) address: Address,
    #[n(2)]
    pub(super) limiter: Limiter,
    /// Whether it was a factor for signing in when it was proven, or for recovery alone. A policy
    /// that changes later neither opens an account nor makes a factor of what was none.
    #[n(3)]
    pub(super) is_factor: bool,
    #[n(4)]
    pub(super) times: Times,
    /// Whether its owner wants codes by WhatsApp too.
    #[n(5)]
    pub(super) takes_whatsapp: bool,
}

/// When a factor was confirmed, and when it last proved something (STD N-49). For showing alone:
/// nothing is decided by it.
#[derive(Clone, Copy, Debug, Encode, Decode, CborLen)]
pub(super) struct Times {
    #[n(0)]
    enrolled_at: u64,
    #[n(1)]
    last_used_at: u64,
}

impl Times {
    pub(super) const fn new(now: UnixTime) -> Self {
        Self { enrolled_at: now.as_secs(), last_used_at: now.as_secs() }
    }

    pub(super) const fn enrolled_at(self) -> UnixTime {
        UnixTime::from_secs(self.enrolled_at)
    }

    pub(super) const fn last_used_at(self) -> UnixTime {
        UnixTime::from_secs(self.last_used_at)
    }

    pub(super) const fn touch(&mut self, now: UnixTime) {
        self.last_used_at = now.as_secs();
    }
}

/// A factor that waits for its first code.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct OpenEnrollment {
    #[n(0)]
    pub(super) id: Id,
    #[n(1)]
    pub(super) life: Span,
    #[n(2)]
    pub(super) wrong: u8,
    #[n(3)]
    pub(super) factor: NewFactor,
    /// Whether the PIN was proven by whoever began it.
    #[n(4)]
    pub(super) with_pin: bool,
}

#[derive(Encode, Decode, CborLen)]
pub(super) enum NewFactor {
    #[n(0)]
    Totp {
        #[cbor(n(0), with = "secret")]
        secret: Secret,
        #[cbor(n(1), with = "parameters")]
        parameters: TotpParameters,
    },
    #[n(1)]
    Address {
        #[cbor(n(0), with = "address")]
        address: Address,
        #[n(1)]
        sent: StoredCode,
    },
    #[n(2)]
    Hotp {
        #[n(0)]
        token: HotpState,
    },
}

impl NewFactor {
    pub(super) fn kind(&self) -> FactorKind {
        match self {
            Self::Totp { .. } => FactorKind::Totp,
            Self::Hotp { .. } => FactorKind::Hotp,
            Self::Address { address, .. } => address.kind().into(),
        }
    }
}

/// A code that was sent to a proven address and waits for its answer.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct OpenChallenge {
    #[n(0)]
    pub(super) address: Id,
    #[n(1)]
    pub(super) sent: StoredCode,
}

/// How fast codes follow each other, whatever challenge they belong to.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Pace {
    /// Codes sent enrolled_at the last success or the last long silence.
    #[n(0)]
    pub(super) sends: u8,
    /// The wait before the next one.
    #[n(1)]
    pub(super) wait: Span,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { sends: 0, wait: Span::none() }
    }
}
