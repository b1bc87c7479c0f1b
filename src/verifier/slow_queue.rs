//! Turns for slow checks.

use alloc::{collections::VecDeque, sync::Arc, vec::Vec};
use core::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Error;
use crate::{
    id::RecordId,
    subject::{HashMemory, IsCounted, SlowClass},
    time::{HOUR, UnixTime},
};

/// The queue of the slow checks of a verifier, which runs two at once.
///
/// The two classes have separate queues and are served alternately, so callers without a known
/// device cannot block callers with one. A subject has one turn at a time in each class, so callers
/// for one account do not delay callers for other accounts. If a queue is full, the call is refused
/// before anything is written.
///
/// A turn belongs to its job. If the caller drops its future, the turn and the memory are released
/// only when the job ends.
#[derive(Default)]
pub(super) struct SlowQueue {
    /// The time in seconds of the latest clock reading, by any call of the verifier.
    now: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: [VecDeque<Ticket>; 2],
    /// The class that is served next if both have waiting callers.
    next_class: usize,
    granted: Vec<Grant>,
    /// The turns, granted or accepted.
    running: Vec<Place>,
    /// The slow checks of the last hour that were not counted as attempts.
    uncounted: VecDeque<(u64, RecordId)>,
    /// The memory of past turns.
    memory: Vec<HashMemory>,
    last_id: u64,
}

/// A waiting caller.
struct Ticket {
    id: u64,
    place: Place,
    waker: Option<Waker>,
}

/// A class and a subject, which have one turn at a time.
type Place = (SlowClass, RecordId);

/// A turn that its caller has not accepted yet.
struct Grant {
    ticket: Ticket,
    since: u64,
}

/// A future that waits for a turn.
pub(super) struct Waiting {
    queue: Arc<SlowQueue>,
    id: u64,
    is_over: bool,
}

/// The permission to run one slow check, with its memory.
///
/// When it is dropped, the next caller gets the turn.
pub(super) struct Turn {
    queue: Arc<SlowQueue>,
    place: Place,
    pub(super) memory: HashMemory,
}

impl SlowQueue {
    /// Sets the current time, and reassigns turns that their callers did not accept.
    pub(super) fn advance_to(&self, now: UnixTime) {
        if self.now.swap(now.as_secs(), Ordering::Relaxed) != now.as_secs() {
            self.pass_on(self.lock());
        }
    }

    /// Adds a caller to the queue.
    ///
    /// Returns [`Error::Busy`] if the queue is full.
    pub(super) fn wait(
        self: &Arc<Self>,
        subject: RecordId,
        class: SlowClass,
        is_counted: IsCounted,
    ) -> Result<Waiting, Error> {
        let now = self.now.load(Ordering::Relaxed);
        let mut state = self.lock();
        let id = state.last_id.wrapping_add(1);
        let queue = state.queue(class);
        let place = (class, subject);
        let of_subject = queue.iter().filter(|ticket| ticket.place == place).count();
        if queue.len() >= MAX_WAITING || of_subject >= MAX_WAITING_OF_A_SUBJECT {
            return Err(Error::Busy);
        }
        if is_counted == IsCounted::No && !state.admits_uncounted(subject, now) {
            return Err(Error::Busy);
        }
        state.queue(class).push_back(Ticket { id, place, waker: None });
        state.last_id = id;
        self.pass_on(state);
        Ok(Waiting { queue: Arc::clone(self), id, is_over: false })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants the free turns, and wakes their callers after the lock is released.
    fn pass_on(&self, mut state: MutexGuard<'_, State>) {
        let now = self.now.load(Ordering::Relaxed);
        state.take_back(now);
        let woken = state.dispatch(now);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Records an uncounted slow check, or returns `false` at the subject's limit.
    ///
    /// A lock does not prevent these checks, because refusals must look like incorrect attempts
    /// (law 8).
    fn admits_uncounted(&mut self, subject: RecordId, now: u64) -> bool {
        let is_recent = |at: u64| now.abs_diff(at) < u64::from(HOUR);
        self.uncounted.retain(|(at, _)| is_recent(*at));
        let own = self.uncounted.iter().filter(|(_, of)| *of == subject).count();
        if own >= MAX_UNCOUNTED {
            return false;
        }
        if self.uncounted.len() >= MAX_NOTED {
            self.uncounted.pop_front();
        }
        self.uncounted.push_back((now, subject));
        true
    }

    const fn queue(&mut self, class: SlowClass) -> &mut VecDeque<Ticket> {
        let [known, unknown] = &mut self.waiting;
        match class {
            SlowClass::Known => known,
            SlowClass::Unknown => unknown,
        }
    }

    /// Grants all free turns, and returns the callers to wake.
    fn dispatch(&mut self, now: u64) -> Vec<Waker> {
        let mut woken = Vec::new();
        while self.running.len() < MAX_RUNNING {
            let Some(mut ticket) = self.take_next() else { break };
            woken.extend(ticket.waker.take());
            self.running.push(ticket.place);
            self.granted.push(Grant { ticket, since: now });
        }
        woken
    }

    /// Removes the ticket of the longest-waiting caller whose place has no turn.
    ///
    /// The classes alternate.
    fn take_next(&mut self) -> Option<Ticket> {
        for at in [self.next_class, 1 - self.next_class] {
            let running = &self.running;
            let queue = self.waiting.get_mut(at)?;
            let found = queue.iter().position(|ticket| !running.contains(&ticket.place));
            if let Some(ticket) = found.and_then(|found| queue.remove(found)) {
                self.next_class = 1 - at;
                return Some(ticket);
            }
        }
        None
    }

    /// Revokes turns that their callers did not accept in time.
    ///
    /// These callers wait again, behind the others.
    fn take_back(&mut self, now: u64) {
        // A clock that was set back must not extend a turn either.
        let is_late = |grant: &Grant| now < grant.since || now - grant.since >= PICK_UP;
        while let Some(at) = self.granted.iter().position(is_late) {
            let ticket = self.granted.swap_remove(at).ticket;
            self.end(ticket.place);
            self.queue(ticket.place.0).push_back(ticket);
        }
    }

    fn end(&mut self, place: Place) {
        if let Some(at) = self.running.iter().position(|running| *running == place) {
            let _ended = self.running.swap_remove(at);
        }
    }
}

impl Future for Waiting {
    type Output = Turn;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn> {
        let queue = Arc::clone(&self.queue);
        let mut state = queue.lock();
        if let Some(at) = state.granted.iter().position(|grant| grant.ticket.id == self.id) {
            let place = state.granted.swap_remove(at).ticket.place;
            let memory = state.memory.pop().unwrap_or_default();
            drop(state);
            self.is_over = true;
            return Poll::Ready(Turn { queue, place, memory });
        }
        let mut tickets = state.waiting.iter_mut().flatten();
        if let Some(ticket) = tickets.find(|ticket| ticket.id == self.id) {
            ticket.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut state = self.queue.lock();
        for queue in &mut state.waiting {
            queue.retain(|ticket| ticket.id != self.id);
        }
        if let Some(at) = state.granted.iter().position(|grant| grant.ticket.id == self.id) {
            let grant = state.granted.swap_remove(at);
            state.end(grant.ticket.place);
        }
        self.queue.pass_on(state);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.end(self.place);
        state.memory.push(core::mem::take(&mut self.memory));
        self.queue.pass_on(state);
    }
}

/// Two concurrent hashes use 38 MiB and two processors.
const MAX_RUNNING: usize = 2;
/// The maximum number of waiting callers in each class: some seconds of work.
const MAX_WAITING: usize = 128;
/// The maximum for one subject. A person types one code at a time.
const MAX_WAITING_OF_A_SUBJECT: usize = 4;
/// The maximum number of uncounted slow checks of a subject in an hour.
///
/// No person repeats a used code more often.
const MAX_UNCOUNTED: usize = 60;
/// The maximum number of uncounted slow checks that are recorded, of all subjects.
const MAX_NOTED: usize = 4096;
/// The number of seconds after which an unaccepted turn is reassigned.
///
/// The clock has whole seconds, so the caller has at least one second.
const PICK_UP: u64 = 2;

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::task::Wake;
    use core::sync::atomic::AtomicUsize;

    use super::*;
    use crate::{id::SubjectId, keys::Keys};

    /// Counts how often its caller was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            let _before = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A caller, and whether its task is polled again.
    struct Caller {
        waiting: Waiting,
        subject: RecordId,
        woken: Arc<Woken>,
        is_paused: bool,
    }

    const CLASSES: [SlowClass; 2] = [SlowClass::Known, SlowClass::Unknown];

    struct Callers {
        queue: Arc<SlowQueue>,
        subjects: Vec<RecordId>,
        waiting: Vec<Caller>,
        turns: Vec<Turn>,
        served: Vec<RecordId>,
    }

    impl Callers {
        fn new(subjects: usize) -> Self {
            let keys = Keys::new(core::array::from_fn(|at| at as u8));
            let id = |n| keys.subject_record(&SubjectId::new(format!("user-{n}")).unwrap());
            Self {
                queue: Arc::default(),
                subjects: (0..subjects).map(id).collect(),
                waiting: Vec::new(),
                turns: Vec::new(),
                served: Vec::new(),
            }
        }

        fn arrive(&mut self, subject: usize, class: SlowClass, is_paused: bool) -> bool {
            let subject = self.subjects[subject];
            let Ok(waiting) = self.queue.wait(subject, class, IsCounted::Yes) else { return false };
            let woken = Arc::default();
            self.waiting.push(Caller { waiting, subject, woken, is_paused });
            let last = self.waiting.len() - 1;
            self.poll(last);
            true
        }

        /// Polls a caller, and returns whether it now has its turn.
        fn poll(&mut self, at: usize) -> bool {
            let caller = &mut self.waiting[at];
            let waker = Waker::from(Arc::clone(&caller.woken));
            let Poll::Ready(turn) =
                Pin::new(&mut caller.waiting).poll(&mut Context::from_waker(&waker))
            else {
                return false;
            };
            self.served.push(caller.subject);
            self.turns.push(turn);
            let _done = self.waiting.swap_remove(at);
            true
        }

        fn tick(&self, secs: u64) {
            let now = self.queue.now.load(Ordering::Relaxed);
            self.queue.advance_to(UnixTime::from_secs(now + secs));
        }

        /// Polls each woken caller, as an executor does.
        fn run(&mut self) {
            let is_ready = |of: &Caller| !of.is_paused && of.woken.0.swap(0, Ordering::Relaxed) > 0;
            while let Some(at) = self.waiting.iter().position(is_ready) {
                let _has_turn = self.poll(at);
            }
        }

        fn check(&self) {
            let state = self.queue.lock();
            let mut held: Vec<_> = self.turns.iter().map(|turn| turn.place).collect();
            held.extend(state.granted.iter().map(|grant| grant.ticket.place));
            assert_eq!(held.len(), state.running.len());
            assert!(held.len() <= MAX_RUNNING);
            let is_twice = |at: usize| held[..at].contains(&held[at]);
            assert!(!(0..held.len()).any(is_twice), "a subject has two turns");
            let is_free = |ticket: &Ticket| !state.running.contains(&ticket.place);
            let waits = state.waiting.iter().flatten().any(is_free);
            assert!(!waits || held.len() == MAX_RUNNING, "a turn is free, and a caller waits");
            assert!(state.memory.len() + self.turns.len() <= MAX_RUNNING);
        }
    }

    /// Some futures are dropped, and others are never polled again.
    #[test]
    fn every_caller_gets_a_turn_in_any_order_of_events() {
        for seed in 0..3_000_u64 {
            let mut drawn = seed;
            let mut draw = |below: usize| {
                drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
                usize::try_from(drawn >> 33).unwrap() % below
            };
            let mut callers = Callers::new(5);
            for _ in 0..60 {
                match draw(7) {
                    0..3 => {
                        let class = CLASSES[draw(2)];
                        let _is_in = callers.arrive(draw(5), class, draw(6) == 0);
                    }
                    3 if !callers.waiting.is_empty() => {
                        let at = draw(callers.waiting.len());
                        drop(callers.waiting.swap_remove(at));
                    }
                    4..6 if !callers.turns.is_empty() => {
                        let at = draw(callers.turns.len());
                        drop(callers.turns.swap_remove(at));
                    }
                    _ => {
                        callers.tick(1);
                    }
                }
                callers.check();
                callers.run();
                callers.check();
            }
            // A paused caller retains a turn no longer than the time to accept it.
            for _ in 0..200 {
                callers.tick(PICK_UP);
                callers.turns.clear();
                let _refused = callers.arrive(draw(5), SlowClass::Unknown, true);
                callers.run();
                let _gone = callers.waiting.pop_if(|of| of.is_paused);
            }
            let left = callers.waiting.iter().filter(|of| !of.is_paused).count();
            assert_eq!(left, 0, "seed {seed}");
        }
    }

    #[test]
    fn known_callers_wait_for_one_check_behind_unknown_ones() {
        let mut callers = Callers::new(140);
        let arrived = (0..139).filter(|of| callers.arrive(*of, SlowClass::Unknown, false)).count();
        assert_eq!(arrived, MAX_WAITING + MAX_RUNNING, "a full queue refuses");
        assert!(callers.arrive(139, SlowClass::Known, false));
        for _ in 0..2 {
            drop(callers.turns.remove(0));
            callers.run();
        }
        assert!(callers.served[2..].contains(&callers.subjects[139]));
    }

    #[test]
    fn callers_of_one_subject_delay_no_other() {
        let mut callers = Callers::new(2);
        let arrived = (0..48).filter(|_| callers.arrive(0, SlowClass::Unknown, false)).count();
        assert_eq!(arrived, 1 + MAX_WAITING_OF_A_SUBJECT);
        assert!(callers.arrive(1, SlowClass::Unknown, false));
        assert_eq!(callers.served, callers.subjects, "the second turn was free for her");
    }

    fn time(queue: &SlowQueue, secs: u64) {
        queue.advance_to(UnixTime::from_secs(secs));
    }

    fn wait(queue: &Arc<SlowQueue>, subject: u8) -> Waiting {
        let subject = RecordId::new([subject; 16]);
        let waiting = queue.wait(subject, SlowClass::Unknown, IsCounted::Yes);
        waiting.unwrap_or_else(|_| panic!("there is room"))
    }

    fn turn(waiting: &mut Waiting) -> Option<Turn> {
        match Pin::new(waiting).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    #[test]
    fn caller_that_leaves_frees_its_own_place_only() {
        let queue = Arc::new(SlowQueue::default());
        let [mut first, granted, mut third, leaves, mut fifth] =
            [1, 2, 3, 4, 5].map(|subject| wait(&queue, subject));
        let running = turn(&mut first).unwrap();
        assert!(turn(&mut third).is_none(), "two turns are granted");
        drop(granted);
        let next = turn(&mut third).unwrap();
        drop(leaves);
        assert!(turn(&mut fifth).is_none(), "two turns are accepted");
        drop(running);
        assert!(turn(&mut fifth).is_some());
        drop(next);
    }

    #[test]
    fn turn_that_is_not_accepted_goes_to_the_next_caller() {
        let queue = Arc::new(SlowQueue::default());
        time(&queue, 100);
        let [mut first, mut second, mut third] = [1, 2, 3].map(|subject| wait(&queue, subject));
        time(&queue, 101);
        assert!(turn(&mut third).is_none());
        time(&queue, 102);
        let running = [turn(&mut third), turn(&mut first)];
        assert!(running.iter().all(Option::is_some));
        assert!(turn(&mut second).is_none(), "it waits behind the others");
        drop(running);
        assert!(turn(&mut second).is_some());
    }

    #[test]
    fn turn_is_not_extended_by_a_clock_that_goes_back() {
        let queue = Arc::new(SlowQueue::default());
        time(&queue, 100);
        let [_first, _second, mut third] = [1, 2, 3].map(|subject| wait(&queue, subject));
        time(&queue, 99);
        assert!(turn(&mut third).is_some());
    }
}
