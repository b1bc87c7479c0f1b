//! Partial proofs, which wait for another factor or the PIN.

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, factors, first_factor, methods, proven_address, purpose},
    lane::Lane,
    lifetime::Lifetime,
};
use crate::{
    address::Address,
    amr::Methods,
    assurance::Evidence,
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
    id::HandleKind,
    purpose::Operation,
};

/// The evidence so far, and its purpose.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PartialProof {
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "purpose")]
    pub(crate) purpose: Operation,
    #[cbor(n(2), with = "factors")]
    pub(crate) factors: FactorSet,
    /// The client that proved it.
    #[n(3)]
    pub(crate) client: ClientBinding,
    #[n(4)]
    pub(crate) lifetime: Lifetime,
    /// The factors that the policy of the first step allowed.
    #[cbor(n(5), with = "factors")]
    pub(crate) allowed: FactorSet,
    /// The first factor, for a purpose that depends on one.
    #[cbor(n(6), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
    #[cbor(n(7), with = "methods")]
    pub(crate) methods: Methods,
    /// The address that was proven.
    #[cbor(n(8), with = "proven_address", has_nil)]
    pub(crate) address: Option<Address>,
    /// The lane of the first step.
    #[n(9)]
    pub(crate) lane: Option<Lane>,
}

impl PartialProof {
    pub(crate) const fn evidence(&self) -> Evidence {
        Evidence { factors: self.factors, methods: self.methods }
    }

    /// Returns whether a further step by `kind` may complete it, under a policy that allows
    /// `allowed`.
    ///
    /// Each call can have its own policy. The stricter policy of the steps applies to all of them.
    pub(crate) const fn can_continue(&self, kind: FactorKind, allowed: FactorSet) -> bool {
        let steps = self.evidence().factors.with(kind);
        let pin = FactorKind::Pin;
        steps.is_within(allowed.with(pin)) && steps.is_within(self.allowed.with(pin))
    }

    /// Returns the kind of handle for the step that it is waiting for.
    ///
    /// The step follows from the evidence. The kind in the handle is only a claim of the client
    /// (FAILURES 40).
    pub(crate) fn waits_for(&self) -> HandleKind {
        if needs_another_factor(self.purpose, self.first_factor.as_ref(), self.evidence()) {
            HandleKind::AnotherFactorDue
        } else {
            HandleKind::PinDue
        }
    }
}

impl HasTimes for PartialProof {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            id: _,
            purpose: _,
            factors: _,
            client: _,
            lifetime,
            allowed: _,
            first_factor: _,
            methods: _,
            address: _,
            lane: _,
        } = self;
        lifetime.visit_times(visit);
    }
}

/// Returns whether a factor of another kind is required.
///
/// The PIN is required in addition, and never counts as a factor (STD N-46).
pub(crate) fn needs_another_factor(
    purpose: Operation,
    first: Option<&FirstFactor>,
    evidence: Evidence,
) -> bool {
    let Evidence { factors, methods } = evidence;
    let count =
        |factors: FactorSet| factors.kinds().filter(|kind| *kind != FactorKind::Pin).count();
    match (purpose, first) {
        // Two proofs must replace the lost factor (STD N-39). Only an address counts as one of
        // them.
        (Operation::Recover, Some(FirstFactor::Email(address) | FirstFactor::Phone(address))) => {
            count(factors.with(address.kind().into())) < 2
        }
        (Operation::Recover, _) => count(factors) < 2,
        // A key that verifies its user counts as two factors. Any other key counts as one.
        (Operation::SignIn, Some(FirstFactor::None)) => {
            let has_key = factors.contains(FactorKind::SecurityKey);
            !methods.has_user_verified_key() && (!has_key || count(factors) < 2)
        }
        (Operation::SignIn, Some(FirstFactor::Passkey { user_verified: false, .. })) => {
            !methods.has_user_verified_key() && count(factors.with(FactorKind::SecurityKey)) < 2
        }
        _ => false,
    }
}
