//! Undo and quarantine of a first factor.
//!
//! It rests on the word of the application.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use second_factor::{
    Client, CodeRequest, Error, FactorKind, Next, Proof, Purpose, Reason, SignIn, block_on,
    enrollment::{Enroller, Import, NewSecurityKey},
    host::Event,
    purpose::Operation,
};

use crate::support::{
    App, World, fresh, mail, prove, reason,
    registration::{cheap, register},
};

const HOUR: u64 = 60 * 60;
const UNDO: u64 = 72 * HOUR;
const PIN: &str = "493817";

/// The link "it was not me" in the mail to the address on file.
async fn undo(world: &World) -> Result<(), Error> {
    world.verifier.support("owner", "it was not me").undo_first_factor(&world.alice).await
}

async fn kinds(world: &World) -> Vec<FactorKind> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    status.factors().iter().map(|factor| factor.kind()).collect()
}

#[test]
fn first_factor_on_word_is_undone_for_72_hours() {
    for (after, is_undone) in [(0, true), (UNDO - 1, true), (UNDO, false), (10 * UNDO, false)] {
        block_on(async {
            let world = World::new();
            let (_, verified) = world.with_app_now().await;
            world.clock.advance(after);
            let _ = world.log.take();
            if !is_undone {
                assert_eq!(reason(undo(&world).await), Reason::Expired);
                assert_eq!(kinds(&world).await, [FactorKind::Totp]);
                assert!(world.log.take().is_empty());
                return;
            }
            undo(&world).await.unwrap();
            let (actor, reason) = ("owner".into(), "it was not me".into());
            assert!(world.log.take().contains(&Event::Reset { actor, reason }));
            let epoch = world.verifier.epoch(&world.alice).await.unwrap();
            assert_ne!(epoch, verified.epoch(), "the sessions end");
            let next = world.verifier.next(&world.alice).await.unwrap();
            let Next::Done(sign_in @ SignIn::Unprotected(_)) = next else {
                panic!("nothing is enrolled")
            };
            assert_eq!(sign_in.epoch(), epoch, "and the next one is valid");
            // Once: there is nothing left to undo.
            assert_eq!(crate::support::reason(undo(&world).await), Reason::Expired);
        });
    }
}

#[test]
fn undo_removes_what_was_enrolled_after_the_first() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let verified = fresh(&world, &app).await;
        let _ = world.verifier.new_backup_codes(&verified).await.unwrap();
        let grant = world.verifier.grant(&verified).unwrap();
        undo(&world).await.unwrap();
        assert!(kinds(&world).await.is_empty());
        assert_eq!(reason(world.verifier.enroll_totp(&grant, "alice").await), Reason::Unauthorized);
    });
}

#[test]
fn undo_ends_the_known_device_of_the_first_factor() {
    block_on(async {
        let world = World::new();
        let client = Client::new("the browser of the user").unwrap();
        let at = World { verifier: world.verifier.for_client(client), ..world };
        let (_, verified) = at.with_app().await;
        assert!(verified.device_token().is_some(), "the client is known at once");
        let devices = async || at.verifier.status(&at.alice).await.unwrap().devices().len();
        assert_eq!(devices().await, 1);
        undo(&at).await.unwrap();
        assert_eq!(devices().await, 0);
    });
}

#[test]
fn first_factor_on_a_proof_cannot_be_undone() {
    block_on(async {
        // An administrator who ordered a reset has identified the user.
        let by_reset = cheap();
        by_reset.verifier.support("carol", "4711").reset(&by_reset.alice).await.unwrap();
        let _ = by_reset.with_app().await;
        // So has support with a code.
        let by_code = cheap();
        let support = by_code.verifier.support("carol", "4711");
        let code = support.issue_code(&by_code.alice, Duration::from_secs(HOUR)).await.unwrap();
        let proof = Proof::backup_code(code.expose());
        let grant = by_code.verifier.verify_for(&by_code.alice, Purpose::Manage, proof).await;
        let _ = by_code.with_phone(&grant.unwrap()).await;
        // The number was proven.
        let by_number = cheap();
        let registered = register(&by_number).await.unwrap();
        let _ = by_number.with_phone(&registered).await;
        // Another system knew the factor.
        let imported = cheap();
        let import = Import::new().address(imported.number.clone()).unwrap();
        imported.verifier.operations().import(&imported.alice, import).await.unwrap();
        for world in [by_reset, by_code, by_number, imported] {
            assert_eq!(kinds(&world).await.len(), 1);
            assert_eq!(reason(undo(&world).await), Reason::Expired);
            assert_eq!(kinds(&world).await.len(), 1);
        }
    });
}

#[test]
fn first_security_key_is_undone_unless_on_a_proof() {
    block_on(async {
        for by_support in [false, true] {
            let world = cheap();
            let enroller = if by_support {
                let support = world.verifier.support("carol", "4711");
                let code = support.issue_code(&world.alice, Duration::from_secs(HOUR)).await;
                let proof = Proof::backup_code(code.unwrap().expose());
                let grant = world.verifier.verify_for(&world.alice, Purpose::Manage, proof).await;
                Enroller::from(&grant.unwrap())
            } else {
                Enroller::from(&world.alice)
            };
            let begun = world.verifier.enroll_security_key(enroller, b"").await.unwrap();
            let key = NewSecurityKey::new("blue", b"a public key").unwrap();
            let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
            let undone = undo(&world).await;
            if by_support {
                assert_eq!(reason(undone), Reason::Expired);
                assert_eq!(kinds(&world).await, [FactorKind::SecurityKey]);
            } else {
                undone.unwrap();
                assert!(kinds(&world).await.is_empty());
            }
        }
    });
}

#[test]
fn factor_enrolled_again_can_be_undone_again() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app_now().await;
        world.verifier.turn_off(&verified).await.unwrap();
        world.clock.advance(UNDO);
        let _ = world.with_app().await;
        undo(&world).await.unwrap();
        assert!(kinds(&world).await.is_empty());
    });
}

async fn set_pin(world: &World, app: &App) -> Result<(), Error> {
    let verified = fresh(world, app).await;
    world.verifier.set_pin(&verified, PIN).await.map(drop)
}

/// Whether the recovery address is offered, receives a code, and proves with it.
async fn recovers_by_mail(world: &World) -> bool {
    let recover = Operation::Recover;
    let offers = world.verifier.offers(&world.alice, recover).await.unwrap();
    let is_offered = offers.iter().any(|offer| offer.kind() == FactorKind::Email);
    let request = CodeRequest::to_address(&mail()).purpose(recover);
    let sent = world.verifier.send_code(&world.alice, request).await.unwrap();
    let code = core::iter::from_fn(|| world.phone.take())
        .find_map(|message| message.code().map(|code| code.expose().to_owned()));
    assert_eq!(code.is_some(), is_offered, "a code follows an offer");
    let Some(code) = code else { return false };
    let proof = Proof::sent_code(&sent, &code);
    let proven = world.verifier.verify_for(&world.alice, Purpose::Recover, proof).await;
    proven.unwrap_err().pending_factor().is_some()
}

#[test]
fn quarantine_forbids_pin_and_recovery_address() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_app_now().await;
        let ends = world.clock.time().plus(UNDO);
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        for now in [ends.as_secs() - UNDO + HOUR, ends.as_secs() - 31] {
            world.clock.set(now);
            let refused = set_pin(&world, &app).await.unwrap_err();
            assert_eq!(refused.retry_at(), Some(ends));
            assert!(refused.is_safe_to_show());
            assert_eq!(reason(Err::<(), _>(refused)), Reason::Quarantined);
        }
        world.clock.set(ends.as_secs() - 1);
        assert!(!recovers_by_mail(&world).await);
        world.clock.set(ends.as_secs() + 60);
        assert!(recovers_by_mail(&world).await);
        assert!(set_pin(&world, &app).await.is_ok());
    });
}

#[test]
fn quarantine_permits_the_rest() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_app_now().await;
        // It signs in, and manages other factors.
        let _ = world.with_phone(&verified).await;
        let (sent, code) = world.send_to(&world.number).await;
        assert!(world.try_code(&sent, &code).await.is_ok());
        let verified = fresh(&world, &app).await;
        assert!(world.verifier.new_backup_codes(&verified).await.is_ok());
        let verified = fresh(&world, &app).await;
        let status = world.verifier.status(&world.alice).await.unwrap();
        let phones = status.factors().iter().filter(|one| one.kind() == FactorKind::Phone);
        for phone in phones {
            world.verifier.revoke(&verified, phone.id()).await.unwrap();
        }
        let verified = fresh(&world, &app).await;
        world.verifier.turn_off(&verified).await.unwrap();
        assert!(kinds(&world).await.is_empty());
    });
}
