//! The replicated databases, and who leads them.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use reqwest::Client;
use second_factor::testkit::storage::Trouble;
use serde_json::{Value, json};

use crate::{fault::Kind, galera, nats, sentinel};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Etcd,
    /// With reads that a member answers by itself.
    EtcdSerializable,
    Galera,
    /// With reads that do not wait for what other nodes committed.
    GaleraDefaults,
    Nats,
    /// With reads that a replica answers by itself, as in the buckets of client libraries.
    NatsDirect,
    /// PostgreSQL with synchronous replication that Patroni never gives up.
    Patroni,
    /// PostgreSQL whose standbys may lag.
    PatroniAsynchronous,
    /// The same, with `synchronous_commit = off` in addition.
    PatroniHasty,
    /// Redis with asynchronous replication.
    Sentinel,
    /// Redis that waits for a replica.
    SentinelWait,
}

/// What runs on the machines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Etcd,
    Galera,
    Nats,
    Patroni,
    Sentinel,
}

/// A machine: 1, 2 or 3.
pub type Machine = u8;

pub const MACHINES: [Machine; 3] = [1, 2, 3];

impl Engine {
    const fn family(self) -> Family {
        match self {
            Self::Etcd | Self::EtcdSerializable => Family::Etcd,
            Self::Galera | Self::GaleraDefaults => Family::Galera,
            Self::Nats | Self::NatsDirect => Family::Nats,
            Self::Patroni | Self::PatroniAsynchronous | Self::PatroniHasty => Family::Patroni,
            Self::Sentinel | Self::SentinelWait => Family::Sentinel,
        }
    }

    /// Returns the length of a fault, within which another machine becomes the leader.
    pub const fn fault_length(self, kind: Kind) -> Duration {
        Duration::from_secs(match (kind, self.family()) {
            (Kind::Restart, _) => 2,
            (Kind::Calm | Kind::SwitchOver, _) => 5,
            (_, Family::Etcd) => 5,
            (_, Family::Galera) => 20,
            (_, Family::Nats) => 10,
            // Patroni promotes after its lease of 20 seconds.
            (_, Family::Patroni) => 32,
            (_, Family::Sentinel) => 14,
        })
    }

    /// Returns the time after a fault within which every record must accept commits.
    pub const fn patience(self) -> Duration {
        Duration::from_secs(90)
    }

    /// Returns the machine of the leader, once there is one.
    ///
    /// Galera has none: each machine in turn counts as one.
    pub async fn leader(self) -> Result<Machine, Trouble> {
        static TURN: AtomicU8 = AtomicU8::new(0);
        if self.family() == Family::Galera {
            return Ok(TURN.fetch_add(1, Ordering::Relaxed) % 3 + 1);
        }
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
        match self.family() {
            Family::Etcd => {
                let (status, _) = etcd_status(machine).await?;
                Ok(status["leader"] == status["header"]["member_id"])
            }
            Family::Galera => Ok(true),
            Family::Nats => nats::leads(machine).await,
            Family::Patroni => {
                let answer = client()?.get(format!("http://{}:8008/primary", host(machine)));
                Ok(answer.send().await?.status().is_success())
            }
            Family::Sentinel => Ok(sentinel::master().await? == machine),
        }
    }

    /// Waits until every machine takes part, as before a fault.
    pub async fn settle(self) -> Result<(), Trouble> {
        for _ in 0..900 {
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
        match self.family() {
            Family::Etcd => {
                let (status, _) = etcd_status(machine).await?;
                Ok(status["leader"].is_string())
            }
            Family::Galera => galera::takes_part(machine).await,
            Family::Nats => nats::takes_part(machine).await,
            Family::Patroni => {
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
                    && (self != Self::Patroni || standbys > 0);
                let own = client()?.get(format!("http://{}:8008/{role}", host(machine)));
                Ok(is_ready && own.send().await?.status().is_success())
            }
            Family::Sentinel => sentinel::takes_part(machine).await,
        }
    }

    /// Makes another machine the leader. On Galera, a node leaves in order.
    pub async fn switch_over(self, leader: Machine) -> Result<(), Trouble> {
        match self.family() {
            Family::Etcd => {
                let next = leader % 3 + 1;
                let (_, target) = etcd_status(next).await?;
                let method =
                    format!("http://{}:2379/v3/maintenance/transfer-leadership", host(leader));
                let client = Client::builder().timeout(Duration::from_secs(10)).build()?;
                let transfer = client.post(method).json(&json!({ "targetID": target }));
                transfer.send().await?.error_for_status()?;
            }
            Family::Galera => node("stop", &[leader]).await?,
            Family::Nats => nats::step_down().await?,
            Family::Patroni => {
                let method = format!("http://{}:8008/switchover", host(leader));
                let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
                let ask = client.post(method).json(&json!({ "leader": format!("n{leader}") }));
                ask.send().await?.error_for_status()?;
            }
            Family::Sentinel => sentinel::fail_over().await?,
        }
        Ok(())
    }

    pub async fn after_switch_over(self, leader: Machine) -> Result<(), Trouble> {
        if self.family() == Family::Galera { node("start", &[leader]).await } else { Ok(()) }
    }
}

/// Returns the status of a member, and its id.
async fn etcd_status(machine: Machine) -> Result<(Value, String), Trouble> {
    let method = format!("http://{}:2379/v3/maintenance/status", host(machine));
    let status: Value = client()?.post(method).json(&json!({})).send().await?.json().await?;
    let id = status["header"]["member_id"].as_str().ok_or("no member")?.to_owned();
    Ok((status, id))
}

/// Returns a client for the HTTP of the servers.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(Duration::from_secs(1)).no_proxy().build()
}

/// Returns the address of a machine in the network of the clients.
pub fn host(machine: Machine) -> String {
    format!("10.78.0.{machine}")
}

/// Runs an action of `.ci/failover.sh` on some machines.
pub async fn node(action: &'static str, machines: &[Machine]) -> Result<(), Trouble> {
    let script = env::var("FAILOVER_SCRIPT")?;
    let mut command = Command::new("bash");
    command.args([&script, "node", action]).args(machines.iter().map(Machine::to_string));
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    if status.success() { Ok(()) } else { Err(format!("{action} {machines:?} failed").into()) }
}
