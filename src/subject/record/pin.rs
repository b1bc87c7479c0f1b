//! The stored two-step PIN.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    factor_times::FactorTimes,
    fields::{some_factors, unless_default},
    lifetime::Cooldown,
    limiter::{LaneLimiters, Limiter},
    slow_hash::SlowHash,
};
use crate::{factor::FactorSet, keys::Generation, time::UnixTime};

/// The PIN, its failures and its removal.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PinFactor {
    #[n(0)]
    pub(crate) hash: SlowHash,
    #[n(1)]
    pub(crate) limiters: LaneLimiters,
    #[n(2)]
    pub(crate) times: FactorTimes,
    #[n(3)]
    pub(crate) reminder: Reminder,
    #[n(4)]
    pub(crate) reset: Option<PinReset>,
    /// Incorrect rehearsals since the PIN was entered for a proof.
    #[n(5)]
    pub(crate) rehearsals: Limiter,
    /// The generation of the hash.
    #[cbor(n(6), with = "unless_default", has_nil)]
    pub(crate) generation: Generation,
    /// The wait before another reset can begin, after the owner ended one.
    #[n(7)]
    pub(crate) next_reset: Option<Cooldown>,
}

/// The time of the next reminder, so that the user does not forget the PIN.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
pub(crate) struct Reminder {
    #[n(0)]
    pub(crate) level: u8,
    #[n(1)]
    pub(crate) wait: Cooldown,
}

/// The wait before a forgotten PIN is removed.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct PinReset {
    #[n(0)]
    pub(crate) requested_at: u64,
    #[n(1)]
    pub(crate) wait: Cooldown,
    #[n(2)]
    pub(crate) stage: ResetStage,
    /// The minimum time between the last notice and the removal.
    #[n(3)]
    pub(crate) last_day: Cooldown,
    /// The factors that were proven before the request.
    #[cbor(n(4), with = "some_factors", has_nil)]
    pub(crate) requested_with: Option<FactorSet>,
}

/// The last stage of which the owner was notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) enum ResetStage {
    #[n(0)]
    Begun,
    #[n(1)]
    HalfOver,
    #[n(2)]
    LastDay,
}

impl PinReset {
    pub(crate) fn ends_at(&self) -> UnixTime {
        match self.stage {
            ResetStage::LastDay => self.wait.ends_at().max(self.last_day.ends_at()),
            ResetStage::Begun | ResetStage::HalfOver => self.wait.ends_at(),
        }
    }

    /// Restarts the stages if a clock fault restarts the wait.
    pub(crate) fn restart_in_future(&mut self, now: UnixTime) {
        // A device that is trusted later must not count as older than the request.
        self.requested_at = self.requested_at.min(now.as_secs());
        if self.wait.is_in_future(now) {
            self.stage = ResetStage::Begun;
        }
    }
}

impl HasTimes for PinFactor {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            hash: _,
            limiters,
            times: _,
            reminder,
            reset,
            rehearsals,
            generation: _,
            next_reset,
        } = self;
        let Reminder { level: _, wait } = reminder;
        limiters.visit_times(visit);
        rehearsals.visit_times(visit);
        wait.visit_times(visit);
        reset.visit_times(visit);
        next_reset.visit_times(visit);
    }
}

impl HasTimes for PinReset {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { requested_at, wait, stage: _, last_day, requested_with: _ } = self;
        visit(StoredTime::Instant(requested_at));
        wait.visit_times(visit);
        last_day.visit_times(visit);
    }
}
