//! Proofs: what the user enters or answers.

use core::fmt;

use crate::{Handle, subject::factor::security_key::input::SecurityKeyOutcome};

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
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    pub(crate) what: Offered<'a>,
    pub(crate) after: Option<Handle>,
}

#[derive(Clone, Copy)]
pub(crate) enum Offered<'a> {
    BackupCode { typed: &'a str },
    Hotp { typed: &'a str },
    HotpResync { first: &'a str, second: &'a str },
    Pin { due: Handle, typed: &'a str },
    PinReset { due: Handle, challenge: Handle, typed: &'a str },
    SecurityKey { ceremony: Handle, outcome: SecurityKeyOutcome<'a> },
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
    /// `due` is the handle from [`Denial::pin_due`](crate::denial::Denial::pin_due).
    #[must_use]
    pub const fn pin(due: &Handle, typed: &'a str) -> Self {
        Self::new(Offered::Pin { due: *due, typed })
    }

    /// Creates a proof from a code to the recovery address, in place of a forgotten PIN.
    ///
    /// It removes the PIN, and completes the sign-in or registration that waits for it. `due` is
    /// the handle from [`Error::pin_due`](crate::Error::pin_due). The code is sent for
    /// [`Operation::ResetPin`](crate::purpose::Operation::ResetPin).
    #[doc(alias = "forgot pin")]
    pub fn pin_reset(due: &Handle, challenge: &impl AsRef<Handle>, typed: &'a str) -> Self {
        Self::new(Offered::PinReset { due: *due, challenge: *challenge.as_ref(), typed })
    }

    /// Creates a proof from another crate's check of a security key's answer.
    ///
    /// This crate checks only the ceremony that the answer belongs to. See
    /// [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
    pub fn security_key(ceremony: &impl AsRef<Handle>, outcome: SecurityKeyOutcome<'a>) -> Self {
        Self::new(Offered::SecurityKey { ceremony: *ceremony.as_ref(), outcome })
    }

    /// Creates a proof from the code that was sent for `challenge`.
    pub fn sent_code(challenge: &impl AsRef<Handle>, typed: &'a str) -> Self {
        Self::new(Offered::SentCode { challenge: *challenge.as_ref(), typed })
    }

    /// Creates a proof from an approved sign-in request.
    ///
    /// Until it is approved, the refusal is [`Reason::Pending`](crate::denial::Reason::Pending):
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
    /// [`Denial::another_factor_due`](crate::denial::Denial::another_factor_due).
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
            Offered::PinReset { .. } => "Proof(pin reset)",
            Offered::SecurityKey { .. } => "Proof(security key)",
            Offered::SentCode { .. } => "Proof(sent code)",
            Offered::SignInRequest { .. } => "Proof(sign-in request)",
            Offered::Totp { .. } => "Proof(totp)",
        })
    }
}
