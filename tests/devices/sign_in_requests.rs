//! Sign-in requests: begun on a new device, approved by number.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    World,
    devices::{
        LATE, NotRecognized::Invalid, answer, approve, on, other_number, recognize, redeem,
        request, rotate, trust, visit, with_device, with_old_phone,
    },
    fresh, fresh_for, reason,
};
use second_factor::{
    Client, DeviceToken, FactorKind, Proof, Reason, SubjectId, block_on,
    host::Event,
    proof::{RequestAnswer, RequestedFrom, SignInRequest},
    purpose::Operation,
};

#[test]
fn request_signs_in_after_its_number_was_typed() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        assert!(world.log.take().contains(&Event::RequestCreated));
        assert_eq!(reason(redeem(&world, &request).await), Reason::Pending);
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        assert_eq!((pending.device(), pending.location()), ("Firefox", "Lisbon"));
        assert_eq!(
            (pending.purpose(), pending.expires_at()),
            (Operation::SignIn, request.expires_at())
        );
        approve(&world, &phone, &request).await.unwrap();
        let verified = redeem(&world, &request).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::SignInRequest]);
        assert_eq!(reason(redeem(&world, &request).await), Reason::NotFound);
    });
}

#[test]
fn failure_103_number_covers_all_two_digit_values() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..200 {
            let request = request(&world).await;
            let number = request.number().expose().to_owned();
            assert!(number.len() == 2 && number.bytes().all(|digit| digit.is_ascii_digit()));
            seen.insert(number);
            let yes = RequestAnswer::Approve(request.number().expose());
            answer(&world, &phone, yes).await.unwrap();
        }
        assert!(seen.len() > 70, "{}", seen.len());
        assert!(seen.iter().any(|number| number.starts_with('0')));
        let _ = fresh(&world, &app).await;
    });
}

#[test]
fn failure_103_incorrect_number_ends_the_request() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let _ = world.log.take();
        let incorrect =
            answer(&world, &phone, RequestAnswer::Approve(&other_number(&request))).await;
        assert_eq!(reason(incorrect), Reason::Incorrect);
        assert_eq!(world.log.take(), [Event::IncorrectProof(FactorKind::SignInRequest)]);
        assert!(on(&world, &phone).pending_request(&world.alice).await.unwrap().is_none());
        assert_eq!(reason(redeem(&world, &request).await), Reason::NotFound);
    });
}

#[test]
fn failure_103_malformed_number_is_not_compared() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let number = request.number().expose().to_owned();
        let long = "7".repeat(10 << 20);
        let longer = [format!("0{number}"), format!("{number}."), format!("+{number}")];
        let cut = [&number[..1], "", " - ", "a7", "+7", &long];
        for typed in longer.iter().map(String::as_str).chain(cut) {
            let refused = answer(&world, &phone, RequestAnswer::Approve(typed)).await;
            assert_eq!(reason(refused), Reason::Malformed);
        }
        approve(&world, &phone, &request).await.expect("it is still pending");
    });
}

#[test]
fn request_number_is_accepted_as_people_type_it() {
    block_on(async {
        for (before, between, after) in [
            (" ", "", ""),
            ("", " ", ""),
            ("", "", "\r\n"),
            ("", "-", ""),
            ("\u{a0}", "\u{2011}", " "),
        ] {
            let (world, _, phone) = with_old_phone().await;
            let request = request(&world).await;
            let (first, second) = request.number().expose().split_at(1);
            let typed = format!("{before}{first}{between}{second}{after}");
            answer(&world, &phone, RequestAnswer::Approve(&typed)).await.expect(&typed);
            let _ = redeem(&world, &request).await.expect(&typed);
        }
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let wide = |digit: char| char::from_u32(u32::from(digit) - 0x30 + 0xff10).unwrap();
        let typed: String = request.number().expose().chars().map(wide).collect();
        answer(&world, &phone, RequestAnswer::Approve(&typed)).await.expect(&typed);
    });
}

#[test]
fn failure_104_request_expires_after_a_minute() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let first = request(&world).await;
        let begun = world.clock.time().as_secs();
        assert_eq!(first.expires_at().as_secs(), begun + 60);
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        world.clock.set(begun + 60);
        assert!(on(&world, &phone).pending_request(&world.alice).await.unwrap().is_none());
        let typed = RequestAnswer::Approve(first.number().expose());
        let late = on(&world, &phone).answer_request(&world.alice, &pending, typed).await;
        assert_eq!(reason(late), Reason::NotFound);
        world.clock.set(begun + 59);
        approve(&world, &phone, &first).await.unwrap();
        world.clock.set(begun + 60);
        assert_eq!(reason(redeem(&world, &first).await), Reason::Expired);
        world.clock.set(begun + 59);
        assert!(redeem(&world, &first).await.is_ok());
    });
}

#[test]
fn failure_104_refusal_is_final_and_reported() {
    for (first, reported, event) in [
        (RequestAnswer::Cancel, Reason::Cancelled, Event::RequestCancelled),
        (RequestAnswer::NotMe, Reason::ReportedByOwner, Event::RequestReportedUnrequested),
    ] {
        block_on(async {
            let (world, _, phone) = with_old_phone().await;
            let request = request(&world).await;
            let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
            let _ = world.log.take();
            on(&world, &phone).answer_request(&world.alice, &pending, first).await.unwrap();
            assert_eq!(world.log.take(), [event]);
            let number = request.number().expose();
            for second in
                [RequestAnswer::Approve(number), RequestAnswer::Cancel, RequestAnswer::NotMe]
            {
                let refused =
                    on(&world, &phone).answer_request(&world.alice, &pending, second).await;
                assert_eq!(reason(refused), Reason::NotFound);
            }
            assert_eq!(reason(redeem(&world, &request).await), reported);
            assert_eq!(reason(redeem(&world, &request).await), reported, "at every poll");
        });
    }
}

#[test]
fn failure_104_approved_request_cannot_be_answered_again() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        approve(&world, &phone, &request).await.unwrap();
        let number = request.number().expose();
        for second in [RequestAnswer::Approve(number), RequestAnswer::Cancel, RequestAnswer::NotMe]
        {
            let refused = on(&world, &phone).answer_request(&world.alice, &pending, second).await;
            assert_eq!(reason(refused), Reason::NotFound);
        }
        assert!(redeem(&world, &request).await.is_ok());
    });
}

#[test]
fn failure_104_new_request_voids_the_previous() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let old = request(&world).await;
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        let new = request(&world).await;
        let typed = RequestAnswer::Approve(new.number().expose());
        let refused = on(&world, &phone).answer_request(&world.alice, &pending, typed).await;
        assert_eq!(reason(refused), Reason::NotFound, "it is not the one that was shown");
        approve(&world, &phone, &new).await.unwrap();
        assert_eq!(reason(redeem(&world, &old).await), Reason::NotFound);
        assert!(redeem(&world, &new).await.is_ok());
    });
}

#[test]
fn failure_104_approval_does_not_carry_over() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let owners = request(&world).await;
        approve(&world, &phone, &owners).await.unwrap();
        let thiefs = request(&world).await;
        assert_eq!(reason(redeem(&world, &thiefs).await), Reason::Pending);
        assert_eq!(reason(redeem(&world, &owners).await), Reason::NotFound);
    });
}

/// What `device` sees of `request`, and the refusal when it approves.
async fn try_as(world: &World, device: &str, request: &SignInRequest) -> Reason {
    assert!(on(world, device).pending_request(&world.alice).await.unwrap().is_none());
    let answered = RequestAnswer::Approve(request.number().expose());
    let refused = on(world, device).answer_request(&world.alice, request, answered).await;
    let refused = reason(refused);
    assert_eq!(reason(redeem(world, request).await), Reason::Pending);
    refused
}

#[test]
fn failure_104_device_trusted_after_the_request_cannot_answer() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        let same = trust(&world, &app, "in the same second").await;
        let request = request(&world).await;
        let later = trust(&world, &app, "later").await;
        for token in [same, later] {
            assert_eq!(try_as(&world, &token, &request).await, Reason::NotFound);
        }
        approve(&world, &phone, &request).await.unwrap();
    });
}

#[test]
fn failure_104_signed_out_device_cannot_answer() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        let mut other = trust(&world, &app, "other").await;
        let _ = visit(&world, &mut other).await;
        world.clock.advance(1);
        on(&world, &other).sign_out_device(&world.alice).await.unwrap();
        let request = request(&world).await;
        assert_eq!(try_as(&world, &other, &request).await, Reason::NotFound);
        approve(&world, &phone, &request).await.unwrap();
    });
}

#[test]
fn failure_104_device_of_another_subject_cannot_answer() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        // Under the same seed, Bob has other ids: what is drawn depends on the subject.
        let mut other = World::new();
        other.alice = SubjectId::new("bob").unwrap();
        let (app, _) = other.with_app().await;
        let bobs = trust(&other, &app, "Firefox").await;
        let (at_bobs, at_alices) =
            (recognize(&other, &bobs).await.unwrap(), recognize(&world, &phone).await.unwrap());
        assert_ne!(at_bobs.device(), at_alices.device());
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        let device = on(&world, &bobs);
        assert!(device.pending_request(&world.alice).await.unwrap().is_none());
        let answer = RequestAnswer::Approve(request.number().expose());
        let refused = device.answer_request(&world.alice, &pending, answer).await;
        assert_eq!(reason(refused), Reason::NotFound);
        approve(&world, &phone, &request).await.unwrap();
    });
}

#[test]
fn failure_104_client_that_asked_cannot_answer() {
    block_on(async {
        let (world, app, phone) = with_old_phone().await;
        let other = trust(&world, &app, "other").await;
        world.clock.advance(60);
        let (alice, from) = (&world.alice, RequestedFrom::new("Firefox", "Lisbon"));
        let asked =
            on(&world, &phone).request_sign_in(alice, Operation::SignIn, &from).await.unwrap();
        let elsewhere = Client::new("the binding of another client").unwrap();
        let elsewhere = elsewhere.device(&DeviceToken::from_text(&other));
        let elsewhere = world.verifier.for_client(elsewhere);
        let pending = elsewhere.pending_request(alice).await.unwrap().unwrap();
        let typed = RequestAnswer::Approve(asked.number().expose());
        let here = on(&world, &phone);
        assert!(here.pending_request(alice).await.unwrap().is_none());
        let refused = here.answer_request(alice, &pending, typed).await;
        assert_eq!(reason(refused), Reason::NotFound);
        elsewhere.answer_request(alice, &pending, typed).await.unwrap();
    });
}

#[test]
fn failure_104_binding_alone_identifies_the_requester() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let (alice, from) = (&world.alice, RequestedFrom::new("Firefox", "Lisbon"));
        // The client that asks presents no device, and the device later its binding.
        let asks = Client::new("the binding of the one that asks").unwrap();
        let asking = world.verifier.for_client(asks.clone());
        let asked = asking.request_sign_in(alice, Operation::SignIn, &from).await.unwrap();
        let device = asks.device(&DeviceToken::from_text(&phone));
        let refused = world.verifier.for_client(device).pending_request(alice).await.unwrap();
        assert!(refused.is_none());
        approve(&world, &phone, &asked).await.unwrap();
    });
}

#[test]
fn failure_104_only_device_cannot_ask_itself() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let (alice, from) = (&world.alice, RequestedFrom::new("Firefox", "Lisbon"));
        let asked = on(&world, &phone).request_sign_in(alice, Operation::SignIn, &from).await;
        assert_eq!(reason(asked), Reason::NotEnrolled);
        let offers = on(&world, &phone).offers(alice, Operation::Recover).await.unwrap();
        assert!(offers.iter().all(|offer| offer.kind() != FactorKind::SignInRequest));
    });
}

#[test]
fn failure_104_request_and_answer_handles_are_distinct() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        let (asks, answers) = (request.handle().to_string(), pending.handle().to_string());
        assert_ne!(asks, answers);
        let typed = RequestAnswer::Approve(request.number().expose());
        let refused = on(&world, &phone).answer_request(&world.alice, &request, typed).await;
        assert_eq!(reason(refused), Reason::NotFound, "the requesting handle cannot answer");
        on(&world, &phone).answer_request(&world.alice, &pending, typed).await.unwrap();
        let thief = world.verifier.verify(&world.alice, Proof::sign_in_request(&pending)).await;
        assert_eq!(reason(thief), Reason::NotFound, "an intercepted push cannot sign in");
        assert!(redeem(&world, &request).await.is_ok());
    });
}

#[test]
fn failure_104_approval_ends_when_its_device_is_evicted() {
    block_on(async {
        let (world, app, token) = with_device().await;
        for n in 0..9 {
            let _ = trust(&world, &app, &format!("{n}")).await;
        }
        let request = request(&world).await;
        approve(&world, &token, &request).await.unwrap();
        let _ = trust(&world, &app, "eleventh").await;
        assert_eq!(recognize(&world, &token).await.unwrap_err(), Invalid);
        assert_eq!(reason(redeem(&world, &request).await), Reason::NotFound);
    });
}

#[test]
fn failure_104_approval_ends_when_its_device_is_revoked() {
    for ends in 0..4 {
        block_on(async {
            let (world, app, mut token) = with_device().await;
            let first = token.clone();
            rotate(&world, &mut token).await;
            world.clock.advance(LATE + 1);
            let phone = visit(&world, &mut token).await;
            let permission = fresh_for(&world, &app, Operation::Manage).await;
            let request = request(&world).await;
            approve(&world, &token, &request).await.unwrap();
            match ends {
                0 => {
                    let _ = world.verifier.revoke(&permission, phone.device()).await.unwrap();
                }
                1 => {
                    let _ = world.verifier.password_changed(&world.alice).await.unwrap();
                }
                2 => {
                    let _ = world.verifier.sign_out_everywhere(&permission).await.unwrap();
                }
                _ => assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid),
            }
            assert_eq!(reason(redeem(&world, &request).await), Reason::NotFound, "{ends}");
        });
    }
}
