//! A store in etcd, over its JSON gateway.
//!
//! This file is meant to be copied. The demo at its end is the same in each of these programs.
//!
//! Requirements for a correct store:
//!
//! - Version and bytes are one value under one key, so a reader never sees half a swap. etcd orders
//!   values as bytes: a value with a given version lies between that version and the next one.
//! - Reads are linearizable, which is the default: a member asks the others before it answers.
//!   With `serializable`, a member that lags answers with old records.
//! - A member without a leader refuses a call at once (`hasleader`). Every refusal is an error: a
//!   write that timed out may still be applied.
//! - Each call ends within two seconds, and its connection is closed unless the answer was whole.
//!   The next call then goes to the next member. Within a call, only a member that accepts no
//!   connection is skipped, because it received nothing.
//! - Three members on machines that fail separately. `--unsafe-no-fsync` loses commits, and so may
//!   3.5.0 to 3.5.5, which [`Etcd::open`] refuses.
//! - Every swap stays in the history until compaction: set `--auto-compaction-retention`, and
//!   defragment, or the quota of 2 GiB is used up.
//! - For `https`, enable the feature `rustls` of `reqwest`. Members identify clients by
//!   certificates, which `ClientBuilder::identity` sets.
//!
//! `cargo run -p second-factor-storage --bin etcd -- http://localhost:2379`

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64ct::{Base64, Encoding as _};
use reqwest::Client;
use second_factor::{
    FirstFactor, Keys, Proof, Secret, Storage, SubjectId, UnixTime, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    storage::{Record, RecordId, Swap, Version},
    testkit::MessageLog,
};
use serde_json::{Value, json};
use tokio::time::timeout;

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(2);
/// The time limit of connecting to one member.
const CONNECT: Duration = Duration::from_millis(600);

/// A store in the keys with a prefix. Clones share the connections.
#[derive(Clone)]
pub struct Etcd {
    client: Client,
    members: Arc<[String]>,
    /// The member that answered last.
    current: Arc<AtomicUsize>,
    prefix: String,
}

impl Etcd {
    /// Opens the store on a cluster, with the addresses of its members.
    pub async fn open(members: &[&str], prefix: &str) -> Outcome<Self> {
        let client = Client::builder().connect_timeout(CONNECT).no_proxy().build()?;
        let members: Arc<[String]> = members.iter().map(|&member| member.to_owned()).collect();
        let current = Arc::new(AtomicUsize::new(0));
        let store = Self { client, members, current, prefix: prefix.to_owned() };
        // A member that is down cannot be checked.
        let mut answers = 0;
        for at in 0..store.members.len() {
            store.current.store(at, Ordering::Relaxed);
            let status = store.call("/v3/maintenance/status", &json!({})).await;
            let Ok(status) = status else { continue };
            answers += 1;
            let version = status["version"].as_str().unwrap_or_default();
            if let Some(Ok(0..=5_u32) | Err(_)) = version.strip_prefix("3.5.").map(str::parse) {
                return Err(format!("etcd {version} may lose commits: use 3.5.6 or later").into());
            }
        }
        if answers == 0 { Err("no member of etcd answers".into()) } else { Ok(store) }
    }

    /// Calls a method of the gateway, which answers with a header if the cluster did.
    async fn call(&self, method: &str, body: &Value) -> Result<Value, Failed> {
        let first = self.current.load(Ordering::Relaxed);
        let answer = timeout(LIMIT, async {
            let mut at = 0;
            loop {
                let member = &self.members[(first + at) % self.members.len()];
                let request = self.client.post(format!("{member}{method}")).json(body);
                match request.header("Grpc-Metadata-hasleader", "true").send().await {
                    Err(error) if error.is_connect() && at + 1 < self.members.len() => at += 1,
                    Err(error) => break Err(Failed::Http(error)),
                    Ok(response) if !response.status().is_success() => {
                        break Err(Failed::Refused(response.text().await.map_err(Failed::Http)?));
                    }
                    Ok(response) => break Ok((response.json().await.map_err(Failed::Http)?, at)),
                }
            }
        });
        let answer: Result<(Value, usize), Failed> = answer
            .await
            .unwrap_or(Err(Failed::NoAnswer))
            .and_then(|(answer, at): (Value, usize)| {
                // The gateway omits zeros and `false`, so only the header shows that etcd answered.
                if answer["header"]["revision"].is_string() {
                    Ok((answer, at))
                } else {
                    Err(Failed::Odd)
                }
            });
        let next = first + answer.as_ref().map_or(1, |(_, at)| *at);
        if next != first {
            // Only one of several calls that fail together moves on.
            let _ =
                self.current.compare_exchange(first, next, Ordering::Relaxed, Ordering::Relaxed);
        }
        Ok(answer?.0)
    }

    fn key(&self, id: &RecordId) -> String {
        Base64::encode_string(&[self.prefix.as_bytes(), id.as_bytes()].concat())
    }
}

impl Storage for Etcd {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let answer = self.call("/v3/kv/range", &json!({ "key": self.key(id) })).await?;
        let Some(value) = answer["kvs"][0].get("value") else {
            return if answer.get("count").is_none() { Ok(None) } else { Err(Failed::Odd) };
        };
        let value = Base64::decode_vec(value.as_str().ok_or(Failed::Odd)?);
        let value = value.map_err(|_| Failed::Odd)?;
        let (version, bytes) = value.split_first_chunk().ok_or(Failed::Odd)?;
        let (0, bytes) = bytes.split_first().ok_or(Failed::Odd)? else { return Err(Failed::Odd) };
        Ok(Some(Record::new(Version::new(i64::from_be_bytes(*version)), bytes.to_vec())))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let key = self.key(id);
        let compare = match expected.map(Version::get) {
            None => {
                json!([{ "key": key, "target": "CREATE", "result": "EQUAL", "create_revision": "0" }])
            }
            Some(expected) => {
                let bound = |result: &str, version: i64| {
                    let value = Base64::encode_string(&version.to_be_bytes());
                    json!({ "key": key, "target": "VALUE", "result": result, "value": value })
                };
                json!([bound("GREATER", expected), bound("LESS", expected.wrapping_add(1))])
            }
        };
        // The zero separates the version from the bytes, which may be none.
        let value = [&record.version().get().to_be_bytes()[..], &[0], record.bytes()].concat();
        let put = json!({ "request_put": { "key": key, "value": Base64::encode_string(&value) } });
        let answer =
            self.call("/v3/kv/txn", &json!({ "compare": compare, "success": [put] })).await?;
        Ok(if answer["succeeded"] == true { Swap::Commit } else { Swap::Conflict })
    }
}

#[derive(Debug)]
pub enum Failed {
    Http(reqwest::Error),
    /// No answer within the time limit.
    NoAnswer,
    /// Not an answer of etcd.
    Odd,
    Refused(String),
}

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::NoAnswer => f.write_str("no answer within the time limit"),
            Self::Odd => f.write_str("not an answer of etcd"),
            Self::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

impl core::error::Error for Failed {}

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let members: Vec<String> = env::args().skip(1).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    demo(Etcd::open(&members, "second_factor/").await?).await
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
