//! Templates for all message texts in one language.

mod arabic;
mod chinese;
mod english;
mod french;
mod german;
mod hindi;
mod indonesian;
mod phrase;
mod placeholder;
mod portuguese;
mod spanish;

use alloc::{string::String, vec::Vec};

pub use self::phrase::Phrase;
pub(super) use self::placeholder::{Placeholder, fill};
use super::Language;

/// The texts of all messages in one language.
///
/// Arabic, Chinese (simplified), English, French, German, Hindi, Indonesian, Portuguese and Spanish
/// are built in. Replace single phrases, or add a language, and pass the result to
/// [`Sender::with_translation`](crate::message::Sender::with_translation).
///
/// Each template is checked. A template with a code must contain the code once, with spaces around
/// it, and before the details of a transaction. It must also name your application. A template must
/// not contain a link. The warning never to share the code is a separate phrase, which the layout
/// appends.
///
/// # Example
///
/// ```
/// use second_factor::message::{InvalidTranslation, Language, Phrase, Translation};
///
/// let dutch = Translation::new(Language::new("nl")?)
///     .with(Phrase::CodeSignIn, "{code} is je inlogcode voor {issuer}.")?
///     .with(Phrase::CodeWarning, "Deel hem nooit. Wij vragen er nooit om.")?;
/// assert!(dutch.untranslated().any(|phrase| phrase == Phrase::CodeExpires), "still in English");
///
/// let glued = dutch.with(Phrase::CodeSignIn, "Je code van {issuer}: {code}.");
/// assert_eq!(glued.unwrap_err(), InvalidTranslation::Glued);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "localization")]
#[doc(alias = "i18n")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    language: Language,
    base: BuiltIn,
    own: Vec<(Phrase, String)>,
}

impl Translation {
    /// Creates a translation from the built-in texts.
    ///
    /// If `language` is not built in, the texts are in the nearest wider language that is, or else
    /// in English.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let base = language.lookup().find_map(BuiltIn::of).unwrap_or(BuiltIn::English);
        Self { language, base, own: Vec::new() }
    }

    /// Returns every built-in translation.
    pub fn built_in() -> impl Iterator<Item = Self> {
        // The tag of each built-in language is valid.
        BuiltIn::ALL.into_iter().filter_map(|base| Some(Self::new(Language::new(base.tag()).ok()?)))
    }

    /// Replaces the template of one phrase.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidTranslation`], which names the rule that `template` violates. Correct the
    /// template.
    pub fn with(mut self, phrase: Phrase, template: &str) -> Result<Self, InvalidTranslation> {
        placeholder::check(&phrase.rule(), template)?;
        self.own.retain(|(other, _)| *other != phrase);
        self.own.push((phrase, template.into()));
        Ok(self)
    }

    /// Returns the language of this translation.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// Returns the template of a phrase, either the replacement or the built-in one.
    #[must_use]
    pub fn text(&self, phrase: Phrase) -> &str {
        let own = self.own.iter().find(|(other, _)| *other == phrase);
        own.map_or_else(|| self.base.text(phrase), |(_, template)| template)
    }

    /// Returns the phrases that are still in English.
    ///
    /// For your own translation, assert in a test that the result is empty. For a built-in
    /// language, it is always empty.
    pub fn untranslated(&self) -> impl Iterator<Item = Phrase> {
        let is_foreign = self.language.primary() != self.base.tag();
        Phrase::all()
            .filter(move |phrase| is_foreign && self.own.iter().all(|(own, _)| own != phrase))
    }

    /// Returns the built-in translation with exactly this tag.
    pub(super) fn built_in_for(tag: &str) -> Option<Self> {
        let base = BuiltIn::of(tag)?;
        Language::new(tag).ok().map(|language| Self { language, base, own: Vec::new() })
    }

    /// Returns whether the language is written from right to left.
    pub(super) fn is_right_to_left(&self) -> bool {
        matches!(self.language.primary(), "ar" | "fa" | "he" | "ur")
    }
}

/// A built-in language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BuiltIn {
    Arabic,
    Chinese,
    English,
    French,
    German,
    Hindi,
    Indonesian,
    Portuguese,
    Spanish,
}

impl BuiltIn {
    const ALL: [Self; 9] = [
        Self::Arabic,
        Self::Chinese,
        Self::English,
        Self::French,
        Self::German,
        Self::Hindi,
        Self::Indonesian,
        Self::Portuguese,
        Self::Spanish,
    ];

    fn of(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|base| base.tag() == tag)
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::Chinese => "zh",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Hindi => "hi",
            Self::Indonesian => "id",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
        }
    }

    const fn text(self, phrase: Phrase) -> &'static str {
        match self {
            Self::Arabic => arabic::text(phrase),
            Self::Chinese => chinese::text(phrase),
            Self::English => english::text(phrase),
            Self::French => french::text(phrase),
            Self::German => german::text(phrase),
            Self::Hindi => hindi::text(phrase),
            Self::Indonesian => indonesian::text(phrase),
            Self::Portuguese => portuguese::text(phrase),
            Self::Spanish => spanish::text(phrase),
        }
    }
}

/// The error returned when a template is not valid for a [`Phrase`].
///
/// # Example
///
/// ```
/// use second_factor::message::{InvalidTranslation, Language, Phrase, Translation};
///
/// let english = Translation::new(Language::ENGLISH);
/// let linked = english.with(Phrase::CodeWarning, "Never share it. More at example.com");
/// assert_eq!(linked.unwrap_err(), InvalidTranslation::Link);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTranslation {
    /// The template contains a control character, a line break, or a direction mark.
    #[error("a template must be one line, without control and direction characters")]
    Control,
    /// The character before or after the code is not a space.
    #[error("the code must have a space or nothing on either side")]
    Glued,
    /// The template contains a link, or one of the characters `@`, `#`, `/` and `\`.
    #[error("a template must not contain a link, or any of @ # / \\")]
    Link,
    /// A required placeholder is missing, or occurs twice.
    #[error("a required placeholder is missing or occurs twice")]
    Missing,
    /// The agreement comes before the code.
    #[error("the code must come before the agreement")]
    Order,
    /// A brace does not open a placeholder that the phrase allows.
    #[error("a brace opens no placeholder of the phrase")]
    Placeholder,
    /// The template has more than 400 bytes.
    #[error("a template has at most 400 bytes")]
    TooLong,
    /// The template contains no letter.
    #[error("a template must contain text")]
    Wordless,
}
