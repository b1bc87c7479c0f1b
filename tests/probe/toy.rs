//! A hand-written sign-in, with optional flaws.
//!
//! It uses only TOTP codes of this crate. It can have each flaw that the probe finds, one at a time.

mod pages;

use core::{future::poll_fn, task::Poll};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard},
};

use second_factor::{
    SubjectId, UnixTime,
    otp::{Step, Totp},
    testkit::probe::Unanswered,
};

/// One flaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    AcceptsBackupCodesOfAnyUser,
    /// The sent code is initially an empty text.
    AcceptsEmptyCode,
    /// The end of a code is accepted.
    AcceptsPartOfTheCode,
    /// A sent code is looked up without its user.
    AcceptsSentCodesOfAnyUser,
    AcceptsTotpOfAnyUser,
    /// A backup code is read, and removed from the list later.
    BackupCodeRace,
    BackupCodesStayValid,
    CodeInReply,
    /// Codes are compared as numbers.
    ComparesNumbers,
    /// Attempts are counted by session.
    CountsBySession,
    EnrollmentCodeStaysValid,
    FailsOnLongTexts,
    /// Digits of other scripts are folded, and used codes are compared as text.
    FoldsDigits,
    LockAcceptsTheCorrectCode,
    LocksForGood,
    /// The page checks only the password.
    NeedsNoCode,
    NeverLocks,
    NeverSpendsCodes,
    NumberCodeSignsIn,
    OldBackupCodesStayValid,
    OldSentCodesStayValid,
    OldSessionsEnroll,
    /// The password alone suffices to enroll an app.
    PasswordAloneEnrolls,
    PendingAppSignsIn,
    RefusesEveryUser,
    RevealsTheReason,
    SendsWithoutBackoff,
    SendsWithoutBudget,
    SentCodesNeverExpire,
    SentCodesNeverLock,
    /// They also work in every session.
    SentCodesStayValid,
    SentCodesWorkInEverySession,
    SignOutDoesNothing,
    /// After sign-out, a session needs a code but no password.
    SignOutKeepsThePassword,
    /// The time step of the clock is spent, not that of the code.
    SpendsTheStepOfTheClock,
    /// A code of the staging system is accepted.
    TestCode,
    /// A code is read, and spent later.
    TotpRace,
    /// Spaces are removed, and used codes are compared as text.
    Trims,
    Truncates,
    WideWindow,
}

/// A small site.
pub struct Toy {
    flaw: Option<Flaw>,
    has_apps_alone: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: u64,
    /// The last number that was issued as name, cookie, secret or code.
    last: u32,
    users: HashMap<SubjectId, User>,
    sessions: HashMap<u32, Session>,
}

#[derive(Default)]
struct User {
    app: Option<App>,
    has_phone: bool,
    sent: Vec<Sent>,
    sends: Vec<u64>,
    inbox: Vec<String>,
    backup: Vec<String>,
    failures: u32,
    locked_until: u64,
}

struct App {
    totp: Totp,
    last: Option<u64>,
    used: HashSet<String>,
}

struct Sent {
    code: String,
    at: u64,
    session: u32,
    adds_a_number: bool,
}

struct Session {
    subject: SubjectId,
    stage: Stage,
    failures: u32,
    pending: Option<Totp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The password was correct.
    Half,
    /// The code was correct too, at this time.
    In(u64),
    Out,
}

/// The result of a check.
enum Checked {
    Correct,
    Incorrect,
    Used,
}

impl Toy {
    pub fn new(flaw: Option<Flaw>) -> Self {
        let state = State { now: 1_800_000_000, ..State::default() };
        Self { flaw, has_apps_alone: false, state: Mutex::new(state) }
    }

    /// Creates a site without phones and backup codes.
    pub fn with_apps_alone() -> Self {
        Self { has_apps_alone: true, ..Self::new(None) }
    }

    fn offers_more(&self) -> Result<(), Unanswered> {
        if self.has_apps_alone { Err(Unanswered::NotOffered) } else { Ok(()) }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Returns whether attempts are refused without a check.
    fn is_locked(&self, state: &State, cookie: u32, is_sent: bool) -> bool {
        let session = &state.sessions[&cookie];
        if self.has(Flaw::NeverLocks) || (is_sent && self.has(Flaw::SentCodesNeverLock)) {
            return false;
        }
        match self.has(Flaw::CountsBySession) {
            true => session.failures >= 5,
            false => state.now < state.users[&session.subject].locked_until,
        }
    }

    fn count(&self, state: &mut State, cookie: u32) {
        let now = state.now;
        let session = state.sessions.get_mut(&cookie).unwrap();
        session.failures += 1;
        let user = state.users.get_mut(&session.subject).unwrap();
        user.failures += 1;
        if user.failures >= 5 {
            user.failures = 0;
            let for_good = self.has(Flaw::LocksForGood);
            user.locked_until = if for_good { u64::MAX } else { now + 15 * 60 };
        }
    }

    fn let_in(state: &mut State, cookie: u32) {
        let now = state.now;
        let session = state.sessions.get_mut(&cookie).unwrap();
        (session.stage, session.failures) = (Stage::In(now), 0);
        state.users.get_mut(&session.subject).unwrap().failures = 0;
    }

    async fn check_totp(&self, cookie: u32, typed: &str) -> Checked {
        let (subject, found, text) = {
            let state = self.state();
            let subject = state.sessions[&cookie].subject.clone();
            let Some(app) = &state.users[&subject].app else { return Checked::Incorrect };
            let text = self.read(typed);
            let mut found = self.step_of(app, state.now, &text);
            if found.is_none() && self.has(Flaw::AcceptsTotpOfAnyUser) {
                let others = state.users.values().filter_map(|user| user.app.as_ref());
                found = others.filter_map(|app| self.step_of(app, state.now, &text)).next();
            }
            if typed == "000000" && self.has(Flaw::TestCode) {
                return Checked::Correct;
            }
            let Some(step) = found else { return Checked::Incorrect };
            if self.is_used(app, step, typed) {
                return Checked::Used;
            }
            (subject, step, typed.to_owned())
        };
        if self.has(Flaw::TotpRace) {
            yield_once().await;
        }
        let mut state = self.state();
        let clock = state.now / 30;
        let app = state.users.get_mut(&subject).and_then(|user| user.app.as_mut()).unwrap();
        if !self.has(Flaw::TotpRace) && self.is_used(app, found, &text) {
            return Checked::Used;
        }
        app.used.insert(text);
        match self.flaw {
            Some(Flaw::NeverSpendsCodes) => {}
            Some(Flaw::SpendsTheStepOfTheClock) => app.last = Some(clock),
            _ => app.last = Some(found),
        }
        Checked::Correct
    }

    /// Returns the text to compare.
    fn read(&self, typed: &str) -> String {
        match self.flaw {
            Some(Flaw::FoldsDigits) => typed.chars().map(fold).collect(),
            Some(Flaw::Trims) => typed.chars().filter(char::is_ascii_digit).collect(),
            Some(Flaw::Truncates) => typed.chars().take(6).collect(),
            _ => typed.to_owned(),
        }
    }

    /// Returns the time step at which `text` is the code of `app`.
    fn step_of(&self, app: &App, now: u64, text: &str) -> Option<u64> {
        let step = app.totp.step(UnixTime::from_secs(now)).unwrap().get();
        let window = if self.has(Flaw::WideWindow) { 20 } else { 1 };
        let is_it = |code: &str| match self.flaw {
            Some(Flaw::AcceptsPartOfTheCode) => text.len() >= 5 && code.ends_with(text),
            Some(Flaw::ComparesNumbers) => text.parse::<u64>().ok() == code.parse().ok(),
            _ => code == text,
        };
        let mut steps = (step - window..=step + window).rev();
        steps.find(|step| is_it(app.totp.code_at(Step::new(*step)).expose()))
    }

    fn is_used(&self, app: &App, step: u64, typed: &str) -> bool {
        match self.flaw {
            Some(Flaw::FoldsDigits | Flaw::Trims) => app.used.contains(typed),
            _ => app.last.is_some_and(|last| step <= last),
        }
    }

    fn check_sent_code(&self, cookie: u32, typed: &str) -> Checked {
        let mut state = self.state();
        let now = state.now;
        let subject = state.sessions[&cookie].subject.clone();
        if typed.is_empty() && self.has(Flaw::AcceptsEmptyCode) {
            return Checked::Correct;
        }
        let any_session = [
            Flaw::AcceptsSentCodesOfAnyUser,
            Flaw::NumberCodeSignsIn,
            Flaw::SentCodesWorkInEverySession,
            Flaw::SentCodesStayValid,
        ];
        let is_it = |sent: &Sent| {
            sent.code == typed
                && (sent.session == cookie || any_session.iter().any(|flaw| self.has(*flaw)))
                && (!sent.adds_a_number || self.has(Flaw::NumberCodeSignsIn))
                && (now - sent.at < 300 || self.has(Flaw::SentCodesNeverExpire))
        };
        let any_user = self.has(Flaw::AcceptsSentCodesOfAnyUser);
        let users = state.users.iter_mut().filter(|(id, _)| any_user || **id == subject);
        for (_, user) in users {
            if let Some(place) = user.sent.iter().position(is_it) {
                if !self.has(Flaw::SentCodesStayValid) {
                    user.sent.remove(place);
                }
                return Checked::Correct;
            }
        }
        Checked::Incorrect
    }

    async fn check_backup_code(&self, cookie: u32, typed: &str) -> Checked {
        let is_there = |state: &State| {
            let subject = &state.sessions[&cookie].subject;
            let any_user = self.has(Flaw::AcceptsBackupCodesOfAnyUser);
            let mut users = state.users.iter().filter(|(id, _)| any_user || *id == subject);
            users.any(|(_, user)| user.backup.iter().any(|code| code == typed))
        };
        if !is_there(&self.state()) {
            return Checked::Incorrect;
        }
        if self.has(Flaw::BackupCodeRace) {
            yield_once().await;
        }
        let mut state = self.state();
        if !is_there(&state) && !self.has(Flaw::BackupCodeRace) {
            return Checked::Incorrect;
        }
        if !self.has(Flaw::BackupCodesStayValid) {
            state.users.values_mut().for_each(|user| user.backup.retain(|code| code != typed));
        }
        Checked::Correct
    }
}

/// Yields to another request.
async fn yield_once() {
    let mut waited = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if core::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn fold(symbol: char) -> char {
    let zeros = [0xff10, 0x660, 0x1d7ce];
    let digit =
        zeros.iter().filter_map(|zero| u32::from(symbol).checked_sub(*zero)).find(|n| *n < 10);
    digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(symbol)
}
