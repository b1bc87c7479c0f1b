//! Removal of a forgotten PIN after a week.
//!
//! The week begins at the request or at the owner's last activity, if that is later. The PIN must
//! not be removed before the owner was notified three times, each by its own commit. A clock that
//! jumps ahead therefore removes no PIN (FAILURES 110).

use crate::{
    factor::{FactorKind, FactorSet},
    subject::record::{
        lifetime::Cooldown,
        pin::{PinFactor, PinReset, ResetStage},
    },
    time::{DAY, HOUR, UnixTime, WEEK},
};

impl PinReset {
    pub(crate) const fn new(requested_with: FactorSet, now: UnixTime) -> Self {
        Self {
            requested_at: now.as_secs(),
            wait: Cooldown::new(now, WEEK),
            stage: ResetStage::Begun,
            last_day: Cooldown::none(),
            requested_with: Some(requested_with),
        }
    }

    /// Returns the stage that the reset has reached, or `None` if the owner was notified of it.
    fn next_stage(&self, now: UnixTime) -> Option<ResetStage> {
        let left = u64::from(WEEK).saturating_sub(now.since(self.wait.start()));
        match self.stage {
            ResetStage::Begun if left <= u64::from(WEEK / 2) => Some(ResetStage::HalfOver),
            ResetStage::HalfOver if left <= u64::from(DAY) => Some(ResetStage::LastDay),
            ResetStage::Begun | ResetStage::HalfOver | ResetStage::LastDay => None,
        }
    }

    /// Returns whether the PIN must be removed now.
    pub(crate) fn is_due(&self, now: UnixTime) -> bool {
        self.stage == ResetStage::LastDay && self.wait.is_over(now) && self.last_day.is_over(now)
    }
}

impl PinFactor {
    /// Advances the reset to its next stage, if it has reached it.
    ///
    /// Returns the time at which the reset ends.
    pub(crate) fn advance_reset(&mut self, now: UnixTime) -> Option<UnixTime> {
        let reset = self.reset.as_mut()?;
        reset.stage = reset.next_stage(now)?;
        if reset.stage == ResetStage::LastDay {
            reset.last_day = Cooldown::new(now, DAY);
        }
        Some(reset.ends_at())
    }

    /// Restarts the week of a reset, because a device from before the request was used.
    ///
    /// Returns whether the week was restarted.
    ///
    /// The week restarts at most once an hour, so that most page views need no write.
    pub(crate) fn postpone_reset(&mut self, device_created_at: UnixTime, now: UnixTime) -> bool {
        let Some(reset) = &mut self.reset else { return false };
        let is_news =
            reset.stage != ResetStage::Begun || now.since(reset.wait.start()) >= u64::from(HOUR);
        if device_created_at.as_secs() >= reset.requested_at || !is_news {
            return false;
        }
        reset.wait = Cooldown::new(now, WEEK);
        reset.stage = ResetStage::Begun;
        true
    }

    /// Cancels a reset that was requested after this device was trusted.
    ///
    /// Returns whether there was such a reset.
    pub(crate) fn cancel_reset(&mut self, device_created_at: UnixTime, now: UnixTime) -> bool {
        let is_older = |reset: &PinReset| device_created_at.as_secs() < reset.requested_at;
        self.reset.as_ref().is_some_and(is_older) && self.end_reset(now)
    }

    /// Ends a reset that is not due, if the proven `factors` show that the owner did not request
    /// it.
    ///
    /// A factor that was proven before the request does not show this, and neither does the phone
    /// number, which a thief may have. Returns whether a reset ended.
    pub(crate) fn end_reset_by(&mut self, factors: FactorSet, now: UnixTime) -> bool {
        let Some(reset) = &self.reset else { return false };
        // A record of an earlier release does not name the factors of the request.
        let Some(requested_with) = reset.requested_with else { return false };
        let known = requested_with.with(FactorKind::Phone).with(FactorKind::Pin);
        !reset.is_due(now)
            && factors.kinds().any(|kind| !known.contains(kind))
            && self.end_reset(now)
    }

    /// Ends the reset before its time, because the owner is present.
    ///
    /// Returns whether there was one. Otherwise, an attacker could begin the next one at once, and
    /// the owner would have to end it again and again: for a week, no reset can begin.
    pub(crate) fn end_reset(&mut self, now: UnixTime) -> bool {
        let ended = self.reset.take().is_some();
        if ended {
            self.next_reset = Some(Cooldown::new(now, WEEK));
        }
        ended
    }
}
