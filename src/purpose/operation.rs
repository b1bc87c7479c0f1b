//! Operations that a code or a proof can be for.

#[cfg(doc)]
use crate::purpose::Agreement;
use crate::purpose::{AgreementHash, Purpose};

/// The operation that a code or a proof is for, in policies, events and messages.
///
/// A code that was sent for one operation is refused for any other (OWASP ASVS 5.0.0 6.6.2). The
/// [policy](crate::Policy::factors) determines which factors are accepted for which operation.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, purpose::Operation};
///
/// let policy = Policy::default();
/// let by_email = |operation| policy.factors(operation).any(|kind| kind == FactorKind::Email);
/// assert!(by_email(Operation::Recover));
/// assert!(!by_email(Operation::SignIn), "unless the policy names it");
/// ```
#[doc(alias = "intent")]
#[doc(alias = "scope")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Confirming a new factor. Only the `confirm` functions accept proofs for it.
    Enroll,
    /// Managing factors: adding, replacing and removing them.
    Manage,
    /// Recovering from a lost factor, with two proofs of different kinds in a row.
    Recover,
    /// Registering: proving control of a phone number or mailbox.
    ///
    /// Registration requires no prior proof: neither a password nor a session.
    ///
    /// Registration has its own counters and its own challenge, so an attacker who starts a
    /// registration cannot disturb the owner. A registration does not permit changes of other
    /// factors. If a PIN is set, the PIN is required.
    ///
    /// Use the address as the subject id, or look up the subject in your own table of addresses.
    /// The code proves only control of the address. It does not enroll the address as a factor. If
    /// the subject was registered or confirmed before, every permission and challenge is revoked,
    /// and no first PIN can be set for one day. On
    /// [`Event::Registered`](crate::host::Event::Registered), your application must end the
    /// sessions of the subject.
    Register,
    /// Removing a forgotten PIN, with a code sent to the recovery address.
    ///
    /// See [`Proof::pin_reset`](crate::Proof::pin_reset).
    ResetPin,
    /// Signing in, after your application has checked the first factor.
    #[doc(alias = "login")]
    SignIn,
    /// Confirming one sensitive action within a session.
    #[doc(alias = "reauthentication")]
    #[doc(alias = "sudo mode")]
    StepUp,
    /// Agreeing to the data to which the code is bound, such as a payment.
    ///
    /// See [`Agreement`].
    #[doc(alias = "psd2")]
    #[doc(alias = "dynamic linking")]
    Transaction(AgreementHash),
}

impl Operation {
    /// Returns the `snake_case` name of the operation, for use in logs and settings.
    ///
    /// The name is stable across releases. The name of a transaction omits the hash.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::purpose::Operation;
    ///
    /// assert_eq!(Operation::SignIn.as_str(), "sign_in");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enroll => "enroll",
            Self::Manage => "manage",
            Self::Recover => "recover",
            Self::Register => "register",
            Self::ResetPin => "reset_pin",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::Transaction(_) => "transaction",
        }
    }

    /// Returns the number of the operation in records and hashes.
    ///
    /// A number never changes and is never reused.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::SignIn => 1,
            Self::Manage => 2,
            Self::StepUp => 3,
            Self::Enroll => 4,
            Self::Recover => 5,
            Self::Register => 6,
            Self::Transaction(_) => 7,
            Self::ResetPin => 8,
        }
    }

    /// Returns the operation with this tag, or `None` if a part is invalid.
    ///
    /// A transaction requires a hash. The other operations must have none.
    pub(crate) const fn from_parts(tag: u8, agreement: Option<[u8; 32]>) -> Option<Self> {
        match (tag, agreement) {
            (1, None) => Some(Self::SignIn),
            (2, None) => Some(Self::Manage),
            (3, None) => Some(Self::StepUp),
            (4, None) => Some(Self::Enroll),
            (5, None) => Some(Self::Recover),
            (6, None) => Some(Self::Register),
            (8, None) => Some(Self::ResetPin),
            (7, Some(hash)) => Some(Self::Transaction(AgreementHash(hash))),
            _ => None,
        }
    }

    /// Returns the hash of the agreement, or `None` unless this is a transaction.
    pub(crate) const fn agreement(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Transaction(hash) => Some(&hash.0),
            _ => None,
        }
    }

    /// Returns whether a proof for the operation depends on a first factor.
    ///
    /// The other operations have no first factor, or take place within a session.
    pub(crate) const fn has_first_factor(self) -> bool {
        matches!(self, Self::Recover | Self::SignIn)
    }

    /// Returns whether a recovery address that is not a factor is accepted.
    pub(crate) const fn takes_recovery_address(self) -> bool {
        matches!(self, Self::Recover | Self::ResetPin)
    }

    /// Returns whether a fresh proof for the operation permits changes of factors.
    ///
    /// A proof for registration permits them only if there is nothing to protect, which the record
    /// decides.
    pub(crate) const fn gives_authority(self) -> bool {
        matches!(self, Self::Enroll | Self::Manage | Self::Register | Self::SignIn)
    }

    /// Returns whether a fresh proof permits the replacement of a lost factor.
    pub(crate) const fn replaces_factors(self) -> bool {
        self.gives_authority() || matches!(self, Self::Recover)
    }
}

impl From<Purpose> for Operation {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Manage => Self::Manage,
            Purpose::Recover => Self::Recover,
            Purpose::StepUp => Self::StepUp,
            Purpose::Transaction(agreement) => Self::Transaction(agreement),
        }
    }
}
