//! Tests of the encoding, and of exact opening.

mod cbor;

use alloc::vec::Vec;
use std::{fs, string::String};

use proptest::prelude::*;

use self::cbor::changes;
use super::*;
use crate::{
    id::SubjectId,
    subject::record::{
        budget::{AddressBudget, PrefixTallies},
        state::State,
    },
};

fn keys() -> Keys {
    Keys::new(core::array::from_fn(|i| i as u8))
}

/// Opens `plain` as the state of a subject, sealed as this crate seals.
fn opened(plain: &[u8]) -> Result<State, Unreadable> {
    opened_as(RecordKind::Subject, plain)
}

fn opened_as<S>(kind: RecordKind, plain: &[u8]) -> Result<S, Unreadable>
where
    S: Encode<()> + for<'b> Decode<'b, ()>,
{
    let keys = keys();
    let id = keys.subject_record(&SubjectId::new("a").unwrap());
    let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
    let mut sealed = Sealed::with_room_for(plain.len());
    sealed.body().extend_from_slice(plain);
    let bytes = keys.seal_record((kind, &id), Version::new(1), sealed, &mut moment);
    open(&keys, (kind, &id), &Record::new(Version::new(1), bytes)).map(|(state, _)| state)
}

/// What `plain` encodes to after it was opened; `None` if it does not open.
fn reencoded(kind: RecordKind, plain: &[u8]) -> Option<Vec<u8>> {
    fn of<S: Encode<()> + for<'b> Decode<'b, ()>>(
        kind: RecordKind,
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        opened_as::<S>(kind, plain).ok().map(|state| minicbor::to_vec(state).unwrap())
    }
    match kind {
        RecordKind::Budget => of::<AddressBudget>(kind, plain),
        RecordKind::Prefix => of::<PrefixTallies>(kind, plain),
        RecordKind::Root => of::<()>(kind, plain),
        RecordKind::Subject => of::<State>(kind, plain),
    }
}

fn written(state: &State) -> Vec<u8> {
    minicbor::to_vec(state).unwrap()
}

/// The plaintext of each golden record.
fn golden() -> Vec<(RecordKind, Vec<u8>)> {
    let kinds = [RecordKind::Budget, RecordKind::Prefix, RecordKind::Root, RecordKind::Subject];
    let keys = Keys::new(*b"a root of thirty-two bytes, kept");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/format_1.txt");
    let text = fs::read_to_string(file).unwrap();
    let fields = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    let records = text.lines().filter(|line| line.starts_with("record ")).map(fields);
    records
        .map(|fields| {
            let [_, id, version, bytes] = &fields[..] else { panic!("four fields") };
            let mut raw = [0; 16];
            crate::hex::decode_into(id, &mut raw).unwrap();
            let mut sealed = alloc::vec![0; bytes.len() / 2];
            crate::hex::decode_into(bytes, &mut sealed).unwrap();
            let record = Record::new(Version::new(version.parse().unwrap()), sealed);
            let id = RecordId::new(raw);
            let opens = |kind| keys.open_record((kind, &id), &record).ok().map(|o| (kind, o));
            let (kind, (plain, _)) = kinds.into_iter().find_map(opens).unwrap();
            (kind, plain.to_vec())
        })
        .collect()
}

#[test]
fn longest_state_that_fits_opens_again() {
    let keys = keys();
    let id = keys.subject_record(&SubjectId::new("a").unwrap());
    let place = (RecordKind::Subject, &id);
    for len in MAX_BODY - 8..MAX_BODY + 8 {
        let state = minicbor::bytes::ByteVec::from(alloc::vec![7; len]);
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let record = seal(&keys, place, Version::new(1), &state, None, &mut moment);
        let opened = open::<minicbor::bytes::ByteVec>(&keys, place, &record);
        assert_eq!(opened.is_ok(), fits(&state), "{len}");
    }
}

#[test]
fn failure_120_remaining_bytes_do_not_open() {
    let mut plain = written(&State::new());
    assert!(opened(&plain).is_ok());
    plain.push(0);
    assert_eq!(opened(&plain).map(drop), Err(Unreadable));
}

#[test]
fn golden_record_encodes_to_the_same_bytes() {
    for (kind, plain) in golden() {
        assert_eq!(reencoded(kind, &plain).as_ref(), Some(&plain));
    }
}

/// Law 7: unknown fields, explicit nulls, another order, doubled keys, indefinite lengths and
/// numbers that are not in their shortest form.
#[test]
fn finding_s11_changed_structure_never_opens() {
    let mut tried = 0;
    for (kind, plain) in golden() {
        for (change, changed) in changes(&plain) {
            assert_eq!(reencoded(kind, &changed), None, "{change}: {changed:02x?}");
            tried += 1;
        }
    }
    assert!(tried > 3000, "{tried}");
}

proptest! {
    #[test]
    fn random_plaintext_is_refused_or_encodes_to_itself(
        plain in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(state) = opened(&plain) {
            prop_assert_eq!(written(&state), plain);
        }
    }

    #[test]
    fn changed_state_is_refused_or_encodes_to_itself(
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        cut in any::<usize>(),
    ) {
        for (kind, mut plain) in golden() {
            for (at, byte) in &changes {
                let at = at % plain.len();
                plain[at] = *byte;
            }
            if cut % 4 == 0 {
                plain.truncate(cut / 4 % (plain.len() + 1));
            }
            if let Some(again) = reencoded(kind, &plain) {
                prop_assert_eq!(again, plain);
            }
        }
    }
}
