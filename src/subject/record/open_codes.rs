//! Pending codes and enrollments, and their places.

use alloc::{boxed::Box, string::String};

use minicbor::{CborLen, Decode, Encode};

use super::{
    addresses::RestsOn,
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, address, first_factor, parameters, purpose, secret, unless_default},
    hotp::HotpState,
    lane::Lane,
    lifetime::Lifetime,
    limiter::Tally,
    stored_code::StoredCode,
};
use crate::{
    address::Address, factor::FactorKind, first_factor::FirstFactor, id::HandleKind,
    otp::TotpParameters, purpose::Operation, secret::Secret, time::UnixTime,
};

/// A pending code to a proven address.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenChallenge {
    #[n(0)]
    pub(crate) address: Id,
    #[n(1)]
    pub(crate) sent: StoredCode,
    /// The first factor, for a purpose that depends on one.
    #[cbor(n(2), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
    /// The lane in which it began. Attempts at it are counted there.
    #[n(3)]
    pub(crate) lane: Lane,
}

/// A factor whose first code is pending.
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
    #[n(4)]
    pub(crate) basis: EnrollmentBasis,
}

/// The basis of an enrollment.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct EnrollmentBasis {
    #[n(0)]
    pub(crate) rests_on: RestsOn,
    /// Whether the PIN was proven.
    #[n(1)]
    pub(crate) with_pin: bool,
    /// The first factor of the session; `None` if it is unknown.
    #[cbor(n(2), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
    /// The proof under which it began, or `None` for the assertion of the application.
    #[n(3)]
    pub(crate) proof: Option<EarlierProof>,
    /// The client that began the enrollment. Only this client may confirm it.
    #[n(4)]
    pub(crate) client: ClientBinding,
}

/// The proof under which an enrollment began.
///
/// Its confirmation must not permit more: it neither renews that proof nor opens a session that the
/// proof did not open.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct EarlierProof {
    #[n(0)]
    pub(crate) at: u64,
    /// The operation that the confirmation proves.
    #[cbor(n(1), with = "purpose")]
    pub(crate) operation: Operation,
    /// Whether it is a recovery that no TOTP app proved. A new app then replaces those that were
    /// lost.
    #[cbor(n(2), with = "unless_default", has_nil)]
    pub(crate) has_lost_apps: bool,
}

/// A new factor to be enrolled.
#[derive(Encode, Decode, CborLen)]
#[expect(clippy::large_enum_variant, reason = "a record has at most three of each kind")]
pub(crate) enum NewFactor {
    #[n(0)]
    Totp {
        #[cbor(n(0), with = "secret")]
        secret: Box<Secret>,
        #[cbor(n(1), with = "parameters")]
        parameters: TotpParameters,
        #[n(2)]
        label: Option<String>,
    },
    #[n(1)]
    Address {
        #[cbor(n(0), with = "address")]
        address: Address,
        #[n(1)]
        sent: StoredCode,
        /// The id of its counter of incorrect first codes.
        #[n(2)]
        count: Id,
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
    /// Returns the id of its counter of incorrect first codes. TOTP apps and HOTP tokens have none.
    pub(crate) const fn count(&self) -> Option<Id> {
        match &self.factor {
            NewFactor::Address { count, .. } => Some(*count),
            NewFactor::Hotp { .. } | NewFactor::Totp { .. } => None,
        }
    }

    pub(crate) fn is_in_future(&self, now: UnixTime) -> bool {
        self.lifetime.is_in_future(now)
            || matches!(&self.factor, NewFactor::Address { sent, .. } if sent.is_in_future(now))
    }
}

/// The place of a pending code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The challenge at this place.
    Challenge(usize),
    /// The enrollment at this place.
    Enrollment(usize),
    /// The registration at this place.
    Registration(usize),
}

impl Slot {
    /// Returns the kind of its handle.
    pub(crate) const fn handle_kind(self) -> HandleKind {
        match self {
            Self::Challenge(_) | Self::Registration(_) => HandleKind::Challenge,
            Self::Enrollment(_) => HandleKind::Enrollment,
        }
    }
}

/// A pending code, with its address and its place.
#[derive(Clone, Copy)]
pub(crate) struct OpenCode<'s> {
    pub(crate) sent: &'s StoredCode,
    pub(crate) address: &'s Address,
    pub(crate) slot: Slot,
    /// The count of its failures, which for an enrollment is shared by all clients.
    pub(crate) tally: Tally,
    pub(crate) first_factor: Option<&'s FirstFactor>,
}

impl HasTimes for OpenChallenge {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { address: _, sent, first_factor: _, lane: _ } = self;
        sent.visit_times(visit);
    }
}

impl HasTimes for OpenEnrollment {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { id: _, lifetime, failures: _, factor, basis: _ } = self;
        lifetime.visit_times(visit);
        match factor {
            NewFactor::Address { address: _, sent, count: _ } => sent.visit_times(visit),
            NewFactor::Hotp { token: _ } => {}
            NewFactor::Totp { secret: _, parameters: _, label: _ } => {}
        }
    }
}
