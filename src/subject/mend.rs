//! What a wrong clock left in a record, and setting it right. Every time in a state has its line here.

use super::{span::Span, state::State};
use crate::UnixTime;

impl State {
    pub(super) fn is_fault(&self, now: UnixTime) -> bool {
        self.factors.is_fault(now)
            || self.enrolling.is_fault(now)
            || self.pace.wait.is_fault(now)
            || self.sends.is_fault(now)
            || self.challenges.iter().any(|open| open.sent.is_fault(now))
            || self.enrollments.iter().any(|open| open.is_fault(now))
            || self.dues.iter().any(|due| due.is_fault(now))
            || self.lease.as_ref().is_some_and(|lease| lease.life.is_fault(now))
            || self.newcomer.is_fault(now)
            || self.registering.is_fault(now)
            || self.held.is_fault(now)
            || self.devices.iter().any(|device| device.is_fault(now))
            || self.approvals.is_fault(now)
            || self.ceremonies.is_fault(now)
            || self.reset.is_some_and(|life| life.is_fault(now))
            || self.factors.pin.as_ref().is_some_and(|pin| pin.is_fault(now))
    }

    /// Law 10: lives that begin in the future are over, waits begin again now.
    pub(super) fn mend(&mut self, now: UnixTime) {
        self.factors.limiters().for_each(|(_, limiter)| limiter.mend(now));
        self.enrolling.mend(now);
        self.pace.wait.mend(now);
        self.sends.mend(now);
        self.challenges.retain(|open| !open.sent.is_fault(now));
        self.enrollments.retain(|open| !open.is_fault(now));
        self.dues.retain(|due| !due.is_fault(now));
        self.newcomer.mend(now);
        self.registering.mend(now);
        self.held.mend(now);
        self.devices.retain(|device| !device.life.is_fault(now));
        self.devices.iter_mut().for_each(|device| device.mend(now));
        self.approvals.mend(now);
        self.ceremonies.mend(now);
        // Dropped, it would leave the subject open for ever: it stays, and is over.
        if let Some(life) = self.reset.as_mut().filter(|life| life.is_fault(now)) {
            *life = Span::none();
        }
        if let Some(lease) = &mut self.lease {
            lease.life.mend(now);
        }
        if let Some(pin) = &mut self.factors.pin {
            pin.mend(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        otp::TotpParameters,
        subject::{
            limiter::Limiter,
            state::{App, NewFactor, OpenEnrollment, Times},
        },
    };

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);
    const LATER: UnixTime = UnixTime::from_secs(2_000_000);

    fn waits_from_later() -> Limiter {
        let (mut limiter, policy) = (Limiter::new(), crate::Policy::default());
        for _ in 0..5 {
            let _ = limiter.fail(policy.failures(), LATER);
        }
        limiter
    }

    fn secret() -> crate::Secret {
        crate::Secret::new(b"12345678901234567890").unwrap()
    }

    /// Puts one time of the future into a state, each another.
    const PARTS: [fn(&mut State); 7] = [
        |state| {
            let (parameters, times) = (TotpParameters::new(), Times::new(NOW));
            let limiter = waits_from_later();
            state.factors.app =
                Some(App { secret: secret(), parameters, last: None, limiter, times });
        },
        |state| state.enrolling = waits_from_later(),
        |state| state.pace.wait = Span::new(LATER, 30),
        |state| state.sends.note([1; 16], LATER),
        |state| {
            let factor = NewFactor::App { secret: secret(), parameters: TotpParameters::new() };
            let (id, life) = ([1; 16].into(), Span::new(LATER, 600));
            state.enrollments.push(OpenEnrollment { id, life, wrong: 0, factor, with_pin: false });
        },
        |state| state.newcomer = Span::new(LATER, 600),
        |state| state.reset = Some(Span::new(LATER, 600)),
    ];

    #[test]
    fn one_time_in_the_future_is_a_fault_wherever_it_stands_and_is_mended() {
        assert!(!State::new().is_fault(NOW));
        for (at, put) in PARTS.iter().enumerate() {
            let mut state = State::new();
            put(&mut state);
            assert!(state.is_fault(NOW), "{at}");
            state.mend(NOW);
            assert!(!state.is_fault(NOW), "{at}");
        }
    }

    #[test]
    fn what_lies_in_no_future_stays_as_it_is() {
        let mut state = State::new();
        PARTS.iter().for_each(|put| put(&mut state));
        let written = minicbor::to_vec(&state).unwrap();
        state.mend(LATER);
        assert_eq!(minicbor::to_vec(&state).unwrap(), written);
    }
}
