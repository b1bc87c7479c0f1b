//! The flaws of stores.

use alloc::collections::BTreeMap;

use second_factor::storage::{Record, RecordId, Version};

/// The records of a place, by id.
pub type Rows = BTreeMap<Vec<u8>, Record>;

/// A flaw of a store. Each is a realistic mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    AppliesTheHintOfARefusal,
    BumpsTheVersionAtARefusal,
    CachesUntilItWrites,
    CachesWhatIsMissing,
    CachesWhatItSaw,
    CommitsBeforeItIsDurable,
    ComparesAsFloats,
    ComparesHalfOfTheVersion,
    ComparesWithLessOrEqual,
    CreatesARecordAtARefusal,
    CreatesRecordsForAnyVersion,
    DecodesBytes,
    DecodesIds,
    DeletesThenInserts,
    EndsIdsAtNul,
    ErrorsAtRaces,
    ErrorsAtRefusals,
    ExpiresTooEarly,
    FoldsCaseOfIds,
    HangsWhileStalled,
    IgnoresTheVersion,
    KeepsTheFirstHint,
    KeepsTheOldTail,
    LagsBehind,
    LeaksALockWhenDropped,
    LosesTheLastByte,
    None,
    PanicsAtLongBytes,
    ReadsThenWrites,
    RefusesMoreThan65535Bytes,
    ReturnsANeighbor,
    ReturnsCommitOnErrors,
    ReturnsConflictAfterCommit,
    ReturnsConflictOnErrors,
    ReturnsNoneForEmptyBytes,
    ReturnsNoneOnErrors,
    ReturnsStaleRecordsAfterAStall,
    ReusesVersions,
    RollsBackAtARefusal,
    RollsBackWhenClosed,
    RunsInATransaction,
    StaysBrokenAfterAStall,
    TreatsEqualVersionsAsItsOwn,
    TreatsZeroAsNoRecord,
    TrimsBytes,
    TruncatesAt4KiB,
    TruncatesIds,
    UpsertsWhenItExpectsNone,
    WritesInTwoSteps,
    WritesThenRefuses,
}

/// Returns the key under which a record is stored.
pub fn key(flaw: Flaw, id: &RecordId) -> Vec<u8> {
    let bytes = id.as_bytes();
    match flaw {
        Flaw::TruncatesIds => bytes[..8].to_vec(),
        Flaw::DecodesIds => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
        Flaw::EndsIdsAtNul => bytes.iter().copied().take_while(|byte| *byte != 0).collect(),
        Flaw::FoldsCaseOfIds => bytes.to_ascii_lowercase(),
        _ => bytes.to_vec(),
    }
}

/// Returns the bytes that are stored of a record, or `None` if the database refuses them.
pub fn stored(flaw: Flaw, bytes: &[u8]) -> Option<Vec<u8>> {
    let cut = match flaw {
        Flaw::DecodesBytes => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
        Flaw::LosesTheLastByte => bytes[..bytes.len().saturating_sub(1)].to_vec(),
        Flaw::PanicsAtLongBytes => {
            assert!(bytes.len() <= 4096, "a test expects this panic");
            bytes.to_vec()
        }
        Flaw::RefusesMoreThan65535Bytes if bytes.len() > 65_535 => return None,
        Flaw::TrimsBytes => bytes.trim_ascii_end().to_vec(),
        Flaw::TruncatesAt4KiB => bytes[..bytes.len().min(4096)].to_vec(),
        _ => bytes.to_vec(),
    };
    Some(cut)
}

/// Returns whether a swap that expects `expected` commits.
pub fn commits(
    flaw: Flaw,
    current: Option<Version>,
    expected: Option<Version>,
    offered: Version,
) -> bool {
    let [current_as, expected_as] = [current, expected].map(|version| version.map(Version::get));
    let both = current_as.zip(expected_as);
    let by = |same: fn(i64, i64) -> bool| {
        both.map_or(current == expected, |(current, expected)| same(current, expected))
    };
    match flaw {
        Flaw::ComparesAsFloats => by(|current, expected| current as f64 == expected as f64),
        Flaw::ComparesHalfOfTheVersion => by(|current, expected| current as u32 == expected as u32),
        Flaw::ComparesWithLessOrEqual => by(|current, expected| current <= expected),
        Flaw::IgnoresTheVersion => by(|_, _| true),
        Flaw::CreatesRecordsForAnyVersion => current.is_none() || current == expected,
        Flaw::TreatsEqualVersionsAsItsOwn => current == expected || current == Some(offered),
        Flaw::TreatsZeroAsNoRecord => current_as.unwrap_or(0) == expected_as.unwrap_or(0),
        Flaw::UpsertsWhenItExpectsNone => expected.is_none() || current == expected,
        _ => current == expected,
    }
}
