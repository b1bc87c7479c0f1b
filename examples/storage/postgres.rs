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
//!   are lost with the old primary. Read from the primary only, because standbys lag.
//! - Never use a connection that is inside a transaction of your application: a rollback would undo
//!   the count of a failed sign-in. The pool returns connections outside any transaction.
//! - Statements are sent with their types and without a name, so that they work through PgBouncer
//!   in transaction mode. There, session settings are lost. Set them for the role: `ALTER ROLE app
//!   SET synchronous_commit = on`.
//!
//! `cargo run -p second-factor-storage --bin postgres -- 'host=localhost user=app dbname=app'`

use std::env;

use deadpool_postgres::{Hook, HookError, Manager, Object, Pool, PoolError};
use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use tokio_postgres::{NoTls, types::Type};

const BYTEA: Type = Type::BYTEA;
const INT8: Type = Type::INT8;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    bytes BYTEA NOT NULL
)";

const SETTINGS: &str =
    "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'";

/// A store in a table. Clones share the connection pool.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects without TLS, as over a local socket.
    ///
    /// Over a network, use a connector of `tokio-postgres-rustls`.
    pub async fn open(address: &str) -> Outcome<Self> {
        let manager = Manager::new(address.parse()?, NoTls);
        let settings = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
            Box::pin(async { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(manager).max_size(16).post_create(settings).build()?;
        let client = pool.get().await?;
        let fsync: String = client.query_one("SHOW fsync", &[]).await?.try_get(0)?;
        if fsync != "on" {
            return Err("fsync is off: a crash would lose commits".into());
        }
        // For this example only. Your migrations create the table.
        client.batch_execute(SCHEMA).await?;
        Ok(Self { pool })
    }
}

impl Storage for Postgres {
    type Error = PoolError;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, PoolError> {
        let client: Object = self.pool.get().await?;
        let (select, id) =
            ("SELECT version, bytes FROM second_factor WHERE id = $1", id.as_bytes());
        let Some(row) = client.query_typed_opt(select, &[(&id, BYTEA)]).await? else {
            return Ok(None);
        };
        let (version, bytes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Some(Record::new(Version::new(version), bytes)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, PoolError> {
        let client: Object = self.pool.get().await?;
        let (id, bytes) = (id.as_bytes(), record.bytes());
        let version = record.version().get();
        let changed = match expected {
            None => {
                client
                    .execute_typed(
                        "INSERT INTO second_factor VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                        &[(&id, BYTEA), (&version, INT8), (&bytes, BYTEA)],
                    )
                    .await?
            }
            Some(expected) => {
                let expected = expected.get();
                client
                    .execute_typed(
                        "UPDATE second_factor SET version = $2, bytes = $3 \
                         WHERE id = $1 AND version = $4",
                        &[(&id, BYTEA), (&version, INT8), (&bytes, BYTEA), (&expected, INT8)],
                    )
                    .await?
            }
        };
        Ok(Swap::from_rows(changed))
    }
}

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
