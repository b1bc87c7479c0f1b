//! Phone calls that speak a code.
//!
//! A voicemail box answers like a user, and an attacker may be able to listen to its recordings.
//! Therefore, a call starts with the name of your application and three keys to press. The keys are
//! different from each other and random for each call. A voicemail greeting with three recorded key
//! tones matches them in one call of 720. A greeting that repeats one tone never matches. If the
//! user presses the correct keys, the call speaks the code twice. If the user presses other keys,
//! the call ends and the code is discarded.

mod script;
mod twiml;

use alloc::{format, string::String, vec::Vec};
use core::fmt;

pub use self::script::Script;
pub(crate) use self::script::Step;
use super::{
    Channel, Inside, LayoutError, Message, Sender, SentCodeText,
    layout::{CodeLines, Layout},
    translation::{Phrase, Placeholder, fill},
};
use crate::{moment::Moment, secret::SecretText, time::UnixTime};

/// A voice call that speaks a code.
///
/// Store the call under its [`id`](Self::id) for its duration. Build the webhook URL for the voice
/// service from this id, so that the code never appears in a URL. Let the phone ring for 15 to 20
/// seconds, so that voicemail does not answer.
///
/// # Security
///
/// The call contains the code, so its store must be as well protected as the database. Verify the
/// signature of every webhook request.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::{Sender, voice::Call}, purpose::Operation};
/// use second_factor::{sans_io::Moment, testkit::Preview};
///
/// # let fresh_seed = [9; 32];
/// let now = UnixTime::from_secs(1_800_000_000);
/// let message = Preview::new(Sender::new("Example")?, Channel::Voice).message(Operation::SignIn);
/// let mut call = Call::new(message, Moment::new(now, fresh_seed))?;
/// let address = format!("https://example.com/voice/{}", call.id());
///
/// // The voice service has dialed, and requests the greeting.
/// let greeting = call.greeting().twiml(&address);
/// assert!(greeting.expose().contains("This is Example. To hear your code, press "));
/// assert!(!greeting.expose().contains("747723"));
///
/// // The user pressed incorrect keys, so the call does not read the code.
/// let answer = call.press("111", now).twiml(&address);
/// assert!(answer.expose().contains("Goodbye."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Call {
    id: String,
    /// The keys to press, one after another.
    gate: String,
    sender: Sender,
    /// The code, which the first answer discards, even if the answer is incorrect.
    sent: Option<SentCodeText>,
}

impl Call {
    /// Creates the call for `message`, with random keys from `moment`.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] if the message is for another channel or has no code.
    pub fn new(message: Message, mut moment: Moment) -> Result<Self, LayoutError> {
        let (Inside::Code(sent), Channel::Voice) = (message.inside, message.channel) else {
            return Err(LayoutError::OtherChannel);
        };
        let id: [u8; 16] = moment.bytes();
        Ok(Self {
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            gate: three_keys(&mut moment),
            sender: message.sender,
            sent: Some(sent),
        })
    }

    /// Returns an opaque id of 32 hexadecimal digits, for the webhook addresses.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the greeting: the name of your application and the keys to press.
    ///
    /// The greeting stays the same until the user presses keys.
    #[must_use]
    pub fn greeting(&self) -> Script {
        if self.sent.is_none() {
            return self.only(Phrase::CallEnd);
        }
        let gate = self.say(Phrase::CallGate);
        let missed = self.say(Phrase::CallMissed);
        self.script([Step::Listen(gate), Step::Say(missed)])
    }

    /// Returns the script after the answer.
    ///
    /// The script contains the code if `keys` are the correct keys.
    ///
    /// The first answer discards the code, even if the answer is incorrect. `now` is the time of
    /// your clock: the call does not speak an expired code.
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

    /// Builds a script that hangs up at its end.
    fn script(&self, steps: impl IntoIterator<Item = Step>) -> Script {
        let steps = steps.into_iter().chain([Step::HangUp]).collect();
        Script::new(*self.sender.translation().language(), steps)
    }

    fn say(&self, phrase: Phrase) -> SecretText {
        let translation = self.sender.translation();
        // A voice reads digits with a comma between them one by one, in every language.
        let keys: Vec<&str> = self.gate.split_inclusive(|_: char| true).collect();
        let keys = keys.join(", ");
        let said = fill(translation.text(phrase), |placeholder| match placeholder {
            Placeholder::Keys => keys.as_str(),
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

/// Generates three different keys, each triple with the same probability.
///
/// A voicemail greeting that repeats one tone never matches (FAILURES 95). A greeting with three
/// different tones matches in one call of 720.
fn three_keys(moment: &mut Moment) -> String {
    let mut left = Vec::from(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let mut keys = String::new();
    for count in [10, 9, 8] {
        let place = usize::try_from(moment.below(count)).unwrap_or_default();
        let key = left.get(place).copied();
        left.retain(|other| Some(*other) != key);
        keys.extend(key);
    }
    keys
}
