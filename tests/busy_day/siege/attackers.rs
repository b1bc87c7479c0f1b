//! Attackers of besieged accounts.

use alloc::rc::Rc;

use second_factor::{
    Address, Challenge, CodeRequest, FactorKind, FirstFactor, NewDevice, Proof, Purpose, SubjectId,
    UnixTime, Verifier,
    proof::{RequestedFrom, SecurityKeyOutcome},
    purpose::Operation,
    status::WhatsApp,
};

use super::{ATTACKER, Attack, Caller, OWNER, Siege, owners::token, received::PUMPED, sign_in};
use crate::{
    service::Ran,
    support::{answer::Answer, not},
};

/// Begins the attack, which goes on until the end of the day.
pub fn begin(siege: &Rc<Siege>, who: usize) {
    let (siege, again) = (Rc::clone(siege), Rc::clone(siege));
    siege.service.executor.begin(async move {
        let attack = again.attack(who);
        let secs = match attack {
            Attack::Guesses | Attack::PlantsByNumber | Attack::PlantsByPassword => GUESS_SECS,
            Attack::LateTab => return,
            Attack::Pumps => PUMP_SECS,
            Attack::SharesDevice => again.period.get() / 6,
        };
        for round in 0.. {
            if !again.pause(secs).await {
                return;
            }
            match attack {
                Attack::Guesses => again.guess_every_factor(who).await,
                Attack::LateTab => {}
                Attack::PlantsByNumber => again.use_number(who, round).await,
                Attack::PlantsByPassword => again.use_password(who, round).await,
                Attack::Pumps => again.pump(who, round).await,
                Attack::SharesDevice => again.use_copy(who).await,
            }
        }
    });
}

impl Siege {
    /// A code that is incorrect now.
    pub fn incorrect_code(&self, who: usize) -> String {
        let account = self.account(who);
        let totp = &account.app.as_ref().expect("the owner has an app").totp;
        loop {
            let typed = format!("{:06}", self.service.executor.below(1_000_000));
            let steps = (self.now() - 120..=self.now() + 120).step_by(30);
            let mut codes = steps.map(|at| totp.code(UnixTime::from_secs(at)).unwrap());
            if codes.all(|code| code.expose() != typed) {
                return typed;
            }
        }
    }

    /// One request against every factor, with the password while it is valid.
    async fn guess_every_factor(&self, who: usize) {
        let (id, number) = (self.id(who), self.number(who));
        let caller = self.new_browser(ATTACKER);
        if self.account(who).is_password_known {
            let proof = Proof::totp(self.incorrect_code(who));
            self.try_to("guess at the app", &caller, async |v| v.verify(&id, proof).await).await;
            self.guess_a_code(who, &caller, CodeRequest::to_address(&number)).await;
            let typed = format!("ABCD-EFGH-JKMN-{:04}", self.service.executor.below(10_000));
            let proof = Proof::backup_code(typed);
            let guess = async |v: &Verifier| v.verify(&id, proof).await;
            self.try_to("guess at the backup codes", &caller, guess).await;
            self.try_to("forge a key", &caller, async |v| {
                let begun = v.begin_security_key(&id, sign_in()).await?;
                let forged = Proof::security_key(&begun, SecurityKeyOutcome::failed());
                v.verify(&id, forged).await
            })
            .await;
            self.try_to("request a sign-in", &caller, async |v| {
                let from = RequestedFrom::new("Firefox", "Lisbon");
                let request = v.request_sign_in(&id, Operation::SignIn, &from).await?;
                v.verify(&id, Proof::sign_in_request(&request)).await
            })
            .await;
            let enroll = async |v: &Verifier| v.enroll_totp(&id, "mallory").await;
            self.try_to("enroll with the password", &caller, enroll).await;
        }
        let stranger = caller.after(FirstFactor::None);
        let proof = Proof::totp(self.incorrect_code(who));
        let recover = async |v: &Verifier| v.verify_for(&id, Purpose::Recover, proof).await;
        self.try_to("guess for recovery", &stranger, recover).await;
        self.guess_a_code(who, &stranger, CodeRequest::register(&number)).await;
    }

    /// Has a code sent to the owner, and guesses it.
    async fn guess_a_code(&self, who: usize, caller: &Caller, request: CodeRequest) {
        let is_registration = caller.first == FirstFactor::None;
        let Some((sent, code)) = self.have_sent(who, caller, request).await else { return };
        let (id, proof) = (self.id(who), Proof::sent_code(&sent, not(&code)));
        let guess = async |v: &Verifier| match is_registration {
            true => v.register(&id, proof).await.map(drop),
            false => v.verify(&id, proof).await.map(drop),
        };
        self.try_to("guess a sent code", caller, guess).await;
    }

    /// Has a code sent to the number of the account, which the attacker may read.
    async fn have_sent(
        &self,
        who: usize,
        caller: &Caller,
        request: CodeRequest,
    ) -> Option<(Challenge, String)> {
        let (id, number, before) = (self.id(who), self.number(who), self.service.post.len());
        let sent = self.ask(caller, async |v| v.send_code(&id, request).await).await.ran;
        self.service.note(&format!("siege: send: {}", sent.label()));
        Some((sent.answer()?, self.service.post.code(before, &number, caller.language)?))
    }

    /// The thief of the number meets the PIN, and tries what the planted mailbox is good for.
    async fn use_number(&self, who: usize, round: u64) {
        let (id, planted) = (self.id(who), self.planted(who));
        let thief = Caller::new(900, ATTACKER).after(FirstFactor::None);
        if round % 50 == 25 {
            self.use_planted(who, &thief, Operation::Recover).await;
        }
        let request = CodeRequest::register(&self.number(who));
        let Some((sent, code)) = self.have_sent(who, &thief, request).await else { return };
        let register = async |v: &Verifier| v.register(&id, Proof::sent_code(&sent, code)).await;
        let ran = self.ask(&thief, register).await.ran;
        self.service.note(&format!("siege: register with the number: {}", ran.label()));
        let Ran::PinDue(due) = ran else {
            return assert!(!ran.is_success(), "I16: a registration without the PIN");
        };
        let proof = Proof::pin(due, "271828");
        self.try_to("guess the PIN", &thief, async |v| v.register(&id, proof).await).await;
        self.try_to("reset the PIN", &thief, async |v| {
            let request = CodeRequest::to_address(&planted).purpose(Operation::ResetPin);
            let sent = v.send_code(&id, request).await?;
            v.register(&id, Proof::pin_reset(due, &sent, "271828")).await
        })
        .await;
        let begun = self.ask(&thief, async |v| v.begin_pin_reset(&id, due).await).await.ran;
        self.service.note(&format!("siege: begin to remove the PIN: {}", begun.label()));
    }

    /// The holder of the password tries what the planted mailbox is good for.
    async fn use_password(&self, who: usize, round: u64) {
        let (id, caller) = (self.id(who), self.new_browser(ATTACKER));
        self.claim(who, round).await;
        let purposes =
            [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover];
        let purpose = purposes[round as usize % purposes.len()];
        self.use_planted(who, &caller, purpose).await;
        let another = Address::email("mallory@example.org").unwrap();
        let plant = async |v: &Verifier| v.enroll_address(&id, &another).await;
        self.try_to("plant another mailbox", &caller, plant).await;
    }

    /// Requests a code at the planted mailbox, and answers what there is to answer.
    async fn use_planted(&self, who: usize, caller: &Caller, purpose: Operation) {
        let (id, planted, before) = (self.id(who), self.planted(who), self.service.post.len());
        let request = CodeRequest::to_address(&planted).purpose(purpose);
        let sent = self.ask(caller, async |v| v.send_code(&id, request).await).await.ran;
        self.service.note(&format!("siege: send to a planted mailbox: {}", sent.label()));
        let code = self.service.post.code(before, &planted, ATTACKER);
        assert!(code.is_none(), "I13: a planted mailbox received a code for {purpose:?}");
        let Ran::Answered(sent) = sent else { return };
        let proof = Proof::sent_code(&sent, "271828");
        let purpose = match purpose {
            Operation::Manage => Purpose::Manage,
            Operation::Recover => Purpose::Recover,
            _ => Purpose::StepUp,
        };
        let answer = async |v: &Verifier| v.verify_for(&id, purpose, proof).await;
        self.try_to("answer at a planted mailbox", caller, answer).await;
    }

    /// Another account claims the number or the mailbox, or registers the number.
    async fn claim(&self, who: usize, round: u64) {
        let stranger = SubjectId::new(format!("stranger-{who}-{}", round % 40)).unwrap();
        let (number, mailbox) = (self.number(who), self.account(who).mailbox.clone());
        let caller = self.new_browser(ATTACKER);
        let claimed = async |v: &Verifier| match round % 3 {
            0 => v.enroll_address(&stranger, &number).await,
            1 => v.enroll_address(&stranger, &mailbox).await,
            _ => v.send_code(&stranger, CodeRequest::register(&number)).await,
        };
        let ran = self.ask(&caller, claimed).await.ran;
        self.service.note(&format!("siege: claim: {}", ran.label()));
        if let Ran::Answered(sent) = ran {
            let confirm = async |v: &Verifier| v.confirm(&stranger, &sent, "000000").await;
            if round % 3 < 2 && self.service.executor.chance(50) {
                // It is correct once in a million times, which proves an address to the stranger.
                let _ = self.ask(&caller, confirm).await;
            }
        }
    }

    fn planted(&self, who: usize) -> Address {
        self.account(who).planted.clone().expect("a mailbox was planted")
    }

    /// The owner of an account has messages sent: codes, and notices of changes.
    async fn pump(&self, who: usize, round: u64) {
        let (id, number) = (self.id(who), self.number(who));
        let known = self.known(who);
        let proof = Proof::totp(self.code(who).await).trusting(NewDevice::new("another"));
        let sign_in = async |v: &Verifier| v.verify(&id, proof).await;
        let verified = self.change_by(who, "device_added", &known, sign_in).await;
        let new = token(&verified);
        if new.is_some() {
            self.change(who).token = new;
        }
        let Some(by) = verified.map(Answer::Verified) else { return };
        let known = self.known(who);
        match round % 4 {
            0 => {
                let leave = async |v: &Verifier| v.sign_out_everywhere(&by).await;
                let _ = self.change_by(who, "signed_out_everywhere", &known, leave).await;
            }
            1 => self.toggle_whatsapp(who, &known, &by).await,
            2 => self.new_backup_codes(who, &by).await,
            _ => {
                let other = self.service.executor.pick(self.accounts.len());
                let other = self.number(other);
                if other.expose().starts_with(PUMPED) && other != number {
                    let claim = async |v: &Verifier| v.enroll_address(&by, &other).await;
                    self.pump_by(who, &known, claim).await;
                }
            }
        }
        let new = self.new_browser(OWNER);
        for caller in [&known, &new] {
            let again = CodeRequest::to_address(&number);
            self.pump_by(who, caller, async |v| v.send_code(&id, again).await).await;
        }
        let register = CodeRequest::register(&number);
        self.pump_by(who, &new, async |v| v.send_code(&id, register).await).await;
    }

    async fn pump_by(
        &self,
        who: usize,
        caller: &Caller,
        send: impl AsyncFnOnce(&Verifier) -> Result<Challenge, second_factor::Error>,
    ) {
        let ran = self.ask(caller, send).await.ran;
        self.service.note(&format!("siege: pump: {}", ran.label()));
        if ran.is_success() {
            let now = self.now();
            self.change(who).sent.push(now);
        }
    }

    async fn toggle_whatsapp(&self, who: usize, caller: &Caller, by: &Answer) {
        let id = self.id(who);
        let status = self.ask(caller, async |v| v.status(&id).await).await.ran.answer();
        let phone = status.and_then(|status| {
            let mut factors = status.factors().iter();
            factors.find(|one| one.kind() == FactorKind::Phone).map(|one| *one.id())
        });
        let Some(phone) = phone else { return };
        for (setting, event) in
            [(WhatsApp::Allowed, "channel_allowed"), (WhatsApp::Forbidden, "channel_forbidden")]
        {
            let set = async |v: &Verifier| v.set_whatsapp(by, &phone, setting).await;
            let _ = self.change_by(who, event, caller, set).await;
        }
    }

    /// A tab of the owner answers after everything changed, or after its time.
    pub async fn leave_a_tab(&self, who: usize, visit: u64) {
        let (id, number) = (self.id(who), self.number(who));
        let tab = match visit % 2 {
            0 => self.known(who),
            _ => self.new_browser(OWNER),
        };
        match visit % 5 {
            0 | 1 => {
                let Some(by) = self.manage(who).await else { return };
                let begun = self.ask(&tab, async |v| v.enroll_totp(&by, "a tab").await).await.ran;
                let Some(begun) = begun.answer() else { return };
                let secret = begun.expose_secret().expose().to_owned();
                match visit % 5 {
                    0 if !self.change_password(who).await => return,
                    0 => {}
                    _ => self.sleep(ENROLLMENT_SECS).await,
                }
                let code = super::code_of(&secret, self.now());
                let confirm = async |v: &Verifier| v.confirm(&id, &begun, &code).await;
                self.try_to("confirm in a late tab", &tab, confirm).await;
            }
            2 => {
                let before = self.service.post.len();
                let request = CodeRequest::to_address(&number);
                let sent = self.ask(&tab, async |v| v.send_code(&id, request).await).await.ran;
                let Some(sent) = sent.answer() else { return };
                let code = self.service.post.code(before, &number, OWNER).unwrap();
                if visit % 2 == 0 && !self.change_password(who).await {
                    return;
                }
                if visit % 2 == 1 {
                    self.sleep(CODE_SECS).await;
                }
                let proof = Proof::sent_code(&sent, code);
                let answer = async |v: &Verifier| v.verify(&id, proof).await;
                self.try_to("answer a challenge in a late tab", &tab, answer).await;
            }
            3 => {
                let Some(by) = self.manage(who).await else { return };
                if !self.sign_out_everywhere(who).await {
                    return;
                }
                let print = async |v: &Verifier| v.new_backup_codes(&by).await;
                self.try_to("change factors in a late tab", &tab, print).await;
            }
            _ => {
                let begun = self.ask(&tab, async |v| v.begin_security_key(&id, sign_in()).await);
                let Some(begun) = begun.await.ran.answer() else { return };
                self.sleep(CEREMONY_SECS).await;
                let key = *begun.keys().first().expect("the owner has a key").id();
                let outcome = SecurityKeyOutcome::passed(&key, b"used late").user_verified(true);
                let proof = Proof::security_key(&begun, outcome);
                let answer = async |v: &Verifier| v.verify(&id, proof).await;
                self.try_to("answer a ceremony in a late tab", &tab, answer).await;
            }
        }
        let known = self.known(who);
        let _ = self.sign_in_by_app(who, "app after a late tab", &known).await;
    }

    /// Whether every device was signed out for certain. The daily one becomes known again.
    async fn sign_out_everywhere(&self, who: usize) -> bool {
        let Some(by) = self.manage(who).await else { return false };
        let known = self.known(who);
        let leave = async |v: &Verifier| v.sign_out_everywhere(&by).await;
        let left = self.change_by(who, "signed_out_everywhere", &known, leave).await;
        let verified = self.sign_in_by_key(who, "key after a sign-out", &known).await;
        let new = token(&verified);
        if new.is_some() {
            self.change(who).token = new;
        }
        left.is_some()
    }
}

/// The time between two requests of an attacker against each factor.
const GUESS_SECS: u64 = 30;
const PUMP_SECS: u64 = 240;
/// After these times, an enrollment, a code and a ceremony have expired on every clock.
const ENROLLMENT_SECS: u64 = 10 * 60 + 2;
const CODE_SECS: u64 = 5 * 60 + 2;
const CEREMONY_SECS: u64 = 90 + 2;
