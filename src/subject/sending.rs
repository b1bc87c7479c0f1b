//! Sending a code: whether it may be sent, and then what. Carries nothing anywhere.

use alloc::vec::Vec;

use super::{
    Challenge, CodeRequest, Decision, Reservation, SendPlan, Sending, Subject, Transition,
    register::{Lane, OpenRegistration},
    request::{CodeRequestKind, Share},
    sent::{Draft, StoredCode},
    span::Span,
    state::{NewFactor, OpenChallenge, Pace},
    target::{Slot, Target},
};
use crate::{
    Address, Handle, Message, Purpose, UnixTime,
    address::AddressKind,
    code::Code,
    id::HandleKind,
    keys::{TextKind, concat_into},
    message::{Channel, Inside, Sender, SentCodeText},
    policy::{CHALLENGE_LIFE, RESEND_WAITS},
    purpose::Agreement,
    remote::RemoteStart,
    verdict::{Denial, Reason},
};

/// What is to be told of a code that was drawn.
struct Drawn {
    /// None, where it is made elsewhere.
    code: Option<Code>,
    handle: Handle,
    expires_at: UnixTime,
    can_go_again: bool,
    purpose: Purpose,
    agreement: Option<Agreement>,
    /// The record, the challenge and the number of the send: what a reference seals.
    name: [u8; 33],
}

impl Subject<'_> {
    /// Whether `request` may be sent now, and out of which budgets. Writes nothing.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the policy does not allow it, the factor is locked, the last code was sent too
    /// short a time ago, the subject's budget is spent, or the enroller has no right.
    pub fn plan(&self, request: &CodeRequest<'_>) -> Result<SendPlan, Denial> {
        Ok(self.plan_for(&self.target(request)?, request))
    }

    /// Draws the code and writes down that it is sent.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan), since the record may have changed; and [`Reason::SendLimit`] when
    /// `reserved` is not for this request, is not paid, or was used for another send.
    pub fn send(
        mut self,
        request: &CodeRequest<'_>,
        reserved: &Reservation,
        sender: &Sender,
    ) -> Decision<Sending> {
        let (target, lane) = (self.target(request)?, self.lane(request));
        if !reserved.is_for(&self.plan_for(&target, request)) || self.was_sent(reserved.send()) {
            return Err(Denial::new(Reason::SendLimit));
        }
        let Target::Address(address, slot, channel) = target else {
            return Ok(self.send_decoy(request));
        };
        let agreement = match request.kind {
            CodeRequestKind::Challenge { agreement, .. } => agreement,
            CodeRequestKind::Again { .. }
            | CodeRequestKind::Enroll { .. }
            | CodeRequestKind::Fallback { .. } => None,
        };
        // What is agreed to must be shown, which only a message of ours does.
        let is_remote = request.is_remote
            && address.kind() == AddressKind::Phone
            && agreement.is_none()
            && !self.shows_agreement(slot);
        let replaced = match is_remote {
            true => self.state.release_remote(&address, lane, slot),
            false => Vec::new(),
        };
        let Some(drawn) = self.draw(slot, (&address, channel), agreement, is_remote) else {
            return Ok(self.send_decoy(request));
        };
        let now = self.now();
        self.note_send(lane, *reserved.send());
        let resend_at = self.pace_of(lane).wait.ends();
        let challenge = Challenge {
            handle: drawn.handle,
            digits: self.policy.code_digits(),
            expires_at: drawn.expires_at,
            masked: address.masked(),
            resend_at: drawn.can_go_again.then_some(resend_at),
            alternatives: match drawn.can_go_again {
                true => self.alternatives(&address, slot, (channel, resend_at)),
                false => Vec::new(),
            },
            channel: Some(channel),
        };
        let reference = self.keys.seal_text(TextKind::Reference, &drawn.name, &mut self.moment);
        let Drawn { purpose, agreement, expires_at, .. } = drawn;
        let (message, remote) = match drawn.code {
            Some(code) => {
                let words =
                    SentCodeText { code, purpose, agreement, sent: now, expires: expires_at };
                let (inside, sender) = (Inside::Code(words), sender.clone());
                (Some(Message { channel, address, inside, reference, sender }), None)
            }
            None => {
                let language = *sender.language();
                let start = RemoteStart {
                    address,
                    channel,
                    expires_at,
                    language,
                    purpose,
                    reference,
                    replaced,
                };
                (None, Some(start))
            }
        };
        Ok(self.commit(Ok(Sending { challenge, message, remote })))
    }

    fn plan_for(&self, target: &Target<'_>, request: &CodeRequest<'_>) -> SendPlan {
        let (address, is_decoy) = match (target, request.kind) {
            (Target::Address(address, ..), _) => (Some(address), false),
            (Target::Nobody, CodeRequestKind::Challenge { address, .. }) => (Some(address), true),
            (Target::Nobody, _) => (None, true),
        };
        let is_claim = |address| self.state.factors.by_address(address).is_none();
        let share = match address {
            // Whoever registers has shown nothing yet, be the address proven or not.
            Some(_) if self.lane(request) == Lane::Registration => Share::Half,
            // A decoy looks like a challenge, which only a proven address gets.
            Some(address) if !is_decoy && is_claim(address) => Share::Half,
            _ => Share::All,
        };
        let budgets = match address {
            Some(address) => (self.keys.budget_record(address), self.keys.prefix_record(address)),
            // As for a number, which is what most codes go to.
            None => (self.keys.dummy_budget_record(), Some(self.keys.dummy_prefix_record())),
        };
        SendPlan::new(self.record_id, budgets, is_decoy, share)
    }

    /// Whether a code that goes again shows what is agreed to.
    fn shows_agreement(&self, slot: Slot<'_>) -> bool {
        let Slot::Challenge(place) = slot else { return false };
        self.state.challenges.get(place).is_some_and(|open| open.sent.agreement().is_some())
    }

    /// Draws a code and puts its hash where it belongs.
    fn draw(
        &mut self,
        slot: Slot<'_>,
        (address, channel): (&Address, Channel),
        agreement: Option<&Agreement>,
        is_remote: bool,
    ) -> Option<Drawn> {
        let (record, client) = (self.record_id, self.client);
        let (state, moment) = (&mut self.state, &mut self.moment);
        let draft = Draft {
            keys: self.keys,
            policy: self.policy,
            record: &record,
            address: address.expose(),
            is_remote,
        };
        match slot {
            Slot::Challenge(place) => {
                let sent = &mut state.challenges.get_mut(place)?.sent;
                let code = sent.again(&draft, channel, moment);
                Some(Drawn::new(HandleKind::Challenge, sent, code, &draft, moment.now()))
            }
            Slot::Enrollment(place) => {
                let NewFactor::Address { sent, .. } = &mut state.enrollments.get_mut(place)?.factor
                else {
                    return None;
                };
                let code = sent.again(&draft, channel, moment);
                Some(Drawn::new(HandleKind::Enrollment, sent, code, &draft, moment.now()))
            }
            Slot::Registration => {
                let sent = &mut state.registering.open.as_mut()?.sent;
                let code = sent.again(&draft, channel, moment);
                Some(Drawn::new(HandleKind::Challenge, sent, code, &draft, moment.now()))
            }
            Slot::NewChallenge(purpose) => {
                let to = state.factors.by_address(address)?.id;
                let (sent, code) =
                    StoredCode::begin(&draft, (purpose, agreement), client, channel, moment);
                let kind = HandleKind::Challenge;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                // FAILURES 11: at most one live code for a purpose.
                let tag = purpose.tag();
                state.challenges.retain(|open| open.sent.purpose().tag() != tag);
                state.challenges.push(OpenChallenge { address: to, sent });
                Some(drawn)
            }
            Slot::NewEnrollment(enroller) => {
                let (sent, code) =
                    StoredCode::begin(&draft, (Purpose::Enroll, None), client, channel, moment);
                let kind = HandleKind::Enrollment;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                let id = sent.id;
                let factor = NewFactor::Address { address: address.clone(), sent };
                self.begin_enrollment(id, factor, enroller);
                Some(drawn)
            }
            Slot::NewRegistration => {
                let of = (Purpose::Register, None);
                let (sent, code) = StoredCode::begin(&draft, of, client, channel, moment);
                let kind = HandleKind::Challenge;
                let drawn = Drawn::new(kind, &sent, code, &draft, moment.now());
                let address = address.clone();
                state.registering.open = Some(OpenRegistration { address, sent });
                Some(drawn)
            }
        }
    }

    /// Keeps up the looks of a send (FAILURES 100). The handle names nothing and never will.
    fn send_decoy(mut self, request: &CodeRequest<'_>) -> Transition<Sending> {
        let now = self.now();
        let (handle, address) = match request.kind {
            CodeRequestKind::Again { handle } => (handle, None),
            CodeRequestKind::Challenge { address, .. }
            | CodeRequestKind::Enroll { address, .. } => {
                (Handle::new(HandleKind::Challenge, self.moment.bytes()), Some(address))
            }
            // It leads to somebody, or is refused.
            CodeRequestKind::Fallback { .. } => (Handle::new(HandleKind::Challenge, [0; 16]), None),
        };
        let resend_at = self.next_pace(self.lane(request)).wait.ends();
        let wanted = address.map(|address| request.channel.unwrap_or(Channel::first_for(address)));
        let challenge = Challenge {
            handle,
            digits: self.policy.code_digits(),
            expires_at: now.plus(u64::from(self.policy.code_life())),
            masked: address.map_or_else(|| "•••••".into(), Address::masked),
            resend_at: Some(resend_at),
            channel: wanted,
            alternatives: match address.zip(wanted) {
                Some((address, wanted)) => Self::decoy_alternatives(address, wanted, resend_at),
                None => Vec::new(),
            },
        };
        self.decoy(Ok(Sending { challenge, message: None, remote: None }))
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
        sent: &StoredCode,
        code: Option<Code>,
        draft: &Draft<'_>,
        now: UnixTime,
    ) -> Self {
        let mut name = [0; 33];
        concat_into(&mut name, &[draft.record.as_bytes(), &*sent.id, &[sent.count()]]);
        Self {
            code,
            handle: Handle::new(kind, *sent.id),
            expires_at: sent.expires_at(),
            can_go_again: sent.can_go_again(now),
            purpose: sent.purpose(),
            agreement: sent.agreement().cloned(),
            name,
        }
    }
}
