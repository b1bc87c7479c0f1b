//! One SQLite connection behind a lock, synced at each swap.
//!
//! The baseline for group commit.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension as _, params};
use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
};

#[derive(Clone)]
pub struct Locked(Arc<Mutex<Connection>>);

impl Locked {
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE second_factor (id BLOB PRIMARY KEY, version INTEGER NOT NULL,
                 bytes BLOB NOT NULL) STRICT, WITHOUT ROWID",
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }
}

impl Storage for Locked {
    type Error = rusqlite::Error;

    async fn load(&self, id: &RecordId) -> rusqlite::Result<Option<Record>> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select =
            connection.prepare_cached("SELECT version, bytes FROM second_factor WHERE id = ?1")?;
        let row = select.query_row(params![id.as_bytes()], |row| {
            let version: i64 = row.get(0)?;
            Ok(Record::new(Version::new(version), row.get(1)?))
        });
        row.optional()
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> rusqlite::Result<Swap> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, version) = (id.as_bytes(), record.version().get());
        let changed = match expected {
            None => connection
                .prepare_cached(
                    "INSERT INTO second_factor VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![id, version, record.bytes()])?,
            Some(expected) => connection
                .prepare_cached(
                    "UPDATE second_factor SET version = ?2, bytes = ?3
                     WHERE id = ?1 AND version = ?4",
                )?
                .execute(params![id, version, record.bytes(), expected.get()])?,
        };
        Ok(Swap::from_rows(changed as u64))
    }
}
