//! Time steps, counters and the search for a matching one.

use subtle::{Choice, ConditionallySelectable as _};

use super::InvalidParameter;

/// The moving factor of a code: the time step of TOTP or the counter of HOTP.
///
/// # Example
///
/// ```
/// use second_factor::otp::Step;
///
/// assert_eq!(Step::new(7).next(), Some(Step::new(8)));
/// assert_eq!(Step::new(u64::MAX).next(), None, "counters never wrap around");
/// ```
#[doc(alias = "counter")]
#[doc(alias = "moving factor")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(u64);

impl Step {
    /// Creates a step from its number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number: the periods since T0 for TOTP, or the counter for HOTP.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the step after this one, or `None` if this one is 2^64-1.
    ///
    /// A counter must never start again, because its codes would repeat.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// The number of time steps around the current one at which a code is accepted.
///
/// A window allows for clock drift and for the time that the user needs to type.
///
/// # Input
///
/// A window must have 0 to 2 steps in each direction. RFC 6238 §5.2 recommends at most one step.
/// Each further step adds one code that an attacker can guess.
///
/// # Example
///
/// ```
/// use second_factor::otp::Window;
///
/// let lenient = Window::new(2, 1)?;
/// assert_eq!((lenient.past(), lenient.future()), (2, 1));
/// assert_eq!(Window::ONE, Window::new(1, 1)?);
/// # Ok::<(), second_factor::otp::InvalidParameter>(())
/// ```
#[doc(alias = "skew")]
#[doc(alias = "drift")]
#[doc(alias = "tolerance")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    past: u8,
    future: u8,
}

impl Window {
    /// Accepts the current step only.
    ///
    /// A code is valid for at most one period (OWASP ASVS 5.0.0 §6.5.5).
    pub const NONE: Self = Self { past: 0, future: 0 };

    /// Accepts one step in each direction: the default (RFC 6238 §5.2).
    ///
    /// With synchronized clocks, a 30-second code is accepted until it is 59 seconds old.
    pub const ONE: Self = Self { past: 1, future: 1 };

    /// Creates a window of `past` steps before and `future` after the current one.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidParameter::Window`] if `past` or `future` is over 2.
    pub const fn new(past: u8, future: u8) -> Result<Self, InvalidParameter> {
        if past > 2 || future > 2 {
            return Err(InvalidParameter::Window);
        }
        Ok(Self { past, future })
    }

    /// Returns the number of accepted steps before the current one, from 0 to 2.
    #[must_use]
    pub const fn past(self) -> u8 {
        self.past
    }

    /// Returns the number of accepted steps after the current one, from 0 to 2.
    #[must_use]
    pub const fn future(self) -> u8 {
        self.future
    }

    /// Returns the first and the last step to check around `step`.
    pub(super) const fn around(self, step: Step) -> (u64, u64) {
        (step.0.saturating_sub(self.past as u64), step.0.saturating_add(self.future as u64))
    }

    /// Returns the number of steps that are checked, including the current one.
    #[must_use]
    pub const fn width(self) -> u8 {
        self.past + 1 + self.future
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::ONE
    }
}

/// The number of counter values after the expected one that are also checked.
///
/// When the user presses the button of a token without signing in, the token gets ahead of the
/// server.
///
/// # Input
///
/// A look-ahead must be 0 to 100 counter values. RFC 4226 §7.4 requires a limit that is as low as
/// usability allows.
///
/// # Example
///
/// ```
/// use second_factor::otp::LookAhead;
///
/// assert_eq!(LookAhead::default().get(), 3);
/// assert!(LookAhead::new(101).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookAhead(u8);

impl LookAhead {
    /// Accepts the expected counter value only.
    pub const NONE: Self = Self(0);

    /// Accepts counter values up to 3 ahead of the expected one.
    ///
    /// This look-ahead tolerates accidental button presses between two sign-ins.
    pub const DEFAULT: Self = Self(3);

    /// Accepts counter values up to 100 ahead of the expected one.
    ///
    /// Use this look-ahead for [`Hotp::resync`](super::Hotp::resync).
    pub const RESYNC: Self = Self(100);

    /// Creates a look-ahead of `count` counter values after the expected one.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidParameter::LookAhead`] if `count` is over 100.
    pub const fn new(count: u8) -> Result<Self, InvalidParameter> {
        if count > 100 {
            return Err(InvalidParameter::LookAhead);
        }
        Ok(Self(count))
    }

    /// Returns the number of counter values, from 0 to 100.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for LookAhead {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The result of a search for a code.
///
/// # Example
///
/// ```
/// use second_factor::{Secret, UnixTime};
/// use second_factor::otp::{Found, Totp, Window};
///
/// let totp = Totp::new(&Secret::new(b"12345678901234567890")?);
/// let now = UnixTime::from_secs(1_111_111_085);
/// let Found::Fresh(step) = totp.find("081804", now, Window::ONE, None) else { panic!() };
/// assert_eq!(totp.find("081804", now, Window::ONE, Some(step)), Found::Used);
/// assert_eq!(totp.find("081805", now, Window::ONE, Some(step)), Found::Nothing);
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "accept the code only if the step is fresh, and store that step"]
#[expect(clippy::exhaustive_enums, reason = "a search has no other result")]
pub enum Found {
    /// The code is correct at this step, and was not used before.
    ///
    /// Store the step, and pass it as `last` to the next search.
    Fresh(Step),
    /// The code is incorrect at every step of the window, or malformed.
    Nothing,
    /// The code was used before. Reject it as a replay (RFC 6238 §5.2).
    ///
    /// The code is correct at the last used step or at an earlier one.
    Used,
}

/// Checks every step from `first` to `end`, with `is_match`.
///
/// The search never stops early. If several fresh steps match, it returns the highest, so that
/// storing this step marks all of them as used (FAILURES 3). A code that matches a used step is
/// `Used`, even if it also matches a later step by chance. Therefore, an accepted code is rejected
/// as long as its step is in the window (STD N-25).
pub(super) fn search(
    (first, end): (u64, u64),
    last: Option<Step>,
    is_match: impl Fn(u64) -> Choice,
) -> Found {
    let (mut fresh, mut used, mut highest) = (Choice::from(0), Choice::from(0), 0_u64);
    for step in first..=end {
        let hit = is_match(step);
        if last.is_some_and(|last| step <= last.0) {
            used |= hit;
        } else {
            fresh |= hit;
            highest.conditional_assign(&step, hit);
        }
    }
    match (bool::from(used), bool::from(fresh)) {
        (true, _) => Found::Used,
        (false, true) => Found::Fresh(Step(highest)),
        (false, false) => Found::Nothing,
    }
}
