//! HMAC with its key already in place, and the truncation of RFC 4226. Knows no digits and no time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
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

/// RFC 4226 §5.3, looking at all 16 offsets and keeping one by a mask.
///
/// Reading `hash[offset]` would make an address out of a secret.
fn truncate<T: hmac::digest::OutputSizeUser>(output: hmac::digest::CtOutput<T>) -> u32 {
    let mut hash = output.into_bytes();
    // The offset is in the *last* byte, whatever the length of the hash.
    let offset = hash.last().map_or(0, |last| last & 0xf);
    let mut kept = 0_u32;
    for (at, bytes) in (0_u8..16).zip(hash.windows(4)) {
        let mut word = [0; 4];
        word.copy_from_slice(bytes);
        kept.conditional_assign(&u32::from_be_bytes(word), at.ct_eq(&offset));
    }
    hash.zeroize();
    kept & 0x7fff_ffff
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
