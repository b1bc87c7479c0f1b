//! Security keys, whose signatures another crate checks.

pub(crate) mod ceremony;
pub(crate) mod input;

use alloc::vec::Vec;

use self::{
    ceremony::{Ceremony, SecurityKey},
    input::{CeremonyState, Finding, NewSecurityKey, SecurityKeyOutcome},
};
use super::{Attempt, Caller};
use crate::{
    Handle, UnixTime,
    denial::Reason,
    id::ItemId,
    moment::Moment,
    operation::Operation,
    policy::{CEREMONIES_AT_ONCE, CEREMONY_LIFE, CEREMONY_WAIT, MAX_SECURITY_KEYS},
    subject::record::{
        ceremonies::{Ceremonies, OpenCeremony},
        client_binding::ClientBinding,
        factor_times::FactorTimes,
        factors::Factors,
        lifetime::Lifetime,
        limiter::Limiter,
        open_codes::EnrollmentBasis,
        security_keys::{SecurityKeys, StoredKey},
        send_history::Backoff,
    },
};

/// Begins a ceremony, of verification or of enrollment.
pub(crate) fn begin(
    purpose: Operation,
    state: &CeremonyState,
    client: ClientBinding,
    basis: EnrollmentBasis,
    moment: &mut Moment,
) -> OpenCeremony {
    OpenCeremony {
        id: moment.bytes().into(),
        challenge: moment.bytes().into(),
        purpose,
        client,
        lifetime: Lifetime::new(moment.now(), CEREMONY_LIFE),
        state: state.0.clone(),
        with_pin: basis.with_pin,
        first_factor: basis.first_factor,
    }
}

/// The backoff after one more ceremony.
///
/// A new ceremony is written, and is not counted as a failure. Without a backoff, a caller could
/// begin so many that every other write of the subject conflicts (law 8).
pub(crate) fn next_backoff(backoff: &Backoff, now: UnixTime) -> Backoff {
    backoff.next(
        now,
        |before| {
            if before.saturating_add(1) < CEREMONIES_AT_ONCE { 0 } else { CEREMONY_WAIT }
        },
    )
}

/// A ceremony as the application sees it, with the enrolled keys.
pub(crate) fn shown(open: &OpenCeremony, keys: Vec<SecurityKey>) -> Ceremony {
    Ceremony {
        handle: open.handle(),
        challenge: *open.challenge,
        state: open.state.clone(),
        keys,
        expires_at: open.lifetime.expires_at(),
    }
}

/// The enrolled keys as the application sees them.
pub(crate) fn enrolled(factors: &Factors) -> Vec<SecurityKey> {
    let keys = factors.security_keys.iter().flat_map(|keys| &keys.keys);
    keys.map(|key| SecurityKey {
        id: ItemId::new(*key.id),
        name: key.name.clone(),
        credential: key.credential.clone(),
        enrolled_at: key.times.enrolled_at(),
    })
    .collect()
}

/// Whether no further key can be enrolled.
pub(crate) fn is_full(factors: &Factors) -> bool {
    factors.security_keys.as_ref().is_some_and(|keys| keys.keys.len() >= MAX_SECURITY_KEYS)
}

/// Enrolls a key that the other crate has registered.
pub(crate) fn confirm(factors: &mut Factors, key: &NewSecurityKey, moment: &mut Moment) {
    let (id, times) = (moment.bytes().into(), FactorTimes::new(moment.now()));
    let keys = factors.security_keys.get_or_insert(SecurityKeys::none());
    // STD N-41: enrolling again enables a disabled factor.
    if keys.limiter.is_disabled {
        keys.limiter = Limiter::new();
    }
    let NewSecurityKey { name, credential } = key;
    keys.keys.push(StoredKey { id, name: name.clone(), credential: credential.clone(), times });
}

/// Checks the answer to a ceremony, with the result of the other crate.
pub(crate) fn check(
    keys: &mut SecurityKeys,
    ceremonies: &mut Ceremonies,
    ceremony: &Handle,
    outcome: &SecurityKeyOutcome,
    caller: &Caller,
) -> Attempt {
    let Some(open) = ceremonies.find(ceremony) else {
        return Attempt::Refused(Reason::NotFound);
    };
    if let Some(reason) = caller.refusal(open.purpose, &open.client, &open.lifetime) {
        return Attempt::Refused(reason);
    }
    // Law 3: the write that records the answer, correct or not, ends the ceremony.
    let id = open.id;
    ceremonies.end(&id);
    let Finding::Passed { key, credential, .. } = &outcome.0 else {
        return Attempt::Incorrect;
    };
    let Some(key) = keys.keys.iter_mut().find(|its| *its.id == *key.as_bytes()) else {
        return Attempt::Refused(Reason::NotFound);
    };
    // The credential may contain a signature counter, which must be stored with the success.
    key.credential = credential.clone();
    key.times.touch(caller.now);
    ceremonies.backoff = Backoff::new();
    Attempt::Correct
}

/// Removes the key of this id; returns whether there was one.
pub(crate) fn remove(factors: &mut Factors, id: &ItemId) -> bool {
    let keys = factors.security_keys.take().map(|keys| keys.without(id));
    let (left, was_there) = keys.unwrap_or((None, false));
    factors.security_keys = left;
    was_there
}
