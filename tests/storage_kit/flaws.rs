//! The ways in which stores are broken, and what is wrong with an id, with bytes or with comparing.

use alloc::collections::BTreeMap;

use second_factor::storage::{Record, RecordId, Version};

/// Records by id, as a place keeps them.
pub type Rows = BTreeMap<Vec<u8>, Record>;

/// What is wrong with a store. Each is a mistake that somebody makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    AnswersBeforeItIsDurable,
    AnswersConflictWhereItCommitted,
    AppliesTheHintOfARefusal,
    BumpsTheVersionAtARefusal,
    CachesUntilItWrites,
    CachesWhatIsMissing,
    CachesWhatItSaw,
    ComparesAsFloats,
    ComparesHalfOfTheVersion,
    ComparesSigned,
    ComparesWithLessOrEqual,
    CutsIds,
    DecodesBytes,
    DecodesIds,
    DeletesThenInserts,
    EndsIdsAtNul,
    ErrorsAtRaces,
    ErrorsAtRefusals,
    ExpiresTooEarly,
    FoldsCaseOfIds,
    GivesANeighbour,
    IgnoresTheVersion,
    KeepsALockWhenDropped,
    KeepsTheFirstHint,
    KeepsTheOldTail,
    LagsBehind,
    LosesTheLastByte,
    MakesARecordAtARefusal,
    MakesRecordsForAnyVersion,
    None,
    PanicsAtLongBytes,
    ReadsThenWrites,
    RefusesMoreThan65535Bytes,
    ReusesVersions,
    RollsBackAtARefusal,
    RollsBackAtTheEnd,
    RunsInATransaction,
    SaysCommitOverErrors,
    SaysConflictOverErrors,
    SaysNoneOverEmptyBytes,
    SaysNoneOverErrors,
    TakesEqualVersionsForItsOwn,
    TakesZeroForNoRecord,
    TrimsBytes,
    TruncatesAt4KiB,
    UpsertsWhenItExpectsNone,
    WritesHalves,
    WritesThenRefuses,
}

/// The key under which a record is kept.
pub fn key(flaw: Flaw, id: &RecordId) -> Vec<u8> {
    let bytes = id.as_bytes();
    match flaw {
        Flaw::CutsIds => bytes[..8].to_vec(),
        Flaw::DecodesIds => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
        Flaw::EndsIdsAtNul => bytes.iter().copied().take_while(|byte| *byte != 0).collect(),
        Flaw::FoldsCaseOfIds => bytes.to_ascii_lowercase(),
        _ => bytes.to_vec(),
    }
}

/// The bytes that are kept of a record; `None`: the database refuses them.
pub fn kept(flaw: Flaw, bytes: &[u8]) -> Option<Vec<u8>> {
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

/// Whether a swap that expects `expected` commits over what stands.
pub fn commits(
    flaw: Flaw,
    stands: Option<Version>,
    expected: Option<Version>,
    offered: Version,
) -> bool {
    let [stands_as, expected_as] = [stands, expected].map(|version| version.map(Version::get));
    let both = stands_as.zip(expected_as);
    let by = |same: fn(u64, u64) -> bool| {
        both.map_or(stands == expected, |(stands, expected)| same(stands, expected))
    };
    match flaw {
        Flaw::ComparesAsFloats => by(|stands, expected| stands as f64 == expected as f64),
        Flaw::ComparesHalfOfTheVersion => by(|stands, expected| stands as u32 == expected as u32),
        Flaw::ComparesSigned => by(|stands, expected| clamped(stands) == clamped(expected)),
        Flaw::ComparesWithLessOrEqual => by(|stands, expected| stands <= expected),
        Flaw::IgnoresTheVersion => by(|_, _| true),
        Flaw::MakesRecordsForAnyVersion => stands.is_none() || stands == expected,
        Flaw::TakesEqualVersionsForItsOwn => stands == expected || stands == Some(offered),
        Flaw::TakesZeroForNoRecord => stands_as.unwrap_or(0) == expected_as.unwrap_or(0),
        Flaw::UpsertsWhenItExpectsNone => expected.is_none() || stands == expected,
        _ => stands == expected,
    }
}

/// A 64-bit number with a sign, for whoever takes what does not fit for the largest that does.
fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
