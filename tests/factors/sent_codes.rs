//! Sent codes: enrollment, sign-in, resending and expiry.

use crate::core_refusal;
use crate::support::answer::Prove as _;
use crate::support::{NOON, World, code_of, fresh_for, item_of, not, reason};
use second_factor::message::Content;
use second_factor::{
    Address, Client, CodeRequest, Error, FactorKind, Handle, Next, Offer, Policy, Proof, Reason,
    SignIn, SubjectId, block_on, delivery::Undelivered, purpose::Operation,
};

#[test]
fn locked_number_can_be_proven_again() {
    block_on(async {
        let policy = Policy::builder().address_sends(16, 24).subject_sends(20, 40);
        let world = World::with(policy.build().unwrap());
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.fail_phone(&world.number, 8).await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let sent = world.verifier.enroll_address(&permission, &world.number).await.unwrap();
        let _ = world.read_code();
        world.clock.set(sent.resend_at().unwrap().as_secs());
        let locked =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(locked), Reason::Locked);
        let _ = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let code = world.read_code();
        assert!(world.verifier.confirm(&world.alice, sent.handle(), &code).await.is_ok());
    });
}

#[test]
fn enrollment_code_expires_before_its_enrollment() {
    block_on(async {
        let world = World::new();
        let sent = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let code = world.read_code();
        world.clock.advance(300);
        let late = world.verifier.confirm(&world.alice, sent.handle(), &code).await;
        assert_eq!(reason(late), Reason::Expired);
        let _ = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let code = world.read_code();
        assert!(world.verifier.confirm(&world.alice, sent.handle(), &code).await.is_ok());
    });
}

#[test]
fn sent_code_signs_in_once() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let sent = sent.unwrap();
        let code = world.read_code();
        let verified = world.try_code(&sent, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
        // FAILURES 10: the challenge is gone.
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn address_is_a_factor_only_when_proven() {
    block_on(async {
        let world = World::new();
        let sent = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let code = world.read_code();
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
        // The handle of an enrollment is not the handle of a challenge.
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        let next = world.verifier.next(&world.alice).await.unwrap();
        let Next::Prove(offers) = next else { panic!("a phone is enrolled") };
        assert!(offers.iter().map(Offer::masked).eq([Some(&*world.number.masked())]));
    });
}

#[test]
fn failure_011_resend_voids_the_previous_code_uncounted() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let mut sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number))
            .await
            .unwrap();
        let first = world.read_code();
        world.clock.set(sent.resend_at().unwrap().as_secs());
        sent = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let second = world.read_code();
        for _ in 0..20 {
            assert_eq!(reason(world.try_code(&sent, &first).await), Reason::Superseded);
        }
        assert!(world.try_code(&sent, &second).await.is_ok());
    });
}

#[test]
fn new_challenge_voids_the_previous() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let challenge = async || {
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await
        };
        let (first, first_code) = (challenge().await.unwrap(), world.read_code());
        world.clock.advance(30);
        let (second, second_code) = (challenge().await.unwrap(), world.read_code());
        assert_eq!(reason(world.try_code(&first, &first_code).await), Reason::NotFound);
        assert_eq!(reason(world.try_code(&first, &second_code).await), Reason::NotFound);
        assert!(world.try_code(&second, &second_code).await.is_ok());
    });
}

#[test]
fn failure_020_code_expires_in_5_minutes_challenge_in_10() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let began = world.clock.time();
        let mut sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number))
            .await
            .unwrap();
        let code = world.read_code();
        assert_eq!(sent.expires_at(), began.plus(300));
        world.clock.advance(300);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::Expired);
        world.clock.set(began.as_secs() + 540);
        let late = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await;
        assert_eq!(reason(late), Reason::SendLimit, "a code would be valid for less than a minute");
        world.clock.set(began.as_secs() + 539);
        sent = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let message = world.phone.take().unwrap();
        assert!(message.expose_text().expose().contains("It expires in 1 min."));
        let code = code_of(&message);
        assert_eq!(sent.expires_at(), began.plus(600), "a resend does not extend the challenge");
        world.clock.set(began.as_secs() + 600);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::Expired);
    });
}

#[test]
fn failure_037_code_is_bound_to_its_purpose() {
    const ALL: [Operation; 3] = [Operation::SignIn, Operation::Manage, Operation::StepUp];
    block_on(async {
        for made_for in ALL {
            for asked_for in ALL {
                let world = World::new();
                let _ = world.with_phone(&world.alice).await;
                let sent = world
                    .verifier
                    .send_code(
                        &world.alice,
                        CodeRequest::to_address(&world.number).purpose(made_for),
                    )
                    .await;
                let (sent, code) = (sent.unwrap(), world.read_code());
                let proof = Proof::sent_code(&sent, &code);
                assert_eq!(core_refusal(&world, Operation::Enroll, &proof), Reason::NotAllowed);
                let answer = world.verifier.prove_for(&world.alice, asked_for, proof).await;
                assert_eq!(answer.is_ok(), made_for == asked_for, "{made_for:?} {asked_for:?}");
            }
        }
    });
}

#[test]
fn failure_041_code_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let there =
            world.verifier.for_client(Client::new(b"another browser, not this one").unwrap());
        let sent =
            here.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let code = world.read_code();
        let proof = Proof::sent_code(&sent, &code);
        assert_eq!(reason(there.verify(&world.alice, proof.clone()).await), Reason::OtherClient);
        assert_eq!(
            reason(world.verifier.verify(&world.alice, proof.clone()).await),
            Reason::OtherClient
        );
        assert!(here.verify(&world.alice, proof).await.is_ok());
    });
}

#[test]
fn failure_041_resend_by_another_client_sends_nothing() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let sent =
            here.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let code = world.read_code();
        world.clock.set(sent.resend_at().unwrap().as_secs());
        assert!(
            world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.is_ok(),
            "it looks like a send"
        );
        assert!(world.got_no_code());
        assert!(here.verify(&world.alice, Proof::sent_code(&sent, &code)).await.is_ok());
    });
}

#[test]
fn failure_036_removing_a_number_voids_its_codes() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let (sent, code) = (sent.unwrap(), world.read_code());
        let fresh = world.try_app(&app.code(&world.clock)).await.unwrap();
        let number = item_of(&world, FactorKind::Phone).await;
        world.verifier.revoke(&fresh, &number).await.unwrap();
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn failure_040_handle_is_bound_to_subject_and_kind() {
    block_on(async {
        let world = World::new();
        let bob = SubjectId::new("bob").unwrap();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let (sent, code) = (sent.unwrap(), world.read_code());
        let as_bob = world.verifier.verify(&bob, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(as_bob), Reason::NotFound);
        let as_enrollment = world.verifier.confirm(&world.alice, &sent, &code).await;
        assert_eq!(reason(as_enrollment), Reason::NotFound);
        // The handle passes through a form as text.
        let handle = sent.handle().to_string().parse::<Handle>().unwrap();
        assert!(world.try_code(&handle, &code).await.is_ok());
    });
}

#[test]
fn failure_100_unknown_address_looks_known_and_gets_nothing() {
    block_on(async {
        let world = World::new();
        let stranger = SubjectId::new("unknown").unwrap();
        let _ = world.with_phone(&world.alice).await;
        for subject in [&world.alice, &stranger] {
            let other = Address::phone("+14155550199").unwrap();
            let sent =
                world.verifier.send_code(subject, CodeRequest::to_address(&other)).await.unwrap();
            assert_eq!(sent.masked(), "+1 ••••• 99");
            assert_eq!(sent.digits(), 6);
            assert_eq!(sent.expires_at().as_secs(), NOON + 300);
            for guess in 0..50 {
                let typed = format!("{guess:06}");
                let answer = world.verifier.verify(subject, Proof::sent_code(&sent, &typed)).await;
                assert_eq!(reason(answer), Reason::NotFound);
            }
            let early = world.verifier.send_code(subject, CodeRequest::again(&sent)).await;
            assert_eq!(reason(early), Reason::TooSoon);
            world.clock.set(sent.resend_at().unwrap().as_secs());
            assert!(world.verifier.send_code(subject, CodeRequest::again(&sent)).await.is_ok());
            world.clock.set(NOON);
        }
        world.clock.set(NOON + 600);
        // The cooldown of a real address holds for all others, so that it does not distinguish
        // them.
        let real =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let other = Address::phone("+14155550199").unwrap();
        let decoy = world.verifier.send_code(&world.alice, CodeRequest::to_address(&other)).await;
        assert_eq!((real.is_ok(), reason(decoy)), (true, Reason::TooSoon));
        assert!(world.phone.take().is_some());
        assert!(world.got_no_code());
    });
}

#[test]
fn failure_049_nothing_matches_without_a_challenge() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let (sent, code) = (sent.unwrap(), world.read_code());
        let _ = world.try_code(&sent, &code).await.unwrap();
        for typed in ["", "0", "000000", &code] {
            assert!(world.try_code(&sent, typed).await.is_err(), "{typed:?}");
        }
    });
}

#[test]
fn email_signs_in_only_where_the_policy_names_it() {
    block_on(async {
        let mail = Address::email("alice@example.com").unwrap();
        let world = World::new();
        let sent = world.verifier.enroll_address(&world.alice, &mail).await.unwrap();
        let code = world.read_code();
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))), "it is for recovery");
        let answer = world.verifier.send_code(&world.alice, CodeRequest::to_address(&mail)).await;
        assert_eq!(reason(answer), Reason::NotAllowed);

        // A policy that names email later does not turn a recovery address into a factor.
        let named = || {
            let email = &[FactorKind::Email];
            let builder = Policy::builder().only(Operation::SignIn, email);
            builder.only(Operation::Manage, email).build()
        };
        let later = World::over(world.store.clone(), named().unwrap());
        let next = later.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));

        let world = World::with(named().unwrap());
        let sent = world.verifier.enroll_address(&world.alice, &mail).await.unwrap();
        let code = world.read_code();
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&mail)).await.unwrap();
        let code = world.read_code();
        assert!(world.try_code(&sent, &code).await.is_ok());
        // A policy that no longer names it does not unprotect the account.
        let later = World::over(world.store.clone(), Policy::default());
        let next = later.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Enroll(required) if required.needs_proof()));
    });
}

#[test]
fn failure_044_forbidden_kind_is_refused_before_sending() {
    block_on(async {
        let app = &[FactorKind::Totp];
        let builder = Policy::builder().only(Operation::SignIn, app);
        let policy = builder.only(Operation::Manage, app).build().unwrap();
        // As a first factor it would lock its owner out. Enrolled before the policy changed, it
        // stays.
        let strict = World::with(policy.clone());
        let refused = strict.verifier.enroll_address(&strict.alice, &strict.number).await;
        assert_eq!(reason(refused), Reason::NotAllowed);
        let before = World::new();
        let _ = before.with_phone(&before.alice).await;
        let world = World::seeded(before.store.clone(), policy, 2);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(answer), Reason::NotAllowed);
        assert!(world.got_no_code());
        // FAILURES 45: what is enrolled protects, whether allowed or not.
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Enroll(required) if required.needs_proof()));
    });
}

#[test]
fn failure_099_carrier_answer_decides_validity() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.phone.fail_with(Some(Undelivered::Unreachable));
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let Err(Error::Undelivered { challenge, why, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(why, Undelivered::Unreachable);
        world.clock.advance(30);
        world.phone.fail_with(Some(Undelivered::Unknown));
        let sent = world.verifier.send_code(&world.alice, CodeRequest::again(&challenge)).await;
        let sent = sent.expect("the code may have been sent, so it is valid");
        let code = world.read_code();
        assert!(
            world.try_code(&sent, &code).await.is_ok(),
            "failures of the carrier are not counted"
        );
    });
}

#[test]
fn sms_text_names_its_purpose_and_ends_in_the_bound_line() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let sent = sent.unwrap();
        let message = world.phone.take().unwrap();
        let (code, text) = (code_of(&message), message.expose_text());
        let text = text.expose();
        assert!(text.starts_with(&format!("{code} is your Example sign-in code. ")), "{text}");
        assert!(text.contains("Never share it"), "{text}");
        // WICG: the last line alone, with no newline after it.
        assert_eq!(text.rsplit('\n').next(), Some(&*format!("@example.com #{code}")));
        assert!(text.is_ascii() && text.len() <= 140, "{}", text.len());
        let Content::Code { expires, .. } = message.content() else {
            panic!("the content is a code")
        };
        assert_eq!(expires, sent.expires_at());
        assert_eq!(message.address(), &world.number);
    });
}

#[test]
fn every_send_has_its_own_reference() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let first = world.phone.take().unwrap();
        world.clock.advance(30);
        let _ = world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&sent.unwrap()))
            .await
            .unwrap();
        let second = world.phone.take().unwrap();
        assert_ne!(first.reference(), second.reference());
    });
}

#[test]
fn failure_059_code_is_compared_in_every_digit() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let (sent, code) = (sent.unwrap(), world.read_code());
        assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        for at in 0..3 {
            let mut near = code.clone().into_bytes();
            near[at] = if near[at] == b'9' { b'0' } else { near[at] + 1 };
            let near = String::from_utf8(near).unwrap();
            assert_eq!(reason(world.try_code(&sent, &near).await), Reason::Incorrect);
        }
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}
