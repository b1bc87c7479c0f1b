//! Recovery by two proofs of different kinds, and the PIN.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    App, World,
    answer::{Answer, Prove as _},
    fresh, fresh_for, item_of, mail, not, prove, reason,
    registration::cheap,
};
use second_factor::{
    Address, Challenge, Client, CodeRequest, Error, FactorKind, Handle, Next, Policy, Proof,
    Purpose, Reason, SubjectId, Verified, Verifier, block_on, host::Event, purpose::Operation,
    status::WhatsApp,
};

const PIN: &str = "493817";
const RECOVER: Operation = Operation::Recover;

/// A subject with an app, a phone, a mailbox and backup codes.
async fn with_all() -> (World, App, Verified, Vec<String>) {
    let world = cheap();
    let (app, verified) = world.with_settled_app().await;
    let _ = world.with_phone(&verified).await;
    let _ = prove(&world, &verified, &mail()).await.unwrap();
    let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
    let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
    let _ = world.log.take();
    (world, app, verified, codes)
}

/// Requests a recovery code to `address`. Returns the challenge and the code received.
async fn send(world: &World, by: &Verifier, address: &Address) -> (Challenge, String) {
    for _ in 0..5 {
        match by.send_code(&world.alice, CodeRequest::to_address(address).purpose(RECOVER)).await {
            Ok(sent) => return (sent, world.read_code()),
            Err(error) => {
                world.clock.set(error.retry_at().expect("the error has a retry time").as_secs())
            }
        }
    }
    panic!("the send is still refused after five waits")
}

async fn recover(by: &Verifier, world: &World, proof: Proof) -> Result<Answer, Error> {
    by.prove_for(&world.alice, RECOVER, proof).await
}

/// The first of two proofs: a code by email.
async fn by_mail(world: &World, by: &Verifier) -> Handle {
    let (sent, code) = send(world, by, &mail()).await;
    another(recover(by, world, Proof::sent_code(&sent, &code)).await)
}

fn another(answer: Result<Answer, Error>) -> Handle {
    *answer.unwrap_err().pending_factor().expect("another factor is due")
}

/// The kinds of factors that were proven for `purpose`.
///
/// A grant does not list them: a policy that requires another kind refuses it.
pub(crate) async fn kinds_of(world: &World, answer: &Answer, purpose: Purpose) -> Vec<FactorKind> {
    let Answer::Granted(grant) = answer else { panic!("{answer:?} is no grant") };
    let mut proven = Vec::new();
    for kind in [FactorKind::BackupCode, FactorKind::Email, FactorKind::Phone, FactorKind::Totp] {
        let policy = Policy::builder().only(purpose, &[kind]).build().unwrap();
        let strict = World::over(world.store.clone(), policy);
        strict.clock.set(world.clock.time().as_secs());
        let minute = Duration::from_secs(60);
        if strict.verifier.check_grant(grant, purpose, minute).await.is_ok() {
            proven.push(kind);
        }
    }
    proven
}

/// The handle with the same id, forged to claim the kind with this number.
fn forged(handle: &Handle, from: u8, to: u8) -> Handle {
    const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let text = handle.to_string();
    // The second letter carries the lower three bits of the kind, above two bits of the id.
    let value = DIGITS.find(text.chars().nth(1).unwrap()).unwrap();
    let changed = DIGITS.as_bytes()[value ^ usize::from((from ^ to) << 2)];
    let text = format!("{}{}{}", &text[..1], char::from(changed), &text[2..]);
    text.parse::<Handle>().unwrap()
}

const PIN_DUE: u8 = 3;
const ANOTHER_DUE: u8 = 6;

#[test]
fn recovery_by_two_kinds_of_proof_notifies_the_user() {
    block_on(async {
        let (world, _, _, _) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        assert!(!world.log.take().contains(&Event::Recovered));
        let (sent, code) = send(&world, &world.verifier, &world.number).await;
        let proof = Proof::sent_code(&sent, &code).after(first);
        let verified = recover(&world.verifier, &world, proof).await.unwrap();
        let kinds = kinds_of(&world, &verified, Purpose::Recover).await;
        assert_eq!(kinds, [FactorKind::Email, FactorKind::Phone]);
        assert!(world.log.take().contains(&Event::Recovered));
        // STD N-40.
        let reported: Vec<Address> = world
            .notices()
            .into_iter()
            .filter_map(|(event, address)| (event == Event::Recovered).then_some(address))
            .collect();
        assert!(reported.contains(&mail()) && reported.contains(&world.number), "{reported:?}");
    });
}

#[test]
fn recovery_address_is_offered_only_for_recovery() {
    block_on(async {
        let (world, _, verified, _) = with_all().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        for (purpose, is_offered) in
            [(RECOVER, true), (Operation::ResetPin, true), (Operation::SignIn, false)]
        {
            let offers = world.verifier.offers(&world.alice, purpose).await.unwrap();
            let offered = offers.iter().any(|offer| offer.masked() == Some(&*mail().masked()));
            assert_eq!(offered, is_offered, "{purpose:?}");
        }
    });
}

#[test]
fn failure_047_recovery_mailbox_cannot_sign_in() {
    block_on(async {
        let (before, _, _, _) = with_all().await;
        let kinds = [FactorKind::Totp, FactorKind::Email];
        let policy =
            Policy::builder().only(Operation::SignIn, &kinds).only(Operation::Manage, &kinds);
        let world = World::over(before.store.clone(), policy.build().unwrap());
        world.clock.set(before.clock.time().as_secs() + 60);
        let next = world.verifier.next(&world.alice).await.unwrap();
        let Next::Prove(offers) = next else { panic!("the subject is protected") };
        assert!(offers.iter().all(|offer| offer.kind() == FactorKind::Totp));
        let sent = world.verifier.send_code(&world.alice, CodeRequest::to_address(&mail())).await;
        assert!(sent.is_ok() && world.got_no_code(), "it looks like any other");
    });
}

#[test]
fn recovery_authorizes_replacing_a_lost_app() {
    block_on(async {
        let (world, old, _, codes) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        let proof = Proof::backup_code(&codes[0]).after(first);
        let verified = recover(&world.verifier, &world, proof).await.unwrap();
        let kinds = kinds_of(&world, &verified, Purpose::Recover).await;
        assert_eq!(kinds, [FactorKind::BackupCode, FactorKind::Email]);
        let enrollment = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let new = App::scan(enrollment.expose_secret().expose());
        let code = new.code(&world.clock);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert!(world.log.take().contains(&Event::FactorReplaced(FactorKind::Totp)));
        world.clock.advance(30);
        assert_eq!(world.miss_app(&old).await, Reason::Incorrect);
        assert!(world.try_app(&new.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn finding_s14_recovery_only_replaces_a_lost_factor() {
    block_on(async {
        let (world, app, _, codes) = with_all().await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let first = by_mail(&world, verifier).await;
        let proof = Proof::backup_code(&codes[0]).after(first);
        let grant = verifier.verify_for(alice, Purpose::Recover, proof).await.unwrap();
        let unauthorized = |answer: Result<(), Error>| {
            assert_eq!(reason(answer), Reason::Unauthorized);
        };
        unauthorized(verifier.turn_off(&grant).await.map(drop));
        unauthorized(verifier.set_pin(&grant, PIN).await.map(drop));
        unauthorized(verifier.sign_out_everywhere(&grant).await.map(drop));
        let number = item_of(&world, FactorKind::Phone).await;
        unauthorized(verifier.set_whatsapp(&grant, &number, WhatsApp::Allowed).await);
        let age = Duration::from_secs(300);
        for purpose in [Purpose::Manage, Purpose::StepUp] {
            unauthorized(verifier.check_grant(&grant, purpose, age).await);
        }
        // What proved the recovery was not lost.
        for proven in [FactorKind::Email, FactorKind::BackupCode] {
            unauthorized(verifier.revoke(&grant, &item_of(&world, proven).await).await.map(drop));
        }
        let begun = verifier.enroll_totp(&grant, "alice").await.unwrap();
        world.clock.advance(30);
        let new = App::scan(begun.expose_secret().expose());
        let code = new.code(&world.clock);
        let confirmed = verifier.confirm(alice, &begun, &code).await.unwrap();
        unauthorized(verifier.turn_off(&confirmed).await.map(drop));
        verifier.revoke(&confirmed, &number).await.unwrap();
        assert!(confirmed.verified().is_none(), "she signs in with the new app");
        world.clock.advance(30);
        assert_eq!(world.miss_app(&app).await, Reason::Incorrect);
        assert!(verifier.turn_off(&fresh(&world, &new).await).await.is_ok());
    });
}

#[test]
fn failure_047_emailed_code_alone_recovers_nothing() {
    block_on(async {
        let (world, app, _, _) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        for _ in 0..3 {
            let again = by_mail(&world, &world.verifier).await;
            let (sent, code) = send(&world, &world.verifier, &mail()).await;
            let proof = Proof::sent_code(&sent, &code).after(again);
            let third = another(recover(&world.verifier, &world, proof).await);
            assert!(third != first && third != again);
        }
        let without_a_pin = world.verifier.begin_pin_reset(&world.alice, &first).await;
        assert_eq!(reason(without_a_pin), Reason::NotFound);
        assert!(!world.log.take().contains(&Event::Recovered));
        let _ = fresh(&world, &app).await;
    });
}

#[test]
fn failure_048_two_proofs_of_one_kind_do_not_recover() {
    block_on(async {
        let (world, app, verified, codes) = with_all().await;
        let second = Address::phone("+14155550199").unwrap();
        world.clock.advance(240);
        let fresh = fresh_for(&world, &app, Operation::Manage).await;
        drop(verified);
        let _ = prove(&world, &fresh, &second).await.unwrap();
        let mut before = None;
        for number in [&world.number, &second] {
            let (sent, code) = send(&world, &world.verifier, number).await;
            let proof = Proof::sent_code(&sent, &code);
            let proof = match &before {
                Some(before) => proof.after(before),
                None => proof,
            };
            before = Some(another(recover(&world.verifier, &world, proof).await));
        }
        let first = another(recover(&world.verifier, &world, Proof::backup_code(&codes[0])).await);
        let proof = Proof::backup_code(&codes[1]).after(first);
        let still = another(recover(&world.verifier, &world, proof).await);
        assert_ne!(first, still);
        let last = before.unwrap();
        let proof = Proof::backup_code(&codes[2]).after(last);
        assert!(recover(&world.verifier, &world, proof).await.is_ok(), "finally two kinds");
    });
}

#[test]
fn partial_proof_is_resumed_once() {
    block_on(async {
        let (world, app, _, codes) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        world.clock.advance(30);
        let code = app.code(&world.clock);
        let proof = Proof::totp(&code).after(first);
        assert!(recover(&world.verifier, &world, proof).await.is_ok());
        let proof = Proof::backup_code(&codes[0]).after(first);
        let _ = another(recover(&world.verifier, &world, proof).await);
    });
}

#[test]
fn failure_061_incorrect_second_proof_keeps_the_first() {
    block_on(async {
        let (world, _, _, codes) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        let (sent, code) = send(&world, &world.verifier, &world.number).await;
        let incorrect = not(&code);
        let proof = Proof::sent_code(&sent, &incorrect).after(first);
        assert_eq!(reason(recover(&world.verifier, &world, proof).await), Reason::Incorrect);
        let incorrect = Proof::backup_code("0000-0000-0000-0000").after(first);
        assert_eq!(reason(recover(&world.verifier, &world, incorrect).await), Reason::Incorrect);
        let proof = Proof::backup_code(&codes[0]).after(first);
        assert!(recover(&world.verifier, &world, proof).await.is_ok());
    });
}

#[test]
fn failure_027_partial_proof_expires_after_ten_minutes() {
    block_on(async {
        for (wait, is_over) in [(599, false), (600, true)] {
            let (world, app, _, _) = with_all().await;
            let first = by_mail(&world, &world.verifier).await;
            world.clock.advance(wait);
            let code = app.code(&world.clock);
            let answer = recover(&world.verifier, &world, Proof::totp(&code).after(first)).await;
            assert_eq!(answer.is_err(), is_over, "{wait}");
            if is_over {
                let _ = another(answer);
            }
        }
    });
}

#[test]
fn failure_041_partial_proof_is_bound_to_its_client() {
    block_on(async {
        let (world, app, _, codes) = with_all().await;
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let there = world.verifier.for_client(Client::new(b"that browser, and no other").unwrap());
        let first = by_mail(&world, &here).await;
        let proof = Proof::backup_code(&codes[0]).after(first);
        let _ = another(recover(&there, &world, proof).await);
        world.clock.advance(30);
        let code = app.code(&world.clock);
        let _ = another(recover(&world.verifier, &world, Proof::totp(&code).after(first)).await);
        let proof = Proof::backup_code(&codes[1]).after(first);
        assert!(recover(&here, &world, proof).await.is_ok());
    });
}

#[test]
fn failure_040_partial_proof_is_bound_to_subject_and_purpose() {
    block_on(async {
        let (world, app, _, codes) = with_all().await;
        let bob = SubjectId::new("bob").unwrap();
        let first = by_mail(&world, &world.verifier).await;
        let enrollment = world.verifier.enroll_totp(&bob, "bob").await.unwrap();
        let his = App::scan(enrollment.expose_secret().expose());
        let code = his.code(&world.clock);
        let _ = world.verifier.confirm(&bob, &enrollment, &code).await.unwrap();
        world.clock.advance(30);
        let code = his.code(&world.clock);
        let proof = Proof::totp(&code).after(first);
        let _ = another(world.verifier.prove_for(&bob, RECOVER, proof).await);
        let code = app.code(&world.clock);
        let signed_in = world.verifier.verify(&world.alice, Proof::totp(&code).after(first)).await;
        assert_eq!(
            signed_in.unwrap().factors(),
            [FactorKind::Totp],
            "it adds nothing to other purposes"
        );
        let proof = Proof::backup_code(&codes[0]).after(first);
        assert!(recover(&world.verifier, &world, proof).await.is_ok(), "and is not used up there");
    });
}

#[test]
fn advancing_the_epoch_voids_partial_proofs() {
    block_on(async {
        let (world, app, _, codes) = with_all().await;
        let first = by_mail(&world, &world.verifier).await;
        let owner = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.revoke(&owner, &item_of(&world, FactorKind::Email).await).await.unwrap();
        let proof = Proof::backup_code(&codes[0]).after(first);
        let _ = another(recover(&world.verifier, &world, proof).await);
    });
}

#[test]
fn recovery_requires_the_set_pin_after_both_proofs() {
    block_on(async {
        let (world, _, verified, codes) = with_all().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let first = by_mail(&world, &world.verifier).await;
        let proof = Proof::backup_code(&codes[0]).after(first);
        let due = recover(&world.verifier, &world, proof).await.unwrap_err();
        let due = *due.pending_pin().expect("the PIN is due");
        assert!(!world.log.take().contains(&Event::Recovered));
        let as_sign_in = world.verifier.verify(&world.alice, Proof::pin(due, PIN)).await;
        assert_eq!(reason(as_sign_in), Reason::OtherPurpose);
        let verified = recover(&world.verifier, &world, Proof::pin(due, PIN)).await.unwrap();
        let kinds = kinds_of(&world, &verified, Purpose::Recover).await;
        assert_eq!(kinds, [FactorKind::BackupCode, FactorKind::Email], "and the PIN, which is set");
        assert!(world.log.take().contains(&Event::Recovered));
        assert!(world.verifier.enroll_totp(&verified, "alice").await.is_ok());
    });
}

#[test]
fn failure_040_forged_handle_kind_is_not_found() {
    block_on(async {
        let (world, _, verified, codes) = with_all().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let first = by_mail(&world, &world.verifier).await;
        let as_pin_due = forged(&first, ANOTHER_DUE, PIN_DUE);
        assert_eq!(format!("{as_pin_due:?}"), "Handle(pin due)");
        // One mailbox and a PIN are not two proofs, and one mailbox cannot begin the removal of a
        // PIN.
        let proof = Proof::pin(as_pin_due, PIN);
        assert_eq!(reason(recover(&world.verifier, &world, proof).await), Reason::NotFound);
        let begun = world.verifier.begin_pin_reset(&world.alice, &as_pin_due).await;
        assert_eq!(reason(begun), Reason::NotFound);
        // One number and a mailbox cannot remove it either.
        let (sent, code) = send(&world, &world.verifier, &world.number).await;
        let first = another(recover(&world.verifier, &world, Proof::sent_code(&sent, &code)).await);
        let as_pin_due = forged(&first, ANOTHER_DUE, PIN_DUE);
        world.clock.advance(240);
        let reset = Operation::ResetPin;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(reset))
            .await
            .unwrap();
        let code = world.read_code();
        let proof = Proof::pin_reset(as_pin_due, &sent, &code);
        let removed = recover(&world.verifier, &world, proof).await;
        assert_eq!(reason(removed), Reason::NotFound);
        // A slow proof stores only the id of a handle.
        let proof = Proof::backup_code(&codes[0]).after(first);
        let due = recover(&world.verifier, &world, proof).await.unwrap_err();
        let as_another = forged(due.pending_pin().unwrap(), PIN_DUE, ANOTHER_DUE);
        let proof = Proof::backup_code(&codes[1]).after(as_another);
        let _ = another(recover(&world.verifier, &world, proof).await);
    });
}

#[test]
fn pin_removed_by_email_completes_a_recovery() {
    block_on(async {
        let (world, app, verified, codes) = with_all().await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(30);
        let code = app.code(&world.clock);
        let first = another(recover(&world.verifier, &world, Proof::totp(&code)).await);
        let proof = Proof::backup_code(&codes[0]).after(first);
        let due =
            *recover(&world.verifier, &world, proof).await.unwrap_err().pending_pin().unwrap();
        let reset = Operation::ResetPin;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(reset))
            .await
            .unwrap();
        let code = world.read_code();
        let proof = Proof::pin_reset(due, &sent, &code);
        let verified = recover(&world.verifier, &world, proof).await.unwrap();
        let kinds = kinds_of(&world, &verified, Purpose::Recover).await;
        assert_eq!(kinds, [FactorKind::BackupCode, FactorKind::Email, FactorKind::Totp]);
        let events = world.log.take();
        assert!(events.contains(&Event::PinReset) && events.contains(&Event::Recovered));
    });
}

#[test]
fn failure_047_recovery_code_cannot_sign_in() {
    block_on(async {
        let (world, _, _, _) = with_all().await;
        let (sent, code) = send(&world, &world.verifier, &world.number).await;
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::OtherPurpose);
    });
}

/// An attacker had a proof of the owner, and must not add a factor after the recovery.
#[test]
fn recovery_ends_what_was_begun_before_it() {
    block_on(async {
        let (world, app, verified, _) = with_all().await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let stolen = fresh(&world, &app).await;
        let first = by_mail(&world, verifier).await;
        let (sent, code) = send(&world, verifier, &world.number).await;
        let enrollment = verifier.enroll_totp(&stolen, "alice").await.unwrap();
        let ceremony = verifier.enroll_security_key(&stolen, b"").await.unwrap();
        world.clock.advance(30);
        let half = Proof::totp(app.code(&world.clock));
        let half = another(recover(verifier, &world, half).await);
        let proof = Proof::sent_code(&sent, &code).after(first);
        let _ = recover(verifier, &world, proof).await.unwrap();
        assert_eq!(reason(verifier.turn_off(&verified).await), Reason::Unauthorized);
        let typed = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        assert_eq!(reason(verifier.confirm(alice, &enrollment, &typed).await), Reason::NotFound);
        assert!(verifier.ceremony(alice, ceremony.expose()).await.is_err());
        let (sent, code) = send(&world, verifier, &mail()).await;
        let proof = Proof::sent_code(&sent, &code).after(half);
        assert!(recover(verifier, &world, proof).await.unwrap_err().pending_factor().is_some());
    });
}
