//! Conformance over MySQL or MariaDB.
//!
//! Each store has its own database.

use std::process::Command;

use second_factor::{
    storage::RecordId,
    testkit::{
        check_storage,
        storage::{Ability, CheckOutcome, Stores, Task, Trouble, increment},
    },
};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, query};

use crate::{
    mysql::Mysql,
    servers::{address, alone, control, unused_name, work, worker},
};

pub struct Databases;

impl Stores for Databases {
    type Place = String;
    type Store = Mysql;

    async fn fresh(&self) -> Result<String, Trouble> {
        let (address, name) = (address("SECOND_FACTOR_MYSQL"), unused_name());
        let mut connection = MySqlConnection::connect(&address).await?;
        query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
        let (server, _) = address.rsplit_once('/').ok_or("an address without a database")?;
        Ok(format!("{server}/{name}"))
    }

    async fn open(&self, place: &String) -> Result<Mysql, Trouble> {
        Mysql::open(place).await
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    async fn delete(&self, place: &String, id: &RecordId) -> Result<Ability, Trouble> {
        let mut connection = MySqlConnection::connect(place).await?;
        let delete = query("DELETE FROM second_factor WHERE id = ?").bind(id.as_bytes());
        delete.execute(&mut connection).await?;
        Ok(Ability::Done)
    }

    async fn restart(&self, _: &String) -> Result<Ability, Trouble> {
        control("restart", "mysql").await
    }

    async fn stall(&self, _: &String) -> Result<Ability, Trouble> {
        control("stall", "mysql").await
    }

    async fn resume(&self, _: &String) -> Result<Ability, Trouble> {
        control("resume", "mysql").await
    }

    async fn spoil(&self, place: &String) -> Result<Ability, Trouble> {
        let mut connection = MySqlConnection::connect(place).await?;
        query("DROP TABLE second_factor").execute(&mut connection).await?;
        Ok(Ability::Done)
    }

    fn worker(&self, place: &String, times: u32) -> Option<Command> {
        worker("in_mysql::as_a_worker", place, times)
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of mysql_conforms"]
async fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    increment(&Mysql::open(&place).await.unwrap(), times).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a MySQL or MariaDB server: SECOND_FACTOR_MYSQL"]
async fn mysql_conforms() {
    let _alone = alone("mysql").await;
    let report = check_storage(Databases).await.unwrap();
    let all_passed =
        report.checks().iter().all(|check| matches!(check.outcome(), CheckOutcome::Passed));
    assert!(all_passed, "{report}");
}
