//! Proofs: the codes and responses that users submit.

use core::fmt;

use crate::{
    id::Handle,
    subject::{
        factor::security_key::{ceremony::CeremonyText, input::SecurityKeyOutcome},
        record::new_device::NewDevice,
    },
    typed::Typed,
};

/// A code, PIN or other evidence, for [`verify`](crate::Verifier::verify).
///
/// # Input
///
/// A code may be typed in groups: white space and hyphens are removed, and full-width, Arabic-Indic
/// and Persian digits are accepted. A string of more than 64 bytes is malformed and is not stored.
/// A malformed code is refused without a write, and is not counted.
///
/// # Example
///
/// ```
/// use second_factor::Proof;
///
/// let proof = Proof::totp("492 039");
/// assert_eq!(format!("{proof:?}"), "Proof(totp)");
/// ```
#[derive(Clone)]
pub struct Proof {
    pub(crate) what: Offered,
    pub(crate) after: Option<Handle>,
    pub(crate) trust: Option<NewDevice>,
}

#[derive(Clone)]
pub(crate) enum Offered {
    BackupCode {
        typed: Typed,
    },
    Hotp {
        typed: Typed,
    },
    HotpResync {
        first: Typed,
        second: Typed,
    },
    Pin {
        due: Handle,
        typed: Typed,
    },
    PinReset {
        due: Handle,
        challenge: Handle,
        typed: Typed,
    },
    #[cfg(feature = "rehearsal")]
    Rehearsal {
        key: Handle,
    },
    SecurityKey {
        ceremony: CeremonyText,
        outcome: SecurityKeyOutcome,
    },
    SentCode {
        challenge: Handle,
        typed: Typed,
    },
    SignInRequest {
        request: Handle,
    },
    Totp {
        typed: Typed,
    },
}

impl Proof {
    /// Creates a proof from a backup code.
    ///
    /// The code may be in any case, with or without hyphens.
    #[must_use]
    pub fn backup_code(typed: impl AsRef<str>) -> Self {
        Self::new(Offered::BackupCode { typed: Typed::new(typed.as_ref()) })
    }

    /// Creates a proof from the code of an HOTP token.
    #[must_use]
    pub fn hotp(typed: impl AsRef<str>) -> Self {
        Self::new(Offered::Hotp { typed: Typed::new(typed.as_ref()) })
    }

    /// Creates a proof from two consecutive codes of an HOTP token.
    ///
    /// The proof resynchronizes the counter. Its failures are counted separately from those of
    /// single codes (RFC 4226 §7.4).
    #[must_use]
    pub fn hotp_resync(first: impl AsRef<str>, second: impl AsRef<str>) -> Self {
        Self::new(Offered::HotpResync {
            first: Typed::new(first.as_ref()),
            second: Typed::new(second.as_ref()),
        })
    }

    /// Creates a proof from the PIN, after the proof that requires the PIN.
    ///
    /// `due` is the handle from [`Denial::pending_pin`](crate::Denial::pending_pin).
    #[must_use]
    pub fn pin(due: impl Into<Handle>, typed: impl AsRef<str>) -> Self {
        Self::new(Offered::Pin { due: due.into(), typed: Typed::new(typed.as_ref()) })
    }

    /// Creates a proof from a code sent to the recovery address, to reset the PIN.
    ///
    /// The proof removes the forgotten PIN, and completes the sign-in or registration that is
    /// waiting for the PIN. `due` is the handle from
    /// [`Error::pending_pin`](crate::Error::pending_pin). The code must be sent for
    /// [`Operation::ResetPin`](crate::purpose::Operation::ResetPin).
    #[doc(alias = "forgot pin")]
    pub fn pin_reset(
        due: impl Into<Handle>,
        challenge: impl Into<Handle>,
        typed: impl AsRef<str>,
    ) -> Self {
        Self::new(Offered::PinReset {
            due: due.into(),
            challenge: challenge.into(),
            typed: Typed::new(typed.as_ref()),
        })
    }

    /// Creates a proof from the result of a security-key ceremony.
    ///
    /// A WebAuthn crate must have produced the result. `ceremony` is a
    /// [`Ceremony`](crate::proof::Ceremony) or its sealed string. This crate checks only that the
    /// ceremony may be accepted. See
    /// [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
    #[doc(alias = "passkey")]
    pub fn security_key(ceremony: impl Into<CeremonyText>, outcome: SecurityKeyOutcome) -> Self {
        Self::new(Offered::SecurityKey { ceremony: ceremony.into(), outcome })
    }

    /// Creates a proof from the code that was sent for `challenge`.
    pub fn sent_code(challenge: impl Into<Handle>, typed: impl AsRef<str>) -> Self {
        Self::new(Offered::SentCode {
            challenge: challenge.into(),
            typed: Typed::new(typed.as_ref()),
        })
    }

    /// Creates a proof from an approved sign-in request.
    ///
    /// Until the request is approved, the refusal is
    /// [`Reason::Pending`](crate::denial::Reason::Pending). Verify again in a second or two.
    #[must_use]
    pub fn sign_in_request(request: impl Into<Handle>) -> Self {
        Self::new(Offered::SignInRequest { request: request.into() })
    }

    /// Creates a proof from the code of an authenticator app (TOTP).
    #[must_use]
    pub fn totp(typed: impl AsRef<str>) -> Self {
        Self::new(Offered::Totp { typed: Typed::new(typed.as_ref()) })
    }

    /// Marks the proof as the second one, after a correct first proof.
    ///
    /// `due` is the handle from
    /// [`Denial::pending_factor`](crate::Denial::pending_factor).
    #[must_use]
    pub fn after(mut self, due: impl Into<Handle>) -> Self {
        self.after = Some(due.into());
        self
    }

    /// Asks to trust the device of the user: "remember this browser".
    ///
    /// The write that accepts the proof also makes the device trusted.
    /// [`SignIn::device_token`](crate::SignIn::device_token) returns its token. Some proofs must
    /// not make a device trusted: a proof for a [`Grant`](crate::Grant), a sign-in request, and a
    /// registration when other factors are enrolled. If a further step is pending, pass the device
    /// with the proof of that step.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §5.1; OWASP ASVS 5.0.0 6.5.6.
    #[doc(alias = "remember me")]
    #[doc(alias = "remember_device")]
    #[must_use]
    pub fn trusting(mut self, device: NewDevice) -> Self {
        self.trust = Some(device);
        self
    }

    /// Returns the input that an attacker would vary.
    pub(crate) fn typed(&self) -> &str {
        match &self.what {
            Offered::BackupCode { typed }
            | Offered::Hotp { typed }
            | Offered::HotpResync { first: typed, .. }
            | Offered::Pin { typed, .. }
            | Offered::PinReset { typed, .. }
            | Offered::SentCode { typed, .. }
            | Offered::Totp { typed } => typed.text(),
            Offered::SecurityKey { ceremony, .. } => ceremony.as_str(),
            Offered::SignInRequest { .. } => "",
            #[cfg(feature = "rehearsal")]
            Offered::Rehearsal { .. } => "",
        }
    }

    pub(in crate::subject) const fn new(what: Offered) -> Self {
        Self { what, after: None, trust: None }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            Offered::BackupCode { .. } => "Proof(backup code)",
            Offered::Hotp { .. } => "Proof(hotp)",
            Offered::HotpResync { .. } => "Proof(hotp resync)",
            Offered::Pin { .. } => "Proof(pin)",
            Offered::PinReset { .. } => "Proof(pin reset)",
            #[cfg(feature = "rehearsal")]
            Offered::Rehearsal { .. } => "Proof(rehearsal)",
            Offered::SecurityKey { .. } => "Proof(security key)",
            Offered::SentCode { .. } => "Proof(sent code)",
            Offered::SignInRequest { .. } => "Proof(sign-in request)",
            Offered::Totp { .. } => "Proof(totp)",
        })
    }
}
