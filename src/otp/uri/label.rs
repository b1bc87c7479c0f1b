//! The two names of a provisioning URI, issuer and account, and the label that joins them.

use alloc::string::String;

use super::{InvalidKeyUri, ParseMode, Warning};

/// Issuer and account.
pub(in crate::otp) struct Label {
    pub(in crate::otp) issuer: Option<String>,
    pub(in crate::otp) account: String,
}

impl Label {
    /// Settles what label and `issuer` parameter say of the issuer, each already decoded.
    ///
    /// `prefix` is what stood before the colon of the label. Where the two differ the prefix is
    /// taken, the name that people see: Apple wants a domain in the parameter (STD K-12).
    pub(in crate::otp) fn settle(
        prefix: Option<String>,
        parameter: Option<String>,
        mut account: String,
        findings: &mut ParseMode,
    ) -> Result<Self, InvalidKeyUri> {
        let prefix = non_empty(prefix, findings)?;
        let parameter = non_empty(parameter, findings)?;
        if account.starts_with(' ') {
            // STD K-19, K-02: spaces after the colon belong to neither name.
            findings.forgive(Warning::SpaceAfterColon)?;
            account.drain(..account.len() - account.trim_start_matches(' ').len());
        }
        match (&prefix, &parameter) {
            (None, None) => findings.advise(Warning::IssuerMissing),
            (Some(prefix), Some(parameter)) if prefix != parameter => {
                findings.forgive(Warning::IssuerMismatch)?;
            }
            _ => (),
        }
        Ok(Self { issuer: prefix.or(parameter), account })
    }
}

/// Whether these may be an issuer and an account.
pub(super) fn check_names(issuer: Option<&str>, account: &str) -> Result<(), InvalidKeyUri> {
    if let Some(issuer) = issuer {
        if issuer.is_empty() {
            return Err(InvalidKeyUri::EmptyIssuer);
        }
        check_name(issuer)?;
    }
    if account.is_empty() {
        return Err(InvalidKeyUri::EmptyAccount);
    }
    if account.starts_with(' ') {
        return Err(InvalidKeyUri::LeadingSpace);
    }
    check_name(account)
}

/// An issuer that is there and says nothing is no issuer.
fn non_empty(
    issuer: Option<String>,
    findings: &mut ParseMode,
) -> Result<Option<String>, InvalidKeyUri> {
    if issuer.as_deref() == Some("") {
        findings.forgive(Warning::EmptyIssuer)?;
        return Ok(None);
    }
    Ok(issuer)
}

fn check_name(name: &str) -> Result<(), InvalidKeyUri> {
    if name.len() > MAX_NAME {
        return Err(InvalidKeyUri::NameTooLong);
    }
    // STD K-02, K-16: a colon within a name is read as the one between them.
    for character in name.chars() {
        if character == ':' {
            return Err(InvalidKeyUri::Colon);
        }
        if character.is_control() {
            return Err(InvalidKeyUri::ControlCharacter);
        }
    }
    Ok(())
}

/// Long enough for any mail address (RFC 5321 §4.5.3.1.3 allows 254 bytes), and short enough that
/// every URI of such names, three characters a byte, stays under the limit of the reader.
const MAX_NAME: usize = 255;
