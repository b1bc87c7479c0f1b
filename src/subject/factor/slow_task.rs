//! The input of a slow check.

use alloc::{string::String, vec::Vec};

use crate::{
    denial::Reason,
    remote::RemoteId,
    subject::record::{lease::LeaseTarget, slow_hash::SlowHash},
    wiped::Wiped,
};

/// An attempt that takes a slow check.
pub(crate) struct SlowAttempt {
    pub(crate) target: LeaseTarget,
    pub(crate) task: SlowTask,
    /// Why it is refused, after a check that costs the same (law 8).
    pub(crate) refusal: Option<Reason>,
}

/// What was typed, and what it is compared with.
pub(crate) struct SlowTask {
    /// The keyed hash of what was typed.
    pub(crate) typed: Wiped<[u8; 32]>,
    /// Hashes, each with the place of its code.
    pub(crate) against: Vec<(u8, SlowHash)>,
    pub(crate) legacy: Legacy,
    /// The id of a provider-managed code, and what was typed.
    pub(crate) remote: Option<(RemoteId, Wiped<String>)>,
}

/// Imported hashes of another application, which your application checks.
#[derive(Default)]
pub(crate) struct Legacy {
    pub(crate) typed: Wiped<String>,
    pub(crate) hashes: Vec<(u8, String)>,
}
