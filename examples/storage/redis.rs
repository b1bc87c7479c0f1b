//! A store in Redis or Valkey, with swaps by a script.
//!
//! This file is meant to be copied. The demo at its end is the same in each of these programs. The
//! server deletes records that are no longer needed.
//!
//! Requirements for a correct store:
//!
//! - The script runs atomically. It compares versions as 8 bytes, because numbers in Lua are
//!   floats, which are equal for neighbors above 2^53.
//! - Version and bytes are one value under one key, so a reader never sees half a swap. One key is
//!   one slot, so it works in a cluster.
//! - `appendonly yes`, `appendfsync always` and `no-appendfsync-on-rewrite no`: the server replies
//!   after the data is on disk. With other settings a restart loses the last second or more, and
//!   used codes are valid again. The store refuses such a server.
//! - Where a replica may be promoted, a failover loses the commits that the replica had not
//!   received. [`Replica::Required`] makes that less likely, but not impossible. If that risk is too
//!   high, use another database.
//! - `maxmemory-policy noeviction`: any other policy deletes records under memory pressure, and
//!   limits with them.
//! - `SET` replaces the expiry together with the value. Hashes would retain the old one.
//! - Read from the primary only. The store refuses a replica.
//! - Each call ends within five seconds. A failure closes the connection, and the next call opens
//!   another.
//!
//! `cargo run -p second-factor-storage --bin redis -- redis://localhost/`

use std::{collections::HashMap, env, future::Future, io, sync::Arc, time::Duration};

use redis::{AsyncConnectionConfig, Client, RedisError, Script, aio::MultiplexedConnection, cmd};
use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use tokio::{sync::Mutex, time::timeout};

/// The script of a swap.
///
/// Its arguments are the expected version or an empty string, the new value, and the expiry or an
/// empty string.
const SWAP: &str = "
    local stored = redis.call('GET', KEYS[1])
    local version = stored and string.sub(stored, 1, 8) or ''
    if version ~= ARGV[1] then return 0 end
    if ARGV[3] == '' then
        redis.call('SET', KEYS[1], ARGV[2])
    else
        redis.call('SET', KEYS[1], ARGV[2], 'EXAT', ARGV[3])
    end
    return 1";

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(5);

/// The time limit of a replica, in milliseconds.
const WAIT: u32 = 2000;

/// Each setting that the server needs.
const SETTINGS: [(&str, &str); 4] = [
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("no-appendfsync-on-rewrite", "no"),
    ("maxmemory-policy", "noeviction"),
];

/// A store in the keys with a prefix. Clones share the connection.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    slot: Arc<Mutex<Slot>>,
    prefix: String,
    replica: Replica,
    swap: Script,
}

/// Whether a commit waits for a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replica {
    Optional,
    /// `WAIT` after each commit, which delays the other calls on the connection. The store refuses a
    /// server that commits without a replica.
    Required,
}

#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    /// The number of connections that were closed.
    closed: u64,
}

impl Redis {
    pub async fn open(address: &str, prefix: &str) -> Outcome<Self> {
        Self::open_with(address, prefix, Replica::Optional).await
    }

    pub async fn open_with(address: &str, prefix: &str, replica: Replica) -> Outcome<Self> {
        let (client, slot) = (Client::open(address)?, Arc::default());
        let store = Self { client, slot, prefix: prefix.into(), replica, swap: Script::new(SWAP) };
        let (opened, _) = timeout(LIMIT, store.connection()).await??;
        drop(opened);
        Ok(store)
    }

    /// Returns the connection with its number, and opens it if necessary.
    async fn connection(&self) -> Result<(MultiplexedConnection, u64), RedisError> {
        let mut slot = self.slot.lock().await;
        if slot.connection.is_none() {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(LIMIT))
                .set_response_timeout(Some(LIMIT));
            let mut new = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            check(&mut new, self.replica).await?;
            slot.connection = Some(new);
        }
        let connection = slot.connection.clone().ok_or_else(|| failed("no connection"))?;
        Ok((connection, slot.closed))
    }

    /// Makes a call on the connection, and closes it unless the answer is whole.
    ///
    /// A late answer is an error, although the swap may have been committed.
    async fn call<T, F>(
        &self,
        call: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, RedisError>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        let mut number = None;
        let answer = timeout(LIMIT, async {
            let (connection, its) = self.connection().await?;
            number = Some(its);
            call(connection).await
        });
        let answer = answer.await.unwrap_or_else(|_| Err(failed("no answer")));
        if answer.is_err() {
            let mut slot = self.slot.lock().await;
            if number == Some(slot.closed) {
                *slot = Slot { connection: None, closed: slot.closed + 1 };
            }
        }
        answer
    }

    fn key(&self, id: &RecordId) -> String {
        format!("{}{id}", self.prefix)
    }
}

impl Storage for Redis {
    type Error = RedisError;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, RedisError> {
        let mut get = cmd("GET");
        get.arg(self.key(id));
        let stored: Option<Vec<u8>> = self
            .call(|mut connection| async move { get.query_async(&mut connection).await })
            .await?;
        let Some(stored) = stored else { return Ok(None) };
        let (version, bytes) =
            stored.split_first_chunk().ok_or_else(|| failed("a value without a version"))?;
        let version = Version::new(i64::from_be_bytes(*version));
        Ok(Some(Record::new(version, bytes.to_vec())))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, RedisError> {
        let expected = expected.map_or(Vec::new(), |version| version.get().to_be_bytes().to_vec());
        let value = [&record.version().get().to_be_bytes(), record.bytes()].concat();
        // `EXAT` deletes at the start of a second. The record is needed until the end of that
        // second.
        let end = record.forget_after().map(|time| time.as_secs().min(YEAR_9999) + 1);
        let mut swap = self.swap.key(self.key(id));
        swap.arg(expected).arg(value).arg(end.map_or(String::new(), |end| end.to_string()));
        let committed = self.call(|mut connection| async move {
            let committed: bool = swap.invoke_async(&mut connection).await?;
            if committed && self.replica == Replica::Required {
                let replicas: u32 =
                    cmd("WAIT").arg(1).arg(WAIT).query_async(&mut connection).await?;
                if replicas == 0 {
                    return Err(failed("no replica has the commit"));
                }
            }
            Ok(committed)
        });
        let committed = committed.await?;
        Ok(if committed { Swap::Commit } else { Swap::Conflict })
    }
}

/// Refuses a server that loses records, or a replica.
async fn check(connection: &mut MultiplexedConnection, replica: Replica) -> Result<(), RedisError> {
    let settings: HashMap<String, String> =
        cmd("CONFIG").arg("GET").arg("*").query_async(connection).await?;
    for (name, value) in SETTINGS {
        if settings.get(name).is_none_or(|its| its != value) {
            return Err(failed(format!("{name} is not {value}: the server would lose records")));
        }
    }
    let replicas = settings.get("min-replicas-to-write").is_some_and(|its| its != "0");
    if replica == Replica::Required && !replicas {
        return Err(failed("min-replicas-to-write is 0: a failover would lose commits"));
    }
    let replication: String = cmd("INFO").arg("replication").query_async(connection).await?;
    let is_primary = replication.lines().any(|line| line == "role:master");
    if is_primary { Ok(()) } else { Err(failed("role is not master: a replica lags")) }
}

fn failed(why: impl Into<String>) -> RedisError {
    RedisError::from(io::Error::other(why.into()))
}

const YEAR_9999: u64 = 253_402_300_799;

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let address = env::args().nth(1).ok_or("the address is missing: see the head of this file")?;
    demo(Redis::open(&address, "second_factor:").await?).await
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
