//! A code with nothing before it: whose it is, and what it counts and disturbs.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    ROOT, World, mail, not, opened, prove, reason,
    registering::{answer, register, send},
};
use second_factor::{
    Address, Client, FactorKind, Keys, Next, Policy, Proof, Purpose, SubjectId, block_on,
    host::Event,
    message::{Content, Sender},
    policy::Absent,
    sans_io::CodeRequest,
    verdict::Reason,
};

const DAY: u64 = 24 * 60 * 60;
const HOUR: u64 = 60 * 60;

/// A sign-in code can be had and used now.
async fn assert_signs_in(world: &World) {
    let sent = world.verifier.challenge(&world.alice, &world.number, Purpose::SignIn).await;
    let (sent, code) = (sent.unwrap(), world.read_code());
    assert!(world.try_code(&sent, &code).await.is_ok());
}

#[test]
fn an_address_that_nobody_proved_is_registered_by_its_code_once() {
    block_on(async {
        let world = World::new();
        let sent = world.verifier.challenge(&world.alice, &world.number, Purpose::Register).await;
        let sent = sent.unwrap();
        let message = world.phone.take().unwrap();
        let Content::Code { purpose, .. } = message.content() else { panic!("it is a code") };
        assert_eq!((purpose, message.address()), (Purpose::Register, &world.number));
        let code = crate::support::code_of(&message);
        let verified = answer(&world, &sent, &code).await.unwrap();
        assert_eq!(verified.purpose(), Purpose::Register);
        assert_eq!(verified.factors(), [FactorKind::Phone]);
        assert!(world.log.take().contains(&Event::Registered));
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound, "it is consumed");
    });
}

#[test]
fn whoever_registered_has_no_backup_codes_before_something_that_they_stand_in_for() {
    block_on(async {
        let world = World::new();
        let verified = register(&world).await.unwrap();
        let refused = world.verifier.new_backup_codes(&verified).await;
        assert_eq!(reason(refused), Reason::NotEnrolled);
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let refused = world.verifier.new_backup_codes(&verified).await;
        assert_eq!(reason(refused), Reason::NotEnrolled, "a mailbox for recovery is none");
    });
}

#[test]
fn a_mailbox_can_be_registered_and_a_push_address_cannot() {
    block_on(async {
        let world = World::new();
        let register = Purpose::Register;
        let sent = world.verifier.challenge(&world.alice, &mail(), register).await.unwrap();
        let code = world.read_code();
        let verified = answer(&world, &sent, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Email]);
        let push = Address::push("an opaque token").unwrap();
        let refused = world.verifier.challenge(&world.alice, &push, register).await;
        assert_eq!(reason(refused), Reason::NotAllowed);
    });
}

#[test]
fn registering_makes_no_factor_of_the_address() {
    block_on(async {
        let world = World::new();
        let _ = register(&world).await.unwrap();
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap();
        assert!(matches!(next, Next::Unprotected(_)));
    });
}

#[test]
fn nobody_is_unprotected_before_registering_or_told_what_stands() {
    block_on(async {
        let world = World::new();
        let next = world.verifier.next(&world.alice, Purpose::Register).await.unwrap();
        assert!(matches!(next, Next::Prove(offers) if offers.is_empty()));
        let _ = world.with_phone(&world.alice).await;
        let next = world.verifier.next(&world.alice, Purpose::Register).await.unwrap();
        assert!(matches!(next, Next::Prove(offers) if offers.is_empty()));
    });
}

#[test]
fn failure_043_a_code_for_registering_is_for_that_subject_and_purpose_alone() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = send(&world).await.unwrap();
        let proof = Proof::sent_code(&sent, &code);
        for other in [Purpose::SignIn, Purpose::Manage, Purpose::StepUp, Purpose::Recover] {
            let refused = world.verifier.verify_for(&world.alice, other, proof).await;
            assert_eq!(reason(refused), Reason::OtherPurpose, "{other:?}");
        }
        let bob = SubjectId::new("bob").unwrap();
        let refused = world.verifier.verify_for(&bob, Purpose::Register, proof).await;
        assert_eq!(reason(refused), Reason::NotFound);
        let sign_in = world.send_to(&world.number).await;
        assert_eq!(reason(answer(&world, &sign_in.0, &sign_in.1).await), Reason::OtherPurpose);
        assert!(answer(&world, &sent, &code).await.is_ok());
    });
}

#[test]
fn a_code_for_registering_is_for_the_client_that_asked() {
    block_on(async {
        let world = World::new();
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let sent = here.challenge(&world.alice, &world.number, Purpose::Register).await.unwrap();
        let code = world.read_code();
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::OtherClient);
        world.clock.set(sent.resend_at().unwrap().as_secs());
        assert!(world.verifier.resend(&world.alice, &sent).await.is_ok(), "it looks like a send");
        assert!(world.got_no_code());
        let proof = Proof::sent_code(&sent, &code);
        assert!(here.verify_for(&world.alice, Purpose::Register, proof).await.is_ok());
    });
}

#[test]
fn a_resent_code_takes_the_place_of_the_one_before() {
    block_on(async {
        let world = World::new();
        let (mut sent, first) = send(&world).await.unwrap();
        assert_eq!(reason(world.verifier.resend(&world.alice, &sent).await), Reason::TooSoon);
        for wait in [30, 60, 120] {
            assert_eq!(sent.resend_at().unwrap(), world.clock.time().plus(wait));
            world.clock.advance(wait);
            sent = world.verifier.resend(&world.alice, &sent).await.unwrap();
        }
        let last = world.read_code();
        assert_eq!(reason(answer(&world, &sent, &first).await), Reason::Superseded);
        assert!(answer(&world, &sent, &last).await.is_ok());
    });
}

#[test]
fn whoever_is_registered_waits_for_no_code() {
    block_on(async {
        let world = World::new();
        let _ = register(&world).await.unwrap();
        assert!(send(&world).await.is_ok());
    });
}

#[test]
fn failure_027_a_code_for_registering_dies_after_five_minutes() {
    block_on(async {
        let world = World::new();
        let (sent, code) = send(&world).await.unwrap();
        world.clock.advance(300);
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::Expired);
    });
}

#[test]
fn one_registration_is_open_at_a_time() {
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
fn registering_and_signing_in_void_none_of_each_other() {
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
fn failure_030_strangers_who_register_never_make_the_owner_wait() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(DAY);
        // As many as they may in the hour, and the last one now.
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
        assert_signs_in(&world).await;
    });
}

#[test]
fn failure_030_strangers_spend_half_of_what_may_be_sent_for_the_subject_in_a_lane_of_their_own() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(DAY);
        // To many addresses, so that no budget of an address is what ends it.
        let mut sent = 0;
        for last in 1..51 {
            let number = Address::phone(&format!("+141555501{last:02}")).unwrap();
            match world.verifier.challenge(&world.alice, &number, Purpose::Register).await {
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
        // All ten are left for the owner, of which this one number may have eight.
        for _ in 0..8 {
            assert_signs_in(&world).await;
        }
    });
}

#[test]
fn failure_091_registering_spends_half_of_the_budget_of_an_address_even_where_it_is_proven() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(DAY);
        let mut subjects = 0;
        for n in 0..20 {
            let subject = SubjectId::new(format!("stranger {n}")).unwrap();
            let verifier = &world.verifier;
            match verifier.challenge(&subject, &world.number, Purpose::Register).await {
                Ok(_) => subjects += 1,
                Err(error) => assert_eq!(error.denial().unwrap().reason(), Reason::SendLimit),
            }
        }
        assert_eq!(subjects, 4, "half of eight in an hour");
        assert_eq!(reason(send(&world).await), Reason::SendLimit, "be it proven or not");
        while world.phone.take().is_some() {}
        assert_signs_in(&world).await;
    });
}

#[test]
fn failure_030_wrong_codes_lock_registering_alone_and_never_for_good() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(DAY);
        let mut wrong = 0;
        // Five at once, and then one for each code, as often as codes may be sent.
        for _ in 0..400 {
            match send(&world).await {
                Ok((sent, code)) => {
                    while reason(answer(&world, &sent, &not(&code)).await) == Reason::Incorrect {
                        wrong += 1;
                    }
                }
                Err(_) if wrong < 60 => world.clock.advance(HOUR),
                Err(_) => break,
            }
        }
        assert!(wrong >= 60, "{wrong}");
        let locked = send(&world).await.unwrap_err();
        assert_eq!(locked.denial().unwrap().reason(), Reason::Locked);
        assert_eq!(locked.retry_at(), Some(world.clock.time().plus(HOUR)));
        assert_signs_in(&world).await;
        world.clock.advance(DAY);
        let (sent, code) = send(&world).await.unwrap();
        assert!(answer(&world, &sent, &code).await.is_ok(), "sixty, and it is not disabled");
        let events = world.log.take();
        assert!(events.contains(&Event::SuccessAfterFailures(FactorKind::Phone, wrong)));
        assert!(!events.contains(&Event::FactorDisabled(FactorKind::Phone)));
    });
}

#[test]
fn failure_026_the_lock_of_registering_voids_its_code() {
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
fn failures_of_a_factor_lock_no_registration() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = send(&world).await.unwrap();
        world.fail_phone(&world.number, 5).await;
        assert!(answer(&world, &sent, &code).await.is_ok());
    });
}

#[test]
fn a_new_code_resets_no_count() {
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
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound, "the fifth locks");
    });
}

#[test]
fn where_every_subject_must_have_a_record_nobody_registers_without_one() {
    block_on(async {
        let policy = Policy::builder().absent(Absent::Refuse).build().unwrap();
        let world = World::with(policy);
        assert_eq!(reason(send(&world).await), Reason::Absent);
        world.verifier.create(&world.alice).await.unwrap();
        assert!(register(&world).await.is_ok());
    });
}

#[test]
fn a_registration_dies_when_the_owner_changes_a_factor() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let (sent, code) = send(&world).await.unwrap();
        world.verifier.turn_off(&verified).await.unwrap();
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn a_clock_that_ran_ahead_ends_the_open_registration_and_holds_nobody_up() {
    block_on(async {
        let world = World::new();
        let now = world.clock.time();
        world.clock.advance(crate::support::YEAR);
        let (sent, code) = send(&world).await.unwrap();
        world.clock.set(now.as_secs());
        assert_eq!(reason(answer(&world, &sent, &code).await), Reason::NotFound);
        assert!(world.log.take().contains(&Event::ClockFault));
        assert_eq!(reason(send(&world).await), Reason::TooSoon, "the wait began again");
        world.clock.advance(30);
        assert!(send(&world).await.is_ok());
    });
}

#[test]
fn one_reservation_sends_one_code_whichever_way_it_is_used() {
    let (keys, policy) = (Keys::new(ROOT), Policy::default());
    let (alice, now) =
        (SubjectId::new("alice").unwrap(), second_factor::UnixTime::from_secs(1 << 30));
    let number = Address::phone("+14155550100").unwrap();
    let sender = Sender::new("Example").unwrap();
    let request = CodeRequest::challenge(&number, Purpose::Register);
    let plan = opened(&keys, &policy, &alice, None, now).plan(&request, [7; 16]).unwrap();
    let reserved = crate::support::paid(&keys, &policy, plan, now);
    let first = opened(&keys, &policy, &alice, None, now).send(&request, &reserved, &sender);
    let record = first.unwrap().record().clone();
    let later = now.plus(30);
    let again = opened(&keys, &policy, &alice, Some(&record), later);
    let refused = again.send(&request, &reserved, &sender).unwrap_err();
    assert_eq!(refused.reason(), Reason::SendLimit);
}
