//! Checks of clause 5: distinct ids.

use alloc::vec::Vec;

use super::{CheckOutcome, Stores, bench::Bench, report::CheckResult};
use crate::storage::RecordId;

pub(super) async fn one_bit<S: Stores>(bench: Bench<S>) -> CheckResult {
    let base = *bench.id().bytes();
    let flipped = (0..16).flat_map(|at| (0..8).map(move |bit| (at, bit))).map(|(at, bit)| {
        let mut bytes = base;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
        bytes
    });
    are_distinct(bench, [base].into_iter().chain(flipped).map(RecordId::new).collect()).await
}

pub(super) async fn as_text<S: Stores>(bench: Bench<S>) -> CheckResult {
    are_distinct(bench, LOOK_ALIKE.into_iter().map(|bytes| RecordId::new(*bytes)).collect()).await
}

/// Checks that each id has its own record, and has none before it is created.
async fn are_distinct<S: Stores>(bench: Bench<S>, ids: Vec<RecordId>) -> CheckResult {
    let store = bench.open().await?;
    for id in &ids {
        store.holds(id, "before it was created").await?;
        store.commit(id, None, &bench.any()).await?;
    }
    for id in &ids {
        store.holds(id, "after others were created").await?;
    }
    // A replacement must not change any other record.
    for id in ids.iter().step_by(2) {
        let expected = bench.notes().current(id).map(|record| record.version());
        store.commit(id, expected, &bench.any()).await?;
    }
    for id in &ids {
        store.holds(id, "after others were replaced").await?;
    }
    Ok(CheckOutcome::Passed)
}

/// Ids that look alike by case, accent, padding, escape, pattern or decoding.
const LOOK_ALIKE: [&[u8; 16]; 32] = [
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
    b"abcdefghijklmnop",
    b"ABCDEFGHIJKLMNOP",
    b"Abcdefghijklmnop",
    b"abcdefghijklmno\0",
    b"abcdefghijklmno ",
    b"abcdefghijklmno\n",
    b"abcdefgh\0jklmnop",
    b"abcdefgh\0JKLMNOP",
    b"\0bcdefghijklmnop",
    b" bcdefghijklmnop",
    b"0000000000000000",
    b"0x00000000000000",
    b"abcdefg%ijklmnop",
    b"abcdefg_ijklmnop",
    b"abcdefg*ijklmnop",
    b"abcdefg?ijklmnop",
    b"abcdefg'ijklmnop",
    b"abcdefg\"ijklmnop",
    b"abcdefg\\ijklmnop",
    b"abcdefg/ijklmnop",
    b"abcdefg:ijklmnop",
    b"abcdefg{i}klmnop",
    b"../../etc/passwd",
    b"caf\xe9 caf\xe9 caf\xe9 .",
    b"cafe cafe cafe .",
    b"caf\xc9 caf\xc9 caf\xc9 .",
    b"stra\xc3\x9fe  strasse",
    b"abcdefghijklmn\xc3\x28",
    b"abcdefghijklmn\xc3\x29",
];
