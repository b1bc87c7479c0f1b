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
