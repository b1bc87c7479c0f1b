//! The conformance suite over every store of this package.
//!
//! In-memory and SQLite stores are always tested. The others need servers: `bash .ci/servers.sh
//! start DIR`, then `. DIR/env` and `cargo test -p second-factor-storage -- --include-ignored`.

#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../etcd.rs"]
mod etcd;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../mysql.rs"]
mod mysql;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../redis.rs"]
mod redis;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../sqlite.rs"]
mod sqlite;
#[path = "../../sqlx_postgres.rs"]
mod sqlx_postgres;
#[path = "../../sqlx_sqlite.rs"]
mod sqlx_sqlite;

mod in_etcd;
mod in_memory;
mod in_mysql;
mod in_postgres;
mod in_redis;
mod in_sqlite;
mod in_sqlx_postgres;
mod in_sqlx_sqlite;
mod postgres_connections;
mod servers;
mod settings;
