//! The model: known secrets, accepted proofs, and invariants.

#[path = "count.rs"]
mod count;
#[path = "devices.rs"]
mod devices;
#[path = "enrollment_window.rs"]
pub mod enrollment_window;
#[path = "factors.rs"]
mod factors;
#[path = "first_factor.rs"]
pub mod first_factor;
#[path = "grants.rs"]
pub mod grants;
#[path = "outcomes.rs"]
mod outcomes;
#[path = "proofs.rs"]
mod proofs;
#[path = "sent_codes.rs"]
mod sent_codes;
#[path = "support_codes.rs"]
mod support_codes;
#[path = "voided.rs"]
mod voided;

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::collections::{BTreeMap, HashSet};

use second_factor::{
    Address, Client, DeviceToken, Error, FactorKind, Handle, ItemId, Keys, Reason, SubjectId,
    Verifier,
    host::Event,
    otp::Totp,
    purpose::{Agreement, AgreementHash, Operation},
    sign_in::SessionEpoch,
    status::KnownDevice,
    testkit::{EventLog, ManualClock, MessageLog, SeededEntropy},
};

use self::{
    count::Count,
    enrollment_window::Start,
    first_factor::{Facts, First, Way},
    grants::Held,
};
use crate::{
    answer::Answer,
    command::Command,
    faulty::{Fault, FaultyStorage},
};

const PIN: &str = "493817";
/// The first purpose that is a transaction.
const DEEDS: usize = 3;

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
    /// The token of the known device at which it was requested.
    known: Option<String>,
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
    /// A known device, and the incorrect answers at it in a row.
    known: Option<(String, u32)>,
    /// The newest token of the device that was recognized last.
    device: Option<String>,
    /// Whether the next sign-in is to trust its device.
    trusts: bool,
    request: Option<Request>,
    fresh: Option<(Answer, u64)>,
    /// What the fresh answer was earned by.
    earned: Option<Held>,
    grants: Vec<Held>,
    /// A session, and whether the epoch has advanced since.
    session: Option<(SessionEpoch, bool)>,
    /// To the phone, and to the mailbox: when, and whether at a known device, if that is certain.
    sends: [Vec<(u64, Option<bool>)>; 2],
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
    /// Whether the current command presents a known device of the first user.
    is_known: bool,
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
            is_known: false,
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

    /// Whether the settings page shows the device of the first user as a known one.
    fn shows_known(&mut self) -> bool {
        let Some((token, _)) = &self.people[0].known else { return false };
        let Ran::Answered(status) = self.ran(self.on(token).status(&self.ids[0])) else {
            return false;
        };
        let is_known = status.devices().iter().any(KnownDevice::is_current);
        if !is_known {
            self.people[0].known = None;
        }
        is_known
    }

    /// Runs a command at the known device, if there is one.
    fn run_at_known(&mut self, command: Command) {
        let Some((token, _)) = &self.people[0].known else { return };
        let client = Client::new("the binding of 9").unwrap();
        let client = client.device(&DeviceToken::from_text(token));
        let before = self.client.replace(9);
        self.verifier = self.base.after(self.value_of(self.first)).for_client(client);
        self.step(command);
        self.client = before;
        self.verifier = self.with_context();
    }

    /// Whether failures of this user are counted at the known device.
    fn is_at_known(&self, who: usize) -> bool {
        self.is_known && who == 0 && self.people[0].known.is_some()
    }

    /// An incorrect answer at the known device. The fifth one in a row forgets it.
    fn incorrect_at_known(&mut self) {
        let Some((_, failures)) = &mut self.people[0].known else { return };
        *failures += 1;
        if *failures == 5 {
            self.people[0].known = None;
            self.note("forgotten");
        }
    }

    /// A correct answer at the known device, with this factor.
    fn success_at_known(&mut self, way: Way) {
        let person = &mut self.people[0];
        if let Some((_, failures)) = &mut person.known {
            *failures = 0;
        }
        let count = match way {
            Way::App => Some(&mut person.app_count),
            Way::Mailbox => person.mail.as_mut(),
            Way::Number => person.phone.as_mut(),
            _ => None,
        };
        // The owner is there, so what is less proven opens again.
        count.into_iter().for_each(Count::lift);
        self.note("known");
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
        self.is_known = matches!(command, Command::AtKnown { .. }) && self.shows_known();
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
        (self.is_stale, self.is_known) = (false, false);
        self.check_sessions();
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
            Command::ConfirmApp { who, incorrect } => self.confirm_app(who, incorrect),
            Command::As { first, client, then } => self.run_as(first, client, *then),
            Command::AtKnown { then } => self.run_at_known(*then),
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
            Command::Totp { who, purpose, back, incorrect, of } => {
                self.totp(who, self.purpose(purpose), back, incorrect, (who + of) % 2);
            }
            Command::EnrollMail { who } => self.enroll_address(who, Way::Mailbox),
            Command::ConfirmMail { who, incorrect } => {
                self.confirm_address(who, Way::Mailbox, incorrect)
            }
            Command::EnrollPhone { who } => self.enroll_address(who, Way::Number),
            Command::ConfirmPhone { who, incorrect } => {
                self.confirm_address(who, Way::Number, incorrect)
            }
            Command::Send { who, purpose } => self.send(who, purpose, Way::Number),
            Command::SendMail { who, purpose } => self.send(who, purpose, Way::Mailbox),
            Command::Resend { who, purpose } => self.resend(who, self.purpose(purpose)),
            Command::Code { who, other, sent, incorrect, of } => {
                self.code(who, other.map(|n| self.purpose(n)), sent, incorrect, (who + of) % 2);
            }
            Command::NewBackupCodes { who } => self.new_backup_codes(who),
            Command::Backup { who, which, incorrect, of } => {
                self.backup(who, which, incorrect, (who + of) % 2);
            }
            Command::SetPin { who } => self.set_pin(who),
            Command::Pin { who, incorrect } => self.pin(who, incorrect),
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
            Command::Void { who, which } => self.submit_void(who, which),
        }
    }
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
