//! A store in a bucket of NATS JetStream.
//!
//! A client library brings some twenty crates, and makes buckets whose reads lag.

use std::{sync::Arc, time::Duration};

use base64ct::{Base64, Encoding as _};
use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
    testkit::storage::Trouble,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::TcpStream,
    sync::Mutex,
    time::timeout,
};

use crate::{
    engine::{MACHINES, Machine, client, host},
    place::{Failed, failed},
    servers::unused_name,
};

/// Who answers a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Any replica, which may lag.
    Direct,
    Leader,
}

/// A store in the bucket `kit`. Clones share the connection.
#[derive(Clone)]
pub struct Nats {
    reads: Reads,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    connection: Option<Connection>,
    /// The number of connections so far, which chooses the server.
    opened: usize,
}

struct Connection {
    stream: BufStream<TcpStream>,
    inbox: String,
    requests: u64,
}

/// An answer: the text of its headers, and its payload.
struct Answer {
    headers: String,
    payload: Vec<u8>,
}

/// A stored record, with its revision in the stream.
struct Stored {
    revision: u64,
    record: Record,
}

impl Nats {
    pub async fn open(reads: Reads) -> Result<Self, Trouble> {
        let store = Self { reads, slot: Arc::default() };
        // A client library would also set `allow_direct`.
        let bucket = json!({
            "name": "KV_kit", "subjects": ["$KV.kit.>"], "storage": "file", "num_replicas": 3,
            "max_msgs_per_subject": 1, "discard": "new", "deny_delete": true,
            "allow_rollup_hdrs": true, "allow_direct": reads == Reads::Direct,
        });
        let made = store.api("$JS.API.STREAM.CREATE.KV_kit", &bucket).await?;
        match made.get("error") {
            Some(error) if error["err_code"] != IN_USE => Err(error.to_string().into()),
            _ => Ok(store),
        }
    }

    /// Calls a method of JetStream.
    async fn api(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        let answer = self.request(method, "", body.to_string().as_bytes()).await?;
        Ok(serde_json::from_slice(&answer.payload)?)
    }

    /// Makes a request, and closes the connection unless the answer is whole.
    async fn request(&self, to: &str, header: &str, payload: &[u8]) -> Result<Answer, Trouble> {
        let answer = timeout(LIMIT, async {
            let mut slot = self.slot.lock().await;
            // A dropped request leaves no connection behind.
            let mut connection = match slot.connection.take() {
                Some(connection) => connection,
                None => {
                    slot.opened += 1;
                    let machine = MACHINES[slot.opened % MACHINES.len()];
                    timeout(CONNECT, Connection::open(machine)).await??
                }
            };
            let answer = connection.request(to, header, payload).await?;
            slot.connection = Some(connection);
            Ok(answer)
        });
        answer.await.unwrap_or_else(|_| Err("no answer within the time limit".into()))
    }

    async fn stored(&self, id: &RecordId) -> Result<Option<Stored>, Trouble> {
        let key = format!("$KV.kit.{id}");
        let (revision, value) = match self.reads {
            Reads::Leader => {
                let body = json!({ "last_by_subj": key });
                let answer = self.api("$JS.API.STREAM.MSG.GET.KV_kit", &body).await?;
                if let Some(error) = answer.get("error") {
                    let is_missing = error["err_code"] == NO_MESSAGE;
                    return if is_missing { Ok(None) } else { Err(error.to_string().into()) };
                }
                let message = &answer["message"];
                let data = message["data"].as_str().ok_or("no data")?;
                let value = Base64::decode_vec(data).map_err(|_| "odd data")?;
                (message["seq"].as_u64().ok_or("no revision")?, value)
            }
            Reads::Direct => {
                let method = format!("$JS.API.DIRECT.GET.KV_kit.{key}");
                let answer = self.request(&method, "", b"").await?;
                if answer.headers.starts_with("NATS/1.0 404") {
                    return Ok(None);
                }
                let mut lines = answer.headers.lines();
                let revision = lines.find_map(|line| line.strip_prefix("Nats-Sequence: "));
                (revision.ok_or("no revision")?.trim().parse()?, answer.payload)
            }
        };
        let (version, bytes) = value.split_first_chunk().ok_or("no version")?;
        let version = Version::new(i64::from_be_bytes(*version));
        Ok(Some(Stored { revision, record: Record::new(version, bytes.to_vec()) }))
    }

    async fn swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Trouble> {
        let stored = self.stored(id).await?;
        if stored.as_ref().map(|stored| stored.record.version()) != expected {
            return Ok(Swap::Conflict);
        }
        let revision = stored.map_or(0, |stored| stored.revision);
        let header = format!("NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: {revision}\r\n\r\n");
        let value = [&record.version().get().to_be_bytes(), record.bytes()].concat();
        let answer = self.request(&format!("$KV.kit.{id}"), &header, &value).await?;
        let answer: Value = serde_json::from_slice(&answer.payload)?;
        match (answer.get("seq"), answer.get("error")) {
            (Some(_), None) => Ok(Swap::Commit),
            (_, Some(error)) if OTHER_REVISION.iter().any(|code| error["err_code"] == *code) => {
                Ok(Swap::Conflict)
            }
            _ => Err(answer.to_string().into()),
        }
    }
}

impl Connection {
    async fn open(machine: Machine) -> Result<Self, Trouble> {
        let stream = TcpStream::connect((host(machine).as_str(), 4222)).await?;
        stream.set_nodelay(true)?;
        let (stream, inbox) = (BufStream::new(stream), format!("_INBOX.{}", unused_name()));
        let mut connection = Self { stream, inbox, requests: 0 };
        let _info = connection.line().await?;
        let options = json!({ "verbose": false, "pedantic": false, "headers": true,
            "no_responders": true, "lang": "rust", "version": "0" });
        let hello = format!("CONNECT {options}\r\nSUB {}.* 1\r\n", connection.inbox);
        connection.stream.write_all(hello.as_bytes()).await?;
        Ok(connection)
    }

    async fn line(&mut self) -> Result<String, Trouble> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        if line.is_empty() { Err("the server closed the connection".into()) } else { Ok(line) }
    }

    async fn request(&mut self, to: &str, header: &str, payload: &[u8]) -> Result<Answer, Trouble> {
        self.requests += 1;
        let own = format!("{}.{}", self.inbox, self.requests);
        let (head, all) = (header.len(), header.len() + payload.len());
        let line = if header.is_empty() {
            format!("PUB {to} {own} {all}\r\n")
        } else {
            format!("HPUB {to} {own} {head} {all}\r\n{header}")
        };
        self.stream.write_all(&[line.as_bytes(), payload, b"\r\n"].concat()).await?;
        self.stream.flush().await?;
        loop {
            let line = self.line().await?;
            let words: Vec<&str> = line.split_whitespace().collect();
            // The words of a message: its subject, the subscription, perhaps a subject for answers,
            // and its sizes.
            let (head, all, subject) = match words[..] {
                ["PING"] => {
                    self.stream.write_all(b"PONG\r\n").await?;
                    self.stream.flush().await?;
                    continue;
                }
                ["MSG", subject, .., all] => (0, all.parse()?, subject),
                ["HMSG", subject, .., head, all] => (head.parse()?, all.parse()?, subject),
                ["PONG" | "INFO" | "+OK", ..] => continue,
                _ => return Err(line.into()),
            };
            let mut body = vec![0; all];
            self.stream.read_exact(&mut body).await?;
            let _end = self.line().await?;
            if subject != own {
                continue;
            }
            let payload = body.split_off(head);
            let headers = String::from_utf8(body)?;
            if headers.starts_with("NATS/1.0 503") {
                return Err("no server responds".into());
            }
            return Ok(Answer { headers, payload });
        }
    }
}

impl Storage for Nats {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        Ok(self.stored(id).await.map_err(failed)?.map(|stored| stored.record))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        self.swap(id, expected, record).await.map_err(failed)
    }
}

/// Returns whether this server leads the replicas of the bucket.
pub async fn leads(machine: Machine) -> Result<bool, Trouble> {
    let streams = format!("http://{}:8222/jsz?accounts=true&streams=true", host(machine));
    let streams: Value = client()?.get(streams).send().await?.json().await?;
    let bucket = &streams["account_details"][0]["stream_detail"][0];
    Ok(bucket["cluster"]["leader"] == format!("n{machine}"))
}

/// Returns whether a server has what the others have.
pub async fn takes_part(machine: Machine) -> Result<bool, Trouble> {
    let health = client()?.get(format!("http://{}:8222/healthz", host(machine)));
    Ok(health.send().await?.status().is_success())
}

/// Makes another server lead the replicas of the bucket.
pub async fn step_down() -> Result<(), Trouble> {
    let store = Nats { reads: Reads::Leader, slot: Arc::default() };
    let answer = store.api("$JS.API.STREAM.LEADER.STEPDOWN.KV_kit", &json!({})).await?;
    if answer["success"] == true { Ok(()) } else { Err(answer.to_string().into()) }
}

/// The time limit of a call.
const LIMIT: Duration = Duration::from_secs(2);
/// The time limit of connecting to one server.
const CONNECT: Duration = Duration::from_millis(600);
/// Another process made the bucket.
const IN_USE: u32 = 10_058;
/// There is no message under this key.
const NO_MESSAGE: u32 = 10_037;
/// The last revision is another one, or the bucket is about to write one.
const OTHER_REVISION: [u32; 2] = [10_071, 10_164];
