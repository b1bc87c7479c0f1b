//! Issuer and account of a provisioning URI.

use alloc::string::String;

use super::{InvalidKeyUri, ParseMode, Warning};

/// The issuer and the account.
pub(in crate::otp) struct Label {
    pub(in crate::otp) issuer: Option<String>,
    pub(in crate::otp) account: String,
}

impl Label {
    /// Combines the label's prefix and the `issuer` parameter, both already decoded.
    ///
    /// `prefix` is the part of the label before the colon. If the two differ, the prefix is used,
    /// because users see it. The parameter may be a domain, which Apple expects there (STD K-12).
    pub(in crate::otp) fn resolve(
        prefix: Option<String>,
        parameter: Option<String>,
        mut account: String,
        mode: &mut ParseMode,
    ) -> Result<Self, InvalidKeyUri> {
        let prefix = non_empty(prefix, mode)?;
        let parameter = non_empty(parameter, mode)?;
        if account.starts_with(' ') {
            // STD K-19, K-02: spaces after the colon belong to neither name.
            mode.forgive(Warning::SpaceAfterColon)?;
            account.drain(..account.len() - account.trim_start_matches(' ').len());
        }
        match (&prefix, &parameter) {
            (None, None) => mode.warn(Warning::IssuerMissing),
            // A plus for a space is no other name (STD K-10).
            (Some(prefix), Some(parameter))
                if prefix.replace('+', " ") != parameter.replace('+', " ") =>
            {
                mode.forgive(Warning::IssuerMismatch)?;
            }
            _ => (),
        }
        Ok(Self { issuer: prefix.or(parameter), account })
    }

    /// Checks the names. A lenient parse accepts a colon and an empty account.
    ///
    /// The first colon ends the issuer, and the rest is the account (STD K-16).
    pub(super) fn check(&self, mode: &mut ParseMode) -> Result<(), InvalidKeyUri> {
        if self.account.is_empty() {
            mode.forgive(Warning::EmptyAccount)?;
        }
        for name in self.issuer.iter().chain([&self.account]) {
            check_name(name, Colon::Allowed)?;
            if name.contains(':') {
                mode.forgive(Warning::ColonInName)?;
            }
        }
        Ok(())
    }
}

/// Checks the names; an issuer that is `None` is valid.
pub(super) fn check_names(issuer: Option<&str>, account: &str) -> Result<(), InvalidKeyUri> {
    if let Some(issuer) = issuer {
        if issuer.is_empty() {
            return Err(InvalidKeyUri::EmptyIssuer);
        }
        check_name(issuer, Colon::Refused)?;
    }
    if account.is_empty() {
        return Err(InvalidKeyUri::EmptyAccount);
    }
    if account.starts_with(' ') {
        return Err(InvalidKeyUri::LeadingSpace);
    }
    check_name(account, Colon::Refused)
}

/// Whether a name may contain a colon.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colon {
    Allowed,
    Refused,
}

/// Treats an empty issuer as missing.
fn non_empty(
    issuer: Option<String>,
    mode: &mut ParseMode,
) -> Result<Option<String>, InvalidKeyUri> {
    if issuer.as_deref() == Some("") {
        mode.forgive(Warning::EmptyIssuer)?;
        return Ok(None);
    }
    Ok(issuer)
}

fn check_name(name: &str, colon: Colon) -> Result<(), InvalidKeyUri> {
    if name.len() > MAX_NAME {
        return Err(InvalidKeyUri::NameTooLong);
    }
    // STD K-02, K-16: apps read a colon within a name as the separator.
    for character in name.chars() {
        if character == ':' && colon == Colon::Refused {
            return Err(InvalidKeyUri::Colon);
        }
        if character.is_control() {
            return Err(InvalidKeyUri::ControlCharacter);
        }
    }
    Ok(())
}

/// The maximum length of a name, in bytes.
///
/// Any email address fits (RFC 5321 §4.5.3.1.3 allows 254 bytes). A URI with two such names,
/// encoded with three characters per byte, does not exceed the limit of the parser.
const MAX_NAME: usize = 255;
