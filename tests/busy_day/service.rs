//! The application: workers over one store.

use alloc::{collections::BTreeMap, rc::Rc, sync::Arc};
use core::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    mem,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
};
use std::{collections::HashMap, panic::catch_unwind, sync::Mutex};

use second_factor::{
    Address, Client, Delivery, DeviceToken, Error, FirstFactor, Handle, Keys, Message, NewDevice,
    Policy, Proof, Reason, SubjectId, Verifier,
    delivery::{Receipt, Undelivered},
    host::{Entropy, Job, NoEntropy, Offload},
    policy::Notices,
    purpose::Operation,
    testkit::{EventLog, SeededEntropy},
};

use super::{
    executor::{Executor, Rng},
    ledger::{Device, User},
    siege::Post,
    store::{Calls, Shared, turn},
};
use crate::support::{
    ROOT,
    answer::{Answer, Prove as _},
};

/// The outcome of an operation.
#[derive(Debug)]
pub enum Ran<T> {
    Answered(T),
    /// Too many conflicts.
    Busy,
    Denied(Reason),
    /// It ended in an error that is not a denial, or its process crashed: the writes are unknown.
    Lost,
    PinDue(Handle),
}

impl<T> Ran<T> {
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Answered(_) | Self::PinDue(_))
    }

    /// The outcome in a word.
    pub fn label(&self) -> String {
        match self {
            Self::Answered(_) => "yes".into(),
            Self::Busy => "busy".into(),
            Self::Denied(reason) => format!("{reason:?}"),
            Self::Lost => "lost".into(),
            Self::PinDue(_) => "yes, and the PIN is due".into(),
        }
    }
}

/// The outcome, and when it was decided.
#[derive(Debug)]
pub struct Asked<T> {
    pub ran: Ran<T>,
    /// The time at which the deciding record was loaded, by the clock of the worker.
    pub moment: Option<u64>,
    /// The same for its first write: the write of a slow check, which counts it.
    pub committed: Option<u64>,
    /// The number of commits to the store before the record was loaded that led to its first write;
    /// without a write, before its newest load.
    pub read: Option<u64>,
    /// The number of its first commit, and of the newest commit of anyone at its answer.
    pub wrote: Option<u64>,
    pub ended: u64,
    pub retry_at: Option<u64>,
}

/// One process.
pub struct Worker {
    /// One for each step of the replacement of a root.
    verifiers: Vec<Verifier>,
    /// The same for the accounts under siege, whose messages and events are recorded.
    watched: Vec<Verifier>,
    step: Cell<Deployed>,
    skew: i64,
}

/// What a process runs during the replacement of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    Before,
    Opens,
    Seals,
    Dropped,
}

impl Deployed {
    const ALL: [Self; 4] = [Self::Before, Self::Opens, Self::Seals, Self::Dropped];

    fn keys(self) -> Keys {
        const SECOND: [u8; 32] = *b"another root of thirty-two bytes";
        match self {
            Self::Before => Keys::new(ROOT),
            Self::Opens => Keys::new(ROOT).opening(2, SECOND).unwrap(),
            Self::Seals => Keys::new(ROOT).sealing(2, SECOND).unwrap(),
            Self::Dropped => {
                let only = Keys::named_by(Keys::naming_key(&ROOT), 2, SECOND).unwrap();
                only.retired_pepper(1, Keys::pepper_key(&ROOT)).unwrap()
            }
        }
    }

    /// What is deployed at this hundredth of the day, with one rollback.
    const fn at(hundredth: u64) -> Self {
        match hundredth {
            0..25 => Self::Before,
            25..45 | 55..65 => Self::Opens,
            _ => Self::Seals,
        }
    }
}

/// The application during one day.
pub struct Service {
    pub executor: Rc<Executor>,
    /// The events since the last device was shown.
    pub log: EventLog,
    /// The events and messages of the accounts under siege.
    pub heard: EventLog,
    pub post: Post,
    pub store: Shared,
    pub users: Vec<RefCell<User>>,
    workers: Vec<Worker>,
    phones: Phones,
    /// The times at which codes were sent to each number.
    came: RefCell<HashMap<Address, Vec<u64>>>,
    /// The times at which codes were sent to the attackers' block of numbers.
    block: RefCell<Vec<u64>>,
    serial: Cell<u64>,
    sign_ins: Cell<u64>,
    tally: RefCell<BTreeMap<String, u64>>,
}

impl Worker {
    pub fn verifier(&self) -> &Verifier {
        &self.verifiers[self.step.get() as usize]
    }

    /// Its verifier for accounts under siege.
    pub fn watched(&self) -> &Verifier {
        &self.watched[self.step.get() as usize]
    }

    /// Its verifier, bound to one browser.
    pub fn for_client(&self, client: u64) -> Verifier {
        self.verifier().for_client(browser(client))
    }

    /// Its verifier, for the browser that presents this device token.
    pub fn for_device(&self, token: &str) -> Verifier {
        self.verifier().for_client(browser(u64::MAX).device(&DeviceToken::from_text(token)))
    }
}

impl<T> Asked<T> {
    /// The same without its value.
    pub fn without(self) -> Asked<()> {
        self.map(drop)
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Asked<U> {
        let ran = match self.ran {
            Ran::Answered(value) => Ran::Answered(change(value)),
            Ran::Busy => Ran::Busy,
            Ran::Denied(reason) => Ran::Denied(reason),
            Ran::Lost => Ran::Lost,
            Ran::PinDue(due) => Ran::PinDue(due),
        };
        let Self { moment, committed, read, wrote, ended, retry_at, .. } = self;
        Asked { ran, moment, committed, read, wrote, ended, retry_at }
    }
}

impl Service {
    pub fn new(executor: Rc<Executor>, seed: u64, one_in: u64) -> Self {
        let mut seeds = Rng::new(seed);
        let (store, phones) = (Shared::new(seeds.next(), one_in), Phones::default());
        let (log, heard, post) = (EventLog::new(), EventLog::new(), Post::new(executor.time()));
        let mut verifier = |skew, step: Deployed, is_watched: bool| {
            let policy = Policy::builder().danger_cheap_hashes();
            let (builder, listener, policy) = match is_watched {
                true => {
                    let builder =
                        Verifier::builder("Example", store.clone(), post.clone(), step.keys());
                    (builder, &heard, policy)
                }
                false => {
                    let builder =
                        Verifier::builder("Example", store.clone(), phones.clone(), step.keys());
                    // A user changes the app: the new one replaces the old one.
                    (builder, &log, policy.notices(Notices::LeftToApplication).totp_apps(1))
                }
            };
            builder
                .first_factor(FirstFactor::Password)
                .policy(policy.build().unwrap())
                .clock(executor.clock(skew))
                .entropy(Fallible::new(seeds.next()))
                .listener(listener.clone())
                .offload(BusyOffload)
                .build()
                .unwrap()
        };
        let worker = |skew| {
            let verifiers = Deployed::ALL.map(|step| verifier(skew, step, false)).into();
            let watched = Deployed::ALL.map(|step| verifier(skew, step, true)).into();
            Worker { verifiers, watched, step: Cell::new(Deployed::Before), skew }
        };
        let workers = [0, 1, 0, -1].map(worker).into();
        Self {
            executor,
            log,
            heard,
            post,
            store,
            users: Vec::new(),
            workers,
            phones,
            came: RefCell::default(),
            block: RefCell::default(),
            serial: Cell::new(0),
            sign_ins: Cell::new(0),
            tally: RefCell::default(),
        }
    }

    /// Deploys to one process after the other, by the hundredth of the day.
    pub fn deploy_at(&self, hundredth: u64) {
        for (worker, late) in self.workers.iter().zip(0..) {
            worker.step.set(Deployed::at(hundredth.saturating_sub(late)));
        }
    }

    pub fn deploy(&self, step: Deployed) {
        self.workers.iter().for_each(|worker| worker.step.set(step));
    }

    /// A random process.
    pub fn worker(&self) -> &Worker {
        &self.workers[self.executor.pick(self.workers.len())]
    }

    pub fn id(&self, who: usize) -> SubjectId {
        self.users[who].borrow().id.clone()
    }

    pub fn serial(&self) -> u64 {
        self.serial.set(self.serial.get() + 1);
        self.serial.get()
    }

    /// The proofs that were checked: a record was opened, a decision made, and a swap attempted.
    pub fn sign_ins(&self) -> u64 {
        self.sign_ins.get()
    }

    pub fn note(&self, what: &str) {
        *self.tally.borrow_mut().entry(what.into()).or_default() += 1;
    }

    pub fn tally(&self) -> BTreeMap<String, u64> {
        self.tally.borrow().clone()
    }

    pub fn count(&self, what: &str) -> u64 {
        self.tally.borrow().get(what).copied().unwrap_or_default()
    }

    /// Runs one operation, which may crash.
    pub async fn ask<T>(
        &self,
        worker: &Worker,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Asked<T> {
        self.ask_boxed(worker, Box::pin(operation)).await.0
    }

    /// As [`ask`](Self::ask). Also returns the number of swaps.
    async fn ask_boxed<T>(
        &self,
        worker: &Worker,
        mut operation: Pin<Box<dyn Future<Output = Result<T, Error>> + '_>>,
    ) -> (Asked<T>, u32) {
        let mut calls = Calls::default();
        let end = poll_fn(|context| {
            let others = self.store.swap_calls(mem::take(&mut calls));
            let polled = catch_unwind(AssertUnwindSafe(|| operation.as_mut().poll(context)));
            calls = self.store.swap_calls(others);
            match polled {
                Ok(Poll::Ready(answer)) => Poll::Ready(Some(answer)),
                Ok(Poll::Pending) if !calls.is_hung => Poll::Pending,
                Ok(Poll::Pending) | Err(_) => Poll::Ready(None),
            }
        })
        .await;
        let retry_at = match &end {
            Some(Err(error)) => error.retry_at().map(|time| time.as_secs()),
            _ => None,
        };
        let ran = match end {
            None | Some(Err(Error::NoEntropy | Error::NoTime | Error::Storage(_))) => Ran::Lost,
            Some(Ok(value)) => Ran::Answered(value),
            Some(Err(Error::Busy)) => Ran::Busy,
            Some(Err(Error::Denied(denial))) => match denial.pending_pin() {
                Some(due) => Ran::PinDue(*due),
                None => Ran::Denied(denial.reason()),
            },
            Some(Err(other)) => panic!("{other:?}"),
        };
        // I8.
        assert!(!(ran.is_success() && calls.has_failed), "I8: success although a call failed");
        let by_worker = |at: u64| at.saturating_add_signed(worker.skew);
        let first = calls.commits.first();
        let asked = Asked {
            ran,
            moment: calls.loaded.map(|(at, _)| by_worker(at)),
            committed: first.map(|commit| by_worker(commit.loaded.0)),
            read: first.map(|commit| commit.loaded).or(calls.loaded).map(|(_, commits)| commits),
            wrote: first.map(|commit| commit.number),
            ended: self.store.tally().commits,
            retry_at,
        };
        (asked, calls.swaps)
    }

    /// Submits a proof. It counts as a sign-in if it was checked, whether correct or not.
    pub async fn prove(
        &self,
        who: usize,
        (purpose, client): (Operation, u64),
        proof: Proof,
    ) -> Asked<Answer> {
        let (worker, id) = (self.worker(), self.id(who));
        let verifier = worker.for_client(client);
        let label = format!("{proof:?}");
        let proof = match purpose == Operation::SignIn && self.users[who].borrow().trusts {
            true => proof.trusting(NewDevice::new("Firefox, Lisbon")),
            false => proof,
        };
        let operation = Box::pin(verifier.prove_for(&id, purpose, proof));
        self.users[who].borrow_mut().running += 1;
        let (asked, swaps) = self.ask_boxed(worker, operation).await;
        self.users[who].borrow_mut().end_attempt();
        if let Ran::Answered(answer) = &asked.ran {
            assert_eq!(answer.subject(), &id, "I6");
            self.remember(who, answer);
        }
        // A refusal by a lock is one load, though a race may have been lost before it.
        let is_checked = match &asked.ran {
            Ran::Answered(_) | Ran::PinDue(_) => true,
            Ran::Denied(Reason::Locked | Reason::TooSoon) | Ran::Busy | Ran::Lost => false,
            Ran::Denied(_) => swaps > 0,
        };
        if is_checked {
            self.sign_ins.set(self.sign_ins.get() + 1);
        }
        let what = if is_checked { "sign-in" } else { "no sign-in" };
        self.note(&format!("{what}: {label}: {}", asked.ran.label()));
        asked
    }

    /// Stores the token of the device that a sign-in trusted.
    fn remember(&self, who: usize, answer: &Answer) {
        let Answer::Verified(verified) = answer else { return };
        let Some(token) = verified.device_token() else { return };
        let mut user = self.users[who].borrow_mut();
        // Without trust, the device is known: the token names a lane, and opens nothing.
        if !user.trusts {
            return;
        }
        self.note("trust: yes");
        user.devices.push(Device::new(token.expose().to_owned()));
        user.trusts = false;
    }

    /// The code that was just sent to a number.
    pub fn read(&self, number: &Address, is_proven: bool) -> Option<String> {
        let code = self.phones.0.lock().unwrap().get_mut(number)?.pop()?;
        let now = self.executor.now();
        let mut came = self.came.borrow_mut();
        let came = came.entry(number.clone()).or_default();
        came.retain(|at| now - at < DAY);
        came.push(now);
        // I9. It was reserved earlier; a stalled process pauses for less than 40 seconds a step.
        let recent = |secs: u64| came.iter().filter(|at| now - **at < secs - SLACK).count();
        let (an_hour, a_day) = if is_proven { (8, 12) } else { (4, 6) };
        assert!(recent(HOUR) <= an_hour && recent(DAY) <= a_day, "I9: beyond the budget");
        if number.expose().starts_with(BLOCK) {
            // None of these codes is converted. Unproven numbers get half of an hour's 96, and an
            // hour of the budget may end within the hour counted here.
            let mut block = self.block.borrow_mut();
            block.retain(|at| now - at < HOUR);
            block.push(now);
            assert!(block.len() <= 96, "I9: beyond the budget of a prefix");
        }
        Some(code)
    }
}

/// A unique browser.
fn browser(client: u64) -> Client {
    Client::new(format!("a random cookie: {client:016x}")).unwrap()
}

/// The phones of all users.
#[derive(Clone, Default)]
struct Phones(Arc<Mutex<HashMap<Address, Vec<String>>>>);

impl Delivery for Phones {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        if let Some(code) = message.code() {
            let mut phones = self.0.lock().unwrap();
            let phone = phones.entry(message.address().clone()).or_default();
            phone.push(code.expose().to_owned());
        }
        Ok(Receipt::new(message.reference()))
    }
}

/// Seeded randomness that rarely fails.
struct Fallible {
    entropy: SeededEntropy,
    draws: AtomicU64,
}

impl Fallible {
    fn new(seed: u64) -> Self {
        Self { entropy: SeededEntropy::new(seed), draws: AtomicU64::new(0) }
    }
}

impl Entropy for Fallible {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        match self.draws.fetch_add(1, Ordering::Relaxed) % 49_999 {
            49_998 => Err(NoEntropy),
            _ => self.entropy.fill(bytes),
        }
    }
}

/// Offloads slow checks to a busy worker.
struct BusyOffload;

impl Offload for BusyOffload {
    async fn run(&self, work: Job) {
        turn().await;
        work();
        turn().await;
    }
}

/// The prefix of ten thousand numbers that belong to no user.
pub const BLOCK: &str = "+88214000";
const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
const SLACK: u64 = 200;
