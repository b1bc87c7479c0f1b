//! Support operations: reset, unlock, support codes.

use alloc::vec::Vec;
use core::time::Duration;

use super::{operator::Operator, permissions::check_drawn_for, revoke};
use crate::{
    denial::{Denial, Reason},
    error::{Invalid, What},
    event::Event,
    factor::{FactorKind, FactorSet},
    purpose::Operation,
    secret::SecretText,
    subject::{
        decision::subject::Subject,
        factor::{
            backup_code::BackupCodes,
            hashing::{Drawn, Hashed},
            support_code,
        },
        record::{
            lease::LeaseTarget,
            lifetime::Lifetime,
            quarantine::{Quarantined, Quarantines},
            registration::Lane,
        },
    },
    time::{DAY, MINUTE},
};

/// A new support code, and how long it is valid.
///
/// # Input
///
/// A lifetime of 1 minute to 24 hours.
///
/// # Example
///
/// ```
/// use core::time::Duration;
/// use second_factor::sans_io::NewSupportCode;
///
/// assert!(NewSupportCode::new(Duration::from_secs(3600)).is_ok());
/// assert!(NewSupportCode::new(Duration::from_secs(86_401)).is_err());
/// ```
#[must_use = "it has no effect until it is drawn, hashed and installed"]
pub struct NewSupportCode {
    lifetime: u32,
    /// Empty until it is drawn.
    code: BackupCodes,
}

impl NewSupportCode {
    /// Creates a support code that is valid for `lifetime`, in whole seconds.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if it is shorter than a minute or longer than a day.
    pub fn new(lifetime: Duration) -> Result<Self, Invalid> {
        let lifetimes = Duration::from_secs(MINUTE.into())..=Duration::from_secs(DAY.into());
        if !lifetimes.contains(&lifetime) {
            return Err(Invalid(What::SupportCodeLifetime));
        }
        let lifetime = u32::try_from(lifetime.as_secs()).unwrap_or(DAY);
        Ok(Self { lifetime, code: BackupCodes::none() })
    }
}

redacted!(NewSupportCode);

/// The factors that support unlocked.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, verifier::Unlocked};
///
/// fn answer(unlocked: &Unlocked) -> &'static str {
///     match unlocked.factors() {
///         [] => "nothing to unlock: issue a support code, or reset",
///         factors if factors.contains(&FactorKind::Totp) => "try the app again",
///         _ => "try again",
///     }
/// }
/// # let _ = answer;
/// ```
#[derive(Clone, Debug)]
pub struct Unlocked {
    factors: Vec<FactorKind>,
}

impl Unlocked {
    /// Returns the kinds that were unlocked, the strongest first.
    ///
    /// The list is empty if nothing was locked, or if every locked factor was unlocked before and
    /// had no success since.
    #[must_use]
    pub fn factors(&self) -> &[FactorKind] {
        &self.factors
    }
}

/// Removes every factor, and opens the subject for a first one.
pub(crate) fn reset(subject: &mut Subject<'_>, by: &Operator) {
    revoke::remove_all(subject);
    // The administrator has identified the user.
    subject.state.quarantines = Quarantines::default();
    // PCI DSS 8.5.1 (STD M-03): a bypass must be limited in time. FAILURES 122: a forgotten reset
    // must not leave an account unprotected.
    subject.state.past.was_reset = true;
    subject.state.reset = Some(Lifetime::new(subject.now(), subject.policy().reset_secs()));
    let (actor, reason) = (by.actor().into(), by.reason().into());
    subject.report(Event::Reset { actor, reason });
}

/// Removes a first factor that rests on the assertion of the application, with all that came after
/// it.
///
/// Returns an error without such a factor, or after its quarantine.
pub(crate) fn undo_first_factor(subject: &mut Subject<'_>, by: &Operator) -> Result<(), Reason> {
    if subject.state.quarantines.is_over(Quarantined::FirstFactor, subject.now()) {
        return Err(Reason::Expired);
    }
    revoke::remove_all(subject);
    let (actor, reason) = (by.actor().into(), by.reason().into());
    subject.report(Event::Reset { actor, reason });
    Ok(())
}

/// Allows ten more attempts at each factor that is locked or disabled.
pub(crate) fn unlock(subject: &mut Subject<'_>, by: &Operator) -> Unlocked {
    let now = subject.now();
    // An attempt that is being checked was counted before this, and must not count after it.
    subject.end_slow_checks();
    let mut lifted = FactorSet::default();
    for (kind, limiter) in subject.state.factors.limiters() {
        if limiter.unlock(now) {
            lifted = lifted.with(kind);
        }
    }
    // The other count of an HOTP token may still disable it.
    let works = |kind: &FactorKind| {
        let mut factors = subject.state.factors.each();
        factors.any(|factor| factor.kind == *kind && !factor.is_disabled())
    };
    let factors: Vec<FactorKind> = lifted.kinds().filter(works).collect();
    if !factors.is_empty() {
        let (actor, reason) = (by.actor().into(), by.reason().into());
        subject.report(Event::Unlocked { actor, reason });
    }
    Unlocked { factors }
}

/// Generates a support code, and prepares it for hashing.
pub(crate) fn draw_code(
    subject: &mut Subject<'_>,
    new: NewSupportCode,
) -> Result<Drawn<NewSupportCode>, Denial> {
    check_may_issue(subject)?;
    subject.bind("support code", &[]);
    let context = subject.hash_context();
    let (code, inputs) = support_code::begin(&context, &mut subject.moment);
    Ok(Drawn { record: context.record, inputs, value: NewSupportCode { code, ..new } })
}

/// Stores a support code in place of an earlier one; returns it as the user reads it.
pub(crate) fn install_code(
    subject: &mut Subject<'_>,
    by: &Operator,
    hashed: &Hashed<NewSupportCode>,
) -> Result<SecretText, Denial> {
    check_may_issue(subject)?;
    check_drawn_for(subject, hashed)?;
    let NewSupportCode { lifetime, code } = &hashed.value;
    let lifetime = Lifetime::new(subject.now(), *lifetime);
    let (Some(text), Some((_, hash))) = (code.canonical().next(), hashed.hashes.first()) else {
        return Err(Denial::new(Reason::Unauthorized));
    };
    // What is being checked is the earlier code.
    let lease = subject.state.lease(Lane::Authenticated).as_ref();
    if lease.is_some_and(|lease| matches!(lease.target, LeaseTarget::SupportCode)) {
        subject.end_slow_checks();
    }
    let stored = support_code::stored(text, hash.clone(), lifetime, &subject.hash_context());
    subject.state.support_code = Some(stored);
    let (actor, reason) = (by.actor().into(), by.reason().into());
    subject.report(Event::SupportCodeIssued { actor, reason });
    code.again().expose().pop().ok_or(Denial::new(Reason::Unauthorized))
}

/// Returns an error if the code would prove nothing.
fn check_may_issue(subject: &Subject<'_>) -> Result<(), Denial> {
    subject.require_record()?;
    subject.check_allowed(FactorKind::BackupCode, Operation::Manage)?;
    subject.check_reset()
}
