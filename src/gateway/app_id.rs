//! Identifiers of mobile apps.

use alloc::string::String;

use crate::error::{Invalid, What};

/// The identifier of a mobile app.
///
/// On Android, this is the package name. On Apple's systems, it is the bundle id.
///
/// # Input
///
/// An identifier must have 1 to 155 ASCII letters, digits, dots, hyphens and underscores.
///
/// # Example
///
/// ```
/// use second_factor::gateway::AppId;
///
/// assert_eq!(AppId::new("com.example.app")?.as_str(), "com.example.app");
/// assert!(AppId::new("com.example.app\r\nx: y").is_err());
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

impl AppId {
    /// Parses the identifier of an app.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `name` is empty, too long, or contains another character.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        let is_fine = (1..=155).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if is_fine { Ok(Self(name.into())) } else { Err(Invalid(What::AppId)) }
    }

    /// Returns the identifier as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
