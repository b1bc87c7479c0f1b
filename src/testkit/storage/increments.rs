//! Checks of clause 1: concurrent increments.

use alloc::{format, string::String, vec::Vec};

use super::{
    CheckOutcome, Clause, Stores, Violation,
    bench::{Bench, after},
    handle::chain,
    report::CheckResult,
    swaps::lost,
    task::{Lost, at_once, blocking},
};
use crate::{
    host::{Entropy as _, SystemEntropy},
    storage::{Record, RecordId, Storage, Swap, Version},
};

/// Increments the shared number, `times` times.
///
/// The processes of [`Stores::worker`] share this number.
///
/// Your test program calls this function when it runs as a worker process.
///
/// # Errors
///
/// Returns [`Violation`] if a call failed, a commit was lost, or no swap committed. The process
/// must then fail.
///
/// # Example
///
/// `Stores::worker` runs the same test program again, with one test that is otherwise ignored:
///
/// ```
/// use second_factor::{MemoryStorage, block_on, testkit::storage::increment};
/// use std::process::Command;
///
/// fn worker(address: &str, times: u32) -> std::io::Result<Command> {
///     let mut command = Command::new(std::env::current_exe()?);
///     command.args(["--exact", "as_a_worker", "--ignored"]);
///     command.env("STORE", address).env("TIMES", times.to_string());
///     Ok(command)
/// }
///
/// // #[test]
/// // #[ignore = "runs as a worker process of another test"]
/// fn as_a_worker() {
///     # let open = |_| MemoryStorage::new();
///     let (Ok(address), Ok(times)) = (std::env::var("STORE"), std::env::var("TIMES")) else {
///         return;
///     };
///     block_on(increment(&open(address), times.parse().unwrap())).unwrap();
/// }
/// # as_a_worker();
/// # assert!(worker("file", 3).is_ok());
/// ```
pub async fn increment<S: Storage>(store: &S, times: u32) -> Result<(), Violation> {
    let mut worker = [0; 8];
    SystemEntropy::new().fill(&mut worker).map_err(|_| {
        Violation::new(Clause::Swap, "random bytes", "did not run: the system has no randomness")
    })?;
    let mut seen = 0;
    for _ in 0..times {
        seen = add_one(store, worker, seen).await?;
    }
    Ok(())
}

pub(super) async fn in_one_task<S: Stores>(bench: Bench<S>) -> CheckResult {
    let store = bench.open().await?;
    bench.notes().begin("load or compare_and_swap, many at once in one task");
    let workers = (0..WORKERS).map(|_| increment(store.store(), TIMES)).collect();
    at_once(workers).await.into_iter().collect::<Result<Vec<()>, Violation>>()?;
    adds_up(&bench, WORKERS * TIMES).await
}

/// Every second worker opens its own store; the others share one.
pub(super) async fn of_many_tasks<S: Stores>(bench: Bench<S>) -> CheckResult {
    let shared = bench.open().await?;
    let mut workers = Vec::new();
    for worker in 0..WORKERS {
        let store = if worker % 2 == 0 { shared.clone() } else { bench.open().await? };
        workers.push(bench.spawn(async move { increment(store.store(), TIMES).await }));
    }
    bench.notes().begin("load or compare_and_swap, of many tasks at once");
    for worker in workers {
        worker.await.unwrap_or_else(|Lost| Err(lost()))?;
    }
    adds_up(&bench, WORKERS * TIMES).await
}

pub(super) async fn of_many_processes<S: Stores>(bench: Bench<S>) -> CheckResult {
    // A store may create its table when it is opened, and fail if many processes do so at once.
    drop(bench.open().await?);
    let mut workers = Vec::new();
    for _ in 0..PROCESSES {
        let Some(mut command) = bench.stores().worker(bench.place(), TIMES) else {
            return Ok(CheckOutcome::Skipped("`Stores::worker` is not supported"));
        };
        workers.push(blocking(move || command.output()));
    }
    bench.notes().begin("the processes of Stores::worker");
    for worker in workers {
        let trouble = match worker.await {
            Ok(Ok(output)) if output.status.success() => continue,
            Ok(Ok(output)) => {
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
                format!("{}: {}", output.status, lines.join(" | "))
            }
            Ok(Err(error)) => chain(&error),
            Err(Lost) => "no thread could wait for it".into(),
        };
        let found = format!("failed in a worker: {trouble}");
        return Err(Violation::new(Clause::Swap, "workers that succeed", found));
    }
    adds_up(&bench, PROCESSES * TIMES).await
}

/// Increments the number, and returns the result.
///
/// Concurrent workers write the same version with different bytes, as concurrent sign-ins do.
async fn add_one<S: Storage>(store: &S, worker: [u8; 8], seen: u64) -> Result<u64, Violation> {
    let (mut refused, mut unchanged) = (None, 0);
    for _ in 0..TURNS {
        let (expected, sum, last) = read(store).await?;
        unchanged = if refused == Some(expected) { unchanged + 1 } else { 0 };
        if last == worker && sum > seen {
            let found = "returned Conflict, and stored its record";
            return Err(Violation::new(Clause::Doubt, "Commit to a swap that took effect", found));
        }
        if unchanged == PATIENCE {
            let found = format!("returned the same record {PATIENCE} times in a row");
            let expected = "another record than the one whose swap returned Conflict";
            return Err(Violation::new(Clause::Load, expected, found));
        }
        if sum < seen {
            // If the store returns its own commits, the usual cause is a lost commit.
            let found = format!("returned {sum}: a commit was overwritten, or `load` lags");
            return Err(Violation::new(Clause::Swap, format!("a sum of {seen} or more"), found));
        }
        let version = expected.map_or(FIRST, after);
        let bytes = [(sum + 1).to_be_bytes(), worker].concat();
        let record = Record::new(version, bytes);
        match store.compare_and_swap(&COUNTER, expected, &record).await {
            Ok(Swap::Commit) => return Ok(sum + 1),
            Ok(Swap::Conflict) => refused = Some(expected),
            Err(error) => {
                let found = format!("`compare_and_swap` returned Err: {}", chain(&error));
                let expected = "Conflict to the losers of many concurrent swaps";
                return Err(Violation::new(Clause::Doubt, expected, found));
            }
        }
    }
    let found = format!("returned Conflict {TURNS} times in a row");
    Err(Violation::new(Clause::Swap, "Commit to one of many concurrent swaps", found))
}

/// Returns the version, the sum, and the worker of the last increment.
async fn read<S: Storage>(store: &S) -> Result<(Option<Version>, u64, [u8; 8]), Violation> {
    let found = store.load(&COUNTER).await.map_err(|error| {
        let found = format!("`load` returned Err: {}", chain(&error));
        Violation::new(Clause::Load, "a record while other swaps run", found)
    })?;
    let Some(record) = found else { return Ok((None, 0, [0; 8])) };
    let split = record.bytes().split_first_chunk().zip(record.bytes().last_chunk());
    match split {
        Some(((sum, rest), last)) if rest.len() == last.len() => {
            Ok((Some(record.version()), u64::from_be_bytes(*sum), *last))
        }
        _ => {
            let found = format!("returned {} bytes", record.bytes().len());
            Err(Violation::new(Clause::Bytes, "the 16 bytes of the sum and its worker", found))
        }
    }
}

async fn adds_up<S: Stores>(bench: &Bench<S>, commits: u32) -> CheckResult {
    let (_, sum, _) = read(bench.open().await?.store()).await?;
    let commits = u64::from(commits);
    let (clause, found) = match sum.cmp(&commits) {
        core::cmp::Ordering::Equal => return Ok(CheckOutcome::Passed),
        core::cmp::Ordering::Less => {
            (Clause::Swap, format!("has {sum}: it returned Commit and lost {}", commits - sum))
        }
        core::cmp::Ordering::Greater => {
            (Clause::Doubt, format!("has {sum}: it returned Conflict to swaps that took effect"))
        }
    };
    Err(Violation::new(clause, format!("a sum of {commits} after {commits} commits of 1"), found))
}

const COUNTER: RecordId = RecordId::new(*b"\xc0\xff\xee\0 the number ");

/// The first version, so close to the maximum that versions wrap around to 1.
const FIRST: Version = Version::new(i64::MAX - 9);

/// How often in a row `load` may return the record that caused a conflict.
const PATIENCE: u32 = 8;
const PROCESSES: u32 = 4;
const TIMES: u32 = 16;
/// The number of consecutive conflicts that counts as starvation.
const TURNS: u32 = 10_000;
const WORKERS: u32 = 8;
