//! The enrolled factors of a subject.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    addresses::ProvenAddress,
    backup_set::BackupSet,
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    hotp::HotpFactor,
    limiter::{Limiter, LockState},
    pin::PinFactor,
    security_keys::SecurityKeys,
    totp::TotpFactor,
};
use crate::{Address, FactorKind, UnixTime, id::ItemId};

/// The factors that were confirmed.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Factors {
    #[n(0)]
    pub(crate) totp: Option<TotpFactor>,
    #[n(1)]
    pub(crate) addresses: Vec<ProvenAddress>,
    #[n(2)]
    pub(crate) hotp: Option<HotpFactor>,
    #[n(3)]
    pub(crate) backup: Option<BackupSet>,
    #[n(4)]
    pub(crate) pin: Option<PinFactor>,
    #[n(5)]
    pub(crate) security_keys: Option<SecurityKeys>,
}

/// What factors of every kind have.
pub(crate) struct FactorSummary<'a> {
    pub(crate) kind: FactorKind,
    /// The id of an address.
    pub(crate) id: Option<ItemId>,
    pub(crate) address: Option<&'a Address>,
    pub(crate) times: FactorTimes,
    pub(crate) limiter: &'a Limiter,
    /// The second count of a HOTP token.
    pub(crate) second_limiter: Option<&'a Limiter>,
    /// Whether it makes a second factor required.
    pub(crate) protects: bool,
    /// Whether it shares the count of an earlier one, as a second security key does.
    pub(crate) is_further: bool,
    /// Whether its owner allows codes by WhatsApp.
    pub(crate) takes_whatsapp: bool,
}

impl<'a> FactorSummary<'a> {
    /// A factor that protects, has its own count and is the only one of its kind.
    pub(crate) const fn of(kind: FactorKind, times: FactorTimes, limiter: &'a Limiter) -> Self {
        Self {
            kind,
            id: None,
            address: None,
            times,
            limiter,
            second_limiter: None,
            protects: true,
            takes_whatsapp: false,
            is_further: false,
        }
    }

    /// Whether it accepts attempts; for a HOTP token, single codes.
    pub(crate) fn lock_state(&self, now: UnixTime) -> LockState {
        if self.is_disabled() { LockState::Disabled } else { self.limiter.state(now) }
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.limiters().any(|limiter| limiter.is_disabled)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.limiters().map(|limiter| limiter.failures).fold(0, u32::saturating_add)
    }

    fn limiters(&self) -> impl Iterator<Item = &Limiter> {
        [self.limiter].into_iter().chain(self.second_limiter)
    }
}

impl Factors {
    /// All enrolled factors.
    ///
    /// A new kind of factor does not compile until it is listed here.
    pub(crate) fn each(&self) -> impl Iterator<Item = FactorSummary<'_>> {
        let Self { totp, addresses, hotp, backup, pin, security_keys } = self;
        let of = FactorSummary::of;
        let totp = totp.iter().map(move |totp| of(FactorKind::Totp, totp.times, &totp.limiter));
        let hotp = hotp.iter().map(move |hotp| FactorSummary {
            second_limiter: Some(&hotp.resync),
            ..of(FactorKind::Hotp, hotp.times, &hotp.limiter)
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

    /// The failure counts of all enrolled factors.
    pub(crate) fn limiters(&mut self) -> impl Iterator<Item = (FactorKind, &mut Limiter)> {
        let Self { totp, addresses, hotp, backup, pin, security_keys } = self;
        let keys = security_keys.iter_mut();
        let keys = keys.map(|keys| (FactorKind::SecurityKey, &mut keys.limiter));
        let backup = backup.iter_mut().map(|set| (FactorKind::BackupCode, &mut set.limiter));
        let pin = pin.iter_mut().map(|pin| (FactorKind::Pin, &mut pin.limiter));
        let totp = totp.iter_mut().map(|totp| (FactorKind::Totp, &mut totp.limiter));
        let hotp = hotp.iter_mut().flat_map(|hotp| [&mut hotp.limiter, &mut hotp.resync]);
        let hotp = hotp.map(|limiter| (FactorKind::Hotp, limiter));
        let addresses = addresses.iter_mut();
        let addresses = addresses.map(|a| (a.address.kind().into(), &mut a.limiter));
        totp.chain(hotp).chain(addresses).chain(backup).chain(pin).chain(keys)
    }

    /// Whether a second factor is required after a correct first one.
    ///
    /// A factor that is locked, disabled or not allowed by the policy still protects (STD A-27;
    /// FAILURES 45).
    pub(crate) fn protect(&self) -> bool {
        self.each().any(|factor| factor.protects)
    }

    pub(crate) fn by_id(&self, id: &Id) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.id == *id)
    }

    pub(crate) fn by_address(&self, address: &Address) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.address == *address)
    }

    pub(crate) fn by_id_mut(&mut self, id: &Id) -> Option<&mut ProvenAddress> {
        self.addresses.iter_mut().find(|proven| proven.id == *id)
    }
}

impl HasTimes for Factors {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        self.limiters().for_each(|(_, limiter)| limiter.visit_times(visit));
        self.pin.visit_times(visit);
    }
}

/// When a factor was confirmed, and when it last proved something (STD N-49).
///
/// The times are shown to the user. No decision depends on them.
#[derive(Clone, Copy, Debug, Encode, Decode, CborLen)]
pub(crate) struct FactorTimes {
    #[n(0)]
    enrolled_at: u64,
    #[n(1)]
    last_used_at: u64,
}

impl FactorTimes {
    pub(crate) const fn new(now: UnixTime) -> Self {
        Self { enrolled_at: now.as_secs(), last_used_at: now.as_secs() }
    }

    pub(crate) const fn enrolled_at(self) -> UnixTime {
        UnixTime::from_secs(self.enrolled_at)
    }

    pub(crate) const fn last_used_at(self) -> UnixTime {
        UnixTime::from_secs(self.last_used_at)
    }

    pub(crate) const fn touch(&mut self, now: UnixTime) {
        self.last_used_at = now.as_secs();
    }
}
