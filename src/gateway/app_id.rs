//! The names by which stores know apps.

use alloc::string::String;

/// The name by which a store knows an app: the package of an Android app, the bundle of one of
/// Apple's.
///
/// # Input
///
/// 1 to 155 letters, digits, dots, hyphens and underscores.
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
    /// The app with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidAppId`].
    pub fn new(name: &str) -> Result<Self, InvalidAppId> {
        let is_fine = (1..=155).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if is_fine { Ok(Self(name.into())) } else { Err(InvalidAppId) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no [`AppId`].
///
/// # Example
///
/// ```
/// let error = second_factor::gateway::AppId::new("").unwrap_err();
/// assert_eq!(error.to_string(), "an app has 1 to 155 letters, digits, dots, hyphens and underscores");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an app has 1 to 155 letters, digits, dots, hyphens and underscores")]
#[non_exhaustive]
pub struct InvalidAppId;
