//! Password checks, bounded in number and in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use second_factor::UnixTime;
use tokio::sync::Semaphore;

/// Checks passwords, a few at a time: each hash takes 19 MiB.
pub struct Passwords {
    turns: Semaphore,
    /// The failures of each name, and when the first of them expires.
    failures: Mutex<HashMap<String, (u32, UnixTime)>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(4), failures: Mutex::default() }
    }
}

impl Passwords {
    /// Checks a password. An account that does not exist is checked as long as one that does.
    pub async fn check(&self, password: String, hash: Option<String>) -> bool {
        let hash = hash.unwrap_or_else(|| DUMMY_HASH.into());
        self.run(move || password_auth::verify_password(password, &hash).is_ok()).await
    }

    pub async fn hash(&self, password: String) -> Option<String> {
        self.run(move || Some(password_auth::generate_hash(password))).await
    }

    /// Runs a hash when one of the four turns is free.
    pub async fn run<T: Default + Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let Ok(_turn) = self.turns.acquire().await else { return T::default() };
        tokio::task::spawn_blocking(job).await.unwrap_or_default()
    }

    /// Counts a failure, and returns whether the name has had too many within 15 minutes.
    ///
    /// The limit is that of a name: a production system also limits networks, and lets known
    /// browsers pass.
    pub fn is_limited(&self, name: &str, now: UnixTime, is_failure: bool) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (_, until)| *until > now);
        let name = name.to_lowercase();
        if is_failure && (failures.len() < 10_000 || failures.contains_key(&name)) {
            failures.entry(name.clone()).or_insert((0, now.plus(900))).0 += 1;
        }
        failures.get(&name).is_some_and(|(count, _)| *count >= 10)
    }
}

/// The hash of a random password that was discarded.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    c29tZXRoaW5nc2FsdHk$6NVC9iSYGxMZr9NNwTIFBtxlPxXJoBV1mKPnwQf3XpM";
