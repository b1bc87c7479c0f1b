//! Codes that are made and checked elsewhere: named in the record, counted like any other. Asks nobody.

use alloc::{string::String, vec::Vec};
use core::mem;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Checked, Decision, SendReference, Subject,
    fields::Id,
    limiter::Limiter,
    onward::Found,
    register::Lane,
    sent::StoredCode,
    state::{NewFactor, OpenChallenge, State},
    target::Slot,
    work::{Foreign, Lease, LeaseOf, Task},
};
use crate::{
    Address,
    policy::{ENROLLMENT_ATTEMPTS, FailureLimits, Policy},
    remote::RemoteId,
    verdict::Reason,
};

/// The try of a code that is checked elsewhere.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct RemoteUse {
    /// The code that waits.
    #[n(0)]
    id: Id,
    /// Its name elsewhere: one that was sent since is another.
    #[n(1)]
    name: String,
    #[n(2)]
    after: Option<Id>,
}

impl RemoteUse {
    /// Where its failures are counted.
    pub(super) fn limiter<'s>(&self, state: &'s mut State) -> Option<&'s mut Limiter> {
        let found = state.by_remote_use(self)?;
        match found.slot {
            Slot::Challenge(place) => {
                let address = state.challenges.get(place)?.address;
                state.factors.limiter_of(&address)
            }
            Slot::Enrollment(_) => Some(&mut state.enrolling),
            Slot::Registration => Some(state.registering.limiter_mut()),
            Slot::NewChallenge(_) | Slot::NewEnrollment(_) | Slot::NewRegistration => None,
        }
    }

    pub(super) fn registers(&self, state: &State) -> bool {
        state.by_remote_use(self).is_some_and(|found| found.slot.registers())
    }

    /// What its failures lead to: what could not be enrolled again is never disabled.
    pub(super) fn limits(&self, state: &State, policy: &Policy) -> FailureLimits {
        match state.by_remote_use(self) {
            Some(Found { slot: Slot::Challenge(_), address, .. }) => {
                policy.failures_of(address.kind().into())
            }
            _ => policy.failures_without_end(),
        }
    }
}

impl State {
    fn by_remote_use(&self, used: &RemoteUse) -> Option<Found<'_>> {
        let is_it = |found: &Found<'_>| {
            found.sent.id == used.id && found.sent.remote() == Some(used.name.as_str())
        };
        self.slots().find(is_it)
    }

    /// Lets go of every code of a lane to `address` that was made elsewhere, and names them.
    ///
    /// A service that has one code for a number would take it for whichever was asked about. Whoever
    /// registers, who may be anybody, ends no code of the others (FAILURES 30).
    pub(super) fn release_remote(
        &mut self,
        address: &Address,
        lane: Lane,
        slot: Slot<'_>,
    ) -> Vec<RemoteId> {
        // It takes the place of the unfinished one, whichever number that is of.
        let enrolls = matches!(slot, Slot::NewEnrollment(_));
        let mut names = Vec::new();
        let mut release = |sent: &mut StoredCode| names.extend(sent.release_remote());
        match lane {
            Lane::Registration => {
                if let Some(open) = &mut self.registering.open {
                    release(&mut open.sent);
                }
            }
            Lane::Authenticated => {
                let proven = self.factors.by_address(address).map(|proven| proven.id);
                for OpenChallenge { address, sent } in &mut self.challenges {
                    if Some(*address) == proven {
                        release(sent);
                    }
                }
                for open in &mut self.enrollments {
                    match &mut open.factor {
                        NewFactor::Address { address: of, sent } if enrolls || of == address => {
                            release(sent);
                        }
                        _ => {}
                    }
                }
            }
        }
        names.iter().filter_map(|name| RemoteId::new(name).ok()).collect()
    }
}

impl Subject<'_> {
    /// Notes the name that a code got which is made elsewhere.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition, [`Reason::NotFound`] when
    /// another was sent since, [`Reason::OtherPurpose`] when another code of the subject has this name:
    /// a service that sends one code for two things.
    pub fn started(mut self, sent: &SendReference, id: &RemoteId) -> Decision<()> {
        // Law 4.
        if self.state.slots().any(|found| found.sent.remote() == Some(id.as_str())) {
            return self.refuse(Reason::OtherPurpose);
        }
        match self.state.newest_mut(sent) {
            Some(code) if code.remote() == Some("") => {
                code.name_remote(id);
                Ok(self.commit(Ok(())))
            }
            _ => self.refuse(Reason::NotFound),
        }
    }

    /// Counts the try of a code that is checked elsewhere.
    pub(super) fn try_remote(self, id: Id, typed: &str) -> Decision<Checked> {
        let named = self.state.slots().find(|found| found.sent.id == id);
        let name = named.and_then(|found| found.sent.remote()).unwrap_or_default();
        // It was never started, or another took its place.
        let Ok(remote) = RemoteId::new(name) else {
            return self.refuse(Reason::NotFound);
        };
        let task = Task {
            typed: crate::wiped::Wiped::new([0; 32]),
            against: Vec::new(),
            foreign: Foreign::default(),
            asks: Some((remote, crate::wiped::Wiped::new(typed.into()))),
        };
        let after = self.after.map(|handle| (*handle.id()).into());
        let used = RemoteUse { id, name: name.into(), after };
        self.reserve(LeaseOf::Remote(used), task)
    }

    /// The service says that it was the code.
    pub(super) fn accept_remote(mut self, used: &RemoteUse, failures: u32) -> Decision<Checked> {
        let Some(Found { sent, slot, .. }) = self.state.by_remote_use(used) else {
            return self.refuse(Reason::NotFound);
        };
        let (purpose, is_over) = (sent.purpose(), sent.is_finished(self.now()));
        if is_over {
            return self.refuse(Reason::Expired);
        }
        self.resume(used.after.as_deref());
        match slot {
            Slot::Challenge(_) => self.accept_code(purpose, used.id, failures),
            Slot::Registration => self.accept_registration(failures),
            Slot::Enrollment(place) => {
                let open = self.state.enrollments.swap_remove(place);
                self.end_first_code(open, None, failures)
            }
            Slot::NewChallenge(_) | Slot::NewEnrollment(_) | Slot::NewRegistration => {
                self.refuse(Reason::NotFound)
            }
        }
    }

    /// What follows from a try that was wrong, or whose answer was lost: where it led to a wait, what was
    /// sent is void (FAILURES 26), and an enrollment ends with its last try (FAILURES 68).
    pub(super) fn void_remote(&mut self, lease: &Lease) {
        let LeaseOf::Remote(used) = &lease.of else { return };
        // By what the try led to: of a lost one it is asked when its wait may be over.
        let limits = used.limits(&self.state, self.policy);
        let is_shut = lease.failures() >= limits.waits_from.min(limits.disable_at);
        let Some(Found { slot, .. }) = self.state.by_remote_use(used) else { return };
        match slot {
            Slot::Challenge(place) if is_shut => {
                if let Some(address) = self.state.challenges.get(place).map(|open| open.address) {
                    self.state.challenges.retain(|open| open.address != address);
                }
            }
            Slot::Registration if is_shut => self.state.registering.open = None,
            Slot::Enrollment(place) => {
                let Some(open) = self.state.enrollments.get_mut(place) else { return };
                open.wrong = open.wrong.saturating_add(1);
                if open.wrong >= ENROLLMENT_ATTEMPTS {
                    drop(self.state.enrollments.swap_remove(place));
                }
            }
            _ => {}
        }
    }
}

impl StoredCode {
    /// The name that it has elsewhere, empty until it has one, [`RELEASED`] when it was let go of; `None`: it
    /// was made here.
    pub(super) fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    fn name_remote(&mut self, id: &RemoteId) {
        self.remote = Some(id.as_str().into());
    }

    fn release_remote(&mut self) -> Option<String> {
        let name = mem::replace(self.remote.as_mut()?, RELEASED.into());
        (!name.is_empty()).then_some(name)
    }
}

/// The name of a code whose place another took: none that a service can have, and none to be given one.
const RELEASED: &str = ".";
