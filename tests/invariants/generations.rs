//! Generations of keys: open, seal, reseal, drop, and back.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;
use std::sync::Mutex;

use crate::support::{
    App, NOON, ROOT, World,
    answer::Prove as _,
    devices::{DAY, NotRecognized, approve, recognize, redeem, request, rotate},
    item_of, moment, not, opened, prove, reason,
};
use second_factor::{
    Address, Challenge, Client, CodeRequest, Error, FactorKind, FirstFactor, Grant, Handle, Keys,
    NewDevice, Policy, Proof, Purpose, Reason, Secret, SubjectId, Verified, Verifier, block_on,
    enrollment::{HotpToken, NewSecurityKey},
    host::Event,
    otp::{self, Hotp},
    proof::{Ceremony, SecurityKeyOutcome, SignInRequest},
    storage::{Record, Storage as _, Version},
    testkit::SeededEntropy,
};

const A_DAY: Duration = Duration::from_secs(DAY);
const PIN: &str = "493817";
const TOKEN: &[u8] = b"12345678901234567890";

pub(crate) const SECOND: [u8; 32] = *b"another root of thirty-two bytes";

/// The keys of one deployment of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Before,
    Opens,
    Seals,
    Dropped,
    /// Dropped, and the pepper of the first generation was kept.
    DroppedWithPepper,
    ReplacesLeaked,
}

impl Step {
    pub(crate) fn keys(self) -> Keys {
        let (first, names) = (|| Keys::new(ROOT), Keys::naming_key(&ROOT));
        match self {
            Self::Before => first(),
            Self::Opens => first().opening(2, SECOND).unwrap(),
            Self::Seals => first().sealing(2, SECOND).unwrap(),
            Self::Dropped => Keys::named_by(names, 2, SECOND).unwrap(),
            Self::DroppedWithPepper => {
                Self::Dropped.keys().retired_pepper(1, Keys::pepper_key(&ROOT)).unwrap()
            }
            Self::ReplacesLeaked => Self::Seals.keys().replacing_leaked(1).unwrap(),
        }
    }
}

/// The same application after a deployment with these keys.
pub(crate) fn deploy(world: &mut World, step: Step) {
    let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
    world.verifier =
        Verifier::builder("Example", world.store.clone(), world.phone.clone(), step.keys())
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(world.clock.clone())
            .entropy(SeededEntropy::new(world.clock.time().as_secs() - NOON + 2))
            .listener(world.log.clone())
            .build()
            .unwrap();
}

/// A subject with every kind of factor, under generation 1.
struct Alice {
    world: World,
    app: App,
    codes: Vec<String>,
    /// The token that a trusted device stores.
    device: Mutex<String>,
}

impl Alice {
    async fn enrolled() -> Self {
        let mut world = World::new();
        deploy(&mut world, Step::Before);
        let (app, verified) = world.with_settled_app().await;
        let _ = prove(&world, &verified, &world.number).await.unwrap();
        let token = HotpToken::new(&Secret::new(TOKEN).unwrap());
        let enrollment = world.verifier.enroll_hotp(&verified, &token).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await.unwrap();
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"credential").unwrap();
        let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let mut alice = Self { world, app, codes, device: Mutex::default() };
        let due = alice.sign_in_until_pin().await;
        let proof = Proof::pin(due, PIN).trusting(NewDevice::new("Firefox, Lisbon"));
        let verified = alice.world.verifier.verify(&alice.world.alice, proof).await.unwrap();
        alice.device.get_mut().unwrap().push_str(verified.device_token().unwrap().expose());
        let _ = alice.world.log.take();
        alice
    }

    async fn try_pin(&self, due: Result<Verified, Error>) -> Verified {
        let due =
            *due.unwrap_err().pending_pin().expect("the proof was correct and the PIN is due");
        let proof = Proof::pin(due, PIN);
        self.world.verifier.verify(&self.world.alice, proof).await.unwrap()
    }

    async fn sign_in_until_pin(&self) -> Handle {
        self.world.clock.advance(30);
        let error = self.world.try_app(&self.app.code(&self.world.clock)).await.unwrap_err();
        *error.pending_pin().expect("the PIN is due")
    }

    async fn try_app(&self) -> Verified {
        self.world.clock.advance(30);
        self.try_pin(self.world.try_app(&self.app.code(&self.world.clock)).await).await
    }

    /// Signs in once with each factor, the `round`-th time.
    async fn signs_in_with_everything(&self, round: usize) {
        self.signs_in_without_backup_code(round).await;
        let proof = Proof::backup_code(&self.codes[round]);
        let _ = self.try_pin(self.verify(proof).await).await;
    }

    async fn signs_in_without_backup_code(&self, round: usize) {
        let world = &self.world;
        let _ = self.try_app().await;
        let (sent, typed) = world.send_to(&world.number).await;
        let _ = self.try_pin(world.try_code(&sent, &typed).await).await;
        let _ = self.try_pin(self.verify(Proof::hotp(token_code(round as u64 + 1))).await).await;
        let begun = world.verifier.begin_security_key(&world.alice, b"state").await.unwrap();
        let _ = self.try_pin(self.verify(answered(&begun)).await).await;
        let mut token = self.device.lock().unwrap().clone();
        rotate(world, &mut token).await;
        *self.device.lock().unwrap() = token;
    }

    async fn verify(&self, proof: Proof) -> Result<Verified, Error> {
        self.world.verifier.verify(&self.world.alice, proof).await
    }

    /// Begins what the user completes on the next page.
    async fn begin(&self) -> Begun {
        let (world, alice) = (&self.world, &self.world.alice);
        let verified = self.try_app().await;
        let (sent, typed) = world.send_to(&world.number).await;
        let client = || Client::new([7; 16]).unwrap();
        let there = world.verifier.for_client(client());
        let request = request(world).await;
        Begun {
            grant: world.verifier.grant(&verified).unwrap(),
            due: self.sign_in_until_pin().await,
            ceremony: there.begin_security_key(alice, b"state").await.unwrap(),
            passkey: there.begin_passkey(b"state").unwrap(),
            sent: (sent, typed),
            request,
            client: client(),
        }
    }

    /// Completes what began before a deployment.
    async fn complete(&self, begun: Begun) {
        let (world, alice) = (&self.world, &self.world.alice);
        let Begun { grant, ceremony, passkey, due, sent, request, client } = begun;
        let there = world.verifier.for_client(client);
        let passkey = there.open_passkey(passkey.expose()).unwrap();
        assert!(world.verifier.open_passkey(passkey.expose()).is_err(), "it is of another client");
        assert!(world.verifier.ceremony(alice, ceremony.expose()).await.is_err());
        let result = there.verify(alice, answered(&ceremony)).await;
        let there_due = *result.unwrap_err().pending_pin().expect("the PIN is due");
        let elsewhere = self.verify(Proof::pin(there_due, PIN)).await;
        assert!(elsewhere.is_err(), "the partial proof is of another client");
        let _ = there.verify(alice, Proof::pin(there_due, PIN)).await.unwrap();
        let _ = self.verify(Proof::pin(due, PIN)).await.unwrap();
        let device = self.device.lock().unwrap().clone();
        approve(world, &device, &request).await.unwrap();
        let _ = self.try_pin(redeem(world, &request).await).await;
        let (sent, typed) = sent;
        assert!(world.try_code(&sent, &not(&typed)).await.unwrap_err().pending_pin().is_none());
        let _ = self.try_pin(world.try_code(&sent, &typed).await).await;
        assert!(world.try_code(&sent, &typed).await.is_err(), "it is accepted once");
        world.verifier.check_grant(&grant, Purpose::StepUp, A_DAY).await.unwrap();
    }

    /// Deploys a step. What began before it is completed after it.
    async fn deploy(&mut self, step: Step) {
        // The budgets of the number fill otherwise.
        self.world.clock.advance(DAY);
        let begun = self.begin().await;
        deploy(&mut self.world, step);
        self.complete(begun).await;
    }

    fn rotations(&self) -> usize {
        let events = self.world.log.take();
        events.iter().filter(|event| **event == Event::KeyRotated).count()
    }

    /// The number of the generation that sealed the record.
    fn sealed_with(&self) -> u32 {
        let id = self.world.verifier.operations().record_id(&self.world.alice);
        let record = block_on(self.world.store.load(&id)).unwrap().unwrap();
        u32::from_be_bytes(record.bytes()[1..5].try_into().unwrap()) + 1
    }
}

/// The code of the token at that counter.
fn token_code(counter: u64) -> String {
    let secret = Secret::new(TOKEN).unwrap();
    Hotp::new(&secret).code(otp::Step::new(counter)).expose().to_owned()
}

/// The answer of the only key, which has verified its user.
fn answered(ceremony: &Ceremony) -> Proof {
    let key = *ceremony.keys().first().expect("a key is enrolled").id();
    Proof::security_key(ceremony, SecurityKeyOutcome::passed(&key, b"used"))
}

/// What began before a deployment.
struct Begun {
    grant: Grant,
    ceremony: Ceremony,
    passkey: Ceremony,
    due: Handle,
    sent: (Challenge, String),
    request: SignInRequest,
    client: Client,
}

/// Each step of a deployment, and back by one step from each.
#[test]
fn every_factor_works_after_each_step_and_after_its_rollback() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let steps = [
            (Step::Opens, 1),
            (Step::Before, 1),
            (Step::Opens, 1),
            (Step::Seals, 2),
            (Step::Opens, 1),
            (Step::Seals, 2),
            (Step::DroppedWithPepper, 2),
            (Step::Seals, 2),
            (Step::DroppedWithPepper, 2),
        ];
        for (round, (step, sealed_with)) in steps.into_iter().enumerate() {
            alice.deploy(step).await;
            alice.signs_in_with_everything(round).await;
            assert_eq!(alice.sealed_with(), sealed_with, "{step:?}");
        }
        // The PIN was hashed again, and needs no pepper of the first generation.
        alice.deploy(Step::Dropped).await;
        alice.signs_in_without_backup_code(steps.len()).await;
        let next = Proof::backup_code(&alice.codes[steps.len()]);
        assert_eq!(reason(alice.verify(next).await), Reason::Disabled);
        // They are generated again.
        let verified = alice.try_app().await;
        let codes = alice.world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        let _ = alice.try_pin(alice.verify(Proof::backup_code(codes[0].expose())).await).await;
        let again = alice.verify(Proof::backup_code(codes[0].expose())).await;
        assert_eq!(reason(again), Reason::Replayed);
    });
}

#[test]
fn pin_is_hashed_again_when_it_is_correct() {
    block_on(async {
        for step in [Step::Seals, Step::DroppedWithPepper] {
            for by_rehearsal in [false, true] {
                let mut alice = Alice::enrolled().await;
                deploy(&mut alice.world, Step::Seals);
                // An incorrect PIN, and a write without it, do not hash it again.
                let due = alice.sign_in_until_pin().await;
                assert_eq!(
                    reason(alice.verify(Proof::pin(due, "804162")).await),
                    Reason::Incorrect
                );
                alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
                deploy(&mut alice.world, Step::Dropped);
                let due = alice.sign_in_until_pin().await;
                assert_eq!(reason(alice.verify(Proof::pin(due, PIN)).await), Reason::Disabled);
                deploy(&mut alice.world, step);
                let due = alice.sign_in_until_pin().await;
                if by_rehearsal {
                    alice.world.verifier.rehearse_pin(&alice.world.alice, PIN).await.unwrap();
                } else {
                    let _ = alice.verify(Proof::pin(due, PIN)).await.unwrap();
                }
                deploy(&mut alice.world, Step::Dropped);
                let due = alice.sign_in_until_pin().await;
                assert_eq!(
                    reason(alice.verify(Proof::pin(due, "804162")).await),
                    Reason::Incorrect
                );
                let _ = alice.try_app().await;
            }
        }
    });
}

#[test]
fn leaked_root_opens_records_and_no_texts() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let begun = alice.begin().await;
        deploy(&mut alice.world, Step::ReplacesLeaked);
        let (world, subject) = (&alice.world, &alice.world.alice);
        let there = world.verifier.for_client(begun.client.clone());
        assert!(world.verifier.check_grant(&begun.grant, Purpose::StepUp, A_DAY).await.is_err());
        assert!(there.open_passkey(begun.passkey.expose()).is_err());
        assert!(there.verify(subject, answered(&begun.ceremony)).await.is_err());
        let token = alice.device.lock().unwrap().clone();
        let device = recognize(world, &token).await;
        assert_eq!(device.err(), Some(NotRecognized::Invalid), "a factor is asked for");
        // What the record contains stays, and no device is reported as stolen.
        let (sent, typed) = &begun.sent;
        let _ = alice.try_pin(world.try_code(sent, typed).await).await;
        let proof = Proof::backup_code(&alice.codes[0]);
        let _ = alice.try_pin(alice.verify(proof).await).await;
        assert!(!world.log.take().contains(&Event::DeviceStolen));
        // Texts of the new generation open.
        let grant = world.verifier.grant(&alice.try_app().await).unwrap();
        world.verifier.check_grant(&grant, Purpose::StepUp, A_DAY).await.unwrap();
    });
}

/// A client that the owner reported stays blocked, and the last registration stays known.
#[test]
fn blocked_client_stays_blocked_over_each_step() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let number = alice.world.number.clone();
        let stranger = || Client::new([8; 16]).unwrap();
        let register = CodeRequest::register(&number);
        let there = alice.world.verifier.for_client(stranger());
        let _ = there.send_code(&alice.world.alice, register.clone()).await.unwrap();
        alice.world.verifier.report_unrequested(&alice.world.alice).await.unwrap();
        for step in [Step::Before, Step::Opens, Step::Seals, Step::ReplacesLeaked, Step::Opens] {
            deploy(&mut alice.world, step);
            let there = alice.world.verifier.for_client(stranger());
            let asked = there.send_code(&alice.world.alice, register.clone()).await;
            assert_eq!(reason(asked), Reason::ReportedByOwner, "{step:?}");
            alice.world.clock.advance(3600);
        }
    });
}

#[test]
fn client_that_registered_last_is_the_same_over_each_step() {
    block_on(async {
        let mut world = World::new();
        let client = || Client::new([7; 16]).unwrap();
        let mut epochs = Vec::new();
        for step in [Step::Before, Step::Opens, Step::Seals, Step::Opens] {
            deploy(&mut world, step);
            let there = world.verifier.for_client(client());
            let request = CodeRequest::register(&world.number);
            let sent = there.send_code(&world.alice, request).await.unwrap();
            let proof = Proof::sent_code(&sent, world.read_code());
            let registered = there.register(&world.alice, proof).await.unwrap();
            epochs.push(registered.epoch());
            world.clock.advance(DAY);
        }
        assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    });
}

#[test]
fn rotation_by_reseal_keeps_every_factor() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, Step::Opens);
        alice.signs_in_with_everything(0).await;
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0), "it does not seal yet");
        deploy(&mut alice.world, Step::Seals);
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        assert_eq!((alice.sealed_with(), alice.rotations()), (2, 1));
        alice.world.clock.advance(DAY);
        alice.signs_in_with_everything(1).await;
        deploy(&mut alice.world, Step::Dropped);
        alice.world.clock.advance(DAY);
        alice.signs_in_without_backup_code(2).await;
        assert_eq!(alice.rotations(), 0);
    });
}

#[test]
fn counted_failure_rotates_and_refusal_does_not() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, Step::Seals);
        let spent = alice.app.code_at(alice.app.step(&alice.world.clock) - 1);
        assert!(alice.world.try_app(&spent).await.is_err());
        assert!(alice.world.verifier.next(&alice.world.alice).await.is_ok());
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0), "nothing was written");
        assert!(alice.world.try_app(&alice.app.incorrect(&alice.world.clock)).await.is_err());
        assert_eq!((alice.sealed_with(), alice.rotations()), (2, 1));
    });
}

#[test]
fn repeated_reseal_is_reported_once() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, Step::Seals);
        for _ in 0..2 {
            alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        }
        assert_eq!(alice.rotations(), 1);
    });
}

#[test]
fn process_with_older_keys_reports_no_rotation() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, Step::Seals);
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        assert_eq!(alice.rotations(), 1);
        deploy(&mut alice.world, Step::Opens);
        let _ = alice.try_app().await;
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0));
    });
}

#[test]
fn reseal_creates_no_record() {
    block_on(async {
        let mut world = World::new();
        deploy(&mut world, Step::Seals);
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        assert_eq!(world.log.take(), []);
        let record =
            world.store.load(&world.verifier.operations().record_id(&world.alice)).await.unwrap();
        assert!(record.is_none());
    });
}

#[test]
fn enrollment_begun_before_a_step_is_confirmed_after_it() {
    use Step::{Before, DroppedWithPepper, Opens, Seals};
    let pairs = [
        (Before, Opens),
        (Opens, Seals),
        (Seals, Opens),
        (Opens, Before),
        (Seals, DroppedWithPepper),
    ];
    block_on(async {
        for (from, to) in pairs {
            let mut world = World::new();
            deploy(&mut world, from);
            let client = || Client::new([7; 16]).unwrap();
            let there = world.verifier.for_client(client());
            let app = there.enroll_totp(&world.alice, "alice").await.unwrap();
            let code = App::scan(app.expose_secret().expose()).code(&world.clock);
            let begun = there.enroll_address(&world.alice, &world.number).await.unwrap();
            let first = world.read_code();
            deploy(&mut world, to);
            let there = world.verifier.for_client(client());
            let by_other = world.verifier.confirm(&world.alice, &begun, &first).await;
            assert_eq!(reason(by_other), Reason::OtherClient, "{from:?} {to:?}");
            let incorrect = there.confirm(&world.alice, &begun, &not(&first)).await;
            assert_eq!(reason(incorrect), Reason::Incorrect, "{from:?} {to:?}");
            let other = there.confirm(&world.alice, &app, &code).await;
            assert!(other.is_ok(), "{from:?} {to:?}");
        }
    });
}

/// A budget of a dropped generation counts as empty, and is overwritten at its version.
#[test]
fn budget_of_a_dropped_generation_counts_as_empty() {
    let (policy, now) = (Policy::default(), World::new().clock.time());
    let (alice, number) = (SubjectId::new("alice").unwrap(), World::new().number);
    let request = CodeRequest::register(&number);
    for kind in 0..2 {
        let charge = |step: Step, send: u8, record: Option<&Record>| {
            let keys = step.keys();
            let subject = opened(&keys, &policy, &alice, None, now);
            let charge = subject.plan(&request, [send; 16]).unwrap().charges().nth(kind).unwrap();
            let checked = charge.check(&keys, &policy, record, now);
            let applied = charge.apply(&keys, &policy, record, moment(now));
            assert_eq!(
                checked.as_ref().ok().map(Result::is_ok),
                applied.as_ref().ok().map(Result::is_ok)
            );
            applied
        };
        let mut record = None;
        let mut sends = 0;
        while let Ok(charged) = charge(Step::Before, sends, record.as_ref()).unwrap() {
            record = Some(charged.record().clone());
            sends += 1;
            assert!(sends < 200, "the budget has no limit");
        }
        let full = record.unwrap();
        let known = [Step::Before, Step::Opens, Step::Seals, Step::ReplacesLeaked];
        for step in known {
            assert!(charge(step, 201, Some(&full)).unwrap().is_err(), "{step:?}");
        }
        let again = charge(Step::Dropped, 201, Some(&full)).unwrap().unwrap();
        assert_eq!(again.expected(), Some(full.version()));
        let again = again.record().clone();
        assert!(charge(Step::Seals, 202, Some(&again)).unwrap().is_ok());
        // A later generation is an error where it is not known.
        assert!(charge(Step::Before, 202, Some(&again)).is_err());
        // So is a damaged one of a generation that is known.
        let moved = Record::new(Version::new(7), again.bytes().to_vec());
        assert!(charge(Step::Dropped, 202, Some(&moved)).is_err());
    }
}

#[test]
fn record_of_a_dropped_generation_is_unreadable() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let verified = alice.try_app().await;
        let due = alice.sign_in_until_pin().await;
        let (sent, typed) = alice.world.send_to(&alice.world.number).await;
        alice.world.clock.advance(30);
        let item = item_of(&alice.world, FactorKind::Totp).await;
        deploy(&mut alice.world, Step::Dropped);
        let id = alice.world.verifier.operations().record_id(&alice.world.alice);
        let before = alice.world.store.load(&id).await.unwrap();

        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let (subject, number) = (&world.alice, &world.number);
        let code = alice.app.code(&world.clock);
        let token = HotpToken::new(&Secret::new(TOKEN).unwrap());
        let other = Address::phone("+14155550111").unwrap();
        let sign_in = |proof| verifier.verify(subject, proof);
        let errors = [
            verifier.next(subject).await.err(),
            verifier.operations().create(subject).await.err(),
            verifier.operations().advance(subject).await.err(),
            sign_in(Proof::totp(&code)).await.err(),
            sign_in(Proof::hotp(token_code(1))).await.err(),
            sign_in(Proof::backup_code(&alice.codes[0])).await.err(),
            sign_in(Proof::sent_code(&sent, &typed)).await.err(),
            sign_in(Proof::pin(due, PIN)).await.err(),
            verifier.rehearse_pin(subject, PIN).await.err(),
            verifier.begin_pin_reset(subject, &due).await.err(),
            verifier.verify_pin_reset(subject, &due, &sent, &typed).await.err(),
            verifier.send_code(subject, CodeRequest::to_address(number)).await.err(),
            verifier.send_code(subject, CodeRequest::again(&sent)).await.err(),
            verifier.enroll_totp(subject, "mallory").await.err(),
            verifier.enroll_hotp(subject, &token).await.err(),
            verifier.enroll_address(&verified, &other).await.err(),
            verifier.confirm(subject, &due, &code).await.err(),
            verifier.new_backup_codes(&verified).await.err(),
            verifier.set_pin(&verified, "804162").await.err(),
            verifier.revoke(&verified, &item).await.err(),
            verifier.turn_off(&verified).await.err(),
        ];
        for (at, error) in errors.iter().enumerate() {
            assert!(matches!(error, Some(Error::Unreadable(_))), "{at}: {error:?}");
        }
        // The sentinel was not sealed again either.
        let resealed = verifier.operations().reseal(subject).await;
        assert!(matches!(resealed, Err(Error::WrongRoot)), "{resealed:?}");
        assert_eq!(world.store.load(&id).await.unwrap(), before, "nothing was written");
        assert!(world.got_no_code());
    });
}
