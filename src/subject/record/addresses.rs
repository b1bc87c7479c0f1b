//! Stored addresses, which their owner has proven.

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{Id, address},
    limiter::LaneLimiters,
};
use crate::address::Address;

/// A phone number or email address that its owner has proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct ProvenAddress {
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "address")]
    pub(crate) address: Address,
    #[n(2)]
    pub(crate) limiters: LaneLimiters,
    /// Whether the address is a factor for signing in; otherwise, it is for recovery only. The
    /// policy decides this when the address is proven. A later policy must neither leave an account
    /// unprotected nor turn a recovery address into a factor.
    #[n(3)]
    pub(crate) is_factor: bool,
    #[n(4)]
    pub(crate) times: FactorTimes,
    /// Whether its owner allows codes by WhatsApp.
    #[n(5)]
    pub(crate) takes_whatsapp: bool,
    #[n(6)]
    pub(crate) rests_on: RestsOn,
}

impl ProvenAddress {
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.rests_on == RestsOn::Withdrawn
    }
}

/// The basis of a proven address, or of a factor that is being enrolled.
///
/// FAILURES 62: an attacker with a password or a number must not plant an address that helps later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum RestsOn {
    /// A registration, which proved the number but no PIN.
    #[n(0)]
    Number,
    /// A proof of a factor.
    #[n(1)]
    Proof,
    /// The address no longer has a basis, and must be proven again.
    #[n(2)]
    Withdrawn,
    /// The assertion of the application that the user is signed in.
    #[n(3)]
    HostAssertion,
}

/// Withdraws the addresses that must not remain when protection begins.
///
/// `by` is the basis of the factor that begins protection, and `with` are its addresses. Another
/// address stays only if both are based on the number, for example if one registration enrolled a
/// number, a mailbox and a PIN, in this order. An attacker with the password or the number may have
/// planted any other address (FAILURES 62).
pub(crate) fn withdraw_at_protection(
    addresses: &mut [ProvenAddress],
    by: RestsOn,
    with: &[Address],
) {
    for proven in addresses.iter_mut().filter(|proven| !with.contains(&proven.address)) {
        if by != RestsOn::Number || proven.rests_on != RestsOn::Number {
            proven.rests_on = RestsOn::Withdrawn;
        }
    }
}

/// Withdraws recovery addresses that are based on a number, after another client registered it.
///
/// A factor stays enrolled, because a registration must not turn off the protection of an account.
pub(crate) fn withdraw_at_registration(addresses: &mut [ProvenAddress]) {
    for proven in addresses.iter_mut().filter(|proven| !proven.is_factor) {
        if proven.rests_on == RestsOn::Number {
            proven.rests_on = RestsOn::Withdrawn;
        }
    }
}
