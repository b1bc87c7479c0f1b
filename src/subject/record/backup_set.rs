//! The stored set of backup codes.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    factor_times::FactorTimes, fields::unless_default, limiter::LaneLimiters, slow_hash::SlowHash,
};
use crate::keys::Generation;

/// Backup codes that were generated together.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct BackupSet {
    #[n(0)]
    pub(crate) codes: Vec<StoredBackupCode>,
    /// The failures of imported codes, which may be short enough to be guessed. Codes that this
    /// crate generated have 80 bits, and what cannot be guessed is not counted (law 12).
    #[n(1)]
    pub(crate) limiters: Option<LaneLimiters>,
    #[n(2)]
    pub(crate) times: FactorTimes,
    /// The generation of the hashes, selectors and marks.
    #[cbor(n(3), with = "unless_default", has_nil)]
    pub(crate) generation: Generation,
}

/// The origin of the codes in a set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This crate generated them, with 80 bits each.
    Generated,
    /// Another application generated them. They may be short enough to be guessed.
    Imported,
}

#[derive(Encode, Decode, CborLen)]
pub(crate) enum StoredBackupCode {
    /// The code was used. A fast keyed hash is sufficient to recognize it, because it proves
    /// nothing.
    #[n(0)]
    Used(#[n(0)] ByteArray<32>),
    /// The code is unused. The selector is 16 bits of its keyed hash. A guess is compared only with
    /// the code that has the same selector.
    #[n(1)]
    Fresh {
        #[n(0)]
        selector: u16,
        #[n(1)]
        hash: SlowHash,
    },
    /// The code was imported as a hash of another application. Your application verifies it.
    #[n(2)]
    Legacy(#[n(0)] String),
}

impl BackupSet {
    pub(crate) fn left(&self) -> u8 {
        let fresh = self.codes.iter().filter(|code| !matches!(code, StoredBackupCode::Used(_)));
        u8::try_from(fresh.count()).unwrap_or(u8::MAX)
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = &SlowHash> {
        self.codes.iter().filter_map(|code| match code {
            StoredBackupCode::Fresh { hash, .. } => Some(hash),
            StoredBackupCode::Legacy(_) | StoredBackupCode::Used(_) => None,
        })
    }
}
