//! Records in Redis (or Valkey), swapped by a script, with the server's own expiry.
//!
//! What makes it right:
//!
//! - The script runs alone, from its first line to its last. It compares versions as 8 bytes: numbers
//!   in Lua are floats, and would take neighbours above 2^53 for one.
//! - Version and bytes are one value under one key, so nobody sees half a swap. One key is one slot:
//!   a cluster needs nothing else.
//! - `appendonly yes` and `appendfsync always`: an answer leaves when it is on the disk. With the
//!   default a restart forgets the last second at best, and used codes work again. [`Redis::open`]
//!   refuses such a server. Where replicas may take over, a failover forgets what they had not got
//!   yet; `WAIT` makes that rarer, not impossible. If that is too much, keep records elsewhere.
//! - `maxmemory-policy noeviction`: any other deletes records to make room, and with them limits.
//! - `SET` replaces the time to live as well as the value. Hashes keep the old one.
//! - Read from the primary alone.
//!
//! `cargo run -p second-factor-storage --bin redis -- redis://localhost/`

use std::{collections::HashMap, env, time::Duration};

use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};
use second_factor::{
    Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};

/// The expected version or nothing; the new value; when to delete it or nothing.
const SWAP: &str = "
    local held = redis.call('GET', KEYS[1])
    local version = held and string.sub(held, 1, 8) or ''
    if version ~= ARGV[1] then return 0 end
    if ARGV[3] == '' then
        redis.call('SET', KEYS[1], ARGV[2])
    else
        redis.call('SET', KEYS[1], ARGV[2], 'EXAT', ARGV[3])
    end
    return 1";

/// A store under the keys that begin with a prefix. Clones share its connection.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    prefix: String,
    swap: Script,
}

impl Redis {
    pub async fn open(address: &str, prefix: &str) -> Outcome<Self> {
        // An answer that is late is an error, though the swap may have taken effect.
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
                return Err(format!("{name} is not {value}: the server would forget").into());
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
        let held: Option<Vec<u8>> =
            cmd("GET").arg(self.key(id)).query_async(&mut connection).await?;
        let Some(held) = held else { return Ok(None) };
        let (version, bytes) = held
            .split_first_chunk()
            .ok_or_else(|| RedisError::from(std::io::Error::other("a value without a version")))?;
        let version = Version::new(u64::from_be_bytes(*version));
        Ok(Some(Record::new(version, bytes.to_vec(), None)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, RedisError> {
        let expected = expected.map_or(Vec::new(), |version| version.get().to_be_bytes().to_vec());
        let value = [&record.version().get().to_be_bytes(), record.bytes()].concat();
        // It may go once the time is over, not when it begins; and Redis counts in milliseconds.
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
    let address = env::args().nth(1).ok_or("the address is missing: see the first lines")?;
    story(Redis::open(&address, "second_factor:").await?).await
}

async fn story(store: impl Storage + 'static) -> Outcome<()> {
    // A real root is random, comes from a secret manager and never changes.
    let verifier = Verifier::builder(
        store,
        MessageLog::new(),
        Keys::new(*b"a root for examples, and no more"),
    )
    .issuer("Example")
    .build()?;
    let now = SystemClock::new().now()?.as_secs();
    let alice = SubjectId::new(format!("user-{now}-{}", std::process::id()))?;

    let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
    let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose())?);
    let code = |at| app.code(UnixTime::from_secs(at)).ok_or("no code before 1970");
    let _confirmed = verifier.confirm(&alice, &enrollment, code(now)?.expose()).await?;
    println!("an app is enrolled");

    // The next code: the one that confirmed the app is used up.
    let typed = code(now + 30)?;
    let verified = verifier.verify(&alice, Proof::totp(typed.expose())).await?;
    println!("signed in, by {:?}", verified.factors());
    let again = verifier.verify(&alice, Proof::totp(typed.expose())).await;
    println!("the same code again: {}", again.err().ok_or("it was accepted twice")?);
    Ok(())
}
