//! Lanes: which counts, codes and leases apply to a call.

use minicbor::{CborLen, Decode, Encode};

use super::fields::Id;

/// The lane of a call.
///
/// Each lane has failure counts, valid codes and leases of its own. Failures in one lane therefore
/// never close another: a first factor alone must not deny service to its owner at a device that
/// was used before (law 12; OWASP Authentication Cheat Sheet, device cookies).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) enum Lane {
    /// Nothing was proven: registration, a sign-in that begins with a security key, recovery.
    #[n(0)]
    Anonymous,
    /// The client presents the known device of this id.
    #[n(1)]
    Known(#[n(0)] Id),
    /// A first factor was proven, at a client that presents no known device.
    #[n(2)]
    Passed,
}
