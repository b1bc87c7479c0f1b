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
//! - `innodb_flush_log_at_trx_commit = 1`, which [`Mysql::open`] checks, and `sync_binlog = 1`
//!   where a replica may be promoted. Read from the primary only; on Galera, set `wsrep_sync_wait =
//!   1`.
//! - `max_allowed_packet` above 64 KiB, which is the default.
//!
//! `cargo run -p second-factor-storage --bin mysql -- mysql://app:password@localhost/app`

use std::env;

use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use sqlx::{MySqlPool, mysql::MySqlPoolOptions, query, query_as, query_scalar};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS second_factor (
    id BINARY(16) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    bytes MEDIUMBLOB NOT NULL
) ENGINE=InnoDB";

/// A store in a table. Clones share the connection pool.
#[derive(Clone)]
pub struct Mysql {
    pool: MySqlPool,
}

impl Mysql {
    pub async fn open(address: &str) -> Outcome<Self> {
        let pool = MySqlPoolOptions::new().max_connections(16).connect(address).await?;
        let flushed: i64 = query_scalar("SELECT CAST(@@innodb_flush_log_at_trx_commit AS SIGNED)")
            .fetch_one(&pool)
            .await?;
        if flushed != 1 {
            return Err(
                "innodb_flush_log_at_trx_commit is not 1: a crash would lose commits".into()
            );
        }
        // For this example only. Your migrations create the table.
        query(SCHEMA).execute(&pool).await?;
        Ok(Self { pool })
    }
}

impl Storage for Mysql {
    type Error = sqlx::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, sqlx::Error> {
        let row: Option<(i64, Vec<u8>)> =
            query_as("SELECT version, bytes FROM second_factor WHERE id = ?")
                .bind(id.as_bytes())
                .fetch_optional(&self.pool)
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
        let Some(expected) = expected else {
            let insert = query("INSERT INTO second_factor (id, version, bytes) VALUES (?, ?, ?)");
            let inserted = insert.bind(id).bind(version).bind(bytes).execute(&self.pool).await;
            return match inserted {
                Ok(_) => Ok(Swap::Commit),
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                    Ok(Swap::Conflict)
                }
                Err(error) => Err(error),
            };
        };
        let update =
            query("UPDATE second_factor SET version = ?, bytes = ? WHERE id = ? AND version = ?");
        let update = update.bind(version).bind(bytes).bind(id).bind(expected.get());
        let changed = update.execute(&self.pool).await?.rows_affected();
        Ok(Swap::from_rows(changed))
    }
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
