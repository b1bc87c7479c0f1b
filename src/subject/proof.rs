//! What a person offers to be checked. Checks nothing.

use core::fmt;

use super::KeyVerdict;
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
/// assert_eq!(format!("{proof:?}"), "Proof(app)");
/// ```
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    pub(super) what: Offered<'a>,
    pub(super) after: Option<Handle>,
}

#[derive(Clone, Copy)]
pub(super) enum Offered<'a> {
    App { typed: &'a str },
    Backup { typed: &'a str },
    Code { challenge: Handle, typed: &'a str },
    Key { ceremony: Handle, verdict: KeyVerdict<'a> },
    Pin { due: Handle, typed: &'a str },
    Request { request: Handle },
    Resync { first: &'a str, second: &'a str },
    Token { typed: &'a str },
}

impl<'a> Proof<'a> {
    const fn new(what: Offered<'a>) -> Self {
        Self { what, after: None }
    }

    /// The same proof, as the second after one that was right and not enough
    /// ([`Denial::another_due`](crate::verdict::Denial::another_due)).
    #[must_use]
    pub const fn after(mut self, due: &Handle) -> Self {
        self.after = Some(*due);
        self
    }

    /// A backup code, in any case, with or without its hyphens.
    #[must_use]
    pub const fn backup_code(typed: &'a str) -> Self {
        Self::new(Offered::Backup { typed })
    }

    /// The code that was sent for `challenge`.
    pub fn code(challenge: &impl AsRef<Handle>, typed: &'a str) -> Self {
        Self::new(Offered::Code { challenge: *challenge.as_ref(), typed })
    }

    /// The code that the token shows (HOTP).
    #[must_use]
    pub const fn hotp(typed: &'a str) -> Self {
        Self::new(Offered::Token { typed })
    }

    /// Two codes that the token showed in a row, to find again one whose button was pressed too often.
    ///
    /// Their wrong tries are counted apart from those of single codes (RFC 4226 §7.4).
    #[must_use]
    pub const fn hotp_resync(first: &'a str, second: &'a str) -> Self {
        Self::new(Offered::Resync { first, second })
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
    pub fn request(request: &impl AsRef<Handle>) -> Self {
        Self::new(Offered::Request { request: *request.as_ref() })
    }

    /// The answer of a security key, as another crate has found it.
    ///
    /// Nothing is checked here but the ceremony that the answer is for: see
    /// [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
    pub fn security_key(ceremony: &impl AsRef<Handle>, verdict: KeyVerdict<'a>) -> Self {
        Self::new(Offered::Key { ceremony: *ceremony.as_ref(), verdict })
    }

    /// The code that the authenticator app shows.
    #[must_use]
    pub const fn totp(typed: &'a str) -> Self {
        Self::new(Offered::App { typed })
    }
}

impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            Offered::App { .. } => "Proof(app)",
            Offered::Backup { .. } => "Proof(backup code)",
            Offered::Code { .. } => "Proof(code)",
            Offered::Key { .. } => "Proof(security key)",
            Offered::Pin { .. } => "Proof(pin)",
            Offered::Request { .. } => "Proof(request)",
            Offered::Resync { .. } => "Proof(token, twice)",
            Offered::Token { .. } => "Proof(token)",
        })
    }
}
