//! Registration codes: their client, counts and effects.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{
    ROOT, World, mail, not, opened, prove, reason,
    registration::{answer, cheap, register, send},
};
use second_factor::{
    Address, Client, CodeRequest, FactorKind, Keys, Next, Policy, Proof, Reason, SignIn, SubjectId,
    Verified, block_on,
    host::Event,
    message::{Content, Sender},
    policy::Absent,
    purpose::Operation,
};

const DAY: u64 = 24 * 60 * 60;
const HOUR: u64 = 60 * 60;

/// Signs in by a code at this browser.
async fn sign_in(world: &World, browser: &Client) -> Verified {
    let verifier = world.verifier.for_client(browser.clone());
    let request = CodeRequest::to_address(&world.number);
    let sent = verifier.send_code(&world.alice, request).await.unwrap();
    let proof = Proof::sent_code(&sent, world.read_code());
    verifier.verify(&world.alice, proof).await.unwrap()
}

/// Enrolls the number, and returns a browser where the owner signed in a day ago.
async fn known_browser(world: &World) -> Client {
    let _ = world.with_phone(&world.alice).await;
    world.clock.advance(4 * DAY);
    let browser = Client::new("the browser of the owner").unwrap();
    let verified = sign_in(world, &browser).await;
    world.clock.advance(DAY);
    browser.device(verified.device_token().unwrap())
}

#[test]
fn unproven_address_is_registered_by_its_code_once() {
    block_on(async {
        let world = World::new();
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::register(&world.number)).await;
        let sent = sent.unwrap();
        let message = world.phone.take().unwrap();
        let Content::Code { purpose, .. } = message.content() else {
            panic!("the content is a code")
        };
        assert_eq!((purpose, message.address()), (Operation::Register, &world.number));
        let code = crate::support::code_of(&message);
        let verified = answer(&world, &sent, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
        assert!(world.log.take().contains(&Event::Registered));
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound, "it is consumed");
    });
}

#[test]
fn finding_s21_proof_names_the_proven_address() {
    block_on(async {
        let world = cheap();
        let registered = register(&world).await.unwrap();
        assert_eq!(registered.address(), Some(&world.number));
        let confirmed = prove(&world, &registered, &world.number).await.unwrap();
        let verified = confirmed.verified().unwrap();
        assert_eq!(verified.address(), Some(&world.number), "a confirmation");
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.clock.advance(3 * DAY);
        let (sent, code) = world.send_to(&world.number).await;
        let verified = world.try_code(&sent, &code).await.unwrap();
        assert_eq!(verified.address(), Some(&world.number));
        world.verifier.set_pin(&verified, "493817").await.unwrap();

        // With a PIN, and with a forgotten one.
        for forgets in [false, true] {
            world.clock.advance(DAY);
            let sent = world.verifier.send_code(&world.alice, CodeRequest::register(&world.number));
            let sent = sent.await.unwrap();
            let due = answer(&world, &sent, &world.read_code()).await.unwrap_err();
            let due = *due.pending_pin().unwrap();
            let proof = if forgets {
                let by_mail = CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
                let by_mail = world.verifier.send_code(&world.alice, by_mail).await.unwrap();
                Proof::pin_reset(due, &by_mail, world.read_code())
            } else {
                Proof::pin(due, "493817")
            };
            let registered = world.verifier.register(&world.alice, proof).await.unwrap();
            assert_eq!(registered.address(), Some(&world.number), "{forgets}");
        }
        let other = cheap();
        let (_, verified) = other.with_app().await;
        assert_eq!(verified.address(), None);
    });
}

#[test]
fn backup_codes_after_registration_require_a_factor() {
    block_on(async {
        let world = World::new();
        let verified = register(&world).await.unwrap();
        let refused = world.verifier.new_backup_codes(&verified).await;
        assert_eq!(reason(refused), Reason::NotEnrolled);
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let refused = world.verifier.new_backup_codes(&verified).await;
        assert_eq!(reason(refused), Reason::NotEnrolled, "a recovery mailbox is not a factor");
    });
}

#[test]
fn mailbox_can_be_registered_but_not_a_push_address() {
    block_on(async {
        let world = World::new();
        let register = Operation::Register;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(register))
            .await
            .unwrap();
        let code = world.read_code();
        let verified = answer(&world, &sent, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Email]);
        let push = Address::push("an opaque token").unwrap();
        let refused = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&push).purpose(register))
            .await;
        assert_eq!(reason(refused), Reason::NotAllowed);
    });
}

#[test]
fn registration_does_not_enroll_the_address() {
    block_on(async {
        let world = World::new();
        let _ = register(&world).await.unwrap();
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
    });
}

#[test]
fn offers_for_registration_reveal_no_factors() {
    block_on(async {
        let world = World::new();
        let offers = world.verifier.offers(&world.alice, Operation::Register).await;
        assert_eq!(reason(offers), Reason::NotEnrolled);
        let _ = world.with_phone(&world.alice).await;
        let offers = world.verifier.offers(&world.alice, Operation::Register).await;
        assert_eq!(reason(offers), Reason::NotEnrolled);
    });
}

#[test]
fn failure_043_registration_code_is_bound_to_its_purpose() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = send(&world).await.unwrap();
        let proof = Proof::sent_code(&sent, &code);
        for other in [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover] {
            let refused = world.verifier.prove_for(&world.alice, other, proof.clone()).await;
            assert_eq!(reason(refused), Reason::OtherPurpose, "{other:?}");
        }
        let bob = SubjectId::new("bob").unwrap();
        let refused = world.verifier.prove_for(&bob, Operation::Register, proof).await;
        assert_eq!(reason(refused), Reason::NotFound);
        let sign_in = world.send_to(&world.number).await;
        assert_eq!(reason(answer(&world, &sign_in.0, &sign_in.1).await), Reason::OtherPurpose);
        assert!(answer(&world, &sent, &code).await.is_ok());
    });
}

#[test]
fn registration_code_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let sent =
            here.send_code(&world.alice, CodeRequest::register(&world.number)).await.unwrap();
        let code = world.read_code();
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::OtherClient);
        world.clock.set(sent.resend_at().unwrap().as_secs());
        assert!(
            world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.is_ok(),
            "it looks like a send"
        );
        assert!(world.got_no_code());
        let proof = Proof::sent_code(&sent, &code);
        assert!(here.prove_for(&world.alice, Operation::Register, proof).await.is_ok());
    });
}

#[test]
fn resent_registration_code_supersedes_the_previous() {
    block_on(async {
        let world = World::new();
        let (mut sent, first) = send(&world).await.unwrap();
        assert_eq!(
            reason(world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await),
            Reason::TooSoon
        );
        for wait in [30, 60, 120] {
            assert_eq!(sent.resend_at().unwrap(), world.clock.time().plus(wait));
            world.clock.advance(wait);
            sent = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        }
        let last = world.read_code();
        assert_eq!(reason(answer(&world, &sent, &first).await), Reason::Superseded);
        assert!(answer(&world, &sent, &last).await.is_ok());
    });
}

#[test]
fn registered_subject_waits_for_no_cooldown() {
    block_on(async {
        let world = World::new();
        let _ = register(&world).await.unwrap();
        assert!(send(&world).await.is_ok());
    });
}

#[test]
fn failure_027_registration_code_expires_after_five_minutes() {
    block_on(async {
        let world = World::new();
        let (sent, code) = send(&world).await.unwrap();
        world.clock.advance(300);
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::Expired);
    });
}

#[test]
fn new_registration_code_voids_the_previous() {
    block_on(async {
        let world = World::new();
        let (first, first_code) = send(&world).await.unwrap();
        world.clock.advance(30);
        let (second, second_code) = send(&world).await.unwrap();
        assert_eq!(reason(answer(&world, &first, &first_code).await), Reason::NotFound);
        assert!(answer(&world, &second, &second_code).await.is_ok());
    });
}

#[test]
fn registration_and_sign_in_codes_are_independent() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sign_in, sign_in_code) = world.send_to(&world.number).await;
        let (registration, code) = send(&world).await.unwrap();
        let again = world.send_to(&world.number).await;
        assert_eq!(reason(world.try_code(&sign_in, &sign_in_code).await), Reason::NotFound);
        assert!(world.try_code(&again.0, &again.1).await.is_ok());
        assert!(answer(&world, &registration, &code).await.is_ok());
    });
}

#[test]
fn failure_030_registrations_never_delay_the_owner() {
    block_on(async {
        let world = World::new();
        let known = known_browser(&world).await;
        // As many as the hour allows, and the last one now.
        let mut sends = 0;
        for _ in 0..240 {
            if send(&world).await.is_ok() {
                sends += 1;
            }
            world.clock.advance(30);
        }
        assert!(sends > 1, "{sends}");
        while send(&world).await.is_err() {
            world.clock.advance(30);
        }
        assert!(matches!(reason(send(&world).await), Reason::TooSoon | Reason::SendLimit));
        let _ = sign_in(&world, &known).await;
    });
}

#[test]
fn failure_030_registrations_use_half_of_the_subject_budget() {
    block_on(async {
        let world = World::new();
        let known = known_browser(&world).await;
        // To many addresses, so that the subject's budget is the one that ends.
        let mut sent = 0;
        for last in 1..51 {
            let number = Address::phone(&format!("+141555501{last:02}")).unwrap();
            match world.verifier.send_code(&world.alice, CodeRequest::register(&number)).await {
                Ok(_) => sent += 1,
                Err(error) => {
                    let reason = error.denial().unwrap().reason();
                    if reason == Reason::SendLimit {
                        break;
                    }
                    assert_eq!(reason, Reason::TooSoon);
                }
            }
            world.clock.advance(240);
        }
        assert_eq!(sent, 5, "half of ten in an hour");
        while world.phone.take().is_some() {}
        // The other half remains for known devices, of which this one number may use four.
        for _ in 0..4 {
            let _ = sign_in(&world, &known).await;
        }
    });
}

#[test]
fn failure_091_registrations_use_half_of_an_address_budget() {
    block_on(async {
        let world = World::new();
        let known = known_browser(&world).await;
        let mut subjects = 0;
        for n in 0..20 {
            let subject = SubjectId::new(format!("stranger {n}")).unwrap();
            let verifier = &world.verifier;
            match verifier.send_code(&subject, CodeRequest::register(&world.number)).await {
                Ok(_) => subjects += 1,
                Err(error) => assert_eq!(error.denial().unwrap().reason(), Reason::SendLimit),
            }
        }
        assert_eq!(subjects, 4, "half of eight in an hour");
        assert_eq!(reason(send(&world).await), Reason::SendLimit, "whether proven or not");
        while world.phone.take().is_some() {}
        let _ = sign_in(&world, &known).await;
    });
}

#[test]
fn failure_030_incorrect_codes_only_lock_registration() {
    block_on(async {
        let world = World::new();
        let known = known_browser(&world).await;
        let mut incorrect = 0;
        // Five at once, and then one for each code, as often as codes may be sent.
        for _ in 0..400 {
            match send(&world).await {
                Ok((sent, code)) => {
                    while reason(answer(&world, &sent, &not(&code)).await) == Reason::Incorrect {
                        incorrect += 1;
                    }
                }
                Err(_) if incorrect < 60 => world.clock.advance(HOUR),
                Err(_) => break,
            }
        }
        assert!(incorrect >= 60, "{incorrect}");
        let locked = send(&world).await.unwrap_err();
        assert_eq!(locked.denial().unwrap().reason(), Reason::Locked);
        assert_eq!(locked.retry_at(), Some(world.clock.time().plus(HOUR)));
        let _ = sign_in(&world, &known).await;
        world.clock.advance(DAY);
        let (sent, code) = send(&world).await.unwrap();
        assert!(answer(&world, &sent, &code).await.is_ok(), "sixty failures do not disable it");
        let events = world.log.take();
        assert!(events.contains(&Event::SuccessAfterFailures(FactorKind::Phone, incorrect)));
        assert!(!events.contains(&Event::FactorDisabled(FactorKind::Phone)));
    });
}

#[test]
fn failure_026_registration_lock_voids_its_code() {
    block_on(async {
        let world = World::new();
        let (sent, code) = send(&world).await.unwrap();
        for _ in 0..5 {
            assert_eq!(reason(answer(&world, &sent, &not(&code)).await), Reason::Incorrect);
        }
        world.clock.advance(30);
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn factor_failures_do_not_lock_registration() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = send(&world).await.unwrap();
        world.fail_phone(&world.number, 5).await;
        assert!(answer(&world, &sent, &code).await.is_ok());
    });
}

#[test]
fn new_registration_code_keeps_the_failure_count() {
    block_on(async {
        let world = World::new();
        for _ in 0..2 {
            let (sent, code) = send(&world).await.unwrap();
            for _ in 0..2 {
                assert_eq!(reason(answer(&world, &sent, &not(&code)).await), Reason::Incorrect);
            }
            world.clock.advance(60);
        }
        let (sent, code) = send(&world).await.unwrap();
        assert_eq!(reason(answer(&world, &sent, &not(&code)).await), Reason::Incorrect);
        assert_eq!(
            reason(answer(&world, &sent, &code).await),
            Reason::NotFound,
            "the fifth failure locks"
        );
    });
}

#[test]
fn strict_policy_refuses_registration_without_a_record() {
    block_on(async {
        let policy = Policy::builder().absent(Absent::Refuse).build().unwrap();
        let world = World::with(policy);
        assert_eq!(reason(send(&world).await), Reason::Absent);
        world.verifier.operations().create(&world.alice).await.unwrap();
        assert!(register(&world).await.is_ok());
    });
}

#[test]
fn factor_change_voids_a_pending_registration() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let (sent, code) = send(&world).await.unwrap();
        world.verifier.turn_off(&verified).await.unwrap();
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn clock_fault_voids_a_pending_registration() {
    block_on(async {
        let world = World::new();
        let now = world.clock.time();
        world.clock.advance(crate::support::YEAR);
        let (sent, code) = send(&world).await.unwrap();
        world.clock.set(now.as_secs());
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound);
        assert!(world.log.take().contains(&Event::ClockFault));
        assert_eq!(reason(send(&world).await), Reason::TooSoon, "the cooldown began again");
        world.clock.advance(30);
        assert!(send(&world).await.is_ok());
    });
}

#[test]
fn one_reservation_sends_one_registration_code() {
    let (keys, policy) = (Keys::new(ROOT), Policy::default());
    let (alice, now) =
        (SubjectId::new("alice").unwrap(), second_factor::UnixTime::from_secs(1 << 30));
    let number = Address::phone("+14155550100").unwrap();
    let sender = Sender::new("Example").unwrap();
    let request = CodeRequest::register(&number);
    let plan = opened(&keys, &policy, &alice, None, now).plan(&request, [7; 16]).unwrap();
    let reserved = crate::support::paid(&keys, &policy, plan, now);
    let first = opened(&keys, &policy, &alice, None, now).send(&request, &reserved, &sender);
    let record = first.unwrap().record().clone();
    let later = now.plus(30);
    let again = opened(&keys, &policy, &alice, Some(&record), later);
    let refused = again.send(&request, &reserved, &sender).unwrap_err();
    assert_eq!(refused.reason(), Reason::SendLimit);
}
