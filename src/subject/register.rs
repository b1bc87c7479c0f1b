//! Registering: a code with nothing before it, and what a second time leads to. Sends nothing.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::{
    Checked, CodeRequest, Decision, SendReference, Subject,
    fields::address,
    limiter::{Gate, Limiter},
    request::CodeRequestKind,
    sends::SendHistory,
    sent::StoredCode,
    span::Span,
    state::Pace,
    work::Lease,
};
use crate::{
    Address, Handle, Purpose, UnixTime,
    event::Event,
    id::HandleKind,
    policy::{QUARANTINE, SendLimits},
    verdict::{Denial, Reason},
};

/// All that registering counts and keeps.
///
/// Anybody may ask for its codes and guess at them, and so it shares nothing with the purposes of
/// somebody whose password was right: no count, no wait, no send, no live code (FAILURES 30).
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct RegistrationState {
    /// Wrong codes. Waits, and never disables: there is nothing to enroll again.
    #[n(0)]
    limiter: Limiter,
    #[n(1)]
    pace: Pace,
    #[n(2)]
    sends: SendHistory,
    #[n(3)]
    pub(super) open: Option<OpenRegistration>,
    /// Whether something was registered or confirmed before: then the next time ends what it led to.
    #[n(4)]
    is_known: bool,
    /// The client that registered last. The same one again is no new device.
    #[n(5)]
    client: Option<ByteArray<32>>,
    /// After it was registered again: no change by the number alone.
    #[n(6)]
    quarantine: Span,
    /// The try of its code that is checked elsewhere now.
    #[n(7)]
    pub(super) lease: Option<Lease>,
}

/// A code that was sent to an address that need not be proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct OpenRegistration {
    #[cbor(n(0), with = "address")]
    pub(super) address: Address,
    #[n(1)]
    pub(super) sent: StoredCode,
}

/// Whose waits and counts a send comes under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Of those who are past the first factor, or signed in.
    Authenticated,
    /// Of anybody.
    Registration,
}

impl RegistrationState {
    pub(super) const fn new() -> Self {
        Self {
            limiter: Limiter::new(),
            pace: Pace::new(),
            sends: SendHistory::new(),
            open: None,
            is_known: false,
            client: None,
            quarantine: Span::none(),
            lease: None,
        }
    }

    /// Until when nothing is changed by the number alone.
    pub(super) fn quarantined_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.quarantine.waits_until(now)
    }

    const fn begin_quarantine(&mut self, now: UnixTime) {
        self.quarantine = Span::new(now, QUARANTINE);
    }

    /// An administrator has seen who it is.
    pub(super) const fn end_quarantine(&mut self) {
        self.quarantine = Span::none();
    }

    pub(super) const fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(super) const fn limiter_mut(&mut self) -> &mut Limiter {
        &mut self.limiter
    }

    /// From now on there is something that registering again would end.
    pub(super) const fn know(&mut self) {
        self.is_known = true;
    }

    pub(super) fn forget_client(&mut self) {
        self.client = None;
    }

    pub(super) const fn forget_pace(&mut self) {
        self.pace = Pace::new();
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.limiter.is_in_future(now)
            || self.pace.wait.is_in_future(now)
            || self.sends.is_in_future(now)
            || self.quarantine.is_in_future(now)
            || self.lease.as_ref().is_some_and(|lease| lease.life.is_in_future(now))
            || self.open.as_ref().is_some_and(|open| open.sent.is_in_future(now))
    }

    pub(super) fn repair(&mut self, now: UnixTime) {
        self.limiter.repair(now);
        self.pace.wait.repair(now);
        self.sends.repair(now);
        self.quarantine.repair(now);
        if let Some(lease) = &mut self.lease {
            lease.life.repair(now);
        }
        self.open.take_if(|open| open.sent.is_in_future(now));
    }

    /// Lets go of a code that can be right no more. Nobody had anything right before it, so that
    /// nothing is half finished.
    pub(super) fn drop_finished(&mut self, now: UnixTime) {
        self.open.take_if(|open| open.sent.is_finished(now));
    }
}

impl Subject<'_> {
    /// The open registration, if `handle` names it.
    pub(super) fn registration(&self, handle: &Handle) -> Option<&OpenRegistration> {
        let open = self.state.registering.open.as_ref();
        open.filter(|open| handle.is(HandleKind::Challenge, &open.sent.id))
    }

    fn registers(&self, sent: &SendReference) -> bool {
        self.state.newest(sent).is_some_and(|found| found.slot.registers())
    }

    /// Where a registration at `address` leads.
    pub(super) fn check_registering(&self, address: &Address) -> Result<(), Denial> {
        // In a database that was emptied it would make a subject without a PIN.
        self.require_record()?;
        self.check_reset()?;
        if !self.policy.factor_set(Purpose::Register).contains(address.kind().into()) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        match self.state.registering.limiter.gate(self.now()) {
            Gate::Locked(until) => Err(Denial::until(Reason::Locked, until)),
            Gate::Disabled | Gate::Open => Ok(()),
        }
    }

    /// Whose waits and counts `request` comes under.
    pub(super) fn lane(&self, request: &CodeRequest<'_>) -> Lane {
        match request.kind {
            CodeRequestKind::Challenge { purpose: Purpose::Register, .. } => Lane::Registration,
            CodeRequestKind::Again { handle } if self.registration(&handle).is_some() => {
                Lane::Registration
            }
            CodeRequestKind::Fallback { sent } if self.registers(&sent) => Lane::Registration,
            CodeRequestKind::Again { .. }
            | CodeRequestKind::Challenge { .. }
            | CodeRequestKind::Enroll { .. }
            | CodeRequestKind::Fallback { .. } => Lane::Authenticated,
        }
    }

    pub(super) const fn pace_of(&self, lane: Lane) -> &Pace {
        match lane {
            Lane::Authenticated => &self.state.pace,
            Lane::Registration => &self.state.registering.pace,
        }
    }

    /// Until when the subject was written to as often as it may be in this lane.
    pub(super) fn full_until(&self, lane: Lane) -> Option<UnixTime> {
        let (now, limits) = (self.now(), *self.policy.subject_sends());
        match lane {
            Lane::Authenticated => self.state.sends.full_until(&limits, now),
            Lane::Registration => {
                let limits: SendLimits = limits.half();
                self.state.registering.sends.full_until(&limits, now)
            }
        }
    }

    /// Whether a send with this id was written down, in whatever lane.
    pub(super) fn was_sent(&self, id: &[u8; 16]) -> bool {
        self.state.sends.contains(id) || self.state.registering.sends.contains(id)
    }

    /// Writes a send down, and the wait that comes after it.
    pub(super) fn note_send(&mut self, lane: Lane, id: [u8; 16]) {
        let (now, pace) = (self.now(), self.next_pace(lane));
        let (paces, sends) = match lane {
            Lane::Authenticated => (&mut self.state.pace, &mut self.state.sends),
            Lane::Registration => {
                let registering = &mut self.state.registering;
                (&mut registering.pace, &mut registering.sends)
            }
        };
        *paces = pace;
        sends.note(id, now);
    }

    /// The code was right, after so many failures.
    pub(super) fn accept_registration(mut self, failures: u32) -> Decision<Checked> {
        let registering = &mut self.state.registering;
        // STD N-09: the write that records the success consumes the code.
        let Some(open) = registering.open.take() else {
            return self.refuse(Reason::NotFound);
        };
        registering.limiter.clear();
        self.conversion = self.conversion_of(&open.address);
        self.accept(open.address.kind().into(), Purpose::Register, failures)
    }

    /// The code was wrong.
    pub(super) fn count_wrong_registration(mut self) -> Decision<Checked> {
        let (limits, now) = (self.policy.failures_without_end(), self.now());
        let registering = &mut self.state.registering;
        if let Some(open) = &registering.open {
            self.events.push(Event::IncorrectProof(open.address.kind().into()));
        }
        registering.limiter.fail(&limits, now);
        // FAILURES 26.
        if registering.limiter.gate(now) != Gate::Open {
            registering.open = None;
        }
        Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
    }

    /// Somebody is registered, and nothing is due any more.
    pub(super) fn register(&mut self) {
        // What stands may have come in otherwise than by a confirmed enrollment.
        let stands = self.state.factors.each().next().is_some();
        let last = self.state.registering.client.as_ref();
        let is_same = last
            .zip(self.client.as_ref())
            .is_some_and(|(last, client)| bool::from(last.ct_eq(client)));
        if !is_same && (self.state.registering.is_known || stands) {
            self.advance_epoch();
            // FAILURES 95, 112: it may be a thief of the number, who must not set a PIN first, nor
            // add anything that its owner could not remove.
            self.begin_quarantine();
            self.state.registering.begin_quarantine(self.moment.now());
        }
        self.state.registering.client = self.client.map(Into::into);
        self.state.registering.know();
        self.events.push(Event::Registered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);
    const LATER: UnixTime = UnixTime::from_secs(2_000_000);

    const PARTS: [fn(&mut RegistrationState); 4] = [
        |of| (0..5).for_each(|_| _ = of.limiter.fail(crate::Policy::default().failures(), LATER)),
        |of| of.pace.wait = Span::new(LATER, 30),
        |of| of.sends.note([1; 16], LATER),
        |of| of.begin_quarantine(LATER),
    ];

    #[test]
    fn one_time_in_the_future_is_a_fault_wherever_it_stands_and_is_mended() {
        assert!(!RegistrationState::new().is_in_future(NOW));
        for (at, put) in PARTS.iter().enumerate() {
            let mut of = RegistrationState::new();
            put(&mut of);
            assert!(of.is_in_future(NOW), "{at}");
            of.repair(NOW);
            assert!(!of.is_in_future(NOW), "{at}");
        }
    }
}
