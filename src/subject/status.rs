//! What stands, for building a screen. Decides nothing, and proves nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    Subject,
    backup::BackupSet,
    limiter::Gate,
    pin::Pin,
    state::{FactorSummary, Times},
};
use crate::{Address, FactorKind, UnixTime, id::ItemId, verdict::Denial};

/// What is enrolled, what is locked and until when: for a settings page, or beside a sign-in form.
///
/// As it was when it was read. It opens no session: ask [`Verifier::next`](crate::Verifier::next)
/// what stands between a password and being in. Addresses are [masked](FactorStatus::masked).
///
/// # Example
///
/// A settings page, and the button behind a number on it:
///
/// ```
/// use second_factor::{Error, SubjectId, Verifier, id::ItemId};
/// use second_factor::subject::{Authority, Factor};
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
///         None => Ok(()),                                      // it is gone already
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
    /// The address with this id, for a form that posts the id alone: what to give to
    /// [`challenge`](crate::Verifier::challenge) or [`revoke`](crate::Verifier::revoke).
    ///
    /// `None` when it is not this subject's, or not any more.
    #[must_use]
    pub fn address(&self, id: &ItemId) -> Option<&Address> {
        let factor = self.factors.iter().find(|factor| factor.id.as_ref() == Some(id));
        factor.and_then(|factor| factor.address.as_ref())
    }

    /// How many backup codes are left; `None` when none were made.
    #[must_use]
    pub const fn backup_codes_left(&self) -> Option<u8> {
        self.backup_codes_left
    }

    /// What is enrolled, the strongest first; not the [PIN](Self::pin), which is asked for after
    /// these.
    #[must_use]
    pub fn factors(&self) -> &[FactorStatus] {
        &self.factors
    }

    /// Whether anything stands between a right password and being in.
    ///
    /// Not the same as whether [`factors`](Self::factors) is empty: a mailbox may be there for
    /// recovery alone, and what is disabled protects all the same.
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// When a first code may be typed again, after too many wrong ones; `None`: now.
    #[must_use]
    pub const fn next_confirm_at(&self) -> Option<UnixTime> {
        self.next_confirm_at
    }

    /// When the next code may be sent, wherever to; `None`: now.
    ///
    /// What holds back one address alone is not in it: its [state](FactorStatus::state), and what
    /// was sent to it by other subjects.
    #[must_use]
    pub const fn next_send_at(&self) -> Option<UnixTime> {
        self.next_send_at
    }

    /// The kinds of what was begun to be enrolled and waits for its first code.
    #[must_use]
    pub fn open_enrollments(&self) -> &[FactorKind] {
        &self.open_enrollments
    }

    /// The PIN, if one is set.
    #[must_use]
    pub const fn pin(&self) -> Option<&PinStatus> {
        self.pin.as_ref()
    }

    /// Until when no first PIN can be set, because another device was trusted or the number registered again; `None`: one can
    /// be.
    #[must_use]
    pub const fn quarantined_until(&self) -> Option<UnixTime> {
        self.quarantined_until
    }
}

/// One factor that is enrolled.
///
/// # Example
///
/// ```
/// use second_factor::subject::{FactorState, FactorStatus};
///
/// fn line(factor: &FactorStatus) -> String {
///     let name = factor.masked().unwrap_or("authenticator app");
///     match factor.state() {
///         FactorState::Disabled => format!("{name}: enroll it again"),
///         FactorState::Locked(until) => format!("{name}: locked until {}", until.as_secs()),
///         _ => format!("{name}: last used {}", factor.last_used_at().as_secs()),
///     }
/// }
/// # let _ = line;
/// ```
pub struct FactorStatus {
    kind: FactorKind,
    id: Option<ItemId>,
    address: Option<Address>,
    masked: Option<String>,
    is_factor: bool,
    takes_whatsapp: bool,
    times: Times,
    state: FactorState,
}

impl FactorStatus {
    fn new(factor: &FactorSummary<'_>, now: UnixTime) -> Self {
        Self {
            kind: factor.kind,
            id: factor.id,
            address: factor.address.cloned(),
            masked: factor.address.map(Address::masked),
            is_factor: factor.protects,
            takes_whatsapp: factor.takes_whatsapp,
            times: factor.times,
            state: factor.gate(now).into(),
        }
    }

    /// The name of the address within the subject, for the form behind a button
    /// ([`Status::address`]); `None` when it is none.
    #[must_use]
    pub const fn id(&self) -> Option<&ItemId> {
        self.id.as_ref()
    }

    /// Whether it protects; else it is for recovery alone.
    #[must_use]
    pub const fn is_factor(&self) -> bool {
        self.is_factor
    }

    /// The kind of factor.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// The address as it may be shown; `None` when it is none. Two may look alike.
    #[must_use]
    pub fn masked(&self) -> Option<&str> {
        self.masked.as_deref()
    }

    /// When it was confirmed (NIST SP 800-63B-4 §4.1).
    #[must_use]
    pub const fn enrolled_at(&self) -> UnixTime {
        self.times.enrolled_at()
    }

    /// Whether it can be tried now.
    #[must_use]
    pub const fn state(&self) -> FactorState {
        self.state
    }

    /// Whether codes go to it by WhatsApp too, as its owner
    /// [wished](crate::Verifier::allow_whatsapp).
    #[must_use]
    pub const fn takes_whatsapp(&self) -> bool {
        self.takes_whatsapp
    }

    /// When it last proved something.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.times.last_used_at()
    }
}

impl fmt::Debug for FactorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is masked is for its owner's eyes, not for a log.
        f.debug_struct("FactorStatus")
            .field("kind", &self.kind)
            .field("is_factor", &self.is_factor)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Whether a factor can be tried.
///
/// # Example
///
/// See [`FactorStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorState {
    /// Too many failures: it must be enrolled again.
    Disabled,
    /// Failures: it can be tried again at this time.
    Locked(UnixTime),
    /// It can be tried.
    Open,
}

impl From<Gate> for FactorState {
    fn from(gate: Gate) -> Self {
        match gate {
            Gate::Disabled => Self::Disabled,
            Gate::Locked(until) => Self::Locked(until),
            Gate::Open => Self::Open,
        }
    }
}

/// The two-step PIN of a subject.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, subject::Status};
///
/// fn asks_for_practice(status: &Status, now: UnixTime) -> bool {
///     status.pin().is_some_and(|pin| pin.remind_at() <= now)   // then `Verifier::rehearse_pin`
/// }
/// # let _ = asks_for_practice;
/// ```
#[derive(Clone, Debug)]
pub struct PinStatus {
    times: Times,
    state: FactorState,
    remind_at: UnixTime,
    reset_at: Option<UnixTime>,
}

impl PinStatus {
    fn new(pin: &Pin, now: UnixTime) -> Self {
        Self {
            times: pin.times,
            state: pin.limiter.gate(now).into(),
            remind_at: pin.remind_at(),
            reset_at: pin.reset_at(),
        }
    }

    /// When the person is to be asked for it again, so that it is not forgotten
    /// ([`Verifier::rehearse_pin`](crate::Verifier::rehearse_pin)).
    #[must_use]
    pub const fn remind_at(&self) -> UnixTime {
        self.remind_at
    }

    /// When it will be removed, because somebody said that it was forgotten; `None`: nobody did.
    #[must_use]
    pub const fn reset_at(&self) -> Option<UnixTime> {
        self.reset_at
    }

    /// When it was set, or last changed.
    #[must_use]
    pub const fn enrolled_at(&self) -> UnixTime {
        self.times.enrolled_at()
    }

    /// Whether it can be tried now.
    #[must_use]
    pub const fn state(&self) -> FactorState {
        self.state
    }

    /// When it was last right.
    #[must_use]
    pub const fn last_used_at(&self) -> UnixTime {
        self.times.last_used_at()
    }
}

impl Subject<'_> {
    /// What is enrolled, what is locked and until when.
    ///
    /// # Errors
    ///
    /// A [`Denial`] for [`Reason::Absent`](crate::verdict::Reason::Absent) when there is no record
    /// and the policy wants one.
    pub fn status(&self) -> Result<Status, Denial> {
        self.require_record()?;
        let (state, now) = (&self.state, self.now());
        let factor = state.factors.each().filter(|one| one.kind != FactorKind::Pin);
        let mut factors: Vec<_> = factor.map(|one| FactorStatus::new(&one, now)).collect();
        factors.sort_by_key(|factor| core::cmp::Reverse(factor.kind.strength()));
        let open = state.enrollments.iter().filter(|open| !open.life.is_over(now));
        let pace = state.pace.wait.waits_until(now);
        let quarantine = state.quarantine.waits_until(now);
        Ok(Status {
            factors,
            pin: state.factors.pin.as_ref().map(|pin| PinStatus::new(pin, now)),
            is_protected: state.factors.protect(),
            backup_codes_left: state.factors.backup.as_ref().map(BackupSet::left),
            open_enrollments: open.map(|open| open.factor.kind()).collect(),
            next_confirm_at: match state.enrolling.gate(now) {
                Gate::Locked(until) => Some(until),
                Gate::Disabled | Gate::Open => None,
            },
            next_send_at: pace.max(state.sends.full_until(self.policy.subject_sends(), now)),
            quarantined_until: quarantine.filter(|_| state.factors.pin.is_none()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Keys, Policy, SubjectId,
        subject::{Moment, Opened, span::Span},
    };

    #[test]
    fn a_quarantine_is_shown_until_it_ends() {
        let (keys, policy) = (Keys::new(core::array::from_fn(|i| i as u8)), Policy::default());
        let alice = SubjectId::new("alice").unwrap();
        let at = |now| {
            let moment = Moment::new(UnixTime::from_secs(now), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment).unwrap();
            let Opened::Ready(mut subject) = opened else { panic!("no clock was wrong") };
            subject.state.quarantine = Span::new(UnixTime::from_secs(10_000), 3600);
            subject.status().unwrap().quarantined_until()
        };
        assert_eq!(at(10_001), Some(UnixTime::from_secs(13_600)));
        assert_eq!(at(13_600), None);
    }
}
