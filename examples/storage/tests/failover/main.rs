//! Stores over replicated databases under faults.
//!
//! `bash .ci/failover.sh` starts the databases and runs these tests, one in a process.

#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../etcd.rs"]
mod etcd;
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
mod place;
mod race;
mod run;
mod sentinel;
mod serializable;

use engine::Engine;
use run::run;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three members of etcd: .ci/failover.sh"]
async fn etcd() {
    let outcome = run(Engine::Etcd).await;
    assert!(outcome.holds(), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs three members of etcd: .ci/failover.sh"]
async fn etcd_serializable() {
    let outcome = run(Engine::EtcdSerializable).await;
    assert!(!outcome.holds(), "reads that lag were not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL with Patroni: .ci/failover.sh"]
async fn patroni() {
    let outcome = run(Engine::Patroni).await;
    assert!(outcome.holds(), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL with Patroni: .ci/failover.sh"]
async fn patroni_asynchronous() {
    let outcome = run(Engine::PatroniAsynchronous).await;
    assert!(!outcome.holds(), "asynchronous replication was not caught: {outcome}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis with Sentinel: .ci/failover.sh"]
async fn sentinel() {
    let outcome = run(Engine::Sentinel).await;
    assert!(!outcome.holds(), "asynchronous replication was not caught: {outcome}");
}
