//! Secret text on the heap.

use alloc::string::String;

use crate::wiped::Wiped;

/// A string with a secret, such as a provisioning URI or a message with a code.
///
/// The string is wiped on drop. `Debug` output is redacted, and the type has no `Display`: only
/// [`expose`](Self::expose) returns the string.
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
    /// Takes ownership of `text`.
    ///
    /// The caller must build `text` without reallocation, because a buffer that grows leaves a copy
    /// behind.
    pub(crate) fn new(text: String) -> Self {
        Self(Wiped::new(text))
    }

    /// Returns the string, which the caller must wipe.
    #[cfg(feature = "gateways")]
    pub(crate) fn into_string(mut self) -> String {
        core::mem::take(&mut *self.0)
    }

    /// Returns the string.
    ///
    /// # Security
    ///
    /// The string must not reach a log. Your application must wipe every copy that it makes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

redacted!(SecretText);

/// The maximum length of a sealed string that is opened, except for ceremonies.
pub(crate) const MAX_TEXT: usize = 1024;
