//! Clause 2: a commit lasts, and stands on its own.

use super::{
    Ability, Finding, Outcome, Stores, bench::Bench, handle::StoreHandle, plan::Checked, task::cut,
};
use crate::storage::RecordId;

pub(super) async fn opened_again<S: Stores>(bench: Bench<S>) -> Checked {
    let ids = two_records(&bench, &bench.open().await?).await?;
    let store = bench.open().await?;
    for id in ids {
        store.holds(&id, "when the store was opened again after a commit").await?;
    }
    Ok(Outcome::Passed)
}

/// A refusal, a swap that is dropped half-way, and the end of the store itself.
pub(super) async fn stands_on_its_own<S: Stores>(bench: Bench<S>) -> Checked {
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
            store.holds(&id, "when the store was opened again after a refusal").await?;
        }
    }
    Ok(Outcome::Passed)
}

pub(super) async fn restarted<S: Stores>(bench: Bench<S>) -> Checked {
    let ids = two_records(&bench, &bench.open().await?).await?;
    if bench.restart().await? == Ability::Cannot {
        return Ok(Outcome::Skipped("`Stores::restart` cannot"));
    }
    let store = bench.open().await?;
    for id in ids {
        store.holds(&id, "after a commit and a restart").await?;
    }
    Ok(Outcome::Passed)
}

/// One record that was made, one that was replaced since.
async fn two_records<S: Stores>(
    bench: &Bench<S>,
    store: &StoreHandle<S>,
) -> Result<[RecordId; 2], Finding> {
    let (made, replaced, first) = (bench.id(), bench.id(), bench.any());
    store.commit(&replaced, None, &first).await?;
    store.commit(&replaced, Some(first.version()), &bench.any()).await?;
    store.commit(&made, None, &bench.any()).await?;
    Ok([made, replaced])
}

const POLLS: usize = 6;
