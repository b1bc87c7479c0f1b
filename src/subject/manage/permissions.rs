//! Checks of permissions to change factors.

use super::{
    authority::{Authority, Basis, Enroller, Grant, Permission},
    trust::presents_older_device,
};
use crate::{
    address::{Address, AddressKind},
    denial::{Denial, Reason},
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
    policy::{LateEnrollment, MAX_EMAILS, MAX_ENROLLMENTS, MAX_PHONES, SupportCodeUse},
    purpose::Operation,
    sign_in::verified::Proven,
    subject::{
        decision::subject::{Context, Subject},
        factor::{hashing::Hashed, pin::new_pin::NewPin},
        record::{
            addresses::RestsOn,
            factor_summary::FactorSummary,
            lifetime::Lifetime,
            open_codes::{EarlierProof, EnrollmentBasis},
            quarantine::Quarantined,
            state::State,
        },
    },
    time::UnixTime,
};

/// Returns an error unless `enroller` may add a factor to `subject`.
///
/// Returns the basis of the enrollment. A first factor advances the epoch, which ends the
/// enrollments that an assertion of the application began.
pub(crate) fn check_enroller(
    subject: &Subject<'_>,
    enroller: &Enroller,
) -> Result<EnrollmentBasis, Denial> {
    let proven = check_basis(subject, enroller)?;
    match proven {
        Some(_) => {}
        // FAILURES 70: a password alone must not add a factor if one is enrolled.
        None if subject.state.factors.protect() => {
            return Err(Denial::new(Reason::Unauthorized));
        }
        None => check_not_quarantined(&subject.state, subject.now())?,
    }
    subject.check_reset()?;
    if proven.is_none() {
        check_deadline(subject)?;
    }
    let first = enroller.first_factor().or(subject.context.first_factor.as_ref());
    Ok(EnrollmentBasis {
        rests_on: proven.as_ref().map_or(RestsOn::HostAssertion, Permission::rests_on),
        proof: proven.map(|permission| EarlierProof {
            at: permission.at.as_secs(),
            operation: operation_of(enroller.basis(), permission.operation),
            has_lost_apps: permission.operation == Operation::Recover
                && !permission.factors.contains(FactorKind::Totp),
        }),
        with_pin: proven.is_some_and(|permission| permission.factors.contains(FactorKind::Pin)),
        first_factor: first.cloned(),
        client: subject.context.client.binding(),
    })
}

/// Returns the operation that the confirmation of an enrollment proves.
///
/// `proven_for` is the operation of the proof with which the enrollment began.
///
/// A grant opens no session, and must not become a proof that does.
const fn operation_of(basis: &Basis, proven_for: Operation) -> Operation {
    match (basis, proven_for) {
        (_, Operation::Recover) => Operation::Recover,
        (Basis::Grant(_), _) | (_, Operation::Manage) => Operation::Manage,
        _ => Operation::Enroll,
    }
}

/// Returns the basis of a new enrollment by code, or an error if it is not permitted.
pub(crate) fn check_enrollment(
    subject: &Subject<'_>,
    enroller: &Enroller,
    kind: FactorKind,
) -> Result<EnrollmentBasis, Denial> {
    let basis = check_enroller(subject, enroller)?;
    check_kind(subject, kind)?;
    check_can_enroll(subject, kind)?;
    Ok(basis)
}

/// Returns an error if other clients have the maximum number of pending enrollments of this kind.
///
/// No enrollment displaces another, so an attacker with the password cannot end the owner's.
pub(crate) fn check_can_enroll(subject: &Subject<'_>, kind: FactorKind) -> Result<(), Denial> {
    let client = &subject.context.client;
    let others = subject.state.enrollments_of_others(kind, client, subject.now());
    if others < MAX_ENROLLMENTS { Ok(()) } else { Err(Denial::new(Reason::TooMany)) }
}

/// Returns an error if the enrollment deadline has passed, and the first factor does not permit a
/// late enrollment.
///
/// Otherwise, an attacker who guesses the password of a dormant account could enroll a factor (CISA
/// AA22-074A).
pub(crate) fn check_deadline(subject: &Subject<'_>) -> Result<(), Denial> {
    let policy = subject.policy();
    if !policy.requirement().is_due(subject.now()) || subject.state.reset.is_some() {
        return Ok(());
    }
    let permits = match (subject.first_factor(), policy.late_enrollment()) {
        (FirstFactor::None, _) | (FirstFactor::Password, LateEnrollment::AfterAddress) => false,
        (_, LateEnrollment::AfterAddress | LateEnrollment::AfterAnyFirstFactor) => true,
    };
    if permits { Ok(()) } else { Err(Denial::new(Reason::Late)) }
}

/// Returns an error unless `authority` may change the factors of `subject`.
///
/// Returns the permission.
pub(crate) fn check_authority(
    subject: &Subject<'_>,
    authority: &Authority,
) -> Result<Permission, Denial> {
    match check_basis(subject, &authority.0)? {
        Some(permission)
            if permission.operation.gives_authority()
                && !only_enrolls(subject, permission.factors) =>
        {
            Ok(permission)
        }
        Some(_) | None => Err(Denial::new(Reason::Unauthorized)),
    }
}

/// Returns an error unless `authority` may replace a lost factor of `subject`.
///
/// A recovery permits only that (STD N-39). Returns the permission.
pub(crate) fn check_replacement(
    subject: &Subject<'_>,
    authority: &Authority,
) -> Result<Permission, Denial> {
    match check_basis(subject, &authority.0)? {
        Some(permission) if !only_enrolls(subject, permission.factors) => Ok(permission),
        Some(_) | None => Err(Denial::new(Reason::Unauthorized)),
    }
}

/// Returns whether the proof was a support code, which only enrolls factors.
///
/// FAILURES 124: an attacker who deceived support must not remove the factors of the owner.
fn only_enrolls(subject: &Subject<'_>, factors: FactorSet) -> bool {
    factors.is_by_support() && subject.policy().support_codes() == SupportCodeUse::Enroll
}

/// Returns an error unless `grant` is for `operation`, or for an operation that includes it.
pub(crate) fn check_grant(
    subject: &Subject<'_>,
    grant: &Grant,
    operation: Operation,
    max_age: u32,
) -> Result<(), Denial> {
    let Permission { at, epoch, operation: proven_for, factors } = open_grant(subject, grant)?;
    let (state, policy) = (&subject.state, subject.policy());
    let is_for = match operation {
        Operation::Manage => proven_for.gives_authority(),
        Operation::StepUp => proven_for == Operation::StepUp || proven_for.gives_authority(),
        // The user agrees to a transaction once, so only the call that returns its grant uses it.
        Operation::Transaction(_) => false,
        other => proven_for == other,
    };
    let holds = subject.context.version.is_some()
        && is_for
        && !only_enrolls(subject, factors)
        && epoch == state.epoch
        && !is_by_an_old_code(subject, at, factors)
        && factors.meets(policy.factor_set(operation))
        && (state.factors.pin.is_none() || factors.contains(FactorKind::Pin))
        && !Lifetime::new(at, max_age).is_over(subject.now());
    if holds { Ok(()) } else { Err(Denial::new(Reason::Unauthorized)) }
}

/// Returns the permission, or an error if it does not permit changes.
///
/// Returns `None` for an assertion of the application.
fn check_basis(subject: &Subject<'_>, enroller: &Enroller) -> Result<Option<Permission>, Denial> {
    subject.require_record()?;
    if enroller.subject() != &subject.context.id {
        return Err(Denial::new(Reason::Unauthorized));
    }
    let permission = match enroller.basis() {
        Basis::HostAssertion => return Ok(None),
        Basis::Grant(grant) => open_grant(subject, grant)?,
        Basis::Proven(permission) => *permission,
    };
    check_permission(subject, &permission)?;
    Ok(Some(permission))
}

fn open_grant(subject: &Subject<'_>, grant: &Grant) -> Result<Permission, Denial> {
    let Context { keys, record_id, client, .. } = &subject.context;
    grant.open(keys, record_id, client).ok_or(Denial::new(Reason::Unauthorized))
}

/// Returns whether the proof was a backup code that new codes have replaced since (FAILURES 74).
fn is_by_an_old_code(subject: &Subject<'_>, at: UnixTime, factors: FactorSet) -> bool {
    let set = subject.state.factors.backup.as_ref();
    factors.contains(FactorKind::BackupCode) && set.is_some_and(|set| at < set.times.enrolled_at())
}

fn check_permission(subject: &Subject<'_>, permission: &Permission) -> Result<(), Denial> {
    let (state, policy, now) = (&subject.state, subject.policy(), subject.now());
    let Permission { at, epoch, operation, factors } = *permission;
    let has_pin = factors.contains(FactorKind::Pin);
    let holds = subject.context.version.is_some()
        && epoch == state.epoch
        && !is_by_an_old_code(subject, at, factors)
        && operation.replaces_factors()
        // STD O-11: the policy decides which factors may manage.
        && factors.meets(policy.factor_set(Operation::Manage))
        // FAILURES 109: if a PIN is set, nothing must change without it.
        && (state.factors.pin.is_none() || has_pin)
        && (operation != Operation::Register || !has_factor_besides_pin(state))
        && !Lifetime::new(at, policy.management_secs()).is_over(now);
    if !holds {
        return Err(Denial::new(Reason::Unauthorized));
    }
    // Only the number was proven, perhaps by an attacker who took it over.
    if operation == Operation::Register && !has_pin {
        return check_not_quarantined(state, now);
    }
    Ok(())
}

/// Returns an error during the quarantine after a further registration.
///
/// FAILURES 112: a thief of the number must not add a factor that remains after the owner recovers
/// the number. The quarantine gives the owner a day to recover it.
fn check_not_quarantined(state: &State, now: UnixTime) -> Result<(), Denial> {
    match state.quarantines.until(Quarantined::Number, now) {
        Some(until) => Err(Denial::until(Reason::Quarantined, until)),
        None => Ok(()),
    }
}

/// Returns whether the proof of this decision may make its device trusted.
pub(crate) fn may_trust(subject: &Subject<'_>, proven: &Proven) -> bool {
    let factors = proven.factors;
    let signs_in = match proven.operation {
        Operation::Enroll | Operation::SignIn => true,
        // A registration proves only the number. A trusted device must not replace other factors.
        Operation::Register => !has_factor_besides_pin(&subject.state),
        _ => false,
    };
    // FAILURES 79: a trusted device must not make the next one trusted, or trust would never end. A
    // PIN is not a factor (STD N-46).
    let mut kinds = factors.kinds();
    let by_a_factor =
        kinds.any(|kind| !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest));
    // The PIN is required now, because a recognized device is not asked for it.
    let has_pin = subject.state.factors.pin.is_none() || factors.contains(FactorKind::Pin);
    by_a_factor && !factors.is_by_support() && has_pin && signs_in
}

/// Returns whether the proof of this decision may make its client a known device.
///
/// A support code may not, because support reads it to a caller who may not be the owner.
pub(crate) fn may_be_known(subject: &Subject<'_>, proven: &Proven) -> bool {
    let signs_in = match proven.operation {
        Operation::Enroll => subject.effects.begins_protection,
        Operation::Recover | Operation::Register | Operation::SignIn => true,
        _ => false,
    };
    signs_in && !proven.factors.is_by_support()
}

/// Returns whether a factor other than the PIN protects the subject.
fn has_factor_besides_pin(state: &State) -> bool {
    state.factors.each().any(|factor| factor.protects && factor.kind != FactorKind::Pin)
}

/// Returns an error unless the policy accepts a new factor of this kind.
///
/// A first factor that could not sign in, or could not manage, would lock the user out.
pub(crate) fn check_kind(subject: &Subject<'_>, kind: FactorKind) -> Result<(), Denial> {
    check_kind_among(subject, kind, FactorSet::of(&[kind]))
}

/// Checks like [`check_kind`], for one of several factors that are added at once.
pub(crate) fn check_kind_among(
    subject: &Subject<'_>,
    kind: FactorKind,
    added: FactorSet,
) -> Result<(), Denial> {
    let [sign_in, manage] =
        [Operation::SignIn, Operation::Manage].map(|purpose| subject.policy().factor_set(purpose));
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

/// Returns an error unless `hashed` was created for this subject.
pub(crate) fn check_drawn_for<T>(subject: &Subject<'_>, hashed: &Hashed<T>) -> Result<(), Denial> {
    if hashed.record == subject.context.record_id {
        Ok(())
    } else {
        Err(Denial::new(Reason::Unauthorized))
    }
}

/// Returns an error unless `pin` may be set.
///
/// Returns the basis of the PIN.
pub(crate) fn check_pin(
    subject: &Subject<'_>,
    authority: &Authority,
    pin: &NewPin,
) -> Result<RestsOn, Denial> {
    let permission = check_authority(subject, authority)?;
    let mut addresses = subject.state.factors.addresses.iter();
    if addresses.any(|proven| pin.is_end_of(proven.address.expose())) {
        return Err(Denial::new(Reason::TooCommon));
    }
    // FAILURES 95, 112: an attacker who signed in with an intercepted call must not lock the owner
    // out permanently.
    let is_first = subject.state.factors.pin.is_none();
    let confirms = presents_older_device(subject);
    let (state, now) = (&subject.state, subject.now());
    let device = state.quarantines.until(Quarantined::NewDevice, now).filter(|_| !confirms);
    // An attacker with the password may have enrolled the first factor, and must not set a PIN.
    match device.max(state.quarantines.until(Quarantined::FirstFactor, now)) {
        Some(until) if is_first => Err(Denial::until(Reason::Quarantined, until)),
        _ => Ok(permission.rests_on()),
    }
}

/// Returns an error if the subject has the maximum number of addresses of this kind.
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

/// Returns the maximum number of addresses of a kind.
pub(crate) const fn most_of(kind: AddressKind) -> usize {
    match kind {
        AddressKind::Email => MAX_EMAILS,
        AddressKind::Phone => MAX_PHONES,
        AddressKind::Push => 0,
    }
}
