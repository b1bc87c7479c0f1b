//! Proves that a host's store keeps the contract of [`Storage`]. Knows no database and no runtime.
//!
//! Implement [`Stores`], which makes stores to try, and call [`check_storage`] in a test. What your
//! stores cannot do (restart their server, say) is left out and reported as skipped.

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
    report::{Check, Finding, Outcome, Rejected, Report},
};

/// Tries stores against every clause of the contract of [`Storage`].
///
/// Call it under the runtime that your store needs, or under [`block_on`](crate::block_on). It takes
/// some seconds, since it sees whether records stay until they may be forgotten.
///
/// # Errors
///
/// [`Rejected`] when a clause is broken. Its `Debug` is its `Display`, so that `unwrap` in a test
/// says which clause, what was expected and what the store did.
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
///         Ok(MemoryStorage::new())                       // CREATE TABLE, under a name of its own
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
/// assert!(report.to_string().contains("skipped  a commit outlasts a restart"));
/// ```
pub async fn check_storage<S: Stores>(stores: S) -> Result<Report, Rejected> {
    let report = plan::run_all(Arc::new(stores)).await;
    if report.is_clean() { Ok(report) } else { Err(Rejected::new(report)) }
}

/// Makes stores for [`check_storage`]. You write this: three methods, and what else you can.
///
/// The methods with a body answer that they cannot. What they would make possible is then reported
/// as skipped; write them if your database lets you.
///
/// # Example
///
/// The one of [`check_storage`]; whole ones for SQLite, PostgreSQL, Redis and MySQL are in the
/// repository, under `examples/storage/tests`.
pub trait Stores: Send + Sync + 'static {
    /// Where records lie: the name of a file or a table, with what is needed to reach it.
    type Place: Send + Sync + 'static;

    /// The store to try.
    type Store: Storage + 'static;

    /// A place with no record in it, which nothing else uses. Some thirty are asked for.
    fn fresh(&self) -> impl Future<Output = Result<Self::Place, Trouble>> + Send;

    /// A store over a place, as another process would open it: it shares nothing with those that were
    /// opened before, but the place.
    fn open(
        &self,
        place: &Self::Place,
    ) -> impl Future<Output = Result<Self::Store, Trouble>> + Send;

    /// Runs a task beside all others, to its end: `tokio::spawn(task)`, or a thread that calls
    /// [`block_on`](crate::block_on).
    fn spawn(&self, task: Task);

    /// Deletes a record, as you do when an account is deleted.
    fn delete(
        &self,
        place: &Self::Place,
        id: &RecordId,
    ) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = (place, id);
        async { Ok(Ability::Cannot) }
    }

    /// Ends what keeps the place as a crash would (a server: with SIGKILL), and starts it again.
    ///
    /// No store is open over the place meanwhile, but others may be over other places.
    fn restart(
        &self,
        place: &Self::Place,
    ) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// Makes every later call over the place impossible: drops the table, say.
    fn spoil(&self, place: &Self::Place) -> impl Future<Output = Result<Ability, Trouble>> + Send {
        let _ = place;
        async { Ok(Ability::Cannot) }
    }

    /// A process that calls [`increment`] so many times over the place, and fails if that does.
    fn worker(&self, place: &Self::Place, times: u32) -> Option<Command> {
        let _ = (place, times);
        None
    }

    /// How long one check may take before it counts as hanging: a minute.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// What [`Stores::spawn`] runs.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What went wrong while a store was made: any error.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// Whether [`Stores`] could do what it was asked for.
///
/// # Example
///
/// ```
/// use second_factor::testkit::storage::Ability;
///
/// assert_ne!(Ability::Cannot, Ability::Done);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what cannot be done is reported"]
#[non_exhaustive]
pub enum Ability {
    /// It cannot, and nothing was changed. The check is skipped.
    Cannot,
    /// It did.
    Done,
}
