//! Removal of a forgotten PIN after a week.
//!
//! The week begins at the request or at the owner's last activity, if that is later. The PIN must
//! not be removed before the owner was notified three times, each by its own commit. A clock that
//! jumps ahead therefore removes no PIN (FAILURES 110).

use crate::{
    subject::record::{
        lifetime::Cooldown,
        pin::{PinFactor, PinReset, ResetStage},
    },
    time::{DAY, HOUR, UnixTime, WEEK},
};

impl PinReset {
    pub(crate) const fn new(now: UnixTime) -> Self {
        Self {
            requested_at: now.as_secs(),
            wait: Cooldown::new(now, WEEK),
            stage: ResetStage::Begun,
            last_day: Cooldown::none(),
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
    pub(crate) fn cancel_reset(&mut self, device_created_at: UnixTime) -> bool {
        let is_older = |reset: &mut PinReset| device_created_at.as_secs() < reset.requested_at;
        self.reset.take_if(is_older).is_some()
    }
}
