//! What may follow each first factor.

use second_factor::{
    Address, CodeRequest, FirstFactor, ItemId, Proof, Purpose, Reason, block_on, purpose::Operation,
};

use super::{RECOVER, app_proof, confirm_key, email, google, mail_in_capitals, send, with_email};
use crate::support::{World, mail, not, prove, reason};

/// Two different channels in all: an address that came first is one of them, a password is not.
#[test]
fn recovery_counts_an_address_that_came_first() {
    block_on(async {
        let world = World::with(with_email());
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let recover = async |first: FirstFactor| {
            let verifier = world.verifier.after(first);
            let proof = app_proof(&world, &app);
            verifier.verify_for(&world.alice, Purpose::Recover, proof).await
        };
        assert!(recover(email(mail())).await.is_ok());
        assert!(recover(FirstFactor::Phone(world.number.clone())).await.is_ok());
        let passkey =
            FirstFactor::Passkey { key: ItemId::of("1"), user_verified: true, device_bound: true };
        for first in [FirstFactor::Password, google(mail()), FirstFactor::None, passkey] {
            assert_eq!(reason(recover(first.clone()).await), Reason::AnotherFactorDue, "{first:?}");
        }
        // Another mailbox is of the same kind.
        let verifier = world.verifier.after(email(Address::email("bob@example.com").unwrap()));
        let request = CodeRequest::to_address(&mail()).purpose(RECOVER);
        let (sent, code) = send(&world, &verifier, request).await;
        let proof = Proof::sent_code(&sent, &code);
        let refused = verifier.verify_for(&world.alice, Purpose::Recover, proof).await;
        assert_eq!(reason(refused), Reason::AnotherFactorDue);
    });
}

#[test]
fn mailbox_that_came_first_does_not_reset_the_pin() {
    block_on(async {
        let world = World::with(with_email());
        let (app, verified) = world.with_settled_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let first = world.verifier.after(email(mail_in_capitals()));
        let half = first.verify(&world.alice, app_proof(&world, &app)).await.unwrap_err();
        let due = half.pending_pin().unwrap();
        let request = || CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let refused = first.send_code(&world.alice, request()).await;
        assert_eq!(reason(refused), Reason::SameChannel);
        // Nor by a code that was requested after a password.
        let (sent, code) = send(&world, &world.verifier, request()).await;
        let reset = || Proof::pin_reset(due, &sent, &code);
        assert_eq!(reason(first.verify(&world.alice, reset()).await), Reason::SameChannel);
        let by_password = world.verifier.verify(&world.alice, reset()).await;
        assert_eq!(reason(by_password), Reason::SameChannel);
        // Which it does not consume.
        let half = world.verifier.verify(&world.alice, app_proof(&world, &app)).await.unwrap_err();
        let proof = Proof::pin_reset(half.pending_pin().unwrap(), &sent, &code);
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn address_that_came_first_is_not_enrolled_as_the_only_factor() {
    block_on(async {
        let world = World::with(with_email());
        let verifier = world.verifier.after(email(mail()));
        let refused = verifier.enroll_address(&world.alice, &mail_in_capitals()).await;
        assert_eq!(reason(refused), Reason::SameChannel);
        assert!(world.got_no_code());
        let (_, verified) = world.with_app().await;
        assert!(verifier.enroll_address(&verified, &mail()).await.is_ok(), "it has another factor");
        // Where email recovers and does not sign in, it is no factor.
        let world = World::new();
        let verifier = world.verifier.after(email(mail()));
        assert!(verifier.enroll_address(&world.alice, &mail()).await.is_ok());
    });
}

#[test]
fn registration_ignores_the_named_first_factor() {
    block_on(async {
        let world = World::new();
        let verifier = world.verifier.after(FirstFactor::Phone(world.number.clone()));
        let request = CodeRequest::register(&world.number);
        let (sent, code) = send(&world, &verifier, request).await;
        let proof = Proof::sent_code(&sent, &code);
        let registered = verifier.register(&world.alice, proof).await.unwrap();
        assert_eq!(registered.first_factor(), &FirstFactor::None);
        assert_eq!((registered.level(), registered.amr()), (1, vec!["otp", "sms"]));
    });
}

#[test]
fn incorrect_code_to_another_channel_is_still_counted() {
    block_on(async {
        let world = World::with(with_email());
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        let verifier = world.verifier.after(FirstFactor::Phone(world.number.clone()));
        let (sent, code) = send(&world, &verifier, CodeRequest::to_address(&mail())).await;
        let proof = Proof::sent_code(&sent, not(&code));
        assert_eq!(reason(verifier.verify(&world.alice, proof).await), Reason::Incorrect);
    });
}

#[test]
fn passkey_that_came_first_is_the_only_key_used() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let mut keys = Vec::new();
        for name in ["blue", "green"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            keys.push(confirm_key(&world, &world.verifier, &begun, name).await.0);
        }
        let begun = world.clock.time();
        world.clock.advance(60);
        let key = keys[1];
        let first = FirstFactor::Passkey { key, user_verified: true, device_bound: false };
        assert!(world.verifier.after(&first).next(&world.alice).await.is_ok());
        let status = world.verifier.status(&world.alice).await.unwrap();
        let used = |key: &ItemId| {
            let found = status.factors().iter().find(|factor| factor.id() == key);
            found.expect("it is enrolled").last_used_at()
        };
        assert_eq!((used(&keys[0]), used(&keys[1])), (begun, world.clock.time()));
    });
}
