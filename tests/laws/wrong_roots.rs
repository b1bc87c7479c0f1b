//! A key root that is not the one of the store lets nobody in; a sealing key that changes shuts out
//! nobody.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{ROOT, World};
use second_factor::{Error, Keys, Proof, Purpose, Verifier, block_on};

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
