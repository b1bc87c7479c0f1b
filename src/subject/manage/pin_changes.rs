//! Changes of the PIN.

use super::{
    authority::Authority,
    permissions::{check_drawn_for, check_pin},
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    id::{Handle, HandleKind},
    subject::{
        decision::{subject::Subject, transition::Decision},
        factor::{
            hashing::Hashed,
            pin::{self, new_pin::NewPin},
        },
    },
    time::UnixTime,
};

/// Sets the PIN, or changes it.
pub(crate) fn install(
    mut subject: Subject<'_>,
    authority: &Authority,
    hashed: &Hashed<NewPin>,
) -> Decision<u64> {
    let by = check_pin(&subject, authority, &hashed.value)?;
    check_drawn_for(&subject, hashed)?;
    let Some((_, hash)) = hashed.hashes.first() else {
        return Err(Denial::new(Reason::Unauthorized));
    };
    let (now, was_protected) = (subject.now(), subject.state.factors.protect());
    let hash = (hashed.generation, hash.clone());
    let replaces = pin::confirm(&mut subject.state.factors, hash, now);
    if !replaces {
        // FAILURES 109: once a PIN is set, nothing must change without it. An enrollment that
        // was begun before must not be completed.
        subject.state.enrollments.clear();
    }
    if !was_protected {
        // The devices of the registration and the epoch of its session are retained.
        subject.state.end_begun();
        subject.state.ceremonies.end_until(now);
        subject.begin_protection(by, &[]);
    }
    if subject.state.epoch == 0 {
        subject.state.begin_epoch(&mut subject.moment);
    }
    subject.note_replaced(replaces, FactorKind::Pin);
    let epoch = subject.state.epoch;
    Ok(subject.commit(Ok(epoch)))
}

/// Starts the waiting period after which a forgotten PIN is removed.
pub(crate) fn begin_reset(mut subject: Subject<'_>, partial: &Handle) -> Decision<UnixTime> {
    let now = subject.now();
    let Some(found) = subject.state.partial_proof(HandleKind::PinDue, partial) else {
        return subject.refuse(Reason::NotFound);
    };
    let caller = subject.caller(found.purpose);
    if let Some(reason) = caller.refusal(found.purpose, &found.client, &found.lifetime) {
        return subject.refuse(reason);
    }
    let factors = found.factors;
    let Some(pin) = &mut subject.state.factors.pin else {
        return subject.refuse(Reason::NotEnrolled);
    };
    // FAILURES 110: a second request must neither shorten the wait nor restart it.
    if let Some(reset) = &pin.reset {
        let ends_at = reset.ends_at();
        return Ok(subject.decoy(Ok(ends_at)));
    }
    if let Some(until) = pin.next_reset.and_then(|wait| wait.ends_after(now)) {
        return Ok(subject.decoy(Err(Denial::until(Reason::TooSoon, until))));
    }
    let ends_at = pin::begin_reset(pin, factors, now);
    subject.report(Event::PinResetStarted(ends_at));
    Ok(subject.commit(Ok(ends_at)))
}
