//! WhatsApp linked devices: listed, signed out singly or all.

use second_factor::{
    DeviceToken, FactorKind, FirstFactor, Proof, Reason, block_on,
    host::Event,
    proof::{RequestAnswer, RequestedFrom},
    purpose::Operation,
};

use crate::{
    DAY, HOUR, MINUTE, Visitor, labels, notices_at,
    support::{
        World,
        devices::NotRecognized::{Ignored, Invalid},
        reason,
        registration::cheap,
    },
    was_reported,
};

const SIGN_IN: Operation = Operation::SignIn;

/// Alice's number is proven, and her phone is linked.
async fn with_a_phone(world: &World) -> (Visitor<'_>, DeviceToken) {
    let phone = visit(world, "her phone");
    let _ = world.with_phone(&world.alice).await;
    let (_, kept) = phone.link_by_text(SIGN_IN, "Alice's phone").await;
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    (phone, kept)
}

/// A visitor who has entered the password.
fn visit<'w>(world: &'w World, place: &str) -> Visitor<'w> {
    Visitor::after(FirstFactor::Password, world, place)
}

#[test]
fn devices_are_linked_listed_and_signed_out() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let (laptop, tablet) = (visit(&world, "a laptop"), visit(&world, "a tablet"));
        let (_, on_laptop) = laptop.link_by_text(SIGN_IN, "Firefox, Lisbon").await;
        assert!(was_reported(&world, &Event::DeviceAdded));
        assert_eq!(
            notices_at(&world, &world.number),
            [Event::DeviceAdded],
            "her number is notified"
        );
        world.clock.advance(MINUTE);
        let (_, on_tablet) = tablet.link_by_text(SIGN_IN, "Tablet").await;
        assert!(tablet.recognize(&on_tablet).await.is_ok());
        assert_eq!(labels(&world).await, ["Tablet", "Firefox, Lisbon", "Alice's phone"]);

        // In the settings of the phone: sign out the laptop. The phone proves for that.
        let proven = phone.verify_by_text(Operation::Manage).await.unwrap();
        let status = world.verifier.status(&world.alice).await.unwrap();
        let mut devices = status.devices().iter();
        let laptops = devices.find(|device| device.label().starts_with("Firefox")).unwrap();
        phone.verifier.revoke(&proven, laptops.id()).await.unwrap();
        assert!(was_reported(&world, &Event::DeviceRemoved));
        assert_eq!(laptop.recognize(&on_laptop).await.unwrap_err(), Invalid);
        // The tablet signs itself out.
        tablet.on(&on_tablet).sign_out_device(&world.alice).await.unwrap();
        assert_eq!(tablet.recognize(&on_tablet).await.unwrap_err(), Invalid);
        assert!(phone.recognize(&kept).await.is_ok());
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}

#[test]
fn signing_out_everywhere_ends_devices_and_keeps_the_number() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let laptop = visit(&world, "a laptop");
        let (on_laptop, linked) = laptop.link_by_text(SIGN_IN, "Firefox, Lisbon").await;
        let proven = phone.verify_by_text(Operation::Manage).await.unwrap();
        let _ = world.notices();
        phone.verifier.sign_out_everywhere(&proven).await.unwrap();
        assert!(was_reported(&world, &Event::SignedOutEverywhere));
        assert_eq!(notices_at(&world, &world.number), [Event::SignedOutEverywhere]);
        assert_eq!(phone.recognize(&kept).await.unwrap_err(), Invalid);
        assert_eq!(laptop.recognize(&linked).await.unwrap_err(), Invalid);
        let off = laptop.verifier.turn_off(&on_laptop).await;
        assert_eq!(reason(off), Reason::Unauthorized, "an earlier proof is void");
        assert!(labels(&world).await.is_empty());
        let _ = phone.link_by_text(SIGN_IN, "Alice's phone").await;
    });
}

#[test]
fn registering_again_revokes_the_devices_of_a_thief() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let thief = visit(&world, "a thief");
        let register = Operation::Register;
        let sent = thief.wait_and_request(&world.number, register).await;
        let proof = Proof::sent_code(&sent, world.read_code());
        let (_, linked) = thief.link(register, proof, "a thief's phone").await;
        assert!(linked.is_none(), "a registration alone links no device");
        assert_eq!(phone.recognize(&kept).await.unwrap_err(), Invalid, "she is signed out");
        assert!(was_reported(&world, &Event::Registered));
        assert_eq!(notices_at(&world, &world.number), [Event::Registered]);
        // A sign-in with the stolen number does.
        let (theirs, linked) = thief.link_by_text(SIGN_IN, "a thief's phone").await;
        assert!(thief.recognize(&linked).await.is_ok());

        // The carrier restores her number.
        let _ = phone.verify_by_text(register).await.unwrap();
        assert_eq!(thief.recognize(&linked).await.unwrap_err(), Invalid);
        let everywhere = thief.verifier.sign_out_everywhere(&theirs).await;
        assert_eq!(reason(everywhere), Reason::Unauthorized);
        let _ = phone.link_by_text(SIGN_IN, "Alice's phone").await;
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}

#[test]
fn copied_device_token_is_detected_on_the_owners_visit() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let thief = visit(&world, "malware");
        let mut copied = DeviceToken::from_text(kept.expose());
        world.clock.advance(12 * HOUR);
        thief.revisit(&mut copied).await;
        thief.revisit(&mut copied).await;
        world.clock.advance(4 * MINUTE);
        let _ = (world.log.take(), world.notices());

        assert_eq!(phone.recognize(&kept).await.unwrap_err(), Invalid);
        assert!(was_reported(&world, &Event::DeviceStolen));
        assert_eq!(notices_at(&world, &world.number), [Event::DeviceStolen]);
        assert_eq!(thief.recognize(&copied).await.unwrap_err(), Invalid, "the thief is signed out");
        assert!(labels(&world).await.is_empty());
    });
}

#[test]
fn device_ends_by_expiry_password_change_or_eviction() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        world.clock.advance(29 * DAY);
        assert_eq!(phone.recognize(&kept).await.unwrap_err(), Ignored, "a month from linking");

        let (_, kept) = phone.link_by_text(SIGN_IN, "Alice's phone").await;
        for n in 1..=10 {
            let _ = phone.link_by_text(SIGN_IN, &format!("browser {n}")).await;
        }
        assert_eq!(labels(&world).await.len(), 10);
        assert_eq!(phone.recognize(&kept).await.unwrap_err(), Invalid, "least recently used");
        let _ = world.log.take();
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(world.log.take(), vec![Event::DeviceRemoved; 10]);
        assert!(labels(&world).await.is_empty());
    });
}

#[test]
fn device_approved_by_another_cannot_manage_or_be_linked() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let laptop = visit(&world, "a laptop");
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let request = laptop.verifier.request_sign_in(&world.alice, SIGN_IN, &from).await.unwrap();
        let on_phone = phone.on(&kept);
        let pending = on_phone.pending_request(&world.alice).await.unwrap().unwrap();
        let answer = RequestAnswer::Approve(request.number().expose());
        on_phone.answer_request(&world.alice, &pending, answer).await.unwrap();
        let proof = Proof::sign_in_request(&request);
        let (let_in, linked) = laptop.link(SIGN_IN, proof, "Firefox").await;
        assert_eq!(let_in.factors(), [FactorKind::SignInRequest]);
        // Otherwise trust would propagate from device to device.
        assert!(linked.is_none());
        let out = laptop.verifier.sign_out_everywhere(&let_in).await;
        assert_eq!(reason(out), Reason::Unauthorized);
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}
