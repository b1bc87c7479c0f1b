//! A subject, opened from its record for one decision.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, net::IpAddr};

use super::{effects::Effects, transition::Transition};
use crate::{
    client::Client,
    event::Event,
    first_factor::FirstFactor,
    id::{RecordId, SubjectId},
    keys::{Keys, RecordKind, TextKind},
    moment::Moment,
    policy::Policy,
    purpose::Operation,
    record::{Record, Version},
    sign_in::DeviceToken,
    subject::{
        factor::{Caller, hashing::HashContext},
        record::{
            client_binding::PresentedClient,
            clock_fault::HasTimes as _,
            codec::{self, Unreadable},
            new_device::NewDevice,
            state::State,
        },
    },
    time::UnixTime,
    wiped::Wiped,
};

/// One subject, opened from its record for one decision at one moment.
///
/// A decision consumes the subject and returns a [`Transition`]. After a conflict, open the subject
/// again from the stored record, at a new moment.
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
pub struct Subject<'a> {
    pub(in crate::subject) context: Context<'a>,
    pub(in crate::subject) moment: Moment,
    /// Boxed: a decision is moved many times, and its future contains it.
    pub(in crate::subject) state: Box<State>,
    pub(in crate::subject) effects: Effects,
}

/// The values on which a decision depends, in addition to the state.
pub(crate) struct Context<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) policy: &'a Policy,
    pub(crate) id: SubjectId,
    pub(crate) record_id: RecordId,
    pub(crate) version: Option<Version>,
    /// The version that the next write must follow, which is a later one after a rollback of the
    /// store.
    pub(crate) latest: Option<Version>,
    /// Whether the record was sealed with a generation that a newer one has replaced.
    pub(crate) has_old_seal: bool,
    pub(crate) client: PresentedClient,
    /// The first factor of this decision, if the caller named it.
    pub(crate) first_factor: Option<FirstFactor>,
    /// The client, as a sealed ceremony identifies it.
    pub(crate) ceremony_client: PresentedClient,
    /// The token of a device, which the client presents.
    pub(crate) device_token: Option<DeviceToken>,
    /// Its content, if these keys open it.
    pub(crate) device_text: Option<Wiped<Vec<u8>>>,
    /// The device to trust, if the attempt signs in.
    pub(crate) trust: Option<NewDevice>,
    pub(crate) now: UnixTime,
    /// The network of the client, which is reported and not stored.
    pub(crate) network: Option<IpAddr>,
}

/// The result of opening a record.
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
#[derive(Debug)]
#[must_use = "a record with times in the future must be repaired before a decision"]
#[expect(clippy::exhaustive_enums, reason = "there is the subject, or something to do first")]
pub enum Opened<'a> {
    /// A time in the record is in the future. Settle this write, then load and open again.
    ///
    /// If a time is more than two minutes in the future, its lifetime ends and its wait restarts.
    /// The repair must be written once. Otherwise, the wait would restart each time the record is
    /// opened.
    NeedsRepair(Transition<()>),
    /// The subject is ready for a decision.
    Ready(Subject<'a>),
    /// The store lost later versions of the record.
    ///
    /// Refuse every decision until an operator accepts the record.
    RolledBack(RolledBack<'a>),
}

/// A subject whose record is older than one that was committed.
///
/// Used codes and removed devices are valid again in such a record. It therefore permits only one
/// decision, [`after_restore`](Self::after_restore).
///
/// # Example
///
/// ```
/// use second_factor::sans_io::{RolledBack, Transition};
///
/// fn accept(record: RolledBack<'_>) -> Transition<()> {
///     record.after_restore()
/// }
/// # let _ = accept;
/// ```
#[derive(Debug)]
pub struct RolledBack<'a>(pub(in crate::subject) Subject<'a>);

impl<'a> Subject<'a> {
    /// Opens the record of a subject.
    ///
    /// Pass `None` if the store has no record.
    ///
    /// Before you pass `None`, check with [`RootSentinel`](super::root::RootSentinel) that the
    /// store was initialized with these keys.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if these keys do not open the record, or if this release does not
    /// support its format. Such a record never counts as a subject without a second factor.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        id: &SubjectId,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Opened<'a>, Unreadable> {
        Self::open_at(keys, policy, (id, keys.subject_record(id)), record, moment)
    }

    /// Opens the record of a subject whose record id is already known, which saves a hash.
    pub(crate) fn open_at(
        keys: &'a Keys,
        policy: &'a Policy,
        (id, record_id): (&SubjectId, RecordId),
        record: Option<&Record>,
        mut moment: Moment,
    ) -> Result<Opened<'a>, Unreadable> {
        keys.bind_to_record(&mut moment, (RecordKind::Subject, &record_id), record);
        let (newest, _) = keys.newest_pepper();
        let (state, sealed_with) = match record {
            Some(record) => codec::open(keys, (RecordKind::Subject, &record_id), record)?,
            None => (State::new(), newest),
        };
        let state = Box::new(state);
        let context = Context {
            keys,
            policy,
            id: id.clone(),
            record_id,
            version: record.map(Record::version),
            latest: record.map(Record::latest),
            has_old_seal: sealed_with < newest,
            client: PresentedClient::default(),
            first_factor: None,
            ceremony_client: PresentedClient::default(),
            device_token: None,
            device_text: None,
            trust: None,
            now: moment.now(),
            network: None,
        };
        let mut subject = Self { context, moment, state, effects: Effects::default() };
        let now = subject.now();
        let has_fault = subject.state.has_clock_fault(now);
        if has_fault {
            subject.state.repair(now);
        }
        subject.state.observe(now);
        subject.note_abandoned();
        if record.is_some_and(Record::is_rolled_back) {
            return Ok(Opened::RolledBack(RolledBack(subject)));
        }
        if has_fault {
            subject.effects.events.push(Event::ClockFault);
            return Ok(Opened::NeedsRepair(subject.commit_repair()));
        }
        Ok(Opened::Ready(subject))
    }

    /// Sets the first factor of the sign-in to which this decision belongs.
    ///
    /// If none is set, a decision that depends on the first factor assumes [`FirstFactor::None`].
    #[must_use]
    pub fn after(mut self, first: &FirstFactor) -> Self {
        self.bind("after", &first.identity());
        self.context.first_factor = Some(first.normalized());
        self
    }

    /// Sets the client that makes the request.
    #[must_use]
    pub fn for_client(mut self, client: &Client) -> Self {
        let Context { keys, record_id, .. } = self.context;
        self.context.ceremony_client = PresentedClient::of_ceremony(keys, Some(client));
        self.context.client = PresentedClient::of(keys, Some(client), &record_id);
        self.context.device_text = client
            .device_token()
            .and_then(|token| keys.open_text(TextKind::Device, token.expose()).ok());
        self.context.device_token = client.device_token().cloned();
        self.context.network = client.from();
        let binding = self.context.client.binding();
        self.bind("client", &[binding.hash().map_or(&[], |hash| hash)]);
        self
    }

    /// Sets the device that a successful sign-in makes trusted.
    ///
    /// [`verify`](Self::verify) reads the device from the proof. Before
    /// [`conclude`](Self::conclude), set the device again.
    #[must_use]
    pub fn trusting(mut self, device: Option<&NewDevice>) -> Self {
        self.context.trust = device.cloned();
        self
    }

    /// Returns the epoch of the record; 0 until a factor was confirmed.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.state.epoch
    }

    /// Creates the subject's record, unless it exists.
    pub fn create(self) -> Transition<()> {
        match self.context.version {
            Some(_) => self.decoy(Ok(())),
            None => self.commit(Ok(())),
        }
    }

    /// Seals the record again with the newest generation, without changing its content.
    pub fn reseal(self) -> Transition<()> {
        match self.context.version {
            Some(_) => self.commit(Ok(())),
            None => self.decoy(Ok(())),
        }
    }

    /// Binds the randomness of this decision to its operation and its inputs.
    ///
    /// Call it before the first draw. Otherwise, a repeated seed would give two operations one
    /// secret.
    pub(in crate::subject) fn bind(&mut self, operation: &str, inputs: &[&[u8]]) {
        self.context.keys.bind_to_operation(&mut self.moment, operation, inputs);
    }

    pub(in crate::subject) const fn now(&self) -> UnixTime {
        self.context.now
    }

    pub(in crate::subject) const fn policy(&self) -> &'a Policy {
        self.context.policy
    }

    /// Returns the caller of this decision, with its purpose.
    pub(in crate::subject) const fn caller(&self, purpose: Operation) -> Caller {
        Caller { client: self.context.client, now: self.context.now, purpose }
    }

    /// Returns the caller like [`caller`](Self::caller), for a ceremony.
    pub(in crate::subject) const fn ceremony_caller(&self, purpose: Operation) -> Caller {
        Caller { client: self.context.ceremony_client, ..self.caller(purpose) }
    }

    /// Returns the values on which the slow hashes of this subject depend.
    pub(in crate::subject) const fn hash_context(&self) -> HashContext<'a> {
        let Context { keys, policy, record_id, .. } = self.context;
        HashContext { keys, record: record_id, cost: policy.hash_cost() }
    }

    /// Adds an event to the report of this decision.
    pub(in crate::subject) fn report(&mut self, event: Event) {
        self.effects.events.push(event);
    }

    /// Records sign-ins whose next step never followed, before a decision replaces them.
    fn note_abandoned(&mut self) {
        let now = self.now();
        // STD A-03: the first step was correct, and the next step never followed.
        let partial =
            self.state.partial_proofs.iter().filter(|partial| partial.lifetime.is_over(now));
        let partial = partial.map(|partial| partial.purpose);
        let challenges = self.state.challenges.iter().filter(|open| open.sent.is_finished(now));
        let challenges = challenges.map(|open| open.sent.purpose());
        self.effects.abandoned = partial.chain(challenges).collect();
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("record_id", &self.context.record_id)
            .field("version", &self.context.version)
            .finish_non_exhaustive()
    }
}
