//! The keys of a host: what is derived from the root, and the sealing of records and texts.

mod seal;

use alloc::{string::String, vec::Vec};
use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub(crate) use self::seal::{MAX_BODY, RecordKind, Sealed, TextKind, concat_into};
use crate::{Address, Client, Purpose, SubjectId, id::RecordId, wiped::Wiped};

/// The keys of one application. Keep them out of the database that keeps the records.
///
/// The **root** names records and peppers the hashes of codes; it never changes. **Sealing keys**
/// encrypt the records and can be replaced: the one with the highest id seals, all of them open.
/// With no sealing key of its own, a key derived from the root seals, under the id 0.
///
/// To replace a sealing key where several processes run, deploy twice: first every process learns to
/// [open](Self::opening) with the new one, then it [seals](Self::sealing) with it. What is written
/// is written under the newest key. To drop an old one, have every subject
/// [sealed again](crate::Verifier::reseal) first: a record whose key is missing lets nobody in.
/// Each record that moved to the newest key is [told](crate::host::Event::KeyRotated).
///
/// The budgets of addresses and of numbers that begin alike, which hold no more than the times and
/// counts of sends, are sealed with the key that follows from the root, always: they need no care.
///
/// # Input
///
/// 32 random bytes each, from a secret manager or an environment variable of the process.
///
/// # Security
///
/// A stolen database alone gives no secret, no code, no phone number and no name of a subject, and
/// a guess at a code cannot be checked against it. A stolen root opens, with the database, every
/// record that was sealed under the root. A lost root locks every subject out;
/// a wrong one is noticed and lets nobody in. Two applications with two roots need two tables.
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
/// # Ok::<(), second_factor::keys::InvalidSealingKey>(())
/// ```
pub struct Keys {
    naming: Wiped<[u8; 32]>,
    pepper: Wiped<[u8; 32]>,
    binding: Wiped<[u8; 32]>,
    text: Wiped<[u8; 32]>,
    /// By their ids, the lowest first.
    sealing: Vec<SealingKey>,
    is_weak: bool,
}

struct SealingKey {
    id: u32,
    key: Wiped<[u8; 32]>,
    seals: bool,
}

impl Keys {
    /// The keys that follow from this root.
    #[must_use]
    pub fn new(root: [u8; 32]) -> Self {
        let root = Wiped::new(root);
        // Each use has a key of its own, so that no output of one can stand in for another.
        let derived = |label: &[u8]| mac(&root, &[b"second-factor v1", label]);
        Self {
            naming: derived(b"naming"),
            pepper: derived(b"pepper"),
            binding: derived(b"binding"),
            text: derived(b"text"),
            sealing: [SealingKey { id: 0, key: derived(b"sealing"), seals: true }].into(),
            is_weak: is_weak(&root),
        }
    }

    /// These keys and one more that opens, and does not seal yet.
    ///
    /// # Errors
    ///
    /// As [`sealing`](Self::sealing).
    pub fn opening(self, id: u32, key: [u8; 32]) -> Result<Self, InvalidSealingKey> {
        self.with(SealingKey { id, key: Wiped::new(key), seals: false })
    }

    /// These keys and one more that opens, and seals if its id is the highest.
    ///
    /// # Errors
    ///
    /// [`InvalidSealingKey`] when `id` is 0 or has been given already, or the key is one byte
    /// repeated: that was not drawn at random.
    pub fn sealing(self, id: u32, key: [u8; 32]) -> Result<Self, InvalidSealingKey> {
        self.with(SealingKey { id, key: Wiped::new(key), seals: true })
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn newest_sealing_id(&self) -> u32 {
        self.newest().id
    }

    /// The id of the record that keeps the factors of `subject`.
    #[must_use]
    pub fn subject_record(&self, subject: &SubjectId) -> RecordId {
        self.name(RecordKind::Subject, subject.as_bytes())
    }

    /// The id of the record that keeps what was sent to `address`, by whomever.
    #[must_use]
    pub fn budget_record(&self, address: &Address) -> RecordId {
        self.name(RecordKind::Budget, address.budget_key().as_bytes())
    }

    /// The id of the record that keeps how many codes went to numbers that begin as `address` does, and
    /// how many of them were entered; of whatever is no phone number there is none.
    #[must_use]
    pub fn prefix_record(&self, address: &Address) -> Option<RecordId> {
        let [shard, ..] = *self.budget_record(address).as_bytes();
        Some(self.prefix(address.prefix()?, shard))
    }

    /// The id of the record by which a store knows its root again. The same under every root.
    pub(crate) const fn root_record() -> RecordId {
        RecordId::new(*b"second-factor v1")
    }

    /// The id of a budget that no address has and that is never written.
    pub(crate) fn dummy_budget_record(&self) -> RecordId {
        self.name(RecordKind::Budget, b"")
    }

    /// As [`dummy_budget_record`](Self::dummy_budget_record), of numbers that begin alike.
    pub(crate) fn dummy_prefix_record(&self) -> RecordId {
        self.prefix("", 0)
    }

    /// One of the records of a prefix: several, so that its numbers do not wait for one another.
    fn prefix(&self, prefix: &str, shard: u8) -> RecordId {
        let shard = [shard % PREFIX_SHARDS];
        self.name(RecordKind::Prefix, &[&shard, prefix.as_bytes()].concat())
    }

    pub(crate) const fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// The keyed hash of a code and of everything that the code is for (STD A-17, O-04).
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

    /// What a slow hash is made of: keyed, so that a stolen record gives nobody a single try.
    pub(crate) fn slow_input(
        &self,
        record: &RecordId,
        label: &[u8],
        text: &str,
    ) -> Wiped<[u8; 32]> {
        mac(&self.pepper, &[b"slow", label, record.as_bytes(), text.as_bytes()])
    }

    /// A byte of a backup code by which its hash is found, so that a guess costs one.
    pub(crate) fn backup_selector(&self, record: &RecordId, text: &str) -> u8 {
        let full = mac(&self.pepper, &[b"backup selector", record.as_bytes(), text.as_bytes()]);
        let [first, ..] = *full;
        first
    }

    /// By what a backup code is known once it was used.
    pub(crate) fn backup_mark(&self, record: &RecordId, text: &str) -> Wiped<[u8; 32]> {
        mac(&self.pepper, &[b"used backup code", record.as_bytes(), text.as_bytes()])
    }

    /// By what the token of a device is known: half of the hash, as RFC 2104 §5 allows, since a record
    /// has two for each device.
    pub(crate) fn device_hash(
        &self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> [u8; 16] {
        let hash = mac(&self.pepper, &[b"device", record.as_bytes(), series, secret]);
        *hash.first_chunk().expect("a hash has 32 bytes")
    }

    /// What follows on a token of a device: nobody without the root can tell.
    pub(crate) fn next_device_secret(
        &self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> Wiped<[u8; 32]> {
        mac(&self.binding, &[b"next device", record.as_bytes(), series, secret])
    }

    /// The name of a notice to an address: the same however often it is made.
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

    /// What is kept of a client: enough to know it again beside `record`, and nowhere else.
    pub(crate) fn client_hash(&self, client: &Client, record: &RecordId) -> [u8; 32] {
        *mac(&self.binding, &[b"client", record.as_bytes(), client.binding()])
    }

    fn with(mut self, new: SealingKey) -> Result<Self, InvalidSealingKey> {
        match self.sealing.binary_search_by_key(&new.id, |known| known.id) {
            Err(place) if !is_weak(&new.key) => {
                self.sealing.insert(place, new);
                Ok(self)
            }
            _ => Err(InvalidSealingKey),
        }
    }

    /// The sealing key that follows from the root.
    fn derived(&self) -> &SealingKey {
        self.sealing.first().expect("`Keys::new` puts it in, and its id is the lowest")
    }

    fn newest(&self) -> &SealingKey {
        let mut newest_first = self.sealing.iter().rev();
        newest_first.find(|key| key.seals).expect("the key derived from the root seals")
    }

    fn name(&self, kind: RecordKind, what: &[u8]) -> RecordId {
        let full = mac(&self.naming, &[&[kind as u8], what]);
        RecordId::new(*full.first_chunk().expect("32 bytes have a first half"))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("newest_sealing_id", &self.newest_sealing_id())
            .finish_non_exhaustive()
    }
}

/// What a delivered code is bound to.
pub(crate) struct CodeBinding<'a> {
    pub(crate) record: &'a RecordId,
    pub(crate) challenge: &'a [u8; 16],
    pub(crate) purpose: Purpose,
    pub(crate) address: &'a str,
    pub(crate) client: Option<&'a [u8; 32]>,
}

/// A sealing key that is one byte repeated, or whose id is 0 or was given before.
///
/// # Example
///
/// ```
/// # let root = core::array::from_fn(|i| i as u8);
/// let error = second_factor::Keys::new(root).sealing(1, [0; 32]).unwrap_err();
/// assert_eq!(error.to_string(), "a sealing key needs an id of its own from 1 up, and random bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealing key needs an id of its own from 1 up, and random bytes")]
#[non_exhaustive]
pub struct InvalidSealingKey;

/// In how many records the sends to numbers that begin alike are counted.
pub(crate) const PREFIX_SHARDS: u8 = 8;

/// A key of one repeated byte was not drawn: it was forgotten.
fn is_weak(key: &[u8; 32]) -> bool {
    key.iter().all(|byte| Some(byte) == key.first())
}

/// HMAC-SHA-256 over the parts, each behind its length: ("ab", "c") is not ("a", "bc").
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Wiped<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
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
    fn parts_do_not_run_into_each_other() {
        assert_ne!(*mac(&[1; 32], &[b"ab", b"c"]), *mac(&[1; 32], &[b"a", b"bc"]));
        assert_ne!(*mac(&[1; 32], &[b"ab"]), *mac(&[1; 32], &[b"ab", b""]));
    }

    #[test]
    fn a_subject_and_an_address_with_one_text_have_two_records() {
        let keys = Keys::new([3; 32]);
        let phone = Address::phone("+14155550100").unwrap();
        let subject = SubjectId::new(phone.expose()).unwrap();
        assert_ne!(keys.subject_record(&subject), keys.budget_record(&phone));
    }

    #[test]
    fn the_records_of_a_prefix_are_as_many_as_its_shards() {
        let keys = Keys::new([3; 32]);
        let records: alloc::collections::BTreeSet<_> =
            (0..=u8::MAX).map(|shard| *keys.prefix("+1415", shard).as_bytes()).collect();
        assert_eq!(records.len(), usize::from(PREFIX_SHARDS));
    }

    #[test]
    fn no_sealing_key_is_one_byte_repeated() {
        for key in [[0; 32], [7; 32]] {
            assert!(Keys::new([3; 32]).sealing(1, key).is_err());
            assert!(Keys::new([3; 32]).opening(1, key).is_err());
        }
    }

    #[test]
    fn a_root_of_one_byte_is_weak() {
        assert!(Keys::new([0; 32]).is_weak());
        assert!(Keys::new([7; 32]).is_weak());
        assert!(!Keys::new(core::array::from_fn(|i| i as u8)).is_weak());
    }
}
