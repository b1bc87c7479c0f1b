//! Checks of clause 4: unchanged bytes.

use alloc::{vec, vec::Vec};

use super::{
    CheckOutcome, Stores,
    bench::{Bench, after},
    report::CheckResult,
};
use crate::storage::Record;

pub(super) async fn every_byte<S: Stores>(bench: Bench<S>) -> CheckResult {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let backwards: Vec<u8> = every.iter().rev().copied().collect();
    let runs = AWKWARD.iter().map(|text| text.to_vec()).chain([every, backwards]);
    come_back(bench, runs).await
}

/// Stores lengths near the limits of pages, 16-bit integers and the contract.
///
/// A length of 64 KiB exceeds the maximum of a 16-bit integer by one.
pub(super) async fn as_many_as_promised<S: Stores>(bench: Bench<S>) -> CheckResult {
    let lengths = [1, 127, 255, 256, 1_024, 4_095, 4_096, 4_097, 8_193, 32_768, 65_535, 65_536];
    come_back(bench, lengths.into_iter().map(noise)).await
}

/// Stores long, short, empty and long bytes in turn, under one id.
pub(super) async fn replaced<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id) = (bench.open().await?, bench.id());
    let mut expected = None;
    for length in [65_536, 3, 0, 9_000, 8_999, 1, 65_536, 0] {
        let record = bench.record(noise(length));
        store.commit(&id, expected, &record).await?;
        store.holds(&id, "after a record of another length").await?;
        expected = Some(record.version());
    }
    Ok(CheckOutcome::Passed)
}

async fn come_back<S: Stores>(
    bench: Bench<S>,
    runs: impl Iterator<Item = Vec<u8>> + Send,
) -> CheckResult {
    let store = bench.open().await?;
    for bytes in runs {
        let (id, record) = (bench.id(), bench.record(bytes));
        store.commit(&id, None, &record).await?;
        store.holds(&id, "after it was created").await?;
        let next = Record::new(after(record.version()), record.bytes().to_vec());
        store.commit(&id, Some(record.version()), &next).await?;
        store.holds(&id, "after it was replaced").await?;
    }
    Ok(CheckOutcome::Passed)
}

/// Returns pseudorandom bytes, so that no part repeats.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut bytes = vec![0; length];
    for byte in &mut bytes {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        [*byte, ..] = state.to_le_bytes();
    }
    bytes
}

/// Bytes that some stores truncate, trim, escape, decode or treat as null.
const AWKWARD: [&[u8]; 26] = [
    b"",
    b"\0",
    b"\0\0\0\0",
    b"a\0b",
    b"ends in NUL\0",
    b"ends in a space ",
    b" begins with one",
    b"\t\n\r\n",
    b"ends in a newline\n",
    b"\xff\xfe",
    b"\xef\xbb\xbfmark",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x94\x91",
    b"0",
    b"0012",
    b"1e5",
    b"NULL",
    b"null",
    b"\\x00ff",
    b"\\000\\\\",
    b"it's \"quoted\" `here`",
    b"%s %00 %25 {} {{}} ${x}",
    b"a,b;c|d\x1a\x1b[0m",
    b"=?utf-8?b?AA==?=",
    b"\x80\x04\x95\x01",
];
