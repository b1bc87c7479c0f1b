//! Sessions that have ended and must stay ended.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

/// The bindings of sessions that ended in this process.
///
/// Many session stores write a session again if a request that began before the sign-out ends after
/// it (FINDINGS S30). The text that such a request stores has the binding of the ended session, and
/// is not accepted.
#[derive(Default)]
pub(crate) struct Ended(Mutex<Bindings>);

#[derive(Default)]
struct Bindings {
    known: HashSet<String>,
    oldest_first: VecDeque<String>,
}

impl Ended {
    /// Notes that the session with this binding has ended.
    pub(crate) fn add(&self, binding: &str) {
        let mut bindings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bindings.known.insert(binding.to_owned()) {
            bindings.oldest_first.push_back(binding.to_owned());
        }
        if bindings.oldest_first.len() > MAX {
            if let Some(oldest) = bindings.oldest_first.pop_front() {
                bindings.known.remove(&oldest);
            }
        }
    }

    pub(crate) fn contains(&self, binding: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.contains(binding)
    }
}

/// About 10 MiB. Only a correct first factor creates a binding.
const MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_binding_is_forgotten_first() {
        let ended = Ended::default();
        for binding in 0..=MAX {
            ended.add(&binding.to_string());
        }
        assert!(!ended.contains("0"));
        assert!(ended.contains("1") && ended.contains(&MAX.to_string()));
    }
}
