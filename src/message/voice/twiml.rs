//! Scripts as TwiML, the XML format of Twilio.

use alloc::{string::String, vec::Vec};

use super::{
    super::{email::escaped, layout::join},
    script::{Script, Step},
};
use crate::secret::SecretText;

impl Script {
    /// Renders the script as TwiML.
    ///
    /// `gate` is the URL of the webhook to which the service sends the pressed keys. The user may
    /// press the keys before the text ends. If the user presses no key, the call ends. For a
    /// built-in language, the script names a voice. For other languages, the service uses the voice
    /// of your account.
    ///
    /// # Security
    ///
    /// A script with a code must not be logged. `gate` must contain no data of the call except its
    /// id.
    #[must_use]
    pub fn twiml(&self, gate: &str) -> SecretText {
        let voice = self.accent().map(|accent| ["Google.", accent, "-Standard-A"].concat());
        let speaker = Speaker {
            language: self.accent().unwrap_or(self.language().tag()),
            voice: voice.unwrap_or_default(),
        };
        let mut xml = Vec::from(["<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"]);
        for step in self.steps() {
            match step {
                Step::HangUp => xml.push("<Hangup/>"),
                Step::Listen(text) => {
                    xml.push(
                        "<Gather input=\"dtmf\" numDigits=\"3\" timeout=\"10\" finishOnKey=\"\" \
                         method=\"POST\" action=\"",
                    );
                    xml.extend(escaped(gate));
                    xml.push("\">");
                    speaker.say(text.expose(), &mut xml);
                    xml.push("</Gather>");
                }
                Step::Pause => xml.push("<Pause length=\"1\"/>"),
                Step::Say(text) => speaker.say(text.expose(), &mut xml),
            }
        }
        xml.push("</Response>");
        join(xml.iter().copied())
    }
}

struct Speaker<'a> {
    language: &'a str,
    voice: String,
}

impl Speaker<'_> {
    fn say<'a>(&'a self, text: &'a str, xml: &mut Vec<&'a str>) {
        xml.extend(["<Say language=\"", self.language]);
        if !self.voice.is_empty() {
            xml.extend(["\" voice=\"", &self.voice]);
        }
        xml.push("\">");
        xml.extend(escaped(text));
        xml.push("</Say>");
    }
}
