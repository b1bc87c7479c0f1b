//! What a reader of provisioning URIs has to say: refusals, and warnings about what it took.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    otp::InvalidParameter,
    secret::{Corrections, InvalidSecret},
};

/// Something that [`KeyUri::import`](super::KeyUri::import) took, but not in silence.
///
/// `Uncommon…`, `IssuerMissing` and `ShortSecret` are about the key itself: the app may make other
/// codes than yours, a person may not know whose code it is, or the secret is weak. The others are
/// spellings and guesses. `STD K-13` and the like are rows of the
/// [manual](crate::manual::standards).
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
    /// The algorithm is in lower case or has a hyphen (STD K-13).
    AlgorithmSpelling,
    /// The scheme, the type or the encoder has capitals.
    Capitals,
    /// The issuer is there but empty, in the label or as a parameter: taken for none.
    EmptyIssuer,
    /// The colon between issuer and account is written `%3A`.
    EncodedColon,
    /// Label and parameter name different issuers: the one of the label was taken (STD K-12).
    IssuerMismatch,
    /// No issuer is named.
    IssuerMissing,
    /// The issuer is named in the label alone or as a parameter alone (STD K-18).
    IssuerOnce,
    /// A character stands in clear that should have been percent-encoded.
    NotEncoded,
    /// A `+` stands in clear. It was taken for a plus; its writer may have meant a space (STD K-10).
    Plus,
    /// The secret is not spelled in upper case without padding and separators (STD K-03).
    SecretSpelling(Corrections),
    /// The secret has 10 to 15 bytes: see [`Secret::danger_short`](crate::Secret::danger_short).
    ShortSecret,
    /// Spaces between colon and account were left out (STD K-19).
    SpaceAfterColon,
    /// Taken for Steam Guard by its issuer or its type, without `encoder=steam` (STD K-20).
    SteamWithoutEncoder,
    /// Not SHA-1: some apps use SHA-1 all the same (STD K-14).
    UncommonAlgorithm,
    /// Not six digits: some apps show six all the same (STD K-15).
    UncommonDigits,
    /// Not 30 seconds: some apps use 30 all the same (STD K-15).
    UncommonPeriod,
    /// A parameter was left aside that is unknown, or means nothing for this kind of code.
    UnusedParameter,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlgorithmSpelling => "the algorithm is not spelled SHA1, SHA256 or SHA512",
            Self::Capitals => "the scheme, the type or the encoder has capitals",
            Self::EmptyIssuer => "the issuer is empty",
            Self::EncodedColon => "the colon between issuer and account is percent-encoded",
            Self::IssuerMismatch => "label and parameter name different issuers",
            Self::IssuerMissing => "no issuer is named",
            Self::IssuerOnce => "the issuer is named in one of its two places",
            Self::NotEncoded => "a character is not percent-encoded",
            Self::Plus => "a plus may have been meant for a space",
            Self::SecretSpelling(_) => "the secret is not in upper case without separators",
            Self::ShortSecret => "the secret is shorter than 16 bytes",
            Self::SpaceAfterColon => "a space stands before the account",
            Self::SteamWithoutEncoder => "only issuer or type say that this is Steam Guard",
            Self::UncommonAlgorithm => "some apps know no algorithm but SHA-1",
            Self::UncommonDigits => "some apps know no codes but those of six digits",
            Self::UncommonPeriod => "some apps know no period but 30 seconds",
            Self::UnusedParameter => "a parameter was left aside",
        })
    }
}

/// Names or a text that are no [`KeyUri`](super::KeyUri). Never holds any part of them.
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
    /// The algorithm is none of SHA-1, SHA-256 and SHA-512.
    #[error("algorithm is not SHA1, SHA256 or SHA512")]
    Algorithm,
    /// There is a colon within the issuer or the account, or more than one in the label.
    #[error("issuer or account holds a colon")]
    Colon,
    /// There is a control character, such as NUL.
    #[error("text holds a control character")]
    ControlCharacter,
    /// Codes that follow a counter came without one, or with a negative one.
    #[error("counter is missing or negative")]
    Counter,
    /// A parameter stands there twice (STD K-21).
    #[error("a parameter is given twice")]
    Duplicate,
    /// The account is empty.
    #[error("account is empty")]
    EmptyAccount,
    /// The issuer is empty.
    #[error("issuer is empty")]
    EmptyIssuer,
    /// The encoder is not `steam`, or not for codes that follow a counter.
    #[error("encoder is unknown")]
    Encoder,
    /// A percent sign without two digits, or bytes that are not UTF-8.
    #[error("percent-encoding is broken")]
    Encoding,
    /// [`KeyUri::import`](super::KeyUri::import) would take it, with this warning.
    #[error("not as it should be written: {0}")]
    Forgivable(Warning),
    /// There is a fragment, or a `#` that was not encoded.
    #[error("text has a fragment")]
    Fragment,
    /// The type is neither `totp` nor `hotp`.
    #[error("type is not totp or hotp")]
    Kind,
    /// The account begins with a space, which readers drop.
    #[error("account begins with a space")]
    LeadingSpace,
    /// The issuer or the account is longer than 255 bytes.
    #[error("issuer or account is longer than 255 bytes")]
    NameTooLong,
    /// Digits, period or counter is no plain decimal number below 2^64.
    #[error("digits, period or counter is not a number below 2^64")]
    Number,
    /// A number is out of its range.
    #[error(transparent)]
    Parameter(InvalidParameter),
    /// A parameter has no name or no value; perhaps an `&` was not encoded (STD K-17).
    #[error("a parameter has no name or no value")]
    ParameterShape,
    /// The text does not begin with `otpauth://`.
    #[error("text does not begin with otpauth://")]
    Scheme,
    /// The secret is no secret.
    #[error(transparent)]
    Secret(InvalidSecret),
    /// There is no secret.
    #[error("secret is missing")]
    SecretMissing,
    /// The steps do not begin in 1970, which no URI can say.
    #[error("a start other than 1970 cannot be written")]
    Start,
    /// It says Steam Guard, and parameters that Steam Guard does not have (STD K-20).
    #[error("parameters are not those of Steam Guard")]
    Steam,
    /// The text is longer than 4 KiB or has more than 16 parameters.
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

/// What a reader found on its way, and whether it may forgive.
pub(in crate::otp) struct ParseMode {
    manner: Manner,
    warnings: Vec<Warning>,
}

enum Manner {
    Forgiving,
    Strict,
}

impl ParseMode {
    pub(in crate::otp) const fn forgiving() -> Self {
        Self { manner: Manner::Forgiving, warnings: Vec::new() }
    }

    pub(in crate::otp) const fn strict() -> Self {
        Self { manner: Manner::Strict, warnings: Vec::new() }
    }

    /// For what only a forgiving reader takes.
    pub(in crate::otp) fn forgive(&mut self, warning: Warning) -> Result<(), InvalidKeyUri> {
        match self.manner {
            Manner::Strict => Err(InvalidKeyUri::Forgivable(warning)),
            Manner::Forgiving => {
                self.advise(warning);
                Ok(())
            }
        }
    }

    /// For what any reader takes, and the host should know.
    pub(in crate::otp) fn advise(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(in crate::otp) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }
}
