//! The phone beside the application: what is sent comes up there, as the person would see it.
//!
//! For a demonstration on one machine. It shows every code to whoever looks; with gateways for all
//! channels, leave it out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use second_factor::{
    Delivery, Message, UnixTime,
    delivery::{Receipt, Undelivered},
    host::{Clock, Entropy as _, SystemEntropy},
    message::{Channel, voice::Call},
    sans_io::Moment,
};
use serde::Deserialize;

use crate::{App, gateways::Gateways, page, page::time, trouble::Trouble, visitor::Visitor};

/// Everybody's phone and mailbox. Clones are the same.
#[derive(Clone)]
pub struct Phone {
    clock: Arc<dyn Clock>,
    gateways: Arc<Gateways>,
    kept: Arc<Mutex<Vec<Shown>>>,
}

/// What is seen of a message.
struct Shown {
    at: UnixTime,
    to: String,
    by: Channel,
    title: Option<String>,
    text: String,
    call: Option<Call>,
}

impl Phone {
    pub fn new(clock: Arc<dyn Clock>, gateways: Gateways) -> Self {
        Self { clock, gateways: Arc::new(gateways), kept: Arc::default() }
    }

    /// The texts that came to this address, the newest last: for tests.
    pub fn texts(&self, to: &str) -> Vec<String> {
        let kept = self.lock();
        kept.iter().filter(|shown| shown.to == to).map(|shown| shown.text.clone()).collect()
    }

    /// How many messages have come.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Shown>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, message: Message) -> Result<(), Undelivered> {
        let at = self.clock.now().map_err(|_| Undelivered::Unavailable)?;
        let (to, by) = (message.address().expose().to_owned(), message.channel());
        let (mut title, mut call) = (None, None);
        let text = match by {
            Channel::Email => {
                let email = message.email()?;
                title = Some(email.subject().expose().to_owned());
                email.text().expose().to_owned()
            }
            Channel::Voice => {
                let mut seed = [0; 32];
                SystemEntropy::new().fill(&mut seed).map_err(|_| Undelivered::Unavailable)?;
                let ringing = Call::new(message, Moment::new(at, seed))?;
                let text = spoken(ringing.greeting().twiml("/").expose());
                call = Some(ringing);
                text
            }
            _ => message.expose_text().expose().to_owned(),
        };
        self.lock().push(Shown { at, to, by, title, text, call });
        Ok(())
    }

    /// Presses a key in a call that rings; what is said then.
    fn press(&self, place: usize, key: &str, now: UnixTime) -> Option<()> {
        let mut kept = self.lock();
        let shown = kept.get_mut(place)?;
        shown.text = spoken(shown.call.take()?.press(key, now).twiml("/").expose());
        Some(())
    }
}

// guide: delivery
impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let receipt = Receipt::new(message.reference());
        let now = self.clock.now().map_err(|_| Undelivered::Unavailable)?;
        match self.gateways.carry(message, now).await {
            Ok(answer) => answer,
            // Nobody carries it: it comes up on the page beside the application.
            Err(message) => self.show(message).map(|()| receipt),
        }
    }
}
// end of guide

/// What a person hears of a script for a telephone service.
fn spoken(script: &str) -> String {
    let said = script.split('<').filter_map(|part| part.split_once('>'));
    let said = said.map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    said.collect::<Vec<_>>().join(" ")
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/phone", get(show))
        .route("/phone/count", get(count))
        .route("/phone/press", post(press))
}

#[derive(Deserialize)]
struct Key {
    place: usize,
    key: String,
}

async fn show(mut visitor: Visitor, State(app): State<App>) -> Result<Markup, Trouble> {
    let body = {
        let kept = app.phone.lock();
        html! {
            p.small { "This is not part of the application: it is what people would see elsewhere." }
            @if kept.is_empty() { p { "No messages." } }
            ol.phone reversed data-watch="/phone/count" data-seen=(kept.len()) {
                @for (place, shown) in kept.iter().enumerate().rev().take(30) {
                    (bubble(place, shown))
                }
            }
        }
    };
    page::page(&mut visitor, "Phone and mailbox", body).await
}

async fn count(State(app): State<App>) -> impl IntoResponse {
    Json(app.phone.count())
}

async fn press(State(app): State<App>, Form(form): Form<Key>) -> Result<Response, Trouble> {
    app.phone.press(form.place, &form.key, app.now()?).ok_or(Trouble::Odd)?;
    Ok(Redirect::to("/phone").into_response())
}

fn bubble(place: usize, shown: &Shown) -> Markup {
    let (class, by) = match shown.by {
        Channel::Email => ("email", "Email"),
        Channel::Voice => ("call", "Call"),
        Channel::WhatsApp => ("whatsapp", "WhatsApp"),
        _ => ("sms", "Text message"),
    };
    html! {
        li class=(class) {
            p.small { (by) " to " (shown.to) ", " (time(shown.at)) }
            @if let Some(title) = &shown.title { p { strong { (title) } } }
            p.text { (shown.text) }
            @if shown.call.is_some() {
                form.row method="post" action="/phone/press" {
                    input type="hidden" name="place" value=(place);
                    @for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] {
                        button.second.key name="key" value=(key) { (key) }
                    }
                }
            }
        }
    }
}
