//! Secret text on the heap.

use alloc::string::String;

use crate::wiped::Wiped;

/// A text that contains a secret.
///
/// For example a provisioning URI, a rendered QR code, or the words of a message.
///
/// Wiped on drop. `Debug` is redacted and there is no `Display`: the text is readable through
/// [`expose`](Self::expose) only.
///
/// # Example
///
/// ```
/// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
/// let text = uri.expose_uri();
/// assert!(text.expose().starts_with("otpauth://totp/Example:alice"));
/// assert_eq!(format!("{text:?}"), "SecretText(redacted)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SecretText(Wiped<String>);

impl SecretText {
    /// Takes over `text`. The caller must build it without reallocation: a buffer that grows leaves
    /// a copy behind.
    pub(crate) fn new(text: String) -> Self {
        Self(Wiped::new(text))
    }

    /// Returns the text. The caller must wipe it.
    #[cfg(feature = "gateways")]
    pub(crate) fn into_string(mut self) -> String {
        core::mem::take(&mut *self.0)
    }

    /// Returns the text.
    ///
    /// # Security
    ///
    /// It must not reach a log. Your application must wipe every copy it makes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

redacted!(SecretText);
