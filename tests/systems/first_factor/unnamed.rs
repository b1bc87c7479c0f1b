//! A first factor that is missing, or none.

use second_factor::{
    Client, CodeRequest, Error, FirstFactor, Keys, NewDevice, Next, Proof, Purpose, Reason, Secret,
    SignIn, Verifier, block_on,
    enrollment::HotpToken,
    proof::{CeremonyRequest, RequestAnswer, RequestedFrom},
    purpose::Operation,
    testkit::MessageLog,
};

use super::{RECOVER, SIGN_IN, app_proof};
use crate::support::{ROOT, World, mail, reason};

/// The counterexample to a default: a forgotten `after` made a code alone a sign-in.
#[test]
fn unnamed_first_factor_is_an_error_of_every_sign_in() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let key = Keys::new(ROOT);
        let unnamed = Verifier::builder("Example", world.store.clone(), MessageLog::new(), key)
            .clock(world.clock.clone())
            .build()
            .unwrap();
        let alice = &world.alice;
        let is_unnamed = |error: Option<Error>| matches!(error, Some(Error::NoFirstFactor));
        assert!(is_unnamed(unnamed.next(alice).await.err()));
        let from = RequestedFrom::new("Firefox", "Lisbon");
        for operation in [SIGN_IN, RECOVER] {
            assert!(is_unnamed(unnamed.offers(alice, operation).await.err()));
            let request = CodeRequest::to_address(&world.number).purpose(operation);
            assert!(is_unnamed(unnamed.send_code(alice, request).await.err()));
            let ceremony = CeremonyRequest::new(b"").purpose(operation);
            assert!(is_unnamed(unnamed.begin_security_key(alice, ceremony).await.err()));
            assert!(is_unnamed(unnamed.request_sign_in(alice, operation, &from).await.err()));
        }
        let proof = app_proof(&world, &app);
        assert!(is_unnamed(unnamed.verify(alice, proof.clone()).await.err()));
        let recovery = unnamed.verify_for(alice, Purpose::Recover, proof.clone()).await;
        assert!(is_unnamed(recovery.err()));
        assert!(is_unnamed(unnamed.enroll_totp(alice, "alice").await.err()));
        let token = HotpToken::new(&Secret::new(&[7; 20]).unwrap());
        assert!(is_unnamed(unnamed.enroll_hotp(alice, &token).await.err()));
        assert!(is_unnamed(unnamed.enroll_address(alice, &mail()).await.err()));
        assert!(is_unnamed(unnamed.enroll_security_key(alice, b"").await.err()));
        // Within a session, and for a registration, there is nothing to name.
        let stepped_up = unnamed.verify_for(alice, Purpose::StepUp, proof).await;
        assert!(stepped_up.is_ok());
        assert!(unnamed.offers(alice, Operation::Manage).await.is_ok());
        let request = CodeRequest::register(&world.number);
        assert!(unnamed.send_code(alice, request).await.is_ok());
        assert!(unnamed.enroll_totp(&verified, "alice").await.is_ok());
    });
}

#[test]
fn nothing_first_signs_in_by_no_single_guessable_factor() {
    block_on(async {
        let world = World::new();
        let verifier = world.verifier.after(FirstFactor::None);
        // A session must rest on something.
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::NotEnrolled);
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        assert_eq!(reason(verifier.next(&world.alice).await), Reason::NotAllowed);
        let sent = verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(sent), Reason::NotAllowed);
        let proof = app_proof(&world, &app);
        let refused = verifier.verify(&world.alice, proof.clone()).await;
        assert_eq!(reason(refused), Reason::NotAllowed);
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok(), "it was not consumed");
        // A code that was sent after a password was of a sign-in with a password.
        let (sent, code) = world.send_to(&world.number).await;
        let verified = verifier.verify(&world.alice, Proof::sent_code(&sent, &code)).await.unwrap();
        assert_eq!(verified.first_factor(), &FirstFactor::Password);
    });
}

#[test]
fn nothing_first_does_not_recognize_a_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let proof = app_proof(&world, &app).trusting(NewDevice::new("Firefox"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let client = Client::new("the cookie of Firefox").unwrap();
        let client = client.device(verified.device_token().unwrap());
        let verifier = world.verifier.for_client(client);
        let alone = verifier.after(FirstFactor::None);
        assert_eq!(reason(alone.next(&world.alice).await), Reason::NotAllowed);
        let next = verifier.next(&world.alice).await.unwrap();
        let Next::Done(sign_in @ SignIn::Recognized(_)) = next else { panic!("it is trusted") };
        assert_eq!((sign_in.level(), sign_in.amr()), (1, vec!["pwd"]));
        let epoch = world.verifier.epoch(&world.alice).await.unwrap();
        assert_eq!(sign_in.epoch(), epoch, "its session is valid");
        assert_eq!(sign_in.first_factor(), &FirstFactor::Password);
    });
}

#[test]
fn device_that_asks_cannot_approve_its_own_request() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let mut devices = Vec::new();
        for label in ["laptop", "phone"] {
            let proof = app_proof(&world, &app).trusting(NewDevice::new(label));
            let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
            devices.push(verified.device_token().unwrap().clone());
        }
        world.clock.advance(60);
        let [laptop, phone] = &devices[..] else { panic!("two are trusted") };
        let on = |cookie: &str, token| {
            let client = Client::new(format!("the cookie of {cookie}")).unwrap();
            world.verifier.for_client(client.device(token))
        };
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let asks = on("laptop", laptop);
        let request = asks.request_sign_in(&world.alice, SIGN_IN, &from).await.unwrap();
        // A new cookie makes it no other device.
        assert!(on("another", laptop).pending_request(&world.alice).await.unwrap().is_none());
        let other = on("phone", phone);
        let shown = other.pending_request(&world.alice).await.unwrap().unwrap();
        let number = RequestAnswer::Approve(request.number().expose());
        other.answer_request(&world.alice, &shown, number).await.unwrap();
        let proof = Proof::sign_in_request(&request);
        let verified = asks.verify(&world.alice, proof).await.unwrap();
        assert_eq!(verified.level(), 2);
        assert_eq!(SignIn::from(verified).level(), 2);
    });
}
