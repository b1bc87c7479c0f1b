//! Checks of clause 8: calls that end.

use alloc::{format, string::String};
use core::{fmt::Debug, future::Future, time::Duration};

use super::{
    Ability, CheckOutcome, Clause, Stores, Violation,
    bench::Bench,
    report::CheckResult,
    task::{pause, within},
};
use crate::storage::{Storage as _, Swap};

/// Checks that calls to a stalled server end, and that the store recovers.
pub(super) async fn stalled<S: Stores>(bench: Bench<S>) -> CheckResult {
    let (store, other) = (bench.open().await?, bench.open().await?);
    let (id, first) = (bench.id(), bench.any());
    store.commit(&id, None, &first).await?;
    other.holds(&id, "after a commit").await?;
    if bench.stall().await? == Ability::Cannot {
        return Ok(CheckOutcome::Skipped("`Stores::stall` is not supported"));
    }
    let second = bench.any();
    bench.notes().begin("load, after Stores::stall");
    let loaded = ended(&bench, "load", other.store().load(&id)).await;
    bench.notes().begin("compare_and_swap, after Stores::stall");
    let swap = store.store().compare_and_swap(&id, Some(first.version()), &second);
    let swapped = ended(&bench, "compare_and_swap", swap).await;
    if bench.resume().await? == Ability::Cannot {
        let found = "cannot be resumed, since `Stores::resume` is not supported";
        return Err(Violation::new(Clause::End, RECOVERS, found));
    }
    loaded?;
    let may_hold = match swapped? {
        Some(Swap::Commit) => [&second, &second],
        Some(Swap::Conflict) => [&first, &first],
        // It may have taken effect, or may take effect later.
        None => [&first, &second],
    };
    for store in [&store, &other] {
        bench.notes().begin("load, after Stores::resume");
        let mut tries = 0;
        let found = loop {
            match store.store().load(&id).await {
                Ok(found) => break found,
                Err(_) if tries < TRIES => {
                    tries += 1;
                    pause(BETWEEN_TRIES).await;
                }
                Err(error) => {
                    let found = format!("still returned Err: {error}");
                    return Err(Violation::new(Clause::End, RECOVERS, found));
                }
            }
        };
        if !found.as_ref().is_some_and(|found| may_hold.contains(&found)) {
            let expected = "the record of before the stall, or of the swap during it";
            let found = format!("returned {found:?}");
            return Err(Violation::new(Clause::Load, expected, found));
        }
    }
    Ok(CheckOutcome::Passed)
}

/// Returns the answer of a call to a stalled server, or `None` if it was an error.
async fn ended<S: Stores, T, E: Debug>(
    bench: &Bench<S>,
    call: &'static str,
    future: impl Future<Output = Result<T, E>>,
) -> Result<Option<T>, Violation> {
    let limit = bench.stores().patience() / 4;
    let answer = within(limit, future).await;
    answer.map(Result::ok).ok_or_else(|| {
        let expected = format!("an answer or an error within {} s", limit.as_secs());
        let found: String = format!("`{call}` did not end while its server was stalled");
        Violation::new(Clause::End, expected, found)
    })
}

const RECOVERS: &str = "an answer, since the server runs again";
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
