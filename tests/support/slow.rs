//! A subject with slow factors, and a controlled offload.

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::sync::{Arc, Mutex, OnceLock};

use second_factor::{
    BackupCodes, CodeRequest, Error, FactorKind, FirstFactor, Handle, Keys, MemoryStorage, Policy,
    Proof, Secret, Storage, Verified, Verifier, block_on,
    enrollment::Import,
    host::{Event, Job, Offload},
    otp::TotpParameters,
    policy::PolicyBuilder,
    purpose::Operation,
    sans_io::{Moment, Opened, Subject},
    testkit::SeededEntropy,
};

use super::answer::Prove as _;
use super::{App, ROOT, World, mail, prove};

pub const PIN: &str = "493817";
pub const INCORRECT_PIN: &str = "905213";
/// A backup code without the selector of any code.
pub const INCORRECT_CODE: &str = "0000-0000-0000-0000";
pub const DAY: u64 = 24 * 60 * 60;

pub fn cheap() -> Policy {
    builder().build().unwrap()
}

pub fn builder() -> PolicyBuilder {
    Policy::builder().danger_cheap_hashes()
}

/// The codes in their printed form.
pub fn printed(codes: BackupCodes) -> Vec<String> {
    codes.expose().iter().map(|code| code.expose().to_owned()).collect()
}

/// An incorrect backup code that has the selector of a code of Alice, and so takes a slow check.
pub fn near_code<S: Storage + Clone + 'static>(world: &World<S>) -> String {
    let (keys, policy) = (Keys::new(ROOT), cheap());
    let loaded = block_on(world.store.load(&keys.subject_record(&world.alice)));
    let record = loaded.ok().flatten().expect("Alice has backup codes");
    let has_selector = |typed: &String| {
        let moment = Moment::new(world.clock.time(), [1; 32]);
        let opened = Subject::open(&keys, &policy, &world.alice, Some(&record), moment);
        let Ok(Opened::Ready(subject)) = opened else { panic!("the record needs repair") };
        let subject = subject.after(&FirstFactor::Password);
        let decided = subject.verify(Operation::SignIn, &Proof::backup_code(typed));
        // Without the selector, it is refused by a swap that cannot commit, even under a lock.
        decided.is_ok_and(|decided| decided.expected() == Some(record.version()))
    };
    (1..1 << 20).map(|number| format!("{number:016}")).find(has_selector).unwrap()
}

/// What happens to a slow check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Done,
    Held,
    Lost,
    Panics,
}

/// The offload that runs slow checks. Clones share the same fate.
#[derive(Clone, Debug)]
pub struct ControlledOffload(Arc<Mutex<Fate>>);

impl ControlledOffload {
    pub fn set(&self, fate: Fate) {
        *self.0.lock().unwrap() = fate;
    }

    fn fate(&self) -> Fate {
        *self.0.lock().unwrap()
    }
}

impl Offload for ControlledOffload {
    async fn run(&self, work: Job) {
        poll_fn(|_| if self.fate() == Fate::Held { Poll::Pending } else { Poll::Ready(()) }).await;
        match self.fate() {
            Fate::Done | Fate::Held => work(),
            Fate::Lost => drop(work),
            Fate::Panics => {
                let dies = move || {
                    let _work = work;
                    std::panic::resume_unwind(Box::new("a worker panics"))
                };
                assert!(std::thread::spawn(dies).join().is_err());
            }
        }
    }
}

/// A subject with an app and one slow factor, whose slow checks are offloaded.
pub struct Alice<S: Storage + Clone + 'static = MemoryStorage> {
    pub world: World<S>,
    pub app: App,
    pub offload: ControlledOffload,
    pub codes: Vec<String>,
    pub proof: Verified,
    near: OnceLock<String>,
}

impl Alice {
    /// With backup codes and no PIN.
    pub async fn with_codes() -> Self {
        Self::codes_over(MemoryStorage::new(), cheap()).await
    }

    /// With imported backup codes and no PIN.
    pub async fn with_imported_codes() -> Self {
        Self::imported_over(MemoryStorage::new(), cheap()).await
    }

    /// With backup codes, a proven mailbox and a PIN.
    pub async fn with_mail() -> Self {
        let mut alice = Self::with_codes().await;
        let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
        alice.world.verifier.set_pin(&alice.proof, PIN).await.unwrap();
        let due = alice.due().await;
        alice.proof = alice.try_pin(&due, PIN).await.unwrap();
        let _ = (alice.world.log.take(), alice.notice_events());
        alice
    }

    /// With a PIN and no backup codes.
    pub async fn with_pin() -> Self {
        Self::pin_over(MemoryStorage::new(), cheap()).await
    }
}

impl<S: Storage + Clone + 'static> Alice<S> {
    pub async fn codes_over(store: S, policy: Policy) -> Self {
        let mut alice = Self::over(store, policy).await;
        let codes = alice.world.verifier.new_backup_codes(&alice.proof).await.unwrap();
        alice.codes = printed(codes);
        let _ = alice.world.log.take();
        alice
    }

    pub async fn pin_over(store: S, policy: Policy) -> Self {
        let mut alice = Self::over(store, policy).await;
        alice.world.verifier.set_pin(&alice.proof, PIN).await.unwrap();
        let due = alice.due().await;
        alice.proof = alice.try_pin(&due, PIN).await.unwrap();
        let _ = alice.world.log.take();
        alice
    }

    /// With an imported app and imported backup codes, whose failures are counted.
    pub async fn imported_over(store: S, policy: Policy) -> Self {
        let (world, offload) = offloading(store, policy);
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let codes: Vec<String> = (0..10).map(|n| format!("{n:02}abcd-efgh{n:02}")).collect();
        let import = Import::new().totp(&secret, TotpParameters::new(), None).unwrap();
        let import = import.backup_codes(codes.iter().map(String::as_str)).unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let app = App::scan(secret.expose_base32().expose());
        world.clock.advance(30);
        let proof = world.try_app(&app.code(&world.clock)).await.unwrap();
        world.clock.advance(30);
        let _ = world.log.take();
        Self { world, app, offload, codes, proof, near: OnceLock::new() }
    }

    /// With an app alone.
    pub async fn over(store: S, policy: Policy) -> Self {
        let (world, offload) = offloading(store, policy);
        let (app, proof) = world.with_settled_app().await;
        Self { world, app, offload, codes: Vec::new(), proof, near: OnceLock::new() }
    }

    /// Signs in with the app up to the PIN step.
    pub async fn due(&self) -> Handle {
        self.due_for(Operation::SignIn).await
    }

    pub async fn due_for(&self, purpose: Operation) -> Handle {
        self.world.clock.advance(30);
        let code = self.app.code(&self.world.clock);
        let proof = Proof::totp(&code);
        let answer = self.world.verifier.prove_for(&self.world.alice, purpose, proof).await;
        *answer.unwrap_err().pending_pin().expect("the PIN is due")
    }

    pub async fn try_pin(&self, due: &Handle, typed: &str) -> Result<Verified, Error> {
        self.world.verifier.verify(&self.world.alice, Proof::pin(due, typed)).await
    }

    pub async fn try_backup(&self, typed: &str) -> Result<Verified, Error> {
        self.world.verifier.verify(&self.world.alice, Proof::backup_code(typed)).await
    }

    /// An incorrect backup code that takes a slow check. The codes must not be locked at first.
    pub fn near(&self) -> &str {
        self.near.get_or_init(|| near_code(&self.world))
    }

    /// Whether a sign-in with the app requires the PIN.
    pub async fn is_asked_for_pin(&self) -> bool {
        self.world.clock.advance(30);
        match self.world.try_app(&self.app.code(&self.world.clock)).await {
            Ok(_) => false,
            Err(error) if error.pending_pin().is_some() => true,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Requests a code that removes the PIN.
    pub async fn send_reset(&self) -> (Handle, String) {
        let (verifier, id) = (&self.world.verifier, &self.world.alice);
        let sent = verifier
            .send_code(id, CodeRequest::to_address(&mail()).purpose(Operation::ResetPin))
            .await
            .unwrap();
        (*sent.handle(), self.world.read_code())
    }

    /// The events of the notices received.
    pub fn notice_events(&self) -> Vec<Event> {
        self.world.notices().into_iter().map(|(event, _)| event).collect()
    }

    /// Fails with the PIN `count` times, waiting out each lock.
    pub async fn fail_pin(&self, count: usize) {
        let mut failed = 0;
        while failed < count {
            let due = self.due().await;
            match self.try_pin(&due, INCORRECT_PIN).await.unwrap_err() {
                error if error.denial().unwrap().reason().is_counted() => failed += 1,
                error => self.world.clock.set(error.retry_at().unwrap().as_secs()),
            }
        }
    }

    /// Fails with backup codes `count` times, waiting out each lock.
    pub async fn fail_backup(&self, count: usize) {
        for _ in 0..count {
            self.world.wait_out(Operation::SignIn, FactorKind::BackupCode).await;
            let error = self.try_backup(self.near()).await.unwrap_err();
            assert!(error.denial().unwrap().reason().is_counted());
        }
    }

    /// The failures before the one reported success with this kind of factor.
    pub fn failures_before_success(&self, kind: FactorKind) -> u32 {
        let events = self.world.log.take();
        let verified =
            events.iter().filter(|event| matches!(event, Event::Verified(of, _) if *of == kind));
        assert_eq!(verified.count(), 1, "{events:?}");
        let failures = events.iter().find_map(|event| match event {
            Event::SuccessAfterFailures(of, failures) if *of == kind => Some(*failures),
            _ => None,
        });
        failures.unwrap_or(0)
    }
}

/// Polls `future` up to `times` times. Returns its output, if it completed.
pub fn poll<F: Future + ?Sized>(mut future: Pin<&mut F>, times: usize) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// The number of times that `event` is among `events`.
pub fn count(events: &[Event], event: &Event) -> usize {
    events.iter().filter(|one| *one == event).count()
}

/// A world whose slow checks are offloaded.
fn offloading<S: Storage + Clone + 'static>(
    store: S,
    policy: Policy,
) -> (World<S>, ControlledOffload) {
    let mut world = World::over(store, policy.clone());
    let offload = ControlledOffload(Arc::new(Mutex::new(Fate::Done)));
    world.verifier =
        Verifier::builder("Example", world.store.clone(), world.phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(world.clock.clone())
            .entropy(SeededEntropy::new(5))
            .listener(world.log.clone())
            .offload(offload.clone())
            .build()
            .unwrap();
    (world, offload)
}
