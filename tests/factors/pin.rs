//! The two-step PIN: required after every other proof.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::{fmt::Debug, time::Duration};

use crate::support::answer::Prove as _;
use crate::support::{
    App, UNDO,
    devices::{on, trust},
    fresh, item_of, reason,
    slow::{Alice, DAY, INCORRECT_PIN, PIN, builder, count},
};
use second_factor::{
    CodeRequest, Error, FactorKind, Handle, MemoryStorage, NewDevice, Policy, Proof, Purpose,
    Reason, Secret, SubjectId, block_on,
    enrollment::{HotpToken, InvalidPin},
    host::Event,
    otp::{Hotp, Step},
    policy::UnsafePolicy,
    purpose::{Agreement, Operation},
};

const NEW_PIN: &str = "285906";

/// With an app, an HOTP token, a phone, backup codes and a PIN.
async fn with_everything() -> (Alice, Secret) {
    let mut alice = Alice::with_codes().await;
    let (world, verifier) = (&alice.world, &alice.world.verifier);
    let _ = world.with_phone(&alice.proof).await;
    let secret = Secret::new(b"12345678901234567890").unwrap();
    let token = verifier.enroll_hotp(&alice.proof, &HotpToken::new(&secret)).await.unwrap();
    let code = Hotp::new(&secret).code(Step::new(0)).expose().to_owned();
    let _ = verifier.confirm(&world.alice, &token, &code).await.unwrap();
    verifier.set_pin(&alice.proof, PIN).await.unwrap();
    let due = alice.due().await;
    alice.proof = alice.try_pin(&due, PIN).await.unwrap();
    (alice, secret)
}

/// The same handle, forged to claim another kind.
fn forge(handle: &Handle, kind: u8) -> Handle {
    let alphabet = base32::Alphabet::Crockford;
    let mut bytes = base32::decode(alphabet, &handle.to_string()).unwrap();
    bytes[0] = kind;
    base32::encode(alphabet, &bytes).to_ascii_lowercase().parse::<Handle>().unwrap()
}

const PIN_DUE: u8 = 3;
const ANOTHER_DUE: u8 = 6;

fn is_due<T: Debug>(answer: Result<T, Error>) -> Handle {
    *answer.unwrap_err().pending_pin().expect("the PIN is due")
}

#[test]
fn failure_077_pin_is_due_after_every_proof_and_purpose() {
    block_on(async {
        let (alice, secret) = with_everything().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let agreement = Agreement::new([("amount", "1")]).unwrap();
        // The budget of the number is that of an hour.
        world.clock.advance(3600);
        let mut codes = alice.codes.iter();
        let agrees = Operation::from(agreement.purpose());
        let purposes = [Operation::SignIn, Operation::Manage, Operation::StepUp, agrees];
        for (at, purpose) in (1..).zip(purposes) {
            let number = &world.number;
            let sent = match purpose {
                Operation::Transaction(_) => {
                    verifier
                        .send_code(id, CodeRequest::to_address(number).agreement(&agreement))
                        .await
                }
                _ => verifier.send_code(id, CodeRequest::to_address(number).purpose(purpose)).await,
            };
            let (sent, sent_code) = (sent.unwrap(), world.read_code());
            world.clock.advance(240);
            let counted = Hotp::new(&secret).code(Step::new(at));
            let app_code = alice.app.code(&world.clock);
            let printed = codes.next().unwrap();
            for (kind, proof) in [
                (FactorKind::Totp, Proof::totp(&app_code)),
                (FactorKind::Phone, Proof::sent_code(&sent, &sent_code)),
                (FactorKind::Hotp, Proof::hotp(counted.expose())),
                (FactorKind::BackupCode, Proof::backup_code(printed)),
            ] {
                let _ = world.log.take();
                let answer = verifier.prove_for(id, purpose, proof).await;
                let is_bound = kind == FactorKind::Phone;
                if matches!(purpose, Operation::Transaction(_)) && !is_bound {
                    assert_eq!(reason(answer), Reason::NotAllowed);
                    continue;
                }
                let due = is_due(answer);
                let reported = world.log.take();
                assert!(reported.contains(&Event::Verified(kind, purpose)));
                assert!(reported.contains(&Event::PinRequested(purpose)));
                let incorrect =
                    verifier.prove_for(id, purpose, Proof::pin(due, INCORRECT_PIN)).await;
                assert_eq!(reason(incorrect), Reason::Incorrect, "{kind:?} {purpose:?}");
                let correct = verifier.prove_for(id, purpose, Proof::pin(due, PIN)).await.unwrap();
                assert!(world.log.take().contains(&Event::Verified(FactorKind::Pin, purpose)));
                if purpose == Operation::SignIn {
                    assert_eq!(correct.factors(), [kind, FactorKind::Pin]);
                }
                let again = verifier.prove_for(id, purpose, Proof::pin(due, PIN)).await;
                assert_eq!(reason(again), Reason::NotFound, "it is used up");
            }
        }
    });
}

#[test]
fn pin_is_never_offered_alone() {
    block_on(async {
        let (alice, _) = with_everything().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover]
        {
            let offers = verifier.offers(id, purpose).await.unwrap();
            assert!(offers.iter().all(|offer| offer.kind() != FactorKind::Pin), "{purpose:?}");
        }
        let sent =
            verifier.send_code(id, CodeRequest::to_address(&alice.world.number)).await.unwrap();
        let open = forge(sent.handle(), PIN_DUE);
        for handle in [sent.handle(), &open] {
            assert_eq!(reason(alice.try_pin(handle, PIN).await), Reason::NotFound);
        }
    });
}

#[test]
fn policy_with_the_pin_as_a_factor_is_refused() {
    for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover] {
        let kinds = [FactorKind::Totp, FactorKind::Pin];
        let policy = Policy::builder().only(purpose, &kinds).build();
        assert_eq!(policy.unwrap_err(), UnsafePolicy::Pin, "{purpose:?}");
    }
}

#[test]
fn failure_040_forged_handle_kind_leads_nowhere() {
    block_on(async {
        let (alice, _) = with_everything().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        world.clock.advance(30);
        let code = alice.app.code(&world.clock);
        let answer = verifier.prove_for(id, Operation::Recover, Proof::totp(&code)).await;
        let another = *answer.unwrap_err().pending_factor().expect("another factor is due");
        let forged = forge(&another, PIN_DUE);
        let answer = verifier.prove_for(id, Operation::Recover, Proof::pin(forged, PIN)).await;
        assert_eq!(reason(answer), Reason::NotFound, "the PIN is not a second factor");
        assert_eq!(reason(verifier.begin_pin_reset(id, &forged).await), Reason::NotFound);

        let due = alice.due().await;
        let forged = forge(&due, ANOTHER_DUE);
        let proof = Proof::backup_code(&alice.codes[0]).after(forged);
        let due_again = is_due(verifier.verify(id, proof).await);
        let verified = alice.try_pin(&due_again, PIN).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::BackupCode, FactorKind::Pin]);
    });
}

#[test]
fn recovery_requires_two_factors_and_then_the_pin() {
    block_on(async {
        let (alice, _) = with_everything().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        world.clock.advance(30);
        let code = alice.app.code(&world.clock);
        let answer = verifier.prove_for(id, Operation::Recover, Proof::totp(&code)).await;
        let another = *answer.unwrap_err().pending_factor().expect("another factor is due");
        let second = Proof::backup_code(&alice.codes[0]).after(another);
        let due = is_due(verifier.prove_for(id, Operation::Recover, second).await);
        let verified = |kind| Event::Verified(kind, Operation::Recover);
        let reported = world.log.take();
        assert!(
            [FactorKind::Totp, FactorKind::BackupCode]
                .map(verified)
                .iter()
                .all(|event| reported.contains(event))
        );
        assert!(!reported.contains(&Event::Recovered));
        let last = Proof::pin(due, PIN);
        let grant = verifier.verify_for(id, Purpose::Recover, last).await.unwrap();
        let reported = world.log.take();
        assert!(reported.contains(&verified(FactorKind::Pin)));
        assert!(reported.contains(&Event::Recovered));
        let age = Duration::from_secs(60);
        assert!(verifier.check_grant(&grant, Purpose::Recover, age).await.is_ok());
    });
}

#[test]
fn failure_022_ten_incorrect_pins_disable_only_the_pin() {
    block_on(async {
        let alice = Alice::with_pin().await;
        alice.fail_pin(9).await;
        assert!(!alice.world.log.take().contains(&Event::FactorDisabled(FactorKind::Pin)));
        alice.fail_pin(1).await;
        assert!(alice.world.log.take().contains(&Event::FactorDisabled(FactorKind::Pin)));
        alice.world.clock.advance(365 * DAY);
        // The app stays valid and does not bypass the PIN.
        let due = alice.due().await;
        assert_eq!(reason(alice.try_pin(&due, PIN).await), Reason::Disabled);
        assert!(alice.world.verifier.begin_pin_reset(&alice.world.alice, &due).await.is_ok());
    });
}

#[test]
fn pin_lock_does_not_lock_the_first_factor() {
    block_on(async {
        let alice = Alice::with_pin().await;
        alice.fail_pin(5).await;
        let now = alice.world.clock.time();
        let due = alice.due().await;
        alice.world.clock.set(now.as_secs());
        let error = alice.try_pin(&due, PIN).await.unwrap_err();
        assert_eq!(error.retry_at(), Some(now.plus(30)));
        alice.world.clock.advance(30);
        assert!(alice.try_pin(&due, PIN).await.is_ok());
        assert_eq!(alice.failures_before_success(FactorKind::Pin), 5);
    });
}

#[test]
fn failure_111_rehearsal_is_limited_and_proves_nothing() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        alice.fail_pin(5).await;
        let _ = alice.world.log.take();
        // The lock applies to proofs only.
        verifier.rehearse_pin(id, PIN).await.unwrap();
        assert!(alice.world.log.take().is_empty(), "no proof is reported");
        alice.world.clock.advance(30);
        let due = alice.due().await;
        let _ = alice.try_pin(&due, PIN).await.unwrap();
        assert_eq!(alice.failures_before_success(FactorKind::Pin), 5, "it reset nothing");
        alice.fail_pin(10).await;
        assert_eq!(reason(verifier.rehearse_pin(id, PIN).await), Reason::Disabled);
        let absent = SubjectId::new("unknown").unwrap();
        assert_eq!(reason(verifier.rehearse_pin(&absent, PIN).await), Reason::NotEnrolled);
    });
}

/// A stolen session must not disable the PIN, nor try it without an end.
#[test]
fn finding_s07_three_rehearsals_fail_and_disable_nothing() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let rehearse = async |typed| verifier.rehearse_pin(id, typed).await;
        for _ in 0..2 {
            for left in (0..3).rev() {
                let refused = rehearse(INCORRECT_PIN).await.unwrap_err();
                assert_eq!(refused.retry_at(), None);
                assert_eq!(reason::<()>(Err(refused)), Reason::Incorrect);
                // A correct one does not give back the incorrect ones.
                let answer = rehearse(PIN).await;
                assert_eq!(answer.is_ok(), left > 0);
            }
            for _ in 0..60 {
                assert_eq!(reason(rehearse(INCORRECT_PIN).await), Reason::Disabled);
                assert_eq!(reason(rehearse(PIN).await), Reason::Disabled);
                world.clock.advance(DAY);
            }
            let events = world.log.take();
            assert_eq!(count(&events, &Event::IncorrectProof(FactorKind::Pin)), 3);
            let is_end =
                |event: &Event| matches!(event, Event::FactorDisabled(_) | Event::FactorLocked(_));
            assert!(!events.iter().any(is_end), "{events:?}");
            // At the door nothing was counted, and a correct PIN there allows rehearsals again.
            let due = alice.due().await;
            assert!(alice.try_pin(&due, PIN).await.is_ok());
            assert_eq!(alice.failures_before_success(FactorKind::Pin), 0);
        }
        assert!(rehearse(PIN).await.is_ok());
    });
}

#[test]
fn only_correct_pins_and_failed_rehearsals_move_the_reminder() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let remind_at =
            async || verifier.status(id).await.unwrap().pin().unwrap().remind_at().as_secs();
        let days = async || (remind_at().await - world.clock.time().as_secs()) / DAY;
        for expected in [7, 14] {
            verifier.rehearse_pin(id, PIN).await.unwrap();
            assert_eq!(days().await, expected);
        }
        assert_eq!(reason(verifier.rehearse_pin(id, INCORRECT_PIN).await), Reason::Incorrect);
        assert_eq!(days().await, 7);
        let (due, before) = (alice.due().await, remind_at().await);
        assert_eq!(reason(alice.try_pin(&due, INCORRECT_PIN).await), Reason::Incorrect);
        assert_eq!(remind_at().await, before);
        let _ = alice.try_pin(&due, PIN).await.unwrap();
        assert_eq!(days().await, 14);
    });
}

#[test]
fn proof_before_the_pin_is_unauthorized_after_it() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let begun = verifier.enroll_totp(&alice.proof, "thief").await.unwrap();
        let thief = App::scan(begun.expose_secret().expose());
        let grant = verifier.grant(&alice.proof).unwrap();
        verifier.set_pin(&alice.proof, PIN).await.unwrap();
        for answer in [
            verifier.set_pin(&alice.proof, NEW_PIN).await.map(drop),
            verifier.revoke(&alice.proof, &item_of(world, FactorKind::Pin).await).await.map(drop),
            verifier
                .revoke(&alice.proof, &item_of(world, FactorKind::BackupCode).await)
                .await
                .map(drop),
            verifier.turn_off(&alice.proof).await.map(drop),
            verifier.set_pin(&grant, NEW_PIN).await.map(drop),
            verifier.new_backup_codes(&alice.proof).await.map(drop),
            verifier.enroll_totp(&alice.proof, "alice").await.map(drop),
        ] {
            assert_eq!(reason(answer), Reason::Unauthorized);
        }
        let code = thief.code(&world.clock);
        let confirmed = verifier.confirm(&world.alice, &begun, &code).await;
        assert_eq!(reason(confirmed), Reason::NotFound, "the pending enrollment ended too");
        let due = alice.due().await;
        assert!(alice.try_pin(&due, PIN).await.is_ok(), "the app is still the old one");
    });
}

#[test]
fn changed_pin_voids_the_old_one() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let verifier = &alice.world.verifier;
        let open = alice.due().await;
        verifier.set_pin(&alice.proof, NEW_PIN).await.unwrap();
        assert!(alice.world.log.take().contains(&Event::FactorReplaced(FactorKind::Pin)));
        assert_eq!(reason(alice.try_pin(&open, NEW_PIN).await), Reason::NotFound);
        assert_eq!(reason(verifier.turn_off(&alice.proof).await), Reason::Unauthorized);
        let due = alice.due().await;
        assert_eq!(reason(alice.try_pin(&due, PIN).await), Reason::Incorrect);
        assert!(alice.try_pin(&due, NEW_PIN).await.is_ok());
    });
}

#[test]
fn revoked_pin_is_no_longer_required() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let [app, pin] =
            [item_of(world, FactorKind::Totp).await, item_of(world, FactorKind::Pin).await];
        assert_eq!(reason(verifier.revoke(&alice.proof, &app).await), Reason::LastFactor);
        let open = alice.due().await;
        verifier.revoke(&alice.proof, &pin).await.unwrap();
        assert_eq!(count(&world.log.take(), &Event::FactorRemoved(FactorKind::Pin)), 1);
        assert_eq!(reason(alice.try_pin(&open, PIN).await), Reason::NotEnrolled);
        let verified = fresh(world, &alice.app).await;
        assert_eq!(verified.factors(), [FactorKind::Totp]);
        assert_eq!(reason(verifier.revoke(&verified, &pin).await), Reason::NotFound);
    });
}

#[test]
fn failure_108_common_pin_or_number_suffix_is_refused() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let _ = world.with_phone(&alice.proof).await;
        for end in ["550100", "5550100", "14155550100", "+14155550100"] {
            let set = verifier.set_pin(&alice.proof, end).await;
            assert_eq!(reason(set), Reason::TooCommon, "{end}");
        }
        for (typed, why) in [
            ("12345", InvalidPin::Length),
            ("", InvalidPin::Length),
            ("123321", InvalidPin::TooCommon),
            ("PASSWORD", InvalidPin::TooCommon),
        ] {
            let set = verifier.set_pin(&alice.proof, typed).await;
            assert!(matches!(set, Err(Error::Pin(because)) if because == why), "{typed}");
        }
        assert!(world.try_app(&alice.app.code(&world.clock)).await.is_ok(), "no PIN was set");
        verifier.set_pin(&alice.proof, "155501").await.unwrap();
    });
}

#[test]
fn failure_112_first_pin_after_a_new_device_is_quarantined() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let old = trust(world, &alice.app, "old").await;
        world.clock.advance(DAY);
        let proof = Proof::totp(alice.app.code(&world.clock)).trusting(NewDevice::new("new"));
        let thief = verifier.verify(&world.alice, proof).await.unwrap();
        let came = world.clock.time();
        let new = thief.device_token().unwrap().expose();
        let set = verifier.set_pin(&thief, PIN).await.unwrap_err();
        assert_eq!(set.retry_at(), Some(came.plus(DAY)));
        assert_eq!(reason::<()>(Err(set)), Reason::Quarantined);
        let set = on(world, new).set_pin(&thief, PIN).await;
        assert_eq!(reason(set), Reason::Quarantined, "the new device does not count as older");
        on(world, &old).set_pin(&thief, PIN).await.unwrap();
    });
}

#[test]
fn pin_handle_is_bound_to_its_subject() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let bob = SubjectId::new("bob").unwrap();
        let enrollment = verifier.enroll_totp(&bob, "bob").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let _ = verifier.confirm(&bob, &enrollment, &code).await.unwrap();
        world.clock.advance(UNDO);
        let proof = Proof::totp(app.code(&world.clock));
        let proof = verifier.verify(&bob, proof).await.unwrap();
        verifier.set_pin(&proof, PIN).await.unwrap();
        let due = alice.due().await;
        let answer = verifier.verify(&bob, Proof::pin(due, PIN)).await;
        assert_eq!(reason(answer), Reason::NotFound);
        let removed = verifier.begin_pin_reset(&bob, &due).await;
        assert_eq!(reason(removed), Reason::NotFound);
        assert!(alice.try_pin(&due, PIN).await.is_ok());
    });
}

#[test]
fn attempt_limit_of_the_policy_applies_to_the_pin() {
    block_on(async {
        let policy = builder().disable_at(3).build().unwrap();
        let alice = Alice::pin_over(MemoryStorage::new(), policy).await;
        alice.fail_pin(3).await;
        let due = alice.due().await;
        assert_eq!(reason(alice.try_pin(&due, PIN).await), Reason::Disabled);
    });
}
