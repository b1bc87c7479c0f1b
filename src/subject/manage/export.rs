//! Export of secrets for another application.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::operator::Operator;
use crate::{
    denial::{Denial, Reason},
    event::Event,
    otp::{Step, TotpParameters},
    secret::Secret,
    subject::{
        decision::{subject::Subject, transition::Decision},
        factor::hotp::HotpToken,
        record::totp::{FurtherApp, TotpFactor},
    },
};

/// The secrets of a user's apps and token, for another application.
///
/// Returned by [`Support::danger_export`](crate::verifier::Support::danger_export).
///
/// # Example
///
/// ```
/// use second_factor::{otp::KeyUri, verifier::ExportedSecrets};
///
/// /// The rows of another system.
/// fn rows(account: &str, exported: &ExportedSecrets) -> Vec<String> {
///     let uris = exported.totp().iter().filter_map(|app| {
///         KeyUri::totp("Example", account, app.secret(), app.parameters()).ok()
///     });
///     uris.map(|uri| uri.expose_uri().expose().to_owned()).collect()
/// }
/// # let _ = rows;
/// ```
#[must_use = "the user is notified of the export"]
pub struct ExportedSecrets {
    totp: Vec<ExportedTotp>,
    hotp: Option<HotpToken>,
}

/// An exported authenticator app.
///
/// # Example
///
/// See [`ExportedSecrets`].
pub struct ExportedTotp {
    secret: Box<Secret>,
    parameters: TotpParameters,
    last: Option<Step>,
    label: Option<String>,
}

impl ExportedSecrets {
    /// Returns the HOTP token, if one is enrolled.
    #[must_use]
    pub const fn hotp(&self) -> Option<&HotpToken> {
        self.hotp.as_ref()
    }

    /// Returns the authenticator apps.
    #[must_use]
    pub fn totp(&self) -> &[ExportedTotp] {
        &self.totp
    }
}

impl ExportedTotp {
    fn all(apps: &TotpFactor) -> Vec<Self> {
        let TotpFactor { secret, parameters, last, ahead, label, further, .. } = apps;
        let new =
            |secret: &Secret, parameters, last: Option<Step>, ahead: Option<u64>, label| Self {
                secret: Box::new(secret.clone()),
                parameters,
                // Of two steps, the later one was used too.
                last: last.max(ahead.map(Step::new)),
                label,
            };
        let first = new(secret, *parameters, *last, *ahead, label.clone());
        let further = further.iter().map(|app| {
            let FurtherApp { secret, parameters, last, ahead, label, .. } = app;
            new(secret, *parameters, *last, *ahead, label.clone())
        });
        core::iter::once(first).chain(further).collect()
    }

    /// Returns the name that the user gave to the app.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns the step of the last accepted code, which must not be accepted again.
    #[must_use]
    pub const fn last_step(&self) -> Option<Step> {
        self.last
    }

    /// Returns the parameters of the codes.
    #[must_use]
    pub const fn parameters(&self) -> TotpParameters {
        self.parameters
    }

    /// Returns the secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }
}

redacted!(ExportedSecrets, ExportedTotp);

/// Export.
impl Operator {
    /// Returns the secrets of the authenticator apps and the HOTP token.
    ///
    /// The event is stored with the export, so the user is notified of it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::NotEnrolled`] if the subject has neither.
    pub fn danger_export(&self, mut subject: Subject<'_>) -> Decision<ExportedSecrets> {
        subject.require_record()?;
        let factors = &subject.state.factors;
        let totp = factors.totp.as_ref().map_or_else(Vec::new, ExportedTotp::all);
        // A restored token would accept used codes in the other application too (FAILURES 119).
        let token = factors.hotp.as_ref().filter(|token| !token.is_retired);
        let hotp = token.map(|token| HotpToken(token.token.clone()));
        if totp.is_empty() && hotp.is_none() {
            return Err(Denial::new(Reason::NotEnrolled));
        }
        subject.report(Event::SecretsExported {
            actor: self.actor().into(),
            reason: self.reason().into(),
        });
        Ok(subject.commit(Ok(ExportedSecrets { totp, hotp })))
    }
}
