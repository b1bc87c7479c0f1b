//! The state of Galera, and its store with default reads.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
    testkit::storage::Trouble,
};
use sqlx::{
    MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    query_as,
};
use tokio::time::timeout;

use crate::{
    engine::{MACHINES, Machine, host},
    mysql::Mysql,
    place::{Failed, failed},
};

/// Opens the store. Successive stores begin on different nodes, as load balancers choose them.
pub async fn open() -> Result<Mysql, Trouble> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let mut nodes = MACHINES.map(address);
    nodes.rotate_left(TURN.fetch_add(1, Ordering::Relaxed) % MACHINES.len());
    Mysql::open_any(&nodes.each_ref().map(String::as_str)).await
}

fn address(machine: Machine) -> String {
    format!("mysql://app:app@{}:3306/app?ssl-mode=disabled", host(machine))
}

/// Returns whether a node has joined the two others.
pub async fn takes_part(machine: Machine) -> Result<bool, Trouble> {
    let pool = pool(machine)?;
    let status = "SHOW STATUS WHERE variable_name IN ('wsrep_cluster_size', 'wsrep_local_state')";
    let status = timeout(LIMIT, query_as(status).fetch_all(&pool)).await;
    let closed = timeout(LIMIT, pool.close()).await;
    let mut status: Vec<(String, String)> = status??;
    closed?;
    status.sort();
    let values: Vec<&str> = status.iter().map(|(_, value)| value.as_str()).collect();
    // Four is `Synced`.
    Ok(values == ["3", "4"])
}

fn pool(machine: Machine) -> Result<MySqlPool, sqlx::Error> {
    let options: MySqlConnectOptions = address(machine).parse()?;
    let pool = MySqlPoolOptions::new().max_connections(1).acquire_timeout(LIMIT);
    Ok(pool.test_before_acquire(false).connect_lazy_with(options))
}

/// A store whose loads ask the nodes in turn, without `wsrep_sync_wait`.
#[derive(Clone)]
pub struct DefaultReads {
    store: Mysql,
    nodes: Arc<[MySqlPool]>,
    turn: Arc<AtomicUsize>,
}

impl DefaultReads {
    pub async fn open() -> Result<Self, Trouble> {
        let nodes = MACHINES.into_iter().map(pool).collect::<Result<_, _>>()?;
        Ok(Self { store: open().await?, nodes, turn: Arc::default() })
    }
}

impl Storage for DefaultReads {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let node = &self.nodes[self.turn.fetch_add(1, Ordering::Relaxed) % self.nodes.len()];
        let select = query_as("SELECT version, bytes FROM second_factor WHERE id = ?");
        let row = timeout(LIMIT, select.bind(id.as_bytes()).fetch_optional(node)).await;
        let row: Option<(i64, Vec<u8>)> = row.map_err(failed)?.map_err(failed)?;
        Ok(row.map(|(version, bytes)| Record::new(Version::new(version), bytes)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        self.store.compare_and_swap(id, expected, record).await.map_err(failed)
    }
}

const LIMIT: Duration = Duration::from_secs(1);
