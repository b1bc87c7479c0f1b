//! WebAuthn ceremonies with `webauthn-rs`.
//!
//! `webauthn-rs` checks the signatures. `second-factor` limits attempts and decides on access.

use second_factor::{
    Ceremony, Enroller, Error, Handle, Proof, SecurityKey, SecurityKeyOutcome, SubjectId, Verified,
    Verifier, purpose::Operation,
};
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse,
};

use crate::{
    accounts::Account,
    error::AppError,
    state::AppState,
    verify::{Flow, Outcome},
};

/// The options for the browser and the handle of the ceremony.
pub type StartedCeremony<T> = Result<(T, Handle), Error>;

// guide: security key
/// The first request: returns the options for the browser and the handle for the session.
pub async fn begin(
    verifier: &Verifier,
    subject: &SubjectId,
    purpose: Operation,
    app: &AppState,
) -> Result<StartedCeremony<RequestChallengeResponse>, AppError> {
    let credentials = credentials(&verifier.security_keys(subject).await?);
    let (options, state) = app.webauthn.start_passkey_authentication(&credentials)?;
    let state = serde_json::to_vec(&state)?;
    let ceremony = verifier.begin_security_key(subject, purpose, &state).await;
    Ok(ceremony.map(|ceremony| (options, *ceremony.handle())))
}

/// The second request: verifies the response of the browser.
pub async fn finish(
    verifier: &Verifier,
    subject: &SubjectId,
    flow: Flow,
    handle: &Handle,
    partial_proof: Option<Handle>,
    response: &str,
    app: &AppState,
) -> Result<Outcome, Error> {
    let ceremony = verifier.ceremony(subject, handle).await?;
    let checked = check(&ceremony, response, app);
    let outcome = match &checked {
        Some((key, credential)) => SecurityKeyOutcome::passed(*key.id(), credential)?,
        None => SecurityKeyOutcome::failed(),
    };
    let proof = Proof::security_key(handle, outcome);
    let proof = match &partial_proof {
        Some(partial_proof) => proof.after(partial_proof),
        None => proof,
    };
    flow.verify(verifier, subject, proof).await
}
// end of guide

/// Returns the key that responded and its updated credential, whose signature counter has grown.
///
/// `webauthn-rs` rejects a counter that has not grown, because it belongs to a cloned key.
fn check<'a>(
    ceremony: &'a Ceremony,
    response: &str,
    app: &AppState,
) -> Option<(&'a SecurityKey, Vec<u8>)> {
    let state: PasskeyAuthentication = serde_json::from_slice(ceremony.state()).ok()?;
    let response: PublicKeyCredential = serde_json::from_str(response).ok()?;
    let passed = app.webauthn.finish_passkey_authentication(&response, &state).ok()?;
    let (key, mut credential) = ceremony.keys().iter().find_map(|key| {
        let credential: Passkey = serde_json::from_slice(key.credential()).ok()?;
        (credential.cred_id() == passed.cred_id()).then_some((key, credential))
    })?;
    credential.update_credential(&passed)?;
    Some((key, serde_json::to_vec(&credential).ok()?))
}

/// Begins to enroll a security key or passkey.
pub async fn enroll(
    verifier: &Verifier,
    enroller: Enroller,
    account: &Account,
    app: &AppState,
) -> Result<StartedCeremony<CreationChallengeResponse>, AppError> {
    let enrolled = credentials(&verifier.security_keys(enroller.subject()).await?);
    let excluded = enrolled.iter().map(|key| key.cred_id().clone()).collect();
    let (options, state) = app.webauthn.start_passkey_registration(
        account.webauthn,
        &account.name,
        &account.name,
        Some(excluded),
    )?;
    let ceremony = verifier.enroll_security_key(enroller, &serde_json::to_vec(&state)?).await;
    Ok(ceremony.map(|ceremony| (options, *ceremony.handle())))
}

/// Enrolls the key that responded. Returns `None` if `webauthn-rs` rejects the response.
pub async fn confirm(
    verifier: &Verifier,
    subject: &SubjectId,
    handle: &Handle,
    name: &str,
    response: &str,
    app: &AppState,
) -> Result<Option<Verified>, Error> {
    let ceremony = verifier.ceremony(subject, handle).await?;
    match register(&ceremony, response, app) {
        Some(credential) => {
            verifier.confirm_security_key(subject, handle, name, &credential).await.map(Some)
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
