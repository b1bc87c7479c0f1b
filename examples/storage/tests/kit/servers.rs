//! Where the servers are, and how they are ended and started again.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::SystemTime,
};

use second_factor::testkit::storage::{Ability, Trouble};

/// The address of a server, which a test that is ignored otherwise needs.
pub fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: see .ci/servers.sh"))
}

/// A name for a place that no other run and no other test uses.
pub fn unused_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros());
    format!("kit_{}_{now}_{}", std::process::id(), MADE.fetch_add(1, Ordering::SeqCst))
}

/// Ends a server as a crash would, and starts it again, if the tests were told how.
pub async fn restart(name: &str) -> Result<Ability, Trouble> {
    let Ok(command) = env::var("SECOND_FACTOR_RESTART") else { return Ok(Ability::Cannot) };
    let mut words = command.split_whitespace().chain([name]);
    let program = words.next().ok_or("SECOND_FACTOR_RESTART is empty")?.to_owned();
    let rest: Vec<String> = words.map(str::to_owned).collect();
    let ended = tokio::task::spawn_blocking(move || Command::new(program).args(rest).output());
    let output = ended.await??;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Ability::Done)
}

/// This program again, for one test that increments in another process.
pub fn worker(test: &str, place: &str, times: u32) -> Option<Command> {
    let mut command = Command::new(env::current_exe().ok()?);
    command.args(["--exact", test, "--ignored"]);
    command.env("PLACE", place).env("TIMES", times.to_string());
    Some(command)
}

/// What a worker was asked for; `None` when this is no worker.
pub fn work() -> Option<(String, u32)> {
    Some((env::var("PLACE").ok()?, env::var("TIMES").ok()?.parse().ok()?))
}
