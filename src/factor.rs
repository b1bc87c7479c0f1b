//! The kinds of factor, and sets of them. Checks no proof.

/// One way of proving: what a person has or gets.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, Purpose};
///
/// let allowed: Vec<FactorKind> = Policy::default().factors(Purpose::SignIn).collect();
/// assert_eq!(allowed.first(), Some(&FactorKind::SecurityKey), "the strongest first");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactorKind {
    /// A code from the list that was printed for the day when everything else is lost.
    BackupCode,
    /// A code sent to an email address. Not allowed for signing in unless the policy names it:
    /// NIST SP 800-63B-4 §3.1.3.1 refuses email as an out-of-band factor, as OWASP ASVS 5.0.0 6.3.6
    /// does.
    Email,
    /// A hardware token with a counter (HOTP, RFC 4226).
    Hotp,
    /// A code sent to a phone number.
    Phone,
    /// The two-step PIN, asked after another factor. Checked by a server it is a password, not a
    /// factor in the sense of NIST SP 800-63B-4 (§3.2.10 against §3.1.1): a lock on the account.
    Pin,
    /// A security key or passkey, checked by another crate.
    SecurityKey,
    /// A sign-in request, approved on a device that was already trusted.
    SignInRequest,
    /// An authenticator app (TOTP, RFC 6238).
    Totp,
}

impl FactorKind {
    /// All kinds that there are.
    pub(crate) const ALL: [Self; 8] = [
        Self::BackupCode,
        Self::Email,
        Self::Hotp,
        Self::Phone,
        Self::Pin,
        Self::SecurityKey,
        Self::SignInRequest,
        Self::Totp,
    ];

    /// How hard it is to get round, for ordering what a person is offered; higher is stronger.
    pub(crate) const fn strength(self) -> u8 {
        match self {
            Self::SecurityKey => 40,
            Self::Totp => 30,
            Self::SignInRequest => 28,
            Self::Hotp => 25,
            Self::Phone => 20,
            Self::BackupCode => 15,
            Self::Email => 10,
            Self::Pin => 5,
        }
    }

    /// Whether it can stand alone. What cannot is there to help another: it is not offered as a first
    /// factor, and does not keep an account when the last of the others goes.
    pub(crate) const fn can_be_only_factor(self) -> bool {
        match self {
            Self::Totp | Self::Email | Self::Phone | Self::SecurityKey | Self::Hotp => true,
            Self::BackupCode | Self::Pin | Self::SignInRequest => false,
        }
    }

    /// Its place in a set. Grants and records hold sets, so a place never changes.
    pub(crate) const fn bit(self) -> u16 {
        match self {
            Self::Totp => 1,
            Self::Phone => 2,
            Self::Email => 4,
            Self::Hotp => 8,
            Self::BackupCode => 16,
            Self::Pin => 32,
            Self::SignInRequest => 64,
            Self::SecurityKey => 128,
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

    /// The same set, and `kind`.
    pub(crate) const fn with(self, kind: FactorKind) -> Self {
        Self(self.0 | kind.bit())
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
