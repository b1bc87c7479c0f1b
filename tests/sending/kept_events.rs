//! Events that arrive despite crashes and full queues.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "helpers of tests may panic"
)]

use core::pin::pin;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use crate::support::{
    ROOT, World,
    carrier::with_carrier,
    faulty::{Fault, FaultyStorage},
    fresh, item_of, mail, prove,
    slow::{Alice, DAY, PIN, builder, cheap, poll},
    watched::{Call, Watched},
};
use second_factor::{
    FactorKind, FirstFactor, Keys, MemoryStorage, Proof, Storage, Verifier, block_on,
    delivery::Undelivered,
    host::{Certainty, Event, Listener, NotTaken, Occurrence},
    policy::Notices,
    purpose::Operation,
    testkit::{MessageLog, SeededEntropy},
};

/// A listener whose queue can be full.
#[derive(Clone, Default)]
struct Queue {
    taken: Arc<Mutex<Vec<Occurrence>>>,
    is_full: Arc<AtomicBool>,
}

impl Queue {
    fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    /// What was taken of the events with this name.
    fn of(&self, name: &str) -> Vec<Occurrence> {
        let taken = self.taken.lock().unwrap();
        taken.iter().filter(|one| one.event().name() == name).cloned().collect()
    }
}

impl Listener for Queue {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(NotTaken);
        }
        self.taken.lock().unwrap().push(occurrence.clone());
        Ok(())
    }
}

/// The world of Alice with this listener.
fn listening<S: Storage + Clone + 'static>(world: &World<S>, queue: &Queue) -> Verifier {
    let (store, phone) = (world.store.clone(), world.phone.clone());
    Verifier::builder("Example", store, phone, Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .policy(cheap())
        .clock(world.clock.clone())
        .entropy(SeededEntropy::new(9))
        .listener(queue.clone())
        .build()
        .unwrap()
}

#[test]
fn change_takes_one_read_and_two_writes() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let (_, verified) = world.with_app().await;
        let _ = world.store.take();
        let _ = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load, Call::Commit, Call::Commit]);
        assert_eq!(world.verifier.deliver_pending(&world.alice).await.unwrap(), None);
        assert_eq!(world.store.take(), [Call::Load], "nothing waits");
    });
}

/// The time comes from no record: the send was decided, and is reported after its delivery.
#[test]
fn report_of_a_send_has_the_time_of_the_send() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        for wait in [600, 3600, 86_400] {
            world.clock.advance(wait);
            let _ = world.log.take_occurrences();
            let _ = world.send_to(&world.number).await;
            let sent = Event::CodeSent(Operation::SignIn);
            let reported = world.log.take_occurrences();
            let at = reported.iter().filter(|one| *one.event() == sent).map(Occurrence::at);
            assert!(at.eq([world.clock.time()]), "{wait}");
        }
    });
}

#[test]
fn report_of_a_send_names_the_network() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(600);
        let _ = world.log.take_occurrences();
        let client = second_factor::Client::new(b"a browser, and no other one").unwrap();
        let client = client.network("203.0.113.9".parse().unwrap());
        let request = second_factor::CodeRequest::to_address(&world.number);
        let _ = world.verifier.for_client(client).send_code(&world.alice, request).await.unwrap();
        let reported = world.log.take_occurrences();
        let sent = Event::CodeSent(Operation::SignIn);
        let sent = reported.iter().find(|one| *one.event() == sent).unwrap();
        assert_eq!(sent.network(), Some("203.0.113.0".parse().unwrap()));
    });
}

/// Every point at which the process of a change can crash. The change is reported at least once, and
/// twice only if it crashed between the report and its acknowledgement.
#[test]
fn finding_s10_change_is_reported_despite_a_crash() {
    // The call of the store, how it ends, and how often the change is reported before and after.
    for (at, fault, before, after) in [
        (1, Fault::CrashBefore, 0, 0),
        (1, Fault::CrashAfter, 0, 1),
        (1, Fault::ErrorAfter, 0, 1),
        (2, Fault::CrashBefore, 1, 1),
        (2, Fault::CrashAfter, 1, 0),
        (2, Fault::ErrorBefore, 1, 1),
        (2, Fault::ErrorAfter, 1, 0),
        (3, Fault::CrashBefore, 1, 0),
    ] {
        block_on(async {
            let world = World::over(FaultyStorage::default(), cheap());
            let (_, verified) = world.with_app().await;
            let _ = world.log.take();
            world.store.arm(at, fault);
            let _ = poll(pin!(world.verifier.sign_out_everywhere(&verified)), 5);
            let _ = world.store.disarm();
            let name = format!("{fault:?} at {at}");
            let reported = |occurrences: Vec<Occurrence>| {
                occurrences.into_iter().filter(|one| *one.event() == Event::SignedOutEverywhere)
            };
            let first: Vec<_> = reported(world.log.take_occurrences()).collect();
            assert_eq!(first.len(), before, "{name}");
            // The lease of the crashed process lasts for a minute.
            world.clock.advance(59);
            let _ = world.verifier.deliver_pending(&world.alice).await.unwrap();
            let early = if at == 1 { 0 } else { before };
            let second: Vec<_> = reported(world.log.take_occurrences()).collect();
            assert!(second.is_empty() || early == 0, "{name}");
            world.clock.advance(1);
            let _ = world.verifier.deliver_pending(&world.alice).await.unwrap();
            let third: Vec<_> = reported(world.log.take_occurrences()).collect();
            assert_eq!(second.len() + third.len(), after, "{name}");
            for again in second.iter().chain(&third) {
                assert_eq!(again.certainty(), Certainty::Certain);
                assert!(first.iter().all(|one| one.id() == again.id()), "{name}");
            }
            assert_eq!(world.verifier.deliver_pending(&world.alice).await.unwrap(), None);
        });
    }
}

#[test]
fn finding_s10_full_listener_receives_the_event_later() {
    block_on(async {
        let (world, queue) = (World::with(cheap()), Queue::default());
        let (_, verified) = world.with_app().await;
        let verifier = listening(&world, &queue);
        queue.fill(true);
        let _ = verifier.turn_off(&verified).await.unwrap();
        let retry_at = verifier.deliver_pending(&world.alice).await.unwrap();
        assert_eq!(retry_at, Some(world.clock.time().plus(60)));
        queue.fill(false);
        world.clock.advance(60);
        assert_eq!(verifier.deliver_pending(&world.alice).await.unwrap(), None);
        let [off] = <[_; 1]>::try_from(queue.of("turned_off")).unwrap();
        assert_eq!(off.at().plus(60), world.clock.time(), "when it happened");
        assert_eq!(off.epoch(), Some(verifier.epoch(&world.alice).await.unwrap()));
    });
}

#[test]
fn late_report_of_a_lock_has_its_operation() {
    block_on(async {
        let (world, queue) = (World::with(cheap()), Queue::default());
        let (app, _) = world.with_app().await;
        let verifier = listening(&world, &queue);
        queue.fill(true);
        for _ in 0..5 {
            let incorrect = Proof::totp(app.incorrect(&world.clock));
            let _ = verifier.verify(&world.alice, incorrect).await.unwrap_err();
        }
        queue.fill(false);
        world.clock.advance(60);
        assert_eq!(verifier.deliver_pending(&world.alice).await.unwrap(), None);
        let [lock] = <[_; 1]>::try_from(queue.of("factor_locked")).unwrap();
        assert_eq!(lock.operation(), Some(Operation::SignIn));
        assert_eq!(lock.epoch(), Some(verifier.epoch(&world.alice).await.unwrap()));
    });
}

#[test]
fn finding_s10_turn_off_left_to_the_application_is_kept() {
    block_on(async {
        let policy = builder().notices(Notices::LeftToApplication).build().unwrap();
        let world = World::over(FaultyStorage::default(), policy);
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let verified = fresh(&world, &app).await;
        let _ = world.log.take();
        world.store.arm(1, Fault::CrashAfter);
        let _ = poll(pin!(world.verifier.turn_off(&verified)), 5);
        let _ = world.store.disarm();
        assert!(world.log.take().is_empty());
        world.clock.advance(60);
        let _ = world.verifier.deliver_pending(&world.alice).await.unwrap();
        let [off] = <[_; 1]>::try_from(world.log.take_occurrences()).unwrap();
        assert_eq!(*off.event(), Event::TurnedOff);
        assert_eq!(off.notified(), [world.number], "the address that was removed");
    });
}

/// Hanging up must not hide a guess, and costs no write.
#[test]
fn finding_s10_guess_is_reported_although_its_sender_hangs_up() {
    for (fault, is_lost) in [
        (Fault::CrashBefore, true),
        (Fault::CrashAfter, true),
        (Fault::ErrorBefore, true),
        (Fault::Conflict, false),
    ] {
        block_on(async {
            let world = World::over(FaultyStorage::default(), cheap());
            let (app, _) = world.with_app().await;
            let _ = world.log.take();
            world.store.arm(1, fault);
            let incorrect = app.incorrect(&world.clock);
            {
                let _ = poll(pin!(world.try_app(&incorrect)), 5);
            }
            let reported = world.log.take_occurrences();
            let guesses: Vec<_> = reported
                .iter()
                .filter(|one| *one.event() == Event::IncorrectProof(FactorKind::Totp))
                .map(Occurrence::certainty)
                .collect();
            let certainty = if is_lost { Certainty::Unknown } else { Certainty::Certain };
            assert_eq!(guesses, [certainty], "{fault:?}");
        });
    }
}

#[test]
fn occurrence_says_what_is_known_of_a_refusal() {
    block_on(async {
        let world = World::with(cheap());
        let (app, _) = world.with_app().await;
        let client = second_factor::Client::new(b"a browser, and no other one").unwrap();
        let client = client.network("203.0.113.9".parse().unwrap());
        let _ = world.log.take();
        let incorrect = Proof::totp(app.incorrect(&world.clock));
        let _ =
            world.verifier.for_client(client).verify(&world.alice, incorrect).await.unwrap_err();
        let [guess] = <[_; 1]>::try_from(world.log.take_occurrences()).unwrap();
        assert_eq!(guess.reason(), Some(second_factor::Reason::Incorrect));
        assert_eq!(guess.operation(), Some(second_factor::purpose::Operation::SignIn));
        assert_eq!(guess.network(), Some("203.0.113.0".parse().unwrap()));
        assert_eq!(guess.epoch(), Some(world.verifier.epoch(&world.alice).await.unwrap()));
        assert_eq!((guess.count(), guess.at()), (1, world.clock.time()));
        assert_eq!(guess.last_at(), guess.at());
        assert_eq!(guess.subject(), &world.alice);
        assert!(!guess.lacks_notice(), "nobody needs to be notified");
        let shown = format!("{guess:?}");
        assert!(!shown.contains("alice") && !shown.contains("203.0"), "{shown}");
    });
}

/// A subject with TOTP alone has no address to notify, and the application must know.
#[test]
fn finding_u04_subject_without_an_address_lacks_a_notice() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_app().await;
        let added = world.log.take_occurrences();
        let added = added.iter().find(|one| one.event().is_for_the_user()).unwrap();
        assert!(added.lacks_notice());
        let _ = world.with_phone(&verified).await;
        let _ = world.log.take();
        let verified = fresh(&world, &app).await;
        let _ = world.verifier.turn_off(&verified).await.unwrap();
        let off = world.log.take_occurrences();
        let off = off.iter().find(|one| *one.event() == Event::TurnedOff).unwrap();
        assert!(!off.lacks_notice());
        assert_eq!(off.notified(), [world.number]);
    });
}

#[test]
fn finding_s09_unavailable_carrier_loses_no_notice() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        world.phone.fail_with(Some(Undelivered::Unavailable));
        let number = item_of(world, FactorKind::Phone).await;
        let _ = verifier.revoke(&alice.proof, &number).await.unwrap();
        let first = carrier.take();
        assert_eq!(first.len(), 2, "the mailbox, and the number that was removed");
        let waits = Event::NoticeWaits { retry_at: world.clock.time().plus(60) };
        assert_eq!(world.log.take().iter().filter(|event| **event == waits).count(), 2);
        world.phone.fail_with(None);
        world.clock.advance(60);
        assert_eq!(verifier.deliver_pending(&world.alice).await.unwrap(), None);
        assert_eq!(carrier.take(), first, "under the same references");
    });
}

#[test]
fn finding_s09_notice_is_given_up_by_name_and_address() {
    block_on(async {
        let (alice, _carrier) = with_carrier().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        world.phone.fail_with(Some(Undelivered::Unavailable));
        let _ = verifier.set_pin(&alice.proof, PIN).await.unwrap();
        let begun = world.clock.time();
        while let Some(retry_at) = verifier.deliver_pending(&world.alice).await.unwrap() {
            assert!(retry_at > world.clock.time(), "it makes progress");
            world.clock.set(retry_at.as_secs());
        }
        let waited = world.clock.time().since(begun);
        assert!((DAY..DAY + 3600).contains(&waited), "{waited} s");
        let mut lost: Vec<_> = world.log.take();
        let added = Event::FactorAdded(FactorKind::Pin);
        assert_eq!(lost.iter().filter(|event| **event == added).count(), 1, "reported once");
        lost.retain(|event| event.name() == "notice_not_sent");
        let expected = [&world.number, &mail()].map(|address| Event::NoticeNotSent {
            event: "factor_added",
            address: Some(address.masked()),
        });
        assert_eq!(lost, expected);
    });
}

/// A carrier that takes its time is handed a notice by one process.
#[test]
fn finding_a08_slow_carrier_receives_a_notice_once() {
    block_on(async {
        let (alice, carrier) = with_carrier().await;
        carrier.hang(true);
        let mut slow = pin!(alice.world.verifier.sign_out_everywhere(&alice.proof));
        assert!(poll(slow.as_mut(), 5).is_none());
        let first = carrier.take();
        assert_eq!(first.len(), 1, "it is handed the first one");
        for _ in 0..4 {
            // Each writes, and the lease is not over yet.
            let _ = alice.world.try_app(&alice.app.incorrect(&alice.world.clock)).await;
            alice.world.clock.advance(14);
        }
        assert!(carrier.take().is_empty());
        carrier.hang(false);
    });
}

#[test]
fn acknowledgement_is_tried_four_times() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let (_, verified) = world.with_app().await;
        let (clock, queue) = (world.clock.clone(), Queue::default());
        // The listener is called between the commit and its acknowledgement.
        struct Loses(Watched, Queue);
        impl Listener for Loses {
            fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
                self.0.lose_from_now_on();
                self.1.on_event(occurrence)
            }
        }
        let verifier =
            Verifier::builder("Example", world.store.clone(), MessageLog::new(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .policy(cheap())
                .clock(clock)
                .entropy(SeededEntropy::new(9))
                .listener(Loses(world.store.clone(), queue.clone()))
                .build()
                .unwrap();
        let _ = world.store.take();
        let _ = verifier.sign_out_everywhere(&verified).await.unwrap();
        let calls = world.store.take();
        let lost = calls.iter().filter(|call| **call == Call::Conflict).count();
        assert_eq!(lost, 4, "one, and one after each of three reads: {calls:?}");
        assert_eq!(queue.of("signed_out_everywhere").len(), 1);
    });
}

#[test]
fn count_of_changes_is_a_notice_of_its_own() {
    let many = Event::ManyChanges(7);
    assert!(many.is_for_the_user());
    let sender = second_factor::message::Sender::new("Example").unwrap();
    let preview = second_factor::testkit::Preview::new(sender, second_factor::Channel::Sms);
    assert!(preview.notice(&many).sms().is_ok());
}

/// What needs no notice is not stored.
#[test]
fn import_and_verification_store_no_event() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let secret = second_factor::Secret::new(b"12345678901234567890").unwrap();
        let import = second_factor::enrollment::Import::new();
        let import = import.totp(&secret, second_factor::otp::TotpParameters::new(), None).unwrap();
        let _ = world.store.take();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let commits = world.store.commits();
        assert!(commits <= 2, "the sentinel of the store, and the factors: {commits}");
        assert!(world.log.take_occurrences().iter().all(|one| !one.lacks_notice()));
        let app = second_factor::otp::Totp::new(&secret);
        let code = app.code(world.clock.time()).unwrap();
        let _ = world.verifier.verify(&world.alice, Proof::totp(code.expose())).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load, Call::Commit]);
    });
}

/// An overdue event is leased by the write of the decision that finds it.
#[test]
fn overdue_event_is_delivered_by_the_next_decision() {
    block_on(async {
        let (world, queue) = (World::over(Watched::default(), cheap()), Queue::default());
        let (app, verified) = world.with_app().await;
        let verifier = listening(&world, &queue);
        queue.fill(true);
        let _ = verifier.sign_out_everywhere(&verified).await.unwrap();
        queue.fill(false);
        world.clock.advance(60);
        let _ = world.store.take();
        let code = app.code(&world.clock);
        let _ = verifier.verify(&world.alice, Proof::totp(&code)).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load, Call::Commit, Call::Commit]);
        assert_eq!(queue.of("signed_out_everywhere").len(), 1);
    });
}

/// A change that happens again before it was taken is one occurrence with a count.
#[test]
fn repeated_change_is_reported_with_its_count() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), cheap()).await;
        let (world, queue) = (&alice.world, Queue::default());
        let verifier = listening(world, &queue);
        queue.fill(true);
        let begun = world.clock.time();
        for _ in 0..3 {
            world.clock.advance(30);
            let code = alice.app.code(&world.clock);
            let proven = verifier.verify(&world.alice, Proof::totp(&code)).await.unwrap();
            let _ = verifier.sign_out_everywhere(&proven).await.unwrap();
        }
        queue.fill(false);
        let _ = prove(world, &alice.proof, &mail()).await;
        world.clock.advance(120);
        assert_eq!(verifier.deliver_pending(&world.alice).await.unwrap(), None);
        let [all] = <[_; 1]>::try_from(queue.of("signed_out_everywhere")).unwrap();
        assert_eq!(all.count(), 3);
        assert_eq!((all.at(), all.last_at()), (begun.plus(30), begun.plus(90)));
    });
}
