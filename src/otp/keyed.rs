//! HMAC with its key already in place, and the truncation of RFC 4226. Knows no digits and no time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConditionallySelectable as _};
use zeroize::Zeroize as _;

use super::Algorithm;
use crate::Secret;

/// The keyed state of HMAC: two compressions were spent on it, and each code costs two more.
#[derive(Clone)]
pub(super) enum Keyed {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Keyed {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        let key = secret.expose_bytes();
        const ANY: &str = "HMAC takes a key of any length";
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(key).expect(ANY)),
            Algorithm::Sha256 => Self::Sha256(Hmac::new_from_slice(key).expect(ANY)),
            Algorithm::Sha512 => Self::Sha512(Hmac::new_from_slice(key).expect(ANY)),
        }
    }

    /// The 31 bits that RFC 4226 §5.3 takes from the hash of `counter`.
    pub(super) fn truncated(&self, counter: u64) -> u32 {
        // RFC 4226 §5.2: eight bytes, the highest first.
        let message = counter.to_be_bytes();
        match self {
            Self::Sha1(mac) => truncate(mac.clone().chain_update(message).finalize()),
            Self::Sha256(mac) => truncate(mac.clone().chain_update(message).finalize()),
            Self::Sha512(mac) => truncate(mac.clone().chain_update(message).finalize()),
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
/// Reading `hash[offset]` would make an address out of a secret. Instead the first bytes are moved up
/// by 8, 4, 2 and 1 places, each by a mask that one bit of the offset makes.
fn truncate<T: hmac::digest::OutputSizeUser>(output: hmac::digest::CtOutput<T>) -> u32 {
    let mut hash = output.into_bytes();
    // The offset is in the *last* byte, whatever the length of the hash.
    let offset = hash.last().copied().unwrap_or_default();
    let bit = |n: u8| Choice::from((offset >> n) & 1);
    let word = |at: usize| {
        let bytes = hash.get(at..at + 4).and_then(|bytes| bytes.first_chunk());
        u64::from(u32::from_be_bytes(*bytes.expect("every hash here has 20 bytes or more")))
    };
    let first = word(0) << 32 | word(4);
    let second = word(8) << 32 | word(12);
    let last = word(16) << 32;
    // What is kept at each place begins at the offset cut down to the bits seen so far.
    let (eight, after) = (
        u64::conditional_select(&first, &second, bit(3)),
        u64::conditional_select(&second, &last, bit(3)),
    );
    let four = u64::conditional_select(&eight, &(eight << 32 | after >> 32), bit(2));
    let two = u64::conditional_select(&four, &(four << 16), bit(1));
    let one = u64::conditional_select(&two, &(two << 8), bit(0));
    hash.zeroize();
    // The upper half of 64 bits fits 32.
    (one >> 32) as u32 & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use hmac::digest::{CtOutput, Output, OutputSizeUser};

    use super::*;

    #[test]
    fn rfc_4226_section_5_4() {
        let hash = [
            0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19,
            0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a,
        ];
        assert_eq!(truncate::<Sha1>(CtOutput::new(hash.into())), 0x50ef_7f19);
        assert_eq!(0x50ef_7f19 % 1_000_000, 872_921);
    }

    #[test]
    fn failure_087_every_offset_is_reached_from_the_last_byte() {
        every_offset::<Sha1>();
        every_offset::<Sha256>();
        every_offset::<Sha512>();
    }

    fn every_offset<T: OutputSizeUser>() {
        for offset in 0..16 {
            let mut hash = Output::<T>::default();
            for (at, byte) in (0x80..).zip(hash.iter_mut()) {
                *byte = at;
            }
            // The high half of the last byte says nothing.
            let last = hash.len() - 1;
            hash[last] = 0xf0 | offset;
            let at = usize::from(offset);
            let expected = [hash[at], hash[at + 1], hash[at + 2], hash[at + 3]];
            // The highest bit, which is set in every byte here, is dropped.
            let expected = u32::from_be_bytes(expected) - (1 << 31);
            assert_eq!(truncate::<T>(CtOutput::new(hash)), expected, "offset {offset}");
        }
    }
}
