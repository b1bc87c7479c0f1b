//! Owners of besieged accounts.

use alloc::rc::Rc;

use second_factor::{
    Address, CodeRequest, Proof, Verified, Verifier, enrollment::Enroller, sign_in::Confirmed,
};

use super::{
    ATTACKER, Attack, Caller, NewDevice, NewSecurityKey, OWNER, PIN, Secret, Siege, Totp, VISITS,
};
use crate::{factors::App, service::Ran, support::answer::Answer};

impl Siege {
    /// What is enrolled before protection begins, and the first factor.
    pub async fn begin_account(self: Rc<Self>, who: usize) {
        let planted = Address::email(&format!("mallory-{who}@example.net")).unwrap();
        let (attacker, owner) = (Caller::new(900, ATTACKER), self.known(who));
        let attack = self.attack(who);
        match attack {
            Attack::PlantsByNumber => {
                let theirs = self.register(who, &attacker).await;
                let _ = self.prove_address(&attacker, &theirs, &planted).await;
                let _ = self.register(who, &owner).await;
            }
            Attack::PlantsByPassword => {
                let _ = self.prove_address(&attacker, &self.id(who), &planted).await;
                self.enroll_app(&owner, who, &self.id(who)).await;
            }
            _ => return self.enroll_app(&owner, who, &self.id(who)).await,
        }
        self.change(who).planted = Some(planted);
    }

    /// The other factors, three days later.
    pub async fn complete_account(self: Rc<Self>, who: usize) {
        // Numbers of one prefix are not all proven in one hour, nor is one mailbox.
        self.sleep(who as u64 * 1_000).await;
        let owner = self.known(who);
        if self.attack(who) == Attack::PlantsByNumber {
            let registered = self.register(who, &owner).await;
            self.set_pin(&owner, &registered).await;
            self.sleep(61).await;
            let registered = self.register_with_pin(who, &owner).await.unwrap();
            self.enroll_app(&owner, who, &registered).await;
            self.sleep(61).await;
        }
        let by = self.manage(who).await.unwrap();
        let _ = self.prove_address(&owner, &by, &self.number(who)).await.unwrap();
        self.sleep(61).await;
        let mailbox = self.account(who).mailbox.clone();
        let _ = self.prove_address(&owner, &by, &mailbox).await.unwrap();
        if let Some(another) = self.another(who) {
            self.sleep(61).await;
            let _ = self.prove_address(&owner, &by, &another).await.unwrap();
        }
        self.new_backup_codes(who, &by).await;
        let key = async |v: &Verifier| {
            let begun = v.enroll_security_key(&by, b"").await?;
            let key = NewSecurityKey::new("blue", b"its credential").unwrap();
            v.confirm_security_key(by.subject(), &begun, key).await
        };
        let key = self.ask(&owner, key).await;
        assert!(key.ran.is_success(), "{key:?}");
        if self.attack(who) == Attack::PlantsByPassword {
            self.set_pin(&owner, &by).await;
        }
        let proof = Proof::totp(self.code(who).await).trusting(NewDevice::new("laptop"));
        let verified = self.sign_in(who, "first sign-in", &owner, proof).await;
        self.change(who).token = token(&verified);
        assert!(self.account(who).token.is_some());
    }

    fn another(&self, who: usize) -> Option<Address> {
        self.account(who).another.clone()
    }

    async fn set_pin(&self, owner: &Caller, by: &Answer) {
        let set = self.ask(owner, async |v| v.set_pin(by, PIN).await).await;
        assert!(set.ran.is_success(), "{set:?}");
    }

    /// Registers the number, without a PIN.
    async fn register(&self, who: usize, caller: &Caller) -> Answer {
        self.sleep(61).await;
        let (id, number, before) = (self.id(who), self.number(who), self.service.post.len());
        let request = CodeRequest::register(&number);
        let sent = self.ask(caller, async |v| v.send_code(&id, request).await).await;
        let sent = sent.ran.answer().unwrap();
        let code = self.service.post.code(before, &number, caller.language).unwrap();
        let proof = Proof::sent_code(&sent, code);
        let registered = self.ask(caller, async |v| v.register(&id, proof).await).await;
        Answer::Registered(registered.ran.answer().unwrap())
    }

    async fn enroll_app(&self, caller: &Caller, who: usize, by: impl Into<Enroller>) {
        let begun = self.ask(caller, async |v| v.enroll_totp(by, "owner").await).await;
        let begun = begun.ran.answer().unwrap();
        let secret = Secret::from_base32(begun.expose_secret().expose()).unwrap();
        let mut app = App::new(Totp::new(&secret), 0);
        let (code, from) = app.fresh(self.now());
        app.typed(from);
        self.change(who).app = Some(app);
        let id = self.id(who);
        let confirmed = self.ask(caller, async |v| v.confirm(&id, &begun, &code).await).await;
        assert!(confirmed.ran.is_success(), "{confirmed:?}");
    }

    /// Proves an address. Returns `None` if the store failed.
    pub async fn prove_address(
        &self,
        caller: &Caller,
        by: impl Into<Enroller>,
        address: &Address,
    ) -> Option<Confirmed> {
        let (by, before) = (by.into(), self.service.post.len());
        let id = by.subject().clone();
        let sent = self.ask(caller, async |v| v.enroll_address(by, address).await).await;
        let sent = sent.ran.answer()?;
        let code = self.service.post.code(before, address, caller.language)?;
        self.ask(caller, async |v| v.confirm(&id, &sent, &code).await).await.ran.answer()
    }

    /// Prints new backup codes at the daily device.
    pub async fn new_backup_codes(&self, who: usize, by: &Answer) {
        self.change(who).codes.clear();
        let known = self.known(who);
        let print = async |v: &Verifier| v.new_backup_codes(by).await;
        let Some(codes) = self.change_by(who, "factor_replaced", &known, print).await else {
            return;
        };
        let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
        self.change(who).codes = codes;
    }
}

/// Begins the visits of the owner.
pub fn begin(siege: &Rc<Siege>, who: usize) {
    let (siege, again) = (Rc::clone(siege), Rc::clone(siege));
    siege.service.executor.begin(async move {
        for visit in 1.. {
            if !again.pause(again.period.get()).await {
                return;
            }
            let attack = again.attack(who);
            match attack {
                Attack::Guesses => again.visit_under_guesses(who, visit).await,
                Attack::LateTab => again.leave_a_tab(who, visit).await,
                Attack::PlantsByNumber | Attack::PlantsByPassword => {
                    again.visit_with_pin(who, visit).await;
                }
                Attack::Pumps => return,
                Attack::SharesDevice => again.visit_with_thief(who).await,
            }
        }
    });
}

impl Siege {
    /// At the known device, and at a new one with what cannot be guessed.
    async fn visit_under_guesses(&self, who: usize, visit: u64) {
        let known = self.known(who);
        let _ = self.sign_in_by_app(who, "app at the known device", &known).await;
        if visit % 6 == 5 {
            self.sign_in_by_phone(who, &known).await;
        }
        self.sign_in_at_new_device(who).await;
        if !self.account(who).is_password_known {
            let new = self.new_browser(OWNER);
            let _ = self.sign_in_by_app(who, "app after a new password", &new).await;
        }
        if visit == VISITS / 2 && self.change_password(who).await {
            self.change(who).is_password_known = false;
        }
    }

    /// At the known device, with the number too, and at a new one.
    async fn visit_with_pin(&self, who: usize, visit: u64) {
        let known = self.known(who);
        let _ = self.sign_in_by_app(who, "app at the known device", &known).await;
        self.sign_in_at_new_device(who).await;
        if visit % 6 == 5 {
            match self.attack(who) == Attack::PlantsByNumber {
                true => drop(self.register_with_pin(who, &known).await),
                false => self.sign_in_by_phone(who, &known).await,
            }
        }
    }

    /// By a security key and a backup code, each at a browser that was never used.
    async fn sign_in_at_new_device(&self, who: usize) {
        let new = self.new_browser(OWNER);
        let _ = self.sign_in_by_key(who, "key at a new device", &new).await;
        let code = self.change(who).codes.pop();
        if let Some(code) = code {
            let new = self.new_browser(OWNER);
            let proof = Proof::backup_code(code);
            let _ = self.sign_in(who, "backup code at a new device", &new, proof).await;
        }
        if self.account(who).codes.len() < 2 {
            if let Some(by) = self.manage(who).await {
                self.new_backup_codes(who, &by).await;
            }
        }
    }

    async fn sign_in_by_phone(&self, who: usize, caller: &Caller) {
        let (id, number, before) = (self.id(who), self.number(who), self.service.post.len());
        let request = CodeRequest::to_address(&number);
        let send = async |v: &Verifier| v.send_code(&id, request).await;
        let Ran::Answered(sent) = self.must("send to the known device", caller, send).await else {
            return;
        };
        let code = self.service.post.code(before, &number, OWNER).expect("a code was received");
        let proof = Proof::sent_code(&sent, code);
        let _ = self.sign_in(who, "sent code at the known device", caller, proof).await;
    }

    async fn register_with_pin(&self, who: usize, caller: &Caller) -> Option<Answer> {
        let (id, number, before) = (self.id(who), self.number(who), self.service.post.len());
        let request = CodeRequest::register(&number);
        let send = async |v: &Verifier| v.send_code(&id, request).await;
        let sent = self.must("send to register", caller, send).await.answer()?;
        let code = self.service.post.code(before, &number, OWNER).expect("a code was received");
        let proof = Proof::sent_code(&sent, code);
        let register = async |v: &Verifier| v.register(&id, proof).await;
        let Ran::PinDue(due) = self.must("register", caller, register).await else { return None };
        let proof = Proof::pin(due, PIN);
        let begun = self.now();
        let register = async |v: &Verifier| v.register(&id, proof).await;
        let ran = self.must("register, PIN", caller, register).await;
        self.changed(who, "registered", begun, &ran);
        let registered = ran.answer()?;
        if let Some(token) = registered.device_token() {
            self.change(who).token = Some(token.expose().to_owned());
        }
        Some(Answer::Registered(registered))
    }

    /// Whether the password was changed for certain.
    pub async fn change_password(&self, who: usize) -> bool {
        let id = self.id(who);
        let changed = async |v: &Verifier| v.password_changed(&id).await;
        self.must("change the password", &self.known(who), changed).await.is_success()
    }
}

/// The token of the device that a sign-in trusted, or that is known since.
pub fn token(verified: &Option<Verified>) -> Option<String> {
    Some(verified.as_ref()?.device_token()?.expose().to_owned())
}
