//! The keyed hash behind the codes, and the truncation of RFC 4226. Knows no digits and no time.

use core::hint::black_box;

use super::{
    Algorithm,
    hmac::{self, SHA1, SHA256, SHA512},
};
use crate::Secret;

/// The keyed state of HMAC: two compressions were spent on it, and each code costs two more.
#[derive(Clone)]
pub(super) enum Keyed {
    Sha1(hmac::Keyed<u32, 5>),
    Sha256(hmac::Keyed<u32, 8>),
    Sha512(hmac::Keyed<u64, 8>),
}

impl Keyed {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        let key = secret.expose_padded();
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(SHA1.key(key)),
            Algorithm::Sha256 => Self::Sha256(SHA256.key(key)),
            Algorithm::Sha512 => Self::Sha512(SHA512.key(key)),
        }
    }

    /// The 31 bits that RFC 4226 §5.3 takes from the hash of `counter`.
    #[inline]
    pub(super) fn truncated(&self, counter: u64) -> u32 {
        match self {
            Self::Sha1(keyed) => {
                let hash = SHA1.mac(keyed, counter);
                truncate(hash, hash[4])
            }
            Self::Sha256(keyed) => {
                let [a, b, c, d, e, _, _, last] = SHA256.mac(keyed, counter);
                truncate([a, b, c, d, e], last)
            }
            Self::Sha512(keyed) => {
                let [a, b, c, .., last] = SHA512.mac(keyed, counter);
                // A half of 64 bits fits 32.
                let (high, low) = (|word| (word >> 32) as u32, |word| word as u32);
                truncate([high(a), low(a), high(b), low(b), high(c)], low(last))
            }
        }
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }
}

/// RFC 4226 §5.3: the four bytes at the offset that the last byte names, without their highest bit.
///
/// `words` are the first 20 bytes of the hash, highest first, and the lowest byte of `last` is its
/// last one, whatever its length. Reading `hash[offset]` would make an address out of a secret.
/// Instead the first bytes are moved up by 8 and 4 places, each by a mask that one bit of the offset
/// makes, and by 0 to 3 places by a shift of 32 bits, which takes one time whatever its count.
#[inline]
fn truncate([a, b, c, d, e]: [u32; 5], last: u32) -> u32 {
    // Must not be known to be all ones or none, or the compiler may branch: as `subtle` has it, without
    // the calls that this file cannot afford.
    let mask = |bit: u32| black_box(u64::from((last >> bit) & 1).wrapping_neg());
    let select = |mask: u64, stays: u64, moved: u64| stays ^ (mask & (stays ^ moved));
    let pair = |first: u32, second: u32| u64::from(first) << 32 | u64::from(second);
    let (eight, four) = (mask(3), mask(2));
    // What is kept at each place begins at the offset cut down to the bits seen so far.
    let (first, second) =
        (select(eight, pair(a, b), pair(c, d)), select(eight, c.into(), e.into()));
    let first = select(four, first, first << 32 | second);
    (first << (8 * (last & 3)) >> 32) as u32 & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4226_section_5_4() {
        let words = [0x1f86_9869, 0x0e02_ca16, 0x6185_50ef, 0x7f19_da8e, 0x945b_555a];
        assert_eq!(truncate(words, words[4]), 0x50ef_7f19);
        assert_eq!(0x50ef_7f19 % 1_000_000, 872_921);
    }

    #[test]
    fn failure_087_every_offset_is_reached_from_the_last_byte() {
        let hash: [u8; 20] = core::array::from_fn(|at| 0x80 + at as u8);
        let words = core::array::from_fn(|at| {
            u32::from_be_bytes(hash[4 * at..4 * at + 4].try_into().unwrap())
        });
        for offset in 0..16 {
            let expected = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap());
            // The highest bit, which is set in every byte here, is dropped, and nothing but the low
            // half of the last byte says anything.
            let last = 0xffff_fff0 | offset as u32;
            assert_eq!(truncate(words, last), expected - (1 << 31), "offset {offset}");
        }
    }
}
