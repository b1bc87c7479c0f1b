//! Validation of gateway settings.

/// The error returned when a setting of a gateway is invalid.
///
/// The error contains no part of the value.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Endpoint, InvalidSetting};
///
/// assert_eq!(Endpoint::new("http://example.com").unwrap_err(), InvalidSetting::Endpoint);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// A brand is empty, too long, or has a character that the gateway refuses.
    ///
    /// Users see the brand in messages.
    #[error(
        "a brand has 1 to 18 characters, without controls, slashes, braces, colons and dollar signs"
    )]
    Brand,
    /// A credential is empty, too long, or has a character that is not visible ASCII.
    #[error("a credential has 1 to 8192 visible ASCII characters")]
    Credential,
    /// A URL is not encrypted, or has more than a host, a port and a path.
    #[error("an endpoint is https://host/path, without query, fragment and user name")]
    Endpoint,
    /// The number of hours to look back is not 1 to 2,400.
    #[error("a number of hours is 1 to 2400")]
    Hours,
    /// The id of an account, number, template or project at the gateway is malformed.
    #[error("an id at a gateway has 1 to 64 letters, digits, dots, hyphens and underscores")]
    Name,
    /// A sender is neither a number nor a name that a gateway can show.
    #[error("a sender is a number of 3 to 15 digits or a name of 1 to 11 characters with a letter")]
    Sender,
}

/// Validates an id that a gateway assigned.
///
/// The id becomes part of a path, without percent-encoding.
pub(super) fn name(text: &str) -> Result<&str, InvalidSetting> {
    if crate::remote::is_name(text) { Ok(text) } else { Err(InvalidSetting::Name) }
}

/// Validates the name that users see in a message.
pub(super) fn brand(text: &str) -> Result<&str, InvalidSetting> {
    let is_fine = text.len() <= 18 * 4
        && text.chars().count() <= 18
        && text.chars().any(|symbol| !symbol.is_whitespace())
        && !text.chars().any(|symbol| symbol.is_control() || "\\/{}:$".contains(symbol));
    if is_fine { Ok(text) } else { Err(InvalidSetting::Brand) }
}

/// Validates the sender that users see.
pub(super) fn sender(text: &str) -> Result<&str, InvalidSetting> {
    if is_number(text.strip_prefix('+').unwrap_or(text)) || is_sender_name(text) {
        Ok(text)
    } else {
        Err(InvalidSetting::Sender)
    }
}

/// Validates a sender for Vonage, which requires numbers without a plus.
pub(super) fn plain_sender(text: &str) -> Result<&str, InvalidSetting> {
    let is_fine = is_number(text) || is_sender_name(text) && !text.starts_with('+');
    if is_fine { Ok(text) } else { Err(InvalidSetting::Sender) }
}

/// Returns whether `digits` can be a short code or a number.
///
/// A short code has at least 3 digits, and a number has at most 15 (ITU-T E.164).
fn is_number(digits: &str) -> bool {
    (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether carriers can show `text` as the name of a sender.
///
/// A name has at most 11 characters (3GPP TS 23.040 §9.1.2.5), and at least one letter.
fn is_sender_name(text: &str) -> bool {
    (1..=11).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'+' | b'-'))
}
