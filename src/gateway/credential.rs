//! Credentials for gateways.

use alloc::{string::String, sync::Arc};

use super::InvalidSetting;
use crate::secret::SecretText;

/// A token, key or password that your application shares with a gateway.
///
/// A credential is wiped when its last clone is dropped, and its `Debug` output is redacted. Each
/// request contains a copy in the header `authorization`, which is marked as sensitive so that HTTP
/// libraries do not log it. This copy is not wiped.
///
/// # Input
///
/// A credential must have 1 to 8,192 visible ASCII characters.
///
/// # Example
///
/// ```
/// use second_factor::gateway::Credential;
///
/// let token = Credential::new(String::from("kept-in-a-secret-manager"))?;
/// assert_eq!(format!("{token:?}"), "Credential(redacted)");
/// assert!(Credential::new(String::from("two\r\nlines")).is_err());
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone)]
pub struct Credential(Arc<SecretText>);

impl Credential {
    /// Creates a credential from a string.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Credential`] if `text` is empty, too long, or contains another
    /// character.
    pub fn new(text: String) -> Result<Self, InvalidSetting> {
        let text = SecretText::new(text);
        let shown = text.expose();
        let is_fine =
            (1..=8192).contains(&shown.len()) && shown.bytes().all(|b| b.is_ascii_graphic());
        if is_fine { Ok(Self(Arc::new(text))) } else { Err(InvalidSetting::Credential) }
    }

    /// Creates the value of a header: a scheme, a space and a credential.
    pub(super) fn header(text: String) -> Result<Self, InvalidSetting> {
        let text = SecretText::new(text);
        let is_fine = text.expose().bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if is_fine { Ok(Self(Arc::new(text))) } else { Err(InvalidSetting::Credential) }
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.expose()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

redacted!(Credential);
