//! The removal of a forgotten PIN after a week.

use crate::{
    UnixTime,
    subject::record::{
        lifetime::Cooldown,
        pin::{PinFactor, PinReset, ResetStage},
    },
    time::{DAY, HOUR, WEEK},
};

/// The removal ends a week after the later of the request and the owner's last activity. It never
/// ends before the owner was notified three times, each by its own commit: a clock that jumps ahead
/// removes no PIN (FAILURES 110).
impl PinReset {
    pub(crate) const fn new(now: UnixTime) -> Self {
        Self {
            requested_at: now.as_secs(),
            wait: Cooldown::new(now, WEEK),
            stage: ResetStage::Begun,
            last_day: Cooldown::none(),
        }
    }

    /// The stage that has been reached, if the owner was not notified of it.
    fn next_stage(&self, now: UnixTime) -> Option<ResetStage> {
        let left = u64::from(WEEK).saturating_sub(now.since(self.wait.start()));
        match self.stage {
            ResetStage::Begun if left <= u64::from(WEEK / 2) => Some(ResetStage::HalfOver),
            ResetStage::HalfOver if left <= u64::from(DAY) => Some(ResetStage::LastDay),
            ResetStage::Begun | ResetStage::HalfOver | ResetStage::LastDay => None,
        }
    }

    /// Whether the PIN is to be removed now.
    pub(crate) fn is_due(&self, now: UnixTime) -> bool {
        self.stage == ResetStage::LastDay && self.wait.is_over(now) && self.last_day.is_over(now)
    }
}

impl PinFactor {
    /// Moves the reset to its next stage if that has been reached; returns when the reset ends.
    pub(crate) fn advance_reset(&mut self, now: UnixTime) -> Option<UnixTime> {
        let reset = self.reset.as_mut()?;
        reset.stage = reset.next_stage(now)?;
        if reset.stage == ResetStage::LastDay {
            reset.last_day = Cooldown::new(now, DAY);
        }
        Some(reset.ends_at())
    }

    /// Starts a reset again that was requested after `device_created_at`, since the owner was seen
    /// on that device; returns whether it did. It does so at most once an hour, so that most pages
    /// that the owner opens need no write.
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

    /// Cancels a reset that was requested after `device_created_at`; returns whether there was one.
    pub(crate) fn cancel_reset(&mut self, device_created_at: UnixTime) -> bool {
        let is_older = |reset: &mut PinReset| device_created_at.as_secs() < reset.requested_at;
        self.reset.take_if(is_older).is_some()
    }
}
