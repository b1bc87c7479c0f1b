//! Hash algorithms and code lengths.

use core::fmt;

/// The hash algorithm of HMAC.
///
/// Every app supports SHA-1. Collision attacks on SHA-1 do not apply to HMAC, and RFC 6238 §1.2
/// still allows it. Several widely used apps ignore the parameter and always use SHA-1 ([STD K-14,
/// K-15](crate::manual::standards)). If you choose another algorithm, verify a first code before
/// you treat the secret as enrolled.
///
/// # Example
///
/// ```
/// use second_factor::otp::Algorithm;
///
/// assert_eq!(Algorithm::default(), Algorithm::Sha1);
/// ```
#[doc(alias = "hash")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA-1, the algorithm of RFC 4226 and the default of RFC 6238.
    #[default]
    Sha1,
    /// HMAC-SHA-256 (RFC 6238 §1.2). Its secret should have 32 bytes.
    Sha256,
    /// HMAC-SHA-512 (RFC 6238 §1.2). Its secret should have 64 bytes.
    Sha512,
}

/// The number of decimal digits of a code.
///
/// A code has at least six digits (RFC 4226 §4 R4) and at most nine. The truncation of RFC 4226
/// §5.3 yields 31 bits, so a tenth digit could only be 0, 1 or 2.
///
/// # Example
///
/// ```
/// use second_factor::otp::Digits;
///
/// assert_eq!(Digits::new(8)?, Digits::Eight);
/// assert!(Digits::new(10).is_err());
/// # Ok::<(), second_factor::otp::InvalidParameter>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4226 allows 6 to 9 digits")]
pub enum Digits {
    /// Six digits, which every app supports.
    #[default]
    Six,
    /// Seven digits.
    Seven,
    /// Eight digits.
    Eight,
    /// Nine digits.
    Nine,
}

impl Digits {
    /// Creates a code length of `count` digits.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidParameter::Digits`] unless `count` is 6 to 9.
    pub const fn new(count: u8) -> Result<Self, InvalidParameter> {
        match count {
            6 => Ok(Self::Six),
            7 => Ok(Self::Seven),
            8 => Ok(Self::Eight),
            9 => Ok(Self::Nine),
            _ => Err(InvalidParameter::Digits),
        }
    }

    /// Returns the number of digits, from 6 to 9.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
            Self::Nine => 9,
        }
    }

    /// Returns the last digits of `value`.
    ///
    /// Each divisor is a constant, so the compiler emits multiplications instead of divisions. The
    /// time of a division would depend on its operands.
    pub(crate) const fn of(self, value: u32) -> u32 {
        match self {
            Self::Six => value % 1_000_000,
            Self::Seven => value % 10_000_000,
            Self::Eight => value % 100_000_000,
            Self::Nine => value % 1_000_000_000,
        }
    }
}

/// The error returned when a parameter of one-time codes is out of range.
///
/// The constructors of [`Digits`], [`LookAhead`](super::LookAhead), [`Period`](super::Period) and
/// [`Window`](super::Window) return this error. The documentation of each type states its range.
///
/// # Example
///
/// ```
/// use second_factor::otp::{InvalidParameter, Window};
///
/// assert_eq!(Window::new(3, 0).unwrap_err(), InvalidParameter::Window);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidParameter {
    /// The number of digits is not 6 to 9.
    Digits,
    /// The look-ahead is more than 100 counter values.
    LookAhead,
    /// The period is not 15 to 120 seconds.
    Period,
    /// The window has more than 2 steps in one direction.
    Window,
}

// Implemented by hand, because `thiserror` would add six crates to the otp layer, a third of its
// dependencies.
impl core::error::Error for InvalidParameter {}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digits => "a code has 6 to 9 digits",
            Self::LookAhead => "the look-ahead is at most 100 counters",
            Self::Period => "the period is 15 to 120 seconds",
            Self::Window => "the window is at most 2 steps in each direction",
        })
    }
}
