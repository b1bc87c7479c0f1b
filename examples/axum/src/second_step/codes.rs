//! Proofs by a code, and codes that are sent.

use axum::response::Response;
use second_factor::{Challenge, Channel, CodeRequest, Error, ItemId, Proof};
use serde::Deserialize;

use super::ActiveFlow;
use crate::{
    data::{SentCode, handle},
    failure::Failure,
    input::{Input, flag},
};

#[derive(Deserialize)]
pub(crate) struct SendBody {
    address: ItemId,
}

#[derive(Deserialize)]
pub(crate) struct ResendBody {
    channel: Option<Channel>,
}

/// A proof by something that the user types.
///
/// A form has `kind` and `code`, and the session knows the rest. JSON has one field for each kind.
/// The verdict about a security key is never read from a request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofBody {
    kind: Option<CodeKind>,
    code: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    trust: bool,
    totp: Option<String>,
    hotp: Option<String>,
    backup_code: Option<String>,
    sent_code: Option<CodeFor>,
    pin: Option<CodeFor>,
}

/// A code, and the handle of what it answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFor {
    handle: String,
    code: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CodeKind {
    BackupCode,
    Hotp,
    Pin,
    SentCode,
    Totp,
}

impl ProofBody {
    /// Returns the proof and the method of the page that shows an error.
    fn proof(self, flow: &ActiveFlow) -> Result<(Proof, String), Failure> {
        let Self { kind, code, totp, hotp, backup_code, sent_code, pin, .. } = self;
        let (sent, step) = (flow.state.sent_code.as_ref(), flow.state.pin.as_ref());
        let address = || sent.map(|sent| sent.address.clone()).unwrap_or_default();
        let mut proofs = Vec::new();
        if let Some(kind) = kind {
            let code = code.ok_or(Failure::OutOfDate)?;
            proofs.push(match (kind, sent, step) {
                (CodeKind::BackupCode, ..) => (Proof::backup_code(code), "backup_code".into()),
                (CodeKind::Hotp, ..) => (Proof::hotp(code), "hotp".into()),
                (CodeKind::Totp, ..) => (Proof::totp(code), "totp".into()),
                (CodeKind::SentCode, Some(sent), _) => {
                    (Proof::sent_code(handle(&sent.handle)?, code), address())
                }
                (CodeKind::Pin, _, Some(step)) => {
                    (Proof::pin(handle(&step.handle)?, code), "pin".into())
                }
                (CodeKind::SentCode | CodeKind::Pin, ..) => return Err(Failure::OutOfDate),
            });
        }
        proofs.extend(totp.map(|code| (Proof::totp(code), "totp".into())));
        proofs.extend(hotp.map(|code| (Proof::hotp(code), "hotp".into())));
        proofs.extend(backup_code.map(|code| (Proof::backup_code(code), "backup_code".into())));
        if let Some(CodeFor { handle: text, code }) = sent_code {
            proofs.push((Proof::sent_code(handle(&text)?, code), address()));
        }
        if let Some(CodeFor { handle: text, code }) = pin {
            proofs.push((Proof::pin(handle(&text)?, code), "pin".into()));
        }
        match (proofs.pop(), proofs.is_empty()) {
            (Some(proof), true) => Ok(proof),
            _ => Err(Failure::OutOfDate),
        }
    }
}

/// Verifies a code of any kind.
pub(crate) async fn verify(
    mut flow: ActiveFlow,
    Input(body): Input<ProofBody>,
) -> Result<Response, Failure> {
    let is_pin = body.pin.is_some() || matches!(body.kind, Some(CodeKind::Pin));
    // The page of the PIN comes second, and does not ask again.
    flow.state.trust = body.trust || (is_pin && flow.state.trust);
    let (proof, method) = body.proof(&flow)?;
    let result = match is_pin {
        true => flow.verify_pin(proof).await,
        false => flow.verify(proof).await,
    };
    flow.respond(result, &method).await
}

/// Sends a code to an offered address. The body contains its id only.
pub(crate) async fn send(
    flow: ActiveFlow,
    Input(body): Input<SendBody>,
) -> Result<Response, Failure> {
    let request = CodeRequest::to(&body.address).purpose(flow.purpose());
    let sent = flow.verifier.send_code(&flow.subject, request).await;
    respond(flow, sent, body.address.to_string()).await
}

/// Sends another code, by the same channel or by the one in the body.
pub(crate) async fn resend(
    flow: ActiveFlow,
    Input(body): Input<ResendBody>,
) -> Result<Response, Failure> {
    let previous = flow.state.sent_code.clone().ok_or(Failure::OutOfDate)?;
    let request = again(&previous, body.channel)?;
    let sent = flow.verifier.send_code(&flow.subject, request).await;
    respond(flow, sent, previous.address).await
}

/// Returns the request for another code.
pub(crate) fn again(sent: &SentCode, channel: Option<Channel>) -> Result<CodeRequest, Failure> {
    let request = CodeRequest::again(handle(&sent.handle)?);
    Ok(match channel {
        Some(channel) => request.by(channel),
        None => request,
    })
}

impl ResendBody {
    pub(crate) const fn channel(&self) -> Option<Channel> {
        self.channel
    }
}

async fn respond(
    mut flow: ActiveFlow,
    sent: Result<Challenge, Error>,
    address: String,
) -> Result<Response, Failure> {
    let to = format!("{}?method={address}", flow.path());
    if let Ok(challenge) | Err(Error::Undelivered { challenge, .. }) = &sent {
        flow.state.sent_code = Some(SentCode::new(challenge, address));
    }
    flow.save().await?;
    match sent {
        Ok(_) => Ok(flow.context.go("code_sent", &to)),
        Err(error) => flow.context.refuse(&error, &to).await,
    }
}
