//! Keyed hashes of codes, PINs, devices and clients.

use super::{Generation, Keys, generation::GenerationKeys};
use crate::{client::Client, id::RecordId, mac::MacKey, purpose::Operation, wiped::Wiped};

/// The key of one generation under which codes, PINs and device tokens are hashed.
///
/// A stolen record alone permits no guesses (STD A-17, O-04).
#[derive(Clone, Copy)]
pub(crate) struct Pepper<'k>(&'k MacKey);

impl Keys {
    /// Returns the pepper of `generation`, or `None` if it was dropped.
    pub(crate) fn pepper(&self, generation: Generation) -> Option<Pepper<'_>> {
        let known = self.generations.iter().find(|known| known.generation == generation);
        let retired = || self.retired.iter().find(|(retired, _)| *retired == generation);
        let key = known.map(|known| &known.pepper).or_else(|| retired().map(|(_, key)| key));
        key.map(Pepper)
    }

    /// Returns the generation that seals, and its pepper.
    pub(crate) fn newest_pepper(&self) -> (Generation, Pepper<'_>) {
        let newest = self.newest();
        (newest.generation, Pepper(&newest.pepper))
    }

    /// Derives the token of a device that follows `secret`, in this generation.
    ///
    /// It cannot be predicted without the root. Returns `None` if the generation is not known.
    pub(crate) fn next_device_secret(
        &self,
        generation: Generation,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> Option<Wiped<[u8; 32]>> {
        let parts = [&b"next device"[..], record.as_bytes(), series, secret];
        self.known(generation).map(|known| known.binding.mac(&parts))
    }

    /// Returns the stored hashes of a client in `record`, one for each known generation. The first
    /// is of the generation that seals.
    pub(crate) fn client_hashes(
        &self,
        client: &Client,
        record: &RecordId,
    ) -> impl Iterator<Item = [u8; 32]> {
        let of = |key: &MacKey| *key.mac(&[b"client", record.as_bytes(), client.binding()]);
        self.binding_keys().map(of)
    }

    /// Returns the hashes of a client in sealed ceremonies, which may have no subject, like
    /// [`client_hashes`](Self::client_hashes).
    pub(crate) fn ceremony_client_hashes(&self, client: &Client) -> impl Iterator<Item = [u8; 32]> {
        self.binding_keys().map(|key| *key.mac(&[b"ceremony client", client.binding()]))
    }

    /// Returns the binding keys, that of the generation that seals first.
    fn binding_keys(&self) -> impl Iterator<Item = &MacKey> {
        let newest = self.newest();
        let is_other = |of: &&GenerationKeys| of.generation != newest.generation;
        let others = self.generations.iter().filter(is_other);
        core::iter::once(newest).chain(others).map(|of| &of.binding)
    }
}

impl Pepper<'_> {
    /// Returns the keyed hash of a code and of the values to which the code is bound.
    pub(crate) fn code_hash(self, code: &str, bound: &CodeBinding<'_>) -> [u8; 32] {
        let client = bound.client.map_or(&[][..], |client| client);
        *self.0.mac(&[
            b"code",
            bound.record.as_bytes(),
            bound.challenge,
            &[bound.purpose.tag()],
            bound.purpose.agreement().map_or(&[][..], |hash| hash),
            bound.address.as_bytes(),
            client,
            code.as_bytes(),
        ])
    }

    /// Returns the keyed input of a slow hash, so that a stolen record alone permits no guesses.
    pub(crate) fn slow_input(self, record: &RecordId, label: &[u8], text: &str) -> Wiped<[u8; 32]> {
        self.0.mac(&[b"slow", label, record.as_bytes(), text.as_bytes()])
    }

    /// Returns the selector of a backup code: the 16 bits by which its slow hash is found.
    pub(crate) fn backup_selector(self, record: &RecordId, text: &str) -> u16 {
        let full = self.0.mac(&[b"backup selector", record.as_bytes(), text.as_bytes()]);
        let [first, second, ..] = *full;
        u16::from_be_bytes([first, second])
    }

    /// Returns the value that identifies a used backup code.
    pub(crate) fn backup_mark(self, record: &RecordId, text: &str) -> Wiped<[u8; 32]> {
        self.0.mac(&[b"used backup code", record.as_bytes(), text.as_bytes()])
    }

    /// Returns the hash of a device token, truncated to half its length, because a record has two
    /// hashes for each device. RFC 2104 §5 permits this truncation.
    pub(crate) fn device_hash(
        self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> [u8; 16] {
        let hash = self.0.mac(&[b"device", record.as_bytes(), series, secret]);
        *hash.first_chunk().expect("a hash has 32 bytes")
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

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::id::SubjectId;

    #[test]
    fn next_device_secret_depends_on_each_input() {
        let root = |n: u8| core::array::from_fn(|at| n.wrapping_mul(at as u8));
        let keys = Keys::new(root(1)).opening(2, root(3)).unwrap();
        let second = Generation::numbered(2).unwrap();
        let [alice, bob] = [1, 2].map(|id: u64| keys.subject_record(&SubjectId::from(id)));
        let next = |generation, record, series, secret| {
            *keys.next_device_secret(generation, record, &[series; 16], &[secret; 32]).unwrap()
        };
        let all = [
            next(Generation::FIRST, &alice, 5, 7),
            next(second, &alice, 5, 7),
            next(Generation::FIRST, &bob, 5, 7),
            next(Generation::FIRST, &alice, 6, 7),
            next(Generation::FIRST, &alice, 5, 8),
        ];
        assert_eq!(BTreeSet::from(all).len(), all.len());
        assert!(!all.contains(&[7; 32]), "no secret is its own successor");
        let unknown = Generation::numbered(3).unwrap();
        assert!(keys.next_device_secret(unknown, &alice, &[5; 16], &[7; 32]).is_none());
    }
}
