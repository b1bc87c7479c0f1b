//! Grants: what they permit, for how long, and to whom.

use core::time::Duration;

use proptest::prelude::*;

use second_factor::{Grant, Purpose, Reason, purpose::Operation, sign_in::SessionEpoch};

use super::{Model, Ran, first_factor::First};
use crate::{answer::Answer, command::Command};

/// A grant, and what was proven for it.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) grant: Grant,
    pub(super) purpose: Operation,
    pub(super) at: u64,
    /// The client that earned it.
    pub(super) client: Option<usize>,
    /// What came before the sign-in.
    pub(super) first: First,
    pub(super) has_pin: bool,
    /// It was proven by a code that support issued.
    pub(super) by_support: bool,
    /// The epoch has advanced since.
    pub(super) is_void: bool,
}

/// What the application asks of a grant.
struct Asked {
    purpose: Purpose,
    max_age: u64,
    client: Option<usize>,
    now: u64,
}

impl Held {
    /// Whether the proof permits `purpose`: one for managing permits a step-up too, and one for a
    /// transaction is used up by the call that returned it.
    fn is_for(&self, purpose: Purpose) -> bool {
        match self.purpose {
            Operation::Enroll | Operation::Manage | Operation::SignIn => {
                matches!(purpose, Purpose::Manage | Purpose::StepUp)
            }
            Operation::StepUp => purpose == Purpose::StepUp,
            _ => false,
        }
    }

    /// Whether it permits what is asked, apart from a PIN that was set since.
    fn permits(&self, asked: &Asked) -> bool {
        let age = asked.now.saturating_sub(self.at);
        // A proof from the future is a clock fault.
        let is_recent = age < asked.max_age && self.at <= asked.now + 120;
        let is_this_client = self.client == asked.client;
        let is_owner = !self.by_support && !self.is_void;
        self.is_for(asked.purpose) && is_recent && is_this_client && is_owner
    }
}

pub fn commands() -> impl Strategy<Value = Command> {
    let who = || prop_oneof![6 => Just(0_usize), 1 => Just(1_usize)];
    let of = prop_oneof![9 => Just(0_usize), 1 => Just(1_usize)];
    let age = prop_oneof![Just(0_u64), Just(30), Just(61), Just(300), Just(4000)];
    prop_oneof![
        3 => (who(), 0..MOST, 0..4_usize, age, of)
            .prop_map(|(who, which, purpose, age, of)| {
                Command::CheckGrant { who, which, purpose, age, of }
            }),
        1 => (who(), 0..2_usize, 0..2_usize)
            .prop_map(|(who, deed, typed_for)| Command::Agree { who, deed, typed_for }),
        1 => (who(), 0..MOST).prop_map(|(who, which)| Command::TakeGrant { who, which }),
    ]
}

impl Model {
    /// Remembers what an answer permits.
    pub(super) fn earn(&mut self, who: usize, held: Held) {
        let person = &mut self.people[who];
        person.earned = Some(held.clone());
        person.grants.push(held);
        if person.grants.len() > MOST {
            person.grants.remove(0);
        }
    }

    /// I15: a grant permits exactly its purposes, to its client, in its epoch, for a time.
    pub(super) fn check_grant(
        &mut self,
        who: usize,
        which: usize,
        purpose: usize,
        max_age: u64,
        of: usize,
    ) {
        let person = &self.people[of];
        let Some(place) = which.checked_rem(person.grants.len()) else { return };
        let held = person.grants[place].clone();
        let transaction = Purpose::Transaction(self.deeds[0].1);
        let purpose = [Purpose::Manage, Purpose::StepUp, Purpose::Recover, transaction][purpose];
        let grant = Grant::from_text(&self.ids[who], held.grant.expose());
        let age = Duration::from_secs(max_age);
        let asked = Asked { purpose, max_age, client: self.client, now: self.now() };
        let ran = self.ran(self.verifier.check_grant(&grant, purpose, age));
        if self.is_stale {
            return;
        }
        let has_pin = held.has_pin || person.pin.is_none();
        let permits = who == of && held.permits(&asked);
        match ran {
            Ran::Answered(()) => {
                assert!(permits && has_pin, "a grant for {:?} was accepted", held.purpose);
                self.note("grant");
            }
            Ran::Denied(reason) => {
                assert_eq!(reason, Reason::Unauthorized);
                let may_have_pin = person.is_unsure || person.may_have_pin;
                // A clock that went back dates a new code before its set, like an old one.
                let is_old = held.at < person.backup_at;
                let is_refused = !permits || !has_pin || is_old || (may_have_pin && !held.has_pin);
                assert!(is_refused, "a grant for {:?} was refused", held.purpose);
            }
            Ran::Lost => {}
            Ran::PinDue(_) => panic!("a grant asks for no PIN"),
        }
    }

    /// A session ends when the epoch advances.
    ///
    /// Called after each command, without a fault. A session then begins in the current epoch. The
    /// epoch of a user who never had a factor is 0, and does not advance.
    pub(super) fn check_sessions(&mut self) {
        for who in 0..self.ids.len() {
            let id = &self.ids[who];
            if let Some(mut session) = self.people[who].session.take() {
                let asked = self.verifier.is_current(id, &mut session.0, Duration::ZERO);
                let Ran::Answered(is_current) = self.ran(asked) else { panic!("no call fails") };
                let has_ended = session.1 && session.0.epoch != 0;
                assert!(!is_current || !has_ended, "a session outlived its epoch");
                if has_ended {
                    self.note("ended session");
                }
            }
            let id = &self.ids[who];
            let Ran::Answered(epoch) = self.ran(self.verifier.epoch(id)) else {
                panic!("no call fails")
            };
            self.people[who].session = Some((SessionEpoch::from(epoch), false));
        }
    }

    /// The next page uses an earlier grant.
    pub(super) fn take_grant(&mut self, who: usize, which: usize) {
        let person = &mut self.people[who];
        let Some(place) = which.checked_rem(person.grants.len()) else { return };
        let held = person.grants[place].clone();
        person.fresh = Some((Answer::Granted(held.grant.clone()), held.at));
        person.earned = Some(held);
    }

    /// I16: what changed the factors was permitted to.
    pub(super) fn check_managed(&self, who: usize, by: &Answer) {
        let person = &self.people[who];
        let held = person.earned.as_ref().expect("a proof permitted it");
        let asked = Asked {
            purpose: Purpose::Manage,
            max_age: 300,
            // An answer that is not sealed was never at another client.
            client: if matches!(by, Answer::Granted(_)) { self.client } else { held.client },
            now: self.now(),
        };
        assert!(held.permits(&asked), "a proof for {:?} changed a factor", held.purpose);
        assert!(held.has_pin || person.pin.is_none(), "a factor changed without the PIN");
    }
}

/// How many grants a user keeps.
const MOST: usize = 6;
