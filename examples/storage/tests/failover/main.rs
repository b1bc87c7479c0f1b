//! Stores over replicated databases under faults.
//!
//! `bash .ci/failover.sh` starts the databases and runs these tests, one in a process.

#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../etcd.rs"]
mod etcd;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../mysql.rs"]
mod mysql;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "the races between processes use more of it")]
#[path = "../processes/prizes.rs"]
mod prizes;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../redis.rs"]
mod redis;
#[allow(dead_code, reason = "the conformance tests use more of it")]
#[path = "../kit/servers.rs"]
mod servers;

mod engine;
mod fault;
mod galera;
mod hasty;
mod nats;
mod place;
mod race;
mod run;
mod sentinel;
mod serializable;

use engine::Engine;
use fault::{KINDS, Kind};
use run::{bites, run, under};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three members of etcd: .ci/failover.sh"]
async fn etcd() {
    let outcome = run(Engine::Etcd, 20).await;
    assert!(outcome.holds(), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three members of etcd: .ci/failover.sh"]
async fn etcd_serializable() {
    let outcome = run(Engine::EtcdSerializable, KINDS.len()).await;
    assert!(!outcome.holds(), "reads that lag were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three nodes of Galera: .ci/failover.sh"]
async fn galera() {
    let outcome = run(Engine::Galera, 10).await;
    assert!(outcome.holds(), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three nodes of Galera: .ci/failover.sh"]
async fn galera_defaults() {
    let outcome = run(Engine::GaleraDefaults, KINDS.len()).await;
    assert!(!outcome.holds(), "reads that lag were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three servers of NATS: .ci/failover.sh"]
async fn nats() {
    let outcome = run(Engine::Nats, 10).await;
    assert!(!outcome.holds(), "reads of a leader that was cut off were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three servers of NATS 2.9: .ci/failover.sh"]
async fn nats_debian() {
    // It needs no fault.
    let outcome = under(Engine::Nats, [Kind::Calm, Kind::Kill, Kind::Calm]).await;
    assert!(!outcome.holds(), "lost commits were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three servers of NATS: .ci/failover.sh"]
async fn nats_direct() {
    let outcome = run(Engine::NatsDirect, KINDS.len()).await;
    assert!(!outcome.holds(), "reads that lag were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL with Patroni: .ci/failover.sh"]
async fn patroni() {
    let outcome = run(Engine::Patroni, 20).await;
    assert!(outcome.holds(), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL with Patroni: .ci/failover.sh"]
async fn patroni_asynchronous() {
    bites(Engine::PatroniAsynchronous, &[Kind::Cut]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL with Patroni: .ci/failover.sh"]
async fn patroni_hasty() {
    bites(Engine::PatroniHasty, &[Kind::Kill, Kind::Pause, Kind::Restart]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis with Sentinel: .ci/failover.sh"]
async fn sentinel() {
    bites(Engine::Sentinel, &[Kind::Cut, Kind::SwitchOver]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis with Sentinel: .ci/failover.sh"]
async fn sentinel_wait() {
    let outcome = run(Engine::SentinelWait, 10).await;
    assert!(!outcome.holds(), "lost commits were not caught: {outcome}");
}
