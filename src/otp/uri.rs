//! Provisioning URIs (`otpauth://`) of authenticator apps.

mod label;
mod parse;
mod percent;
mod warning;
mod write;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use self::label::check_names;
pub use self::warning::{InvalidKeyUri, Warning};
pub(super) use self::{
    label::Label,
    parse::{read_secret_bytes, refuse_short, warn_uncommon},
    percent::decode,
    warning::ParseMode,
};
use super::{Algorithm, Digits, Step, TotpParameters};
use crate::{
    secret::{Secret, SecretText},
    time::UnixTime,
};

/// A provisioning URI (`otpauth://…`), which an authenticator app scans.
///
/// The URI contains the secret, the parameters of the codes, and the names to display.
///
/// The constructors create a URI for a new enrollment. [`parse`](Self::parse) reads the URIs that
/// this crate writes. [`import`](Self::import) also accepts the URIs of other programs, and returns
/// a warning for each deviation. Show the URI once, as a QR code, and do not store it.
///
/// # Input
///
/// Issuer and account must have 1 to 255 bytes each. Control characters and the colon are invalid.
/// The colon separates the two names, and apps misread it even when it is encoded (STD K-02, K-16).
/// The account must not begin with a space, which apps remove (STD K-19). Every other character,
/// such as `%`, `&`, `+` and emoji, is encoded and decoded without change.
///
/// # Security
///
/// Anyone who sees the URI can generate valid codes for as long as the secret is enrolled. `Debug`
/// shows only the kind and hides the secret and the names.
///
/// Only SHA-1, six digits and 30 seconds work in every app; some apps silently ignore other values
/// (STD K-14, K-15). The URI omits these defaults, which makes the QR code smaller (STD K-01). Your
/// application must verify a first code before it treats the secret as enrolled.
///
/// # Source
///
/// Google's "Key Uri Format" page; there is no RFC. The [manual](crate::manual::standards) lists
/// the differences between apps, from row `K-01` on.
///
/// # Example
///
/// ```
/// use second_factor::Secret;
/// use second_factor::otp::{KeyUri, TotpParameters};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
/// assert_eq!(
///     uri.expose_uri().expose(),
///     "otpauth://totp/Example:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
///      &issuer=Example",
/// );
/// assert_eq!(KeyUri::parse(uri.expose_uri().expose())?.account(), "alice@example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "otpauth")]
#[doc(alias = "provisioning uri")]
pub struct KeyUri {
    kind: KeyKind,
    secret: Box<Secret>,
    issuer: Option<String>,
    account: String,
}

impl KeyUri {
    /// Creates a URI for time-based codes.
    ///
    /// # Errors
    ///
    /// - [`InvalidKeyUri::Start`] if the steps do not begin in 1970, because a URI has no parameter
    ///   for the start.
    /// - [`EmptyIssuer`](InvalidKeyUri::EmptyIssuer),
    ///   [`EmptyAccount`](InvalidKeyUri::EmptyAccount), [`Colon`](InvalidKeyUri::Colon),
    ///   [`ControlCharacter`](InvalidKeyUri::ControlCharacter),
    ///   [`LeadingSpace`](InvalidKeyUri::LeadingSpace) or
    ///   [`NameTooLong`](InvalidKeyUri::NameTooLong) for an invalid name: ask the user for another
    ///   name.
    pub fn totp(
        issuer: &str,
        account: &str,
        secret: &Secret,
        parameters: TotpParameters,
    ) -> Result<Self, InvalidKeyUri> {
        if parameters.start() != UnixTime::from_secs(0) {
            return Err(InvalidKeyUri::Start);
        }
        Self::new(KeyKind::Totp(parameters), issuer, account, secret)
    }

    /// Checks that a URI can contain this account.
    pub(crate) fn check_account(account: &str) -> Result<(), InvalidKeyUri> {
        label::check_names(None, account)
    }

    /// Creates a URI for counter-based codes.
    ///
    /// `counter` is the first counter that the app will use.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`totp`](Self::totp) for an invalid name.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Secret;
    /// use second_factor::otp::{Algorithm, Digits, KeyUri, Step};
    ///
    /// let secret = Secret::new(b"12345678901234567890")?;
    /// let first = Step::new(0);
    /// let uri = KeyUri::hotp("Example", "alice", &secret, Algorithm::Sha1, Digits::Six, first)?;
    /// assert!(uri.expose_uri().expose().ends_with("&counter=0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hotp(
        issuer: &str,
        account: &str,
        secret: &Secret,
        algorithm: Algorithm,
        digits: Digits,
        counter: Step,
    ) -> Result<Self, InvalidKeyUri> {
        Self::new(KeyKind::Hotp { algorithm, digits, counter }, issuer, account, secret)
    }

    /// Creates a URI for Steam Guard codes.
    ///
    /// Every app that supports Steam Guard recognizes the URI. Some apps recognize its issuer,
    /// `Steam`, and the others need `encoder=steam` (STD K-20). The URI contains both.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`totp`](Self::totp) for an invalid account.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Secret, otp::KeyUri};
    ///
    /// let uri = KeyUri::steam("alice", &Secret::new(b"12345678901234567890")?)?;
    /// assert!(uri.expose_uri().expose().ends_with("&encoder=steam"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn steam(account: &str, secret: &Secret) -> Result<Self, InvalidKeyUri> {
        Self::new(KeyKind::Steam, "Steam", account, secret)
    }

    /// Parses a URI strictly, in the form that this crate writes.
    ///
    /// The parameters may have any order, and the characters that RFC 3986 allows may be unencoded,
    /// except `+`. Algorithm, digits and period default to SHA-1, six and 30 seconds. The issuer
    /// may be missing if both the label and the parameters omit it. For the URIs of other programs,
    /// see [`import`](Self::import).
    ///
    /// # Input
    ///
    /// `text` must have at most 4 KiB. Longer input is rejected unread.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKeyUri::Forgivable`] for a deviation that `import` accepts with a warning,
    /// and another variant for input that `import` rejects too. In both cases, ask the user for
    /// another URI.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::otp::{InvalidKeyUri, KeyUri, Warning};
    ///
    /// let text = "otpauth://totp/Example:alice?issuer=Example&secret=gezdgnbvgy3tqojqgezdgnbvgy";
    /// let refused = KeyUri::parse(text).unwrap_err();
    /// assert_eq!(refused, InvalidKeyUri::Forgivable(Warning::SecretSpelling));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidKeyUri> {
        parse::read(text, ParseMode::strict()).map(|(uri, _)| uri)
    }

    /// Parses a URI of another program leniently, and returns warnings.
    ///
    /// Each [`Warning`] is returned at most once, in the order of detection. A guess that affects
    /// the codes is always reported.
    ///
    /// # Input
    ///
    /// `text` must have at most 4 KiB. Longer input is rejected unread.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKeyUri`] with the reason, but never
    /// [`Forgivable`](InvalidKeyUri::Forgivable). Ask the user for another URI.
    ///
    /// # Security
    ///
    /// The text determines which codes are accepted, so it must come from the owner of the account.
    /// A secret of 10 to 15 bytes is refused: see
    /// [`danger_import_short`](Self::danger_import_short).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::otp::{KeyUri, Warning};
    ///
    /// let text = "otpauth://totp/Example:%20alice?Secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
    ///             &issuer=Example";
    /// let (uri, warnings) = KeyUri::import(text)?;
    /// assert_eq!(uri.account(), "alice");
    /// assert_eq!(warnings, [Warning::Capitals, Warning::SpaceAfterColon]);
    /// # Ok::<(), second_factor::otp::InvalidKeyUri>(())
    /// ```
    pub fn import(text: &str) -> Result<(Self, Vec<Warning>), InvalidKeyUri> {
        Self::danger_import_short(text).and_then(refuse_short)
    }

    /// Parses a URI as [`import`](Self::import) does, and accepts short secrets.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`import`](Self::import), with a minimum of 10 bytes for the secret.
    ///
    /// # Security
    ///
    /// A secret of 10 to 15 bytes is accepted with [`Warning::ShortSecret`]. See
    /// [`Secret::danger_short`]: enroll a new secret when you can.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::otp::{KeyUri, Warning};
    ///
    /// let text = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Example";
    /// assert!(KeyUri::import(text).is_err());
    /// let (_, warnings) = KeyUri::danger_import_short(text)?;
    /// assert_eq!(warnings, [Warning::ShortSecret]);
    /// # Ok::<(), second_factor::otp::InvalidKeyUri>(())
    /// ```
    pub fn danger_import_short(text: &str) -> Result<(Self, Vec<Warning>), InvalidKeyUri> {
        parse::read(text, ParseMode::lenient())
    }

    /// Returns the kind of codes and their parameters.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the issuer as the app shows it, or `None` if an imported URI has none.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Returns the account name as the app shows it. The name in an imported URI may be empty.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the secret, to enroll it or to generate codes.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns the URI as a string, for a QR code or a link.
    ///
    /// The issuer is written as the label's prefix and as a parameter, because apps read one or the
    /// other (STD K-18). Spaces are `%20` (STD K-10). Algorithm, digits and period are omitted if
    /// they have the default of all apps (STD K-01). A counter is always written.
    ///
    /// # Security
    ///
    /// The URI contains the secret. Show it once, over an encrypted connection. It must not reach a
    /// log, a cache or an email. The buffer is never reallocated and is wiped on drop.
    #[must_use]
    pub fn expose_uri(&self) -> SecretText {
        write::write(self)
    }

    fn new(
        kind: KeyKind,
        issuer: &str,
        account: &str,
        secret: &Secret,
    ) -> Result<Self, InvalidKeyUri> {
        // Checked before they are copied, since they may have any size.
        check_names(Some(issuer), account)?;
        let secret = Box::new(secret.clone());
        Ok(Self { kind, secret, issuer: Some(issuer.into()), account: account.into() })
    }

    pub(super) fn of(
        kind: KeyKind,
        label: Label,
        secret: Secret,
        mode: &mut ParseMode,
    ) -> Result<Self, InvalidKeyUri> {
        label.check(mode)?;
        let secret = Box::new(secret);
        Ok(Self { kind, secret, issuer: label.issuer, account: label.account })
    }
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyUri").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The kind of codes of a [`KeyUri`], and their parameters.
///
/// # Example
///
/// ```
/// use second_factor::otp::{KeyKind, KeyUri, Totp};
///
/// let uri = KeyUri::parse("otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// let KeyKind::Totp(parameters) = uri.kind() else { panic!() };
/// let totp = Totp::with(uri.secret(), parameters);
/// assert_eq!(totp.parameters().period().as_secs(), 30);
/// # Ok::<(), second_factor::otp::InvalidKeyUri>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// Counter-based codes: [`Hotp`](super::Hotp).
    Hotp {
        /// The hash algorithm.
        algorithm: Algorithm,
        /// The number of digits of a code.
        digits: Digits,
        /// The first counter that the app will use.
        counter: Step,
    },
    /// Steam Guard codes: [`Steam`](super::Steam).
    Steam,
    /// Time-based codes: [`Totp`](super::Totp).
    Totp(TotpParameters),
}
