//! Effects of clock faults on limits and lifetimes.

use crate::support::{
    NOON, World, YEAR,
    devices::{recognize, trust},
    not, reason,
};
use second_factor::{CodeRequest, Policy, Proof, Reason, SubjectId, block_on, host::Event};

const DAY: u64 = 24 * 60 * 60;

#[test]
fn backward_clock_jump_does_not_stop_sending() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        let _ = world.send_to(&world.number).await;
        world.clock.set(now);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let until = answer.unwrap_err().retry_at().unwrap().as_secs();
        assert!(until <= now + 30, "a cooldown is never longer than its length");
        world.clock.set(until);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(answer.is_ok(), "the cooldown was restarted once, not at every read");
    });
}

#[test]
fn backward_clock_jump_does_not_lock_an_address_for_good() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        world.fail_phone(&world.number, 5).await;
        world.clock.set(now);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let answer = answer.unwrap_err();
        assert_eq!(answer.denial().unwrap().reason(), Reason::Locked);
        assert_eq!(answer.retry_at().unwrap().as_secs(), now + 30);
        world.clock.set(now + 30);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(answer.is_ok());
    });
}

#[test]
fn backward_clock_jump_does_not_close_a_subject_budget() {
    block_on(async {
        let world = World::with(Policy::builder().subject_sends(4, 4).build().unwrap());
        let _ = world.with_phone(&world.alice).await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        let _ = world.send_to(&world.number).await;
        let _ = world.send_to(&world.number).await;
        world.clock.set(now + 60);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(answer.unwrap_err().retry_at().unwrap().as_secs() <= now + 60 + DAY);
        world.clock.set(now + 60 + DAY);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(answer.is_ok());
    });
}

#[test]
fn backward_clock_jump_does_not_close_an_address_budget() {
    block_on(async {
        let world = World::with(Policy::builder().address_sends(4, 4).build().unwrap());
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        let enroll = async |name: &str| {
            let subject = SubjectId::new(name).unwrap();
            world.verifier.enroll_address(&subject, &world.number).await
        };
        assert!(enroll("a").await.is_ok() && enroll("b").await.is_ok());
        world.clock.set(now);
        let until = enroll("c").await.unwrap_err().retry_at().unwrap();
        assert_eq!(until.as_secs(), now + DAY);
        world.clock.set(now + DAY);
        assert!(enroll("c").await.is_ok());
    });
}

#[test]
fn code_does_not_survive_a_clock_running_backwards() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.set(world.clock.time().as_secs() - 121);
        let _ = world.log.take();
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        assert_eq!(world.log.take(), [Event::ClockFault]);
        world.clock.advance(121);
        assert_eq!(
            reason(world.try_code(&sent, &code).await),
            Reason::NotFound,
            "its lifetime is over"
        );
    });
}

#[test]
fn two_minutes_of_clock_skew_are_no_clock_fault() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.set(world.clock.time().as_secs() - 120);
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

#[test]
fn lock_in_the_future_restarts_once() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        world.fail_app(&app, 6).await;
        world.clock.set(now);
        assert_eq!(world.miss_app(&app).await, Reason::Locked);
        world.clock.set(now + 59);
        assert_eq!(world.miss_app(&app).await, Reason::Locked);
        world.clock.set(now + 60);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn stopped_clock_keeps_every_limit() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = world.send_to(&world.number).await;
        for _ in 0..5 {
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        }
        for _ in 0..100 {
            let answer = world
                .verifier
                .send_code(&world.alice, CodeRequest::to_address(&world.number))
                .await;
            assert_eq!(reason(answer), Reason::Locked);
        }
    });
}

#[test]
fn failure_056_extreme_times_neither_panic_nor_accept() {
    const END: u64 = u64::MAX;
    block_on(async {
        for start in [0, 1, 29, 600, END - 700, END - 60, END] {
            let world = World::new();
            world.clock.set(start);
            let (app, verified) = world.with_app_now().await;
            let _ = world.with_phone(&verified).await;
            for now in [start, 0, END, 121, END - 121, NOON, start] {
                world.clock.set(now);
                assert!(world.try_app("12345").await.is_err());
                assert!(world.try_app(&app.incorrect(&world.clock)).await.is_err());
                let sent = world
                    .verifier
                    .send_code(&world.alice, CodeRequest::to_address(&world.number))
                    .await;
                if let Ok(sent) = sent {
                    let code = world.read_code();
                    assert!(world.try_code(&sent, &not(&code)).await.is_err());
                }
            }
        }
    });
}

#[test]
fn send_cooldown_restarts_after_ten_quiet_minutes() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let mut waits = vec![];
        for silence in [0, 30, 599, 600] {
            world.clock.advance(silence);
            let (sent, _) = world.send_to(&world.number).await;
            waits.push(sent.resend_at().unwrap().since(world.clock.time()));
        }
        assert_eq!(waits, [30, 60, 120, 30]);
    });
}

#[test]
fn challenge_is_not_extended_after_ten_minutes() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, _) = world.send_to(&world.number).await;
        world.clock.advance(600);
        assert_eq!(
            reason(world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await),
            Reason::SendLimit
        );
        assert!(world.got_no_code());
    });
}

#[test]
fn clock_falling_back_into_a_lock_finds_it_locked() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.fail_phone(&world.number, 5).await;
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.set(world.clock.time().as_secs() - 1);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::Locked);
    });
}

/// A record remembers by how much the clock fell while a code was open.
#[test]
fn finding_s19_repeated_clock_falls_do_not_extend_a_code() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let (sent, code) = world.send_to(&world.number).await;
        let begun = world.clock.time().as_secs();
        for _ in 0..6 {
            world.clock.set(begun + 299);
            let _ = world.try_app(&app.incorrect(&world.clock)).await;
            world.clock.set(begun + 179);
            let _ = world.try_app(&app.incorrect(&world.clock)).await;
        }
        let answer = reason(world.try_code(&sent, &code).await);
        assert!(matches!(answer, Reason::Expired | Reason::NotFound), "{answer:?}");
    });
}

#[test]
fn finding_s19_fall_within_the_tolerance_ends_no_code() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let (sent, code) = world.send_to(&world.number).await;
        let begun = world.clock.time().as_secs();
        world.clock.set(begun + 120);
        let _ = world.try_app(&app.incorrect(&world.clock)).await;
        world.clock.set(begun);
        let _ = world.try_app(&app.incorrect(&world.clock)).await;
        world.clock.set(begun + 299);
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

/// Two servers share a store, and the clock of one is 26 hours ahead.
#[test]
fn finding_s19_register_waits_at_a_clock_that_is_ahead() {
    block_on(async {
        let policy = || {
            let sends = Policy::builder().address_sends(50, 50).subject_sends(50, 50);
            sends.build().unwrap()
        };
        let world = World::with(policy());
        let ahead = World::seeded(world.store.clone(), policy(), 2);
        let mut attempts = 0;
        for round in 0..400 {
            world.clock.set(NOON + round);
            ahead.clock.set(NOON + 26 * 3600 + round);
            let request = CodeRequest::register(&ahead.number);
            if let Ok(sent) = ahead.verifier.send_code(&ahead.alice, request).await {
                let code = ahead.read_code();
                while let Err(error) =
                    ahead.verifier.register(&ahead.alice, Proof::sent_code(&sent, not(&code))).await
                {
                    if error.denial().unwrap().reason() != Reason::Incorrect {
                        break;
                    }
                    attempts += 1;
                }
            }
            // The other server repairs what it finds.
            let _ = world.verifier.next(&world.alice).await.unwrap();
        }
        // Five, and one after each wait of 30, 60, 120 and 240 s.
        assert!((5..=9).contains(&attempts), "{attempts}");
    });
}

#[test]
fn finding_s34_sign_in_with_a_clock_ahead_locks_no_app() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let now = world.clock.time().as_secs();
        let later = now + 300 * DAY;
        world.clock.set(later);
        let used = app.code(&world.clock);
        assert!(world.try_app(&used).await.is_ok());
        world.clock.set(now + 30);
        let present = app.code(&world.clock);
        // It is reported, and the codes that may have been used stay used.
        assert_eq!(reason(world.try_app(&present).await), Reason::Replayed);
        assert!(world.log.take().contains(&Event::ClockFault));
        world.clock.set(now + 30 + 240);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok(), "four minutes later");
        for day in 1..10 {
            world.clock.set(now + day * DAY);
            assert!(world.try_app(&app.code(&world.clock)).await.is_ok(), "day {day}");
        }
        // Law 3: the code of that time was used.
        world.clock.set(later);
        assert_eq!(reason(world.try_app(&used).await), Reason::Replayed);
        world.clock.set(later + 30);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

/// A server whose clock is somewhat ahead must not sign its users out on the others.
#[test]
fn finding_a10_devices_survive_five_minutes_of_skew() {
    block_on(async {
        for (skew, is_recognized) in [(150, true), (300, true), (301, false)] {
            let world = World::new();
            let (app, _) = world.with_app().await;
            let token = trust(&world, &app, "Firefox").await;
            let now = world.clock.time().as_secs() - skew;
            world.clock.set(now);
            assert_eq!(recognize(&world, &token).await.is_ok(), is_recognized, "{skew}");
            world.clock.set(now + skew + 60);
            assert_eq!(recognize(&world, &token).await.is_ok(), is_recognized, "{skew}");
        }
    });
}
