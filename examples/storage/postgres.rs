//! A store in PostgreSQL, with a pool of `deadpool`.
//!
//! This file is meant to be copied. The demo at its end is the same in each of these programs.
//!
//! Requirements for a correct store:
//!
//! - Each swap is one statement in its own transaction, under `READ COMMITTED`. That is sufficient:
//!   of two updates of one row, the second waits for the first, then evaluates the row again, and
//!   its version no longer matches. Under `REPEATABLE READ` the second would fail with 40001, which
//!   is an error and not a conflict.
//! - `synchronous_commit = on`. Otherwise the server confirms commits that a crash loses. If a
//!   standby may be promoted, also list it in `synchronous_standby_names`, or the latest commits
//!   are lost with the old primary: [`Standby::Required`] refuses a primary without one. Read from
//!   the primary only, because standbys lag.
//! - A canceled wait for the standby is answered with success and a warning. The store returns an
//!   error then, because the commit may be missing on the standby.
//! - Each call ends within five seconds. Its connection is closed unless the answer was whole, and
//!   a failure closes the idle connections too: they lead to the same server.
//! - After a failover, a primary that was paused may answer for a moment with old records. Its
//!   timeline is older, and the pool refuses it.
//! - Never use a connection that is inside a transaction of your application: a rollback would undo
//!   the count of a failed sign-in. The pool returns connections outside any transaction.
//! - Statements are sent with their types and without a name, so that they work through PgBouncer
//!   in transaction mode. There, session settings are lost. Set them for the role: `ALTER ROLE app
//!   SET synchronous_commit = on`.
//!
//! `cargo run -p second-factor-storage --bin postgres -- 'host=localhost user=app dbname=app'`

use std::{
    env,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool::managed::{self, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use tokio::time::timeout;
use tokio_postgres::{
    AsyncMessage, Client, Config, NoTls, Socket,
    error::Severity,
    tls::{MakeTlsConnect, TlsConnect},
    types::{ToSql, Type},
};

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(5);
/// The time limit for reaching one server. Three of them fit into a call.
const CONNECT: Duration = Duration::from_millis(1500);

type Value<'a> = (&'a (dyn ToSql + Sync), Type);
const BYTEA: Type = Type::BYTEA;
const INT8: Type = Type::INT8;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    bytes BYTEA NOT NULL
)";

const SET: &str = "SET synchronous_commit = on; \
    SET default_transaction_isolation = 'read committed'; SET statement_timeout = '4s'";
const SETTINGS: &str = "SELECT current_setting('fsync'), current_setting('full_page_writes'), \
    current_setting('synchronous_commit'), current_setting('default_transaction_isolation'), \
    current_setting('synchronous_standby_names'), \
    current_setting('transaction_read_only'), CASE WHEN pg_is_in_recovery() THEN '0' \
    ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// A store in a table. Clones share the connection pool.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool<Servers>,
}

/// Whether a primary without a synchronous standby is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standby {
    /// For a server whose standby is never promoted.
    Optional,
    Required,
}

impl Postgres {
    /// Opens the store without TLS, as over a local socket.
    pub async fn open(address: &str) -> Outcome<Self> {
        Self::open_any(&[address], NoTls, Standby::Optional).await
    }

    /// Opens the store on the primary among several servers, with an address for each.
    ///
    /// For TLS, pass a connector such as `tokio_postgres_rustls::MakeRustlsConnect`, and
    /// `sslmode=require` in each address.
    pub async fn open_any<T>(addresses: &[&str], tls: T, standby: Standby) -> Outcome<Self>
    where
        T: MakeTlsConnect<Socket, Stream: Send + 'static> + Clone + Send + Sync + 'static,
        T::TlsConnect: Send + TlsConnect<Socket, Future: Send>,
    {
        let mut servers = Vec::new();
        for address in addresses {
            let mut config: Config = address.parse()?;
            config.connect_timeout(CONNECT).tcp_user_timeout(LIMIT);
            servers.push(config);
        }
        let dial: Dial = Box::new(move |config| Box::pin(connect(config, tls.clone())));
        let (first, timeline) = (AtomicUsize::new(0), AtomicU32::new(0));
        let pool = Pool::builder(Servers { servers, dial, standby, first, timeline })
            .max_size(16)
            .build()?;
        let store = Self { pool };
        store
            .ended(async {
                let lease = store.lease().await?;
                // For this example only. Your migrations create the table.
                lease.client().batch_execute(SCHEMA).await?;
                lease.finish()
            })
            .await?;
        Ok(store)
    }

    /// Returns the answer, or an error after the time limit.
    async fn ended<T>(&self, call: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
        let answer = timeout(LIMIT, call).await.unwrap_or(Err(Failed::NoAnswer));
        if answer.is_err() {
            // The server may have lost its role, and the idle connections lead to it as well.
            self.pool.retain(|_, _| false);
        }
        answer
    }

    async fn lease(&self) -> Result<Lease, Failed> {
        match self.pool.get().await {
            Ok(connection) => Ok(Lease(Some(connection))),
            Err(PoolError::Backend(error)) => Err(error),
            Err(_) => Err(Failed::NoAnswer),
        }
    }
}

impl Storage for Postgres {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let select = "SELECT version, bytes FROM second_factor WHERE id = $1";
        let row = self.ended(async {
            let lease = self.lease().await?;
            let row = lease.client().query_typed_opt(select, &[(&id.as_bytes(), BYTEA)]).await?;
            lease.finish()?;
            Ok(row)
        });
        let Some(row) = row.await? else { return Ok(None) };
        let (version, bytes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Some(Record::new(Version::new(version), bytes)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let (id, bytes, version) = (id.as_bytes(), record.bytes(), record.version().get());
        let expected = expected.map(Version::get);
        let changed = self.ended(async {
            let lease = self.lease().await?;
            let mut values: Vec<Value<'_>> = vec![(&id, BYTEA), (&version, INT8), (&bytes, BYTEA)];
            let statement = match &expected {
                None => "INSERT INTO second_factor VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                Some(expected) => {
                    values.push((expected, INT8));
                    "UPDATE second_factor SET version = $2, bytes = $3 \
                     WHERE id = $1 AND version = $4"
                }
            };
            let changed = lease.client().execute_typed(statement, &values).await?;
            lease.finish()?;
            Ok(changed)
        });
        Ok(Swap::from_rows(changed.await?))
    }
}

/// A connection that is closed when it is dropped, unless it is finished.
struct Lease(Option<Object<Servers>>);

impl Lease {
    fn client(&self) -> &Client {
        &self.0.as_ref().expect("it is there until the end").client
    }

    /// Returns the connection to the pool, or the error that the server hid in a warning.
    fn finish(mut self) -> Result<(), Failed> {
        match &self.0 {
            Some(connection) if connection.is_warned.load(Ordering::SeqCst) => Err(Failed::Warned),
            _ => {
                drop(self.0.take());
                Ok(())
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

struct Connection {
    client: Client,
    /// The server sent a warning, such as 01000 for a canceled wait for the standby.
    is_warned: Arc<AtomicBool>,
}

type Dial = Box<dyn Fn(Config) -> Dialing + Send + Sync>;
type Dialing = Pin<Box<dyn Future<Output = Result<Connection, Failed>> + Send>>;

/// Connects to the primary among some servers.
struct Servers {
    servers: Vec<Config>,
    dial: Dial,
    standby: Standby,
    /// The server that was the primary last.
    first: AtomicUsize,
    /// The newest timeline of a primary. Each promotion begins another.
    timeline: AtomicU32,
}

impl managed::Manager for Servers {
    type Type = Connection;
    type Error = Failed;

    async fn create(&self) -> Result<Connection, Failed> {
        let (first, mut failed) = (self.first.load(Ordering::Relaxed), Failed::NoAnswer);
        for at in 0..self.servers.len() {
            let at = (first + at) % self.servers.len();
            let connected = timeout(CONNECT, async {
                let connection = (self.dial)(self.servers[at].clone()).await?;
                self.check(&connection.client).await?;
                Ok(connection)
            });
            match connected.await.unwrap_or(Err(Failed::NoAnswer)) {
                Ok(connection) => {
                    self.first.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Failed> {
        if connection.client.is_closed() { Err(RecycleError::message("closed")) } else { Ok(()) }
    }
}

impl Servers {
    /// Refuses a server whose settings lose commits.
    async fn check(&self, client: &Client) -> Result<(), Failed> {
        client.batch_execute(SET).await?;
        let row = client.query_typed_one(SETTINGS, &[]).await?;
        let is = |column: usize, values: &[&str]| -> Result<bool, Failed> {
            Ok(values.contains(&row.try_get::<_, &str>(column)?))
        };
        let refused = if !is(0, &["on"])? {
            "fsync is off: a crash would lose commits"
        } else if !is(1, &["on"])? {
            "full_page_writes is off: a crash would damage records"
        } else if !is(2, &["on", "remote_apply"])? {
            "synchronous_commit is not on: a crash would lose commits"
        } else if !is(3, &["read committed"])? {
            "default_transaction_isolation is not read committed: a conflict would be an error"
        } else if self.standby == Standby::Required && is(4, &[""])? {
            "synchronous_standby_names is empty: a failover would lose commits"
        } else if !is(5, &["off"])? {
            "transaction_read_only is on: a standby lags"
        } else {
            let timeline = u32::from_str_radix(row.try_get(6)?, 16).unwrap_or(0);
            if self.timeline.fetch_max(timeline, Ordering::SeqCst) <= timeline {
                return Ok(());
            }
            "the timeline is older than that of another primary: records would be old"
        };
        Err(Failed::Refused(refused))
    }
}

async fn connect<T>(config: Config, tls: T) -> Result<Connection, Failed>
where
    T: MakeTlsConnect<Socket, Stream: Send + 'static>,
{
    let (client, mut connection) = config.connect(tls).await?;
    let is_warned = Arc::new(AtomicBool::new(false));
    let warned = Arc::clone(&is_warned);
    tokio::spawn(async move {
        // A warning arrives before the answer that it belongs to.
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notice(notice) = message
                && notice.parsed_severity() == Some(Severity::Warning)
            {
                warned.store(true, Ordering::SeqCst);
            }
        }
    });
    Ok(Connection { client, is_warned })
}

#[derive(Debug)]
pub enum Failed {
    Driver(tokio_postgres::Error),
    /// No answer within the time limit.
    NoAnswer,
    /// A setting of the server, or its role.
    Refused(&'static str),
    /// The server answered with success and a warning.
    Warned,
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Driver(error) => error.fmt(f),
            Self::NoAnswer => f.write_str("no answer within the time limit"),
            Self::Refused(why) => f.write_str(why),
            Self::Warned => f.write_str("the commit may be missing on the standby"),
        }
    }
}

impl core::error::Error for Failed {}

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let address = env::args().nth(1).ok_or("the address is missing: see the head of this file")?;
    demo(Postgres::open(&address).await?).await
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
