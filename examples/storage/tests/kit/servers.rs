//! Addresses and restarts of the database servers.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::SystemTime,
};

use second_factor::testkit::storage::{Ability, Trouble};

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

/// Crashes and restarts a server with the command in `SECOND_FACTOR_RESTART`, if that is set.
pub async fn restart(name: &str) -> Result<Ability, Trouble> {
    let Ok(command) = env::var("SECOND_FACTOR_RESTART") else { return Ok(Ability::Cannot) };
    let mut words = command.split_whitespace().chain([name]);
    let program = words.next().ok_or("SECOND_FACTOR_RESTART is empty")?.to_owned();
    let rest: Vec<String> = words.map(str::to_owned).collect();
    let restarted = tokio::task::spawn_blocking(move || Command::new(program).args(rest).output());
    let output = restarted.await??;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Ability::Done)
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
