//! The store in memory, and verifying over it, in every order in which two or three threads may take its lock.
//!
//! The store is `src/memory.rs` itself, compiled over a `std` whose locks are loom's. Two threads are walked in
//! every order, three in every order with at most three changes of turn that no lock forced.

#![no_std]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

extern crate alloc;
// Whatever this program and the store call `std` is ours.
extern crate second_factor_concurrency as std;

#[allow(dead_code, reason = "not all of it is asked here")]
#[path = "../../../../src/memory.rs"]
mod memory;

mod storage {
    //! What `src/memory.rs` calls `crate::storage`.

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
    Error, FactorKind, Keys, Policy, Proof, Secret, SubjectId, UnixTime, Verifier,
    otp::{Totp, TotpParameters},
    policy::Notices,
    subject::{FactorState, Import},
    testkit::{ManualClock, MessageLog, SeededEntropy},
    verdict::Reason,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    memory::MemoryStorage,
    storage::{Record, RecordId, Storage, Swap, Version},
};

const NOW: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root of thirty-two bytes, kept";

/// The store, or one that looks, lets go of the lock, and writes over whatever stands there by then.
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
            let stands = self.memory.load(id).await?.map(|record| record.version());
            self.memory.compare_and_swap(id, stands, record).await?
        } {}
        Ok(Swap::Commit)
    }
}

/// What is the same at the beginning of each order.
struct Ready {
    alice: SubjectId,
    code: String,
    wrong: String,
    records: Vec<(RecordId, Record)>,
}

/// A person with an app, after `guesses` wrong ones.
fn ready(guesses: u64) -> Ready {
    let store = second_factor::MemoryStorage::new();
    let alice = SubjectId::new("alice").unwrap();
    let secret = Secret::new(b"a secret of twenty b").unwrap();
    let code = Totp::new(&secret).code(UnixTime::from_secs(NOW)).unwrap().expose().to_owned();
    let wrong = code.chars().map(|digit| if digit == '7' { '3' } else { '7' }).collect();
    let import = Import::new().app(&secret, TotpParameters::new(), None).unwrap();
    done(verifier(&store, 1).import(&alice, import)).unwrap();
    let ready = Ready { alice, code, wrong, records: Vec::new() };
    for guess in 0..guesses {
        let end = done(verifier(&store, 2 + guess).verify(&ready.alice, Proof::totp(&ready.wrong)));
        assert_eq!(reason(&end), Some(Reason::Incorrect));
    }
    let keys = Keys::new(ROOT);
    let id = keys.subject_record(&ready.alice);
    let record = done(second_factor::Storage::load(&store, &id)).unwrap().unwrap();
    Ready { records: [(id, record)].into(), ..ready }
}

fn verifier(store: &(impl Storage + Clone + 'static), seed: u64) -> Verifier {
    let policy =
        Policy::builder().danger_cheap_hashes().notices(Notices::LeftToHost).build().unwrap();
    Verifier::builder(store.clone(), MessageLog::new(), Keys::new(ROOT))
        .issuer("Example")
        .policy(policy)
        .clock(ManualClock::at(NOW))
        .entropy(SeededEntropy::new(seed))
        .build()
        .unwrap()
}

/// What a future answers that waits for nothing but locks.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something else"),
    }
}

fn reason<T>(end: &Result<T, Error>) -> Option<Reason> {
    end.as_ref().err().and_then(Error::denial).map(|denial| denial.reason())
}

/// In each order of `typed.len()` threads that each verify one code: what became of each, and the store.
fn in_each_order(
    ready: Ready,
    typed: Vec<String>,
    is_naive: bool,
    check: impl Fn(&Ready, &[Result<(), Error>], &Store) + Send + Sync + 'static,
) {
    let (ready, check) = (Arc::new(ready), Arc::new(check));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = (typed.len() > 2).then_some(3);
    builder.max_branches = 10_000;
    builder.check(move || {
        let store = Store { memory: MemoryStorage::new(), is_naive };
        for (id, record) in &ready.records {
            assert_eq!(done(store.memory.compare_and_swap(id, None, record)), Ok(Swap::Commit));
        }
        let threads: Vec<_> = (100..)
            .zip(typed.clone())
            .map(|(seed, typed)| {
                let (ready, store) = (Arc::clone(&ready), store.clone());
                spawn(move || {
                    done(verifier(&store, seed).verify(&ready.alice, Proof::totp(&typed))).map(drop)
                })
            })
            .collect();
        let ends: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let (ready, check) = (Arc::clone(&ready), Arc::clone(&check));
        spawn(move || check(&ready, &ends, &store)).join().unwrap();
    });
}

/// A thread with a stack that is deep enough for what a verifier does in one go.
fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> loom::thread::JoinHandle<T> {
    loom::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap()
}

fn one_passes(_: &Ready, ends: &[Result<(), Error>], _: &Store) {
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    for end in ends.iter().filter(|end| end.is_err()) {
        assert_eq!(reason(end), Some(Reason::Replayed), "{ends:?}");
    }
}

/// All were wrong, and the fifth since the last success locked.
fn the_fifth_locks(ready: &Ready, ends: &[Result<(), Error>], store: &Store) {
    let wrong = ends.iter().filter(|end| reason(end) == Some(Reason::Incorrect)).count();
    assert_eq!(wrong, 2, "{ends:?}");
    let status = done(verifier(store, 99).status(&ready.alice)).unwrap();
    let app = status.factors().iter().find(|factor| factor.kind() == FactorKind::Totp).unwrap();
    assert!(matches!(app.state(), FactorState::Locked(_)), "a guess was not counted");
}

#[test]
fn of_two_who_use_one_code_one_passes() {
    let ready = ready(0);
    let typed = [&ready.code; 2].map(Clone::clone).into();
    in_each_order(ready, typed, false, one_passes);
}

#[test]
fn of_three_who_use_one_code_one_passes() {
    let ready = ready(0);
    let typed = [&ready.code; 3].map(Clone::clone).into();
    in_each_order(ready, typed, false, one_passes);
}

#[test]
fn two_wrong_guesses_count_twice() {
    let ready = ready(3);
    let typed = [&ready.wrong; 2].map(Clone::clone).into();
    in_each_order(ready, typed, false, the_fifth_locks);
}

#[test]
fn of_three_wrong_guesses_two_are_looked_at() {
    let ready = ready(3);
    let typed = [&ready.wrong; 3].map(Clone::clone).into();
    in_each_order(ready, typed, false, the_fifth_locks);
}

#[test]
fn a_right_code_beside_a_wrong_one_passes_and_forgets_or_leaves_it() {
    let ready = ready(3);
    let typed = [ready.code.clone(), ready.wrong.clone()].into();
    in_each_order(ready, typed, false, |_, ends, _| {
        assert!(matches!(ends, [Ok(()), Err(_)]), "{ends:?}");
        assert_eq!(reason(&ends[1]), Some(Reason::Incorrect), "{ends:?}");
    });
}

#[test]
fn a_store_that_looks_and_then_writes_is_found_out() {
    type Check = fn(&Ready, &[Result<(), Error>], &Store);
    for (guesses, is_wrong, check, what) in [
        (0, false, one_passes as Check, "[Ok(()), Ok(())]"),
        (3, true, the_fifth_locks as Check, "a guess was not counted"),
    ] {
        let ready = ready(guesses);
        let typed = if is_wrong { &ready.wrong } else { &ready.code };
        let typed = Vec::from([typed.clone(), typed.clone()]);
        let walk = AssertUnwindSafe(move || in_each_order(ready, typed, true, check));
        let thrown = catch_unwind(walk).unwrap_err();
        let text = thrown.downcast_ref::<String>().map(String::as_str);
        let told = text.or_else(|| thrown.downcast_ref::<&str>().copied()).unwrap();
        assert!(told.contains(what), "{told}");
    }
}

#[test]
fn what_two_threads_add_to_one_record_adds_up() {
    let id = ready(0).records[0].0;
    loom::model(move || {
        let memory = MemoryStorage::new();
        let add = move |memory: &MemoryStorage| {
            loop {
                let seen = done(memory.load(&id)).unwrap();
                let version = seen.as_ref().map(Record::version);
                let sum = seen.map_or(0, |record| record.bytes()[0]) + 1;
                let next = Version::new(version.map_or(1, |version| version.get() + 1));
                let record = Record::new(next, [sum].into(), None);
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
