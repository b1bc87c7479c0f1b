//! Removal of factors and devices by their ids.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World,
    devices::trust,
    fresh_for, item_of, mail, prove, reason,
    registration::cheap,
    watched::{Call, Watched},
};
use second_factor::{
    FactorKind, ItemId, Policy, Proof, Purpose, Reason, Secret, Storage, block_on,
    enrollment::{HotpToken, NewSecurityKey},
    host::Event,
    otp::{Hotp, Step},
    purpose::Operation,
};

const PIN: &str = "493817";

/// Enrolls one of every kind, and trusts a device.
async fn enroll_everything<S: Storage + Clone + 'static>(world: &World<S>) -> App {
    let (verifier, alice) = (&world.verifier, &world.alice);
    let (app, verified) = world.with_settled_app().await;
    let _ = world.with_phone(&verified).await;
    world.clock.advance(60);
    let _ = prove(world, &verified, &mail()).await.unwrap();
    let secret = Secret::new(b"12345678901234567890").unwrap();
    let token = verifier.enroll_hotp(&verified, &HotpToken::new(&secret)).await.unwrap();
    let code = Hotp::new(&secret).code(Step::new(0));
    let _ = verifier.confirm(alice, &token, code.expose()).await.unwrap();
    let key = verifier.enroll_security_key(&verified, b"").await.unwrap();
    let blue = NewSecurityKey::new("blue", b"1").unwrap();
    let _ = verifier.confirm_security_key(alice, &key, blue).await.unwrap();
    let _ = verifier.new_backup_codes(&verified).await.unwrap();
    let _ = trust(world, &app, "Firefox").await;
    let authority = fresh_for(world, &app, Operation::Manage).await;
    verifier.set_pin(&authority, PIN).await.unwrap();
    app
}

/// Every id on the settings page, with the event of its removal.
async fn items(world: &World) -> Vec<(ItemId, Event)> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    let factors = status.factors().iter();
    let factors = factors.map(|factor| (*factor.id(), Event::FactorRemoved(factor.kind())));
    let pin = status.pin().map(|pin| (*pin.id(), Event::FactorRemoved(FactorKind::Pin)));
    let devices = status.devices().iter();
    let devices = devices.map(|device| (*device.id(), Event::DeviceRemoved));
    devices.chain(pin).chain(factors).collect()
}

#[test]
fn each_item_of_the_status_is_revoked_by_its_id() {
    block_on(async {
        let world = cheap();
        let app = enroll_everything(&world).await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let mut left = items(&world).await;
        assert_eq!(left.len(), 8, "{left:?}");
        world.clock.advance(30);
        let proof = Proof::totp(app.code(&world.clock));
        let due = verifier.verify_for(alice, Purpose::Manage, proof).await.unwrap_err();
        let proof = Proof::pin(due.pending_pin().unwrap(), PIN);
        let grant = verifier.verify_for(alice, Purpose::Manage, proof).await.unwrap();
        // The removal of a factor ends the trust in every device, so the device is the first.
        let (device, _) = left.remove(0);
        verifier.revoke(&grant, &device).await.unwrap();
        assert_eq!(items(&world).await, left);
        assert_eq!(reason(verifier.revoke(&grant, &device).await), Reason::NotFound);
        let (pin, _) = left.remove(0);
        verifier.revoke(&grant, &pin).await.unwrap();
        assert_eq!(items(&world).await, left);
        assert_eq!(reason(verifier.revoke(&grant, &pin).await), Reason::Unauthorized);
        let stays = [FactorKind::Totp, FactorKind::Phone].map(Event::FactorRemoved);
        let removed: Vec<_> =
            left.iter().filter(|(_, event)| !stays.contains(event)).cloned().collect();
        for (item, event) in removed {
            let grant = fresh_for(&world, &app, Operation::Manage).await;
            let _ = world.log.take();
            let revoked = verifier.revoke(&grant, &item).await;
            assert!(revoked.is_ok(), "{event:?}: {revoked:?}");
            assert!(world.log.take().contains(&event), "{event:?}");
            left.retain(|(one, _)| *one != item);
            assert_eq!(items(&world).await, left, "{event:?}");
            let grant = fresh_for(&world, &app, Operation::Manage).await;
            let again = verifier.revoke(&grant, &item).await;
            assert_eq!(reason(again), Reason::NotFound, "{event:?}");
        }
        let grant = fresh_for(&world, &app, Operation::Manage).await;
        let app = item_of(&world, FactorKind::Totp).await;
        verifier.revoke(&grant, &app).await.unwrap();
        let (sent, code) = world.send_to(&world.number).await;
        let by_phone = world.try_code(&sent, &code).await.unwrap();
        let phone = item_of(&world, FactorKind::Phone).await;
        assert_eq!(reason(verifier.revoke(&by_phone, &phone).await), Reason::LastFactor);
    });
}

#[test]
fn id_of_a_replaced_factor_is_void() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let old = item_of(&world, FactorKind::Totp).await;
        let authority = fresh_for(&world, &app, Operation::Manage).await;
        let one = world.verifier.under(&Policy::builder().totp_apps(1).build().unwrap());
        let enrollment = one.enroll_totp(&authority, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let verified = one.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert_ne!(item_of(&world, FactorKind::Totp).await, old);
        let revoked = world.verifier.revoke(&verified, &old).await;
        assert_eq!(reason(revoked), Reason::NotFound, "the form was rendered before");
    });
}

#[test]
fn settings_page_takes_one_load() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let world = World::over(Watched::default(), policy);
        let _ = enroll_everything(&world).await;
        let _ = world.store.take();
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!((status.factors().len(), status.devices().len()), (6, 1));
        assert_eq!((status.security_keys().len(), status.backup_codes_left()), (1, Some(10)));
        assert!(status.pin().is_some() && status.is_protected());
        assert_eq!(status.next_send_at(), None);
        assert_eq!(world.store.take(), [Call::Load]);
    });
}
