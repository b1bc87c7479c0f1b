//! WebAuthn ceremonies with `webauthn-rs`.
//!
//! `webauthn-rs` checks the signatures. `second-factor` accepts each ceremony once, and decides
//! what a correct response permits.

use second_factor::{
    Error, Proof, SubjectId, Verifier,
    enrollment::{Enroller, NewSecurityKey},
    proof::{Ceremony, CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
    sign_in::Confirmed,
    status::SecurityKey,
};
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse,
};

use crate::{accounts::Account, error::AppError, state::AppState};

/// The options for the browser, and the ceremony as a string.
pub type StartedCeremony<T> = Result<(T, String), Error>;

// guide: security key
/// The first request: returns the options for the browser and the text for the session.
pub async fn begin(
    verifier: &Verifier,
    subject: &SubjectId,
    purpose: Operation,
    app: &AppState,
) -> Result<StartedCeremony<RequestChallengeResponse>, AppError> {
    let status = verifier.status(subject).await?;
    let credentials = credentials(status.security_keys());
    let (options, state) = app.webauthn.start_passkey_authentication(&credentials)?;
    let request = CeremonyRequest::new(&serde_json::to_vec(&state)?).purpose(purpose);
    let ceremony = verifier.begin_security_key(subject, request).await;
    Ok(ceremony.map(|ceremony| (options, ceremony.expose().to_owned())))
}

/// The second request: returns the proof from the response of the browser.
pub async fn finish(
    verifier: &Verifier,
    subject: &SubjectId,
    text: &str,
    response: &str,
    app: &AppState,
) -> Result<Proof, Error> {
    let ceremony = verifier.ceremony(subject, text).await?;
    let outcome = check(&ceremony, response, app).unwrap_or_else(SecurityKeyOutcome::failed);
    Ok(Proof::security_key(&ceremony, outcome))
}
// end of guide

/// Returns the key that responded and its updated credential.
///
/// The signature counter of the credential has grown.
///
/// `webauthn-rs` rejects a counter that has not grown, because it belongs to a cloned key.
fn check(ceremony: &Ceremony, response: &str, app: &AppState) -> Option<SecurityKeyOutcome> {
    let state: PasskeyAuthentication = serde_json::from_slice(ceremony.state()).ok()?;
    let response: PublicKeyCredential = serde_json::from_str(response).ok()?;
    let passed = app.webauthn.finish_passkey_authentication(&response, &state).ok()?;
    let (key, mut credential) = ceremony.keys().iter().find_map(|key| {
        let credential: Passkey = serde_json::from_slice(key.credential()).ok()?;
        (credential.cred_id() == passed.cred_id()).then_some((key, credential))
    })?;
    credential.update_credential(&passed)?;
    let outcome = SecurityKeyOutcome::passed(key.id(), &serde_json::to_vec(&credential).ok()?);
    Some(outcome.user_verified(passed.user_verified()).device_bound(!passed.backup_eligible()))
}

/// Begins to enroll a security key or passkey.
pub async fn enroll(
    verifier: &Verifier,
    enroller: Enroller,
    account: &Account,
    app: &AppState,
) -> Result<StartedCeremony<CreationChallengeResponse>, AppError> {
    let status = verifier.status(enroller.subject()).await?;
    let enrolled = credentials(status.security_keys());
    let excluded = enrolled.iter().map(|key| key.cred_id().clone()).collect();
    let (options, state) = app.webauthn.start_passkey_registration(
        account.webauthn,
        &account.name,
        &account.name,
        Some(excluded),
    )?;
    let ceremony = verifier.enroll_security_key(enroller, &serde_json::to_vec(&state)?).await;
    Ok(ceremony.map(|ceremony| (options, ceremony.expose().to_owned())))
}

/// Enrolls the key that responded.
///
/// Returns `None` if `webauthn-rs` rejects the response.
pub async fn confirm(
    verifier: &Verifier,
    subject: &SubjectId,
    text: &str,
    name: &str,
    response: &str,
    app: &AppState,
) -> Result<Option<Confirmed>, Error> {
    let ceremony = verifier.ceremony(subject, text).await?;
    match register(&ceremony, response, app) {
        Some(credential) => {
            let key = NewSecurityKey::new(name, &credential)?;
            verifier.confirm_security_key(subject, &ceremony, key).await.map(Some)
        }
        None => Ok(None),
    }
}

fn register(ceremony: &Ceremony, response: &str, app: &AppState) -> Option<Vec<u8>> {
    let state: PasskeyRegistration = serde_json::from_slice(ceremony.state()).ok()?;
    let response: RegisterPublicKeyCredential = serde_json::from_str(response).ok()?;
    let credential = app.webauthn.finish_passkey_registration(&response, &state).ok()?;
    serde_json::to_vec(&credential).ok()
}

fn credentials(keys: &[SecurityKey]) -> Vec<Passkey> {
    keys.iter().filter_map(|key| serde_json::from_slice(key.credential()).ok()).collect()
}
