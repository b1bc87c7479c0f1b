//! The steps of a phone call.

use alloc::vec::Vec;
use core::fmt;

use super::super::Language;
use crate::secret::SecretText;

/// The part of a call between two requests from the voice service.
///
/// Each digit is a separate step, followed by a pause. A single digit is pronounced in one way in
/// every language. The voice of the service would pronounce a row of digits as a number, or in
/// German as a date. Digits spelled as words would add ten phrases to every translation, but would
/// not be clearer.
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
    /// Ends the call.
    HangUp,
    /// Speaks a text and waits for three keys.
    Listen(SecretText),
    /// Pauses for about a second.
    Pause,
    /// Speaks a text.
    Say(SecretText),
}

impl Script {
    pub(super) const fn new(language: Language, steps: Vec<Step>) -> Self {
        Self { language, steps }
    }

    /// Returns the language of the texts.
    ///
    /// This language may differ from the language of the user.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the voice locale for a built-in language, which has no region.
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
