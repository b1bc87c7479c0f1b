//! Codes: of an app, of a sheet of paper, and those that are sent.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{
    Address, Challenge, Error, Handle, Next, Proof, UnixTime, id::ItemId, message::Channel,
};
use serde::{Deserialize, Serialize};

use super::Prover;
use crate::{App, page::typed, trouble::Trouble};

/// A code that was sent, as far as the page must know.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sent {
    pub handle: String,
    /// The name of the address.
    pub address: String,
    pub masked: String,
    pub digits: u8,
    pub by: Option<By>,
    pub ends: u64,
    pub resend_at: Option<u64>,
    pub others: Vec<(By, u64)>,
}

/// How a code travels to a phone.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Call,
    Sms,
    Whatsapp,
}

impl By {
    pub const fn channel(self) -> Channel {
        match self {
            Self::Call => Channel::Voice,
            Self::Sms => Channel::Sms,
            Self::Whatsapp => Channel::WhatsApp,
        }
    }

    const fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Sms => Some(Self::Sms),
            Channel::Voice => Some(Self::Call),
            Channel::WhatsApp => Some(Self::Whatsapp),
            _ => None,
        }
    }

    /// In the address of a form.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Call => "Call me",
            Self::Sms => "Send a text message",
            Self::Whatsapp => "Send it by WhatsApp",
        }
    }
}

impl Sent {
    pub fn new(challenge: &Challenge, address: String) -> Self {
        let others = challenge.alternatives().iter();
        Self {
            handle: challenge.handle().to_string(),
            address,
            masked: challenge.masked().to_owned(),
            digits: challenge.digits(),
            by: challenge.channel().and_then(By::of),
            ends: challenge.expires_at().as_secs(),
            resend_at: challenge.resend_at().map(UnixTime::as_secs),
            others: others
                .filter_map(|way| Some((By::of(way.channel())?, way.available_at().as_secs())))
                .collect(),
        }
    }

    pub fn handle(&self) -> Result<Handle, Trouble> {
        Handle::parse(&self.handle).map_err(|_| Trouble::Odd)
    }
}

#[derive(Deserialize)]
pub struct To {
    address: String,
}

#[derive(Deserialize)]
pub struct Again {
    by: Option<By>,
}

#[derive(Deserialize)]
pub struct Code {
    way: Kind,
    code: String,
    trust: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    App,
    BackupCode,
    Sent,
}

// guide: send
/// Sends a code to an address that is offered. The form names it; it does not say it.
pub async fn send(
    mut prover: Prover,
    State(app): State<App>,
    Form(form): Form<To>,
) -> Result<Response, Trouble> {
    let Some(address) = offered(&prover, &form.address).await? else { return Err(Trouble::Odd) };
    let (verifier, purpose) = (&prover.verifier, prover.purpose());
    let sent = verifier.challenge(&prover.subject, &address, purpose).await;
    answer(&mut prover, sent, form.address, &app).await
}
// end of guide

/// Sends another code, by the same way or by another one.
pub async fn resend(
    mut prover: Prover,
    State(app): State<App>,
    Form(form): Form<Again>,
) -> Result<Response, Trouble> {
    let Some(sent) = prover.open.sent.clone() else { return Err(Trouble::Odd) };
    let (verifier, handle) = (&prover.verifier, sent.handle()?);
    let again = match form.by {
        Some(by) => verifier.resend_by(&prover.subject, &handle, by.channel()).await,
        None => verifier.resend(&prover.subject, &handle).await,
    };
    answer(&mut prover, again, sent.address, &app).await
}

/// Checks a code that was typed.
pub async fn code(
    mut prover: Prover,
    State(app): State<App>,
    Form(form): Form<Code>,
) -> Result<Response, Trouble> {
    prover.open.trust = form.trust.is_some();
    // guide: code
    let (typed, sent) = (typed(&form.code), prover.open.sent.as_ref());
    let (proof, way) = match (form.way, sent) {
        (Kind::App, _) => (Proof::totp(&typed), "app".to_owned()),
        (Kind::BackupCode, _) => (Proof::backup_code(&form.code), "backup-code".to_owned()),
        (Kind::Sent, Some(sent)) => {
            (Proof::sent_code(&sent.handle()?, &typed), sent.address.clone())
        }
        (Kind::Sent, None) => return Ok(Redirect::to(prover.page()).into_response()),
    };
    let proof = match prover.half() {
        Some(half) => proof.after(&half),
        None => proof,
    };
    let proven = prover.verifier.verify_for(&prover.subject, prover.purpose(), proof).await;
    prover.settle(proven, &way, &app).await
    // end of guide
}

async fn offered(prover: &Prover, id: &str) -> Result<Option<Address>, Trouble> {
    let Ok(id) = ItemId::parse(id) else { return Ok(None) };
    let next = prover.verifier.next(&prover.subject, prover.purpose()).await?;
    let Next::Prove(offers) = next else { return Ok(None) };
    let offer = offers.into_iter().find(|offer| offer.id() == Some(&id));
    Ok(offer.and_then(|offer| offer.address().cloned()))
}

async fn answer(
    prover: &mut Prover,
    sent: Result<Challenge, Error>,
    address: String,
    app: &App,
) -> Result<Response, Trouble> {
    let to = format!("{}?way={address}", prover.page());
    let challenge = match &sent {
        Ok(challenge) | Err(Error::Undelivered { challenge, .. }) => Some(challenge),
        Err(_) => None,
    };
    if let Some(challenge) = challenge {
        prover.open.sent = Some(Sent::new(challenge, address));
    }
    prover.keep().await?;
    match sent {
        Ok(_) => Ok(Redirect::to(&to).into_response()),
        Err(error) => prover.visitor.refused(&error, app, &to).await,
    }
}
