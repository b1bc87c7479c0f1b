//! Text messages: what fits, and the last line that binds a code to a site. Sends none.

mod alphabet;
mod app_hash;

use alloc::{string::String, vec::Vec};

use self::alphabet::without_accent;
pub use self::{
    alphabet::{Encoding, SmsSize},
    app_hash::{AppHash, InvalidAppHash},
};
use super::{
    Channel, Inside, LayoutError, Message, Sender, SentCodeText,
    layout::{CodeLines, Layout, NoticeLines},
    words::Phrase,
};
use crate::secret::SecretText;

/// A text message, as it is to be sent: to the letter, and nothing behind it.
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, message::{Channel, Encoding, Sender}, testkit::Preview};
///
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// let sms = Preview::new(sender, Channel::Sms).message(Purpose::SignIn).sms()?;
/// assert_eq!(
///     sms.text().expose(),
///     "747723 is your Example code to sign in. It ends in 5 min. Never share it, not even with \
///      Example.\n\n@example.com #747723",
/// );
/// assert_eq!((sms.size().encoding(), sms.size().parts()), (Encoding::Gsm7, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sms {
    text: SecretText,
    size: SmsSize,
}

impl Sms {
    /// Its size: what it costs.
    #[must_use]
    pub const fn size(&self) -> SmsSize {
        self.size
    }

    /// Its text. Add nothing, not even a line end: the last line would be another.
    #[must_use]
    pub const fn text(&self) -> &SecretText {
        &self.text
    }
}

impl Message {
    /// The text message, if this one travels as such.
    ///
    /// A code stands first, then what it is for, and never to share it. With an origin set, the
    /// last line ties the code to it, so that a browser fills it in on that site alone.
    ///
    /// One part is enough for every translation that is built in, as long as the issuer (in letters
    /// of the default alphabet), the origin and twice the code have 38 characters together in
    /// Arabic, Chinese and Hindi, and 70 in the others. For room, first accents go in languages
    /// whose readers are used to that, then the words on when the code ends, then the longer words,
    /// then the mark of an Android app, which only spares typing. What does not fit by then is
    /// refused, unless the sender [allows](Sender::allow_sms_parts) more parts.
    ///
    /// # Errors
    ///
    /// [`LayoutError`].
    ///
    /// # Source
    ///
    /// WICG, <https://wicg.github.io/sms-one-time-codes/>; 3GPP TS 23.038; the Android *SMS
    /// Retriever* API.
    pub fn sms(&self) -> Result<Sms, LayoutError> {
        match (&self.inside, self.channel) {
            (Inside::Code(sent), Channel::Sms) => code(sent, &self.sender),
            (Inside::Notice(event), Channel::Sms) => {
                let lines = NoticeLines::new(event, &self.sender);
                let brief = lines.with_advice(Phrase::BriefAdvice);
                let layouts = [lines.whole(), brief, lines.bare()];
                let drafts = layouts.into_iter().flat_map(|layout| Draft::both(layout, ""));
                smallest(&drafts.collect::<Vec<_>>(), &self.sender)
            }
            _ => Err(LayoutError::OtherChannel),
        }
    }
}

fn code(sent: &SentCodeText, sender: &Sender) -> Result<Sms, LayoutError> {
    let lines = CodeLines::new(sent, sender);
    let warned = || Layout::new().say(lines.sentence()).say(lines.say(Phrase::CodeWarning));
    let brief_warning = || lines.say(Phrase::BriefWarning);
    let layouts = [
        lines.whole(),
        warned(),
        Layout::new().say(lines.sentence()).say(brief_warning()),
        Layout::new().say(lines.brief_sentence()).say(brief_warning()),
    ];
    let mut drafts = Vec::new();
    for app in sender.app().map(Some).into_iter().chain([None]) {
        for (at, layout) in layouts.iter().enumerate() {
            // The last has no room for an empty line.
            let break_before = if at + 1 < layouts.len() { "\n\n" } else { "\n" };
            let layout = layout.clone().put(last_line(sender, lines.code(), app, break_before));
            let room = if app.is_some() { Room::Retriever } else { Room::Parts };
            drafts.extend(Draft::both(layout, lines.agreed()).map(|draft| draft.within(room)));
        }
    }
    smallest(&drafts, sender)
}

/// The line of WICG, then the mark of an app: the one line that both read.
fn last_line<'a>(
    sender: &'a Sender,
    code: &'a str,
    app: Option<&'a AppHash>,
    break_before: &'a str,
) -> Vec<&'a str> {
    match (sender.origin(), app.map(AppHash::as_str)) {
        (Some(origin), None) => [break_before, "@", origin, " #", code].into(),
        (Some(origin), Some(app)) => [break_before, "@", origin, " #", code, " ", app].into(),
        (None, Some(app)) => [break_before, app].into(),
        (None, None) => Vec::new(),
    }
}

/// One way to say it.
struct Draft<'a> {
    layout: Layout<'a>,
    accents: Accents,
    room: Room,
    size: SmsSize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Accents {
    Kept,
    Left,
}

/// What bounds a message besides its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Parts,
    /// STD W-05: at most 140 bytes, be they counted packed or one a letter.
    Retriever,
}

impl<'a> Draft<'a> {
    /// With accents, and without them where that makes the letters smaller. What is agreed to is
    /// shown as it is hashed, to the letter (STD M-02).
    fn both(layout: Layout<'a>, agreed: &str) -> impl Iterator<Item = Self> {
        let new = |accents| {
            let layout = layout.clone();
            let size = SmsSize::of_symbols(symbols(&layout, accents));
            Self { layout, accents, room: Room::Parts, size }
        };
        let is_shown_as_is = SmsSize::of(agreed).encoding() == Encoding::Gsm7;
        let (kept, left) = (new(Accents::Kept), new(Accents::Left));
        let is_smaller = kept.size.encoding() != left.size.encoding() && is_shown_as_is;
        [Some(kept), is_smaller.then_some(left)].into_iter().flatten()
    }

    fn within(self, room: Room) -> Self {
        Self { room, ..self }
    }

    fn fits(&self, parts: usize) -> bool {
        let has_room = match (self.room, self.size.encoding()) {
            (Room::Parts, _) => true,
            (Room::Retriever, Encoding::Gsm7) => self.size.units() <= 140,
            (Room::Retriever, Encoding::Ucs2) => self.size.bytes() <= 140,
        };
        has_room && self.size.parts() <= parts
    }

    fn lay_out(&self) -> Sms {
        let text = match self.accents {
            Accents::Kept => self.layout.text(),
            Accents::Left => {
                let letters = symbols(&self.layout, self.accents);
                let mut text = String::with_capacity(letters.clone().map(char::len_utf8).sum());
                text.extend(letters);
                SecretText::new(text)
            }
        };
        Sms { text, size: self.size }
    }
}

/// The first that needs the fewest parts.
fn smallest(drafts: &[Draft<'_>], sender: &Sender) -> Result<Sms, LayoutError> {
    let allowed = usize::from(sender.sms_parts().get());
    let fitting = (1..=allowed).find_map(|parts| drafts.iter().find(|draft| draft.fits(parts)));
    let parts = drafts.iter().map(|draft| draft.size.parts()).min().unwrap_or_default();
    fitting.map(Draft::lay_out).ok_or(LayoutError::TooLong { parts, allowed })
}

fn symbols(layout: &Layout<'_>, accents: Accents) -> impl Iterator<Item = char> + Clone {
    let pieces: Vec<&str> = layout.pieces().into();
    pieces.into_iter().flat_map(|piece| piece.chars()).flat_map(move |symbol| {
        let plain = match accents {
            Accents::Kept => None,
            Accents::Left => without_accent(symbol),
        };
        let kept = if plain.is_none() { Some(symbol) } else { None };
        plain.unwrap_or_default().chars().chain(kept)
    })
}
