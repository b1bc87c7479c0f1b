//! Checking the code of an authenticator app. Enrolling one is in `enroll`.

use super::{Decision, Moment, Subject, limiter::Gate};
use crate::{
    Event, FactorKind, Purpose, Secret,
    otp::{Found, Totp},
    verdict::{Denial, Reason, Verified},
};

impl Subject<'_> {
    pub(super) fn verify_app(
        mut self,
        purpose: Purpose,
        typed: &str,
        mut moment: Moment,
    ) -> Decision<Verified> {
        const KIND: FactorKind = FactorKind::App;
        let now = moment.now();
        if !is_code(typed, 6..=9) {
            return Err(Denial::new(Reason::Malformed));
        }
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let window = self.policy.window();
        let Some(app) = &mut self.state.app else {
            // Law 8: nobody is told by the time it takes that nothing is enrolled.
            let nobody = Totp::with(&nobodys_secret(), self.policy.totp());
            let _ = core::hint::black_box(nobody.find(typed, now, window, None));
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse(&mut moment, reason);
        };
        let gate = app.limiter.gate(now);
        if let Gate::Locked(until) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        let totp = Totp::with(&app.secret, app.parameters);
        let is_long_enough = typed.len() == usize::from(app.parameters.digits().count());
        match totp.find(typed, now, window, app.last) {
            _ if gate == Gate::Disabled => self.refuse(&mut moment, Reason::Disabled),
            Found::Fresh(step) => {
                // RFC 6238 §5.2, STD N-25: the write that records the success burns the step.
                app.last = Some(step);
                let failures = app.limiter.failures();
                app.limiter.clear();
                let verified = self.succeed(KIND, purpose, failures, now);
                Ok(self.commit(&mut moment, Ok(verified)))
            }
            Found::Used => {
                // STD N-29: a double click must not lock anybody out.
                self.events.push(Event::ReplayRefused(KIND));
                self.refuse(&mut moment, Reason::Replayed)
            }
            Found::Nothing if !is_long_enough => self.refuse(&mut moment, Reason::Malformed),
            Found::Nothing => {
                self.count_failure(KIND, |state| Some(&mut state.app.as_mut()?.limiter), now);
                Ok(self.commit(&mut moment, Err(Denial::new(Reason::Wrong))))
            }
        }
    }
}

/// Whether `typed` could be a code at all: that many ASCII digits. Says so at once for any size.
pub(super) fn is_code(typed: &str, lengths: core::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit())
}

/// A secret that opens nothing, for spending what a real one costs.
pub(super) fn nobodys_secret() -> Secret {
    Secret::new(&[0; 20]).expect("20 bytes are enough and not too many")
}
