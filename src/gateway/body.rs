//! The body of a request, which may contain a code.

use alloc::{string::String, vec::Vec};

use crate::secret::SecretText;

/// The body of a request to a gateway, which may contain a code.
///
/// The body is wiped on drop. `Debug` output is redacted, even within an [`http::Request`].
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, purpose::Operation, testkit::Preview};
/// use second_factor::gateway::{Credential, twilio::{Account, Messages}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let token = Credential::new(String::from("the-token-of-the-account"))?;
/// let texts = Messages::from_number(Account::new("AC123", &token)?, "+14155550111")?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Sms).message(Operation::SignIn);
///
/// let request = texts.request(&message, now)?;
/// assert!(request.body().expose().contains("747723"));
/// assert!(!format!("{request:?}").contains("747723"));
/// // Most clients accept bytes.
/// let request: http::Request<Vec<u8>> = request.map(|body| body.into_vec());
/// # let _ = request;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Body(SecretText);

impl Body {
    pub(super) const fn new(text: SecretText) -> Self {
        Self(text)
    }

    /// Returns the body as a string, which may contain a code.
    ///
    /// # Security
    ///
    /// The string must not be logged.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the body as bytes, for an HTTP client that must own them.
    ///
    /// # Security
    ///
    /// The returned bytes are not wiped on drop.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        String::into_bytes(self.0.into_string())
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.expose().as_bytes()
    }
}

redacted!(Body);
