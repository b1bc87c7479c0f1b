//! A store in MySQL or MariaDB, with a pool of `sqlx`.
//!
//! This file is meant to be copied. The demo at its end is the same in each of these programs.
//!
//! Requirements for a correct store:
//!
//! - Each swap is one statement, committed by itself. InnoDB locks the row, and an update reads the
//!   latest committed row, even under `REPEATABLE READ`.
//! - Insert with a plain `INSERT`, where a duplicate key is the conflict. `INSERT IGNORE` turns all
//!   other errors into warnings too, and truncates values that are too long. `ON DUPLICATE KEY
//!   UPDATE id = id` counts one row for an existing record, if the driver requests found rows, as
//!   this one does.
//! - Depending on the driver, an update counts found rows or changed rows. The version always
//!   changes, so here both are equal.
//! - `BINARY(16)` compares bytes. `CHAR` compares by a collation, which ignores case and trailing
//!   spaces.
//! - `MEDIUMBLOB`, because the limit of `BLOB` is one byte below 64 KiB.
//! - `autocommit = 1`. Otherwise the server confirms a swap and forgets it with the connection.
//! - `innodb_flush_log_at_trx_commit = 1`, and `sync_binlog = 1` with a binary log. Read from the
//!   primary only; on Galera, with `wsrep_sync_wait = 1`. There, error 1213 is a conflict.
//! - `max_allowed_packet` above 64 KiB, which is the default.
//! - Each connection sets and checks these settings.
//! - Each call ends within five seconds. Its connection is closed unless the answer was whole. A
//!   failure also retires the other connections, and the next ones go to the next server.
//!
//! `cargo run -p second-factor-storage --bin mysql -- mysql://app:password@localhost/app`

use std::{
    env,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use sqlx::{
    Connection as _, MySql, MySqlConnection, MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    pool::PoolConnection,
    query, query_as, raw_sql,
};
use tokio::time::timeout;

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BINARY(16) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    bytes MEDIUMBLOB NOT NULL
) ENGINE=InnoDB";

/// Each setting that a connection needs, and the values that it may have.
const SETTINGS: [(&str, &[&str], &str); 6] = [
    ("autocommit", &["ON", "1"], "a commit would be lost with its connection"),
    ("innodb_flush_log_at_trx_commit", &["1"], "a crash would lose commits"),
    ("read_only", &["OFF", "0"], "a replica lags, and refuses swaps"),
    ("innodb_doublewrite", &["ON", "1", "DETECT_AND_RECOVER"], "a crash would damage records"),
    ("sync_binlog", &["1"], "a crash would lose commits of the binary log"),
    ("wsrep_sync_wait", &["1", "3", "5", "7", "9", "11", "13", "15"], "another node lags"),
];
/// The smallest packet that holds a record, in bytes.
const PACKET: u64 = 128 * 1024;

/// A store in a table. Clones share the connection pool.
#[derive(Clone)]
pub struct Mysql {
    pool: MySqlPool,
    servers: Arc<Servers>,
}

/// The servers, of which the pool uses one at a time.
struct Servers {
    options: Vec<MySqlConnectOptions>,
    current: AtomicUsize,
    /// Older connections are not used again.
    failed_at: Mutex<Instant>,
}

impl Mysql {
    pub async fn open(address: &str) -> Outcome<Self> {
        Self::open_any(&[address]).await
    }

    /// Opens the store on one of several nodes of a Galera cluster, and on the next if it fails.
    pub async fn open_any(addresses: &[&str]) -> Outcome<Self> {
        let options =
            addresses.iter().map(|address| address.parse()).collect::<Result<Vec<_>, _>>();
        let options: Vec<MySqlConnectOptions> = options?;
        let mut failed = sqlx::Error::PoolClosed;
        for (at, server) in options.iter().enumerate() {
            // By itself, because the pool would hide why it refuses a server.
            let prepared = timeout(LIMIT, async {
                let mut connection = MySqlConnection::connect_with(server).await?;
                check(&mut connection).await?;
                // For this example only. Your migrations create the table.
                query(SCHEMA).execute(&mut connection).await
            });
            match prepared.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
                Ok(_) => return Ok(Self::over(options, at)),
                Err(error) => failed = error,
            }
        }
        Err(failed.into())
    }

    fn over(options: Vec<MySqlConnectOptions>, current: usize) -> Self {
        let first = options[current].clone();
        let (current, failed_at) = (AtomicUsize::new(current), Mutex::new(Instant::now()));
        let servers = Arc::new(Servers { options, current, failed_at });
        let retired = Arc::clone(&servers);
        let pool = MySqlPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(LIMIT)
            // A paused server would not answer the test, and the first failure retires all.
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(check(connection)))
            .before_acquire(move |_, metadata| {
                let is_newer = metadata.age < retired.failed_at().elapsed();
                Box::pin(async move { Ok(is_newer) })
            })
            .connect_lazy_with(first);
        Self { pool, servers }
    }

    /// Returns the answer, or an error after the time limit.
    async fn ended<T>(
        &self,
        call: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let began = Instant::now();
        let answer = timeout(LIMIT, call).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        if answer.is_err() {
            self.servers.fail(began, &self.pool);
        }
        answer
    }

    async fn lease(&self) -> Result<Lease, sqlx::Error> {
        Ok(Lease(Some(self.pool.acquire().await?)))
    }
}

impl Servers {
    fn failed_at(&self) -> Instant {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Retires all connections, and turns to the next server, once for calls that fail together.
    fn fail(&self, began: Instant, pool: &MySqlPool) {
        let mut failed_at = self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        if *failed_at <= began {
            *failed_at = Instant::now();
            let next = self.current.fetch_add(1, Ordering::Relaxed) + 1;
            pool.set_connect_options(self.options[next % self.options.len()].clone());
        }
    }
}

/// A connection that is closed when it is dropped, unless it is finished.
struct Lease(Option<PoolConnection<MySql>>);

impl Lease {
    fn connection(&mut self) -> &mut MySqlConnection {
        self.0.as_mut().expect("it is there until the end")
    }

    fn finish(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.0.take().map(PoolConnection::detach));
    }
}

/// Sets what a connection can set, and refuses a server whose other settings lose commits.
async fn check(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    raw_sql("SET autocommit = 1").execute(&mut *connection).await?;
    // Only servers with Galera have this variable.
    let has_wsrep = query("SHOW VARIABLES LIKE 'wsrep_sync_wait'").persistent(false);
    if has_wsrep.fetch_optional(&mut *connection).await?.is_some() {
        raw_sql("SET wsrep_sync_wait = 1").execute(&mut *connection).await?;
    }
    let all: Vec<(String, String)> =
        query_as("SHOW VARIABLES").persistent(false).fetch_all(&mut *connection).await?;
    let value =
        |name: &str| all.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str());
    let is_on = |name: &str| value(name) == Some("ON");
    for (name, values, otherwise) in SETTINGS {
        let applies = match name {
            "sync_binlog" => is_on("log_bin"),
            "wsrep_sync_wait" => is_on("wsrep_on"),
            _ => true,
        };
        if applies && value(name).is_none_or(|value| !values.contains(&value)) {
            return Err(refused(format!("{name} is not {}: {otherwise}", values[0])));
        }
    }
    let packet = value("max_allowed_packet").and_then(|value| value.parse::<u64>().ok());
    if packet.is_none_or(|bytes| bytes < PACKET) {
        return Err(refused(format!("max_allowed_packet is below {PACKET}: records do not fit")));
    }
    Ok(())
}

fn refused(why: String) -> sqlx::Error {
    sqlx::Error::Configuration(why.into())
}

impl Storage for Mysql {
    type Error = sqlx::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, sqlx::Error> {
        let select = query_as("SELECT version, bytes FROM second_factor WHERE id = ?");
        let row: Option<(i64, Vec<u8>)> = self
            .ended(async {
                let mut lease = self.lease().await?;
                let row = select.bind(id.as_bytes()).fetch_optional(lease.connection()).await?;
                lease.finish();
                Ok(row)
            })
            .await?;
        Ok(row.map(|(version, bytes)| Record::new(Version::new(version), bytes)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, sqlx::Error> {
        let (id, version, bytes) = (id.as_bytes(), record.version().get(), record.bytes());
        let statement = match expected {
            None => query("INSERT INTO second_factor (id, version, bytes) VALUES (?, ?, ?)")
                .bind(id)
                .bind(version)
                .bind(bytes),
            Some(expected) => query(
                "UPDATE second_factor SET version = ?, bytes = ? WHERE id = ? AND version = ?",
            )
            .bind(version)
            .bind(bytes)
            .bind(id)
            .bind(expected.get()),
        };
        self.ended(async {
            let mut lease = self.lease().await?;
            let swap = match statement.execute(lease.connection()).await {
                Ok(done) => Swap::from_rows(done.rows_affected()),
                Err(sqlx::Error::Database(error)) if is_conflict(&*error) => Swap::Conflict,
                Err(error) => return Err(error),
            };
            lease.finish();
            Ok(swap)
        })
        .await
    }
}

/// Another swap created the record, or a deadlock (1213) undid this one. On Galera, a deadlock is a
/// conflict with a swap on another node.
fn is_conflict(error: &dyn sqlx::error::DatabaseError) -> bool {
    let number = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|it| it.number());
    error.is_unique_violation() || number == Some(1213)
}

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let address = env::args().nth(1).ok_or("the address is missing: see the head of this file")?;
    demo(Mysql::open(&address).await?).await
}

async fn demo(store: impl Storage + 'static) -> Outcome<()> {
    // In production, the root key is random, comes from a secret manager and never changes.
    let verifier = Verifier::builder(
        "Example",
        store,
        MessageLog::new(),
        Keys::new(*b"a root for examples, and no more"),
    )
    .first_factor(FirstFactor::Password)
    .build()?;
    let now = SystemClock::new().now()?.as_secs();
    let alice = SubjectId::new(format!("user-{now}-{}", std::process::id()))?;

    let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let code = |at| app.code(UnixTime::from_secs(at)).ok_or("no code before 1970");
    let _confirmed = verifier.confirm(&alice, &enrollment, code(now)?.expose()).await?;
    println!("TOTP app enrolled");

    // The next code, because the confirmation used up the current one.
    let typed = code(now + 30)?;
    let verified = verifier.verify(&alice, Proof::totp(typed.expose())).await?;
    println!("signed in with {:?}", verified.factors());
    let again = verifier.verify(&alice, Proof::totp(typed.expose())).await;
    println!("the same code a second time: {}", again.err().ok_or("the code was accepted twice")?);
    Ok(())
}
