//! Sentences of a message, with their placeholders filled.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Sender, SentCodeText,
    translation::{Phrase, Placeholder, Translation, fill},
};
use crate::{event::Event, secret::SecretText};

/// A string in pieces, not yet joined.
///
/// Therefore, a code is copied only once, into a buffer of the final size.
#[derive(Clone, Default)]
pub(super) struct Layout<'a>(Vec<&'a str>);

impl<'a> Layout<'a> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends a sentence, with a space before it if the script uses spaces.
    pub(super) fn say(mut self, sentence: impl IntoIterator<Item = &'a str>) -> Self {
        let needs_gap = |last: &&str| !last.is_empty() && !last.ends_with(['\n', '。']);
        let last = self.0.iter().rev().find(|piece| !piece.is_empty());
        if last.is_some_and(needs_gap) {
            self.0.push(" ");
        }
        self.0.extend(sentence);
        self
    }

    /// Appends `pieces` unchanged.
    pub(super) fn put(mut self, pieces: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.extend(pieces);
        self
    }

    pub(super) fn pieces(&self) -> &[&'a str] {
        &self.0
    }

    pub(super) fn text(&self) -> SecretText {
        join(self.0.iter().copied())
    }
}

/// Joins the pieces in a buffer that never grows.
///
/// A buffer that grows would leave a copy of its old bytes in memory.
pub(super) fn join<'a>(pieces: impl Iterator<Item = &'a str> + Clone) -> SecretText {
    let mut text = String::with_capacity(pieces.clone().map(str::len).sum());
    pieces.for_each(|piece| text.push_str(piece));
    SecretText::new(text)
}

/// The sentences of a message with a code.
pub(super) struct CodeLines<'a> {
    pub(super) translation: Cow<'a, Translation>,
    sent: &'a SentCodeText,
    issuer: &'a str,
    agreed: String,
    minutes: String,
}

impl<'a> CodeLines<'a> {
    pub(super) fn new(sent: &'a SentCodeText, sender: &'a Sender) -> Self {
        Self {
            translation: sender.translation(),
            sent,
            issuer: sender.issuer(),
            agreed: sent.agreement.as_ref().map(ToString::to_string).unwrap_or_default(),
            minutes: (sent.expires.since(sent.sent) / 60).to_string(),
        }
    }

    pub(super) fn code(&self) -> &str {
        self.sent.code.expose()
    }

    /// Returns the details of the transaction.
    pub(super) fn agreed(&self) -> &str {
        &self.agreed
    }

    pub(super) fn say(&self, phrase: Phrase) -> Vec<&str> {
        fill(self.translation.text(phrase), |placeholder| match placeholder {
            Placeholder::Agreed => &self.agreed,
            Placeholder::Code => self.code(),
            Placeholder::Issuer => self.issuer,
            Placeholder::Minutes => &self.minutes,
            Placeholder::Keys | Placeholder::Factor | Placeholder::Left | Placeholder::Notice => "",
        })
    }

    /// Returns the sentence with the code.
    pub(super) fn sentence(&self) -> Vec<&str> {
        self.say(Phrase::code(self.sent.purpose).0)
    }

    /// Returns the short form of the sentence, if the language has one.
    pub(super) fn brief_sentence(&self) -> Vec<&str> {
        let (_, brief) = Phrase::code(self.sent.purpose);
        if self.translation.text(brief).is_empty() { self.sentence() } else { self.say(brief) }
    }

    /// Returns the sentence that states the use of the code, without the code.
    pub(super) fn usage(&self) -> Vec<&str> {
        self.say(Phrase::usage(self.sent.purpose))
    }

    /// Returns the full text, for a message without a length limit.
    pub(super) fn whole(&self) -> Layout<'_> {
        Layout::new()
            .say(self.sentence())
            .say(self.say(Phrase::CodeExpires))
            .say(self.say(Phrase::CodeWarning))
    }
}

/// The sentences of a notice.
pub(super) struct NoticeLines<'a> {
    pub(super) translation: Cow<'a, Translation>,
    issuer: &'a str,
    phrase: Phrase,
    notice: String,
}

impl<'a> NoticeLines<'a> {
    pub(super) fn new(event: &Event, sender: &'a Sender) -> Self {
        let translation = sender.translation();
        let phrase = Phrase::notice(event);
        let left = match event {
            Event::BackupCodesLow(left) => left.to_string(),
            _ => String::new(),
        };
        let factor = match event {
            Event::AddressConfirmed(kind)
            | Event::FactorAdded(kind)
            | Event::FactorDisabled(kind)
            | Event::FactorLocked(kind)
            | Event::FactorRemoved(kind)
            | Event::FactorReplaced(kind) => translation.text(Phrase::kind(*kind)),
            _ => "",
        };
        let notice = fill(translation.text(phrase), |placeholder| match placeholder {
            Placeholder::Factor => factor,
            Placeholder::Left => &left,
            _ => "",
        });
        let notice = notice.concat();
        Self { translation, issuer: sender.issuer(), phrase, notice }
    }

    pub(super) fn say(&self, phrase: Phrase) -> Vec<&str> {
        fill(self.translation.text(phrase), |placeholder| match placeholder {
            Placeholder::Issuer => self.issuer,
            Placeholder::Notice => &self.notice,
            _ => "",
        })
    }

    /// Returns the notice, and advice for a user who did not cause the event.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.6.
    pub(super) fn whole(&self) -> Layout<'_> {
        self.with_advice(Phrase::NoticeAdvice)
    }

    pub(super) fn with_advice(&self, advice: Phrase) -> Layout<'_> {
        let notice = self.bare();
        if self.phrase.has_own_advice() { notice } else { notice.say(self.say(advice)) }
    }

    /// Returns the notice without advice.
    pub(super) fn bare(&self) -> Layout<'_> {
        Layout::new().say(self.say(Phrase::Notice))
    }
}
