//! Policies that are named by each call.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use crate::support::{
    App, NOON, ROOT, World, item_of, reason,
    watched::{Call, Watched},
};
use second_factor::{
    Error, FactorKind, FirstFactor, Keys, Next, Policy, Proof, Purpose, Reason, SignIn, SubjectId,
    Verified, Verifier, block_on,
    enrollment::NewSecurityKey,
    otp::{Digits, TotpParameters},
    proof::SecurityKeyOutcome,
    purpose::Operation,
    testkit::{ManualClock, MessageLog},
};

const PIN: &str = "493817";

fn only(kinds: &[FactorKind]) -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap().only(kinds)
}

/// A world without a policy of its own.
fn without_policy() -> World<Watched> {
    let mut world = World::over(Watched::default(), Policy::default());
    world.verifier =
        Verifier::builder("Example", world.store.clone(), world.phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policies_by_call()
            .clock(world.clock.clone())
            .build()
            .unwrap();
    world
}

#[test]
fn policy_of_the_call_replaces_the_one_of_the_verifier() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.clock.advance(60);
        let (verifier, alice) = (&world.verifier, &world.alice);
        let eight = Policy::builder().code_digits(8).build().unwrap();
        let narrow = verifier.under(&only(&[FactorKind::Phone]));
        let phone = item_of(&world, FactorKind::Phone).await;

        let offers = narrow.offers(alice, Operation::SignIn).await.unwrap();
        assert!(offers.iter().map(|offer| offer.kind()).eq([FactorKind::Phone]));
        let by_app = narrow.verify(alice, Proof::totp(app.code(&world.clock))).await;
        assert_eq!(reason(by_app), Reason::NotAllowed);
        let sent = verifier.under(&eight).send_code(alice, &phone).await.unwrap();
        let code = world.read_code();
        assert_eq!(code.len(), 8);
        assert!(narrow.verify(alice, Proof::sent_code(&sent, &code)).await.is_ok());

        assert_eq!(verifier.under(&eight).policy(), Some(&eight));
        assert_eq!(verifier.policy(), Some(&Policy::default()), "the verifier is not changed");
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn policy_of_the_call_decides_what_is_enrolled() {
    block_on(async {
        let world = World::new();
        let long = TotpParameters::new().with_digits(Digits::Eight);
        let policy = Policy::builder().totp(long).build().unwrap();
        let begun = world.verifier.under(&policy).enroll_totp(&world.alice, "alice").await.unwrap();
        assert!(begun.expose_uri().expose().contains("digits=8"));
        let begun = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        assert!(!begun.expose_uri().expose().contains("digits=8"));
    });
}

#[test]
fn call_without_a_policy_is_refused_and_reads_nothing() {
    block_on(async {
        let world = without_policy();
        let (verifier, alice) = (&world.verifier, &world.alice);
        assert_eq!(verifier.policy(), None);
        let request = second_factor::CodeRequest::register(&world.number);
        let errors = [
            verifier.next(alice).await.err(),
            verifier.offers(alice, Operation::SignIn).await.err(),
            verifier.verify(alice, Proof::totp("123456")).await.err(),
            verifier.register(alice, Proof::totp("123456")).await.err(),
            verifier.verify_for(alice, Purpose::Manage, Proof::totp("123456")).await.err(),
            verifier.send_code(alice, request).await.err(),
            verifier.enroll_totp(alice, "alice").await.err(),
            verifier.enroll_address(alice, &world.number).await.err(),
            verifier.status(alice).await.err(),
            verifier.epoch(alice).await.err(),
            verifier.password_changed(alice).await.err(),
            verifier.report_unrequested(alice).await.err(),
        ];
        for (at, error) in errors.into_iter().enumerate() {
            let error = error.unwrap_or_else(|| panic!("call {at} is not refused"));
            assert!(matches!(error, Error::NoPolicy), "call {at}: {error:?}");
            assert_eq!((error.http_status(), error.is_safe_to_show()), (500, false));
        }
        assert_eq!(world.store.take(), [], "nothing was read");
        assert!(world.phone.take().is_none());

        let next = verifier.under(&Policy::default()).next(alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
        assert!(world.store.take().contains(&Call::Load));
    });
}

/// A subject with an app, a phone and a PIN.
async fn with_pin() -> (World, App) {
    let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
    let (app, verified) = world.with_settled_app().await;
    let _ = world.with_phone(&verified).await;
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    (world, app)
}

#[test]
fn sign_in_with_a_pin_stays_within_both_policies() {
    block_on(async {
        let both = only(&[FactorKind::Totp, FactorKind::Phone]);
        let [app_only, phone_only] = [FactorKind::Totp, FactorKind::Phone].map(|one| only(&[one]));
        for (first, second, completes) in [
            (&both, &both, true),
            (&app_only, &both, true),
            (&both, &app_only, true),
            (&app_only, &app_only, true),
            (&both, &phone_only, false),
            (&app_only, &phone_only, false),
        ] {
            let (world, app) = with_pin().await;
            let [first, second] = [first, second].map(|policy| world.verifier.under(policy));
            let by_app = first.verify(&world.alice, Proof::totp(app.code(&world.clock))).await;
            let due = *by_app.unwrap_err().pending_pin().unwrap();
            let verified = second.verify(&world.alice, Proof::pin(due, PIN)).await;
            assert_eq!(verified.is_ok(), completes);
            if !completes {
                assert_eq!(reason(verified), Reason::NotAllowed);
                let proof = Proof::pin(due, PIN);
                assert!(first.verify(&world.alice, proof).await.is_ok(), "it is still pending");
            }
        }
    });
}

#[test]
fn sign_in_with_two_factors_stays_within_both_policies() {
    block_on(async {
        let both = only(&[FactorKind::SecurityKey, FactorKind::Totp]);
        let [key_only, app_only] =
            [FactorKind::SecurityKey, FactorKind::Totp].map(|one| only(&[one]));
        for (first, second, completes) in [
            (&both, &both, true),
            (&key_only, &both, false),
            (&both, &app_only, false),
            (&key_only, &app_only, false),
        ] {
            let world = World::new();
            let (app, verified) = world.with_app().await;
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            let key = NewSecurityKey::new("blue", b"1").unwrap();
            let confirmed = world.verifier.confirm_security_key(&world.alice, &begun, key).await;
            let _: Verified = confirmed.unwrap().verified().unwrap();
            // Nothing came before the key, and it has not verified its user.
            let alone = world.verifier.after(FirstFactor::None);
            let [first, second] = [first, second].map(|policy| alone.under(policy));
            let ceremony = first.begin_security_key(&world.alice, b"").await.unwrap();
            let outcome = SecurityKeyOutcome::passed(ceremony.keys()[0].id(), b"2");
            let proof = Proof::security_key(&ceremony, outcome);
            let half = first.verify(&world.alice, proof).await.unwrap_err();
            let half = *half.pending_factor().unwrap();
            let proof = Proof::totp(app.code(&world.clock)).after(half);
            let verified = second.verify(&world.alice, proof.clone()).await;
            assert_eq!(verified.is_ok(), completes);
        }
    });
}

#[test]
fn building_without_a_policy_uses_the_default_one() {
    let (phone, clock) = (MessageLog::new(), ManualClock::at(NOON));
    let build = || {
        let store = second_factor::MemoryStorage::new();
        Verifier::builder("Example", store, phone.clone(), Keys::new(ROOT)).clock(clock.clone())
    };
    assert_eq!(build().build().unwrap().policy(), Some(&Policy::default()));
    let by_call = build().policies_by_call().build().unwrap();
    assert_eq!(by_call.policy(), None);
    assert_eq!(by_call.under(&Policy::pci()).policy(), Some(&Policy::pci()));
    let alice = SubjectId::new("alice").unwrap();
    assert!(matches!(block_on(by_call.epoch(&alice)), Err(Error::NoPolicy)));
}
