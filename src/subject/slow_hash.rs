//! The slow hash of what a person remembers or printed (Argon2id). Knows no factor.

use argon2::{Algorithm, Argon2, Params, Version};
use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::{Choice, ConstantTimeEq as _};

use super::Moment;
use crate::{policy::HashCost, wiped::Wiped};

/// A salted slow hash, with what it cost to make.
///
/// What is hashed is a keyed hash already (STD N-46, FAILURES 107): without the key root nobody can
/// try a single PIN, and with it each try costs this. Of the hash 128 bits are kept, which RFC 9106
/// §4 has for enough.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(array)]
pub(super) struct SlowHash {
    #[n(0)]
    salt: ByteArray<16>,
    #[n(1)]
    hash: ByteArray<16>,
    #[n(2)]
    cost: HashCost,
}

/// What a slow hash is to be made with: drawn in the decision, used where there is time.
#[derive(Clone)]
pub(super) struct Salt {
    salt: [u8; 16],
    cost: HashCost,
}

impl Salt {
    pub(super) fn draw(cost: HashCost, moment: &mut Moment) -> Self {
        Self { salt: moment.bytes(), cost }
    }

    /// The slow hash of `input`; `None` when there is no memory for it.
    pub(super) fn hash(&self, input: &[u8; 32]) -> Option<SlowHash> {
        let hash = argon2id(input, &self.salt, self.cost)?;
        Some(SlowHash { salt: self.salt.into(), hash: (*hash).into(), cost: self.cost })
    }
}

impl SlowHash {
    /// A hash of nothing: for spending what a real one costs.
    pub(super) fn dummy(cost: HashCost) -> Self {
        Self { salt: [0; 16].into(), hash: [0; 16].into(), cost }
    }

    /// As [`nobody`](Self::dummy), at what `self` costs.
    pub(super) fn dummy_like(&self) -> Self {
        Self::dummy(self.cost)
    }

    pub(super) fn is_of(&self, input: &[u8; 32]) -> Choice {
        argon2id(input, &self.salt, self.cost)
            .map_or(Choice::from(0), |hash| hash.ct_eq(&*self.hash))
    }
}

/// RFC 9106, one lane. `None`: there is no memory for it.
fn argon2id(input: &[u8; 32], salt: &[u8; 16], cost: HashCost) -> Option<Wiped<[u8; 16]>> {
    let mut hash = Wiped::new([0; 16]);
    let params = Params::new(cost.memory_kib(), cost.passes(), 1, Some(hash.len())).ok()?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(input, salt, &mut *hash)
        .ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;

    #[test]
    fn a_slow_hash_is_of_its_input_alone() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let salt = Salt::draw(HashCost::Cheap, &mut moment);
        let hash = salt.hash(&[7; 32]).unwrap();
        assert!(bool::from(hash.is_of(&[7; 32])));
        assert!(!bool::from(hash.is_of(&[8; 32])));
        let other = Salt::draw(HashCost::Cheap, &mut moment).hash(&[7; 32]).unwrap();
        assert_ne!(*hash.hash, *other.hash, "the salt is another");
    }

    #[test]
    fn every_hash_has_a_salt_of_its_own() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut salts: alloc::vec::Vec<[u8; 16]> =
            (0..20).map(|_| Salt::draw(HashCost::Cheap, &mut moment).salt).collect();
        salts.sort_unstable();
        salts.dedup();
        assert_eq!(salts.len(), 20);
    }
}
