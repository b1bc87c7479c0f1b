//! The Redis store on the master that Sentinel names.

use std::{sync::Arc, time::Duration};

use redis::{Client, Cmd, FromRedisValue, RedisError, cmd};
use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
    testkit::storage::Trouble,
};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    engine::{MACHINES, Machine, host},
    redis::{Redis, Replica},
};

/// Asks Sentinel again after an error.
#[derive(Clone)]
pub struct Following {
    master: Arc<Mutex<Option<Redis>>>,
    replica: Replica,
}

impl Following {
    pub fn new(replica: Replica) -> Self {
        Self { master: Arc::default(), replica }
    }

    async fn store(&self) -> Result<Redis, RedisError> {
        let mut current = self.master.lock().await;
        if let Some(store) = &*current {
            return Ok(store.clone());
        }
        let opened = async {
            let address = format!("redis://{}:6379/", host(master().await?));
            Redis::open_with(&address, "kit:", self.replica).await
        };
        let failed = |error: Trouble| RedisError::from(std::io::Error::other(error.to_string()));
        let store = opened.await.map_err(failed)?;
        *current = Some(store.clone());
        Ok(store)
    }

    async fn noted<T>(&self, answer: Result<T, RedisError>) -> Result<T, RedisError> {
        if answer.is_err() {
            *self.master.lock().await = None;
        }
        answer
    }
}

impl Storage for Following {
    type Error = RedisError;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, RedisError> {
        let answer = self.store().await?.load(id).await;
        self.noted(answer).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, RedisError> {
        let answer = self.store().await?.compare_and_swap(id, expected, record).await;
        self.noted(answer).await
    }
}

/// Returns the master that most sentinels name.
pub async fn master() -> Result<Machine, Trouble> {
    let mut named: Vec<Machine> = Vec::new();
    for machine in MACHINES {
        let mut ask = cmd("SENTINEL");
        ask.arg("GET-MASTER-ADDR-BY-NAME").arg("kit");
        if let Ok((address, _)) = says::<(String, String)>(machine, 26379, &ask).await {
            let its = address.rsplit('.').next().and_then(|last| last.parse().ok());
            named.push(its.ok_or("an odd address")?);
        }
    }
    let votes = |machine: &Machine| named.iter().filter(|its| *its == machine).count();
    MACHINES.into_iter().find(|its| votes(its) >= 2).ok_or_else(|| "no master".into())
}

/// Returns whether a machine is the master, or replicates it.
pub async fn takes_part(machine: Machine) -> Result<bool, Trouble> {
    let leader = master().await?;
    let info: String = says(machine, 6379, cmd("INFO").arg("replication")).await?;
    let is_replica = info.contains("master_link_status:up")
        && info.contains(&format!("master_host:10.77.0.{leader}\r"));
    Ok(if machine == leader { info.contains("role:master") } else { is_replica })
}

pub async fn fail_over() -> Result<(), Trouble> {
    let mut ask = cmd("SENTINEL");
    ask.arg("FAILOVER").arg("kit");
    let () = says(MACHINES[0], 26379, &ask).await?;
    Ok(())
}

async fn says<T: FromRedisValue>(machine: Machine, port: u16, ask: &Cmd) -> Result<T, Trouble> {
    let client = Client::open(format!("redis://{}:{port}/", host(machine)))?;
    let answer = timeout(Duration::from_millis(500), async {
        ask.query_async(&mut client.get_multiplexed_async_connection().await?).await
    });
    Ok(answer.await??)
}
