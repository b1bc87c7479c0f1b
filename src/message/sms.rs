//! Layout of text messages, with the origin-bound last line.

mod alphabet;
mod app_hash;

use alloc::{string::String, vec::Vec};

use self::alphabet::without_accent;
pub use self::{
    alphabet::{Encoding, SmsSize},
    app_hash::AppHash,
};
use super::{
    Channel, Inside, LayoutError, Message, Sender, SentCodeText,
    layout::{CodeLines, Layout, NoticeLines},
    translation::Phrase,
};
use crate::secret::SecretText;

/// The exact text of a text message.
///
/// Your application must pass the text to the carrier unchanged.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, message::{Encoding, Sender}, purpose::Operation, testkit::Preview};
///
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// let sms = Preview::new(sender, Channel::Sms).message(Operation::SignIn).sms()?;
/// assert_eq!(
///     sms.text().expose(),
///     "747723 is your Example sign-in code. It expires in 5 min. Never share it. We will never ask \
///      you for it.\n\n@example.com #747723",
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
    /// Returns the size, which determines the price.
    #[must_use]
    pub const fn size(&self) -> SmsSize {
        self.size
    }

    /// Returns the text to send.
    ///
    /// Do not append anything, not even a line break, because the origin-bound line must be the
    /// last line.
    #[must_use]
    pub const fn text(&self) -> &SecretText {
        &self.text
    }
}

impl Message {
    /// Renders this message as a text message.
    ///
    /// The text begins with the code, followed by its purpose and the warning never to share it. If
    /// an origin is set, the last line binds the code to the site: a browser offers the code only
    /// on that site.
    ///
    /// A message in a built-in language fits into one part if its names are short. Add the length
    /// of the issuer (in the default alphabet), the length of the origin, and twice the length of
    /// the code. The sum may be up to 38 characters in Arabic, Chinese and Hindi, and up to 70
    /// characters in the other languages.
    ///
    /// A longer message is shortened in this order:
    ///
    /// 1. accents are removed, in languages that are often written without them;
    /// 2. the expiry is omitted;
    /// 3. short forms replace the sentences;
    /// 4. the hash of the Android app is omitted, so the user must type the code.
    ///
    /// A message that still does not fit is refused. The sender can
    /// [allow](Sender::allow_sms_parts) more parts.
    ///
    /// # Errors
    ///
    /// - [`LayoutError::OtherChannel`]: the message is for another channel.
    /// - [`LayoutError::TooLong`]: the message does not fit. Shorten the issuer, the origin or the
    ///   translation, or allow more parts.
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
            // The shortest layout has no room for an empty line.
            let break_before = if at + 1 < layouts.len() { "\n\n" } else { "\n" };
            let layout = layout.clone().put(last_line(sender, lines.code(), app, break_before));
            let room = if app.is_some() { Room::Retriever } else { Room::Parts };
            drafts.extend(Draft::both(layout, lines.agreed()).map(|draft| draft.within(room)));
        }
    }
    smallest(&drafts, sender)
}

/// Returns the origin-bound line (WICG), followed by the hash of the Android app.
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

/// One candidate layout.
struct Draft<'a> {
    layout: Layout<'a>,
    accents: Accents,
    room: Room,
    size: SmsSize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Accents {
    Kept,
    Removed,
}

/// A limit in addition to the number of parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Parts,
    /// At most 140 bytes in each encoding that the Android app may count (STD W-05).
    ///
    /// The letters may be packed, have one byte each, or be encoded as UTF-8.
    Retriever,
}

impl<'a> Draft<'a> {
    /// Returns the layout with accents, and possibly the layout without them.
    ///
    /// The second layout is returned only if it allows the smaller encoding.
    ///
    /// An agreement must be shown exactly as it is hashed (STD M-02), so it retains its accents.
    fn both(layout: Layout<'a>, agreed: &str) -> impl Iterator<Item = Self> {
        let new = |accents| {
            let layout = layout.clone();
            let size = SmsSize::of_symbols(symbols(&layout, accents));
            Self { layout, accents, room: Room::Parts, size }
        };
        let is_agreement_unchanged = SmsSize::of(agreed).encoding() == Encoding::Gsm7;
        let (accented, plain) = (new(Accents::Kept), new(Accents::Removed));
        let is_smaller =
            accented.size.encoding() != plain.size.encoding() && is_agreement_unchanged;
        [Some(accented), is_smaller.then_some(plain)].into_iter().flatten()
    }

    fn within(self, room: Room) -> Self {
        Self { room, ..self }
    }

    fn fits(&self, parts: usize) -> bool {
        let in_utf8 = || symbols(&self.layout, self.accents).map(char::len_utf8).sum::<usize>();
        let has_room = match (self.room, self.size.encoding()) {
            (Room::Parts, _) => true,
            (Room::Retriever, Encoding::Gsm7) => self.size.units() <= 140 && in_utf8() <= 140,
            (Room::Retriever, Encoding::Ucs2) => self.size.bytes() <= 140 && in_utf8() <= 140,
        };
        has_room && self.size.parts() <= parts
    }

    fn render(&self) -> Sms {
        let text = match self.accents {
            Accents::Kept => self.layout.text(),
            Accents::Removed => {
                let letters = symbols(&self.layout, self.accents);
                let mut text = String::with_capacity(letters.clone().map(char::len_utf8).sum());
                text.extend(letters);
                SecretText::new(text)
            }
        };
        Sms { text, size: self.size }
    }
}

/// Returns the draft that needs the fewest parts, or the first of several.
fn smallest(drafts: &[Draft<'_>], sender: &Sender) -> Result<Sms, LayoutError> {
    let allowed = usize::from(sender.sms_parts().get());
    let fitting = (1..=allowed).find_map(|parts| drafts.iter().find(|draft| draft.fits(parts)));
    let parts = drafts.iter().map(|draft| draft.size.parts()).min().unwrap_or_default();
    fitting.map(Draft::render).ok_or(LayoutError::TooLong { parts, allowed })
}

fn symbols(layout: &Layout<'_>, accents: Accents) -> impl Iterator<Item = char> + Clone {
    let pieces: Vec<&str> = layout.pieces().into();
    pieces.into_iter().flat_map(|piece| piece.chars()).flat_map(move |symbol| {
        let plain = match accents {
            Accents::Kept => None,
            Accents::Removed => without_accent(symbol),
        };
        let unchanged = if plain.is_none() { Some(symbol) } else { None };
        plain.unwrap_or_default().chars().chain(unchanged)
    })
}
