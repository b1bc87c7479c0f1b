//! A text that holds a secret, on the heap.

use alloc::string::String;

use crate::wiped::Wiped;

/// A text that holds a secret: a provisioning URI, a drawn QR code, the words of a message.
///
/// Wiped on drop; `Debug` is redacted; there is no `Display`. The one way to look is
/// [`expose`](Self::expose).
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
    /// Takes over `text`, which the caller built without letting it grow: a buffer that moves leaves
    /// its old bytes behind.
    pub(crate) fn new(text: String) -> Self {
        Self(Wiped::new(text))
    }

    /// The text, to be wiped by whoever asks for it.
    #[cfg(feature = "gateways")]
    pub(crate) fn into_string(mut self) -> String {
        core::mem::take(&mut *self.0)
    }

    /// The text itself.
    ///
    /// # Security
    ///
    /// Keep it out of logs. The copy that you take is yours to wipe.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

redacted!(SecretText);
