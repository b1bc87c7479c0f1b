//! The app hash of the Android SMS Retriever API.

use core::fmt;

use crate::error::{Invalid, What};

/// The hash of an Android app, for the *SMS Retriever* API.
///
/// The hash is derived from the package name and the signing certificate. If a text message
/// contains the hash, Android passes the message to the app, and the user need not type the code.
/// The hash is public.
///
/// # Input
///
/// A hash must have eleven characters of base64: letters, digits, `+` and `/`. Android Studio
/// prints the hash, as does the tool in the documentation of the *SMS Retriever* API.
///
/// # Example
///
/// ```
/// use second_factor::message::AppHash;
///
/// assert_eq!(AppHash::new("FA+9qCX9VSu")?.as_str(), "FA+9qCX9VSu");
/// assert!(AppHash::new("<#> FA+9qCX").is_err());
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AppHash([u8; LEN]);

impl AppHash {
    /// Parses the hash.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `text` is not an app hash. Correct your configuration.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let bytes: [u8; LEN] = text.as_bytes().try_into().map_err(|_| Invalid(What::AppHash))?;
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if bytes.iter().all(is_base64) { Ok(Self(bytes)) } else { Err(Invalid(What::AppHash)) }
    }

    /// Returns the eleven characters of the hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are always ASCII, so the default is unreachable.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for AppHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppHash({})", self.as_str())
    }
}

const LEN: usize = 11;
