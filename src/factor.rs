//! Kinds of factors.

use core::str::FromStr;

use crate::error::{Invalid, What};

/// A kind of second factor in two-factor authentication (2FA, MFA).
///
/// The [policy](crate::Policy::factors) determines which kinds are accepted for which
/// [`Operation`](crate::purpose::Operation).
///
/// | kind | the user has |
/// |---|---|
/// | [`SecurityKey`](Self::SecurityKey) | a security key or passkey |
/// | [`Totp`](Self::Totp) | an authenticator app |
/// | [`SignInRequest`](Self::SignInRequest) | a device that is already trusted |
/// | [`Hotp`](Self::Hotp) | a hardware token with a button |
/// | [`Phone`](Self::Phone) | a phone number |
/// | [`BackupCode`](Self::BackupCode) | a printed list of codes |
/// | [`Email`](Self::Email) | a mailbox |
/// | [`Pin`](Self::Pin) | a two-step PIN, in addition to one of the others |
///
/// The table is in the order in which factors are offered, the strongest first.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, purpose::Operation};
///
/// let allowed: Vec<FactorKind> = Policy::default().factors(Operation::SignIn).collect();
/// assert_eq!(allowed.first(), Some(&FactorKind::SecurityKey), "the strongest first");
/// assert_eq!("backup_code".parse(), Ok(FactorKind::BackupCode));
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[doc(alias = "method")]
#[doc(alias = "authenticator")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactorKind {
    /// A code from the list that the user printed for emergencies.
    #[doc(alias = "recovery code")]
    #[doc(alias = "scratch code")]
    BackupCode,
    /// A code sent to an email address.
    ///
    /// Email is not allowed for sign-in unless the policy names it. NIST SP 800-63B-4 §3.1.3.1 and
    /// OWASP ASVS 5.0.0 6.3.6 reject email as an out-of-band factor.
    Email,
    /// A hardware token with a counter (HOTP, RFC 4226).
    #[doc(alias = "hardware token")]
    Hotp,
    /// A code sent to a phone number by SMS, WhatsApp or voice.
    #[doc(alias = "sms")]
    #[doc(alias = "voice")]
    #[doc(alias = "whatsapp")]
    Phone,
    /// The two-step PIN, required after another factor.
    ///
    /// A PIN checked by a server is a password, not a factor in the sense of NIST SP 800-63B-4
    /// (§3.2.10 against §3.1.1). The PIN acts as a lock on the account.
    #[doc(alias = "two-step verification")]
    Pin,
    /// The invented kind of `tests/tools/rehearsal`, which no release has.
    #[cfg(feature = "rehearsal")]
    Rehearsal,
    /// A security key or passkey, verified by a WebAuthn crate.
    #[doc(alias = "passkey")]
    #[doc(alias = "webauthn")]
    #[doc(alias = "fido2")]
    SecurityKey,
    /// A sign-in request, approved on a device that is already trusted.
    #[doc(alias = "push")]
    #[doc(alias = "login approval")]
    SignInRequest,
    /// An authenticator app (TOTP, RFC 6238).
    #[doc(alias = "authenticator app")]
    Totp,
}

impl FactorKind {
    /// All kinds.
    pub(crate) const ALL: [Self; 8 + cfg!(feature = "rehearsal") as usize] = [
        Self::BackupCode,
        Self::Email,
        Self::Hotp,
        Self::Phone,
        Self::Pin,
        #[cfg(feature = "rehearsal")]
        Self::Rehearsal,
        Self::SecurityKey,
        Self::SignInRequest,
        Self::Totp,
    ];

    /// Returns the `snake_case` name of the kind, for use in logs and settings.
    ///
    /// The name is stable across releases.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::FactorKind;
    ///
    /// assert_eq!(FactorKind::SecurityKey.as_str(), "security_key");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BackupCode => "backup_code",
            Self::Email => "email",
            Self::Hotp => "hotp",
            Self::Phone => "phone",
            Self::Pin => "pin",
            #[cfg(feature = "rehearsal")]
            Self::Rehearsal => "rehearsal",
            Self::SecurityKey => "security_key",
            Self::SignInRequest => "sign_in_request",
            Self::Totp => "totp",
        }
    }

    /// Returns the strength of the factor, which determines the order of offers.
    ///
    /// A higher number is harder to bypass.
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
            #[cfg(feature = "rehearsal")]
            Self::Rehearsal => 1,
        }
    }

    /// Returns whether the factor may be the only enrolled one.
    ///
    /// The other kinds only supplement such a factor. They are not offered first, and do not by
    /// themselves keep two-factor authentication turned on.
    pub(crate) const fn can_be_only_factor(self) -> bool {
        match self {
            Self::Totp | Self::Email | Self::Phone | Self::SecurityKey | Self::Hotp => true,
            Self::BackupCode | Self::Pin | Self::SignInRequest => false,
            #[cfg(feature = "rehearsal")]
            Self::Rehearsal => false,
        }
    }

    /// Returns the bit of the kind in a set.
    ///
    /// Grants and records store sets, so a bit never changes.
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
            #[cfg(feature = "rehearsal")]
            Self::Rehearsal => 1 << 14,
        }
    }
}

/// Parses exactly the output of [`as_str`](FactorKind::as_str).
impl FromStr for FactorKind {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        named.ok_or(Invalid(What::FactorKind))
    }
}

/// A set of factor kinds.
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

    /// Returns the set with `kind` added.
    pub(crate) const fn with(self, kind: FactorKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Returns the set with `kind` removed.
    pub(crate) const fn without(self, kind: FactorKind) -> Self {
        Self(self.0 & !kind.bit())
    }

    /// Returns the kinds that are in both sets.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn contains(self, kind: FactorKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Returns the set with all of `others` added.
    pub(crate) const fn with_all(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Returns the set, marked as proven by a code that support issued.
    pub(crate) const fn by_support(self) -> Self {
        Self(self.0 | BY_SUPPORT)
    }

    /// Returns whether a code that support issued was among the proofs.
    pub(crate) const fn is_by_support(self) -> bool {
        self.0 & BY_SUPPORT != 0
    }

    /// Returns the kinds in the set, the strongest first.
    pub(crate) fn kinds(self) -> impl Iterator<Item = FactorKind> {
        let mut kinds = FactorKind::ALL;
        kinds.sort_by_key(|kind| core::cmp::Reverse(kind.strength()));
        kinds.into_iter().filter(move |kind| self.contains(*kind))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether `other` contains all kinds of the set.
    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 & !BY_SUPPORT == 0
    }

    /// Returns whether the sets have a kind in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the set as a number for records. The meaning of a bit never changes.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// Returns `None` for a bit that this release does not know (law 7).
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        let known = Self::of(&FactorKind::ALL).by_support();
        if bits & !known.0 == 0 { Some(Self(bits)) } else { None }
    }
}

/// The bit of [`FactorSet::by_support`], which no kind has.
const BY_SUPPORT: u16 = 1 << 15;

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format};

    use super::*;

    #[test]
    fn kind_has_its_own_name_in_snake_case() {
        let names = BTreeSet::from(FactorKind::ALL.map(FactorKind::as_str));
        assert_eq!(names.len(), FactorKind::ALL.len());
        for kind in FactorKind::ALL {
            let is_fine = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(kind.as_str().bytes().all(is_fine), "{kind:?}");
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.as_str().replace('_', ""), format!("{kind:?}").to_lowercase());
        }
    }

    #[test]
    fn adding_to_a_set_twice_is_adding_once() {
        for kind in FactorKind::ALL {
            let set = FactorSet::of(&[kind, kind]);
            assert!(set.kinds().eq([kind]), "{kind:?}");
            for before in [FactorSet::default(), set] {
                assert_eq!(before.with(kind), set);
                assert_eq!(before.with_all(set), set);
            }
            let marked = set.by_support();
            assert!(marked.is_by_support() && !set.is_by_support());
            assert_eq!(marked.by_support(), marked);
        }
    }
}
