//! Required enrollment, and the undo of a first factor.

use proptest::prelude::*;

use second_factor::{
    FactorKind, Next, Policy, Reason, SignIn, UnixTime,
    policy::{Notices, Requirement, SignInByRead},
    purpose::Operation,
};

use super::{
    Answer, Due, Model, Person, Ran,
    first_factor::{Facts, First, Way},
};
use crate::command::Command;

/// What an enrollment began with.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) first: First,
    /// It rests on the word of the application alone.
    pub(super) on_word: bool,
    pub(super) has_pin: bool,
    /// When that was proven.
    pub(super) at: Option<u64>,
    pub(super) by_grant: bool,
}

pub fn commands() -> impl Strategy<Value = Command> {
    let who = || prop_oneof![3 => Just(0_usize), 1 => Just(1_usize)];
    prop_oneof![
        1 => mandate(),
        2 => prop_oneof![Just(-1_i64), Just(0)].prop_map(|off| Command::ToDate { off }),
        6 => who().prop_map(|who| Command::Next { who }),
        1 => who().prop_map(|who| Command::Undo { who }),
        1 => who().prop_map(|who| Command::Helped { who }),
    ]
}

/// The application requires a second factor from a date on, or no longer.
pub fn mandate() -> impl Strategy<Value = Command> {
    let in_secs = prop_oneof![
        6 => (60_i64..90_000).prop_map(Some),
        1 => (-90_000_i64..1).prop_map(Some),
        1 => Just(None),
    ];
    in_secs.prop_map(|in_secs| Command::Mandate { in_secs })
}

/// Whether the policy asks for a write where a read suffices: until a date is set, and under half of
/// the dates.
fn confirms(by: Option<u64>) -> bool {
    by.is_none_or(|by| by % 2 == 0)
}

/// The policy of the model, in which email is a factor.
pub(super) fn policy(by: Option<u64>) -> Policy {
    const SIGN_IN: [FactorKind; 7] = [
        FactorKind::BackupCode,
        FactorKind::Email,
        FactorKind::Hotp,
        FactorKind::Phone,
        FactorKind::SecurityKey,
        FactorKind::Totp,
        FactorKind::SignInRequest,
    ];
    let reads = if confirms(by) { SignInByRead::Confirm } else { SignInByRead::Accept };
    let by = by.map(|by| Requirement::RequiredBy(UnixTime::from_secs(by)));
    Policy::builder()
        .danger_cheap_hashes()
        .notices(Notices::LeftToApplication)
        .enrollment(by.unwrap_or(Requirement::Optional))
        .sign_in_by_read(reads)
        .only(Operation::SignIn, &SIGN_IN)
        .only(Operation::Manage, &SIGN_IN[..6])
        .only(Operation::StepUp, &SIGN_IN[..6])
        .build()
        .unwrap()
}

impl Person {
    /// Whether a factor protects the user.
    pub(super) fn is_enrolled(&self) -> bool {
        !self.apps.is_empty() || self.phone.is_some() || self.mail.is_some()
    }

    /// Whether nothing is enrolled, and nothing may be.
    fn is_bare(&self) -> bool {
        !self.is_enrolled() && self.pin.is_none() && !self.is_unsure && !self.may_have_pin
    }
}

impl Model {
    pub(super) fn mandate(&mut self, in_secs: Option<i64>) {
        self.by = in_secs.map(|secs| self.now().saturating_add_signed(secs));
        self.base = self.base.under(&policy(self.by));
        self.verifier = self.with_context();
    }

    /// Waits until the date, or the second before it.
    pub(super) fn to_date(&self, off: i64) {
        let date = self.by.map(|by| by.saturating_add_signed(off));
        if let Some(date) = date.filter(|date| *date >= self.now()) {
            self.clock.set(date);
        }
    }

    pub(super) fn confirms(&self) -> bool {
        confirms(self.by)
    }

    fn is_due(&self) -> bool {
        self.by.is_some_and(|by| self.now() >= by)
    }

    /// Whether the word of the application enrolls nothing any more: a password alone would do.
    fn is_late(&self) -> bool {
        self.is_due() && !self.first.enrolls_late()
    }

    /// What an enrollment begins with.
    pub(super) fn start(&self, who: usize) -> Start {
        let person = &self.people[who];
        let earned = person.fresh.as_ref().zip(person.earned.as_ref());
        Start {
            first: match earned {
                Some(((Answer::Verified(_), _), held)) => held.first,
                _ => self.first,
            },
            on_word: earned.is_none(),
            has_pin: earned.is_some_and(|(_, held)| held.has_pin),
            at: earned.map(|((_, at), _)| *at),
            by_grant: matches!(earned, Some(((Answer::Granted(_), _), _))),
        }
    }

    /// I17: the word of the application enrolls a first factor, in time.
    pub(super) fn check_start<T>(&mut self, who: usize, way: Way, start: Start, ran: &Ran<T>) {
        let (late, is_due, person) = (self.is_late(), self.is_due(), &self.people[who]);
        let is_same = start.first.is_same_channel(who, way);
        if self.is_stale {
            return;
        }
        match ran {
            Ran::Answered(_) if start.on_word => {
                assert!(!person.is_enrolled(), "a password added a factor beside another");
                assert!(!late || person.was_reset, "a password enrolled a factor late");
            }
            Ran::Denied(Reason::Late) => {
                assert!(start.on_word && late, "{:?} must enroll in time", start.first);
            }
            Ran::Denied(Reason::Unauthorized) if start.on_word => {
                assert!(!person.is_bare(), "a first factor rests on a word");
            }
            Ran::Denied(Reason::SameChannel) => {
                assert!(is_same && !person.is_enrolled(), "{:?} is another channel", start.first);
            }
            _ => {}
        }
        if let (Ran::Answered(_), true) = (ran, person.is_bare()) {
            assert!(!is_same, "the only factor would be the first one too");
            if is_due {
                self.note(if start.on_word { "late by address" } else { "late by support" });
            }
        }
    }

    /// I18: what is asked for follows from what is enrolled, what came first, and the date.
    pub(super) fn next(&mut self, who: usize) {
        let ran = self.ran(self.verifier.next(&self.ids[who]));
        let (first, now) = (self.first, self.now());
        if self.is_stale {
            // What a stale load asks for may be out of date. I21: under the policy, it opens no session.
            let opens = match ran {
                Ran::Answered(Next::Done(SignIn::Unprotected(_))) => true,
                Ran::Answered(Next::Enroll(required)) => required.postpone().is_some(),
                _ => false,
            };
            let is_unsafe = opens && self.people[who].is_enrolled();
            assert!(!is_unsafe || !self.confirms(), "a stale load opened a session");
            return;
        }
        let (enrolled, bare) = (self.people[who].is_enrolled(), self.people[who].is_bare());
        let may_be_expired = self.people[who].was_reset && !enrolled;
        match ran {
            Ran::Lost => {}
            Ran::Denied(Reason::Expired) if may_be_expired => {}
            Ran::PinDue(handle) => {
                assert!(first.is_enough() && !bare, "a PIN is due after {first:?}");
                let facts = Facts { first, way: Way::Passkey, has_pin: false };
                self.people[who].due = Some(Due {
                    handle,
                    purpose: Operation::SignIn,
                    at: now,
                    client: self.client,
                    facts,
                });
            }
            Ran::Answered(Next::Done(SignIn::Verified(verified))) => {
                assert!(first.is_enough(), "{first:?} alone signed in");
                assert!(self.people[who].pin.is_none(), "a PIN is set and was not required");
                let facts = Facts { first, way: Way::Passkey, has_pin: false };
                self.check_verified(&verified, facts);
                if enrolled {
                    self.keep(
                        who,
                        Answer::Verified(verified),
                        (Operation::SignIn, facts),
                        "passkey",
                    );
                }
            }
            Ran::Denied(reason) if first == First::Nothing => match reason {
                Reason::NotAllowed => assert!(!bare, "nothing is enrolled"),
                Reason::NotEnrolled => assert!(!enrolled, "{who} has factors"),
                other => panic!("{other:?} after nothing"),
            },
            _ if first.is_enough() || first == First::Nothing => {
                panic!("an answer for another first factor than {first:?}")
            }
            Ran::Answered(Next::Done(sign_in)) => {
                assert!(!enrolled, "{who} has factors and was reported unprotected");
                assert!(!bare || self.by.is_none(), "a factor is required");
                self.check_unprotected(&sign_in, None);
            }
            Ran::Answered(Next::Enroll(required)) => {
                assert!(!enrolled, "{who} has factors");
                assert_eq!(Some(required.deadline().as_secs()), self.by);
                // An administrator who ordered a reset has identified the user.
                if bare && !self.people[who].was_reset {
                    let needs_address = self.is_late();
                    assert_eq!(required.needs_confirmed_address(), needs_address);
                }
                let postponed = required.postpone();
                assert_eq!(postponed.is_some(), !self.is_due(), "postponed at {now}");
                if let Some(sign_in) = postponed {
                    self.check_unprotected(&sign_in, self.by);
                    self.note("postponed");
                }
            }
            Ran::Answered(Next::Prove(offers)) => {
                assert!(!bare, "nothing is enrolled");
                let offered = |kind| offers.iter().any(|offer| offer.kind() == kind);
                let [mail, number] =
                    [Way::Mailbox, Way::Number].map(|w| first.is_same_channel(who, w));
                assert!(!mail || !offered(FactorKind::Email), "the first factor is offered");
                assert!(!number || !offered(FactorKind::Phone), "the first factor is offered");
            }
            Ran::Denied(Reason::SameChannel) => {
                let is_own =
                    matches!(first, First::Mailbox { of, .. } | First::Number { of } if of == who);
                assert!(is_own && !bare, "{first:?} is another channel");
                assert!(self.people[who].apps.is_empty(), "an app is another channel");
            }
            Ran::Denied(reason) => assert_eq!(reason, Reason::Disabled),
        }
    }

    fn check_unprotected(&self, sign_in: &SignIn, until: Option<u64>) {
        assert_eq!(sign_in.first_factor(), &self.value_of(self.first));
        assert_eq!(sign_in.level(), 1);
        assert_eq!(sign_in.good_until(), until.map(UnixTime::from_secs));
    }

    /// A factor was enrolled, the first of this user if `is_first`.
    pub(super) fn enrolled(&mut self, who: usize, start: Start, is_first: bool) {
        let now = self.now();
        let person = &mut self.people[who];
        if is_first {
            let on_word = start.on_word && !person.was_reset;
            person.word = on_word.then_some((now, now));
        }
    }

    /// I19: a first factor that rests on a word can be undone for three days, and no longer.
    pub(super) fn undo(&mut self, who: usize) {
        let support = self.verifier.support("owner", "it was not me");
        let ran = self.ran(support.undo_first_factor(&self.ids[who]));
        let (now, person) = (self.now(), &self.people[who]);
        match ran {
            Ran::Answered(()) => {
                let can_be = person.word.is_some_and(|(_, latest)| now < latest + UNDO);
                assert!(
                    can_be || person.is_unsure || person.was_reset,
                    "a proven or old factor was undone"
                );
                self.removed_all(who);
                self.note("undo");
            }
            Ran::Denied(reason) => {
                assert_eq!(reason, Reason::Expired);
                let must_be = person.word.is_some_and(|(earliest, _)| now < earliest + UNDO);
                assert!(!must_be || self.is_stale, "a first factor on a word was not undone");
            }
            Ran::Lost => self.forget(who),
            Ran::PinDue(_) => panic!("an undo asks for no PIN"),
        }
    }

    /// Nothing is enrolled any more.
    pub(super) fn removed_all(&mut self, who: usize) {
        self.void(who);
        self.forget_factors(who);
        let person = &mut self.people[who];
        person.is_unsure = false;
        person.may_have_pin = false;
    }

    /// I20: a first factor that rests on a word sets no PIN for three days.
    pub(super) fn check_first_pin(&self, who: usize) {
        let (now, person) = (self.now(), &self.people[who]);
        let is_new = person.word.is_some_and(|(earliest, _)| now < earliest + UNDO);
        let may_be_set = person.is_unsure || person.may_have_pin || person.pin.is_some();
        assert!(!is_new || may_be_set, "a PIN rests on a new first factor");
    }
}

impl Person {
    /// The clock went back: waits begin again, and end earlier than stated.
    pub(super) fn restart_undo(&mut self, now: u64) {
        self.word = self.word.map(|(earliest, latest)| (earliest.min(now), latest));
    }
}

/// How long a first factor that rests on a word can be undone.
const UNDO: u64 = 72 * 3600;
