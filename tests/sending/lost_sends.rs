//! Failures between writing a code and delivering it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::sync::Arc;
use core::{
    panic::AssertUnwindSafe,
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::{panic::catch_unwind, sync::Mutex};

use crate::support::{
    NOON, ROOT,
    faulty::{Fault, FaultyStorage},
};
use second_factor::{
    Address, Challenge, CodeRequest, Error, FirstFactor, Keys, Message, Proof, SubjectId, Verifier,
    block_on,
    delivery::{Delivery, Receipt, Undelivered},
    enrollment::Import,
    testkit::{ManualClock, SeededEntropy},
};

/// What goes wrong with the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CarrierFault {
    /// The process crashes before the carrier has the message.
    CrashBefore,
    /// The process crashes after the carrier has the message.
    CrashAfter,
    /// The carrier sends the message twice.
    Duplicate,
    /// The carrier reports a failure and sends the message anyway.
    FalseError(Undelivered),
    /// The carrier rejects the message.
    Reject(Undelivered),
}

const REASONS: [Undelivered; 4] = [
    Undelivered::Misconfigured,
    Undelivered::Unreachable,
    Undelivered::Unavailable,
    Undelivered::Unknown,
];

/// A phone behind a carrier that fails once.
#[derive(Clone, Default)]
struct Phone {
    codes: Arc<Mutex<Vec<String>>>,
    next: Arc<Mutex<Option<CarrierFault>>>,
}

impl Phone {
    fn shows(&self, message: &Message) {
        let code = message.code().map(|code| code.expose().to_owned());
        self.codes.lock().unwrap().extend(code);
    }
}

impl Delivery for Phone {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let fault = self.next.lock().unwrap().take();
        if !matches!(fault, Some(CarrierFault::CrashBefore | CarrierFault::Reject(_))) {
            self.shows(&message);
        }
        match fault {
            Some(CarrierFault::CrashBefore | CarrierFault::CrashAfter) => {
                core::future::pending().await
            }
            Some(CarrierFault::Duplicate) => self.shows(&message),
            Some(CarrierFault::FalseError(why) | CarrierFault::Reject(why)) => return Err(why),
            None => {}
        }
        Ok(Receipt::new("taken"))
    }
}

struct World {
    verifier: Verifier,
    store: FaultyStorage,
    phone: Phone,
    clock: ManualClock,
    alice: SubjectId,
    number: Address,
}

fn world() -> World {
    let world = over(FaultyStorage::default(), ManualClock::at(NOON));
    let import = Import::new().address(world.number.clone()).unwrap();
    block_on(world.verifier.operations().import(&world.alice, import)).unwrap();
    world
}

fn over(store: FaultyStorage, clock: ManualClock) -> World {
    let phone = Phone::default();
    let verifier = Verifier::builder("Example", store.clone(), phone.clone(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .clock(clock.clone())
        .entropy(SeededEntropy::new(1))
        .build()
        .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    World { verifier, store, phone, clock, alice, number }
}

impl World {
    /// Requests a code until there is an answer or the process crashes.
    fn send(&self, again: Option<&Challenge>) -> Option<Result<Challenge, Error>> {
        let mut asked = pin!(async {
            match again {
                Some(sent) => self.verifier.send_code(&self.alice, CodeRequest::again(sent)).await,
                None => {
                    self.verifier
                        .send_code(&self.alice, CodeRequest::to_address(&self.number))
                        .await
                }
            }
        });
        let mut context = Context::from_waker(Waker::noop());
        match catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(&mut context))) {
            Ok(Poll::Ready(answer)) => Some(answer),
            Ok(Poll::Pending) | Err(_) => None,
        }
    }

    /// Whether the code would be accepted if nothing else were tried before.
    fn would_accept(&self, sent: &Challenge, typed: &str) -> bool {
        over(self.store.copy(), self.clock.clone()).accepts(sent, typed)
    }

    fn accepts(&self, sent: &Challenge, typed: &str) -> bool {
        let answer = block_on(self.verifier.verify(&self.alice, Proof::sent_code(sent, typed)));
        answer.is_ok()
    }
}

/// Sends once successfully, once with a fault, and once more. At most one of the received codes may
/// be accepted.
fn check(name: &str, begin: impl Fn(&World), again: bool) {
    let world = world();
    let first = world.send(None).unwrap().unwrap();
    world.clock.advance(30);
    begin(&world);
    let faulty_send = world.send(again.then_some(&first));
    let _ = world.store.disarm();
    *world.phone.next.lock().unwrap() = None;
    let in_between = match faulty_send {
        Some(Ok(sent) | Err(Error::Undelivered { challenge: sent, .. })) => Some(sent),
        Some(Err(_)) | None => None,
    };
    // The code of the faulty send may be accepted or not; if it is, no other is.
    let mut received: Vec<String> = world.phone.codes.lock().unwrap().clone();
    received.dedup();
    let handles: Vec<&Challenge> =
        [Some(&first), in_between.as_ref()].into_iter().flatten().collect();
    let is_accepted = |typed: &&String| handles.iter().any(|sent| world.would_accept(sent, typed));
    let accepted = received.iter().filter(is_accepted).count();
    assert!(accepted <= 1, "{name}: {accepted} codes are accepted");

    // One more send helps the user.
    world.clock.advance(600);
    let last = world.send(None).unwrap().unwrap();
    let newest = world.phone.codes.lock().unwrap().last().unwrap().clone();
    for old in &received {
        let is_accepted = handles.iter().chain([&&last]).any(|sent| world.would_accept(sent, old));
        assert!(old == &newest || !is_accepted, "{name}: an older code is accepted");
    }
    assert!(world.accepts(&last, &newest), "{name}: the newest code is refused");
}

#[test]
fn faulty_carrier_leaves_at_most_one_valid_code() {
    let faults = [CarrierFault::CrashBefore, CarrierFault::CrashAfter, CarrierFault::Duplicate]
        .into_iter()
        .chain(REASONS.map(CarrierFault::FalseError))
        .chain(REASONS.map(CarrierFault::Reject));
    for fault in faults {
        for again in [true, false] {
            let begin = |world: &World| *world.phone.next.lock().unwrap() = Some(fault);
            check(&format!("{fault:?}, {again}"), begin, again);
        }
    }
}

#[test]
fn storage_failure_during_a_send_leaves_one_valid_code() {
    for fault in Fault::ALL {
        for at in 0..8 {
            for again in [true, false] {
                let begin = |world: &World| world.store.arm(at, fault);
                check(&format!("{fault:?} at {at}, {again}"), begin, again);
            }
        }
    }
}

#[test]
fn failure_099_storage_failure_before_the_write_sends_nothing() {
    // The subject, the number, its prefix, and the subject again: seven calls.
    for fault in [Fault::CrashBefore, Fault::ErrorBefore, Fault::PanicBefore] {
        for at in 0..7 {
            let world = world();
            world.store.arm(at, fault);
            assert!(!matches!(world.send(None), Some(Ok(_))), "{fault:?} at {at}");
            assert!(world.phone.codes.lock().unwrap().is_empty(), "{fault:?} at {at}");
        }
    }
}
