//! Keyed HMAC and the dynamic truncation of RFC 4226.

use core::hint::black_box;

use super::{
    Algorithm,
    hmac::{self, SHA1, SHA256, SHA512},
};
use crate::secret::Secret;

/// The HMAC key state for one algorithm.
///
/// Creating the state costs two compressions of the hash. Each code costs two more.
#[derive(Clone)]
pub(super) enum HmacKey {
    Sha1(hmac::KeyState<u32, 5>),
    Sha256(hmac::KeyState<u32, 8>),
    Sha512(hmac::KeyState<u64, 8>),
}

impl HmacKey {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        let key = secret.expose_padded();
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(SHA1.key_state(key)),
            Algorithm::Sha256 => Self::Sha256(SHA256.key_state(key)),
            Algorithm::Sha512 => Self::Sha512(SHA512.key_state(key)),
        }
    }

    /// Returns the 31 bits that RFC 4226 §5.3 extracts from the HMAC of `counter`.
    #[inline]
    pub(super) fn truncated(&self, counter: u64) -> u32 {
        match self {
            Self::Sha1(state) => {
                let hash = SHA1.mac(state, counter);
                truncate(hash, hash[4])
            }
            Self::Sha256(state) => {
                let [a, b, c, d, e, _, _, last] = SHA256.mac(state, counter);
                truncate([a, b, c, d, e], last)
            }
            Self::Sha512(state) => {
                let [a, b, c, .., last] = SHA512.mac(state, counter);
                // Half of a 64-bit word fits in 32 bits.
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

/// Returns the four bytes at the offset in the last byte, without the highest bit.
///
/// The function is the dynamic truncation of RFC 4226 §5.3. `words` are the first 20 bytes of the
/// hash in big-endian order. The lowest byte of `last` is the last byte of the hash, however long
/// the hash is.
///
/// `hash[offset]` would be a secret-dependent address. Instead, a mask derived from one bit of the
/// offset moves the bytes by 8 places, and another mask moves them by 4. A 32-bit shift, whose time
/// does not depend on its count, moves them by 0 to 3 more.
#[inline]
fn truncate([a, b, c, d, e]: [u32; 5], last: u32) -> u32 {
    // The compiler must not learn that the mask is all ones or all zeros, or it may branch.
    // `subtle` does the same, but with calls that are too slow here.
    let mask = |bit: u32| black_box(u64::from((last >> bit) & 1).wrapping_neg());
    let select = |mask: u64, stays: u64, moved: u64| stays ^ (mask & (stays ^ moved));
    let pair = |first: u32, second: u32| u64::from(first) << 32 | u64::from(second);
    let (eight, four) = (mask(3), mask(2));
    // After each selection the word starts at the offset, reduced to the bits processed so far.
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
    fn failure_087_truncate_uses_every_offset_of_the_last_byte() {
        let hash: [u8; 20] = core::array::from_fn(|at| 0x80 + at as u8);
        let words = core::array::from_fn(|at| {
            u32::from_be_bytes(hash[4 * at..4 * at + 4].try_into().unwrap())
        });
        for offset in 0..16 {
            let expected = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap());
            // The highest bit, which is set in every byte here, is dropped. Only the low half of
            // the last byte affects the result.
            let last = 0xffff_fff0 | offset as u32;
            assert_eq!(truncate(words, last), expected - (1 << 31), "offset {offset}");
        }
    }
}
