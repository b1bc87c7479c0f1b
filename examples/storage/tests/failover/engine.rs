//! The replicated databases, and who leads them.

use std::{env, process::Command, time::Duration};

use reqwest::Client;
use second_factor::testkit::storage::Trouble;
use serde_json::{Value, json};

use crate::sentinel;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Etcd,
    /// With reads that a member answers by itself.
    EtcdSerializable,
    /// PostgreSQL with synchronous replication that Patroni never gives up.
    Patroni,
    PatroniAsynchronous,
    /// Redis with asynchronous replication.
    Sentinel,
}

/// A machine: 1, 2 or 3.
pub type Machine = u8;

pub const MACHINES: [Machine; 3] = [1, 2, 3];

impl Engine {
    /// Returns the length of a fault. Patroni promotes after its lease of 20 seconds.
    pub const fn fault_length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Etcd | Self::EtcdSerializable => 5,
            Self::Patroni | Self::PatroniAsynchronous => 35,
            Self::Sentinel => 14,
        })
    }

    /// Returns the time after a fault within which every record must accept commits.
    pub const fn patience(self) -> Duration {
        Duration::from_secs(90)
    }

    /// Returns the machine of the leader, once there is one.
    pub async fn leader(self) -> Result<Machine, Trouble> {
        for _ in 0..300 {
            for machine in MACHINES {
                if self.leads(machine).await.unwrap_or(false) {
                    return Ok(machine);
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err("no server leads".into())
    }

    async fn leads(self, machine: Machine) -> Result<bool, Trouble> {
        match self {
            Self::Etcd | Self::EtcdSerializable => {
                let (status, _) = etcd_status(machine).await?;
                Ok(status["leader"] == status["header"]["member_id"])
            }
            Self::Patroni | Self::PatroniAsynchronous => {
                let answer = client()?.get(format!("http://{}:8008/primary", host(machine)));
                Ok(answer.send().await?.status().is_success())
            }
            Self::Sentinel => Ok(sentinel::master().await? == machine),
        }
    }

    /// Waits until every machine takes part, as before a fault.
    pub async fn settle(self) -> Result<(), Trouble> {
        for _ in 0..600 {
            let mut joined = 0;
            for machine in MACHINES {
                joined += usize::from(self.takes_part(machine).await.unwrap_or(false));
            }
            if joined == MACHINES.len() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err("a server does not join the others again".into())
    }

    async fn takes_part(self, machine: Machine) -> Result<bool, Trouble> {
        match self {
            Self::Etcd | Self::EtcdSerializable => {
                let (status, _) = etcd_status(machine).await?;
                Ok(status["leader"].is_string())
            }
            Self::Patroni | Self::PatroniAsynchronous => {
                let role = if self.leads(machine).await? { "primary" } else { "replica" };
                let cluster = client()?.get(format!("http://{}:8008/cluster", host(machine)));
                let cluster: Value = cluster.send().await?.json().await?;
                let members = cluster["members"].as_array().ok_or("no members")?;
                let count = |key: &str, values: &[&str]| {
                    let is = |member: &&Value| values.iter().any(|value| member[key] == *value);
                    members.iter().filter(is).count()
                };
                let standbys = count("role", &["sync_standby"]);
                let is_ready = count("state", &["running", "streaming"]) == MACHINES.len()
                    && (self == Self::PatroniAsynchronous || standbys > 0);
                let own = client()?.get(format!("http://{}:8008/{role}", host(machine)));
                Ok(is_ready && own.send().await?.status().is_success())
            }
            Self::Sentinel => sentinel::takes_part(machine).await,
        }
    }

    /// Makes another machine the leader.
    pub async fn switch_over(self, leader: Machine) -> Result<(), Trouble> {
        match self {
            Self::Etcd | Self::EtcdSerializable => {
                let next = leader % 3 + 1;
                let (_, target) = etcd_status(next).await?;
                let method =
                    format!("http://{}:2379/v3/maintenance/transfer-leadership", host(leader));
                let transfer = client()?.post(method).json(&json!({ "targetID": target }));
                transfer.send().await?.error_for_status()?;
            }
            Self::Patroni | Self::PatroniAsynchronous => {
                let method = format!("http://{}:8008/switchover", host(leader));
                let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
                let ask = client.post(method).json(&json!({ "leader": format!("n{leader}") }));
                ask.send().await?.error_for_status()?;
            }
            Self::Sentinel => sentinel::fail_over().await?,
        }
        Ok(())
    }
}

/// Returns the status of a member, and its id.
async fn etcd_status(machine: Machine) -> Result<(Value, String), Trouble> {
    let method = format!("http://{}:2379/v3/maintenance/status", host(machine));
    let status: Value = client()?.post(method).json(&json!({})).send().await?.json().await?;
    let id = status["header"]["member_id"].as_str().ok_or("no member")?.to_owned();
    Ok((status, id))
}

fn client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(Duration::from_secs(1)).no_proxy().build()
}

/// Returns the address of a machine in the network of the clients.
pub fn host(machine: Machine) -> String {
    format!("10.78.0.{machine}")
}

/// Runs an action of `.ci/failover.sh` on a machine.
pub async fn node(action: &'static str, machine: Machine) -> Result<(), Trouble> {
    let script = env::var("FAILOVER_SCRIPT")?;
    let mut command = Command::new("bash");
    command.args([&script, "node", action, &machine.to_string()]);
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    if status.success() { Ok(()) } else { Err(format!("{action} {machine} failed").into()) }
}
