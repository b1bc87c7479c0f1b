//! Keys of HMAC-SHA-256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::wiped::Wiped;

/// A key of HMAC-SHA-256, after the two compressions that depend on the key alone.
///
/// RFC 2104 §4 permits storing their results, which are as secret as the key. They are wiped on
/// drop.
#[derive(Clone)]
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC accepts keys of any length"))
    }

    /// Returns the MAC of the parts, each with its length: ("ab", "c") differs from ("a", "bc").
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> Wiped<[u8; 32]> {
        let mut mac = self.begin();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Wiped::new(mac.finalize().into_bytes().into())
    }

    /// Begins a MAC.
    pub(crate) fn begin(&self) -> Hmac<Sha256> {
        self.0.clone()
    }

    /// Returns whether this value was created from `key`, in constant time.
    pub(crate) fn is(&self, key: &[u8; 32]) -> Choice {
        self.mac(&[]).ct_eq(&*Self::new(key).mac(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_separates_its_parts() {
        let key = MacKey::new(&[1; 32]);
        assert_ne!(*key.mac(&[b"ab", b"c"]), *key.mac(&[b"a", b"bc"]));
        assert_ne!(*key.mac(&[b"ab"]), *key.mac(&[b"ab", b""]));
    }

    #[test]
    fn key_recognizes_only_itself() {
        let key = MacKey::new(&[1; 32]);
        assert!(bool::from(key.is(&[1; 32])));
        assert!(!bool::from(key.is(&[2; 32])));
    }
}
