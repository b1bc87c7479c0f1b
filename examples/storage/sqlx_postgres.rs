//! A store in PostgreSQL, with a pool of `sqlx`.
//!
//! This file is meant to be copied. It needs the features `runtime-tokio` and `postgres` of `sqlx`.
//!
//! Requirements for a correct store:
//!
//! - `synchronous_commit = on`, and each swap as one statement, committed by itself. Never use the
//!   pool of the application, whose transactions would roll back the count of a failed sign-in.
//! - Each call ends within five seconds. Its connection is closed unless the answer was whole. A
//!   failure also retires the other connections, because they lead to the same server.
//! - `sqlx` hides the warning of a canceled wait for a synchronous standby. If a standby may be
//!   promoted, use the store in `postgres.rs`.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use second_factor::storage::{Record, RecordId, Storage, Swap, Version};
use sqlx::{
    Connection as _, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    query, query_as, raw_sql,
};
use tokio::time::timeout;

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(5);

/// A pool of its own: no transaction of the application wraps a swap.
#[derive(Clone)]
pub struct PostgresStorage {
    pool: PgPool,
    /// Older connections are not used again.
    failed_at: Arc<Mutex<Instant>>,
}

impl PostgresStorage {
    pub async fn open(address: &str) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = address.parse()?;
        // By itself, because the pool would hide why it refuses a server.
        let prepared = timeout(LIMIT, async {
            let mut connection = PgConnection::connect_with(&options).await?;
            check(&mut connection).await?;
            query(TABLE).execute(&mut connection).await
        });
        prepared.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        let failed_at = Arc::new(Mutex::new(Instant::now()));
        let retired = Arc::clone(&failed_at);
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(LIMIT)
            // A paused server would not answer the test, and the first failure retires all.
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(check(connection)))
            .before_acquire(move |_, metadata| {
                let failed_at = *retired.lock().unwrap_or_else(PoisonError::into_inner);
                Box::pin(async move { Ok(metadata.age < failed_at.elapsed()) })
            })
            .connect_lazy_with(options);
        Ok(Self { pool, failed_at })
    }

    /// Returns the answer, or an error after the time limit.
    async fn ended<T>(
        &self,
        call: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let answer = timeout(LIMIT, call).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        if answer.is_err() {
            *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        answer
    }

    async fn lease(&self) -> Result<Lease, sqlx::Error> {
        Ok(Lease(Some(self.pool.acquire().await?)))
    }
}

impl Storage for PostgresStorage {
    type Error = sqlx::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, sqlx::Error> {
        let query = query_as(LOAD).bind(id.as_bytes());
        let row: Option<(i64, Vec<u8>)> = self
            .ended(async {
                let mut lease = self.lease().await?;
                let row = query.fetch_optional(lease.connection()).await?;
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
        let statement = query(if expected.is_none() { INSERT } else { UPDATE });
        let statement = statement.bind(id.as_bytes()).bind(record.version().get());
        let statement = statement.bind(record.bytes()).bind(expected.map(Version::get));
        self.ended(async {
            let mut lease = self.lease().await?;
            let done = statement.execute(lease.connection()).await?;
            lease.finish();
            Ok(Swap::from_rows(done.rows_affected()))
        })
        .await
    }
}

/// A connection that is closed when it is dropped, unless it is finished.
struct Lease(Option<PoolConnection<Postgres>>);

impl Lease {
    fn connection(&mut self) -> &mut PgConnection {
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
async fn check(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    raw_sql(SET).execute(&mut *connection).await?;
    for (name, value, otherwise) in SETTINGS {
        let is: (String,) = query_as("SELECT current_setting($1)")
            .bind(name)
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
        if is.0 != value {
            return Err(sqlx::Error::Configuration(
                format!("{name} is not {value}: {otherwise}").into(),
            ));
        }
    }
    Ok(())
}

const SET: &str = "SET synchronous_commit = on; \
    SET default_transaction_isolation = 'read committed'; SET statement_timeout = '4s'";
const SETTINGS: [(&str, &str, &str); 5] = [
    ("fsync", "on", "a crash would lose commits"),
    ("full_page_writes", "on", "a crash would damage records"),
    ("synchronous_commit", "on", "a crash would lose commits"),
    ("default_transaction_isolation", "read committed", "a conflict would be an error"),
    ("transaction_read_only", "off", "a standby lags"),
];
const TABLE: &str = "CREATE TABLE IF NOT EXISTS second_factor (id BYTEA PRIMARY KEY, \
    version BIGINT NOT NULL, bytes BYTEA NOT NULL)";
const LOAD: &str = "SELECT version, bytes FROM second_factor WHERE id = $1";
const INSERT: &str = "INSERT INTO second_factor SELECT $1, $2, $3 WHERE $4::BIGINT IS NULL \
    ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE second_factor SET version = $2, bytes = $3 \
    WHERE id = $1 AND version = $4";
