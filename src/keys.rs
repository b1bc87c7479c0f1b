//! Secret keys of the application, and derived values.

mod hedge;
mod names;
mod root;
mod seal;

use alloc::{string::String, vec::Vec};
use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use self::seal::{NEWEST_OF_THE_RELEASE_BEFORE, OLDEST};
pub(crate) use self::{
    names::PREFIX_SHARDS,
    seal::{FORMAT, MAX_BODY, RecordKind, Sealed, TextKind, concat_into},
};
use crate::{
    client::Client,
    error::{Invalid, What},
    id::RecordId,
    purpose::Operation,
    wiped::Wiped,
};

/// The secret keys of one application.
///
/// Store the keys outside of the database that contains the records.
///
/// - The **root key** derives the ids of records and peppers the hashes of codes. It never changes.
/// - **Sealing keys** encrypt the records and can be rotated. The key with the highest id seals,
///   and all keys open. If there is no sealing key, records are sealed with a key with the id 0,
///   which is derived from the root key.
///
/// If several processes run, rotate a sealing key in two deployments:
///
/// 1. Every process can [open](Self::opening) records with the new key.
/// 2. Every process [seals](Self::sealing) records with it. From then on, each write uses the
///    newest key, and [`Event::KeyRotated`](crate::host::Event::KeyRotated) reports every record
///    that is sealed again.
///
/// Before you remove an old key, [reseal](crate::verifier::Operations::reseal) every subject. A
/// subject whose key is missing cannot sign in. The budgets of addresses and phone prefixes contain
/// only times and counts of sends. They are always sealed with the key derived from the root key,
/// and need no rotation.
///
/// # Input
///
/// Each key has 32 random bytes, from a secret manager or an environment variable of the process.
/// An example is the output of `openssl rand -hex 32`.
///
/// # Security
///
/// - A stolen database alone reveals no secret, code, phone number or subject id, and does not let
///   an attacker check a guessed code.
/// - A stolen root key, together with the database, opens every record that is sealed with the key
///   derived from the root key.
/// - If the root key is lost, no subject can sign in. An incorrect root key is detected, and every
///   sign-in is then refused.
/// - Two applications with different root keys must use different tables.
///
/// # Source
///
/// OWASP Multifactor Authentication (a six-digit code needs a keyed hash); OWASP ASVS 5.0.0 11.3.3
/// (authenticated encryption); RFC 4226 §7.5.
///
/// # Example
///
/// ```
/// use second_factor::Keys;
///
/// # let [root, spring, autumn] = [1, 2, 3].map(|n| core::array::from_fn(|i| n * i as u8));
/// let keys = Keys::new(root).sealing(1, spring)?.sealing(2, autumn)?;
/// assert_eq!(keys.newest_sealing_id(), 2);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "encryption key")]
#[doc(alias = "pepper")]
#[doc(alias = "key rotation")]
pub struct Keys {
    naming: Wiped<[u8; 32]>,
    pepper: Wiped<[u8; 32]>,
    binding: Wiped<[u8; 32]>,
    text: Wiped<[u8; 32]>,
    /// The nonces of texts depend on it.
    text_nonce: Wiped<[u8; 32]>,
    /// What decisions draw depends on it.
    hedging: Wiped<[u8; 32]>,
    /// Sorted by id, ascending.
    sealing: Vec<SealingKey>,
    is_weak: bool,
    /// The newest record format that may be written.
    up_to: u8,
}

struct SealingKey {
    id: u32,
    key: Wiped<[u8; 32]>,
    /// The nonces of records depend on it.
    nonce: Wiped<[u8; 32]>,
    seals: bool,
}

impl SealingKey {
    fn new(id: u32, key: Wiped<[u8; 32]>, seals: bool) -> Self {
        let nonce = derived(&key, b"nonce");
        Self { id, key, nonce, seals }
    }
}

impl Keys {
    /// Creates the keys from a root key.
    #[must_use]
    pub fn new(root: [u8; 32]) -> Self {
        Self::derive(&Wiped::new(root))
    }

    fn derive(root: &[u8; 32]) -> Self {
        let derived = |label: &[u8]| derived(root, label);
        Self {
            naming: derived(b"naming"),
            pepper: derived(b"pepper"),
            binding: derived(b"binding"),
            text: derived(b"text"),
            text_nonce: derived(b"text nonce"),
            hedging: derived(b"hedging"),
            sealing: [SealingKey::new(0, derived(b"sealing"), true)].into(),
            is_weak: is_weak(root),
            up_to: NEWEST_OF_THE_RELEASE_BEFORE,
        }
    }

    /// Adds a key that opens records but does not seal them yet.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`sealing`](Self::sealing).
    pub fn opening(self, id: u32, key: [u8; 32]) -> Result<Self, Invalid> {
        self.with(SealingKey::new(id, Wiped::new(key), false))
    }

    /// Adds a key that opens records, and that seals them if its id is the highest.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `id` is 0 or already used, or if the key is a single repeated byte and
    /// so not random. Returns it too if the key is the root key or is known under another id,
    /// because its removal would then have no effect.
    pub fn sealing(self, id: u32, key: [u8; 32]) -> Result<Self, Invalid> {
        self.with(SealingKey::new(id, Wiped::new(key), true))
    }

    /// Returns the id of the key that seals new and changed records.
    #[must_use]
    pub fn newest_sealing_id(&self) -> u32 {
        self.newest().id
    }

    /// Sets the newest record format that may be written.
    pub(crate) const fn write_up_to(&mut self, format: u8) {
        self.up_to = format;
    }

    pub(crate) fn writes_a_known_format(&self) -> bool {
        (OLDEST..=FORMAT).contains(&self.up_to)
    }

    /// Returns whether a state that needs this record format may be written.
    pub(crate) const fn may_write(&self, format: u8) -> bool {
        format <= self.up_to
    }

    pub(crate) const fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// Returns the keyed hash of a code and of the values to which the code is bound (STD A-17,
    /// O-04).
    pub(crate) fn code_hash(&self, code: &str, bound: &CodeBinding<'_>) -> [u8; 32] {
        let client = bound.client.map_or(&[][..], |client| client);
        *mac(
            &self.pepper,
            &[
                b"code",
                bound.record.as_bytes(),
                bound.challenge,
                &[bound.purpose.tag()],
                bound.purpose.agreement().map_or(&[][..], |hash| hash),
                bound.address.as_bytes(),
                client,
                code.as_bytes(),
            ],
        )
    }

    /// Returns the keyed input of a slow hash, so that a stolen record alone permits no guesses.
    pub(crate) fn slow_input(
        &self,
        record: &RecordId,
        label: &[u8],
        text: &str,
    ) -> Wiped<[u8; 32]> {
        mac(&self.pepper, &[b"slow", label, record.as_bytes(), text.as_bytes()])
    }

    /// Returns the selector of a backup code: the 16 bits by which its slow hash is found.
    pub(crate) fn backup_selector(&self, record: &RecordId, text: &str) -> u16 {
        let full = mac(&self.pepper, &[b"backup selector", record.as_bytes(), text.as_bytes()]);
        let [first, second, ..] = *full;
        u16::from_be_bytes([first, second])
    }

    /// Returns the value that identifies a used backup code.
    pub(crate) fn backup_mark(&self, record: &RecordId, text: &str) -> Wiped<[u8; 32]> {
        mac(&self.pepper, &[b"used backup code", record.as_bytes(), text.as_bytes()])
    }

    /// Returns the hash of a device token, truncated to half its length, because a record has two
    /// hashes for each device. RFC 2104 §5 permits this truncation.
    pub(crate) fn device_hash(
        &self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> [u8; 16] {
        let hash = mac(&self.pepper, &[b"device", record.as_bytes(), series, secret]);
        *hash.first_chunk().expect("a hash has 32 bytes")
    }

    /// Derives the next token of a device, which cannot be predicted without the root key.
    pub(crate) fn next_device_secret(
        &self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> Wiped<[u8; 32]> {
        mac(&self.binding, &[b"next device", record.as_bytes(), series, secret])
    }

    /// Returns the reference of a notice to an address, the same each time it is computed.
    pub(crate) fn notice_reference(
        &self,
        record: &RecordId,
        notice: &[u8; 16],
        to: &str,
    ) -> String {
        let name = mac(&self.binding, &[b"notice", record.as_bytes(), notice, to.as_bytes()]);
        let mut text = base32::encode(base32::Alphabet::Crockford, &*name);
        text.make_ascii_lowercase();
        text
    }

    /// Returns the id of an event of a delivery, which `about` identifies.
    pub(crate) fn event_id(&self, event: &str, about: &[u8]) -> [u8; 16] {
        let name = mac(&self.binding, &[b"event", event.as_bytes(), about]);
        *name.first_chunk().expect("a hash has 32 bytes")
    }

    /// Returns the stored hash of a client, which identifies it in `record` only.
    pub(crate) fn client_hash(&self, client: &Client, record: &RecordId) -> [u8; 32] {
        *mac(&self.binding, &[b"client", record.as_bytes(), client.binding()])
    }

    /// Returns the hash of a client in a sealed ceremony, which may have no subject.
    pub(crate) fn ceremony_client_hash(&self, client: &Client) -> [u8; 32] {
        *mac(&self.binding, &[b"ceremony client", client.binding()])
    }

    fn with(mut self, new: SealingKey) -> Result<Self, Invalid> {
        match self.sealing.binary_search_by_key(&new.id, |known| known.id) {
            Err(place) if !is_weak(&new.key) && !self.is_known(&new.key) => {
                self.sealing.insert(place, new);
                Ok(self)
            }
            _ => Err(Invalid(What::SealingKey)),
        }
    }

    /// Returns whether a key is the root key or one of the sealing keys.
    fn is_known(&self, key: &[u8; 32]) -> bool {
        let is_root = derived(key, b"naming").ct_eq(&*self.naming);
        let is_one = |any, known: &SealingKey| any | known.key.ct_eq(key);
        self.sealing.iter().fold(is_root, is_one).into()
    }

    /// Returns the sealing key derived from the root key.
    fn derived(&self) -> &SealingKey {
        self.sealing.first().expect("`Keys::new` adds it, with the lowest id")
    }

    fn newest(&self) -> &SealingKey {
        let mut newest_first = self.sealing.iter().rev();
        newest_first.find(|key| key.seals).expect("the key derived from the root seals")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("newest_sealing_id", &self.newest_sealing_id())
            .finish_non_exhaustive()
    }
}

/// The values to which a sent code is bound.
pub(crate) struct CodeBinding<'a> {
    pub(crate) record: &'a RecordId,
    pub(crate) challenge: &'a [u8; 16],
    pub(crate) purpose: Operation,
    pub(crate) address: &'a str,
    pub(crate) client: Option<&'a [u8; 32]>,
}

/// Returns whether a key is a single repeated byte, which is a placeholder and not a random key.
fn is_weak(key: &[u8; 32]) -> bool {
    key.iter().all(|byte| Some(byte) == key.first())
}

/// Returns a key for one use, so that the output of one cannot serve as another.
fn derived(root: &[u8; 32], label: &[u8]) -> Wiped<[u8; 32]> {
    mac(root, &[b"second-factor v1", label])
}

/// HMAC-SHA-256 over the parts, each with its length: ("ab", "c") differs from ("a", "bc").
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Wiped<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Wiped::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_separates_its_parts() {
        assert_ne!(*mac(&[1; 32], &[b"ab", b"c"]), *mac(&[1; 32], &[b"a", b"bc"]));
        assert_ne!(*mac(&[1; 32], &[b"ab"]), *mac(&[1; 32], &[b"ab", b""]));
    }

    #[test]
    fn sealing_key_of_one_repeated_byte_is_rejected() {
        for key in [[0; 32], [7; 32]] {
            assert!(Keys::new([3; 32]).sealing(1, key).is_err());
            assert!(Keys::new([3; 32]).opening(1, key).is_err());
        }
    }

    #[test]
    fn finding_s37_known_key_is_refused_under_another_id() {
        let [root, one, other] = [1, 3, 5].map(|n| core::array::from_fn(|i| n * i as u8));
        let keys = || Keys::new(root).sealing(1, one).unwrap();
        assert!(keys().sealing(2, other).is_ok() && keys().opening(2, other).is_ok());
        let derived = *derived(&root, b"sealing");
        for known in [root, one, derived] {
            assert!(keys().sealing(2, known).is_err());
            assert!(keys().opening(2, known).is_err());
        }
    }

    #[test]
    fn root_key_of_one_repeated_byte_is_weak() {
        assert!(Keys::new([0; 32]).is_weak());
        assert!(Keys::new([7; 32]).is_weak());
        assert!(!Keys::new(core::array::from_fn(|i| i as u8)).is_weak());
    }
}
