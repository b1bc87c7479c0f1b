//! Races between processes over one store.
//!
//! The processes race for one code, one backup code, one device token, one sign-in request and one
//! budget of attempts. In some races, processes are killed halfway, or the server crashes.

#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../redis.rs"]
mod redis;
#[allow(dead_code, reason = "the conformance tests use more of it")]
#[path = "../kit/servers.rs"]
mod servers;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../../sqlite.rs"]
mod sqlite;

mod place;
mod prizes;
mod race;

use place::Place;
use race::{Fault, race};

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_survives_racing_processes() {
    race(&Place::sqlite(), Fault::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_survives_racing_processes_that_are_killed() {
    race(&Place::sqlite(), Fault::Kill).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES, SECOND_FACTOR_SERVERS"]
async fn postgres_survives_racing_processes() {
    let place = Place::postgres().await;
    for trouble in [Fault::None, Fault::Kill, Fault::Restart("postgres")] {
        race(&place, trouble).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: SECOND_FACTOR_REDIS, SECOND_FACTOR_SERVERS"]
async fn redis_survives_racing_processes() {
    let place = Place::redis();
    for trouble in [Fault::None, Fault::Kill, Fault::Restart("redis")] {
        race(&place, trouble).await;
    }
}
