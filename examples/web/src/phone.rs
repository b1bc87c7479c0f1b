//! Demo phone and mailbox.
//!
//! The page shows messages as users would receive them. It reveals all codes to every visitor: use
//! it for a local demonstration only, and remove it once all channels have gateways.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use second_factor::{
    Channel, Delivery, Message, UnixTime,
    delivery::{Receipt, Undelivered},
    host::{Clock, Entropy as _, SystemEntropy},
    message::voice::Call,
    sans_io::Moment,
};
use serde::Deserialize;

use crate::{
    SharedState, error::AppError, gateways::Gateways, page, page::time, session::UserSession,
};

/// The phone and mailbox of all users. Clones share the messages.
#[derive(Clone)]
pub struct Phone {
    clock: Arc<dyn Clock>,
    gateways: Arc<Gateways>,
    messages: Arc<Mutex<Vec<ShownMessage>>>,
}

/// A message as it is displayed.
struct ShownMessage {
    received_at: UnixTime,
    to: String,
    channel: Channel,
    title: Option<String>,
    text: String,
    call: Option<Call>,
}

impl Phone {
    pub fn new(clock: Arc<dyn Clock>, gateways: Gateways) -> Self {
        Self { clock, gateways: Arc::new(gateways), messages: Arc::default() }
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
    fn press(&self, index: usize, keys: &str, now: UnixTime) -> Option<()> {
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

pub fn routes() -> Router<SharedState> {
    Router::new()
        .route("/phone", get(show))
        .route("/phone/count", get(count))
        .route("/phone/press", post(press))
}

#[derive(Deserialize)]
struct KeysForm {
    index: usize,
    keys: String,
}

async fn show(
    mut session: UserSession,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let body = {
        let messages = app.phone.lock();
        html! {
            p.small {
                "This page is not part of the application. It shows the messages that users would \
                 receive on their phones and by email."
            }
            @if messages.is_empty() { p { "No messages yet." } }
            ol.phone reversed data-watch="/phone/count" data-seen=(messages.len()) {
                @for (index, shown) in messages.iter().enumerate().rev().take(30) {
                    (message_bubble(index, shown))
                }
            }
        }
    };
    page::page(&mut session, "Demo phone and mailbox", body).await
}

async fn count(State(app): State<SharedState>) -> impl IntoResponse {
    Json(app.phone.count())
}

async fn press(
    State(app): State<SharedState>,
    Form(form): Form<KeysForm>,
) -> Result<Response, AppError> {
    app.phone.press(form.index, &form.keys, app.now()?).ok_or(AppError::InvalidForm)?;
    Ok(Redirect::to("/phone").into_response())
}

fn message_bubble(index: usize, shown: &ShownMessage) -> Markup {
    let (class, channel) = match shown.channel {
        Channel::Email => ("email", "Email"),
        Channel::Voice => ("call", "Phone call"),
        Channel::WhatsApp => ("whatsapp", "WhatsApp"),
        _ => ("sms", "Text message"),
    };
    html! {
        li class=(class) {
            p.small { (channel) " to " (shown.to) ", " (time(shown.received_at)) }
            @if let Some(title) = &shown.title { p { strong { (title) } } }
            p.text { (shown.text) }
            @if shown.call.is_some() {
                form.row method="post" action="/phone/press" {
                    input type="hidden" name="index" value=(index);
                    input.key name="keys" inputmode="numeric" maxlength="3" size="3"
                        aria-label="Keys to press";
                    button.secondary { "Press" }
                }
            }
        }
    }
}
