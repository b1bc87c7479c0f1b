//! Checks of clause 1: atomic swaps.

use alloc::{format, sync::Arc, vec, vec::Vec};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{
    Ability, CheckOutcome, Clause, Stores, Violation,
    bench::{Bench, after},
    judge::{difference, name},
    report::CheckResult,
    task::{Joined, Lost, yield_once},
};
use crate::storage::{Record, RecordId, Swap, Version};

pub(super) async fn one_commits<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (one, two, id) = (bench.open().await?, bench.open().await?, bench.id());
    let first = bench.any();
    one.commit(&id, None, &first).await?;
    one.refuse(&id, None, &bench.any()).await?;
    two.refuse(&id, None, &bench.any()).await?;
    // Two writers use the same new version, the successor of the version that they loaded.
    let next = after(first.version());
    let (left, right) = (Record::new(next, vec![1; 40]), Record::new(next, vec![2; 40]));
    two.commit(&id, Some(first.version()), &left).await?;
    one.refuse(&id, Some(first.version()), &right).await?;
    two.refuse(&id, Some(first.version()), &left).await?;
    Ok(CheckOutcome::Passed)
}

/// Checks that exactly one of several concurrent swaps commits.
///
/// Each writer uses a different record with the same version, as concurrent sign-ins do.
pub(super) async fn one_makes_it<S: Stores>(bench: Bench<S>) -> CheckResult {
    for _ in 0..ROUNDS {
        let (id, version) = (bench.id(), bench.any().version());
        let mut racers = Vec::new();
        for racer in 0..RACERS {
            let (store, record) = (bench.open().await?, Record::new(version, vec![racer; 99]));
            racers.push(bench.spawn(async move { store.swap(&id, None, &record).await }));
        }
        let commits = count(racers).await?;
        let is_there = bench.open().await?.load(&id).await?.is_some();
        let (clause, found) = match (commits, is_there) {
            (1, true) => continue,
            (0, true) => (Clause::Doubt, "returned Conflict to all, and one took effect".into()),
            (_, false) => (Clause::Load, "returned none of them afterwards".into()),
            _ => (Clause::Swap, format!("returned Commit to {commits}")),
        };
        let expected = "Commit to one of eight swaps that expected no record";
        return Err(Violation::new(clause, expected, found));
    }
    Ok(CheckOutcome::Passed)
}

async fn count(racers: Vec<Joined<Result<Swap, Violation>>>) -> Result<usize, Violation> {
    let mut commits = 0;
    for racer in racers {
        match racer.await {
            Ok(swap) => {
                let swap = swap.map_err(|violation| violation.under(Clause::Doubt))?;
                commits += usize::from(swap == Swap::Commit);
            }
            Err(Lost) => return Err(lost()),
        }
    }
    Ok(commits)
}

pub(super) fn lost() -> Violation {
    Violation::new(
        Clause::Swap,
        "a result of each of many concurrent calls",
        "panicked in one of them",
    )
}

pub(super) async fn others_are_refused<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id, missing) = (bench.open().await?, bench.id(), bench.id());
    let old = bench.any();
    store.commit(&id, None, &old).await?;
    store.commit(&id, Some(old.version()), &bench.any()).await?;
    for version in [Version::NEVER, old.version(), bench.any().version(), Version::new(i64::MAX)] {
        store.refuse(&id, Some(version), &bench.any()).await?;
        store.refuse(&missing, Some(version), &bench.any()).await?;
    }
    // The store must also refuse before any read, when a new connection may have no state.
    bench.open().await?.refuse(&bench.id(), Some(Version::NEVER), &bench.any()).await?;
    Ok(CheckOutcome::Passed)
}

/// Checks versions that a float, a 32-bit integer or a string would confuse.
pub(super) async fn versions_are_whole<S: Stores>(bench: Bench<S>) -> CheckResult {
    let store = bench.open().await?;
    for number in VERSIONS {
        let (id, record) = (bench.id(), bench.any());
        let record = Record::new(Version::new(number), record.bytes().to_vec());
        store.commit(&id, None, &record).await?;
        store.holds(&id, "after a commit").await?;
        let twins = [number ^ 1, number ^ (1 << 62), number ^ (1 << 32), number.swap_bytes()];
        let near = [number.wrapping_add(1), number - 1];
        let is_another = |twin: &i64| *twin != number && *twin >= 0;
        for twin in twins.into_iter().chain(near).filter(is_another) {
            store.refuse(&id, Some(Version::new(twin)), &bench.any()).await?;
        }
        let next = Record::new(after(record.version()), bench.any().bytes().to_vec());
        store.commit(&id, Some(record.version()), &next).await?;
        store.holds(&id, "after a commit").await?;
    }
    Ok(CheckOutcome::Passed)
}

pub(super) async fn recreated<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (one, two, id) = (bench.open().await?, bench.open().await?, bench.id());
    let (first, second) = (bench.any(), bench.any());
    one.commit(&id, None, &first).await?;
    two.commit(&id, Some(first.version()), &second).await?;
    if bench.delete(&id).await? == Ability::Cannot {
        return Ok(CheckOutcome::Skipped("`Stores::delete` is not supported"));
    }
    for store in [&one, &two] {
        store.holds(&id, "after it was deleted").await?;
        store.refuse(&id, Some(second.version()), &bench.any()).await?;
        store.refuse(&id, Some(first.version()), &bench.any()).await?;
    }
    let again = bench.any();
    one.commit(&id, None, &again).await?;
    for old in [&first, &second] {
        two.refuse(&id, Some(old.version()), &bench.any()).await?;
        one.refuse(&id, Some(old.version()), &bench.any()).await?;
    }
    two.commit(&id, Some(again.version()), &bench.any()).await?;
    Ok(CheckOutcome::Passed)
}

/// Checks that readers see complete records while another store replaces them.
pub(super) async fn no_halves<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (writer, id) = (bench.open().await?, bench.id());
    let mut version = Version::new(1);
    writer.commit(&id, None, &Record::new(version, pattern(version))).await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let (mut readers, mut sights) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (reader, is_over) = (bench.open().await?, Arc::clone(&is_over));
        let seen = Arc::new(AtomicUsize::new(0));
        sights.push(Arc::clone(&seen));
        readers.push(bench.spawn(async move {
            let mut last = None;
            while !is_over.load(Ordering::SeqCst) {
                let found = reader.load(&id).await?;
                let version = found.as_ref().map(Record::version);
                whole(&id, found)?;
                if last != version {
                    last = version;
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                yield_once().await;
            }
            whole(&id, reader.load(&id).await?)
        }));
    }
    // A slow reader must see enough replacements, too. One that has failed sees no more of them.
    let has_seen_enough = || sights.iter().all(|seen| seen.load(Ordering::SeqCst) >= SIGHTS);
    let written = async {
        for write in 0..WRITES {
            if write >= SIGHTS && has_seen_enough() {
                break;
            }
            let next = Record::new(after(version), pattern(after(version)));
            writer.commit(&id, Some(version), &next).await?;
            version = next.version();
            yield_once().await;
        }
        Ok(())
    };
    let written = written.await;
    is_over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap_or_else(|Lost| Err(lost()))?;
    }
    written.map(|()| CheckOutcome::Passed)
}

/// Returns ASCII text that contains `version`, with a length that depends on it.
///
/// Another check detects stores that change other bytes.
fn pattern(version: Version) -> Vec<u8> {
    let length = if version.get() % 2 == 0 { 200 } else { 9_000 };
    format!("{:016x}", version.get()).into_bytes().into_iter().cycle().take(length).collect()
}

fn whole(id: &RecordId, found: Option<Record>) -> Result<(), Violation> {
    let (clause, found) = match found {
        None => (Clause::Swap, "returned None".into()),
        Some(record) => {
            let whole = pattern(record.version());
            match (record.bytes().starts_with(&whole), whole.starts_with(record.bytes())) {
                (true, true) => return Ok(()),
                (false, false) => {
                    (Clause::Swap, format!("returned {}, with the bytes of another", name(&record)))
                }
                _ => (Clause::Bytes, difference(&whole, record.bytes())),
            }
        }
    };
    let expected = format!("a complete record under {id} while another replaces it");
    Err(Violation::new(clause, expected, found))
}

const RACERS: u8 = 8;
const ROUNDS: usize = 8;
/// How many replacements each reader must see, unless the writer ends first.
const SIGHTS: usize = 32;
/// The maximum number of replacements.
const WRITES: usize = 512;

/// Limits of floats, of 32 bits, and of versions.
const VERSIONS: [i64; 12] = [
    1,
    0x0000_0000_7fff_ffff,
    0x0000_0000_8000_0000,
    0x0000_0000_ffff_ffff,
    0x0000_0001_0000_0000,
    0x001f_ffff_ffff_ffff,
    0x0020_0000_0000_0001,
    0x0123_4567_89ab_cdef,
    0x4000_0000_0000_0000,
    0x4000_0000_0000_0001,
    0x7fff_ffff_ffff_fffe,
    0x7fff_ffff_ffff_ffff,
];
