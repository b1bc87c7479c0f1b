//! Scripts as TwiML, the XML that Twilio reads.

use alloc::{string::String, vec::Vec};

use super::{
    super::{email::escaped, layout::join},
    script::{Script, Step},
};
use crate::secret::SecretText;

impl Script {
    /// The script as TwiML. `gate` is the address to which the service sends the key that was
    /// pressed.
    ///
    /// A key may be pressed before the words end; one key is enough, and none is the end of the
    /// call. For the languages that are built in a voice is named that speaks them; others speak as
    /// your account at the service has it.
    ///
    /// # Security
    ///
    /// A script with a code is not to be logged. `gate` holds the id of the call and nothing else
    /// of it.
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
                        "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"10\" finishOnKey=\"\" \
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
