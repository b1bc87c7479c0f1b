//! Checks of clause 3: refused swaps.

use alloc::vec;

use super::{CheckOutcome, Stores, bench::Bench, report::CheckResult};
use crate::{
    storage::{Record, Version},
    time::UnixTime,
};

pub(super) async fn of_a_record<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id, first) = (bench.open().await?, bench.id(), bench.any());
    let (current, neighbour) = (bench.any(), bench.id());
    store.commit(&neighbour, None, &bench.any()).await?;
    store.commit(&id, None, &first).await?;
    store.commit(&id, Some(first.version()), &current).await?;
    let stale = [None, Some(Version::NEVER), Some(first.version()), Some(bench.any().version())];
    for expected in stale {
        // These records are shorter, longer, and long expired. No part of them may take effect.
        for bytes in [vec![], vec![7; 5_000]] {
            let version = bench.any().version();
            let over = Some(UnixTime::from_secs(1));
            store
                .refuse(&id, expected, &Record::new(version, bytes).with_forget_after(over))
                .await?;
            store.holds(&id, "after a refusal").await?;
        }
        // The current record itself has no change to write, and must still be refused.
        store.refuse(&id, expected, &current).await?;
    }
    store.holds(&neighbour, "after refusals under another id").await?;
    store.commit(&id, Some(current.version()), &bench.any()).await?;
    Ok(CheckOutcome::Passed)
}

pub(super) async fn of_none<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id) = (bench.open().await?, bench.id());
    for version in [Version::NEVER, Version::new(1), bench.any().version()] {
        store.refuse(&id, Some(version), &bench.any()).await?;
        store.holds(&id, "after a refusal").await?;
    }
    store.commit(&id, None, &bench.any()).await?;
    Ok(CheckOutcome::Passed)
}
