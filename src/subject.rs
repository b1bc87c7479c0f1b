//! What a verifier hands out, and the pure core under it. Knows no store and no async.
//!
//! Every host meets [`Challenge`], [`Enrollment`], [`Factor`], [`HotpToken`], and for its settings page
//! [`Grant`], [`Authority`] and [`Enroller`].
//!
//! # The core
//!
//! The rest is the core: from a record, an input and a moment to a transition. Most hosts never come
//! here: the [`Verifier`](crate::Verifier) does. One with its own idea of
//! input and output drives it by hand. Each decision takes four steps: load a record, open it as a
//! [`Subject`], decide, give the [`Transition`] to the store's compare-and-swap and its answer to
//! [`settle`](Transition::settle); on [`Again`](Settled::Conflict), from the start.
//!
//! # Example
//!
//! ```
//! use second_factor::{Keys, Policy, SubjectId, UnixTime, message::Sender};
//! use second_factor::storage::{Record, RecordId, Swap, Version};
//! use second_factor::subject::{Account, Enroller, Moment, Opened, Settled, Subject};
//! # use second_factor::host::{Entropy, SystemEntropy};
//!
//! // Your store, here for one record: it is swapped only where the version fits.
//! let mut stored: Option<Record> = None;
//! let mut swap = |_id: &RecordId, expected: Option<Version>, record: &Record| {
//!     if stored.as_ref().map(Record::version) != expected {
//!         return Swap::Conflict;
//!     }
//!     stored = Some(record.clone());
//!     Swap::Commit
//! };
//!
//! # let (mut root, mut seed) = ([0; 32], [0; 32]);
//! # SystemEntropy::new().fill(&mut root)?;
//! // 32 fresh random bytes for each decision.
//! # SystemEntropy::new().fill(&mut seed)?;
//! let moment = Moment::new(UnixTime::from_secs(1_800_000_000), seed);
//! let (keys, policy, sender) = (Keys::new(root), Policy::default(), Sender::new("Example")?);
//! let alice = SubjectId::new("user-42")?;
//!
//! let Opened::Ready(subject) = Subject::open(&keys, &policy, &alice, None, moment)? else {
//!     unreachable!("an empty record has no wrong times; else settle what comes, and load again")
//! };
//! let account = Account::new("alice@example.com")?;
//! let decided = subject.enroll_totp(&Enroller::from(&alice), &sender, &account)?;
//! let answer = swap(decided.record_id(), decided.expected(), decided.record());
//! let Settled::Done { outcome, .. } = decided.settle(answer) else {
//!     unreachable!("nobody else writes; else load again")
//! };
//! assert!(outcome?.expose_uri().expose().starts_with("otpauth://totp/Example:alice"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod app;
mod approval;
mod authority;
mod backup;
mod budget;
mod challenge;
mod clock_fault;
mod codec;
mod commit;
mod device;
mod due;
mod elsewhere;
mod enroll;
mod failures;
mod fields;
mod import;
mod limiter;
mod manage;
mod next;
mod onward;
mod outbox;
mod pin;
mod prefix;
mod proof;
mod register;
mod request;
mod reserved;
mod reset;
mod restore;
mod rights;
mod root;
mod security_key;
mod sending;
mod sends;
mod sent;
mod slow_hash;
mod span;
mod state;
mod status;
mod target;
mod token;
mod transition;
mod unrequested;
mod work;

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;

use self::state::{Pace, State};
pub use self::{
    approval::{PendingRequest, RequestAnswer, RequestedFrom, RequestedSignIn, SignInRequest},
    authority::{Authority, Enroller, Grant},
    backup::{BackupCodes, DrawnCodes, HashedCodes},
    budget::Budget,
    device::{DeviceToken, NewDevice, TrustedDevice},
    enroll::{Account, Enrollment},
    import::{DrawnImport, HashedImport, Import, InvalidImport},
    manage::{Factor, WhatsApp},
    onward::{Alternative, SendReference},
    outbox::Notice,
    pin::{DrawnPin, HashedPin, InvalidPin, NewPin},
    prefix::Conversion,
    proof::Proof,
    request::{Challenge, CodeRequest, SendPlan, Sending},
    reserved::{BudgetCharge, Reservation},
    reset::{InvalidReset, Reset},
    root::RootSentinel,
    security_key::{
        Ceremony, CeremonyState, InvalidSecurityKey, NewSecurityKey, SecurityKey,
        SecurityKeyOutcome,
    },
    status::{FactorState, FactorStatus, PinStatus, Status},
    token::HotpToken,
    transition::{Decision, Settled, Transition},
    work::{SlowCheck, SlowResult},
};
pub use crate::moment::Moment;
use crate::{
    Address, Client, FactorKind, Handle, Keys, Policy, Purpose, SubjectId, UnixTime,
    event::Event,
    factor::FactorSet,
    id::RecordId,
    keys::RecordKind,
    policy::Absent,
    record::{Record, Version},
    verdict::{Denial, Reason, Verified},
};

/// One subject, opened from its record, for one decision at one moment.
///
/// A decision takes the subject by value: its answer is a [`Transition`], and after a conflict the
/// subject is opened again from what the store has by then, at a new moment.
///
/// # Example
///
/// See the [module](self).
pub struct Subject<'a> {
    keys: &'a Keys,
    policy: &'a Policy,
    id: SubjectId,
    record_id: RecordId,
    version: Option<Version>,
    /// Whether the record was sealed under a key that a newer one has replaced.
    has_old_seal: bool,
    client: Option<[u8; 32]>,
    moment: Moment,
    state: State,
    events: Vec<Event>,
    /// The handle of a proof that was given before.
    after: Option<Handle>,
    /// What codes and PINs were for that were asked for and never came.
    unanswered: Vec<Purpose>,
    /// Addresses that are gone by this decision, and hear of it.
    gone: Vec<Address>,
    /// Where the person is to be told of what happened.
    told_at: Vec<Address>,
    /// The record in which a code that was right is noted as entered.
    conversion: Option<Conversion>,
    /// Kinds of which a factor was locked, for the first time since its last success.
    first_locks: FactorSet,
}

/// What comes of opening a record.
///
/// # Example
///
/// See the [module](self).
#[derive(Debug)]
#[must_use = "a record with wrong times must be set right before anything is decided"]
#[expect(clippy::exhaustive_enums, reason = "there is the subject, or something to do first")]
#[expect(clippy::large_enum_variant, reason = "one at a time, taken apart at once")]
pub enum Opened<'a> {
    /// A clock was wrong: settle this write first, then load and open again.
    ///
    /// A time more than two minutes in the future ends a life and begins a wait again, which must be
    /// written down, or it would begin again at every look.
    NeedsRepair(Transition<()>),
    /// The subject.
    Ready(Subject<'a>),
}

/// What comes of a proof that was not refused.
///
/// # Example
///
/// ```
/// use second_factor::{Verified, subject::{Checked, SlowCheck}};
///
/// fn proceed(checked: Checked, slow: impl Fn(SlowCheck)) -> Option<Verified> {
///     match checked {
///         Checked::Verified(verified) => Some(verified),
///         Checked::Practiced => None,
///         Checked::SlowCheck(work) => {
///             slow(work);
///             None
///         }
///     }
/// }
/// # let _ = |checked| proceed(checked, drop);
/// ```
#[derive(Debug)]
#[must_use = "this is the proof, or the work before there can be one"]
#[expect(clippy::exhaustive_enums, reason = "a host must not be able to overlook one")]
pub enum Checked {
    /// The PIN was right, and asked for to be remembered: it proves nothing.
    Practiced,
    /// It was right, and nothing more is due.
    Verified(Verified),
    /// The try is counted, and slow work is to be done before it can be told right or wrong: run it,
    /// and give what it found to [`Subject::conclude`].
    SlowCheck(SlowCheck),
}

impl<'a> Subject<'a> {
    /// Opens what the store keeps of `id`; `None` when it keeps nothing.
    ///
    /// Before you pass `None`, have [`RootSentinel`] say that the store was begun with these keys.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is a record that these keys do not open or that this release does
    /// not understand. It is never taken for a subject without a second factor.
    pub fn open(
        keys: &'a Keys,
        policy: &'a Policy,
        id: &SubjectId,
        record: Option<&Record>,
        moment: Moment,
    ) -> Result<Opened<'a>, Unreadable> {
        let record_id = keys.subject_record(id);
        let newest = keys.newest_sealing_id();
        let (state, sealed_with) = match record {
            Some(record) => codec::open(keys, (RecordKind::Subject, &record_id), record)?,
            None => (State::new(), newest),
        };
        let mut subject = Self {
            keys,
            policy,
            id: id.clone(),
            record_id,
            version: record.map(Record::version),
            has_old_seal: sealed_with < newest,
            client: None,
            moment,
            state,
            events: Vec::new(),
            after: None,
            unanswered: Vec::new(),
            gone: Vec::new(),
            told_at: Vec::new(),
            conversion: None,
            first_locks: FactorSet::of(&[]),
        };
        if subject.state.is_in_future(subject.now()) {
            let now = subject.now();
            subject.state.repair(now);
            subject.note_unanswered();
            subject.events.push(Event::ClockFault);
            return Ok(Opened::NeedsRepair(subject.commit(Ok(()))));
        }
        subject.note_unanswered();
        Ok(Opened::Ready(subject))
    }

    /// The same subject, with `client` as the one that asks.
    #[must_use]
    pub fn for_client(mut self, client: &Client) -> Self {
        self.client = Some(self.keys.client_hash(client, &self.record_id));
        self
    }

    /// Makes a record for a subject that has none; changes nothing for one that has.
    pub fn create(self) -> Transition<()> {
        match self.version {
            Some(_) => self.decoy(Ok(())),
            None => self.commit(Ok(())),
        }
    }

    /// Seals the record again, with the newest key; changes nothing in it.
    pub fn reseal(self) -> Transition<()> {
        match self.version {
            Some(_) => self.commit(Ok(())),
            None => self.decoy(Ok(())),
        }
    }

    /// Checks `proof` for `purpose`.
    ///
    /// # Errors
    ///
    /// A [`Denial`] that needs no write: the proof is no code at all, the policy does not allow its
    /// kind, or the factor is locked. Every other refusal comes out of the transition.
    pub fn verify(mut self, purpose: Purpose, proof: &Proof<'_>) -> Decision<Checked> {
        self.after = proof.after;
        match proof.what {
            proof::Offered::Totp { typed } => self.verify_totp(purpose, typed),
            proof::Offered::BackupCode { typed } => self.verify_backup_code(purpose, typed),
            proof::Offered::SecurityKey { ceremony, verdict } => {
                self.verify_security_key(purpose, &ceremony, &verdict)
            }
            proof::Offered::Pin { due, typed } => self.verify_pin(purpose, &due, typed),
            proof::Offered::SentCode { challenge, typed } => {
                self.verify_code(purpose, &challenge, typed)
            }
            proof::Offered::SignInRequest { request } => self.verify_request(purpose, &request),
            proof::Offered::HotpResync { first, second } => {
                self.verify_hotp(purpose, token::Typed::Pair(first, second))
            }
            proof::Offered::Hotp { typed } => self.verify_hotp(purpose, token::Typed::Code(typed)),
        }
    }

    const fn now(&self) -> UnixTime {
        self.moment.now()
    }

    /// Whether the client that asks is the one that something was made for; no client is one of its
    /// own.
    fn is_from(&self, bound: Option<&[u8; 32]>) -> bool {
        match (bound, &self.client) {
            (None, None) => true,
            (Some(bound), Some(client)) => bool::from(bound.ct_eq(client)),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    fn require_record(&self) -> Result<(), Denial> {
        match (self.version, self.policy.absent()) {
            (None, Absent::Refuse) => Err(Denial::new(Reason::Absent)),
            _ => Ok(()),
        }
    }

    /// Records a success of a factor of this kind, after so many failures of it.
    fn record_success(&mut self, kind: FactorKind, purpose: Purpose, failures: u32) {
        if failures > 0 {
            self.events.push(Event::SuccessAfterFailures(kind, failures));
        }
        self.events.push(Event::Verified(kind, purpose));
        if purpose == Purpose::Register {
            return self.state.registering.forget_pace();
        }
        self.state.pace = Pace::new();
        // FAILURES 102: neither a request nor the PIN behind it is a code.
        if !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest) {
            self.state.sign_in_requests.turn_on();
        }
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
/// use second_factor::{Keys, Policy, SubjectId, UnixTime};
/// use second_factor::{storage::{Record, Version}, subject::{Moment, Subject}};
///
/// # let (root, seed) = (core::array::from_fn(|i| i as u8), [1; 32]);
/// let (keys, policy, alice) = (Keys::new(root), Policy::default(), SubjectId::new("user-42")?);
/// let torn = Record::new(Version::new(7), vec![1, 2, 3], None);
/// let moment = Moment::new(UnixTime::from_secs(1_800_000_000), seed);
/// let error = Subject::open(&keys, &policy, &alice, Some(&torn), moment).unwrap_err();
/// assert_eq!(error.to_string(), "a record cannot be opened with these keys");
/// # Ok::<(), second_factor::id::InvalidSubjectId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record cannot be opened with these keys")]
#[non_exhaustive]
pub struct Unreadable;
