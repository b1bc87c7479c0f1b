//! Rotation of sealing keys: open, seal, reseal, drop.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Mutex;

use crate::support::answer::Prove as _;
use crate::support::{App, NOON, ROOT, World, devices::visit, fresh, item_of, not, prove};
use second_factor::{
    Address, CodeRequest, Error, FactorKind, FirstFactor, Handle, Keys, NewDevice, Policy, Proof,
    Secret, Verified, Verifier, block_on,
    enrollment::HotpToken,
    host::Event,
    otp::{Hotp, Step},
    storage::Storage as _,
    testkit::SeededEntropy,
};

const PIN: &str = "493817";
const TOKEN: &[u8] = b"12345678901234567890";

fn key(n: u8) -> [u8; 32] {
    core::array::from_fn(|i| n.wrapping_mul(i as u8))
}

fn only(id: u32) -> Keys {
    Keys::new(ROOT).sealing(id, key(3 + id as u8)).unwrap()
}

fn first_that_opens_the_second() -> Keys {
    only(1).opening(2, key(5)).unwrap()
}

fn both() -> Keys {
    only(1).sealing(2, key(5)).unwrap()
}

/// The same application after a deployment with these keys.
fn deploy(world: &mut World, keys: Keys) {
    let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
    world.verifier = Verifier::builder("Example", world.store.clone(), world.phone.clone(), keys)
        .first_factor(FirstFactor::Password)
        .policy(policy)
        .clock(world.clock.clone())
        .entropy(SeededEntropy::new(world.clock.time().as_secs() - NOON + 2))
        .listener(world.log.clone())
        .build()
        .unwrap();
}

/// A subject with every kind of factor, under key 1.
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
        deploy(&mut world, only(1));
        let (app, verified) = world.with_settled_app().await;
        let _ = prove(&world, &verified, &world.number).await.unwrap();
        let token = HotpToken::new(&Secret::new(TOKEN).unwrap());
        let enrollment = world.verifier.enroll_hotp(&verified, &token).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await.unwrap();
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
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
        let (world, verifier) = (&self.world, &self.world.verifier);
        let _ = self.try_app().await;
        let (sent, typed) = world.send_to(&world.number).await;
        let _ = self.try_pin(world.try_code(&sent, &typed).await).await;
        let typed = token_code(round as u64 + 1);
        let _ = self.try_pin(verifier.verify(&world.alice, Proof::hotp(&typed)).await).await;
        let proof = Proof::backup_code(&self.codes[round]);
        let _ = self.try_pin(verifier.verify(&world.alice, proof).await).await;
        let mut token = self.device.lock().unwrap().clone();
        let _ = visit(world, &mut token).await;
        *self.device.lock().unwrap() = token;
    }

    fn rotations(&self) -> usize {
        let events = self.world.log.take();
        events.iter().filter(|event| **event == Event::KeyRotated).count()
    }

    /// The id of the key that sealed the record.
    fn sealed_with(&self) -> u32 {
        let id = self.world.verifier.operations().record_id(&self.world.alice);
        let record = block_on(self.world.store.load(&id)).unwrap().unwrap();
        u32::from_be_bytes(record.bytes()[1..5].try_into().unwrap())
    }
}

/// The code that the token token_code at that counter.
fn token_code(counter: u64) -> String {
    let secret = Secret::new(TOKEN).unwrap();
    Hotp::new(&secret).code(Step::new(counter)).expose().to_owned()
}

#[test]
fn rotation_by_reseal_keeps_every_factor() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, first_that_opens_the_second());
        alice.signs_in_with_everything(0).await;
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0), "it does not seal yet");
        deploy(&mut alice.world, both());
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        assert_eq!((alice.sealed_with(), alice.rotations()), (2, 1));
        deploy(&mut alice.world, only(2));
        alice.signs_in_with_everything(1).await;
        assert_eq!(alice.rotations(), 0);
    });
}

#[test]
fn rotation_by_use_keeps_every_factor() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, both());
        alice.signs_in_with_everything(0).await;
        assert_eq!((alice.sealed_with(), alice.rotations()), (2, 1), "the first write resealed it");
        deploy(&mut alice.world, only(2));
        alice.signs_in_with_everything(1).await;
        assert_eq!(alice.rotations(), 0);
    });
}

#[test]
fn counted_failure_rotates_and_refusal_does_not() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, both());
        let spent = alice.app.code_at(alice.app.step(&alice.world.clock) - 1);
        assert!(alice.world.try_app(&spent).await.is_err());
        assert!(alice.world.verifier.next(&alice.world.alice).await.is_ok());
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0), "nothing was written");
        assert!(alice.world.try_app(&alice.app.wrong(&alice.world.clock)).await.is_err());
        assert_eq!((alice.sealed_with(), alice.rotations()), (2, 1));
    });
}

#[test]
fn repeated_reseal_is_reported_once() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, both());
        for _ in 0..2 {
            alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        }
        assert_eq!(alice.rotations(), 1);
    });
}

#[test]
fn moving_from_the_root_to_a_sealing_key_is_a_rotation() {
    block_on(async {
        let mut world = World::new();
        let (app, _) = world.with_app().await;
        deploy(&mut world, only(1));
        let _ = fresh(&world, &app).await;
        assert!(world.log.take().contains(&Event::KeyRotated));
    });
}

#[test]
fn process_with_older_keys_reports_no_rotation() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        deploy(&mut alice.world, both());
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        assert_eq!(alice.rotations(), 1);
        deploy(&mut alice.world, first_that_opens_the_second());
        let _ = alice.try_app().await;
        assert_eq!((alice.sealed_with(), alice.rotations()), (1, 0));
    });
}

#[test]
fn reseal_creates_no_record() {
    block_on(async {
        let mut world = World::new();
        deploy(&mut world, both());
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        assert_eq!(world.log.take(), []);
        let record =
            world.store.load(&world.verifier.operations().record_id(&world.alice)).await.unwrap();
        assert!(record.is_none());
    });
}

#[test]
fn codes_and_grants_survive_a_rotation() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let grant = alice.world.verifier.grant(&alice.try_app().await).unwrap();
        let (sent, typed) = alice.world.send_to(&alice.world.number).await;
        deploy(&mut alice.world, both());
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        deploy(&mut alice.world, only(2));
        assert!(
            alice.world.try_code(&sent, &not(&typed)).await.unwrap_err().pending_pin().is_none()
        );
        let _ = alice.try_pin(alice.world.try_code(&sent, &typed).await).await;
        let token = item_of(&alice.world, FactorKind::Hotp).await;
        alice.world.verifier.revoke(&grant, &token).await.unwrap();
    });
}

#[test]
fn address_budgets_survive_a_dropped_key() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let number = alice.world.number.clone();
        let mut sent = 1;
        deploy(&mut alice.world, both());
        alice.world.verifier.operations().reseal(&alice.world.alice).await.unwrap();
        // The old key can be dropped at once.
        deploy(&mut alice.world, only(2));
        let begun = alice.world.clock.time();
        while alice.world.clock.time().since(begun) < 3000 {
            let again = alice
                .world
                .verifier
                .send_code(&alice.world.alice, CodeRequest::to_address(&number));
            match again.await {
                Ok(_) => sent += 1,
                Err(Error::Denied(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
            alice.world.clock.advance(300);
        }
        assert_eq!(sent, 8, "the send before the rotation is counted");
    });
}

#[test]
fn record_without_its_key_is_unreadable() {
    block_on(async {
        let mut alice = Alice::enrolled().await;
        let verified = alice.try_app().await;
        let due = alice.sign_in_until_pin().await;
        let (sent, typed) = alice.world.send_to(&alice.world.number).await;
        alice.world.clock.advance(30);
        let item = item_of(&alice.world, FactorKind::Totp).await;
        deploy(&mut alice.world, only(2));
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
            verifier.operations().reseal(subject).await.err(),
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
        assert_eq!(world.store.load(&id).await.unwrap(), before, "nothing was written");
        assert!(world.got_no_code());
    });
}
