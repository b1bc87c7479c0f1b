//! Records in an SQLite file: what a host of one machine needs, and no server.
//!
//! One thread writes. It takes every swap that waits, up to a hundred, makes them in one transaction
//! and answers when that is on the disk: a hundred sign-ins share one sync. Reads go beside it.
//!
//! What makes it right:
//!
//! - `synchronous=FULL` in WAL mode syncs at every commit. The usual `NORMAL` forgets the last ones
//!   when the power fails.
//! - `BEGIN IMMEDIATE` takes the write lock first. A transaction that reads and then writes can meet
//!   another process in between, and is then told to begin again.
//! - `busy_timeout`: another process that writes is waited for. What does not get its turn is an
//!   error, not a conflict.
//! - Ids and bytes are `BLOB`s, which are compared byte by byte; `STRICT` refuses anything else.
//! - Keep the file on a disk of this machine: WAL does not work over a network.

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

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID";

/// A store in a file. It may be open in several processes at once.
pub struct Sqlite {
    reader: Mutex<Connection>,
    writer: mpsc::Sender<Job>,
}

/// A swap that waits for its turn.
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
        // It ends with the last job after the store was dropped.
        thread::spawn(move || write(&mut connection, &jobs));
        Ok(Self { reader: Mutex::new(reader), writer })
    }
}

impl Storage for Sqlite {
    type Error = Failed;

    /// Some microseconds on this thread. If your disk is slow, do it where blocking is welcome.
    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select =
            reader.prepare_cached("SELECT version, bytes FROM second_factor WHERE id = ?1")?;
        let row = select.query_row(params![id.as_bytes()], |row| {
            let version: i64 = row.get(0)?;
            Ok(Record::new(Version::new(version as u64), row.get(1)?, None))
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
    connection.busy_timeout(Duration::from_secs(5))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    if mode == "wal" { Ok(connection) } else { Err(Failed::NoWal) }
}

/// Answers the jobs, in groups, for as long as there is somebody to send any.
fn write(connection: &mut Connection, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(99));
        match commit(connection, &group) {
            Ok(swaps) => {
                for (job, swap) in group.into_iter().zip(swaps) {
                    // Whoever waited may be gone; the swap stands all the same.
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

/// All of them or none. No swap is answered before the commit of its group is.
fn commit(connection: &mut Connection, group: &[Job]) -> rusqlite::Result<Vec<Swap>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let swaps = group.iter().map(|job| swap(&transaction, job)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(swaps)
}

fn swap(transaction: &Transaction<'_>, job: &Job) -> rusqlite::Result<Swap> {
    let (id, bytes) = (job.id.as_bytes(), job.record.bytes());
    let version = job.record.version().get() as i64;
    let changed = match job.expected {
        None => transaction
            .prepare_cached("INSERT INTO second_factor VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![id, version, bytes])?,
        Some(expected) => transaction
            .prepare_cached(
                "UPDATE second_factor SET version = ?2, bytes = ?3 WHERE id = ?1 AND version = ?4",
            )?
            .execute(params![id, version, bytes, expected.get() as i64])?,
    };
    Ok(if changed == 1 { Swap::Commit } else { Swap::Conflict })
}

#[derive(Clone, Debug)]
pub enum Failed {
    /// The thread that writes has ended.
    Gone,
    /// The file lies where SQLite cannot keep a write-ahead log.
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
            Self::Gone => f.write_str("the writer is gone"),
            Self::NoWal => f.write_str("the file cannot be kept in WAL mode"),
            Self::Sqlite(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Failed {}
