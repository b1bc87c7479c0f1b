//! Conformance checks for implementations of [`Storage`].
//!
//! Implement [`Stores`], which creates the stores to test, and call [`check_storage`] in a test.
//! Checks that need an operation that you do not implement, for example a restart of the server,
//! are reported as skipped. The checks work with any database and any async runtime.

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
mod task;

pub use self::{
    clause::Clause,
    increments::increment,
    report::{Check, CheckOutcome, Rejected, StorageReport, Violation},
};

/// Tests a store against every clause of the contract of [`Storage`](crate::Storage#contract).
///
/// Call it under the runtime that your store needs, or under [`block_on`](crate::block_on). It
/// takes some seconds, since it waits to see that records are not deleted too early.
///
/// # Errors
///
/// Returns [`Rejected`] if the store violates a clause. Its `Debug` equals its `Display`, so that
/// `unwrap` in a test prints the clause, what was expected and what the store did.
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

/// Creates stores for [`check_storage`]. Your tests implement it: three methods are required.
///
/// The provided methods report that they are not supported, and the checks that need them are
/// skipped. Implement those that your database supports.
///
/// # Example
///
/// See [`check_storage`]. The repository has implementations for SQLite, PostgreSQL, Redis and
/// MySQL, under `examples/storage/tests`.
pub trait Stores: Send + Sync + 'static {
    /// Where the records are: the name of a file or a table, with what is needed to connect.
    type Place: Send + Sync + 'static;

    /// The store to test.
    type Store: Storage + 'static;

    /// Creates an empty place, which is used by no other call. A run needs about thirty.
    fn fresh(&self) -> impl Future<Output = Result<Self::Place, Trouble>> + Send;

    /// Opens a store over a place, as another process would.
    ///
    /// It must share only the place with stores that were opened before.
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

    /// Stops the server of the place like a crash, with SIGKILL, and starts it again.
    ///
    /// No store is open over this place meanwhile, but stores over other places may be.
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

    /// Returns a command for a process that calls [`increment`] over the place, `times` times.
    ///
    /// The process must fail if [`increment`] fails. `None` means that this is not supported.
    fn worker(&self, place: &Self::Place, times: u32) -> Option<Command> {
        let _ = (place, times);
        None
    }

    /// Returns how long one check may take before it is treated as hanging. The default is a
    /// minute.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// A task for [`Stores::spawn`].
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An error of [`Stores`], of any type.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// Whether [`Stores`] supports an operation.
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
    /// The operation is not supported, and had no effect. The check is skipped.
    Cannot,
    /// The operation was carried out.
    Done,
}
