//! The list of the checks, and how each is run.

use alloc::{boxed::Box, format, sync::Arc, vec::Vec};
use core::{future::Future, pin::Pin};

use super::{
    Check, Clause, Finding, Outcome, Report, Stores,
    bench::Bench,
    bytes, commits, doubt, dropped, hints, ids, increments,
    judge::Notes,
    loads, refusals, swaps,
    task::{Lost, joined, within},
};

/// How a check ends: with a finding, or kept, or skipped.
pub(super) type Checked = Result<Outcome, Finding>;

type Running = Pin<Box<dyn Future<Output = Checked> + Send>>;

/// A check that can be run.
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
            "of two swaps that expect one version, one commits" => swaps::one_commits,
            "of many who make a record at once, one does" => swaps::one_makes_it,
            "a swap that expects another version is refused" => swaps::others_are_refused,
            "all 64 bits of a version count" => swaps::versions_are_whole,
            "a record that is made again is another one" => swaps::made_again,
            "nobody sees half a swap" => swaps::no_halves,
            "a swap that is dropped is whole or nothing, and holds up nobody" => dropped::swaps,
            "increments in one task add up" => increments::in_one_task,
            "increments of many tasks add up" => increments::of_many_tasks,
            "increments of many processes add up" => increments::of_many_processes,
        Commit:
            "a commit is there when the store is opened again" => commits::opened_again,
            "a commit outlasts what is refused or dropped after it" => commits::stands_on_its_own,
            "a commit outlasts a restart" => commits::restarted,
            "a record stays until it may be forgotten" => hints::stays,
        Refusal:
            "a refusal leaves the record as it was" => refusals::of_a_record,
            "a refusal makes no record" => refusals::of_none,
        Bytes:
            "every byte comes back" => bytes::every_byte,
            "64 KiB come back" => bytes::as_many_as_promised,
            "of what was replaced nothing stays" => bytes::replaced,
        Ids:
            "ids that differ in one bit are apart" => ids::one_bit,
            "ids that look alike as text are apart" => ids::as_text,
        Load:
            "what was never made is None" => loads::none,
            "a store sees the commits of another at once" => loads::commits_of_others,
            "a store that fails does not say None" => loads::fails,
        Doubt:
            "a swap that cannot be made is an error" => doubt::cannot_be_made,
    }
}

/// Runs every check, one after the other.
///
/// A store that does not see its own commits would seem to break everything else as well; then the
/// rest is left out, so that the report says what is wrong.
pub(super) async fn run_all<S: Stores>(stores: Arc<S>) -> Report {
    let mut checks = Vec::new();
    let first = run(&stores, &Plan { clause: Clause::Load, name: FIRST, run: first }).await;
    let goes_on = matches!(first.outcome(), Outcome::Passed);
    for plan in plans() {
        checks.push(match goes_on {
            true => run(&stores, &plan).await,
            false => Check::new(plan.name, plan.clause, Outcome::Skipped(NOT_BEFORE)),
        });
    }
    checks.push(first);
    Report::new(checks)
}

fn first<S: Stores>(bench: Bench<S>) -> Running {
    Box::pin(loads::own_commits(bench))
}

/// Runs one check as a task of its own, so that one that panics or hangs is a finding.
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
            let found = format!("`{}` panicked, or the task was not run", notes.doing());
            Err(Finding::new(clause, "an answer", found))
        }
        None => {
            let (doing, secs) = (notes.doing(), patience.as_secs());
            let found = format!("`{doing}` hung: no end within {secs} s");
            // Whoever keeps a lock holds up others: the clause of swaps, whatever was called.
            Err(Finding::new(Clause::Swap, "an answer", found))
        }
    };
    Check::new(plan.name, clause, checked.unwrap_or_else(Outcome::Broken))
}

const FIRST: &str = "`load` sees the commit before it";
const NOT_BEFORE: &str = "not before `load` sees its own commits";
