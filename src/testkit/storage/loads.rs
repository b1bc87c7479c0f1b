//! Checks of clause 6: loads of every commit.

use alloc::format;

use super::{
    Ability, CheckOutcome, Clause, Stores, Violation, bench::Bench, judge::name,
    report::CheckResult,
};
use crate::storage::Storage as _;

pub(super) async fn none<S: Stores>(bench: Bench<S>) -> CheckResult {
    let store = bench.open().await?;
    store.holds(&bench.id(), "in a fresh place").await?;
    store.commit(&bench.id(), None, &bench.any()).await?;
    for _ in 0..NEIGHBOURS {
        store.holds(&bench.id(), "next to another record").await?;
    }
    Ok(CheckOutcome::Passed)
}

pub(super) async fn own_commits<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id) = (bench.open().await?, bench.id());
    let mut expected = None;
    for _ in 0..ROUNDS {
        // Load once before the commit, so that a cache is filled, and twice after.
        store.holds(&id, "before a commit").await?;
        let record = bench.any();
        store.commit(&id, expected, &record).await?;
        store.holds(&id, "after a commit").await?;
        store.holds(&id, "after a commit, the second time").await?;
        expected = Some(record.version());
    }
    Ok(CheckOutcome::Passed)
}

pub(super) async fn commits_of_others<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (one, two, id) = (bench.open().await?, bench.open().await?, bench.id());
    let mut expected = None;
    for round in 0..ROUNDS {
        let (writer, reader) = if round % 3 == 0 { (&two, &one) } else { (&one, &two) };
        reader.holds(&id, "before a commit of another store").await?;
        let record = bench.any();
        writer.commit(&id, expected, &record).await?;
        reader.holds(&id, "after a commit of another store").await?;
        expected = Some(record.version());
    }
    Ok(CheckOutcome::Passed)
}

/// Checks that a missing database does not look like an empty one.
pub(super) async fn fails<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id, missing) = (bench.open().await?, bench.id(), bench.id());
    store.commit(&id, None, &bench.any()).await?;
    store.holds(&id, "after a commit").await?;
    if bench.spoil().await? == Ability::Cannot {
        return Ok(CheckOutcome::Skipped("`Stores::spoil` is not supported"));
    }
    for (id, which) in [(id, "a record"), (missing, "no record")] {
        bench.notes().begin("load, after Stores::spoil");
        let found = match store.store().load(&id).await {
            Err(_) => continue,
            Ok(None) => "returned Ok(None)".into(),
            Ok(Some(record)) => format!("returned {}, probably from a cache", name(&record)),
        };
        let expected = format!("Err for {which}, since the place was made to fail");
        return Err(Violation::new(Clause::Load, expected, found));
    }
    Ok(CheckOutcome::Passed)
}

/// The number of other records.
///
/// The number is large enough that some sort before the tested record, and some after it.
const NEIGHBOURS: usize = 16;
const ROUNDS: usize = 48;
