//! Secret bytes on the heap.

use alloc::vec::Vec;

use crate::wiped::Wiped;

/// The contents of a file with a secret, such as the image of a QR code.
///
/// The bytes are wiped on drop. `Debug` output is redacted, and only [`expose`](Self::expose)
/// returns the bytes.
///
/// # Example
///
/// ```
/// use second_factor::qr::QrCode;
/// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
/// let file = QrCode::new(&uri.expose_uri())?.expose_png(8)?;
/// assert!(file.expose().starts_with(b"\x89PNG"));
/// assert_eq!(format!("{file:?}"), "SecretBytes(redacted)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SecretBytes(Wiped<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of `bytes`.
    ///
    /// The caller must build `bytes` without reallocation, because a buffer that grows leaves a
    /// copy behind.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Wiped::new(bytes))
    }

    /// Returns the contents of the file.
    ///
    /// # Security
    ///
    /// The bytes must be sent over an encrypted connection and must not be cached (`Cache-Control:
    /// no-store`). Your application must wipe every copy that it makes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

redacted!(SecretBytes);
