//! Proofs by an app, a backup code or a PIN.

use second_factor::{Proof, Reason, otp::Step, otp::Totp, purpose::Operation};

use super::{
    Due, Model, PIN, Person, Ran, answer_of, count::Count, first_factor::Facts, first_factor::Way,
    is_anonymous, not,
};
use crate::answer::Prove as _;

impl Model {
    pub(super) fn totp(
        &mut self,
        who: usize,
        purpose: Operation,
        back: u64,
        incorrect: bool,
        of: usize,
    ) {
        let Some(place) = self.steps.checked_rem(self.people[of].apps.len()) else { return };
        let app = &self.people[of].apps[place];
        let now = app.totp.step(self.clock.time()).unwrap();
        let step = Step::new((now.get() + 1).saturating_sub(back));
        let correct = app.totp.code_at(step).expose().to_owned();
        let typed = if incorrect { not(&correct) } else { correct };
        let near = self.people[who].apps.iter().any(|app| is_near(&app.totp, now, &typed));
        let ran = self.ran(self.verifier.prove_for(
            &self.ids[who],
            purpose,
            self.trusting(who, Proof::totp(&typed)),
        ));
        let time = self.now();
        if self.people[who].apps.is_empty() {
            assert!(!matches!(ran, Ran::Answered(_)), "no app is enrolled");
            return;
        }
        let (client, facts) =
            (self.client, Facts { first: self.first, way: Way::App, has_pin: false });
        self.check_outcome(who, purpose, facts, &ran);
        let is_known = self.is_at_known(who);
        let Person { apps, app_count, .. } = &mut self.people[who];
        let passed = matches!(ran, Ran::Answered(_) | Ran::PinDue(_));
        if passed {
            assert!(!matches!(purpose, Operation::Transaction(_)), "an app shows no amount");
            assert!(who == of && near, "an incorrect code was accepted");
            // I1, I2: each step once, and never an earlier one, at any app.
            for app in apps {
                let window = now.get().saturating_sub(1)..=now.get() + 1;
                let matching = window.filter(|s| app.totp.code_at(Step::new(*s)).expose() == typed);
                let Some(highest) = matching.max() else { continue };
                let is_new = app.accepted.is_none_or(|last| highest > last);
                assert!(is_new, "a step was accepted twice");
                app.accepted = Some(highest);
            }
            if is_known {
                self.success_at_known(Way::App);
            } else if !is_anonymous(purpose, facts) {
                app_count.success(time, 30);
            }
        }
        match ran {
            Ran::Answered(answer) => self.proved(who, answer, (purpose, facts), "app"),
            Ran::PinDue(handle) => {
                self.people[who].due = Some(Due { handle, purpose, at: time, client, facts });
            }
            Ran::Denied(Reason::Incorrect) if is_known => self.incorrect_at_known(),
            // The lane without a first factor has counts of its own.
            Ran::Denied(Reason::Incorrect) if is_anonymous(purpose, facts) => {}
            Ran::Denied(Reason::Incorrect) => self.people[who].app_count.incorrect(time, 30),
            Ran::Denied(_) => {}
            Ran::Lost => {
                self.people[who].app_count = Count::default();
                self.people[who].known = None;
            }
        }
    }

    pub(super) fn backup(&mut self, who: usize, which: usize, incorrect: bool, of: usize) {
        let (person, now) = (&self.people[of], self.now());
        let mut known: Vec<String> = person.backup.iter().chain(&person.used).cloned().collect();
        known.sort();
        let Some(code) = known.get(which % known.len().max(1)).cloned() else { return };
        let typed = if incorrect { code.replace(['A', '1', 'Z'], "7") + "0" } else { code.clone() };
        let proof = self.trusting(who, Proof::backup_code(&typed));
        let ran = self.ran(self.verifier.verify(&self.ids[who], proof));
        let ran = answer_of(ran);
        let client = self.client;
        let facts = Facts { first: self.first, way: Way::BackupCode, has_pin: false };
        self.check_outcome(who, Operation::SignIn, facts, &ran);
        let is_known = self.is_at_known(who);
        let person = &mut self.people[who];
        if matches!(ran, Ran::Answered(_) | Ran::PinDue(_)) {
            assert!(who == of && !incorrect, "an incorrect backup code was accepted");
            // I1, I10.
            assert!(!person.used.contains(&code), "a backup code was accepted twice");
            person.backup.retain(|other| *other != code);
            person.used.insert(code.clone());
            if is_known {
                self.success_at_known(Way::BackupCode);
            } else {
                person.backup_count.success(now, 30);
            }
        }
        match ran {
            Ran::Answered(answer) => {
                self.proved(who, answer, (Operation::SignIn, facts), "backup");
            }
            Ran::PinDue(handle) => {
                self.people[who].due =
                    Some(Due { handle, purpose: Operation::SignIn, at: now, client, facts });
            }
            Ran::Denied(_) => {}
            Ran::Lost => {
                self.people[who].backup_count = Count::default();
                self.people[who].known = None;
            }
        }
    }

    pub(super) fn pin(&mut self, who: usize, incorrect: bool) {
        let Some(Due { handle, purpose, at, client, facts }) = self.people[who].due else { return };
        let facts = Facts { has_pin: true, ..facts };
        let typed = if incorrect { "111112" } else { PIN };
        let proof = self.trusting(who, Proof::pin(handle, typed));
        let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
        let now = self.now();
        self.check_outcome(who, purpose, facts, &ran);
        let is_known = self.is_at_known(who);
        let count = self.people[who].pin.as_mut();
        let count = count.filter(|_| is_known || !is_anonymous(purpose, facts));
        match ran {
            Ran::Answered(answer) => {
                assert!(!incorrect, "an incorrect PIN was accepted");
                assert!(now < at + 600 || now < at, "the PIN step had expired");
                assert_eq!(client, self.client, "the PIN step was of another client");
                match count {
                    Some(count) if is_known => {
                        count.lift();
                        self.success_at_known(Way::App);
                    }
                    Some(count) => count.success(now, 10),
                    None => {}
                }
                self.people[who].due = None;
                self.trusted(who, &answer);
                self.keep(who, answer, (purpose, facts), "pin");
            }
            Ran::Denied(Reason::Incorrect) if is_known => self.incorrect_at_known(),
            Ran::Denied(Reason::Incorrect) => {
                if let Some(count) = count {
                    count.incorrect(now, 10);
                }
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
            Ran::Lost => {
                if let Some(count) = count {
                    *count = Count::default();
                }
                self.people[who].known = None;
            }
        }
    }
}

/// Whether `typed` is correct at `step` or an adjacent step.
pub(super) fn is_near(totp: &Totp, step: Step, typed: &str) -> bool {
    let step = step.get();
    (step.saturating_sub(1)..=step + 1).any(|s| totp.code_at(Step::new(s)).expose() == typed)
}
