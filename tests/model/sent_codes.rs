//! Sent codes.

use second_factor::{CodeRequest, Proof, Reason, purpose::Operation};

use super::{
    DEEDS, Due, Model, Ran, Sent, count::Count, first_factor::Facts, first_factor::Way,
    is_anonymous, not,
};
use crate::answer::Prove as _;

impl Model {
    pub(super) fn send(&mut self, who: usize, purpose: usize, way: Way) {
        let request = CodeRequest::to_address(&self.address(who, way));
        let request = match purpose.checked_sub(DEEDS) {
            Some(deed) => request.agreement(&self.deeds[deed].0),
            None => request.purpose(self.purpose(purpose)),
        };
        let (first, purpose) = (self.first, self.purpose(purpose));
        let ran = self.ran(self.verifier.send_code(&self.ids[who], request));
        if let Ran::Denied(reason) = ran {
            self.check_refused(who, purpose, (first, way), reason);
        }
        let known = self.people[who].known.as_ref().filter(|_| self.is_at_known(who));
        let known = known.map(|(token, _)| token.clone());
        let code = self.read(who, way, known.is_some());
        if code.is_some() {
            self.check_followed(who, purpose, first, way);
        }
        if let (Some(code), Ran::Answered(sent)) = (code, ran) {
            let person = &self.people[who];
            let is_proven = if way == Way::Mailbox { person.mail } else { person.phone }.is_some();
            assert!(is_proven || person.is_unsure, "a code was sent to an unproven address");
            let now = self.now();
            // At most one is valid for a purpose and lane.
            let person = &mut self.people[who];
            let open = core::mem::take(&mut person.sent);
            let (voided, live): (Vec<_>, Vec<_>) = open
                .into_iter()
                .partition(|other| is_same_kind(other.purpose, purpose) && other.known == known);
            person.sent = live;
            person.void_codes.extend(voided);
            let (handle, client) = (*sent.handle(), self.client);
            let codes = vec![code];
            person.sent.push(Sent {
                handle,
                purpose,
                first,
                client,
                way,
                known,
                codes,
                begun: now,
                last: now,
            });
        }
    }

    pub(super) fn resend(&mut self, who: usize, purpose: Operation) {
        let place = self.people[who].sent.iter().position(|sent| sent.purpose == purpose);
        let Some(place) = place else { return };
        let Sent { handle, way, ref known, .. } = self.people[who].sent[place];
        let is_known = known.is_some();
        let ran = self.ran(self.verifier.send_code(&self.ids[who], CodeRequest::again(handle)));
        let code = self.read(who, way, is_known);
        match (code, ran) {
            (Some(code), Ran::Answered(_)) => {
                let now = self.now();
                let client = self.client;
                let sent = &mut self.people[who].sent[place];
                assert_eq!(client, sent.client, "another client had a code sent again");
                sent.codes.push(code);
                sent.last = now;
            }
            (_, Ran::Lost) => drop(self.people[who].sent.remove(place)),
            _ => {}
        }
    }

    pub(super) fn code(
        &mut self,
        who: usize,
        other: Option<Operation>,
        nth: usize,
        incorrect: bool,
        of: usize,
    ) {
        let Some(nth) = nth.checked_rem(self.people[of].sent.len()) else { return };
        let sent = &self.people[of].sent[nth];
        let correct = sent.codes.last().unwrap().clone();
        let typed = if incorrect { not(&correct) } else { correct };
        let (handle, made_for, begun, last) = (sent.handle, sent.purpose, sent.begun, sent.last);
        let (way, purpose) = (sent.way, other.unwrap_or(made_for));
        // Its failures are counted where it was requested.
        let current = self.people[who].known.as_ref().map(|(token, _)| token.clone());
        let lane = match &sent.known {
            None => CodeLane::Other,
            Some(token) if who == of && Some(token) == current.as_ref() => CodeLane::Known,
            Some(_) => CodeLane::Forgotten,
        };
        // What is stored wins.
        let is_its_own = who == of && made_for == Operation::SignIn;
        let first = if is_its_own { sent.first } else { self.first };
        let facts = Facts { first, way, has_pin: false };
        let (client, requested_by) = (self.client, sent.client);
        let proof = self.trusting(who, Proof::sent_code(handle, &typed));
        let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
        let now = self.now();
        self.check_outcome(who, purpose, facts, &ran);
        let passed = matches!(ran, Ran::Answered(_) | Ran::PinDue(_));
        if passed {
            // I6.
            assert!(
                who == of && !incorrect && purpose == made_for,
                "a code was accepted for another use"
            );
            assert_eq!(client, requested_by, "a code was accepted at another client");
            assert!(now < last + 300 || now < last, "a code was accepted after its expiry");
            assert!(now < begun + 600 || now < begun, "a challenge was accepted after its expiry");
            let spent = self.people[of].sent.remove(nth);
            self.people[of].void_codes.push(spent);
            let count = self.people[who].address(way).as_mut();
            let count = count.filter(|_| !is_anonymous(purpose, facts));
            match (lane, count) {
                (CodeLane::Known, _) => self.success_at_known(way),
                (CodeLane::Forgotten, Some(count)) => count.lift(),
                (CodeLane::Other, Some(count)) => count.success(now, 30),
                (_, None) => {}
            }
        }
        match ran {
            Ran::Answered(answer) => self.proved(who, answer, (purpose, facts), "code"),
            Ran::PinDue(handle) => {
                self.people[who].due = Some(Due { handle, purpose, at: now, client, facts });
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(incorrect && who == of, "a correct code was reported incorrect");
                let count = self.people[who].address(way).as_mut();
                match (lane, count.filter(|_| !is_anonymous(purpose, facts))) {
                    (CodeLane::Known, _) => self.incorrect_at_known(),
                    (CodeLane::Other, Some(count)) => count.incorrect(now, 30),
                    (CodeLane::Forgotten, _) | (_, None) => {}
                }
            }
            Ran::Denied(_) => {}
            Ran::Lost => {
                if let Some(count) = self.people[who].address(way) {
                    *count = Count::default();
                }
                self.people[who].known = None;
            }
        }
    }

    /// The code of the newest message; also checks the budget.
    pub(super) fn read(&mut self, who: usize, way: Way, is_known: bool) -> Option<String> {
        let message = self.phone.take()?;
        let (now, pool) = (self.now(), (!self.is_stale).then_some(is_known));
        let sends = &mut self.people[who].sends[place(way)];
        // I9. A clock that was set back makes every send recent, which is stricter than this.
        sends.push((now, pool));
        let recent = |secs: u64, pool: Option<bool>| {
            let is_recent = |at: u64| at <= now && now - at < secs;
            let of =
                sends.iter().filter(|(at, its)| is_recent(*at) && (pool.is_none() || *its == pool));
            of.count()
        };
        for (pool, an_hour, a_day) in [(None, 8, 12), (Some(false), 4, 6), (Some(true), 4, 6)] {
            let is_within = recent(3600, pool) <= an_hour && recent(86_400, pool) <= a_day;
            assert!(is_within, "more was sent than the budget allows: {pool:?}");
        }
        Some(message.code()?.expose().to_owned())
    }
}

/// Where the failures of a code are counted.
#[derive(Clone, Copy)]
enum CodeLane {
    /// At a device that the model does not follow.
    Forgotten,
    Known,
    Other,
}

/// Whether a code for one purpose voids that for the other.
pub(super) fn is_same_kind(one: Operation, other: Operation) -> bool {
    let of_transaction = |purpose| matches!(purpose, Operation::Transaction(_));
    one == other || (of_transaction(one) && of_transaction(other))
}

/// The place of an address of this kind.
pub(super) const fn place(way: Way) -> usize {
    if matches!(way, Way::Mailbox) { 1 } else { 0 }
}
