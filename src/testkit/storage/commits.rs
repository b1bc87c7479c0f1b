//! Checks of clause 2: durable and independent commits.

use super::{
    Ability, CheckOutcome, Stores, Violation, bench::Bench, handle::StoreHandle,
    report::CheckResult, task::cut,
};
use crate::storage::RecordId;

pub(super) async fn opened_again<S: Stores>(bench: Bench<S>) -> CheckResult {
    let ids = two_records(&bench, &bench.open().await?).await?;
    let store = bench.open().await?;
    for id in ids {
        store.holds(&id, "after a commit, when the store was opened again").await?;
    }
    Ok(CheckOutcome::Passed)
}

/// Checks that a commit survives a refusal, a dropped swap, and a closed store.
pub(super) async fn is_independent<S: Stores>(bench: Bench<S>) -> CheckResult {
    for polls in 0..POLLS {
        let store = bench.open().await?;
        let ids = two_records(&bench, &store).await?;
        for id in ids {
            store.refuse(&id, None, &bench.any()).await?;
        }
        let _ = cut(store.swap(&bench.id(), None, &bench.any()), polls).await.transpose()?;
        for id in ids {
            store.holds(&id, "after a commit, a refusal, and a swap that was dropped").await?;
        }
        drop(store);
        let store = bench.open().await?;
        for id in ids {
            store.holds(&id, "after a refusal, when the store was opened again").await?;
        }
    }
    Ok(CheckOutcome::Passed)
}

pub(super) async fn restarted<S: Stores>(bench: Bench<S>) -> CheckResult {
    let ids = two_records(&bench, &bench.open().await?).await?;
    if bench.restart().await? == Ability::Cannot {
        return Ok(CheckOutcome::Skipped("`Stores::restart` is not supported"));
    }
    let store = bench.open().await?;
    for id in ids {
        store.holds(&id, "after a commit and a restart").await?;
    }
    Ok(CheckOutcome::Passed)
}

/// Commits two records: one that was created, and one that was then replaced.
async fn two_records<S: Stores>(
    bench: &Bench<S>,
    store: &StoreHandle<S>,
) -> Result<[RecordId; 2], Violation> {
    let (made, replaced, first) = (bench.id(), bench.id(), bench.any());
    store.commit(&replaced, None, &first).await?;
    store.commit(&replaced, Some(first.version()), &bench.any()).await?;
    store.commit(&made, None, &bench.any()).await?;
    Ok([made, replaced])
}

const POLLS: usize = 6;
