//! Conformance over PostgreSQL, with a schema for each store.

use std::process::Command;

use second_factor::{
    storage::RecordId,
    testkit::{
        check_storage,
        storage::{Ability, CheckOutcome, Stores, Task, Trouble, increment},
    },
};
use tokio_postgres::{Client, NoTls};

use crate::{
    postgres::Postgres,
    servers::{address, alone, control, unused_name, work, worker},
};

struct Schemas;

impl Stores for Schemas {
    type Place = String;
    type Store = Postgres;

    async fn fresh(&self) -> Result<String, Trouble> {
        let name = unused_name();
        let address = address("SECOND_FACTOR_POSTGRES");
        client(&address).await?.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
        Ok(format!("{address} options='-c search_path={name}'"))
    }

    async fn open(&self, place: &String) -> Result<Postgres, Trouble> {
        Postgres::open(place).await
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    async fn delete(&self, place: &String, id: &RecordId) -> Result<Ability, Trouble> {
        let delete = "DELETE FROM second_factor WHERE id = $1";
        client(place).await?.execute(delete, &[&id.as_bytes()]).await?;
        Ok(Ability::Done)
    }

    async fn restart(&self, _: &String) -> Result<Ability, Trouble> {
        control("restart", "postgres").await
    }

    async fn stall(&self, _: &String) -> Result<Ability, Trouble> {
        control("stall", "postgres").await
    }

    async fn resume(&self, _: &String) -> Result<Ability, Trouble> {
        control("resume", "postgres").await
    }

    async fn spoil(&self, place: &String) -> Result<Ability, Trouble> {
        client(place).await?.batch_execute("DROP TABLE second_factor").await?;
        Ok(Ability::Done)
    }

    fn worker(&self, place: &String, times: u32) -> Option<Command> {
        worker("in_postgres::as_a_worker", place, times)
    }
}

async fn client(address: &str) -> Result<Client, Trouble> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of postgres_conforms"]
async fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    increment(&Postgres::open(&place).await.unwrap(), times).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES"]
async fn postgres_conforms() {
    let _alone = alone("postgres").await;
    let report = check_storage(Schemas).await.unwrap();
    let all_passed =
        report.checks().iter().all(|check| matches!(check.outcome(), CheckOutcome::Passed));
    assert!(all_passed, "{report}");
}
