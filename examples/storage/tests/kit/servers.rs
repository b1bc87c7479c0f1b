//! Addresses and control of the database servers.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::SystemTime,
};

use second_factor::{
    Keys, SubjectId,
    storage::RecordId,
    testkit::storage::{Ability, Trouble},
};
use tokio::sync::{Mutex, MutexGuard};

/// Returns the address of a server from the environment.
pub fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set, see .ci/servers.sh"))
}

/// Returns a name that is unique to this test and run.
pub fn unused_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros());
    format!("kit_{}_{now}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// Returns the id of the record of a subject.
pub fn record_id(subject: &str) -> RecordId {
    let keys = Keys::new(*b"a root for tests, of thirty-two.");
    keys.subject_record(&SubjectId::new(subject).unwrap())
}

/// Crashes and restarts a server, or stalls or resumes it, where `.ci/servers.sh` started it.
pub async fn control(action: &'static str, name: &'static str) -> Result<Ability, Trouble> {
    let (Ok(command), Ok(folder)) =
        (env::var("SECOND_FACTOR_SERVERS"), env::var("SECOND_FACTOR_SERVERS_IN"))
    else {
        return Ok(Ability::Cannot);
    };
    let mut words = command.split_whitespace().map(str::to_owned);
    let program = words.next().ok_or("SECOND_FACTOR_SERVERS is empty")?;
    let mut command = Command::new(program);
    command.args(words).args([action, &folder, name]);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Ability::Done)
}

/// Waits until no other test uses a server whose settings the caller changes.
pub async fn alone(name: &'static str) -> MutexGuard<'static, ()> {
    static SERVERS: [Mutex<()>; 4] = [const { Mutex::const_new(()) }; 4];
    let place = ["etcd", "mysql", "postgres", "redis"].iter().position(|known| *known == name);
    SERVERS[place.expect("a known server")].lock().await
}

/// Returns a command that runs one test of this program as a worker process.
pub fn worker(test: &str, place: &str, times: u32) -> Option<Command> {
    let mut command = Command::new(env::current_exe().ok()?);
    command.args(["--exact", test, "--ignored"]);
    command.env("PLACE", place).env("TIMES", times.to_string());
    Some(command)
}

/// Returns the task of this process if it is a worker.
pub fn work() -> Option<(String, u32)> {
    Some((env::var("PLACE").ok()?, env::var("TIMES").ok()?.parse().ok()?))
}
