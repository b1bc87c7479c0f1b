//! Every combination of generations in processes and store.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use second_factor::{
    Error, FirstFactor, MemoryStorage, Next, Policy, Proof, SignIn, SubjectId, Verifier, block_on,
    sans_io::RootSentinel,
    storage::{RecordId, Storage},
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

use super::generations::Step;
use crate::{
    support::{
        App, NOON, ROOT,
        faulty::{Fault, FaultyStorage},
    },
    walk::Stepping,
};

/// What a process knows and seals with.
const PROCESSES: [Step; 6] = [
    Step::Before,
    Step::Opens,
    Step::Seals,
    Step::ReplacesLeaked,
    Step::Dropped,
    Step::DroppedWithPepper,
];

impl Step {
    fn knows(self, generation: u32) -> bool {
        match self {
            Self::Before => generation == 1,
            Self::Dropped | Self::DroppedWithPepper => generation == 2,
            Self::Opens | Self::ReplacesLeaked | Self::Seals => true,
        }
    }

    fn seals_with(self) -> u32 {
        if matches!(self, Self::Before | Self::Opens) { 1 } else { 2 }
    }
}

fn process<S: Storage + Clone + 'static>(store: &S, step: Step, seed: u64) -> Verifier {
    Verifier::builder("Example", store.clone(), MessageLog::new(), step.keys())
        .first_factor(FirstFactor::Password)
        .policy(Policy::builder().danger_cheap_hashes().build().unwrap())
        .clock(ManualClock::at(NOON))
        .entropy(SeededEntropy::new(seed))
        .build()
        .unwrap()
}

fn alice() -> SubjectId {
    SubjectId::new("alice").unwrap()
}

fn stranger() -> SubjectId {
    SubjectId::new("never seen").unwrap()
}

async fn enroll(verifier: &Verifier) -> Result<App, Error> {
    let begun = verifier.enroll_totp(&alice(), "alice").await?;
    let app = App::scan(begun.expose_secret().expose());
    let code = app.code_at(NOON / 30 - 1);
    let _ = verifier.confirm(&alice(), &begun, &code).await?;
    Ok(app)
}

/// The record of the subject before, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Absent,
    SealedBy(u32),
}

fn writer(generation: u32) -> Step {
    if generation == 1 { Step::Opens } else { Step::Seals }
}

/// A store with this sentinel and record.
async fn store(sentinel: u32, record: Before) -> (MemoryStorage, Option<App>) {
    let store = MemoryStorage::new();
    let root = process(&store, writer(sentinel), 1);
    let _ = root.next(&stranger()).await.unwrap();
    let app = match record {
        Before::Absent => None,
        Before::SealedBy(generation) => {
            // With a record, nothing looks at the sentinel.
            root.operations().create(&alice()).await.unwrap();
            Some(enroll(&process(&store, writer(generation), 2)).await.unwrap())
        }
    };
    assert_eq!(generation(&store, &RootSentinel::record_id()).await, Some(sentinel));
    if let Before::SealedBy(sealed) = record {
        let id = root.operations().record_id(&alice());
        assert_eq!(generation(&store, &id).await, Some(sealed));
    }
    (store, app)
}

async fn generation(store: &impl Storage, id: &RecordId) -> Option<u32> {
    let record = store.load(id).await.ok()??;
    Some(u32::from_be_bytes(record.bytes()[1..5].try_into().unwrap()) + 1)
}

fn is_unprotected(next: &Result<Next, Error>) -> bool {
    matches!(next, Ok(Next::Done(SignIn::Unprotected(_))))
}

/// Whether an error refuses everything without a decision.
fn is_closed(error: &Error) -> bool {
    matches!(error, Error::Unreadable(_) | Error::WrongRoot)
}

#[test]
fn no_combination_of_generations_is_unsafe() {
    let mut runs = 0;
    for sentinel in [1, 2] {
        for record in [Before::Absent, Before::SealedBy(1), Before::SealedBy(2)] {
            for one in PROCESSES {
                for other in PROCESSES {
                    for order in 0..3 {
                        let case = format!("{sentinel} {record:?} {one:?} {other:?} {order}");
                        block_on(run(sentinel, record, [one, other], order, &case));
                        runs += 1;
                    }
                }
            }
        }
    }
    assert_eq!(runs, 2 * 3 * 6 * 6 * 3);
}

/// Two processes enroll, sign in with one code, and look, in one of three orders.
async fn run(sentinel: u32, record: Before, steps: [Step; 2], order: usize, case: &str) {
    let (store, mut app) = store(sentinel, record).await;
    let [one, other] = [0, 1].map(|at| process(&store, steps[at], 10 + at as u64));
    // The answer of a look is known: what is loaded first decides it.
    for (verifier, step) in [(&one, steps[0]), (&other, steps[1])] {
        let looked = verifier.next(&alice()).await;
        let root = RootSentinel::record_id();
        let sealed = generation(&store, &root).await.unwrap();
        match record {
            Before::SealedBy(by) if step.knows(by) => {
                assert!(matches!(looked, Ok(Next::Prove(_))), "{case}: {looked:?}");
            }
            Before::SealedBy(_) => {
                assert!(matches!(looked, Err(Error::Unreadable(_))), "{case}: {looked:?}");
            }
            Before::Absent if step.knows(sealed) => {
                assert!(is_unprotected(&looked), "{case}: {looked:?}");
                assert!(sealed >= step.seals_with(), "{case}: not sealed again");
            }
            Before::Absent => {
                assert!(matches!(looked, Err(Error::WrongRoot)), "{case}: {looked:?}");
            }
        }
    }
    // Enroll, with the other process in between or not.
    let mut enrolled = app.is_some();
    if !enrolled {
        let turns: &[&Verifier] = if order == 0 { &[&one, &other] } else { &[&other, &one] };
        for verifier in turns {
            match enroll(verifier).await {
                Ok(new) => {
                    assert!(!enrolled, "{case}: two first factors");
                    (app, enrolled) = (Some(new), true);
                }
                Err(error) => assert!(
                    is_closed(&error) || (enrolled && error.denial().is_some()),
                    "{case}: {error:?}"
                ),
            }
        }
    }
    let Some(app) = app else { return };
    let code = app.code_at(NOON / 30);
    let mut accepted = 0;
    let turns: [&Verifier; 4] = match order {
        0 => [&one, &other, &one, &other],
        1 => [&other, &one, &one, &other],
        _ => [&one, &one, &other, &other],
    };
    for verifier in turns {
        match verifier.verify(&alice(), Proof::totp(&code)).await {
            Ok(_) => accepted += 1,
            Err(error) => assert!(is_closed(&error) || accepted > 0, "{case}: {error:?}"),
        }
        for verifier in [&one, &other] {
            let looked = verifier.next(&alice()).await;
            match &looked {
                Ok(next) => assert!(matches!(next, Next::Prove(_)), "{case}: {next:?}"),
                Err(error) => assert!(is_closed(error), "{case}: {error:?}"),
            }
        }
    }
    assert!(accepted <= 1, "{case}: accepted {accepted} times");
    // Nothing is lost: a process that knows both finds the factor, and the code used.
    let both = process(&store, Step::Opens, 20);
    assert!(both.status(&alice()).await.unwrap().is_protected(), "{case}");
    assert_eq!(both.verify(&alice(), Proof::totp(&code)).await.is_err(), accepted == 1, "{case}");
}

/// Each call of a re-seal fails in each way. No process finds the subject unprotected, and
/// repeating it moves everything.
#[test]
fn reseal_may_end_at_any_call() {
    block_on(async {
        for fault in Fault::ALL {
            if matches!(fault, Fault::ConflictAfter | Fault::Stale) {
                // Such a store breaks its contract.
                continue;
            }
            let mut at = 0;
            loop {
                let store = FaultyStorage::default();
                let _ = process(&store, Step::Opens, 1).next(&stranger()).await.unwrap();
                let app = enroll(&process(&store, Step::Opens, 2)).await.unwrap();
                store.arm(at, fault);
                let resealing = process(&store, Step::Seals, 3);
                let alice = alice();
                ends(&store, resealing.operations().reseal(&alice));
                let was_reached = store.disarm();
                for (at, step) in [Step::Opens, Step::Seals].into_iter().enumerate() {
                    let verifier = process(&store, step, 4 + at as u64);
                    let looked = verifier.next(&alice).await;
                    assert!(matches!(looked, Ok(Next::Prove(_))), "{fault:?} {at}: {looked:?}");
                    assert!(is_unprotected(&verifier.next(&stranger()).await));
                }
                for step in [Step::Before, Step::Dropped] {
                    let looked = process(&store, step, 6).next(&alice).await;
                    assert!(!is_unprotected(&looked), "{fault:?} {at} {step:?}");
                }
                process(&store, Step::Seals, 7).operations().reseal(&alice).await.unwrap();
                let last = process(&store, Step::Dropped, 8);
                let code = app.code_at(NOON / 30);
                let _ = last.verify(&alice, Proof::totp(&code)).await.unwrap();
                assert!(is_unprotected(&last.next(&stranger()).await));
                if !was_reached {
                    assert!(at >= 4, "the sentinel and the record are loaded and written");
                    break;
                }
                at += 1;
            }
        }
    });
}

/// Runs a call until it ends, or its process has crashed.
fn ends<T>(store: &FaultyStorage, call: impl Future<Output = T>) {
    let mut call = pin!(call);
    let run = || {
        let mut context = Context::from_waker(Waker::noop());
        while call.as_mut().poll(&mut context).is_pending() && !store.is_hung() {}
    };
    // A driver that panics is a crash, too.
    let _ = std::panic::catch_unwind(core::panic::AssertUnwindSafe(run));
}

/// What a process of a race does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Enroll,
    LookForStranger,
    Reseal,
    Verify,
}

/// Every interleaving of the calls of two processes, up to `TURNS` turns.
#[test]
fn reseal_races_with_every_process_that_knows_both() {
    let acts = [Act::Enroll, Act::LookForStranger, Act::Reseal, Act::Verify];
    let pairs =
        [(Step::Opens, Step::Seals), (Step::Seals, Step::Seals), (Step::Seals, Step::Opens)];
    for (one, other) in pairs {
        for first in acts {
            for second in acts {
                for schedule in 0..1_u32 << TURNS {
                    let case = format!("{one:?} {first:?} {other:?} {second:?} {schedule:b}");
                    race([(one, first), (other, second)], schedule, &case);
                }
            }
        }
    }
}

fn race(racers: [(Step, Act); 2], schedule: u32, case: &str) {
    let store = Stepping(MemoryStorage::new());
    let enrolls = racers.iter().any(|(_, act)| matches!(act, Act::Enroll));
    let setup = process(&store, Step::Opens, 1);
    let _ = block_on(setup.next(&stranger())).unwrap();
    let mut app = None;
    if !enrolls {
        app = Some(block_on(enroll(&setup)).unwrap());
    }
    let code = app.as_ref().map_or_else(|| "000000".into(), |app: &App| app.code_at(NOON / 30));
    let verifiers = [0, 1].map(|at| process(&store, racers[at].0, 2 + at as u64));
    let act = |at: usize| {
        let (verifier, act, code) = (&verifiers[at], racers[at].1, &code);
        async move {
            match act {
                Act::Enroll => enroll(verifier).await.map(|app| Some(Some(app))),
                Act::LookForStranger => verifier.next(&stranger()).await.map(|_| None),
                Act::Reseal => verifier.operations().reseal(&alice()).await.map(|()| None),
                Act::Verify => {
                    verifier.verify(&alice(), Proof::totp(code)).await.map(|_| Some(None))
                }
            }
        }
    };
    let [mut one, mut other] = [Box::pin(act(0)), Box::pin(act(1))];
    let (mut answers, mut context) = ([None, None], Context::from_waker(Waker::noop()));
    let mut turns = 0;
    while answers.iter().any(Option::is_none) {
        let wanted = if turns < TURNS { (schedule >> turns & 1) as usize } else { turns % 2 };
        let at = if answers[wanted].is_none() { wanted } else { 1 - wanted };
        let racer = if at == 0 { &mut one } else { &mut other };
        if let Poll::Ready(answer) = racer.as_mut().poll(&mut context) {
            answers[at] = Some(answer);
        }
        turns += 1;
    }
    let mut apps: Vec<App> = app.into_iter().collect();
    let mut accepted = 0;
    for (at, answer) in answers.into_iter().flatten().enumerate() {
        match answer {
            Ok(Some(Some(app))) => apps.push(app),
            Ok(Some(None)) => accepted += 1,
            Ok(None) => {}
            Err(error) => {
                let is_loser = matches!(racers[at].1, Act::Enroll | Act::Verify);
                assert!(is_loser && error.denial().is_some(), "{case}: {error:?}");
            }
        }
    }
    assert!(accepted <= 1 && apps.len() <= 1, "{case}: {accepted} {}", apps.len());
    let both = process(&store, Step::Seals, 9);
    let looked = block_on(both.next(&alice()));
    assert_eq!(is_unprotected(&looked), apps.is_empty(), "{case}: {looked:?}");
    if accepted == 1 {
        assert!(block_on(both.verify(&alice(), Proof::totp(&code))).is_err(), "{case}");
    }
    // In every order, the next re-seal moves everything.
    block_on(both.operations().reseal(&alice())).unwrap();
    let last = process(&store, Step::Dropped, 10);
    assert_eq!(is_unprotected(&block_on(last.next(&alice()))), apps.is_empty(), "{case}");
    assert!(is_unprotected(&block_on(last.next(&stranger()))), "{case}");
}

const TURNS: usize = 8;

#[test]
fn names_of_another_first_root_are_refused() {
    block_on(async {
        let (store, _) = store(2, Before::SealedBy(2)).await;
        let names = second_factor::Keys::naming_key(&[3; 32]);
        let keys = second_factor::Keys::named_by(names, 2, super::generations::SECOND).unwrap();
        let other = Verifier::builder("Example", store, MessageLog::new(), keys)
            .first_factor(FirstFactor::Password)
            .build()
            .unwrap();
        for subject in [alice(), stranger()] {
            let looked = other.next(&subject).await;
            assert!(matches!(looked, Err(Error::WrongRoot)), "{looked:?}");
        }
        assert_ne!(names, second_factor::Keys::naming_key(&ROOT));
    });
}
