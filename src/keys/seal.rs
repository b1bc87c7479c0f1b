//! XChaCha20-Poly1305 sealing of records and strings.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};

use super::{
    Generation, Keys,
    generation::{GenerationKeys, Role, Suite},
};
use crate::{
    id::RecordId,
    moment::Moment,
    record::{Record, Version},
    secret::MAX_TEXT,
    wiped::Wiped,
};

/// The kind of a record.
///
/// The id and the seal of a record authenticate its kind, so records of different kinds cannot be
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
    pub(crate) generation: Generation,
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
    /// The nonce and the step to the next version are a keyed hash of all input of the seal,
    /// including the body. A repeated seed therefore never seals two different bodies with the same
    /// nonce.
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
        let GenerationKeys { generation, suite, sealing, nonce, .. } = self.newest();
        let (header, body) = plain.bytes.split_at_mut(HEADER);
        let drawn: [u8; NONCE] = moment.bytes();
        let before = current.map_or(0, Version::get).to_be_bytes();
        let place = [plain.format, kind as u8];
        let hash = nonce.mac(&[&drawn, &place, id.as_bytes(), &before, body]);
        let [a, b, c, d, e, f, g, h, nonce @ ..] = *hash;
        let version = Version::next(current, u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        let bound = associated(plain.format, kind, *generation, id, version);
        let tag = suite.seal(sealing, &nonce, &bound, body);
        concat_into(header, &[&[plain.format], &generation.in_record(), &nonce]);
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
        let (generation, nonce) = header.split_first_chunk().ok_or(Unreadable)?;
        let generation = Generation::of_record(*generation).ok_or(Unreadable)?;
        let known = self.known(generation).ok_or(Unreadable)?;
        let bound = associated(*format, kind, generation, id, record.version());
        let plain = known.suite.open(&known.sealing, nonce, &bound, rest)?;
        Ok(Opened { plain, generation, format: *format })
    }

    /// Returns whether a record belongs to a generation that was dropped.
    ///
    /// The header of a record is not authenticated before the record is opened. An attacker with
    /// access to the database can therefore forge the result. Rely on it only for a record that
    /// such an attacker could delete with the same effect.
    pub(crate) fn is_dropped(&self, record: &Record) -> bool {
        let generation = record.bytes().get(1..).and_then(<[u8]>::first_chunk);
        let generation = generation.and_then(|bytes| Generation::of_record(*bytes));
        let lowest = self.generations.first().map(|known| known.generation);
        generation.is_some() && generation < lowest
    }

    /// Seals a short string for a user or carrier, in URL-safe Base64.
    ///
    /// It contains the generation, the nonce, the body and the tag.
    pub(crate) fn seal_text(&self, kind: TextKind, plain: &[u8], moment: &mut Moment) -> String {
        seal_text_with(self.newest(), kind, plain, &moment.bytes::<NONCE>())
    }

    /// Seals a string deterministically, or returns `None` if the generation is not known. The
    /// plaintext must be secret and random.
    pub(crate) fn seal_same_text(
        &self,
        generation: Generation,
        kind: TextKind,
        plain: &[u8],
    ) -> Option<String> {
        self.known(generation).map(|known| seal_text_with(known, kind, plain, &[]))
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
        let (generation, rest) = bytes.split_first_chunk().ok_or(Unreadable)?;
        let generation = Generation::of_text(*generation);
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(Unreadable)?;
        let known = self.known(generation).filter(|known| known.role != Role::Leaked);
        let known = known.ok_or(Unreadable)?;
        known.suite.open(&known.text, nonce, &associated_text(kind, generation), rest)
    }
}

/// The nonce is a keyed hash of the string, so that two strings never share a nonce.
fn seal_text_with(by: &GenerationKeys, kind: TextKind, plain: &[u8], drawn: &[u8]) -> String {
    let hash = by.text_nonce.mac(&[drawn, &[kind as u8], plain]);
    let nonce: [u8; NONCE] = *hash.first_chunk().expect("a hash has 32 bytes");
    let mut bytes = Wiped::new(Vec::with_capacity(TEXT_HEADER + plain.len() + TAG));
    bytes.extend_from_slice(&by.generation.in_text());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(plain);
    let (_, body) = bytes.split_at_mut(TEXT_HEADER);
    let tag = by.suite.seal(&by.text, &nonce, &associated_text(kind, by.generation), body);
    bytes.extend_from_slice(&tag);
    Base64UrlUnpadded::encode_string(&bytes)
}

impl Suite {
    /// Encrypts `body` in place, and returns its tag.
    fn seal(self, key: &[u8; 32], nonce: &[u8; NONCE], bound: &[u8], body: &mut [u8]) -> Tag {
        match self {
            Self::XChaCha20Argon2id => cipher(key)
                .encrypt_inout_detached(&XNonce::from(*nonce), bound, body.into())
                .expect("what is sealed is far shorter than the cipher can seal"),
        }
    }

    fn open(
        self,
        key: &[u8; 32],
        nonce: &[u8],
        bound: &[u8],
        sealed: &[u8],
    ) -> Result<Wiped<Vec<u8>>, Unreadable> {
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Unreadable)?;
        let (body, tag) = sealed.split_last_chunk::<TAG>().ok_or(Unreadable)?;
        let mut plain = Wiped::new(body.to_vec());
        let tag = Tag::from(*tag);
        match self {
            Self::XChaCha20Argon2id => cipher(key)
                .decrypt_inout_detached(
                    &XNonce::from(nonce),
                    bound,
                    plain.as_mut_slice().into(),
                    &tag,
                )
                .map_err(|_| Unreadable)?,
        }
        Ok(plain)
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

/// Returns the associated data of a record, without which the record does not open.
fn associated(
    format: u8,
    kind: RecordKind,
    generation: Generation,
    id: &RecordId,
    version: Version,
) -> [u8; 30] {
    let mut bound = [0; 30];
    let (generation, version) = (generation.in_record(), version.get().to_be_bytes());
    concat_into(&mut bound, &[&[format, kind as u8], &generation, id.as_bytes(), &version]);
    bound
}

/// Returns the associated data of a sealed string.
const fn associated_text(kind: TextKind, generation: Generation) -> [u8; 3] {
    let [high, low] = generation.in_text();
    [kind as u8, high, low]
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
pub(crate) const FORMAT: u8 = if cfg!(feature = "rehearsal") { 2 } else { 1 };
/// The oldest format, which every release reads.
pub(super) const OLDEST: u8 = 1;
/// The newest format that is written unless the application permits a later one.
pub(super) const NEWEST_OF_THE_RELEASE_BEFORE: u8 = 1;
/// The size limit that the contract of `Storage` promises.
pub(crate) const MAX_RECORD: usize = 65_536;
/// The largest body of a record.
pub(crate) const MAX_BODY: usize = MAX_RECORD - HEADER - TAG;
const HEADER: usize = 1 + 4 + NONCE;
const TEXT_HEADER: usize = 2 + NONCE;
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
        assert_eq!(opened.plain.as_slice(), b"plain");
        assert_eq!(opened.generation, Generation::FIRST);
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
            let (first, version) = (Generation::FIRST, Version::new(number));
            let bound = associated(FORMAT, RecordKind::Subject, first, &id, version);
            let (nonce, mut body) = ([9; NONCE], *b"plain");
            let tag = cipher(&keys.newest().sealing)
                .encrypt_inout_detached(&XNonce::from(nonce), &bound, body.as_mut_slice().into())
                .unwrap();
            let bytes = [&[FORMAT][..], &[0; 4], &nonce, &body, &tag].concat();
            let record = Record::new(Version::new(number), bytes);
            assert!(keys.open_record((RecordKind::Subject, &id), &record).is_err(), "{number}");
        }
    }

    fn root(n: u8) -> [u8; 32] {
        core::array::from_fn(|at| n.wrapping_mul(at as u8))
    }

    fn only(number: u16) -> Keys {
        match number {
            1 => Keys::new(root(1)),
            _ => Keys::named_by(Keys::naming_key(&root(1)), 2, root(3)).unwrap(),
        }
    }

    #[test]
    fn newest_generation_seals_and_known_ones_open() {
        let opening = Keys::new(root(1)).opening(2, root(3)).unwrap();
        let sealing = Keys::new(root(1)).sealing(2, root(3)).unwrap();
        let numbers = [&opening, &sealing].map(Keys::sealing_generation);
        assert_eq!(numbers, [1, 2]);
        let opens = |keys: &Keys, (id, record): &(RecordId, Record)| {
            keys.open_record((RecordKind::Subject, id), record).is_ok()
        };
        for (by, number) in [(&opening, 1), (&sealing, 2), (&only(1), 1), (&only(2), 2)] {
            let record = sealed(by);
            assert!(opens(&opening, &record) && opens(&sealing, &record));
            // A dropped generation fails closed.
            assert_eq!(opens(&only(1), &record), number == 1);
            assert_eq!(opens(&only(2), &record), number == 2);
        }
    }

    #[test]
    fn later_generation_opens_only_what_it_sealed() {
        let (id, record) = sealed(&only(1));
        let mut moved = record.bytes().to_vec();
        moved[1..5].copy_from_slice(&1_u32.to_be_bytes());
        let moved = Record::new(record.version(), moved);
        let both = Keys::new(root(1)).sealing(2, root(3)).unwrap();
        assert!(both.open_record((RecordKind::Subject, &id), &moved).is_err());
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let text = only(1).seal_text(TextKind::Grant, b"hello", &mut moment);
        let mut bytes = Base64UrlUnpadded::decode_vec(&text).unwrap();
        assert_eq!(bytes[..2], [0; 2]);
        assert!(both.open_text(TextKind::Grant, &text).is_ok());
        bytes[1] = 1;
        let moved = Base64UrlUnpadded::encode_string(&bytes);
        assert!(both.open_text(TextKind::Grant, &moved).is_err());
    }

    #[test]
    fn leaked_generation_opens_records_and_no_texts() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let kinds = [TextKind::Ceremony, TextKind::Device, TextKind::Grant, TextKind::Reference];
        let both = || Keys::new(root(1)).sealing(2, root(3)).unwrap();
        let replacing = both().replacing_leaked(1).unwrap();
        for kind in kinds {
            for (by, is_leaked) in [(&only(1), true), (&both(), false)] {
                let text = by.seal_text(kind, b"hello", &mut moment);
                assert!(both().open_text(kind, &text).is_ok());
                assert_eq!(replacing.open_text(kind, &text).is_err(), is_leaked);
            }
        }
        let (id, record) = sealed(&only(1));
        assert!(replacing.open_record((RecordKind::Subject, &id), &record).is_ok());
    }

    #[test]
    fn only_an_earlier_generation_is_dropped() {
        let records = [sealed(&only(1)).1, sealed(&only(2)).1];
        let dropped = |keys: &Keys| records.each_ref().map(|record| keys.is_dropped(record));
        assert_eq!(dropped(&only(1)), [false, false]);
        assert_eq!(dropped(&Keys::new(root(1)).sealing(2, root(3)).unwrap()), [false, false]);
        assert_eq!(dropped(&only(2)), [true, false]);
        for short in 0..5 {
            assert!(!only(2).is_dropped(&Record::new(Version::new(7), [0; 5][..short].to_vec())));
        }
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
    fn sealed_text_opens_only_for_its_kind() {
        let keys = Keys::new([1; 32]);
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let text = keys.seal_text(TextKind::Grant, b"hello", &mut moment);
        assert_eq!(keys.open_text(TextKind::Grant, &text).unwrap().as_slice(), b"hello");
        assert!(keys.open_text(TextKind::Reference, &text).is_err());
        assert!(keys.open_text(TextKind::Grant, &text[1..]).is_err());
        assert!(keys.open_text(TextKind::Grant, &"0".repeat(10 << 20)).is_err());
        let longest = keys.seal_text(TextKind::Grant, &[0; 726], &mut moment);
        assert_eq!(longest.len(), MAX_TEXT);
        assert!(keys.open_text(TextKind::Grant, &longest).is_ok());
        let longer = keys.seal_text(TextKind::Grant, &[0; 727], &mut moment);
        assert!(keys.open_text(TextKind::Grant, &longer).is_err());
    }
}
