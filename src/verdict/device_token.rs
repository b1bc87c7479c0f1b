//! The token of a trusted device.

use alloc::string::String;
use core::fmt;

use crate::secret::SecretText;

/// The token of a trusted device, for a cookie of that browser or the storage of an app.
///
/// It rotates with use: always replace it by [`Recognized::token`](super::Recognized::token).
///
/// # Security
///
/// The cookie must be `HttpOnly`, `Secure` and `SameSite=Lax` or stricter. A copy of the token can be
/// used until the real device uses its own again.
///
/// # Example
///
/// ```
/// use second_factor::DeviceToken;
///
/// let from_the_cookie = DeviceToken::from_text("anything at all");
/// assert_eq!(format!("{from_the_cookie:?}"), "DeviceToken(redacted)");
/// ```
pub struct DeviceToken(SecretText);

impl DeviceToken {
    pub(crate) fn new(text: String) -> Self {
        Self(SecretText::new(text))
    }

    /// Creates a token from its stored text. It is checked when it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(SecretText::new(String::from(text)))
    }

    /// Returns the text to store.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(redacted)")
    }
}
