//! What a person offers to be checked. Checks nothing.

use core::fmt;

use super::SecurityKeyOutcome;
use crate::Handle;

/// What a person offers to [`verify`](crate::Verifier::verify).
///
/// # Input
///
/// What was typed is checked to the letter: exactly as many ASCII digits as the code has. Take
/// spaces away in the form, before this. A text of any length costs nothing.
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
    pub(super) what: Offered<'a>,
    pub(super) after: Option<Handle>,
}

#[derive(Clone, Copy)]
pub(super) enum Offered<'a> {
    Totp { typed: &'a str },
    BackupCode { typed: &'a str },
    SentCode { challenge: Handle, typed: &'a str },
    SecurityKey { ceremony: Handle, verdict: SecurityKeyOutcome<'a> },
    Pin { due: Handle, typed: &'a str },
    SignInRequest { request: Handle },
    HotpResync { first: &'a str, second: &'a str },
    Hotp { typed: &'a str },
}

impl<'a> Proof<'a> {
    const fn new(what: Offered<'a>) -> Self {
        Self { what, after: None }
    }

    /// The same proof, as the second after one that was right and not enough
    /// ([`Denial::another_factor_due`](crate::verdict::Denial::another_factor_due)).
    #[must_use]
    pub const fn after(mut self, due: &Handle) -> Self {
        self.after = Some(*due);
        self
    }

    /// A backup code, in any case, with or without its hyphens.
    #[must_use]
    pub const fn backup_code(typed: &'a str) -> Self {
        Self::new(Offered::BackupCode { typed })
    }

    /// The code that was sent for `challenge`.
    pub fn sent_code(challenge: &impl AsRef<Handle>, typed: &'a str) -> Self {
        Self::new(Offered::SentCode { challenge: *challenge.as_ref(), typed })
    }

    /// The code that the token shows (HOTP).
    #[must_use]
    pub const fn hotp(typed: &'a str) -> Self {
        Self::new(Offered::Hotp { typed })
    }

    /// Two codes that the token showed in a row, to find again one whose button was pressed too often.
    ///
    /// Their wrong tries are counted apart from those of single codes (RFC 4226 §7.4).
    #[must_use]
    pub const fn hotp_resync(first: &'a str, second: &'a str) -> Self {
        Self::new(Offered::HotpResync { first, second })
    }

    /// The PIN, after the proof that asked for it
    /// ([`Denial::pin_due`](crate::verdict::Denial::pin_due)).
    #[must_use]
    pub const fn pin(due: &Handle, typed: &'a str) -> Self {
        Self::new(Offered::Pin { due: *due, typed })
    }

    /// A sign-in request, once it was approved. Until then it is
    /// [`Reason::Pending`](crate::verdict::Reason::Pending): ask again in a second or two.
    #[must_use]
    pub fn sign_in_request(request: &impl AsRef<Handle>) -> Self {
        Self::new(Offered::SignInRequest { request: *request.as_ref() })
    }

    /// The answer of a security key, as another crate has found it.
    ///
    /// Nothing is checked here but the ceremony that the answer is for: see
    /// [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
    pub fn security_key(ceremony: &impl AsRef<Handle>, verdict: SecurityKeyOutcome<'a>) -> Self {
        Self::new(Offered::SecurityKey { ceremony: *ceremony.as_ref(), verdict })
    }

    /// The code that the authenticator app shows.
    #[must_use]
    pub const fn totp(typed: &'a str) -> Self {
        Self::new(Offered::Totp { typed })
    }
}

impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            Offered::Totp { .. } => "Proof(totp)",
            Offered::BackupCode { .. } => "Proof(backup code)",
            Offered::SentCode { .. } => "Proof(sent code)",
            Offered::SecurityKey { .. } => "Proof(security key)",
            Offered::Pin { .. } => "Proof(pin)",
            Offered::SignInRequest { .. } => "Proof(sign-in request)",
            Offered::HotpResync { .. } => "Proof(hotp resync)",
            Offered::Hotp { .. } => "Proof(hotp)",
        })
    }
}
