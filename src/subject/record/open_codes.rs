//! Open codes and enrollments, and where each is stored.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, address, parameters, secret},
    hotp::HotpState,
    lifetime::Lifetime,
    limiter::Counter,
    registration::{Lane, OpenRegistration},
    state::State,
    stored_code::StoredCode,
};
use crate::{
    Address, FactorKind, Handle, Secret, UnixTime, id::HandleKind, otp::TotpParameters,
    policy::ENROLLMENT_LIFE, remote::RemoteId,
};

/// A code to a proven address that waits for its answer.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenChallenge {
    #[n(0)]
    pub(crate) address: Id,
    #[n(1)]
    pub(crate) sent: StoredCode,
}

/// A factor that waits for its first code.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenEnrollment {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) lifetime: Lifetime,
    #[n(2)]
    pub(crate) failures: u8,
    #[n(3)]
    pub(crate) factor: NewFactor,
    /// Whether the PIN was proven when it began.
    #[n(4)]
    pub(crate) with_pin: bool,
}

/// What a new factor will be.
#[derive(Encode, Decode, CborLen)]
pub(crate) enum NewFactor {
    #[n(0)]
    Totp {
        #[cbor(n(0), with = "secret")]
        secret: Secret,
        #[cbor(n(1), with = "parameters")]
        parameters: TotpParameters,
    },
    #[n(1)]
    Address {
        #[cbor(n(0), with = "address")]
        address: Address,
        #[n(1)]
        sent: StoredCode,
    },
    #[n(2)]
    Hotp {
        #[n(0)]
        token: HotpState,
    },
}

impl NewFactor {
    pub(crate) fn kind(&self) -> FactorKind {
        match self {
            Self::Address { address, .. } => address.kind().into(),
            Self::Hotp { .. } => FactorKind::Hotp,
            Self::Totp { .. } => FactorKind::Totp,
        }
    }
}

impl OpenEnrollment {
    pub(crate) fn is_in_future(&self, now: UnixTime) -> bool {
        self.lifetime.is_in_future(now)
            || matches!(&self.factor, NewFactor::Address { sent, .. } if sent.is_in_future(now))
    }
}

/// Where an open code is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The challenge at this place.
    Challenge(usize),
    /// The enrollment at this place.
    Enrollment(usize),
    Registration,
}

impl Slot {
    /// The kind of its handle.
    pub(crate) const fn handle_kind(self) -> HandleKind {
        match self {
            Self::Challenge(_) | Self::Registration => HandleKind::Challenge,
            Self::Enrollment(_) => HandleKind::Enrollment,
        }
    }

    pub(crate) const fn lane(self) -> Lane {
        match self {
            Self::Challenge(_) | Self::Enrollment(_) => Lane::Authenticated,
            Self::Registration => Lane::Registration,
        }
    }
}

/// An open code, with its address and its place.
#[derive(Clone, Copy)]
pub(crate) struct OpenCode<'s> {
    pub(crate) sent: &'s StoredCode,
    pub(crate) address: &'s Address,
    pub(crate) slot: Slot,
    /// Where its failures are counted.
    pub(crate) counter: Counter,
}

impl State {
    /// All open codes.
    pub(crate) fn open_codes(&self) -> impl Iterator<Item = OpenCode<'_>> {
        let challenges = self.challenges.iter().enumerate().filter_map(|(place, open)| {
            let address = &self.factors.by_id(&open.address)?.address;
            let (slot, counter) = (Slot::Challenge(place), Counter::Address(open.address));
            Some(OpenCode { sent: &open.sent, address, slot, counter })
        });
        let registration = self.registration.open.iter().map(|open| {
            let OpenRegistration { sent, address } = open;
            let (slot, counter) = (Slot::Registration, Counter::Registration);
            OpenCode { sent, address, slot, counter }
        });
        let enrollments = self.enrollments.iter().enumerate().filter_map(|(place, open)| {
            let NewFactor::Address { address, sent } = &open.factor else { return None };
            let (slot, counter) = (Slot::Enrollment(place), Counter::Enrollment(open.id));
            Some(OpenCode { sent, address, slot, counter })
        });
        challenges.chain(registration).chain(enrollments)
    }

    /// The open code that `handle` names.
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
            Slot::Registration => Some(&mut self.registration.open.as_mut()?.sent),
        }
    }

    /// Adds an enrollment. It replaces an unfinished one of its kind.
    pub(crate) fn put_enrollment(
        &mut self,
        id: Id,
        factor: NewFactor,
        with_pin: bool,
        now: UnixTime,
    ) {
        let kind = factor.kind();
        self.enrollments.retain(|open| open.factor.kind() != kind);
        let lifetime = Lifetime::new(now, ENROLLMENT_LIFE);
        self.enrollments.push(OpenEnrollment { id, lifetime, failures: 0, factor, with_pin });
    }

    /// Releases provider-managed codes of a lane to `address`, and returns their ids.
    ///
    /// A provider may have one code for a number, and would accept it for each of them. A
    /// registration, which anyone may begin, must not end a code of the other lane (FAILURES 30). A
    /// new enrollment replaces the unfinished one, even of another number.
    pub(crate) fn release_provider_codes(
        &mut self,
        address: &Address,
        lane: Lane,
        is_new_enrollment: bool,
    ) -> Vec<RemoteId> {
        let mut ids = Vec::new();
        let mut release = |sent: &mut StoredCode| ids.extend(sent.release_provider_id());
        match lane {
            Lane::Registration => {
                if let Some(open) = &mut self.registration.open {
                    release(&mut open.sent);
                }
            }
            Lane::Authenticated => {
                let proven = self.factors.by_address(address).map(|proven| proven.id);
                for OpenChallenge { address, sent } in &mut self.challenges {
                    if Some(*address) == proven {
                        release(sent);
                    }
                }
                for open in &mut self.enrollments {
                    match &mut open.factor {
                        NewFactor::Address { address: of, sent }
                            if is_new_enrollment || of == address =>
                        {
                            release(sent);
                        }
                        _ => {}
                    }
                }
            }
        }
        ids.iter().filter_map(|id| RemoteId::new(id).ok()).collect()
    }
}

impl HasTimes for OpenChallenge {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { address: _, sent } = self;
        sent.visit_times(visit);
    }
}

impl HasTimes for OpenEnrollment {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { id: _, lifetime, failures: _, factor, with_pin: _ } = self;
        lifetime.visit_times(visit);
        match factor {
            NewFactor::Address { address: _, sent } => sent.visit_times(visit),
            NewFactor::Hotp { token: _ } => {}
            NewFactor::Totp { secret: _, parameters: _ } => {}
        }
    }
}
