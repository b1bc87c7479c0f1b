//! A platform for businesses: step-up before sensitive changes.

use second_factor::{
    Address, Factor, FactorKind, Grant, Policy, Proof, Purpose, RequestAnswer, RequestedFrom,
    block_on, host::Event, purpose::Agreement, verdict::Reason,
};

use crate::{
    DAY, HOUR, Visitor, notices_at,
    support::{App, World, prove, reason, registration::cheap},
    was_reported,
};

const STEP_UP: Purpose = Purpose::StepUp;

/// An administrator with an app and a number, since yesterday.
async fn set_up_yesterday(world: &World) -> App {
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    app
}

#[test]
fn step_up_proof_is_valid_only_for_its_purpose() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let desk = Visitor::at(&world, "a desk");
        let signed_in = desk.verify_by_app(&app, Purpose::SignIn).await;
        assert_ne!(signed_in.purpose(), STEP_UP, "a page requires its own purpose");
        let stepped_up = desk.verify_by_app(&app, STEP_UP).await;
        assert_eq!(stepped_up.purpose(), STEP_UP);
        assert!(was_reported(&world, &Event::Verified(FactorKind::Totp, STEP_UP)));
        let factors = desk.verifier.revoke(&stepped_up, Factor::Totp).await;
        assert_eq!(reason(factors), Reason::Unauthorized);
        let device = desk.trust(&stepped_up, "a desk").await;
        assert_eq!(reason(device), Reason::Unauthorized);
        // A code sent for one purpose is refused for the other.
        let sent = desk.request_code(STEP_UP).await.unwrap();
        let message = world.phone.take().unwrap();
        assert!(message.expose_text().expose().contains("to confirm this action"));
        let code = message.code().unwrap().expose().to_owned();
        let as_sign_in = desk.verify(Purpose::SignIn, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(as_sign_in), Reason::OtherPurpose);
        assert!(desk.verify(STEP_UP, Proof::sent_code(&sent, &code)).await.is_ok());
    });
}

#[test]
fn platform_may_require_the_app_for_step_up() {
    block_on(async {
        let policy = Policy::builder().only(STEP_UP, &[FactorKind::Totp]).build().unwrap();
        let world = World::with(policy);
        let app = set_up_yesterday(&world).await;
        let thief = Visitor::at(&world, "a thief with her number");
        assert_eq!(reason(thief.request_code(STEP_UP).await), Reason::NotAllowed);
        assert!(world.got_no_code());
        let signed_in = thief.verify_by_text(Purpose::SignIn).await.unwrap();
        assert_ne!(signed_in.purpose(), STEP_UP, "signed in, but not stepped up");
        let _ = Visitor::at(&world, "a desk").verify_by_app(&app, STEP_UP).await;
    });
}

#[test]
fn number_is_changed_over_two_pages_and_notified() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (desk, cafe) = (Visitor::at(&world, "a desk"), Visitor::at(&world, "a cafe"));
        let fresh = desk.verify_by_app(&app, Purpose::Manage).await;
        let kept = desk.verifier.grant(&fresh).unwrap().expose().to_owned();
        // The cookie that holds the grant was copied to another browser.
        let copied = cafe.verifier.authority(&world.alice, &Grant::from_text(&kept));
        assert_eq!(reason(copied), Reason::Unauthorized);

        let authority = desk.verifier.authority(&world.alice, &Grant::from_text(&kept)).unwrap();
        let new = Address::phone("+14155550142").unwrap();
        let _ = prove(&world, authority.clone(), &new).await.unwrap();
        let added = Event::FactorAdded(FactorKind::Phone);
        assert_eq!(notices_at(&world, &world.number), [added]);
        desk.verifier.revoke(authority.clone(), Factor::Address(&world.number)).await.unwrap();
        let removed = Event::FactorRemoved(FactorKind::Phone);
        assert!(was_reported(&world, &removed), "the application ends the other sessions");
        let to: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        assert!(to.contains(&world.number) && to.contains(&new), "{to:?}");
        let more = desk.verifier.revoke(authority, Factor::Address(&new)).await;
        assert_eq!(
            reason(more),
            Reason::Unauthorized,
            "a grant ends with the change it authorized"
        );
    });
}

#[test]
fn administrator_action_is_confirmed_word_by_word() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let desk = Visitor::at(&world, "a desk");
        let deed = |who| Agreement::new([("action", "make administrator"), ("who", who)]).unwrap();
        let (bob, eve) = (deed("bob@example.com"), deed("eve@example.net"));
        let asked = desk.verifier.challenge_transaction(&world.alice, &world.number, &bob).await;
        let (asked, message) = (asked.unwrap(), world.phone.take().unwrap());
        let text = message.expose_text();
        assert!(text.expose().contains("action: make administrator; who: bob@example.com"));
        // Malware in the browser changes the name in the form.
        let code = message.code().unwrap().expose().to_owned();
        let changed = desk.verify(eve.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(changed), Reason::OtherPurpose);
        let agreed = desk.verify(bob.purpose(), Proof::sent_code(&asked, &code)).await.unwrap();
        assert_eq!(agreed.purpose(), bob.purpose());
        let twice = desk.verify(bob.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(twice), Reason::NotFound);
    });
}

#[test]
fn action_is_shown_on_the_approving_phone() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (desk, phone) = (Visitor::at(&world, "a desk"), Visitor::at(&world, "a phone"));
        let kept = phone.verify_by_app(&app, Purpose::SignIn).await;
        let kept = phone.trust(&kept, "a phone").await.unwrap();
        world.clock.advance(HOUR);
        let deed = Agreement::new([("action", "delete everything")]).unwrap();
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let asked = desk.verifier.request_agreement(&world.alice, &deed, &from).await.unwrap();
        let on_phone = phone.recognize(&kept).await.unwrap();
        let pending = phone.verifier.pending_request(&on_phone).await.unwrap().unwrap();
        assert_eq!(pending.agreement(), Some(&deed));
        let yes = RequestAnswer::Approve(asked.number().expose());
        phone.verifier.answer_request(&on_phone, &pending, yes).await.unwrap();
        let as_step_up = desk.verify(STEP_UP, Proof::sign_in_request(&asked)).await;
        assert_eq!(reason(as_step_up), Reason::OtherPurpose);
        let agreed = desk.verify(deed.purpose(), Proof::sign_in_request(&asked)).await.unwrap();
        assert_eq!(agreed.factors(), [FactorKind::SignInRequest]);
    });
}

#[test]
fn signed_out_administrator_must_confirm_again() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (desk, home) = (Visitor::at(&world, "a desk"), Visitor::at(&world, "a laptop"));
        let at_home = home.verify_by_app(&app, Purpose::SignIn).await;
        let kept = home.trust(&at_home, "a laptop").await.unwrap();
        let deed = Agreement::new([("action", "pay out")]).unwrap();
        let asked = home.verifier.challenge_transaction(&world.alice, &world.number, &deed).await;
        let (asked, code) = (asked.unwrap(), world.read_code());
        let fresh = desk.verify_by_app(&app, Purpose::Manage).await;
        let _ = world.notices();
        desk.verifier.sign_out_everywhere(&fresh).await.unwrap();
        assert!(was_reported(&world, &Event::SignedOutEverywhere));
        assert_eq!(notices_at(&world, &world.number), [Event::SignedOutEverywhere]);
        assert_eq!(reason(home.recognize(&kept).await), Reason::NotFound);
        let late = home.verify(deed.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(late), Reason::NotFound);
    });
}
