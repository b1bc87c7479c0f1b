//! Tests of the encoding, and of exact opening.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod cbor;

use alloc::string::String;
use alloc::vec::Vec;
use std::fs;

use proptest::prelude::*;

use self::cbor::changes;
use super::*;
use crate::{
    id::SubjectId,
    subject::record::{
        budget::{AddressBudget, PrefixTallies},
        sentinel::Sentinel,
        state::State,
    },
};

#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
struct Long(#[n(0)] minicbor::bytes::ByteVec);

impl Stored for Long {}

fn keys() -> Keys {
    Keys::new(core::array::from_fn(|i| i as u8))
}

/// Opens `plain` as the state of a subject, sealed as this crate seals.
fn opened(plain: &[u8]) -> Result<State, Unreadable> {
    opened_as(RecordKind::Subject, plain)
}

fn opened_as<S: Stored>(kind: RecordKind, plain: &[u8]) -> Result<S, Unreadable> {
    let keys = keys();
    let id = keys.subject_record(&SubjectId::new("a").unwrap());
    let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
    let mut sealed = Sealed::with_room_for(plain.len(), 1);
    sealed.body().extend_from_slice(plain);
    let record = keys.seal_record((kind, &id), None, sealed, &mut moment);
    open(&keys, (kind, &id), &record).map(|(state, _)| state)
}

/// What `plain` encodes to after it was opened; `None` if it does not open.
fn reencoded(kind: RecordKind, plain: &[u8]) -> Option<Vec<u8>> {
    fn of<S: Stored>(kind: RecordKind, plain: &[u8]) -> Option<Vec<u8>> {
        opened_as::<S>(kind, plain).ok().map(|state| minicbor::to_vec(state).unwrap())
    }
    match kind {
        RecordKind::Budget => of::<AddressBudget>(kind, plain),
        RecordKind::Prefix => of::<PrefixTallies>(kind, plain),
        RecordKind::Root => of::<Sentinel>(kind, plain),
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
            let (kind, opened) = kinds.into_iter().find_map(opens).unwrap();
            (kind, opened.plain.to_vec())
        })
        .collect()
}

#[test]
fn longest_state_that_fits_opens_again() {
    let keys = keys();
    let id = keys.subject_record(&SubjectId::new("a").unwrap());
    let place = (RecordKind::Subject, &id);
    for len in MAX_BODY - 8..MAX_BODY + 8 {
        let state = Long(alloc::vec![7; len].into());
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let record = seal(&keys, place, None, &state, None, &mut moment);
        let opened = open::<Long>(&keys, place, &record);
        assert_eq!(opened.is_ok(), fits(&state), "{len}");
    }
}

#[test]
fn failure_120_remaining_bytes_do_not_open() {
    let mut plain = written(&State::new());
    assert!(opened(&plain).is_ok());
    plain.push(0);
    assert!(opened(&plain).is_err());
}

#[test]
fn golden_record_encodes_to_the_same_bytes() {
    for (kind, plain) in golden() {
        assert_eq!(reencoded(kind, &plain).as_ref(), Some(&plain));
    }
}

/// Without such inputs, the fuzzer would only see records that are refused.
#[test]
fn corpus_of_the_fuzzer_contains_records_that_open() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/record");
    let inputs = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let opens = |plain: &Vec<u8>| opened(plain).is_ok();
    assert!(inputs.filter(opens).count() >= 3, "add the golden records to the corpus");
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

/// After a lost tail, two histories continue from one version.
#[test]
fn failure_119_branches_share_no_version() {
    let branch = |seed: u32| {
        let mut bytes = [1; 32];
        bytes[..4].copy_from_slice(&seed.to_be_bytes());
        let mut moment = Moment::new(UnixTime::from_secs(0), bytes);
        let mut version = Version::new(7);
        core::array::from_fn::<_, 5, _>(|_| {
            let keys = keys();
            let id = keys.subject_record(&SubjectId::new("a").unwrap());
            let place = (RecordKind::Subject, &id);
            version = seal(&keys, place, Some(version), &Sentinel::new([7; 16]), None, &mut moment)
                .version();
            version
        })
    };
    for pair in 0..5000 {
        let (one, other) = (branch(2 * pair), branch(2 * pair + 1));
        assert!(one.iter().all(|version| !other.contains(version)), "{pair}");
        assert!(one.windows(2).all(|two| two[0].get() < two[1].get()));
    }
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

#[test]
fn record_of_a_later_release_is_named_so() {
    let text = |format| {
        let record = Record::new(Version::new(1), alloc::vec![format, 0]);
        alloc::format!("{}", Unreadable::of(&record))
    };
    assert_eq!(text(FORMAT), "a record cannot be opened with these keys");
    assert_eq!(text(FORMAT + 1), "a record was written by a later release");
    assert_eq!(text(u8::MAX), text(FORMAT + 1));
}
