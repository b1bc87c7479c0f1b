//! Eight things at once to one subject, through eight processes, in thousands of orders by chance.
//!
//! Every call of the store is a place where another of them may go on. Pairs are walked in every order
//! by `tests/laws/pairs.rs`; here the orders are drawn, and a store that does not compare versions shows
//! that what goes wrong would be seen.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::{
    collections::HashMap,
    panic::catch_unwind,
    sync::{Arc, Mutex},
};

use second_factor::{
    Address, Error, FactorKind, Handle, Keys, Next, Policy, Proof, Purpose, Secret, SubjectId,
    UnixTime, Verifier,
    otp::{Totp, TotpParameters},
    policy::Notices,
    storage::{Record, RecordId, Storage, Swap, Version},
    subject::{DeviceToken, FactorState, Import, NewDevice},
    testkit::{ManualClock, MessageLog, SeededEntropy},
    verdict::Reason,
};
use shuttle::{
    Config, Runner,
    future::{self, block_on},
    rand::{Rng as _, thread_rng},
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};

const NOON: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root of thirty-two bytes, kept";

/// A store before each call of which others may go on. Clones are the same.
#[derive(Clone, Default)]
struct Turns {
    records: Arc<Mutex<HashMap<RecordId, Record>>>,
    /// Whether it writes over whatever stands there by now: the naive way.
    is_naive: bool,
}

impl Turns {
    fn copy(&self, is_naive: bool) -> Self {
        let records = self.records.lock().unwrap().clone();
        Self { records: Arc::new(Mutex::new(records)), is_naive }
    }

    fn fits(&self, expected: Option<Version>, stored: Option<Version>) -> bool {
        match (expected, stored) {
            // Versions are counted up, so that what a decoy expects is far from any.
            (Some(expected), Some(stored)) if self.is_naive => {
                stored.get().wrapping_sub(expected.get()) < 1000
            }
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

impl Storage for Turns {
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
        if !self.fits(expected, records.get(id).map(Record::version)) {
            return Ok(Swap::Conflict);
        }
        records.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}

/// A person with an app, a number, backup codes and a device, and what is in their hands.
struct Ready {
    store: Turns,
    alice: SubjectId,
    number: Address,
    app: String,
    sent: (Handle, String),
    backup: String,
    token: String,
    enrollment: (Handle, String),
}

/// When the eight come.
const NOW: u64 = NOON + 720;

fn verifier(store: &Turns, phone: &MessageLog, now: u64, seed: u64) -> Verifier {
    let policy =
        Policy::builder().danger_cheap_hashes().notices(Notices::LeftToHost).build().unwrap();
    Verifier::builder(store.clone(), phone.clone(), Keys::new(ROOT))
        .issuer("Example")
        .policy(policy)
        .clock(ManualClock::at(now))
        .entropy(SeededEntropy::new(seed))
        .build()
        .unwrap()
}

async fn ready() -> Ready {
    let (store, phone) = (Turns::default(), MessageLog::new());
    let verifier = |now, seed| verifier(&store, &phone, now, seed);
    let read = || phone.take().unwrap().code().unwrap().expose().to_owned();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let secret = Secret::new(b"a secret of twenty b").unwrap();
    let app = |now| Totp::new(&secret).code(UnixTime::from_secs(now)).unwrap().expose().to_owned();
    let import = Import::new().app(&secret, TotpParameters::new(), None).unwrap();
    let import = import.address(number.clone()).unwrap();
    verifier(NOON, 1).import(&alice, import).await.unwrap();

    let (at, code) = (NOON + 300, app(NOON + 300));
    let proof = Proof::totp(&code);
    let verified = verifier(at, 2).verify_for(&alice, Purpose::Manage, proof).await.unwrap();
    let backup = verifier(at, 3).new_backup_codes(&verified).await.unwrap();
    let backup = backup.expose().first().unwrap().expose().to_owned();

    let (at, code) = (NOON + 600, app(NOON + 600));
    let verified = verifier(at, 4).verify(&alice, Proof::totp(&code)).await.unwrap();
    let token = verifier(at, 5).trust_device(&verified, &NewDevice::new("a")).await.unwrap();

    let (at, code) = (NOON + 660, app(NOON + 660));
    let proof = Proof::totp(&code);
    let verified = verifier(at, 6).verify_for(&alice, Purpose::Manage, proof).await.unwrap();
    let mail = Address::email("alice@example.com").unwrap();
    let enrolling = verifier(at, 7).enroll_address(&verified, &mail).await.unwrap();
    let enrollment = (*enrolling.handle(), read());

    let sent = verifier(NOW, 8).challenge(&alice, &number, Purpose::SignIn).await.unwrap();
    let sent = (*sent.handle(), read());
    let token = token.expose().to_owned();
    Ready { app: app(NOW), sent, enrollment, store, alice, number, backup, token }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    App,
    Backup,
    Challenge,
    Code,
    Confirm,
    Next,
    Recognize,
    Reseal,
    Unrequested,
    WrongApp,
    WrongBackup,
    WrongCode,
}

const ALL: [Deed; 12] = [
    Deed::App,
    Deed::Backup,
    Deed::Challenge,
    Deed::Code,
    Deed::Confirm,
    Deed::Next,
    Deed::Recognize,
    Deed::Reseal,
    Deed::Unrequested,
    Deed::WrongApp,
    Deed::WrongBackup,
    Deed::WrongCode,
];
/// What a value can do once.
const ONCE: [Deed; 4] = [Deed::App, Deed::Backup, Deed::Code, Deed::Confirm];

fn not(code: &str) -> String {
    code.chars().map(|digit| if digit == '7' { '3' } else { '7' }).collect()
}

async fn does(ready: &Ready, deed: Deed, store: Turns, seed: u64) -> Result<(), Error> {
    let (verifier, alice) = (verifier(&store, &MessageLog::new(), NOW, seed), &ready.alice);
    let (sent, code) = &ready.sent;
    match deed {
        Deed::App => verifier.verify(alice, Proof::totp(&ready.app)).await.map(drop),
        Deed::Backup => verifier.verify(alice, Proof::backup_code(&ready.backup)).await.map(drop),
        Deed::Challenge => {
            verifier.challenge(alice, &ready.number, Purpose::StepUp).await.map(drop)
        }
        Deed::Code => verifier.verify(alice, Proof::sent_code(sent, code)).await.map(drop),
        Deed::Confirm => {
            let (enrollment, first) = &ready.enrollment;
            verifier.confirm(alice, enrollment, first).await.map(drop)
        }
        Deed::Next => match verifier.next(alice, Purpose::SignIn).await? {
            Next::Prove(_) => Ok(()),
            Next::Unprotected(_) => panic!("a factor stands"),
        },
        Deed::Recognize => {
            verifier.recognize(alice, &DeviceToken::from_text(&ready.token)).await.map(drop)
        }
        Deed::Reseal => verifier.reseal(alice).await,
        Deed::Unrequested => verifier.report_unrequested(alice).await,
        Deed::WrongApp => verifier.verify(alice, Proof::totp(&not(&ready.app))).await.map(drop),
        Deed::WrongBackup => {
            verifier.verify(alice, Proof::backup_code("0000-0000-0000-0000")).await.map(drop)
        }
        Deed::WrongCode => {
            verifier.verify(alice, Proof::sent_code(sent, &not(code))).await.map(drop)
        }
    }
}

/// What became of each, in one order.
fn check(told: &[(Deed, Result<(), Error>)], ready: &Ready, store: &Turns) {
    let passed = |deed| told.iter().filter(|(done, end)| *done == deed && end.is_ok()).count();
    for deed in ONCE {
        assert!(passed(deed) <= 1, "{deed:?} passed more than once: {told:?}");
    }
    for deed in [Deed::WrongApp, Deed::WrongBackup, Deed::WrongCode] {
        assert_eq!(passed(deed), 0, "{told:?}");
    }
    let is_wrong = |end: &Result<(), Error>| match end {
        Err(Error::Denied(denial)) => denial.reason() == Reason::Incorrect,
        _ => false,
    };
    let after = verifier(store, &MessageLog::new(), NOW, 99);
    let status = block_on(after.status(&ready.alice)).unwrap();
    for (guess, right, kind) in [
        (Deed::WrongApp, Deed::App, FactorKind::Totp),
        (Deed::WrongCode, Deed::Code, FactorKind::Phone),
    ] {
        // A right one forgets the wrong ones before it.
        if passed(right) > 0 {
            continue;
        }
        let wrong = told.iter().filter(|(done, end)| *done == guess && is_wrong(end)).count();
        let factor = status.factors().iter().find(|factor| factor.kind() == kind).unwrap();
        let is_locked = matches!(factor.state(), FactorState::Locked(_));
        assert!(wrong <= 5, "the sixth is not looked at: {told:?}");
        assert_eq!(is_locked, wrong == 5, "{kind:?}: {told:?}");
    }
}

/// Eight at once, in one order.
fn order(ready: &Arc<Ready>, is_naive: bool, deeds: [Deed; 8]) {
    let store = ready.store.copy(is_naive);
    let tasks: Vec<_> = (1000_u64..)
        .zip(deeds)
        .map(|(seed, deed)| {
            let (ready, store) = (Arc::clone(ready), store.clone());
            future::spawn(async move { (deed, does(&ready, deed, store, seed).await) })
        })
        .collect();
    let told: Vec<_> = tasks.into_iter().map(|task| block_on(task).unwrap()).collect();
    check(&told, ready, &store);
}

/// With stacks that are deep enough for what a task does in one go.
fn run(scheduler: impl Scheduler + 'static, order: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    Runner::new(scheduler, config).run(order);
}

fn drawn() -> [Deed; 8] {
    core::array::from_fn(|_| *ALL.get(thread_rng().gen_range(0..ALL.len())).unwrap())
}

/// Made where the orders are, since the store gives way there.
fn made() -> Arc<Ready> {
    let made = Arc::new(Mutex::new(None));
    let making = Arc::clone(&made);
    let make = move || *making.lock().unwrap() = Some(Arc::new(block_on(ready())));
    run(RandomScheduler::new(1), make);
    made.lock().unwrap().take().unwrap()
}

#[test]
fn of_eight_at_once_each_value_passes_once_and_every_guess_counts() {
    let ready = made();
    run(RandomScheduler::new(4000), move || order(&ready, false, drawn()));
}

#[test]
fn in_orders_with_few_changes_of_turn_too() {
    let ready = made();
    run(PctScheduler::new(3, 2000), move || order(&ready, false, drawn()));
}

#[test]
fn eight_of_one_kind_are_one() {
    let ready = made();
    for deed in ALL {
        let ready = Arc::clone(&ready);
        run(RandomScheduler::new(200), move || order(&ready, false, [deed; 8]));
    }
}

#[test]
fn a_store_that_does_not_compare_is_found_out() {
    let ready = made();
    for deed in [Deed::App, Deed::Code, Deed::Confirm, Deed::WrongApp] {
        let ready = Arc::clone(&ready);
        let found = catch_unwind(move || {
            run(RandomScheduler::new(200), move || order(&ready, true, [deed; 8]));
        });
        assert!(found.is_err(), "{deed:?}");
    }
}
