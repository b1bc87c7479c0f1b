//! The stored set of backup codes.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{factor_times::FactorTimes, limiter::Limiter, slow_hash::SlowHash};

/// Backup codes that were generated together.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct BackupSet {
    #[n(0)]
    pub(crate) codes: Vec<StoredBackupCode>,
    #[n(1)]
    pub(crate) limiter: Limiter,
    #[n(2)]
    pub(crate) times: FactorTimes,
    #[n(3)]
    pub(crate) origin: Origin,
}

/// The origin of the codes of a set.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum Origin {
    /// This crate generated the codes, with 80 bits each.
    #[n(0)]
    Generated,
    /// Another application generated the codes. They may be short enough to be guessed.
    #[n(1)]
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
