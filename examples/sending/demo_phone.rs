//! A phone and a mailbox for demonstrations.
//!
//! They show the messages that no gateway sends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use second_factor::{
    Channel, Delivery, Message, UnixTime,
    delivery::{Receipt, Undelivered},
    host::{Clock, Entropy as _, NoEntropy, SystemEntropy},
    message::voice::Call,
    sans_io::Moment,
};

use crate::gateways::Gateways;

/// The phone and mailbox of all users. Clones share the messages.
#[derive(Clone)]
pub struct Phone {
    clock: Arc<dyn Clock>,
    gateways: Arc<Gateways>,
    messages: Arc<Mutex<Vec<ShownMessage>>>,
    /// A client that has this key may read the messages.
    key: Arc<str>,
}

/// A message as it is displayed.
pub struct ShownMessage {
    pub received_at: UnixTime,
    pub to: String,
    pub channel: Channel,
    pub title: Option<String>,
    pub text: String,
    pub call: Option<Call>,
}

impl Phone {
    pub fn new(clock: Arc<dyn Clock>, gateways: Gateways) -> Result<Self, NoEntropy> {
        let mut random = [0; 16];
        SystemEntropy::new().fill(&mut random)?;
        let key = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        Ok(Self { clock, gateways: Arc::new(gateways), messages: Arc::default(), key })
    }

    /// Returns the path of the page, with its key.
    pub fn address(&self) -> String {
        format!("/phone?key={}", self.key)
    }

    /// Returns whether this is the key.
    pub fn has_key(&self, key: &str) -> bool {
        key == &*self.key
    }

    /// Calls a function with the messages, oldest first.
    pub fn with_messages<T>(&self, show: impl FnOnce(&[ShownMessage]) -> T) -> T {
        show(&self.lock())
    }

    /// Returns the texts sent to this address, oldest first, for tests.
    pub fn texts(&self, to: &str) -> Vec<String> {
        let messages = self.lock();
        messages.iter().filter(|shown| shown.to == to).map(|shown| shown.text.clone()).collect()
    }

    /// Returns the number of messages received.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ShownMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self, message: Message) -> Result<(), Undelivered> {
        let received_at = self.clock.now().map_err(|_| Undelivered::Unavailable)?;
        let (to, channel) = (message.address().expose().to_owned(), message.channel());
        let (mut title, mut call) = (None, None);
        let text = match channel {
            Channel::Email => {
                let email = message.email()?;
                title = Some(email.subject().expose().to_owned());
                email.text().expose().to_owned()
            }
            Channel::Voice => {
                let mut seed = [0; 32];
                SystemEntropy::new().fill(&mut seed).map_err(|_| Undelivered::Unavailable)?;
                let incoming = Call::new(message, Moment::new(received_at, seed))?;
                let text = spoken(incoming.greeting().twiml("/").expose());
                call = Some(incoming);
                text
            }
            _ => message.expose_text().expose().to_owned(),
        };
        self.lock().push(ShownMessage { received_at, to, channel, title, text, call });
        Ok(())
    }

    /// Presses keys during a call, and shows what the caller says next.
    pub fn press(&self, index: usize, keys: &str) -> Option<()> {
        let now = self.clock.now().ok()?;
        let mut messages = self.lock();
        let shown = messages.get_mut(index)?;
        shown.text = spoken(shown.call.take()?.press(keys, now).twiml("/").expose());
        Some(())
    }
}

// guide: delivery
impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let receipt = Receipt::new(message.reference());
        let now = self.clock.now().map_err(|_| Undelivered::Unavailable)?;
        match self.gateways.send(message, now).await {
            Ok(result) => result,
            // This channel has no gateway: the message appears on the demo phone page.
            Err(message) => self.receive(message).map(|()| receipt),
        }
    }
}
// end of guide

/// Returns the words that a TwiML script speaks.
fn spoken(script: &str) -> String {
    let words = script.split('<').filter_map(|part| part.split_once('>'));
    let words = words.map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
