//! PostgreSQL stores whose callers share connections.
//!
//! They use one statement for many calls, or a pipeline.
//!
//! They are baselines of the benchmark. `group` runs the calls that wait as one statement. Two
//! processes whose groups overlap could deadlock, and one failure fails a whole group.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, NoTls, Statement};

use crate::{Outcome, postgres::Postgres};

/// Several pools of sixteen connections, so that sixty-four callers have one each.
#[derive(Clone)]
pub struct Pools(Arc<(Vec<Postgres>, AtomicUsize)>);

impl Pools {
    pub async fn open(address: &str) -> Outcome<Self> {
        let mut pools = Vec::new();
        for _ in 0..4 {
            pools.push(Postgres::open(address).await?);
        }
        Ok(Self(Arc::new((pools, AtomicUsize::new(0)))))
    }

    fn next(&self) -> &Postgres {
        let (pools, turn) = &*self.0;
        &pools[turn.fetch_add(1, Ordering::Relaxed) % pools.len()]
    }
}

impl Storage for Pools {
    type Error = <Postgres as Storage>::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Self::Error> {
        self.next().load(id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Self::Error> {
        self.next().compare_and_swap(id, expected, record).await
    }
}

/// Statements of all callers on one connection, each sent without waiting for the others.
#[derive(Clone)]
pub struct Pipelined {
    client: Arc<Client>,
    statements: Arc<[Statement; 3]>,
}

impl Pipelined {
    pub async fn open(address: &str) -> Outcome<Self> {
        let client = connect(address).await?;
        let statements = [
            client.prepare("SELECT version, bytes FROM second_factor WHERE id = $1").await?,
            client
                .prepare("INSERT INTO second_factor VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .await?,
            client
                .prepare(
                    "UPDATE second_factor SET version = $2, bytes = $3 \
                     WHERE id = $1 AND version = $4",
                )
                .await?,
        ];
        Ok(Self { client: Arc::new(client), statements: Arc::new(statements) })
    }
}

impl Storage for Pipelined {
    type Error = tokio_postgres::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Self::Error> {
        let row = self.client.query_opt(&self.statements[0], &[&id.as_bytes()]).await?;
        Ok(row.map(|row| Record::new(Version::new(row.get(0)), row.get(1))))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Self::Error> {
        let (id, version) = (id.as_bytes(), record.version().get());
        let bytes = record.bytes();
        let changed = match expected.map(Version::get) {
            None => self.client.execute(&self.statements[1], &[&id, &version, &bytes]).await?,
            Some(expected) => {
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                    [&id, &version, &bytes, &expected];
                self.client.execute(&self.statements[2], &values).await?
            }
        };
        Ok(Swap::from_rows(changed))
    }
}

async fn connect(address: &str) -> Outcome<Client> {
    // It creates the table, and checks the server.
    drop(Postgres::open(address).await?);
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("SET synchronous_commit = on").await?;
    Ok(client)
}

/// One statement for all swaps that wait, and one for all loads.
#[derive(Clone)]
pub struct Grouped(mpsc::UnboundedSender<Call>);

enum Call {
    Load(RecordId, oneshot::Sender<Option<Record>>),
    Swap(RecordId, Option<Version>, Record, oneshot::Sender<Swap>),
}

impl Grouped {
    /// Opens the store with some connections, each of which takes the calls that wait.
    pub async fn open(address: &str, connections: usize) -> Outcome<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        for _ in 0..connections {
            let (client, receiver) = (connect(address).await?, Arc::clone(&receiver));
            tokio::spawn(async move {
                let mut calls = Vec::new();
                while receiver.lock().await.recv_many(&mut calls, MOST).await > 0 {
                    // The callers of a group that fails see that their answer was dropped.
                    let _ = run(&client, std::mem::take(&mut calls)).await;
                }
            });
        }
        Ok(Self(sender))
    }

    async fn answer<T>(&self, call: Call, answer: oneshot::Receiver<T>) -> Result<T, io::Error> {
        self.0.send(call).map_err(io::Error::other)?;
        answer.await.map_err(io::Error::other)
    }
}

/// Runs the calls of a group. Only the first swap of each record may commit.
async fn run(client: &Client, calls: Vec<Call>) -> Result<(), tokio_postgres::Error> {
    let (mut loads, mut swaps) = (Vec::new(), Vec::new());
    for call in calls {
        match call {
            Call::Load(id, answer) => loads.push((id, answer)),
            Call::Swap(id, expected, record, answer) => swaps.push((id, expected, record, answer)),
        }
    }
    let ids: Vec<&[u8]> = loads.iter().map(|(id, _)| id.as_bytes()).collect();
    let found = async {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT id, version, bytes FROM second_factor WHERE id = ANY($1)";
        client.query(select, &[&ids]).await
    };
    let swapped = async {
        if swaps.is_empty() {
            return Ok(HashSet::new());
        }
        swap(client, &swaps).await
    };
    let (found, swapped) = tokio::try_join!(found, swapped)?;
    let mut seen = HashSet::new();
    for (id, _, _, answer) in swaps {
        let is_first = seen.insert(id);
        let is_committed = is_first && swapped.contains(id.as_bytes());
        let _ = answer.send(if is_committed { Swap::Commit } else { Swap::Conflict });
    }
    for (id, answer) in loads {
        let row = found.iter().find(|row| row.get::<_, &[u8]>(0) == id.as_bytes());
        let _ = answer.send(row.map(|row| Record::new(Version::new(row.get(1)), row.get(2))));
    }
    Ok(())
}

/// Returns the ids of the records that changed.
async fn swap(
    client: &Client,
    swaps: &[(RecordId, Option<Version>, Record, oneshot::Sender<Swap>)],
) -> Result<HashSet<Vec<u8>>, tokio_postgres::Error> {
    let mut seen = HashSet::new();
    let (mut ids, mut versions, mut bytes, mut expected) = (vec![], vec![], vec![], vec![]);
    for (id, its, record, _) in swaps.iter().filter(|(id, ..)| seen.insert(*id)) {
        ids.push(id.as_bytes());
        versions.push(record.version().get());
        bytes.push(record.bytes());
        expected.push(its.map(Version::get));
    }
    // One statement is one transaction, whether it creates records or replaces them.
    let statement = "WITH swap AS (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], \
             $4::bigint[]) AS swap (id, version, bytes, expected)), \
         created AS (INSERT INTO second_factor SELECT id, version, bytes FROM swap \
             WHERE expected IS NULL ON CONFLICT DO NOTHING RETURNING id), \
         replaced AS (UPDATE second_factor SET version = swap.version, bytes = swap.bytes \
             FROM swap WHERE second_factor.id = swap.id \
             AND second_factor.version = swap.expected RETURNING second_factor.id) \
         SELECT id FROM created UNION ALL SELECT id FROM replaced";
    let rows = client.query(statement, &[&ids, &versions, &bytes, &expected]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

impl Storage for Grouped {
    type Error = io::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, io::Error> {
        let (sender, answer) = oneshot::channel();
        self.answer(Call::Load(*id, sender), answer).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, io::Error> {
        let (sender, answer) = oneshot::channel();
        self.answer(Call::Swap(*id, expected, record.clone(), sender), answer).await
    }
}

const MOST: usize = 64;
