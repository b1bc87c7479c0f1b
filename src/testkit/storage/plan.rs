//! The list of checks, and the runner.

use alloc::{boxed::Box, format, sync::Arc, vec::Vec};
use core::{future::Future, pin::Pin};

use super::{
    Check, CheckOutcome, Clause, StorageReport, Stores, Violation,
    bench::Bench,
    bytes, commits, doubt, dropped, ends, hints, ids, increments,
    judge::Notes,
    loads, refusals,
    report::CheckResult,
    swaps,
    task::{Lost, joined, within},
};

type Running = Pin<Box<dyn Future<Output = CheckResult> + Send>>;

/// A check to run.
struct Plan<S: Stores> {
    clause: Clause,
    name: &'static str,
    run: fn(Bench<S>) -> Running,
}

macro_rules! plans {
    ($($clause:ident: $($name:literal => $run:path,)*)*) => {
        [$($(Plan {
            clause: Clause::$clause,
            name: $name,
            run: |bench| Box::pin($run(bench)),
        },)*)*]
    };
}

fn plans<S: Stores>() -> impl IntoIterator<Item = Plan<S>, IntoIter: Send> {
    plans! {
        Swap:
            "of two swaps that expect the same version, one commits" => swaps::one_commits,
            "of many concurrent swaps that create a record, one commits" => swaps::one_makes_it,
            "a swap that expects another version is refused" => swaps::others_are_refused,
            "all bits of a version are compared" => swaps::versions_are_whole,
            "a record that is created again is a new record" => swaps::recreated,
            "no reader sees a partial swap" => swaps::no_halves,
            "a dropped swap takes effect wholly or not at all" => dropped::swaps,
            "concurrent increments in one task add up" => increments::in_one_task,
            "concurrent increments of many tasks add up" => increments::of_many_tasks,
            "concurrent increments of many processes add up" => increments::of_many_processes,
        Commit:
            "a commit is visible after the store is opened again" => commits::opened_again,
            "a commit survives a later refusal and a later dropped swap" => commits::is_independent,
            "a commit survives a restart" => commits::restarted,
            "a record is not deleted before `forget_after`" => hints::stays,
        Refusal:
            "a refused swap leaves the record unchanged" => refusals::of_a_record,
            "a refused swap creates no record" => refusals::of_none,
        Bytes:
            "every byte value comes back unchanged" => bytes::every_byte,
            "records of 64 KiB come back unchanged" => bytes::as_many_as_promised,
            "a replaced record leaves no bytes behind" => bytes::replaced,
        Ids:
            "ids that differ in one bit are distinct" => ids::one_bit,
            "ids that look alike as text are distinct" => ids::as_text,
        Load:
            "a record that was never created is None" => loads::none,
            "a store sees the commits of another immediately" => loads::commits_of_others,
            "a failing store does not return None" => loads::fails,
        Doubt:
            "a swap in a failing store is an error" => doubt::cannot_be_made,
        End:
            "a call to a stalled server ends" => ends::stalled,
    }
}

/// Runs every check, one after the other.
///
/// A store that does not return its own commits would fail almost every check. The runner then
/// skips the other checks, so that the report shows the cause.
pub(super) async fn run_all<S: Stores>(stores: Arc<S>) -> StorageReport {
    let mut checks = Vec::new();
    let first = run(&stores, &Plan { clause: Clause::Load, name: FIRST, run: first }).await;
    let continues = matches!(first.outcome(), CheckOutcome::Passed);
    for plan in plans() {
        checks.push(if continues {
            run(&stores, &plan).await
        } else {
            Check::new(plan.name, plan.clause, CheckOutcome::Skipped(NOT_BEFORE))
        });
    }
    checks.push(first);
    StorageReport::new(checks)
}

fn first<S: Stores>(bench: Bench<S>) -> Running {
    Box::pin(loads::own_commits(bench))
}

/// Runs one check as a separate task, so that a panic or a hang is a violation.
async fn run<S: Stores>(stores: &Arc<S>, plan: &Plan<S>) -> Check {
    let (clause, run) = (plan.clause, plan.run);
    let notes = Arc::new(Notes::default());
    let (its_stores, its_notes) = (Arc::clone(stores), Arc::clone(&notes));
    let (task, joined) =
        joined(async move { run(Bench::new(its_stores, clause, its_notes).await?).await });
    stores.spawn(task);
    let patience = stores.patience();
    let checked = match within(patience, joined).await {
        Some(Ok(checked)) => checked,
        Some(Err(Lost)) => {
            let found = format!("`{}` panicked, or the task did not run", notes.doing());
            Err(Violation::new(clause, "a result", found))
        }
        None => {
            let (doing, secs) = (notes.doing(), patience.as_secs());
            let found = format!("`{doing}` hung for {secs} s");
            // A store that leaks a lock blocks any later call, so the clause is the one on swaps.
            Err(Violation::new(Clause::Swap, "a result", found))
        }
    };
    Check::new(plan.name, clause, checked.unwrap_or_else(CheckOutcome::Failed))
}

const FIRST: &str = "`load` sees earlier commits of the same store";
const NOT_BEFORE: &str = "`load` does not see commits of the same store";
