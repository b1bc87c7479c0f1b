//! What is said, in which language: templates, those that are built in and those of a host.

mod arabic;
mod chinese;
mod english;
mod french;
mod german;
mod hindi;
mod indonesian;
mod phrase;
mod place;
mod portuguese;
mod spanish;

use alloc::{string::String, vec::Vec};

pub use self::phrase::Phrase;
pub(super) use self::place::{Placeholder, fill};
use super::Language;

/// Everything that messages say in one language.
///
/// Built in are Arabic, Chinese (simplified), English, French, German, Hindi, Indonesian,
/// Portuguese and Spanish. Replace what you would say otherwise, or add a language of your own;
/// give the result to [`VerifierBuilder::words`](crate::verifier::VerifierBuilder::words).
///
/// A template that would break a rule is refused, so that no message does: the code stands there
/// once and alone, before everything that others wrote; the application is named; there is no link.
/// Never to share the code is said in a sentence of its own, which the layout puts behind.
///
/// # Example
///
/// ```
/// use second_factor::message::{InvalidTranslation, Language, Phrase, Translation};
///
/// let dutch = Translation::new(Language::new("nl")?)
///     .with(Phrase::CodeSignIn, "{code} is je code van {issuer} om in te loggen.")?
///     .with(Phrase::CodeWarning, "Deel hem nooit, ook niet met {issuer}.")?;
/// assert!(dutch.untranslated().any(|phrase| phrase == Phrase::CodeEnds), "still in English");
///
/// let glued = dutch.with(Phrase::CodeSignIn, "Je code van {issuer}: {code}.");
/// assert_eq!(glued.unwrap_err(), InvalidTranslation::Glued);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    language: Language,
    base: BuiltIn,
    own: Vec<(Phrase, String)>,
}

impl Translation {
    /// The words that are built in for this language, or else for one that is wider, or else those
    /// in English.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let base = language.lookup().find_map(BuiltIn::of).unwrap_or(BuiltIn::English);
        Self { language, base, own: Vec::new() }
    }

    /// Each language that is built in.
    pub fn built_in() -> impl Iterator<Item = Self> {
        // The tags of what is built in are tags.
        BuiltIn::ALL.into_iter().filter_map(|base| Some(Self::new(Language::new(base.tag()).ok()?)))
    }

    /// The same, saying `template` for `phrase`.
    ///
    /// # Errors
    ///
    /// [`InvalidTranslation`] names the rule that it breaks.
    pub fn with(mut self, phrase: Phrase, template: &str) -> Result<Self, InvalidTranslation> {
        place::check(phrase, template)?;
        self.own.retain(|(other, _)| *other != phrase);
        self.own.push((phrase, template.into()));
        Ok(self)
    }

    /// The language.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// The template of a phrase.
    #[must_use]
    pub fn text(&self, phrase: Phrase) -> &str {
        let own = self.own.iter().find(|(other, _)| *other == phrase);
        own.map_or_else(|| self.base.text(phrase), |(_, template)| template)
    }

    /// What is still said in English, since the language is not built in and nothing was put in its
    /// place. For a test of yours.
    pub fn untranslated(&self) -> impl Iterator<Item = Phrase> {
        let is_foreign = self.language.primary() != self.base.tag();
        Phrase::all()
            .filter(move |phrase| is_foreign && self.own.iter().all(|(own, _)| own != phrase))
    }

    /// The words that are built in under exactly this tag.
    pub(super) fn built_in_for(tag: &str) -> Option<Self> {
        let base = BuiltIn::of(tag)?;
        Language::new(tag).ok().map(|language| Self { language, base, own: Vec::new() })
    }

    /// Whether it is written from right to left.
    pub(super) fn is_right_to_left(&self) -> bool {
        matches!(self.language.primary(), "ar" | "fa" | "he" | "ur")
    }
}

/// A language that is built in.
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

/// Why a template cannot stand for a [`Phrase`].
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
    /// A control character, a line end, or a mark that turns the direction of what follows.
    #[error("a template is one line, without control and direction characters")]
    Control,
    /// The code touches something other than a space.
    #[error("the code stands alone, with a space or nothing on either side")]
    Glued,
    /// A link, or what a phone or a browser would take for one.
    #[error("a template has no link, and none of @ # / \\")]
    Link,
    /// A place that it must have once is missing, or stands there twice.
    #[error("a place that the phrase must have is missing or there twice")]
    Missing,
    /// The code stands behind what is agreed to.
    #[error("the code stands before what is agreed to")]
    Order,
    /// A brace that opens no place, or a place that the phrase does not have.
    #[error("a brace opens no place that the phrase has")]
    Placeholder,
    /// More than 400 bytes.
    #[error("a template has at most 400 bytes")]
    TooLong,
    /// No letter in it.
    #[error("a template says something")]
    Wordless,
}
