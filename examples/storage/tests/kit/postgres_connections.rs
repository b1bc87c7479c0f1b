//! Connections to PostgreSQL.
//!
//! To several servers, with TLS, and to one whose wait for the standby is canceled.

use std::{env, fs, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use second_factor::storage::{Record, Storage as _, Version};
use tokio::{net::TcpListener, time::timeout};
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    postgres::{Failed, Postgres, Standby},
    servers::{address, alone, record_id, unused_name},
    settings::set_in_postgres,
};

async fn client(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Returns the address with a schema of its own.
async fn schema() -> String {
    let (address, name) = (address("SECOND_FACTOR_POSTGRES"), unused_name());
    client(&address).await.batch_execute(&format!("CREATE SCHEMA {name}")).await.unwrap();
    format!("{address} options='-c search_path={name}'")
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES"]
async fn finding_d03_silent_server_does_not_hide_the_primary() {
    let _alone = alone("postgres").await;
    // As a paused server: its kernel accepts connections.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let paused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = schema().await;
    let of = |port: u16| format!("{place} host=127.0.0.1 port={port}");
    let silent = [of(silent.port()), of(paused.local_addr().unwrap().port())];
    let addresses = [&silent[0][..], &silent[1], &place];
    let store = Postgres::open_any(&addresses, NoTls, Standby::Optional).await.unwrap();
    assert!(store.load(&record_id("alice")).await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES_CERTIFICATE"]
async fn finding_d03_postgres_connects_with_tls() {
    let _alone = alone("postgres").await;
    let place =
        format!("{} sslmode=require", schema().await).replace("host=", "host=localhost hostaddr=");
    let certificate = env::var("SECOND_FACTOR_POSTGRES_CERTIFICATE").unwrap();
    let certificate = CertificateDer::from_pem_slice(&fs::read(certificate).unwrap()).unwrap();
    let connector = |roots: RootCertStore| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        MakeRustlsConnect::new(config)
    };
    let mut roots = RootCertStore::empty();
    let stranger = Postgres::open_any(&[&place], connector(roots.clone()), Standby::Optional).await;
    assert!(stranger.is_err(), "an unknown certificate was accepted");
    roots.add(certificate).unwrap();
    let store = Postgres::open_any(&[&place], connector(roots), Standby::Optional).await.unwrap();
    assert!(store.load(&record_id("alice")).await.unwrap().is_none());
    assert!(Postgres::open(&place).await.is_err(), "no connector, although TLS is required");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES"]
async fn finding_d03_canceled_wait_for_the_standby_is_an_error() {
    let _alone = alone("postgres").await;
    let place = schema().await;
    let store = Postgres::open(&place).await.unwrap();
    let (id, other) = (record_id("alice"), record_id("bob"));
    let record = Record::new(Version::new(1), vec![7]);
    set_in_postgres("synchronous_standby_names", "absent").await;
    let waiting = {
        let (store, record) = (store.clone(), record.clone());
        tokio::spawn(async move { store.compare_and_swap(&id, None, &record).await })
    };
    let admin = client(&address("SECOND_FACTOR_POSTGRES")).await;
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let is_canceled = async {
        while admin.query(cancel, &[]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let is_canceled = timeout(Duration::from_secs(4), is_canceled).await;
    let canceled = waiting.await.unwrap();
    // Without a cancellation, the time limit ends the call.
    let limited =
        timeout(Duration::from_secs(8), store.compare_and_swap(&other, None, &record)).await;
    set_in_postgres("synchronous_standby_names", "").await;
    is_canceled.unwrap();
    assert!(matches!(canceled, Err(Failed::Warned)), "{canceled:?}");
    assert!(matches!(limited, Ok(Err(Failed::NoAnswer))), "{limited:?}");
    assert_eq!(store.load(&id).await.unwrap(), Some(record), "the pool recovers");
}
