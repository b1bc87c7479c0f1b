//! A platform for businesses: step-up before sensitive changes.

use core::time::Duration;

use second_factor::{
    Address, CodeRequest, FactorKind, FirstFactor, Grant, Policy, Proof, Purpose, Reason, block_on,
    host::Event, purpose::Agreement, purpose::Operation,
};

use crate::{
    DAY, Visitor, notices_at,
    support::{
        App, World, answer::Answer, devices::NotRecognized::Invalid, item_of, reason,
        registration::cheap,
    },
    was_reported,
};

const STEP_UP: Operation = Operation::StepUp;
const MINUTE: Duration = Duration::from_secs(60);

/// An administrator with an app and a number, since yesterday.
async fn set_up_yesterday(world: &World) -> App {
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    app
}

/// A visitor who has entered the password.
fn visit<'w>(world: &'w World, place: &str) -> Visitor<'w> {
    Visitor::after(FirstFactor::Password, world, place)
}

#[test]
fn step_up_proof_is_valid_only_for_its_purpose() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let desk = visit(&world, "a desk");
        let Answer::Granted(stepped_up) = desk.verify_by_app(&app, STEP_UP).await else {
            panic!("a step-up opens no session, and trusts no device")
        };
        let checked = desk.verifier.check_grant(&stepped_up, Purpose::StepUp, MINUTE).await;
        assert!(checked.is_ok());
        let manages = desk.verifier.check_grant(&stepped_up, Purpose::Manage, MINUTE).await;
        assert_eq!(reason(manages), Reason::Unauthorized, "a page requires its own purpose");
        assert!(was_reported(&world, &Event::Verified(FactorKind::Totp, STEP_UP)));
        let item = item_of(&world, FactorKind::Totp).await;
        let factors = desk.verifier.revoke(&stepped_up, &item).await;
        assert_eq!(reason(factors), Reason::Unauthorized);
        // A code sent for one purpose is refused for the other.
        let sent = desk.request_code(STEP_UP).await.unwrap();
        let message = world.phone.take().unwrap();
        assert!(message.expose_text().expose().contains("to confirm this action"));
        let code = message.code().unwrap().expose().to_owned();
        let as_sign_in = desk.verify(Operation::SignIn, Proof::sent_code(&sent, &code)).await;
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
        let thief = visit(&world, "a thief with her number");
        assert_eq!(reason(thief.request_code(STEP_UP).await), Reason::NotAllowed);
        assert!(world.got_no_code());
        let signed_in = thief.verify_by_text(Operation::SignIn).await.unwrap().verified();
        let grant = thief.verifier.grant(&signed_in).unwrap();
        let checked = thief.verifier.check_grant(&grant, Purpose::StepUp, MINUTE).await;
        assert_eq!(reason(checked), Reason::Unauthorized, "signed in, but not stepped up");
        let _ = visit(&world, "a desk").verify_by_app(&app, STEP_UP).await;
    });
}

#[test]
fn number_is_changed_over_two_pages_and_notified() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (desk, cafe) = (visit(&world, "a desk"), visit(&world, "a cafe"));
        let Answer::Granted(fresh) = desk.verify_by_app(&app, Operation::Manage).await else {
            panic!("a proof for managing gives a grant")
        };
        let grant = Grant::from_text(&world.alice, fresh.expose());
        // The cookie that holds the grant was copied to another browser.
        let old = item_of(&world, FactorKind::Phone).await;
        let new = Address::phone("+14155550142").unwrap();
        let copied = cafe.verifier.enroll_address(&grant, &new).await;
        assert_eq!(reason(copied), Reason::Unauthorized);

        let _ = desk.enroll(&grant, &new).await.unwrap();
        let added = Event::FactorAdded(FactorKind::Phone);
        assert_eq!(notices_at(&world, &world.number), [added]);
        desk.verifier.revoke(&grant, &old).await.unwrap();
        let removed = Event::FactorRemoved(FactorKind::Phone);
        assert!(was_reported(&world, &removed), "the application ends the other sessions");
        let to: Vec<Address> = world.notices().into_iter().map(|(_, to)| to).collect();
        assert!(to.contains(&world.number) && to.contains(&new), "{to:?}");
        let new = item_of(&world, FactorKind::Phone).await;
        let more = desk.verifier.revoke(&grant, &new).await;
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
        let desk = visit(&world, "a desk");
        let deed = |who| Agreement::new([("action", "make administrator"), ("who", who)]).unwrap();
        let (bob, eve) = (deed("bob@example.com"), deed("eve@example.net"));
        let asked = desk
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).agreement(&bob))
            .await;
        let (asked, message) = (asked.unwrap(), world.phone.take().unwrap());
        let text = message.expose_text();
        assert!(text.expose().contains("action: make administrator; who: bob@example.com"));
        // Malware in the browser changes the name in the form.
        let code = message.code().unwrap().expose().to_owned();
        let changed = desk.verify(eve.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(changed), Reason::OtherPurpose);
        let agreed = desk.verify(bob.purpose(), Proof::sent_code(&asked, &code)).await.unwrap();
        assert!(matches!(agreed, Answer::Granted(_)));
        let twice = desk.verify(bob.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(twice), Reason::NotFound);
    });
}

#[test]
fn signed_out_administrator_must_confirm_again() {
    block_on(async {
        let world = cheap();
        let app = set_up_yesterday(&world).await;
        let (desk, home) = (visit(&world, "a desk"), visit(&world, "a laptop"));
        let kept = home.link_by_app(&app, "a laptop").await;
        let deed = Agreement::new([("action", "pay out")]).unwrap();
        let asked = home
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).agreement(&deed))
            .await;
        let (asked, code) = (asked.unwrap(), world.read_code());
        let fresh = desk.verify_by_app(&app, Operation::Manage).await;
        let _ = world.notices();
        desk.verifier.sign_out_everywhere(&fresh).await.unwrap();
        assert!(was_reported(&world, &Event::SignedOutEverywhere));
        assert_eq!(notices_at(&world, &world.number), [Event::SignedOutEverywhere]);
        assert_eq!(home.recognize(&kept).await.unwrap_err(), Invalid);
        let late = home.verify(deed.purpose(), Proof::sent_code(&asked, &code)).await;
        assert_eq!(reason(late), Reason::NotFound);
    });
}
