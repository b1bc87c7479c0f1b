//! A subject, a clock, a phone and an app for tests.

#![allow(
    dead_code,
    unnameable_types,
    unreachable_pub,
    reason = "each test program compiles this module and uses a part of it"
)]
#![allow(
    clippy::future_not_send,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "helpers of single-threaded tests may panic"
)]

pub mod answer;
pub mod carrier;
pub mod devices;
pub mod faulty;
pub mod host;
pub mod registration;
pub mod slow;
pub mod watched;

use second_factor::{
    Address, Challenge, CodeRequest, Error, FactorKind, FirstFactor, Handle, ItemId, Keys,
    MemoryStorage, Message, Policy, Proof, Reason, Secret, Storage, SubjectId, UnixTime, Verified,
    Verifier, block_on,
    enrollment::Enroller,
    host::Event,
    message::{Content, Sender},
    otp::{Step, Totp},
    purpose::Operation,
    sans_io::{Moment, Opened, Reservation, Settled, Subject},
    sign_in::Confirmed,
    storage::{Record, Swap},
    testkit::{EventLog, ManualClock, MessageLog, SeededEntropy},
};

use answer::{Answer, Prove as _};

pub const NOON: u64 = 1_800_000_000;
/// How long a first factor can be undone that rests on the word of the application.
pub const UNDO: u64 = 3 * 24 * 60 * 60;
pub const YEAR: u64 = 365 * 24 * 60 * 60;
pub const ROOT: [u8; 32] = *b"a root of thirty-two bytes, kept";

/// One application with one store.
pub struct World<S: Storage + Clone + 'static = MemoryStorage> {
    pub store: S,
    pub clock: ManualClock,
    pub phone: MessageLog,
    pub log: EventLog,
    pub verifier: Verifier,
    pub alice: SubjectId,
    pub number: Address,
}

impl World {
    pub fn new() -> Self {
        Self::with(Policy::default())
    }

    pub fn with(policy: Policy) -> Self {
        Self::over(MemoryStorage::new(), policy)
    }

    /// A separate store with the current records of Alice and of the budgets of her number.
    pub fn copy(&self) -> MemoryStorage {
        let (store, keys) = (MemoryStorage::new(), Keys::new(ROOT));
        let budgets = [Some(keys.budget_record(&self.number)), keys.prefix_record(&self.number)];
        for id in budgets.into_iter().flatten().chain([keys.subject_record(&self.alice)]) {
            if let Ok(Some(record)) = block_on(self.store.load(&id)) {
                assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Commit));
            }
        }
        store
    }
}

impl<S: Storage + Clone + 'static> World<S> {
    pub fn over(store: S, policy: Policy) -> Self {
        Self::seeded(store, policy, 1)
    }

    /// With other randomness, as another process has.
    pub fn seeded(store: S, policy: Policy, seed: u64) -> Self {
        let (clock, phone, log) = (ManualClock::at(NOON), MessageLog::new(), EventLog::new());
        let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
        let verifier = Verifier::builder(sender, store.clone(), phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(clock.clone())
            .entropy(SeededEntropy::new(seed))
            .listener(log.clone())
            .build()
            .unwrap();
        let alice = SubjectId::new("alice").unwrap();
        let number = Address::phone("+14155550100").unwrap();
        Self { store, clock, phone, log, verifier, alice, number }
    }

    /// Enrolls a TOTP app as the first factor and waits until its first code has expired.
    pub async fn with_app(&self) -> (App, Verified) {
        let enrolled = self.with_app_now().await;
        self.clock.advance(30);
        enrolled
    }

    /// As [`with_app`](Self::with_app), without waiting: the code of this step is used up.
    pub async fn with_app_now(&self) -> (App, Verified) {
        let enrollment = self.verifier.enroll_totp(&self.alice, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&self.clock);
        let confirmed = self.verifier.confirm(&self.alice, &enrollment, &code).await.unwrap();
        (app, confirmed.verified().unwrap())
    }

    /// As [`with_app`](Self::with_app), after the days in which the first factor can be undone.
    ///
    /// Until then no PIN can be set, and no recovery address counts.
    pub async fn with_settled_app(&self) -> (App, Verified) {
        let (app, _) = self.with_app().await;
        self.clock.advance(UNDO);
        let verified = self.try_app(&app.code(&self.clock)).await.unwrap();
        self.clock.advance(30);
        (app, verified)
    }

    /// Proves a phone number, on the application's assertion or with a proof.
    pub async fn with_phone(&self, enroller: impl Into<Enroller>) -> Confirmed {
        let challenge = self.verifier.enroll_address(enroller, &self.number).await.unwrap();
        let code = self.read_code();
        self.verifier.confirm(&self.alice, &challenge, &code).await.unwrap()
    }

    /// Whether no code was received. Discards notices.
    pub fn got_no_code(&self) -> bool {
        core::iter::from_fn(|| self.phone.take()).all(|message| message.code().is_none())
    }

    /// The number of codes received. Discards all messages.
    pub fn codes(&self) -> usize {
        let messages = core::iter::from_fn(|| self.phone.take());
        messages.filter(|message| message.code().is_some()).count()
    }

    /// The notices received, each with its address. Discards codes.
    pub fn notices(&self) -> Vec<(Event, Address)> {
        let messages = core::iter::from_fn(|| self.phone.take());
        let notices = messages.filter_map(|message| match message.content() {
            Content::Notice(event) => Some((event.clone(), message.address().clone())),
            _ => None,
        });
        notices.collect()
    }

    /// The code of the newest message.
    pub fn read_code(&self) -> String {
        loop {
            let message = self.phone.take().expect("a message was received");
            if message.code().is_some() {
                return code_of(&message);
            }
        }
    }

    pub async fn try_app(&self, typed: &str) -> Result<Verified, Error> {
        self.verifier.verify(&self.alice, Proof::totp(typed)).await
    }

    pub async fn try_code(
        &self,
        challenge: impl Into<Handle>,
        typed: &str,
    ) -> Result<Verified, Error> {
        self.verifier.verify(&self.alice, Proof::sent_code(challenge, typed)).await
    }

    /// Has a code sent to `number` as soon as that is allowed.
    pub async fn send_to(&self, number: &Address) -> (Challenge, String) {
        // A lock and two budgets may require one wait each.
        for _ in 0..5 {
            match self.verifier.send_code(&self.alice, CodeRequest::to_address(number)).await {
                Ok(sent) => return (sent, self.read_code()),
                Err(error) => {
                    self.clock.set(error.retry_at().expect("the error has a retry time").as_secs())
                }
            }
        }
        panic!("the send is still refused after five waits")
    }

    /// Fails once with the app.
    pub async fn miss_app(&self, app: &App) -> Reason {
        reason(self.try_app(&app.incorrect(&self.clock)).await)
    }

    /// Fails with the app until `count` failures were counted, waiting out each lock.
    pub async fn fail_app(&self, app: &App, count: usize) {
        for _ in 0..count {
            self.wait_out(Operation::SignIn, FactorKind::Totp).await;
            assert_eq!(self.miss_app(app).await, Reason::Incorrect);
        }
    }

    /// Fails with codes sent to `number` until `count` failures were counted.
    pub async fn fail_phone(&self, number: &Address, count: usize) {
        let mut failed = 0;
        while failed < count {
            let (before, (sent, code)) = (failed, self.send_to(number).await);
            while failed < count
                && reason(self.try_code(&sent, &not(&code)).await) == Reason::Incorrect
            {
                failed += 1;
            }
            assert!(failed > before, "an incorrect code was not counted");
        }
    }

    /// Waits until the lock, if any, has ended.
    pub async fn wait_out(&self, purpose: Operation, kind: FactorKind) {
        let Ok(offers) = self.verifier.offers(&self.alice, purpose).await else { return };
        let until = offers.iter().find(|o| o.kind() == kind).and_then(|o| o.retry_at());
        if let Some(until) = until {
            self.clock.set(until.as_secs());
        }
    }
}

/// A recovery address.
pub fn mail() -> Address {
    Address::email("alice@example.com").unwrap()
}

/// Proves `address` as a factor of Alice.
pub async fn prove<S: Storage + Clone + 'static>(
    world: &World<S>,
    enroller: impl Into<Enroller>,
    address: &Address,
) -> Result<Confirmed, Error> {
    let sent = world.verifier.enroll_address(enroller, address).await?;
    world.verifier.confirm(&world.alice, &sent, &world.read_code()).await
}

/// The id of the first factor of this kind on the settings page.
pub async fn item_of<S: Storage + Clone + 'static>(world: &World<S>, kind: FactorKind) -> ItemId {
    let status = world.verifier.status(&world.alice).await.unwrap();
    if kind == FactorKind::Pin {
        return *status.pin().expect("a PIN is set").id();
    }
    let found = status.factors().iter().find(|factor| factor.kind() == kind);
    *found.expect("a factor of this kind is enrolled").id()
}

/// A fresh sign-in with the app.
pub async fn fresh<S: Storage + Clone + 'static>(world: &World<S>, app: &App) -> Verified {
    fresh_for(world, app, Operation::SignIn).await.verified()
}

/// A fresh proof with the app, for `operation`.
pub async fn fresh_for<S: Storage + Clone + 'static>(
    world: &World<S>,
    app: &App,
    operation: Operation,
) -> Answer {
    world.clock.advance(30);
    let code = app.code(&world.clock);
    world.verifier.prove_for(&world.alice, operation, Proof::totp(&code)).await.unwrap()
}

/// A moment for an application that drives the core by hand.
pub fn moment(now: UnixTime) -> Moment {
    Moment::new(now, [7; 32])
}

/// Opens the subject for such an application, after a password; the record must need no repair.
pub fn opened<'a>(
    keys: &'a Keys,
    policy: &'a Policy,
    id: &SubjectId,
    record: Option<&Record>,
    now: UnixTime,
) -> Subject<'a> {
    match Subject::open(keys, policy, id, record, moment(now)).unwrap() {
        Opened::Ready(subject) => subject.after(&FirstFactor::Password),
        Opened::NeedsRepair(_) | Opened::RolledBack(_) => panic!("the record needs repair"),
    }
}

/// Reserves a send by hand, out of unused budgets.
pub fn paid(keys: &Keys, policy: &Policy, mut reserved: Reservation, now: UnixTime) -> Reservation {
    while let Some(charge) = reserved.next() {
        let decided = charge.apply(keys, policy, None, moment(now)).unwrap().unwrap();
        // A decoy expects a version although there is no record.
        let is_decoy = decided.expected().is_some();
        let answer = if is_decoy { Swap::Conflict } else { Swap::Commit };
        let Settled::Done { outcome, .. } = decided.settle(answer) else {
            panic!("the decision is settled")
        };
        reserved = outcome.unwrap();
    }
    reserved
}

/// The app on the user's phone.
pub struct App(Totp);

impl App {
    pub fn scan(text: &str) -> Self {
        Self(Totp::new(&Secret::from_base32(text).unwrap()))
    }

    pub fn code(&self, clock: &ManualClock) -> String {
        self.0.code(clock.time()).unwrap().expose().to_owned()
    }

    pub fn code_at(&self, step: u64) -> String {
        self.0.code_at(Step::new(step)).expose().to_owned()
    }

    pub fn step(&self, clock: &ManualClock) -> u64 {
        self.0.step(clock.time()).unwrap().get()
    }

    /// A code that is incorrect in the whole window.
    pub fn incorrect(&self, clock: &ManualClock) -> String {
        let now = self.step(clock);
        let correct: Vec<String> =
            (now.saturating_sub(2)..=now + 2).map(|step| self.code_at(step)).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !correct.contains(code)).unwrap()
    }
}

pub fn code_of(message: &Message) -> String {
    message.code().expect("the message carries a code").expose().to_owned()
}

/// A different code of the same length.
pub fn not(code: &str) -> String {
    code.chars().map(|c| if c == '0' { '1' } else { '0' }).collect()
}

pub fn reason<T>(answer: Result<T, Error>) -> Reason {
    let error = answer.err().expect("the call must be refused");
    error.reason().unwrap_or_else(|| panic!("{error:?} is not a denial"))
}
