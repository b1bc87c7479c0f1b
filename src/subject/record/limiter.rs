//! The failure counts of factors.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    lane::Lane,
    lifetime::Cooldown,
    slow_count::SlowCount,
};
use crate::time::UnixTime;

/// The failures of one factor in one lane, or of one device, and their effects.
///
/// The limiter is part of the subject's record, so no session, challenge or client has its own
/// counter (law 5; STD N-12, H-08; FAILURES 16 to 21).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Limiter {
    /// The failures since the last success or renewal.
    #[n(0)]
    pub(crate) failures: u32,
    #[n(1)]
    pub(crate) lock: Cooldown,
    #[n(2)]
    pub(crate) is_disabled: bool,
    /// The failures in the row before the renewal. The next success in its lane clears them.
    #[n(3)]
    pub(crate) before_renewal: Option<u32>,
    #[n(4)]
    pub(crate) slow: Option<SlowCount>,
    /// The wait until the slow count falls below its limit.
    #[n(5)]
    pub(crate) closed: Option<Cooldown>,
}

/// The failures of one factor in the lanes that do not belong to a device.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct LaneLimiters {
    #[n(0)]
    pub(crate) passed: Limiter,
    /// Absent until the first failure.
    #[n(1)]
    pub(crate) anonymous: Option<Limiter>,
}

/// Identifies one failure counter of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) counter: Counter,
    pub(crate) lane: Lane,
}

/// The kind of attempt that is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Codes sent to the proven address of this id.
    Address(Id),
    /// Imported backup codes, which may be short.
    BackupCode,
    /// First codes of the enrollment of this id. All enrollments of an address share one counter.
    /// Five incorrect codes end the enrollment of an app or an HOTP token, which has no counter.
    Enrollment(Id),
    Hotp,
    /// Pairs of codes, because a pair is a different guess from a code (FAILURES 33).
    HotpResync,
    Pin,
    /// Rehearsals of the PIN, which an attacker with a stolen session could otherwise disable.
    PinRehearsal,
    Registration,
    /// Numbers typed to approve sign-in requests.
    SignInRequest,
    Totp,
    /// No counter, because the proof cannot be guessed.
    Unguessable,
}

/// Whether a factor accepts attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockState {
    Disabled,
    Locked(UnixTime),
    Open,
}

/// The effect of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum FailureEffect {
    #[n(0)]
    Counted,
    /// The factor is disabled, or the device is forgotten.
    #[n(1)]
    Disabled,
    /// The first lock since the last success.
    #[n(2)]
    FirstLocked,
    #[n(3)]
    Locked,
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Self {
            failures: 0,
            lock: Cooldown::none(),
            is_disabled: false,
            before_renewal: None,
            slow: None,
            closed: None,
        }
    }

    pub(crate) fn state(&self, now: UnixTime) -> LockState {
        let until = self.lock.ends_after(now).max(self.closed.and_then(|of| of.ends_after(now)));
        match until {
            _ if self.is_disabled => LockState::Disabled,
            Some(until) => LockState::Locked(until),
            None => LockState::Open,
        }
    }

    /// Clears the row of failures after a success in its lane (STD N-43). The slow count stays.
    ///
    /// A disabled factor stays disabled, and must be enrolled again (STD N-41).
    pub(crate) const fn clear(&mut self) {
        self.failures = 0;
        self.lock = Cooldown::none();
        if !self.is_disabled {
            self.before_renewal = None;
        }
    }

    /// Ends the row of failures after a success in a lane that proves more.
    ///
    /// The success shows that the owner is present, so the factor is enabled again. A renewal stays
    /// used, so the row may have ten failures until a success in its own lane.
    pub(crate) fn lift(&mut self) {
        self.failures = 0;
        self.lock = Cooldown::none();
        self.is_disabled = false;
        self.before_renewal = self.before_renewal.map(|_| 0);
    }

    /// Removes a failure with this effect, because its attempt was correct.
    pub(crate) fn take_back(&mut self, effect: FailureEffect) {
        self.failures = self.failures.saturating_sub(1);
        self.slow = self.slow.map(SlowCount::without_failure);
        // The attempt was admitted, so the count was not closed before it.
        self.closed = None;
        if effect == FailureEffect::Disabled {
            self.is_disabled = false;
        }
    }

    /// Removes a failure with this effect, because its attempt was not checked, and the lock that
    /// it began.
    pub(crate) fn uncount(&mut self, effect: FailureEffect) {
        self.take_back(effect);
        if effect.is_shut() {
            self.lock = Cooldown::none();
        }
    }

    /// Returns the failures since the last success, including those before a renewal.
    pub(crate) fn row(&self) -> u32 {
        self.failures.saturating_add(self.before_renewal.unwrap_or(0))
    }

    /// Returns whether the slow count has this many failures or more.
    pub(crate) fn slow_reaches(&self, failures: u16, now: UnixTime) -> bool {
        self.slow.is_some_and(|slow| slow.reaches(failures, now))
    }
}

impl LaneLimiters {
    pub(crate) const fn new() -> Self {
        Self { passed: Limiter::new(), anonymous: None }
    }

    /// Returns the count of a lane that does not belong to a device.
    pub(crate) const fn of(&self, lane: Lane) -> &Limiter {
        const NONE: &Limiter = &Limiter::new();
        match (lane, &self.anonymous) {
            (Lane::Anonymous, Some(anonymous)) => anonymous,
            (Lane::Anonymous, None) => NONE,
            (Lane::Known(_) | Lane::Passed, _) => &self.passed,
        }
    }

    /// Returns a mutable reference, like [`of`](Self::of).
    pub(crate) fn of_mut(&mut self, lane: Lane) -> &mut Limiter {
        match lane {
            Lane::Anonymous => self.anonymous.get_or_insert(Limiter::new()),
            Lane::Known(_) | Lane::Passed => &mut self.passed,
        }
    }

    /// Records a success in `lane`: clears the row there, and ends the row in lanes that prove
    /// less.
    pub(crate) fn succeed(&mut self, lane: Lane) {
        match lane {
            Lane::Anonymous => {}
            Lane::Known(_) => self.passed.lift(),
            Lane::Passed => self.passed.clear(),
        }
        if let Some(anonymous) = &mut self.anonymous {
            match lane {
                Lane::Anonymous => anonymous.clear(),
                Lane::Known(_) | Lane::Passed => anonymous.lift(),
            }
        }
    }

    pub(crate) fn each_mut(&mut self) -> impl Iterator<Item = &mut Limiter> {
        let Self { passed, anonymous } = self;
        core::iter::once(passed).chain(anonymous)
    }
}

impl Counter {
    pub(crate) const fn in_lane(self, lane: Lane) -> Tally {
        Tally { counter: self, lane }
    }
}

impl FailureEffect {
    /// Returns whether attempts are refused after this effect, for a time or permanently.
    pub(crate) const fn is_shut(self) -> bool {
        !matches!(self, Self::Counted)
    }
}

impl HasTimes for Limiter {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { failures: _, lock, is_disabled: _, before_renewal: _, slow, closed } = self;
        lock.visit_times(visit);
        closed.visit_times(visit);
        slow.visit_times(visit);
    }
}

impl HasTimes for LaneLimiters {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { passed, anonymous } = self;
        passed.visit_times(visit);
        anonymous.visit_times(visit);
    }
}
