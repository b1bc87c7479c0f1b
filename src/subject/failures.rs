//! Counting a failure, with all that follows from it for this factor and the others.

use super::{
    Subject,
    limiter::{FailureEffect, Limiter},
    state::State,
};
use crate::{FactorKind, event::Event};

impl Subject<'_> {
    /// Counts a failure of the factor whose limiter `of` finds, with all that follows from it.
    pub(super) fn count_failure(
        &mut self,
        kind: FactorKind,
        of: impl Fn(&mut State) -> Option<&mut Limiter>,
    ) {
        let (limits, now) = (self.policy.failures_of(kind), self.now());
        self.events.push(Event::IncorrectProof(kind));
        let effect = of(&mut self.state).map(|of| (of.fail(&limits, now), of.failures()));
        match effect {
            Some((FailureEffect::Disabled, _)) => self.events.push(Event::FactorDisabled(kind)),
            Some((FailureEffect::Locked, failures)) => self.report_lock(kind, failures),
            Some((FailureEffect::Counted, _)) | None => {}
        }
        self.disable_after_flood();
    }

    /// Tells of the lock that so many failures in a row led to.
    pub(super) fn report_lock(&mut self, kind: FactorKind, failures: u32) {
        self.events.push(Event::FactorLocked(kind));
        if failures == self.policy.failures().waits_from {
            self.first_locks = self.first_locks.with(kind);
        }
    }

    /// Disables what took part in a flood of failures over several factors.
    pub(super) fn disable_after_flood(&mut self) {
        let limits = *self.policy.failures();
        // STD N-41: a flood over several factors disables all that took part in it. A success
        // clears only its own factor, so the sum is what came without one. What is disabled has
        // paid for its failures: else every other factor would be disabled by its next mistake.
        let live = self.state.factors.each().filter(|standing| !standing.is_disabled());
        let all: u32 =
            live.filter(|standing| !standing.is_further).map(|standing| standing.failures()).sum();
        if all >= limits.disable_all_at {
            for (kind, limiter) in self.state.factors.limiters() {
                if limiter.failures() > 0 && !limiter.is_disabled() {
                    limiter.disable();
                    self.events.push(Event::FactorDisabled(kind));
                }
            }
        }
    }
}
