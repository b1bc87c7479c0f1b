//! Every store of this package under the kit of `second_factor::testkit`.
//!
//! SQLite and memory are tried always. The servers are tried when they are there:
//! `bash .ci/servers.sh start DIR`, then `. DIR/env` and `cargo test -p second-factor-storage --
//! --include-ignored`.

#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../mysql.rs"]
mod mysql;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../redis.rs"]
mod redis;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../sqlite.rs"]
mod sqlite;

mod in_memory;
mod in_mysql;
mod in_postgres;
mod in_redis;
mod in_sqlite;
mod servers;
