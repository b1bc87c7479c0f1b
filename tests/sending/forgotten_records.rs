//! Records of accounts for which nothing was ever proven.

use crate::support::{NOON, ROOT, World, not, reason, registration};
use second_factor::{
    Address, CodeRequest, FirstFactor, Keys, Next, Policy, Reason, Secret, SignIn, Storage as _,
    block_on,
    enrollment::Import,
    otp::TotpParameters,
    policy::{Absent, PolicyBuilder, SignInByRead},
    purpose::Operation,
};

const DAY: u64 = 24 * 60 * 60;
const MONTH: u64 = 30 * DAY;

/// Until when a store must keep the record; `None` if for ever.
async fn kept_until(world: &World) -> Option<u64> {
    let id = Keys::new(ROOT).subject_record(&world.alice);
    let record = world.store.load(&id).await.unwrap().expect("there is a record");
    record.forget_after().map(|at| at.as_secs())
}

#[test]
fn finding_s26_record_of_a_stranger_is_forgotten() {
    block_on(async {
        let world = World::new();
        let (sent, code) = registration::send(&world).await.unwrap();
        assert_eq!(kept_until(&world).await, Some(NOON + MONTH));
        world.clock.advance(60);
        let incorrect = registration::answer(&world, &sent, &not(&code)).await;
        assert_eq!(reason(incorrect), Reason::Incorrect);
        assert_eq!(kept_until(&world).await, Some(NOON + 60 + MONTH), "since the last write");
        // The owner of the number registers: from now on the record counts.
        let _ = registration::answer(&world, &sent, &code).await.unwrap();
        assert_eq!(kept_until(&world).await, None);
    });
}

#[test]
fn finding_s26_record_of_a_decoy_is_forgotten() {
    block_on(async {
        let world = World::new();
        let other = Address::phone("+14155560199").unwrap();
        let request = CodeRequest::to_address(&other).purpose(Operation::Recover);
        let _ = world.verifier.send_code(&world.alice, request).await.unwrap();
        assert_eq!(kept_until(&world).await, Some(NOON + MONTH));
    });
}

#[test]
fn finding_s26_record_of_a_user_is_kept() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        assert_eq!(kept_until(&world).await, None);
        // Even after everything is removed, since it must not be imported again.
        world.verifier.turn_off(&verified).await.unwrap();
        assert_eq!(kept_until(&world).await, None);

        let world = World::new();
        let sent = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        assert!(kept_until(&world).await.is_some(), "nothing is proven yet");
        let code = world.read_code();
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        assert_eq!(kept_until(&world).await, None);
    });
}

/// A policy that confirms the sign-ins of users without a factor by a write.
fn confirming() -> PolicyBuilder {
    Policy::builder().sign_in_by_read(SignInByRead::Confirm)
}

#[test]
fn record_that_confirms_a_sign_in_lasts_a_day() {
    block_on(async {
        let world = World::with(confirming().build().unwrap());
        for wait in [0, DAY] {
            world.clock.advance(wait);
            let next = world.verifier.next(&world.alice).await.unwrap();
            assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
            let now = world.clock.time().as_secs();
            assert_eq!(kept_until(&world).await, Some(now + DAY));
            assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), 0, "no session ends");
        }
        // The counts of a stranger stay as long as ever.
        let _ = registration::send(&world).await.unwrap();
        let _ = world.verifier.next(&world.alice).await.unwrap();
        assert_eq!(kept_until(&world).await, Some(NOON + DAY + MONTH));
    });
}

#[test]
fn record_that_confirms_a_sign_in_prevents_no_import() {
    block_on(async {
        let world = World::with(confirming().build().unwrap());
        let _ = world.verifier.next(&world.alice).await.unwrap();
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let import = Import::new().totp(&secret, TotpParameters::new(), None).unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        assert_eq!(kept_until(&world).await, None);
    });
}

#[test]
fn sign_in_without_a_first_factor_makes_no_record() {
    block_on(async {
        let world = World::with(confirming().build().unwrap());
        let id = Keys::new(ROOT).subject_record(&world.alice);
        let verifier = world.verifier.after(FirstFactor::None);
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::NotEnrolled);
        let strict = confirming().absent(Absent::Refuse).build().unwrap();
        let verifier = world.verifier.under(&strict);
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::Absent);
        assert_eq!(world.store.load(&id).await.unwrap(), None);
        // The record of a sign-up is never forgotten, since without it every sign-in is refused.
        verifier.operations().create(&world.alice).await.unwrap();
        assert_eq!(kept_until(&world).await, None);
        let _ = verifier.next(&world.alice).await.unwrap();
        assert_eq!(kept_until(&world).await, None);
    });
}

/// A store that deletes such records lifts no wait that a stranger could have waited out.
#[test]
fn finding_s26_forgotten_record_counts_again_from_zero() {
    block_on(async {
        let world = World::new();
        let (sent, code) = registration::send(&world).await.unwrap();
        for _ in 0..5 {
            let incorrect = registration::answer(&world, &sent, &not(&code)).await;
            assert_eq!(reason(incorrect), Reason::Incorrect);
        }
        let until = kept_until(&world).await.unwrap();
        // The longest wait of a registration is an hour, and a budget is a day long.
        assert!(until > world.clock.time().as_secs() + 2 * 24 * 60 * 60);
    });
}
