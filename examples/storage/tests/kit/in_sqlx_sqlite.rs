//! Conformance over SQLite through `sqlx`.

use std::{env, fs, path::PathBuf, process::Command};

use second_factor::{
    storage::RecordId,
    testkit::{
        check_storage,
        storage::{Ability, Check, CheckOutcome, Stores, Task, Trouble, increment},
    },
};
use sqlx::{Connection as _, SqliteConnection, query};
use tokio::sync::Mutex;

use crate::{
    servers::{unused_name, work, worker},
    sqlx_sqlite::SqliteStorage,
};

/// Files in a folder that is removed after the test.
struct Files {
    folder: PathBuf,
    /// A connection that holds the lock for writing.
    holder: Mutex<Option<SqliteConnection>>,
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Stores for Files {
    type Place = String;
    type Store = SqliteStorage;

    async fn fresh(&self) -> Result<String, Trouble> {
        Ok(self.folder.join(unused_name()).to_str().ok_or("a path in Unicode")?.into())
    }

    async fn open(&self, place: &String) -> Result<SqliteStorage, Trouble> {
        Ok(SqliteStorage::open(place).await?)
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    async fn delete(&self, place: &String, id: &RecordId) -> Result<Ability, Trouble> {
        let mut connection = SqliteConnection::connect(place).await?;
        let delete = query("DELETE FROM second_factor WHERE id = ?1").bind(id.as_bytes());
        delete.execute(&mut connection).await?;
        Ok(Ability::Done)
    }

    async fn spoil(&self, place: &String) -> Result<Ability, Trouble> {
        let mut connection = SqliteConnection::connect(place).await?;
        query("DROP TABLE second_factor").execute(&mut connection).await?;
        Ok(Ability::Done)
    }

    /// Writes wait for the holder of the lock, and reads do not.
    async fn stall(&self, place: &String) -> Result<Ability, Trouble> {
        let mut holder = SqliteConnection::connect(place).await?;
        query("BEGIN IMMEDIATE").execute(&mut holder).await?;
        *self.holder.lock().await = Some(holder);
        Ok(Ability::Done)
    }

    async fn resume(&self, _: &String) -> Result<Ability, Trouble> {
        if let Some(holder) = self.holder.lock().await.take() {
            holder.close().await?;
        }
        Ok(Ability::Done)
    }

    fn worker(&self, place: &String, times: u32) -> Option<Command> {
        worker("in_sqlx_sqlite::as_a_worker", place, times)
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of sqlx_sqlite_conforms"]
async fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    increment(&SqliteStorage::open(&place).await.unwrap(), times).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlx_sqlite_conforms() {
    let folder = env::temp_dir().join(unused_name());
    fs::create_dir(&folder).unwrap();
    let report = check_storage(Files { folder, holder: Mutex::default() }).await.unwrap();
    let is_skipped = |check: &&Check| matches!(check.outcome(), CheckOutcome::Skipped(_));
    let skipped: Vec<_> = report.checks().iter().filter(is_skipped).map(Check::name).collect();
    assert_eq!(skipped, ["a commit survives a restart"], "there is no server to restart");
}
