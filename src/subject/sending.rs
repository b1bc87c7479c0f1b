//! Sending a code: whether it may be sent, and then what. Carries nothing anywhere.

use alloc::string::String;
use core::fmt;

use super::{
    Decision, Enroller, Moment, Reserved, Subject, Transition,
    budget::{DAY, full_until, is_recent},
    limiter::Gate,
    sent::{Draft, SentCode},
    span::Span,
    state::{OpenChallenge, Pace, PendingFactor},
};
use crate::{
    Address, Event, Handle, Message, Purpose, UnixTime,
    code::Code,
    id::{HandleKind, RecordId},
    keys::{TextKind, lay_out},
    message::{Channel, Sender},
    policy::{CHALLENGE_LIFE, RESEND_WAITS},
    verdict::{Denial, Reason},
};

/// A wish to have a code sent.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Purpose, subject::SendRequest};
///
/// let phone = Address::phone("+14155550100")?;
/// let request = SendRequest::challenge(&phone, Purpose::SignIn);
/// assert_eq!(format!("{request:?}"), "SendRequest(challenge)");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy)]
pub struct SendRequest<'a>(Wish<'a>);

#[derive(Clone, Copy)]
enum Wish<'a> {
    Again { handle: Handle },
    Challenge { address: &'a Address, purpose: Purpose },
    Enroll { enroller: &'a Enroller, address: &'a Address },
}

impl<'a> SendRequest<'a> {
    /// Another code for a challenge, or for the enrollment of an address.
    pub fn again(handle: &impl AsRef<Handle>) -> Self {
        Self(Wish::Again { handle: *handle.as_ref() })
    }

    /// A code to a proven address, for `purpose`.
    #[must_use]
    pub const fn challenge(address: &'a Address, purpose: Purpose) -> Self {
        Self(Wish::Challenge { address, purpose })
    }

    /// A code to an address that is to be proven.
    #[must_use]
    pub const fn enroll(enroller: &'a Enroller, address: &'a Address) -> Self {
        Self(Wish::Enroll { enroller, address })
    }
}

impl fmt::Debug for SendRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Wish::Again { .. } => "SendRequest(again)",
            Wish::Challenge { .. } => "SendRequest(challenge)",
            Wish::Enroll { .. } => "SendRequest(enroll)",
        })
    }
}

/// A send that is allowed: which budget it is to come out of.
#[derive(Clone, Debug)]
pub struct SendPlan {
    budget: RecordId,
    is_decoy: bool,
}

impl SendPlan {
    /// The id of the record from which the send must be reserved.
    #[must_use]
    pub const fn budget(&self) -> &RecordId {
        &self.budget
    }

    /// Whether nothing will be sent, and only the looks of it kept up (FAILURES 100).
    pub(super) const fn is_decoy(&self) -> bool {
        self.is_decoy
    }
}

/// What a send came to: the challenge for the person, and the message to deliver, if there is one.
#[derive(Debug)]
#[must_use = "the message must be delivered"]
#[non_exhaustive]
pub struct Sending {
    /// What the person answers to.
    pub challenge: Challenge,
    /// What to deliver. `None` when the address is not proven: then nothing is sent, and nobody is
    /// told so.
    pub message: Option<Message>,
}

/// A code that was sent and waits for its answer.
///
/// Only the [`handle`](Self::handle) must be kept until the answer comes; the rest is for the page.
/// Nothing in it is derived from the code.
///
/// # Example
///
/// ```
/// use second_factor::subject::Challenge;
///
/// fn page(challenge: &Challenge) -> String {
///     format!("Type the {} digits that we sent to {}", challenge.digits(), challenge.masked())
/// }
/// # let _ = page;
/// ```
#[derive(Clone)]
pub struct Challenge {
    handle: Handle,
    digits: u8,
    ends: UnixTime,
    masked: String,
    next_at: Option<UnixTime>,
}

impl Challenge {
    /// How many digits the code has.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// When the code stops being right.
    #[must_use]
    pub const fn ends(&self) -> UnixTime {
        self.ends
    }

    /// What names it between two requests.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The address it went to, with its middle hidden.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// When another code may be sent; `None`: not for this challenge.
    #[must_use]
    pub const fn next_at(&self) -> Option<UnixTime> {
        self.next_at
    }
}

impl AsRef<Handle> for Challenge {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("digits", &self.digits)
            .field("ends", &self.ends)
            .field("next_at", &self.next_at)
            .finish_non_exhaustive()
    }
}

/// Where a request leads when it is held against the record.
enum Target {
    Address(Address, Slot),
    /// To nobody: the address is not proven, or the handle names nothing.
    Nobody,
}

/// What the code that is drawn belongs to.
#[derive(Clone, Copy)]
enum Slot {
    /// Another code for the challenge at this place.
    Challenge(usize),
    NewChallenge(Purpose),
    NewPending {
        on_word: bool,
    },
    /// Another code for the enrollment at this place.
    Pending(usize),
}

/// What is to be told of a code that was drawn.
struct Drawn {
    code: Code,
    handle: Handle,
    ends: UnixTime,
    can_go_again: bool,
    purpose: Purpose,
    /// The record, the challenge and the number of the send: what a reference seals.
    name: [u8; 33],
}

impl Subject<'_> {
    /// Whether `request` may be sent now, and out of which budget. Writes nothing.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the policy does not allow it, the factor is locked, the last code was sent too
    /// short a time ago, the subject's budget is spent, or the enroller has no right.
    pub fn plan(&self, request: &SendRequest<'_>, now: UnixTime) -> Result<SendPlan, Denial> {
        let (address, is_decoy) = match (self.target(request, now)?, request.0) {
            (Target::Address(address, _), _) => (Some(address), false),
            (Target::Nobody, Wish::Challenge { address, .. }) => (Some(address.clone()), true),
            (Target::Nobody, _) => (None, true),
        };
        let budget = match address {
            Some(address) => self.keys.budget_record(&address),
            None => self.keys.nobodys_budget(),
        };
        Ok(SendPlan { budget, is_decoy })
    }

    /// Draws the code and writes down that it is sent.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan), since the record may have changed; and [`Reason::Budget`] when
    /// `reserved` is not for this request.
    pub fn send(
        mut self,
        request: &SendRequest<'_>,
        reserved: &Reserved,
        sender: &Sender,
        mut moment: Moment,
    ) -> Decision<Sending> {
        let now = moment.now();
        let plan = self.plan(request, now)?;
        if !reserved.is_for(&plan) {
            return Err(Denial::new(Reason::Budget));
        }
        let Target::Address(address, slot) = self.target(request, now)? else {
            return Ok(self.pretend(request, &mut moment));
        };
        let Some(drawn) = self.draw(slot, &address, &mut moment) else {
            return Ok(self.pretend(request, &mut moment));
        };
        let next_at = self.keep_pace(now);
        self.state.sends.retain(|at| is_recent(*at, DAY, now));
        self.state.sends.push(now.as_secs());
        self.events.push(Event::CodeSent(drawn.purpose));
        let challenge = Challenge {
            handle: drawn.handle,
            digits: self.policy.code_digits(),
            ends: drawn.ends,
            masked: address.masked(),
            next_at: drawn.can_go_again.then_some(next_at),
        };
        let message = Message {
            channel: Channel::first_for(&address),
            address,
            code: drawn.code,
            expires: drawn.ends,
            life: self.policy.code_life(),
            purpose: drawn.purpose,
            reference: self.keys.seal_text(TextKind::Reference, &drawn.name, &mut moment),
            sender: sender.clone(),
        };
        Ok(self.commit(&mut moment, Ok(Sending { challenge, message: Some(message) })))
    }

    /// Where `request` leads, if it may be sent at all.
    fn target(&self, request: &SendRequest<'_>, now: UnixTime) -> Result<Target, Denial> {
        let target = match request.0 {
            Wish::Again { handle } => self.target_again(&handle, now)?,
            Wish::Challenge { address, purpose } => self.target_challenge(address, purpose, now)?,
            Wish::Enroll { enroller, address } => {
                let on_word = self.check_enroller(enroller, now)?;
                self.check_room(address)?;
                if let Gate::Locked(until) = self.state.enrolling.gate(now) {
                    return Err(Denial::until(Reason::Locked, until));
                }
                Target::Address(address.clone(), Slot::NewPending { on_word })
            }
        };
        if let Target::Address(..) = target {
            if let Some(until) = self.state.pace.wait.waits_until(now) {
                return Err(Denial::until(Reason::TooSoon, until));
            }
            let sends = self.state.sends.iter().copied();
            if let Some(until) = full_until(sends, self.policy.subject_sends(), now) {
                return Err(Denial::until(Reason::Budget, until));
            }
        }
        Ok(target)
    }

    fn target_challenge(
        &self,
        address: &Address,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<Target, Denial> {
        if !self.policy.factor_set(purpose).contains(address.kind()) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let proven = self.state.addresses.iter().find(|proven| proven.address == *address);
        match proven.map(|proven| proven.limiter.gate(now)) {
            Some(Gate::Locked(until)) => Err(Denial::until(Reason::Locked, until)),
            Some(Gate::Open) => Ok(Target::Address(address.clone(), Slot::NewChallenge(purpose))),
            Some(Gate::Disabled) | None => Ok(Target::Nobody),
        }
    }

    fn target_again(&self, handle: &Handle, now: UnixTime) -> Result<Target, Denial> {
        let challenge = self.state.challenges.iter().enumerate().find_map(|(at, open)| {
            let proven = self.state.address(&open.address)?;
            let is_it = handle.is(HandleKind::Challenge, &open.sent.id);
            is_it.then_some((&open.sent, proven, Slot::Challenge(at)))
        });
        if let Some((sent, proven, slot)) = challenge {
            return match proven.limiter.gate(now) {
                Gate::Locked(until) => Err(Denial::until(Reason::Locked, until)),
                Gate::Open => self.go_again(sent, &proven.address, slot, now),
                Gate::Disabled => Ok(Target::Nobody),
            };
        }
        let pending = self.state.pendings.iter().enumerate().find_map(|(at, pending)| {
            let PendingFactor::Address { address, sent } = &pending.what else {
                return None;
            };
            let is_it = handle.is(HandleKind::Enrollment, &pending.id);
            is_it.then_some((sent, address, Slot::Pending(at)))
        });
        match pending {
            Some((sent, address, slot)) => self.go_again(sent, address, slot, now),
            None => Ok(Target::Nobody),
        }
    }

    fn go_again(
        &self,
        sent: &SentCode,
        address: &Address,
        slot: Slot,
        now: UnixTime,
    ) -> Result<Target, Denial> {
        if !sent.is_for(self.client.as_ref()) {
            return Ok(Target::Nobody);
        }
        if !sent.can_go_again(now) {
            return Err(Denial::new(Reason::Budget));
        }
        Ok(Target::Address(address.clone(), slot))
    }

    /// Draws a code and puts its hash where it belongs.
    fn draw(&mut self, slot: Slot, address: &Address, moment: &mut Moment) -> Option<Drawn> {
        let record = self.record_id;
        let draft = Draft {
            keys: self.keys,
            policy: self.policy,
            record: &record,
            address: address.expose(),
        };
        let state = &mut self.state;
        match slot {
            Slot::Challenge(at) => {
                let sent = &mut state.challenges.get_mut(at)?.sent;
                let code = sent.again(&draft, moment);
                Some(Drawn::new(HandleKind::Challenge, sent, code, &record, moment.now()))
            }
            Slot::NewChallenge(purpose) => {
                let to = state.addresses.iter().find(|proven| proven.address == *address)?.id;
                let (sent, code) = SentCode::begin(&draft, purpose, self.client, moment);
                let kind = HandleKind::Challenge;
                let drawn = Drawn::new(kind, &sent, code, &record, moment.now());
                // FAILURES 11: at most one live code for a purpose.
                state.challenges.retain(|open| open.sent.purpose() != purpose);
                state.challenges.push(OpenChallenge { address: to, sent });
                Some(drawn)
            }
            Slot::NewPending { on_word } => {
                let (sent, code) = SentCode::begin(&draft, Purpose::Enroll, self.client, moment);
                let kind = HandleKind::Enrollment;
                let drawn = Drawn::new(kind, &sent, code, &record, moment.now());
                let id = sent.id;
                let what = PendingFactor::Address { address: address.clone(), sent };
                self.put_pending(id, on_word, what, moment.now());
                Some(drawn)
            }
            Slot::Pending(at) => {
                let PendingFactor::Address { sent, .. } = &mut state.pendings.get_mut(at)?.what
                else {
                    return None;
                };
                let code = sent.again(&draft, moment);
                Some(Drawn::new(HandleKind::Enrollment, sent, code, &record, moment.now()))
            }
        }
    }

    /// Keeps up the looks of a send (FAILURES 100). The handle names nothing and never will.
    fn pretend(self, request: &SendRequest<'_>, moment: &mut Moment) -> Transition<Sending> {
        let now = moment.now();
        let (handle, masked) = match request.0 {
            Wish::Again { handle } => (handle, "•••••".into()),
            Wish::Challenge { address, .. } | Wish::Enroll { address, .. } => {
                (Handle::new(HandleKind::Challenge, moment.bytes()), address.masked())
            }
        };
        let challenge = Challenge {
            handle,
            digits: self.policy.code_digits(),
            ends: now.plus(u64::from(self.policy.code_life())),
            masked,
            next_at: RESEND_WAITS.first().map(|wait| now.plus(u64::from(*wait))),
        };
        self.decoy(moment, Ok(Sending { challenge, message: None }))
    }

    /// Notes a send and says when the next may follow.
    fn keep_pace(&mut self, now: UnixTime) -> UnixTime {
        let pace = &mut self.state.pace;
        if pace.wait.began().plus(u64::from(CHALLENGE_LIFE)) <= now {
            pace.sends = 0;
        }
        let wait = RESEND_WAITS.get(usize::from(pace.sends)).or(RESEND_WAITS.last());
        let secs = wait.copied().unwrap_or_default();
        *pace = Pace { sends: pace.sends.saturating_add(1), wait: Span::new(now, secs) };
        now.plus(u64::from(secs))
    }
}

impl Drawn {
    fn new(
        kind: HandleKind,
        sent: &SentCode,
        code: Code,
        record: &RecordId,
        now: UnixTime,
    ) -> Self {
        let mut name = [0; 33];
        lay_out(&mut name, &[record.as_bytes(), &*sent.id, &[sent.count()]]);
        Self {
            code,
            handle: Handle::new(kind, *sent.id),
            ends: sent.ends(),
            can_go_again: sent.can_go_again(now),
            purpose: sent.purpose(),
            name,
        }
    }
}
