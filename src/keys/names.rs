//! Names of records, cookies and notices, which never change.

use alloc::string::String;

use super::{Keys, RecordKind};
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

    /// Returns the id of the budget to which decoy sends to `address` are charged.
    ///
    /// The budget belongs to `subject` alone, so it reveals nothing about the owner of the address.
    pub(crate) fn decoy_budget_record(
        &self,
        subject: &RecordId,
        address: Option<&Address>,
    ) -> RecordId {
        // The key of no address begins with a zero byte.
        let key = address.map(Address::budget_key).unwrap_or_default();
        self.name(RecordKind::Budget, &[&[0], &subject.bytes()[..], key.as_bytes()].concat())
    }

    /// Returns the id of a dummy prefix budget, which belongs to no number and is never written.
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
        let name = self.naming.mac(&[b"device cookie", record.as_bytes()]);
        let mut text = base32::encode(base32::Alphabet::Crockford, &*name);
        text.make_ascii_lowercase();
        let end = text.char_indices().nth(8).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        alloc::format!("__Host-device-{text}")
    }

    /// Returns the reference of a notice to an address, which is deterministic.
    pub(crate) fn notice_reference(
        &self,
        record: &RecordId,
        notice: &[u8; 16],
        to: &str,
    ) -> String {
        let name = self.naming.mac(&[b"notice", record.as_bytes(), notice, to.as_bytes()]);
        let mut text = base32::encode(base32::Alphabet::Crockford, &*name);
        text.make_ascii_lowercase();
        text
    }

    /// Returns the id of a delivery event, which `about` identifies.
    pub(crate) fn event_id(&self, event: &str, about: &[u8]) -> [u8; 16] {
        let name = self.naming.mac(&[b"event", event.as_bytes(), about]);
        *name.first_chunk().expect("a hash has 32 bytes")
    }

    /// Returns the fingerprint of the naming key, which the sentinel record stores.
    pub(crate) fn fingerprint(&self) -> [u8; 16] {
        let print = self.naming.mac(&[b"fingerprint"]);
        *print.first_chunk().expect("a hash has 32 bytes")
    }

    fn name(&self, kind: RecordKind, what: &[u8]) -> RecordId {
        let full = self.naming.mac(&[&[kind as u8], what]);
        RecordId::new(*full.first_chunk().expect("32 bytes have a first half"))
    }
}

/// The number of records that count the sends to a phone prefix.
pub(crate) const PREFIX_SHARDS: u8 = 8;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn subject_and_address_of_one_text_have_different_ids() {
        let keys = Keys::new([3; 32]);
        let phone = Address::phone("+14155550100").unwrap();
        let subject = SubjectId::new(phone.expose()).unwrap();
        assert_ne!(keys.subject_record(&subject), keys.budget_record(&phone));
    }

    #[test]
    fn event_id_depends_on_event_and_delivery() {
        let keys = [Keys::new([3; 32]), Keys::new([4; 32])];
        let about = [("sent", &b"1"[..]), ("sent", b"2"), ("lost", b"1"), ("sent1", b"")];
        let ids: BTreeSet<_> = keys
            .iter()
            .flat_map(|keys| about.map(|(event, about)| keys.event_id(event, about)))
            .collect();
        assert_eq!(ids.len(), 2 * about.len());
    }

    /// Two users of one browser have two cookies.
    #[test]
    fn device_cookie_has_a_name_of_its_own_for_each_subject() {
        let keys = Keys::new([3; 32]);
        let cookie = |id: u64| keys.device_cookie(&keys.subject_record(&SubjectId::from(id)));
        let cookies: BTreeSet<_> = (0..1000).map(cookie).collect();
        assert_eq!(cookies.len(), 1000);
        let is_symbol = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
        for cookie in cookies {
            // RFC 6265bis §4.1.3.2: a cookie with this prefix has no `Domain` attribute.
            let name = cookie.strip_prefix("__Host-device-").unwrap();
            assert!(name.len() == 8 && name.chars().all(is_symbol), "{cookie}");
        }
    }

    #[test]
    fn prefix_has_one_record_per_shard() {
        let keys = Keys::new([3; 32]);
        let records: BTreeSet<_> =
            (0..=u8::MAX).map(|shard| *keys.prefix("+1415", shard).bytes()).collect();
        assert_eq!(records.len(), usize::from(PREFIX_SHARDS));
    }
}
