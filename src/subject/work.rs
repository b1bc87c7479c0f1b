//! Slow work: a try is counted first, then checked elsewhere, then concluded. Counts and checks for
//! all that is hashed slowly; knows no kind of factor.

use alloc::{string::String, vec::Vec};
use core::fmt;

use minicbor::{CborLen, Decode, Encode};
use subtle::{Choice, ConditionallySelectable as _};

use super::{
    Checked, Decision, Subject,
    backup::BackupUse,
    elsewhere::RemoteUse,
    fields::Id,
    limiter::{Gate, Limiter},
    pin::PinUse,
    register::Lane,
    slow_hash::SlowHash,
    span::Span,
    state::State,
};
use crate::{
    FactorKind,
    event::Event,
    id::RecordId,
    policy::{FailureLimits, Policy},
    remote::{RemoteAnswer, RemoteId},
    verdict::{Denial, Reason},
    wiped::Wiped,
};

/// The one slow try that is under way in its lane. It was counted as a failure before it began.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Lease {
    #[n(0)]
    id: Id,
    #[n(1)]
    pub(super) life: Span,
    #[n(2)]
    pub(super) of: LeaseOf,
    /// The count before it, for a try that turns out to be no guess.
    #[n(3)]
    before: Limiter,
}

#[derive(Clone, Encode, Decode, CborLen)]
pub(super) enum LeaseOf {
    #[n(0)]
    Backup(#[n(0)] BackupUse),
    #[n(1)]
    Pin(#[n(0)] PinUse),
    #[n(2)]
    Remote(#[n(0)] RemoteUse),
}

impl Lease {
    /// The failures in a row that this try makes if it is one.
    pub(super) const fn failures(&self) -> u32 {
        self.before.failures().saturating_add(1)
    }
}

impl LeaseOf {
    const fn kind(&self) -> FactorKind {
        match self {
            Self::Backup(_) => FactorKind::BackupCode,
            Self::Pin(_) => FactorKind::Pin,
            // Codes are made elsewhere for numbers alone.
            Self::Remote(_) => FactorKind::Phone,
        }
    }

    /// Whose tries it holds up: anybody may guess at a code for registering (FAILURES 30).
    fn lane(&self, state: &State) -> Lane {
        match self {
            Self::Remote(used) if used.registers(state) => Lane::Registration,
            Self::Backup(_) | Self::Pin(_) | Self::Remote(_) => Lane::Authenticated,
        }
    }

    /// What its failures lead to.
    fn limits(&self, state: &State, policy: &Policy) -> FailureLimits {
        match self {
            Self::Backup(_) | Self::Pin(_) => policy.failures_of(self.kind()),
            Self::Remote(used) => used.limits(state, policy),
        }
    }

    fn limiter<'s>(&self, state: &'s mut State) -> Option<&'s mut Limiter> {
        match self {
            Self::Backup(_) => state.factors.backup.as_mut().map(|set| &mut set.limiter),
            Self::Pin(_) => state.factors.pin.as_mut().map(|pin| &mut pin.limiter),
            Self::Remote(used) => used.limiter(state),
        }
    }
}

/// Slow work that is to be done before a try can be told right or wrong.
///
/// [`run`](Self::run) it where it holds up nobody, or [ask](Self::asks) about it elsewhere, and give what
/// was found to [`Subject::conclude`]. A try whose work is lost stays counted. Work for a try that is refused
/// anyway costs the same and finds nothing (law 8).
///
/// # Example
///
/// ```
/// use second_factor::subject::{SlowCheck, SlowResult};
///
/// fn elsewhere(work: SlowCheck) -> SlowResult {
///     std::thread::spawn(move || work.run()).join().unwrap_or_else(|_| unreachable!("no panic"))
/// }
/// # let _ = elsewhere;
/// ```
#[must_use = "a try whose work is not done stays counted as a failure"]
pub struct SlowCheck {
    record: RecordId,
    lease: Result<[u8; 16], Reason>,
    typed: Wiped<[u8; 32]>,
    pub(super) against: Vec<(u8, SlowHash)>,
    foreign: Foreign,
    asks: Option<(RemoteId, Wiped<String>)>,
}

/// Hashes of another application, which it alone can check.
#[derive(Default)]
pub(super) struct Foreign {
    pub(super) typed: Wiped<String>,
    pub(super) hashes: Vec<(u8, String)>,
}

/// What slow work found.
///
/// # Example
///
/// See [`SlowCheck`].
#[must_use = "a try that is not concluded stays counted as a failure"]
pub struct SlowResult {
    record: RecordId,
    lease: Result<[u8; 16], Reason>,
    found: Option<u8>,
}

impl SlowCheck {
    /// The code that is to be asked about elsewhere, and what was typed; `None`: [`run`](Self::run) it.
    #[must_use]
    pub fn remote_check(&self) -> Option<(&RemoteId, &str)> {
        self.asks.as_ref().map(|(id, typed)| (id, typed.as_str()))
    }

    /// What was said of it elsewhere; `None`: nobody could tell, and the try stays counted.
    #[must_use]
    pub fn with_remote_answer(self, answer: RemoteAnswer) -> Option<SlowResult> {
        let is_asked = self.asks.is_some();
        let found = match answer {
            RemoteAnswer::Correct if is_asked => Some(0),
            RemoteAnswer::Correct | RemoteAnswer::NotFound | RemoteAnswer::Incorrect => None,
            RemoteAnswer::Misconfigured | RemoteAnswer::Unreachable => return None,
        };
        Some(SlowResult { record: self.record, lease: self.lease, found })
    }

    /// Does the work: tens of milliseconds and 19 MiB of memory under the default policy.
    pub fn run(self) -> SlowResult {
        self.run_with(|_, _| false)
    }

    /// As [`run`](Self::run), for hashes that were imported: `matches` says whether a hash of another
    /// application is that of a text.
    pub fn run_with(self, matches: impl Fn(&str, &str) -> bool) -> SlowResult {
        // Every hash is looked at, whatever is found (law 9).
        let (mut is_found, mut place_of_it) = (Choice::from(0), 0);
        for (place, hash) in &self.against {
            let hit = hash.is_of(&self.typed);
            is_found |= hit;
            place_of_it.conditional_assign(place, hit);
        }
        let mut found = bool::from(is_found).then_some(place_of_it);
        for (place, hash) in &self.foreign.hashes {
            if matches(hash, &self.foreign.typed) {
                found = Some(*place);
            }
        }
        SlowResult { record: self.record, lease: self.lease, found }
    }
}

impl fmt::Debug for SlowCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlowCheck").finish_non_exhaustive()
    }
}

impl fmt::Debug for SlowResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlowResult").finish_non_exhaustive()
    }
}

impl State {
    const fn lease_mut(&mut self, lane: Lane) -> &mut Option<Lease> {
        match lane {
            Lane::Authenticated => &mut self.lease,
            Lane::Registration => &mut self.registering.lease,
        }
    }
}

/// What a slow try is checked against.
pub(super) struct Task {
    pub(super) typed: Wiped<[u8; 32]>,
    pub(super) against: Vec<(u8, SlowHash)>,
    pub(super) foreign: Foreign,
    pub(super) asks: Option<(RemoteId, Wiped<String>)>,
}

impl Task {
    fn into_work(self, record: RecordId, lease: Result<[u8; 16], Reason>) -> SlowCheck {
        let Self { typed, against, foreign, asks } = self;
        SlowCheck { record, lease, typed, against, foreign, asks }
    }
}

impl Subject<'_> {
    /// Counts a slow try and takes the lease for it.
    pub(super) fn reserve(mut self, of: LeaseOf, task: Task) -> Decision<Checked> {
        let lane = of.lane(&self.state);
        self.check_lease(lane)?;
        let (now, id) = (self.now(), self.moment.bytes());
        let limits = of.limits(&self.state, self.policy);
        let Some(limiter) = of.limiter(&mut self.state) else {
            return self.refuse(Reason::NotEnrolled);
        };
        match limiter.gate(now) {
            Gate::Locked(until) => return Err(Denial::until(Reason::Locked, until)),
            Gate::Disabled => return self.refuse_slowly(Reason::Disabled, task),
            Gate::Open => {}
        }
        // Before this try is counted: what a lost one led to is told, and void, for itself.
        self.drop_lost_lease();
        let Some(limiter) = of.limiter(&mut self.state) else {
            return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
        };
        let before = *limiter;
        limiter.fail(&limits, now);
        *self.state.lease_mut(lane) =
            Some(Lease { id: id.into(), life: Span::new(now, LEASE), of, before });
        let work = task.into_work(self.record_id, Ok(id));
        Ok(self.commit(Ok(Checked::SlowCheck(work))))
    }

    /// Law 8: a refusal that is not counted costs what a try costs, and says so no earlier.
    pub(super) fn refuse_slowly(self, reason: Reason, mut task: Task) -> Decision<Checked> {
        self.check_lease(Lane::Authenticated)?;
        task.against.truncate(1);
        if task.against.is_empty() {
            task.against.push((0, SlowHash::dummy(self.policy.hash_cost())));
        }
        task.foreign = Foreign::default();
        let work = task.into_work(self.record_id, Err(reason));
        Ok(self.decoy(Ok(Checked::SlowCheck(work))))
    }

    /// Ends a slow try with what its work found, [for the client](Self::for_client) that began it.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn conclude(mut self, result: &SlowResult) -> Decision<Checked> {
        let id = match result.lease {
            _ if result.record != self.record_id => return self.refuse(Reason::NotFound),
            Err(reason) => {
                self.report_refusal(reason);
                return self.refuse(reason);
            }
            Ok(id) => id,
        };
        let now = self.now();
        let is_it = |lease: &Lease| *lease.id == id && !lease.life.is_over(now);
        let taken = LANES
            .into_iter()
            .find_map(|lane| self.state.lease_mut(lane).take_if(|lease| is_it(lease)));
        let Some(lease) = taken else {
            return self.refuse(Reason::Expired);
        };
        let Some(place) = result.found else {
            self.report_slow_failure(&lease);
            return Ok(self.commit(Err(Denial::new(Reason::Incorrect))));
        };
        let limits = lease.of.limits(&self.state, self.policy);
        let Some(limiter) = lease.of.limiter(&mut self.state) else {
            return self.refuse(Reason::NotEnrolled);
        };
        // A flood may have disabled the factor while the work was done; the try itself may have been
        // the one that did.
        let by_itself = lease.failures() >= limits.disable_at;
        if limiter.is_disabled() && !by_itself {
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        }
        let failures = lease.before.failures();
        *limiter = Limiter::new();
        match lease.of {
            LeaseOf::Backup(used) => self.accept_backup_code(&used, place, failures),
            LeaseOf::Pin(used) => self.accept_pin(&used, failures),
            LeaseOf::Remote(used) => self.accept_remote(&used, failures),
        }
    }

    /// Whether another slow try is under way in this lane. Asked for every one, so that what is refused anyway
    /// looks like the rest (law 8).
    fn check_lease(&self, lane: Lane) -> Result<(), Denial> {
        let lease = match lane {
            Lane::Authenticated => self.state.lease.as_ref(),
            Lane::Registration => self.state.registering.lease.as_ref(),
        };
        match lease.and_then(|lease| lease.life.waits_until(self.now())) {
            Some(until) => Err(Denial::until(Reason::TooSoon, until)),
            None => Ok(()),
        }
    }

    /// Tells of a slow try whose work was lost: it counts as the failure that it was counted for.
    pub(super) fn drop_lost_lease(&mut self) {
        let now = self.now();
        for lane in LANES {
            let lost = self.state.lease_mut(lane).take_if(|lease| lease.life.is_over(now));
            if let Some(lease) = lost {
                self.report_slow_failure(&lease);
            }
        }
    }

    fn report_slow_failure(&mut self, lease: &Lease) {
        let (kind, now) = (lease.of.kind(), self.now());
        self.events.push(Event::IncorrectProof(kind));
        if let (LeaseOf::Pin(PinUse::Practice), Some(pin)) =
            (&lease.of, &mut self.state.factors.pin)
        {
            pin.remind_earlier(now);
        }
        // By what the try led to, not by what stands now: its wait may be over, and a flood may have
        // ended the factor since, which was told.
        let limits = lease.of.limits(&self.state, self.policy);
        let is_disabled = lease.of.limiter(&mut self.state).is_some_and(|of| of.is_disabled());
        match lease.failures() {
            failures if failures >= limits.disable_at => {
                self.events.push(Event::FactorDisabled(kind));
            }
            failures if failures >= limits.waits_from && !is_disabled => {
                self.report_lock(kind, failures);
            }
            _ => {}
        }
        self.void_remote(lease);
        self.disable_after_flood();
    }

    fn report_refusal(&mut self, reason: Reason) {
        if reason == Reason::Replayed {
            self.events.push(Event::ReplayRefused(FactorKind::BackupCode));
        }
    }
}

/// Longer than a slow hash takes on a busy machine; whoever died holds up nobody for longer.
const LEASE: u32 = 10;
const LANES: [Lane; 2] = [Lane::Authenticated, Lane::Registration];
