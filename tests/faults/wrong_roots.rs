//! Wrong root keys.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{ROOT, World};
use second_factor::{Error, FirstFactor, Keys, Proof, SignIn, Verifier, block_on};

#[test]
fn wrong_root_is_refused() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let stranger = second_factor::SubjectId::new("never seen").unwrap();
        let other = Verifier::builder(
            "Example",
            world.store.clone(),
            world.phone.clone(),
            Keys::new(core::array::from_fn(|i| i as u8)),
        )
        .first_factor(FirstFactor::Password);
        let other = other.clock(world.clock.clone()).build().unwrap();
        let code = app.code(&world.clock);
        for subject in [&world.alice, &stranger] {
            let errors = [
                other.next(subject).await.err(),
                other.verify(subject, Proof::totp(&code)).await.err(),
                other.enroll_totp(subject, "mallory").await.err(),
                other.operations().create(subject).await.err(),
            ];
            assert!(errors.iter().all(|e| matches!(e, Some(Error::WrongRoot))), "{errors:?}");
        }
        // The correct root still works, in a new process too.
        let again = World::over(world.store.clone(), Default::default());
        assert!(matches!(
            again.verifier.next(&stranger).await,
            Ok(second_factor::Next::Done(SignIn::Unprotected(_)))
        ));
        assert!(world.try_app(&code).await.is_ok());
    });
}

#[test]
fn wrong_root_with_a_correct_later_one_is_refused() {
    block_on(async {
        let [second, wrong] = [3_u8, 5].map(|n| core::array::from_fn(|i| n * i as u8));
        let world = World::new();
        let build = |keys: Keys| {
            let (store, phone) = (world.store.clone(), world.phone.clone());
            let builder = Verifier::builder("Example", store, phone, keys)
                .first_factor(FirstFactor::Password);
            builder.clock(world.clock.clone()).build().unwrap()
        };
        let right = build(Keys::new(ROOT).sealing(2, second).unwrap());
        right.operations().create(&world.alice).await.unwrap();
        let other = build(Keys::new(wrong).sealing(2, second).unwrap());
        let next = other.next(&world.alice).await;
        assert!(matches!(next, Err(Error::WrongRoot)), "{next:?}");
    });
}
