//! Passkeys that name their user: ceremonies without a subject.

use second_factor::{
    Client, Error, FactorKind, Proof, Reason, SubjectId, Verified, Verifier, block_on,
    enrollment::NewSecurityKey, proof::SecurityKeyOutcome, purpose::Operation,
};

use super::{SIGN_IN, add, add_for, answer, begin, confirm, keys, passed};
use crate::support::{World, answer::Prove as _, reason};

#[test]
fn passkey_signs_its_user_in() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let text = world.verifier.begin_passkey(b"kept").unwrap().expose().to_owned();
        let opened = world.verifier.open_passkey(&text).unwrap();
        assert_eq!((opened.state(), opened.keys().len()), (&b"kept"[..], 0));
        let ceremony = world.verifier.ceremony(&world.alice, &text).await.unwrap();
        let [key] = ceremony.keys() else { panic!("one key is enrolled") };
        assert_eq!(ceremony.challenge(), opened.challenge());
        let outcome = SecurityKeyOutcome::passed(key.id(), b"2").user_verified(true);
        let verified = answer(&world, &ceremony, outcome).await.unwrap();
        assert_eq!(verified.subject(), &world.alice);
        assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
        let outcome = SecurityKeyOutcome::passed(key.id(), b"3");
        assert_eq!(reason(answer(&world, &ceremony, outcome).await), Reason::Replayed);
        assert_eq!(keys(&world).await[0].1, b"2");
    });
}

#[test]
fn passkey_without_user_verification_is_one_factor() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (key, ceremony) = (keys(&world).await[0].0, world.verifier.begin_passkey(b"").unwrap());
        let touched = SecurityKeyOutcome::passed(&key, b"2");
        assert_eq!(reason(answer(&world, &ceremony, touched).await), Reason::AnotherFactorDue);
        // The ceremony was accepted, and its answer waits for the other factor.
        assert_eq!(reason(answer(&world, &ceremony, passed(key)).await), Reason::Replayed);
    });
}

#[test]
fn passkey_ceremony_is_accepted_only_for_a_key_of_the_subject() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let bob = SubjectId::new("bob").unwrap();
        let (of_alice, of_bob) = (keys(&world).await[0].0, add_for(&world, &bob).await);
        let ceremony = world.verifier.begin_passkey(b"").unwrap();
        assert_eq!(reason(answer(&world, &ceremony, passed(of_bob)).await), Reason::NotFound);
        let nobody = SubjectId::new("nobody").unwrap();
        let proof = Proof::security_key(&ceremony, passed(of_alice));
        let refused = world.verifier.verify(&nobody, proof).await;
        assert_eq!(reason(refused), Reason::NotEnrolled);
        // Two answers, of two keys: each record counts on its own.
        let _ = answer(&world, &ceremony, passed(of_alice)).await.unwrap();
        let proof = || Proof::security_key(&ceremony, passed(of_bob));
        assert_eq!(world.verifier.verify(&bob, proof()).await.unwrap().subject(), &bob);
        assert_eq!(reason(world.verifier.verify(&bob, proof()).await), Reason::Replayed);
    });
}

#[test]
fn passkey_ceremony_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (key, alice) = (keys(&world).await[0].0, &world.alice);
        let [ours, other] = [b"the cookie of one", b"the other browser"]
            .map(|cookie| world.verifier.for_client(Client::new(cookie).unwrap()));
        let ceremony = ours.begin_passkey(b"").unwrap();
        let proof = || Proof::security_key(&ceremony, passed(key));
        for verifier in [&other, &world.verifier] {
            let text = ceremony.expose();
            assert_eq!(reason(verifier.open_passkey(text)), Reason::OtherClient);
            assert_eq!(reason(verifier.ceremony(alice, text).await), Reason::OtherClient);
            assert_eq!(reason(verifier.verify(alice, proof()).await), Reason::OtherClient);
        }
        assert!(ours.open_passkey(ceremony.expose()).is_ok());
        assert!(ours.verify(alice, proof()).await.is_ok());
    });
}

#[test]
fn passkey_ceremony_is_for_signing_in_only() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (key, ceremony) = (keys(&world).await[0].0, world.verifier.begin_passkey(b"").unwrap());
        for purpose in [Operation::Manage, Operation::Recover, Operation::StepUp] {
            let proof = Proof::security_key(&ceremony, passed(key));
            let refused = world.verifier.prove_for(&world.alice, purpose, proof).await;
            assert_eq!(reason(refused), Reason::OtherPurpose);
        }
        assert_eq!(reason(confirm(&world, &ceremony, "red").await), Reason::OtherPurpose);
        let with_subject = begin(&world, SIGN_IN).await;
        let opened = world.verifier.open_passkey(with_subject.expose());
        assert_eq!(reason(opened), Reason::NotFound, "it names its subject");
    });
}

#[test]
fn passkey_ceremony_expires_after_ninety_seconds() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (key, ceremony) = (keys(&world).await[0].0, world.verifier.begin_passkey(b"").unwrap());
        world.clock.advance(89);
        assert!(world.verifier.open_passkey(ceremony.expose()).is_ok());
        world.clock.advance(1);
        assert_eq!(reason(world.verifier.open_passkey(ceremony.expose())), Reason::Expired);
        assert_eq!(reason(answer(&world, &ceremony, passed(key)).await), Reason::Expired);
    });
}

/// A WebAuthn crate whose signatures are `user handle:challenge`.
mod webauthn {
    pub(super) struct Passed {
        pub(super) key: usize,
        pub(super) updated: Vec<u8>,
    }

    pub(super) fn identify(answer: &str) -> &str {
        answer.split(':').next().unwrap_or_default()
    }

    pub(super) fn sign(user: &str, challenge: &[u8]) -> String {
        format!("{user}:{challenge:?}")
    }

    pub(super) fn finish(challenge: &[u8], answer: &str, credentials: &[&[u8]]) -> Option<Passed> {
        let user = identify(answer);
        let key = credentials.iter().position(|known| known.starts_with(user.as_bytes()))?;
        let updated = [credentials[key], b"+"].concat();
        (answer == sign(user, challenge)).then_some(Passed { key, updated })
    }
}

/// The page: it knows no user.
fn begin_page(app: &Verifier, browser: Client) -> Result<(Vec<u8>, String), Error> {
    let ceremony = app.for_client(browser).begin_passkey(b"")?;
    Ok((ceremony.challenge().to_vec(), ceremony.expose().to_owned()))
}

/// The answer names the user, and the crate verifies it against this user's credentials.
async fn finish_page(
    app: &Verifier,
    browser: Client,
    text: &str,
    answer: &str,
) -> Result<Verified, Error> {
    let verifier = app.for_client(browser);
    let subject = SubjectId::new(webauthn::identify(answer)).unwrap();
    let ceremony = verifier.ceremony(&subject, text).await?;
    let keys = ceremony.keys();
    let credentials: Vec<&[u8]> = keys.iter().map(|key| key.credential()).collect();
    let outcome = match webauthn::finish(ceremony.challenge(), answer, &credentials) {
        Some(passed) => {
            SecurityKeyOutcome::passed(keys[passed.key].id(), &passed.updated).user_verified(true)
        }
        None => SecurityKeyOutcome::failed(),
    };
    verifier.verify(&subject, Proof::security_key(&ceremony, outcome)).await
}

#[test]
fn passkey_first_application_signs_in_without_a_user_name() {
    block_on(async {
        let world = World::new();
        let (app, alice) = (&world.verifier, &world.alice);
        let new = app.enroll_security_key(alice, b"").await.unwrap();
        let key = NewSecurityKey::new("phone", b"alice").unwrap();
        let _ = app.confirm_security_key(alice, &new, key).await.unwrap();
        let [laptop, thief] = ["the cookie of the laptop", "the cookie of a thief"]
            .map(|cookie| Client::new(cookie).unwrap());

        let (challenge, text) = begin_page(app, laptop.clone()).unwrap();
        let answer = webauthn::sign("alice", &challenge);
        let relayed = finish_page(app, thief, &text, &answer).await;
        assert_eq!(reason(relayed), Reason::OtherClient);
        let forged = webauthn::sign("alice", b"another challenge");
        let refused = finish_page(app, laptop.clone(), &text, &forged).await;
        assert_eq!(reason(refused), Reason::SecurityKeyFailed);
        let unknown = webauthn::sign("mallory", &challenge);
        let refused = finish_page(app, laptop.clone(), &text, &unknown).await;
        assert_eq!(reason(refused), Reason::NotEnrolled);
        let verified = finish_page(app, laptop.clone(), &text, &answer).await.unwrap();
        assert_eq!(verified.subject(), alice);
        assert_eq!(keys(&world).await[0].1, b"alice+", "the new counter is stored");
        let again = finish_page(app, laptop, &text, &answer).await;
        assert_eq!(reason(again), Reason::Replayed);
    });
}
