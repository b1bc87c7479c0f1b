//! Generations of keys.

use minicbor::{CborLen, Decode, Encode};
use subtle::{Choice, ConstantTimeEq as _};

use super::any;
use crate::{mac::MacKey, wiped::Wiped};

/// The number of a generation of keys, from 1.
///
/// Records store it as the number of generations before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Generation(#[n(0)] u16);

impl Generation {
    /// The generation of the first root.
    pub(crate) const FIRST: Self = Self(0);

    /// Returns the generation with this number, or `None` for 0.
    pub(super) const fn numbered(number: u16) -> Option<Self> {
        match number.checked_sub(1) {
            Some(earlier) => Some(Self(earlier)),
            None => None,
        }
    }

    pub(super) const fn number(self) -> u16 {
        self.0.saturating_add(1)
    }

    pub(crate) fn is_first(self) -> bool {
        self == Self::FIRST
    }

    /// Returns the field in the header of a record.
    pub(super) const fn in_record(self) -> [u8; 4] {
        (self.0 as u32).to_be_bytes()
    }

    /// Reads the field in the header of a record.
    pub(super) fn of_record(bytes: [u8; 4]) -> Option<Self> {
        u16::try_from(u32::from_be_bytes(bytes)).ok().map(Self)
    }

    /// Returns the first bytes of a sealed string.
    ///
    /// Carriers accept references of 100 characters, which leaves room for two bytes.
    pub(super) const fn in_text(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Reads the first bytes of a sealed string.
    pub(super) const fn of_text(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }
}

/// The algorithms of a generation.
///
/// The suite of a generation never changes, so stored values identify only their generation. A
/// further suite must derive every key under a context of its own, so that two algorithms never
/// share a key.
#[derive(Clone, Copy)]
pub(super) enum Suite {
    /// Suite 1: XChaCha20-Poly1305 and Argon2id.
    XChaCha20Argon2id,
}

impl Suite {
    /// Derives the key of this suite for one use, which is independent of the keys for other uses.
    pub(super) fn derived(self, root: &[u8; 32], label: &[u8]) -> Wiped<[u8; 32]> {
        let context: &[u8] = match self {
            Self::XChaCha20Argon2id => b"second-factor v1",
        };
        MacKey::new(root).mac(&[context, label])
    }
}

/// The keys of one generation, derived from its root.
pub(super) struct GenerationKeys {
    pub(super) generation: Generation,
    pub(super) suite: Suite,
    pub(super) sealing: Wiped<[u8; 32]>,
    /// The key that derives the nonces of records.
    pub(super) nonce: MacKey,
    pub(super) pepper: MacKey,
    pub(super) binding: MacKey,
    pub(super) text: Wiped<[u8; 32]>,
    /// The key that derives the nonces of strings.
    pub(super) text_nonce: MacKey,
    /// The key that hedges the randomness of decisions.
    pub(super) hedging: MacKey,
    pub(super) role: Role,
}

/// The use of a known generation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Its root leaked: it opens records, but no strings.
    Leaked,
    Opens,
    /// It opens records and strings, and seals them if no later generation does.
    Seals,
}

impl GenerationKeys {
    pub(super) fn derive(generation: Generation, root: &[u8; 32], role: Role) -> Self {
        let suite = Suite::XChaCha20Argon2id;
        let derived = |label: &[u8]| suite.derived(root, label);
        let mac_key = |label: &[u8]| MacKey::new(&derived(label));
        let sealing = derived(b"sealing");
        Self {
            generation,
            suite,
            nonce: MacKey::new(&suite.derived(&sealing, b"nonce")),
            sealing,
            pepper: MacKey::new(&pepper_of(root)),
            binding: mac_key(b"binding"),
            text: derived(b"text"),
            text_nonce: mac_key(b"text nonce"),
            hedging: mac_key(b"hedging"),
            role,
        }
    }

    /// Returns whether `key` is the root, the pepper or the record-sealing key of this generation.
    pub(super) fn has(&self, key: &[u8; 32]) -> Choice {
        let pepper = pepper_of(key);
        any([self.pepper.is(&pepper), self.pepper.is(key), self.sealing.ct_eq(key)])
    }
}

/// Returns the key that names the records of a first root.
pub(super) fn naming_of(root: &[u8; 32]) -> Wiped<[u8; 32]> {
    Suite::XChaCha20Argon2id.derived(root, b"naming")
}

/// Derives the pepper of a root, by which the root can be recognized.
pub(super) fn pepper_of(root: &[u8; 32]) -> Wiped<[u8; 32]> {
    Suite::XChaCha20Argon2id.derived(root, b"pepper")
}

/// The maximum number of known generations: the one that seals, the previous one and the next one.
///
/// Each known generation adds one HMAC to a request with a client.
pub(crate) const MAX_GENERATIONS: usize = 3;
