//! Conformance checks for implementations of [`Storage`].
//!
//! Implement [`Stores`], which creates the stores to test, and call [`check_storage`] in a test. If
//! you do not implement an optional operation, such as a restart of the server, the checks that
//! need it are reported as skipped. The checks work with any database and any async runtime.

use alloc::{boxed::Box, sync::Arc};
use core::{error::Error, future::Future, pin::Pin, time::Duration};
use std::process::Command;

use crate::storage::{RecordId, Storage};

mod bench;
mod bytes;
mod clause;
mod commits;
mod doubt;
mod dropped;
mod ends;
mod handle;
mod hints;
mod ids;
mod increments;
mod judge;
mod loads;
mod plan;
mod refusals;
mod report;
mod swaps;
pub(in crate::testkit) mod task;

pub use self::{
    clause::Clause,
    increments::increment,
    report::{Check, CheckOutcome, Rejected, StorageReport, Violation},
};

/// Tests a store against every clause of the [contract](crate::Storage#contract).
///
/// Call this function in the runtime that your store needs, or in [`block_on`](crate::block_on). A
/// run takes some seconds, because the function waits to detect records that are deleted too early.
///
/// # Errors
///
/// Returns [`Rejected`] if the store violates a clause. Its `Debug` output equals `Display`.
/// Therefore, `unwrap` in a test prints the clause, the expected result, and the result of the
/// store.
///
/// # Example
///
/// ```
/// use second_factor::{MemoryStorage, block_on};
/// use second_factor::testkit::{check_storage, storage::{Stores, Task, Trouble}};
///
/// struct InMemory;
///
/// impl Stores for InMemory {
///     type Place = MemoryStorage;
///     type Store = MemoryStorage;
///
///     async fn fresh(&self) -> Result<MemoryStorage, Trouble> {
///         Ok(MemoryStorage::new())                       // CREATE TABLE, with a unique name
///     }
///
///     async fn open(&self, place: &MemoryStorage) -> Result<MemoryStorage, Trouble> {
///         Ok(place.clone())                              // a new pool of connections
///     }
///
///     fn spawn(&self, task: Task) {
///         std::thread::spawn(move || block_on(task));    // with tokio: tokio::spawn(task);
///     }
/// }
///
/// let report = block_on(check_storage(InMemory)).unwrap();
/// assert!(report.to_string().contains("skipped  a commit survives a restart"));
/// ```
pub async fn check_storage<S: Stores>(stores: S) -> Result<StorageReport, Rejected> {
    let report = plan::run_all(Arc::new(stores)).await;
    if report.is_clean() { Ok(report) } else { Err(Rejected::new(report)) }
}

/// Creates stores for [`check_storage`].
///
/// Your tests implement this trait, which has three required methods. Each provided method reports
/// that its operation is not supported, and the checks that need the operation are skipped.
/// Implement the operations that your database supports.
///
/// # Example
///
/// See [`check_storage`]. The package has implementations for SQLite, PostgreSQL, Redis and
/// MySQL, under `examples/storage/tests`.
pub trait Stores: Send + Sync + 'static {
    /// The location of the records: for example a table, with its connection settings.
    type Place: Send + Sync + 'static;

    /// The store to test.
    type Store: Storage + 'static;

    /// Creates an empty place, which no other call returns.
    ///
    /// A run needs about thirty places.
    fn fresh(&self) -> impl Future<Output = Result<Self::Place, Trouble>> + Send;

    /// Opens a store over a place, like another process.
    ///
    /// The place must be the only state that this store shares with earlier ones.
    fn open(
        &self,
        place: &Self::Place,
    ) -> impl Future<Output = Result<Self::Store, Trouble>> + Send;

    /// Runs a task to completion, concurrently with all others.
    ///
    /// Use `tokio::spawn(task)`, or a thread that calls [`block_on`](crate::block_on).
    fn spawn(&self, task: Task);

    /// Deletes a record, as your application does when an account is deleted.
    fn delete(
        &self,
        place: &Self::Place,
        id: &RecordId,
    ) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = (place, id);
        async { Ok(Ability::Cannot) }
    }

    /// Kills the server of the place with SIGKILL, as in a crash, and starts it again.
    ///
    /// Every store over this place is closed during the call. Stores over other places may be open.
    fn restart(
        &self,
        place: &Self::Place,
    ) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// Makes every later call over the place fail, for example by dropping the table.
    fn spoil(&self, place: &Self::Place) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// Stalls the server of the place until [`resume`](Self::resume) is called.
    ///
    /// A stalled server does not answer calls, but its connections stay open. For example, pause
    /// its process with `SIGSTOP`.
    fn stall(&self, place: &Self::Place) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// Resumes a stalled server.
    fn resume(&self, place: &Self::Place) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// Returns a command for a process that calls [`increment`] with `times`.
    ///
    /// The process must use a store over the place, and must fail if [`increment`] fails. Return
    /// `None` if the operation is not supported.
    fn worker(&self, place: &Self::Place, times: u32) -> Option<Command> {
        let _ = (place, times);
        None
    }

    /// Returns the time after which a check counts as hanging. The default is a minute.
    ///
    /// A call to a stalled server must end within a quarter of this time.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// A task for [`Stores::spawn`].
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An error of any type, as the methods of [`Stores`] return it.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// Whether an implementation of [`Stores`] supports an operation.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Ability;
///
/// assert_ne!(Ability::Cannot, Ability::Done);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an unsupported operation is reported"]
#[non_exhaustive]
pub enum Ability {
    /// The operation is not supported and had no effect. The check is skipped.
    Cannot,
    /// The operation was carried out.
    Done,
}
