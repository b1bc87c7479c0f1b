//! Events and notices of two processes, in every order.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::rc::Rc;
use core::pin::pin;

use crate::support::{World, mail, prove, slow::poll};
use crate::walk::{Stepping, Task, copy_world, every_order};
use second_factor::{
    MemoryStorage, NewDevice, Policy, Proof, Verified, block_on, host::Event, message::Content,
};

type Process = Rc<World<Stepping<MemoryStorage>>>;

/// What one process reported to its listener, and what it sent to the user.
fn delivered(process: &Process) -> (Vec<(String, Event)>, Vec<String>) {
    let reported = process.log.take_occurrences();
    let reported = reported.into_iter().filter(|one| one.event().is_for_the_user());
    let reported = reported.map(|one| (one.id().to_string(), one.event().clone())).collect();
    let messages = core::iter::from_fn(|| process.phone.take());
    let notices = messages.filter(|message| matches!(message.content(), Content::Notice(_)));
    (reported, notices.map(|message| message.reference().to_owned()).collect())
}

/// Alice has an app and a mailbox. Returns her app's code in `wait` seconds, and her proof.
fn before(wait: u64) -> (World, String, Verified) {
    let before = World::new();
    let (code, verified) = block_on(async {
        let (app, verified) = before.with_app().await;
        let _ = prove(&before, &verified, &mail()).await.unwrap();
        before.clock.advance(30);
        (app.code_at(app.step(&before.clock) + wait / 30), verified)
    });
    let _ = (before.log.take(), before.notices());
    (before, code, verified)
}

/// A second process over the store of the first one.
fn another(first: &Process) -> Process {
    let other = World::seeded(first.store.clone(), Policy::default(), 5);
    other.clock.set(first.clock.time().as_secs());
    Rc::new(other)
}

/// Leaves an event in the store as a process does that crashed after its `calls` store calls, and
/// waits for the end of its lease.
fn crashed(before: &World, verified: &Verified, calls: usize) -> Process {
    let process = copy_world(before, |store| store);
    {
        // Each poll but the first makes one call.
        let sign_out = pin!(process.verifier.sign_out_everywhere(verified));
        assert!(poll(sign_out, calls + 1).is_none());
    }
    process
}

/// While no process crashes or pauses, everything is delivered exactly once.
#[test]
fn two_processes_deliver_every_event_once() {
    let (before, code, verified) = before(60);
    let orders = every_order(
        || {
            let stopped = crashed(&before, &verified, 2);
            let _ = delivered(&stopped);
            stopped.clock.advance(60);
            let (one, two) = (another(&stopped), another(&stopped));
            let code = code.clone();
            let retry = Rc::clone(&one);
            let pending: Task<Process> = Box::pin(async move {
                let _ = retry.verifier.deliver_pending(&retry.alice).await.unwrap();
                retry
            });
            let trust: Task<Process> = Box::pin(async move {
                let proof = Proof::totp(&code).trusting(NewDevice::new("hers"));
                let _ = two.verifier.verify(&two.alice, proof).await;
                two
            });
            drop(one);
            vec![pending, trust]
        },
        |processes| {
            let (mut reported, mut sent) = (vec![], vec![]);
            for process in &processes {
                let (events, notices) = delivered(process);
                reported.extend(events);
                sent.extend(notices);
            }
            for event in [Event::SignedOutEverywhere, Event::DeviceAdded] {
                let times = reported.iter().filter(|(_, one)| *one == event).count();
                assert_eq!(times, 1, "{event:?}: {reported:?}");
            }
            let all = sent.len();
            sent.sort();
            sent.dedup();
            assert_eq!((sent.len(), all), (2, 2), "each notice once");
            let left = every_call(&processes[0]);
            assert_eq!(left, None, "nothing waits");
        },
    );
    assert!(orders >= 20, "only {orders} orders were run");
}

/// Delivers what waits, as a single process.
fn every_call(process: &Process) -> Option<second_factor::UnixTime> {
    let again = another(process);
    block_on(again.verifier.deliver_pending(&again.alice)).unwrap()
}

/// Every point at which the first process crashes, with every pause of the second one: an event is
/// delivered, and twice only after a crash between its delivery and the acknowledgement.
#[test]
fn crash_or_a_pause_over_the_lease_is_the_only_cause_of_doubles() {
    let (before, _, verified) = before(0);
    let ends_after = |calls: usize| {
        let first = copy_world(&before, |store| store);
        let sign_out = pin!(first.verifier.sign_out_everywhere(&verified));
        (poll(sign_out, calls + 1).is_some(), delivered(&first).1.len())
    };
    // The load, the swap, those of the budgets of the notice, and the acknowledgement.
    let all = (0..20).find(|calls| ends_after(*calls).0).unwrap();
    let sends_at = (0..20).find(|calls| ends_after(*calls).1 > 0).unwrap();
    assert!(all > 3 && sends_at == all - 1, "{sends_at} of {all}");
    for calls in 0..=all {
        for pause in [0, 59, 60, 3600] {
            let first = copy_world(&before, |store| store);
            let has_ended = {
                let sign_out = pin!(first.verifier.sign_out_everywhere(&verified));
                poll(sign_out, calls + 1).is_some()
            };
            assert_eq!(has_ended, calls == all);
            let second = another(&first);
            second.clock.advance(pause);
            let _ = block_on(second.verifier.deliver_pending(&second.alice)).unwrap();
            let ((reported, sent), (reported_again, sent_again)) =
                (delivered(&first), delivered(&second));
            // It was reported, and not acknowledged.
            let is_open = (2..all).contains(&calls);
            let again = usize::from(is_open && pause >= 60);
            let happened = (usize::from(calls >= 2), usize::from(calls >= sends_at));
            assert_eq!((reported.len(), sent.len()), happened, "{calls} {pause}");
            assert_eq!((reported_again.len(), sent_again.len()), (again, again), "{calls} {pause}");
            if again > 0 {
                assert_eq!(reported, reported_again, "under the same name");
                assert!(sent.is_empty() || sent == sent_again, "under the same name");
            }
            second.clock.advance(60);
            let _ = block_on(second.verifier.deliver_pending(&second.alice)).unwrap();
            let late = delivered(&second).0.len();
            assert_eq!(late, usize::from(is_open && again == 0), "{calls} {pause}");
        }
    }
}

/// A process that pauses over its lease delivers what another one has delivered meanwhile, and its
/// acknowledgement finishes nothing that happened since.
#[test]
fn late_acknowledgement_finishes_nothing_newer() {
    let (before, code, verified) = before(0);
    let first = copy_world(&before, |store| store);
    let mut paused = pin!(first.verifier.sign_out_everywhere(&verified));
    assert!(poll(paused.as_mut(), 3).is_none(), "it is about to acknowledge");
    let second = another(&first);
    // It happens again, and the process that does it crashes before it has reported it.
    block_on(async {
        let proven = second.verifier.verify(&second.alice, Proof::totp(&code)).await.unwrap();
        let _ = delivered(&second);
        let again = pin!(second.verifier.sign_out_everywhere(&proven));
        assert!(poll(again, 3).is_none());
    });
    assert!(poll(paused.as_mut(), 20).is_some(), "the first one goes on");
    let _ = (delivered(&first), delivered(&second));
    second.clock.advance(60);
    let _ = block_on(second.verifier.deliver_pending(&second.alice)).unwrap();
    assert_eq!(delivered(&second).0.len(), 1, "the second event still waited");
}
