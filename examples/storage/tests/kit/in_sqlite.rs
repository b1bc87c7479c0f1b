//! Conformance over SQLite.

use std::{env, fs, path::PathBuf, process::Command, sync::Mutex, thread};

use rusqlite::Connection;
use second_factor::{
    block_on,
    storage::RecordId,
    testkit::{
        check_storage,
        storage::{Ability, Check, CheckOutcome, Stores, Task, Trouble, increment},
    },
};

use crate::{
    servers::{unused_name, work, worker},
    sqlite::Sqlite,
};

/// Files in a folder that is removed after the test.
struct Files {
    folder: PathBuf,
    /// A connection that holds the lock for writing.
    holder: Mutex<Option<Connection>>,
}

impl Files {
    fn new() -> Self {
        let folder = env::temp_dir().join(unused_name());
        fs::create_dir(&folder).unwrap();
        Self { folder, holder: Mutex::new(None) }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Stores for Files {
    type Place = PathBuf;
    type Store = Sqlite;

    async fn fresh(&self) -> Result<PathBuf, Trouble> {
        Ok(self.folder.join(unused_name()))
    }

    async fn open(&self, place: &PathBuf) -> Result<Sqlite, Trouble> {
        Ok(Sqlite::open(place)?)
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || block_on(task));
    }

    async fn delete(&self, place: &PathBuf, id: &RecordId) -> Result<Ability, Trouble> {
        let connection = Connection::open(place)?;
        connection.execute("DELETE FROM second_factor WHERE id = ?1", [id.as_bytes()])?;
        Ok(Ability::Done)
    }

    async fn spoil(&self, place: &PathBuf) -> Result<Ability, Trouble> {
        Connection::open(place)?.execute("DROP TABLE second_factor", [])?;
        Ok(Ability::Done)
    }

    /// Writes wait for the holder of the lock, and reads do not.
    async fn stall(&self, place: &PathBuf) -> Result<Ability, Trouble> {
        let holder = Connection::open(place)?;
        holder.execute_batch("BEGIN IMMEDIATE")?;
        *self.holder.lock().unwrap() = Some(holder);
        Ok(Ability::Done)
    }

    async fn resume(&self, _: &PathBuf) -> Result<Ability, Trouble> {
        drop(self.holder.lock().unwrap().take());
        Ok(Ability::Done)
    }

    fn worker(&self, place: &PathBuf, times: u32) -> Option<Command> {
        worker("in_sqlite::as_a_worker", place.to_str()?, times)
    }
}

#[test]
#[ignore = "runs in a child process of sqlite_conforms"]
fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    block_on(increment(&Sqlite::open(place.as_ref()).unwrap(), times)).unwrap();
}

#[test]
fn sqlite_conforms() {
    let report = block_on(check_storage(Files::new())).unwrap();
    let is_skipped = |check: &&Check| matches!(check.outcome(), CheckOutcome::Skipped(_));
    let skipped: Vec<_> = report.checks().iter().filter(is_skipped).map(Check::name).collect();
    assert_eq!(skipped, ["a commit survives a restart"], "there is no server to restart");
}

#[test]
fn failed_group_commit_is_an_error_for_each_swap() {
    let files = Files::new();
    block_on(async {
        let place = files.fresh().await.unwrap();
        let store = Sqlite::open(&place).unwrap();
        let _ = files.spoil(&place).await.unwrap();
        assert!(increment(&store, 1).await.is_err());
    });
}
