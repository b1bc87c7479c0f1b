//! Who sends, in which words and in which language. Sends nothing.

use alloc::{borrow::Cow, string::String, sync::Arc, vec::Vec};
use core::num::NonZeroU8;

use super::{AppHash, Language, Translation};

/// Whom messages and apps name: the application, the site that its codes belong to, and in which
/// language it speaks.
///
/// # Input
///
/// The issuer is the name that people know, 1 to 60 characters and at most 120 bytes, none of them
/// a control character, a mark of direction, a `#`, or a colon (a provisioning URI cannot hold
/// one). The origin is a host name like `example.com`, from your configuration and never from a
/// request ([FAILURES 98](crate::manual::threats)): no scheme, no port, no path. A browser takes it
/// for the sites below it too, so the shortest will do.
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
    words: Arc<Vec<Translation>>,
    app: Option<AppHash>,
    sms_parts: NonZeroU8,
}

impl Sender {
    /// The application with this name, speaking English.
    ///
    /// # Errors
    ///
    /// [`InvalidSender::Issuer`].
    pub fn new(issuer: &str) -> Result<Self, InvalidSender> {
        // The bytes first: a text of any size is refused unread.
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
            words: Arc::default(),
            app: None,
            sms_parts: NonZeroU8::MIN,
        })
    }

    /// The same, with the site that its codes are for.
    ///
    /// # Errors
    ///
    /// [`InvalidSender::Origin`].
    pub fn with_origin(mut self, host: &str) -> Result<Self, InvalidSender> {
        if host.len() > 253 || !crate::address::is_domain(host) {
            return Err(InvalidSender::Origin);
        }
        self.origin = Some(host.to_ascii_lowercase());
        Ok(self)
    }

    /// The same, saying what it says in these words, in place of any of the same language.
    #[must_use]
    pub fn with_translation(mut self, words: Translation) -> Self {
        let all = Arc::make_mut(&mut self.words);
        all.retain(|other| other.language() != words.language());
        all.push(words);
        self
    }

    /// The same, speaking this language.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The same, to an Android app that waits for the code: text messages name it behind the code.
    #[must_use]
    pub const fn for_android_app(mut self, app: AppHash) -> Self {
        self.app = Some(app);
        self
    }

    /// The same, with text messages of up to so many parts, each of which costs as much as a
    /// message.
    #[must_use]
    pub const fn allow_sms_parts(mut self, most: NonZeroU8) -> Self {
        self.sms_parts = most;
        self
    }

    /// The name of the application.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The host that its codes are for.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The language that it speaks.
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

    /// The words in its language, or in one that is wider, or in English; those of the host before
    /// those that are built in.
    pub(super) fn translation(&self) -> Cow<'_, Translation> {
        let tags = self.language.lookup().chain([Language::ENGLISH.tag()]);
        let found = |tag: &str| {
            let own = self.words.iter().find(|words| words.language().tag() == tag);
            own.map(Cow::Borrowed).or_else(|| Translation::built_in_for(tag).map(Cow::Owned))
        };
        let mut found = tags.filter_map(found);
        found.next().unwrap_or_else(|| Cow::Owned(Translation::new(Language::ENGLISH)))
    }
}

/// A name or a host that is no part of a [`Sender`].
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
    /// The name is empty, too long, or has a colon, a `#`, a control or a direction character.
    #[error(
        "an issuer has 1 to 60 characters (120 bytes), without colons, number signs, control and \
         direction characters"
    )]
    Issuer,
    /// The host is not a bare host name.
    #[error("an origin is a bare host name like example.com")]
    Origin,
}
