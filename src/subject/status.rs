//! Enrollment status, and the next required step.

pub(crate) mod factor_status;
pub(crate) mod personal_data;

use alloc::{string::String, vec::Vec};

use self::{
    factor_status::{FactorStatus, PinStatus},
    personal_data::PersonalData,
};
use super::{
    decision::subject::Subject,
    device::list::KnownDevice,
    factor::security_key::ceremony::SecurityKey,
    manage::{permissions::check_deadline, trust::request_state},
    record::{
        backup_set::BackupSet,
        factor_summary::FactorSummary,
        lane::Lane,
        limiter::{Counter, LockState},
        partial_proof::needs_another_factor,
        past::Past,
        quarantine::Quarantined,
        send_pool::SendPool,
    },
};
use crate::{
    address::Address,
    assurance::Evidence,
    denial::{Denial, Reason},
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
    purpose::Operation,
    sign_in::{Next, Offer, Offers, RequiredEnrollment, Unprotected},
    time::UnixTime,
};

/// The enrolled factors of a subject and their state, for settings pages.
///
/// A status is a snapshot for display. To decide whether a second factor is required, call
/// [`Verifier::next`](crate::Verifier::next). Addresses are [masked](FactorStatus::masked).
///
/// # Example
///
/// A settings page, and the button next to each of its items:
///
/// ```
/// use second_factor::{Error, Grant, ItemId, SubjectId, Verifier};
///
/// async fn page(verifier: &Verifier, alice: &SubjectId) -> Result<String, Error> {
///     let status = verifier.status(alice).await?;
///     let line = |id: &ItemId, text: &str| {
///         format!("<li>{text} <button name=remove value={id}>Remove</button>")
///     };
///     let factors = status.factors().iter();
///     let factors = factors.map(|one| line(one.id(), one.masked().unwrap_or("app or code")));
///     let devices = status.devices().iter().map(|device| line(device.id(), device.label()));
///     Ok(factors.chain(devices).collect())
/// }
///
/// async fn remove(verifier: &Verifier, fresh: &Grant, posted: &ItemId) -> Result<u64, Error> {
///     verifier.revoke(fresh, posted).await
/// }
/// # let _ = (page, remove);
/// ```
#[derive(Debug)]
pub struct Status {
    factors: Vec<FactorStatus>,
    pin: Option<PinStatus>,
    devices: Vec<KnownDevice>,
    security_keys: Vec<SecurityKey>,
    is_protected: bool,
    epoch: u64,
    backup_codes_left: Option<u8>,
    open_enrollments: Vec<FactorKind>,
    next_send_at: Option<UnixTime>,
    quarantined_until: Option<UnixTime>,
    past: Past,
}

impl Status {
    /// Returns the number of backup codes left, or `None` if none were generated.
    #[must_use]
    pub const fn backup_codes_left(&self) -> Option<u8> {
        self.backup_codes_left
    }

    /// Returns the devices at which the user succeeded, most recently used first.
    ///
    /// Some of them are [trusted](KnownDevice::trusted_until).
    #[doc(alias = "list_devices")]
    #[must_use]
    pub fn devices(&self) -> &[KnownDevice] {
        &self.devices
    }

    /// Returns the epoch of the subject, as [`Verifier::epoch`](crate::Verifier::epoch) does.
    ///
    /// A page that shows the status can check its session with the same read.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the enrolled factors, strongest first, without the [PIN](Self::pin).
    #[doc(alias = "has_totp")]
    #[must_use]
    pub fn factors(&self) -> &[FactorStatus] {
        &self.factors
    }

    /// Returns whether a second factor is required to sign in.
    ///
    /// This differs from whether [`factors`](Self::factors) is empty: a recovery address does not
    /// protect, but a disabled factor does.
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// Returns the time at which the next code may be sent.
    ///
    /// Returns `None` if it may be sent now.
    ///
    /// The time ignores two limits of an address: its [state](FactorStatus::state), and the codes
    /// that other subjects requested for it.
    #[must_use]
    pub const fn next_send_at(&self) -> Option<UnixTime> {
        self.next_send_at
    }

    /// Returns the kinds of factors with a pending enrollment, by any client.
    #[must_use]
    pub fn open_enrollments(&self) -> &[FactorKind] {
        &self.open_enrollments
    }

    /// Returns the status of the PIN, or `None` if no PIN is set.
    #[must_use]
    pub const fn pin(&self) -> Option<&PinStatus> {
        self.pin.as_ref()
    }

    /// Returns the security keys, with their credentials for the WebAuthn crate.
    ///
    /// Keys that cannot currently be used are included.
    #[doc(alias = "list_passkeys")]
    #[must_use]
    pub fn security_keys(&self) -> &[SecurityKey] {
        &self.security_keys
    }

    /// Returns the time until which no first PIN can be set.
    ///
    /// Returns `None` if one can be set now.
    ///
    /// The wait follows a new device, or another registration of the number.
    #[must_use]
    pub const fn quarantined_until(&self) -> Option<UnixTime> {
        self.quarantined_until
    }

    /// Returns whether an import ever succeeded.
    ///
    /// A migration that runs again must skip such a subject.
    #[doc(alias = "migrated")]
    #[must_use]
    pub const fn was_imported(&self) -> bool {
        self.past.was_imported
    }

    /// Returns whether a factor ever protected the subject, even if none does now.
    ///
    /// Such a subject cannot be [imported](crate::verifier::Operations::import).
    #[must_use]
    pub const fn was_protected(&self) -> bool {
        self.past.was_protected
    }

    /// Returns whether an administrator ever [reset](crate::verifier::Support::reset) the subject.
    ///
    /// Such a subject cannot be [imported](crate::verifier::Operations::import).
    #[must_use]
    pub const fn was_reset(&self) -> bool {
        self.past.was_reset
    }
}

impl Subject<'_> {
    /// Returns what is required after a correct first factor, from any device.
    pub(in crate::subject) fn next(&self) -> Result<Next, Denial> {
        self.require_record()?;
        self.check_reset()?;
        let first = self.first_factor();
        let allowed = self.policy().factor_set(Operation::SignIn);
        if self.state.factors.protect() {
            let is_usable = |one: FactorSummary<'_>| one.protects && allowed.contains(one.kind);
            // A page must offer a way to enroll if no enrolled factor is allowed any more.
            let has_none = !allowed.is_empty() && !self.state.factors.each().any(is_usable);
            if has_none && first != FirstFactor::None {
                return Ok(Next::Enroll(self.required_enrollment(self.now(), None)));
            }
            let offers = self.offers(Operation::SignIn);
            return offers.map(Next::Prove).map_err(|denial| self.with_recovery(denial));
        }
        if first == FirstFactor::None {
            // A session must be based on at least one factor.
            return Err(Denial::new(Reason::NotEnrolled));
        }
        let unprotected = Unprotected::new(self.context.id.clone(), self.state.epoch, first);
        let requirement = self.policy().requirement();
        Ok(match requirement.deadline() {
            None => Next::Done(unprotected.into()),
            Some(deadline) => {
                let waits = (!requirement.is_due(self.now())).then(|| unprotected.until(deadline));
                Next::Enroll(self.required_enrollment(deadline, waits))
            }
        })
    }

    /// Adds the factors of a recovery to a refusal, if the reason is that every factor is disabled.
    fn with_recovery(&self, denial: Denial) -> Denial {
        if denial.reason() != Reason::Disabled {
            return denial;
        }
        let offers = self.offers(Operation::Recover);
        let kinds = offers.iter().flat_map(Offers::iter).map(Offer::kind);
        let factors = kinds.fold(FactorSet::default(), FactorSet::with);
        let evidence = Evidence { factors, ..Evidence::default() };
        if needs_another_factor(Operation::Recover, Some(&self.first_factor()), evidence) {
            return denial;
        }
        denial.with_recovery(factors)
    }

    fn required_enrollment(
        &self,
        deadline: UnixTime,
        unprotected: Option<Unprotected>,
    ) -> RequiredEnrollment {
        let kinds = self.policy().factor_set(Operation::SignIn).kinds();
        let needs_proof = self.state.factors.protect();
        RequiredEnrollment {
            deadline,
            kinds: kinds.filter(|kind| kind.can_be_only_factor()).collect(),
            needs_confirmed_address: !needs_proof && check_deadline(self).is_err(),
            needs_proof,
            unprotected,
        }
    }

    /// Returns the factors that are accepted for `operation`.
    ///
    /// # Errors
    ///
    /// - [`Reason::Absent`]: there is no record, but the policy requires one.
    /// - [`Reason::Disabled`]: every factor that the policy allows is disabled.
    /// - [`Reason::NotAllowed`]: the policy allows none of the enrolled factors, or the sign-in has
    ///   no first factor and no security key is enrolled.
    /// - [`Reason::NotEnrolled`]: no factor is enrolled.
    /// - [`Reason::SameChannel`]: the only allowed factor was already the first factor.
    pub fn offers(&self, operation: Operation) -> Result<Offers, Denial> {
        self.require_record()?;
        // Registration has no first factor, and its code must not reveal the enrolled factors.
        if operation == Operation::Register || !self.state.factors.protect() {
            return Err(Denial::new(Reason::NotEnrolled));
        }
        let (lane, allowed) = (self.lane(operation), self.policy().factor_set(operation));
        let takes_all = operation.takes_recovery_address();
        let factors = self.state.factors.each();
        let allowed_factors = factors
            .filter(|factor| (factor.protects || takes_all) && allowed.contains(factor.kind))
            .filter(|factor| factor.protects || self.recovery_addresses_count())
            .filter(|factor| !factor.is_withdrawn)
            // One code is for all apps, and one ceremony for all security keys.
            .filter(|factor| !factor.is_further)
            .filter(|factor| self.check_can_begin(factor.kind, operation).is_ok());
        let (others, same): (Vec<_>, Vec<_>) =
            allowed_factors.partition(|factor| self.is_other_channel(factor, operation));
        let mut states: Vec<_> = others
            .into_iter()
            .map(|factor| (self.offered_state(&factor, lane), offer_of(&factor)))
            .collect();
        let kind = FactorKind::SignInRequest;
        let can_request = allowed.contains(kind) && self.check_can_begin(kind, operation).is_ok();
        let requests = request_state(self, lane).filter(|_| can_request);
        states.extend(requests.map(|state| (state, Offer::of_request())));
        let reason = match (states.is_empty(), same.is_empty()) {
            (false, _) => Reason::Disabled,
            (true, false) => Reason::SameChannel,
            (true, true) => Reason::NotAllowed,
        };
        let usable = states.into_iter().filter_map(|(state, offer)| match state {
            LockState::Disabled => None,
            LockState::Locked(until) => Some(offer.locked_until(until)),
            LockState::Open => Some(offer),
        });
        let mut offers: Vec<Offer> = usable.collect();
        offers.sort_by_key(|offer| core::cmp::Reverse(offer.kind().strength()));
        Offers::new(offers).ok_or(Denial::new(reason))
    }

    /// Returns whether a factor accepts attempts in the lane of the caller.
    fn offered_state(&self, factor: &FactorSummary<'_>, lane: Lane) -> LockState {
        let now = self.now();
        match (factor.lock_state(lane, now), lane) {
            // The device has one count for all factors that are counted, so no `Counter` is named.
            (LockState::Open, Lane::Known(id)) if factor.limiters.is_some() => {
                self.state.device(&id).map_or(LockState::Open, |device| device.limiter.state(now))
            }
            (state, _) => state,
        }
    }

    /// Returns whether this factor is a different channel from the first factor.
    fn is_other_channel(&self, factor: &FactorSummary<'_>, operation: Operation) -> bool {
        let is_other = |address| self.check_is_other_channel(address, operation).is_ok();
        let first = self.first_factor_for(operation);
        let is_the_only_key = first.is_some_and(|first| self.state.factors.is_the_only_key(&first));
        factor.address.is_none_or(is_other)
            && (factor.kind != FactorKind::SecurityKey || !is_the_only_key)
    }

    /// Returns the personal data in the record, and the records to erase.
    ///
    /// The data contains no secret.
    #[must_use]
    pub fn personal_data(&self) -> PersonalData {
        PersonalData::of(self)
    }

    /// Returns the enrolled factors of a subject, and their state.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::Absent`](crate::denial::Reason::Absent) if there is no
    /// record, but the policy requires one.
    pub fn status(&self) -> Result<Status, Denial> {
        self.require_record()?;
        let (state, now) = (&self.state, self.now());
        let factor = state.factors.each().filter(|one| one.kind != FactorKind::Pin);
        let mut factors: Vec<_> = factor.map(|one| FactorStatus::new(&one, now)).collect();
        factors.sort_by_key(|factor| core::cmp::Reverse(factor.kind().strength()));
        let open = state.enrollments.iter().filter(|open| !open.lifetime.is_over(now));
        let mut open_enrollments = Vec::new();
        for kind in open.map(|open| open.factor.kind()) {
            if !open_enrollments.contains(&kind) {
                open_enrollments.push(kind);
            }
        }
        let pool = SendPool::of_proof(Operation::Manage, self.lane(Operation::Manage));
        let backoff = pool.waits_until(state, now);
        let full = pool.full_until(state, self.policy().subject_limits(), now);
        let quarantine = state.quarantines.until(Quarantined::NewDevice, now);
        let pin_limiter = state.limiter(Counter::Pin.in_lane(Lane::Passed));
        let pin = state.factors.pin.as_ref().zip(pin_limiter);
        Ok(Status {
            factors,
            pin: pin.map(|(pin, limiter)| PinStatus::new(pin, limiter.state(now))),
            devices: self.devices(),
            security_keys: self.security_keys(),
            is_protected: state.factors.protect(),
            epoch: state.epoch,
            backup_codes_left: state.factors.backup.as_ref().map(BackupSet::left),
            open_enrollments,
            next_send_at: backoff.max(full),
            quarantined_until: quarantine.filter(|_| state.factors.pin.is_none()),
            past: state.past,
        })
    }
}

fn offer_of(factor: &FactorSummary<'_>) -> Offer {
    Offer {
        kind: factor.kind,
        id: factor.id,
        label: factor.label.map(String::from),
        masked: factor.address.map(Address::masked),
        enrolled_at: Some(factor.times.enrolled_at()),
        last_used_at: Some(factor.times.last_used_at()),
        retry_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SubjectId, keys::Keys, moment::Moment, policy::Policy, subject::Opened};

    #[test]
    fn quarantine_is_shown_until_it_ends() {
        let (keys, policy) = (Keys::new(core::array::from_fn(|i| i as u8)), Policy::default());
        let alice = SubjectId::new("alice").unwrap();
        let at = |now| {
            let moment = Moment::new(UnixTime::from_secs(now), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment).unwrap();
            let Opened::Ready(mut subject) = opened else { panic!("no clock fault") };
            subject.state.begin_quarantine(UnixTime::from_secs(10_000));
            subject.status().unwrap().quarantined_until()
        };
        assert_eq!(at(10_001), Some(UnixTime::from_secs(96_400)));
        assert_eq!(at(96_400), None);
    }
}
