//! What ends, and what becomes unknown.

use second_factor::{Next, Proof, SignIn, host::Event, purpose::Operation};

use super::{Model, Ran, count::Count, enrollment_window::Start};
use crate::answer::Prove as _;

impl Model {
    /// Submits a code or token that was used, replaced or voided.
    pub(super) fn submit_void(&mut self, who: usize, which: usize) {
        let person = &self.people[who];
        if let Some(place) = which.checked_rem(person.void_codes.len()) {
            let sent = &person.void_codes[place];
            let (typed, purpose) = (sent.codes.last().unwrap(), sent.purpose);
            let proof = Proof::sent_code(sent.handle, typed);
            let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
            assert!(!matches!(ran, Ran::Answered(_) | Ran::PinDue(_)), "a void code was accepted");
        }
        if let Some(place) = which.checked_rem(person.void_support.len()) {
            let proof = Proof::backup_code(&person.void_support[place]);
            let ran = self.ran(self.verifier.prove_for(&self.ids[who], Operation::Manage, proof));
            let is_accepted = matches!(ran, Ran::Answered(_) | Ran::PinDue(_));
            assert!(!is_accepted, "a void support code was accepted");
        }
        let person = &self.people[who];
        if let Some(place) = which.checked_rem(person.void_tokens.len()) {
            let device = self.on(&person.void_tokens[place]);
            let _ = self.log.take();
            let ran = self.ran(device.next(&self.ids[who]));
            // Recognition writes nothing if nothing changes, so it is as recent as its load: a
            // stale load breaks the contract of the store. I21: a write that confirms it detects that.
            let is_recognized = matches!(ran, Ran::Answered(Next::Done(SignIn::Recognized(_))));
            let may_be = self.is_stale && !self.confirms();
            assert!(!is_recognized || may_be, "a void token was recognized");
            if self.log.take().contains(&Event::DeviceStolen) || matches!(ran, Ran::Lost) {
                // A theft advances the epoch. The model does not know which of the devices it was.
                self.forget_proofs(who);
            }
        }
    }

    /// Advances the epoch: what was created before is no longer accepted.
    pub(super) fn void(&mut self, who: usize) {
        let person = &mut self.people[who];
        let sent = core::mem::take(&mut person.sent);
        person.void_codes.extend(sent);
        person.void_support();
        person.fresh = None;
        person.earned = None;
        person.grants.iter_mut().for_each(|held| held.is_void = true);
        person.session.iter_mut().for_each(|(_, has_ended)| *has_ended = true);
        person.due = None;
        person.new_app = None;
        person.new_addresses = [None, None];
        person.void_devices();
        person.request = None;
    }

    /// A factor was added. The first one, and a replacement, void what was created before.
    pub(super) fn confirmed(&mut self, who: usize, replaces: bool, start: Start) {
        let is_first = !self.people[who].is_enrolled();
        if self.people[who].is_unsure {
            // An unknown factor may have been enrolled, so this may not be the first.
            self.forget_proofs(who);
            return;
        }
        if replaces || is_first {
            self.void(who);
        }
        self.enrolled(who, start, is_first);
    }

    /// Earlier codes and devices may be valid or not: uses none of them and asserts nothing about
    /// them.
    pub(super) fn forget_proofs(&mut self, who: usize) {
        self.people[who].sent.clear();
        self.people[who].support = None;
        self.people[who].devices.clear();
        self.people[who].grants.clear();
        self.people[who].session = None;
        self.void(who);
    }

    /// Whether factors are enrolled is unknown from here on: uses none of them.
    pub(super) fn forget(&mut self, who: usize) {
        self.forget_proofs(who);
        self.forget_factors(who);
        self.people[who].is_unsure = true;
    }

    pub(super) fn forget_factors(&mut self, who: usize) {
        let person = &mut self.people[who];
        person.apps.clear();
        (person.phone, person.mail, person.pin) = (None, None, None);
        person.word = None;
        person.backup.clear();
        person.backup_count = Count::default();
    }
}
