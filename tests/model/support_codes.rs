//! Help by support.

use core::time::Duration;

use second_factor::{Proof, purpose::Operation};

use super::{Due, Model, Ran, count::Count, first_factor::Facts, first_factor::Way};
use crate::answer::Prove as _;

impl Model {
    pub(super) fn unlock(&mut self, who: usize) {
        let ran = self.ran(self.verifier.support("carol", "locked").unlock(&self.ids[who]));
        let counts = self.people[who].counts();
        match ran {
            Ran::Answered(kinds) => {
                let counts = counts.filter(|(kind, _)| kinds.contains(kind));
                counts.for_each(|(_, count)| count.unlock());
                if !kinds.is_empty() {
                    self.note("unlock");
                }
            }
            Ran::Lost => counts.for_each(|(_, count)| *count = Count::default()),
            Ran::Denied(_) | Ran::PinDue(_) => panic!("an unlock was refused"),
        }
    }

    pub(super) fn issue(&mut self, who: usize) {
        let (support, hour) = (self.verifier.support("carol", "lost"), Duration::from_secs(3600));
        let ran = self.ran(support.issue_code(&self.ids[who], hour));
        let (person, now) = (&mut self.people[who], self.clock.time().as_secs());
        match ran {
            Ran::Answered(code) => {
                person.void_support();
                person.support = Some((code.expose().to_owned(), now));
            }
            // The earlier one may be valid or not.
            Ran::Lost => person.support = None,
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn redeem(&mut self, who: usize, purpose: Operation, of: usize) {
        let Some((code, at)) = self.people[of].support.clone() else { return };
        let proof = Proof::backup_code(&code);
        let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
        let now = self.now();
        if matches!(ran, Ran::Answered(_) | Ran::PinDue(_)) {
            let is_for_it = who == of && purpose == Operation::Manage;
            assert!(is_for_it, "a support code was accepted for another use");
            assert!(now < at + 3600 || now < at, "a support code was accepted after its expiry");
            self.people[of].void_support();
        }
        let client = self.client;
        let facts = Facts { first: self.first, way: Way::SupportCode, has_pin: false };
        match ran {
            Ran::Answered(answer) => {
                assert!(self.people[who].pin.is_none(), "a PIN is set and was not required");
                // I12: it enrolls, and changes nothing else.
                let off = self.ran(self.verifier.turn_off(&answer));
                assert!(!matches!(off, Ran::Answered(_)), "a support code turned it off");
                self.keep(who, answer, (purpose, facts), "support");
                self.enroll_app(who);
                self.people[who].fresh = None;
            }
            Ran::PinDue(handle) => {
                self.people[who].due = Some(Due { handle, purpose, at: now, client, facts });
            }
            Ran::Denied(_) => {}
            Ran::Lost => {
                self.people[of].support = None;
                self.people[who].backup_count = Count::default();
            }
        }
    }
}
