//! Security keys, and any other proof that another crate has checked: what is kept of them, and the
//! ceremony around each. Checks no signature.

mod ceremony;
mod given;

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use self::given::{Blob, Found};
pub use self::{
    ceremony::{Ceremony, SecurityKey},
    given::{CeremonyState, InvalidSecurityKey, NewSecurityKey, SecurityKeyOutcome},
};
use super::{
    Checked, Decision, Enroller, Subject,
    fields::{Id, purpose},
    limiter::{Gate, Limiter},
    span::Span,
    state::{FactorSummary, Pace, Times},
};
use crate::{
    FactorKind, Handle, Purpose, UnixTime,
    event::Event,
    id::{HandleKind, ItemId},
    policy::{CEREMONIES_AT_ONCE, CEREMONY_LIFE, CEREMONY_WAIT, CHALLENGE_LIFE, MAX_SECURITY_KEYS},
    verdict::{Denial, Reason, Verified},
};

/// The security keys of a subject. A wrong answer names no key, so they share one count.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct SecurityKeys {
    #[n(0)]
    keys: Vec<Key>,
    #[n(1)]
    pub(super) limiter: Limiter,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Key {
    #[n(0)]
    id: Id,
    #[n(1)]
    name: String,
    /// What the other crate wants kept of it.
    #[n(2)]
    credential: Blob,
    #[n(3)]
    times: Times,
}

impl SecurityKeys {
    const fn none() -> Self {
        Self { keys: Vec::new(), limiter: Limiter::new() }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = FactorSummary<'_>> {
        self.keys.iter().enumerate().map(|(place, key)| FactorSummary {
            is_further: place > 0,
            ..FactorSummary::of(KIND, key.times, &self.limiter)
        })
    }

    /// The same without the key of this id; whether it was among them.
    pub(super) fn without(mut self, id: &ItemId) -> (Option<Self>, bool) {
        let stood = self.keys.len();
        self.keys.retain(|key| *key.id != *id.as_bytes());
        let was_there = self.keys.len() < stood;
        ((!self.keys.is_empty()).then_some(self), was_there)
    }

    fn shown(&self) -> Vec<SecurityKey> {
        let show = |key: &Key| SecurityKey {
            id: ItemId::new(*key.id),
            name: key.name.clone(),
            credential: key.credential.clone(),
            enrolled_at: key.times.enrolled_at(),
        };
        self.keys.iter().map(show).collect()
    }
}

/// The ceremonies that wait for their answers.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Ceremonies {
    /// At most one to prove with, and one to enroll by.
    #[n(0)]
    open: Vec<OpenCeremony>,
    /// How fast those to prove with follow each other.
    #[n(1)]
    pub(super) pace: Pace,
}

#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
struct OpenCeremony {
    #[n(0)]
    id: Id,
    #[n(1)]
    challenge: ByteArray<32>,
    /// [`Purpose::Enroll`] for the one to enroll by.
    #[cbor(n(2), with = "purpose")]
    purpose: Purpose,
    #[n(3)]
    client: Option<ByteArray<32>>,
    #[n(4)]
    life: Span,
    #[n(5)]
    kept: Blob,
    /// Whether the PIN was proven by whoever began to enroll.
    #[n(6)]
    with_pin: bool,
}

impl Ceremonies {
    pub(super) const fn new() -> Self {
        Self { open: Vec::new(), pace: Pace::new() }
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.pace.wait.is_in_future(now) || self.open.iter().any(|open| open.life.is_in_future(now))
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        self.pace.wait.repair(now);
        self.open.retain(|open| !open.life.is_in_future(now));
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// What those were for that are over and that nobody came back for.
    pub(super) fn stale(&self, now: UnixTime) -> impl Iterator<Item = Purpose> {
        let over = self.open.iter().filter(move |open| open.life.is_over(now));
        over.map(|open| open.purpose).filter(|purpose| *purpose != Purpose::Enroll)
    }

    /// Lets go of those that are over.
    pub(super) fn drop_stale(&mut self, now: UnixTime) {
        self.open.retain(|open| !open.life.is_over(now));
    }

    fn put(&mut self, new: OpenCeremony) {
        let enrolls = |open: &OpenCeremony| open.purpose == Purpose::Enroll;
        self.open.retain(|open| enrolls(open) != enrolls(&new));
        self.open.push(new);
    }

    fn find(&self, handle: &Handle) -> Option<&OpenCeremony> {
        self.open.iter().find(|open| handle.is(HandleKind::SecurityKey, &open.id))
    }

    fn end(&mut self, id: &Id) {
        self.open.retain(|open| open.id != *id);
    }
}

impl OpenCeremony {
    fn handle(&self) -> Handle {
        Handle::new(HandleKind::SecurityKey, *self.id)
    }

    /// Why an answer to it from `subject` for `purpose` is not looked at, if it is not.
    fn void(&self, subject: &Subject<'_>, purpose: Purpose) -> Option<Reason> {
        match () {
            () if self.purpose != purpose => Some(Reason::OtherPurpose),
            () => self.void_for_all(subject),
        }
    }

    fn void_for_all(&self, subject: &Subject<'_>) -> Option<Reason> {
        match () {
            () if !subject.is_from(self.client.as_deref()) => Some(Reason::OtherClient),
            () if self.life.is_over(subject.now()) => Some(Reason::Expired),
            () => None,
        }
    }
}

impl Subject<'_> {
    /// The security keys that stand, whether they can be used now or not.
    #[must_use]
    pub fn security_keys(&self) -> Vec<SecurityKey> {
        self.state.factors.security_keys.as_ref().map_or_else(Vec::new, SecurityKeys::shown)
    }

    /// Begins a ceremony in which a security key is to prove something.
    ///
    /// It takes the place of one begun before. For a subject whose keys cannot answer, the same is
    /// given, without keys, and nothing is kept.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the policy does not allow security keys for `purpose`, they are locked, or too
    /// many ceremonies were begun.
    pub fn begin_security_key(
        mut self,
        purpose: Purpose,
        kept: &CeremonyState,
    ) -> Decision<Ceremony> {
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let now = self.now();
        let gate = self.state.factors.security_keys.as_ref().map(|keys| keys.limiter.gate(now));
        if let Some(Gate::Locked(until)) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        if let Some(until) = self.state.ceremonies.pace.wait.waits_until(now) {
            return Err(Denial::until(Reason::TooSoon, until));
        }
        let open = self.new_ceremony(purpose, kept, false);
        if gate != Some(Gate::Open) {
            return Ok(self.decoy(Ok(show(&open, Vec::new()))));
        }
        let shown = show(&open, self.security_keys());
        self.state.ceremonies.pace = self.next_ceremony_pace();
        self.state.ceremonies.put(open);
        Ok(self.commit(Ok(shown)))
    }

    /// Begins to add a security key.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the enroller has no right, or there are as many keys as there may be.
    pub fn enroll_security_key(
        mut self,
        enroller: &Enroller,
        kept: &CeremonyState,
    ) -> Decision<Ceremony> {
        self.check_enroller(enroller)?;
        self.check_kind(KIND)?;
        // Asked once: no other key is added before this ceremony ends, since there is one to enroll
        // by.
        if self.has_all_keys() {
            return Err(Denial::new(Reason::TooMany));
        }
        let open = self.new_ceremony(Purpose::Enroll, kept, enroller.has_pin());
        let shown = show(&open, self.security_keys());
        self.state.ceremonies.put(open);
        Ok(self.commit(Ok(shown)))
    }

    /// A ceremony that waits, as it was begun, with the keys as they stand now.
    ///
    /// It is not ended by this.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: there is none of this handle, not any more, or not for this client.
    pub fn ceremony(&self, handle: &Handle) -> Result<Ceremony, Denial> {
        let Some(open) = self.state.ceremonies.find(handle) else {
            return Err(Denial::new(Reason::NotFound));
        };
        match open.void_for_all(self) {
            Some(reason) => Err(Denial::new(reason)),
            None => Ok(show(open, self.security_keys())),
        }
    }

    /// Ends an enrollment with the key that the other crate has registered.
    ///
    /// From then on it counts.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn confirm_security_key(
        mut self,
        enrollment: &Handle,
        key: &NewSecurityKey,
    ) -> Decision<Verified> {
        let Some(open) = self.state.ceremonies.find(enrollment).cloned() else {
            return self.refuse(Reason::NotFound);
        };
        if let Some(reason) = open.void(&self, Purpose::Enroll) {
            return self.refuse(reason);
        }
        if self.check_reset().is_err() {
            return self.refuse(Reason::Expired);
        }
        // FAILURES 14: the write that adds the key ends the ceremony.
        self.state.ceremonies.end(&open.id);
        let was_protected = self.state.factors.protect();
        let (id, times) = (self.moment.bytes().into(), Times::new(self.now()));
        let keys = self.state.factors.security_keys.get_or_insert(SecurityKeys::none());
        // STD N-41: what was disabled is of use again when it is bound again.
        if keys.limiter.is_disabled() {
            keys.limiter = Limiter::new();
        }
        let NewSecurityKey { name, credential } = key;
        keys.keys.push(Key { id, name: name.clone(), credential: credential.clone(), times });
        self.note_installed(Event::FactorAdded(KIND), was_protected);
        // Nothing was guessed: a lock on first codes is neither asked nor lifted.
        self.end_enrollment(KIND, open.with_pin, 0, |verified| verified)
    }

    pub(super) fn verify_security_key(
        mut self,
        purpose: Purpose,
        ceremony: &Handle,
        verdict: &SecurityKeyOutcome<'_>,
    ) -> Decision<Checked> {
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let Some(keys) = &self.state.factors.security_keys else {
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse(reason);
        };
        match keys.limiter.gate(self.now()) {
            Gate::Locked(until) => return Err(Denial::until(Reason::Locked, until)),
            Gate::Disabled => return self.refuse(Reason::Disabled),
            Gate::Open => {}
        }
        let Some(open) = self.state.ceremonies.find(ceremony).cloned() else {
            return self.refuse(Reason::NotFound);
        };
        if let Some(reason) = open.void(&self, purpose) {
            return self.refuse(reason);
        }
        // Law 3: the write that records the answer, right or wrong, ends the ceremony.
        self.state.ceremonies.end(&open.id);
        match verdict.0 {
            Found::Passed { key, credential } => self.accept_key(purpose, &key, credential),
            Found::Failed => {
                self.count_failure(KIND, |state| {
                    Some(&mut state.factors.security_keys.as_mut()?.limiter)
                });
                Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
            }
        }
    }

    fn accept_key(mut self, purpose: Purpose, id: &ItemId, credential: &[u8]) -> Decision<Checked> {
        let now = self.now();
        let Some(keys) = &mut self.state.factors.security_keys else {
            return self.refuse(Reason::NotEnrolled);
        };
        let Some(key) = keys.keys.iter_mut().find(|key| *key.id == *id.as_bytes()) else {
            return self.refuse(Reason::NotFound);
        };
        // A counter of signatures is good for something only if it moves with the success.
        key.credential = Blob::new(credential);
        key.times.touch(now);
        let failures = keys.limiter.failures();
        keys.limiter.clear();
        self.state.ceremonies.pace = Pace::new();
        self.accept(KIND, purpose, failures)
    }

    fn new_ceremony(
        &mut self,
        purpose: Purpose,
        kept: &CeremonyState,
        with_pin: bool,
    ) -> OpenCeremony {
        OpenCeremony {
            id: self.moment.bytes().into(),
            challenge: self.moment.bytes().into(),
            purpose,
            client: self.client.map(Into::into),
            life: Span::new(self.now(), CEREMONY_LIFE),
            kept: kept.0.clone(),
            with_pin,
        }
    }

    /// The pace after one more ceremony. Beginning one writes and counts nothing, so whoever begins
    /// them without end must not make every other write of the subject come too late (law 8).
    fn next_ceremony_pace(&self) -> Pace {
        let (now, pace) = (self.now(), &self.state.ceremonies.pace);
        let is_long_ago = pace.wait.began().plus(u64::from(CHALLENGE_LIFE)) <= now;
        let begun = if is_long_ago { 1 } else { pace.sends.saturating_add(1) };
        let secs = if begun < CEREMONIES_AT_ONCE { 0 } else { CEREMONY_WAIT };
        Pace { sends: begun, wait: Span::new(now, secs) }
    }

    fn has_all_keys(&self) -> bool {
        let keys = self.state.factors.security_keys.as_ref();
        keys.is_some_and(|keys| keys.keys.len() >= MAX_SECURITY_KEYS)
    }
}

fn show(open: &OpenCeremony, keys: Vec<SecurityKey>) -> Ceremony {
    Ceremony {
        handle: open.handle(),
        challenge: *open.challenge,
        kept: open.kept.clone(),
        keys,
        expires_at: open.life.ends(),
    }
}

const KIND: FactorKind = FactorKind::SecurityKey;
