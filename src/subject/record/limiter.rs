//! The failure count of one factor.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    lifetime::Cooldown,
};
use crate::time::UnixTime;

/// The failures of one factor since its last success or unlock, and their effect.
///
/// The limiter is part of the subject's record, so no session, challenge or client has its own
/// counter (law 5; STD N-12, H-08; FAILURES 16 to 21).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Limiter {
    #[n(0)]
    pub(crate) failures: u32,
    #[n(1)]
    pub(crate) lock: Cooldown,
    #[n(2)]
    pub(crate) is_disabled: bool,
    /// The consecutive failures before support unlocked the factor. The next success clears them.
    #[n(3)]
    pub(crate) before_unlock: Option<u32>,
}

/// Identifies one failure counter of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Codes sent to the proven address of this id.
    Address(Id),
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
    /// The backup code that support issued, which is separate from the user's set.
    SupportCode,
    Totp,
}

/// Whether a factor accepts attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockState {
    Disabled,
    Locked(UnixTime),
    Open,
}

impl Limiter {
    pub(crate) const fn new() -> Self {
        Self { failures: 0, lock: Cooldown::none(), is_disabled: false, before_unlock: None }
    }

    pub(crate) fn state(&self, now: UnixTime) -> LockState {
        match self.lock.ends_after(now) {
            _ if self.is_disabled => LockState::Disabled,
            Some(until) => LockState::Locked(until),
            None => LockState::Open,
        }
    }

    /// Clears the failures after a success of this factor (STD N-43).
    ///
    /// A disabled factor stays disabled, and must be enrolled again (STD N-41).
    pub(crate) const fn clear(&mut self) {
        self.failures = 0;
        self.lock = Cooldown::none();
        if !self.is_disabled {
            self.before_unlock = None;
        }
    }

    /// Returns the failures since the last success, including those before an unlock.
    pub(crate) fn row(&self) -> u32 {
        self.failures.saturating_add(self.before_unlock.unwrap_or(0))
    }
}

impl HasTimes for Limiter {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { failures: _, lock, is_disabled: _, before_unlock: _ } = self;
        lock.visit_times(visit);
    }
}
