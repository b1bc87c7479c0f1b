//! Verification of app codes, backup codes and sent codes.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{Challenge, Channel, CodeRequest, Error, Handle, ItemId, Proof, UnixTime};
use serde::{Deserialize, Serialize};

use super::ActiveFlow;
use crate::{AppState, SharedState, error::AppError};

/// A sent code, as stored in the session.
#[derive(Clone, Serialize, Deserialize)]
pub struct SentCode {
    pub handle: String,
    /// The id of the address.
    pub address: String,
    pub masked: String,
    pub digits: u8,
    pub channel: Option<PhoneChannel>,
    pub expires_at: u64,
    pub resend_at: Option<u64>,
    /// Other channels, and when each is available.
    pub alternatives: Vec<(PhoneChannel, u64)>,
}

/// A channel for codes to a phone.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneChannel {
    Sms,
    Voice,
    Whatsapp,
}

impl PhoneChannel {
    pub const fn channel(self) -> Channel {
        match self {
            Self::Sms => Channel::Sms,
            Self::Voice => Channel::Voice,
            Self::Whatsapp => Channel::WhatsApp,
        }
    }

    const fn from_channel(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Sms => Some(Self::Sms),
            Channel::Voice => Some(Self::Voice),
            Channel::WhatsApp => Some(Self::Whatsapp),
            _ => None,
        }
    }

    /// Returns the form value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// Returns the button label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sms => "Send a text message",
            Self::Voice => "Call me",
            Self::Whatsapp => "Send by WhatsApp",
        }
    }
}

impl SentCode {
    pub fn new(challenge: &Challenge, address: String) -> Self {
        let alternatives = challenge.alternatives().iter().filter_map(|alternative| {
            let channel = PhoneChannel::from_channel(alternative.channel())?;
            Some((channel, alternative.available_at().as_secs()))
        });
        Self {
            handle: challenge.handle().to_string(),
            address,
            masked: challenge.masked().to_owned(),
            digits: challenge.digits(),
            channel: challenge.channel().and_then(PhoneChannel::from_channel),
            expires_at: challenge.expires_at().as_secs(),
            resend_at: challenge.resend_at().map(UnixTime::as_secs),
            alternatives: alternatives.collect(),
        }
    }

    pub fn handle(&self) -> Result<Handle, AppError> {
        self.handle.parse::<Handle>().map_err(|_| AppError::InvalidForm)
    }
}

#[derive(Deserialize)]
pub struct SendForm {
    address: String,
}

#[derive(Deserialize)]
pub struct ResendForm {
    channel: Option<PhoneChannel>,
}

#[derive(Deserialize)]
pub struct CodeForm {
    kind: CodeKind,
    code: String,
    trust: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    BackupCode,
    SentCode,
    Totp,
}

// guide: send
/// Sends a code to an offered address. The form contains its id only.
pub async fn send(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<SendForm>,
) -> Result<Response, AppError> {
    let id = form.address.parse::<ItemId>().map_err(|_| AppError::InvalidForm)?;
    let request = CodeRequest::to(&id).purpose(flow.purpose());
    let sent = flow.verifier.send_code(&flow.subject, request).await;
    sent_response(&mut flow, sent, form.address, &app).await
}
// end of guide

/// Sends another code, by the same channel or by the one in the form.
pub async fn resend(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<ResendForm>,
) -> Result<Response, AppError> {
    let Some(previous) = flow.state.sent_code.clone() else { return Err(AppError::InvalidForm) };
    let (verifier, handle) = (&flow.verifier, previous.handle()?);
    let sent = match form.channel {
        Some(channel) => {
            verifier
                .send_code(&flow.subject, CodeRequest::again(handle).by(channel.channel()))
                .await
        }
        None => verifier.send_code(&flow.subject, CodeRequest::again(handle)).await,
    };
    sent_response(&mut flow, sent, previous.address, &app).await
}

/// Verifies a code of any kind.
pub async fn verify(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<CodeForm>,
) -> Result<Response, AppError> {
    flow.state.trust = form.trust.is_some();
    // guide: code
    let (code, sent) = (&form.code, flow.state.sent_code.as_ref());
    let (proof, method) = match (form.kind, sent) {
        (CodeKind::Totp, _) => (Proof::totp(code), "totp".to_owned()),
        (CodeKind::BackupCode, _) => (Proof::backup_code(code), "backup-code".to_owned()),
        (CodeKind::SentCode, Some(sent)) => {
            (Proof::sent_code(sent.handle()?, code), sent.address.clone())
        }
        (CodeKind::SentCode, None) => return Ok(Redirect::to(flow.path()).into_response()),
    };
    let proof = match flow.partial_proof() {
        Some(partial_proof) => proof.after(partial_proof),
        None => proof,
    };
    let result = flow.verify(proof).await;
    flow.respond(result, &method, &app).await
    // end of guide
}

async fn sent_response(
    flow: &mut ActiveFlow,
    sent: Result<Challenge, Error>,
    address: String,
    app: &AppState,
) -> Result<Response, AppError> {
    let to = format!("{}?method={address}", flow.path());
    let challenge = match &sent {
        Ok(challenge) | Err(Error::Undelivered { challenge, .. }) => Some(challenge),
        Err(_) => None,
    };
    if let Some(challenge) = challenge {
        flow.state.sent_code = Some(SentCode::new(challenge, address));
    }
    flow.save().await?;
    match sent {
        Ok(_) => Ok(Redirect::to(&to).into_response()),
        Err(error) => flow.session.flash_refusal(&error, app, &to).await,
    }
}
