//! Checks of clause 7: unknown outcomes.

use super::{Ability, CheckOutcome, Clause, Stores, Violation, bench::Bench, report::CheckResult};
use crate::storage::{Storage as _, Swap, Version};

/// Checks that a swap in a missing database neither commits nor conflicts.
pub(super) async fn cannot_be_made<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, id, first) = (bench.open().await?, bench.id(), bench.any());
    store.commit(&id, None, &first).await?;
    if bench.spoil().await? == Ability::Cannot {
        return Ok(CheckOutcome::Skipped("`Stores::spoil` is not supported"));
    }
    let swaps = [(id, Some(first.version())), (id, Some(Version::NEVER)), (bench.id(), None)];
    for (id, expected) in swaps {
        bench.notes().begin("compare_and_swap, after Stores::spoil");
        let (clause, found) =
            match store.store().compare_and_swap(&id, expected, &bench.any()).await {
                Err(_) => continue,
                Ok(Swap::Commit) => (Clause::Commit, "returned Commit"),
                Ok(Swap::Conflict) => (Clause::Doubt, "returned Conflict"),
            };
        return Err(Violation::new(clause, "Err, since the place was made to fail", found));
    }
    Ok(CheckOutcome::Passed)
}
