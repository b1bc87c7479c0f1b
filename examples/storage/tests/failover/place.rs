//! The store of each engine.

use std::time::Duration;

use second_factor::{
    FirstFactor, Keys, Policy, Storage, Verifier,
    policy::SignInByRead,
    storage::{Record, RecordId, Swap, Version},
    testkit::{MessageLog, storage::Trouble},
    verifier::VerifierBuilder,
};
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::{
    engine::{Engine, MACHINES, host},
    etcd::Etcd,
    galera::{self, DefaultReads},
    hasty::Hasty,
    mysql::Mysql,
    nats::{Nats, Reads},
    postgres::{Postgres, Standby},
    redis::Replica,
    sentinel::Following,
    serializable::Serializable,
};

/// The database, which every process opens by itself.
#[derive(Clone, Copy)]
pub struct Place {
    pub engine: Engine,
    pub role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Prepares a race, alone, and repeats calls that are not answered.
    Setup,
    Worker,
}

impl Place {
    /// Opens a store, as soon as the database accepts one.
    pub async fn open(self) -> Store {
        for _ in 0..TRIES {
            if let Ok(store) = self.try_open().await {
                return store;
            }
            sleep(PAUSE).await;
        }
        self.try_open().await.unwrap()
    }

    async fn try_open(self) -> Result<Store, Trouble> {
        Ok(match self.engine {
            Engine::Etcd => Store::Etcd(etcd().await?),
            Engine::EtcdSerializable => Store::Serializable(Serializable::new(etcd().await?)),
            Engine::Galera => Store::Mysql(galera::open().await?),
            Engine::GaleraDefaults => Store::DefaultReads(DefaultReads::open().await?),
            Engine::Nats => Store::Nats(Nats::open(Reads::Leader).await?),
            Engine::NatsDirect => Store::Nats(Nats::open(Reads::Direct).await?),
            Engine::Patroni => Store::Postgres(postgres(Standby::Required).await?),
            Engine::PatroniAsynchronous => Store::Postgres(postgres(Standby::Optional).await?),
            Engine::PatroniHasty => Store::Hasty(Hasty::open().await?),
            Engine::Sentinel => Store::Following(Following::new(Replica::Optional)),
            Engine::SentinelWait => Store::Following(Following::new(Replica::Required)),
        })
    }

    /// Returns the builder for a verifier over a store of its own.
    ///
    /// A sign-in that follows from a read is confirmed by a write.
    pub async fn builder(self, phone: MessageLog) -> VerifierBuilder {
        let keys = Keys::new(*b"a root for tests, of thirty-two.");
        let store = self.open().await;
        let builder = match self.role {
            Role::Setup => Verifier::builder("Example", Patient(store), phone, keys),
            Role::Worker => Verifier::builder("Example", store, phone, keys),
        };
        let confirmed = Policy::builder().sign_in_by_read(SignInByRead::Confirm).build();
        builder.first_factor(FirstFactor::Password).policy(confirmed.unwrap())
    }
}

async fn etcd() -> Result<Etcd, Trouble> {
    let members = MACHINES.map(|machine| format!("http://{}:2379", host(machine)));
    Etcd::open(&members.each_ref().map(String::as_str), "kit/").await
}

async fn postgres(standby: Standby) -> Result<Postgres, Trouble> {
    let servers =
        MACHINES.map(|machine| format!("host={} user=app dbname=postgres", host(machine)));
    Postgres::open_any(&servers.each_ref().map(String::as_str), NoTls, standby).await
}

#[derive(Clone)]
pub enum Store {
    DefaultReads(DefaultReads),
    Etcd(Etcd),
    Following(Following),
    Hasty(Hasty),
    Mysql(Mysql),
    Nats(Nats),
    Postgres(Postgres),
    Serializable(Serializable),
}

#[derive(Debug)]
pub struct Failed(Trouble);

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Failed {}

pub fn failed(error: impl Into<Trouble>) -> Failed {
    Failed(error.into())
}

/// Calls the store of a variant.
macro_rules! call {
    ($store:expr, $its:ident => $call:expr) => {
        match $store {
            Store::DefaultReads($its) => $call.await.map_err(failed),
            Store::Etcd($its) => $call.await.map_err(failed),
            Store::Following($its) => $call.await.map_err(failed),
            Store::Hasty($its) => $call.await.map_err(failed),
            Store::Mysql($its) => $call.await.map_err(failed),
            Store::Nats($its) => $call.await.map_err(failed),
            Store::Postgres($its) => $call.await.map_err(failed),
            Store::Serializable($its) => $call.await.map_err(failed),
        }
    };
}

impl Storage for Store {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        call!(self, store => store.load(id))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        call!(self, store => store.compare_and_swap(id, expected, record))
    }
}

/// A store for the only writer of some records, which repeats calls until they are answered.
struct Patient(Store);

impl Storage for Patient {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        for _ in 0..TRIES {
            if let Ok(found) = self.0.load(id).await {
                return Ok(found);
            }
            sleep(PAUSE).await;
        }
        self.0.load(id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        for attempt in 0..TRIES {
            match self.0.compare_and_swap(id, expected, record).await {
                // The swap of an earlier attempt may have taken effect.
                Ok(Swap::Conflict) if attempt > 0 => {
                    let is_own = self.load(id).await?.as_ref() == Some(record);
                    return Ok(if is_own { Swap::Commit } else { Swap::Conflict });
                }
                Ok(swap) => return Ok(swap),
                Err(_) => sleep(PAUSE).await,
            }
        }
        self.0.compare_and_swap(id, expected, record).await
    }
}

const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(200);
