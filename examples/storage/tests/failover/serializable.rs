//! The etcd store with reads that a lagging member answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use base64ct::{Base64, Encoding as _};
use reqwest::Client;
use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
};
use serde_json::{Value, json};

use crate::{
    engine::host,
    etcd::{Etcd, Failed},
};

#[derive(Clone)]
pub struct Serializable {
    store: Etcd,
    client: Client,
    turn: Arc<AtomicU8>,
}

impl Serializable {
    pub fn new(store: Etcd) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(1)).no_proxy().build().unwrap();
        Self { store, client, turn: Arc::default() }
    }
}

impl Storage for Serializable {
    type Error = Failed;

    /// Asks the members in turn.
    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let machine = self.turn.fetch_add(1, Ordering::Relaxed) % 3 + 1;
        let key = Base64::encode_string(&[b"kit/", id.as_bytes()].concat());
        let method = format!("http://{}:2379/v3/kv/range", host(machine));
        let body = json!({ "key": key, "serializable": true });
        let answer = self.client.post(method).json(&body).send().await.map_err(Failed::Http)?;
        let answer: Value = answer.json().await.map_err(Failed::Http)?;
        if !answer["header"].is_object() {
            return Err(Failed::Odd);
        }
        let Some(value) = answer["kvs"][0]["value"].as_str() else { return Ok(None) };
        let value = Base64::decode_vec(value).map_err(|_| Failed::Odd)?;
        let (version, bytes) = value.split_first_chunk().ok_or(Failed::Odd)?;
        Ok(Some(Record::new(Version::new(i64::from_be_bytes(*version)), bytes[1..].to_vec())))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        self.store.compare_and_swap(id, expected, record).await
    }
}
