//! Every operation with every fault at every call.

use core::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::panic::catch_unwind;

use super::{
    deed::{Answer, Deed, Typed},
    host::Slip,
    person::{Bases, Person},
};
use crate::support::faulty::Fault;
use second_factor::{
    Error, block_on,
    policy::Notices,
    storage::{Record, RecordId},
};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Host(Slip),
    Store(Fault),
}

/// One fault in one operation.
pub struct Case {
    pub deed: Deed,
    pub typed: Typed,
    pub trouble: Trouble,
    /// The index of the failing call.
    pub at: usize,
    /// Whether it happens after the decision is committed, while a conversion is recorded or
    /// notices are sent.
    pub is_late: bool,
    /// The records before the operation.
    pub kept: Vec<(RecordId, Record)>,
}

/// How it ended.
#[derive(Debug)]
pub enum End {
    Answered(Answer),
    /// It panicked, or its future was dropped.
    Died,
    Refused(Error),
}

/// The number of calls of each kind that an operation makes.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    store: usize,
    reads: usize,
    draws: usize,
}

impl Calls {
    /// Without the calls that record, best effort, the conversion of a sent code.
    const fn without_the_note(self) -> Self {
        Self { store: self.store - 2, reads: self.reads - 1, draws: self.draws - 1 }
    }
}

impl Trouble {
    pub fn all() -> impl Iterator<Item = Self> {
        let slips = Slip::OF_CLOCK.into_iter().chain(Slip::OF_ENTROPY).map(Self::Host);
        slips.chain(Fault::ALL.map(Self::Store))
    }

    fn calls(self, calls: Calls) -> usize {
        match self {
            Self::Host(slip) if Slip::OF_CLOCK.contains(&slip) => calls.reads,
            Self::Host(_) => calls.draws,
            Self::Store(_) => calls.store,
        }
    }

    /// Whether the fault accepts nothing incorrect and loses nothing correct, so that the operation
    /// can be repeated after it.
    pub const fn leaves_no_trace(self) -> bool {
        match self {
            Self::Host(slip) => {
                matches!(slip, Slip::Again | Slip::NoEntropy | Slip::NoTime | Slip::Zeros)
            }
            Self::Store(fault) => !fault.takes_effect() || matches!(fault, Fault::Stale),
        }
    }

    /// Whether it is answered by an error. Otherwise there is no caller left.
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Host(_) | Self::Store(Fault::ErrorAfter | Fault::ErrorBefore))
    }

    /// Whether the operation cannot be decided under it.
    pub const fn is_fatal(self) -> bool {
        match self {
            Self::Host(slip) => {
                matches!(slip, Slip::Again | Slip::NoEntropy | Slip::NoTime | Slip::Zeros)
            }
            Self::Store(fault) => fault.is_fatal(),
        }
    }
}

impl Case {
    pub fn name(&self) -> String {
        let Self { deed, typed, trouble, at, .. } = self;
        format!("{deed:?}, {typed:?}, {trouble:?} at call {at}")
    }

    /// Whether it may have taken effect without an answer.
    pub fn may_have_happened(&self, end: &End) -> bool {
        matches!(end, End::Answered(_)) || self.is_late || !self.trouble.leaves_no_trace()
    }
}

/// Runs the operation until it completes or crashes.
pub fn run(person: &Person, deed: Deed, typed: Typed) -> End {
    let mut asked = pin!(person.does(deed, typed));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(&mut context))) {
            Err(_) => return End::Died,
            Ok(Poll::Ready(Ok(answer))) => return End::Answered(answer),
            Ok(Poll::Ready(Err(error))) => return End::Refused(error),
            Ok(Poll::Pending) if person.world.store.is_hung() => return End::Died,
            // A slow check waits for its turn in the process.
            Ok(Poll::Pending) => std::thread::yield_now(),
        }
    }
}

pub async fn ready(bases: &Bases, deed: Deed, notices: Notices) -> Person {
    let mut person = bases.person(deed.base(), notices);
    person.prepare(deed).await;
    person
}

/// The calls that the operation makes without faults.
async fn calls(bases: &Bases, (deed, typed): (Deed, Typed), notices: Notices) -> Calls {
    let person = ready(bases, deed, notices).await;
    let _ = (person.world.store.take_calls(), person.host.take_calls());
    let end = run(&person, deed, typed);
    let is_right = match (&end, typed) {
        (End::Answered(_), Typed::Right) => true,
        (End::Refused(error), Typed::Wrong) => error.denial().is_some(),
        _ => false,
    };
    assert!(is_right, "{deed:?}, {typed:?}: {end:?}");
    let (reads, draws) = person.host.take_calls();
    Calls { store: person.world.store.take_calls(), reads, draws }
}

/// Runs every operation, with correct and incorrect input, with every fault at every call.
pub fn every_trouble(mut check: impl AsyncFnMut(&Case, End, &mut Person)) {
    block_on(async {
        let bases = Bases::new().await;
        let mut cases = 0;
        for (deed, _) in Deed::ALL {
            for typed in [Typed::Right, Typed::Wrong] {
                if typed == Typed::Wrong && !deed.is_guess() {
                    continue;
                }
                let mut decided = calls(&bases, (deed, typed), Notices::LeftToHost).await;
                if typed == Typed::Right && deed.enters_a_number() {
                    decided = decided.without_the_note();
                }
                let all = calls(&bases, (deed, typed), Notices::Sent).await;
                for trouble in Trouble::all() {
                    for at in 0..trouble.calls(all) {
                        let mut person = ready(&bases, deed, Notices::Sent).await;
                        let is_late = at >= trouble.calls(decided);
                        let kept = person.world.store.everything();
                        match trouble {
                            Trouble::Host(slip) => person.host.arm(at, slip),
                            Trouble::Store(fault) => person.world.store.arm(at, fault),
                        }
                        let end = run(&person, deed, typed);
                        person.mend();
                        let case = Case { deed, typed, trouble, at, is_late, kept };
                        check(&case, end, &mut person).await;
                        cases += 1;
                    }
                }
            }
        }
        assert!(cases > 3000, "only {cases} cases");
    });
}
