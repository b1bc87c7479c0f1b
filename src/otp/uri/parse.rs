//! Strict and lenient parsing of provisioning URIs.

use alloc::{string::String, vec::Vec};

use super::{
    InvalidKeyUri, KeyKind, KeyUri, Label, ParseMode, Warning,
    percent::{decode, decode_text},
};
use crate::{
    otp::{Algorithm, Digits, InvalidParameter, Period, Step, TotpParameters},
    secret::{InvalidSecret, Secret},
};

/// Parses `text`, strictly or leniently.
pub(super) fn read(
    text: &str,
    mut mode: ParseMode,
) -> Result<(KeyUri, Vec<Warning>), InvalidKeyUri> {
    if text.len() > MAX_TEXT {
        return Err(InvalidKeyUri::TooLong);
    }
    let text = trimmed(text, &mut mode)?;
    let (scheme, rest) = split_once(text, b':').ok_or(InvalidKeyUri::Scheme)?;
    let rest = rest.strip_prefix("//").ok_or(InvalidKeyUri::Scheme)?;
    if !is_word(scheme, "otpauth", &mut mode)? {
        return Err(InvalidKeyUri::Scheme);
    }
    let (host, rest) = split_once(rest, b'/').ok_or(InvalidKeyUri::Kind)?;
    let host = read_host(host, &mut mode)?;
    let (path, query) = split_once(rest, b'?').ok_or(InvalidKeyUri::SecretMissing)?;
    let parameters = Parameters::split(query, &mut mode)?;

    let label = read_label(path, parameters.issuer, &mut mode)?;
    let kind = read_kind(host, &parameters, label.issuer.as_deref(), &mut mode)?;
    let secret = read_secret(parameters.secret, &mut mode)?;
    Ok((KeyUri::of(kind, label, secret, &mut mode)?, mode.into_warnings()))
}

/// Removes the parts that other readers ignore.
///
/// These parts are blanks and line ends around the text, and a fragment.
fn trimmed<'a>(text: &'a str, mode: &mut ParseMode) -> Result<&'a str, InvalidKeyUri> {
    let mut text = text;
    let trimmed = text.trim_matches(|symbol: char| symbol.is_ascii_whitespace());
    if trimmed.len() < text.len() {
        mode.forgive(Warning::SurroundingSpace)?;
        text = trimmed;
    }
    // The whole text is searched: the time must not depend on the secret before a fragment.
    if text.bytes().fold(false, |any, byte| any | (byte == b'#')) {
        mode.forgive(Warning::Fragment)?;
        text = split_once(text, b'#').map_or(text, |(before, _)| before);
    }
    Ok(text)
}

/// Refuses a short secret, which only the functions named `danger_…` accept.
pub(in crate::otp) fn refuse_short(
    read: (KeyUri, Vec<Warning>),
) -> Result<(KeyUri, Vec<Warning>), InvalidKeyUri> {
    if read.1.contains(&Warning::ShortSecret) {
        return Err(Secret::too_short().into());
    }
    Ok(read)
}

/// Creates a secret from the bytes of another program.
pub(in crate::otp) fn read_secret_bytes(
    bytes: &[u8],
    mode: &mut ParseMode,
) -> Result<Secret, InvalidKeyUri> {
    match Secret::new(bytes) {
        Err(InvalidSecret::TooShort { .. }) => {
            let secret = Secret::danger_short(bytes)?;
            mode.forgive(Warning::ShortSecret)?;
            Ok(secret)
        }
        other => Ok(other?),
    }
}

/// The type of codes, in the host component of the URI.
///
/// User names and ports are invalid.
#[derive(Clone, Copy)]
enum Host {
    Hotp,
    Steam,
    Totp,
}

fn read_host(host: &str, mode: &mut ParseMode) -> Result<Host, InvalidKeyUri> {
    for (name, host_) in [("totp", Host::Totp), ("hotp", Host::Hotp), ("steam", Host::Steam)] {
        if is_word(host, name, mode)? {
            return Ok(host_);
        }
    }
    Err(InvalidKeyUri::Kind)
}

/// The parameters, still encoded.
#[derive(Default)]
struct Parameters<'a> {
    algorithm: Option<&'a str>,
    counter: Option<&'a str>,
    digits: Option<&'a str>,
    encoder: Option<&'a str>,
    issuer: Option<&'a str>,
    period: Option<&'a str>,
    secret: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn split(query: &'a str, mode: &mut ParseMode) -> Result<Self, InvalidKeyUri> {
        let mut found = Self::default();
        for (at, parameter) in split(query, b'&').enumerate() {
            if at == MAX_PARAMETERS {
                return Err(InvalidKeyUri::TooLong);
            }
            if parameter.is_empty() {
                mode.forgive(Warning::EmptyParameter)?;
                continue;
            }
            let (name, value) = split_once(parameter, b'=').ok_or(InvalidKeyUri::ParameterShape)?;
            // An encoded name would be a second spelling of the same parameter.
            if name.is_empty() || name.bytes().any(|byte| byte == b'%') {
                return Err(InvalidKeyUri::ParameterShape);
            }
            // STD K-21.
            match found.place(name, mode)? {
                Some(place) if place.is_some() => return Err(InvalidKeyUri::Duplicate),
                Some(place) => *place = Some(value),
                None => {
                    mode.forgive(Warning::UnusedParameter)?;
                    decode_text(value, mode)?;
                }
            }
        }
        Ok(found)
    }

    /// Returns the place of a parameter, or `None` if its name is unknown.
    ///
    /// Most readers accept a known name in capitals. If this parser ignored such a parameter, it
    /// would generate other codes than they do.
    fn place(
        &mut self,
        name: &str,
        mode: &mut ParseMode,
    ) -> Result<Option<&mut Option<&'a str>>, InvalidKeyUri> {
        let places = [
            ("algorithm", &mut self.algorithm),
            ("counter", &mut self.counter),
            ("digits", &mut self.digits),
            ("encoder", &mut self.encoder),
            ("issuer", &mut self.issuer),
            ("period", &mut self.period),
            ("secret", &mut self.secret),
        ];
        for (known, place) in places {
            if is_word(name, known, mode)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }
}

/// Parses the label.
///
/// The label is split before it is decoded, so that `%3A` is a separator only in a label without a
/// colon.
fn read_label(
    path: &str,
    issuer: Option<&str>,
    mode: &mut ParseMode,
) -> Result<Label, InvalidKeyUri> {
    let split = split_once(path, b':');
    let (prefix, account) = match split {
        Some((prefix, account)) => (Some(decode_text(prefix, mode)?), decode_text(account, mode)?),
        None => split_decoded(decode_text(path, mode)?, mode)?,
    };
    if prefix.is_some() != issuer.is_some() {
        mode.forgive(Warning::IssuerOnce)?;
    }
    // The usual case: names with the same spelling are equal and need no decoding.
    let other = issuer.filter(|issuer| split.is_none_or(|(prefix, _)| prefix != *issuer));
    let mut parameter = other.map(|issuer| decode_text(issuer, mode)).transpose()?;
    if let Some(issuer) = other.filter(|issuer| issuer.contains('+')) {
        // The query of a form: a plus of the name would be `%2B` (STD K-10).
        parameter = Some(decode_text(&issuer.replace('+', "%20"), mode)?);
    }
    Label::resolve(prefix, parameter, account, mode)
}

fn split_decoded(
    label: String,
    mode: &mut ParseMode,
) -> Result<(Option<String>, String), InvalidKeyUri> {
    let Some((prefix, account)) = label.split_once(':') else {
        return Ok((None, label));
    };
    mode.forgive(Warning::EncodedColon)?;
    Ok((Some(prefix.into()), account.into()))
}

fn read_secret(parameter: Option<&str>, mode: &mut ParseMode) -> Result<Secret, InvalidKeyUri> {
    let raw = parameter.ok_or(InvalidKeyUri::SecretMissing)?;
    if raw.is_empty() {
        return Err(InvalidKeyUri::SecretMissing);
    }
    // The usual case, without another copy of the secret.
    if let Ok(secret) = Secret::from_base32(raw) {
        return Ok(secret);
    }
    let decoded = decode(raw, mode)?;
    let text = core::str::from_utf8(&decoded).map_err(|_| InvalidKeyUri::Encoding)?;
    let secret = match Secret::import_base32(text) {
        Err(InvalidSecret::TooShort { .. }) => {
            let short = Secret::danger_import_short(text)?;
            mode.forgive(Warning::ShortSecret)?;
            short
        }
        other => other?,
    };
    if !Secret::is_strict_base32(text) {
        mode.forgive(Warning::SecretSpelling)?;
    }
    Ok(secret)
}

fn read_kind(
    host: Host,
    parameters: &Parameters<'_>,
    issuer: Option<&str>,
    mode: &mut ParseMode,
) -> Result<KeyKind, InvalidKeyUri> {
    let algorithm = match parameters.algorithm {
        Some("") => {
            mode.forgive(Warning::EmptyParameter)?;
            None
        }
        other => other.map(|name| read_algorithm(name, mode)).transpose()?,
    };
    let mut number = |text: Option<&str>| text.map(|text| read_number(text, mode)).transpose();
    let (digits, period, counter) =
        (number(parameters.digits)?, number(parameters.period)?, number(parameters.counter)?);
    let has_encoder = has_encoder(parameters.encoder, mode)?;

    // STD K-20: the issuer alone means Steam only if no parameter contradicts it.
    let can_be_steam = matches!(algorithm, None | Some(Algorithm::Sha1))
        && matches!(digits, None | Some(5))
        && matches!(period, None | Some(30));
    let is_named_steam = issuer == Some("Steam") && can_be_steam;

    let is_unused = match host {
        Host::Hotp => period.is_some(),
        Host::Steam | Host::Totp => counter.is_some(),
    };
    if is_unused {
        mode.forgive(Warning::UnusedParameter)?;
    }
    match host {
        Host::Hotp if has_encoder => Err(InvalidKeyUri::Encoder),
        Host::Hotp => {
            let counter = Step::new(counter.ok_or(InvalidKeyUri::Counter)?);
            let (algorithm, digits) = (algorithm.unwrap_or_default(), read_digits(digits)?);
            Ok(warn_uncommon(KeyKind::Hotp { algorithm, digits, counter }, mode))
        }
        Host::Steam | Host::Totp if has_encoder && !can_be_steam => Err(InvalidKeyUri::Steam),
        Host::Totp if has_encoder => Ok(KeyKind::Steam),
        Host::Steam if !can_be_steam => Err(InvalidKeyUri::Steam),
        Host::Totp if !is_named_steam => {
            let parameters = TotpParameters::new()
                .with_algorithm(algorithm.unwrap_or_default())
                .with_digits(read_digits(digits)?)
                .with_period(period.map(Period::new).transpose()?.unwrap_or_default());
            Ok(warn_uncommon(KeyKind::Totp(parameters), mode))
        }
        Host::Steam | Host::Totp => {
            mode.forgive(Warning::SteamWithoutEncoder)?;
            Ok(KeyKind::Steam)
        }
    }
}

/// Warns about parameters that some apps ignore (STD K-14, K-15).
///
/// The key may come from any source, such as a URI or an export.
pub(in crate::otp) fn warn_uncommon(kind: KeyKind, mode: &mut ParseMode) -> KeyKind {
    let (algorithm, digits, period) = match kind {
        KeyKind::Hotp { algorithm, digits, .. } => (algorithm, digits, Period::DEFAULT),
        KeyKind::Steam => return kind,
        KeyKind::Totp(totp) => (totp.algorithm(), totp.digits(), totp.period()),
    };
    if algorithm != Algorithm::Sha1 {
        mode.warn(Warning::UncommonAlgorithm);
    }
    if digits != Digits::Six {
        mode.warn(Warning::UncommonDigits);
    }
    if period != Period::DEFAULT {
        mode.warn(Warning::UncommonPeriod);
    }
    kind
}

fn read_algorithm(value: &str, mode: &mut ParseMode) -> Result<Algorithm, InvalidKeyUri> {
    let hashed = strip_word(value, "HMAC").map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    let plain = hashed.unwrap_or(value);
    for (name, hyphened, algorithm) in [
        ("SHA1", "SHA-1", Algorithm::Sha1),
        ("SHA256", "SHA-256", Algorithm::Sha256),
        ("SHA512", "SHA-512", Algorithm::Sha512),
    ] {
        if value == name {
            return Ok(algorithm);
        }
        if plain.eq_ignore_ascii_case(name) || plain.eq_ignore_ascii_case(hyphened) {
            mode.forgive(Warning::AlgorithmSpelling)?;
            return Ok(algorithm);
        }
    }
    Err(InvalidKeyUri::Algorithm)
}

fn has_encoder(parameter: Option<&str>, mode: &mut ParseMode) -> Result<bool, InvalidKeyUri> {
    match parameter {
        None => Ok(false),
        Some("") => mode.forgive(Warning::EmptyParameter).map(|()| false),
        Some(name) if is_word(name, "steam", mode)? => Ok(true),
        // Any other encoder produces codes that differ from ours.
        Some(_) => Err(InvalidKeyUri::Encoder),
    }
}

fn read_digits(count: Option<u64>) -> Result<Digits, InvalidKeyUri> {
    let Some(count) = count else { return Ok(Digits::default()) };
    let count = u8::try_from(count).map_err(|_| InvalidParameter::Digits)?;
    Ok(Digits::new(count)?)
}

/// Parses ASCII digits without a sign.
fn read_number(text: &str, mode: &mut ParseMode) -> Result<u64, InvalidKeyUri> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidKeyUri::Number);
    }
    if text.len() > 1 && text.starts_with('0') {
        mode.forgive(Warning::NumberSpelling)?;
    }
    text.parse().map_err(|_| InvalidKeyUri::Number)
}

/// Splits `text` at one ASCII character, as `str::split_once` does.
///
/// The function of the standard library is optimized for far longer strings, and took a quarter of
/// the parsing time.
fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits `text` as `str::split` does, but faster for short strings.
///
/// The reason is the same as for [`split_once`].
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (part, others) = split_once(text, separator).unzip();
        rest = others;
        part.or(Some(text))
    })
}

/// Removes `word` from the beginning of `text`, ignoring case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// Returns whether `found` is `word`, ignoring case.
fn is_word(found: &str, word: &str, mode: &mut ParseMode) -> Result<bool, InvalidKeyUri> {
    let is_word = found.eq_ignore_ascii_case(word);
    if is_word && found != word {
        mode.forgive(Warning::Capitals)?;
    }
    Ok(is_word)
}

/// The maximum length of the input. A URI that this crate writes has less than 2.6 KiB.
const MAX_TEXT: usize = 4096;
/// The maximum number of parameters.
///
/// The format has six parameters. The limit matters because each parameter is compared with all
/// earlier ones.
const MAX_PARAMETERS: usize = 16;
