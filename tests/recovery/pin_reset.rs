//! PIN reset after a week of notices.
//!
//! The tests of a reset by email are in `pin_reset_by_email`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    devices::{on, visit},
    reason,
    slow::{Alice, DAY, INCORRECT_PIN, PIN, count},
};
use second_factor::{Client, NewDevice, Next, Proof, Reason, UnixTime, block_on, host::Event};

const NEW_PIN: &str = "285906";

async fn begin(alice: &Alice) -> UnixTime {
    let due = alice.due().await;
    alice.world.verifier.begin_pin_reset(&alice.world.alice, &due).await.unwrap()
}

/// As [`begin`], after a sign-in with a backup code.
async fn begin_with_code(alice: &Alice) -> UnixTime {
    let due = alice.try_backup(alice.codes.last().unwrap()).await.unwrap_err();
    let due = due.pending_pin().expect("the PIN is due");
    alice.world.verifier.begin_pin_reset(&alice.world.alice, due).await.unwrap()
}

async fn advance(alice: &Alice) {
    alice.world.verifier.operations().advance(&alice.world.alice).await.unwrap();
}

#[test]
fn failure_110_pin_is_removed_after_a_week_and_three_notices() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let ends = begin(&alice).await;
        let begun = alice.world.clock.time();
        assert_eq!(ends, begun.plus(7 * DAY));
        assert_eq!(alice.notice_events(), [Event::PinResetStarted(ends)]);
        for (hours, is_notified) in [
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
            let nears = alice.notice_events();
            assert_eq!(nears.len(), usize::from(is_notified), "after {hours} hours");
            assert!(nears.iter().all(|event| *event == Event::PinResetReminder(ends)));
        }
        assert!(alice.is_asked_for_pin().await, "an hour too early");
        alice.world.clock.set(ends.as_secs() - 31);
        assert!(alice.is_asked_for_pin().await, "a second too early");
        alice.world.clock.set(ends.as_secs() - 30 + 30);
        assert!(!alice.is_asked_for_pin().await);
        assert_eq!(alice.notice_events(), [Event::PinReset]);
        let events = alice.world.log.take();
        assert_eq!(count(&events, &Event::PinReset), 1);
        assert!(!alice.is_asked_for_pin().await, "it is removed for good");
    });
}

#[test]
fn failure_110_repeated_request_neither_shortens_nor_restarts() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let ends = begin(&alice).await;
        for _ in 0..5 {
            alice.world.clock.advance(DAY);
            assert_eq!(begin(&alice).await, ends);
        }
        alice.world.clock.advance(DAY);
        assert!(begin(&alice).await > ends, "six sign-ins delayed the last stage");
        let begun = |event: &Event| matches!(event, Event::PinResetStarted(_));
        assert_eq!(alice.world.log.take().iter().filter(|event| begun(event)).count(), 1);
    });
}

#[test]
fn clock_jumping_ahead_does_not_end_the_reset_at_once() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        let _ = alice.notice_events();
        alice.world.clock.advance(30 * DAY);
        assert!(alice.is_asked_for_pin().await, "the owner was not notified");
        assert!(alice.is_asked_for_pin().await, "the owner was notified just now");
        let last = alice.world.clock.time();
        assert_eq!(alice.notice_events().len(), 2, "each stage has its own notice");
        alice.world.clock.set(last.as_secs() + DAY - 31);
        assert!(alice.is_asked_for_pin().await, "a second less than a day");
        assert!(alice.notice_events().is_empty());
        alice.world.clock.set(last.as_secs() + DAY);
        assert!(!alice.is_asked_for_pin().await);
    });
}

#[test]
fn last_notified_end_is_the_actual_end() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        alice.world.clock.advance(30 * DAY);
        advance(&alice).await;
        let _ = alice.notice_events();
        advance(&alice).await;
        let last = alice.world.clock.time();
        assert_eq!(alice.notice_events(), [Event::PinResetReminder(last.plus(DAY))]);
        assert_eq!(begin(&alice).await, last.plus(DAY));
    });
}

#[test]
fn clock_falling_back_does_not_shorten_the_reset() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let begun = alice.world.clock.time();
        let _ = begin_with_code(&alice).await;
        // For an hour all clocks are a month ahead, and the stages advance.
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
fn reset_begun_in_the_future_restarts() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let begun = alice.world.clock.time();
        alice.world.clock.advance(30 * DAY);
        let _ = begin_with_code(&alice).await;
        for (days, code) in (0..7).zip(&alice.codes) {
            alice.world.clock.set(begun.as_secs() + days * DAY);
            advance(&alice).await;
            assert_eq!(reason(alice.try_backup(code).await), Reason::PinDue, "day {days}");
        }
        alice.world.clock.set(begun.as_secs() + 7 * DAY);
        assert!(alice.try_backup(&alice.codes[7]).await.is_ok(), "it ends");
        assert!(alice.world.log.take().contains(&Event::ClockFault));
    });
}

#[test]
fn next_advances_no_stage_and_removes_no_pin() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        let _ = alice.notice_events();
        alice.world.clock.advance(30 * DAY);
        for _ in 0..3 {
            let next = alice.world.verifier.next(&alice.world.alice).await;
            assert!(matches!(next.unwrap(), Next::Prove(offers) if offers.len() == 2));
        }
        assert!(alice.notice_events().is_empty());
        assert!(alice.is_asked_for_pin().await);
    });
}

#[test]
fn failure_110_correct_pin_cancels_its_reset() {
    block_on(async {
        for practises in [false, true] {
            let alice = Alice::with_mail().await;
            let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
            let _ = begin(&alice).await;
            let due = alice.due().await;
            assert_eq!(reason(alice.try_pin(&due, INCORRECT_PIN).await), Reason::Incorrect);
            assert_eq!(reason(verifier.rehearse_pin(id, INCORRECT_PIN).await), Reason::Incorrect);
            assert!(!alice.world.log.take().contains(&Event::PinResetCancelled));
            if practises {
                verifier.rehearse_pin(id, PIN).await.unwrap();
            } else {
                let _ = alice.try_pin(&due, PIN).await.unwrap();
            }
            assert!(alice.world.log.take().contains(&Event::PinResetCancelled));
            assert!(alice.notice_events().contains(&Event::PinResetCancelled));
            for _ in 0..10 {
                alice.world.clock.advance(3 * DAY);
                advance(&alice).await;
                assert!(alice.is_asked_for_pin().await);
            }
        }
    });
}

#[test]
fn new_pin_cancels_the_reset_of_the_old() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        alice.world.verifier.set_pin(&alice.proof, NEW_PIN).await.unwrap();
        for _ in 0..10 {
            alice.world.clock.advance(3 * DAY);
            advance(&alice).await;
            assert!(alice.is_asked_for_pin().await);
        }
    });
}

#[test]
fn failure_110_activity_of_an_older_device_restarts_the_week() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let proof = Proof::pin(alice.due().await, PIN).trusting(NewDevice::new("hers"));
        let verified = verifier.verify(id, proof).await.unwrap();
        let mut token = verified.device_token().unwrap().expose().to_owned();
        let _ = begin(&alice).await;
        for _ in 0..6 {
            alice.world.clock.advance(DAY);
            advance(&alice).await;
        }
        let _ = alice.notice_events();
        let seen = alice.world.clock.time();
        let _ = visit(&alice.world, &mut token).await;
        assert_eq!(begin(&alice).await, seen.plus(7 * DAY));
        alice.world.clock.set(seen.as_secs() + 6 * DAY);
        advance(&alice).await;
        advance(&alice).await;
        assert_eq!(alice.notice_events().len(), 2, "the owner is notified again");
        let device = on(&alice.world, &token);
        device.cancel_pin_reset(id).await.unwrap();
        assert!(alice.notice_events().contains(&Event::PinResetCancelled));
        assert_eq!(reason(device.cancel_pin_reset(id).await), Reason::NotFound);
        alice.world.clock.advance(8 * DAY);
        assert!(alice.is_asked_for_pin().await);
    });
}

#[test]
fn reset_requires_a_pending_pin_of_the_same_client() {
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
        assert_eq!(reason(verifier.begin_pin_reset(id, &due).await), Reason::NotFound, "used up");
        let (sent, _) = alice.send_reset().await;
        let begun = verifier.begin_pin_reset(id, &sent).await;
        assert_eq!(reason(begun), Reason::NotFound, "a challenge is not a pending PIN step");
    });
}

#[test]
fn finding_s07_another_factor_ends_the_reset() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        assert!(alice.is_asked_for_pin().await, "the factor that began the reset does not end it");
        assert!(!alice.world.log.take().contains(&Event::PinResetCancelled));
        let _ = alice.notice_events();
        let refused = alice.try_backup(&alice.codes[0]).await;
        assert_eq!(reason(refused), Reason::PinDue, "the PIN stays");
        assert!(alice.world.log.take().contains(&Event::PinResetCancelled));
        assert_eq!(alice.notice_events(), [Event::PinResetCancelled]);
        for _ in 0..10 {
            alice.world.clock.advance(3 * DAY);
            advance(&alice).await;
            assert!(alice.is_asked_for_pin().await);
        }
    });
}

#[test]
fn finding_s07_number_ends_no_reset() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let _ = alice.world.with_phone(&alice.proof).await;
        let _ = begin(&alice).await;
        let (sent, code) = alice.world.send_to(&alice.world.number).await;
        assert_eq!(reason(alice.world.try_code(&sent, &code).await), Reason::PinDue);
        assert!(!alice.world.log.take().contains(&Event::PinResetCancelled));
        let status = alice.world.verifier.status(&alice.world.alice).await.unwrap();
        assert!(status.pin().unwrap().reset_at().is_some());
    });
}

#[test]
fn factor_after_the_week_does_not_end_the_reset() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let ends = begin(&alice).await;
        for _ in 0..6 {
            alice.world.clock.advance(DAY);
            advance(&alice).await;
        }
        alice.world.clock.set(ends.as_secs());
        let _ = alice.try_backup(&alice.codes[0]).await.unwrap();
        assert!(alice.world.log.take().contains(&Event::PinReset));
    });
}

/// Asserts that no reset begins in the week from now, and that one begins after it.
async fn assert_none_for_a_week(alice: &Alice) {
    let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
    let until = alice.world.clock.time().plus(7 * DAY);
    for at in [0, until.as_secs() - 31] {
        alice.world.clock.set(alice.world.clock.time().as_secs().max(at));
        let due = alice.due().await;
        let refused = verifier.begin_pin_reset(id, &due).await.unwrap_err();
        assert_eq!(refused.denial().unwrap().reason(), Reason::TooSoon);
        assert_eq!(refused.retry_at(), Some(until));
        assert!(refused.is_safe_to_show());
    }
    let started = |event: &Event| matches!(event, Event::PinResetStarted(_));
    assert_eq!(alice.world.log.take().iter().filter(|event| started(event)).count(), 1);
    alice.world.clock.set(until.as_secs() - 30);
    assert_eq!(begin(alice).await, until.plus(7 * DAY));
}

#[test]
fn finding_s07_no_new_reset_for_a_week_after_an_end() {
    for end in ["another factor", "new PIN", "PIN", "rehearsal"] {
        block_on(async {
            let alice = Alice::with_mail().await;
            let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
            let due = alice.due().await;
            let _ = begin(&alice).await;
            match end {
                "another factor" => {
                    let refused = alice.try_backup(&alice.codes[0]).await;
                    assert_eq!(reason(refused), Reason::PinDue);
                }
                "new PIN" => {
                    verifier.set_pin(&alice.proof, NEW_PIN).await.unwrap();
                }
                "PIN" => {
                    let _ = alice.try_pin(&due, PIN).await.unwrap();
                }
                _ => verifier.rehearse_pin(id, PIN).await.unwrap(),
            }
            assert_none_for_a_week(&alice).await;
        });
    }
}

/// A further PIN does not shorten the week.
#[test]
fn finding_s07_new_pin_does_not_allow_an_earlier_reset() {
    block_on(async {
        let mut alice = Alice::with_mail().await;
        let _ = begin(&alice).await;
        let due = alice.due().await;
        alice.proof = alice.try_pin(&due, PIN).await.unwrap();
        let ended = alice.world.clock.time();
        alice.world.verifier.set_pin(&alice.proof, NEW_PIN).await.unwrap();
        let due = alice.due().await;
        let refused = alice.world.verifier.begin_pin_reset(&alice.world.alice, &due).await;
        assert_eq!(refused.unwrap_err().retry_at(), Some(ended.plus(7 * DAY)));
    });
}

/// Law 10: a clock that was ahead does not refuse a reset for longer than a week.
#[test]
fn finding_s07_week_after_an_end_survives_a_clock_fault() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let now = alice.world.clock.time();
        alice.world.clock.advance(300 * DAY);
        let _ = begin(&alice).await;
        let due = alice.due().await;
        let _ = alice.try_pin(&due, PIN).await.unwrap();
        alice.world.clock.set(now.as_secs());
        advance(&alice).await;
        let code = &alice.codes[0];
        let due = alice.try_backup(code).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        let refused = alice.world.verifier.begin_pin_reset(&alice.world.alice, &due).await;
        assert_eq!(refused.unwrap_err().retry_at(), Some(now.plus(7 * DAY)));
    });
}
