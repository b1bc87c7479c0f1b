//! Enrollment status, and what must be proven next.

pub(crate) mod factor_status;

use alloc::vec::Vec;

use self::factor_status::{FactorStatus, PinStatus};
use super::{
    decision::subject::Subject,
    manage::trust::request_state,
    record::{backup_set::BackupSet, factor_summary::FactorSummary, limiter::LockState},
};
use crate::{
    Address, FactorKind, Purpose, UnixTime,
    id::ItemId,
    verdict::{Denial, Next, Offer, Unprotected},
};

/// What is enrolled and what is locked, for settings pages and sign-in forms.
///
/// It is a snapshot for display. To decide whether a second factor is required, call
/// [`Verifier::next`](crate::Verifier::next). Addresses are [masked](FactorStatus::masked).
///
/// # Example
///
/// A settings page, and the button behind a number on it:
///
/// ```
/// use second_factor::{Authority, Error, Factor, SubjectId, Verifier, id::ItemId};
///
/// async fn page(verifier: &Verifier, alice: &SubjectId) -> Result<String, Error> {
///     let status = verifier.status(alice).await?;
///     let line = |id: &ItemId, masked: &str| {
///         format!("<li>{masked} <button name=remove value={id}>Remove</button>")
///     };
///     let lines = status.factors().iter().filter_map(|one| Some(line(one.id()?, one.masked()?)));
///     Ok(lines.collect())
/// }
///
/// async fn remove(
///     verifier: &Verifier, authority: Authority, posted: &ItemId,
/// ) -> Result<(), Error> {
///     let status = verifier.status(authority.subject()).await?;
///     match status.address(posted) {
///         Some(number) => verifier.revoke(authority, Factor::Address(number)).await,
///         None => Ok(()),                                      // it was removed already
///     }
/// }
/// # let _ = (page, remove);
/// ```
#[derive(Debug)]
pub struct Status {
    factors: Vec<FactorStatus>,
    pin: Option<PinStatus>,
    is_protected: bool,
    backup_codes_left: Option<u8>,
    open_enrollments: Vec<FactorKind>,
    next_confirm_at: Option<UnixTime>,
    next_send_at: Option<UnixTime>,
    quarantined_until: Option<UnixTime>,
}

impl Status {
    /// Returns the address with this id.
    ///
    /// Pass it to [`challenge`](crate::Verifier::challenge) or [`revoke`](crate::Verifier::revoke).
    /// Returns `None` if it is not an address of this subject, or was removed.
    #[must_use]
    pub fn address(&self, id: &ItemId) -> Option<&Address> {
        let factor = self.factors.iter().find(|factor| factor.id() == Some(id));
        factor.and_then(|factor| factor.address.as_ref())
    }

    /// Returns how many backup codes are left; `None` if none were generated.
    #[must_use]
    pub const fn backup_codes_left(&self) -> Option<u8> {
        self.backup_codes_left
    }

    /// Returns the enrolled factors, strongest first, without the [PIN](Self::pin).
    #[must_use]
    pub fn factors(&self) -> &[FactorStatus] {
        &self.factors
    }

    /// Returns whether a second factor is required to sign in.
    ///
    /// This is not the same as whether [`factors`](Self::factors) is empty: a recovery address does
    /// not protect, and a disabled factor does.
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// Returns when a first code is accepted again; `None` if it is now.
    ///
    /// Too many incorrect first codes lock enrollment for a time.
    #[must_use]
    pub const fn next_confirm_at(&self) -> Option<UnixTime> {
        self.next_confirm_at
    }

    /// Returns when the next code may be sent to any address; `None` if it is now.
    ///
    /// It does not include the limits of an address: its [state](FactorStatus::state), and the
    /// codes that other subjects sent to it.
    #[must_use]
    pub const fn next_send_at(&self) -> Option<UnixTime> {
        self.next_send_at
    }

    /// Returns the kinds of enrollments that wait for their first code.
    #[must_use]
    pub fn open_enrollments(&self) -> &[FactorKind] {
        &self.open_enrollments
    }

    /// Returns the PIN's status, if a PIN is set.
    #[must_use]
    pub const fn pin(&self) -> Option<&PinStatus> {
        self.pin.as_ref()
    }

    /// Returns until when no first PIN can be set; `None` if one can be set now.
    ///
    /// This follows a new device or another registration of the number.
    #[must_use]
    pub const fn quarantined_until(&self) -> Option<UnixTime> {
        self.quarantined_until
    }
}

impl Subject<'_> {
    /// Returns what must be proven after a correct first factor, and by which factors.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::Absent`](crate::verdict::Reason::Absent) if there is no
    /// record and the policy requires one, or for
    /// [`Reason::Expired`](crate::verdict::Reason::Expired) if an administrator's reset expired
    /// before a factor was enrolled.
    pub fn next(&self, purpose: Purpose) -> Result<Next, Denial> {
        self.require_record()?;
        self.check_reset()?;
        // Registration has no first factor: its code is always required, and must not reveal what
        // else is enrolled.
        if purpose == Purpose::Register {
            return Ok(Next::Prove(Vec::new()));
        }
        if !self.state.factors.protect() {
            return Ok(Next::Unprotected(Unprotected::new(self.context.id.clone())));
        }
        let now = self.now();
        let allowed = self.policy().factor_set(purpose);
        let takes_all = purpose.takes_recovery_address();
        let offer = |factor: &FactorSummary<'_>, state| {
            let (id, address) = (factor.id, factor.address.cloned());
            offer(state, |retry_at| Offer::new(factor.kind, id, address, retry_at))
        };
        let factors = self.state.factors.each();
        let mut offers: Vec<Offer> = factors
            .filter(|factor| (factor.protects || takes_all) && allowed.contains(factor.kind))
            // One ceremony is for all security keys, so only the first is offered.
            .filter(|factor| !factor.is_further)
            .filter_map(|factor| offer(&factor, factor.lock_state(now)))
            .collect();
        let kind = FactorKind::SignInRequest;
        let requests = request_state(&self.state, now).filter(|_| allowed.contains(kind));
        offers.extend(requests.and_then(|state| {
            self::offer(state, |retry_at| Offer::new(kind, None, None, retry_at))
        }));
        offers.sort_by_key(|offer| core::cmp::Reverse(offer.kind().strength()));
        Ok(Next::Prove(offers))
    }

    /// Returns what is enrolled and what is locked.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::Absent`](crate::verdict::Reason::Absent) if there is no
    /// record and the policy requires one.
    pub fn status(&self) -> Result<Status, Denial> {
        self.require_record()?;
        let (state, now) = (&self.state, self.now());
        let factor = state.factors.each().filter(|one| one.kind != FactorKind::Pin);
        let mut factors: Vec<_> = factor.map(|one| FactorStatus::new(&one, now)).collect();
        factors.sort_by_key(|factor| core::cmp::Reverse(factor.kind().strength()));
        let open = state.enrollments.iter().filter(|open| !open.lifetime.is_over(now));
        let backoff = state.backoff.waits_until(now);
        let quarantine = state.quarantine.ends_after(now);
        Ok(Status {
            factors,
            pin: state.factors.pin.as_ref().map(|pin| PinStatus::new(pin, now)),
            is_protected: state.factors.protect(),
            backup_codes_left: state.factors.backup.as_ref().map(BackupSet::left),
            open_enrollments: open.map(|open| open.factor.kind()).collect(),
            next_confirm_at: match state.enrolling.state(now) {
                LockState::Locked(until) => Some(until),
                LockState::Disabled | LockState::Open => None,
            },
            next_send_at: backoff.max(state.sends.full_until(self.policy().subject_limits(), now)),
            quarantined_until: quarantine.filter(|_| state.factors.pin.is_none()),
        })
    }
}

/// The offer of a factor in this state; `None` if it is disabled.
fn offer(state: LockState, new: impl FnOnce(Option<UnixTime>) -> Offer) -> Option<Offer> {
    match state {
        LockState::Disabled => None,
        LockState::Locked(until) => Some(new(Some(until))),
        LockState::Open => Some(new(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Keys, Policy, SubjectId,
        moment::Moment,
        subject::{Opened, record::lifetime::Cooldown},
    };

    #[test]
    fn quarantine_is_shown_until_it_ends() {
        let (keys, policy) = (Keys::new(core::array::from_fn(|i| i as u8)), Policy::default());
        let alice = SubjectId::new("alice").unwrap();
        let at = |now| {
            let moment = Moment::new(UnixTime::from_secs(now), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment).unwrap();
            let Opened::Ready(mut subject) = opened else { panic!("no clock was wrong") };
            subject.state.quarantine = Cooldown::new(UnixTime::from_secs(10_000), 3600);
            subject.status().unwrap().quarantined_until()
        };
        assert_eq!(at(10_001), Some(UnixTime::from_secs(13_600)));
        assert_eq!(at(13_600), None);
    }
}
