//! Notices: to whom, when, and how often.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::pin::pin;

use crate::support::{
    ROOT, World,
    carrier::{SentNotice, with_carrier},
    devices::{NotRecognized, recognize, supersede, trust},
    fresh,
    host::Host,
    item_of, mail, opened, prove, reason,
    slow::{Alice, DAY, PIN, builder, cheap, poll},
    watched::{Call, Fault, Watched},
};
use second_factor::{
    Address, FactorKind, Keys, MemoryStorage, NewDevice, Proof, Reason, Secret, Storage, block_on,
    delivery::Undelivered,
    enrollment::{Authority, HotpToken},
    host::Event,
    otp::{Hotp, Step},
    policy::Notices,
    proof::RequestedFrom,
    purpose::Operation,
    sans_io::{Checked, Settled},
    status::WhatsApp,
    storage::Swap,
};

/// The notices at both addresses, in the order in which these were proven.
fn at_both(alice: &Alice<Watched>, event: &Event) -> Vec<(Event, Address)> {
    [alice.world.number.clone(), mail()].map(|address| (event.clone(), address)).into()
}

/// The notice of a change that costs no text message where a mailbox is proven.
fn at_mailbox(event: &Event) -> Vec<(Event, Address)> {
    vec![(event.clone(), mail())]
}

fn events(notices: Vec<SentNotice>) -> Vec<(Event, Address)> {
    notices.into_iter().map(|notice| (notice.event, notice.address)).collect()
}

/// Removes the first factor of this kind.
async fn revoke<S>(world: &World<S>, authority: impl Into<Authority>, kind: FactorKind)
where
    S: Storage + Clone + 'static,
{
    let item = item_of(world, kind).await;
    let _ = world.verifier.revoke(authority, &item).await.unwrap();
}

/// A decision that is written and causes no notice.
async fn sign_in(alice: &Alice<Watched>) {
    let _ = fresh(&alice.world, &alice.app).await;
}

#[test]
fn change_is_notified_once_at_every_proven_address() {
    let is_routine = |event: &Event| matches!(event, Event::BackupCodesLow(_) | Event::DeviceAdded);
    type Action = fn(&Alice<Watched>);
    let actions: [(Action, Event); 8] = [
        (
            |a| {
                let _ = block_on(a.world.verifier.set_pin(&a.proof, PIN)).unwrap();
            },
            Event::FactorAdded(FactorKind::Pin),
        ),
        (
            |a| drop(block_on(a.world.verifier.new_backup_codes(&a.proof)).unwrap()),
            Event::FactorReplaced(FactorKind::BackupCode),
        ),
        (
            |a| block_on(revoke(&a.world, &a.proof, FactorKind::BackupCode)),
            Event::FactorRemoved(FactorKind::BackupCode),
        ),
        (
            |a| {
                let _ = block_on(a.world.verifier.turn_off(&a.proof)).unwrap();
            },
            Event::TurnedOff,
        ),
        (
            |a| {
                let _ = block_on(a.world.verifier.sign_out_everywhere(&a.proof)).unwrap();
            },
            Event::SignedOutEverywhere,
        ),
        (
            |a| {
                let _ = block_on(trust(&a.world, &a.app, "hers"));
            },
            Event::DeviceAdded,
        ),
        (|a| block_on(a.world.fail_app(&a.app, 5)), Event::FactorLocked(FactorKind::Totp)),
        (
            |a| {
                for code in &a.codes[..7] {
                    let _ = block_on(a.try_backup(code)).unwrap();
                }
            },
            Event::BackupCodesLow(3),
        ),
    ];
    for (action, event) in actions {
        let (alice, carrier) = block_on(with_carrier());
        action(&alice);
        let reported = carrier.take();
        let last = reported.len() - 1;
        if is_routine(&event) {
            assert_eq!(events(reported), at_mailbox(&event));
        } else {
            assert_ne!(reported[0].reference, reported[last].reference, "{event:?}");
            assert_eq!(events(reported), at_both(&alice, &event));
        }
        assert!(event.is_for_the_user());
        let _ = block_on(alice.world.try_app(&alice.app.incorrect(&alice.world.clock)));
        alice.world.clock.advance(30);
        let _ = block_on(alice.world.try_app(&alice.app.code(&alice.world.clock)));
        assert!(carrier.take().is_empty(), "{event:?} is sent once");
    }
}

#[test]
fn removed_address_is_notified_of_its_removal_only() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        let (verifier, number) = (&alice.world.verifier, &alice.world.number);
        revoke(&alice.world, &alice.proof, FactorKind::Phone).await;
        let removed = Event::FactorRemoved(FactorKind::Phone);
        let mut reported = events(carrier.take());
        reported.sort_by_key(|(_, address)| address == number);
        assert_eq!(reported, [(removed.clone(), mail()), (removed, number.clone())]);
        let proof = fresh(&alice.world, &alice.app).await;
        revoke(&alice.world, &proof, FactorKind::Email).await;
        let removed = Event::FactorRemoved(FactorKind::Email);
        assert_eq!(events(carrier.take()), [(removed, mail())]);
        let proof = fresh(&alice.world, &alice.app).await;
        verifier.set_pin(&proof, PIN).await.unwrap();
        assert!(carrier.take().is_empty(), "there is no address to notify");
    });
}

#[test]
fn new_address_is_not_notified_of_earlier_changes() {
    block_on(async {
        let world = World::with(cheap());
        let (_, verified) = world.with_app().await;
        let _ = world.verifier.new_backup_codes(&verified).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let added = Event::FactorAdded(FactorKind::Phone);
        assert_eq!(world.notices(), [(added, world.number.clone())]);
    });
}

#[test]
fn only_the_first_lock_of_a_series_is_notified() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        let locked = Event::FactorLocked(FactorKind::Totp);
        alice.world.fail_app(&alice.app, 12).await;
        assert_eq!(events(carrier.take()), at_both(&alice, &locked));
        alice.world.clock.advance(3600);
        let _ = fresh(&alice.world, &alice.app).await;
        alice.world.fail_app(&alice.app, 6).await;
        assert_eq!(
            events(carrier.take()),
            at_both(&alice, &locked),
            "a new series of failures is notified again"
        );
    });
}

#[test]
fn first_hotp_lock_is_notified_after_a_failed_resync() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let shows = |at| Hotp::new(&secret).code(Step::new(at)).expose().to_owned();
        world.clock.advance(60);
        let (sent, code) = world.send_to(&world.number).await;
        let verified = world.try_code(&sent, &code).await.unwrap();
        let begun = world.verifier.enroll_hotp(&verified, &HotpToken::new(&secret)).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &begun, &shows(0)).await.unwrap();
        let pair = Proof::hotp_resync("000000", "000000");
        assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Incorrect);
        let _ = world.notices();
        for _ in 0..5 {
            let incorrect = world.verifier.verify(&world.alice, Proof::hotp("000000")).await;
            assert_eq!(reason(incorrect), Reason::Incorrect);
        }
        let locked = Event::FactorLocked(FactorKind::Hotp);
        assert_eq!(world.notices(), [(locked, world.number.clone())]);
    });
}

#[test]
fn failure_114_crash_while_notifying_is_resumed() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        carrier.hang(true);
        let set = pin!(alice.world.verifier.set_pin(&alice.proof, PIN));
        assert!(poll(set, 5).is_none());
        carrier.hang(false);
        let before = carrier.take();
        assert_eq!(before.len(), 1, "it crashed at the first address");
        // A refusal writes nothing, and the lease of the crashed process lasts a minute.
        assert!(alice.world.try_app(&alice.app.code(&alice.world.clock)).await.is_err());
        let _ = alice.due().await; // after half a minute
        assert!(carrier.take().is_empty());
        let _ = alice.due().await;
        let reported = carrier.take();
        assert_eq!(reported[0], before[0], "with the same reference");
        assert_eq!(events(reported), at_both(&alice, &Event::FactorAdded(FactorKind::Pin)));
        let _ = alice.due().await;
        assert!(carrier.take().is_empty());
    });
}

#[test]
fn failure_114_failed_removal_repeats_notices_by_reference() {
    block_on(async {
        // Two reads and the write, two reads and two writes for the budgets of the number and its
        // prefix, one of each for that of the mailbox, and then one write that removes what was sent.
        for (fault, is_repeated) in [(Fault::Before, true), (Fault::After, false)] {
            let (alice, carrier) = with_carrier().await;
            let _ = alice.world.store.take();
            alice.world.store.fail_after(9, fault);
            let _ = alice.world.verifier.set_pin(&alice.proof, PIN).await.unwrap();
            assert!(alice.world.store.heal());
            let calls = alice.world.store.take();
            let failed = calls.iter().position(|made| *made == Call::Fail);
            assert_eq!(failed, Some(9), "{calls:?}");
            let first = carrier.take();
            assert_eq!(first.len(), 2);
            alice.world.clock.advance(60);
            let _ = alice.due().await;
            let second = carrier.take();
            assert_eq!(second, if is_repeated { first } else { vec![] }, "{fault:?}");
            alice.world.clock.advance(60);
            let _ = alice.due().await;
            assert!(carrier.take().is_empty());
        }
    });
}

#[test]
fn undelivered_notice_is_dropped_after_a_day() {
    block_on(async {
        for (secs, is_notified) in [(DAY - 31, true), (DAY - 30, false), (100 * DAY, false)] {
            let (alice, carrier) = with_carrier().await;
            let id = Keys::new(ROOT).subject_record(&alice.world.alice);
            let size = async || alice.world.store.load(&id).await.unwrap().unwrap().bytes().len();
            sign_in(&alice).await;
            let empty = size().await;
            carrier.hang(true);
            alice.world.clock.advance(30);
            let proof = Proof::totp(alice.app.code(&alice.world.clock));
            let proof = proof.trusting(NewDevice::new("hers"));
            let trusting = pin!(alice.world.verifier.verify(&alice.world.alice, proof));
            assert!(poll(trusting, 5).is_none());
            carrier.hang(false);
            let _ = carrier.take();
            alice.world.clock.advance(secs);
            sign_in(&alice).await;
            assert_eq!(carrier.take().len(), usize::from(is_notified), "{secs}");
            alice.world.verifier.password_changed(&alice.world.alice).await.unwrap();
            sign_in(&alice).await;
            // The device stays known.
            assert!(size().await <= empty + 120, "no notice is left in the record");
        }
    });
}

/// Law 10: an incorrect clock must not hide what happened.
#[test]
fn notice_dated_in_the_future_is_delivered() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        let now = alice.world.clock.time();
        alice.world.clock.advance(DAY);
        let proof = fresh(&alice.world, &alice.app).await;
        carrier.hang(true);
        assert!(poll(pin!(alice.world.verifier.set_pin(&proof, PIN)), 5).is_none());
        carrier.hang(false);
        let _ = carrier.take();
        // The lease begins again with the repair, and is not longer than it was.
        alice.world.clock.set(now.as_secs());
        let waits = alice.world.verifier.deliver_pending(&alice.world.alice).await.unwrap();
        assert_eq!(waits, Some(now.plus(60)));
        alice.world.clock.advance(60);
        let done = alice.world.verifier.deliver_pending(&alice.world.alice).await.unwrap();
        assert_eq!(done, None);
        let added = Event::FactorAdded(FactorKind::Pin);
        assert_eq!(events(carrier.take()), at_both(&alice, &added));
    });
}

#[test]
fn carrier_failure_keeps_the_change_and_is_reported() {
    block_on(async {
        for (why, is_lost, is_retried) in [
            (Undelivered::Unreachable, true, false),
            (Undelivered::Unavailable, false, true),
            (Undelivered::Misconfigured, false, true),
            (Undelivered::Unknown, false, false),
        ] {
            let (alice, carrier) = with_carrier().await;
            alice.world.phone.fail_with(Some(why));
            let _ = alice.world.verifier.set_pin(&alice.proof, PIN).await.unwrap();
            let events = alice.world.log.take();
            let named = |name| events.iter().filter(|event| event.name() == name).count();
            assert_eq!(named("notice_not_sent"), if is_lost { 2 } else { 0 }, "{why:?}");
            assert_eq!(named("notice_waits"), if is_retried { 2 } else { 0 }, "{why:?}");
            let first = carrier.take();
            assert_eq!(first.len(), 2);
            alice.world.phone.fail_with(None);
            alice.world.clock.advance(60);
            let _ = alice.due().await;
            assert_eq!(carrier.take(), if is_retried { first } else { vec![] }, "{why:?}");
            alice.world.clock.advance(3600);
            let _ = alice.due().await;
            assert!(carrier.take().is_empty(), "it is finished");
        }
    });
}

/// Performs everything that causes notices, including locks and removed addresses.
async fn cause_notices(alice: &Alice) {
    let (world, verifier) = (&alice.world, &alice.world.verifier);
    let _ = verifier.new_backup_codes(&alice.proof).await.unwrap();
    for _ in 0..7 {
        world.fail_app(&alice.app, 1).await;
        world.wait_out(Operation::SignIn, FactorKind::Totp).await;
    }
    let _ = trust(world, &alice.app, "Firefox").await;
    let proof = fresh(world, &alice.app).await;
    let number = item_of(world, FactorKind::Phone).await;
    verifier.set_whatsapp(&proof, &number, WhatsApp::Allowed).await.unwrap();
    verifier.revoke(&proof, &number).await.unwrap();
    let proof = fresh(world, &alice.app).await;
    verifier.sign_out_everywhere(&proof).await.unwrap();
    let proof = fresh(world, &alice.app).await;
    verifier.turn_off(&proof).await.unwrap();
}

#[test]
fn empty_notice_queue_causes_no_write() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        let (keys, policy) = (Keys::new(ROOT), second_factor::Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let now = world.clock.time();
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let acknowledged = subject.acknowledge(&[], &[]).settle(Swap::Conflict);
        assert!(matches!(acknowledged, Settled::Done { .. }));
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        assert!(matches!(subject.deliver_pending(), Err(None)));
    });
}

#[test]
fn events_name_the_notified_addresses() {
    for notices in [Notices::Sent, Notices::LeftToApplication] {
        let policy = builder().notices(notices).build().unwrap();
        let alice = block_on(Alice::over(MemoryStorage::new(), policy));
        block_on(async {
            let _ = alice.world.with_phone(&alice.proof).await;
            alice.world.clock.advance(60);
            let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
            let _ = (alice.world.log.take(), alice.world.notices());
            cause_notices(&alice).await;
        });
        let heard = alice.world.log.take_occurrences();
        let locks = heard.iter().filter(|one| matches!(one.event(), Event::FactorLocked(_)));
        let reported: Vec<usize> = locks.map(|lock| lock.notified().len()).collect();
        assert_eq!(reported, [2, 0, 0], "the first lock, at both addresses");
        let expected: Vec<(Event, Address)> = heard
            .iter()
            .flat_map(|one| one.notified().iter().map(|to| (one.event().clone(), to.clone())))
            .collect();
        let sent = alice.world.notices();
        match notices {
            Notices::Sent => {
                assert_eq!(expected.len(), 10, "{expected:?}");
                assert!(sent.iter().all(|sent| expected.contains(sent)), "nothing else");
                let waits = heard.iter().filter(|one| one.event().name() == "notice_waits");
                assert_eq!(sent.len() + waits.count(), expected.len(), "each once");
            }
            Notices::LeftToApplication => {
                assert_eq!(expected.len(), 12, "{expected:?}");
                assert!(sent.is_empty());
            }
        }
    }
}

#[test]
fn notices_left_to_the_application_are_only_reported() {
    block_on(async {
        let policy = builder().notices(Notices::LeftToApplication).build().unwrap();
        let alice = Alice::over(MemoryStorage::new(), policy).await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let _ = world.with_phone(&alice.proof).await;
        let _ = verifier.new_backup_codes(&alice.proof).await.unwrap();
        world.fail_app(&alice.app, 5).await;
        world.wait_out(Operation::SignIn, FactorKind::Totp).await;
        let proof = fresh(world, &alice.app).await;
        verifier.turn_off(&proof).await.unwrap();
        assert!(world.notices().is_empty());
        let events = world.log.take();
        for event in [
            Event::FactorAdded(FactorKind::Phone),
            Event::FactorAdded(FactorKind::BackupCode),
            Event::FactorLocked(FactorKind::Totp),
            Event::TurnedOff,
        ] {
            assert!(events.contains(&event), "{event:?}");
        }
    });
}

/// This application sends no notices and acknowledges none.
#[test]
fn repeated_change_is_one_pending_notice() {
    let alice = block_on(async {
        let alice = Alice::with_codes().await;
        let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
        alice
    });
    let (host, id, clock) = (Host::of(&alice), &alice.world.alice, &alice.world.clock);
    let (mut sizes, mut all) = (vec![], 0);
    for _ in 0..40 {
        clock.advance(30);
        let (now, code) = (clock.time(), alice.app.code(clock));
        let proof = Proof::totp(&code);
        let verified = host.decide(id, now, |subject| subject.verify(Operation::SignIn, &proof));
        let Ok(Checked::Proven(proven)) = verified else { panic!("{verified:?}") };
        let authority = Authority::from(&proven.verified().unwrap());
        host.decide(id, now, |subject| subject.sign_out_everywhere(&authority)).unwrap();
        sizes.push(host.size(id));
        let notices = host.notices.borrow();
        assert!(notices.len() <= 1, "the event of this decision");
        all += notices.len();
    }
    // Then the budget of an hour is used up, and the event waits.
    assert!((15..=20).contains(&all), "{all}");
    assert_eq!(sizes.iter().max(), sizes.last(), "{sizes:?}");
    assert!(sizes[39] <= sizes[25] + 4, "it is counted, and stored once: {sizes:?}");
}

#[test]
fn security_events_are_notified() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let token = trust(&alice.world, &alice.app, "hers").await;
        let _ = carrier.take();
        let from = RequestedFrom::new("Firefox", "Lisbon");
        for _ in 0..3 {
            let _ = verifier.request_sign_in(id, Operation::SignIn, &from).await.unwrap();
        }
        assert!(carrier.take().is_empty());
        assert!(verifier.request_sign_in(id, Operation::SignIn, &from).await.is_err());
        assert_eq!(events(carrier.take()), at_both(&alice, &Event::RequestsOff));
        supersede(&alice.world, &token).await;
        let copy = recognize(&alice.world, &token).await;
        assert_eq!(copy.unwrap_err(), NotRecognized::Invalid);
        assert_eq!(events(carrier.take()), at_both(&alice, &Event::DeviceStolen));
        let _ = alice.try_backup(alice.near()).await;
        assert!(carrier.take().is_empty(), "an incorrect attempt causes no notice");
    });
}
