//! What is to be proven, and by what. Decides nothing.

use alloc::vec::Vec;

use super::{Subject, limiter::Gate};
use crate::{
    FactorKind, Purpose,
    verdict::{Denial, Next, Offer, Unprotected},
};

impl Subject<'_> {
    /// What stands between a right first factor and being in.
    ///
    /// # Errors
    ///
    /// A [`Denial`] for [`Reason::Absent`](crate::verdict::Reason::Absent) when there is no record and
    /// the policy wants one, or for [`Reason::Expired`](crate::verdict::Reason::Expired) when an
    /// administrator has reset the subject and nothing was enrolled in time.
    pub fn next(&self, purpose: Purpose) -> Result<Next, Denial> {
        self.require_record()?;
        self.check_reset()?;
        // With nothing before it the code is due whatever stands, and nobody is told what does.
        if purpose == Purpose::Register {
            return Ok(Next::Prove(Vec::new()));
        }
        if !self.state.factors.protect() {
            return Ok(Next::Unprotected(Unprotected::new(self.id.clone())));
        }
        let allowed = self.policy.factor_set(purpose);
        let takes_all = purpose.takes_recovery_address();
        let mut offers: Vec<Offer> = self
            .state
            .factors
            .each()
            .filter(|factor| (factor.protects || takes_all) && allowed.contains(factor.kind))
            // One ceremony is for all security keys.
            .filter(|factor| !factor.is_further)
            .filter_map(|factor| {
                let retry_at = match factor.gate(self.now()) {
                    Gate::Disabled => return None,
                    Gate::Locked(until) => Some(until),
                    Gate::Open => None,
                };
                Some(Offer::new(factor.kind, factor.id, factor.address.cloned(), retry_at))
            })
            .collect();
        let asks =
            allowed.contains(FactorKind::SignInRequest).then(|| self.requests_gate()).flatten();
        offers.extend(match asks {
            Some(Gate::Locked(until)) => {
                Some(Offer::new(FactorKind::SignInRequest, None, None, Some(until)))
            }
            Some(Gate::Open) => Some(Offer::new(FactorKind::SignInRequest, None, None, None)),
            Some(Gate::Disabled) | None => None,
        });
        offers.sort_by_key(|offer| core::cmp::Reverse(offer.kind().strength()));
        Ok(Next::Prove(offers))
    }
}
