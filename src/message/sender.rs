//! The sender of a message: issuer, origin and language.

use alloc::{borrow::Cow, string::String, sync::Arc, vec::Vec};
use core::{convert::Infallible, num::NonZeroU8};

use super::{AppHash, Language, Translation};

/// The sender of messages: the name, site and language of your application.
///
/// # Input
///
/// The issuer is the name that users know. It must have 1 to 60 characters and at most 120 bytes.
/// It must not contain a control character, a direction mark, a `#`, or a colon, which a
/// provisioning URI cannot contain.
///
/// The origin must be a host name like `example.com`, without scheme, port or path. A browser also
/// accepts the code on subdomains of the origin, so use the shortest name.
///
/// # Security
///
/// The origin must come from your configuration, never from a request ([FAILURES
/// 98](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::message::Sender;
///
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// assert_eq!(sender.issuer(), "Example");
/// assert!(Sender::new("Example")?.with_origin("https://example.com").is_err());
/// # Ok::<(), second_factor::message::InvalidSender>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    issuer: String,
    origin: Option<String>,
    language: Language,
    translations: Arc<Vec<Translation>>,
    app: Option<AppHash>,
    sms_parts: NonZeroU8,
}

impl Sender {
    /// Creates a sender with the name `issuer`, in English.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSender::Issuer`] if the name is not allowed. Correct the name.
    pub fn new(issuer: &str) -> Result<Self, InvalidSender> {
        // The length is checked first, so that long input is rejected unread.
        let is_fine = issuer.len() <= 120
            && !issuer.trim().is_empty()
            && issuer.chars().count() <= 60
            && !issuer
                .contains(|c: char| crate::purpose::is_misleading(c) || matches!(c, ':' | '#'));
        if !is_fine {
            return Err(InvalidSender::Issuer);
        }
        Ok(Self {
            issuer: issuer.into(),
            origin: None,
            language: Language::ENGLISH,
            translations: Arc::default(),
            app: None,
            sms_parts: NonZeroU8::MIN,
        })
    }

    /// Sets the host name of the site on which codes may be entered.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSender::Origin`] if `host` is not a bare host name. Correct the argument.
    pub fn with_origin(mut self, host: &str) -> Result<Self, InvalidSender> {
        if host.len() > 253 || !crate::address::is_domain(host) {
            return Err(InvalidSender::Origin);
        }
        self.origin = Some(host.to_ascii_lowercase());
        Ok(self)
    }

    /// Adds a translation, which replaces an earlier one for the same language.
    #[must_use]
    pub fn with_translation(mut self, translation: Translation) -> Self {
        let all = Arc::make_mut(&mut self.translations);
        all.retain(|other| other.language() != translation.language());
        all.push(translation);
        self
    }

    /// Sets the language of the messages.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the Android app that reads the code.
    ///
    /// Text messages contain the hash of the app after the code.
    #[must_use]
    pub const fn for_android_app(mut self, app: AppHash) -> Self {
        self.app = Some(app);
        self
    }

    /// Sets the maximum number of parts of a text message.
    ///
    /// Each part costs as much as one message. The default is one part.
    #[must_use]
    pub const fn allow_sms_parts(mut self, most: NonZeroU8) -> Self {
        self.sms_parts = most;
        self
    }

    /// Returns the name of your application.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the host name of the site on which codes may be entered, if one is set.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Returns the language of the messages.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    pub(super) const fn app(&self) -> Option<&AppHash> {
        self.app.as_ref()
    }

    pub(super) const fn sms_parts(&self) -> NonZeroU8 {
        self.sms_parts
    }

    /// Returns the translation for the language, a wider language or English.
    ///
    /// For each tag, a custom translation takes precedence over the built-in one.
    pub(super) fn translation(&self) -> Cow<'_, Translation> {
        let tags = self.language.lookup().chain([Language::ENGLISH.tag()]);
        let found = |tag: &str| {
            let own = self.translations.iter().find(|own| own.language().tag() == tag);
            own.map(Cow::Borrowed).or_else(|| Translation::built_in_for(tag).map(Cow::Owned))
        };
        let mut found = tags.filter_map(found);
        found.next().unwrap_or_else(|| Cow::Owned(Translation::new(Language::ENGLISH)))
    }
}

impl TryFrom<&str> for Sender {
    type Error = InvalidSender;

    /// Creates a sender with the name `issuer`, in English, like [`new`](Self::new).
    fn try_from(issuer: &str) -> Result<Self, InvalidSender> {
        Self::new(issuer)
    }
}

/// The error returned when a [`Sender`] is invalid.
///
/// # Example
///
/// ```
/// use second_factor::message::{InvalidSender, Sender};
///
/// assert_eq!(Sender::new("").unwrap_err(), InvalidSender::Issuer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSender {
    /// The name is empty, too long, or contains a character that is not allowed.
    ///
    /// A colon, a `#`, and a control or direction character are not allowed.
    #[error(
        "an issuer has 1 to 60 characters (120 bytes), without colons, number signs, control and \
         direction characters"
    )]
    Issuer,
    /// The origin is not a bare host name.
    #[error("an origin must be a bare host name like example.com")]
    Origin,
}

/// Converting a [`Sender`] to itself cannot fail.
impl From<Infallible> for InvalidSender {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
