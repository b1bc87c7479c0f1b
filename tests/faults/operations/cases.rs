//! Every operation with every fault at every call.

use core::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::panic::catch_unwind;

use super::{
    environment::HostFault,
    operation::{Act, Answer, Input},
    user::{InitialStates, Snapshot, User},
};
use crate::support::faulty::Fault;
use second_factor::{
    Error, block_on,
    policy::Notices,
    storage::{Record, RecordId},
};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyFault {
    Host(HostFault),
    Store(Fault),
}

/// One fault in one operation.
pub struct Case {
    pub operation: Act,
    pub input: Input,
    pub fault: AnyFault,
    /// The index of the failing call.
    pub at: usize,
    /// Whether it happens after the decision is committed, while a conversion is recorded or
    /// notices are sent.
    pub is_late: bool,
    /// The records before the operation.
    pub records: Vec<(RecordId, Record)>,
}

/// How it ended.
#[derive(Debug)]
pub enum End {
    Answered(Answer),
    /// It panicked, or its future was dropped.
    Crashed,
    Refused(Error),
}

impl End {
    /// Whether the input was accepted.
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Answered(answer) if !matches!(answer, Answer::Asked))
    }
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
    const fn without_the_conversion(self) -> Self {
        Self { store: self.store - 2, reads: self.reads - 1, draws: self.draws - 1 }
    }

    /// Without the write that records what was delivered.
    const fn without_the_acknowledgement(self) -> Self {
        Self { store: self.store - 1, reads: self.reads - 1, draws: self.draws - 1 }
    }
}

impl AnyFault {
    pub fn all() -> impl Iterator<Item = Self> {
        let fault = HostFault::OF_CLOCK.into_iter().chain(HostFault::OF_ENTROPY).map(Self::Host);
        fault.chain(Fault::ALL.map(Self::Store))
    }

    fn calls(self, calls: Calls) -> usize {
        match self {
            Self::Host(fault) if HostFault::OF_CLOCK.contains(&fault) => calls.reads,
            Self::Host(_) => calls.draws,
            Self::Store(_) => calls.store,
        }
    }

    /// Whether the fault accepts nothing incorrect and loses nothing correct, so that the operation
    /// can be repeated after it.
    pub const fn leaves_no_trace(self) -> bool {
        match self {
            Self::Host(fault) => {
                matches!(
                    fault,
                    HostFault::Again | HostFault::NoEntropy | HostFault::NoTime | HostFault::Zeros
                )
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
            Self::Host(fault) => {
                matches!(
                    fault,
                    HostFault::Again | HostFault::NoEntropy | HostFault::NoTime | HostFault::Zeros
                )
            }
            Self::Store(fault) => fault.is_fatal(),
        }
    }
}

impl Case {
    pub fn name(&self) -> String {
        let Self { operation, input, fault, at, .. } = self;
        format!("{operation:?}, {input:?}, {fault:?} at call {at}")
    }

    /// Whether it may have taken effect without an answer.
    pub fn may_have_taken_effect(&self, end: &End) -> bool {
        matches!(end, End::Answered(_)) || self.is_late || !self.fault.leaves_no_trace()
    }
}

/// Runs the operation until it completes or crashes.
pub fn run(user: &User, operation: Act, input: Input) -> End {
    let mut asked = pin!(user.call(operation, input));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(&mut context))) {
            Err(_) => return End::Crashed,
            Ok(Poll::Ready(Ok(answer))) => return End::Answered(answer),
            Ok(Poll::Ready(Err(error))) => return End::Refused(error),
            Ok(Poll::Pending) if user.world.store.is_hung() => return End::Crashed,
            // A slow check waits for its turn in the process.
            Ok(Poll::Pending) => std::thread::yield_now(),
        }
    }
}

pub async fn ready(bases: &InitialStates, operation: Act, notices: Notices) -> User {
    let mut user = bases.user(operation.base(), notices);
    user.prepare(operation).await;
    user
}

/// The calls that the operation makes without faults.
///
/// Also returns whether it stores an event, whose delivery it acknowledges.
async fn calls(
    bases: &InitialStates,
    (operation, input): (Act, Input),
    notices: Notices,
) -> (Calls, bool) {
    let user = ready(bases, operation, notices).await;
    let _ = (user.world.store.take_calls(), user.host.take_calls());
    let end = run(&user, operation, input);
    let is_expected = match (&end, input) {
        (End::Answered(answer), Input::Correct) => *answer != Answer::Asked,
        (End::Answered(Answer::Asked), Input::Incorrect) => true,
        (End::Refused(error), Input::Incorrect) => error.denial().is_some(),
        _ => false,
    };
    assert!(is_expected, "{operation:?}, {input:?}: {end:?}");
    let (reads, draws) = user.host.take_calls();
    let occurrences = user.world.log.take_occurrences();
    let is_stored = occurrences.iter().any(|one| one.lacks_notice() || !one.notified().is_empty());
    (Calls { store: user.world.store.take_calls(), reads, draws }, is_stored)
}

/// Runs every operation, with correct and incorrect input, with every fault at every call.
pub fn for_every_fault(mut check: impl AsyncFnMut(&Case, End, &mut User)) {
    block_on(async {
        let bases = InitialStates::new().await;
        let mut cases = 0;
        for (operation, _) in Act::ALL {
            for input in [Input::Correct, Input::Incorrect] {
                if input == Input::Incorrect && !operation.is_guess() {
                    continue;
                }
                let (mut decided, is_stored) =
                    calls(&bases, (operation, input), Notices::LeftToApplication).await;
                if is_stored {
                    decided = decided.without_the_acknowledgement();
                }
                if input == Input::Correct && operation.enters_a_sent_code() {
                    decided = decided.without_the_conversion();
                }
                let (all, _) = calls(&bases, (operation, input), Notices::Sent).await;
                // Prepared once, since most of the time is spent there.
                let user = ready(&bases, operation, Notices::Sent).await;
                let prepared = Snapshot::of_prepared(&user);
                for fault in AnyFault::all() {
                    for at in 0..fault.calls(all) {
                        let mut user = prepared.user(Notices::Sent);
                        let mut is_late = at >= fault.calls(decided);
                        if is_stored && operation.reads_again() {
                            let delivers = fault.calls(decided) - 1..fault.calls(all) - 1;
                            is_late = delivers.contains(&at);
                        }
                        let records = user.world.store.everything();
                        match fault {
                            AnyFault::Host(fault) => user.host.arm(at, fault),
                            AnyFault::Store(fault) => user.world.store.arm(at, fault),
                        }
                        let end = run(&user, operation, input);
                        user.remove_faults();
                        let case = Case { operation, input, fault, at, is_late, records };
                        check(&case, end, &mut user).await;
                        cases += 1;
                    }
                }
            }
        }
        assert!(cases > 3000, "only {cases} cases");
    });
}
