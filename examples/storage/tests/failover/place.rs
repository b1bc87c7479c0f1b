//! The store of each engine.

use std::time::Duration;

use second_factor::{
    FirstFactor, Keys, Storage, Verifier,
    storage::{Record, RecordId, Swap, Version},
    testkit::{MessageLog, storage::Trouble},
    verifier::VerifierBuilder,
};
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::{
    engine::{Engine, MACHINES, host},
    etcd::Etcd,
    postgres::{Postgres, Standby},
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
            Engine::Patroni => Store::Postgres(postgres(Standby::Required).await?),
            Engine::PatroniAsynchronous => Store::Postgres(postgres(Standby::Optional).await?),
            Engine::Sentinel => Store::Following(Following::default()),
        })
    }

    /// Returns the builder for a verifier over a store of its own.
    pub async fn builder(self, phone: MessageLog) -> VerifierBuilder {
        let keys = Keys::new(*b"a root for tests, of thirty-two.");
        let store = self.open().await;
        let builder = match self.role {
            Role::Setup => Verifier::builder("Example", Patient(store), phone, keys),
            Role::Worker => Verifier::builder("Example", store, phone, keys),
        };
        builder.first_factor(FirstFactor::Password)
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
    Etcd(Etcd),
    Following(Following),
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

fn failed(error: impl Into<Trouble>) -> Failed {
    Failed(error.into())
}

impl Storage for Store {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        match self {
            Self::Etcd(store) => store.load(id).await.map_err(failed),
            Self::Following(store) => store.load(id).await.map_err(failed),
            Self::Postgres(store) => store.load(id).await.map_err(failed),
            Self::Serializable(store) => store.load(id).await.map_err(failed),
        }
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        match self {
            Self::Etcd(store) => store.compare_and_swap(id, expected, record).await.map_err(failed),
            Self::Following(store) => {
                store.compare_and_swap(id, expected, record).await.map_err(failed)
            }
            Self::Postgres(store) => {
                store.compare_and_swap(id, expected, record).await.map_err(failed)
            }
            Self::Serializable(store) => {
                store.compare_and_swap(id, expected, record).await.map_err(failed)
            }
        }
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
