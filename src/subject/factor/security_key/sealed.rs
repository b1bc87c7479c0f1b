//! Sealed ceremonies.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use crate::{
    denial::Reason,
    first_factor::FirstFactor,
    id::RecordId,
    keys::{Keys, TextKind},
    moment::Moment,
    purpose::Operation,
    secret::SecretText,
    subject::{
        factor::Caller,
        record::{
            client_binding::ClientBinding,
            codec::decode_exactly,
            fields::{Id, first_factor, purpose},
            lifetime::Lifetime,
            open_codes::EnrollmentBasis,
            security_keys::Blob,
        },
    },
    time::UnixTime,
    wiped::Wiped,
};

/// The content of a sealed ceremony.
///
/// The application stores it, so it and its parts are encoded here and not with the records.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct CeremonyContent {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) challenge: ByteArray<32>,
    /// [`Operation::Enroll`] for enrollment.
    #[cbor(n(2), with = "purpose")]
    pub(crate) purpose: Operation,
    #[n(3)]
    pub(crate) client: ClientBinding,
    #[n(4)]
    pub(crate) lifetime: Lifetime,
    #[n(5)]
    pub(crate) state: Blob,
    /// The subject, or `None` if the response will name it.
    #[n(6)]
    pub(crate) subject: Option<CeremonySubject>,
    /// The first factor, for a purpose that depends on one.
    #[cbor(n(7), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
}

/// The subject of a ceremony, as it was when the ceremony began.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct CeremonySubject {
    #[n(0)]
    pub(crate) record: Id,
    #[n(1)]
    pub(crate) epoch: u64,
    /// For an enrollment: the basis of its permission.
    #[n(2)]
    pub(crate) basis: Option<EnrollmentBasis>,
}

impl CeremonyContent {
    /// Opens a ceremony that [`seal`](Self::seal) sealed.
    pub(crate) fn open(keys: &Keys, text: &str) -> Option<Self> {
        let plain = keys.open_text(TextKind::Ceremony, text).ok()?;
        decode_exactly(&plain)
    }

    pub(crate) fn seal(&self, keys: &Keys, moment: &mut Moment) -> SecretText {
        SecretText::new(keys.seal_text(TextKind::Ceremony, &self.encoded(), moment))
    }

    pub(crate) const fn issued_at(&self) -> UnixTime {
        self.lifetime.start()
    }

    /// Returns the basis of the enrollment, or `None` if the ceremony is not an enrollment.
    pub(crate) fn basis(&self) -> Option<&EnrollmentBasis> {
        self.subject.as_ref()?.basis.as_ref()
    }

    /// Returns why `caller` must not use it for the subject with this record and epoch (law 4).
    pub(crate) fn refusal(&self, caller: &Caller, record: &RecordId, epoch: u64) -> Option<Reason> {
        let subject = self.subject.as_ref();
        if subject.is_some_and(|subject| *subject.record != *record.as_bytes()) {
            return Some(Reason::NotFound);
        }
        // FAILURES 62: what was begun before the first factor must end when it is enrolled.
        let has_ended = subject.is_some_and(|subject| subject.epoch != epoch);
        caller
            .refusal(self.purpose, &self.client, &self.lifetime)
            .or_else(|| has_ended.then_some(Reason::NotFound))
    }

    /// Returns the plaintext content, in a buffer that does not grow, because growth leaves a copy
    /// behind.
    fn encoded(&self) -> Wiped<Vec<u8>> {
        let mut plain = Wiped::new(Vec::with_capacity(minicbor::len(self)));
        minicbor::encode(self, &mut *plain).expect("a vector takes every byte");
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> CeremonyContent {
        CeremonyContent {
            id: [1; 16].into(),
            challenge: [2; 32].into(),
            purpose: Operation::SignIn,
            client: ClientBinding::default(),
            lifetime: Lifetime::new(UnixTime::from_secs(1_800_000_000), 90),
            state: Blob::new(b"state"),
            first_factor: None,
            subject: None,
        }
    }

    #[test]
    fn ceremony_with_an_unknown_field_does_not_open() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let mut moment = Moment::new(UnixTime::from_secs(1_800_000_000), [3; 32]);
        let mut plain = content().encoded().to_vec();
        let mut open = |plain: &[u8]| {
            let text = keys.seal_text(TextKind::Ceremony, plain, &mut moment);
            CeremonyContent::open(&keys, &text).is_some()
        };
        assert!(open(&plain));
        assert!(!open(&plain[..plain.len() - 1]));
        // Another field of the map, and another item after the map.
        plain.extend_from_slice(&[0x18, 99, 0xf5]);
        assert!(!open(&plain));
        let Some(map) = plain.first_mut() else { panic!("it is not empty") };
        assert_eq!(*map & 0xe0, 0xa0, "a map of fewer than 24 fields");
        *map += 1;
        assert!(!open(&plain));
    }
}
