//! The hash behind the codes and how many digits are kept. Computes nothing.

use core::fmt;

/// The hash that HMAC uses.
///
/// SHA-1 is what every app reads. Within HMAC it is not touched by the attacks on its collisions
/// (RFC 6238 §1.2 keeps it). Several widely used apps ignore the parameter and use SHA-1
/// whatever the QR code says ([STD K-14, K-15](crate::manual::standards)), so another choice must
/// be proven by a first code.
///
/// # Example
///
/// ```
/// use second_factor::otp::Algorithm;
///
/// assert_eq!(Algorithm::default(), Algorithm::Sha1);
/// ```
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

/// How many decimal digits a code has.
///
/// Six at least (RFC 4226 §4 R4). Nine at most: the truncation of RFC 4226 §5.3 keeps 31 bits, so a
/// tenth digit would be 0, 1 or 2.
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
#[expect(clippy::exhaustive_enums, reason = "RFC 4226 leaves no other")]
pub enum Digits {
    /// Six, which every app reads.
    #[default]
    Six,
    /// Seven.
    Seven,
    /// Eight.
    Eight,
    /// Nine.
    Nine,
}

impl Digits {
    /// That many digits.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter::Digits`] unless `count` is 6 to 9.
    pub const fn new(count: u8) -> Result<Self, InvalidParameter> {
        match count {
            6 => Ok(Self::Six),
            7 => Ok(Self::Seven),
            8 => Ok(Self::Eight),
            9 => Ok(Self::Nine),
            _ => Err(InvalidParameter::Digits),
        }
    }

    /// How many they are.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
            Self::Nine => 9,
        }
    }

    /// The last digits of `value`.
    ///
    /// Each divisor is a constant, so that the compiler multiplies: a division instruction takes a
    /// time that depends on its operands.
    pub(crate) const fn of(self, value: u32) -> u32 {
        match self {
            Self::Six => value % 1_000_000,
            Self::Seven => value % 10_000_000,
            Self::Eight => value % 100_000_000,
            Self::Nine => value % 1_000_000_000,
        }
    }
}

/// A parameter of codes that is out of its range.
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
    /// The count of digits is not 6 to 9.
    Digits,
    /// The look-ahead is over 100 counters.
    LookAhead,
    /// The period is not 15 to 120 seconds.
    Period,
    /// A side of the window is over 2 steps.
    Window,
}

// By hand: `thiserror` would bring ring 1 six crates, a third of all.
impl core::error::Error for InvalidParameter {}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digits => "a code has 6 to 9 digits",
            Self::LookAhead => "the look-ahead is at most 100 counters",
            Self::Period => "the period is 15 to 120 seconds",
            Self::Window => "the window is at most 2 steps to either side",
        })
    }
}
