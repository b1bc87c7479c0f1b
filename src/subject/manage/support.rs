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
        decision::{subject::Subject, transition::Decision},
        factor::{
            backup_code::BackupCodes,
            hashing::{Drawn, Hashed},
            support_code,
        },
        record::{
            lease::{Lease, LeaseTarget},
            lifetime::Lifetime,
            quarantine::{Quarantined, Quarantines},
        },
    },
    time::{DAY, MINUTE},
};

/// A new support code, and its lifetime.
///
/// # Input
///
/// The lifetime is 1 minute to 24 hours.
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
    /// Empty until it is generated.
    code: BackupCodes,
}

impl NewSupportCode {
    /// Creates a support code that is valid for `lifetime`, in whole seconds.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if the lifetime is shorter than a minute or longer than a day.
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

/// Support.
impl Operator {
    /// Removes every factor on behalf of an administrator.
    ///
    /// A first factor can then be enrolled within the policy's
    /// [`reset_lifetime`](crate::Policy::reset_lifetime).
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn reset(&self, mut subject: Subject<'_>) -> Decision<()> {
        revoke::remove_all(&mut subject);
        // The administrator has identified the user.
        subject.state.quarantines = Quarantines::default();
        // PCI DSS 8.5.1 (STD M-03): a bypass must be limited in time. FAILURES 122: a forgotten
        // reset must not leave an account unprotected.
        subject.state.past.was_reset = true;
        subject.state.reset = Some(Lifetime::new(subject.now(), subject.policy().reset_secs()));
        subject.report(Event::Reset { actor: self.actor().into(), reason: self.reason().into() });
        Ok(subject.commit(Ok(())))
    }

    /// Removes a first factor that the application's assertion permitted.
    ///
    /// Everything that was enrolled after it is removed too.
    ///
    /// # Errors
    ///
    /// Returns no error before the write. The outcome is [`Reason::Expired`] if there is no such
    /// factor, or if it was enrolled more than 72 hours ago.
    pub fn undo_first_factor(&self, mut subject: Subject<'_>) -> Decision<()> {
        if subject.state.quarantines.is_over(Quarantined::FirstFactor, subject.now()) {
            return subject.refuse(Reason::Expired);
        }
        revoke::remove_all(&mut subject);
        subject.report(Event::Reset { actor: self.actor().into(), reason: self.reason().into() });
        Ok(subject.commit(Ok(())))
    }

    /// Allows ten more attempts at each factor that is locked or disabled.
    ///
    /// Returns the kinds of factors that were unlocked, strongest first. The list is empty if no
    /// factor was locked, or if every locked factor was unlocked before and had no success since.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if there is no record, but the policy requires one.
    pub fn unlock(&self, mut subject: Subject<'_>) -> Decision<Vec<FactorKind>> {
        subject.require_record()?;
        let lifted = renew(&mut subject);
        // The other count of an HOTP token may still disable it.
        let works = |kind: &FactorKind| {
            let mut factors = subject.state.factors.each();
            factors.any(|factor| factor.kind == *kind && !factor.is_disabled())
        };
        let factors: Vec<FactorKind> = lifted.kinds().filter(works).collect();
        if factors.is_empty() {
            return Ok(subject.decoy(Ok(factors)));
        }
        subject
            .report(Event::Unlocked { actor: self.actor().into(), reason: self.reason().into() });
        Ok(subject.commit(Ok(factors)))
    }

    /// Generates a backup code on behalf of support.
    ///
    /// Nothing is written. Hash the code, then [install](Self::install_code) it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the policy does not allow backup codes for management, or if a reset
    /// has expired. Also returns one if there is no record, but the policy requires one.
    pub fn draw_code(
        &self,
        mut subject: Subject<'_>,
        new: NewSupportCode,
    ) -> Result<Drawn<NewSupportCode>, Denial> {
        check_may_issue(&subject)?;
        subject.bind("support code", &[]);
        let context = subject.hash_context();
        let (code, inputs) = support_code::begin(&context, &mut subject.moment);
        let (generation, _) = context.keys.newest_pepper();
        let value = NewSupportCode { code, ..new };
        Ok(Drawn { record: context.record, generation, inputs, value })
    }

    /// Stores the code of support in place of an earlier one, and returns it.
    ///
    /// # Errors
    ///
    /// The errors of [`draw_code`](Self::draw_code) can also occur here, because
    /// the record may have changed. Returns [`Reason::Unauthorized`] if the code was generated for
    /// a different subject.
    pub fn install_code(
        &self,
        mut subject: Subject<'_>,
        hashed: &Hashed<NewSupportCode>,
    ) -> Decision<SecretText> {
        check_may_issue(&subject)?;
        check_drawn_for(&subject, hashed)?;
        let NewSupportCode { lifetime, code } = &hashed.value;
        let lifetime = Lifetime::new(subject.now(), *lifetime);
        let (Some(text), Some((_, hash))) = (code.canonical().next(), hashed.hashes.first()) else {
            return Err(Denial::new(Reason::Unauthorized));
        };
        // What is being checked is the earlier code.
        let is_of_code = |lease: &Lease| matches!(lease.target, LeaseTarget::SupportCode);
        subject.state.leases.retain(|lease| !is_of_code(lease));
        let hash = (hashed.generation, hash.clone());
        let stored = support_code::stored(text, hash, lifetime, &subject.hash_context());
        subject.state.support_code = Some(stored.ok_or(Denial::new(Reason::Unauthorized))?);
        subject.report(Event::SupportCodeIssued {
            actor: self.actor().into(),
            reason: self.reason().into(),
        });
        let text = code.again().expose().pop().ok_or(Denial::new(Reason::Unauthorized))?;
        Ok(subject.commit(Ok(text)))
    }
}

/// Allows ten more attempts at each factor that is locked or disabled after a first factor, at
/// unknown devices.
///
/// Returns the kinds of these factors. The count of calls without a first factor is not renewed,
/// because the limits of all lanes add up to 100 failures in a row (STD N-41). A success after a
/// first factor, or at a known device, ends the failures there.
pub(crate) fn renew(subject: &mut Subject<'_>) -> FactorSet {
    let now = subject.now();
    // An attempt that is being checked was counted before this, and must not count after it.
    subject.end_slow_checks();
    let mut lifted = FactorSet::default();
    for (kind, limiters) in subject.state.factors.limiters() {
        if limiters.passed.renew(now) {
            lifted = lifted.with(kind);
        }
    }
    lifted
}

/// Returns an error if the code would prove nothing.
fn check_may_issue(subject: &Subject<'_>) -> Result<(), Denial> {
    subject.require_record()?;
    subject.check_allowed(FactorKind::BackupCode, Operation::Manage)?;
    subject.check_reset()
}
