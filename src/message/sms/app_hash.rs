//! The mark by which Android gives a text message to one app. Computes none.

use core::fmt;

/// The mark of an Android app that waits for a text message: eleven characters that follow from the
/// name of its package and its signing certificate.
///
/// With it in the message, the system hands the code to that app, and the person types nothing. It
/// is no secret.
///
/// # Input
///
/// Eleven characters of base64: letters, digits, `+` and `/`. Android Studio, or the tool that
/// the documentation of the *SMS Retriever* API names, prints it.
///
/// # Example
///
/// ```
/// use second_factor::message::AppHash;
///
/// assert_eq!(AppHash::new("FA+9qCX9VSu")?.as_str(), "FA+9qCX9VSu");
/// assert!(AppHash::new("<#> FA+9qCX").is_err());
/// # Ok::<(), second_factor::message::InvalidAppHash>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AppHash([u8; LEN]);

impl AppHash {
    /// The mark with this text.
    ///
    /// # Errors
    ///
    /// [`InvalidAppHash`].
    pub fn new(text: &str) -> Result<Self, InvalidAppHash> {
        let bytes: [u8; LEN] = text.as_bytes().try_into().map_err(|_| InvalidAppHash)?;
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if bytes.iter().all(is_base64) { Ok(Self(bytes)) } else { Err(InvalidAppHash) }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever kept, so the empty text is out of reach.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for AppHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppHash({})", self.as_str())
    }
}

/// A text that is no [`AppHash`].
///
/// # Example
///
/// ```
/// let error = second_factor::message::AppHash::new("").unwrap_err();
/// assert_eq!(error.to_string(), "the hash of an app has eleven letters, digits, + or /");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hash of an app has eleven letters, digits, + or /")]
#[non_exhaustive]
pub struct InvalidAppHash;

const LEN: usize = 11;
