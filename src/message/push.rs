//! Layout of push notifications to trusted devices.

use alloc::string::{String, ToString as _};

use super::{
    Channel, Inside, LayoutError, Message,
    translation::{Phrase, Placeholder, fill},
};
use crate::id::Handle;

/// A push notification for a sign-in request.
///
/// The text is generic, and the only data is the handle of the request. The app authenticates to
/// your application, which returns the details from
/// [`pending_request`](crate::Verifier::pending_request). A push notification can be lost, so the
/// app should also fetch the details when the user opens it.
///
/// # Security
///
/// The push service and anyone near a locked screen can read the notification. It therefore omits
/// the requester, their location and the number to enter.
///
/// # Source
///
/// NIST SP 800-63B-4 §3.1.3; OWASP ASVS 5.0.0 6.6.4.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, message::Sender, testkit::Preview};
///
/// let push = Preview::new(Sender::new("Example")?, Channel::Push).request().push()?;
/// assert_eq!(push.title(), "Sign-in request");
/// assert_eq!(push.body(), "Are you trying to sign in to Example?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Push {
    title: String,
    body: String,
    request: String,
}

impl Push {
    /// Returns the text below the title.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the handle of the sign-in request, as a string.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.request
    }

    /// Returns the title, in the language of the user.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn into_body(self) -> String {
        self.body
    }
}

impl Message {
    /// Renders this message as a push notification.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] if the message is not a sign-in request.
    pub fn push(&self) -> Result<Push, LayoutError> {
        match (&self.inside, self.channel) {
            (Inside::Request { shown, .. }, Channel::Push) => Ok(self.alert(shown)),
            _ => Err(LayoutError::OtherChannel),
        }
    }

    pub(super) fn alert(&self, shown: &Handle) -> Push {
        let (translation, issuer) = (self.sender.translation(), self.sender.issuer());
        let say = |phrase| {
            let said = fill(translation.text(phrase), |placeholder| match placeholder {
                Placeholder::Issuer => issuer,
                _ => "",
            });
            said.concat()
        };
        Push {
            title: say(Phrase::RequestTitle),
            body: say(Phrase::RequestBody),
            request: shown.to_string(),
        }
    }
}

redacted!(Push);
