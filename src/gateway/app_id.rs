//! Identifiers of mobile apps.

use alloc::string::String;

/// The identifier of a mobile app: the package name on Android, the bundle id on Apple's systems.
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
/// # Ok::<(), second_factor::gateway::InvalidAppId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

impl AppId {
    /// Parses the identifier of an app.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidAppId`] if `name` is empty, too long, or contains another character.
    pub fn new(name: &str) -> Result<Self, InvalidAppId> {
        let is_fine = (1..=155).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if is_fine { Ok(Self(name.into())) } else { Err(InvalidAppId) }
    }

    /// Returns the identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An error from parsing an [`AppId`].
///
/// # Example
///
/// ```
/// let error = second_factor::gateway::AppId::new("").unwrap_err();
/// assert!(error.to_string().starts_with("an app id has 1 to 155 letters"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app id has 1 to 155 letters, digits, dots, hyphens and underscores")]
#[non_exhaustive]
pub struct InvalidAppId;
