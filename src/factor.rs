//! The kinds of factor, and sets of them. Checks no proof.

/// One way of proving: what a person has or gets.
///
/// # Example
///
/// ```
/// use second_factor::FactorKind;
///
/// assert!(FactorKind::App.strength() > FactorKind::Phone.strength());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FactorKind {
    /// An authenticator app (TOTP).
    App,
    /// A code sent to an email address. Not allowed for signing in unless the policy names it:
    /// NIST SP 800-63B-4 §3.1.3.1 refuses email as an out-of-band factor (STD N-03, A-04).
    Email,
    /// A code sent to a phone number.
    Phone,
}

impl FactorKind {
    /// All kinds that there are.
    pub(crate) const ALL: [Self; 3] = [Self::App, Self::Email, Self::Phone];

    /// How hard it is to get round, for ordering what a person is offered; higher is stronger.
    #[must_use]
    pub const fn strength(self) -> u8 {
        match self {
            Self::App => 30,
            Self::Phone => 20,
            Self::Email => 10,
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FactorSet(u16);

impl FactorSet {
    pub(crate) const fn of(kinds: &[FactorKind]) -> Self {
        let mut set = 0;
        let mut rest = kinds;
        while let [kind, others @ ..] = rest {
            set |= 1 << *kind as u16;
            rest = others;
        }
        Self(set)
    }

    pub(crate) const fn contains(self, kind: FactorKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
