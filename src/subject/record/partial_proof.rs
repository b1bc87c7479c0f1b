//! Partial proofs, which wait for another factor or the PIN.

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, purpose},
    lifetime::Lifetime,
};
use crate::{FactorKind, factor::FactorSet, id::HandleKind, operation::Operation};

/// What was proven so far, and for what.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PartialProof {
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "purpose")]
    pub(crate) purpose: Operation,
    #[n(2)]
    pub(crate) factors: u16,
    /// The client that proved it.
    #[n(3)]
    pub(crate) client: ClientBinding,
    #[n(4)]
    pub(crate) lifetime: Lifetime,
    /// The factors that the policy of the first step allowed.
    #[n(5)]
    pub(crate) allowed: u16,
}

impl PartialProof {
    pub(crate) const fn factors(&self) -> FactorSet {
        FactorSet::from_bits(self.factors)
    }

    /// Whether a further step by `kind` may complete it, under a policy that allows `allowed`.
    ///
    /// Each call can have a policy of its own. The stricter one of the steps applies to all of them.
    pub(crate) const fn can_continue(&self, kind: FactorKind, allowed: FactorSet) -> bool {
        let steps = self.factors().with(kind);
        let pin = FactorKind::Pin;
        steps.is_within(allowed.with(pin))
            && steps.is_within(FactorSet::from_bits(self.allowed).with(pin))
    }

    /// What it waits for.
    ///
    /// It follows from what was proven. The kind in the text of a handle is only a claim of the
    /// client (FAILURES 40).
    pub(crate) fn waits_for(&self) -> HandleKind {
        if needs_another_factor(self.purpose, self.factors()) {
            HandleKind::AnotherFactorDue
        } else {
            HandleKind::PinDue
        }
    }
}

impl HasTimes for PartialProof {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { id: _, purpose: _, factors: _, client: _, lifetime, allowed: _ } = self;
        lifetime.visit_times(visit);
    }
}

/// Whether recovery needs another factor: two must replace the lost one (STD N-39).
///
/// The PIN is required besides, and is not one of the two (STD N-46).
pub(crate) fn needs_another_factor(purpose: Operation, factors: FactorSet) -> bool {
    let proofs = factors.kinds().filter(|kind| *kind != FactorKind::Pin);
    purpose == Operation::Recover && proofs.count() < 2
}
