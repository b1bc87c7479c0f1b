//! The input of a slow check.

use alloc::{string::String, vec::Vec};

use super::hashing::HashInput;
use crate::{
    denial::Reason,
    keys::Generation,
    remote::RemoteId,
    subject::record::{lease::LeaseTarget, slow_hash::SlowHash},
    wiped::Wiped,
};

/// An attempt that needs a slow check.
pub(crate) struct SlowAttempt {
    pub(crate) target: LeaseTarget,
    pub(crate) task: SlowTask,
    /// The reason for which the attempt is refused, after a check of the same cost (law 8).
    pub(crate) refusal: Option<Reason>,
}

/// The input of a slow check: the typed value, and the values to compare it with.
pub(crate) struct SlowTask {
    /// The keyed hash of the typed value.
    pub(crate) typed: Wiped<[u8; 32]>,
    /// The hashes to compare with, each with the place of its code.
    pub(crate) against: Vec<(u8, SlowHash)>,
    pub(crate) legacy: Legacy,
    /// The id of a provider-managed code, and the typed code.
    pub(crate) remote: Option<(RemoteId, Wiped<String>)>,
    /// The input to hash for a later generation, if the typed value is correct.
    pub(crate) renewal: Option<(Generation, HashInput)>,
}

/// A hash of a later generation, of a typed value that was correct.
pub(crate) struct Renewed {
    /// The hash that it replaces.
    pub(crate) from: SlowHash,
    pub(crate) generation: Generation,
    pub(crate) hash: SlowHash,
}

/// Imported hashes of another application, which your application verifies.
#[derive(Default)]
pub(crate) struct Legacy {
    pub(crate) typed: Wiped<String>,
    pub(crate) hashes: Vec<(u8, String)>,
}
