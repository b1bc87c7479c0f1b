//! Pushes to a device that is trusted: generic words, and a name that means nothing. Sends none.

use alloc::string::{String, ToString as _};

use super::{
    Channel, Inside, LayoutError, Message,
    words::{Phrase, Placeholder, fill},
};
use crate::Handle;

/// What a push shows, and the one thing that it carries.
///
/// A push service sees it, and so does whoever looks at a locked screen. So there is in it neither
/// who asks, nor from where, nor the number that is to be typed: the app, which has shown who it
/// is, fetches the rest by [`pending_request`](crate::Verifier::pending_request). A push may be
/// lost; an app that is opened asks anyway.
///
/// # Source
///
/// NIST SP 800-63B-4 §3.1.3; OWASP ASVS 5.0.0 6.6.4.
///
/// # Example
///
/// ```
/// use second_factor::{message::{Channel, Sender}, testkit::Preview};
///
/// let push = Preview::new(Sender::new("Example")?, Channel::Push).request().push()?;
/// assert_eq!(push.title(), "Sign-in request");
/// assert_eq!(push.body(), "Somebody wants to sign in to Example. Was it you?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Push {
    title: String,
    body: String,
    request: String,
}

impl Push {
    /// The words below the title.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The text of the handle that names the request.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.request
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn into_body(self) -> String {
        self.body
    }
}

impl Message {
    /// The push, if this message travels as such.
    ///
    /// # Errors
    ///
    /// [`LayoutError::OtherChannel`].
    pub fn push(&self) -> Result<Push, LayoutError> {
        match (&self.inside, self.channel) {
            (Inside::Request { shown, .. }, Channel::Push) => Ok(self.alert(shown)),
            _ => Err(LayoutError::OtherChannel),
        }
    }

    pub(super) fn alert(&self, shown: &Handle) -> Push {
        let (words, issuer) = (self.sender.translation(), self.sender.issuer());
        let say = |phrase| {
            let said = fill(words.text(phrase), |place| match place {
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
