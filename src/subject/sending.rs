//! Sending a code: whether it may be sent, and then what. Carries nothing anywhere.

use super::{
    Challenge, Decision, Enroller, Reserved, SendPlan, SendRequest, Sending, Subject, Transition,
    limiter::Gate,
    register::{Lane, OpenRegistration},
    request::{Share, Wish},
    sent::{Draft, SentCode},
    span::Span,
    state::{NewFactor, OpenChallenge, Pace, ProvenAddress},
};
use crate::{
    Address, Handle, Message, Purpose, UnixTime,
    code::Code,
    id::HandleKind,
    keys::{TextKind, lay_out},
    message::{Channel, Inside, Sender, SentWords},
    policy::{CHALLENGE_LIFE, RESEND_WAITS},
    purpose::Agreement,
    verdict::{Denial, Reason},
};

/// Where a request leads when it is held against the record.
enum Target<'a> {
    Address(Address, Slot<'a>),
    /// To nobody: the address is not proven, or the handle names nothing.
    Nobody,
}

/// What the code that is drawn belongs to.
#[derive(Clone, Copy)]
enum Slot<'a> {
    /// Another code for the challenge at this place.
    Challenge(usize),
    /// Another code for the enrollment at this place.
    Enrollment(usize),
    /// Another code for the registration.
    Registration,
    NewChallenge(Purpose),
    NewEnrollment(&'a Enroller),
    NewRegistration,
}

impl Slot<'_> {
    const fn enrolls(&self) -> bool {
        matches!(self, Self::Enrollment(_) | Self::NewEnrollment(_))
    }
}

/// What is to be told of a code that was drawn.
struct Drawn {
    code: Code,
    handle: Handle,
    ends: UnixTime,
    can_go_again: bool,
    purpose: Purpose,
    agreement: Option<Agreement>,
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
    pub fn plan(&self, request: &SendRequest<'_>) -> Result<SendPlan, Denial> {
        Ok(self.plan_for(&self.target(request)?, request))
    }

    /// Draws the code and writes down that it is sent.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan), since the record may have changed; and [`Reason::Budget`] when
    /// `reserved` is not for this request, or was used for another send.
    pub fn send(
        mut self,
        request: &SendRequest<'_>,
        reserved: &Reserved,
        sender: &Sender,
    ) -> Decision<Sending> {
        let (target, lane) = (self.target(request)?, self.lane(request));
        if !reserved.is_for(&self.plan_for(&target, request)) || self.was_sent(reserved.send()) {
            return Err(Denial::new(Reason::Budget));
        }
        let Target::Address(address, slot) = target else {
            return Ok(self.pretend(request));
        };
        let agreement = match request.0 {
            Wish::Challenge { agreement, .. } => agreement,
            Wish::Again { .. } | Wish::Enroll { .. } => None,
        };
        let Some(drawn) = self.draw(slot, &address, agreement) else {
            return Ok(self.pretend(request));
        };
        let now = self.now();
        self.note_send(lane, *reserved.send());
        let next_at = self.pace_of(lane).wait.ends();
        let challenge = Challenge {
            handle: drawn.handle,
            digits: self.policy.code_digits(),
            ends: drawn.ends,
            masked: address.masked(),
            next_at: drawn.can_go_again.then_some(next_at),
        };
        let message = Message {
            channel: request.1.unwrap_or(Channel::first_for(&address)),
            address,
            inside: Inside::Code(SentWords {
                code: drawn.code,
                purpose: drawn.purpose,
                agreement: drawn.agreement,
                sent: now,
                expires: drawn.ends,
            }),
            reference: self.keys.seal_text(TextKind::Reference, &drawn.name, &mut self.moment),
            sender: sender.clone(),
        };
        Ok(self.commit(Ok(Sending { challenge, message: Some(message) })))
    }

    fn plan_for(&self, target: &Target<'_>, request: &SendRequest<'_>) -> SendPlan {
        let (address, is_decoy) = match (target, request.0) {
            (Target::Address(address, _), _) => (Some(address), false),
            (Target::Nobody, Wish::Challenge { address, .. }) => (Some(address), true),
            (Target::Nobody, Wish::Again { .. } | Wish::Enroll { .. }) => (None, true),
        };
        let is_claim = |address| self.state.factors.by_address(address).is_none();
        let share = match address {
            // Whoever registers has shown nothing yet, be the address proven or not.
            Some(_) if self.lane(request) == Lane::Registering => Share::Half,
            // A decoy looks like a challenge, which only a proven address gets.
            Some(address) if !is_decoy && is_claim(address) => Share::Half,
            _ => Share::All,
        };
        let budget =
            address.map_or_else(|| self.keys.nobodys_budget(), |a| self.keys.budget_record(a));
        SendPlan::new(self.record_id, budget, is_decoy, share)
    }

    /// Where `request` leads, if anything may be sent at all.
    fn target<'r>(&self, request: &SendRequest<'r>) -> Result<Target<'r>, Denial> {
        let (now, lane) = (self.now(), self.lane(request));
        if !matches!(request.0, Wish::Enroll { .. }) {
            self.check_not_held()?;
        }
        let target = match request.0 {
            Wish::Again { handle } => self.target_again(&handle)?,
            // STD M-02: whoever agrees sees to what, so a transaction brings its words.
            Wish::Challenge { purpose: Purpose::Transaction(_), agreement: None, .. } => {
                return Err(Denial::new(Reason::NotAllowed));
            }
            Wish::Challenge { address, purpose: Purpose::Register, .. } => {
                self.check_registering(address)?;
                Target::Address(address.clone(), Slot::NewRegistration)
            }
            Wish::Challenge { address, purpose, .. } => self.target_challenge(address, purpose)?,
            Wish::Enroll { enroller, address } => {
                self.check_enroller(enroller)?;
                self.check_kind(address.kind().into())?;
                self.check_room(address)?;
                if let Gate::Locked(until) = self.state.enrolling.gate(now) {
                    return Err(Denial::until(Reason::Locked, until));
                }
                Target::Address(address.clone(), Slot::NewEnrollment(enroller))
            }
        };
        let target = self.by_channel(target, request.1);
        // Asked for decoys too, so that pace and budget do not tell them from the rest.
        if let Some(until) = self.pace_of(lane).wait.waits_until(now) {
            return Err(Denial::until(Reason::TooSoon, until));
        }
        if let Some(until) = self.full_until(lane) {
            return Err(Denial::until(Reason::Budget, until));
        }
        Ok(target)
    }

    /// Leads nowhere by a channel that does not reach the address, or is not allowed for it: only a
    /// number that was proven gets WhatsApp messages, and only at its owner's wish (FAILURES 95).
    fn by_channel<'t>(&self, target: Target<'t>, channel: Option<Channel>) -> Target<'t> {
        let Target::Address(address, slot) = target else {
            return Target::Nobody;
        };
        let takes_whatsapp =
            || self.state.factors.by_address(&address).is_some_and(|proven| proven.takes_whatsapp);
        let is_fine = match channel {
            None => true,
            // It proves no number: that takes a text message.
            Some(Channel::WhatsApp) => !slot.enrolls() && takes_whatsapp(),
            // FAILURES 95: the core has nobody called.
            Some(Channel::Voice) => false,
            Some(channel) => channel.reaches(address.kind()),
        };
        if is_fine { Target::Address(address, slot) } else { Target::Nobody }
    }

    fn target_challenge(
        &self,
        address: &Address,
        purpose: Purpose,
    ) -> Result<Target<'static>, Denial> {
        if !self.policy.factor_set(purpose).contains(address.kind().into()) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let takes_all = purpose.takes_recovery_address();
        let counts = |proven: &&ProvenAddress| proven.is_factor || takes_all;
        let proven = self.state.factors.by_address(address).filter(counts);
        match proven.map(|proven| proven.limiter.gate(self.now())) {
            Some(Gate::Locked(until)) => Err(Denial::until(Reason::Locked, until)),
            Some(Gate::Open) => Ok(Target::Address(address.clone(), Slot::NewChallenge(purpose))),
            Some(Gate::Disabled) | None => Ok(Target::Nobody),
        }
    }

    fn target_again(&self, handle: &Handle) -> Result<Target<'static>, Denial> {
        if let Some((open, proven)) = self.open_challenge(handle) {
            let is_it = |other: &OpenChallenge| *other.sent.id == *open.sent.id;
            let place = self.state.challenges.iter().position(is_it).unwrap_or_default();
            return match proven.limiter.gate(self.now()) {
                Gate::Locked(until) => Err(Denial::until(Reason::Locked, until)),
                Gate::Open => self.go_again(&open.sent, &proven.address, Slot::Challenge(place)),
                Gate::Disabled => Ok(Target::Nobody),
            };
        }
        if let Some(open) = self.registration(handle) {
            self.check_registering(&open.address)?;
            return self.go_again(&open.sent, &open.address, Slot::Registration);
        }
        let enrollment = self.state.enrollments.iter().enumerate().find_map(|(place, open)| {
            let NewFactor::Address { address, sent } = &open.factor else {
                return None;
            };
            let is_it = handle.is(HandleKind::Enrollment, &open.id);
            is_it.then_some((sent, address, Slot::Enrollment(place)))
        });
        match enrollment {
            Some((sent, address, slot)) => self.go_again(sent, address, slot),
            None => Ok(Target::Nobody),
        }
    }

    fn go_again(
        &self,
        sent: &SentCode,
        address: &Address,
        slot: Slot<'static>,
    ) -> Result<Target<'static>, Denial> {
        if !sent.is_for(self.client.as_ref()) {
            return Ok(Target::Nobody);
        }
        if !sent.can_go_again(self.now()) {
            return Err(Denial::new(Reason::Budget));
        }
        Ok(Target::Address(address.clone(), slot))
    }

    /// Draws a code and puts its hash where it belongs.
    fn draw(
        &mut self,
        slot: Slot<'_>,
        address: &Address,
        agreement: Option<&Agreement>,
    ) -> Option<Drawn> {
        let (record, client) = (self.record_id, self.client);
        let (state, moment) = (&mut self.state, &mut self.moment);
        let draft = Draft {
            keys: self.keys,
            policy: self.policy,
            record: &record,
            address: address.expose(),
        };
        match slot {
            Slot::Challenge(place) => {
                let sent = &mut state.challenges.get_mut(place)?.sent;
                let code = sent.again(&draft, moment);
                Some(Drawn::new(HandleKind::Challenge, sent, code, &draft, moment.now()))
            }
            Slot::Enrollment(place) => {
                let NewFactor::Address { sent, .. } = &mut state.enrollments.get_mut(place)?.factor
                else {
                    return None;
                };
                let code = sent.again(&draft, moment);
                Some(Drawn::new(HandleKind::Enrollment, sent, code, &draft, moment.now()))
            }
            Slot::Registration => {
                let sent = &mut state.registering.open.as_mut()?.sent;
                let code = sent.again(&draft, moment);
                Some(Drawn::new(HandleKind::Challenge, sent, code, &draft, moment.now()))
            }
            Slot::NewChallenge(purpose) => {
                let to = state.factors.by_address(address)?.id;
                let (sent, code) = SentCode::begin(&draft, (purpose, agreement), client, moment);
                let kind = HandleKind::Challenge;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                // FAILURES 11: at most one live code for a purpose.
                let tag = purpose.tag();
                state.challenges.retain(|open| open.sent.purpose().tag() != tag);
                state.challenges.push(OpenChallenge { address: to, sent });
                Some(drawn)
            }
            Slot::NewEnrollment(enroller) => {
                let (sent, code) = SentCode::begin(&draft, (Purpose::Enroll, None), client, moment);
                let kind = HandleKind::Enrollment;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                let id = sent.id;
                let factor = NewFactor::Address { address: address.clone(), sent };
                self.begin_enrollment(id, factor, enroller);
                Some(drawn)
            }
            Slot::NewRegistration => {
                let of = (Purpose::Register, None);
                let (sent, code) = SentCode::begin(&draft, of, client, moment);
                let kind = HandleKind::Challenge;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                let address = address.clone();
                state.registering.open = Some(OpenRegistration { address, sent });
                Some(drawn)
            }
        }
    }

    /// Keeps up the looks of a send (FAILURES 100). The handle names nothing and never will.
    fn pretend(mut self, request: &SendRequest<'_>) -> Transition<Sending> {
        let now = self.now();
        let (handle, masked) = match request.0 {
            Wish::Again { handle } => (handle, "•••••".into()),
            Wish::Challenge { address, .. } | Wish::Enroll { address, .. } => {
                (Handle::new(HandleKind::Challenge, self.moment.bytes()), address.masked())
            }
        };
        let challenge = Challenge {
            handle,
            digits: self.policy.code_digits(),
            ends: now.plus(u64::from(self.policy.code_life())),
            masked,
            next_at: Some(self.next_pace(self.lane(request)).wait.ends()),
        };
        self.decoy(Ok(Sending { challenge, message: None }))
    }

    /// The pace after one more send in this lane.
    pub(super) fn next_pace(&self, lane: Lane) -> Pace {
        let (now, pace) = (self.now(), self.pace_of(lane));
        let is_long_ago = pace.wait.began().plus(u64::from(CHALLENGE_LIFE)) <= now;
        let sends = if is_long_ago { 0 } else { pace.sends };
        let wait = RESEND_WAITS.get(usize::from(sends)).or(RESEND_WAITS.last());
        let secs = wait.copied().unwrap_or_default();
        Pace { sends: sends.saturating_add(1), wait: Span::new(now, secs) }
    }
}

impl Drawn {
    fn new(
        kind: HandleKind,
        sent: &SentCode,
        code: Code,
        draft: &Draft<'_>,
        now: UnixTime,
    ) -> Self {
        let mut name = [0; 33];
        lay_out(&mut name, &[draft.record.as_bytes(), &*sent.id, &[sent.count()]]);
        Self {
            code,
            handle: Handle::new(kind, *sent.id),
            ends: sent.ends(),
            can_go_again: sent.can_go_again(now),
            purpose: sent.purpose(),
            agreement: sent.agreement().cloned(),
            name,
        }
    }
}
