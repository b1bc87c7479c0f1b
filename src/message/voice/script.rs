//! What is said in a call, step by step. Writes it for no service.

use alloc::vec::Vec;
use core::fmt;

use super::super::Language;
use crate::secret::SecretText;

/// What is said in a call, from one request of the telephone service to the next.
///
/// Each digit is a step of its own, with a pause behind it, and the service's voice says it: a
/// single digit has one reading in every language, while a row of them is read as a number, or in
/// German as a date. Words for the digits would be ten more in every translation, and no clearer.
///
/// # Example
///
/// See [`Call`](super::Call).
pub struct Script {
    language: Language,
    steps: Vec<Step>,
}

/// One step of a script.
pub(crate) enum Step {
    /// The end of the call.
    HangUp,
    /// Says something, and waits for a key.
    Listen(SecretText),
    /// About a second.
    Pause,
    Say(SecretText),
}

impl Script {
    pub(super) const fn new(language: Language, steps: Vec<Step>) -> Self {
        Self { language, steps }
    }

    /// The language that is spoken: that of the words, not of the person.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The country whose voice speaks the language, where the words name none.
    pub(crate) fn accent(&self) -> Option<&'static str> {
        Some(match self.language.tag() {
            "ar" => "ar-XA",
            "de" => "de-DE",
            "en" => "en-US",
            "es" => "es-US",
            "fr" => "fr-FR",
            "hi" => "hi-IN",
            "id" => "id-ID",
            "pt" => "pt-BR",
            "zh" => "cmn-CN",
            _ => return None,
        })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("language", &self.language).finish_non_exhaustive()
    }
}
