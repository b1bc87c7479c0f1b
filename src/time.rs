//! Points in time.

#[cfg(feature = "std")]
use core::time::Duration;
#[cfg(feature = "std")]
use std::time::SystemTime;

#[cfg(feature = "std")]
use crate::error::{Invalid, What};

/// A point in time: whole seconds since 1970-01-01 00:00:00 UTC.
///
/// Every decision of this crate takes the time as an argument of this type. Only the async layer
/// reads a clock. Arithmetic saturates.
///
/// # Input
///
/// The range is 0 to 2^64-1 seconds. Times before 1970 cannot be represented.
///
/// # Security
///
/// The time must come from a trusted clock, never from a request (OWASP ASVS 5.0.0 6.5.8).
///
/// # Example
///
/// ```
/// use second_factor::UnixTime;
///
/// let then = UnixTime::from_secs(1_111_111_109);
/// assert_eq!(then.plus(30).since(then), 30);
/// assert_eq!(then.since(then.plus(30)), 0);
/// ```
///
/// `UnixTime` converts to and from [`SystemTime`](std::time::SystemTime), and thereby to and from
/// the types of other crates:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use second_factor::UnixTime;
///
/// let deadline = UnixTime::try_from(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500))?;
/// assert_eq!(deadline, UnixTime::from_secs(1));
/// assert_eq!(SystemTime::from(deadline), SystemTime::UNIX_EPOCH + Duration::from_secs(1));
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "timestamp")]
#[doc(alias = "instant")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// Returns the current time of the operating system.
    ///
    /// # Errors
    ///
    /// Returns [`NoTime`] if the clock is set before 1970. Repair the clock.
    /// `wasm32-unknown-unknown` has no clock, and always returns `NoTime`. Pass the time, or
    /// implement [`Clock`](crate::host::Clock).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::UnixTime;
    ///
    /// let in_a_week = UnixTime::now()?.plus(7 * 86_400);
    /// # assert!(in_a_week.as_secs() > 1_700_000_000);
    /// # Ok::<(), second_factor::host::NoTime>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, NoTime> {
        Self::read(HAS_CLOCK)
    }

    #[cfg(feature = "std")]
    fn read(has_clock: bool) -> Result<Self, NoTime> {
        if !has_clock {
            return Err(NoTime);
        }
        Self::try_from(SystemTime::now()).map_err(|Invalid(_)| NoTime)
    }

    /// Creates the time `secs` seconds after the beginning of 1970.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Returns the seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns the time `secs` seconds later, or the largest representable time.
    #[must_use]
    pub const fn plus(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Returns the seconds from `earlier` to `self`, or 0 if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Converts a time, and drops the fraction of a second.
///
/// A time before 1970 is [`Invalid`].
#[cfg(feature = "std")]
impl TryFrom<SystemTime> for UnixTime {
    type Error = Invalid;

    fn try_from(time: SystemTime) -> Result<Self, Invalid> {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        Ok(Self(since.map_err(|_| Invalid(What::Time))?.as_secs()))
    }
}

/// Converts a time to [`SystemTime`].
///
/// A time after the year 9999 becomes the last second of that year, which every platform can
/// represent.
#[cfg(feature = "std")]
impl From<UnixTime> for SystemTime {
    fn from(time: UnixTime) -> Self {
        let since = Duration::from_secs(time.0.min(YEAR_9999));
        Self::UNIX_EPOCH.checked_add(since).unwrap_or(Self::UNIX_EPOCH)
    }
}

/// The error returned when the current time is unknown.
///
/// # Example
///
/// ```
/// assert_eq!(second_factor::host::NoTime.to_string(), "the clock failed");
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock failed")]
#[expect(clippy::exhaustive_structs, reason = "implementors construct it, and it has one meaning")]
pub struct NoTime;

/// The last second of the year 9999.
#[cfg(feature = "std")]
const YEAR_9999: u64 = 253_402_300_799;

/// On `wasm32-unknown-unknown`, `SystemTime::now` panics.
#[cfg(feature = "std")]
const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

// Durations in seconds.

#[cfg(feature = "alloc")]
pub(crate) const MINUTE: u32 = 60;
#[cfg(feature = "alloc")]
pub(crate) const HALF_AN_HOUR: u32 = 1_800;
#[cfg(feature = "alloc")]
pub(crate) const HOUR: u32 = 3_600;
#[cfg(feature = "alloc")]
pub(crate) const DAY: u32 = 86_400;
#[cfg(feature = "alloc")]
pub(crate) const WEEK: u32 = 604_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_time_before_1970_is_invalid() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(UnixTime::try_from(before), Err(Invalid(What::Time)));
        assert_eq!(UnixTime::try_from(SystemTime::UNIX_EPOCH), Ok(UnixTime::from_secs(0)));
    }

    #[test]
    fn platform_without_a_clock_has_no_time() {
        assert_eq!(UnixTime::read(false), Err(NoTime));
        assert!(UnixTime::read(HAS_CLOCK).is_ok());
    }

    #[test]
    fn every_time_converts_and_order_is_preserved() {
        let times = [0, 1, YEAR_9999 - 1, YEAR_9999, YEAR_9999 + 1, 1 << 63, u64::MAX];
        let converted = times.map(|secs| SystemTime::from(UnixTime::from_secs(secs)));
        assert!(converted.is_sorted());
        for (secs, time) in times.into_iter().zip(converted) {
            let back = UnixTime::try_from(time).unwrap();
            assert_eq!(back.as_secs(), secs.min(YEAR_9999));
        }
    }
}
