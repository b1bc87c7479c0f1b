//! Bytes of a file that holds a secret, on the heap.

use alloc::vec::Vec;

use crate::wiped::Wiped;

/// The bytes of a file that holds a secret: a QR code drawn as an image.
///
/// Wiped on drop; `Debug` is redacted. The one way to look is [`expose`](Self::expose).
///
/// # Example
///
/// ```
/// use second_factor::qr::{QrCode, Scale};
/// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
/// let file = QrCode::new(&uri.expose_uri())?.expose_png(Scale::default());
/// assert!(file.expose().starts_with(b"\x89PNG"));
/// assert_eq!(format!("{file:?}"), "SecretBytes(redacted)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SecretBytes(Wiped<Vec<u8>>);

impl SecretBytes {
    /// Takes over `bytes`, which the caller built without letting them grow: a buffer that moves
    /// leaves its old bytes behind.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Wiped::new(bytes))
    }

    /// The bytes themselves.
    ///
    /// # Security
    ///
    /// Send them over an encrypted connection, never to be cached (`Cache-Control: no-store`). The
    /// copy that you take is yours to wipe.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

redacted!(SecretBytes);
