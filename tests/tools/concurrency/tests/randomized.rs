//! Random interleavings of eight tasks under shuttle.
//!
//! Eight verifiers act on one subject at the same time, in thousands of random orders. Every
//! storage call is a point where another task may continue. `tests/concurrency/pairs.rs` runs pairs of
//! actions in every order. The last test shows that the assertions detect a store that does not
//! compare versions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::HashMap,
    panic::catch_unwind,
    sync::{Arc, Mutex},
};

use second_factor::{
    Address, Client, CodeRequest, DeviceToken, Error, FactorKind, FirstFactor, Handle, Keys,
    NewDevice, Next, Policy, Proof, Purpose, Reason, Secret, SubjectId, UnixTime, Verifier,
    enrollment::Import,
    otp::{Totp, TotpParameters},
    policy::Notices,
    purpose::Operation,
    status::FactorState,
    storage::{Record, RecordId, Storage, Swap, Version},
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

use shuttle::{
    Config, Runner,
    future::{self, block_on},
    rand::{Rng as _, thread_rng},
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};

const NOON: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root of thirty-two bytes, kept";

/// A store that yields to other tasks before each call. Clones share the records.
#[derive(Clone, Default)]
struct YieldingStore {
    records: Arc<Mutex<HashMap<RecordId, Record>>>,
    /// Whether it overwrites any stored version, as a store without compare-and-swap does.
    is_naive: bool,
}

impl YieldingStore {
    fn copy(&self, is_naive: bool) -> Self {
        let records = self.records.lock().unwrap().clone();
        Self { records: Arc::new(Mutex::new(records)), is_naive }
    }

    fn accepts(&self, expected: Option<Version>, stored: Option<Version>) -> bool {
        match (expected, stored) {
            // A decoy expects version 0.
            (Some(expected), Some(_)) if self.is_naive => expected.get() != 0,
            (expected, stored) => expected == stored,
        }
    }
}

#[derive(Debug)]
struct Never;

impl core::fmt::Display for Never {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("never")
    }
}

impl core::error::Error for Never {}

impl Storage for YieldingStore {
    type Error = Never;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Never> {
        future::yield_now().await;
        Ok(self.records.lock().unwrap().get(id).cloned())
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Never> {
        future::yield_now().await;
        let mut records = self.records.lock().unwrap();
        if !self.accepts(expected, records.get(id).map(Record::version)) {
            return Ok(Swap::Conflict);
        }
        records.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}

/// The initial state: a user with a TOTP app, a phone, backup codes and a device, and the values
/// that they hold.
struct Setup {
    store: YieldingStore,
    alice: SubjectId,
    number: Address,
    app: String,
    sent: (Handle, String),
    backup: String,
    token: String,
    enrollment: (Handle, String),
}

/// The time of the eight actions.
const NOW: u64 = NOON + 720;

fn verifier(store: &YieldingStore, phone: &MessageLog, now: u64, seed: u64) -> Verifier {
    let policy = Policy::builder()
        .danger_cheap_hashes()
        .notices(Notices::LeftToApplication)
        .build()
        .unwrap();
    Verifier::builder("Example", store.clone(), phone.clone(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .policy(policy)
        .clock(ManualClock::at(now))
        .entropy(SeededEntropy::new(seed))
        .build()
        .unwrap()
}

async fn setup() -> Setup {
    let (store, phone) = (YieldingStore::default(), MessageLog::new());
    let verifier = |now, seed| verifier(&store, &phone, now, seed);
    let read = || phone.take().unwrap().code().unwrap().expose().to_owned();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let secret = Secret::new(b"a secret of twenty b").unwrap();
    let app = |now| Totp::new(&secret).code(UnixTime::from_secs(now)).unwrap().expose().to_owned();
    let import = Import::new().totp(&secret, TotpParameters::new(), None).unwrap();
    let import = import.address(number.clone()).unwrap();
    verifier(NOON, 1).operations().import(&alice, import).await.unwrap();

    let (at, code) = (NOON + 300, app(NOON + 300));
    let proof = Proof::totp(&code);
    let grant = verifier(at, 2).verify_for(&alice, Purpose::Manage, proof).await.unwrap();
    let backup = verifier(at, 3).new_backup_codes(&grant).await.unwrap();
    let backup = backup.expose().first().unwrap().expose().to_owned();

    let (at, code) = (NOON + 600, app(NOON + 600));
    let proof = Proof::totp(&code).trusting(NewDevice::new("a"));
    let verified = verifier(at, 4).verify(&alice, proof).await.unwrap();
    let token = verified.device_token().unwrap().clone();

    let (at, code) = (NOON + 660, app(NOON + 660));
    let proof = Proof::totp(&code);
    let grant = verifier(at, 6).verify_for(&alice, Purpose::Manage, proof).await.unwrap();
    let mail = Address::email("alice@example.com").unwrap();
    let enrolling = verifier(at, 7).enroll_address(&grant, &mail).await.unwrap();
    let enrollment = (*enrolling.handle(), read());

    let sent = verifier(NOW, 8).send_code(&alice, CodeRequest::to_address(&number)).await.unwrap();
    let sent = (*sent.handle(), read());
    let token = token.expose().to_owned();
    Setup { app: app(NOW), sent, enrollment, store, alice, number, backup, token }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Backup,
    Challenge,
    Code,
    Confirm,
    IncorrectBackup,
    IncorrectCode,
    IncorrectTotp,
    Next,
    Recognize,
    Reseal,
    Totp,
    Unrequested,
}

const ALL: [Action; 12] = [
    Action::Backup,
    Action::Challenge,
    Action::Code,
    Action::Confirm,
    Action::IncorrectBackup,
    Action::IncorrectCode,
    Action::IncorrectTotp,
    Action::Next,
    Action::Recognize,
    Action::Reseal,
    Action::Totp,
    Action::Unrequested,
];
/// Actions with a value that must be accepted only once.
const ONCE: [Action; 4] = [Action::Backup, Action::Code, Action::Confirm, Action::Totp];

fn not(code: &str) -> String {
    code.chars().map(|digit| if digit == '7' { '3' } else { '7' }).collect()
}

async fn run_action(
    setup: &Setup,
    action: Action,
    store: YieldingStore,
    seed: u64,
) -> Result<(), Error> {
    let (verifier, alice) = (verifier(&store, &MessageLog::new(), NOW, seed), &setup.alice);
    let (sent, code) = &setup.sent;
    match action {
        Action::Totp => verifier.verify(alice, Proof::totp(&setup.app)).await.map(drop),
        Action::Backup => verifier.verify(alice, Proof::backup_code(&setup.backup)).await.map(drop),
        Action::Challenge => verifier
            .send_code(alice, CodeRequest::to_address(&setup.number).purpose(Operation::StepUp))
            .await
            .map(drop),
        Action::Code => verifier.verify(alice, Proof::sent_code(sent, code)).await.map(drop),
        Action::Confirm => {
            let (enrollment, first) = &setup.enrollment;
            verifier.confirm(alice, enrollment, first).await.map(drop)
        }
        Action::Next => match verifier.next(alice).await? {
            Next::Prove(_) => Ok(()),
            Next::Done(_) | Next::Enroll(_) => panic!("a factor is enrolled"),
        },
        Action::Recognize => {
            let token = DeviceToken::from_text(&setup.token);
            let laptop = Client::new("the binding of a laptop").unwrap().device(&token);
            match verifier.for_client(laptop).next(alice).await? {
                Next::Done(_) => Ok(()),
                Next::Enroll(_) | Next::Prove(_) => panic!("the device is trusted"),
            }
        }
        Action::Reseal => verifier.operations().reseal(alice).await,
        Action::Unrequested => verifier.report_unrequested(alice).await,
        Action::IncorrectTotp => {
            verifier.verify(alice, Proof::totp(not(&setup.app))).await.map(drop)
        }
        Action::IncorrectBackup => {
            verifier.verify(alice, Proof::backup_code("0000-0000-0000-0000")).await.map(drop)
        }
        Action::IncorrectCode => {
            verifier.verify(alice, Proof::sent_code(sent, not(code))).await.map(drop)
        }
    }
}

/// Checks the results of one order.
fn check(results: &[(Action, Result<(), Error>)], setup: &Setup, store: &YieldingStore) {
    let passed = |action| results.iter().filter(|(done, it)| *done == action && it.is_ok()).count();
    for action in ONCE {
        assert!(passed(action) <= 1, "{action:?} passed more than once: {results:?}");
    }
    for action in [Action::IncorrectTotp, Action::IncorrectBackup, Action::IncorrectCode] {
        assert_eq!(passed(action), 0, "{results:?}");
    }
    let is_incorrect = |result: &Result<(), Error>| match result {
        Err(Error::Denied(denial)) => denial.reason() == Reason::Incorrect,
        _ => false,
    };
    let after = verifier(store, &MessageLog::new(), NOW, 99);
    let status = block_on(after.status(&setup.alice)).unwrap();
    for (guess, correct, kind) in [
        (Action::IncorrectTotp, Action::Totp, FactorKind::Totp),
        (Action::IncorrectCode, Action::Code, FactorKind::Phone),
    ] {
        // A correct code resets the count of failures.
        if passed(correct) > 0 {
            continue;
        }
        let failures =
            results.iter().filter(|(done, it)| *done == guess && is_incorrect(it)).count();
        let factor = status.factors().iter().find(|factor| factor.kind() == kind).unwrap();
        let is_locked = matches!(factor.state(), FactorState::Locked(_));
        assert!(failures <= 5, "a sixth attempt was checked: {results:?}");
        assert_eq!(is_locked, failures == 5, "{kind:?}: {results:?}");
    }
}

/// Runs eight actions in one order.
fn run_order(setup: &Arc<Setup>, is_naive: bool, actions: [Action; 8]) {
    let store = setup.store.copy(is_naive);
    let tasks: Vec<_> = (1000_u64..)
        .zip(actions)
        .map(|(seed, action)| {
            let (setup, store) = (Arc::clone(setup), store.clone());
            future::spawn(async move { (action, run_action(&setup, action, store, seed).await) })
        })
        .collect();
    let results: Vec<_> = tasks.into_iter().map(|task| block_on(task).unwrap()).collect();
    check(&results, setup, &store);
}

/// Runs `order` with stacks that are large enough for a whole task.
fn run(scheduler: impl Scheduler + 'static, order: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    Runner::new(scheduler, config).run(order);
}

fn random_actions() -> [Action; 8] {
    core::array::from_fn(|_| *ALL.get(thread_rng().gen_range(0..ALL.len())).unwrap())
}

/// Runs [`setup`] under shuttle, because the store can yield only there.
fn prepared() -> Arc<Setup> {
    let prepared = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&prepared);
    let prepare = move || *slot.lock().unwrap() = Some(Arc::new(block_on(setup())));
    run(RandomScheduler::new(1), prepare);
    prepared.lock().unwrap().take().unwrap()
}

#[test]
fn eight_random_actions_keep_the_invariants() {
    let setup = prepared();
    run(RandomScheduler::new(4000), move || run_order(&setup, false, random_actions()));
}

#[test]
fn eight_actions_with_few_preemptions_keep_the_invariants() {
    let setup = prepared();
    run(PctScheduler::new(3, 2000), move || run_order(&setup, false, random_actions()));
}

#[test]
fn eight_equal_actions_keep_the_invariants() {
    let setup = prepared();
    for action in ALL {
        let setup = Arc::clone(&setup);
        run(RandomScheduler::new(200), move || run_order(&setup, false, [action; 8]));
    }
}

#[test]
fn store_without_compare_is_detected() {
    let setup = prepared();
    for action in [Action::Totp, Action::Code, Action::Confirm, Action::IncorrectTotp] {
        let setup = Arc::clone(&setup);
        let found = catch_unwind(move || {
            run(RandomScheduler::new(200), move || run_order(&setup, true, [action; 8]));
        });
        assert!(found.is_err(), "{action:?}");
    }
}
