//! What shows a gateway who asks, and shows us that a gateway does.

use alloc::{string::String, sync::Arc};
use core::fmt;

use super::InvalidSetting;
use crate::secret::SecretText;

/// A token, key or password that you and a gateway share.
///
/// Wiped when the last of its clones is dropped; `Debug` is redacted. In a request it stands in the header
/// `authorization`, which is marked sensitive, so that HTTP libraries do not log it; those copies are
/// not wiped.
///
/// # Input
///
/// 1 to 8,192 visible ASCII characters.
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
    /// The credential with this text, which is taken over.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Credential`].
    pub fn new(text: String) -> Result<Self, InvalidSetting> {
        let text = SecretText::new(text);
        let shown = text.expose();
        let is_fine =
            (1..=8192).contains(&shown.len()) && shown.bytes().all(|b| b.is_ascii_graphic());
        if is_fine { Ok(Self(Arc::new(text))) } else { Err(InvalidSetting::Credential) }
    }

    /// A whole header: a scheme, a space, and a credential.
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

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(redacted)")
    }
}
