//! Argon2id hashes of PINs and backup codes.

use argon2::{Algorithm, Argon2, Params, Version};
use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{moment::Moment, policy::HashCost, wiped::Wiped};

/// A salted slow hash, with its cost parameters.
///
/// Its input is a keyed hash (STD N-46, FAILURES 107): without the key root, an attacker cannot
/// test a single PIN, and with it each guess costs one slow hash. It is 128 bits long, which is
/// sufficient by RFC 9106 §4.
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

    /// The slow hash of `input`; `None` if there is not enough memory.
    pub(crate) fn hash(&self, input: &[u8; 32]) -> Option<SlowHash> {
        let hash = argon2id(input, &self.salt, self.cost)?;
        Some(SlowHash { salt: self.salt.into(), hash: (*hash).into(), cost: self.cost })
    }
}

impl SlowHash {
    /// A hash that matches no input, and costs as much to compare with as a real one.
    pub(crate) fn dummy(cost: HashCost) -> Self {
        Self { salt: [0; 16].into(), hash: [0; 16].into(), cost }
    }

    /// As [`dummy`](Self::dummy), with the cost of `self`.
    pub(crate) fn dummy_like(&self) -> Self {
        Self::dummy(self.cost)
    }

    pub(crate) fn is_of(&self, input: &[u8; 32]) -> Choice {
        argon2id(input, &self.salt, self.cost)
            .map_or(Choice::from(0), |hash| hash.ct_eq(&*self.hash))
    }
}

/// RFC 9106 with one lane; `None` if there is not enough memory.
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
    use crate::time::UnixTime;

    #[test]
    fn slow_hash_matches_only_its_input() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let salt = Salt::draw(HashCost::Cheap, &mut moment);
        let hash = salt.hash(&[7; 32]).unwrap();
        assert!(bool::from(hash.is_of(&[7; 32])));
        assert!(!bool::from(hash.is_of(&[8; 32])));
        let other = Salt::draw(HashCost::Cheap, &mut moment).hash(&[7; 32]).unwrap();
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
