//! A PIN that was forgotten and goes after a week, of which the owner is told. By mail: `pin_mail`.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    reason,
    slow::{Alice, DAY, PIN, WRONG_PIN, count},
};
use second_factor::{
    Client, DeviceToken, NewDevice, Next, Purpose, UnixTime, block_on, host::Event, verdict::Reason,
};

const NEW_PIN: &str = "285906";

async fn begin(alice: &Alice) -> UnixTime {
    let due = alice.due().await;
    alice.world.verifier.begin_pin_reset(&alice.world.alice, &due).await.unwrap()
}

async fn advance(alice: &Alice) {
    alice.world.verifier.advance(&alice.world.alice).await.unwrap();
}

#[test]
fn failure_110_without_mail_the_pin_goes_after_a_week_and_three_notices() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let ends = begin(&alice).await;
        let begun = alice.world.clock.time();
        assert_eq!(ends, begun.plus(7 * DAY));
        assert_eq!(alice.told(), [Event::PinResetStarted(ends)]);
        for (hours, is_told) in [
            (83, false),
            (84, true),
            (85, false),
            (143, false),
            (144, true),
            (145, false),
            (167, false),
        ] {
            alice.world.clock.set(begun.plus(hours * 3600).as_secs());
            advance(&alice).await;
            let nears = alice.told();
            assert_eq!(nears.len(), usize::from(is_told), "after {hours} hours");
            assert!(nears.iter().all(|event| *event == Event::PinResetReminder(ends)));
        }
        assert!(alice.is_asked().await, "an hour too soon");
        alice.world.clock.set(ends.as_secs() - 31);
        assert!(alice.is_asked().await, "a second too soon");
        alice.world.clock.set(ends.as_secs() - 30 + 30);
        assert!(!alice.is_asked().await);
        assert_eq!(alice.told(), [Event::PinReset]);
        let events = alice.world.log.take();
        assert_eq!(count(&events, &Event::PinReset), 1);
        assert!(!alice.is_asked().await, "it is gone for good");
    });
}

#[test]
fn failure_110_asking_again_neither_shortens_nor_begins_anew() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let ends = begin(&alice).await;
        for _ in 0..5 {
            alice.world.clock.advance(DAY);
            assert_eq!(begin(&alice).await, ends);
        }
        alice.world.clock.advance(DAY);
        assert!(begin(&alice).await > ends, "the last stage came late by the time of six sign-ins");
        let begun = |event: &Event| matches!(event, Event::PinResetStarted(_));
        assert_eq!(alice.world.log.take().iter().filter(|event| begun(event)).count(), 1);
    });
}

#[test]
fn a_clock_that_jumps_a_month_ahead_ends_no_wait_at_once() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        let _ = alice.told();
        alice.world.clock.advance(30 * DAY);
        assert!(alice.is_asked().await, "the owner was not told");
        assert!(alice.is_asked().await, "the owner was told just now");
        let last = alice.world.clock.time();
        assert_eq!(alice.told().len(), 2, "each stage has its own notice");
        alice.world.clock.set(last.as_secs() + DAY - 31);
        assert!(alice.is_asked().await, "a second less than a day");
        assert!(alice.told().is_empty());
        alice.world.clock.set(last.as_secs() + DAY);
        assert!(!alice.is_asked().await);
    });
}

#[test]
fn the_end_that_is_told_last_is_the_end() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        alice.world.clock.advance(30 * DAY);
        advance(&alice).await;
        let _ = alice.told();
        advance(&alice).await;
        let last = alice.world.clock.time();
        assert_eq!(alice.told(), [Event::PinResetReminder(last.plus(DAY))]);
        assert_eq!(begin(&alice).await, last.plus(DAY));
    });
}

#[test]
fn a_clock_that_was_ahead_and_falls_back_shortens_no_wait() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let begun = alice.world.clock.time();
        let _ = begin(&alice).await;
        // For an hour all clocks are a month ahead, and the stages are taken.
        alice.world.clock.advance(30 * DAY);
        advance(&alice).await;
        advance(&alice).await;
        for days in [1, 2, 3, 4, 5, 6] {
            alice.world.clock.set(begun.as_secs() + days * DAY);
            advance(&alice).await;
            let code = &alice.codes[usize::try_from(days).unwrap()];
            let answer = alice.try_backup(code).await;
            assert_eq!(reason(answer), Reason::PinDue, "day {days}");
        }
        alice.world.clock.set(begun.as_secs() + 7 * DAY + 60);
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
    });
}

#[test]
fn a_wait_that_began_ahead_of_the_clock_begins_again_when_that_falls_back() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let begun = alice.world.clock.time();
        alice.world.clock.advance(30 * DAY);
        let _ = begin(&alice).await;
        for (days, code) in (0..7).zip(&alice.codes) {
            alice.world.clock.set(begun.as_secs() + days * DAY);
            advance(&alice).await;
            assert_eq!(reason(alice.try_backup(code).await), Reason::PinDue, "day {days}");
        }
        alice.world.clock.set(begun.as_secs() + 7 * DAY);
        assert!(alice.try_backup(&alice.codes[7]).await.is_ok(), "and ends");
        assert!(alice.world.log.take().contains(&Event::ClockFault));
    });
}

#[test]
fn looking_what_is_next_takes_no_stage_and_hides_no_pin() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        let _ = alice.told();
        alice.world.clock.advance(30 * DAY);
        for _ in 0..3 {
            let next = alice.world.verifier.next(&alice.world.alice, Purpose::SignIn).await;
            assert!(matches!(next.unwrap(), Next::Prove(offers) if offers.len() == 2));
        }
        assert!(alice.told().is_empty());
        assert!(alice.is_asked().await);
    });
}

#[test]
fn failure_110_the_owner_who_knows_the_pin_calls_its_removal_off() {
    block_on(async {
        for practises in [false, true] {
            let alice = Alice::with_mail().await;
            let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
            let _ = begin(&alice).await;
            let due = alice.due().await;
            assert_eq!(reason(alice.try_pin(&due, WRONG_PIN).await), Reason::Incorrect);
            assert_eq!(reason(verifier.rehearse_pin(id, WRONG_PIN).await), Reason::Incorrect);
            assert!(!alice.world.log.take().contains(&Event::PinResetCancelled));
            if practises {
                verifier.rehearse_pin(id, PIN).await.unwrap();
            } else {
                let _ = alice.try_pin(&due, PIN).await.unwrap();
            }
            assert!(alice.world.log.take().contains(&Event::PinResetCancelled));
            assert!(alice.told().contains(&Event::PinResetCancelled));
            for _ in 0..10 {
                alice.world.clock.advance(3 * DAY);
                advance(&alice).await;
                assert!(alice.is_asked().await);
            }
        }
    });
}

#[test]
fn a_new_pin_ends_the_removal_of_the_old_one() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        alice.world.verifier.set_pin(&alice.proof, NEW_PIN).await.unwrap();
        for _ in 0..10 {
            alice.world.clock.advance(3 * DAY);
            advance(&alice).await;
            assert!(alice.is_asked().await);
        }
    });
}

#[test]
fn failure_110_a_sign_of_life_from_a_device_of_before_begins_the_week_anew() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let token = verifier.trust_device(&alice.proof, &NewDevice::new("hers")).await.unwrap();
        let _ = begin(&alice).await;
        for _ in 0..6 {
            alice.world.clock.advance(DAY);
            advance(&alice).await;
        }
        let _ = alice.told();
        let seen = alice.world.clock.time();
        let device = verifier.recognize(id, &token).await.unwrap();
        assert_eq!(begin(&alice).await, seen.plus(7 * DAY));
        alice.world.clock.set(seen.as_secs() + 6 * DAY);
        advance(&alice).await;
        advance(&alice).await;
        assert_eq!(alice.told().len(), 2, "and the owner is told anew");
        let again = DeviceToken::from_text(device.token().expose());
        let device = verifier.recognize(id, &again).await.unwrap();
        verifier.cancel_pin_reset(&device).await.unwrap();
        assert!(alice.told().contains(&Event::PinResetCancelled));
        assert_eq!(reason(verifier.cancel_pin_reset(&device).await), Reason::NotFound);
        alice.world.clock.advance(8 * DAY);
        assert!(alice.is_asked().await);
    });
}

#[test]
fn a_removal_is_begun_by_whoever_was_just_asked_for_the_pin() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let due = alice.due().await;
        let other = Client::new(b"another browser, not this one").unwrap();
        let other = verifier.for_client(other).begin_pin_reset(id, &due).await;
        assert_eq!(reason(other), Reason::OtherClient);
        alice.world.clock.advance(600);
        assert_eq!(reason(verifier.begin_pin_reset(id, &due).await), Reason::Expired);
        let due = alice.due().await;
        let _ = alice.try_pin(&due, PIN).await.unwrap();
        assert_eq!(reason(verifier.begin_pin_reset(id, &due).await), Reason::NotFound, "spent");
        let (sent, _) = alice.send_reset().await;
        let begun = verifier.begin_pin_reset(id, &sent).await;
        assert_eq!(reason(begun), Reason::NotFound, "a challenge is no question");
    });
}
