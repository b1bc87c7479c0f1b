//! The lease of a running slow check.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, first_factor, provider_id, purpose},
    lane::Lane,
    lifetime::Cooldown,
    limiter::FailureEffect,
};
use crate::{factor::FactorKind, first_factor::FirstFactor, purpose::Operation, remote::RemoteId};

/// The running slow check of a lane.
///
/// Its attempt was counted as a failure before the check began, if it can be a guess.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Lease {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) running: Cooldown,
    #[n(2)]
    pub(crate) target: LeaseTarget,
    #[n(3)]
    pub(crate) lane: Lane,
    #[cbor(n(4), with = "purpose")]
    pub(crate) purpose: Operation,
    /// The partial proof that the attempt resumes.
    #[n(5)]
    pub(crate) resumes: Option<Id>,
    /// The first factor, for a purpose that depends on one.
    #[cbor(n(6), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
    /// The effect of the failure when it was counted.
    #[n(7)]
    pub(crate) effect: FailureEffect,
}

/// The target of a slow check.
#[derive(Clone, Encode, Decode, CborLen)]
pub(crate) enum LeaseTarget {
    #[n(0)]
    BackupCode {
        /// The keyed hash that recognizes the code after its use.
        #[n(0)]
        mark: ByteArray<32>,
    },
    #[n(1)]
    Pin,
    /// The PIN, in a rehearsal.
    #[n(2)]
    PinRehearsal,
    #[n(3)]
    ProviderCode {
        /// The id of the pending code.
        #[n(0)]
        code: Id,
        /// The provider's id. A code that was sent later has a different id.
        #[cbor(n(1), with = "provider_id")]
        provider_id: RemoteId,
    },
    #[n(4)]
    SupportCode,
}

impl LeaseTarget {
    /// Returns the kind of factor, for events.
    pub(crate) const fn kind(&self) -> FactorKind {
        match self {
            Self::BackupCode { .. } | Self::SupportCode => FactorKind::BackupCode,
            Self::Pin | Self::PinRehearsal => FactorKind::Pin,
            // Providers manage codes for phone numbers only.
            Self::ProviderCode { .. } => FactorKind::Phone,
        }
    }
}

impl HasTimes for Lease {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            id: _,
            running,
            target: _,
            lane: _,
            effect: _,
            purpose: _,
            resumes: _,
            first_factor: _,
        } = self;
        running.visit_times(visit);
    }
}
