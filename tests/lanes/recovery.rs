//! The recovery that is open while every factor is disabled.

use second_factor::{
    Error, FactorKind, Policy, Reason, block_on, policy::PolicyBuilder, purpose::Operation,
};

use super::{become_known, browser, device, guess, guess_at_recovery, sign_in};
use crate::support::{App, World, fresh, mail, prove};

/// Guesses until the app is disabled for this caller.
async fn disable(world: &World, app: &App) {
    let attacker = browser(world, "an attacker");
    loop {
        let refused = guess(world, &attacker, app).await;
        if refused.denial().unwrap().reason() == Reason::Disabled {
            return;
        }
        if let Some(until) = refused.retry_at() {
            world.clock.set(until.as_secs());
        }
    }
}

fn recovery(refused: &Error) -> Vec<FactorKind> {
    refused.denial().unwrap().recovery().collect()
}

/// The only factor that signs in is disabled. Two addresses recover the account, and one does not.
#[test]
fn refusal_while_all_is_disabled_names_the_recovery() {
    block_on(async {
        for has_mailbox in [false, true] {
            let world = World::new();
            let narrow: PolicyBuilder = Policy::builder();
            let narrow = narrow.only(Operation::SignIn, &[FactorKind::Totp]).build().unwrap();
            let (app, verified) = world.with_settled_app().await;
            let _ = world.with_phone(&verified).await;
            if has_mailbox {
                let verified = fresh(&world, &app).await;
                let _ = prove(&world, &verified, &mail()).await.unwrap();
            }
            let token = become_known(&world, &app, "the owner").await;
            disable(&world, &app).await;
            let new = browser(&world, "a new device").under(&narrow);
            let refused = new.next(&world.alice).await.unwrap_err();
            assert_eq!(refused.denial().unwrap().reason(), Reason::Disabled);
            assert!(refused.is_safe_to_show(), "the first factor was correct");
            assert_eq!(refused.retry_at(), None, "waiting does not help");
            let expected = [FactorKind::Phone, FactorKind::Email];
            assert_eq!(recovery(&refused), if has_mailbox { &expected[..] } else { &[] });
            // The other ways: a device used before, and another password.
            let known = device(&world, &token).under(&narrow);
            assert!(known.next(&world.alice).await.is_ok());
            let _ = world.verifier.password_changed(&world.alice).await.unwrap();
            assert!(new.next(&world.alice).await.is_ok());
        }
    });
}

/// Guesses without a first factor, waiting out each lock, until it is refused otherwise.
async fn guess_until_disabled(world: &World, app: &App) -> u32 {
    let stranger = browser(world, "a stranger");
    for failures in 0.. {
        let refused = guess_at_recovery(world, &stranger, app).await.unwrap_err();
        match refused.denial().unwrap().reason() {
            Reason::Disabled => return failures,
            Reason::Incorrect | Reason::Locked => {}
            other => panic!("{other:?}"),
        }
        if let Some(until) = refused.retry_at() {
            world.clock.set(until.as_secs());
        }
    }
    unreachable!()
}

/// NIST SP 800-63B-4 §3.2.2: the limits of all lanes add up to 100 failures in a row.
#[test]
fn renewal_adds_no_attempts_without_a_first_factor() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        assert_eq!(guess_until_disabled(&world, &app).await, 10);
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(guess_until_disabled(&world, &app).await, 0);
        let support = world.verifier.support("carol", "case 4711");
        assert_eq!(support.unlock(&world.alice).await.unwrap(), []);
        assert_eq!(guess_until_disabled(&world, &app).await, 0);
        // The owner's sign-in after the password shows that the owner is present.
        world.clock.advance(30);
        assert!(sign_in(&world, &browser(&world, "the owner"), &app).await.is_ok());
        assert_eq!(guess_until_disabled(&world, &app).await, 10);
    });
}

#[test]
fn psd2_app_is_never_disabled_after_a_first_factor() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, _) = world.with_app().await;
        let attacker = browser(&world, "an attacker");
        let mut failures = 0;
        while failures < 60 {
            let refused = guess(&world, &attacker, &app).await;
            match refused.denial().unwrap().reason() {
                Reason::Incorrect => failures += 1,
                Reason::Locked => {}
                other => panic!("{other:?} after {failures}"),
            }
            if failures == 3 {
                world.verifier.password_changed(&world.alice).await.unwrap();
            } else if let Some(until) = refused.retry_at() {
                world.clock.set(until.as_secs());
            }
        }
        world.wait_out(Operation::SignIn, FactorKind::Totp).await;
        assert!(sign_in(&world, &browser(&world, "the owner"), &app).await.is_ok());
    });
}
