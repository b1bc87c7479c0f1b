//! Trusted devices: listing, labels and revocation.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World,
    devices::{
        DAY, LATE,
        NotRecognized::{Ignored, Invalid},
        on, recognize, request, rotate, trust, trust_by, visit, with_device,
    },
    fresh_for, reason,
};
use second_factor::{
    Address, CodeRequest, DeviceToken, FactorKind, ItemId, NewDevice, Policy, Proof, Reason,
    Storage as _, SubjectId, block_on, host::Event, purpose::Operation,
};

/// An action that revokes every trusted device.
#[derive(Clone, Copy, Debug)]
enum End {
    AppReplaced,
    FactorRevoked,
    PasswordChanged,
    SignedOutEverywhere,
    TurnedOff,
}

async fn end(world: &World, app: &App, end: End) {
    let permission = fresh_for(world, app, Operation::Manage).await;
    match end {
        End::AppReplaced => {
            let enrollment = world.verifier.enroll_totp(&permission, "alice").await.unwrap();
            let new = App::scan(enrollment.expose_secret().expose());
            let code = new.code(&world.clock);
            let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        }
        End::FactorRevoked => {
            let status = world.verifier.status(&world.alice).await.unwrap();
            let phone = status.factors().iter().find(|one| one.kind() == FactorKind::Phone);
            world.verifier.revoke(&permission, phone.unwrap().id()).await.unwrap();
        }
        End::PasswordChanged => {
            let _ = world.verifier.password_changed(&world.alice).await.unwrap();
        }
        End::SignedOutEverywhere => {
            let _ = world.verifier.sign_out_everywhere(&permission).await.unwrap();
        }
        End::TurnedOff => {
            let _ = world.verifier.turn_off(&permission).await.unwrap();
        }
    }
}

#[test]
fn failure_081_factor_changes_revoke_every_device() {
    for ending in [
        End::AppReplaced,
        End::FactorRevoked,
        End::PasswordChanged,
        End::SignedOutEverywhere,
        End::TurnedOff,
    ] {
        block_on(async {
            let world = World::with(Policy::builder().totp_apps(1).build().unwrap());
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            let mut tokens = [trust(&world, &app, "one").await, trust(&world, &app, "two").await];
            let _ = visit(&world, &mut tokens[0]).await;
            end(&world, &app, ending).await;
            // The client must delete the token only where a second factor is required, and the
            // device is not known any longer.
            let ends = matches!(ending, End::SignedOutEverywhere | End::TurnedOff);
            let refusal =
                if matches!(ending, End::SignedOutEverywhere) { Invalid } else { Ignored };
            for token in &tokens {
                assert_eq!(recognize(&world, token).await.unwrap_err(), refusal, "{ending:?}");
            }
            let status = world.verifier.status(&world.alice).await.unwrap();
            assert!(status.devices().iter().all(|device| device.trusted_until().is_none()));
            assert_eq!(status.devices().is_empty(), ends, "{ending:?}");
            let device = on(&world, &tokens[0]);
            assert!(device.pending_request(&world.alice).await.unwrap().is_none());
            assert_eq!(device.sign_out_device(&world.alice).await.is_err(), ends, "{ending:?}");
        });
    }
}

#[test]
fn failure_074_first_factor_revokes_earlier_devices() {
    block_on(async {
        let world = World::new();
        let request = CodeRequest::register(&world.number);
        let sent = world.verifier.send_code(&world.alice, request).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code()).trusting(NewDevice::new("thief"));
        let planted = world.verifier.register(&world.alice, proof).await.unwrap();
        let token = planted.device_token().unwrap().expose();
        let _ = world.with_app_now().await;
        assert_eq!(recognize(&world, token).await.unwrap_err(), Invalid);
    });
}

#[test]
fn adding_a_factor_keeps_devices_trusted() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let _ = world.with_phone(&permission).await;
        assert!(recognize(&world, &token).await.is_ok());
    });
}

#[test]
fn signing_one_device_out_keeps_the_others() {
    block_on(async {
        let (world, app, one) = with_device().await;
        let two = trust(&world, &app, "two").await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let device = recognize(&world, &one).await.unwrap();
        world.verifier.revoke(&permission, device.device()).await.unwrap();
        assert_eq!(recognize(&world, &one).await.unwrap_err(), Invalid);
        let device = on(&world, &two);
        device.sign_out_device(&world.alice).await.unwrap();
        assert_eq!(recognize(&world, &two).await.unwrap_err(), Invalid);
        assert_eq!(reason(device.sign_out_device(&world.alice).await), Reason::NotFound);
    });
}

#[test]
fn revoking_a_device_requires_permission_and_a_known_id() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let id = *recognize(&world, &token).await.unwrap().device();
        let step_up = fresh_for(&world, &app, Operation::StepUp).await;
        let refused = world.verifier.revoke(&step_up, &id).await;
        assert_eq!(reason(refused), Reason::Unauthorized);
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let nobodys = "0".repeat(26).parse::<ItemId>().unwrap();
        let refused = world.verifier.revoke(&permission, &nobodys).await;
        assert_eq!(reason(refused), Reason::NotFound);
        world.clock.advance(300);
        let refused = world.verifier.revoke(&permission, &id).await;
        assert_eq!(reason(refused), Reason::Unauthorized);
        assert!(recognize(&world, &token).await.is_ok());
    });
}

#[test]
fn device_of_another_subject_is_not_found() {
    block_on(async {
        let (world, _, token) = with_device().await;
        // Under the same seed, Bob has other ids: what is drawn depends on the subject.
        let mut other = World::new();
        other.alice = SubjectId::new("bob").unwrap();
        let (app, _) = other.with_app().await;
        let bobs = trust(&other, &app, "Firefox").await;
        let (at_bobs, at_alices) =
            (recognize(&other, &bobs).await.unwrap(), recognize(&world, &token).await.unwrap());
        assert_ne!(at_bobs.device(), at_alices.device());
        let refused = on(&world, &bobs).sign_out_device(&world.alice).await;
        assert_eq!(reason(refused), Reason::NotFound);
        on(&world, &token).sign_out_device(&world.alice).await.unwrap();
    });
}

#[test]
fn device_of_another_epoch_is_not_found() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.sign_out_everywhere(&permission).await.unwrap();
        let here = trust(&world, &app, "Firefox").await;
        let refused = on(&world, &token).sign_out_device(&world.alice).await;
        assert_eq!(reason(refused), Reason::NotFound);
        on(&world, &here).sign_out_device(&world.alice).await.unwrap();
    });
}

#[test]
fn signing_out_everywhere_requires_permission() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let step_up = fresh_for(&world, &app, Operation::StepUp).await;
        let refused = world.verifier.sign_out_everywhere(&step_up).await;
        assert_eq!(reason(refused), Reason::Unauthorized);
        let old = fresh_for(&world, &app, Operation::Manage).await;
        world.clock.advance(300);
        let refused = world.verifier.sign_out_everywhere(&old).await;
        assert_eq!(reason(refused), Reason::Unauthorized);
        assert!(recognize(&world, &token).await.is_ok());
    });
}

/// As many trusted devices as there is room for, with their tokens.
async fn with_ten_devices() -> (World, App, Vec<String>) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let mut tokens = vec![];
    for n in 0..10 {
        tokens.push(trust(&world, &app, &format!("{n}")).await);
    }
    (world, app, tokens)
}

#[test]
fn eleventh_device_evicts_the_least_recently_used() {
    block_on(async {
        let (world, app, mut tokens) = with_ten_devices().await;
        world.clock.advance(DAY / 2);
        for (n, token) in tokens.iter_mut().enumerate() {
            if n != 3 {
                let _ = visit(&world, token).await;
            }
        }
        let _ = world.log.take();
        let eleventh = trust(&world, &app, "eleventh").await;
        let events = world.log.take();
        assert!(events.contains(&Event::DeviceAdded) && events.contains(&Event::DeviceRemoved));
        assert_eq!(world.verifier.status(&world.alice).await.unwrap().devices().len(), 10);
        for (n, token) in tokens.iter().enumerate() {
            let refused = recognize(&world, token).await.err();
            assert_eq!(refused.is_some(), n == 3, "device {n}");
        }
        assert!(recognize(&world, &eleventh).await.is_ok());
    });
}

#[test]
fn known_device_evicts_no_trusted_device() {
    block_on(async {
        let (world, app, tokens) = with_ten_devices().await;
        world.clock.advance(30);
        let _ = world.log.take();
        let another = second_factor::Client::new(b"a browser, and no other one").unwrap();
        let proof = second_factor::Proof::totp(app.code(&world.clock));
        let another = world.verifier.for_client(another);
        let verified = another.verify(&world.alice, proof).await.unwrap();
        assert!(verified.device_token().is_none(), "there is no room");
        assert!(!world.log.take().contains(&Event::DeviceRemoved));
        for token in &tokens {
            assert!(recognize(&world, token).await.is_ok());
        }
    });
}

#[test]
fn expired_devices_free_their_places() {
    block_on(async {
        let (world, app, _) = with_ten_devices().await;
        world.clock.advance(30 * DAY);
        let _ = world.log.take();
        let _ = trust(&world, &app, "new").await;
        assert!(!world.log.take().contains(&Event::DeviceRemoved), "no device is removed");
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(
            status
                .devices()
                .iter()
                .filter(|device| device.trusted_until().is_some())
                .map(|device| device.label())
                .collect::<Vec<_>>(),
            ["new"]
        );
    });
}

#[test]
fn device_list_shows_labels_and_times_most_recent_first() {
    block_on(async {
        let (world, app, mut one) = with_device().await;
        let trusted = world.clock.time();
        let _ = trust(&world, &app, "two").await;
        world.clock.advance(DAY);
        let device = visit(&world, &mut one).await;
        let status = world.verifier.status(&world.alice).await.unwrap();
        let list = status.devices();
        assert_eq!(list.iter().map(|one| one.label()).collect::<Vec<_>>(), ["Firefox", "two"]);
        let first = &list[0];
        assert_eq!((first.created_at(), first.last_used_at()), (trusted, world.clock.time()));
        assert_eq!(first.trusted_until(), Some(trusted.plus(30 * DAY)));
        assert_eq!(first.expires_at(), world.clock.time().plus(365 * DAY));
        assert_eq!((first.id(), device.label()), (device.device(), "Firefox"));
    });
}

#[test]
fn status_names_the_device_that_asks() {
    block_on(async {
        let (world, app, mut token) = with_device().await;
        let other = trust(&world, &app, "other").await;
        let current = async |token: &str| {
            let status = on(&world, token).status(&world.alice).await.unwrap();
            let devices = status.devices().iter().filter(|device| device.is_current());
            devices.map(|device| device.label().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(current(&token).await, ["Firefox"]);
        assert_eq!(current(&other).await, ["other"]);
        assert!(current("no token").await.is_empty());
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert!(status.devices().iter().all(|device| !device.is_current()));
        let before = token.clone();
        rotate(&world, &mut token).await;
        assert_eq!(current(&token).await, ["Firefox"]);
        world.clock.advance(LATE + 1);
        assert_eq!(current(&before).await, ["Firefox"], "any token of the series names it");
        assert!(recognize(&world, &token).await.is_ok(), "reading raised no alarm");
    });
}

#[test]
fn device_label_is_truncated_and_stripped() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let long = "x".repeat(10 << 20);
        for (label, kept) in [
            ("", ""),
            ("a\0b\r\nc\u{7f}d\u{9b}e", "abcde"),
            ("Lis\u{202e}nob\u{2066}\u{200f}\u{2028}", "Lisnob"),
            ("Жук 🦊 東京", "Жук 🦊 東京"),
            (long.as_str(), &long[..64]),
            (&"🦊".repeat(1000), &"🦊".repeat(64)),
            (&"\u{1b}".repeat(10 << 20), ""),
        ] {
            let token = trust(&world, &app, label).await;
            assert_eq!(recognize(&world, &token).await.unwrap().label(), kept);
        }
    });
}

#[test]
fn failure_118_ten_largest_devices_fit_a_record() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let mark = Address::push(&"m".repeat(1024)).unwrap();
        let device = NewDevice::new(&"🦊".repeat(64)).with_push(&mark);
        for _ in 0..20 {
            let _ = trust_by(&world, &app, device.clone()).await.unwrap();
        }
        let _ = request(&world).await;
        let id = world.verifier.operations().record_id(&world.alice);
        let size = world.store.load(&id).await.unwrap().unwrap().bytes().len();
        assert!(size < 32 << 10, "{size} bytes");
    });
}

#[test]
fn device_debug_output_shows_neither_label_nor_token() {
    block_on(async {
        let (world, _, token) = with_device().await;
        let device = recognize(&world, &token).await.unwrap();
        let status = world.verifier.status(&world.alice).await.unwrap();
        let list = status.devices();
        let shown = format!(
            "{device:?} {:?} {list:?} {:?} {:?}",
            device.successor(),
            NewDevice::new("Firefox"),
            DeviceToken::from_text(&token),
        );
        assert!(!shown.contains("Firefox") && !shown.contains(&token[..8]), "{shown}");
        assert!(!shown.contains("alice"), "{shown}");
    });
}
