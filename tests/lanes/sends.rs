//! Sends and sign-in requests in their lanes.

use proptest::{collection::vec, prelude::*};
use second_factor::{
    Address, Challenge, CodeRequest, Error, FactorKind, FirstFactor, Next, Offer, Policy, Proof,
    Reason, SubjectId, UnixTime, Verifier, block_on,
    proof::{RequestedFrom, SignInRequest},
    purpose::Operation,
};

use super::{HOUR, become_known, browser, device, guess, sign_in};
use crate::support::{
    World,
    devices::{approve, with_old_phone, with_old_phone_under},
    reason,
};

/// A proven number, and the token of the browser that proved it.
pub(super) async fn with_known_device(policy: Policy) -> (World, String) {
    let world = World::with(policy);
    let _ = world.with_phone(&world.alice).await;
    world.clock.advance(HOUR);
    let owner = browser(&world, "the owner");
    let sent = owner.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
    let proof = Proof::sent_code(&sent.unwrap(), world.read_code());
    let verified = owner.verify(&world.alice, proof).await.unwrap();
    let token = verified.device_token().unwrap().expose().to_owned();
    world.clock.advance(24 * HOUR);
    (world, token)
}

async fn send(world: &World, at: &Verifier) -> Result<Challenge, Error> {
    at.send_code(&world.alice, CodeRequest::to_address(&world.number)).await
}

/// What a caller learns from a request.
fn answer(sent: &Result<Challenge, Error>) -> (Option<Reason>, Option<UnixTime>) {
    match sent {
        Ok(sent) => (None, sent.resend_at()),
        Err(error) => (Some(error.denial().unwrap().reason()), error.retry_at()),
    }
}

/// What others do with the number of the owner.
#[derive(Clone, Copy, Debug)]
enum Other {
    /// Another account claims it.
    Claims,
    /// A caller who has the password of the owner requests a code.
    Requests,
    /// The same, for an unproven number.
    RequestsElsewhere,
    /// A stranger registers it.
    Registers,
    /// The owner has a code sent at the known device.
    Owner,
}

async fn act(world: &World, token: &str, other: Other) -> Option<Result<Challenge, Error>> {
    let attacker = browser(world, "an attacker");
    match other {
        Other::Claims => {
            let account = SubjectId::new("another account").unwrap();
            let _ = attacker.enroll_address(&account, &world.number).await;
        }
        Other::Requests => drop(send(world, &attacker).await),
        Other::RequestsElsewhere => {
            let number = Address::phone("+14155550199").unwrap();
            let _ = attacker.send_code(&world.alice, CodeRequest::to_address(&number)).await;
        }
        Other::Registers => {
            let _ = attacker.send_code(&world.alice, CodeRequest::register(&world.number)).await;
        }
        Other::Owner => return Some(send(world, &device(world, token)).await),
    }
    None
}

fn others() -> impl Strategy<Value = Other> {
    prop_oneof![
        Just(Other::Claims),
        Just(Other::Requests),
        Just(Other::RequestsElsewhere),
        Just(Other::Registers),
        Just(Other::Owner),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No send of another caller changes an answer at a known device.
    #[test]
    fn sends_of_others_change_no_answer_at_a_known_device(
        history in vec((others(), 0_u64..2_000), 1..60),
    ) {
        block_on(async {
            let (all, token) = with_known_device(Policy::default()).await;
            let (alone, same) = with_known_device(Policy::default()).await;
            for (other, secs) in history {
                all.clock.advance(secs);
                alone.clock.advance(secs);
                let Some(sent) = act(&all, &token, other).await else { continue };
                let expected = send(&alone, &device(&alone, &same)).await;
                prop_assert_eq!(answer(&sent), answer(&expected));
            }
            Ok(())
        })?;
    }
}

/// The password holder and strangers use up their half. The owner has the other one.
#[test]
fn finding_a03_others_use_up_half_of_every_budget() {
    block_on(async {
        let (world, token) = with_known_device(Policy::default()).await;
        let mut sent = [0, 0];
        let start = world.clock.time();
        while world.clock.time().since(start) < 24 * HOUR {
            for (at, other) in
                [(0, Other::Requests), (0, Other::Registers), (0, Other::Claims), (1, Other::Owner)]
            {
                let _ = world.codes();
                let _ = act(&world, &token, other).await;
                sent[at] += world.codes();
            }
            world.clock.advance(300);
        }
        assert_eq!(sent, [6, 6], "half of twelve each");
    });
}

#[test]
fn claim_at_a_known_device_uses_the_half_of_the_others() {
    for registers in [false, true] {
        block_on(async {
            let world = World::new();
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            let token = become_known(&world, &app, "the owner").await;
            let (owner, other) = (device(&world, &token), browser(&world, "with the password"));
            world.clock.advance(24 * HOUR);
            let mut claims = 0;
            for last in 200..208 {
                world.clock.advance(250);
                let verified = sign_in(&world, &owner, &app).await.unwrap();
                let number = Address::phone(&format!("+1415555{last:04}")).unwrap();
                let claimed = if registers {
                    owner.send_code(&world.alice, CodeRequest::register(&number)).await
                } else {
                    owner.enroll_address(&verified, &number).await
                };
                claims += u32::from(claimed.is_ok());
            }
            assert_eq!(claims, 5, "half of ten an hour");
            assert_eq!(reason(send(&world, &other).await), Reason::SendLimit);
            assert!(send(&world, &owner).await.is_ok());
        });
    }
}

#[test]
fn psd2_lock_of_a_device_refuses_another_code() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let owner = device(&world, &become_known(&world, &app, "the owner").await);
        world.clock.advance(HOUR);
        let sent = send(&world, &owner).await.unwrap();
        world.clock.advance(60);
        let _ = guess(&world, &owner, &app).await;
        let until = guess(&world, &owner, &app).await.retry_at();
        let again = owner.send_code(&world.alice, CodeRequest::again(&sent)).await;
        assert_eq!(answer(&again), (Some(Reason::Locked), until));
    });
}

/// Law 8: at a known device too, a decoy waits like a code.
#[test]
fn decoy_at_a_known_device_waits_like_a_code() {
    block_on(async {
        let (world, token) = with_known_device(Policy::default()).await;
        let (other, same) = with_known_device(Policy::default()).await;
        let unproven = Address::phone("+14155550188").unwrap();
        let (owner, decoyed) = (device(&world, &token), device(&other, &same));
        let mut sent = send(&world, &owner).await;
        let mut decoy = decoyed.send_code(&other.alice, CodeRequest::to_address(&unproven)).await;
        for _ in 0..4 {
            assert_eq!(answer(&sent), answer(&decoy));
            let (one, two) = (sent.unwrap(), decoy.unwrap());
            for _ in 0..2 {
                let early = owner.send_code(&world.alice, CodeRequest::again(&one)).await;
                let decoyed = decoyed.send_code(&other.alice, CodeRequest::again(&two)).await;
                assert_eq!(answer(&early), answer(&decoyed));
                assert_eq!(reason(early), Reason::TooSoon);
                [&world, &other].iter().for_each(|of| of.clock.advance(5));
            }
            let until = one.resend_at().unwrap().as_secs();
            [&world, &other].iter().for_each(|of| of.clock.set(until));
            sent = owner.send_code(&world.alice, CodeRequest::again(&one)).await;
            decoy = decoyed.send_code(&other.alice, CodeRequest::again(&two)).await;
        }
        assert_eq!(answer(&sent), answer(&decoy));
    });
}

/// A03: two clients that register one number have a code each.
#[test]
fn finding_a03_strangers_void_no_registration_code() {
    block_on(async {
        let world = World::new();
        let to = || CodeRequest::register(&world.number);
        let mut codes = Vec::new();
        for name in ["a", "b", "c"] {
            let client = browser(&world, name);
            let sent = client.send_code(&world.alice, to()).await.unwrap();
            codes.push((client, sent, world.read_code()));
            world.clock.advance(121);
        }
        let fourth = browser(&world, "d").send_code(&world.alice, to()).await;
        let until = codes[0].1.expires_at().as_secs() + 300;
        assert_eq!(answer(&fourth), (Some(Reason::SendLimit), Some(UnixTime::from_secs(until))));
        // Incorrect codes end the code of the client that typed them.
        let (stranger, theirs, _) = codes.pop().unwrap();
        for _ in 0..5 {
            let guess = Proof::sent_code(&theirs, "000000");
            assert_eq!(reason(stranger.register(&world.alice, guess).await), Reason::Incorrect);
        }
        world.clock.advance(30);
        let ended = stranger.register(&world.alice, Proof::sent_code(&theirs, "000000")).await;
        assert_eq!(reason(ended), Reason::NotFound);
        let (owner, sent, code) = codes.pop().unwrap();
        let (other, mine, _) = codes.pop().unwrap();
        // A code is for its client.
        let stolen = Proof::sent_code(&sent, code.clone());
        assert_eq!(reason(other.register(&world.alice, stolen).await), Reason::OtherClient);
        assert!(owner.register(&world.alice, Proof::sent_code(&sent, code)).await.is_ok());
        let _ = mine;
    });
}

/// A03: the codes of strangers fill only their own lane.
#[test]
fn finding_a03_strangers_leave_room_at_a_known_device() {
    block_on(async {
        let (world, token) = with_known_device(Policy::default()).await;
        let to = || CodeRequest::register(&world.number);
        for name in ["a", "b", "c"] {
            assert!(browser(&world, name).send_code(&world.alice, to()).await.is_ok());
            world.clock.advance(121);
        }
        let fourth = browser(&world, "d").send_code(&world.alice, to()).await;
        assert_eq!(reason(fourth), Reason::SendLimit);
        assert!(device(&world, &token).send_code(&world.alice, to()).await.is_ok());
    });
}

/// A registration replaces the code of its own client.
#[test]
fn registration_code_is_replaced_by_its_own_client() {
    block_on(async {
        let world = World::new();
        let client = browser(&world, "the owner");
        let to = || CodeRequest::register(&world.number);
        let first = client.send_code(&world.alice, to()).await.unwrap();
        let code = world.read_code();
        world.clock.advance(30);
        let _ = client.send_code(&world.alice, to()).await.unwrap();
        let stale = client.register(&world.alice, Proof::sent_code(&first, code)).await;
        assert_eq!(reason(stale), Reason::NotFound);
    });
}

async fn request(world: &World, at: &Verifier) -> Result<SignInRequest, Error> {
    let from = RequestedFrom::new("Firefox", "Lisbon");
    at.request_sign_in(&world.alice, Operation::SignIn, &from).await
}

fn refused(asked: Result<SignInRequest, Error>) -> (Reason, Option<UnixTime>) {
    let error = asked.unwrap_err();
    (error.denial().unwrap().reason(), error.retry_at())
}

async fn offers_requests(world: &World, at: &Verifier) -> bool {
    let Next::Prove(offers) = at.next(&world.alice).await.unwrap() else { return false };
    offers.iter().any(|offer| offer.kind() == FactorKind::SignInRequest)
}

/// A subject with an old phone, and the tokens of the phone and of a known browser.
async fn with_phone_and_browser() -> (World, String, String) {
    let (world, app, phone) = with_old_phone().await;
    let known = become_known(&world, &app, "the owner").await;
    world.clock.advance(60);
    (world, phone, known)
}

#[test]
fn finding_a02_requests_of_a_known_device_stay_on() {
    block_on(async {
        let (world, phone, token) = with_phone_and_browser().await;
        let (owner, attacker) = (device(&world, &token), browser(&world, "an attacker"));
        for _ in 0..3 {
            assert!(request(&world, &attacker).await.is_ok());
        }
        assert_eq!(refused(request(&world, &attacker).await), (Reason::Disabled, None));
        assert!(!offers_requests(&world, &attacker).await);
        assert!(offers_requests(&world, &owner).await);
        let asked = request(&world, &owner).await.unwrap();
        // The attacker does not replace it.
        assert!(request(&world, &attacker).await.is_err());
        approve(&world, &phone, &asked).await.unwrap();
        let proof = Proof::sign_in_request(&asked);
        assert!(owner.verify(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn pending_request_of_a_known_device_is_not_replaced() {
    block_on(async {
        let (world, phone, token) = with_phone_and_browser().await;
        let (owner, attacker) = (device(&world, &token), browser(&world, "an attacker"));
        let theirs = request(&world, &attacker).await.unwrap();
        let asked = request(&world, &owner).await.unwrap();
        let until = Some(asked.expires_at());
        assert_eq!(refused(request(&world, &attacker).await), (Reason::TooSoon, until));
        approve(&world, &phone, &asked).await.unwrap();
        assert_eq!(refused(request(&world, &attacker).await), (Reason::TooSoon, until));
        let replaced = attacker.verify(&world.alice, Proof::sign_in_request(&theirs)).await;
        assert_eq!(reason(replaced), Reason::NotFound);
        assert!(owner.verify(&world.alice, Proof::sign_in_request(&asked)).await.is_ok());
        assert!(request(&world, &attacker).await.is_ok());
    });
}

/// FAILURES 102: a copied device must not push without end either.
#[test]
fn requests_of_a_known_device_wait_after_three_in_an_hour() {
    block_on(async {
        let (world, _, token) = with_phone_and_browser().await;
        let owner = device(&world, &token);
        let first = world.clock.time();
        for _ in 0..3 {
            assert!(request(&world, &owner).await.is_ok());
            world.clock.advance(600);
        }
        let until = first.plus(HOUR);
        assert_eq!(refused(request(&world, &owner).await), (Reason::TooSoon, Some(until)));
        assert_eq!(refused(request(&world, &owner).await), (Reason::Locked, Some(until)));
        // It is a wait of this device alone.
        assert!(request(&world, &browser(&world, "a new device")).await.is_ok());
        world.clock.set(until.as_secs());
        assert!(request(&world, &owner).await.is_ok());
    });
}

/// FAILURES 102: a code turns requests on where it was entered.
#[test]
fn code_at_a_known_device_ends_its_wait_alone() {
    block_on(async {
        let (world, app, _) = with_old_phone().await;
        let mut owners = Vec::new();
        for name in ["the owner", "the owner"] {
            owners.push(device(&world, &become_known(&world, &app, name).await));
        }
        world.clock.advance(60);
        for owner in &owners {
            for _ in 0..2 {
                assert!(request(&world, owner).await.is_ok());
            }
        }
        let _ = sign_in(&world, &owners[0], &app).await.unwrap();
        assert!(request(&world, &owners[0]).await.is_ok());
        assert!(request(&world, &owners[1]).await.is_ok());
        assert!(request(&world, &owners[0]).await.is_ok());
        assert_eq!(refused(request(&world, &owners[1]).await).0, Reason::Locked);
    });
}

#[test]
fn caller_who_proved_nothing_requests_no_sign_in() {
    block_on(async {
        let kinds = [FactorKind::SignInRequest, FactorKind::Totp];
        let policy = Policy::builder().only(Operation::Recover, &kinds).build().unwrap();
        let (world, _, _) = with_old_phone_under(policy).await;
        let from = RequestedFrom::new("Firefox", "Lisbon");
        for (first, expected) in
            [(FirstFactor::None, Some(Reason::NotEnrolled)), (FirstFactor::Password, None)]
        {
            let caller = browser(&world, "a stranger").after(first);
            let offers = caller.offers(&world.alice, Operation::Recover).await.unwrap();
            let mut kinds = offers.iter().map(Offer::kind);
            assert_eq!(kinds.any(|kind| kind == FactorKind::SignInRequest), expected.is_none());
            let asked = caller.request_sign_in(&world.alice, Operation::Recover, &from).await;
            let denial = asked.err().map(|error| error.denial().unwrap().reason());
            assert_eq!(denial, expected);
        }
    });
}

#[test]
fn success_at_a_known_device_ends_no_backoff_elsewhere() {
    block_on(async {
        let (world, token) = with_known_device(Policy::default()).await;
        let (attacker, owner) = (browser(&world, "an attacker"), device(&world, &token));
        let _ = send(&world, &attacker).await.unwrap();
        let sent = send(&world, &owner).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code());
        let _ = owner.verify(&world.alice, proof).await.unwrap();
        let _ = send(&world, &owner).await.unwrap();
        let (reason, _) = answer(&send(&world, &attacker).await);
        assert_eq!(reason, Some(Reason::TooSoon));
    });
}

#[test]
fn enrollment_at_a_known_device_ends_the_backoff_of_others() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let token = become_known(&world, &app, "the owner").await;
        let (owner, other) = (device(&world, &token), browser(&world, "with the password"));
        world.clock.advance(24 * HOUR);
        let verified = sign_in(&world, &owner, &app).await.unwrap();
        let number = Address::phone("+14155550101").unwrap();
        // The code of an enrollment is one of theirs.
        let enrollment = owner.enroll_address(&verified, &number).await.unwrap();
        let code = world.read_code();
        assert_eq!(reason(send(&world, &other).await), Reason::TooSoon);
        let _ = owner.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert!(send(&world, &other).await.is_ok());
    });
}
