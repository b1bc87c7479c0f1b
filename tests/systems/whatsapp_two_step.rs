//! WhatsApp two-step verification: a PIN after the code.

use second_factor::{
    DeviceToken, Error, FactorKind, FirstFactor, Handle, Proof, Reason, block_on, host::Event,
    purpose::Operation, status::FactorState,
};

use crate::{
    DAY, HOUR, PIN, Visitor, labels, notices_at,
    support::{World, mail, prove, reason, registration::cheap},
    was_reported,
};

const REGISTER: Operation = Operation::Register;

/// Alice is registered since yesterday, with a mailbox and a PIN, on a phone with this token.
async fn set_up_yesterday(world: &World) -> DeviceToken {
    let alice = visit(world, "her phone");
    let (registered, kept) = alice.link_by_text(REGISTER, "Alice's phone").await;
    let _ = prove(world, &registered, &mail()).await.unwrap();
    alice.verifier.set_pin(&registered, PIN).await.unwrap();
    world.clock.advance(DAY);
    let _ = (world.log.take(), world.notices());
    kept
}

impl Visitor<'_> {
    async fn register_until_pin(&self) -> Handle {
        *self.verify_by_text(REGISTER).await.unwrap_err().pending_pin().expect("the PIN is due")
    }
}

/// A visitor whose number was proven, by a registration or by this sign-in: there is no password.
fn visit<'w>(world: &'w World, place: &str) -> Visitor<'w> {
    Visitor::after(FirstFactor::Phone(world.number.clone()), world, place)
}

#[test]
fn common_pin_is_refused_and_a_good_one_is_rehearsed() {
    block_on(async {
        let world = cheap();
        let alice = visit(&world, "her phone");
        let registered = alice.verify_by_text(REGISTER).await.unwrap();
        let _ = prove(&world, &registered, &mail()).await.unwrap();
        for common in ["123456", "000000", "12345"] {
            let refused = alice.verifier.set_pin(&registered, common).await;
            assert!(matches!(refused, Err(Error::Pin(_))), "{common}");
        }
        let _ = (world.log.take(), world.notices());
        alice.verifier.set_pin(&registered, PIN).await.unwrap();
        let added = Event::FactorAdded(FactorKind::Pin);
        assert!(was_reported(&world, &added));
        assert_eq!(notices_at(&world, &mail()), [added]);

        // Rehearsed now and then so that it is not forgotten: less often after a success.
        let mut wait = 0;
        for _ in 0..4 {
            let status = world.verifier.status(&world.alice).await.unwrap();
            let next = status.pin().unwrap().remind_at();
            let longer = next.since(world.clock.time());
            assert!(longer > wait, "{longer} after {wait}");
            wait = longer;
            world.clock.set(next.as_secs());
            alice.verifier.rehearse_pin(&world.alice, PIN).await.unwrap();
        }
        let slip = alice.verifier.rehearse_pin(&world.alice, "493818").await;
        assert_eq!(reason(slip), Reason::Incorrect);
        assert!(was_reported(&world, &Event::IncorrectProof(FactorKind::Pin)), "it is reported");
    });
}

#[test]
fn new_phone_registers_with_code_and_pin() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let (old, new) = (visit(&world, "her phone"), visit(&world, "new phone"));
        let due = new.register_until_pin().await;
        let events = world.log.take();
        assert!(events.contains(&Event::PinRequested(REGISTER)));
        assert!(!events.contains(&Event::Registered));
        let elsewhere = old.verify(REGISTER, Proof::pin(due, PIN)).await;
        assert_eq!(
            reason(elsewhere),
            Reason::OtherClient,
            "the PIN step belongs to the client of the code"
        );

        let registered = new.verify(REGISTER, Proof::pin(due, PIN)).await.unwrap();
        assert_eq!(registered.factors(), [FactorKind::Phone, FactorKind::Pin]);
        assert!(was_reported(&world, &Event::Registered));
        assert_eq!(notices_at(&world, &mail()), [Event::Registered]);
        assert!(labels(&world).await.is_empty(), "the old phone is signed out");
        assert!(new.verifier.set_pin(&registered, "739164").await.is_ok(), "and may change it");
    });
}

#[test]
fn thief_of_the_number_has_ten_pin_attempts() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let thief = visit(&world, "a thief");
        let mut guesses = 0;
        loop {
            let due = thief.register_until_pin().await;
            match thief.verify(REGISTER, Proof::pin(due, "170459")).await {
                Ok(_) => panic!("a guess was correct"),
                Err(error) => match (error.denial().unwrap().reason(), error.retry_at()) {
                    (Reason::Incorrect, _) => guesses += 1,
                    (Reason::Locked, Some(until)) => world.clock.set(until.as_secs()),
                    (reason, _) => break assert_eq!(reason, Reason::Disabled),
                },
            }
        }
        assert_eq!(guesses, 10);
        let events = world.log.take();
        let pin = FactorKind::Pin;
        assert!(events.contains(&Event::FactorLocked(pin)));
        assert!(events.contains(&Event::FactorDisabled(pin)));
        assert!(!events.contains(&Event::Registered));
        let notices = notices_at(&world, &mail());
        assert_eq!(notices, [Event::FactorLocked(pin), Event::FactorDisabled(pin)], "once each");

        // Her phone is still trusted. Her new phone resets the PIN by the mailbox.
        assert_eq!(labels(&world).await, ["Alice's phone"]);
        let new = visit(&world, "new phone");
        let due = new.register_until_pin().await;
        assert_eq!(reason(new.verify(REGISTER, Proof::pin(due, PIN)).await), Reason::Disabled);
        let sent = new.wait_and_request(&mail(), Operation::ResetPin).await;
        let code = world.read_code();
        let reset = new.verify(REGISTER, Proof::pin_reset(due, &sent, &code)).await.unwrap();
        assert_eq!(reset.factors(), [FactorKind::Phone, FactorKind::Email]);
    });
}

#[test]
fn forgotten_pin_is_reset_by_mailbox_and_notified() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let new = visit(&world, "new phone");
        let due = new.register_until_pin().await;
        let sent = new.request_code_at(&mail(), Operation::ResetPin).await.unwrap();
        let message = world.phone.take().unwrap();
        assert_eq!(message.address(), &mail());
        assert!(message.expose_text().expose().contains("to remove your Example PIN"));
        let code = message.code().unwrap().expose().to_owned();
        let signs_in = new.verify(REGISTER, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(signs_in), Reason::OtherPurpose, "a reset code has no other purpose");
        let _ = new.verify(REGISTER, Proof::pin_reset(due, &sent, &code)).await.unwrap();
        let events = world.log.take();
        assert!(events.contains(&Event::PinReset) && events.contains(&Event::Registered));
        assert_eq!(notices_at(&world, &mail()), [Event::PinReset, Event::Registered]);
        assert!(world.verifier.status(&world.alice).await.unwrap().pin().is_none());
    });
}

#[test]
fn mailbox_alone_cannot_reset_the_pin() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let thief = visit(&world, "a thief with her mailbox");
        let sent = thief.request_code_at(&mail(), Operation::ResetPin).await.unwrap();
        let code = world.read_code();
        // The thief has no pending PIN step and forges its handle.
        let made_up = *sent.handle();
        let removed = thief.verify(REGISTER, Proof::pin_reset(made_up, &sent, &code)).await;
        assert_eq!(reason(removed), Reason::NotFound);
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.pin().unwrap().state(), FactorState::Open);
        assert!(!was_reported(&world, &Event::PinReset));
        assert_eq!(labels(&world).await, ["Alice's phone"]);
    });
}

#[test]
fn owner_cancels_a_pin_reset_begun_by_a_thief() {
    block_on(async {
        let world = cheap();
        let kept = set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let due = thief.register_until_pin().await;
        let ends = thief.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        assert_eq!(ends, world.clock.time().plus(7 * DAY));
        assert_eq!(notices_at(&world, &mail()), [Event::PinResetStarted(ends)]);
        assert!(was_reported(&world, &Event::PinResetStarted(ends)));
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.pin().unwrap().reset_at(), Some(ends), "her settings page shows it");

        alice.on(&kept).cancel_pin_reset(&world.alice).await.unwrap();
        assert!(was_reported(&world, &Event::PinResetCancelled));
        assert_eq!(notices_at(&world, &mail()), [Event::PinResetCancelled]);
        for _ in 0..9 {
            world.clock.advance(DAY);
            world.verifier.operations().advance(&world.alice).await.unwrap();
        }
        let _ = thief.register_until_pin().await;
        assert!(!was_reported(&world, &Event::PinReset), "the PIN stays");
    });
}

#[test]
fn owner_opening_the_application_restarts_the_week() {
    block_on(async {
        let world = cheap();
        let kept = set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let due = thief.register_until_pin().await;
        let first = thief.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        world.clock.advance(3 * DAY);
        // She opens the application, and does not read her mail.
        let _ = alice.on(&kept).next(&world.alice).await.unwrap();
        let status = world.verifier.status(&world.alice).await.unwrap();
        let later = status.pin().unwrap().reset_at().unwrap();
        assert_eq!(later, first.plus(3 * DAY));
        world.clock.set(first.as_secs() + HOUR);
        world.verifier.operations().advance(&world.alice).await.unwrap();
        let _ = thief.register_until_pin().await;
    });
}

#[test]
fn absent_owner_recovers_by_registering_again() {
    block_on(async {
        let world = cheap();
        let _ = set_up_yesterday(&world).await;
        let (alice, thief) = (visit(&world, "her phone"), visit(&world, "a thief"));
        let due = thief.register_until_pin().await;
        let ends = thief.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        for _ in 0..8 {
            world.clock.advance(DAY);
            world.verifier.operations().advance(&world.alice).await.unwrap();
        }
        let near = Event::PinResetReminder(ends);
        let expected = [Event::PinResetStarted(ends), near.clone(), near];
        assert_eq!(
            notices_at(&world, &mail()),
            expected,
            "at the start, in the middle, a day before the end"
        );

        let (theirs, _) = thief.link_by_text(REGISTER, "a thief's phone").await;
        let events = world.log.take();
        assert!(events.contains(&Event::PinReset) && events.contains(&Event::Registered));
        assert_eq!(reason(thief.verifier.set_pin(&theirs, PIN).await), Reason::Quarantined);

        let hers = alice.verify_by_text(REGISTER).await.unwrap();
        assert_eq!(hers.factors(), [FactorKind::Phone]);
        assert!(labels(&world).await.is_empty());
        assert_eq!(reason(thief.verifier.set_pin(&theirs, PIN).await), Reason::Unauthorized);
    });
}
