//! Accounts under siege for the whole day.
//!
//! Each has an owner, whose correct codes must be accepted at the first attempt, and an attacker of
//! its own (`attackers`). What they receive is checked at the end (`received`).

mod attackers;
mod owners;
mod received;
mod thief;

use alloc::rc::Rc;
use core::cell::{Cell, Ref, RefCell, RefMut};

use second_factor::{
    Address, Client, DeviceToken, Error, FirstFactor, Keys, NewDevice, Proof, Purpose, Secret,
    SubjectId, UnixTime, Verified, Verifier,
    enrollment::NewSecurityKey,
    message::Language,
    otp::Totp,
    proof::{CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
};

pub use self::received::Post;
use self::{received::Change, thief::Copy};
use super::{
    DAY,
    factors::App,
    second,
    service::{Asked, Ran, Service},
};
use crate::support::{ROOT, answer::Answer};

/// What the owner of an account is up against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// The password holder tries every factor.
    Guesses,
    /// Tabs of the owner answer late.
    LateTab,
    /// A stranger who once had the number proved a mailbox by it.
    PlantsByNumber,
    /// An attacker with the password proved a mailbox before protection began.
    PlantsByPassword,
    /// The owner sends at the cost of the operator.
    Pumps,
    /// A copy of a device token is in use.
    SharesDevice,
}

/// An account, as its owner knows it.
pub struct Account {
    attack: Attack,
    id: SubjectId,
    number: Address,
    mailbox: Address,
    another: Option<Address>,
    /// The mailbox that the attacker proved before protection began.
    planted: Option<Address>,
    app: Option<App>,
    /// The token of the device that the owner uses daily.
    token: Option<String>,
    /// The token of another device, of which there is no copy.
    second: Option<String>,
    codes: Vec<String>,
    /// Whether the attacker still has the password.
    is_password_known: bool,
    changes: Vec<Change>,
    /// The times at which codes were sent for it, to any number.
    sent: Vec<u64>,
    copy: Copy,
}

/// The accounts.
pub struct Siege {
    service: Rc<Service>,
    accounts: Vec<RefCell<Account>>,
    /// The end of the day.
    until: Cell<u64>,
    /// The time between two visits of an owner.
    period: Cell<u64>,
}

/// A browser, after a first factor. Its language separates its messages from those of others.
#[derive(Clone)]
pub struct Caller {
    browser: u64,
    token: Option<String>,
    first: FirstFactor,
    language: &'static str,
}

impl Caller {
    fn new(browser: u64, language: &'static str) -> Self {
        Self { browser, token: None, first: FirstFactor::Password, language }
    }

    fn after(self, first: FirstFactor) -> Self {
        Self { first, ..self }
    }

    fn at(&self, verifier: &Verifier) -> Verifier {
        let mut client = Client::new(format!("a cookie: {:016x}", self.browser)).unwrap();
        if let Some(token) = &self.token {
            client = client.device(&DeviceToken::from_text(token));
        }
        let verifier = verifier.for_client(client).after(self.first.clone());
        verifier.in_language(Language::new(self.language).unwrap())
    }
}

impl Siege {
    /// Makes the accounts. Their factors are settled when it returns.
    pub fn open(service: &Rc<Service>) -> Rc<Self> {
        let (accounts, until) = (accounts(service), Cell::new(u64::MAX));
        let service = Rc::clone(service);
        let siege = Rc::new(Self { service, accounts, until, period: Cell::new(0) });
        siege.for_each(|siege, who| siege.begin_account(who));
        siege.pass(3 * DAY);
        siege.for_each(|siege, who| siege.complete_account(who));
        siege.pass(DAY);
        let _ = (siege.service.heard.take(), siege.service.post.take());
        siege.accounts.iter().for_each(|account| account.borrow_mut().changes.clear());
        siege
    }

    /// Begins the attacks and the visits of the owners, for `secs` seconds.
    pub fn begin(self: &Rc<Self>, secs: u64) {
        self.until.set(self.now() + secs);
        self.period.set(secs / VISITS);
        for who in 0..self.accounts.len() {
            owners::begin(self, who);
            attackers::begin(self, who);
        }
    }

    /// Runs `act` for every account and waits for all.
    fn for_each<F>(self: &Rc<Self>, act: impl Fn(Rc<Self>, usize) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        for who in 0..self.accounts.len() {
            self.service.executor.begin(act(Rc::clone(self), who));
        }
        while self.service.executor.in_progress() > 0 {
            second(&self.service, u64::MAX);
        }
    }

    fn pass(&self, secs: u64) {
        (0..secs).for_each(|_| second(&self.service, u64::MAX));
    }

    fn now(&self) -> u64 {
        self.service.executor.now()
    }

    fn account(&self, who: usize) -> Ref<'_, Account> {
        self.accounts[who].borrow()
    }

    fn change(&self, who: usize) -> RefMut<'_, Account> {
        self.accounts[who].borrow_mut()
    }

    fn id(&self, who: usize) -> SubjectId {
        self.account(who).id.clone()
    }

    fn attack(&self, who: usize) -> Attack {
        self.account(who).attack
    }

    fn number(&self, who: usize) -> Address {
        self.account(who).number.clone()
    }

    /// The device that the owner uses daily.
    fn known(&self, who: usize) -> Caller {
        let token = self.account(who).token.clone();
        Caller { token, ..Caller::new(who as u64, OWNER) }
    }

    /// A browser that was never used.
    fn new_browser(&self, language: &'static str) -> Caller {
        Caller::new(1_000 + self.service.executor.below(u64::MAX - 1_000), language)
    }

    async fn sleep(&self, secs: u64) {
        self.service.executor.sleep(secs).await;
    }

    /// Sleeps for about `secs` seconds. Returns false at the end of the day.
    async fn pause(&self, secs: u64) -> bool {
        self.sleep(secs - secs / 8 + self.service.executor.below(secs / 4 + 1)).await;
        self.now() < self.until.get()
    }

    async fn ask<T>(
        &self,
        caller: &Caller,
        call: impl AsyncFnOnce(&Verifier) -> Result<T, Error>,
    ) -> Asked<T> {
        let worker = self.service.worker();
        let verifier = caller.at(worker.watched());
        self.service.ask(worker, call(&verifier)).await
    }

    /// What an attacker does must not succeed.
    async fn try_to<T>(
        &self,
        what: &str,
        caller: &Caller,
        call: impl AsyncFnOnce(&Verifier) -> Result<T, Error>,
    ) {
        let ran = self.ask(caller, call).await.ran;
        self.service.note(&format!("siege: {what}: {}", ran.label()));
        assert!(!ran.is_success(), "I16: it succeeded: {what}");
    }

    /// What an owner does with a correct code must succeed at the first attempt.
    ///
    /// The store may fail, and a process that was paused may come too late.
    async fn must<T>(
        &self,
        what: &str,
        caller: &Caller,
        call: impl AsyncFnOnce(&Verifier) -> Result<T, Error>,
    ) -> Ran<T> {
        let begun = self.now();
        let ran = self.ask(caller, call).await.ran;
        self.service.note(&format!("siege: {what}: {}", ran.label()));
        if let Ran::Denied(reason) = &ran {
            assert!(
                self.now() - begun >= PAUSE_SECS,
                "I11: the owner was refused: {what}: {reason:?}"
            );
        }
        if !ran.is_success() {
            // A process that crashed leaves a lease.
            self.sleep(LEASE_SECS).await;
        }
        ran
    }

    /// Signs in as the owner, with the PIN if one is set.
    async fn sign_in(
        &self,
        who: usize,
        what: &str,
        caller: &Caller,
        proof: Proof,
    ) -> Option<Verified> {
        let id = self.id(who);
        let ran = self.must(what, caller, async |v| v.verify(&id, proof).await).await;
        assert!(
            !ran.is_success() || matches!(ran, Ran::PinDue(_)) == self.has_pin(who),
            "a PIN is asked for if one is set"
        );
        let Ran::PinDue(due) = ran else { return ran.answer() };
        let pin = Proof::pin(due, PIN);
        let what = format!("{what}, PIN");
        self.must(&what, caller, async |v| v.verify(&id, pin).await).await.answer()
    }

    async fn sign_in_by_app(&self, who: usize, what: &str, caller: &Caller) -> Option<Verified> {
        let proof = Proof::totp(self.code(who).await);
        self.sign_in(who, what, caller, proof).await
    }

    /// The current code of the app, once it is one that was not typed.
    async fn code(&self, who: usize) -> String {
        let (code, from) = {
            let mut account = self.change(who);
            let now = self.now();
            let app = account.app.as_mut().expect("the owner has an app");
            let (code, from) = app.fresh(now);
            app.typed(from);
            (code, from)
        };
        self.sleep(from.saturating_sub(self.now())).await;
        code
    }

    /// The security key of the owner answers a ceremony.
    async fn sign_in_by_key(&self, who: usize, what: &str, caller: &Caller) -> Option<Verified> {
        let id = self.id(who);
        let begun = self.ask(caller, async |v| v.begin_security_key(&id, sign_in()).await).await;
        let begun = begun.ran.answer()?;
        let key = *begun.keys().first().expect("the owner has a key").id();
        let outcome = SecurityKeyOutcome::passed(&key, b"used once more").user_verified(true);
        self.sign_in(who, what, caller, Proof::security_key(&begun, outcome)).await
    }

    /// The owner proves the app at the daily device, to change something.
    async fn manage(&self, who: usize) -> Option<Answer> {
        let (id, caller, code) = (self.id(who), self.known(who), self.code(who).await);
        let mut proof = Proof::totp(code);
        loop {
            let call = async |v: &Verifier| v.verify_for(&id, Purpose::Manage, proof).await;
            match self.must("manage at the known device", &caller, call).await {
                Ran::PinDue(due) => proof = Proof::pin(due, PIN),
                ran => return ran.answer().map(Answer::Granted),
            }
        }
    }

    /// A change of the owner or the attacker, of which the application and the owner must hear.
    async fn change_by<T>(
        &self,
        who: usize,
        event: &'static str,
        caller: &Caller,
        call: impl AsyncFnOnce(&Verifier) -> Result<T, Error>,
    ) -> Option<T> {
        let begun = self.now();
        let ran = self.ask(caller, call).await.ran;
        self.changed(who, event, begun, &ran);
        ran.answer()
    }

    fn changed<T>(&self, who: usize, event: &'static str, begun: u64, ran: &Ran<T>) {
        self.service.note(&format!("siege: change: {event}: {}", ran.label()));
        if matches!(ran, Ran::Answered(_)) {
            self.change(who).changes.push(Change { event, begun, ended: self.now() });
        }
    }

    fn has_pin(&self, who: usize) -> bool {
        matches!(self.attack(who), Attack::PlantsByNumber | Attack::PlantsByPassword)
    }
}

impl<T> Ran<T> {
    fn answer(self) -> Option<T> {
        match self {
            Self::Answered(value) => Some(value),
            _ => None,
        }
    }
}

/// The code of the app with this secret.
fn code_of(secret: &str, now: u64) -> String {
    let totp = Totp::new(&Secret::from_base32(secret).unwrap());
    totp.code(UnixTime::from_secs(now)).unwrap().expose().to_owned()
}

fn sign_in() -> CeremonyRequest {
    CeremonyRequest::new(b"kept").purpose(Operation::SignIn)
}

/// The accounts, without factors. Two in three pumped numbers share one budget of their prefix.
fn accounts(service: &Service) -> Vec<RefCell<Account>> {
    let keys = Keys::new(ROOT);
    let phone = |number: u32| Address::phone(&format!("+8821600{number:04}")).unwrap();
    let budget = |number: u32| keys.prefix_record(&phone(number));
    let mut pumped = (0..10_000).filter(|number| budget(*number) == budget(0)).map(phone);
    let attacks = [
        (1, Attack::Guesses),
        (1, Attack::LateTab),
        (1, Attack::PlantsByNumber),
        (1, Attack::PlantsByPassword),
        (PUMPS, Attack::Pumps),
        (SHARED_DEVICES, Attack::SharesDevice),
    ];
    let attacks = attacks.iter().flat_map(|(count, attack)| (0..*count).map(move |_| *attack));
    let account = |(who, attack): (usize, Attack)| {
        let number = match attack {
            Attack::Pumps if who % 3 > 0 => pumped.next().unwrap(),
            // Each has a prefix of its own.
            _ => Address::phone(&format!("+16295{who:02}0100")).unwrap(),
        };
        service.store.mark_best_effort(keys.prefix_record(&number).unwrap());
        // Others share a mailbox, over several accounts.
        let mailbox = match attack {
            Attack::Pumps if who % 3 > 0 => format!("pump-{}@example.net", who % PUMPED_MAILBOXES),
            _ => format!("owner-{who}@example.com"),
        };
        let has_another = attack == Attack::Pumps && who % 3 == 0;
        let another =
            has_another.then(|| Address::email(&format!("also-{who}@example.com")).unwrap());
        RefCell::new(Account {
            attack,
            id: SubjectId::new(format!("besieged-{who}")).unwrap(),
            number,
            mailbox: Address::email(&mailbox).unwrap(),
            another,
            planted: None,
            app: None,
            token: None,
            second: None,
            codes: Vec::new(),
            is_password_known: true,
            changes: Vec::new(),
            sent: Vec::new(),
            copy: Copy::default(),
        })
    };
    attacks.enumerate().map(account).collect()
}

/// The visits of an owner in a day.
const VISITS: u64 = 24;
const PUMPS: usize = 12;
const PUMPED_MAILBOXES: usize = 3;
const SHARED_DEVICES: usize = 6;
/// An operation of so many seconds was paused, and a lease or a code may have expired in it.
const PAUSE_SECS: u64 = 10;
/// After this time, the lease of a slow check has ended on every clock.
const LEASE_SECS: u64 = 12;
const PIN: &str = "493817";
/// The languages of the browsers.
const OWNER: &str = "en";
const ATTACKER: &str = "de";
