//! The stored first factor counts.

use second_factor::{Address, Client, CodeRequest, FirstFactor, Proof, Reason, block_on};

use super::{app_proof, by_key, confirm_key, email, passed, pending, send, with_email};
use crate::support::{
    App, World, mail, prove, reason,
    slow::{Alice, PIN},
};

/// Two browsers, two sign-ins: what is stored is what counts.
#[test]
fn stored_first_factor_counts_and_a_later_one_does_not() {
    block_on(async {
        let world = World::with(with_email());
        let (_, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let [one, other] = ["one browser", "another one"].map(|place| {
            let client = Client::new(format!("the cookie of {place}")).unwrap();
            world.verifier.for_client(client)
        });
        let alice = &world.alice;
        let firsts = [
            FirstFactor::Password,
            email(Address::email("bob@example.com").unwrap()),
            FirstFactor::Federated { amr: vec!["otp".into()], address: None },
        ];
        for stored in &firsts {
            for named in firsts.iter().chain([&FirstFactor::None, &email(mail())]) {
                let (by, request) = (one.after(stored), CodeRequest::to_address(&mail()));
                let (sent, code) = send(&world, &by, request).await;
                let proof = || Proof::sent_code(&sent, &code);
                let stolen = other.after(stored).verify(alice, proof()).await;
                assert_eq!(reason(stolen), Reason::OtherClient);
                let verified = one.after(named).verify(alice, proof()).await.unwrap();
                assert_eq!(verified.first_factor(), stored, "{named:?}");
            }
        }
        // A resend keeps it, too.
        let request = CodeRequest::to_address(&mail());
        let (sent, _) = send(&world, &one.after(&firsts[1]), request).await;
        let again = CodeRequest::again(&sent);
        let (sent, code) = send(&world, &one.after(FirstFactor::Password), again).await;
        let proof = Proof::sent_code(&sent, &code);
        let verified = one.after(FirstFactor::Password).verify(alice, proof).await.unwrap();
        assert_eq!(verified.first_factor(), &firsts[1]);
    });
}

#[test]
fn partial_proof_keeps_its_first_factor_until_it_is_complete() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (key, _) = confirm_key(&world, &world.verifier, &begun, "blue").await;
        let alone = world.verifier.after(FirstFactor::None);
        let half = pending(by_key(&world, &alone, passed(&key, false)).await);
        // The password came later, so it does not count.
        let proof = app_proof(&world, &app).after(half);
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert_eq!((verified.first_factor(), verified.level()), (&FirstFactor::None, 1));
        // A ceremony that began after nothing does not become one after a password.
        let ceremony = alone.begin_security_key(&world.alice, b"").await.unwrap();
        let proof = Proof::security_key(&ceremony, passed(&key, false));
        let _ = pending(world.verifier.verify(&world.alice, proof).await);
        let ceremony = world.verifier.begin_passkey(b"").unwrap();
        let proof = Proof::security_key(&ceremony, passed(&key, false));
        let _ = pending(world.verifier.verify(&world.alice, proof).await);
    });
}

#[test]
fn sign_in_with_a_pin_has_the_first_factor_of_its_beginning() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        for first in [FirstFactor::Password, email(mail())] {
            alice.world.clock.advance(30);
            let by = verifier.after(&first);
            let refused = by.verify(id, app_proof(&alice.world, &alice.app)).await.unwrap_err();
            let due = *refused.pending_pin().unwrap();
            let verified = verifier.after(FirstFactor::None).verify(id, Proof::pin(due, PIN)).await;
            assert_eq!(verified.unwrap().first_factor(), &first);
        }
    });
}

#[test]
fn enrollment_keeps_the_first_factor_of_its_beginning() {
    block_on(async {
        let world = World::with(with_email());
        let began = email(mail());
        let by = world.verifier.after(&began);
        let enrollment = by.enroll_totp(&world.alice, "alice").await.unwrap();
        let code = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let confirmed = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        let verified = confirmed.verified().unwrap();
        assert_eq!(verified.first_factor(), &began);
        // A further factor keeps that of the proof it was based on.
        let verified = world.with_phone(&verified).await.verified().unwrap();
        assert_eq!(verified.first_factor(), &began);
        assert_eq!(verified.amr(), ["mca", "otp", "sms"]);
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (_, verified) = confirm_key(&world, &world.verifier, &begun, "blue").await;
        assert_eq!(verified.first_factor(), &began);
    });
}
