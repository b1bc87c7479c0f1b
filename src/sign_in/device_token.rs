//! The token of a device.

use alloc::string::String;
use core::{convert::Infallible, str::FromStr};

use crate::{secret::MAX_TEXT, wiped::Wiped};

/// The token of a known or trusted device, for a cookie or the storage of an app.
///
/// [`SignIn::device_token`](crate::SignIn::device_token) returns it, and
/// [`Client::device`](crate::Client::device) presents it. Every 12 hours
/// [`next`](crate::Verifier::next) returns a successor for a trusted device: store the successor in
/// place of the token.
///
/// # Security
///
/// The cookie must be `HttpOnly`, `Secure` and `SameSite=Lax` or stricter. The crate detects a
/// copied token at the owner's next visit after a rotation. A thief escapes detection only by a
/// request within a minute of the owner at every rotation.
///
/// # Example
///
/// ```
/// use second_factor::DeviceToken;
///
/// let token = DeviceToken::from_text("the value of the cookie");
/// assert_eq!(format!("{token:?}"), "DeviceToken(redacted)");
/// ```
#[doc(alias = "remember me")]
#[doc(alias = "cookie")]
#[derive(Clone)]
pub struct DeviceToken(Wiped<String>);

impl DeviceToken {
    pub(crate) fn new(text: String) -> Self {
        Self(Wiped::new(text))
    }

    /// Creates a token from a stored string, which is checked when the token is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        // A longer string is not a token, and is not copied.
        let text = if text.len() > MAX_TEXT { "" } else { text };
        Self(Wiped::new(String::from(text)))
    }

    /// Returns the string to store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Creates a token, like [`from_text`](DeviceToken::from_text).
impl FromStr for DeviceToken {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from_text(text))
    }
}

redacted!(DeviceToken);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_text_that_is_too_long_is_not_copied() {
        let longest = "7".repeat(MAX_TEXT);
        assert_eq!(DeviceToken::from_text(&longest).expose(), longest);
        assert_eq!(longest.parse::<DeviceToken>().unwrap().expose(), longest);
        for longer in [1, 2, MAX_TEXT] {
            let text = "7".repeat(MAX_TEXT + longer);
            assert_eq!(DeviceToken::from_text(&text).expose(), "");
            assert_eq!(text.parse::<DeviceToken>().unwrap().expose(), "");
        }
    }
}
