//! What a record of a subject holds, in memory and in bytes. Decides nothing.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    fields::{address, parameters, secret, step},
    limiter::Limiter,
    sent::SentCode,
    span::Span,
};
use crate::{
    Address, Secret,
    factor::FactorKind,
    otp::{Step, TotpParameters},
};

/// Everything that is kept of a subject.
///
/// Maps with numbered fields, so that fields can be added; every addition moves the format number
/// of the record (`keys::seal::FORMAT`), so that a release that does not know a field never drops it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct State {
    /// Moves when what was proven before must count no longer. Begins at a random number, so that a
    /// record that was deleted and made again does not take up old grants.
    #[n(0)]
    pub(super) generation: u64,
    #[n(1)]
    pub(super) app: Option<App>,
    #[n(2)]
    pub(super) addresses: Vec<ProvenAddress>,
    #[n(3)]
    pub(super) pendings: Vec<Pending>,
    #[n(4)]
    pub(super) challenges: Vec<OpenChallenge>,
    #[n(5)]
    pub(super) pace: Pace,
    /// When messages were sent in the last day.
    #[n(6)]
    pub(super) sends: Vec<u64>,
    /// Wrong first codes of enrollments. Waits, and never disables: there is nothing to enroll again.
    #[n(7)]
    pub(super) enrolling: Limiter,
}

impl State {
    pub(super) const fn new(generation: u64) -> Self {
        Self {
            generation,
            app: None,
            addresses: Vec::new(),
            pendings: Vec::new(),
            challenges: Vec::new(),
            pace: Pace { sends: 0, wait: Span::new(crate::UnixTime::from_secs(0), 0) },
            sends: Vec::new(),
            enrolling: Limiter::new(),
        }
    }

    pub(super) fn address(&self, id: &Id) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.id == *id)
    }

    /// The failure counters of all factors.
    pub(super) fn limiters(&mut self) -> impl Iterator<Item = (FactorKind, &mut Limiter)> {
        let app = self.app.iter_mut().map(|app| (FactorKind::App, &mut app.limiter));
        app.chain(self.addresses.iter_mut().map(|a| (a.address.kind(), &mut a.limiter)))
    }
}

/// The authenticator app.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct App {
    #[cbor(n(0), with = "secret")]
    pub(super) secret: Secret,
    #[cbor(n(1), with = "parameters")]
    pub(super) parameters: TotpParameters,
    /// The last step accepted, if one was. Never falls (FAILURES 15).
    #[cbor(n(2), with = "step")]
    pub(super) last: Option<Step>,
    #[n(3)]
    pub(super) limiter: Limiter,
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
}

/// A factor that waits for its first code.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Pending {
    #[n(0)]
    pub(super) id: Id,
    #[n(1)]
    pub(super) life: Span,
    #[n(2)]
    pub(super) wrong: u8,
    /// Whether it was begun on the host's word alone, while nothing was enrolled.
    #[n(3)]
    pub(super) on_word: bool,
    #[n(4)]
    pub(super) what: PendingFactor,
}

#[derive(Encode, Decode, CborLen)]
pub(super) enum PendingFactor {
    #[n(0)]
    App {
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
        sent: SentCode,
    },
}

impl PendingFactor {
    pub(super) const fn kind(&self) -> FactorKind {
        match self {
            Self::App { .. } => FactorKind::App,
            Self::Address { address, .. } => address.kind(),
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
    pub(super) sent: SentCode,
}

/// How fast codes follow each other, whatever challenge they belong to.
#[derive(Clone, Copy, Default, Encode, Decode, CborLen)]
pub(super) struct Pace {
    /// Codes sent since the last success or the last long silence.
    #[n(0)]
    pub(super) sends: u8,
    /// The wait before the next one.
    #[n(1)]
    pub(super) wait: Span,
}

pub(super) type Id = ByteArray<16>;
