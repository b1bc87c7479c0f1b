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
//! - `appendonly yes` and `appendfsync always`: the server replies after the data is on disk. With
//!   the defaults, a restart loses at least the last second, and used codes are valid again.
//!   [`Redis::open`] refuses such a server.
//! - Where a replica may be promoted, a failover loses the commits that the replica had not
//!   received. `WAIT` makes that less likely, but not impossible. If that risk is too high, use
//!   another database.
//! - `maxmemory-policy noeviction`: any other policy deletes records under memory pressure, and
//!   limits with them.
//! - `SET` replaces the expiry together with the value. Hashes would retain the old one.
//! - Read from the primary only.
//!
//! `cargo run -p second-factor-storage --bin redis -- redis://localhost/`

use std::{collections::HashMap, env, time::Duration};

use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};
use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};

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

/// A store in the keys with a prefix. Clones share the connection.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    prefix: String,
    swap: Script,
}

impl Redis {
    pub async fn open(address: &str, prefix: &str) -> Outcome<Self> {
        // A late response is an error, although the swap may have been committed.
        let config =
            ConnectionManagerConfig::new().set_response_timeout(Some(Duration::from_secs(5)));
        let client = Client::open(address)?;
        let mut connection = ConnectionManager::new_with_config(client, config).await?;
        let settings: HashMap<String, String> =
            cmd("CONFIG").arg("GET").arg("*").query_async(&mut connection).await?;
        for (name, value) in
            [("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction")]
        {
            if settings.get(name).is_none_or(|its| its != value) {
                return Err(format!("{name} is not {value}: the server would lose records").into());
            }
        }
        Ok(Self { connection, prefix: prefix.into(), swap: Script::new(SWAP) })
    }

    fn key(&self, id: &RecordId) -> String {
        format!("{}{id}", self.prefix)
    }
}

impl Storage for Redis {
    type Error = RedisError;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, RedisError> {
        let mut connection = self.connection.clone();
        let stored: Option<Vec<u8>> =
            cmd("GET").arg(self.key(id)).query_async(&mut connection).await?;
        let Some(stored) = stored else { return Ok(None) };
        let (version, bytes) = stored
            .split_first_chunk()
            .ok_or_else(|| RedisError::from(std::io::Error::other("a value without a version")))?;
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
        let committed: bool = self
            .swap
            .key(self.key(id))
            .arg(expected)
            .arg(value)
            .arg(end.map_or(String::new(), |end| end.to_string()))
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(if committed { Swap::Commit } else { Swap::Conflict })
    }
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
