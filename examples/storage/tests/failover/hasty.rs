//! A store in PostgreSQL with `synchronous_commit = off`.
//!
//! The store of this package refuses this setting.

use std::{sync::Arc, time::Duration};

use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
    testkit::storage::Trouble,
};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::{Client, NoTls, types::ToSql};

use crate::{
    engine::{MACHINES, host},
    place::{Failed, failed},
    postgres::{Postgres, Standby},
};

/// A store on the primary. Clones share the connection.
#[derive(Clone, Default)]
pub struct Hasty {
    slot: Arc<Mutex<Option<Arc<Client>>>>,
}

impl Hasty {
    pub async fn open() -> Result<Self, Trouble> {
        let servers = MACHINES.map(|machine| format!("host={} {OPTIONS}", host(machine)));
        // It creates the table.
        let servers = servers.each_ref().map(String::as_str);
        Postgres::open_any(&servers, NoTls, Standby::Optional).await?;
        Ok(Self::default())
    }

    async fn client(&self) -> Result<Arc<Client>, Trouble> {
        let mut slot = self.slot.lock().await;
        if let Some(client) = &*slot {
            return Ok(Arc::clone(client));
        }
        let hosts = MACHINES.map(host).join(",");
        let options = "target_session_attrs=read-write connect_timeout=1 load_balance_hosts=random";
        let config = format!("host={hosts} {OPTIONS} {options}");
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("SET synchronous_commit = off").await?;
        let client = Arc::new(client);
        *slot = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Returns the answer, and closes the connection unless there is one.
    async fn ended<T>(&self, call: impl Future<Output = Result<T, Trouble>>) -> Result<T, Failed> {
        let answer = timeout(LIMIT, call).await.unwrap_or_else(|late| Err(late.into()));
        if answer.is_err() {
            *self.slot.lock().await = None;
        }
        answer.map_err(failed)
    }
}

impl Storage for Hasty {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let select = "SELECT version, bytes FROM second_factor WHERE id = $1";
        let row = self.ended(async {
            let client = self.client().await?;
            Ok(client.query_opt(select, &[&id.as_bytes()]).await?)
        });
        Ok(row.await?.map(|row| Record::new(Version::new(row.get(0)), row.get(1))))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let (id, version, bytes) = (id.as_bytes(), record.version().get(), record.bytes());
        let expected = expected.map(Version::get);
        let changed = self.ended(async {
            let mut values: Vec<&(dyn ToSql + Sync)> = vec![&id, &version, &bytes];
            let statement = match &expected {
                None => "INSERT INTO second_factor VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                Some(expected) => {
                    values.push(expected);
                    "UPDATE second_factor SET version = $2, bytes = $3 \
                     WHERE id = $1 AND version = $4"
                }
            };
            Ok(self.client().await?.execute(statement, &values).await?)
        });
        Ok(Swap::from_rows(changed.await?))
    }
}

const OPTIONS: &str = "user=app dbname=postgres";
const LIMIT: Duration = Duration::from_secs(5);
