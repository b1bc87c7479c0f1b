//! Removing a PIN that was forgotten: at once by a code to the recovery address, or after a week.

use minicbor::{CborLen, Decode, Encode};

use super::super::{
    Checked, Decision, Subject,
    device::LAST_USED_PRECISION,
    span::{Span, is_in_future},
};
use crate::{
    FactorKind, Handle, Purpose, UnixTime,
    event::Event,
    id::HandleKind,
    time::{DAY, WEEK},
    verdict::{Denial, Reason},
};

/// The wait before a PIN is removed.
///
/// It ends a week after the later of the request and the owner's last activity, and not before the
/// owner was told three times, each by a commit of its own: a clock that jumps ahead ends no wait
/// by itself (FAILURES 110).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Reset {
    #[n(0)]
    requested: u64,
    #[n(1)]
    wait: Span,
    #[n(2)]
    stage: Stage,
    /// The least time from the last word to the owner to the end.
    #[n(3)]
    last_day: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
enum Stage {
    #[n(0)]
    Begun,
    #[n(1)]
    HalfOver,
    #[n(2)]
    LastDay,
}

impl Reset {
    const fn new(now: UnixTime) -> Self {
        Self {
            requested: now.as_secs(),
            wait: Span::new(now, WEEK),
            stage: Stage::Begun,
            last_day: Span::none(),
        }
    }

    pub(super) fn ends_at(&self) -> UnixTime {
        match self.stage {
            Stage::LastDay => self.wait.ends().max(self.last_day.ends()),
            Stage::Begun | Stage::HalfOver => self.wait.ends(),
        }
    }

    /// The stage that has come, if one has that the owner was not told of.
    fn next_stage(&self, now: UnixTime) -> Option<Stage> {
        let left = u64::from(WEEK).saturating_sub(now.since(self.wait.began()));
        match self.stage {
            Stage::Begun if left <= u64::from(WEEK / 2) => Some(Stage::HalfOver),
            Stage::HalfOver if left <= u64::from(DAY) => Some(Stage::LastDay),
            Stage::Begun | Stage::HalfOver | Stage::LastDay => None,
        }
    }

    fn is_ripe(&self, now: UnixTime) -> bool {
        // Read as waits: one that begins in the future begins again.
        self.stage == Stage::LastDay
            && self.wait.waits_until(now).is_none()
            && self.last_day.waits_until(now).is_none()
    }

    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(UnixTime::from_secs(self.requested), now)
            || self.wait.is_in_future(now)
            || self.last_day.is_in_future(now)
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        // Else whoever comes later would be taken for older than the request.
        self.requested = self.requested.min(now.as_secs());
        if self.wait.is_in_future(now) {
            // It begins again, and so do its stages.
            self.stage = Stage::Begun;
        }
        self.wait.repair(now);
        self.last_day.repair(now);
    }
}

impl Subject<'_> {
    /// Begins the wait after which the PIN is removed, for somebody who was asked for it and does
    /// not know it. Asked for again it changes nothing.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn begin_pin_reset(mut self, due: &Handle) -> Decision<UnixTime> {
        let now = self.now();
        let Some(due) = self.due(HandleKind::PinDue, due) else {
            return self.refuse(Reason::NotFound);
        };
        if let Some(reason) = due.void(&self, due.purpose) {
            return self.refuse(reason);
        }
        let Some(pin) = &mut self.state.factors.pin else {
            return self.refuse(Reason::NotEnrolled);
        };
        // FAILURES 110: a second request neither shortens the wait nor begins it again.
        if let Some(reset) = &pin.reset {
            let ends = reset.ends_at();
            return Ok(self.decoy(Ok(ends)));
        }
        let reset = Reset::new(now);
        pin.reset = Some(reset);
        self.events.push(Event::PinResetStarted(reset.ends_at()));
        Ok(self.commit(Ok(reset.ends_at())))
    }

    /// Takes the wait for a PIN's removal one stage on, if it has come so far, and tells the owner.
    /// For a timer of the host; a sign-in does it too. Says when the next code is
    /// [overdue](Self::overdue).
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn advance(mut self) -> Decision<Option<UnixTime>> {
        let next = self.next_overdue();
        if self.advance_pin_reset() {
            return Ok(self.commit(Ok(next)));
        }
        Ok(self.decoy(Ok(next)))
    }

    fn advance_pin_reset(&mut self) -> bool {
        let now = self.now();
        let Some(reset) = self.state.factors.pin.as_mut().and_then(|pin| pin.reset.as_mut()) else {
            return false;
        };
        let Some(stage) = reset.next_stage(now) else {
            return false;
        };
        reset.stage = stage;
        if stage == Stage::LastDay {
            reset.last_day = Span::new(now, DAY);
        }
        self.events.push(Event::PinResetReminder(reset.ends_at()));
        true
    }

    /// Before the PIN is asked for: removes it if its wait is over.
    pub(in crate::subject) fn settle_pin_reset(&mut self) {
        let now = self.now();
        self.advance_pin_reset();
        let reset = self.state.factors.pin.as_ref().and_then(|pin| pin.reset);
        if reset.is_some_and(|reset| reset.is_ripe(now)) {
            // FAILURES 112: whoever waited for it is not the first to set another. It ends the devices.
            self.begin_quarantine_beside_devices();
            self.remove_forgotten_pin();
        }
    }

    /// The owner was seen, on a device known since `since`: a wait that was asked for later begins
    /// again. Whether it did: to the hour, or every page that the owner opens would write.
    pub(in crate::subject) fn note_owner(&mut self, since: UnixTime) -> bool {
        let now = self.now();
        let reset = self.state.factors.pin.as_mut().and_then(|pin| pin.reset.as_mut());
        let is_to_begin_again = |reset: &&mut Reset| {
            let is_news =
                reset.stage != Stage::Begun || now.since(reset.wait.began()) >= LAST_USED_PRECISION;
            since.as_secs() < reset.requested && is_news
        };
        let Some(reset) = reset.filter(is_to_begin_again) else {
            return false;
        };
        reset.wait = Span::new(now, WEEK);
        reset.stage = Stage::Begun;
        true
    }

    /// Calls the removal off, at the wish of somebody on a device known since `since`. Whether there
    /// was one to call off.
    pub(in crate::subject) fn cancel_reset_from_device(&mut self, since: UnixTime) -> bool {
        let Some(pin) = &mut self.state.factors.pin else {
            return false;
        };
        let is_older = |reset: &mut Reset| since.as_secs() < reset.requested;
        if pin.reset.take_if(is_older).is_none() {
            return false;
        }
        self.events.push(Event::PinResetCancelled);
        true
    }

    /// A code sent to the recovery address was right, for a proof that waits for the PIN: the PIN is
    /// removed, and the proof is complete.
    pub(in crate::subject) fn reset_pin_by_code(
        mut self,
        kind: FactorKind,
        failures: u32,
    ) -> Decision<Checked> {
        let found = self.after.and_then(|after| self.due(HandleKind::PinDue, &after).cloned());
        let Some(due) = found else {
            return self.refuse(Reason::NotFound);
        };
        if let Some(reason) = due.void(&self, due.purpose) {
            return self.refuse(reason);
        }
        // STD N-39: by two different ways, of which the mailbox is one.
        let factors = due.factors();
        if factors.contains(kind) {
            return Ok(self.commit(Err(Denial::new(Reason::NotAllowed))));
        }
        self.record_success(kind, Purpose::ResetPin, failures);
        self.remove_forgotten_pin();
        self.proceed(due.purpose, factors.with(kind))
    }

    fn remove_forgotten_pin(&mut self) {
        self.state.factors.pin = None;
        self.advance_epoch();
        self.events.push(Event::PinReset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_its_times_can_be_a_fault() {
        let (now, later) = (UnixTime::from_secs(1_000_000), UnixTime::from_secs(9_000_000));
        let (reset, future) = (|| Reset::new(now), Span::new(later, DAY));
        assert!(!reset().is_in_future(now));
        assert!(Reset { requested: later.as_secs(), ..reset() }.is_in_future(now));
        assert!(Reset { wait: future, ..reset() }.is_in_future(now));
        assert!(Reset { last_day: future, ..reset() }.is_in_future(now));
    }
}
