//! Where a wish to send leads: to which address, for what, by which channel. Sends nothing.

use super::{
    CodeRequest, Enroller, SendReference, Subject, limiter::Gate, onward::Found,
    request::CodeRequestKind, state::ProvenAddress,
};
use crate::{
    Address, Handle, Purpose,
    id::HandleKind,
    message::Channel,
    verdict::{Denial, Reason},
};

/// Where a request leads when it is held against the record.
pub(super) enum Target<'a> {
    Address(Address, Slot<'a>, Channel),
    /// To nobody: the address is not proven, or the handle names nothing.
    Nobody,
}

/// What the code that is drawn belongs to.
#[derive(Clone, Copy)]
pub(super) enum Slot<'a> {
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
    pub(super) const fn enrolls(&self) -> bool {
        matches!(self, Self::Enrollment(_) | Self::NewEnrollment(_))
    }

    /// Whether something was sent before.
    pub(super) const fn is_further(&self) -> bool {
        matches!(self, Self::Challenge(_) | Self::Enrollment(_) | Self::Registration)
    }

    /// What the handle of it is.
    pub(super) const fn kind(&self) -> HandleKind {
        if self.enrolls() { HandleKind::Enrollment } else { HandleKind::Challenge }
    }

    /// Whether the code shows who has the address, rather than who the owner of it is.
    pub(super) const fn proves(&self) -> bool {
        self.enrolls() || self.registers()
    }

    pub(super) const fn registers(&self) -> bool {
        matches!(self, Self::NewRegistration | Self::Registration)
    }
}

impl Subject<'_> {
    /// Where `request` leads, if anything may be sent at all.
    pub(super) fn target<'r>(&self, request: &CodeRequest<'r>) -> Result<Target<'r>, Denial> {
        let (now, lane) = (self.now(), self.lane(request));
        let is_ours = matches!(request.kind, CodeRequestKind::Fallback { .. });
        if !is_ours && !matches!(request.kind, CodeRequestKind::Enroll { .. }) {
            self.check_client_not_blocked()?;
        }
        let target = match request.kind {
            CodeRequestKind::Again { handle } => self.target_again(&handle)?,
            CodeRequestKind::Fallback { sent } => self.target_onward(&sent)?,
            // STD M-02: whoever agrees sees to what, so a transaction brings its words.
            CodeRequestKind::Challenge {
                purpose: Purpose::Transaction(_),
                agreement: None,
                ..
            } => {
                return Err(Denial::new(Reason::NotAllowed));
            }
            CodeRequestKind::Challenge { address, .. }
            | CodeRequestKind::Enroll { address, .. }
                if !self.policy.countries().allow(address) =>
            {
                return Err(Denial::new(Reason::NotAllowed));
            }
            CodeRequestKind::Challenge { address, purpose: Purpose::Register, .. } => {
                self.check_registering(address)?;
                self.begin(address, Slot::NewRegistration)
            }
            CodeRequestKind::Challenge { address, purpose, .. } => {
                self.target_challenge(address, purpose)?
            }
            CodeRequestKind::Enroll { enroller, address } => {
                self.check_enroller(enroller)?;
                self.check_kind(address.kind().into())?;
                self.check_room(address)?;
                if let Gate::Locked(until) = self.state.enrolling.gate(now) {
                    return Err(Denial::until(Reason::Locked, until));
                }
                self.begin(address, Slot::NewEnrollment(enroller))
            }
        };
        let target = self.by_channel(target, request.channel);
        // Asked for decoys too, so that pace and budget do not tell them from the rest.
        if let Some(until) = self.pace_of(lane).wait.waits_until(now).filter(|_| !is_ours) {
            return Err(Denial::until(Reason::TooSoon, until));
        }
        if let Some(until) = self.full_until(lane) {
            return Err(Denial::until(Reason::SendLimit, until));
        }
        Ok(target)
    }

    /// Leads nowhere by a channel that the address does not take.
    fn by_channel<'t>(&self, target: Target<'t>, wanted: Option<Channel>) -> Target<'t> {
        let (Target::Address(address, slot, _), Some(channel)) = (&target, wanted) else {
            return target;
        };
        if !self.takes(address, *slot, channel) {
            return Target::Nobody;
        }
        Target::Address(address.clone(), *slot, channel)
    }

    fn begin<'t>(&self, address: &Address, slot: Slot<'t>) -> Target<'t> {
        Target::Address(address.clone(), slot, self.first_channel(address, slot))
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
            Some(Gate::Open) => Ok(self.begin(address, Slot::NewChallenge(purpose))),
            Some(Gate::Disabled) | None => Ok(Target::Nobody),
        }
    }

    fn target_again(&self, handle: &Handle) -> Result<Target<'static>, Denial> {
        match self.state.slot(handle) {
            Some(found) if found.sent.is_for(self.client.as_ref()) => self.go_again(&found),
            _ => Ok(Target::Nobody),
        }
    }

    /// The new code that takes the place of one that did not reach its address.
    ///
    /// No client asks for it, and no wait is kept: it is the system's own next try. The budgets count.
    fn target_onward(&self, sent: &SendReference) -> Result<Target<'static>, Denial> {
        let nowhere = Denial::new(Reason::NotFound);
        let Some(found) = self.state.newest(sent).filter(|found| !found.sent.has_arrived()) else {
            return Err(nowhere);
        };
        let Some(channel) = self.next_channel(&found) else { return Err(nowhere) };
        match self.go_again(&found)? {
            Target::Address(address, slot, _) => Ok(Target::Address(address, slot, channel)),
            Target::Nobody => Err(nowhere),
        }
    }

    fn go_again(&self, found: &Found<'_>) -> Result<Target<'static>, Denial> {
        let Found { sent, address, slot } = *found;
        if !self.policy.countries().allow(address) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        if slot.registers() {
            self.check_registering(address)?;
        }
        if slot.enrolls() {
            self.check_reset()?;
            if let Gate::Locked(until) = self.state.enrolling.gate(self.now()) {
                return Err(Denial::until(Reason::Locked, until));
            }
        }
        if let Some(proven) = self.state.factors.by_address(address).filter(|_| !slot.proves()) {
            match proven.limiter.gate(self.now()) {
                Gate::Locked(until) => return Err(Denial::until(Reason::Locked, until)),
                Gate::Disabled => return Ok(Target::Nobody),
                Gate::Open => {}
            }
        }
        if !sent.can_go_again(self.now()) {
            return Err(Denial::new(Reason::SendLimit));
        }
        // As before: a channel that is forbidden takes what it carried along.
        let channel = sent.channel().unwrap_or(Channel::first_for(address));
        Ok(Target::Address(address.clone(), slot, channel))
    }
}
