//! The user, over a store and an environment with armed faults.

use alloc::sync::Arc;
use core::time::Duration;

use super::{environment::FaultyHost, operation::Base};
use crate::support::answer::{Answer, Prove as _};
use crate::support::{
    App, NOON, ROOT, World,
    devices::{trust_by, visit},
    faulty::FaultyStorage,
    item_of, mail, prove,
    slow::{DAY, PIN, printed},
};
use second_factor::{
    Address, Error, FactorKind, FirstFactor, Handle, ItemId, Keys, NewDevice, Next, Policy, Proof,
    Secret, SignIn, Verifier,
    enrollment::{HotpToken, NewSecurityKey},
    host::{Listener, NotTaken, Occurrence},
    otp::{Hotp, Step},
    policy::Notices,
    purpose::{Agreement, Operation},
    status::WhatsApp,
    testkit::SeededEntropy,
};

pub const OTHER_PIN: &str = "285906";

/// The inputs of one operation.
#[derive(Default)]
pub struct Inputs {
    pub handle: Option<Handle>,
    pub due: Option<Handle>,
    pub item: Option<ItemId>,
    pub proof: Option<Answer>,
    /// The token of a trusted device.
    pub token: Option<String>,
    /// The text of a ceremony.
    pub ceremony: Option<String>,
    /// The input, and a second code where two are required.
    pub correct: (String, String),
    pub incorrect: (String, String),
}

/// A user, and what they hold.
pub struct User {
    pub world: World<FaultyStorage>,
    pub host: FaultyHost,
    pub other_number: Address,
    pub inputs: Arc<Inputs>,
    pub belongings: Belongings,
}

/// What a user holds.
#[derive(Clone, Default)]
pub struct Belongings {
    /// The secrets of their apps, the first confirmed one first.
    pub apps: Vec<String>,
    pub backup_codes: Vec<String>,
    /// The token of a trusted device, and its previous token.
    pub token: String,
    pub old_token: String,
}

/// The initial states, created once.
pub struct InitialStates {
    new: Snapshot,
    no_record: Snapshot,
    everything: Snapshot,
    pin: Snapshot,
}

/// A state, from which any number of users start.
pub struct Snapshot {
    store: FaultyStorage,
    now: u64,
    seed: u64,
    inputs: Arc<Inputs>,
    belongings: Belongings,
}

impl InitialStates {
    pub async fn new() -> Self {
        let new = User::over(FaultyStorage::default(), (NOON, 3), Notices::LeftToApplication);
        let new = with_a_new_app(new).await;
        let no_record = User::over(FaultyStorage::default(), (NOON, 1), Notices::LeftToApplication);
        let everything = with_everything().await;
        let pin = everything.snapshot();
        let pin = pin.user(Notices::LeftToApplication);
        let proof = pin.proof_for(Operation::Manage).await.unwrap();
        pin.world.verifier.set_pin(&proof, PIN).await.unwrap();
        Self {
            new: new.snapshot(),
            no_record: no_record.snapshot(),
            everything: everything.snapshot(),
            pin: pin.snapshot(),
        }
    }

    pub fn user(&self, base: Base, notices: Notices) -> User {
        match base {
            Base::Everything => self.everything.user(notices),
            Base::New => self.new.user(notices),
            Base::NoRecord => self.no_record.user(notices),
            Base::Pin => self.pin.user(notices),
        }
    }
}

impl Snapshot {
    /// The state of a user whose inputs are prepared.
    pub fn of_prepared(user: &User) -> Self {
        // Earlier random values must not repeat, even if no time passed since.
        Self { seed: !user.world.clock.time().as_secs(), ..user.snapshot() }
    }

    pub fn user(&self, notices: Notices) -> User {
        let mut user = User::over(self.store.copy(), (self.now, self.seed), notices);
        user.belongings = self.belongings.clone();
        user.inputs = Arc::clone(&self.inputs);
        user
    }
}

/// A user who enrolled an app and a phone some minutes ago.
async fn with_a_new_app(mut user: User) -> User {
    let (world, verifier) = (&user.world, &user.world.verifier);
    let enrollment = verifier.enroll_totp(&world.alice, "alice").await.unwrap();
    let text = enrollment.expose_secret().expose().to_owned();
    let code = App::scan(&text).code(&world.clock);
    let proof = verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
    let _ = world.with_phone(&proof).await;
    world.clock.advance(300);
    user.belongings = Belongings { apps: vec![text], ..Belongings::default() };
    user
}

/// A user with every factor but a PIN, and two devices, for four days.
async fn with_everything() -> User {
    let mut user = User::over(FaultyStorage::default(), (NOON, 2), Notices::LeftToApplication);
    let (world, verifier) = (&user.world, &user.world.verifier);
    let (clock, alice) = (&world.clock, &world.alice);
    let enrollment = verifier.enroll_totp(alice, "alice").await.unwrap();
    let text = enrollment.expose_secret().expose().to_owned();
    let code = App::scan(&text).code(clock);
    let proof = verifier.confirm(alice, &enrollment, &code).await.unwrap();
    let _ = world.with_phone(&proof).await;
    let phone = item_of(world, FactorKind::Phone).await;
    verifier.set_whatsapp(&proof, &phone, WhatsApp::Allowed).await.unwrap();
    clock.advance(60);
    let _ = prove(world, &proof, &mail()).await.unwrap();
    let token = verifier.enroll_hotp(&proof, &HotpToken::new(&secret())).await.unwrap();
    let _ = verifier.confirm(alice, &token, &token_code(0)).await.unwrap();
    let key = verifier.enroll_security_key(&proof, b"").await.unwrap();
    let blue = NewSecurityKey::new("blue", b"1").unwrap();
    let _ = verifier.confirm_security_key(alice, &key, blue).await.unwrap();
    let codes = printed(verifier.new_backup_codes(&proof).await.unwrap());
    let [one, two] = ["one", "two"].map(NewDevice::new);
    let one = one.with_push(&Address::push("mark").unwrap());
    let app = App::scan(&text);
    let old_token = trust_by(world, &app, one).await.unwrap();
    let _ = trust_by(world, &app, two).await.unwrap();
    // No device is new, and no budget is used up.
    clock.advance(4 * DAY);
    let mut token = old_token.clone();
    let _ = visit(world, &mut token).await;
    let _ = visit(world, &mut token).await;
    clock.advance(DAY / 12);
    user.belongings = Belongings { apps: vec![text], backup_codes: codes, token, old_token };
    user
}

impl User {
    /// Uses a new `seed` each time, because earlier random values must not repeat.
    ///
    /// The first incorrect attempt already locks for 30 s, so that every counted attempt is
    /// visible.
    fn over(store: FaultyStorage, (now, seed): (u64, u64), notices: Notices) -> Self {
        let policy = Policy::builder()
            .danger_cheap_hashes()
            .waits(1, Duration::from_secs(30))
            .notices(notices);
        let policy = policy.build().unwrap();
        let mut world = World::over(store, policy.clone());
        world.clock.set(now);
        let host = FaultyHost::new(&world.clock, seed);
        let (store, phone) = (world.store.clone(), world.phone.clone());
        world.verifier = Verifier::builder("Example", store, phone, Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(host.clone())
            .entropy(host.clone())
            .listener(world.log.clone())
            .build()
            .unwrap();
        let other_number = Address::phone("+14155550101").unwrap();
        Self {
            world,
            host,
            other_number,
            inputs: Arc::default(),
            belongings: Belongings::default(),
        }
    }

    /// Causes an event that the listener does not take.
    pub async fn prepare_pending_event(&self) {
        struct Full;
        impl Listener for Full {
            fn on_event(&self, _: &Occurrence) -> Result<(), NotTaken> {
                Err(NotTaken)
            }
        }
        let (store, phone) = (self.world.store.clone(), self.world.phone.clone());
        let other = Verifier::builder("Example", store, phone, Keys::new(ROOT))
            .policy(Policy::builder().danger_cheap_hashes().build().unwrap())
            .clock(self.host.clone())
            .entropy(SeededEntropy::new(77))
            .listener(Full)
            .build()
            .unwrap();
        let hour = Duration::from_secs(3600);
        let _ = other.support("Carol", "lost").issue_code(&self.world.alice, hour).await.unwrap();
        self.world.clock.advance(60);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            store: self.world.store.copy(),
            now: self.world.clock.time().as_secs(),
            seed: self.world.clock.time().as_secs(),
            inputs: Arc::clone(&self.inputs),
            belongings: self.belongings.clone(),
        }
    }

    /// Removes all faults.
    pub fn remove_faults(&self) {
        let _ = self.world.store.disarm();
        self.host.remove_faults();
    }

    pub fn code(&self) -> String {
        App::scan(&self.belongings.apps[0]).code(&self.world.clock)
    }

    /// A proof that authorizes factor changes, with the PIN if it is set, by a code that is used
    /// up.
    pub async fn proof_for(&self, purpose: Operation) -> Result<Answer, Error> {
        self.world.clock.advance(30);
        let code = self.code();
        let (verifier, alice) = (&self.world.verifier, &self.world.alice);
        let asked = verifier.prove_for(alice, purpose, Proof::totp(&code)).await;
        let proof = self.finish(purpose, asked).await?;
        self.world.clock.advance(30);
        Ok(proof)
    }

    /// Enters the PIN where it is due.
    async fn finish(
        &self,
        purpose: Operation,
        answer: Result<Answer, Error>,
    ) -> Result<Answer, Error> {
        let Some(due) = answer.as_ref().err().and_then(Error::pending_pin).copied() else {
            return answer;
        };
        // It may have been changed.
        let mut answer = answer;
        for pin in [PIN, PIN, OTHER_PIN, OTHER_PIN] {
            answer = match self.prove(purpose, Proof::pin(due, pin)).await {
                Ok(verified) => return Ok(verified),
                Err(error) => Err(error),
            };
            self.wait(answer.as_ref().err());
        }
        answer
    }

    async fn prove(&self, purpose: Operation, proof: Proof) -> Result<Answer, Error> {
        self.world.verifier.prove_for(&self.world.alice, purpose, proof).await
    }

    /// Waits until the retry time of an error.
    fn wait(&self, error: Option<&Error>) {
        if let Some(time) = error.and_then(Error::retry_at) {
            self.world.clock.set(time.as_secs());
        }
    }

    /// Whether one of the user's apps signs in; any of them may be the enrolled one.
    pub async fn signs_in_by_app(&self) -> bool {
        for text in &self.belongings.apps {
            let app = App::scan(text);
            // One lock of the app, one of the PIN, and a used code.
            for _ in 0..4 {
                let answer = self.world.try_app(&app.code(&self.world.clock)).await;
                match self.finish(Operation::SignIn, answer.map(Answer::Verified)).await {
                    Ok(_) => return true,
                    Err(error) => match error.retry_at() {
                        Some(time) => self.world.clock.set(time.as_secs()),
                        None => self.world.clock.advance(30),
                    },
                }
            }
        }
        false
    }

    pub async fn signs_in_by_phone(&self) -> bool {
        let (sent, code) = self.world.send_to(&self.world.number).await;
        let answer = self.world.try_code(&sent, &code).await.map(Answer::Verified);
        self.finish(Operation::SignIn, answer).await.is_ok()
    }

    /// Enrolls an app on the application's assertion, where no factor is enrolled.
    pub async fn enrolls_again(&self) -> bool {
        let (verifier, alice) = (&self.world.verifier, &self.world.alice);
        let Ok(enrollment) = verifier.enroll_totp(alice, "alice").await else { return false };
        let code = App::scan(enrollment.expose_secret().expose()).code(&self.world.clock);
        verifier.confirm(alice, &enrollment, &code).await.is_ok()
    }

    pub async fn is_unprotected(&self) -> bool {
        let next = self.world.verifier.next(&self.world.alice).await;
        matches!(next.unwrap(), Next::Done(SignIn::Unprotected(_)))
    }
}

pub fn agreement() -> Agreement {
    Agreement::new([("amount", "25.00 EUR"), ("payee", "Bob")]).unwrap()
}

/// The secret of the HOTP token and of the imported app.
pub fn secret() -> Secret {
    Secret::new(b"12345678901234567890").unwrap()
}

/// The code that the token token_code at that counter.
pub fn token_code(counter: u64) -> String {
    Hotp::new(&secret()).code(Step::new(counter)).expose().to_owned()
}
