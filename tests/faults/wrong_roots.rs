//! Wrong root keys, and a sentinel that cannot be sealed again.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    ROOT, World,
    faulty::{Fault, FaultyStorage},
};
use second_factor::{
    Error, FirstFactor, Keys, Next, Proof, SignIn, SubjectId, Verifier, block_on,
    sans_io::RootSentinel, testkit::MessageLog,
};

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
        let [second, other_root] = [3_u8, 5].map(|n| core::array::from_fn(|i| n * i as u8));
        let world = World::new();
        let build = |keys: Keys| {
            let (store, phone) = (world.store.clone(), world.phone.clone());
            let builder = Verifier::builder("Example", store, phone, keys)
                .first_factor(FirstFactor::Password);
            builder.clock(world.clock.clone()).build().unwrap()
        };
        let verifier = build(Keys::new(ROOT).sealing(2, second).unwrap());
        verifier.operations().create(&world.alice).await.unwrap();
        let other = build(Keys::new(other_root).sealing(2, second).unwrap());
        let next = other.next(&world.alice).await;
        assert!(matches!(next, Err(Error::WrongRoot)), "{next:?}");
    });
}

/// A sign-in of an unknown subject loads its record, then the sentinel, and then writes the sentinel.
const READS: usize = 2;

fn over(store: &FaultyStorage, keys: Keys) -> Verifier {
    Verifier::builder("Example", store.clone(), MessageLog::new(), keys)
        .first_factor(FirstFactor::Password)
        .build()
        .unwrap()
}

#[test]
fn failed_reseal_of_the_sentinel_refuses_no_sign_in() {
    let newest = || Keys::new(ROOT).sealing(2, core::array::from_fn(|i| 3 * i as u8)).unwrap();
    let (id, stranger) = (RootSentinel::record_id(), SubjectId::new("never seen").unwrap());
    let is_newest =
        |store: &FaultyStorage| RootSentinel::check(&newest(), store.peek(&id).as_ref());
    block_on(async {
        for fault in [Fault::ErrorBefore, Fault::ErrorAfter] {
            let store = FaultyStorage::default();
            let _ = over(&store, Keys::new(ROOT)).next(&stranger).await.unwrap();
            assert!(matches!(is_newest(&store), Ok(false)), "generation 1 sealed it");
            let verifier = over(&store, newest());
            store.arm(READS, fault);
            let next = verifier.next(&stranger).await;
            let signs_in = matches!(next, Ok(Next::Done(SignIn::Unprotected(_))));
            assert!(signs_in, "{fault:?}: {next:?}");
            assert!(store.disarm(), "the write failed");
            assert_eq!(is_newest(&store).unwrap(), fault.takes_effect());
            let _ = verifier.next(&stranger).await.unwrap();
            assert!(is_newest(&store).unwrap(), "the next check tries again");
        }
    });
}

#[test]
fn failed_first_write_of_the_sentinel_refuses_a_sign_in() {
    block_on(async {
        let (store, stranger) = (FaultyStorage::default(), SubjectId::new("never seen").unwrap());
        store.arm(READS, Fault::ErrorBefore);
        let next = over(&store, Keys::new(ROOT)).next(&stranger).await;
        assert!(matches!(next, Err(Error::Storage(_))), "{next:?}");
        assert!(store.disarm(), "the write failed");
    });
}
