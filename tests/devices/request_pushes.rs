//! Offering and pushing sign-in requests, and the store calls.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World,
    devices::{
        DAY, answer, approve, on, other_number, redeem, request, trust, trust_by, trust_pushed,
        try_request, visit,
    },
    reason,
    watched::{Call, Watched},
};
use second_factor::{
    Channel, Client, Error, FactorKind, NewDevice, Next, Offer, Policy, Proof, Purpose, Reason,
    SubjectId, block_on, delivery::Undelivered, host::Event, message::Content,
    proof::RequestAnswer, purpose::Operation, sign_in::Offers,
};

const COUNTED: [Call; 2] = [Call::Load, Call::Commit];

const UNCOUNTED: [Call; 2] = [Call::Load, Call::Conflict];

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
fn requests_are_offered_where_a_device_can_answer() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        assert!(by_request(&offers(&world).await).is_none());
        let _ = trust(&world, &app, "phone").await;
        let open = offers(&world).await;
        let reported = by_request(&open).unwrap();
        assert!(reported.retry_at().is_none() && reported.masked().is_none());
        assert_eq!(reported.last_used_at(), None);
        for (purpose, offered) in
            [(Operation::SignIn, true), (Operation::StepUp, false), (Operation::Manage, false)]
        {
            let offers = world.verifier.offers(&world.alice, purpose).await.unwrap();
            let kinds: Vec<_> = offers.iter().map(Offer::kind).collect();
            let both = [FactorKind::Totp, FactorKind::SignInRequest];
            assert_eq!(kinds, both[..=usize::from(offered)], "{purpose:?}");
        }
        world.clock.advance(30 * DAY);
        assert!(by_request(&offers(&world).await).is_none());
    });
}

/// A subject with three devices, two of which have a push token.
async fn with_pushes() -> (World, App, String) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let mut phone = trust_pushed(&world, &app, "first-mark").await;
    let _ = trust_pushed(&world, &app, "second-mark").await;
    let _ = trust(&world, &app, "browser").await;
    world.clock.advance(60);
    let _ = visit(&world, &mut phone).await;
    (world, app, phone)
}

#[test]
fn push_goes_to_every_token_with_an_opaque_name() {
    block_on(async {
        let (world, _, phone) = with_pushes().await;
        let (mut marks, mut references) = (vec![], vec![]);
        let request = request(&world).await;
        let (number, asks) = (request.number().expose(), request.handle().to_string());
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        while let Some(message) = world.phone.take() {
            let Content::Request(handle) = message.content() else {
                panic!("the content is a push")
            };
            assert_eq!(handle.to_string(), pending.handle().to_string());
            assert_eq!(message.channel(), Channel::Push);
            assert_eq!(message.expires(), Some(pending.expires_at()));
            assert!(message.code().is_none());
            let text = message.expose_text();
            assert!(!text.expose().contains(|c: char| c.is_ascii_digit()), "{}", text.expose());
            let debug = format!("{message:?}");
            for hidden in [&*format!("\"{number}\""), &asks, "-mark", "Firefox", "Lisbon"] {
                assert!(!debug.contains(hidden) && !text.expose().contains(hidden), "{debug}");
                assert!(!message.reference().contains(hidden));
            }
            marks.push(message.address().expose().to_owned());
            references.push(message.reference().to_owned());
        }
        marks.sort();
        assert_eq!(marks, ["first-mark", "second-mark"]);
        assert!(references[0] != references[1], "each send has its own reference");
        assert!(!references.contains(&pending.handle().to_string()));
    });
}

#[test]
fn push_content_is_independent_of_the_number() {
    block_on(async {
        // Two requests with the same number have nothing else in common.
        let (world, _, phone) = with_pushes().await;
        let mut seen = alloc::collections::BTreeMap::new();
        let mut twice = 0;
        for _ in 0..60 {
            let request = request(&world).await;
            let message = world.phone.take().unwrap();
            let Content::Request(handle) = message.content() else {
                panic!("the content is a push")
            };
            let sent = (handle.to_string(), message.reference().to_owned());
            if let Some((name, reference)) =
                seen.insert(request.number().expose().to_owned(), sent.clone())
            {
                assert!(name != sent.0 && reference != sent.1);
                twice += 1;
            }
            let yes = RequestAnswer::Approve(request.number().expose());
            answer(&world, &phone, yes).await.unwrap();
        }
        assert!(twice > 0);
    });
}

#[test]
fn signed_out_or_expired_device_gets_no_push() {
    block_on(async {
        let (world, app, phone) = with_pushes().await;
        on(&world, &phone).sign_out_device(&world.alice).await.unwrap();
        let _ = request(&world).await;
        assert_eq!(world.phone.len(), 1);
        assert_eq!(world.phone.take().unwrap().address().expose(), "second-mark");
        world.clock.advance(29 * DAY);
        let _ = trust_pushed(&world, &app, "third-mark").await;
        world.clock.advance(DAY);
        let _ = request(&world).await;
        assert_eq!(world.phone.len(), 1);
        assert_eq!(world.phone.take().unwrap().address().expose(), "third-mark");
    });
}

#[test]
fn device_with_another_address_gets_no_push() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let device = NewDevice::new("phone").with_push(&world.number);
        let _ = trust_by(&world, &app, device).await.unwrap();
        let _ = request(&world).await;
        assert!(world.phone.is_empty());
    });
}

#[test]
fn failed_push_does_not_fail_the_request() {
    block_on(async {
        for (failure, reported) in [
            (Undelivered::Unreachable, 2),
            (Undelivered::Misconfigured, 2),
            (Undelivered::Unknown, 0),
        ] {
            let (world, _, phone) = with_pushes().await;
            world.phone.fail_with(Some(failure));
            let _ = world.log.take();
            let request = request(&world).await;
            let events = world.log.take();
            let is_lost = |event: &&Event| event.name() == "notice_not_sent";
            let lost = events.iter().filter(is_lost).count();
            assert_eq!(lost, reported, "{failure:?}");
            approve(&world, &phone, &request).await.expect("every device can poll");
            assert!(redeem(&world, &request).await.is_ok());
        }
    });
}

/// A subject over a recording store, with a phone that was recognized.
async fn watched() -> (World<Watched>, App, String) {
    let world = World::over(Watched::default(), Policy::default());
    let (app, _) = world.with_app().await;
    let mut phone = trust(&world, &app, "phone").await;
    world.clock.advance(60);
    let _ = visit(&world, &mut phone).await;
    // The first missing record makes the verifier check once that the store has its root.
    let absent = SubjectId::new("unknown").unwrap();
    let _ = world.verifier.next(&absent).await.unwrap();
    (world, app, phone)
}

/// The refusal of `answer`, if any, and its store calls.
async fn calls_of<T>(
    world: &World<Watched>,
    answer: impl Future<Output = Result<T, Error>>,
) -> (Option<Reason>, Vec<Call>) {
    let _ = world.store.take();
    let answer = answer.await;
    let reason = answer.err().map(|error| error.denial().expect("a denial").reason());
    (reason, world.store.take())
}

#[test]
fn request_operations_take_one_read_and_one_write() {
    block_on(async {
        let (world, _, token) = watched().await;
        let phone = on(&world, &token);
        let _ = world.store.take();
        let first = request(&world).await;
        assert_eq!(world.store.take(), COUNTED);
        let looking = calls_of(&world, phone.pending_request(&world.alice)).await;
        assert_eq!(looking, (None, [Call::Load].into()));
        let pending = phone.pending_request(&world.alice).await.unwrap().unwrap();
        let typed = RequestAnswer::Approve(first.number().expose());
        let approving = phone.answer_request(&world.alice, &pending, typed);
        assert_eq!(calls_of(&world, approving).await, (None, COUNTED.into()));
        assert_eq!(calls_of(&world, redeem(&world, &first)).await, (None, COUNTED.into()));

        let second = request(&world).await;
        let pending = phone.pending_request(&world.alice).await.unwrap().unwrap();
        let incorrect = other_number(&second);
        let typed = RequestAnswer::Approve(&incorrect);
        let incorrect = phone.answer_request(&world.alice, &pending, typed);
        assert_eq!(calls_of(&world, incorrect).await, (Some(Reason::Incorrect), COUNTED.into()));
    });
}

#[test]
fn failure_121_uncounted_request_refusals_never_commit() {
    block_on(async {
        let (world, _, token) = watched().await;
        let phone = on(&world, &token);
        let browser =
            world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let refused = |reason| (Some(reason), Vec::from(UNCOUNTED));

        let first = request(&world).await;
        let pending = phone.pending_request(&world.alice).await.unwrap().unwrap();
        assert_eq!(calls_of(&world, redeem(&world, &first)).await, refused(Reason::Pending));
        let other = browser.verify(&world.alice, Proof::sign_in_request(&first));
        assert_eq!(calls_of(&world, other).await, refused(Reason::OtherClient));
        let other = world.verifier.verify_for(
            &world.alice,
            Purpose::StepUp,
            Proof::sign_in_request(&first),
        );
        let not_allowed = (Some(Reason::NotAllowed), vec![Call::Load]);
        assert_eq!(calls_of(&world, other).await, not_allowed);
        let other = world.verifier.verify(&world.alice, Proof::sign_in_request(&pending));
        assert_eq!(calls_of(&world, other).await, refused(Reason::NotFound));
        let other = phone.answer_request(&world.alice, &first, RequestAnswer::NotMe);
        assert_eq!(calls_of(&world, other).await, refused(Reason::NotFound));

        answer(&world, &token, RequestAnswer::Cancel).await.unwrap();
        assert_eq!(calls_of(&world, redeem(&world, &first)).await, refused(Reason::Cancelled));
        let again = phone.answer_request(&world.alice, &pending, RequestAnswer::Cancel);
        assert_eq!(calls_of(&world, again).await, refused(Reason::NotFound));
        world.clock.advance(60);
        assert_eq!(calls_of(&world, redeem(&world, &first)).await, refused(Reason::Expired));

        let second = request(&world).await;
        answer(&world, &token, RequestAnswer::NotMe).await.unwrap();
        assert_eq!(
            calls_of(&world, redeem(&world, &second)).await,
            refused(Reason::ReportedByOwner)
        );

        let absent = SubjectId::new("unknown").unwrap();
        let unknown = world.verifier.verify(&absent, Proof::sign_in_request(&second));
        assert_eq!(calls_of(&world, unknown).await, refused(Reason::NotFound));
        let from = second_factor::proof::RequestedFrom::new("x", "y");
        let unknown = world.verifier.request_sign_in(&absent, Operation::SignIn, &from);
        assert_eq!(calls_of(&world, unknown).await, refused(Reason::NotEnrolled));

        let _ = request(&world).await;
        let off = try_request(&world, Operation::SignIn);
        let off = calls_of(&world, off).await;
        // It stores an event, and acknowledges that it was delivered.
        let turned_off = [Call::Load, Call::Commit, Call::Commit];
        assert_eq!(off, (Some(Reason::Disabled), turned_off.into()), "it is turned off once");
        let off = try_request(&world, Operation::SignIn);
        assert_eq!(calls_of(&world, off).await, refused(Reason::Disabled));
    });
}

#[test]
fn locked_forbidden_or_malformed_request_is_one_read() {
    block_on(async {
        let (world, _, token) = watched().await;
        let phone = on(&world, &token);
        let one_read = |reason| (Some(reason), vec![Call::Load]);
        let managing = try_request(&world, Operation::Manage);
        assert_eq!(calls_of(&world, managing).await, one_read(Reason::NotAllowed));
        for _ in 0..5 {
            let request = request(&world).await;
            let pending = phone.pending_request(&world.alice).await.unwrap().unwrap();
            let typed = RequestAnswer::Approve("");
            let nothing = phone.answer_request(&world.alice, &pending, typed);
            assert_eq!(calls_of(&world, nothing).await, one_read(Reason::Malformed));
            let incorrect = other_number(&request);
            let refused = answer(&world, &token, RequestAnswer::Approve(&incorrect)).await;
            assert_eq!(reason(refused), Reason::Incorrect);
        }
        let locked = try_request(&world, Operation::SignIn);
        assert_eq!(calls_of(&world, locked).await, one_read(Reason::Locked));
    });
}
