//! Proofs: what the user enters or answers.

use core::fmt;

use crate::{
    Handle,
    subject::factor::security_key::{ceremony::CeremonyText, input::SecurityKeyOutcome},
};

/// What the user enters or answers, for [`verify`](crate::Verifier::verify).
///
/// # Input
///
/// The code of an app, a token or a message must have exactly its number of ASCII digits: remove
/// spaces before you pass it. Text of any length may be passed; a malformed code is refused at no
/// cost.
///
/// # Example
///
/// ```
/// use second_factor::Proof;
///
/// let proof = Proof::totp("492039");
/// assert_eq!(format!("{proof:?}"), "Proof(totp)");
/// ```
#[derive(Clone)]
pub struct Proof<'a> {
    pub(crate) what: Offered<'a>,
    pub(crate) after: Option<Handle>,
}

#[derive(Clone)]
pub(crate) enum Offered<'a> {
    BackupCode { typed: &'a str },
    Hotp { typed: &'a str },
    HotpResync { first: &'a str, second: &'a str },
    Pin { due: Handle, typed: &'a str },
    SecurityKey { ceremony: CeremonyText, outcome: SecurityKeyOutcome },
    SentCode { challenge: Handle, typed: &'a str },
    SignInRequest { request: Handle },
    Totp { typed: &'a str },
}

impl<'a> Proof<'a> {
    /// Creates a proof from a backup code, in any case, with or without hyphens.
    #[must_use]
    pub const fn backup_code(typed: &'a str) -> Self {
        Self::new(Offered::BackupCode { typed })
    }

    /// Creates a proof from the code of a HOTP token.
    #[must_use]
    pub const fn hotp(typed: &'a str) -> Self {
        Self::new(Offered::Hotp { typed })
    }

    /// Creates a proof from two consecutive codes of a HOTP token.
    ///
    /// It resynchronizes the counter. Its failures are counted apart from those of single codes
    /// (RFC 4226 §7.4).
    #[must_use]
    pub const fn hotp_resync(first: &'a str, second: &'a str) -> Self {
        Self::new(Offered::HotpResync { first, second })
    }

    /// Creates a proof from the PIN, after the proof that requires it.
    ///
    /// `due` is the handle from [`Denial::pin_due`](crate::verdict::Denial::pin_due).
    #[must_use]
    pub const fn pin(due: &Handle, typed: &'a str) -> Self {
        Self::new(Offered::Pin { due: *due, typed })
    }

    /// Creates a proof from another crate's check of a security key's answer.
    ///
    /// `ceremony` is a [`Ceremony`](crate::Ceremony) or its text. This crate checks only that it
    /// may be accepted. See
    /// [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
    #[doc(alias = "passkey")]
    pub fn security_key(ceremony: impl Into<CeremonyText>, outcome: SecurityKeyOutcome) -> Self {
        Self::new(Offered::SecurityKey { ceremony: ceremony.into(), outcome })
    }

    /// Creates a proof from the code that was sent for `challenge`.
    pub fn sent_code(challenge: &impl AsRef<Handle>, typed: &'a str) -> Self {
        Self::new(Offered::SentCode { challenge: *challenge.as_ref(), typed })
    }

    /// Creates a proof from an approved sign-in request.
    ///
    /// Until it is approved, the refusal is [`Reason::Pending`](crate::verdict::Reason::Pending):
    /// ask again in a second or two.
    #[must_use]
    pub fn sign_in_request(request: &impl AsRef<Handle>) -> Self {
        Self::new(Offered::SignInRequest { request: *request.as_ref() })
    }

    /// Creates a proof from the code of an authenticator app (TOTP).
    #[must_use]
    pub const fn totp(typed: &'a str) -> Self {
        Self::new(Offered::Totp { typed })
    }

    /// Marks the proof as the second one, after a correct first one.
    ///
    /// `due` is the handle from
    /// [`Denial::another_factor_due`](crate::verdict::Denial::another_factor_due).
    #[must_use]
    pub const fn after(mut self, due: &Handle) -> Self {
        self.after = Some(*due);
        self
    }

    const fn new(what: Offered<'a>) -> Self {
        Self { what, after: None }
    }
}

impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            Offered::BackupCode { .. } => "Proof(backup code)",
            Offered::Hotp { .. } => "Proof(hotp)",
            Offered::HotpResync { .. } => "Proof(hotp resync)",
            Offered::Pin { .. } => "Proof(pin)",
            Offered::SecurityKey { .. } => "Proof(security key)",
            Offered::SentCode { .. } => "Proof(sent code)",
            Offered::SignInRequest { .. } => "Proof(sign-in request)",
            Offered::Totp { .. } => "Proof(totp)",
        })
    }
}
