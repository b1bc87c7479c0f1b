//! Exhaustive interleavings under loom.
//!
//! Two or three threads verify codes over the in-memory store. The store is `src/memory.rs`,
//! compiled against a `std` with the locks of loom. Loom runs two threads in every order in which
//! they can take the lock, and three threads in every order with at most three preemptions.

#![no_std]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;
// In this program and in the store, `std` is the one with the locks of loom.
extern crate second_factor_concurrency as std;

#[allow(dead_code, reason = "not all of it is used here")]
#[path = "../../../../src/memory.rs"]
mod memory;

mod storage {
    //! `crate::storage` for `src/memory.rs`.

    pub(crate) use second_factor::storage::{Record, RecordId, Storage, Swap, Version};
}

use alloc::{borrow::ToOwned as _, string::String, sync::Arc, vec::Vec};
use core::{
    convert::Infallible,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use second_factor::{
    Error, FactorKind, FirstFactor, Keys, Policy, Proof, Reason, Secret, SubjectId, UnixTime,
    Verifier,
    enrollment::Import,
    otp::{Totp, TotpParameters},
    policy::Notices,
    status::FactorState,
    testkit::{ManualClock, MessageLog, SeededEntropy},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    memory::MemoryStorage,
    storage::{Record, RecordId, Storage, Swap, Version},
};

const NOW: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root of thirty-two bytes, kept";

/// The in-memory store. If `is_naive`, it reads the version, releases the lock, and then overwrites
/// any version.
#[derive(Clone)]
struct Store {
    memory: MemoryStorage,
    is_naive: bool,
}

impl Storage for Store {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        self.memory.load(id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        if !self.is_naive {
            return self.memory.compare_and_swap(id, expected, record).await;
        }
        let seen = self.memory.load(id).await?.map(|record| record.version());
        if seen != expected {
            return Ok(Swap::Conflict);
        }
        while let Swap::Conflict = {
            let stored = self.memory.load(id).await?.map(|record| record.version());
            self.memory.compare_and_swap(id, stored, record).await?
        } {}
        Ok(Swap::Commit)
    }
}

/// The initial state of each interleaving.
struct Setup {
    alice: SubjectId,
    code: String,
    incorrect: String,
    records: Vec<(RecordId, Record)>,
}

/// A user with a TOTP app, after `guesses` incorrect codes.
fn setup(guesses: u64) -> Setup {
    let store = second_factor::MemoryStorage::new();
    let alice = SubjectId::new("alice").unwrap();
    let secret = Secret::new(b"a secret of twenty b").unwrap();
    let code = Totp::new(&secret).code(UnixTime::from_secs(NOW)).unwrap().expose().to_owned();
    let incorrect = code.chars().map(|digit| if digit == '7' { '3' } else { '7' }).collect();
    let import = Import::new().totp(&secret, TotpParameters::new(), None).unwrap();
    done(verifier(&store, 1).operations().import(&alice, import)).unwrap();
    let setup = Setup { alice, code, incorrect, records: Vec::new() };
    for guess in 0..guesses {
        let result =
            done(verifier(&store, 2 + guess).verify(&setup.alice, Proof::totp(&setup.incorrect)));
        assert_eq!(reason(&result), Some(Reason::Incorrect));
    }
    let keys = Keys::new(ROOT);
    let id = keys.subject_record(&setup.alice);
    let record = done(second_factor::Storage::load(&store, &id)).unwrap().unwrap();
    Setup { records: [(id, record)].into(), ..setup }
}

fn verifier(store: &(impl Storage + Clone + 'static), seed: u64) -> Verifier {
    let policy = Policy::builder()
        .danger_cheap_hashes()
        .notices(Notices::LeftToApplication)
        .build()
        .unwrap();
    Verifier::builder("Example", store.clone(), MessageLog::new(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .policy(policy)
        .clock(ManualClock::at(NOW))
        .entropy(SeededEntropy::new(seed))
        .build()
        .unwrap()
}

/// Runs a future that waits only for locks.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits for something other than a lock"),
    }
}

fn reason<T>(result: &Result<T, Error>) -> Option<Reason> {
    result.as_ref().err().and_then(Error::denial).map(|denial| denial.reason())
}

/// Runs one thread for each code in `typed`, which verifies it, in every order.
///
/// After each order, `check` receives the results and the store.
fn in_each_order(
    setup: Setup,
    typed: Vec<String>,
    is_naive: bool,
    check: impl Fn(&Setup, &[Result<(), Error>], &Store) + Send + Sync + 'static,
) {
    let (setup, check) = (Arc::new(setup), Arc::new(check));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = (typed.len() > 2).then_some(3);
    builder.max_branches = 10_000;
    builder.check(move || {
        let store = Store { memory: MemoryStorage::new(), is_naive };
        for (id, record) in &setup.records {
            assert_eq!(done(store.memory.compare_and_swap(id, None, record)), Ok(Swap::Commit));
        }
        let threads: Vec<_> = (100..)
            .zip(typed.clone())
            .map(|(seed, typed)| {
                let (setup, store) = (Arc::clone(&setup), store.clone());
                spawn(move || {
                    done(verifier(&store, seed).verify(&setup.alice, Proof::totp(&typed))).map(drop)
                })
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let (setup, check) = (Arc::clone(&setup), Arc::clone(&check));
        spawn(move || check(&setup, &results, &store)).join().unwrap();
    });
}

/// Spawns a thread with a stack that is large enough for a whole verification.
fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> loom::thread::JoinHandle<T> {
    loom::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap()
}

fn one_passes(_: &Setup, results: &[Result<(), Error>], _: &Store) {
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for result in results.iter().filter(|result| result.is_err()) {
        assert_eq!(reason(result), Some(Reason::Replayed), "{results:?}");
    }
}

/// Two codes were checked and incorrect. The second was the fifth failure since the last success,
/// which locks.
fn the_fifth_locks(setup: &Setup, results: &[Result<(), Error>], store: &Store) {
    let checked = results.iter().filter(|it| reason(it) == Some(Reason::Incorrect)).count();
    assert_eq!(checked, 2, "{results:?}");
    let status = done(verifier(store, 99).status(&setup.alice)).unwrap();
    let app = status.factors().iter().find(|factor| factor.kind() == FactorKind::Totp).unwrap();
    assert!(matches!(app.state(), FactorState::Locked(_)), "a failure was not counted");
}

#[test]
fn same_code_in_two_threads_passes_once() {
    let setup = setup(0);
    let typed = [&setup.code; 2].map(Clone::clone).into();
    in_each_order(setup, typed, false, one_passes);
}

#[test]
fn same_code_in_three_threads_passes_once() {
    let setup = setup(0);
    let typed = [&setup.code; 3].map(Clone::clone).into();
    in_each_order(setup, typed, false, one_passes);
}

#[test]
fn two_incorrect_codes_are_both_counted() {
    let setup = setup(3);
    let typed = [&setup.incorrect; 2].map(Clone::clone).into();
    in_each_order(setup, typed, false, the_fifth_locks);
}

#[test]
fn third_incorrect_code_is_refused_by_the_lock() {
    let setup = setup(3);
    let typed = [&setup.incorrect; 3].map(Clone::clone).into();
    in_each_order(setup, typed, false, the_fifth_locks);
}

#[test]
fn correct_code_passes_during_an_incorrect_one() {
    let setup = setup(3);
    let typed = [setup.code.clone(), setup.incorrect.clone()].into();
    in_each_order(setup, typed, false, |_, results, _| {
        assert!(matches!(results, [Ok(()), Err(_)]), "{results:?}");
        assert_eq!(reason(&results[1]), Some(Reason::Incorrect), "{results:?}");
    });
}

#[test]
fn store_without_atomic_swap_is_detected() {
    type Check = fn(&Setup, &[Result<(), Error>], &Store);
    for (guesses, is_incorrect, check, message) in [
        (0, false, one_passes as Check, "[Ok(()), Ok(())]"),
        (3, true, the_fifth_locks as Check, "a failure was not counted"),
    ] {
        let setup = setup(guesses);
        let typed = if is_incorrect { &setup.incorrect } else { &setup.code };
        let typed = Vec::from([typed.clone(), typed.clone()]);
        let run = AssertUnwindSafe(move || in_each_order(setup, typed, true, check));
        let thrown = catch_unwind(run).unwrap_err();
        let text = thrown.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| thrown.downcast_ref::<&str>().copied()).unwrap();
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn concurrent_increments_of_a_record_add_up() {
    let id = setup(0).records[0].0;
    loom::model(move || {
        let memory = MemoryStorage::new();
        let add = move |memory: &MemoryStorage| {
            loop {
                let seen = done(memory.load(&id)).unwrap();
                let version = seen.as_ref().map(Record::version);
                let sum = seen.map_or(0, |record| record.bytes()[0]) + 1;
                let next = Version::new(version.map_or(1, |version| version.get() + 1));
                let record = Record::new(next, [sum].into());
                if done(memory.compare_and_swap(&id, version, &record)) == Ok(Swap::Commit) {
                    break;
                }
            }
        };
        let other = memory.clone();
        let thread = loom::thread::spawn(move || (0..2).for_each(|_| add(&other)));
        (0..2).for_each(|_| add(&memory));
        thread.join().unwrap();
        assert_eq!(done(memory.load(&id)).unwrap().unwrap().bytes(), [4]);
    });
}
