//! Several processes over one store race one code, one backup code, one device token, one sign-in
//! request and one budget of tries; some are killed half-way, and the server is.

#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../redis.rs"]
mod redis;
#[allow(dead_code, reason = "the tests of the contract use all of it")]
#[path = "../kit/servers.rs"]
mod servers;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../../sqlite.rs"]
mod sqlite;

mod place;
mod prizes;
mod race;

use place::Place;
use race::{Trouble, race};

#[tokio::test(flavor = "multi_thread")]
async fn processes_race_over_sqlite() {
    race(&Place::sqlite(), Trouble::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_race_over_sqlite_and_some_are_killed() {
    race(&Place::sqlite(), Trouble::Kill).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: SECOND_FACTOR_POSTGRES, SECOND_FACTOR_RESTART"]
async fn processes_race_over_postgres() {
    let place = Place::postgres().await;
    for trouble in [Trouble::None, Trouble::Kill, Trouble::Restart("postgres")] {
        race(&place, trouble).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: SECOND_FACTOR_REDIS, SECOND_FACTOR_RESTART"]
async fn processes_race_over_redis() {
    let place = Place::redis();
    for trouble in [Trouble::None, Trouble::Kill, Trouble::Restart("redis")] {
        race(&place, trouble).await;
    }
}
