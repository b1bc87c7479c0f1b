//! Clause 6: `load` sees every commit.

use alloc::format;

use super::{Ability, Clause, Finding, Outcome, Stores, bench::Bench, judge::name, plan::Checked};
use crate::storage::Storage as _;

pub(super) async fn none<S: Stores>(bench: Bench<S>) -> Checked {
    let store = bench.open().await?;
    store.holds(&bench.id(), "in a fresh place").await?;
    store.commit(&bench.id(), None, &bench.any()).await?;
    for _ in 0..NEIGHBOURS {
        store.holds(&bench.id(), "beside another record").await?;
    }
    Ok(Outcome::Passed)
}

pub(super) async fn own_commits<S: Stores>(bench: Bench<S>) -> Checked {
    let (store, id) = (bench.open().await?, bench.id());
    let mut expected = None;
    for _ in 0..ROUNDS {
        // Once before, so that a cache has something to keep; twice after.
        store.holds(&id, "before a commit").await?;
        let record = bench.any();
        store.commit(&id, expected, &record).await?;
        store.holds(&id, "after a commit").await?;
        store.holds(&id, "after a commit, the second time").await?;
        expected = Some(record.version());
    }
    Ok(Outcome::Passed)
}

pub(super) async fn commits_of_others<S: Stores>(bench: Bench<S>) -> Checked {
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
    Ok(Outcome::Passed)
}

/// A database that is gone is no empty one.
pub(super) async fn fails<S: Stores>(bench: Bench<S>) -> Checked {
    let (store, id, missing) = (bench.open().await?, bench.id(), bench.id());
    store.commit(&id, None, &bench.any()).await?;
    store.holds(&id, "after a commit").await?;
    if bench.spoil().await? == Ability::Cannot {
        return Ok(Outcome::Skipped("`Stores::spoil` cannot"));
    }
    for (id, which) in [(id, "a record"), (missing, "no record")] {
        bench.notes().begin("load, after Stores::spoil");
        let found = match store.store().load(&id).await {
            Err(_) => continue,
            Ok(None) => "answered Ok(None)".into(),
            Ok(Some(record)) => format!("gave {}, from a cache it seems", name(&record)),
        };
        let expected = format!("Err for {which}, since the place was spoiled");
        return Err(Finding::new(Clause::Load, expected, found));
    }
    Ok(Outcome::Passed)
}

/// Some of them before it and some behind it, in whatever order.
const NEIGHBOURS: usize = 16;
const ROUNDS: usize = 48;
