//! Steps, and the search for the one at which a code is right. Knows no hash and no clock.

use subtle::{Choice, ConditionallySelectable as _};

use super::InvalidParameter;

/// The moving number behind a code: the time step of TOTP, the counter of HOTP.
///
/// # Example
///
/// ```
/// use second_factor::otp::Step;
///
/// assert_eq!(Step::new(7).next(), Some(Step::new(8)));
/// assert_eq!(Step::new(u64::MAX).next(), None, "a counter never starts again");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step(u64);

impl Step {
    /// The step with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The step after this one; `None` after 2^64-1, since a counter must not start again.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// How many steps before and after the present one are accepted.
///
/// # Input
///
/// 0 to 2 steps to either side. RFC 6238 §5.2 recommends at most one; each step more is one more
/// code that a guess can hit.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    past: u8,
    future: u8,
}

impl Window {
    /// The present step alone: a code lives one period at most (OWASP ASVS 5.0.0 §6.5.5).
    pub const NONE: Self = Self { past: 0, future: 0 };

    /// One step either way, the default: with clocks that agree, a code of 30 seconds is taken until
    /// it is 59 seconds old (RFC 6238 §5.2).
    pub const ONE: Self = Self { past: 1, future: 1 };

    /// `past` steps before and `future` steps after the present one.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter::Window`] when a side is over 2.
    pub const fn new(past: u8, future: u8) -> Result<Self, InvalidParameter> {
        if past > 2 || future > 2 {
            return Err(InvalidParameter::Window);
        }
        Ok(Self { past, future })
    }

    /// Steps accepted before the present one.
    #[must_use]
    pub const fn past(self) -> u8 {
        self.past
    }

    /// Steps accepted after the present one.
    #[must_use]
    pub const fn future(self) -> u8 {
        self.future
    }

    /// The first and the last step that are looked at around `step`.
    pub(super) const fn around(self, step: Step) -> (u64, u64) {
        (step.0.saturating_sub(self.past as u64), step.0.saturating_add(self.future as u64))
    }

    /// How many steps are looked at.
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

/// How many counters after the expected one are looked at.
///
/// # Input
///
/// 0 to 100. RFC 4226 §7.4 wants it as low as is usable, and bounded.
///
/// # Example
///
/// ```
/// use second_factor::otp::LookAhead;
///
/// assert_eq!(LookAhead::default().get(), 10);
/// assert!(LookAhead::new(101).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookAhead(u8);

impl LookAhead {
    /// The expected counter alone.
    pub const NONE: Self = Self(0);

    /// 10: how often a button is pressed in a pocket between two sign-ins.
    pub const DEFAULT: Self = Self(10);

    /// 100, for finding a token again by two codes in a row ([`Hotp::resync`](super::Hotp::resync)).
    pub const RESYNC: Self = Self(100);

    /// `count` counters beyond the expected one.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter::LookAhead`] over 100.
    pub const fn new(count: u8) -> Result<Self, InvalidParameter> {
        if count > 100 {
            return Err(InvalidParameter::LookAhead);
        }
        Ok(Self(count))
    }

    /// How many they are.
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

/// What a search for a code found.
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
#[must_use = "a code is accepted only if the step found is fresh, and then the step must be kept"]
#[expect(clippy::exhaustive_enums, reason = "these are the three answers there are")]
pub enum Found {
    /// The code is right at this step, which was not used. Keep it: it is the next `last`.
    Fresh(Step),
    /// The code is not right at any step looked at, or is no code at all.
    Nothing,
    /// The code is right at a step up to the last one used: refuse it (RFC 6238 §5.2).
    Used,
}

/// Looks at every step from `first` to `end` and says where `is_right`.
///
/// Never stops early. Of several fresh steps the highest is taken, so that all are burned with it
/// (FAILURES 3). A code that is right at a used step is used, even where it happens to be right at a
/// later one too: what was accepted once is not accepted again while it can be seen (STD N-25).
pub(super) fn search(
    (first, end): (u64, u64),
    last: Option<Step>,
    is_right: impl Fn(u64) -> Choice,
) -> Found {
    let (mut fresh, mut used, mut highest) = (Choice::from(0), Choice::from(0), 0_u64);
    for step in first..=end {
        let hit = is_right(step);
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
