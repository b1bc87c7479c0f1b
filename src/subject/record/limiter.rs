//! The failure count of one factor.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    lifetime::Cooldown,
};
use crate::time::UnixTime;

/// The failures of one factor since its last success or unlock, and what they led to.
///
/// It is part of the subject's record, so that no session, challenge or client has a count of its
/// own (law 5; STD N-12, H-08; FAILURES 16 to 21).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Limiter {
    #[n(0)]
    pub(crate) failures: u32,
    #[n(1)]
    pub(crate) lock: Cooldown,
    #[n(2)]
    pub(crate) is_disabled: bool,
    /// The failures in the row before support unlocked it. The next success clears it.
    #[n(3)]
    pub(crate) before_unlock: Option<u32>,
}

/// Names one failure count of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Codes sent to the proven address of this id.
    Address(Id),
    BackupCode,
    /// First codes of the enrollment of this id. For an address, all its enrollments share one
    /// count. Five incorrect codes of an app or a HOTP token end its enrollment, so it has no count.
    Enrollment(Id),
    Hotp,
    /// Pairs of codes: a pair is a different guess than a code (FAILURES 33).
    HotpResync,
    Pin,
    /// Rehearsals of the PIN. A stolen session could otherwise disable it.
    PinRehearsal,
    Registration,
    /// Numbers typed to approve sign-in requests.
    SignInRequest,
    /// The backup code that support issued, apart from the set of the user.
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
    /// A disabled factor stays disabled: it must be enrolled again (STD N-41).
    pub(crate) const fn clear(&mut self) {
        self.failures = 0;
        self.lock = Cooldown::none();
        if !self.is_disabled {
            self.before_unlock = None;
        }
    }

    /// The failures since the last success, with those before an unlock.
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
