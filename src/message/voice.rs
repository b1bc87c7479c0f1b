//! Telephone calls that say a code: to somebody who is there, once. Dials nothing.
//!
//! A voicemail answers as a person does, and can be read by a stranger. So a call says who calls
//! and which key to press, and no more; the key is drawn for each call and is nowhere but in the
//! call, so that no greeting can hold its tone. Whoever presses it hears the code twice. Whoever
//! presses another hears goodbye, and the code is gone.

mod script;
mod twiml;

use alloc::{format, string::String};
use core::fmt;

pub use self::script::Script;
pub(crate) use self::script::Step;
use super::{
    Channel, Inside, LayoutError, Message, Sender, SentCodeText,
    layout::{CodeLines, Layout},
    words::{Phrase, Placeholder, fill},
};
use crate::{UnixTime, moment::Moment, secret::SecretText};

/// One call that says a code.
///
/// Keep it under its [`id`](Self::id) while the call lasts, as safe as the database: it holds the
/// code. Make the address that the telephone service asks of that id; the code is in none. Ring for
/// 15 to 20 seconds, so that no voicemail answers, and check the signature of every request.
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, UnixTime, message::{Channel, Sender, voice::Call}};
/// use second_factor::{sans_io::Moment, testkit::Preview};
///
/// # let fresh_seed = [9; 32];
/// let now = UnixTime::from_secs(1_800_000_000);
/// let message = Preview::new(Sender::new("Example")?, Channel::Voice).message(Purpose::SignIn);
/// let mut call = Call::new(message, Moment::new(now, fresh_seed))?;
/// let address = format!("https://example.com/voice/{}", call.id());
///
/// // The service has dialled, and asks what to say.
/// let greeting = call.greeting().twiml(&address);
/// assert!(greeting.expose().contains("This is Example. To hear your code, press "));
/// assert!(!greeting.expose().contains("747723"));
///
/// // A key was pressed: not the right one, so there is no code.
/// let answer = call.press("no key", now).twiml(&address);
/// assert!(answer.expose().contains("Goodbye."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Call {
    id: String,
    gate: &'static str,
    sender: Sender,
    /// Taken by the first key that is pressed, whichever it is.
    sent: Option<SentCodeText>,
}

impl Call {
    /// The call for `message`, with a key drawn from `moment`.
    ///
    /// # Errors
    ///
    /// [`LayoutError::OtherChannel`] when the message travels by another channel or has no code.
    pub fn new(message: Message, mut moment: Moment) -> Result<Self, LayoutError> {
        let (Inside::Code(sent), Channel::Voice) = (message.inside, message.channel) else {
            return Err(LayoutError::OtherChannel);
        };
        let id: [u8; 16] = moment.bytes();
        let gate = usize::try_from(moment.below(10)).unwrap_or_default();
        Ok(Self {
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            gate: KEYS.get(gate).copied().unwrap_or_default(),
            sender: message.sender,
            sent: Some(sent),
        })
    }

    /// A name for the call that tells nothing: 32 letters and digits, for the addresses that the
    /// service asks.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is said when the call is answered: the name of the application, and which key to press.
    ///
    /// Asked again it is the same, until a key was pressed.
    #[must_use]
    pub fn greeting(&self) -> Script {
        if self.sent.is_none() {
            return self.only(Phrase::CallEnd);
        }
        let gate = self.say(Phrase::CallGate);
        let missed = self.say(Phrase::CallMissed);
        self.script([Step::Listen(gate), Step::Say(missed)])
    }

    /// What is said when `keys` were pressed: the code, if they are the right one, for the first
    /// and the last time.
    ///
    /// After this the call has no code any more, whatever was pressed. `now` is the time of your
    /// clock: a code that died in the meantime is not said.
    pub fn press(&mut self, keys: &str, now: UnixTime) -> Script {
        match self.sent.take() {
            Some(sent) if keys == self.gate && now < sent.expires => self.reading(&sent),
            Some(sent) if now < sent.expires => self.only(Phrase::CallMissed),
            _ => self.only(Phrase::CallEnd),
        }
    }

    fn reading(&self, sent: &SentCodeText) -> Script {
        let lines = CodeLines::new(sent, &self.sender);
        let say = |phrase| Step::Say(Layout::new().say(lines.say(phrase)).text());
        let usage = Step::Say(Layout::new().say(lines.usage()).text());
        let digits = || {
            let digits = lines.code().split_inclusive(|_: char| true);
            digits.flat_map(|digit| [Step::Say(Layout::new().put([digit]).text()), Step::Pause])
        };
        let before = [usage, say(Phrase::CallCode)];
        let again = [say(Phrase::CallAgain)];
        let steps = before.into_iter().chain(digits()).chain(again).chain(digits());
        self.script(steps.chain([say(Phrase::CallWarning)]))
    }

    fn only(&self, phrase: Phrase) -> Script {
        self.script([Step::Say(self.say(phrase))])
    }

    /// The last step of every script is to hang up.
    fn script(&self, steps: impl IntoIterator<Item = Step>) -> Script {
        let steps = steps.into_iter().chain([Step::HangUp]).collect();
        Script::new(*self.sender.translation().language(), steps)
    }

    fn say(&self, phrase: Phrase) -> SecretText {
        let words = self.sender.translation();
        let said = fill(words.text(phrase), |place| match place {
            Placeholder::Digit => self.gate,
            Placeholder::Issuer => self.sender.issuer(),
            _ => "",
        });
        Layout::new().say(said).text()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("id", &self.id).finish_non_exhaustive()
    }
}

const KEYS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
