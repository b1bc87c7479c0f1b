//! The trait that a host implements to keep records, and what a record is. Keeps nothing itself.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

pub use crate::{
    id::RecordId,
    record::{Record, Swap, Version},
};

/// Keeps one versioned [`Record`] under each [`RecordId`]. You write this: two methods.
///
/// # Contract
///
/// 1. **A swap is indivisible.** Of two swaps that expect one version, at most one commits. One whose
///    future is dropped half-way took effect wholly or not at all, and holds up nobody.
/// 2. **A commit lasts, and stands on its own.** [`Swap::Commit`] is answered when the record will
///    survive what your database survives. Never run it inside a transaction that something else can
///    roll back: the failed sign-in would take its own count with it.
/// 3. **A refusal changes nothing.** After [`Swap::Conflict`] the record is what it was.
/// 4. **Bytes are bytes.** Every byte comes back as it was, up to 64 KiB of them.
/// 5. **Ids are apart.** Two ids that differ in a bit are two records. Compare them as bytes.
/// 6. **`load` sees every commit.** Every swap that was answered with `Commit` before `load` began,
///    by any process: no replica that lags, no cache.
/// 7. **If you cannot tell whether a swap took effect, answer `Err`.** [`Swap::Conflict`] is an
///    answer, not an error; a lost connection is an error, not a conflict.
///
/// `testkit::check_storage` (feature `testkit`) tries a store against each clause, in one line of your
/// tests. The manual's page on storage has the statements for ten databases, each with its traps.
///
/// # What a wrong answer costs
///
/// | lapse | cost |
/// |---|---|
/// | the version is not compared (1) | a code is accepted twice, guesses are not counted |
/// | a commit is lost or rolled back (2) | a used code works again, a lock is forgotten |
/// | a refusal changes the record (3) | a newer count or success is overwritten: as (1) |
/// | bytes are cut or changed (4) | the record does not open, and its subject is locked out |
/// | two ids are taken for one (5) | one of the two subjects is locked out |
/// | a stale read (6) | a subject looks as if it had no second factor |
/// | an error is answered with `Ok(None)` (6) | the same |
/// | `Err` where a swap took effect (7) | nothing but one try: the code may be spent |
/// | `Conflict` where a swap took effect (7) | a right code is refused, the person takes the next |
///
/// # What you will see
///
/// Conflicts are ordinary. Besides those of two callers at once, every refusal that is not counted
/// makes a swap that cannot commit: it expects version 0, which no record ever has (so do not let 0
/// stand for *no record* in your table). It keeps the work
/// the same for every refusal, and changes nothing.
///
/// # Example
///
/// In SQL, with `version` as a 64-bit integer. [`Record::forget_after`] need not be kept: read records
/// back with `None`.
///
/// ```sql
/// CREATE TABLE second_factor (id BYTEA PRIMARY KEY, version BIGINT NOT NULL, bytes BYTEA NOT NULL);
/// -- load
/// SELECT version, bytes FROM second_factor WHERE id = $1;
/// -- swap, expecting no record; then expecting a version: one row changed is a commit, none a conflict
/// INSERT INTO second_factor (id, version, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;
/// UPDATE second_factor SET version = $2, bytes = $3 WHERE id = $1 AND version = $4;
/// ```
///
/// In Rust, over a map:
///
/// ```
/// use std::{collections::HashMap, convert::Infallible, sync::Mutex};
/// use second_factor::storage::{Record, RecordId, Storage, Swap, Version};
///
/// struct Map(Mutex<HashMap<RecordId, Record>>);
///
/// impl Storage for Map {
///     type Error = Infallible;
///
///     async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
///         Ok(self.0.lock().unwrap().get(id).cloned())
///     }
///
///     async fn compare_and_swap(
///         &self,
///         id: &RecordId,
///         expected: Option<Version>,
///         record: &Record,
///     ) -> Result<Swap, Infallible> {
///         let mut map = self.0.lock().unwrap();
///         if map.get(id).map(Record::version) != expected {
///             return Ok(Swap::Conflict);
///         }
///         map.insert(*id, record.clone());
///         Ok(Swap::Commit)
///     }
/// }
/// # let _ = Map(Mutex::default());
/// ```
pub trait Storage: Send + Sync {
    /// What can go wrong. It is kept as the source of [`Error::Storage`](crate::Error::Storage).
    type Error: core::error::Error + Send + Sync + 'static;

    /// The record under `id`; `None` if there is none, and only then.
    fn load(
        &self,
        id: &RecordId,
    ) -> impl Future<Output = Result<Option<Record>, Self::Error>> + Send;

    /// Writes `record` if the stored version still is `expected`; `None` expects no record at all.
    fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> impl Future<Output = Result<Swap, Self::Error>> + Send;
}

impl<S: Storage> Storage for Arc<S> {
    type Error = S::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, S::Error> {
        S::load(self, id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, S::Error> {
        S::compare_and_swap(self, id, expected, record).await
    }
}

/// A store whose type is forgotten: what a [`Verifier`](crate::Verifier) holds.
pub(crate) trait AnyStorage: Send + Sync {
    fn load<'a>(&'a self, id: &'a RecordId) -> Answer<'a, Option<Record>>;

    fn compare_and_swap<'a>(
        &'a self,
        id: &'a RecordId,
        expected: Option<Version>,
        record: &'a Record,
    ) -> Answer<'a, Swap>;
}

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

impl<S: Storage> AnyStorage for S {
    fn load<'a>(&'a self, id: &'a RecordId) -> Answer<'a, Option<Record>> {
        Box::pin(async move { Storage::load(self, id).await.map_err(StorageError::new) })
    }

    fn compare_and_swap<'a>(
        &'a self,
        id: &'a RecordId,
        expected: Option<Version>,
        record: &'a Record,
    ) -> Answer<'a, Swap> {
        Box::pin(async move {
            Storage::compare_and_swap(self, id, expected, record).await.map_err(StorageError::new)
        })
    }
}

/// What a store answered when it could not do its work.
///
/// Its `Display` is one text; the store's own error is the [source](core::error::Error::source).
///
/// # Example
///
/// ```
/// # use second_factor::Error;
/// fn log(error: &Error) -> String {
///     match error {
///         Error::Storage(error) => format!("{:?}", std::error::Error::source(error)),
///         other => other.to_string(),
///     }
/// }
/// # let _ = log;
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the store failed")]
pub struct StorageError(#[source] Box<dyn core::error::Error + Send + Sync>);

impl StorageError {
    fn new(error: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}
