//! Between the crate that checks security keys and the one that counts what they say.

use second_factor::{
    Ceremony, Enroller, Error, Handle, Proof, Purpose, SecurityKey, SecurityKeyOutcome, SubjectId,
    Verified, Verifier,
};
use serde::Serialize;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse,
};

use crate::{accounts::Account, site::Site, trouble::Trouble};

/// What the browser is to ask of a key, and by what its answer will be known.
pub type Begun<T> = Result<(T, Handle), Error>;

// guide: security key
/// The first request: the options for the browser, the handle for the session.
pub async fn begin(
    verifier: &Verifier,
    subject: &SubjectId,
    purpose: Purpose,
    site: &Site,
) -> Result<Begun<RequestChallengeResponse>, Trouble> {
    let credentials = credentials(&verifier.security_keys(subject).await?);
    let (options, state) = site.webauthn.start_passkey_authentication(&credentials)?;
    let kept = serde_json::to_vec(&state)?;
    let ceremony = verifier.begin_security_key(subject, purpose, &kept).await;
    Ok(ceremony.map(|ceremony| (options, *ceremony.handle())))
}

/// The second request: the answer of the browser.
pub async fn finish(
    verifier: &Verifier,
    subject: &SubjectId,
    purpose: Purpose,
    handle: &Handle,
    half: Option<Handle>,
    answer: &str,
    site: &Site,
) -> Result<Verified, Error> {
    let ceremony = verifier.ceremony(subject, handle).await?;
    let checked = check(&ceremony, answer, site);
    let verdict = match &checked {
        Some((key, credential)) => SecurityKeyOutcome::passed(*key.id(), credential)?,
        None => SecurityKeyOutcome::failed(),
    };
    let proof = Proof::security_key(handle, verdict);
    let proof = half.iter().fold(proof, |proof, half| proof.after(half));
    verifier.verify_for(subject, purpose, proof).await
}
// end of guide

/// The key that answered, and what is to be kept of it: its count of uses has grown. A count that has
/// not is that of a copy, and is refused by the other crate.
fn check<'a>(
    ceremony: &'a Ceremony,
    answer: &str,
    site: &Site,
) -> Option<(&'a SecurityKey, Vec<u8>)> {
    let state: PasskeyAuthentication = serde_json::from_slice(ceremony.state()).ok()?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
    let passed = site.webauthn.finish_passkey_authentication(&answer, &state).ok()?;
    let (key, mut credential) = ceremony.keys().iter().find_map(|key| {
        let credential: Passkey = serde_json::from_slice(key.credential()).ok()?;
        (credential.cred_id() == passed.cred_id()).then_some((key, credential))
    })?;
    credential.update_credential(&passed)?;
    Some((key, serde_json::to_vec(&credential).ok()?))
}

/// Begins to add a key.
pub async fn enroll(
    verifier: &Verifier,
    enroller: Enroller,
    account: &Account,
    site: &Site,
) -> Result<Begun<CreationChallengeResponse>, Trouble> {
    let standing = credentials(&verifier.security_keys(enroller.subject()).await?);
    let standing = standing.iter().map(|key| key.cred_id().clone()).collect();
    let (options, state) = site.webauthn.start_passkey_registration(
        account.webauthn,
        &account.name,
        &account.name,
        Some(standing),
    )?;
    let ceremony = verifier.enroll_security_key(enroller, &kept(&state)?).await;
    Ok(ceremony.map(|ceremony| (options, *ceremony.handle())))
}

/// Adds the key that answered. `None`: the answer is none that the other crate takes.
pub async fn confirm(
    verifier: &Verifier,
    subject: &SubjectId,
    handle: &Handle,
    name: &str,
    answer: &str,
    site: &Site,
) -> Result<Option<Verified>, Error> {
    let ceremony = verifier.ceremony(subject, handle).await?;
    match registered(&ceremony, answer, site) {
        Some(credential) => {
            verifier.confirm_security_key(subject, handle, name, &credential).await.map(Some)
        }
        None => Ok(None),
    }
}

fn registered(ceremony: &Ceremony, answer: &str, site: &Site) -> Option<Vec<u8>> {
    let state: PasskeyRegistration = serde_json::from_slice(ceremony.state()).ok()?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
    let credential = site.webauthn.finish_passkey_registration(&answer, &state).ok()?;
    serde_json::to_vec(&credential).ok()
}

fn kept(state: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(state)
}

fn credentials(keys: &[SecurityKey]) -> Vec<Passkey> {
    keys.iter().filter_map(|key| serde_json::from_slice(key.credential()).ok()).collect()
}
