//! Generations of keys.

use minicbor::{CborLen, Decode, Encode};
use subtle::{Choice, ConstantTimeEq as _};

use super::any;
use crate::{mac::MacKey, wiped::Wiped};

/// The number of a generation of keys, from 1.
///
/// It is stored as the number of generations before it.
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

    /// Returns the first bytes of a sealed text.
    ///
    /// Carriers accept references of 100 characters, which leaves room for two bytes.
    pub(super) const fn in_text(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Reads the first bytes of a sealed text.
    pub(super) const fn of_text(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }
}

/// The algorithms of a generation.
///
/// A generation keeps its suite, so what is stored needs no suite beside its generation. A further
/// suite derives every key under a context of its own: no key is used by two algorithms.
#[derive(Clone, Copy)]
pub(super) enum Suite {
    /// Suite 1: XChaCha20-Poly1305 and Argon2id.
    XChaCha20Argon2id,
}

impl Suite {
    /// Returns a key of this suite for one use, so that the output of one cannot serve as another.
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
    /// The nonces of records depend on it.
    pub(super) nonce: MacKey,
    pub(super) pepper: MacKey,
    pub(super) binding: MacKey,
    pub(super) text: Wiped<[u8; 32]>,
    /// The nonces of texts depend on it.
    pub(super) text_nonce: MacKey,
    /// What decisions draw depends on it.
    pub(super) hedging: MacKey,
    pub(super) role: Role,
}

/// What a known generation is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It opens records, and no texts.
    Leaked,
    Opens,
    /// It opens, and seals if no later one does.
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

    /// Whether `key` is its root, its pepper, or the key that seals its records.
    pub(super) fn has(&self, key: &[u8; 32]) -> Choice {
        let pepper = pepper_of(key);
        any([self.pepper.is(&pepper), self.pepper.is(key), self.sealing.ct_eq(key)])
    }
}

/// Returns the key that names the records of a first root.
pub(super) fn naming_of(root: &[u8; 32]) -> Wiped<[u8; 32]> {
    Suite::XChaCha20Argon2id.derived(root, b"naming")
}

/// Returns the pepper that a root derives, by which the root can be recognized.
pub(super) fn pepper_of(root: &[u8; 32]) -> Wiped<[u8; 32]> {
    Suite::XChaCha20Argon2id.derived(root, b"pepper")
}

/// The most generations that can be known: the one that seals, the one before and the next one.
///
/// Each of them costs a request with a client one HMAC.
pub(crate) const MAX_GENERATIONS: usize = 3;
