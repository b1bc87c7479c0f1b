//! Adding and removing of factors.

use second_factor::{Address, FactorKind, Reason, Secret, enrollment::NewTotp, otp::Totp};

use super::{
    App, MOST_APPS, Model, NewApp, PIN, Ran, count::Count, first_factor::Way, not, proofs::is_near,
    sent_codes::place,
};

impl Model {
    pub(super) fn enroll_app(&mut self, who: usize) {
        let start = self.start(who);
        self.named += 1;
        let label = format!("app {}", self.named);
        let new = NewTotp::new("a").named(&label);
        let ran = match self.people[who].fresh.take() {
            Some((fresh, at)) => {
                let ran = self.ran(self.verifier.enroll_totp(&fresh, new));
                self.people[who].fresh = Some((fresh, at));
                ran
            }
            None => self.ran(self.verifier.enroll_totp(&self.ids[who], new)),
        };
        self.check_start(who, Way::App, start, &ran);
        if let Ran::Answered(enrollment) = ran {
            let is_full = self.people[who].apps.len() >= MOST_APPS;
            assert!(!is_full || self.is_stale, "a fourth app was begun");
            let secret = Secret::from_base32(enrollment.expose_secret().expose()).unwrap();
            let (handle, totp) = (*enrollment.handle(), Totp::new(&secret));
            self.people[who].new_app = Some(NewApp { handle, totp, label, start });
        }
    }

    pub(super) fn confirm_app(&mut self, who: usize, incorrect: bool) {
        let Some(new) = self.people[who].new_app.take() else { return };
        let NewApp { handle, totp, label, start } = new;
        let step = totp.step(self.clock.time()).unwrap();
        let correct = totp.code_at(step).expose().to_owned();
        let typed = if incorrect { not(&correct) } else { correct };
        let ran = self.ran(self.verifier.confirm(&self.ids[who], &handle, &typed));
        match ran {
            Ran::Answered(confirmed) => {
                assert!(
                    !incorrect || is_near(&totp, step, &typed),
                    "an incorrect first code was accepted"
                );
                // I21: an app is added to the others.
                assert!(self.people[who].apps.len() < MOST_APPS, "a fourth app");
                self.confirmed(who, false, start);
                let accepted = Some(step.get());
                self.people[who].app_count = Count::default();
                self.people[who].apps.push(App { totp, accepted, label });
                if self.people[who].apps.len() > 1 {
                    self.note("another app");
                }
                self.keep_confirmed(who, confirmed, start, Way::App);
            }
            // Whether it is enrolled is unknown: the old one, the new one, or none; use neither.
            Ran::Lost => self.forget(who),
            Ran::Denied(Reason::Incorrect) => {
                self.people[who].new_app = Some(NewApp { handle, totp, label, start });
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn enroll_address(&mut self, who: usize, way: Way) {
        let (address, start) = (self.address(who, way), self.start(who));
        let ran = match self.people[who].fresh.take() {
            Some((fresh, at)) => {
                let ran = self.ran(self.verifier.enroll_address(&fresh, &address));
                self.people[who].fresh = Some((fresh, at));
                ran
            }
            None => self.ran(self.verifier.enroll_address(&self.ids[who], &address)),
        };
        self.check_start(who, way, start, &ran);
        let code = self.read(who, way, false);
        if let (Ran::Answered(sent), Some(code)) = (ran, code) {
            self.people[who].new_addresses[place(way)] = Some((*sent.handle(), code, start));
        }
    }

    pub(super) fn confirm_address(&mut self, who: usize, way: Way, incorrect: bool) {
        let new = self.people[who].new_addresses[place(way)].take();
        let Some((handle, correct, start)) = new else { return };
        let typed = if incorrect { not(&correct) } else { correct.clone() };
        let ran = self.ran(self.verifier.confirm(&self.ids[who], &handle, &typed));
        match ran {
            Ran::Answered(confirmed) => {
                assert!(!incorrect, "an incorrect first code was accepted");
                let stood = self.people[who].address(way).is_some();
                self.confirmed(who, stood, start);
                *self.people[who].address(way) = Some(Count::default());
                self.keep_confirmed(who, confirmed, start, way);
            }
            Ran::Lost => self.forget(who),
            Ran::Denied(Reason::Incorrect) => {
                self.people[who].new_addresses[place(way)] = Some((handle, correct, start));
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn address(&self, who: usize, way: Way) -> Address {
        let addresses = if way == Way::Mailbox { &self.mails } else { &self.numbers };
        addresses[who].clone()
    }

    pub(super) fn revoke(&mut self, who: usize, kind: FactorKind) {
        let Some((item, label)) = self.shown.clone() else { return };
        let Some((fresh, at)) = self.people[who].fresh.take() else { return };
        match self.ran(self.verifier.revoke(&fresh, &item)) {
            Ran::Answered(_) => {
                assert!(
                    self.now() < at + 300 || self.now() < at,
                    "an expired proof authorized a change"
                );
                self.check_managed(who, &fresh);
                self.note("manage");
                match kind {
                    FactorKind::Totp => {
                        let before = self.people[who].apps.len();
                        self.people[who].apps.retain(|app| Some(&app.label) != label.as_ref());
                        if !self.people[who].apps.is_empty() && self.people[who].apps.len() < before
                        {
                            self.note("one of the apps");
                        }
                    }
                    _ => self.people[who].phone = None,
                }
                self.void(who);
            }
            Ran::Lost => self.forget(who),
            Ran::Denied(_) | Ran::PinDue(_) => self.people[who].fresh = Some((fresh, at)),
        }
    }

    pub(super) fn turn_off(&mut self, who: usize) {
        let Some((fresh, _)) = self.people[who].fresh.take() else { return };
        match self.ran(self.verifier.turn_off(&fresh)) {
            Ran::Answered(_) => {
                self.check_managed(who, &fresh);
                self.note("manage");
                self.removed_all(who);
            }
            Ran::Lost => self.forget(who),
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn sign_out(&mut self, who: usize) {
        let Some((fresh, _)) = self.people[who].fresh.take() else { return };
        match self.ran(self.verifier.sign_out_everywhere(&fresh)) {
            Ran::Answered(_) => {
                self.check_managed(who, &fresh);
                self.void(who);
            }
            Ran::Lost => self.forget(who),
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    pub(super) fn new_backup_codes(&mut self, who: usize) {
        let Some((fresh, at)) = self.people[who].fresh.take() else { return };
        match self.ran(self.verifier.new_backup_codes(&fresh)) {
            Ran::Answered(codes) => {
                self.check_managed(who, &fresh);
                let now = self.now();
                let person = &mut self.people[who];
                // I10: all the old ones are void.
                person.used.extend(person.backup.drain(..));
                person.backup = codes.expose().iter().map(|c| c.expose().to_owned()).collect();
                person.backup_count = Count::default();
                person.backup_at = now;
                // New codes in place of others advance the epoch.
                person.grants.clear();
                person.fresh = Some((fresh, at));
            }
            // Other codes may be enrolled, without failures.
            Ran::Lost => {
                self.people[who].grants.clear();
                self.people[who].backup.clear();
                self.people[who].backup_count = Count::default();
            }
            Ran::Denied(_) | Ran::PinDue(_) => self.people[who].fresh = Some((fresh, at)),
        }
    }

    pub(super) fn set_pin(&mut self, who: usize) {
        let Some((fresh, _)) = self.people[who].fresh.take() else { return };
        let had = self.people[who].pin.is_some();
        match self.ran(self.verifier.set_pin(&fresh, PIN)) {
            Ran::Answered(_) => {
                self.check_managed(who, &fresh);
                self.check_first_pin(who);
                if had {
                    self.void(who);
                } else if self.people[who].may_have_pin || self.people[who].is_unsure {
                    self.people[who].grants.clear();
                }
                self.people[who].pin = Some(Count::default());
                self.people[who].may_have_pin = false;
            }
            // A PIN that may be set is not relied on.
            Ran::Lost => {
                self.people[who].may_have_pin = true;
                self.people[who].grants.clear();
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }
}
