//! The pure core: from a record, an input and a moment to a transition. Knows no store and no async.
//!
//! Most hosts never come here: the [`Verifier`](crate::Verifier) does. One with its own idea of
//! input and output drives it by hand. Each decision takes four steps: load a record, open it as a
//! [`Subject`], decide, give the [`Transition`] to the store's compare-and-swap and its answer to
//! [`settle`](Transition::settle); on [`Again`](Settled::Again), from the start.
//!
//! # Example
//!
//! ```
//! use second_factor::{Keys, Policy, Proof, Purpose, SubjectId, UnixTime};
//! use second_factor::storage::{Record, Swap};
//! use second_factor::subject::{Enroller, Moment, Settled, Subject, Transition};
//!
//! // Your store, for one subject: a record that is swapped only where the version fits.
//! let mut stored: Option<Record> = None;
//! let mut swap = |id: &_, expected, record: &Record| {
//!     # let _: &second_factor::id::RecordId = id;
//!     if stored.as_ref().map(Record::version) != expected {
//!         return Swap::Conflict;
//!     }
//!     stored = Some(record.clone());
//!     Swap::Commit
//! };
//!
//! let keys = Keys::new(core::array::from_fn(|i| i as u8));
//! let policy = Policy::default();
//! let alice = SubjectId::new("user-42")?;
//! let now = UnixTime::from_secs(1_800_000_000);
//!
//! let subject = Subject::open(&keys, &policy, &alice, None)?;
//! let decided = subject
//!     .enroll_totp(&Enroller::from(&alice), "Example", "alice", Moment::new(now, [1; 32]))?;
//! let answer = swap(decided.record_id(), decided.expected(), decided.record());
//! let Settled::Done { outcome, .. } = decided.settle(answer) else { panic!("nobody else writes") };
//! assert!(outcome?.expose_uri().expose().starts_with("otpauth://totp/Example:alice"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod app;
mod authority;
mod budget;
mod challenge;
mod codec;
mod enroll;
mod fields;
mod limiter;
mod manage;
mod moment;
mod proof;
mod sending;
mod sent;
mod span;
mod state;
mod transition;

use alloc::vec::Vec;
use core::fmt;

pub use self::{
    authority::{Authority, Enroller, Grant},
    budget::{Budget, Reserved},
    enroll::Enrollment,
    manage::Factor,
    moment::Moment,
    proof::Proof,
    sending::{Challenge, SendPlan, SendRequest, Sending},
    transition::{Decision, Settled, Transition},
};
use self::{
    limiter::{Gate, Limiter, Struck},
    state::State,
};
use crate::{
    Client, Event, FactorKind, Keys, Policy, Purpose, SubjectId, UnixTime,
    id::RecordId,
    keys::RecordKind,
    policy::Absent,
    record::{Record, Version},
    verdict::{Denial, Next, Offer, Reason, Unprotected, Verified},
};

/// One subject, opened from its record, for one decision.
///
/// A decision takes the subject by value: its answer is a [`Transition`], and after a conflict the
/// subject is opened again from what the store has by then.
pub struct Subject<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    id: SubjectId,
    record_id: RecordId,
    version: Option<Version>,
    client: Option<[u8; 32]>,
    state: State,
    events: Vec<Event>,
}

impl<'a> Subject<'a> {
    /// Opens what the store keeps of `id`; `None` when it keeps nothing.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open or that this release does
    /// not understand. It is never taken for a subject without a second factor (law 7).
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        id: &SubjectId,
        record: Option<&Record>,
    ) -> Result<Self, Unreadable> {
        let record_id = keys.subject_record(id);
        let state = match record {
            Some(record) => codec::open(keys, (RecordKind::Subject, &record_id), record)?,
            None => State::new(0),
        };
        Ok(Self {
            keys,
            policy,
            id: id.clone(),
            record_id,
            version: record.map(Record::version),
            client: None,
            state,
            events: Vec::new(),
        })
    }

    /// The same subject, with `client` as the one that asks.
    #[must_use]
    pub fn for_client(mut self, client: &Client) -> Self {
        self.client = Some(self.keys.client_hash(client, &self.record_id));
        self
    }

    /// Makes a record for a subject that has none; changes nothing for one that has.
    ///
    /// # Errors
    ///
    /// None.
    pub fn create(self, mut moment: Moment) -> Decision<()> {
        if self.version.is_some() {
            return Ok(self.decoy(&mut moment, Ok(())));
        }
        Ok(self.commit(&mut moment, Ok(())))
    }

    /// The write that sets right what a wrong clock left in the record; `None` when nothing is
    /// wrong, as nearly always. Ask before every decision.
    ///
    /// A time more than two minutes in the future ends a life and begins a wait again (law 10).
    ///
    /// # Errors
    ///
    /// Gives the subject back when there is nothing to mend.
    #[expect(clippy::result_large_err, reason = "the subject is given back, not an error")]
    pub fn mend(mut self, mut moment: Moment) -> Result<Transition<()>, Self> {
        let now = moment.now();
        let state = &mut self.state;
        let is_future = |at: &u64| span::is_fault(UnixTime::from_secs(*at), now);
        let is_faulty = state.limiters().any(|(_, limiter)| limiter.is_fault(now))
            || state.enrolling.is_fault(now)
            || state.pace.wait.is_fault(now)
            || state.sends.iter().any(is_future)
            || state.challenges.iter().any(|open| open.sent.is_fault(now))
            || state.pendings.iter().any(|pending| pending.is_fault(now));
        if !is_faulty {
            return Err(self);
        }
        state.limiters().for_each(|(_, limiter)| limiter.mend(now));
        state.enrolling.mend(now);
        state.pace.wait.mend(now);
        for at in state.sends.iter_mut().filter(|at| is_future(at)) {
            *at = now.as_secs();
        }
        state.challenges.retain(|open| !open.sent.is_fault(now));
        state.pendings.retain(|pending| !pending.is_fault(now));
        self.events.push(Event::ClockFault);
        Ok(self.commit(&mut moment, Ok(())))
    }

    /// What stands between a right first factor and being in.
    ///
    /// # Errors
    ///
    /// A [`Denial`] for [`Reason::Absent`] when there is no record and the policy wants one.
    pub fn next(&self, purpose: Purpose, now: UnixTime) -> Result<Next, Denial> {
        self.require_record()?;
        if !self.is_protected() {
            return Ok(Next::Unprotected(Unprotected::new(self.id.clone())));
        }
        let allowed = self.policy.factor_set(purpose);
        let offer = |limiter: &Limiter, kind, address| match limiter.gate(now) {
            _ if !allowed.contains(kind) => None,
            Gate::Disabled => None,
            Gate::Locked(until) => Some(Offer::new(kind, address, Some(until))),
            Gate::Open => Some(Offer::new(kind, address, None)),
        };
        let app = self.state.app.iter().map(|app| offer(&app.limiter, FactorKind::App, None));
        let addresses = self.state.addresses.iter().map(|proven| {
            offer(&proven.limiter, proven.address.kind(), Some(proven.address.clone()))
        });
        let mut offers: Vec<Offer> = app.chain(addresses).flatten().collect();
        offers.sort_by_key(|offer| core::cmp::Reverse(offer.kind().strength()));
        Ok(Next::Prove(offers))
    }

    /// Checks `proof` for `purpose`.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: the proof is no code at all, the policy does not allow its
    /// kind, or the factor is locked. Every other refusal comes out of the transition.
    pub fn verify(self, purpose: Purpose, proof: &Proof<'_>, moment: Moment) -> Decision<Verified> {
        match proof.what {
            proof::Offered::App { typed } => self.verify_app(purpose, typed, moment),
            proof::Offered::Code { challenge, typed } => {
                self.verify_code(purpose, &challenge, typed, moment)
            }
        }
    }

    /// Whether anything that is enrolled stands between a right password and being in.
    ///
    /// Whether it can be used now does not matter: a factor that is locked, disabled or not allowed
    /// still protects (STD A-27; FAILURES 45). A proven email address protects where the policy
    /// makes email a factor for signing in; else it is for recovery.
    fn is_protected(&self) -> bool {
        let email_counts = self.policy.factor_set(Purpose::SignIn).contains(FactorKind::Email);
        let protects = |kind| kind != FactorKind::Email || email_counts;
        self.state.app.is_some()
            || self.state.addresses.iter().any(|proven| protects(proven.address.kind()))
    }

    fn require_record(&self) -> Result<(), Denial> {
        match (self.version, self.policy.absent()) {
            (None, Absent::Refuse) => Err(Denial::new(Reason::Absent)),
            _ => Ok(()),
        }
    }

    /// Records a success of the factor with `limiter`.
    fn succeed(
        &mut self,
        kind: FactorKind,
        purpose: Purpose,
        failures: u32,
        now: UnixTime,
    ) -> Verified {
        if failures > 0 {
            self.events.push(Event::SuccessAfterFailures(kind, failures));
        }
        self.events.push(Event::Verified(kind, purpose));
        self.state.pace = state::Pace::default();
        Verified::new(self.id.clone(), [kind].into(), purpose, now, self.state.generation)
    }

    /// Counts a failure of the factor whose limiter `of` finds, with all that follows from it.
    fn count_failure(
        &mut self,
        kind: FactorKind,
        of: impl Fn(&mut State) -> Option<&mut Limiter>,
        now: UnixTime,
    ) {
        let limits = *self.policy.failures();
        self.events.push(Event::WrongProof(kind));
        let struck = of(&mut self.state).map(|limiter| limiter.fail(&limits, now));
        match struck {
            Some(Struck::Disabled) => self.events.push(Event::FactorDisabled(kind)),
            Some(Struck::Locked) => self.events.push(Event::FactorLocked(kind)),
            Some(Struck::Counted) | None => {}
        }
        // STD N-41: a flood over several factors disables all that took part in it. A success
        // clears only its own factor, so the sum is what came without one.
        let all: u32 = self.state.limiters().map(|(_, limiter)| limiter.failures()).sum();
        if all >= limits.disable_all_at {
            for (kind, limiter) in self.state.limiters() {
                if limiter.failures() > 0 && !limiter.is_disabled() {
                    limiter.disable();
                    self.events.push(Event::FactorDisabled(kind));
                }
            }
        }
    }

    /// A decision that is written, whatever its answer is.
    fn commit<T>(mut self, moment: &mut Moment, outcome: Result<T, Denial>) -> Transition<T> {
        if self.version.is_none() {
            self.state.generation = u64::from_be_bytes(moment.bytes());
        }
        let expected = self.version;
        self.seal(moment, expected, outcome)
    }

    /// A decision that changes nothing and costs the same two calls: its swap cannot commit.
    fn decoy<T>(self, moment: &mut Moment, outcome: Result<T, Denial>) -> Transition<T> {
        self.seal(moment, Some(Version::NEVER), outcome)
    }

    /// A refusal that is not counted (law 8).
    fn refuse<T>(self, moment: &mut Moment, reason: Reason) -> Decision<T> {
        Ok(self.decoy(moment, Err(Denial::new(reason))))
    }

    fn seal<T>(
        self,
        moment: &mut Moment,
        expected: Option<Version>,
        outcome: Result<T, Denial>,
    ) -> Transition<T> {
        let version = codec::next_version(self.version, moment);
        let place = (RecordKind::Subject, &self.record_id);
        let record = codec::seal(self.keys, place, version, &self.state, None, moment);
        Transition::new(self.record_id, expected, record, outcome, self.events)
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("record_id", &self.record_id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A record that these keys do not open, or that this release does not understand.
///
/// Fail closed: the subject is neither verified nor without a second factor.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, Policy, SubjectId, storage::{Record, Version}, subject::Subject};
///
/// let (keys, policy) = (Keys::new([1; 32]), Policy::default());
/// let torn = Record::new(Version::new(7), vec![1, 2, 3], None);
/// let error = Subject::open(&keys, &policy, &SubjectId::new("a")?, Some(&torn)).unwrap_err();
/// assert_eq!(error.to_string(), "a record cannot be opened with these keys");
/// # Ok::<(), second_factor::id::InvalidSubjectId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record cannot be opened with these keys")]
#[non_exhaustive]
pub struct Unreadable;
