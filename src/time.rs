//! Points in time, as numbers. Nothing here reads a clock.

/// A point in time: whole seconds since 1970-01-01 00:00:00 UTC.
///
/// Every decision of this crate takes its time as an argument of this type; only the asynchronous
/// shell asks a clock. It never wraps: [`plus`](Self::plus) stops at the largest value.
///
/// # Input
///
/// 0 to 2^64-1 seconds. Times before 1970 cannot be written.
///
/// # Security
///
/// Take the time from a clock that you trust, never from a request (OWASP ASVS 5.0.0 6.5.8).
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The time that lies `secs` seconds after the beginning of 1970.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the beginning of 1970.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The time `secs` seconds later, or the last one that can be written.
    #[must_use]
    pub const fn plus(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Seconds from `earlier` to `self`; 0 when `earlier` is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

// Spans that are said by name, in seconds.

#[cfg(feature = "alloc")]
pub(crate) const HALF_AN_HOUR: u32 = 1_800;
#[cfg(feature = "alloc")]
pub(crate) const HOUR: u32 = 3_600;
#[cfg(feature = "alloc")]
pub(crate) const DAY: u32 = 86_400;
#[cfg(feature = "alloc")]
pub(crate) const WEEK: u32 = 604_800;
