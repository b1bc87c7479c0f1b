//! Argon2id hashes of PINs and backup codes.

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroize as _;

use crate::{moment::Moment, policy::HashCost, wiped::Wiped};

/// A salted slow hash, with its cost parameters.
///
/// Its input is a keyed hash (STD N-46, FAILURES 107). Without the root key, an attacker cannot
/// test a single PIN. With the root key, each guess costs one slow hash. The hash has 128 bits,
/// which is sufficient according to RFC 9106 §4.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(array)]
pub(crate) struct SlowHash {
    #[n(0)]
    salt: ByteArray<16>,
    #[n(1)]
    hash: ByteArray<16>,
    #[n(2)]
    cost: HashCost,
}

/// The salt and the cost of a slow hash that is computed outside of the decision.
#[derive(Clone)]
pub(crate) struct Salt {
    salt: [u8; 16],
    cost: HashCost,
}

impl Salt {
    pub(crate) fn draw(cost: HashCost, moment: &mut Moment) -> Self {
        Self { salt: moment.bytes(), cost }
    }

    /// Returns the slow hash of `input`, or `None` if there is not enough memory.
    pub(crate) fn hash(&self, input: &[u8; 32], memory: &mut HashMemory) -> Option<SlowHash> {
        let hash = argon2id(input, &self.salt, self.cost, memory)?;
        Some(SlowHash { salt: self.salt.into(), hash: (*hash).into(), cost: self.cost })
    }
}

impl SlowHash {
    /// Returns a hash that matches no input, and whose comparison costs as much as a real one.
    pub(crate) fn dummy(cost: HashCost) -> Self {
        Self { salt: [0; 16].into(), hash: [0; 16].into(), cost }
    }

    /// Returns a hash like [`dummy`](Self::dummy), with the cost of `self`.
    pub(crate) fn dummy_like(&self) -> Self {
        Self::dummy(self.cost)
    }

    /// Returns whether it is the same hash as another, by its salt.
    pub(crate) fn has_salt_of(&self, other: &Self) -> bool {
        self.salt == other.salt
    }

    pub(crate) fn is_of(&self, input: &[u8; 32], memory: &mut HashMemory) -> Choice {
        argon2id(input, &self.salt, self.cost, memory)
            .map_or(Choice::from(0), |hash| hash.ct_eq(&*self.hash))
    }
}

/// The memory of slow hashes, which later hashes reuse.
///
/// Allocators may retain freed blocks of this size, one for each thread, so a burst of hashes could
/// otherwise take gigabytes.
#[derive(Default)]
pub(crate) struct HashMemory(Vec<Block>);

impl HashMemory {
    /// Returns `count` blocks, or `None` if there is not enough memory.
    fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        let more = count.saturating_sub(self.0.len());
        self.0.try_reserve_exact(more).ok()?;
        self.0.resize_with(self.0.len().max(count), Block::new);
        self.0.get_mut(..count)
    }
}

/// Computes RFC 9106 with one lane. Returns `None` if there is not enough memory.
fn argon2id(
    input: &[u8; 32],
    salt: &[u8; 16],
    cost: HashCost,
    memory: &mut HashMemory,
) -> Option<Wiped<[u8; 16]>> {
    let mut hash = Wiped::new([0; 16]);
    let params = Params::new(cost.memory_kib(), cost.passes(), 1, Some(hash.len())).ok()?;
    let blocks = memory.blocks(params.block_count())?;
    let hashed = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(input, salt, &mut *hash, &mut *blocks);
    blocks.iter_mut().zeroize();
    hashed.ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixTime;

    #[test]
    fn slow_hash_matches_only_its_input() {
        let mut memory = HashMemory::default();
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let salt = Salt::draw(HashCost::Cheap, &mut moment);
        let hash = salt.hash(&[7; 32], &mut memory).unwrap();
        assert!(bool::from(hash.is_of(&[7; 32], &mut memory)));
        assert!(!bool::from(hash.is_of(&[8; 32], &mut memory)));
        let other = Salt::draw(HashCost::Cheap, &mut moment).hash(&[7; 32], &mut memory).unwrap();
        assert_ne!(*hash.hash, *other.hash, "the salts differ");
    }

    #[test]
    fn every_hash_has_its_own_salt() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut salts: alloc::vec::Vec<[u8; 16]> =
            (0..20).map(|_| Salt::draw(HashCost::Cheap, &mut moment).salt).collect();
        salts.sort_unstable();
        salts.dedup();
        assert_eq!(salts.len(), 20);
    }
}
