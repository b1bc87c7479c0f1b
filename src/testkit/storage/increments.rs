//! Clause 1, by its sum: many who add to one number lose none of it.

use alloc::{format, string::String, vec::Vec};

use super::{
    Clause, Finding, Outcome, Stores,
    bench::Bench,
    handle::chain,
    plan::Checked,
    swaps::lost,
    task::{Lost, at_once, blocking},
};
use crate::{
    host::{Entropy as _, SystemEntropy},
    storage::{Record, RecordId, Storage, Swap, Version},
};

/// Adds 1 to the number that the processes of [`Stores::worker`] share, so many times.
///
/// Your test program calls it when it was started as a worker: see the example.
///
/// # Errors
///
/// A [`Finding`] when a call failed, a commit was lost, or none came about. Let the process fail with it.
///
/// # Example
///
/// In the tests of a host, `Stores::worker` runs the same program again, for one test that is ignored
/// otherwise:
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
/// // #[ignore = "another process of the test of the store"]
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
pub async fn increment<S: Storage>(store: &S, times: u32) -> Result<(), Finding> {
    let mut worker = [0; 8];
    SystemEntropy::new().fill(&mut worker).map_err(|_| {
        Finding::new(Clause::Swap, "random bytes", "was not tried: the system gave none")
    })?;
    let mut seen = 0;
    for _ in 0..times {
        seen = add_one(store, worker, seen).await?;
    }
    Ok(())
}

pub(super) async fn in_one_task<S: Stores>(bench: Bench<S>) -> Checked {
    let store = bench.open().await?;
    bench.notes().begin("load or compare_and_swap, many at once in one task");
    let workers = (0..WORKERS).map(|_| increment(store.store(), TIMES)).collect();
    at_once(workers).await.into_iter().collect::<Result<Vec<()>, Finding>>()?;
    adds_up(&bench, WORKERS * TIMES).await
}

/// Every second worker has a store of its own, the others share one.
pub(super) async fn of_many_tasks<S: Stores>(bench: Bench<S>) -> Checked {
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

pub(super) async fn of_many_processes<S: Stores>(bench: Bench<S>) -> Checked {
    // What makes its table when it is opened may do so once, and not in many processes at once.
    drop(bench.open().await?);
    let mut workers = Vec::new();
    for _ in 0..PROCESSES {
        let Some(mut command) = bench.stores().worker(bench.place(), TIMES) else {
            return Ok(Outcome::Skipped("`Stores::worker` cannot"));
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
            Err(Lost) => "no thread to wait for it".into(),
        };
        let found = format!("made a worker fail: {trouble}");
        return Err(Finding::new(Clause::Swap, "workers that end well", found));
    }
    adds_up(&bench, PROCESSES * TIMES).await
}

/// Adds 1, and gives the sum. Racers write the same version, as those of a sign-in do; only their
/// bytes tell them apart.
async fn add_one<S: Storage>(store: &S, worker: [u8; 8], seen: u64) -> Result<u64, Finding> {
    let (mut refused, mut unchanged) = (None, 0);
    for _ in 0..TURNS {
        let (expected, sum, last) = read(store).await?;
        unchanged = if refused == Some(expected) { unchanged + 1 } else { 0 };
        if last == worker && sum > seen {
            let found = "answered Conflict, and its record stands";
            return Err(Finding::new(Clause::Doubt, "Commit to a swap that took effect", found));
        }
        if unchanged == PATIENCE {
            let found = format!("gave the same, {PATIENCE} times in a row");
            let expected = "another record than the one whose swap was answered with Conflict";
            return Err(Finding::new(Clause::Load, expected, found));
        }
        if sum < seen {
            // A store that sees its own commits got here by losing one, as a rule.
            let found = format!("gave {sum}: a commit was overwritten, or `load` is late");
            return Err(Finding::new(Clause::Swap, format!("a sum of {seen} or more"), found));
        }
        let version = expected.map_or(FIRST, Version::next);
        let bytes = [(sum + 1).to_be_bytes(), worker].concat();
        let record = Record::new(version, bytes, None);
        match store.compare_and_swap(&COUNTER, expected, &record).await {
            Ok(Swap::Commit) => return Ok(sum + 1),
            Ok(Swap::Conflict) => refused = Some(expected),
            Err(error) => {
                let found = format!("`compare_and_swap` answered Err: {}", chain(&error));
                let expected = "Conflict to those of many swaps at once that came too late";
                return Err(Finding::new(Clause::Doubt, expected, found));
            }
        }
    }
    let found = format!("answered Conflict {TURNS} times in a row");
    Err(Finding::new(Clause::Swap, "that one of many swaps at once commits", found))
}

/// The version, the sum, and the worker who added last.
async fn read<S: Storage>(store: &S) -> Result<(Option<Version>, u64, [u8; 8]), Finding> {
    let found = store.load(&COUNTER).await.map_err(|error| {
        let found = format!("`load` answered Err: {}", chain(&error));
        Finding::new(Clause::Load, "a record while others swap", found)
    })?;
    let Some(record) = found else { return Ok((None, 0, [0; 8])) };
    let split = record.bytes().split_first_chunk().zip(record.bytes().last_chunk());
    match split {
        Some(((sum, rest), last)) if rest.len() == last.len() => {
            Ok((Some(record.version()), u64::from_be_bytes(*sum), *last))
        }
        _ => {
            let found = format!("gave {} bytes", record.bytes().len());
            Err(Finding::new(Clause::Bytes, "the 16 bytes of the sum and its worker", found))
        }
    }
}

async fn adds_up<S: Stores>(bench: &Bench<S>, commits: u32) -> Checked {
    let (_, sum, _) = read(bench.open().await?.store()).await?;
    let commits = u64::from(commits);
    let (clause, found) = match sum.cmp(&commits) {
        core::cmp::Ordering::Equal => return Ok(Outcome::Passed),
        core::cmp::Ordering::Less => {
            (Clause::Swap, format!("holds {sum}: it answered Commit and lost {}", commits - sum))
        }
        core::cmp::Ordering::Greater => {
            (Clause::Doubt, format!("holds {sum}: it answered Conflict where it committed"))
        }
    };
    Err(Finding::new(clause, format!("a sum of {commits} after {commits} commits of 1"), found))
}

const COUNTER: RecordId = RecordId::new(*b"\xc0\xff\xee\0 the number ");

/// So near to the end that versions begin again at 1 on the way.
const FIRST: Version = Version::new(u64::MAX - 9);

/// How often a record may be given again to whose version a swap was answered with Conflict.
const PATIENCE: u32 = 8;
const PROCESSES: u32 = 4;
const TIMES: u32 = 16;
/// How often one may lose before it counts as never winning.
const TURNS: u32 = 10_000;
const WORKERS: u32 = 8;
