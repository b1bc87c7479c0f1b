//! Refusal of servers whose settings break a clause.

use redis::{Client as RedisClient, cmd};
use second_factor::{
    storage::{Record, Storage as _, Swap, Version},
    testkit::storage::Stores as _,
};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, query};
use tokio_postgres::NoTls;

use crate::{
    in_mysql, in_sqlx_postgres,
    mysql::Mysql,
    postgres::{Postgres, Standby},
    redis::{Redis, Replica},
    servers::{address, alone, record_id},
    sqlx_postgres::PostgresStorage,
};

/// Runs statements, each by itself.
async fn postgres_says(statements: &[&str]) {
    let (client, connection) =
        tokio_postgres::connect(&address("SECOND_FACTOR_POSTGRES"), NoTls).await.unwrap();
    tokio::spawn(connection);
    for statement in statements {
        client.batch_execute(statement).await.unwrap();
    }
}

/// Sets a server setting, and waits until new connections have it.
pub async fn set_in_postgres(name: &str, value: &str) {
    let alter = format!("ALTER SYSTEM SET {name} = '{value}'");
    postgres_says(&[&alter, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)"]).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES"]
async fn finding_d03_postgres_settings_are_refused_by_name() {
    let _alone = alone("postgres").await;
    let (address, url) =
        (address("SECOND_FACTOR_POSTGRES"), in_sqlx_postgres::Schemas.fresh().await.unwrap());
    let mut refusals = Vec::new();
    for name in ["fsync", "full_page_writes"] {
        set_in_postgres(name, "off").await;
        let refused = Postgres::open(&address).await.err();
        let through_sqlx = PostgresStorage::open(&url).await.err();
        set_in_postgres(name, "on").await;
        refusals.push((name, refused.map(|error| error.to_string())));
        refusals.push((name, through_sqlx.map(|error| error.to_string())));
    }
    let refused = Postgres::open_any(&[&address], NoTls, Standby::Required).await.err();
    refusals.push(("synchronous_standby_names", refused.map(|error| error.to_string())));
    for (name, refused) in refusals {
        assert!(refused.as_ref().is_some_and(|why| why.contains(name)), "{name}: {refused:?}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES"]
async fn postgres_sets_what_a_connection_can_set() {
    let _alone = alone("postgres").await;
    let address = address("SECOND_FACTOR_POSTGRES");
    let weak = "-c synchronous_commit=off -c default_transaction_isolation=serializable";
    Postgres::open(&format!("{address} options='{weak}'")).await.map(drop).unwrap();
    let standby = format!("{address} options='-c default_transaction_read_only=on'");
    let refused = Postgres::open(&standby).await.err().map(|error| error.to_string());
    assert!(refused.as_ref().is_some_and(|why| why.contains("read_only")), "{refused:?}");
}

async fn mysql_says(statement: &str) {
    let mut connection = MySqlConnection::connect(&address("SECOND_FACTOR_MYSQL")).await.unwrap();
    query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a MySQL or MariaDB server: SECOND_FACTOR_MYSQL"]
async fn mysql_settings_are_refused_by_name() {
    let _alone = alone("mysql").await;
    let settings = [
        ("innodb_flush_log_at_trx_commit", "2", "1"),
        ("max_allowed_packet", "65536", "16777216"),
        ("read_only", "1", "0"),
        ("sync_binlog", "0", "1"),
    ];
    for (name, weak, strong) in settings {
        mysql_says(&format!("SET GLOBAL {name} = {weak}")).await;
        let refused = Mysql::open(&address("SECOND_FACTOR_MYSQL")).await.err();
        mysql_says(&format!("SET GLOBAL {name} = {strong}")).await;
        let refused = refused.map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|why| why.contains(name)), "{name}: {refused:?}");
    }
}

#[tokio::test]
#[ignore = "needs a MySQL or MariaDB server: SECOND_FACTOR_MYSQL"]
async fn finding_d01_mysql_commits_despite_autocommit_off() {
    let _alone = alone("mysql").await;
    let place = in_mysql::Databases.fresh().await.unwrap();
    let (id, record) = (record_id("alice"), Record::new(Version::new(1), vec![7]));
    mysql_says("SET GLOBAL autocommit = 0").await;
    let store = Mysql::open(&place).await.unwrap();
    let swap = store.compare_and_swap(&id, None, &record).await;
    let found = Mysql::open(&place).await.unwrap().load(&id).await;
    mysql_says("SET GLOBAL autocommit = 1").await;
    assert_eq!(swap.unwrap(), Swap::Commit);
    assert_eq!(found.unwrap(), Some(record));
}

async fn redis_says(words: &[&str]) {
    let client = RedisClient::open(address("SECOND_FACTOR_REDIS")).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a Redis server: SECOND_FACTOR_REDIS"]
async fn finding_d02_redis_settings_are_refused_by_name() {
    let _alone = alone("redis").await;
    let settings = [
        ("appendonly", "no", "yes"),
        ("appendfsync", "everysec", "always"),
        ("no-appendfsync-on-rewrite", "yes", "no"),
        ("maxmemory-policy", "allkeys-lru", "noeviction"),
    ];
    let open = async || Redis::open(&address("SECOND_FACTOR_REDIS"), "").await.err();
    let mut refusals = Vec::new();
    for (name, weak, strong) in settings {
        redis_says(&["CONFIG", "SET", name, weak]).await;
        refusals.push((name, open().await));
        redis_says(&["CONFIG", "SET", name, strong]).await;
    }
    redis_says(&["REPLICAOF", "127.0.0.1", "1"]).await;
    refusals.push(("role", open().await));
    redis_says(&["REPLICAOF", "NO", "ONE"]).await;
    let address = address("SECOND_FACTOR_REDIS");
    let waits = Redis::open_with(&address, "", Replica::Required).await;
    refusals.push(("min-replicas-to-write", waits.err()));
    for (name, refused) in refusals {
        let refused = refused.map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|why| why.contains(name)), "{name}: {refused:?}");
    }
}
