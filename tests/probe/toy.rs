//! A sign-in written by hand, with nothing of this crate but the codes of an app; and every mistake
//! that the probe looks for, to be made one at a time.

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

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A code that was sent is looked up by itself alone.
    AnybodysSentCode,
    AnybodysBackupCode,
    AnybodysCode,
    /// A backup code is read, and then taken off the list.
    BackupRace,
    BackupStays,
    /// The step of the clock is burned, not that of the code.
    BurnsTheClock,
    ChokesOnLongTexts,
    CodeInReply,
    /// What was sent begins as an empty text.
    EmptyIsACode,
    EnrollmentCodeStays,
    /// Digits of other scripts are folded, and what was used is known by its text.
    FoldsDigits,
    /// Whoever has the password alone adds an app.
    HalfEnrolls,
    LockLetsTheRightOneIn,
    LocksForGood,
    /// The page looks for the password alone.
    NeedsNoCode,
    NeverBurns,
    NeverLocks,
    NumberCodeSignsIn,
    OldBackupCodesStay,
    OldSentCodesStay,
    OldSessionsEnroll,
    /// The end of a code is enough.
    PartIsEnough,
    PendingCounts,
    /// A code is read, and then burned.
    Race,
    /// A code is compared as a number.
    ReadsNumbers,
    RefusesEverybody,
    SendsAtOnce,
    SendsForEver,
    SentCodesAreForEverySession,
    SentCodesNeverEnd,
    SentCodesNeverLock,
    /// And are for every session, too.
    SentCodesStay,
    /// Tries are counted in the session.
    SessionCounts,
    SignOutDoesNothing,
    /// A session that was signed out is asked for a code, not for the password.
    SignOutForgetsTheCodeAlone,
    TellsWhy,
    /// A code from the staging system.
    TestCode,
    /// Spaces are taken away, and what was used is known by its text.
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
    /// The last name, cookie, secret and code that were given out.
    last: u32,
    people: HashMap<SubjectId, Person>,
    sessions: HashMap<u32, Session>,
}

#[derive(Default)]
struct Person {
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
    /// The password was right.
    Half,
    /// And the code, at this time.
    In(u64),
    Out,
}

/// What became of a code.
enum Looked {
    Right,
    Used,
    Wrong,
}

impl Toy {
    pub fn new(flaw: Option<Flaw>) -> Self {
        let state = State { now: 1_800_000_000, ..State::default() };
        Self { flaw, has_apps_alone: false, state: Mutex::new(state) }
    }

    /// One that knows neither phones nor backup codes.
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

    /// Whether no more guesses are looked at.
    fn is_locked(&self, state: &State, cookie: u32, is_sent: bool) -> bool {
        let session = &state.sessions[&cookie];
        if self.has(Flaw::NeverLocks) || (is_sent && self.has(Flaw::SentCodesNeverLock)) {
            return false;
        }
        match self.has(Flaw::SessionCounts) {
            true => session.failures >= 5,
            false => state.now < state.people[&session.subject].locked_until,
        }
    }

    fn count(&self, state: &mut State, cookie: u32) {
        let now = state.now;
        let session = state.sessions.get_mut(&cookie).unwrap();
        session.failures += 1;
        let person = state.people.get_mut(&session.subject).unwrap();
        person.failures += 1;
        if person.failures >= 5 {
            person.failures = 0;
            let for_good = self.has(Flaw::LocksForGood);
            person.locked_until = if for_good { u64::MAX } else { now + 15 * 60 };
        }
    }

    fn let_in(state: &mut State, cookie: u32) {
        let now = state.now;
        let session = state.sessions.get_mut(&cookie).unwrap();
        (session.stage, session.failures) = (Stage::In(now), 0);
        state.people.get_mut(&session.subject).unwrap().failures = 0;
    }

    async fn look_at_app(&self, cookie: u32, typed: &str) -> Looked {
        let (subject, found, text) = {
            let state = self.state();
            let subject = state.sessions[&cookie].subject.clone();
            let Some(app) = &state.people[&subject].app else { return Looked::Wrong };
            let text = self.read(typed);
            let mut found = self.step_of(app, state.now, &text);
            if found.is_none() && self.has(Flaw::AnybodysCode) {
                let others = state.people.values().filter_map(|person| person.app.as_ref());
                found = others.filter_map(|app| self.step_of(app, state.now, &text)).next();
            }
            if typed == "000000" && self.has(Flaw::TestCode) {
                return Looked::Right;
            }
            let Some(step) = found else { return Looked::Wrong };
            if self.is_used(app, step, typed) {
                return Looked::Used;
            }
            (subject, step, typed.to_owned())
        };
        if self.has(Flaw::Race) {
            breathe().await;
        }
        let mut state = self.state();
        let clock = state.now / 30;
        let app = state.people.get_mut(&subject).and_then(|person| person.app.as_mut()).unwrap();
        if !self.has(Flaw::Race) && self.is_used(app, found, &text) {
            return Looked::Used;
        }
        app.used.insert(text);
        match self.flaw {
            Some(Flaw::NeverBurns) => {}
            Some(Flaw::BurnsTheClock) => app.last = Some(clock),
            _ => app.last = Some(found),
        }
        Looked::Right
    }

    /// What is compared of what was typed.
    fn read(&self, typed: &str) -> String {
        match self.flaw {
            Some(Flaw::FoldsDigits) => typed.chars().map(fold).collect(),
            Some(Flaw::Trims) => typed.chars().filter(char::is_ascii_digit).collect(),
            Some(Flaw::Truncates) => typed.chars().take(6).collect(),
            _ => typed.to_owned(),
        }
    }

    /// The step at which `text` is the code of `app`.
    fn step_of(&self, app: &App, now: u64, text: &str) -> Option<u64> {
        let step = app.totp.step(UnixTime::from_secs(now)).unwrap().get();
        let window = if self.has(Flaw::WideWindow) { 20 } else { 1 };
        let is_it = |code: &str| match self.flaw {
            Some(Flaw::PartIsEnough) => text.len() >= 5 && code.ends_with(text),
            Some(Flaw::ReadsNumbers) => text.parse::<u64>().ok() == code.parse().ok(),
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

    fn look_at_sent(&self, cookie: u32, typed: &str) -> Looked {
        let mut state = self.state();
        let now = state.now;
        let subject = state.sessions[&cookie].subject.clone();
        if typed.is_empty() && self.has(Flaw::EmptyIsACode) {
            return Looked::Right;
        }
        let any_session = [
            Flaw::AnybodysSentCode,
            Flaw::NumberCodeSignsIn,
            Flaw::SentCodesAreForEverySession,
            Flaw::SentCodesStay,
        ];
        let is_it = |sent: &Sent| {
            sent.code == typed
                && (sent.session == cookie || any_session.iter().any(|flaw| self.has(*flaw)))
                && (!sent.adds_a_number || self.has(Flaw::NumberCodeSignsIn))
                && (now - sent.at < 300 || self.has(Flaw::SentCodesNeverEnd))
        };
        let everybody = self.has(Flaw::AnybodysSentCode);
        let people = state.people.iter_mut().filter(|(id, _)| everybody || **id == subject);
        for (_, person) in people {
            if let Some(place) = person.sent.iter().position(is_it) {
                if !self.has(Flaw::SentCodesStay) {
                    person.sent.remove(place);
                }
                return Looked::Right;
            }
        }
        Looked::Wrong
    }

    async fn look_at_backup(&self, cookie: u32, typed: &str) -> Looked {
        let is_there = |state: &State| {
            let subject = &state.sessions[&cookie].subject;
            let everybody = self.has(Flaw::AnybodysBackupCode);
            let mut people = state.people.iter().filter(|(id, _)| everybody || *id == subject);
            people.any(|(_, person)| person.backup.iter().any(|code| code == typed))
        };
        if !is_there(&self.state()) {
            return Looked::Wrong;
        }
        if self.has(Flaw::BackupRace) {
            breathe().await;
        }
        let mut state = self.state();
        if !is_there(&state) && !self.has(Flaw::BackupRace) {
            return Looked::Wrong;
        }
        if !self.has(Flaw::BackupStays) {
            state.people.values_mut().for_each(|person| person.backup.retain(|code| code != typed));
        }
        Looked::Right
    }
}

/// Another request has its turn.
async fn breathe() {
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
