//! Backup codes: shown once, used once, and their removal.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::core_refusal;
use crate::support::answer::Prove as _;
use crate::support::{
    App,
    devices::{NotRecognized, recognize},
    fresh, fresh_for, item_of, mail, prove, reason,
    slow::{Alice, builder, cheap, count, printed},
};
use second_factor::{
    Client, FactorKind, MemoryStorage, NewDevice, Next, Proof, Reason, SignIn, SubjectId, block_on,
    enrollment::Enroller, host::Event, purpose::Operation,
};

#[test]
fn failure_008_each_backup_code_signs_in_once() {
    block_on(async {
        let alice = Alice::with_codes().await;
        assert_eq!(alice.codes.len(), 10);
        for code in &alice.codes {
            let verified = alice.try_backup(code).await.unwrap();
            assert_eq!(verified.factors(), [FactorKind::BackupCode]);
        }
        for code in &alice.codes {
            assert_eq!(reason(alice.try_backup(code).await), Reason::Replayed);
        }
    });
}

#[test]
fn failure_005_backup_code_is_used_up_for_every_purpose() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        for (used, again) in [
            (Operation::StepUp, Operation::SignIn),
            (Operation::Manage, Operation::Recover),
            (Operation::SignIn, Operation::Manage),
        ] {
            let codes = printed(
                verifier.new_backup_codes(&fresh(&alice.world, &alice.app).await).await.unwrap(),
            );
            let proof = Proof::backup_code(&codes[0]);
            let _ = verifier.prove_for(id, used, proof.clone()).await.unwrap();
            let verified = Event::Verified(FactorKind::BackupCode, used);
            assert!(alice.world.log.take().contains(&verified));
            assert_eq!(reason(verifier.prove_for(id, again, proof).await), Reason::Replayed);
        }
    });
}

#[test]
fn imported_backup_code_is_counted_and_a_used_one_is_not() {
    block_on(async {
        let alice = Alice::with_imported_codes().await;
        let _ = alice.try_backup(&alice.codes[0]).await.unwrap();
        for _ in 0..20 {
            assert_eq!(reason(alice.try_backup(&alice.codes[0]).await), Reason::Replayed);
        }
        for _ in 0..5 {
            assert_eq!(reason(alice.try_backup(alice.near()).await), Reason::Incorrect);
        }
        assert_eq!(reason(alice.try_backup(&alice.codes[1]).await), Reason::Locked);
        alice.world.clock.advance(30);
        assert!(alice.try_backup(&alice.codes[1]).await.is_ok());
        let events = alice.world.log.take();
        assert!(events.contains(&Event::SuccessAfterFailures(FactorKind::BackupCode, 5)));
        assert_eq!(count(&events, &Event::ReplayRefused(FactorKind::BackupCode)), 20);
        assert_eq!(count(&events, &Event::IncorrectProof(FactorKind::BackupCode)), 5);
    });
}

/// What cannot be guessed is never counted, throttled or disabled.
#[test]
fn finding_a02_generated_backup_codes_are_never_disabled() {
    block_on(async {
        let alice = Alice::with_codes().await;
        for _ in 0..200 {
            let refused = alice.try_backup(alice.near()).await.unwrap_err();
            assert_eq!(refused.retry_at(), None, "no wait");
            assert_eq!(reason::<()>(Err(refused)), Reason::Incorrect);
        }
        let _ = alice.world.log.take();
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
        assert_eq!(alice.failures_before_success(FactorKind::BackupCode), 0);
    });
}

#[test]
fn failure_022_imported_backup_codes_are_disabled_alone() {
    block_on(async {
        let alice = Alice::with_imported_codes().await;
        alice.fail_backup(29).await;
        let _ = alice.world.log.take();
        alice.fail_backup(1).await;
        let ended = Event::FactorDisabled(FactorKind::BackupCode);
        assert_eq!(count(&alice.world.log.take(), &ended), 1);
        alice.world.clock.advance(3600);
        assert_eq!(reason(alice.try_backup(&alice.codes[0]).await), Reason::Disabled);
        let proof = fresh(&alice.world, &alice.app).await;
        let codes = printed(alice.world.verifier.new_backup_codes(&proof).await.unwrap());
        assert!(alice.try_backup(&codes[0]).await.is_ok(), "new codes have a new count");
    });
}

#[test]
fn failure_066_backup_code_accepts_case_grouping_lookalikes() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let swapped = |code: &str| code.replace('0', "o").replace('1', "l");
        let forms: [&dyn Fn(&str) -> String; 8] = [
            &|code| code.to_lowercase(),
            &|code| code.replace('-', ""),
            &|code| code.replace('-', " "),
            &|code| format!("  {code}  "),
            &|code| code.chars().flat_map(|c| [c, '-']).collect(),
            &swapped,
            &|code| code.replace('1', "I").replace('0', "O"),
            &|code| code.replace('1', "i"),
        ];
        for (form, code) in forms.iter().zip(&alice.codes) {
            let typed = form(code);
            assert!(alice.try_backup(&typed).await.is_ok(), "{typed}");
            assert_eq!(reason(alice.try_backup(code).await), Reason::Replayed, "{typed}");
        }
    });
}

#[test]
fn partial_or_extended_backup_code_is_refused() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let code = alice.codes[0].replace('-', "");
        let [longer, wide] = ['0', '\u{ff10}'].map(|zero| format!("{code}{zero}"));
        for typed in [&code[1..], &code[..15], &longer, &wide, &code.repeat(2)] {
            alice.world.wait_out(Operation::SignIn, FactorKind::BackupCode).await;
            assert_eq!(reason(alice.try_backup(typed).await), Reason::Incorrect, "{typed}");
        }
        for typed in [format!("{code}!"), format!("{code}\u{966}"), code.repeat(5)] {
            assert_eq!(reason(alice.try_backup(&typed).await), Reason::Malformed, "{typed}");
        }
        alice.world.wait_out(Operation::SignIn, FactorKind::BackupCode).await;
        assert!(alice.try_backup(&code).await.is_ok());
    });
}

#[test]
fn last_backup_codes_are_notified_one_by_one() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
        let mut reported = vec![];
        for code in &alice.codes {
            let _ = (alice.world.log.take(), alice.world.notices());
            let _ = alice.try_backup(code).await.unwrap();
            let low = |event: &Event| match event {
                Event::BackupCodesLow(left) => Some(*left),
                _ => None,
            };
            let event = alice.world.log.take().iter().find_map(low);
            let notice = alice.world.notices().iter().find_map(|(event, _)| low(event));
            assert_eq!(event, notice, "the user is notified too");
            reported.push(event);
        }
        let few = [Some(3), Some(2), Some(1), Some(0)];
        assert_eq!(reported, [[None; 6].as_slice(), &few].concat());
    });
}

#[test]
fn failure_064_new_backup_codes_replace_all_old_ones() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let _ = alice.try_backup(&alice.codes[0]).await.unwrap();
        let new = printed(alice.world.verifier.new_backup_codes(&alice.proof).await.unwrap());
        assert!(alice.world.log.take().contains(&Event::FactorReplaced(FactorKind::BackupCode)));
        for old in &alice.codes {
            alice.world.wait_out(Operation::SignIn, FactorKind::BackupCode).await;
            assert_eq!(reason(alice.try_backup(old).await), Reason::Incorrect);
        }
        alice.world.wait_out(Operation::SignIn, FactorKind::BackupCode).await;
        assert!(new.iter().all(|code| !alice.codes.contains(code)));
        assert!(alice.try_backup(&new[0]).await.is_ok());
    });
}

#[test]
fn failure_074_new_backup_codes_end_proofs_of_the_old() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let verifier = &alice.world.verifier;
        let proof = Proof::backup_code(&alice.codes[0]).trusting(NewDevice::new("his"));
        let thief = verifier.verify(&alice.world.alice, proof).await.unwrap();
        let device = thief.device_token().unwrap().expose();
        let grant = verifier.grant(&thief).unwrap();
        let proof = fresh(&alice.world, &alice.app).await;
        let _ = verifier.new_backup_codes(&proof).await.unwrap();
        let recognized = recognize(&alice.world, device).await;
        assert_eq!(recognized.unwrap_err(), NotRecognized::Ignored);
        assert_eq!(reason(verifier.turn_off(&grant).await), Reason::Unauthorized);
        assert_eq!(reason(verifier.turn_off(&thief).await), Reason::Unauthorized);
    });
}

#[test]
fn failure_063_backup_codes_require_fresh_authority() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let stale = fresh(world, &alice.app).await;
        world.clock.advance(299);
        let grant = verifier.grant(&stale).unwrap();
        let other = verifier.for_client(Client::new(b"another browser, not this one").unwrap());
        let elsewhere = other.new_backup_codes(&grant).await;
        assert_eq!(reason(elsewhere), Reason::Unauthorized);
        world.clock.advance(1);
        let made = verifier.new_backup_codes(&stale).await;
        assert_eq!(reason(made), Reason::Unauthorized, "the proof is five minutes old");
        let step_up = fresh_for(world, &alice.app, Operation::StepUp).await;
        assert_eq!(reason(verifier.new_backup_codes(&step_up).await), Reason::Unauthorized);
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok(), "the old codes stay valid");

        // A recovery address is not a factor, so this subject is unprotected.
        let bob = crate::support::World::with(cheap());
        let proven = prove(&bob, &bob.alice, &mail()).await.unwrap();
        assert_eq!(reason(bob.verifier.new_backup_codes(&proven).await), Reason::Unauthorized);
    });
}

#[test]
fn failure_035_backup_code_is_bound_to_its_subject() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let bob = SubjectId::new("bob").unwrap();
        let enrollment = verifier.enroll_totp(&bob, "bob").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let proof = verifier.confirm(&bob, &enrollment, &code).await.unwrap();
        let _ = verifier.new_backup_codes(&proof).await.unwrap();
        let answer = verifier.verify(&bob, Proof::backup_code(&alice.codes[0])).await;
        assert_eq!(reason(answer), Reason::Incorrect);
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
    });
}

#[test]
fn turning_off_removes_backup_codes() {
    block_on(async {
        let alice = Alice::with_codes().await;
        alice.world.verifier.turn_off(&alice.proof).await.unwrap();
        assert_eq!(reason(alice.try_backup(&alice.codes[0]).await), Reason::NotEnrolled);
        let next = alice.world.verifier.next(&alice.world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
        let _ = alice.world.with_app().await;
        assert_eq!(reason(alice.try_backup(&alice.codes[0]).await), Reason::NotEnrolled);
    });
}

#[test]
fn last_other_factor_is_kept_while_backup_codes_exist() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let verifier = &alice.world.verifier;
        let by_code = alice.try_backup(&alice.codes[0]).await.unwrap();
        let app = item_of(&alice.world, FactorKind::Totp).await;
        for authority in [&alice.proof, &by_code] {
            assert_eq!(reason(verifier.revoke(authority, &app).await), Reason::LastFactor);
        }
        let codes = item_of(&alice.world, FactorKind::BackupCode).await;
        verifier.revoke(&by_code, &codes).await.unwrap();
        assert_eq!(reason(alice.try_backup(&alice.codes[1]).await), Reason::NotEnrolled);
        let events = alice.world.log.take();
        assert!(events.contains(&Event::FactorRemoved(FactorKind::BackupCode)));
    });
}

#[test]
fn backup_code_authorizes_replacing_a_lost_app() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let world = &alice.world;
        let by_code = alice.try_backup(&alice.codes[0]).await.unwrap();
        let enrollment = world.verifier.enroll_totp(Enroller::from(&by_code), "alice").await;
        let enrollment = enrollment.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert!(alice.try_backup(&alice.codes[1]).await.is_ok(), "the other codes stay valid");
    });
}

#[test]
fn backup_code_count_follows_the_policy() {
    block_on(async {
        for most in [8, 20] {
            let policy = builder().backup_codes(most).build().unwrap();
            let alice = Alice::codes_over(MemoryStorage::new(), policy).await;
            assert_eq!(alice.codes.len(), usize::from(most));
            let last = alice.codes.last().unwrap();
            assert!(alice.try_backup(last).await.is_ok());
        }
    });
}

#[test]
fn backup_code_for_a_forbidden_purpose_is_refused() {
    block_on(async {
        let policy = builder().only(Operation::StepUp, &[FactorKind::Totp]).build().unwrap();
        let alice = Alice::codes_over(MemoryStorage::new(), policy).await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let proof = Proof::backup_code(&alice.codes[0]);
        let answer = verifier.prove_for(id, Operation::StepUp, proof.clone()).await;
        assert_eq!(reason(answer), Reason::NotAllowed);
        assert_eq!(reason(verifier.register(id, proof.clone()).await), Reason::NotAllowed);
        for operation in [Operation::Enroll, Operation::ResetPin] {
            let refused = core_refusal(&alice.world, operation, &proof);
            assert_eq!(refused, Reason::NotAllowed, "{operation:?}");
        }
        assert!(verifier.verify(id, proof).await.is_ok(), "it is not used up");
    });
}
