//! Sealed texts of ceremonies.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use crate::{
    UnixTime,
    denial::Reason,
    id::RecordId,
    keys::{Keys, TextKind},
    moment::Moment,
    operation::Operation,
    secret::SecretText,
    subject::{
        factor::Caller,
        record::{
            client_binding::ClientBinding,
            fields::{Id, purpose},
            lifetime::Lifetime,
            security_keys::Blob,
        },
    },
    wiped::Wiped,
};

/// What the text of a ceremony contains.
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
    /// `None` if the answer will name the subject.
    #[n(6)]
    pub(crate) subject: Option<CeremonySubject>,
}

/// The subject of a ceremony, as it was when the ceremony began.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct CeremonySubject {
    #[n(0)]
    pub(crate) record: Id,
    #[n(1)]
    pub(crate) epoch: u64,
    /// For enrollment: whether the PIN was proven.
    #[n(2)]
    pub(crate) with_pin: bool,
}

impl CeremonyContent {
    /// Opens a text that [`seal`](Self::seal) sealed.
    pub(crate) fn open(keys: &Keys, text: &str) -> Option<Self> {
        let plain = keys.open_text(TextKind::Ceremony, text).ok()?;
        let content: Self = minicbor::decode(&plain).ok()?;
        // Law 7: a later release may have added a condition that this one does not know.
        (*content.encoded() == *plain).then_some(content)
    }

    pub(crate) fn seal(&self, keys: &Keys, moment: &mut Moment) -> SecretText {
        SecretText::new(keys.seal_text(TextKind::Ceremony, &self.encoded(), moment))
    }

    pub(crate) const fn issued_at(&self) -> UnixTime {
        self.lifetime.start()
    }

    /// Whether the PIN was proven when it began.
    pub(crate) fn has_pin(&self) -> bool {
        self.subject.as_ref().is_some_and(|subject| subject.with_pin)
    }

    /// Why `caller` must not use it for the subject with this record and epoch (law 4).
    pub(crate) fn refusal(&self, caller: &Caller, record: &RecordId, epoch: u64) -> Option<Reason> {
        let subject = self.subject.as_ref();
        if subject.is_some_and(|subject| *subject.record != *record.as_bytes()) {
            return Some(Reason::NotFound);
        }
        // FAILURES 62: what was begun before the first factor must end with its enrollment.
        let has_ended = subject.is_some_and(|subject| subject.epoch != epoch);
        caller
            .refusal(self.purpose, &self.client, &self.lifetime)
            .or_else(|| has_ended.then_some(Reason::NotFound))
    }

    /// The plain content, in a buffer that does not grow: growth would leave a copy behind.
    fn encoded(&self) -> Wiped<Vec<u8>> {
        let mut plain = Wiped::new(Vec::with_capacity(minicbor::len(self)));
        minicbor::encode(self, &mut *plain).expect("a vector takes every byte");
        plain
    }
}
