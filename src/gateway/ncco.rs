//! Scripts of calls as NCCO, the JSON of Vonage.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::json::secret;
use crate::{
    message::voice::{Script, Step},
    secret::SecretText,
};

impl Script {
    /// Renders the script as an NCCO.
    ///
    /// `gate` is the URL to which the provider posts the pressed keys. If the user presses no key,
    /// the provider posts an empty string. The provider pauses between two actions, and hangs up at
    /// the end of the script.
    ///
    /// # Security
    ///
    /// A script with a code must not be logged.
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
    /// let call = Call::new(message, Moment::new(now, fresh_seed))?;
    /// let greeting = call.greeting().ncco(&format!("https://example.com/voice/{}", call.id()));
    /// assert!(greeting.expose().starts_with(r#"[{"action":"talk","bargeIn":true,"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ncco(&self, gate: &str) -> SecretText {
        // Vonage names Arabic without a country.
        let language = match self.accent() {
            Some("ar-XA") => "ar",
            Some(accent) => accent,
            None => self.language().tag(),
        };
        let talk = |text: &str| json!({ "action": "talk", "language": language, "text": text });
        let mut actions: Vec<Value> = Vec::new();
        for step in self.steps() {
            match step {
                Step::HangUp | Step::Pause => {}
                Step::Listen(text) => {
                    let mut asked = talk(text.expose());
                    if let Some(fields) = asked.as_object_mut() {
                        fields.insert("bargeIn".into(), true.into());
                    }
                    actions.push(asked);
                    actions.push(json!({
                        "action": "input",
                        "type": ["dtmf"],
                        "dtmf": { "maxDigits": 3, "timeOut": 10 },
                        "eventUrl": [gate],
                    }));
                }
                Step::Say(text) => actions.extend(parts(text.expose()).map(talk)),
            }
        }
        secret(Value::Array(actions))
    }
}

/// Splits a text into parts that Vonage accepts, at spaces where possible.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((most, _)) = text.char_indices().nth(LONGEST_TALK) else { return Some(text) };
        let start = text.get(..most)?;
        let end = start.rfind(' ').map_or(most, |at| at + 1);
        let (part, others) = text.split_at_checked(end)?;
        rest = Some(others);
        Some(part)
    })
}

/// The maximum number of characters of one action (Vonage, *NCCO reference*).
const LONGEST_TALK: usize = 1500;

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_cut_behind_spaces_where_it_has_any(
            words in proptest::collection::vec(("[a語]", 0_usize..2000, 0_usize..3), 0..9),
        ) {
            let words = words.iter().map(|(of, most, spaces)| {
                let mut word = of.repeat(*most);
                word.extend(core::iter::repeat_n(' ', *spaces));
                word
            });
            let text: String = words.collect();
            let parts: Vec<&str> = parts(&text).collect();
            prop_assert_eq!(&parts.concat(), &text, "nothing is lost");
            if let Some((_, cut)) = parts.split_last() {
                for part in cut {
                    let is_whole = part.ends_with(' ')
                        || (!part.contains(' ') && part.chars().count() == LONGEST_TALK);
                    prop_assert!(is_whole && !part.is_empty(), "{:?}", part);
                }
            }
            prop_assert!(parts.iter().all(|part| part.chars().count() <= LONGEST_TALK));
        }
    }
}
