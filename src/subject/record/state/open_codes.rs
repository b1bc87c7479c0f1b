//! Pending codes and enrollments in a state.

use alloc::vec::Vec;

use super::State;
use crate::{
    address::Address,
    factor::FactorKind,
    id::Handle,
    policy::{ENROLLMENT_LIFE, MAX_REGISTRATIONS},
    remote::RemoteId,
    subject::record::{
        client_binding::PresentedClient,
        fields::Id,
        lane::Lane,
        lifetime::Lifetime,
        limiter::Counter,
        open_codes::{EnrollmentBasis, NewFactor, OpenCode, OpenEnrollment, Slot},
        registration::OpenRegistration,
        stored_code::StoredCode,
    },
    time::UnixTime,
};

impl State {
    /// Returns an iterator over all pending codes.
    pub(crate) fn open_codes(&self) -> impl Iterator<Item = OpenCode<'_>> {
        let challenges = self.challenges.iter().enumerate().filter_map(|(place, open)| {
            let proven = self.factors.by_id(&open.address)?;
            // A withdrawn address proves nothing, with any code.
            let address = (!proven.is_withdrawn()).then_some(&proven.address)?;
            let tally = Counter::Address(open.address).in_lane(open.lane);
            let (slot, first_factor) = (Slot::Challenge(place), open.first_factor.as_ref());
            Some(OpenCode { sent: &open.sent, address, slot, tally, first_factor })
        });
        let registrations = self.registration.open.iter().enumerate().map(|(place, open)| {
            let OpenRegistration { sent, address, lane } = open;
            let (slot, tally) = (Slot::Registration(place), Counter::Registration.in_lane(*lane));
            OpenCode { sent, address, slot, tally, first_factor: None }
        });
        let enrollments = self.enrollments.iter().enumerate().filter_map(|(place, open)| {
            let NewFactor::Address { address, sent, .. } = &open.factor else { return None };
            let tally = Counter::Enrollment(open.id).in_lane(Lane::Passed);
            let (slot, first_factor) = (Slot::Enrollment(place), open.basis.first_factor.as_ref());
            Some(OpenCode { sent, address, slot, tally, first_factor })
        });
        challenges.chain(registrations).chain(enrollments)
    }

    /// Returns the pending code for `handle`.
    pub(crate) fn open_code(&self, handle: &Handle) -> Option<OpenCode<'_>> {
        self.open_codes().find(|open| handle.is(open.slot.handle_kind(), &open.sent.id))
    }

    pub(crate) fn stored_code_mut(&mut self, slot: Slot) -> Option<&mut StoredCode> {
        match slot {
            Slot::Challenge(place) => Some(&mut self.challenges.get_mut(place)?.sent),
            Slot::Enrollment(place) => match &mut self.enrollments.get_mut(place)?.factor {
                NewFactor::Address { sent, .. } => Some(sent),
                NewFactor::Hotp { .. } | NewFactor::Totp { .. } => None,
            },
            Slot::Registration(place) => Some(&mut self.registration.open.get_mut(place)?.sent),
        }
    }

    /// Returns the number of pending enrollments of this kind by other clients.
    pub(crate) fn enrollments_of_others(
        &self,
        kind: FactorKind,
        client: &PresentedClient,
        now: UnixTime,
    ) -> usize {
        let is_of_other = |open: &&OpenEnrollment| {
            let is_open = !open.lifetime.is_over(now);
            is_open && open.factor.kind() == kind && !open.basis.client.matches(client)
        };
        self.enrollments.iter().filter(is_of_other).count()
    }

    /// Returns the time at which another client may request a registration code in this lane.
    ///
    /// Returns `None` if it may do so now.
    ///
    /// No code displaces that of another client, so their number is limited.
    pub(crate) fn registrations_full_until(
        &self,
        lane: Lane,
        client: &PresentedClient,
        now: UnixTime,
    ) -> Option<UnixTime> {
        let is_of_other = |open: &&OpenRegistration| {
            open.lane == lane && !open.sent.is_finished(now) && !open.sent.client.matches(client)
        };
        let others = self.registration.open.iter().filter(is_of_other);
        let ends = others.clone().map(|open| open.sent.challenge_lifetime.expires_at());
        if others.count() < MAX_REGISTRATIONS { None } else { ends.min() }
    }

    /// Adds an enrollment, which replaces a pending one of its kind by the same client.
    pub(crate) fn put_enrollment(
        &mut self,
        id: Id,
        factor: NewFactor,
        (basis, client): (&EnrollmentBasis, &PresentedClient),
        now: UnixTime,
    ) {
        let kind = factor.kind();
        let is_replaced =
            |open: &OpenEnrollment| open.factor.kind() == kind && open.basis.client.matches(client);
        self.enrollments.retain(|open| !open.lifetime.is_over(now) && !is_replaced(open));
        if let NewFactor::Address { count, .. } = &factor {
            let open: Vec<Id> = self.enrollments.iter().filter_map(|open| open.count()).collect();
            self.enrolling.begin(*count, &open);
        }
        self.enrollments.push(OpenEnrollment {
            id,
            lifetime: Lifetime::new(now, ENROLLMENT_LIFE),
            failures: 0,
            factor,
            basis: basis.clone(),
        });
    }

    /// Releases the provider-managed codes of registrations in this lane that a new one of `client`
    /// replaces, and returns their ids.
    ///
    /// A provider may have one code for a number, and would accept it from each client that
    /// registers the number. Any caller may begin a registration, which must not end a code of
    /// another lane (FAILURES 30).
    pub(crate) fn release_registration_codes(
        &mut self,
        address: &Address,
        lane: Lane,
        client: &PresentedClient,
    ) -> Vec<RemoteId> {
        let is_replaced = |open: &&mut OpenRegistration| {
            open.lane == lane && (open.address == *address || open.sent.client.matches(client))
        };
        let open = self.registration.open.iter_mut().filter(is_replaced);
        open.filter_map(|open| open.sent.release_provider_id()).collect()
    }

    /// Releases the other provider-managed codes of a lane to `address`, and returns their ids.
    ///
    /// A provider may have one code for a number, and would accept it for each of them. A new
    /// enrollment of `enrolling` replaces its own unfinished one, even of another number.
    pub(crate) fn release_provider_codes(
        &mut self,
        address: &Address,
        lane: Lane,
        enrolling: Option<&PresentedClient>,
    ) -> Vec<RemoteId> {
        let proven = self.factors.by_address(address).map(|proven| proven.id);
        let challenges = self
            .challenges
            .iter_mut()
            .filter(|open| open.lane == lane && Some(open.address) == proven);
        let challenges = challenges.filter_map(|open| open.sent.release_provider_id());
        let enrollments = self.enrollments.iter_mut().filter_map(|open| {
            let is_replaced = enrolling.is_some_and(|client| open.basis.client.matches(client));
            match &mut open.factor {
                NewFactor::Address { address: of, sent, .. } if is_replaced || of == address => {
                    sent.release_provider_id()
                }
                _ => None,
            }
        });
        challenges.chain(enrollments).collect()
    }
}
