//! The `otpauth://` texts that carry a secret to an authenticator app. Computes no code.

mod label;
mod parse;
mod percent;
mod warning;
mod write;

use alloc::{string::String, vec::Vec};
use core::fmt;

use self::label::check_names;
pub use self::warning::{InvalidKeyUri, Warning};
pub(super) use self::{
    label::Label,
    parse::{advised, read_secret_bytes},
    percent::decode,
    warning::ParseMode,
};
use super::{Algorithm, Digits, Step, TotpParameters};
use crate::{Secret, UnixTime, secret::SecretText};

/// A provisioning URI (`otpauth://…`): what an authenticator app must know to make codes.
///
/// Made by the constructors for a new enrollment, or read from a text: by [`parse`](Self::parse),
/// which takes only what this crate would write, or by [`import`](Self::import), which forgives
/// what other programs write and says what it forgave. Show it as a QR code, once, and never keep
/// the text.
///
/// # Input
///
/// Issuer and account: 1 to 255 bytes each of any Unicode but control characters and the colon,
/// which separates the two and confuses apps even when it is encoded (STD K-02, K-16). The account
/// does not begin with a space, which readers drop (STD K-19). Everything else, `%`, `&`, `+` and
/// emoji alike, comes back exactly as it was given.
///
/// # Security
///
/// Whoever sees the text makes codes for as long as the secret is enrolled. `Debug` shows the kind
/// alone: no secret and no name.
///
/// Only SHA-1, six digits and 30 seconds are followed by every app. Others are ignored in silence
/// by some (STD K-14, K-15): prove by a first code that the app does follow before the secret
/// counts as enrolled.
///
/// # Source
///
/// Google's "Key Uri Format" page; there is no RFC. Where apps differ stands in the
/// [manual](crate::manual::standards), as `K-01` and so on.
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
///      &issuer=Example&algorithm=SHA1&digits=6&period=30",
/// );
/// assert_eq!(KeyUri::parse(uri.expose_uri().expose())?.account(), "alice@example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyUri {
    kind: KeyKind,
    secret: Secret,
    issuer: Option<String>,
    account: String,
}

impl KeyUri {
    /// A URI for codes that follow the clock.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyUri::Start`] when the steps do not begin in 1970, which no URI can say; for a
    /// name that the type refuses, [`EmptyIssuer`](InvalidKeyUri::EmptyIssuer),
    /// [`EmptyAccount`](InvalidKeyUri::EmptyAccount), [`Colon`](InvalidKeyUri::Colon),
    /// [`ControlCharacter`](InvalidKeyUri::ControlCharacter),
    /// [`LeadingSpace`](InvalidKeyUri::LeadingSpace) or
    /// [`NameTooLong`](InvalidKeyUri::NameTooLong).
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

    /// Whether a URI can hold this account.
    pub(crate) fn check_account(account: &str) -> Result<(), InvalidKeyUri> {
        label::check_names(None, account)
    }

    /// A URI for codes that follow a counter; `counter` is the first one that the app will use.
    ///
    /// # Errors
    ///
    /// As [`totp`](Self::totp), for the names.
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

    /// A URI for Steam Guard codes, written so that every app that knows them knows it.
    ///
    /// The issuer is `Steam`, by which some apps recognise it, and `encoder=steam` stands there for
    /// the others (STD K-20).
    ///
    /// # Errors
    ///
    /// As [`totp`](Self::totp), for the account.
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

    /// Reads a text as this crate writes it.
    ///
    /// Free are the order of the parameters and the choice to write in clear what RFC 3986 allows
    /// there, other than `+`. Algorithm, digits and period may be missing where they are SHA-1, six
    /// and 30 seconds; the issuer may be missing, but then in both of its places. For texts of other
    /// programs, see [`import`](Self::import).
    ///
    /// # Input
    ///
    /// At most 4 KiB; a longer text is refused unread.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyUri::Forgivable`] for whatever `import` would take with a warning that a
    /// spelling or a guess was forgiven; the other kinds for what neither takes. In either case the
    /// text is of no use: ask for another.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::otp::{InvalidKeyUri, KeyUri, Warning};
    ///
    /// let text = "otpauth://totp/Example:alice?issuer=Example&secret=gezdgnbvgy3tqojqgezdgnbvgy";
    /// let Err(InvalidKeyUri::Forgivable(Warning::SecretSpelling(how))) = KeyUri::parse(text)
    /// else { panic!() };
    /// assert!(how.lower_case());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidKeyUri> {
        parse::read(text, ParseMode::strict()).map(|(uri, _)| uri)
    }

    /// Reads a text of another program, and says what was forgiven and what to beware of.
    ///
    /// Each [`Warning`] comes at most once, in the order in which it was found. Nothing is guessed
    /// that decides over the codes, unless a warning says so.
    ///
    /// # Input
    ///
    /// At most 4 KiB; a longer text is refused unread.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyUri`] says what is wrong, never [`Forgivable`](InvalidKeyUri::Forgivable).
    ///
    /// # Security
    ///
    /// The text decides which codes you will accept: import only what its owner gave you. A secret
    /// of 10 to 15 bytes is taken with [`Warning::ShortSecret`]; enroll again when you can.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::otp::{KeyUri, Warning};
    ///
    /// let text = "otpauth://totp/Example:%20alice?secret=GEZDGNBVGY3TQOJQ&issuer=Example";
    /// let (uri, warnings) = KeyUri::import(text)?;
    /// assert_eq!(uri.account(), "alice");
    /// assert_eq!(warnings, [Warning::SpaceAfterColon, Warning::ShortSecret]);
    /// # Ok::<(), second_factor::otp::InvalidKeyUri>(())
    /// ```
    pub fn import(text: &str) -> Result<(Self, Vec<Warning>), InvalidKeyUri> {
        parse::read(text, ParseMode::forgiving())
    }

    /// What kind of codes, and their parameters.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Who the codes are for, as the app shows it; `None` when an imported text does not say.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whose codes they are, as the app shows it.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The secret, to be enrolled or to make codes with.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The text itself, for a QR code or a link.
    ///
    /// The issuer stands before the account and as a parameter, since apps read one or the other
    /// (STD K-18). Spaces are `%20` (STD K-10). Algorithm, digits and period or counter are always
    /// written, so that nothing depends on what an app takes for the default.
    ///
    /// # Security
    ///
    /// It holds the secret. Show it once, over an encrypted connection, and keep it out of logs,
    /// caches and mails. It is written into one buffer that never moves and is wiped on drop.
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
        // Before they are copied: they may be of any size.
        check_names(Some(issuer), account)?;
        let secret = secret.clone();
        Ok(Self { kind, secret, issuer: Some(issuer.into()), account: account.into() })
    }

    pub(super) fn of(kind: KeyKind, label: Label, secret: Secret) -> Result<Self, InvalidKeyUri> {
        check_names(label.issuer.as_deref(), &label.account)?;
        Ok(Self { kind, secret, issuer: label.issuer, account: label.account })
    }
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyUri").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The kind of codes that a [`KeyUri`] is for, and their parameters.
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
    /// Codes that follow a counter: [`Hotp`](super::Hotp).
    Hotp {
        /// The hash.
        algorithm: Algorithm,
        /// How many digits a code has.
        digits: Digits,
        /// The first counter that the app will use.
        counter: Step,
    },
    /// Steam Guard codes: [`Steam`](super::Steam).
    Steam,
    /// Codes that follow the clock: [`Totp`](super::Totp).
    Totp(TotpParameters),
}
