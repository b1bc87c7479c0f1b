//! Enrollment of authenticator apps and HOTP tokens.

use alloc::{string::String, vec::Vec};

use super::{authority::Enroller, permissions::check_enrollment};
use crate::{
    denial::{Denial, Reason},
    factor::FactorKind,
    id::{Handle, HandleKind},
    message::Sender,
    otp::{InvalidKeyUri, KeyUri},
    secret::{Base32Text, SecretText},
    subject::{
        decision::{subject::Subject, transition::Decision},
        factor::{
            hotp::{self, HotpToken},
            totp,
        },
        record::{fields::Id, label::shortened},
    },
};

/// A pending enrollment of an authenticator app.
///
/// Show the secret now, because it cannot be shown later ([FAILURES 69](crate::manual::threats)).
/// Your application stores only the [`handle`](Self::handle) until the user enters the first code.
///
/// # Example
///
/// ```
/// use second_factor::Enrollment;
///
/// fn page(enrollment: &Enrollment) -> String {
///     format!(
///         "{}<p>or type {}</p><input type=hidden name=enrollment value={}>",
///         enrollment.qr().expose_svg().expose(),
///         enrollment.expose_secret().expose(),
///         enrollment.handle(),
///     )
/// }
/// # let _ = page;
/// ```
pub struct Enrollment {
    pub(crate) handle: Handle,
    pub(crate) uri: KeyUri,
}

impl Enrollment {
    /// Returns the secret in Base32, for users who cannot scan the QR code.
    #[must_use]
    pub fn expose_secret(&self) -> Base32Text {
        self.uri.secret().expose_base32()
    }

    /// Returns the provisioning URI, which apps usually read from a QR code.
    #[must_use]
    pub fn expose_uri(&self) -> SecretText {
        self.uri.expose_uri()
    }

    /// Returns the handle to store until the user enters the code.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl From<&Enrollment> for Handle {
    fn from(value: &Enrollment) -> Self {
        value.handle
    }
}

redacted!(Enrollment);

/// The account name and the user's name of a new authenticator app.
///
/// # Input
///
/// The name has 1 to 255 bytes without colons and control characters, and without a leading space.
/// These are the limits of a provisioning URI ([`KeyUri`]).
///
/// # Example
///
/// ```
/// use second_factor::sans_io::TotpAccount;
///
/// assert!(TotpAccount::new("alice@example.com").is_ok());
/// assert!(TotpAccount::new("https://example.com").is_err());
/// ```
#[derive(Clone)]
pub struct TotpAccount {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
}

impl TotpAccount {
    /// Creates an account name.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKeyUri`] if a provisioning URI cannot contain the name.
    pub fn new(name: &str) -> Result<Self, InvalidKeyUri> {
        KeyUri::check_account(name)?;
        Ok(Self { name: name.into(), label: None })
    }

    /// Sets the user's name for the app, like [`NewTotp::named`].
    #[must_use]
    pub fn named(self, label: &str) -> Self {
        Self { label: label_of(label), ..self }
    }
}

redacted!(TotpAccount);

/// A new authenticator app, for [`enroll_totp`](crate::Verifier::enroll_totp).
///
/// A `&str` converts into an app without a name.
///
/// # Example
///
/// ```
/// use second_factor::enrollment::NewTotp;
///
/// let app = NewTotp::new("alice@example.com").named("Work phone");
/// # let _ = app;
/// ```
pub struct NewTotp {
    pub(crate) account: String,
    pub(crate) label: Option<String>,
}

impl NewTotp {
    /// Creates an app that shows `account`, usually an email address.
    #[must_use]
    pub fn new(account: &str) -> Self {
        // One character more than an account may have is refused too.
        Self { account: account.chars().take(LONGEST_ACCOUNT + 1).collect(), label: None }
    }

    /// Sets the user's name for the app, which distinguishes it from other apps.
    ///
    /// # Input
    ///
    /// Invisible and direction-changing characters are removed, and the name is truncated to 64
    /// characters. If the name is empty, the app has no name.
    #[must_use]
    pub fn named(self, label: &str) -> Self {
        Self { label: label_of(label), ..self }
    }
}

redacted!(NewTotp);

impl From<&str> for NewTotp {
    fn from(account: &str) -> Self {
        Self::new(account)
    }
}

impl From<&String> for NewTotp {
    fn from(account: &String) -> Self {
        Self::new(account)
    }
}

/// Begins the enrollment of a further authenticator app.
pub(super) fn totp(
    mut subject: Subject<'_>,
    enroller: &Enroller,
    sender: &Sender,
    account: &TotpAccount,
) -> Decision<Enrollment> {
    let basis = check_enrollment(&subject, enroller, FactorKind::Totp)?;
    subject.earlier_apps(&basis).ok_or(Denial::new(Reason::TooMany))?;
    let parameters = subject.policy().totp();
    let TotpAccount { name, label } = account;
    let inputs = [sender.issuer(), name].into_iter().chain(label.as_deref());
    subject.bind("enroll totp", &inputs.map(str::as_bytes).collect::<Vec<_>>());
    let (factor, secret) = totp::begin(parameters, label.clone(), &mut subject.moment);
    let uri = KeyUri::totp(sender.issuer(), name, &secret, parameters)
        .expect("`Sender`, `TotpAccount` and `Policy` accept nothing that a URI refuses");
    let id: Id = subject.moment.bytes().into();
    let now = subject.now();
    subject.state.put_enrollment(id, factor, (&basis, &subject.context.client), now);
    let handle = Handle::new(HandleKind::Enrollment, *id);
    Ok(subject.commit(Ok(Enrollment { handle, uri })))
}

/// Begins the enrollment of an HOTP token.
pub(super) fn hotp(
    mut subject: Subject<'_>,
    enroller: &Enroller,
    token: &HotpToken,
) -> Decision<Handle> {
    let basis = check_enrollment(&subject, enroller, FactorKind::Hotp)?;
    subject.bind("enroll hotp", &[token.0.secret.expose_bytes()]);
    let id: Id = subject.moment.bytes().into();
    let now = subject.now();
    let by = (&basis, &subject.context.client);
    subject.state.put_enrollment(id, hotp::begin(token), by, now);
    Ok(subject.commit(Ok(Handle::new(HandleKind::Enrollment, *id))))
}

/// The longest account name, in bytes: the limit of [`KeyUri`].
const LONGEST_ACCOUNT: usize = 255;

/// Returns the user's name for an app, or `None` if it is empty.
pub(crate) fn label_of(label: &str) -> Option<String> {
    let label = shortened(label);
    (!label.trim().is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_new_totp_are_named_alike() {
        let long = "x".repeat(65);
        for (label, expected) in
            [("Work phone", Some("Work phone")), (&long, Some(&long[..64])), (" ", None)]
        {
            let account = TotpAccount::new("alice").unwrap().named(label);
            assert_eq!((&*account.name, account.label.as_deref()), ("alice", expected));
            let new = NewTotp::new("alice").named(label);
            assert_eq!((new.account, new.label), (account.name, account.label));
        }
    }
}
