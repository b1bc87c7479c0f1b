//! Conformance over etcd, with a key prefix for each store.

use std::process::Command;

use base64ct::{Base64, Encoding as _};
use reqwest::Client;
use second_factor::{
    storage::{Record, RecordId, Storage as _, Swap, Version},
    testkit::{
        check_storage,
        storage::{Ability, Check, CheckOutcome, Stores, Task, Trouble, increment},
    },
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    etcd::Etcd,
    servers::{address, control, record_id, unused_name, work, worker},
};

struct Prefixes;

impl Stores for Prefixes {
    type Place = String;
    type Store = Etcd;

    async fn fresh(&self) -> Result<String, Trouble> {
        Ok(unused_name())
    }

    async fn open(&self, place: &String) -> Result<Etcd, Trouble> {
        Etcd::open(&[&address("SECOND_FACTOR_ETCD")], place).await
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    async fn delete(&self, place: &String, id: &RecordId) -> Result<Ability, Trouble> {
        let key = Base64::encode_string(&[place.as_bytes(), id.as_bytes()].concat());
        let method = format!("{}/v3/kv/deleterange", address("SECOND_FACTOR_ETCD"));
        let delete = Client::new().post(method).json(&json!({ "key": key }));
        delete.send().await?.error_for_status()?;
        Ok(Ability::Done)
    }

    async fn restart(&self, _: &String) -> Result<Ability, Trouble> {
        control("restart", "etcd").await
    }

    async fn stall(&self, _: &String) -> Result<Ability, Trouble> {
        control("stall", "etcd").await
    }

    async fn resume(&self, _: &String) -> Result<Ability, Trouble> {
        control("resume", "etcd").await
    }

    fn worker(&self, place: &String, times: u32) -> Option<Command> {
        worker("in_etcd::as_a_worker", place, times)
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a child process of etcd_conforms"]
async fn as_a_worker() {
    let Some((place, times)) = work() else { return };
    increment(&Prefixes.open(&place).await.unwrap(), times).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs an etcd server: SECOND_FACTOR_ETCD"]
async fn etcd_conforms() {
    let report = check_storage(Prefixes).await.unwrap();
    let is_skipped = |check: &&Check| matches!(check.outcome(), CheckOutcome::Skipped(_));
    let skipped: Vec<_> = report.checks().iter().filter(is_skipped).map(Check::name).collect();
    // Keys have no table that could be dropped. The stalled server shows failures.
    let expected =
        ["a failing store does not return None", "a swap in a failing store is an error"];
    assert_eq!(skipped, expected);
}

/// A server with this status, which answers every other request with `other`.
async fn server(version: &str, other: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let status = format!(r#"{{"header":{{"revision":"1"}},"version":"{version}"}}"#);
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (mut request, mut length) = (vec![0; 4096], 0);
            while !request[..length].ends_with(b"}") {
                length += client.read(&mut request[length..]).await.unwrap();
            }
            let is_status = String::from_utf8_lossy(&request).contains("/status");
            let answer = if is_status { &status } else { other };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", answer.len());
            let answer = format!("{head}Connection: close\r\n\r\n{answer}");
            client.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn etcd_releases_that_lose_commits_are_refused_by_name() {
    let refused = Etcd::open(&[&server("3.5.2", "{}").await], "").await.err().unwrap();
    assert!(refused.to_string().contains("3.5.2"), "{refused}");
    let [new, old] = [server("3.6.0", "{}").await, server("3.5.3", "{}").await];
    let refused = Etcd::open(&[&new, &old], "").await.err().unwrap();
    assert!(refused.to_string().contains("3.5.3"), "a member after the first: {refused}");
    for version in ["3.4.23", "3.5.6", "3.6.0"] {
        Etcd::open(&[&server(version, "{}").await], "").await.map(drop).unwrap();
    }
}

#[tokio::test]
async fn etcd_answer_without_a_header_is_an_error() {
    let (id, record) = (record_id("alice"), Record::new(Version::new(1), vec![7]));
    let whole = server("3.6.0", r#"{"header":{"revision":"1"}}"#).await;
    let whole = Etcd::open(&[&whole], "").await.unwrap();
    assert!(whole.load(&id).await.unwrap().is_none());
    assert_eq!(whole.compare_and_swap(&id, None, &record).await.unwrap(), Swap::Conflict);
    let broken = Etcd::open(&[&server("3.6.0", "{}").await], "").await.unwrap();
    assert!(broken.load(&id).await.is_err());
    assert!(broken.compare_and_swap(&id, None, &record).await.is_err());
}

#[tokio::test]
#[ignore = "needs an etcd server: SECOND_FACTOR_ETCD"]
async fn etcd_call_skips_a_member_that_is_down() {
    let down = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let members = [&format!("http://{down}")[..], &address("SECOND_FACTOR_ETCD")];
    let store = Etcd::open(&members, &unused_name()).await.unwrap();
    assert!(store.load(&record_id("alice")).await.unwrap().is_none());
}
