//! The storage trait, and the records it stores.

use alloc::{boxed::Box, sync::Arc};
use core::{future::Future, pin::Pin};

pub use crate::{
    id::RecordId,
    record::{Record, Swap, Version},
};

/// Stores one versioned [`Record`] under each [`RecordId`].
///
/// Your application implements this trait. It has two methods.
///
/// # Contract
///
/// Each clause ends with the cost of breaking it.
///
/// 1. **A swap must be atomic.** Of two swaps that expect the same version, at most one commits. A
///    swap whose future is dropped takes effect entirely or not at all, and does not block other
///    calls. *Cost: a code is accepted twice, and guesses are not counted.*
/// 2. **A commit must be durable and independent.** Return [`Swap::Commit`] only when the record
///    survives every failure that your database survives. Never run a swap inside a transaction
///    that other code can roll back: the failed sign-in would roll back its own count. *Cost: a
///    used code works again, and a lock is forgotten.*
/// 3. **A refused swap must change nothing.** After [`Swap::Conflict`] the record is unchanged.
///    *Cost: a newer count or success is overwritten, with the cost of clause 1.*
/// 4. **Bytes must come back unchanged.** A record has up to 64 KiB, and each byte may have any
///    value. *Cost: the record does not open, and its subject is locked out.*
/// 5. **Distinct ids must name distinct records.** Compare ids as bytes: two ids that differ in one
///    bit are two records. *Cost: one of the two subjects is locked out.*
/// 6. **`load` must see every commit.** It returns the effect of every swap that returned `Commit`
///    before `load` began, in any process. Do not read from a replica that lags, or from a cache.
///    `Ok(None)` means that the record does not exist; a failure must be an `Err`. *Cost: a subject
///    appears to have no second factor.*
/// 7. **An unknown outcome must be an `Err`.** Return [`Swap::Conflict`] only for a swap that did
///    not take effect. A lost connection is an error, not a conflict. *Cost of `Conflict` for a
///    swap that took effect: a correct code is refused, and the user needs the next code. Cost of
///    `Err` for such a swap: one attempt, because the code may be consumed.*
/// 8. **A call must end.** Give every call a time limit, such as five seconds, and return an `Err`
///    when the limit has passed. If the response was incomplete, also close the connection.
///    Otherwise, a pool could return a connection to a server that lost its role. *Cost: if the
///    server hangs, sign-ins hang too, and a stale connection breaks clause 6.*
///
/// In one line of your tests, `testkit::check_storage` (feature `testkit`) checks a store against
/// each clause. The manual's page on storage lists the statements for ten databases, and the
/// pitfalls of each database.
///
/// # Conflicts
///
/// Conflicts are normal. They have two causes: concurrent callers, and refusals that are not
/// counted. Such a refusal runs a swap that cannot commit, so that every refusal does the same
/// work. This swap expects version 0, which no record has. Therefore, version 0 must not mean *no
/// record* in your table.
///
/// # Example
///
/// In SQL, with `version` as a 64-bit integer. The table need not store [`Record::forget_after`].
/// In this case, return records with `None`.
///
/// ```sql
/// CREATE TABLE second_factor (id BYTEA PRIMARY KEY, version BIGINT NOT NULL, bytes BYTEA NOT NULL);
/// -- load
/// SELECT version, bytes FROM second_factor WHERE id = $1;
/// -- swap without a record, then swap of a version: one changed row is a commit, none is a conflict
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not store records",
    label = "implement `second_factor::Storage` for this type",
    note = "`second_factor::MemoryStorage` is a store for first steps and tests"
)]
#[doc(alias = "database")]
#[doc(alias = "repository")]
#[doc(alias = "store")]
pub trait Storage: Send + Sync {
    /// The error of your database.
    ///
    /// It is the source of [`Error::Storage`](crate::Error::Storage).
    type Error: core::error::Error + Send + Sync + 'static;

    /// Returns the record under `id`, or `None` if and only if it does not exist.
    fn load(
        &self,
        id: &RecordId,
    ) -> impl Future<Output = Result<Option<Record>, Self::Error>> + Send;

    /// Writes `record` if the stored version equals `expected`.
    ///
    /// If `expected` is `None`, no record may exist yet.
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

/// A type-erased [`Storage`], as a [`Verifier`](crate::Verifier) stores it.
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

/// The error returned when the store fails.
///
/// `Display` writes a fixed message. The error of the store itself is the
/// [source](core::error::Error::source).
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
