//! What is wrong with a setting of a gateway.

/// A setting that no gateway can work with. Never holds the value.
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
    /// The name that a person is to see in a message is empty or too long, or has a letter that the gateway
    /// refuses.
    #[error(
        "a brand has 1 to 18 letters, and no controls, slashes, braces, colons and dollar signs"
    )]
    Brand,
    /// A credential is empty, too long, or has a space, a line end or a letter beyond ASCII.
    #[error("a credential has 1 to 8192 visible ASCII characters")]
    Credential,
    /// An address on the web has no encryption, or more than a host and a path.
    #[error("an endpoint is https://host/path, without query, fragment and user name")]
    Endpoint,
    /// A time to look back is nothing, or longer than operators keep.
    #[error("a number of hours is 1 to 2400")]
    Hours,
    /// The gateway's name for an account, a number, a template or a project has other characters.
    #[error("a name at a gateway has 1 to 64 letters, digits, dots, hyphens and underscores")]
    Name,
    /// A sender is neither a number nor a name that a gateway could show.
    #[error("a sender is a number or a name of 1 to 20 letters, digits, spaces, + and -")]
    Sender,
}

/// What a gateway calls something: goes into paths as it is.
pub(super) fn name(text: &str) -> Result<&str, InvalidSetting> {
    if crate::remote::is_name(text) { Ok(text) } else { Err(InvalidSetting::Name) }
}

/// Whom a person reads of in a message.
pub(super) fn brand(text: &str) -> Result<&str, InvalidSetting> {
    let is_fine = text.chars().count() <= 18
        && text.chars().any(|symbol| !symbol.is_whitespace())
        && !text.chars().any(|symbol| symbol.is_control() || "\\/{}:$".contains(symbol));
    if is_fine { Ok(text) } else { Err(InvalidSetting::Brand) }
}

/// Whom a person sees as sender.
pub(super) fn sender(text: &str) -> Result<&str, InvalidSetting> {
    let is_fine = (1..=20).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'+' | b'-'));
    if is_fine { Ok(text) } else { Err(InvalidSetting::Sender) }
}
