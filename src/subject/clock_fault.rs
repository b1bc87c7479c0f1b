//! What a wrong clock left in a record, and setting it right. Every time in a state has its line here.

use super::{span::Span, state::State};
use crate::UnixTime;

impl State {
    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.factors.is_in_future(now)
            || self.enrolling.is_in_future(now)
            || self.pace.wait.is_in_future(now)
            || self.sends.is_in_future(now)
            || self.challenges.iter().any(|open| open.sent.is_in_future(now))
            || self.enrollments.iter().any(|open| open.is_in_future(now))
            || self.partial_proofs.iter().any(|due| due.is_in_future(now))
            || self.lease.as_ref().is_some_and(|lease| lease.life.is_in_future(now))
            || self.quarantine.is_in_future(now)
            || self.registering.is_in_future(now)
            || self.blocked_clients.is_in_future(now)
            || self.devices.iter().any(|device| device.is_in_future(now))
            || self.sign_in_requests.is_in_future(now)
            || self.ceremonies.is_in_future(now)
            || self.reset.is_some_and(|life| life.is_in_future(now))
            || self.factors.pin.as_ref().is_some_and(|pin| pin.is_in_future(now))
    }

    /// Law 10: lives that begin in the future are over, waits begin again now.
    pub(super) fn repair(&mut self, now: UnixTime) {
        self.factors.limiters().for_each(|(_, limiter)| limiter.repair(now));
        self.enrolling.repair(now);
        self.pace.wait.repair(now);
        self.sends.repair(now);
        self.challenges.retain(|open| !open.sent.is_in_future(now));
        self.enrollments.retain(|open| !open.is_in_future(now));
        self.partial_proofs.retain(|due| !due.is_in_future(now));
        self.quarantine.repair(now);
        self.registering.repair(now);
        self.blocked_clients.repair(now);
        self.devices.retain(|device| !device.life.is_in_future(now));
        self.devices.iter_mut().for_each(|device| device.repair(now));
        self.sign_in_requests.repair(now);
        self.ceremonies.repair(now);
        // Dropped, it would leave the subject open for ever: it stays, and is over.
        if let Some(life) = self.reset.as_mut().filter(|life| life.is_in_future(now)) {
            *life = Span::none();
        }
        if let Some(lease) = &mut self.lease {
            lease.life.repair(now);
        }
        if let Some(pin) = &mut self.factors.pin {
            pin.repair(now);
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
            state::{NewFactor, OpenEnrollment, Times, TotpFactor},
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
            state.factors.totp =
                Some(TotpFactor { secret: secret(), parameters, last: None, limiter, times });
        },
        |state| state.enrolling = waits_from_later(),
        |state| state.pace.wait = Span::new(LATER, 30),
        |state| state.sends.note([1; 16], LATER),
        |state| {
            let factor = NewFactor::Totp { secret: secret(), parameters: TotpParameters::new() };
            let (id, life) = ([1; 16].into(), Span::new(LATER, 600));
            state.enrollments.push(OpenEnrollment { id, life, wrong: 0, factor, with_pin: false });
        },
        |state| state.quarantine = Span::new(LATER, 600),
        |state| state.reset = Some(Span::new(LATER, 600)),
    ];

    #[test]
    fn one_time_in_the_future_is_a_fault_wherever_it_stands_and_is_mended() {
        assert!(!State::new().is_in_future(NOW));
        for (at, put) in PARTS.iter().enumerate() {
            let mut state = State::new();
            put(&mut state);
            assert!(state.is_in_future(NOW), "{at}");
            state.repair(NOW);
            assert!(!state.is_in_future(NOW), "{at}");
        }
    }

    #[test]
    fn what_lies_in_no_future_stays_as_it_is() {
        let mut state = State::new();
        PARTS.iter().for_each(|put| put(&mut state));
        let written = minicbor::to_vec(&state).unwrap();
        state.repair(LATER);
        assert_eq!(minicbor::to_vec(&state).unwrap(), written);
    }
}
