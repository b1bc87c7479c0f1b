//! Admission of an attempt: allowed, enrolled, not locked.

use super::subject::Subject;
use crate::{
    FactorKind,
    denial::{Denial, Reason},
    operation::Operation,
    policy::Absent,
    subject::record::limiter::Counter,
};

/// An attempt that may be checked.
#[derive(Clone, Copy)]
pub(crate) struct Admission {
    pub(crate) kind: FactorKind,
    pub(crate) counter: Counter,
    /// Why it is refused after the check, even if it is correct (law 8).
    pub(crate) refusal: Option<Reason>,
}

impl Subject<'_> {
    /// Admits an attempt with a well-formed code or answer.
    ///
    /// A factor that is not enrolled, or is disabled, is refused after a check that costs the same.
    pub(in crate::subject) fn admit(
        &self,
        kind: FactorKind,
        purpose: Operation,
        counter: Counter,
    ) -> Result<Admission, Denial> {
        // The policy does not list the PIN: once set, it is required for every purpose.
        if kind != FactorKind::Pin {
            self.check_allowed(kind, purpose)?;
        }
        let refusal = match self.state.limiter(counter) {
            None => Some(self.reason_not_enrolled()),
            // An approved request is not a guess: the guesses were limited when its number was
            // typed.
            Some(_) if counter == Counter::SignInRequest => None,
            Some(limiter) => {
                limiter.state(self.now()).check_unlocked()?;
                self.state.is_disabled(counter).then_some(Reason::Disabled)
            }
        };
        Ok(Admission { kind, counter, refusal })
    }

    /// Returns an error unless the policy allows `kind` for `purpose`.
    pub(in crate::subject) fn check_allowed(
        &self,
        kind: FactorKind,
        purpose: Operation,
    ) -> Result<(), Denial> {
        if self.policy().factor_set(purpose).contains(kind) {
            Ok(())
        } else {
            Err(Denial::new(Reason::NotAllowed))
        }
    }

    /// Returns an error for a subject without a record, if the policy requires one.
    pub(in crate::subject) fn require_record(&self) -> Result<(), Denial> {
        match (self.context.version, self.policy().absent()) {
            (None, Absent::Refuse) => Err(Denial::new(Reason::Absent)),
            _ => Ok(()),
        }
    }

    /// Why a factor that is not enrolled is refused.
    pub(in crate::subject) fn reason_not_enrolled(&self) -> Reason {
        self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled)
    }

    /// Returns an error if an administrator's reset expired before an enrollment.
    pub(in crate::subject) fn check_reset(&self) -> Result<(), Denial> {
        let is_over = self.state.reset.is_some_and(|reset| reset.is_over(self.now()));
        if is_over && !self.state.factors.protect() {
            return Err(Denial::new(Reason::Expired));
        }
        Ok(())
    }

    /// Returns an error while a report of the owner blocks this client.
    pub(in crate::subject) fn check_client_not_blocked(&self) -> Result<(), Denial> {
        match self.state.blocked_clients.until(&self.context.client, self.now()) {
            Some(until) => Err(Denial::until(Reason::ReportedByOwner, until)),
            None => Ok(()),
        }
    }
}
