//! Checking the code of an authenticator app. Enrolling one is in `enroll`.

use super::{Checked, Decision, Subject, limiter::Gate};
use crate::{
    FactorKind, Purpose, Secret,
    event::Event,
    otp::{Found, Totp},
    verdict::{Denial, Reason},
};

impl Subject<'_> {
    pub(super) fn verify_totp(mut self, purpose: Purpose, typed: &str) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::Totp;
        let (now, window) = (self.now(), self.policy.window());
        if !is_code(typed, 6..=9) {
            return Err(Denial::new(Reason::Malformed));
        }
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let Some(app) = &mut self.state.factors.totp else {
            self.do_dummy_totp_check(typed);
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse(reason);
        };
        let gate = app.limiter.gate(now);
        if let Gate::Locked(until) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        let totp = Totp::with(&app.secret, app.parameters);
        let is_long_enough = typed.len() == usize::from(app.parameters.digits().count());
        match totp.find(typed, now, window, app.last) {
            _ if gate == Gate::Disabled => self.refuse(Reason::Disabled),
            Found::Fresh(step) => {
                // RFC 6238 §5.2, STD N-25: the write that records the success burns the step.
                app.last = Some(step);
                let failures = app.limiter.failures();
                app.limiter.clear();
                app.times.touch(now);
                self.accept(KIND, purpose, failures)
            }
            Found::Used => {
                // STD N-29: a double click must not lock anybody out.
                self.events.push(Event::ReplayRefused(KIND));
                self.refuse(Reason::Replayed)
            }
            Found::Nothing if !is_long_enough => self.refuse(Reason::Malformed),
            Found::Nothing => {
                self.count_failure(KIND, |state| Some(&mut state.factors.totp.as_mut()?.limiter));
                Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
            }
        }
    }

    /// Law 8: nobody is told by the time it takes that there is nothing to check a code against.
    pub(super) fn do_dummy_totp_check(&self, typed: &str) {
        let secret = Secret::new(&[0; 20]).expect("20 bytes are neither too few nor too many");
        let nobody = Totp::with(&secret, self.policy.totp());
        let found = nobody.find(typed, self.now(), self.policy.window(), None);
        core::hint::black_box(found == Found::Nothing);
    }
}

/// Whether `typed` could be a code at all: that many ASCII digits. Says so at once for any size.
pub(super) fn is_code(typed: &str, lengths: core::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_digit())
}
