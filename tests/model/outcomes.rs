//! What a proof gives.

use second_factor::{purpose::Operation, sign_in::Confirmed};

use super::{
    Model, Ran, enrollment_window::Start, first_factor::Facts, first_factor::Way, grants::Held,
};
use crate::answer::Answer;

impl Model {
    /// Checks the outcome of a proof against what came first.
    pub(super) fn check_outcome(
        &self,
        who: usize,
        purpose: Operation,
        facts: Facts,
        ran: &Ran<Answer>,
    ) {
        match ran {
            Ran::Answered(answer) => {
                self.check_followed(who, purpose, facts.first, facts.way);
                if let Answer::Verified(verified) = answer {
                    self.check_verified(verified, facts);
                }
            }
            Ran::PinDue(_) => self.check_followed(who, purpose, facts.first, facts.way),
            Ran::Denied(reason) => {
                self.check_refused(who, purpose, (facts.first, facts.way), *reason);
            }
            Ran::Lost => {}
        }
    }

    pub(super) fn proved(
        &mut self,
        who: usize,
        answer: Answer,
        (purpose, facts): (Operation, Facts),
        what: &'static str,
    ) {
        assert_eq!(answer.subject(), &self.ids[who]);
        let opens_session = matches!(answer, Answer::Verified(_));
        assert_eq!(opens_session, purpose == Operation::SignIn, "{purpose:?}");
        assert!(self.people[who].pin.is_none(), "a PIN is set and was not required");
        self.trusted(who, &answer);
        self.keep(who, answer, (purpose, facts), what);
    }

    /// A confirmed factor is a sign-in as old as the proof under which its enrollment began, unless
    /// that was a grant.
    pub(super) fn keep_confirmed(
        &mut self,
        who: usize,
        confirmed: Confirmed,
        start: Start,
        way: Way,
    ) {
        let verified = confirmed.verified();
        assert_eq!(verified.is_some(), !start.by_grant, "a grant opens no session");
        let Some(verified) = verified else { return self.note("confirm by grant") };
        let facts = Facts { first: start.first, way, has_pin: start.has_pin };
        let at = start.at.unwrap_or_else(|| self.now());
        assert_eq!(verified.verified_at().as_secs(), at, "a proof renewed itself");
        self.check_verified(&verified, facts);
        self.keep_of(who, Answer::Verified(verified), (Operation::Enroll, facts), at);
        self.note("confirm");
    }

    pub(super) fn keep(
        &mut self,
        who: usize,
        answer: Answer,
        (purpose, facts): (Operation, Facts),
        what: &'static str,
    ) {
        self.note(what);
        self.keep_of(who, answer, (purpose, facts), self.now());
    }

    pub(super) fn keep_of(
        &mut self,
        who: usize,
        answer: Answer,
        (purpose, facts): (Operation, Facts),
        at: u64,
    ) {
        let grant = match &answer {
            Answer::Granted(grant) => grant.clone(),
            Answer::Verified(verified) => self.verifier.grant(verified).unwrap(),
            Answer::Registered(_) => panic!("no command registers"),
        };
        self.earn(
            who,
            Held {
                grant,
                purpose,
                at,
                client: self.client,
                first: facts.first,
                has_pin: facts.has_pin,
                by_support: facts.way == Way::SupportCode,
                is_void: false,
            },
        );
        self.people[who].fresh = Some((answer, at));
    }
}
