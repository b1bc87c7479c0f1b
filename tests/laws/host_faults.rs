//! A source of randomness that fails, or gives nothing; a clock that fails. Nobody gets in by them.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::support::{NOON, ROOT, World};
use second_factor::{
    Error, Keys, MemoryStorage, Proof, Purpose, Storage as _, UnixTime, Verifier, block_on,
    host::{Clock, Entropy, NoEntropy, NoTime},
    storage::Record,
};

/// How the host fails, from now on.
#[derive(Clone, Default)]
struct Fault(Arc<AtomicU8>);

const NONE: u8 = 0;
const NO_ENTROPY: u8 = 1;
const ZEROS: u8 = 2;
const NO_TIME: u8 = 3;

impl Entropy for Fault {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        match self.0.load(Ordering::SeqCst) {
            NO_ENTROPY => Err(NoEntropy),
            // A source that says that it filled what it did not touch (FAILURES 85).
            ZEROS => Ok(()),
            _ => second_factor::host::SystemEntropy::new().fill(bytes),
        }
    }
}

impl Clock for Fault {
    fn now(&self) -> Result<UnixTime, NoTime> {
        match self.0.load(Ordering::SeqCst) {
            NO_TIME => Err(NoTime),
            _ => Ok(UnixTime::from_secs(NOON)),
        }
    }
}

/// A verifier over what `world` keeps, whose host fails on command.
fn failing(world: &World, fault: &Fault) -> Verifier {
    Verifier::builder(world.store.clone(), world.phone.clone(), Keys::new(ROOT))
        .issuer("Example")
        .clock(fault.clone())
        .entropy(fault.clone())
        .build()
        .unwrap()
}

async fn kept(store: &MemoryStorage, world: &World) -> (usize, Option<Record>) {
    let id = Keys::new(ROOT).subject_record(&world.alice);
    (store.len(), store.load(&id).await.unwrap())
}

#[test]
fn failure_085_without_randomness_nothing_is_made_sent_or_kept() {
    block_on(async {
        for fails_with in [NO_ENTROPY, ZEROS, NO_TIME] {
            let world = World::new();
            let (app, verified) = world.with_app_now().await;
            let _ = world.with_phone(&verified).await;
            let (before, fault) = (kept(&world.store, &world).await, Fault::default());
            let verifier = failing(&world, &fault);
            let code = app.code_at(app.step(&world.clock) + 1);
            fault.0.store(fails_with, Ordering::SeqCst);

            let errors = [
                verifier.next(&world.alice, Purpose::SignIn).await.err(),
                verifier.verify(&world.alice, Proof::totp(&code)).await.err(),
                verifier.challenge(&world.alice, &world.number, Purpose::SignIn).await.err(),
                verifier.enroll_totp(&verified, "alice").await.err(),
                verifier.enroll_address(&verified, &world.number).await.err(),
                verifier.grant(&verified).err(),
                verifier.turn_off(&verified).await.err(),
            ];
            for (call, error) in errors.into_iter().enumerate() {
                let is_right = match fails_with {
                    NO_TIME => matches!(error, Some(Error::NoTime)),
                    _ => matches!(error, Some(Error::NoEntropy)),
                };
                assert!(is_right, "call {call}, fault {fails_with}: {error:?}");
            }
            assert!(world.got_no_code());
            assert!(kept(&world.store, &world).await == before, "something was written");

            fault.0.store(NONE, Ordering::SeqCst);
            assert!(verifier.verify(&world.alice, Proof::totp(&code)).await.is_ok());
        }
    });
}

#[test]
fn a_wrong_root_lets_nobody_in() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let stranger = second_factor::SubjectId::new("never seen").unwrap();
        let other = Verifier::builder(
            world.store.clone(),
            world.phone.clone(),
            Keys::new(core::array::from_fn(|i| i as u8)),
        );
        let other = other.issuer("Example").clock(world.clock.clone()).build().unwrap();
        let code = app.code(&world.clock);
        for subject in [&world.alice, &stranger] {
            let errors = [
                other.next(subject, Purpose::SignIn).await.err(),
                other.verify(subject, Proof::totp(&code)).await.err(),
                other.enroll_totp(subject, "mallory").await.err(),
                other.create(subject).await.err(),
            ];
            assert!(errors.iter().all(|e| matches!(e, Some(Error::WrongRoot))), "{errors:?}");
        }
        // The right one goes on, in a new process too.
        let again = World::over(world.store.clone(), Default::default());
        assert!(matches!(
            again.verifier.next(&stranger, Purpose::SignIn).await,
            Ok(second_factor::Next::Unprotected(_))
        ));
        assert!(world.try_app(&code).await.is_ok());
    });
}

#[test]
fn a_wrong_root_beside_a_right_sealing_key_lets_nobody_in() {
    block_on(async {
        let [sealing, wrong] = [3_u8, 5].map(|n| core::array::from_fn(|i| n * i as u8));
        let world = World::new();
        let build = |keys: Keys| {
            let (store, phone) = (world.store.clone(), world.phone.clone());
            let builder = Verifier::builder(store, phone, keys).issuer("Example");
            builder.clock(world.clock.clone()).build().unwrap()
        };
        let right = build(Keys::new(ROOT).sealing(1, sealing).unwrap());
        right.create(&world.alice).await.unwrap();
        let other = build(Keys::new(wrong).sealing(1, sealing).unwrap());
        let next = other.next(&world.alice, Purpose::SignIn).await;
        assert!(matches!(next, Err(Error::WrongRoot)), "{next:?}");
    });
}

#[test]
fn a_sealing_key_is_replaced_without_anybody_noticing() {
    block_on(async {
        let [spring, autumn] = [3_u8, 5].map(|n| core::array::from_fn(|i| n * i as u8));
        let mut world = World::new();
        let build = |keys: Keys, world: &World| {
            let (store, phone) = (world.store.clone(), world.phone.clone());
            let builder = Verifier::builder(store, phone, keys).issuer("Example");
            builder.clock(world.clock.clone()).build().unwrap()
        };
        world.verifier = build(Keys::new(ROOT).sealing(1, spring).unwrap(), &world);
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let both = Keys::new(ROOT).sealing(1, spring).unwrap().sealing(2, autumn).unwrap();
        world.verifier = build(both, &world);
        world.verifier.reseal(&world.alice).await.unwrap();
        world.clock.advance(24 * 60 * 60);
        let stranger = second_factor::SubjectId::new("never seen").unwrap();

        world.verifier = build(Keys::new(ROOT).sealing(2, autumn).unwrap(), &world);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        assert!(world.verifier.next(&stranger, Purpose::SignIn).await.is_ok());
        // And the old key alone opens what the new one sealed no more than any other would.
        world.verifier = build(Keys::new(ROOT).sealing(1, spring).unwrap(), &world);
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await;
        assert!(matches!(next, Err(Error::Unreadable(_))));
    });
}
