//! Conformance over Redis, with a key prefix for each store.
//!
//! Each prefix has a Redis user with access to that prefix only.

use std::process::Command;

use redis::{Client, aio::MultiplexedConnection, cmd};
use second_factor::{
    storage::RecordId,
    testkit::{
        check_storage,
        storage::{Ability, CheckOutcome, Stores, Task, Trouble, increment},
    },
};

use crate::{
    redis::Redis,
    servers::{address, alone, control, unused_name, work, worker},
};

struct Prefixes;

impl Stores for Prefixes {
    type Place = String;
    type Store = Redis;

    async fn fresh(&self) -> Result<String, Trouble> {
        Ok(unused_name())
    }

    async fn open(&self, place: &String) -> Result<Redis, Trouble> {
        open(place).await
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    async fn delete(&self, place: &String, id: &RecordId) -> Result<Ability, Trouble> {
        let key = format!("{place}:{id}");
        let () = cmd("DEL").arg(key).query_async(&mut connection().await?).await?;
        Ok(Ability::Done)
    }

    async fn restart(&self, _: &String) -> Result<Ability, Trouble> {
        control("restart", "redis").await
    }

    async fn stall(&self, _: &String) -> Result<Ability, Trouble> {
        control("stall", "redis").await
    }

    async fn resume(&self, _: &String) -> Result<Ability, Trouble> {
        control("resume", "redis").await
    }

    async fn spoil(&self, place: &String) -> Result<Ability, Trouble> {
        allow(place, "-@all").await?;
        Ok(Ability::Done)
    }

    fn worker(&self, place: &String, times: u32) -> Option<Command> {
        worker("in_redis::as_a_worker", place, times)
    }
}

async fn open(place: &str) -> Result<Redis, Trouble> {
    // The server loses its users at a restart.
    allow(place, "+@all").await?;
    let address = address("SECOND_FACTOR_REDIS");
    let address = address.replace("redis://", &format!("redis://{place}:password@"));
    Redis::open(&address, &format!("{place}:")).await
}

/// Sets the permissions of the user of a prefix.
async fn allow(place: &str, rule: &str) -> Result<(), Trouble> {
    let mut allow = cmd("ACL");
    allow.arg("SETUSER").arg(place).arg("on").arg(">password").arg(format!("~{place}:*")).arg(rule);
    Ok(allow.query_async(&mut connection().await?).await?)
}

async fn connection() -> Result<MultiplexedConnection, Trouble> {
    let client = Client::open(address("SECOND_FACTOR_REDIS"))?;
    Ok(client.get_multiplexed_async_connection().await?)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of redis_conforms"]
async fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    increment(&open(&place).await.unwrap(), times).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: SECOND_FACTOR_REDIS"]
async fn redis_conforms() {
    let _alone = alone("redis").await;
    let report = check_storage(Prefixes).await.unwrap();
    let all_passed =
        report.checks().iter().all(|check| matches!(check.outcome(), CheckOutcome::Passed));
    assert!(all_passed, "{report}");
}
