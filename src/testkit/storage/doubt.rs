//! Clause 7: if you cannot tell whether a swap took effect, answer `Err`.

use super::{Ability, Clause, Finding, Outcome, Stores, bench::Bench, plan::Checked};
use crate::storage::{Storage as _, Swap, Version};

/// A swap over a database that is gone neither committed nor met another writer.
pub(super) async fn cannot_be_made<S: Stores>(bench: Bench<S>) -> Checked {
    let (store, id, first) = (bench.open().await?, bench.id(), bench.any());
    store.commit(&id, None, &first).await?;
    if bench.spoil().await? == Ability::Cannot {
        return Ok(Outcome::Skipped("`Stores::spoil` cannot"));
    }
    let swaps = [(id, Some(first.version())), (id, Some(Version::NEVER)), (bench.id(), None)];
    for (id, expected) in swaps {
        bench.notes().begin("compare_and_swap, after Stores::spoil");
        let (clause, found) =
            match store.store().compare_and_swap(&id, expected, &bench.any()).await {
                Err(_) => continue,
                Ok(Swap::Commit) => (Clause::Commit, "answered Commit"),
                Ok(Swap::Conflict) => (Clause::Doubt, "answered Conflict"),
            };
        return Err(Finding::new(clause, "Err, since the place was spoiled", found));
    }
    Ok(Outcome::Passed)
}
