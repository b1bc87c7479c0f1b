//! WhatsApp registration: a code to a number.

use second_factor::{
    Channel, CodeRequest, Error, FactorKind, Proof, Reason, block_on, delivery::Undelivered,
    host::Event, purpose::Operation,
};

use crate::{
    DAY, HOUR, PIN, Visitor, labels, notices_at,
    support::{
        World, answer::Answer, code_of, item_of, mail, not, prove, reason, registration::cheap,
    },
    thief_mail, was_reported,
};

const REGISTER: Operation = Operation::Register;

#[test]
fn number_is_registered_by_its_code_once() {
    block_on(async {
        let world = cheap();
        let alice = Visitor::at(&world, "her phone");
        let sent = alice.request_code(REGISTER).await.unwrap();
        assert_eq!(sent.digits(), 6);
        let message = world.phone.take().unwrap();
        assert_eq!((message.channel(), message.address()), (Channel::Sms, &world.number));
        let code = code_of(&message);
        let text = message.expose_text();
        assert!(text.expose().contains("to register this number"));
        assert!(text.expose().contains("Never share it"));
        assert!(text.expose().ends_with(&format!("\n\n@example.com #{code}")));

        let slip = not(&code);
        assert_eq!(
            reason(alice.verify(REGISTER, Proof::sent_code(&sent, &slip)).await),
            Reason::Incorrect
        );
        let proof = Proof::sent_code(&sent, &code);
        let (registered, linked) = alice.link(REGISTER, proof, "Alice's phone").await;
        assert_eq!(registered.factors(), [FactorKind::Phone]);
        assert!(linked.is_some());
        assert!(matches!(registered, Answer::Registered(_)));
        let again = alice.verify(REGISTER, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(again), Reason::NotFound);
        let phone = FactorKind::Phone;
        let story = [
            Event::CodeSent(REGISTER),
            Event::IncorrectProof(phone),
            Event::SuccessAfterFailures(phone, 1),
            Event::Verified(phone, REGISTER),
            Event::Registered,
            Event::DeviceAdded,
        ];
        assert_eq!(world.log.take(), story);
    });
}

#[test]
fn resends_follow_at_growing_cooldowns_and_the_last_counts() {
    block_on(async {
        let world = cheap();
        let alice = Visitor::at(&world, "her phone");
        let mut sent = alice.request_code(REGISTER).await.unwrap();
        let mut codes = vec![world.read_code()];
        for wait in [30, 60, 120] {
            let asked = alice
                .verifier
                .send_code(&world.alice, CodeRequest::again(&sent))
                .await
                .unwrap_err();
            assert_eq!(asked.denial().unwrap().reason(), Reason::TooSoon);
            assert_eq!(asked.retry_at(), Some(world.clock.time().plus(wait)));
            world.clock.advance(wait);
            sent = alice.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
            codes.push(world.read_code());
        }
        // Four in an hour is half of the budget of a number: the rest is for signed-in users.
        world.clock.advance(240);
        let fifth = alice.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await;
        assert_eq!(reason(fifth), Reason::SendLimit);
        let last = codes.pop().unwrap();
        for earlier in &codes {
            let late = alice.verify(REGISTER, Proof::sent_code(&sent, earlier)).await;
            assert_eq!(reason(late), Reason::Superseded);
        }
        assert!(
            alice.verify(REGISTER, Proof::sent_code(&sent, &last)).await.is_ok(),
            "none was counted"
        );
    });
}

#[test]
fn failed_delivery_costs_a_send_and_no_attempt() {
    block_on(async {
        let world = cheap();
        let alice = Visitor::at(&world, "her phone");
        world.phone.fail_with(Some(Undelivered::Unavailable));
        let failed = alice.request_code(REGISTER).await.unwrap_err();
        let Error::Undelivered { challenge, why, .. } = failed else {
            panic!("it was not delivered")
        };
        assert_eq!(why, Undelivered::Unavailable);
        assert!(was_reported(&world, &Event::CodeNotSent(REGISTER)));
        world.phone.fail_with(None);
        world.clock.advance(30);
        let sent =
            alice.verifier.send_code(&world.alice, CodeRequest::again(&challenge)).await.unwrap();
        let code = world.read_code();
        assert!(alice.verify(REGISTER, Proof::sent_code(&sent, &code)).await.is_ok());
        let events = world.log.take();
        assert!(!events.iter().any(|event| matches!(event, Event::SuccessAfterFailures(..))));
    });
}

#[test]
fn new_phone_signs_out_the_old_one() {
    block_on(async {
        let world = cheap();
        let (old, new) = (Visitor::at(&world, "old phone"), Visitor::at(&world, "new phone"));
        let (before, kept) = old.link_by_text(REGISTER, "old phone").await;
        world.clock.advance(HOUR);
        let _ = world.log.take();

        let (_, linked) = new.link_by_text(REGISTER, "new phone").await;
        assert!(was_reported(&world, &Event::Registered), "the application ends its own sessions");
        assert!(old.on(&kept).pending_request(&world.alice).await.unwrap().is_none());
        let signed_out = old.on(&kept).sign_out_device(&world.alice).await;
        assert_eq!(reason(signed_out), Reason::NotFound);
        assert_eq!(reason(old.verifier.turn_off(&before).await), Reason::Unauthorized);
        let status = new.on(&linked).status(&world.alice).await.unwrap();
        let [device] = status.devices() else { panic!("one device is trusted") };
        assert_eq!(device.label(), "new phone");
    });
}

/// Alice is registered, with a recovery mailbox, since yesterday.
async fn set_up_yesterday(world: &World) {
    let alice = Visitor::at(world, "her phone");
    let registered = alice.verify_by_text(REGISTER).await.unwrap();
    let _ = prove(world, &registered, &mail()).await.unwrap();
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
}

#[test]
fn takeover_is_undone_by_registering_again() {
    block_on(async {
        let world = cheap();
        set_up_yesterday(&world).await;
        let (alice, thief) = (Visitor::at(&world, "her phone"), Visitor::at(&world, "a thief"));

        // An attacker obtains the code from her and moves in.
        let theirs = thief.verify_by_text(REGISTER).await.unwrap();
        assert!(was_reported(&world, &Event::Registered));
        assert_eq!(notices_at(&world, &mail()), [Event::Registered], "she is notified by email");
        let pin = thief.verifier.set_pin(&theirs, PIN).await;
        assert_eq!(reason(pin), Reason::Quarantined, "nothing blocks the owner's return");
        let theirs_too = prove(&world, &theirs, &thief_mail()).await;
        assert_eq!(reason(theirs_too), Reason::Quarantined, "no factor may be added either");
        let gone = thief.verifier.revoke(&theirs, &item_of(&world, FactorKind::Email).await).await;
        assert_eq!(reason(gone), Reason::Quarantined, "nor removed");

        let (theirs, kept) = thief.link_by_text(REGISTER, "a thief's phone").await;
        let _ = world.log.take();

        // She registers again. Everything of the thief is gone.
        let hers = alice.verify_by_text(REGISTER).await.unwrap();
        assert!(was_reported(&world, &Event::Registered));
        let signed_out = thief.on(&kept).sign_out_device(&world.alice).await;
        assert_eq!(reason(signed_out), Reason::NotFound);
        assert_eq!(reason(thief.verifier.turn_off(&theirs).await), Reason::Unauthorized);
        let again = prove(&world, &theirs, &thief_mail()).await;
        assert_eq!(reason(again), Reason::Unauthorized);
        // Her mailbox is still enrolled, and nothing else.
        let status = world.verifier.status(&world.alice).await.unwrap();
        let [left] = status.factors() else { panic!("one mailbox is enrolled") };
        assert_eq!(left.masked(), Some(&*mail().masked()));
        assert_eq!(hers.factors(), [FactorKind::Phone]);
    });
}

#[test]
fn guessing_delays_new_phones_but_not_registered_ones() {
    block_on(async {
        let world = cheap();
        let (alice, thief) = (Visitor::at(&world, "her phone"), Visitor::at(&world, "a thief"));
        let _ = alice.link_by_text(REGISTER, "Alice's phone").await;
        let epoch = world.verifier.epoch(&world.alice).await.unwrap();
        world.clock.advance(HOUR);
        let sent = thief.request_code(REGISTER).await.unwrap();
        let code = world.read_code();
        for _ in 0..5 {
            let guess = thief.verify(REGISTER, Proof::sent_code(&sent, not(&code))).await;
            assert_eq!(reason(guess), Reason::Incorrect);
        }
        // The sixth attempt would have been correct.
        let sixth = thief.verify(REGISTER, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(sixth), Reason::NotFound, "the fifth incorrect answer voids the code");
        let asked = thief.request_code(REGISTER).await.unwrap_err();
        assert_eq!(asked.denial().unwrap().reason(), Reason::Locked);

        assert_eq!(labels(&world).await, ["Alice's phone"], "registered phones are unaffected");
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), epoch);
        let _ = world.log.take();
        let new = Visitor::at(&world, "her new phone");
        assert!(new.verify_by_text(REGISTER).await.is_ok(), "a new phone can register");
        assert!(was_reported(&world, &Event::SuccessAfterFailures(FactorKind::Phone, 5)));
    });
}

#[test]
fn first_pin_after_a_new_phone_takes_a_day() {
    block_on(async {
        let world = cheap();
        let alice = Visitor::at(&world, "her phone");
        let _ = alice.verify_by_text(REGISTER).await.unwrap();
        world.clock.advance(HOUR);
        let alice = Visitor::at(&world, "her new phone");
        let registered = alice.verify_by_text(REGISTER).await.unwrap();
        let pin = alice.verifier.set_pin(&registered, PIN).await.unwrap_err();
        assert_eq!(pin.denial().unwrap().reason(), Reason::Quarantined);
        assert_eq!(pin.retry_at(), Some(world.clock.time().plus(DAY)));
        // The same phone is not a new device: the day goes on.
        world.clock.advance(DAY);
        let registered = alice.verify_by_text(REGISTER).await.unwrap();
        assert!(alice.verifier.set_pin(&registered, PIN).await.is_ok());
    });
}
