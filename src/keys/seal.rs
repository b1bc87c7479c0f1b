//! XChaCha20-Poly1305 sealing of records and strings.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};

use super::{Keys, SealingKey, mac};
use crate::{
    id::RecordId,
    moment::Moment,
    record::{Record, Version},
    secret::MAX_TEXT,
    wiped::Wiped,
};

/// The kind of a record, which its id and its seal authenticate, so that records cannot be
/// exchanged.
#[derive(Clone, Copy)]
pub(crate) enum RecordKind {
    Budget = 2,
    Prefix = 4,
    Root = 3,
    Subject = 1,
}

/// The kind of a sealed string, bound like [`RecordKind`].
#[derive(Clone, Copy)]
pub(crate) enum TextKind {
    Ceremony = 4,
    Device = 3,
    Grant = 1,
    Reference = 2,
}

impl TextKind {
    /// Returns the maximum length of a sealed string of this kind.
    pub(crate) const fn longest(self) -> usize {
        match self {
            Self::Ceremony => MAX_CEREMONY,
            Self::Device | Self::Grant | Self::Reference => MAX_TEXT,
        }
    }
}

/// The error returned when a record or sealed string cannot be opened.
///
/// The key, the record id or the version differs, or the bytes are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record or text cannot be opened")]
pub(crate) struct Unreadable;

/// The buffer of a record to be sealed: space for the header, then the body.
pub(crate) struct Sealed {
    format: u8,
    bytes: Wiped<Vec<u8>>,
}

/// An opened record.
pub(crate) struct Opened {
    pub(crate) plain: Wiped<Vec<u8>>,
    pub(crate) key_id: u32,
    pub(crate) format: u8,
}

impl Sealed {
    /// Allocates a buffer for `body` bytes of this format.
    ///
    /// The buffer never grows, because a buffer that grows leaves a copy behind.
    pub(crate) fn with_room_for(body: usize, format: u8) -> Self {
        let mut bytes = Wiped::new(Vec::with_capacity(HEADER + body + TAG));
        bytes.resize(HEADER, 0);
        Self { format, bytes }
    }

    /// Returns the buffer, to which the plaintext body is appended.
    pub(crate) fn body(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Keys {
    /// Seals the body in `plain` as the next state of record `id`, after the version `current`.
    ///
    /// The nonce and the step to the next version are a keyed hash of the body and of everything else
    /// that is sealed. A repeated seed therefore repeats no nonce for another body.
    ///
    /// # Source
    ///
    /// STD A-28: the nonce has 192 random bits, so nonces need not be counted. RFC 8937 hedges the
    /// randomness.
    pub(crate) fn seal_record(
        &self,
        (kind, id): (RecordKind, &RecordId),
        current: Option<Version>,
        mut plain: Sealed,
        moment: &mut Moment,
    ) -> Record {
        let SealingKey { id: key_id, key, nonce, .. } = match kind {
            // The derived key seals budgets, because a list of subjects does not name them. They
            // could not be resealed before a key is removed, and their addresses would never
            // receive a message again.
            RecordKind::Budget | RecordKind::Prefix | RecordKind::Root => self.derived(),
            RecordKind::Subject => self.newest(),
        };
        let (header, body) = plain.bytes.split_at_mut(HEADER);
        let drawn: [u8; NONCE] = moment.bytes();
        let before = current.map_or(0, Version::get).to_be_bytes();
        let place = [plain.format, kind as u8];
        let hash = mac(nonce, &[&drawn, &place, id.as_bytes(), &before, body]);
        let [a, b, c, d, e, f, g, h, nonce @ ..] = *hash;
        let version = Version::next(current, u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        let bound = associated(plain.format, kind, *key_id, id, version);
        let tag = cipher(key)
            .encrypt_inout_detached(&XNonce::from(nonce), &bound, body.into())
            .expect("a record is far shorter than the cipher can seal");
        concat_into(header, &[&[plain.format], &key_id.to_be_bytes(), &nonce]);
        plain.bytes.extend_from_slice(&tag);
        Record::new(version, core::mem::take(&mut plain.bytes))
    }

    /// Opens `record`, which the store returned for `id`.
    pub(crate) fn open_record(
        &self,
        (kind, id): (RecordKind, &RecordId),
        record: &Record,
    ) -> Result<Opened, Unreadable> {
        let (header, rest) = record.bytes().split_first_chunk::<HEADER>().ok_or(Unreadable)?;
        let (format, header) = header.split_first().ok_or(Unreadable)?;
        // No record was sealed with such a version, so the database is damaged.
        if !record.version().is_valid() {
            return Err(Unreadable);
        }
        // A record of a later format may contain data that this release cannot check: law 7.
        if !(OLDEST..=FORMAT).contains(format) || record.bytes().len() > MAX_RECORD {
            return Err(Unreadable);
        }
        let (key_id, nonce) = header.split_first_chunk::<4>().ok_or(Unreadable)?;
        let key_id = u32::from_be_bytes(*key_id);
        // Only the key derived from the root key distinguishes root keys.
        if matches!(kind, RecordKind::Root) && key_id != self.derived().id {
            return Err(Unreadable);
        }
        let known = self.sealing.iter().find(|known| known.id == key_id).ok_or(Unreadable)?;
        let bound = associated(*format, kind, key_id, id, record.version());
        let plain = open(&known.key, nonce, &bound, rest)?;
        Ok(Opened { plain, key_id, format: *format })
    }

    /// Seals a short string for a user or carrier, as nonce, body and tag in URL-safe Base64.
    pub(crate) fn seal_text(&self, kind: TextKind, plain: &[u8], moment: &mut Moment) -> String {
        self.seal_text_with(kind, plain, &moment.bytes::<NONCE>())
    }

    /// Seals a string deterministically. The plaintext must be secret and random.
    pub(crate) fn seal_same_text(&self, kind: TextKind, plain: &[u8]) -> String {
        self.seal_text_with(kind, plain, &[])
    }

    /// The nonce is a keyed hash of the text, so that no nonce has two texts.
    fn seal_text_with(&self, kind: TextKind, plain: &[u8], drawn: &[u8]) -> String {
        let hash = mac(&self.text_nonce, &[drawn, &[kind as u8], plain]);
        let nonce: [u8; NONCE] = *hash.first_chunk().expect("a hash has 32 bytes");
        let mut bytes = Wiped::new(Vec::with_capacity(NONCE + plain.len() + TAG));
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        let (_, body) = bytes.split_at_mut(NONCE);
        let tag = cipher(&self.text)
            .encrypt_inout_detached(&XNonce::from(nonce), &[kind as u8], body.into())
            .expect("a text is far shorter than the cipher can seal");
        bytes.extend_from_slice(&tag);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Opens a string that [`seal_text`](Self::seal_text) sealed.
    pub(crate) fn open_text(
        &self,
        kind: TextKind,
        text: &str,
    ) -> Result<Wiped<Vec<u8>>, Unreadable> {
        if text.len() > kind.longest() {
            return Err(Unreadable);
        }
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unreadable)?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE>().ok_or(Unreadable)?;
        open(&self.text, nonce, &[kind as u8], rest)
    }
}

fn open(
    key: &[u8; 32],
    nonce: &[u8],
    bound: &[u8],
    sealed: &[u8],
) -> Result<Wiped<Vec<u8>>, Unreadable> {
    let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Unreadable)?;
    let (body, tag) = sealed.split_last_chunk::<TAG>().ok_or(Unreadable)?;
    let mut plain = Wiped::new(body.to_vec());
    cipher(key)
        .decrypt_inout_detached(
            &XNonce::from(nonce),
            bound,
            plain.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| Unreadable)?;
    Ok(plain)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

/// Returns the associated data of a record, without which the record does not open.
fn associated(
    format: u8,
    kind: RecordKind,
    key_id: u32,
    id: &RecordId,
    version: Version,
) -> [u8; 30] {
    let mut bound = [0; 30];
    let (key_id, version) = (key_id.to_be_bytes(), version.get().to_be_bytes());
    concat_into(&mut bound, &[&[format, kind as u8], &key_id, id.as_bytes(), &version]);
    bound
}

/// Concatenates the fields in `room`, whose length must equal their total length.
pub(crate) fn concat_into(room: &mut [u8], fields: &[&[u8]]) {
    debug_assert_eq!(room.len(), fields.iter().map(|field| field.len()).sum::<usize>());
    let bytes = fields.iter().copied().flatten();
    room.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
}

/// The newest record format of this release.
///
/// A release that adds a field increments this number, and writes it only in records that use the
/// field. An older release rejects such a record with a clear error (FAILURES 120).
pub(crate) const FORMAT: u8 = 1;
/// The oldest format, which every release reads.
pub(super) const OLDEST: u8 = 1;
/// What is written unless the application permits more.
pub(super) const NEWEST_OF_THE_RELEASE_BEFORE: u8 = 1;
/// The size limit that the contract of `Storage` promises.
pub(crate) const MAX_RECORD: usize = 65_536;
/// The largest body of a record.
pub(crate) const MAX_BODY: usize = MAX_RECORD - HEADER - TAG;
const HEADER: usize = 1 + 4 + NONCE;
const NONCE: usize = 24;
const TAG: usize = 16;
/// The maximum length of a sealed ceremony, with up to 4 KiB of the state of a WebAuthn crate.
/// Base64 adds a third.
const MAX_CEREMONY: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SubjectId, time::UnixTime};

    fn sealed(keys: &Keys) -> (RecordId, Record) {
        let id = keys.subject_record(&SubjectId::new("a").unwrap());
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut plain = Sealed::with_room_for(5, FORMAT);
        plain.body().extend_from_slice(b"plain");
        let record = keys.seal_record((RecordKind::Subject, &id), None, plain, &mut moment);
        (id, record)
    }

    #[test]
    fn record_opens_only_for_its_id_kind_version_and_root() {
        let keys = Keys::new([1; 32]);
        let (id, record) = sealed(&keys);
        let other = keys.subject_record(&SubjectId::new("b").unwrap());
        let moved = Record::new(Version::new(8), record.bytes().to_vec());
        let opened = keys.open_record((RecordKind::Subject, &id), &record).unwrap();
        assert_eq!((opened.plain.as_slice(), opened.key_id), (&b"plain"[..], 0));
        assert!(keys.open_record((RecordKind::Subject, &other), &record).is_err());
        assert!(keys.open_record((RecordKind::Budget, &id), &record).is_err());
        assert!(keys.open_record((RecordKind::Subject, &id), &moved).is_err());
        assert!(Keys::new([2; 32]).open_record((RecordKind::Subject, &id), &record).is_err());
    }

    #[test]
    fn record_with_a_flipped_bit_or_a_cut_does_not_open() {
        let keys = Keys::new([1; 32]);
        let (id, record) = sealed(&keys);
        for at in 0..record.bytes().len() {
            let mut changed = record.bytes().to_vec();
            changed[at] ^= 1;
            let changed = Record::new(record.version(), changed);
            assert!(keys.open_record((RecordKind::Subject, &id), &changed).is_err(), "byte {at}");
            let cut = Record::new(record.version(), record.bytes()[..at].to_vec());
            assert!(keys.open_record((RecordKind::Subject, &id), &cut).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn version_that_no_record_has_does_not_open() {
        let keys = Keys::new([1; 32]);
        let id = keys.subject_record(&SubjectId::new("a").unwrap());
        for number in [0, -1, i64::MIN] {
            // Even if it was sealed for that version.
            let bound = associated(FORMAT, RecordKind::Subject, 0, &id, Version::new(number));
            let (nonce, mut body) = ([9; NONCE], *b"plain");
            let tag = cipher(&keys.derived().key)
                .encrypt_inout_detached(&XNonce::from(nonce), &bound, body.as_mut_slice().into())
                .unwrap();
            let bytes = [&[FORMAT][..], &[0; 4], &nonce, &body, &tag].concat();
            let record = Record::new(Version::new(number), bytes);
            assert!(keys.open_record((RecordKind::Subject, &id), &record).is_err(), "{number}");
        }
    }

    #[test]
    fn opening_key_does_not_seal() {
        let [spring, autumn] = [5, 6].map(|n| core::array::from_fn(|i| n * i as u8));
        let first = Keys::new([1; 32]).sealing(1, spring).unwrap().opening(2, autumn).unwrap();
        let second = Keys::new([1; 32]).opening(1, spring).unwrap().sealing(2, autumn).unwrap();
        assert_eq!((first.newest_sealing_id(), second.newest_sealing_id()), (1, 2));
        for (by, to) in [(&first, &second), (&second, &first)] {
            let (id, record) = sealed(by);
            assert!(to.open_record((RecordKind::Subject, &id), &record).is_ok());
        }
    }

    #[test]
    fn root_record_opens_only_with_the_derived_key() {
        let sealing: [u8; 32] = core::array::from_fn(|i| 3 * i as u8);
        let keys = Keys::new([1; 32]).sealing(1, sealing).unwrap();
        // A root record that an attacker with only the sealing key could forge.
        let (id, version, nonce) = (Keys::root_record(), Version::new(7), [9; NONCE]);
        let bound = associated(FORMAT, RecordKind::Root, 1, &id, version);
        let mut body = [0];
        let tag = cipher(&sealing)
            .encrypt_inout_detached(&XNonce::from(nonce), &bound, body.as_mut_slice().into())
            .unwrap();
        let bytes = [&[FORMAT][..], &1_u32.to_be_bytes(), &nonce, &body, &tag].concat();
        let forged = Record::new(version, bytes);
        assert!(keys.open_record((RecordKind::Root, &id), &forged).is_err());
    }

    #[test]
    fn failure_120_record_of_a_later_format_is_rejected() {
        let keys = Keys::new([1; 32]);
        let (id, record) = sealed(&keys);
        for format in [0, FORMAT + 1, u8::MAX] {
            let mut bytes = record.bytes().to_vec();
            bytes[0] = format;
            let other = Record::new(record.version(), bytes);
            assert!(keys.open_record((RecordKind::Subject, &id), &other).is_err());
        }
    }

    #[test]
    fn newest_key_seals_and_older_keys_open() {
        let [spring, autumn] = [5, 6].map(|n| core::array::from_fn(|i| n * i as u8));
        let old = Keys::new([1; 32]).sealing(1, spring).unwrap();
        let both = Keys::new([1; 32]).sealing(2, autumn).unwrap().sealing(1, spring).unwrap();
        let new = Keys::new([1; 32]).sealing(2, autumn).unwrap();
        let opens = |keys: &Keys, (id, record): &(RecordId, Record)| {
            keys.open_record((RecordKind::Subject, id), record).is_ok()
        };
        let by_old = sealed(&old);
        let by_both = sealed(&both);
        assert!(opens(&both, &by_old) && opens(&both, &by_both) && opens(&new, &by_both));
        assert!(!opens(&new, &by_old), "a dropped key fails closed");
    }

    #[test]
    fn sealed_text_opens_only_for_its_kind() {
        let keys = Keys::new([1; 32]);
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let text = keys.seal_text(TextKind::Grant, b"hello", &mut moment);
        assert_eq!(keys.open_text(TextKind::Grant, &text).unwrap().as_slice(), b"hello");
        assert!(keys.open_text(TextKind::Reference, &text).is_err());
        assert!(keys.open_text(TextKind::Grant, &text[1..]).is_err());
        assert!(keys.open_text(TextKind::Grant, &"0".repeat(10 << 20)).is_err());
        let longest = keys.seal_text(TextKind::Grant, &[0; 728], &mut moment);
        assert_eq!(longest.len(), MAX_TEXT);
        assert!(keys.open_text(TextKind::Grant, &longest).is_ok());
        let longer = keys.seal_text(TextKind::Grant, &[0; 729], &mut moment);
        assert!(keys.open_text(TextKind::Grant, &longer).is_err());
    }
}
