//! Instagram: app, text messages, backup codes, and approval.

use second_factor::{
    Address, DeviceToken, FactorKind, FirstFactor, Next, Proof, Reason, block_on,
    enrollment::NewSecurityKey,
    host::Event,
    proof::{RequestAnswer, RequestedFrom, SecurityKeyOutcome, SignInRequest},
    purpose::Operation,
};

use crate::{
    DAY, HOUR, Visitor, notices_at,
    support::{App, World, item_of, mail, not, reason, registration::cheap},
    was_reported,
};

const SIGN_IN: Operation = Operation::SignIn;

/// Alice has an app, a number and printed codes, since yesterday.
async fn set_up_yesterday(world: &World) -> (App, Vec<String>) {
    let (app, verified) = world.with_settled_app().await;
    let _ = world.with_phone(&verified).await;
    let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
    let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    (app, codes)
}

async fn offered(world: &World) -> Vec<FactorKind> {
    match world.verifier.next(&world.alice).await.unwrap() {
        Next::Prove(offers) => offers.iter().map(|offer| offer.kind()).collect(),
        Next::Done(_) => Vec::new(),
        Next::Enroll(_) => panic!("the policy requires nothing"),
    }
}

/// A visitor who has entered the password.
fn visit<'w>(world: &'w World, place: &str) -> Visitor<'w> {
    Visitor::after(FirstFactor::Password, world, place)
}

#[test]
fn two_factor_is_turned_on_used_and_turned_off() {
    block_on(async {
        let world = cheap();
        let home = visit(&world, "her laptop");
        assert!(offered(&world).await.is_empty(), "a password is enough");
        let (app, codes) = set_up_yesterday(&world).await;
        let (kind, phone, backup) = (FactorKind::Totp, FactorKind::Phone, FactorKind::BackupCode);
        assert_eq!(offered(&world).await, [kind, phone, backup], "the strongest first");

        let verify_by_app = home.verify_by_app(&app, SIGN_IN).await;
        assert_eq!(verify_by_app.factors(), [kind]);
        let verify_by_text = home.verify_by_text(SIGN_IN).await.unwrap();
        assert_eq!(verify_by_text.factors(), [phone]);
        let by_paper = home.verify(SIGN_IN, Proof::backup_code(&codes[0])).await.unwrap();
        assert_eq!(by_paper.factors(), [backup]);
        let events = world.log.take();
        for kind in [kind, phone, backup] {
            assert!(events.contains(&Event::Verified(kind, SIGN_IN)), "{kind:?}");
        }
        // A code that was observed cannot be used a second time.
        let used = app.code(&world.clock);
        let _ = home.verify_by_app(&app, SIGN_IN).await;
        assert_ne!(used, app.code(&world.clock));
        let again = home.verify(SIGN_IN, Proof::totp(app.code(&world.clock))).await;
        assert_eq!(reason(again), Reason::Replayed);
        assert!(was_reported(&world, &Event::ReplayRefused(FactorKind::Totp)));

        let fresh = home.verify_by_app(&app, Operation::Manage).await;
        let _ = world.notices();
        home.verifier.turn_off(&fresh).await.unwrap();
        assert!(was_reported(&world, &Event::TurnedOff));
        assert_eq!(
            notices_at(&world, &world.number),
            [Event::TurnedOff],
            "the removed number is notified"
        );
        assert!(offered(&world).await.is_empty());
    });
}

#[test]
fn backup_code_replaces_a_lost_phone() {
    block_on(async {
        let world = cheap();
        let (lost, codes) = set_up_yesterday(&world).await;
        let home = visit(&world, "her laptop");
        let in_lower_case = codes[0].to_lowercase().replace('-', "");
        let verified = home.verify(SIGN_IN, Proof::backup_code(&in_lower_case)).await.unwrap();
        let twice = home.verify(SIGN_IN, Proof::backup_code(&codes[0])).await;
        assert_eq!(reason(twice), Reason::Replayed);

        let enrollment = home.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let new = App::scan(enrollment.expose_secret().expose());
        let first = new.code(&world.clock);
        let verified = home.verifier.confirm(&world.alice, &enrollment, &first).await.unwrap();
        let added = Event::FactorAdded(FactorKind::Totp);
        assert!(was_reported(&world, &added));
        assert_eq!(notices_at(&world, &world.number), [added]);
        // The lost app is the first of the list. It stays valid until she removes it.
        let lost_app = item_of(&world, FactorKind::Totp).await;
        home.verifier.revoke(&verified, &lost_app).await.unwrap();
        let _ = world.notices();
        world.clock.advance(30);
        let verified = home.verify_by_app(&new, Operation::Manage).await;
        let found = visit(&world, "a finder");
        let old = found.verify(SIGN_IN, Proof::totp(lost.code(&world.clock))).await;
        assert_eq!(reason(old), Reason::Incorrect, "the lost app is refused");
        // The number was on the lost phone too.
        home.verifier.revoke(&verified, &item_of(&world, FactorKind::Phone).await).await.unwrap();
        world.clock.advance(HOUR);
        assert!(
            found.request_code(SIGN_IN).await.is_ok(),
            "the attacker does not learn that it is gone"
        );
        assert!(world.got_no_code());
        let _ = home.verify_by_app(&new, SIGN_IN).await;
    });
}

#[test]
fn low_backup_codes_are_notified_and_replaced() {
    block_on(async {
        let world = cheap();
        let (app, codes) = set_up_yesterday(&world).await;
        let home = visit(&world, "her laptop");
        for code in &codes[..6] {
            let _ = home.verify(SIGN_IN, Proof::backup_code(code)).await.unwrap();
        }
        assert!(!was_reported(&world, &Event::BackupCodesLow(4)));
        let _ = home.verify(SIGN_IN, Proof::backup_code(&codes[6])).await.unwrap();
        assert!(was_reported(&world, &Event::BackupCodesLow(3)));
        assert_eq!(notices_at(&world, &world.number), [Event::BackupCodesLow(3)]);
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.backup_codes_left(), Some(3));

        let fresh = home.verify_by_app(&app, Operation::Manage).await;
        let new = home.verifier.new_backup_codes(&fresh).await.unwrap();
        assert!(was_reported(&world, &Event::FactorReplaced(FactorKind::BackupCode)));
        let old = home.verify(SIGN_IN, Proof::backup_code(&codes[7])).await;
        assert_eq!(reason(old), Reason::Incorrect, "the old codes are void");
        let sheet = new.expose();
        let first = sheet.first().unwrap().expose();
        assert!(home.verify(SIGN_IN, Proof::backup_code(first)).await.is_ok());
    });
}

/// A request from `there`, and the owner's phone, which polls it.
async fn request(
    there: &Visitor<'_>,
    phone: &Visitor<'_>,
    kept: &mut DeviceToken,
) -> SignInRequest {
    let from = RequestedFrom::new("Chrome", "Minsk");
    let alice = &there.world.alice;
    let request = there.verifier.request_sign_in(alice, SIGN_IN, &from).await.unwrap();
    phone.revisit(kept).await;
    request
}

#[test]
fn phone_approves_cancels_or_reports_a_request() {
    block_on(async {
        let world = cheap();
        let (app, _) = set_up_yesterday(&world).await;
        let (phone, tablet) = (visit(&world, "her phone"), visit(&world, "a tablet"));
        let mut kept = phone.link_by_app(&app, "Alice's phone").await;
        world.clock.advance(HOUR);

        // Approve: the number of the tablet is typed on the phone.
        let asked = request(&tablet, &phone, &mut kept).await;
        let waits = tablet.verify(SIGN_IN, Proof::sign_in_request(&asked)).await;
        assert_eq!(reason(waits), Reason::Pending);
        let pending = phone.on(&kept).pending_request(&world.alice).await.unwrap().unwrap();
        assert_eq!((pending.device(), pending.location()), ("Chrome", "Minsk"));
        let yes = RequestAnswer::Approve(asked.number().expose());
        phone.on(&kept).answer_request(&world.alice, &pending, yes).await.unwrap();
        let elsewhere = phone.verify(SIGN_IN, Proof::sign_in_request(&asked)).await;
        assert_eq!(reason(elsewhere), Reason::OtherClient, "the approval is for the tablet");
        let signed_in = tablet.verify(SIGN_IN, Proof::sign_in_request(&asked)).await.unwrap();
        assert_eq!(signed_in.factors(), [FactorKind::SignInRequest]);
        assert!(was_reported(&world, &Event::RequestApproved));

        // Cancel, and not me. The requesting attacker has the password.
        let thief = visit(&world, "a thief");
        for (answer, why, event) in [
            (RequestAnswer::Cancel, Reason::Cancelled, Event::RequestCancelled),
            (RequestAnswer::NotMe, Reason::ReportedByOwner, Event::RequestReportedUnrequested),
        ] {
            let asked = request(&thief, &phone, &mut kept).await;
            let pending = phone.on(&kept).pending_request(&world.alice).await.unwrap().unwrap();
            phone.on(&kept).answer_request(&world.alice, &pending, answer).await.unwrap();
            assert_eq!(reason(thief.verify(SIGN_IN, Proof::sign_in_request(&asked)).await), why);
            assert!(was_reported(&world, &event));
        }
    });
}

#[test]
fn tired_owner_cannot_approve_by_tapping() {
    block_on(async {
        let world = cheap();
        let (app, _) = set_up_yesterday(&world).await;
        let (phone, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let mut kept = phone.link_by_app(&app, "Alice's phone").await;
        world.clock.advance(HOUR);
        // There is no approve button: she would have to know the thief's number.
        let asked = request(&thief, &phone, &mut kept).await;
        let pending = phone.on(&kept).pending_request(&world.alice).await.unwrap().unwrap();
        let guess = if asked.number().expose() == "42" { "43" } else { "42" };
        let tapped = RequestAnswer::Approve(guess);
        let answered = phone.on(&kept).answer_request(&world.alice, &pending, tapped).await;
        assert_eq!(reason(answered), Reason::Incorrect);
        assert_eq!(
            reason(thief.verify(SIGN_IN, Proof::sign_in_request(&asked)).await),
            Reason::NotFound
        );
        // After three unanswered requests there are no more until a code is used.
        for _ in 0..3 {
            let _ = request(&thief, &phone, &mut kept).await;
            world.clock.advance(61);
        }
        let _ = (world.log.take(), world.notices());
        let from = RequestedFrom::new("Chrome", "Minsk");
        let fourth = thief.verifier.request_sign_in(&world.alice, SIGN_IN, &from).await;
        assert_eq!(reason(fourth), Reason::Disabled);
        assert!(was_reported(&world, &Event::RequestsOff));
        assert_eq!(notices_at(&world, &world.number), [Event::RequestsOff]);
        let _ = phone.verify_by_app(&app, SIGN_IN).await;
        let again = phone.verifier.request_sign_in(&world.alice, SIGN_IN, &from).await;
        assert!(again.is_ok(), "she used a code");
    });
}

#[test]
fn attacker_with_the_password_locks_one_factor_only() {
    block_on(async {
        let world = cheap();
        let (app, codes) = set_up_yesterday(&world).await;
        let (home, thief) = (visit(&world, "her laptop"), visit(&world, "a thief"));
        for _ in 0..5 {
            let guess = app.incorrect(&world.clock);
            assert_eq!(reason(thief.verify(SIGN_IN, Proof::totp(&guess)).await), Reason::Incorrect);
        }
        let correct = thief.verify(SIGN_IN, Proof::totp(app.code(&world.clock))).await.unwrap_err();
        assert_eq!(correct.denial().unwrap().reason(), Reason::Locked);
        assert_eq!(correct.retry_at(), Some(world.clock.time().plus(30)));
        let locked = Event::FactorLocked(FactorKind::Totp);
        assert!(was_reported(&world, &locked));
        assert_eq!(notices_at(&world, &world.number), [locked], "the owner is notified");
        // With the password alone nothing can be added.
        let added = thief.verifier.enroll_totp(&world.alice, "mallory").await;
        assert_eq!(reason(added), Reason::Unauthorized);
        assert!(home.verify(SIGN_IN, Proof::backup_code(&codes[0])).await.is_ok());
        assert!(home.verify_by_text(SIGN_IN).await.is_ok(), "the others are unaffected");
    });
}

#[test]
fn open_settings_page_changes_nothing_after_five_minutes() {
    block_on(async {
        let world = cheap();
        let (app, _) = set_up_yesterday(&world).await;
        let home = visit(&world, "her laptop");
        let signed_in = home.verify_by_app(&app, SIGN_IN).await;
        let second = Address::phone("+14155550123").unwrap();
        let sent = home.verifier.enroll_address(&signed_in, &second).await.unwrap();
        let code = world.read_code();
        let slip = home.verifier.confirm(&world.alice, &sent, &not(&code)).await;
        assert_eq!(reason(slip), Reason::Incorrect);
        let _ = home.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        let added = Event::FactorAdded(FactorKind::Phone);
        let notices = notices_at(&world, &world.number);
        assert_eq!(notices, [added], "the enrolled number is notified of the new one");

        world.clock.advance(300);
        let passer_by =
            home.verifier.revoke(&signed_in, &item_of(&world, FactorKind::Totp).await).await;
        assert_eq!(reason(passer_by), Reason::Unauthorized);
        let codes = home.verifier.new_backup_codes(&signed_in).await;
        assert_eq!(reason(codes.map(drop)), Reason::Unauthorized);
    });
}

#[test]
fn recovery_by_mailbox_and_backup_code() {
    block_on(async {
        let world = cheap();
        let (app, codes) = set_up_yesterday(&world).await;
        let home = visit(&world, "her laptop");
        let fresh = home.verify_by_app(&app, Operation::Manage).await;
        let _ = home.enroll(&fresh, &mail()).await.unwrap();
        world.clock.advance(HOUR);
        let _ = (world.log.take(), world.notices());
        // A link by email alone would be worth as much as the mailbox.
        let recover = Operation::Recover;
        let sent = home.request_code_at(&mail(), recover).await.unwrap();
        let code = world.read_code();
        let half = home.verify(recover, Proof::sent_code(&sent, &code)).await.unwrap_err();
        assert_eq!(half.denial().unwrap().reason(), Reason::AnotherFactorDue);
        let events = world.log.take();
        assert!(events.contains(&Event::Verified(FactorKind::Email, recover)));
        assert!(!events.contains(&Event::Recovered));
        let proof = Proof::backup_code(&codes[0]).after(half.pending_factor().unwrap());
        let recovered = home.verify(recover, proof).await.unwrap();
        let events = world.log.take();
        assert!(events.contains(&Event::Verified(FactorKind::BackupCode, recover)));
        assert!(events.contains(&Event::Recovered));
        assert_eq!(
            notices_at(&world, &world.number),
            [Event::Recovered],
            "the lost number is notified"
        );
        assert!(
            home.verifier
                .revoke(&recovered, &item_of(&world, FactorKind::Phone).await)
                .await
                .is_ok()
        );
    });
}

#[test]
fn security_key_is_offered_first_and_a_copy_is_detected() {
    block_on(async {
        let world = cheap();
        let (app, _) = set_up_yesterday(&world).await;
        let home = visit(&world, "her laptop");
        let (alice, verifier) = (&world.alice, &home.verifier);

        let fresh = home.verify_by_app(&app, Operation::Manage).await;
        let begun = verifier.enroll_security_key(&fresh, b"state of another crate").await.unwrap();
        let blue = NewSecurityKey::new("blue key", b"counter 1").unwrap();
        let added = verifier.confirm_security_key(alice, &begun, blue).await;
        assert!(added.unwrap().verified().is_none(), "a grant opens no session");
        let notices = notices_at(&world, &world.number);
        assert!(notices.contains(&Event::FactorAdded(FactorKind::SecurityKey)), "{notices:?}");
        assert_eq!(offered(&world).await.first(), Some(&FactorKind::SecurityKey));

        // The other crate accepts, and returns its counter state.
        let ceremony = verifier.begin_security_key(alice, b"state").await.unwrap();
        let key = *ceremony.keys().first().unwrap().id();
        let passed = SecurityKeyOutcome::passed(&key, b"counter 2");
        let verified = home.verify(SIGN_IN, Proof::security_key(&ceremony, passed)).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
        // The same answer is refused, and the next ceremony has the new counter.
        let passed = SecurityKeyOutcome::passed(&key, b"counter 2");
        let again = home.verify(SIGN_IN, Proof::security_key(&ceremony, passed)).await;
        assert_eq!(reason(again), Reason::Replayed);
        let ceremony = verifier.begin_security_key(alice, b"state").await.unwrap();
        assert_eq!(ceremony.keys().first().unwrap().credential(), b"counter 2");
        // A copy counts from where it was made: the other crate refuses, and that is reported.
        let failed = Proof::security_key(&ceremony, SecurityKeyOutcome::failed());
        assert_eq!(reason(home.verify(SIGN_IN, failed).await), Reason::SecurityKeyFailed);
        assert!(was_reported(&world, &Event::IncorrectProof(FactorKind::SecurityKey)));

        let fresh = home.verify_by_app(&app, Operation::Manage).await;
        verifier.revoke(&fresh, &key).await.unwrap();
        assert!(!offered(&world).await.contains(&FactorKind::SecurityKey));
    });
}
