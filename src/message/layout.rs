//! Putting words together: what stands in the places, one sentence behind the other. Knows no
//! channel.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Sender, SentCodeText,
    words::{Phrase, Placeholder, Translation, fill},
};
use crate::{event::Event, secret::SecretText};

/// A text in pieces, so that a code in it is copied once, into a buffer of the right size.
#[derive(Clone, Default)]
pub(super) struct Layout<'a>(Vec<&'a str>);

impl<'a> Layout<'a> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with a sentence behind it.
    pub(super) fn say(mut self, sentence: impl IntoIterator<Item = &'a str>) -> Self {
        let needs_gap = |last: &&str| !last.is_empty() && !last.ends_with(['\n', '。']);
        let last = self.0.iter().rev().find(|piece| !piece.is_empty());
        if last.is_some_and(needs_gap) {
            self.0.push(" ");
        }
        self.0.extend(sentence);
        self
    }

    /// The same with `pieces` behind it, as they are.
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

/// One text of these pieces, in a buffer that never grows: one that does leaves its old letters
/// behind.
pub(super) fn join<'a>(pieces: impl Iterator<Item = &'a str> + Clone) -> SecretText {
    let mut text = String::with_capacity(pieces.clone().map(str::len).sum());
    pieces.for_each(|piece| text.push_str(piece));
    SecretText::new(text)
}

/// What is said with a code.
pub(super) struct CodeLines<'a> {
    pub(super) words: Cow<'a, Translation>,
    sent: &'a SentCodeText,
    issuer: &'a str,
    agreed: String,
    minutes: String,
}

impl<'a> CodeLines<'a> {
    pub(super) fn new(sent: &'a SentCodeText, sender: &'a Sender) -> Self {
        Self {
            words: sender.translation(),
            sent,
            issuer: sender.issuer(),
            agreed: sent.agreement.as_ref().map(ToString::to_string).unwrap_or_default(),
            minutes: (sent.expires.since(sent.sent) / 60).to_string(),
        }
    }

    pub(super) fn code(&self) -> &str {
        self.sent.code.expose()
    }

    /// What is agreed to.
    pub(super) fn agreed(&self) -> &str {
        &self.agreed
    }

    pub(super) fn say(&self, phrase: Phrase) -> Vec<&str> {
        fill(self.words.text(phrase), |place| match place {
            Placeholder::Agreed => &self.agreed,
            Placeholder::Code => self.code(),
            Placeholder::Issuer => self.issuer,
            Placeholder::Minutes => &self.minutes,
            Placeholder::Digit | Placeholder::Factor | Placeholder::Left | Placeholder::Notice => {
                ""
            }
        })
    }

    /// The sentence with the code in it.
    pub(super) fn sentence(&self) -> Vec<&str> {
        self.say(Phrase::code(self.sent.purpose).0)
    }

    /// The same in few words, where the language has such.
    pub(super) fn brief_sentence(&self) -> Vec<&str> {
        let (_, brief) = Phrase::code(self.sent.purpose);
        if self.words.text(brief).is_empty() { self.sentence() } else { self.say(brief) }
    }

    /// What the code is for, without the code.
    pub(super) fn usage(&self) -> Vec<&str> {
        self.say(Phrase::usage(self.sent.purpose))
    }

    /// All that is said where there is room.
    pub(super) fn whole(&self) -> Layout<'_> {
        Layout::new()
            .say(self.sentence())
            .say(self.say(Phrase::CodeEnds))
            .say(self.say(Phrase::CodeWarning))
    }
}

/// What is said of something that happened.
pub(super) struct NoticeLines<'a> {
    pub(super) words: Cow<'a, Translation>,
    issuer: &'a str,
    phrase: Phrase,
    notice: String,
}

impl<'a> NoticeLines<'a> {
    pub(super) fn new(event: &Event, sender: &'a Sender) -> Self {
        let words = sender.translation();
        let phrase = Phrase::notice(event);
        let left = match event {
            Event::BackupCodesLow(left) => left.to_string(),
            _ => String::new(),
        };
        let factor = match event {
            Event::FactorAdded(kind)
            | Event::FactorDisabled(kind)
            | Event::FactorLocked(kind)
            | Event::FactorRemoved(kind)
            | Event::FactorReplaced(kind) => words.text(Phrase::kind(*kind)),
            _ => "",
        };
        let notice = fill(words.text(phrase), |place| match place {
            Placeholder::Factor => factor,
            Placeholder::Left => &left,
            _ => "",
        });
        let notice = notice.concat();
        Self { words, issuer: sender.issuer(), phrase, notice }
    }

    pub(super) fn say(&self, phrase: Phrase) -> Vec<&str> {
        fill(self.words.text(phrase), |place| match place {
            Placeholder::Issuer => self.issuer,
            Placeholder::Notice => &self.notice,
            _ => "",
        })
    }

    /// What happened, and what to do if it was somebody else (NIST SP 800-63B-4 §4.6).
    pub(super) fn whole(&self) -> Layout<'_> {
        self.with_advice(Phrase::NoticeAdvice)
    }

    pub(super) fn with_advice(&self, advice: Phrase) -> Layout<'_> {
        let notice = self.bare();
        if self.phrase.says_what_to_do() { notice } else { notice.say(self.say(advice)) }
    }

    /// What happened, and no more.
    pub(super) fn bare(&self) -> Layout<'_> {
        Layout::new().say(self.say(Phrase::Notice))
    }
}
