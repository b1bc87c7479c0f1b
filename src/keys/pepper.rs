//! Keyed hashes of codes, PINs and device tokens.

use super::{Generation, Keys, mac};
use crate::{id::RecordId, purpose::Operation, wiped::Wiped};

/// The key of one generation under which codes, PINs and device tokens are hashed.
///
/// A stolen record alone permits no guesses (STD A-17, O-04).
#[derive(Clone, Copy)]
pub(crate) struct Pepper<'k>(&'k [u8; 32]);

impl Keys {
    /// Returns the pepper of `generation`, or `None` if it was dropped.
    pub(crate) fn pepper(&self, generation: Generation) -> Option<Pepper<'_>> {
        let known = self.generations.iter().find(|known| known.generation == generation);
        let retired = || self.retired.iter().find(|(retired, _)| *retired == generation);
        let key = known.map(|known| &known.pepper).or_else(|| retired().map(|(_, key)| key));
        key.map(|key| Pepper(key))
    }

    /// Returns the generation that seals, and its pepper.
    pub(crate) fn newest_pepper(&self) -> (Generation, Pepper<'_>) {
        let newest = self.newest();
        (newest.generation, Pepper(&newest.pepper))
    }
}

impl Pepper<'_> {
    /// Returns the keyed hash of a code and of the values to which the code is bound.
    pub(crate) fn code_hash(self, code: &str, bound: &CodeBinding<'_>) -> [u8; 32] {
        let client = bound.client.map_or(&[][..], |client| client);
        *mac(
            self.0,
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
    pub(crate) fn slow_input(self, record: &RecordId, label: &[u8], text: &str) -> Wiped<[u8; 32]> {
        mac(self.0, &[b"slow", label, record.as_bytes(), text.as_bytes()])
    }

    /// Returns the selector of a backup code: the 16 bits by which its slow hash is found.
    pub(crate) fn backup_selector(self, record: &RecordId, text: &str) -> u16 {
        let full = mac(self.0, &[b"backup selector", record.as_bytes(), text.as_bytes()]);
        let [first, second, ..] = *full;
        u16::from_be_bytes([first, second])
    }

    /// Returns the value that identifies a used backup code.
    pub(crate) fn backup_mark(self, record: &RecordId, text: &str) -> Wiped<[u8; 32]> {
        mac(self.0, &[b"used backup code", record.as_bytes(), text.as_bytes()])
    }

    /// Returns the hash of a device token, truncated to half its length, because a record has two
    /// hashes for each device. RFC 2104 §5 permits this truncation.
    pub(crate) fn device_hash(
        self,
        record: &RecordId,
        series: &[u8; 16],
        secret: &[u8; 32],
    ) -> [u8; 16] {
        let hash = mac(self.0, &[b"device", record.as_bytes(), series, secret]);
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
