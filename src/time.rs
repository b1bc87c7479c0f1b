//! Points in time.

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
#[doc(alias = "timestamp")]
#[doc(alias = "instant")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// Creates a time from the seconds since 1970-01-01 00:00:00 UTC.
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
