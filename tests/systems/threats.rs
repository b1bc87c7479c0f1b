//! Attacks from the news: phishing, stolen numbers, voicemail.

use second_factor::{
    Address, Channel, CodeRequest, FactorKind, Next, Proof, Reason, SubjectId, block_on,
    delivery::Undelivered, host::Event, purpose::Operation,
};

use crate::{
    DAY, HOUR, PIN, Visitor, notices_at,
    support::{
        App, UNDO, World, devices::NotRecognized::Invalid, item_of, reason, registration::cheap,
    },
    was_reported,
};

const REGISTER: Operation = Operation::Register;
const SIGN_IN: Operation = Operation::SignIn;

/// Alice has an app and a number, since yesterday.
async fn set_up_yesterday(world: &World) -> App {
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    app
}

#[test]
fn failure_106_phished_code_is_refused_in_another_browser() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        let hers = alice.request_code(SIGN_IN).await.unwrap();
        let message = world.phone.take().unwrap();
        let code = message.code().unwrap().expose().to_owned();
        // The browser fills it in only at example.com; the text says the rest.
        let text = message.expose_text();
        assert!(text.expose().ends_with(&format!("\n\n@example.com #{code}")));
        assert!(text.expose().contains("Never share it. We will never ask you for it."));
        // She reads it out on the telephone anyway.
        let typed = thief.verify(SIGN_IN, Proof::sent_code(&hers, &code)).await;
        assert_eq!(reason(typed), Reason::OtherClient);
        assert!(alice.verify(SIGN_IN, Proof::sent_code(&hers, &code)).await.is_ok());
    });
}

#[test]
fn relayed_sign_in_is_ended_by_signing_out_everywhere() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        // A typed code cannot prevent this: password and code were entered on a phishing page.
        let (theirs, kept) = thief.link_by_text(SIGN_IN, "a thief's browser").await;
        assert!(was_reported(&world, &Event::Verified(FactorKind::Phone, SIGN_IN)));
        assert_eq!(notices_at(&world, &world.number), [Event::DeviceAdded], "she is notified");

        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(thief.recognize(&kept).await.is_ok(), "no code is left to cancel");
        let hers = alice.verify_by_app(&app, Operation::Manage).await;
        alice.verifier.sign_out_everywhere(&hers).await.unwrap();
        assert!(was_reported(&world, &Event::SignedOutEverywhere));
        assert_eq!(thief.recognize(&kept).await.unwrap_err(), Invalid);
        let app = thief.verifier.enroll_totp(&theirs, "mallory").await;
        assert_eq!(reason(app), Reason::Unauthorized);
    });
}

#[test]
fn reported_code_is_cancelled_and_the_number_stays() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let thief = Visitor::at(&world, "a thief");
        let sent = thief.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        // She telephones between the send and the entry; the application knows her by other means.
        let desk = &world.verifier;
        desk.report_unrequested(&world.alice).await.unwrap();
        assert!(was_reported(&world, &Event::CodeReportedUnrequested(SIGN_IN)));
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        assert_eq!(reason(thief.request_code(SIGN_IN).await), Reason::ReportedByOwner);
        // A thief with a new cookie requests again: removing the number requires a factor.
        let same_thief = Visitor::at(&world, "the thief's next browser");
        assert!(same_thief.verify_by_text(SIGN_IN).await.is_ok());
    });
}

#[test]
fn number_revoked_before_verification_opens_nothing() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        let sent = thief.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        let fresh = alice.verify_by_app(&app, Operation::Manage).await;
        alice.verifier.revoke(&fresh, &item_of(&world, FactorKind::Phone).await).await.unwrap();
        let removed = Event::FactorRemoved(FactorKind::Phone);
        assert!(was_reported(&world, &removed));
        assert_eq!(
            notices_at(&world, &world.number),
            [removed],
            "the holder of the number is notified"
        );
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        // Requested again it looks as before, and no code is sent.
        let again = Visitor::at(&world, "the thief's next browser");
        let looks_sent = again.wait_and_request(&world.number, SIGN_IN).await;
        assert!(world.got_no_code());
        assert_eq!(
            reason(again.verify(SIGN_IN, Proof::sent_code(&looks_sent, &code)).await),
            Reason::NotFound
        );
        // The number still registers, without permission over the app.
        let registered = again.verify_by_text(REGISTER).await.unwrap();
        assert_eq!(reason(again.verifier.turn_off(&registered).await), Reason::Unauthorized);
        let _ = alice.verify_by_app(&app, SIGN_IN).await;
    });
}

#[test]
fn signing_out_everywhere_voids_pending_codes() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        for purpose in [SIGN_IN, REGISTER, Operation::Recover] {
            let sent = thief.wait_and_request(&world.number, purpose).await;
            let code = world.read_code();
            let fresh = alice.verify_by_app(&app, Operation::Manage).await;
            alice.verifier.sign_out_everywhere(&fresh).await.unwrap();
            let typed = thief.verify(purpose, Proof::sent_code(&sent, &code)).await;
            assert_eq!(reason(typed), Reason::NotFound, "{purpose:?}");
        }
        assert!(thief.verify_by_text(SIGN_IN).await.is_ok(), "the next code is valid");
    });
}

#[test]
fn stolen_only_number_cannot_be_removed() {
    block_on(async {
        let world = cheap();
        let proven = world.with_phone(&world.alice).await;
        let only = world.verifier.revoke(&proven, &item_of(&world, FactorKind::Phone).await).await;
        assert_eq!(reason(only), Reason::LastFactor, "no other factor could sign in");
        world.clock.advance(DAY);
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        // The application's assertion cannot add a second factor either.
        let beside = alice.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(beside), Reason::Unauthorized);
        // She reports each code; that helps only while she does.
        let sent = thief.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        alice.verifier.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        // When the carrier restores the number, she signs out everywhere with it.
        let theirs = Visitor::at(&world, "the thief's next browser");
        let (verified, kept) = theirs.link_by_text(SIGN_IN, "a thief's phone").await;
        let hers = alice.verify_by_text(Operation::Manage).await.unwrap();
        alice.verifier.sign_out_everywhere(&hers).await.unwrap();
        assert_eq!(theirs.recognize(&kept).await.unwrap_err(), Invalid);
        let app = theirs.verifier.enroll_totp(&verified, "mallory").await;
        assert_eq!(reason(app), Reason::Unauthorized);
    });
}

#[test]
fn failure_096_sim_swap_check_sends_nothing_and_app_works() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        // The application's delivery checks before it passes anything on, and refuses.
        world.phone.fail_with(Some(Undelivered::Unreachable));
        let refused = thief.request_code(SIGN_IN).await;
        assert!(refused.is_err_and(|error| error.denial().is_none()), "it is not a denial");
        assert!(was_reported(&world, &Event::CodeNotSent(SIGN_IN)));
        assert!(world.got_no_code());
        let _ = alice.verify_by_app(&app, SIGN_IN).await;
    });
}

#[test]
fn code_is_never_sent_by_voice_so_voicemail_holds_none() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let thief = Visitor::at(&world, "a thief with a default voicemail PIN");
        for purpose in [REGISTER, SIGN_IN, Operation::StepUp, Operation::Manage, Operation::Recover]
        {
            let sent = thief.wait_and_request(&world.number, purpose).await;
            let again = sent.resend_at().unwrap();
            world.clock.set(again.as_secs());
            let _ =
                thief.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
            world.clock.advance(HOUR);
        }
        let messages: Vec<_> = core::iter::from_fn(|| world.phone.take()).collect();
        assert!(messages.iter().filter(|message| message.code().is_some()).count() == 10);
        assert!(messages.iter().all(|message| message.channel() == Channel::Sms));
    });
}

#[test]
fn sign_in_by_a_stolen_code_cannot_set_the_first_pin() {
    block_on(async {
        let world = cheap();
        let (alice, thief) = (Visitor::at(&world, "her phone"), Visitor::at(&world, "a thief"));
        let _ = world.with_phone(&world.alice).await;
        let (_, kept) = alice.link_by_text(SIGN_IN, "Alice's phone").await;
        world.clock.advance(UNDO);
        let (theirs, device) = thief.link_by_text(SIGN_IN, "a thief's phone").await;
        let pin = thief.verifier.set_pin(&theirs, "170459").await.unwrap_err();
        assert_eq!(pin.denial().unwrap().reason(), Reason::Quarantined);
        assert_eq!(pin.retry_at(), Some(world.clock.time().plus(DAY)));
        let alone = thief.on(&device).set_pin(&theirs, "170459").await;
        assert_eq!(
            reason(alone),
            Reason::Quarantined,
            "a device added by the attacker cannot override"
        );

        // Her phone was trusted before, and is enough to set hers.
        let hers = alice.verify_by_text(Operation::Manage).await.unwrap();
        assert_eq!(reason(alice.verifier.set_pin(&hers, PIN).await), Reason::Quarantined);
        alice.on(&kept).set_pin(&hers, PIN).await.unwrap();
        assert!(was_reported(&world, &Event::FactorAdded(FactorKind::Pin)));
        let locked_out = thief.verify_by_text(SIGN_IN).await.unwrap_err();
        assert!(locked_out.pending_pin().is_some(), "from now on the number is not enough");
    });
}

#[test]
fn failure_112_thief_without_a_device_sets_no_first_pin() {
    block_on(async {
        let world = cheap();
        let _ = world.with_phone(&world.alice).await;
        let alice = Visitor::at(&world, "her phone");
        let _ = alice.link_by_text(SIGN_IN, "Alice's phone").await;
        world.clock.advance(UNDO);
        let thief = Visitor::at(&world, "a thief");
        let theirs = thief.verify_by_text(SIGN_IN).await.unwrap();
        let refused = thief.verifier.set_pin(&theirs, "170459").await.unwrap_err();
        assert_eq!(refused.retry_at(), Some(world.clock.time().plus(DAY)));
        assert_eq!(reason::<()>(Err(refused)), Reason::Quarantined);
    });
}

#[test]
fn number_changed_before_verification_voids_its_codes() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, other) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a phone"));
        let new = Address::phone("+14155550142").unwrap();
        let sent = other.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        world.clock.advance(30);
        let fresh = alice.verify_by_app(&app, Operation::Manage).await;
        let proving = alice.verifier.enroll_address(&fresh, &new).await.unwrap();
        // A code sent to the new number is refused for the old one, and vice versa.
        let to_new = world.read_code();
        let crossed = alice.verifier.confirm(&world.alice, &proving, &code).await;
        assert_eq!(reason(crossed), Reason::Incorrect);
        let crossed = other.verify(SIGN_IN, Proof::sent_code(&proving, &to_new)).await;
        assert_eq!(reason(crossed), Reason::NotFound);
        let _ = alice.verifier.confirm(&world.alice, &proving, &to_new).await.unwrap();
        // Both are enrolled for a moment; then the old one is removed with the codes sent to it.
        alice.verifier.revoke(&fresh, &item_of(&world, FactorKind::Phone).await).await.unwrap();
        assert_eq!(
            reason(other.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        let to: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        assert!(to.contains(&world.number) && to.contains(&new), "both are notified: {to:?}");
        assert!(
            other.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.is_ok(),
            "it looks as before"
        );
        assert!(world.got_no_code());
        let sent = alice.wait_and_request(&new, SIGN_IN).await;
        let code = world.read_code();
        assert!(alice.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await.is_ok());
    });
}

#[test]
fn number_proven_again_before_verification_voids_codes() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        let sent = thief.request_code(SIGN_IN).await.unwrap();
        let code = world.read_code();
        world.clock.advance(30);
        // She has a new SIM card for the same number, and proves it.
        let fresh = alice.verify_by_app(&app, Operation::Manage).await;
        let number = world.number.clone();
        let _ = alice.enroll(&fresh, &number).await.unwrap();
        assert!(was_reported(&world, &Event::FactorReplaced(FactorKind::Phone)));
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sent_code(&sent, &code)).await),
            Reason::NotFound
        );
        assert!(alice.verify_by_text(SIGN_IN).await.is_ok());
    });
}

#[test]
fn pumping_ends_at_the_budgets_of_account_and_number() {
    block_on(async {
        let world = cheap();
        let thief = Visitor::at(&world, "a botnet");
        // One account, and premium numbers.
        let mut sent = 0;
        for n in 0..24 * 12 {
            let premium = Address::phone(&format!("+88213000{n:04}")).unwrap();
            sent += usize::from(thief.request_code_at(&premium, REGISTER).await.is_ok());
            world.clock.advance(5 * 60);
        }
        assert_eq!(sent, 10, "half of the daily budget of an account");
        // One number, and unlimited accounts.
        let mut sent = 0;
        for n in 0..50 {
            let account = SubjectId::new(format!("bot {n}")).unwrap();
            let asked = thief
                .verifier
                .send_code(&account, CodeRequest::to_address(&world.number).purpose(REGISTER))
                .await;
            sent += usize::from(asked.is_ok());
        }
        assert_eq!(sent, 4, "half of the hourly budget of a number");
        // A sign-in form for another user's number sends nothing at all.
        while world.phone.take().is_some() {}
        world.clock.advance(DAY);
        let elsewhere = Address::phone("+882130009999").unwrap();
        let _ = world.with_phone(&world.alice).await;
        let decoy = thief.wait_and_request(&elsewhere, SIGN_IN).await;
        assert!(!decoy.masked().is_empty());
        assert!(world.got_no_code());
    });
}

#[test]
fn takeover_by_a_stolen_number_is_undone_by_the_app() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her laptop"), Visitor::at(&world, "a thief"));
        let kept = alice.link_by_app(&app, "Alice's laptop").await;
        world.clock.advance(HOUR);
        // Password and number are stolen; the thief generates backup codes and signs her out.
        let theirs = thief.verify_by_text(SIGN_IN).await.unwrap();
        let codes = thief.verifier.new_backup_codes(&theirs).await.unwrap();
        let paper = codes.expose().first().unwrap().expose().to_owned();
        thief.verifier.sign_out_everywhere(&theirs).await.unwrap();
        assert_eq!(alice.recognize(&kept).await.unwrap_err(), Invalid);
        let notices = notices_at(&world, &world.number);
        assert!(notices.contains(&Event::FactorAdded(FactorKind::BackupCode)), "{notices:?}");

        let hers = alice.verify_by_app(&app, Operation::Manage).await;
        alice.verifier.revoke(&hers, &item_of(&world, FactorKind::Phone).await).await.unwrap();
        let hers = alice.verify_by_app(&app, Operation::Manage).await;
        let mine = alice.verifier.new_backup_codes(&hers).await.unwrap();
        assert!(!mine.expose().is_empty());
        let by_paper = thief.verify(SIGN_IN, Proof::backup_code(&paper)).await;
        assert_eq!(reason(by_paper), Reason::Incorrect);
        let _ = thief.wait_and_request(&world.number, SIGN_IN).await;
        assert!(world.got_no_code());
        let Next::Prove(offers) = world.verifier.next(&world.alice).await.unwrap() else {
            panic!("the subject is protected")
        };
        let kinds: Vec<FactorKind> = offers.iter().map(|offer| offer.kind()).collect();
        assert_eq!(kinds, [FactorKind::Totp, FactorKind::BackupCode]);
    });
}
