//! Security keys, whose signatures a WebAuthn crate verifies.

pub(crate) mod ceremony;
pub(crate) mod input;
pub(crate) mod sealed;

use alloc::vec::Vec;

use self::{
    ceremony::{Ceremony, SecurityKey},
    input::{CeremonyState, Finding, NewSecurityKey, SecurityKeyOutcome},
    sealed::{CeremonyContent, CeremonySubject},
};
use crate::{
    denial::Reason,
    first_factor::FirstFactor,
    id::ItemId,
    keys::Keys,
    moment::Moment,
    policy::{CEREMONY_LIFE, MAX_SECURITY_KEYS},
    purpose::Operation,
    subject::record::{
        ceremonies::AcceptedCeremonies, client_binding::ClientBinding, factor_times::FactorTimes,
        factors::Factors, lifetime::Lifetime, security_keys::StoredKey,
    },
    time::UnixTime,
};

/// A ceremony to begin.
pub(crate) struct NewCeremony<'a> {
    pub(crate) purpose: Operation,
    pub(crate) state: &'a CeremonyState,
    pub(crate) client: ClientBinding,
    pub(crate) subject: Option<CeremonySubject>,
    /// The first factor, for a purpose that depends on one.
    pub(crate) first_factor: Option<FirstFactor>,
}

/// Begins a ceremony for verification or enrollment, with the enrolled keys.
pub(crate) fn begin(
    new: NewCeremony<'_>,
    enrolled: Vec<SecurityKey>,
    keys: &Keys,
    moment: &mut Moment,
) -> Ceremony {
    let content = CeremonyContent {
        id: moment.bytes().into(),
        challenge: moment.bytes().into(),
        purpose: new.purpose,
        client: new.client,
        lifetime: Lifetime::new(moment.now(), CEREMONY_LIFE),
        state: new.state.0.clone(),
        subject: new.subject,
        first_factor: new.first_factor,
    };
    Ceremony { text: content.seal(keys, moment), content, keys: enrolled }
}

/// Returns the enrolled keys in their public form.
pub(crate) fn enrolled(factors: &Factors) -> Vec<SecurityKey> {
    let shown = |key: &StoredKey| SecurityKey {
        id: ItemId::new(*key.id),
        name: key.name.clone(),
        credential: key.credential.clone(),
        enrolled_at: key.times.enrolled_at(),
    };
    factors.security_keys.iter().map(shown).collect()
}

/// Returns whether the maximum number of keys is enrolled.
pub(crate) fn is_full(factors: &Factors) -> bool {
    factors.security_keys.len() >= MAX_SECURITY_KEYS
}

/// Enrolls a key that a WebAuthn crate has registered.
pub(crate) fn confirm(factors: &mut Factors, key: &NewSecurityKey, moment: &mut Moment) {
    let (id, times) = (moment.bytes().into(), FactorTimes::new(moment.now()));
    let NewSecurityKey { name, credential } = key;
    let (name, credential) = (name.clone(), credential.clone());
    factors.security_keys.push(StoredKey { id, name, credential, times });
}

/// Returns why a ceremony must not be accepted, or `None` if it may be.
pub(crate) fn refusal(accepted: &AcceptedCeremonies, ceremony: &CeremonyContent) -> Option<Reason> {
    if accepted.contains(&ceremony.id) {
        Some(Reason::Replayed)
    } else {
        accepted.is_over(ceremony.issued_at()).then_some(Reason::Expired)
    }
}

/// Checks the result of the WebAuthn crate for a pending ceremony.
pub(crate) fn check(
    keys: &mut [StoredKey],
    outcome: &SecurityKeyOutcome,
    now: UnixTime,
) -> Result<(), Reason> {
    let Finding::Passed { key, credential, .. } = &outcome.0 else {
        return Err(Reason::SecurityKeyFailed);
    };
    // Only a key of this subject can complete a ceremony that names no subject.
    let key = keys.iter_mut().find(|its| *its.id == *key.as_bytes()).ok_or(Reason::NotFound)?;
    // The credential may contain a signature counter, which must be stored with the success.
    key.credential = credential.clone();
    key.times.touch(now);
    Ok(())
}

/// Removes the key with this id, and returns whether there was one.
pub(crate) fn remove(factors: &mut Factors, id: &ItemId) -> bool {
    let keys = &mut factors.security_keys;
    let place = keys.iter().position(|key| *key.id == *id.as_bytes());
    place.map(|place| keys.remove(place)).is_some()
}
