//! Limits on sign-in requests.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    World,
    devices::{
        DAY, HOUR, answer, approve, on, other_number, redeem, request, trust, try_request, visit,
        with_old_phone,
    },
    fresh, reason,
};
use second_factor::{
    Client, CodeRequest, FactorKind, Next, Offer, Policy, Proof, Reason, block_on,
    host::Event,
    proof::{RequestAnswer, SignInRequest},
    purpose::Operation,
    sign_in::Offers,
};

async fn ask(world: &World) -> Option<Reason> {
    let asked = try_request(world, Operation::SignIn).await;
    asked.err().map(|error| error.denial().expect("a denial").reason())
}

/// The offers for signing in.
async fn offers(world: &World) -> Offers {
    let Next::Prove(offers) = world.verifier.next(&world.alice).await.unwrap() else {
        panic!("Alice is protected")
    };
    offers
}

/// The offer of requests.
fn by_request(offers: &Offers) -> Option<&Offer> {
    offers.iter().find(|offer| offer.kind() == FactorKind::SignInRequest)
}

#[test]
fn failure_102_three_unanswered_requests_turn_them_off() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        for _ in 0..3 {
            assert!(by_request(&offers(&world).await).is_some());
            assert_eq!(ask(&world).await, None);
            world.clock.advance(60);
        }
        let _ = world.log.take();
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
        assert_eq!(world.log.take(), [Event::RequestsOff]);
        for wait in [0, HOUR, DAY] {
            world.clock.advance(wait);
            assert_eq!(ask(&world).await, Some(Reason::Disabled));
            assert!(world.log.take().is_empty(), "the theft is reported once");
        }
        assert!(by_request(&offers(&world).await).is_none());
        assert!(on(&world, &phone).pending_request(&world.alice).await.unwrap().is_none());
        let _ = fresh(&world, &app).await;
        assert!(by_request(&offers(&world).await).is_some());
        assert_eq!(ask(&world).await, None);
    });
}

#[test]
fn failure_102_three_immediate_requests_turn_them_off() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn failure_102_rejecting_each_request_turns_them_off() {
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
fn finding_s15_cancelled_requests_turn_them_off() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
            answer(&world, &phone, RequestAnswer::Cancel).await.unwrap();
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn finding_s15_not_me_blocks_the_requesting_client() {
    block_on(async {
        let (mut world, _, phone) = with_old_phone().await;
        let free = world.verifier.clone();
        let thief = free.for_client(Client::new(b"the browser of an attacker").unwrap());
        world.verifier = thief.clone();
        assert_eq!(ask(&world).await, None);
        answer(&world, &phone, RequestAnswer::NotMe).await.unwrap();
        let until = world.clock.time().plus(DAY);
        let refused = try_request(&world, Operation::SignIn).await.unwrap_err();
        assert_eq!(refused.retry_at(), Some(until));
        assert_eq!(ask(&world).await, Some(Reason::ReportedByOwner));
        world.verifier = free;
        assert_eq!(ask(&world).await, None, "others are not blocked");
        world.verifier = thief;
        world.clock.set(until.as_secs() - 1);
        assert_eq!(ask(&world).await, Some(Reason::ReportedByOwner));
        world.clock.advance(1);
        assert_eq!(ask(&world).await, None);
    });
}

#[test]
fn finding_s15_client_of_a_reported_code_cannot_request() {
    block_on(async {
        let (mut world, app, _) = with_old_phone().await;
        let proof = fresh(&world, &app).await;
        let _ = world.with_phone(&proof).await;
        world.clock.advance(60);
        let owner = world.verifier.clone();
        world.verifier = owner.for_client(Client::new(b"the browser of an attacker").unwrap());
        let number = CodeRequest::to_address(&world.number);
        let _ = world.verifier.send_code(&world.alice, number).await.unwrap();
        owner.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(ask(&world).await, Some(Reason::ReportedByOwner));
    });
}

#[test]
fn finding_s18_replacing_request_has_another_number() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        let mut last = String::new();
        for _ in 0..500 {
            let request = request(&world).await;
            assert_ne!(request.number().expose(), last);
            last = request.number().expose().to_owned();
            world.clock.advance(HOUR / 2);
        }
    });
}

#[test]
fn requests_answered_by_the_owner_do_not_turn_them_off() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        for _ in 0..4 {
            let approved = request(&world).await;
            approve(&world, &phone, &approved).await.unwrap();
        }
    });
}

#[test]
fn failure_102_hour_is_counted_from_each_request() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        assert_eq!(ask(&world).await, None);
        world.clock.advance(5 * DAY);
        // The request from five days ago is forgotten only now.
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
            world.clock.advance(HOUR / 3);
        }
        assert_eq!(ask(&world).await, None, "the first of them is an hour old");
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn failure_102_only_a_code_clears_unanswered_requests() {
    block_on(async {
        for (by_code, then) in [(false, Some(Reason::Disabled)), (true, None)] {
            let (world, app, phone) = with_old_phone().await;
            assert_eq!((ask(&world).await, ask(&world).await), (None, None));
            let approved = request(&world).await;
            approve(&world, &phone, &approved).await.unwrap();
            let _ = redeem(&world, &approved).await.unwrap();
            if by_code {
                let _ = fresh(&world, &app).await;
            }
            assert_eq!(ask(&world).await, None);
            assert_eq!(ask(&world).await, then);
        }
    });
}

#[test]
fn failure_102_pin_after_a_request_does_not_clear() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (app, verified) = world.with_settled_app().await;
        let mut phone = trust(&world, &app, "phone").await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        world.clock.advance(60);
        let _ = visit(&world, &mut phone).await;
        let approved = request(&world).await;
        approve(&world, &phone, &approved).await.unwrap();
        let due = *redeem(&world, &approved).await.unwrap_err().pending_pin().unwrap();
        for _ in 0..3 {
            assert_eq!(ask(&world).await, None);
        }
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
        let proof = Proof::pin(due, "493817");
        let _ = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

async fn type_incorrect(world: &World, phone: &str, request: &SignInRequest) {
    let typed = other_number(request);
    let refused = answer(world, phone, RequestAnswer::Approve(&typed)).await;
    assert_eq!(reason(refused), Reason::Incorrect);
}

#[test]
fn failure_103_incorrect_numbers_back_off_without_an_end() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let mut waits = vec![];
        for _ in 0..60 {
            let request = match try_request(&world, Operation::SignIn).await {
                Ok(request) => request,
                Err(error) => {
                    let until = error.retry_at().expect("the error has a retry time");
                    assert_eq!(by_request(&offers(&world).await).unwrap().retry_at(), Some(until));
                    waits.push(until.since(world.clock.time()));
                    world.clock.set(until.as_secs());
                    request(&world).await
                }
            };
            type_incorrect(&world, &phone, &request).await;
        }
        assert_eq!(waits[..8], [30, 60, 120, 240, 480, 960, 1920, 3600]);
        assert_eq!(waits.len(), 55, "from the fifth on, each of them locks");
        world.clock.advance(HOUR);
        let _ = world.log.take();
        let correct = request(&world).await;
        approve(&world, &phone, &correct).await.unwrap();
        let _ = redeem(&world, &correct).await.unwrap();
        let after = Event::SuccessAfterFailures(FactorKind::SignInRequest, 60);
        assert!(world.log.take().contains(&after));
        for _ in 0..4 {
            let request = request(&world).await;
            type_incorrect(&world, &phone, &request).await;
        }
        assert_eq!(ask(&world).await, None, "a success reset the failure count");
    });
}

#[test]
fn incorrect_numbers_lock_only_requests() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        for _ in 0..5 {
            let request = request(&world).await;
            type_incorrect(&world, &phone, &request).await;
        }
        assert_eq!(ask(&world).await, Some(Reason::Locked));
        world.clock.set(world.clock.time().as_secs() - 1);
        let _ = fresh(&world, &app).await;
        world.clock.set(world.clock.time().as_secs() - 1);
        assert_eq!(ask(&world).await, Some(Reason::Locked));
    });
}

/// An approved request is no guess: its number was typed. So no lock applies to it, not even that of
/// an earlier guess at a process whose clock is behind.
#[test]
fn approved_request_is_accepted_while_requests_are_locked() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        for _ in 0..5 {
            let request = request(&world).await;
            type_incorrect(&world, &phone, &request).await;
        }
        world.clock.advance(30);
        let approved = request(&world).await;
        approve(&world, &phone, &approved).await.unwrap();
        world.clock.set(world.clock.time().as_secs() - 1);
        assert_eq!(ask(&world).await, Some(Reason::Locked));
        assert!(redeem(&world, &approved).await.is_ok());
    });
}

#[test]
fn request_and_counts_in_the_future_are_repaired() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let now = world.clock.time().as_secs();
        // A device trusted in time still answers after a day.
        world.clock.set(now + DAY);
        let mut asked = vec![];
        for _ in 0..3 {
            asked.push(request(&world).await);
        }
        world.clock.set(now);
        let _ = world.log.take();
        assert_eq!(reason(redeem(&world, &asked[2]).await), Reason::NotFound);
        assert_eq!(world.log.take(), [Event::ClockFault]);
        assert!(on(&world, &phone).pending_request(&world.alice).await.unwrap().is_none());
        assert_eq!(ask(&world).await, None, "two are counted, as of now");
        assert_eq!(ask(&world).await, Some(Reason::Disabled));
    });
}

#[test]
fn request_lock_in_the_future_restarts_once() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + DAY);
        for _ in 0..5 {
            let request = request(&world).await;
            type_incorrect(&world, &phone, &request).await;
        }
        world.clock.set(now);
        let offers = offers(&world).await;
        assert_eq!(by_request(&offers).unwrap().retry_at().unwrap().as_secs(), now + 30);
        world.clock.set(now + 30);
        assert_eq!(ask(&world).await, None);
    });
}
