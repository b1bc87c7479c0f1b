//! Warnings and errors of provisioning URIs.

use alloc::vec::Vec;
use core::fmt;

use crate::{otp::InvalidParameter, secret::InvalidSecret};

/// A deviation that [`KeyUri::import`](super::KeyUri::import) accepted.
///
/// `Uncommon…`, `IssuerMissing` and `ShortSecret` concern the key itself: the app may generate
/// codes that differ from yours, the user may not know which account a code is for, or the secret
/// is weak. The other warnings concern spellings and guesses. The labels, such as `STD K-13`, are
/// rows of the [manual](crate::manual::standards).
///
/// # Example
///
/// ```
/// use second_factor::otp::{KeyUri, Warning};
///
/// let text = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
///             &issuer=Example&algorithm=sha-256";
/// let (_, warnings) = KeyUri::import(text)?;
/// assert_eq!(warnings, [Warning::AlgorithmSpelling, Warning::UncommonAlgorithm]);
/// assert_eq!(warnings[0].to_string(), "the algorithm is not spelled SHA1, SHA256 or SHA512");
/// # Ok::<(), second_factor::otp::InvalidKeyUri>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The algorithm is in lower case, has a hyphen or begins with `HMAC` (STD K-13).
    AlgorithmSpelling,
    /// The scheme, the type, the encoder or a parameter name has capital letters.
    Capitals,
    /// The issuer or the account has a colon. The first colon of the label ended the issuer (STD
    /// K-16).
    ColonInName,
    /// The account is empty.
    EmptyAccount,
    /// The issuer in the label or in the parameter is empty. It was treated as missing.
    EmptyIssuer,
    /// A parameter has no value, or the URI has an extra `&`. The default of the parameter was
    /// used.
    EmptyParameter,
    /// The colon between issuer and account is written `%3A`.
    EncodedColon,
    /// A `#` and the text after it were ignored.
    Fragment,
    /// The label and the parameter name different issuers. The label was used (STD K-12).
    IssuerMismatch,
    /// The URI names no issuer.
    IssuerMissing,
    /// The issuer is only in the label, or only in the parameter (STD K-18).
    IssuerOnce,
    /// A character should be percent-encoded, but is not.
    NotEncoded,
    /// A number has leading zeros.
    NumberSpelling,
    /// A `+` is not encoded.
    ///
    /// The `+` was read as a plus, although the author may have meant a space (STD K-10). If only
    /// the parameter contains the issuer, a `+` in the issuer was read as a space.
    Plus,
    /// The secret has lower case, padding, separators or leftover bits (STD K-03).
    SecretSpelling,
    /// The secret has 10 to 15 bytes.
    ///
    /// Only [`KeyUri::danger_import_short`](super::KeyUri::danger_import_short) and
    /// [`MigrationEntry::danger_into_short_key`](crate::otp::MigrationEntry::danger_into_short_key)
    /// return it. See [`Secret::danger_short`](crate::Secret::danger_short).
    ShortSecret,
    /// Spaces between the colon and the account were removed (STD K-19).
    SpaceAfterColon,
    /// The URI has no `encoder`, but its issuer or its type is Steam's (STD K-20).
    SteamWithoutEncoder,
    /// The text has spaces or line breaks around it.
    SurroundingSpace,
    /// The algorithm is not SHA-1. Some apps use SHA-1 anyway (STD K-14).
    UncommonAlgorithm,
    /// The code does not have six digits. Some apps show six anyway (STD K-15).
    UncommonDigits,
    /// The period is not 30 seconds. Some apps use 30 seconds anyway (STD K-15).
    UncommonPeriod,
    /// A parameter was ignored. It is unknown, or does not apply to this kind of code.
    UnusedParameter,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmSpelling => "the algorithm is not spelled SHA1, SHA256 or SHA512",
            Self::Capitals => "the scheme, type, encoder or a parameter has capitals",
            Self::ColonInName => "issuer or account contains a colon",
            Self::EmptyAccount => "the account is empty",
            Self::EmptyIssuer => "the issuer is empty",
            Self::EmptyParameter => "a parameter is empty",
            Self::EncodedColon => "the colon between issuer and account is percent-encoded",
            Self::Fragment => "the text has a fragment",
            Self::IssuerMismatch => "label and parameter name different issuers",
            Self::IssuerMissing => "no issuer is named",
            Self::IssuerOnce => "the issuer is only in the label or only in the parameter",
            Self::NotEncoded => "a character is not percent-encoded",
            Self::NumberSpelling => "a number has leading zeros",
            Self::Plus => "a plus may stand for a space",
            Self::SecretSpelling => "the secret is not plain Base32 in upper case",
            Self::ShortSecret => "the secret is shorter than 16 bytes",
            Self::SpaceAfterColon => "the account begins with a space",
            Self::SteamWithoutEncoder => "only the issuer or the type indicates Steam Guard",
            Self::SurroundingSpace => "there are blanks around the text",
            Self::UncommonAlgorithm => "some apps support only SHA-1",
            Self::UncommonDigits => "some apps support only six digits",
            Self::UncommonPeriod => "some apps support only 30 seconds",
            Self::UnusedParameter => "a parameter was ignored",
        })
    }
}

/// The error returned when a [`KeyUri`](super::KeyUri) is invalid.
///
/// The error contains no part of the input.
///
/// # Example
///
/// ```
/// use second_factor::otp::{InvalidKeyUri, KeyUri};
///
/// let text = "otpauth://totp/Example:alice?secret=MFRGGZDF&secret=MFRGGZDF";
/// assert_eq!(KeyUri::import(text).unwrap_err(), InvalidKeyUri::Duplicate);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeyUri {
    /// The algorithm is not SHA-1, SHA-256 or SHA-512.
    #[error("algorithm is not SHA1, SHA256 or SHA512")]
    Algorithm,
    /// The issuer or the account contains a colon, or the label has more than one.
    #[error("issuer or account contains a colon")]
    Colon,
    /// The input contains a control character, such as NUL.
    #[error("text contains a control character")]
    ControlCharacter,
    /// The counter of a counter-based code is missing or negative.
    #[error("counter is missing or negative")]
    Counter,
    /// A parameter occurs twice (STD K-21).
    #[error("a parameter occurs twice")]
    Duplicate,
    /// The account is empty.
    #[error("account is empty")]
    EmptyAccount,
    /// The issuer is empty.
    #[error("issuer is empty")]
    EmptyIssuer,
    /// The encoder is not `steam`, or the codes are counter-based.
    #[error("encoder is unknown")]
    Encoder,
    /// A percent sign lacks its two hexadecimal digits, or the bytes are not UTF-8.
    #[error("percent-encoding is invalid")]
    Encoding,
    /// [`KeyUri::import`](super::KeyUri::import) accepts the input with this warning.
    #[error("strict parsing failed: {0}")]
    Forgivable(Warning),
    /// The type is neither `totp` nor `hotp`.
    #[error("type is not totp or hotp")]
    Kind,
    /// The account begins with a space, which apps remove.
    #[error("account begins with a space")]
    LeadingSpace,
    /// The issuer or the account is longer than 255 bytes.
    #[error("issuer or account is longer than 255 bytes")]
    NameTooLong,
    /// The digits, the period or the counter is not a plain decimal number below 2^64.
    #[error("digits, period or counter is not a number below 2^64")]
    Number,
    /// A number is out of range.
    #[error(transparent)]
    Parameter(InvalidParameter),
    /// A parameter has no name or no value. Perhaps an `&` is not encoded (STD K-17).
    #[error("a parameter has no name or no value")]
    ParameterShape,
    /// The input does not begin with `otpauth://`.
    #[error("text does not begin with otpauth://")]
    Scheme,
    /// The secret is invalid.
    #[error(transparent)]
    Secret(InvalidSecret),
    /// The secret is missing.
    #[error("secret is missing")]
    SecretMissing,
    /// The steps do not begin in 1970, and a URI has no parameter for another start.
    #[error("a start other than 1970 is not supported")]
    Start,
    /// The parameters of a Steam Guard URI are not those of Steam Guard (STD K-20).
    #[error("parameters are not those of Steam Guard")]
    Steam,
    /// The input is longer than 4 KiB or has more than 16 parameters.
    #[error("text is longer than 4 KiB or has more than 16 parameters")]
    TooLong,
}

impl From<InvalidParameter> for InvalidKeyUri {
    fn from(error: InvalidParameter) -> Self {
        Self::Parameter(error)
    }
}

impl From<InvalidSecret> for InvalidKeyUri {
    fn from(error: InvalidSecret) -> Self {
        Self::Secret(error)
    }
}

/// The strictness of a parse, with the warnings collected so far.
pub(in crate::otp) struct ParseMode {
    strictness: Strictness,
    warnings: Vec<Warning>,
}

enum Strictness {
    Lenient,
    Strict,
}

impl ParseMode {
    pub(in crate::otp) const fn lenient() -> Self {
        Self { strictness: Strictness::Lenient, warnings: Vec::new() }
    }

    pub(in crate::otp) const fn strict() -> Self {
        Self { strictness: Strictness::Strict, warnings: Vec::new() }
    }

    /// Records a deviation that only a lenient parse accepts.
    pub(in crate::otp) fn forgive(&mut self, warning: Warning) -> Result<(), InvalidKeyUri> {
        match self.strictness {
            Strictness::Strict => Err(InvalidKeyUri::Forgivable(warning)),
            Strictness::Lenient => {
                self.warn(warning);
                Ok(())
            }
        }
    }

    /// Records a warning about input that every parse accepts.
    pub(in crate::otp) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(in crate::otp) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }
}
