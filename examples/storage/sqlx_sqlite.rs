//! A store in an SQLite file, with a pool of `sqlx`.
//!
//! This file is meant to be copied. It needs the features `runtime-tokio` and `sqlite` of `sqlx`.
//! The store in `sqlite.rs` is faster with many callers, because they share a sync.
//!
//! Requirements for a correct store:
//!
//! - `synchronous=FULL` in WAL mode syncs at every commit. The common `NORMAL` loses the latest
//!   commits at a power failure.
//! - Each swap is one statement, committed by itself. Never use the pool of the application, whose
//!   transactions would roll back the count of a failed sign-in.
//! - A call waits at most two seconds for a connection, and two more for other writers. A timeout is
//!   an error, not a conflict.
//! - Ids and bytes are `BLOB`s, which are compared byte by byte; `STRICT` refuses other types.
//! - The file must be on a local disk: WAL does not work over a network file system.

use std::time::Duration;

use second_factor::storage::{Record, RecordId, Storage, Swap, Version};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// A store with its own pool.
///
/// No transaction of the application may wrap a swap.
#[derive(Clone)]
pub struct SqliteStorage(SqlitePool);

impl SqliteStorage {
    pub async fn open(file: &str) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let options = options.synchronous(SqliteSynchronous::Full);
        let options = options.busy_timeout(WAIT);
        let pool = SqlitePoolOptions::new().acquire_timeout(WAIT).connect_with(options).await?;
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await?;
        if mode != "wal" {
            return Err(sqlx::Error::Configuration("journal_mode is not WAL".into()));
        }
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self(pool))
    }
}

impl Storage for SqliteStorage {
    type Error = sqlx::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, sqlx::Error> {
        let query = sqlx::query_as(LOAD).bind(id.as_bytes());
        let row: Option<(i64, Vec<u8>)> = query.fetch_optional(&self.0).await?;
        Ok(row.map(|(version, bytes)| Record::new(Version::new(version), bytes)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, sqlx::Error> {
        let query = sqlx::query(if expected.is_none() { INSERT } else { UPDATE });
        let query = query.bind(id.as_bytes()).bind(record.version().get()).bind(record.bytes());
        let query = query.bind(expected.map(Version::get));
        Ok(Swap::from_rows(query.execute(&self.0).await?.rows_affected()))
    }
}

/// The longest wait for a connection, and for other writers.
const WAIT: Duration = Duration::from_secs(2);
const TABLE: &str = "CREATE TABLE IF NOT EXISTS second_factor (id BLOB PRIMARY KEY, \
    version INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID";
const LOAD: &str = "SELECT version, bytes FROM second_factor WHERE id = ?1";
const INSERT: &str = "INSERT INTO second_factor SELECT ?1, ?2, ?3 WHERE ?4 IS NULL \
    ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE second_factor SET version = ?2, bytes = ?3 \
    WHERE id = ?1 AND version = ?4";
