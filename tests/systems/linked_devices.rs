//! WhatsApp linked devices: listed, signed out singly or all.

use second_factor::{
    DeviceToken, FactorKind, Proof, Reason, RequestAnswer, RequestedFrom, block_on, host::Event,
    purpose::Operation,
};

use crate::{
    DAY, MINUTE, Visitor, notices_at,
    support::{World, reason, registration::cheap},
    was_reported,
};

const SIGN_IN: Operation = Operation::SignIn;

/// Alice's number is proven, and her phone is linked.
async fn with_a_phone(world: &World) -> (Visitor<'_>, DeviceToken) {
    let phone = Visitor::at(world, "her phone");
    let proven = world.with_phone(&world.alice).await;
    let kept = phone.trust(&proven, "Alice's phone").await.unwrap();
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    (phone, kept)
}

async fn labels(world: &World) -> Vec<String> {
    let devices = world.verifier.devices(&world.alice).await.unwrap();
    devices.iter().map(|device| device.label().to_owned()).collect()
}

#[test]
fn devices_are_linked_listed_and_signed_out() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let (laptop, tablet) = (Visitor::at(&world, "a laptop"), Visitor::at(&world, "a tablet"));
        let on_laptop = laptop.verify_by_text(SIGN_IN).await.unwrap();
        let on_laptop = laptop.trust(&on_laptop, "Firefox, Lisbon").await.unwrap();
        assert!(was_reported(&world, &Event::DeviceAdded));
        assert_eq!(
            notices_at(&world, &world.number),
            [Event::DeviceAdded],
            "her number is notified"
        );
        world.clock.advance(MINUTE);
        let on_tablet = tablet.verify_by_text(SIGN_IN).await.unwrap();
        let on_tablet = tablet.trust(&on_tablet, "Tablet").await.unwrap();
        let on_tablet = tablet.recognize(&on_tablet).await.unwrap();
        assert_eq!(labels(&world).await, ["Tablet", "Firefox, Lisbon", "Alice's phone"]);

        // In the settings of the phone: sign out the laptop. The phone proves for that.
        let proven = phone.verify_by_text(Operation::Manage).await.unwrap();
        let devices = world.verifier.devices(&world.alice).await.unwrap();
        let laptops = devices.iter().find(|device| device.label().starts_with("Firefox")).unwrap();
        phone.verifier.revoke_device(&proven, laptops.id()).await.unwrap();
        assert!(was_reported(&world, &Event::DeviceRemoved));
        assert_eq!(reason(laptop.recognize(&on_laptop).await), Reason::NotFound);
        // The tablet signs itself out.
        tablet.verifier.sign_out_device(&on_tablet).await.unwrap();
        assert_eq!(reason(tablet.recognize(on_tablet.token()).await), Reason::NotFound);
        assert!(phone.recognize(&kept).await.is_ok());
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}

#[test]
fn signing_out_everywhere_ends_devices_and_keeps_the_number() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let laptop = Visitor::at(&world, "a laptop");
        let on_laptop = laptop.verify_by_text(SIGN_IN).await.unwrap();
        let linked = laptop.trust(&on_laptop, "Firefox, Lisbon").await.unwrap();
        let proven = phone.verify_by_text(Operation::Manage).await.unwrap();
        let _ = world.notices();
        phone.verifier.sign_out_everywhere(&proven).await.unwrap();
        assert!(was_reported(&world, &Event::SignedOutEverywhere));
        assert_eq!(notices_at(&world, &world.number), [Event::SignedOutEverywhere]);
        assert_eq!(reason(phone.recognize(&kept).await), Reason::NotFound);
        assert_eq!(reason(laptop.recognize(&linked).await), Reason::NotFound);
        let trust = laptop.trust(&on_laptop, "Firefox, Lisbon").await;
        assert_eq!(reason(trust), Reason::Unauthorized, "an earlier proof is void");
        assert!(labels(&world).await.is_empty());
        let proven = phone.verify_by_text(SIGN_IN).await.unwrap();
        assert!(phone.trust(&proven, "Alice's phone").await.is_ok());
    });
}

#[test]
fn registering_again_revokes_the_devices_of_a_thief() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let thief = Visitor::at(&world, "a thief");
        let register = Operation::Register;
        let theirs = thief.verify_by_text(register).await.unwrap();
        assert_eq!(reason(phone.recognize(&kept).await), Reason::NotFound, "she is signed out");
        assert!(was_reported(&world, &Event::Registered));
        assert_eq!(notices_at(&world, &world.number), [Event::Registered]);
        // A registration alone links no device; a sign-in with the stolen number does.
        let linked = thief.trust(&theirs, "a thief's phone").await;
        assert_eq!(reason(linked), Reason::Unauthorized);
        let theirs = thief.verify_by_text(SIGN_IN).await.unwrap();
        let linked = thief.trust(&theirs, "a thief's phone").await.unwrap();
        let linked = thief.recognize(&linked).await.unwrap();

        // The carrier restores her number.
        let _ = phone.verify_by_text(register).await.unwrap();
        assert_eq!(reason(thief.recognize(linked.token()).await), Reason::NotFound);
        let more = thief.trust(&theirs, "a thief's laptop").await;
        assert_eq!(reason(more), Reason::Unauthorized);
        let everywhere = thief.verifier.sign_out_everywhere(&theirs).await;
        assert_eq!(reason(everywhere), Reason::Unauthorized);
        let hers = phone.verify_by_text(SIGN_IN).await.unwrap();
        assert!(phone.trust(&hers, "Alice's phone").await.is_ok());
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}

#[test]
fn copied_device_token_is_detected_on_the_owners_visit() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        let thief = Visitor::at(&world, "malware");
        let copied = DeviceToken::from_text(kept.expose());
        let first = thief.recognize(&copied).await.unwrap();
        let second = thief.recognize(first.token()).await.unwrap();
        let _ = (world.log.take(), world.notices());

        assert_eq!(reason(phone.recognize(&kept).await), Reason::Stolen);
        assert!(was_reported(&world, &Event::DeviceStolen));
        assert_eq!(notices_at(&world, &world.number), [Event::DeviceStolen]);
        assert_eq!(
            reason(thief.recognize(second.token()).await),
            Reason::NotFound,
            "the thief is signed out"
        );
        assert!(labels(&world).await.is_empty());
    });
}

#[test]
fn device_ends_by_expiry_password_change_or_eviction() {
    block_on(async {
        let world = cheap();
        let (phone, kept) = with_a_phone(&world).await;
        world.clock.advance(29 * DAY);
        assert_eq!(reason(phone.recognize(&kept).await), Reason::Expired, "a month from linking");

        let proven = phone.verify_by_text(SIGN_IN).await.unwrap();
        let kept = phone.trust(&proven, "Alice's phone").await.unwrap();
        for n in 1..=10 {
            world.clock.advance(20);
            let _ = phone.trust(&proven, &format!("browser {n}")).await.unwrap();
        }
        assert_eq!(labels(&world).await.len(), 10);
        assert_eq!(reason(phone.recognize(&kept).await), Reason::NotFound, "least recently used");
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
        let laptop = Visitor::at(&world, "a laptop");
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let request = laptop.verifier.request_sign_in(&world.alice, SIGN_IN, &from).await.unwrap();
        let on_phone = phone.recognize(&kept).await.unwrap();
        let pending = phone.verifier.pending_request(&on_phone).await.unwrap().unwrap();
        let answer = RequestAnswer::Approve(request.number().expose());
        phone.verifier.answer_request(&on_phone, &pending, answer).await.unwrap();
        let let_in = laptop.verify(SIGN_IN, Proof::sign_in_request(&request)).await.unwrap();
        assert_eq!(let_in.factors(), [FactorKind::SignInRequest]);
        // Otherwise trust would propagate from device to device.
        assert_eq!(reason(laptop.trust(&let_in, "Firefox").await), Reason::Unauthorized);
        let out = laptop.verifier.sign_out_everywhere(&let_in).await;
        assert_eq!(reason(out), Reason::Unauthorized);
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}
