//! Checks of permissions to change factors.

use super::{
    authority::{Authority, Basis, Enroller, Permission},
    trust::is_older,
};
use crate::{
    Address, FactorKind, Purpose, UnixTime, Verified,
    address::AddressKind,
    factor::FactorSet,
    policy::{MAX_EMAILS, MAX_PHONES},
    subject::{
        decision::subject::Subject,
        factor::{hashing::Hashed, pin::new_pin::NewPin},
        record::{factor_summary::FactorSummary, lifetime::Lifetime, state::State},
    },
    verdict::{Denial, Reason, Recognized},
};

/// Returns an error unless `enroller` may add a factor to `subject`.
///
/// A first factor advances the epoch, which ends the enrollments that an assertion of the
/// application began.
pub(crate) fn check_enroller(subject: &Subject<'_>, enroller: &Enroller) -> Result<(), Denial> {
    subject.require_record()?;
    if enroller.subject != subject.context.id {
        return Err(Denial::new(Reason::Unauthorized));
    }
    match enroller.basis {
        Basis::Proven(permission) => check_permission(subject, &permission)?,
        // FAILURES 70: a password alone must not add a factor where one is enrolled.
        Basis::HostAssertion if subject.state.factors.protect() => {
            return Err(Denial::new(Reason::Unauthorized));
        }
        Basis::HostAssertion => check_not_quarantined(&subject.state, subject.now())?,
    }
    subject.check_reset()
}

/// Returns an error unless `authority` may change the factors of `subject`.
pub(crate) fn check_authority(subject: &Subject<'_>, authority: &Authority) -> Result<(), Denial> {
    subject.require_record()?;
    if authority.subject != subject.context.id {
        return Err(Denial::new(Reason::Unauthorized));
    }
    check_permission(subject, &authority.permission)
}

fn check_permission(subject: &Subject<'_>, permission: &Permission) -> Result<(), Denial> {
    let (state, policy, now) = (&subject.state, subject.policy(), subject.now());
    let Permission { at, epoch, purpose, factors } = *permission;
    let has_pin = factors.contains(FactorKind::Pin);
    let holds = subject.context.version.is_some()
        && epoch == state.epoch
        && purpose.gives_authority()
        // STD O-11: the policy decides which factors manage.
        && factors.meets(policy.factor_set(Purpose::Manage))
        // FAILURES 109: where a PIN is set, nothing must change without it.
        && (state.factors.pin.is_none() || has_pin)
        && (purpose != Purpose::Register || !has_factor_besides_pin(state))
        && !Lifetime::new(at, policy.management_secs()).is_over(now);
    if !holds {
        return Err(Denial::new(Reason::Unauthorized));
    }
    // It was proven by the number alone, perhaps by a thief of the number.
    if purpose == Purpose::Register && !has_pin {
        return check_not_quarantined(state, now);
    }
    Ok(())
}

/// Returns an error in the quarantine of a further registration.
///
/// FAILURES 112: a thief of the number must not add a factor that the owner cannot remove by taking
/// the number back. The owner has a day for that.
fn check_not_quarantined(state: &State, now: UnixTime) -> Result<(), Denial> {
    match state.registration.quarantine.ends_after(now) {
        Some(until) => Err(Denial::until(Reason::Quarantined, until)),
        None => Ok(()),
    }
}

/// Returns an error unless `verified` is recent, and may trust its device.
pub(crate) fn check_trust(subject: &Subject<'_>, verified: &Verified) -> Result<(), Denial> {
    let Permission { at, epoch, purpose, factors } = Permission::of(verified);
    let signs_in = match purpose {
        Purpose::Enroll | Purpose::Recover | Purpose::SignIn => true,
        // A registration proves the number alone. A trusted device must not replace other factors.
        Purpose::Register => !has_factor_besides_pin(&subject.state),
        _ => false,
    };
    // FAILURES 79: a trusted device must not vouch for the next one, or trust would never end. A
    // PIN is not a factor (STD N-46).
    let mut kinds = factors.kinds();
    let by_a_factor =
        kinds.any(|kind| !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest));
    // The PIN is required now, since a recognized device is not asked for it.
    let has_pin = subject.state.factors.pin.is_none() || factors.contains(FactorKind::Pin);
    let is_recent = !Lifetime::new(at, subject.policy().management_secs()).is_over(subject.now());
    let holds = subject.context.version.is_some()
        && verified.subject() == &subject.context.id
        && by_a_factor
        && has_pin
        && epoch == subject.state.epoch
        && signs_in
        && is_recent;
    if holds { Ok(()) } else { Err(Denial::new(Reason::Unauthorized)) }
}

/// Whether something besides the PIN protects the subject.
fn has_factor_besides_pin(state: &State) -> bool {
    state.factors.each().any(|factor| factor.protects && factor.kind != FactorKind::Pin)
}

/// Returns an error unless the policy has a use for a factor of this kind.
///
/// A first factor that could not sign in, or could not manage, would lock the user out.
pub(crate) fn check_kind(subject: &Subject<'_>, kind: FactorKind) -> Result<(), Denial> {
    check_kind_among(subject, kind, FactorSet::of(&[kind]))
}

/// As [`check_kind`], for one of several factors that are added at once.
pub(crate) fn check_kind_among(
    subject: &Subject<'_>,
    kind: FactorKind,
    added: FactorSet,
) -> Result<(), Denial> {
    let [sign_in, manage] =
        [Purpose::SignIn, Purpose::Manage].map(|purpose| subject.policy().factor_set(purpose));
    if !kind.can_be_only_factor() {
        return Err(Denial::new(Reason::NotAllowed));
    }
    let is_for_recovery = kind == FactorKind::Email && !sign_in.contains(kind);
    let can_be_first = manage.meets(added) || subject.state.factors.protect();
    if is_for_recovery || (sign_in.contains(kind) && can_be_first) {
        return Ok(());
    }
    Err(Denial::new(Reason::NotAllowed))
}

/// Returns an error unless a factor is enrolled that backup codes can replace.
pub(crate) fn check_has_factor(subject: &Subject<'_>) -> Result<(), Denial> {
    let counts = |one: FactorSummary<'_>| one.protects && one.kind.can_be_only_factor();
    if subject.state.factors.each().any(counts) {
        return Ok(());
    }
    Err(Denial::new(Reason::NotEnrolled))
}

/// Returns an error unless `hashed` was drawn for this subject.
pub(crate) fn check_drawn_for<T>(subject: &Subject<'_>, hashed: &Hashed<T>) -> Result<(), Denial> {
    if hashed.record == subject.context.record_id {
        Ok(())
    } else {
        Err(Denial::new(Reason::Unauthorized))
    }
}

/// Returns an error unless `pin` may be set, with an `older` device if required.
pub(crate) fn check_pin(
    subject: &Subject<'_>,
    authority: &Authority,
    pin: &NewPin,
    older: Option<&Recognized>,
) -> Result<(), Denial> {
    check_authority(subject, authority)?;
    let mut addresses = subject.state.factors.addresses.iter();
    if addresses.any(|proven| pin.is_end_of(proven.address.expose())) {
        return Err(Denial::new(Reason::TooCommon));
    }
    // FAILURES 95, 112: an attacker who signed in with an intercepted call must not lock the owner
    // out for good.
    let is_first = subject.state.factors.pin.is_none();
    let confirms = older.is_some_and(|older| is_older(subject, older));
    match subject.state.quarantine.ends_after(subject.now()) {
        Some(until) if is_first && !confirms => Err(Denial::until(Reason::Quarantined, until)),
        _ => Ok(()),
    }
}

/// Returns an error if the subject has the most addresses of this kind.
pub(crate) fn check_room(subject: &Subject<'_>, address: &Address) -> Result<(), Denial> {
    let others = subject
        .state
        .factors
        .addresses
        .iter()
        .filter(|proven| proven.address.kind() == address.kind() && proven.address != *address);
    if others.count() < most_of(address.kind()) {
        Ok(())
    } else {
        Err(Denial::new(Reason::TooMany))
    }
}

/// How many addresses of a kind a subject may have.
pub(crate) const fn most_of(kind: AddressKind) -> usize {
    match kind {
        AddressKind::Email => MAX_EMAILS,
        AddressKind::Phone => MAX_PHONES,
        AddressKind::Push => 0,
    }
}
