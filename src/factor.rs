//! The kinds of factor, and sets of them. Checks no proof.

/// One way of proving: what a person has or gets.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, Purpose};
///
/// let allowed: Vec<FactorKind> = Policy::default().factors(Purpose::SignIn).collect();
/// assert_eq!(allowed.first(), Some(&FactorKind::App), "the strongest first");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactorKind {
    /// An authenticator app (TOTP).
    App,
    /// A code sent to an email address. Not allowed for signing in unless the policy names it:
    /// NIST SP 800-63B-4 §3.1.3.1 refuses email as an out-of-band factor, as OWASP ASVS 5.0.0 6.3.6
    /// does.
    Email,
    /// A code sent to a phone number.
    Phone,
    /// A token that counts (HOTP), usually a small device with a button.
    Token,
}

impl FactorKind {
    /// All kinds that there are.
    pub(crate) const ALL: [Self; 4] = [Self::App, Self::Email, Self::Phone, Self::Token];

    /// How hard it is to get round, for ordering what a person is offered; higher is stronger.
    pub(crate) const fn strength(self) -> u8 {
        match self {
            Self::App => 30,
            Self::Token => 25,
            Self::Phone => 20,
            Self::Email => 10,
        }
    }

    /// Its place in a set. Grants hold sets, so a place never changes.
    const fn bit(self) -> u16 {
        match self {
            Self::App => 1,
            Self::Phone => 2,
            Self::Email => 4,
            Self::Token => 8,
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
            set |= kind.bit();
            rest = others;
        }
        Self(set)
    }

    pub(crate) const fn contains(self, kind: FactorKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// The kinds in it, the strongest first.
    pub(crate) fn kinds(self) -> impl Iterator<Item = FactorKind> {
        let mut kinds = FactorKind::ALL;
        kinds.sort_by_key(|kind| core::cmp::Reverse(kind.strength()));
        kinds.into_iter().filter(move |kind| self.contains(*kind))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every kind in it is in `other` too.
    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether some kind is in both.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set as a number for records: kinds keep their places for ever.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}
