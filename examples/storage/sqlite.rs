//! A store in an SQLite file, for one machine without a server.
//!
//! This file is meant to be copied.
//!
//! One thread writes, with group commit. It commits all waiting swaps, up to a hundred, in one
//! transaction, and returns the results when the transaction is on disk. A hundred sign-ins then
//! share one sync. Reads use another connection.
//!
//! Requirements for a correct store:
//!
//! - `synchronous=FULL` in WAL mode syncs at every commit. The common `NORMAL` loses the latest
//!   commits at a power failure.
//! - `BEGIN IMMEDIATE` acquires the write lock first. Otherwise another process can write between a
//!   read and a write of the transaction, which then fails and must be repeated.
//! - `busy_timeout`: SQLite waits two seconds for other processes that write. A timeout is an error,
//!   not a conflict. A swap may also wait for the group before it, so it ends within five seconds.
//! - Ids and bytes are `BLOB`s, which are compared byte by byte; `STRICT` refuses other types.
//! - The file must be on a local disk: WAL does not work over a network file system.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
};
use tokio::sync::oneshot;

/// The longest wait for another process.
const WAIT: Duration = Duration::from_secs(2);

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID";

/// A store in a file, which several processes can open at the same time.
pub struct Sqlite {
    reader: Mutex<Connection>,
    writer: mpsc::Sender<Job>,
}

/// A swap in the queue of the writer.
struct Job {
    id: RecordId,
    expected: Option<Version>,
    record: Record,
    answer: oneshot::Sender<Result<Swap, Failed>>,
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, Failed> {
        let (reader, mut connection) = (connect(path)?, connect(path)?);
        connection.execute(SCHEMA, [])?;
        let (writer, jobs) = mpsc::channel();
        // The thread ends after the last job, once the store is dropped.
        thread::spawn(move || write(&mut connection, &jobs));
        Ok(Self { reader: Mutex::new(reader), writer })
    }
}

impl Storage for Sqlite {
    type Error = Failed;

    /// Blocks this thread for some microseconds.
    ///
    /// If your disk is slow, use a thread for blocking work.
    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select =
            reader.prepare_cached("SELECT version, bytes FROM second_factor WHERE id = ?1")?;
        let row = select.query_row(params![id.as_bytes()], |row| {
            let version: i64 = row.get(0)?;
            Ok(Record::new(Version::new(version), row.get(1)?))
        });
        Ok(row.optional()?)
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let (answer, answered) = oneshot::channel();
        let job = Job { id: *id, expected, record: record.clone(), answer };
        self.writer.send(job).map_err(|_| Failed::Gone)?;
        answered.await.map_err(|_| Failed::Gone)?
    }
}

fn connect(path: &Path) -> Result<Connection, Failed> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(WAIT)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    if mode == "wal" { Ok(connection) } else { Err(Failed::NoWal) }
}

/// Runs jobs in groups until all senders are dropped.
fn write(connection: &mut Connection, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(99));
        match commit(connection, &group) {
            Ok(swaps) => {
                for (job, swap) in group.into_iter().zip(swaps) {
                    // The caller may have been cancelled. The swap is committed anyway.
                    let _ = job.answer.send(Ok(swap));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for job in group {
                    let _ = job.answer.send(Err(Failed::Sqlite(Arc::clone(&error))));
                }
            }
        }
    }
}

/// Commits all swaps or none. Results are returned after the commit of the group.
fn commit(connection: &mut Connection, group: &[Job]) -> rusqlite::Result<Vec<Swap>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let swaps = group.iter().map(|job| swap(&transaction, job)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(swaps)
}

fn swap(transaction: &Transaction<'_>, job: &Job) -> rusqlite::Result<Swap> {
    let (id, bytes) = (job.id.as_bytes(), job.record.bytes());
    let version = job.record.version().get();
    let changed = match job.expected {
        None => transaction
            .prepare_cached("INSERT INTO second_factor VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![id, version, bytes])?,
        Some(expected) => transaction
            .prepare_cached(
                "UPDATE second_factor SET version = ?2, bytes = ?3 WHERE id = ?1 AND version = ?4",
            )?
            .execute(params![id, version, bytes, expected.get()])?,
    };
    Ok(Swap::from_rows(changed as u64))
}

#[derive(Clone, Debug)]
pub enum Failed {
    /// The writer thread has ended.
    Gone,
    /// The file is where SQLite cannot use a write-ahead log.
    NoWal,
    Sqlite(Arc<rusqlite::Error>),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Gone => f.write_str("the writer thread has ended"),
            Self::NoWal => f.write_str("WAL mode is not available for this file"),
            Self::Sqlite(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Failed {}
