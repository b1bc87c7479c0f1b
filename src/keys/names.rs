//! Names of records, cookies and notices, which never change.

use alloc::string::String;

use super::{Keys, RecordKind, mac};
use crate::{
    address::Address,
    id::{RecordId, SubjectId},
};

/// Names.
impl Keys {
    /// Returns the id of the record with the factors of `subject`.
    #[must_use]
    pub fn subject_record(&self, subject: &SubjectId) -> RecordId {
        self.name(RecordKind::Subject, subject.as_str().as_bytes())
    }

    /// Returns the id of the record with the send budget of `address`.
    ///
    /// All subjects share it.
    #[must_use]
    pub fn budget_record(&self, address: &Address) -> RecordId {
        self.name(RecordKind::Budget, address.budget_key().as_bytes())
    }

    /// Returns the id of the record with the send budget of a phone prefix, or `None`.
    ///
    /// The record counts the codes sent to the prefix of `address`, and how many were converted. An
    /// address that is not a phone number has no such record.
    #[must_use]
    pub fn prefix_record(&self, address: &Address) -> Option<RecordId> {
        let [shard, ..] = *self.budget_record(address).bytes();
        Some(self.prefix(address.prefix()?, shard))
    }

    /// Returns the id of the record that detects incorrect keys.
    ///
    /// The id is the same for all keys.
    pub(crate) const fn root_record() -> RecordId {
        RecordId::new(*b"second-factor v1")
    }

    /// Returns the id of the budget of sends that only look like sends to `address`.
    ///
    /// It belongs to `subject` alone, so that it reveals nothing of the owner of the address.
    pub(crate) fn decoy_budget_record(
        &self,
        subject: &RecordId,
        address: Option<&Address>,
    ) -> RecordId {
        // The key of no address begins with a zero byte.
        let key = address.map(Address::budget_key).unwrap_or_default();
        self.name(RecordKind::Budget, &[&[0], &subject.bytes()[..], key.as_bytes()].concat())
    }

    /// Returns the id of the budget of a prefix that no number has, and that is never written.
    pub(crate) fn dummy_prefix_record(&self) -> RecordId {
        self.prefix("", 0)
    }

    /// Returns the id of one of the records of a prefix. A prefix has several, to reduce
    /// contention.
    fn prefix(&self, prefix: &str, shard: u8) -> RecordId {
        let shard = [shard % PREFIX_SHARDS];
        self.name(RecordKind::Prefix, &[&shard, prefix.as_bytes()].concat())
    }

    /// Returns the name of the cookie for the device token of a subject.
    pub(crate) fn device_cookie(&self, record: &RecordId) -> String {
        let name = mac(&self.naming, &[b"device cookie", record.as_bytes()]);
        let mut text = base32::encode(base32::Alphabet::Crockford, &*name);
        text.make_ascii_lowercase();
        let end = text.char_indices().nth(8).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        alloc::format!("__Host-device-{text}")
    }

    /// Returns the reference of a notice to an address, the same each time it is computed.
    pub(crate) fn notice_reference(
        &self,
        record: &RecordId,
        notice: &[u8; 16],
        to: &str,
    ) -> String {
        let name = mac(&self.naming, &[b"notice", record.as_bytes(), notice, to.as_bytes()]);
        let mut text = base32::encode(base32::Alphabet::Crockford, &*name);
        text.make_ascii_lowercase();
        text
    }

    /// Returns the id of an event of a delivery, which `about` identifies.
    pub(crate) fn event_id(&self, event: &str, about: &[u8]) -> [u8; 16] {
        let name = mac(&self.naming, &[b"event", event.as_bytes(), about]);
        *name.first_chunk().expect("a hash has 32 bytes")
    }

    /// Returns what a sentinel contains, by which the names are recognized.
    pub(crate) fn fingerprint(&self) -> [u8; 16] {
        let print = mac(&self.naming, &[b"fingerprint"]);
        *print.first_chunk().expect("a hash has 32 bytes")
    }

    fn name(&self, kind: RecordKind, what: &[u8]) -> RecordId {
        let full = mac(&self.naming, &[&[kind as u8], what]);
        RecordId::new(*full.first_chunk().expect("32 bytes have a first half"))
    }
}

/// The number of records that count the sends to a phone prefix.
pub(crate) const PREFIX_SHARDS: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_and_address_of_one_text_have_different_ids() {
        let keys = Keys::new([3; 32]);
        let phone = Address::phone("+14155550100").unwrap();
        let subject = SubjectId::new(phone.expose()).unwrap();
        assert_ne!(keys.subject_record(&subject), keys.budget_record(&phone));
    }

    #[test]
    fn prefix_has_one_record_per_shard() {
        let keys = Keys::new([3; 32]);
        let records: alloc::collections::BTreeSet<_> =
            (0..=u8::MAX).map(|shard| *keys.prefix("+1415", shard).bytes()).collect();
        assert_eq!(records.len(), usize::from(PREFIX_SHARDS));
    }
}
