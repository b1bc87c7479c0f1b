//! Simulation of one day of a busy service.
//!
//! A million honest and hostile sign-ins in 24 hours of simulated time, through four processes over
//! one store with occasional faults.
//!
//! Everything runs on one thread, in an order that a seed decides; other calls may run between any
//! two calls of the store. Four processes whose clocks differ by a second pause for up to 40
//! seconds at any point. During the day, a second root replaces the first in one process after the
//! other, with a rollback; at the end, the first is dropped. One call in 500 of the store fails,
//! crashes, panics or loses its answer, before or after its effect; clocks and randomness fail once
//! in 50,000. Backup codes and PINs have cheap hashes (`danger_cheap_hashes`), and every fault keeps
//! the contract of the store.
//!
//! The ledger of each user checks at every answer:
//!
//! - I1: each secret value yields at most one success.
//! - I2: the last used step never decreases.
//! - I3: no more guesses are compared since the last success than the limit allows.
//! - I4: nothing is compared and nothing succeeds under a lock.
//! - I5: what is pending (an enrollment, a request) proves nothing.
//! - I6: a success has the right subject, purpose and client, the newest code, and is in time.
//! - I7: a record stays below 64 KiB.
//! - I8: nothing succeeds when a call to the store failed.
//! - I9: no more is sent than the budgets allow.
//! - I10: after a change, nothing created before it is accepted.
//!
//! Some accounts are under siege for the whole day: by the holder of the password, who tries every
//! factor twice a minute; by strangers who claimed the number or planted a mailbox; by a thief with a
//! copy of a device token; by late tabs; and by owners who have messages sent at the cost of the
//! operator. For them:
//!
//! - I11: a correct proof of the owner is accepted at the first attempt: at a known device, at a new
//!   one by a security key or a backup code, and after a new password also by an app.
//! - I12: all messages stay within their budgets, notices too.
//! - I13: a planted address receives no code.
//! - I14: every change reaches the listener, and the mailbox of the owner.
//! - I15: after a rotation, only one copy of a device token is accepted.
//! - I16: nothing that an attacker or a late tab does succeeds.
//!
//! Also, no correct code is refused without a cause, no user is locked out without incorrect
//! guesses, and at the end of the day every user gets in.
//!
//! A sign-in is a proof that was checked: the record was opened, a decision was made and a swap was
//! attempted. Refusals by a lock and all other operations are not counted. The seed is printed;
//! `BUSY_DAY_SEED` sets it, and `BUSY_DAY_SIGN_INS` sets the number of sign-ins.

#![allow(
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a single-threaded test may panic"
)]

extern crate alloc;

mod executor;
mod factors;
mod honest;
mod hostile;
mod ledger;
mod operations;
mod service;
mod siege;
mod store;
#[path = "../support/mod.rs"]
mod support;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use std::{
    env,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use second_factor::{Address, Keys, SubjectId, purpose::Operation};

use self::{
    executor::Executor,
    factors::{Backup, Phone, Pin},
    ledger::User,
    service::{Deployed, Ran, Service},
    siege::Siege,
};
use crate::support::{NOON, ROOT};

const DAY: u64 = 24 * 60 * 60;
/// Every user has an app; one in this many users has each of the others.
const WITH_BACKUP_CODES: usize = 10;
const WITH_DEVICE: usize = 5;
const WITH_PHONE: usize = 3;
const WITH_PIN: usize = 50;

/// The parameters of a day.
struct Plan {
    seed: u64,
    sign_ins: u64,
    users: usize,
    secs: u64,
}

#[test]
#[ignore = "a million sign-ins take most of a minute; .ci/run runs them"]
fn a_million_sign_ins_in_a_day_keep_every_invariant() {
    let setting = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = setting("BUSY_DAY_SEED").unwrap_or(now.as_secs());
    let sign_ins = setting("BUSY_DAY_SIGN_INS").unwrap_or(1_000_000);
    run_day(&Plan { seed, sign_ins, users: 20_000, secs: DAY });
}

#[test]
fn short_day_keeps_every_invariant() {
    for seed in 1..=4 {
        run_day(&Plan { seed, sign_ins: 4_000, users: 150, secs: 3600 });
    }
}

/// Runs one day and prints its statistics.
fn run_day(plan: &Plan) {
    println!("BUSY_DAY_SEED={} BUSY_DAY_SIGN_INS={}", plan.seed, plan.sign_ins);
    let begun = Instant::now();
    let service = open(plan);
    let siege = Siege::open(&service);
    let executor = Rc::clone(&service.executor);
    let opened = (begun.elapsed(), executor.now());
    service.store.set_fault_rate(500);
    siege.begin(plan.secs);
    while executor.now() < opened.1 + plan.secs || service.sign_ins() < plan.sign_ins {
        let passed = (executor.now() - opened.1 + 1).min(plan.secs);
        let due = plan.sign_ins * passed / plan.secs;
        service.deploy_at(100 * passed / plan.secs);
        for _ in 0..due.saturating_sub(service.sign_ins()) {
            let (who, service) = (executor.pick(plan.users), Rc::clone(&service));
            match executor.chance(6) {
                true => executor.begin(hostile::visit(service, who)),
                false => executor.begin(honest::visit(service, who)),
            }
        }
        second(&service, 3_000);
    }
    let elapsed = (begun.elapsed() - opened.0, service.store.tally());
    close(&service, &siege, plan);
    print_statistics(&service, plan, elapsed);
}

fn second(service: &Service, stalls: u64) {
    service.store.set_time(service.executor.now());
    service.executor.run_second(stalls);
}

/// Runs `visit` for every user and waits for all.
fn for_each_user<F>(service: &Rc<Service>, visit: impl Fn(Rc<Service>, usize) -> F)
where
    F: Future<Output = ()> + 'static,
{
    for who in 0..service.users.len() {
        service.executor.begin(visit(Rc::clone(service), who));
        if who % 500 == 499 {
            second(service, u64::MAX);
        }
    }
    while service.executor.in_progress() > 0 {
        second(service, u64::MAX);
    }
}

/// The users of the service, with their factors.
fn open(plan: &Plan) -> Rc<Service> {
    let executor = Executor::new(NOON, plan.seed);
    let mut service = Service::new(executor, plan.seed, 0);
    service.users = (0..plan.users)
        .map(|who| {
            let id = SubjectId::new(format!("user-{who}")).unwrap();
            // Neighbors seldom have numbers with the same prefix.
            let local = 5_000_000 + who * 7919 % 5_000_000;
            let number = Address::phone(&format!("+1415{local:07}")).unwrap();
            let prefix = Keys::new(ROOT).prefix_record(&number);
            service.store.mark_best_effort(prefix.unwrap());
            RefCell::new(User::new(id, number))
        })
        .collect();
    let service = Rc::new(service);
    for_each_user(&service, set_up_user);
    let is_set_up = |user: &RefCell<User>| user.borrow().app.is_some();
    assert!(service.users.iter().all(is_set_up));
    // The quarantine of a first factor is over before a PIN is set.
    for _ in 0..3 * DAY {
        second(&service, u64::MAX);
    }
    for_each_user(&service, set_pin);
    // All sends are long past, and no step is used.
    for _ in 0..DAY {
        second(&service, u64::MAX);
    }
    service
}

async fn set_up_user(service: Rc<Service>, who: usize) {
    let id = service.id(who);
    let (app, verified) = loop {
        // Clocks and randomness fail occasionally.
        if let Some(enrolled) = honest::enroll_app(&service, who, &id).await {
            break enrolled;
        }
    };
    service.users[who].borrow_mut().app = Some(app);
    if who % WITH_PHONE == 0 {
        let number = service.users[who].borrow().number.clone();
        let worker = service.worker();
        let asked = service.ask(worker, worker.verifier().enroll_address(&verified, &number)).await;
        if let (Ran::Answered(sent), Some(code)) = (asked.ran, service.read(&number, false)) {
            let asked = service.ask(worker, worker.verifier().confirm(&id, &sent, &code)).await;
            if asked.ran.is_success() {
                service.users[who].borrow_mut().phone = Some(Phone::default());
            }
        }
    }
    if who % WITH_BACKUP_CODES == 0 {
        let worker = service.worker();
        let asked = service.ask(worker, worker.verifier().new_backup_codes(&verified)).await;
        if let Ran::Answered(codes) = asked.ran {
            let fresh = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
            let backup = Backup { fresh, ..Backup::default() };
            service.users[who].borrow_mut().backup = Some(backup);
        }
    }
    if who % WITH_DEVICE == 0 {
        service.users[who].borrow_mut().trusts = true;
        let _ = honest::sign_in_by_app(&service, who, (Operation::SignIn, 0)).await;
    }
}

/// Some users have a PIN.
async fn set_pin(service: Rc<Service>, who: usize) {
    if who % WITH_PIN != 1 {
        return;
    }
    let manage = (Operation::Manage, 0);
    let Some(granted) = honest::sign_in_by_app(&service, who, manage).await else { return };
    let worker = service.worker();
    let verifier = worker.for_client(0);
    let asked = service.ask(worker, verifier.set_pin(&granted, "493817")).await;
    if let Ran::Answered(_) = asked.ran {
        service.users[who].borrow_mut().pin = Some(Pin::new("493817".into()));
    }
}

/// After the day, with all faults off, every user gets in.
fn close(service: &Rc<Service>, siege: &Rc<Siege>, plan: &Plan) {
    service.store.set_fault_rate(0);
    while service.executor.in_progress() > 0 {
        second(service, u64::MAX);
    }
    siege.close();
    // The first root is dropped.
    service.deploy(Deployed::Seals);
    for_each_user(service, |service, who| async move {
        let (worker, id) = (service.worker(), service.id(who));
        while !service
            .ask(worker, worker.verifier().operations().reseal(&id))
            .await
            .ran
            .is_success()
        {}
    });
    service.deploy(Deployed::Dropped);
    // The longest lock, and all budgets.
    for _ in 0..DAY {
        second(service, u64::MAX);
    }
    let signed_in = Rc::new(Cell::new(0));
    for_each_user(service, |service, who| {
        let signed_in = Rc::clone(&signed_in);
        async move {
            let has_phone = service.users[who].borrow().phone.is_some();
            let by_phone = !has_phone || can_sign_in(&service, who, Way::Phone).await;
            let is_in = by_phone && can_sign_in(&service, who, Way::App).await;
            signed_in.set(signed_in.get() + usize::from(is_in));
        }
    });
    assert_eq!(signed_in.get(), plan.users, "some user does not get in");
    let tally = service.store.tally();
    assert!(tally.largest < 64 << 10, "I7: {}", tally.largest);
    // A day on which nothing happened would keep every invariant.
    let is_whole_day = plan.sign_ins >= 1_000_000;
    let seen = if is_whole_day { SEEN } else { SEEN_IN_AN_HOUR };
    let missing: Vec<_> = seen.iter().filter(|what| service.count(what) == 0).collect();
    assert!(missing.is_empty(), "never: {missing:?}; seen: {:#?}", service.tally());
}

/// Whether a user gets in. Retries after typing mistakes and clock faults, and waits out every
/// lock.
async fn can_sign_in(service: &Rc<Service>, who: usize, by: Way) -> bool {
    for _ in 0..5 {
        let verified = match by {
            Way::App => honest::sign_in_by_app(service, who, (Operation::SignIn, 0)).await,
            Way::Phone => honest::sign_in_by_phone(service, who).await,
        };
        if verified.is_some() {
            return true;
        }
        service.executor.sleep(3600).await;
    }
    false
}

#[derive(Clone, Copy)]
enum Way {
    App,
    Phone,
}

fn print_statistics(
    service: &Service,
    plan: &Plan,
    (elapsed, store): (core::time::Duration, store::Tally),
) {
    let sign_ins = service.sign_ins();
    println!("{sign_ins} sign-ins of {} users in {} simulated seconds", plan.users, plan.secs);
    println!(
        "{:.1} s real time: {:.1} µs each",
        elapsed.as_secs_f64(),
        elapsed.as_secs_f64() * 1e6 / sign_ins as f64
    );
    println!("{} steps; {store:?}", service.executor.polls());
    for (what, count) in service.tally() {
        println!("{count:>9}  {what}");
    }
}

/// Outcomes that occur within the hour.
const SEEN_IN_AN_HOUR: &[&str] = &[
    "device: yes",
    "no sign-in: Proof(totp): Locked",
    "sign-in: Proof(totp): Replayed",
    "sign-in: Proof(totp): Incorrect",
    "sign-in: Proof(totp): yes",
    "sign-in: Proof(sent code): yes",
    "siege: app after a new password: yes",
    "siege: app at the known device: yes",
    "siege: backup code at a new device: yes",
    "siege: guess at the app: Locked",
    "siege: key at a new device: yes",
    "siege: plant another mailbox: Unauthorized",
    "siege: pump: PrefixSendLimit",
    "siege: reported: device_added",
    "siege: the copied device is trusted no more",
];
/// Outcomes that occur within a day.
const SEEN: &[&str] = &[
    "change the app: yes",
    "change the password: yes",
    "device: of another subject",
    "device: stolen",
    "device: yes",
    "no sign-in: Proof(totp): Locked",
    "no sign-in: Proof(totp): lost",
    "print codes: yes",
    "pump a block: PrefixSendLimit",
    "pump a block: yes",
    "pump by signing up: SendLimit",
    "pump: TooSoon",
    "request: Disabled",
    "send again: yes",
    "send: SendLimit",
    "sign out everywhere: yes",
    "sign-in: Proof(totp): Replayed",
    "sign-in: Proof(totp): Incorrect",
    "sign-in: Proof(totp): yes",
    "sign-in: Proof(backup code): yes",
    "sign-in: Proof(sent code): Expired",
    "sign-in: Proof(sent code): OtherClient",
    "sign-in: Proof(sent code): OtherPurpose",
    "sign-in: Proof(sent code): Superseded",
    "sign-in: Proof(sent code): yes",
    "sign-in: Proof(pin): yes",
    "sign-in: Proof(sign-in request): Pending",
    "sign-in: Proof(sign-in request): yes",
    "siege: answer a ceremony in a late tab: Expired",
    "siege: app after a late tab: yes",
    "siege: app after a new password: yes",
    "siege: app after a theft: yes",
    "siege: app at another known device: yes",
    "siege: app at the known device, PIN: yes",
    "siege: backup code at a new device: yes",
    "siege: change factors in a late tab: Unauthorized",
    "siege: claim: SendLimit",
    "siege: guess a sent code: Incorrect",
    "siege: guess at the app: Locked",
    "siege: guess for recovery: Disabled",
    "siege: guess the PIN: Incorrect",
    "siege: key at a new device: yes",
    "siege: plant another mailbox: Unauthorized",
    "siege: pump: PrefixSendLimit",
    "siege: pump: SendLimit",
    "siege: register, PIN: yes",
    "siege: reported: device_stolen",
    "siege: reported: first_factor_compromised",
    "siege: reported: pin_reset_cancelled",
    "siege: reported: requests_off",
    "siege: send to a planted mailbox: yes",
    "siege: sent code at the known device: yes",
];
