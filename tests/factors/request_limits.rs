//! Sign-in requests: how many there may be.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    World,
    devices::{
        DAY, HOUR, answer, approve, other_number, request, take_up, trust, try_request, visit,
        with_old_phone,
    },
    fresh, reason,
};
use second_factor::{
    FactorKind, Next, Policy, Proof, Purpose, RequestAnswer, SignInRequest, block_on,
    host::Event,
    verdict::{Offer, Reason, Recognized},
};

async fn ask(world: &World) -> Option<Reason> {
    let asked = try_request(world, Purpose::SignIn).await;
    asked.err().map(|error| error.denial().expect("a denial").reason())
}

/// How requests are offered for signing in.
async fn offer(world: &World) -> Option<Offer> {
    let Next::Prove(offers) = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap()
    else {
        panic!("alice is protected")
    };
    offers.into_iter().find(|offer| offer.kind() == FactorKind::SignInRequest)
}

#[test]
fn failure_102_three_unanswered_in_an_hour_turn_requests_off_until_a_code_is_used() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        for _ in 0..3 {
            assert!(offer(&world).await.is_some());
            assert_eq!(ask(&world).await, None);
            world.clock.advance(60);
        }
        let _ = world.log.take();
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
        assert_eq!(world.log.take(), [Event::RequestsOff]);
        for wait in [0, HOUR, DAY] {
            world.clock.advance(wait);
            assert_eq!(ask(&world).await, Some(Reason::Disabled));
            assert!(world.log.take().is_empty(), "it is told once");
        }
        assert!(offer(&world).await.is_none());
        assert!(world.verifier.pending_request(&phone).await.unwrap().is_none());
        let _ = fresh(&world, &app, Purpose::SignIn).await;
        assert!(offer(&world).await.is_some());
        assert_eq!(ask(&world).await, None);
    });
}

#[test]
fn failure_102_three_at_once_turn_requests_off_too() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn failure_102_saying_not_me_each_time_turns_requests_off() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
            answer(&world, &phone, RequestAnswer::NotMe).await.unwrap();
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn what_was_answered_by_its_owner_turns_nothing_off() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        for _ in 0..4 {
            let approved = request(&world).await;
            approve(&world, &phone, &approved).await.unwrap();
            assert_eq!(ask(&world).await, None, "though it was not taken up");
            answer(&world, &phone, RequestAnswer::Cancel).await.unwrap();
        }
    });
}

#[test]
fn failure_102_an_hour_is_counted_from_when_a_request_came() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        assert_eq!(ask(&world).await, None);
        world.clock.advance(5 * DAY);
        // The one of five days ago is put aside only now.
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
            world.clock.advance(HOUR / 3);
        }
        assert_eq!(ask(&world).await, None, "the first of them came an hour ago");
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn failure_102_an_approval_forgets_no_unanswered_ones_and_a_code_does() {
    block_on(async {
        for (by_code, then) in [(false, Some(Reason::Disabled)), (true, None)] {
            let (world, app, phone) = with_old_phone().await;
            assert_eq!((ask(&world).await, ask(&world).await), (None, None));
            let approved = request(&world).await;
            approve(&world, &phone, &approved).await.unwrap();
            let _ = take_up(&world, &approved).await.unwrap();
            if by_code {
                let _ = fresh(&world, &app, Purpose::SignIn).await;
            }
            assert_eq!(ask(&world).await, None);
            assert_eq!(ask(&world).await, then);
        }
    });
}

#[test]
fn failure_102_the_pin_behind_a_request_is_no_code() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (app, verified) = world.with_app().await;
        let mut token = trust(&world, &app, "phone").await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        world.clock.advance(60);
        let phone = visit(&world, &mut token).await;
        let approved = request(&world).await;
        approve(&world, &phone, &approved).await.unwrap();
        let due = *take_up(&world, &approved).await.unwrap_err().pin_due().unwrap();
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
        let proof = Proof::pin(&due, "493817");
        let _ = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

async fn type_wrong(world: &World, phone: &Recognized, request: &SignInRequest) {
    let typed = other_number(request);
    let refused = answer(world, phone, RequestAnswer::Approve(&typed)).await;
    assert_eq!(reason(refused), Reason::Incorrect);
}

#[test]
fn failure_103_wrong_numbers_wait_longer_and_longer_and_never_end() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let mut waits = vec![];
        for _ in 0..60 {
            let request = match try_request(&world, Purpose::SignIn).await {
                Ok(request) => request,
                Err(error) => {
                    let until = error.retry_at().expect("it is a wait");
                    assert_eq!(offer(&world).await.unwrap().retry_at(), Some(until));
                    waits.push(until.since(world.clock.time()));
                    world.clock.set(until.as_secs());
                    request(&world).await
                }
            };
            type_wrong(&world, &phone, &request).await;
        }
        assert_eq!(waits[..8], [30, 60, 120, 240, 480, 960, 1920, 3600]);
        assert_eq!(waits.len(), 55, "from the fifth on, each of them waits");
        world.clock.advance(HOUR);
        let _ = world.log.take();
        let right = request(&world).await;
        approve(&world, &phone, &right).await.unwrap();
        let _ = take_up(&world, &right).await.unwrap();
        let after = Event::SuccessAfterFailures(FactorKind::SignInRequest, 60);
        assert!(world.log.take().contains(&after));
        for _ in 0..4 {
            let request = request(&world).await;
            type_wrong(&world, &phone, &request).await;
        }
        assert_eq!(ask(&world).await, None, "a success forgot the failures");
    });
}

#[test]
fn wrong_numbers_disturb_no_other_factor_and_no_code_forgets_them() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        for _ in 0..5 {
            let request = request(&world).await;
            type_wrong(&world, &phone, &request).await;
        }
        assert_eq!(ask(&world).await, Some(Reason::Locked));
        world.clock.set(world.clock.time().as_secs() - 1);
        let _ = fresh(&world, &app, Purpose::SignIn).await;
        world.clock.set(world.clock.time().as_secs() - 1);
        assert_eq!(ask(&world).await, Some(Reason::Locked));
    });
}

#[test]
fn a_request_and_its_counts_from_the_future_end() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let now = world.clock.time().as_secs();
        // A device that was trusted in time answers still after a day.
        world.clock.set(now + DAY);
        let mut asked = vec![];
        for _ in 0..3 {
            asked.push(request(&world).await);
        }
        world.clock.set(now);
        let _ = world.log.take();
        assert_eq!(reason(take_up(&world, &asked[2]).await), Reason::NotFound);
        assert_eq!(world.log.take(), [Event::ClockFault]);
        assert!(world.verifier.pending_request(&phone).await.unwrap().is_none());
        assert_eq!(ask(&world).await, None, "two are counted, as of now");
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn a_lock_on_requests_from_the_future_begins_again_once() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + DAY);
        for _ in 0..5 {
            let request = request(&world).await;
            type_wrong(&world, &phone, &request).await;
        }
        world.clock.set(now);
        assert_eq!(offer(&world).await.unwrap().retry_at().unwrap().as_secs(), now + 30);
        world.clock.set(now + 30);
        assert_eq!(ask(&world).await, None);
    });
}
