//! The model: known secrets, accepted proofs, and invariants.

#[path = "enrollment_window.rs"]
pub mod enrollment_window;
#[path = "first_factor.rs"]
pub mod first_factor;
#[path = "grants.rs"]
pub mod grants;

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::collections::{BTreeMap, HashSet};

use second_factor::{
    Address, Client, CodeRequest, DeviceToken, Error, FactorKind, Handle, ItemId, Keys, NewDevice,
    Next, Proof, Reason, Secret, SignIn, SubjectId, Verifier,
    enrollment::NewTotp,
    host::Event,
    otp::{Step, Totp},
    proof::{RequestAnswer, RequestedFrom},
    purpose::{Agreement, AgreementHash, Operation},
    sign_in::Confirmed,
    testkit::{EventLog, ManualClock, MessageLog, SeededEntropy},
};

use self::{
    enrollment_window::Start,
    first_factor::{Facts, First, Way},
    grants::Held,
};
use crate::{
    answer::{Answer, Prove as _},
    command::Command,
    faulty::{Fault, FaultyStorage},
};

const PIN: &str = "493817";
/// The first purpose that is a transaction.
const DEEDS: usize = 3;

/// The counted incorrect answers since a factor last succeeded or was enrolled, at least.
#[derive(Clone, Copy, Default)]
struct Count {
    wrong: u32,
    locked_until: u64,
    /// Support or a change of the password unlocked it since.
    is_unlocked: bool,
}

impl Count {
    fn wrong(&mut self, now: u64, disable_at: u32) {
        assert!(now >= self.locked_until, "a guess was compared under a lock");
        self.wrong += 1;
        // I3: no more guesses are answered than the limit allows.
        assert!(self.wrong <= self.most(disable_at), "{} incorrect answers", self.wrong);
        if self.wrong >= 5 {
            let wait = (30_u64 << (self.wrong - 5).min(20)).min(3600);
            self.locked_until = now + wait;
        }
    }

    fn success(&mut self, now: u64, disable_at: u32) {
        // I4: nothing succeeds under a lock.
        assert!(now >= self.locked_until, "a success under a lock");
        assert!(self.wrong < self.most(disable_at), "a disabled factor succeeded");
        *self = Self::default();
    }

    const fn most(&self, disable_at: u32) -> u32 {
        if self.is_unlocked { 10 } else { disable_at }
    }

    /// The password was changed: what is locked or disabled opens once.
    ///
    /// After a fault, the model does not know what is locked, and expects no count from before.
    const fn renew(&mut self) {
        *self = Self { wrong: 0, locked_until: 0, is_unlocked: false };
    }

    fn unlock(&mut self) {
        // I11: support unlocks a factor once until its next success.
        assert!(!self.is_unlocked, "unlocked twice");
        *self = Self { is_unlocked: true, ..Self::default() };
    }
}

struct App {
    totp: Totp,
    accepted: Option<u64>,
    label: String,
}

/// An app whose first code is pending.
struct NewApp {
    handle: Handle,
    totp: Totp,
    label: String,
    start: Start,
}

struct Sent {
    handle: Handle,
    purpose: Operation,
    /// What came before it, where it was requested, and the address it was sent to.
    first: First,
    client: Option<usize>,
    way: Way,
    codes: Vec<String>,
    begun: u64,
    last: u64,
}

/// A partial proof that waits for the PIN.
#[derive(Clone, Copy)]
struct Due {
    handle: Handle,
    purpose: Operation,
    at: u64,
    client: Option<usize>,
    facts: Facts,
}

struct Request {
    handle: Handle,
    number: String,
    at: u64,
    is_approved: bool,
    first: First,
    client: Option<usize>,
}

#[derive(Default)]
struct Person {
    /// The apps, each with its own name, and the count of all.
    apps: Vec<App>,
    app_count: Count,
    new_app: Option<NewApp>,
    phone: Option<Count>,
    mail: Option<Count>,
    /// Of the phone, and of the mailbox.
    new_addresses: [Option<(Handle, String, Start)>; 2],
    sent: Vec<Sent>,
    backup: Vec<String>,
    used: HashSet<String>,
    backup_count: Count,
    pin: Option<Count>,
    /// The code that support issued, and when.
    support: Option<(String, u64)>,
    due: Option<Due>,
    devices: Vec<Vec<String>>,
    /// The newest token of the device that was recognized last.
    device: Option<String>,
    /// Whether the next sign-in is to trust its device.
    trusts: bool,
    request: Option<Request>,
    fresh: Option<(Answer, u64)>,
    /// What the fresh answer was earned by.
    earned: Option<Held>,
    grants: Vec<Held>,
    /// To the phone, and to the mailbox.
    sends: [Vec<u64>; 2],
    /// When a first factor was enrolled on the word of the application: at the earliest, and at the
    /// latest.
    word: Option<(u64, u64)>,
    /// An administrator ordered a reset.
    was_reset: bool,
    /// A PIN may be set that the model does not know.
    may_have_pin: bool,
    /// What must be refused: codes, and tokens of devices.
    void_codes: Vec<Sent>,
    void_tokens: Vec<String>,
    void_support: Vec<String>,
    /// Factors may be enrolled that the model does not know.
    is_unsure: bool,
    /// When the backup codes were generated.
    pub(super) backup_at: u64,
}

impl Person {
    /// Invalidates the devices so far.
    fn void_devices(&mut self) {
        let tokens = self.devices.drain(..).flatten();
        self.void_tokens.extend(tokens);
    }

    fn restart_locks(&mut self) {
        self.counts().for_each(|(_, count)| count.locked_until = 0);
        self.sends = [Vec::new(), Vec::new()];
    }

    const fn address(&mut self, way: Way) -> &mut Option<Count> {
        if matches!(way, Way::Mailbox) { &mut self.mail } else { &mut self.phone }
    }

    fn counts(&mut self) -> impl Iterator<Item = (FactorKind, &mut Count)> {
        let app = (!self.apps.is_empty()).then_some((FactorKind::Totp, &mut self.app_count));
        let phone = self.phone.as_mut().map(|count| (FactorKind::Phone, count));
        let mail = self.mail.as_mut().map(|count| (FactorKind::Email, count));
        let backup = Some((FactorKind::BackupCode, &mut self.backup_count));
        let pin = self.pin.as_mut().map(|count| (FactorKind::Pin, count));
        [app, phone, mail, backup, pin].into_iter().flatten()
    }

    /// Ends the support code.
    fn void_support(&mut self) {
        self.void_support.extend(self.support.take().map(|(code, _)| code));
    }
}

/// Two users in one application.
pub struct Model {
    pub store: FaultyStorage,
    pub successes: BTreeMap<&'static str, usize>,
    clock: ManualClock,
    phone: MessageLog,
    log: EventLog,
    /// Under the policy of the application, and before any context.
    base: Verifier,
    verifier: Verifier,
    /// What came before the current command, and at which client it is run.
    first: First,
    client: Option<usize>,
    steps: usize,
    /// When a second factor is required.
    by: Option<u64>,
    /// Whether a load of the current operation may be stale.
    is_stale: bool,
    /// What the settings page showed before the current command: an item, and its name.
    shown: Option<(ItemId, Option<String>)>,
    /// The number of apps so far.
    named: usize,
    ids: [SubjectId; 2],
    numbers: [Address; 2],
    mails: [Address; 2],
    /// What users agree to.
    deeds: [(Agreement, AgreementHash); 2],
    people: [Person; 2],
}

/// The outcome of one operation.
enum Ran<T> {
    Answered(T),
    Denied(Reason),
    PinDue(Handle),
    /// It ended in an error that is not a denial, or its process crashed: the writes are unknown.
    Lost,
}

impl Model {
    pub fn new() -> Self {
        let (store, clock, phone) =
            (FaultyStorage::default(), ManualClock::at(1_800_000_000), MessageLog::new());
        let log = EventLog::new();
        let verifier = Verifier::builder("Model", store.clone(), phone.clone(), Keys::new(*ROOT))
            .first_factor(second_factor::FirstFactor::Password)
            .policy(enrollment_window::policy(None))
            .clock(clock.clone())
            .entropy(SeededEntropy::new(7))
            .listener(log.clone())
            .build()
            .unwrap();
        Self {
            store,
            successes: BTreeMap::new(),
            clock,
            phone,
            log,
            base: verifier.clone(),
            verifier,
            first: First::Password,
            client: None,
            steps: 0,
            by: None,
            is_stale: false,
            shown: None,
            named: 0,
            ids: ["alice", "bob"].map(|name| SubjectId::new(name).unwrap()),
            numbers: ["+14155550100", "+14155550101"].map(|n| Address::phone(n).unwrap()),
            mails: ["alice@example.com", "bob@example.com"].map(|m| Address::email(m).unwrap()),
            deeds: ["25.00 EUR", "250.00 EUR"].map(|amount| {
                let deed = Agreement::new([("amount", amount)]).unwrap();
                let second_factor::Purpose::Transaction(hash) = deed.purpose() else {
                    panic!("an agreement is to a transaction")
                };
                (deed, hash)
            }),
            people: [Person::default(), Person::default()],
        }
    }

    /// The verifier after what came first, for the client.
    fn with_context(&self) -> Verifier {
        let verifier = self.base.after(self.value_of(self.first));
        match self.client {
            None => verifier,
            Some(n) => verifier.for_client(Client::new(format!("the binding of {n}")).unwrap()),
        }
    }

    /// Runs a command after another first factor, at a client.
    fn run_as(&mut self, first: First, client: Option<usize>, command: Command) {
        let before = (self.first, self.client);
        // Nothing comes before a sign-in only: every other command is of a session.
        let first = if command.signs_in() || first != First::Nothing { first } else { before.0 };
        (self.first, self.client) = (first, client);
        self.verifier = self.with_context();
        self.step(command);
        (self.first, self.client) = before;
        self.verifier = self.with_context();
    }

    fn purpose(&self, n: usize) -> Operation {
        match n {
            0 => Operation::SignIn,
            1 => Operation::Manage,
            2 => Operation::StepUp,
            n => Operation::Transaction(self.deeds[n - DEEDS].1),
        }
    }

    fn now(&self) -> u64 {
        self.clock.time().as_secs()
    }

    fn note(&mut self, what: &'static str) {
        *self.successes.entry(what).or_default() += 1;
    }

    /// Runs one operation with the armed fault.
    fn ran<T>(&self, operation: impl Future<Output = Result<T, Error>>) -> Ran<T> {
        let mut operation = pin!(operation);
        let answer = operation.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match answer {
            Poll::Pending => Ran::Lost,
            Poll::Ready(Ok(value)) => Ran::Answered(value),
            Poll::Ready(Err(error)) => match error.denial() {
                Some(denial) => match denial.pending_pin() {
                    Some(due) => Ran::PinDue(*due),
                    None => Ran::Denied(denial.reason()),
                },
                None => Ran::Lost,
            },
        }
    }

    pub fn run(&mut self, command: Command, fault: Option<(usize, Fault)>) {
        let _ = self.log.take();
        self.shown = self.show(&command);
        if let Some((good, fault)) = fault {
            self.store.arm(good, fault);
        }
        self.is_stale = matches!(fault, Some((_, Fault::Stale)));
        self.step(command);
        let happened = self.store.disarm() && fault.is_some();
        let fatal = fault.is_some_and(|(_, f)| f.is_fatal());
        // I8: no success event is reported where a call failed before the commit.
        if happened && fatal {
            let reported = self.log.take();
            let verified = reported.iter().filter(|event| matches!(event, Event::Verified(..)));
            assert!(verified.count() <= 1);
        }
        while self.phone.take().is_some() {}
        // Enrolled factors protect: users with one are never reported unprotected.
        self.is_stale = false;
        self.steps += 1;
        self.next(0);
        // The neighbor acts less often.
        if self.steps % 4 == 0 {
            self.next(1);
        }
    }

    /// The id of the factor that a command removes, from the settings page.
    fn show(&self, command: &Command) -> Option<(ItemId, Option<String>)> {
        let (who, kind) = match command {
            Command::RevokeApp { who } => (*who, FactorKind::Totp),
            Command::RevokePhone { who } => (*who, FactorKind::Phone),
            _ => return None,
        };
        let Ran::Answered(status) = self.ran(self.verifier.status(&self.ids[who])) else {
            return None;
        };
        let of_kind = status.factors().iter().filter(|factor| factor.kind() == kind);
        let of_kind: Vec<_> = of_kind.collect();
        let factor = of_kind.get(self.steps.checked_rem(of_kind.len())?)?;
        Some((*factor.id(), factor.label().map(str::to_owned)))
    }

    /// An administrator resets a user who is locked out.
    pub fn reset(&mut self, who: usize) {
        let ran =
            self.ran(self.verifier.support("an administrator", "locked out").reset(&self.ids[who]));
        assert!(matches!(ran, Ran::Answered(())));
        self.forget(who);
        self.people[who].is_unsure = false;
        self.people[who].was_reset = true;
    }

    fn step(&mut self, command: Command) {
        match command {
            Command::Tick { secs } => {
                let now = self.now().saturating_add_signed(secs);
                self.clock.set(now);
                // Locks and cooldowns begin again then, and may end earlier than stated.
                if secs < 0 {
                    self.people.iter_mut().for_each(Person::restart_locks);
                    self.people.iter_mut().for_each(|person| person.restart_undo(now));
                }
            }
            Command::EnrollApp { who } => self.enroll_app(who),
            Command::ConfirmApp { who, wrong } => self.confirm_app(who, wrong),
            Command::As { first, client, then } => self.run_as(first, client, *then),
            Command::Agree { who, deed, typed_for } => {
                self.send(who, DEEDS + deed, Way::Number);
                let (typed_for, newest) =
                    (self.purpose(DEEDS + typed_for), self.people[who].sent.len());
                self.code(who, Some(typed_for), newest.wrapping_sub(1), false, who);
            }
            Command::CheckGrant { who, which, purpose, age, of } => {
                self.check_grant(who, which, purpose, age, (who + of) % 2);
            }
            Command::Mandate { in_secs } => self.mandate(in_secs),
            Command::Next { who } => self.next(who),
            Command::TakeGrant { who, which } => self.take_grant(who, which),
            Command::ToDate { off } => self.to_date(off),
            Command::Undo { who } => self.undo(who),
            Command::Totp { who, purpose, back, wrong, of } => {
                self.totp(who, self.purpose(purpose), back, wrong, (who + of) % 2);
            }
            Command::EnrollMail { who } => self.enroll_address(who, Way::Mailbox),
            Command::ConfirmMail { who, wrong } => self.confirm_address(who, Way::Mailbox, wrong),
            Command::EnrollPhone { who } => self.enroll_address(who, Way::Number),
            Command::ConfirmPhone { who, wrong } => self.confirm_address(who, Way::Number, wrong),
            Command::Send { who, purpose } => self.send(who, purpose, Way::Number),
            Command::SendMail { who, purpose } => self.send(who, purpose, Way::Mailbox),
            Command::Resend { who, purpose } => self.resend(who, self.purpose(purpose)),
            Command::Code { who, other, sent, wrong, of } => {
                self.code(who, other.map(|n| self.purpose(n)), sent, wrong, (who + of) % 2);
            }
            Command::NewBackupCodes { who } => self.new_backup_codes(who),
            Command::Backup { who, which, wrong, of } => {
                self.backup(who, which, wrong, (who + of) % 2);
            }
            Command::SetPin { who } => self.set_pin(who),
            Command::Pin { who, wrong } => self.pin(who, wrong),
            Command::Trust { who } => self.people[who].trusts = true,
            Command::Recognize { who, which, of } => self.recognize(who, which, (who + of) % 2),
            Command::Request { who, through } => {
                self.request(who);
                if through {
                    self.approve(who, false);
                    // The page that asks again forgot what came first.
                    let take = Command::TakeRequest { who };
                    self.run_as(First::Password, self.client, take);
                }
            }
            Command::Approve { who, guess } => self.approve(who, guess),
            Command::TakeRequest { who } => self.take_request(who),
            Command::RevokeApp { who } => self.revoke(who, FactorKind::Totp),
            Command::RevokePhone { who } => self.revoke(who, FactorKind::Phone),
            Command::SignOut { who } => self.sign_out(who),
            Command::ChangePassword { who } => {
                let ran = self.ran(self.verifier.password_changed(&self.ids[who]));
                if matches!(ran, Ran::Answered(_) | Ran::Lost) {
                    self.people[who].counts().for_each(|(_, count)| count.renew());
                }
                match ran {
                    // A stale load may show no record, and then nothing is written.
                    Ran::Answered(_) if self.is_stale => self.forget_proofs(who),
                    Ran::Answered(_) => self.void(who),
                    Ran::Lost => self.forget_proofs(who),
                    Ran::Denied(_) | Ran::PinDue(_) => {}
                }
            }
            Command::TurnOff { who } => self.turn_off(who),
            Command::Unlock { who, failures } => {
                (0..failures).for_each(|_| self.totp(who, Operation::SignIn, 0, true, who));
                self.unlock(who);
            }
            Command::Helped { who } => {
                self.issue(who);
                self.redeem(who, Operation::Manage, who);
            }
            Command::Issue { who } => self.issue(who),
            Command::Redeem { who, purpose, of } => {
                self.redeem(who, self.purpose(purpose), (who + of) % 2);
            }
            Command::Dead { who, which } => self.dead(who, which),
        }
    }

    // Adding and removing factors.

    fn enroll_app(&mut self, who: usize) {
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

    fn confirm_app(&mut self, who: usize, wrong: bool) {
        let Some(new) = self.people[who].new_app.take() else { return };
        let NewApp { handle, totp, label, start } = new;
        let step = totp.step(self.clock.time()).unwrap();
        let right = totp.code_at(step).expose().to_owned();
        let typed = if wrong { not(&right) } else { right };
        let ran = self.ran(self.verifier.confirm(&self.ids[who], &handle, &typed));
        match ran {
            Ran::Answered(confirmed) => {
                assert!(
                    !wrong || is_near(&totp, step, &typed),
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

    fn enroll_address(&mut self, who: usize, way: Way) {
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
        let code = self.read(who, way);
        if let (Ran::Answered(sent), Some(code)) = (ran, code) {
            self.people[who].new_addresses[place(way)] = Some((*sent.handle(), code, start));
        }
    }

    fn confirm_address(&mut self, who: usize, way: Way, wrong: bool) {
        let new = self.people[who].new_addresses[place(way)].take();
        let Some((handle, right, start)) = new else { return };
        let typed = if wrong { not(&right) } else { right.clone() };
        let ran = self.ran(self.verifier.confirm(&self.ids[who], &handle, &typed));
        match ran {
            Ran::Answered(confirmed) => {
                assert!(!wrong, "an incorrect first code was accepted");
                let stood = self.people[who].address(way).is_some();
                self.confirmed(who, stood, start);
                *self.people[who].address(way) = Some(Count::default());
                self.keep_confirmed(who, confirmed, start, way);
            }
            Ran::Lost => self.forget(who),
            Ran::Denied(Reason::Incorrect) => {
                self.people[who].new_addresses[place(way)] = Some((handle, right, start));
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
        }
    }

    fn address(&self, who: usize, way: Way) -> Address {
        let addresses = if way == Way::Mailbox { &self.mails } else { &self.numbers };
        addresses[who].clone()
    }

    fn revoke(&mut self, who: usize, kind: FactorKind) {
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

    fn turn_off(&mut self, who: usize) {
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

    fn sign_out(&mut self, who: usize) {
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

    fn new_backup_codes(&mut self, who: usize) {
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

    fn set_pin(&mut self, who: usize) {
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

    // Proofs.

    fn totp(&mut self, who: usize, purpose: Operation, back: u64, wrong: bool, of: usize) {
        let Some(place) = self.steps.checked_rem(self.people[of].apps.len()) else { return };
        let app = &self.people[of].apps[place];
        let now = app.totp.step(self.clock.time()).unwrap();
        let step = Step::new((now.get() + 1).saturating_sub(back));
        let right = app.totp.code_at(step).expose().to_owned();
        let typed = if wrong { not(&right) } else { right };
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
            if !is_anonymous(purpose, facts) {
                app_count.success(time, 30);
            }
        }
        match ran {
            Ran::Answered(answer) => self.proved(who, answer, (purpose, facts), "app"),
            Ran::PinDue(handle) => {
                self.people[who].due = Some(Due { handle, purpose, at: time, client, facts });
            }
            // The lane without a first factor has counts of its own.
            Ran::Denied(Reason::Incorrect) if is_anonymous(purpose, facts) => {}
            Ran::Denied(Reason::Incorrect) => app_count.wrong(time, 30),
            Ran::Denied(_) => {}
            Ran::Lost => *app_count = Count::default(),
        }
    }

    fn send(&mut self, who: usize, purpose: usize, way: Way) {
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
        let code = self.read(who, way);
        if code.is_some() {
            self.check_followed(who, purpose, first, way);
        }
        if let (Some(code), Ran::Answered(sent)) = (code, ran) {
            let person = &self.people[who];
            let is_proven = if way == Way::Mailbox { person.mail } else { person.phone }.is_some();
            assert!(is_proven || person.is_unsure, "a code was sent to an unproven address");
            let now = self.now();
            // At most one is valid for a purpose.
            let person = &mut self.people[who];
            let open = core::mem::take(&mut person.sent);
            let (voided, live): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|other| is_same_kind(other.purpose, purpose));
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
                codes,
                begun: now,
                last: now,
            });
        }
    }

    fn resend(&mut self, who: usize, purpose: Operation) {
        let place = self.people[who].sent.iter().position(|sent| sent.purpose == purpose);
        let Some(place) = place else { return };
        let Sent { handle, way, .. } = self.people[who].sent[place];
        let ran = self.ran(self.verifier.send_code(&self.ids[who], CodeRequest::again(handle)));
        let code = self.read(who, way);
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

    fn code(&mut self, who: usize, other: Option<Operation>, nth: usize, wrong: bool, of: usize) {
        let Some(nth) = nth.checked_rem(self.people[of].sent.len()) else { return };
        let sent = &self.people[of].sent[nth];
        let right = sent.codes.last().unwrap().clone();
        let typed = if wrong { not(&right) } else { right };
        let (handle, made_for, begun, last) = (sent.handle, sent.purpose, sent.begun, sent.last);
        let (way, purpose) = (sent.way, other.unwrap_or(made_for));
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
                who == of && !wrong && purpose == made_for,
                "a code was accepted for another use"
            );
            assert_eq!(client, requested_by, "a code was accepted at another client");
            assert!(now < last + 300 || now < last, "a code was accepted after its expiry");
            assert!(now < begun + 600 || now < begun, "a challenge was accepted after its expiry");
            let spent = self.people[of].sent.remove(nth);
            self.people[of].void_codes.push(spent);
            let count = self.people[who].address(way).as_mut();
            if let Some(count) = count.filter(|_| !is_anonymous(purpose, facts)) {
                count.success(now, 30);
            }
        }
        match ran {
            Ran::Answered(answer) => self.proved(who, answer, (purpose, facts), "code"),
            Ran::PinDue(handle) => {
                self.people[who].due = Some(Due { handle, purpose, at: now, client, facts });
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(wrong && who == of, "a correct code was reported incorrect");
                let count = self.people[who].address(way).as_mut();
                if let Some(count) = count.filter(|_| !is_anonymous(purpose, facts)) {
                    count.wrong(now, 30);
                }
            }
            Ran::Denied(_) => {}
            Ran::Lost => {
                if let Some(count) = self.people[who].address(way) {
                    *count = Count::default();
                }
            }
        }
    }

    fn backup(&mut self, who: usize, which: usize, wrong: bool, of: usize) {
        let (person, now) = (&self.people[of], self.now());
        let mut known: Vec<String> = person.backup.iter().chain(&person.used).cloned().collect();
        known.sort();
        let Some(code) = known.get(which % known.len().max(1)).cloned() else { return };
        let typed = if wrong { code.replace(['A', '1', 'Z'], "7") + "0" } else { code.clone() };
        let proof = self.trusting(who, Proof::backup_code(&typed));
        let ran = self.ran(self.verifier.verify(&self.ids[who], proof));
        let ran = answer_of(ran);
        let client = self.client;
        let facts = Facts { first: self.first, way: Way::BackupCode, has_pin: false };
        self.check_outcome(who, Operation::SignIn, facts, &ran);
        let person = &mut self.people[who];
        if matches!(ran, Ran::Answered(_) | Ran::PinDue(_)) {
            assert!(who == of && !wrong, "an incorrect backup code was accepted");
            // I1, I10.
            assert!(!person.used.contains(&code), "a backup code was accepted twice");
            person.backup.retain(|other| *other != code);
            person.used.insert(code.clone());
            person.backup_count.success(now, 30);
        }
        match ran {
            Ran::Answered(answer) => {
                self.proved(who, answer, (Operation::SignIn, facts), "backup");
            }
            Ran::PinDue(handle) => {
                person.due =
                    Some(Due { handle, purpose: Operation::SignIn, at: now, client, facts });
            }
            Ran::Denied(_) => {}
            Ran::Lost => person.backup_count = Count::default(),
        }
    }

    fn pin(&mut self, who: usize, wrong: bool) {
        let Some(Due { handle, purpose, at, client, facts }) = self.people[who].due else { return };
        let facts = Facts { has_pin: true, ..facts };
        let typed = if wrong { "111112" } else { PIN };
        let proof = self.trusting(who, Proof::pin(handle, typed));
        let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
        let now = self.now();
        self.check_outcome(who, purpose, facts, &ran);
        let count = self.people[who].pin.as_mut();
        let count = count.filter(|_| !is_anonymous(purpose, facts));
        match ran {
            Ran::Answered(answer) => {
                assert!(!wrong, "an incorrect PIN was accepted");
                assert!(now < at + 600 || now < at, "the PIN step had expired");
                assert_eq!(client, self.client, "the PIN step was of another client");
                if let Some(count) = count {
                    count.success(now, 10);
                }
                self.people[who].due = None;
                self.trusted(who, &answer);
                self.keep(who, answer, (purpose, facts), "pin");
            }
            Ran::Denied(Reason::Incorrect) => {
                if let Some(count) = count {
                    count.wrong(now, 10);
                }
            }
            Ran::Denied(_) | Ran::PinDue(_) => {}
            Ran::Lost => {
                if let Some(count) = count {
                    *count = Count::default();
                }
            }
        }
    }

    // Support.

    fn unlock(&mut self, who: usize) {
        let ran = self.ran(self.verifier.support("carol", "locked").unlock(&self.ids[who]));
        let counts = self.people[who].counts();
        match ran {
            Ran::Answered(unlocked) => {
                let kinds = unlocked.factors();
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

    fn issue(&mut self, who: usize) {
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

    fn redeem(&mut self, who: usize, purpose: Operation, of: usize) {
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

    /// Submits a code or token that was used, replaced or voided.
    fn dead(&mut self, who: usize, which: usize) {
        let person = &self.people[who];
        if let Some(place) = which.checked_rem(person.void_codes.len()) {
            let sent = &person.void_codes[place];
            let (typed, purpose) = (sent.codes.last().unwrap(), sent.purpose);
            let proof = Proof::sent_code(sent.handle, typed);
            let ran = self.ran(self.verifier.prove_for(&self.ids[who], purpose, proof));
            assert!(!matches!(ran, Ran::Answered(_) | Ran::PinDue(_)), "a void code was accepted");
        }
        if let Some(place) = which.checked_rem(person.void_support.len()) {
            let proof = Proof::backup_code(&person.void_support[place]);
            let ran = self.ran(self.verifier.prove_for(&self.ids[who], Operation::Manage, proof));
            let is_accepted = matches!(ran, Ran::Answered(_) | Ran::PinDue(_));
            assert!(!is_accepted, "a void support code was accepted");
        }
        let person = &self.people[who];
        if let Some(place) = which.checked_rem(person.void_tokens.len()) {
            let device = self.on(&person.void_tokens[place]);
            let _ = self.log.take();
            let ran = self.ran(device.next(&self.ids[who]));
            // Recognition writes nothing if nothing changes, so it is as recent as its load: a
            // stale load breaks the contract of the store. I21: a write that confirms it detects that.
            let is_recognized = matches!(ran, Ran::Answered(Next::Done(SignIn::Recognized(_))));
            let may_be = self.is_stale && !self.confirms();
            assert!(!is_recognized || may_be, "a void token was recognized");
            if self.log.take().contains(&Event::DeviceStolen) || matches!(ran, Ran::Lost) {
                // The model does not know which of the devices it was.
                self.forget_devices(who);
            }
        }
    }

    fn forget_devices(&mut self, who: usize) {
        let person = &mut self.people[who];
        person.devices.clear();
        person.grants.clear();
        // A theft ends the epoch, and with it what was proven before.
        (person.fresh, person.earned) = (None, None);
    }

    // Devices and requests.

    /// The verifier for the device that presents this token.
    fn on(&self, token: &str) -> Verifier {
        let client = Client::new("the binding of a device").unwrap();
        self.verifier.for_client(client.device(&DeviceToken::from_text(token)))
    }

    /// The proof, with the device to trust if the user asked for that.
    fn trusting(&self, who: usize, proof: Proof) -> Proof {
        if self.people[who].trusts { proof.trusting(NewDevice::new("x")) } else { proof }
    }

    /// A sign-in trusted its device if the user asked for that.
    fn trusted(&mut self, who: usize, answer: &Answer) {
        let Answer::Verified(verified) = answer else { return };
        let person = &mut self.people[who];
        let token = verified.device_token().map(|token| token.expose().to_owned());
        // Otherwise the token names a device that is known, which opens nothing.
        if core::mem::take(&mut person.trusts) {
            let token = token.expect("a sign-in trusts its device");
            person.devices.push(vec![token]);
        }
    }

    fn recognize(&mut self, who: usize, which: usize, of: usize) {
        let tokens: Vec<(usize, String)> = self.people[of]
            .devices
            .iter()
            .enumerate()
            .flat_map(|(device, chain)| chain.iter().map(move |token| (device, token.clone())))
            .collect();
        let Some((device, shown)) = tokens.get(which % tokens.len().max(1)).cloned() else {
            return;
        };
        match self.ran(self.on(&shown).next(&self.ids[who])) {
            Ran::Answered(Next::Done(SignIn::Recognized(recognized))) => {
                assert_eq!(who, of, "a device of another subject");
                assert!(
                    !self.first.is_enough() && self.first != First::Nothing,
                    "{:?}",
                    self.first
                );
                assert_eq!(recognized.first_factor(), &self.value_of(self.first));
                let chain = &mut self.people[who].devices[device];
                let place = chain.iter().position(|other| *other == shown).unwrap();
                assert!(place + 2 >= chain.len(), "a token older than the previous one");
                let next = recognized.successor().map(|next| next.expose().to_owned());
                let known = chain.get(place + 1).cloned();
                if known.is_some() {
                    assert!(next.is_none() || next == known, "another successor");
                } else {
                    // The newest was used, which invalidates those before the previous one.
                    let void: Vec<String> = chain.drain(..place.saturating_sub(1)).collect();
                    chain.extend(next.clone());
                    self.people[who].void_tokens.extend(void);
                }
                self.people[who].device = Some(next.unwrap_or(shown));
                self.note("device");
            }
            // The token of another user of the browser must not be deleted.
            Ran::Answered(Next::Prove(offers)) => {
                // A device that is no longer trusted stays known, and its token is of use.
                assert!(!offers.has_invalid_device_token() || who == of);
            }
            Ran::Answered(Next::Done(_) | Next::Enroll(_)) | Ran::Denied(_) | Ran::PinDue(_) => {}
            Ran::Lost => drop(self.people[who].devices.get_mut(device).map(Vec::clear)),
        }
    }

    fn request(&mut self, who: usize) {
        let from = RequestedFrom::new("x", "y");
        let ran = self.ran(self.verifier.request_sign_in(&self.ids[who], Operation::SignIn, &from));
        if let Ran::Denied(reason) = ran {
            self.check_refused(who, Operation::SignIn, (self.first, Way::Request), reason);
        }
        self.people[who].request = match ran {
            Ran::Answered(request) => {
                self.check_followed(who, Operation::SignIn, self.first, Way::Request);
                let (handle, number) = (*request.handle(), request.number().expose().to_owned());
                let (at, first, client) = (self.now(), self.first, self.client);
                Some(Request { handle, number, at, is_approved: false, first, client })
            }
            _ => None,
        };
    }

    fn approve(&mut self, who: usize, guess: bool) {
        let newest = self.people[who].devices.first().map_or(0, Vec::len);
        self.recognize(who, newest.saturating_sub(1), who);
        let Some(device) = self.people[who].device.take() else { return };
        let Some(Request { number, .. }) = &self.people[who].request else { return };
        let number = number.clone();
        let phone = self.on(&device);
        if let Ran::Answered(Some(pending)) = self.ran(phone.pending_request(&self.ids[who])) {
            let typed = if guess { not(&number) } else { number.clone() };
            let answer = RequestAnswer::Approve(&typed);
            match self.ran(phone.answer_request(&self.ids[who], &pending, answer)) {
                Ran::Answered(()) => {
                    assert!(!guess, "an incorrect number approved");
                    self.approved(who);
                }
                Ran::Denied(Reason::Incorrect) => self.people[who].request = None,
                // It may be approved.
                Ran::Lost => self.approved(who),
                Ran::Denied(_) | Ran::PinDue(_) => {}
            }
        }
        self.people[who].device = Some(device);
    }

    fn approved(&mut self, who: usize) {
        if let Some(request) = &mut self.people[who].request {
            request.is_approved = true;
        }
    }

    fn take_request(&mut self, who: usize) {
        let Some(request) = &self.people[who].request else { return };
        let Request { handle, at, is_approved, first, client, .. } = *request;
        let proof = Proof::sign_in_request(handle).trusting(NewDevice::new("x"));
        let ran = answer_of(self.ran(self.verifier.verify(&self.ids[who], proof)));
        let facts = Facts { first, way: Way::Request, has_pin: false };
        self.check_outcome(who, Operation::SignIn, facts, &ran);
        if matches!(ran, Ran::Answered(_) | Ran::PinDue(_)) {
            assert!(is_approved, "it was not approved");
            assert_eq!(client, self.client, "it was of another client");
            assert!(self.now() < at + 60 || self.now() < at, "it had expired");
            self.people[who].request = None;
        }
        if let Ran::Answered(Answer::Verified(verified)) = ran {
            // It does not authorize management, so it is not stored as such a proof.
            assert_eq!(verified.factors(), [FactorKind::SignInRequest]);
            self.note("request");
        }
    }

    // State of the model.

    /// Checks the outcome of a proof against what came first.
    fn check_outcome(&self, who: usize, purpose: Operation, facts: Facts, ran: &Ran<Answer>) {
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

    fn proved(
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
    fn keep_confirmed(&mut self, who: usize, confirmed: Confirmed, start: Start, way: Way) {
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

    fn keep(
        &mut self,
        who: usize,
        answer: Answer,
        (purpose, facts): (Operation, Facts),
        what: &'static str,
    ) {
        self.note(what);
        self.keep_of(who, answer, (purpose, facts), self.now());
    }

    fn keep_of(
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

    /// Advances the epoch: what was created before is no longer accepted.
    fn void(&mut self, who: usize) {
        let person = &mut self.people[who];
        let sent = core::mem::take(&mut person.sent);
        person.void_codes.extend(sent);
        person.void_support();
        person.fresh = None;
        person.earned = None;
        person.grants.iter_mut().for_each(|held| held.is_void = true);
        person.due = None;
        person.new_app = None;
        person.new_addresses = [None, None];
        person.void_devices();
        person.request = None;
    }

    /// A factor was added. The first one, and a replacement, void what was created before.
    fn confirmed(&mut self, who: usize, replaces: bool, start: Start) {
        let is_first = !self.people[who].is_enrolled();
        if self.people[who].is_unsure {
            // An unknown factor may have been enrolled, so this may not be the first.
            self.forget_proofs(who);
            return;
        }
        if replaces || is_first {
            self.void(who);
        }
        self.enrolled(who, start, is_first);
    }

    /// Earlier codes and devices may be valid or not: uses none of them and asserts nothing about
    /// them.
    fn forget_proofs(&mut self, who: usize) {
        self.people[who].sent.clear();
        self.people[who].support = None;
        self.people[who].devices.clear();
        self.people[who].grants.clear();
        self.void(who);
    }

    /// Whether factors are enrolled is unknown from here on: uses none of them.
    fn forget(&mut self, who: usize) {
        self.forget_proofs(who);
        self.forget_factors(who);
        self.people[who].is_unsure = true;
    }

    fn forget_factors(&mut self, who: usize) {
        let person = &mut self.people[who];
        person.apps.clear();
        (person.phone, person.mail, person.pin) = (None, None, None);
        person.word = None;
        person.backup.clear();
        person.backup_count = Count::default();
    }

    /// The code of the newest message; also checks the budget.
    fn read(&mut self, who: usize, way: Way) -> Option<String> {
        let message = self.phone.take()?;
        let now = self.now();
        let sends = &mut self.people[who].sends[place(way)];
        // I9. A clock that was set back makes every send recent, which is stricter than this.
        sends.push(now);
        let recent = |secs: u64| sends.iter().filter(|at| **at <= now && now - **at < secs).count();
        assert!(recent(3600) <= 8 && recent(86_400) <= 12, "more was sent than the budget allows");
        Some(message.code()?.expose().to_owned())
    }
}

/// Whether `typed` is correct at `step` or an adjacent step.
fn is_near(totp: &Totp, step: Step, typed: &str) -> bool {
    let step = step.get();
    (step.saturating_sub(1)..=step + 1).any(|s| totp.code_at(Step::new(s)).expose() == typed)
}

/// Whether a code for one purpose voids that for the other.
fn is_same_kind(one: Operation, other: Operation) -> bool {
    let of_transaction = |purpose| matches!(purpose, Operation::Transaction(_));
    one == other || (of_transaction(one) && of_transaction(other))
}

/// The place of an address of this kind.
const fn place(way: Way) -> usize {
    if matches!(way, Way::Mailbox) { 1 } else { 0 }
}

fn answer_of(ran: Ran<second_factor::Verified>) -> Ran<Answer> {
    match ran {
        Ran::Answered(verified) => Ran::Answered(Answer::Verified(verified)),
        Ran::Denied(reason) => Ran::Denied(reason),
        Ran::PinDue(due) => Ran::PinDue(due),
        Ran::Lost => Ran::Lost,
    }
}

fn not(code: &str) -> String {
    code.chars().map(|c| if c == '0' { '1' } else { '0' }).collect()
}

/// The apps of a user, under the default policy.
const MOST_APPS: usize = 3;
const ROOT: &[u8; 32] = b"a root of thirty-two bytes, kept";

/// Whether failures are counted in the lane without a first factor.
fn is_anonymous(purpose: Operation, facts: Facts) -> bool {
    matches!(purpose, Operation::Recover | Operation::SignIn) && facts.first == First::Nothing
}
