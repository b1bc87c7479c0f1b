//! Known state of a user's factors, and the permitted outcomes.

use second_factor::{
    Handle, Reason, UnixTime,
    otp::{Step, Totp},
    purpose::Operation,
};

use super::service::{Asked, Ran};

/// The incorrect answers since a factor last succeeded.
///
/// An attempt without an answer may have been counted or not, so each number has two bounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    least: u32,
    most: u32,
    locked_until: u64,
    may_be_locked_until: u64,
    /// The failures that no success clears. From the fortieth on, the factor may be closed.
    slow: u32,
    /// The number of the newest commit of an incorrect answer.
    newest: u64,
    /// The attempts of the user in progress.
    pub running: u32,
}

impl Count {
    /// I3, I4: no guess is compared under a lock, and only as many as the limit allows.
    fn incorrect<T>(&mut self, now: u64, asked: &Asked<T>) {
        self.compared(now, asked);
        self.newest = self.newest.max(asked.wrote.unwrap_or_default());
        self.least += 1;
        self.most += 1;
        self.slow += 1;
        assert!(self.least <= 30, "I3: {} incorrect answers", self.least);
        self.locked_until = self.locked_until.max(lock(self.least, now));
        self.may_be_locked_until = self.may_be_locked_until.max(lock(self.most, now));
    }

    fn success<T>(&mut self, now: u64, asked: &Asked<T>) {
        self.compared(now, asked);
        assert!(self.least < 30 || self.is_late(asked), "I4: a disabled factor succeeded");
        let Self { newest, slow, running, .. } = *self;
        match asked.wrote.is_some_and(|wrote| wrote < newest) {
            // It is unknown which of the incorrect answers came after it.
            true => self.may_be_success(),
            false => *self = Self { newest, slow, running, ..Self::default() },
        }
    }

    fn compared<T>(&self, now: u64, asked: &Asked<T>) {
        assert!(now >= self.locked_until || self.is_late(asked), "I4: compared under a lock");
    }

    /// Whether it read the record before the newest incorrect answer, which was known earlier.
    fn is_late<T>(&self, asked: &Asked<T>) -> bool {
        asked.read.is_some_and(|read| read < self.newest)
    }

    fn may_be_incorrect(&mut self, now: u64) {
        self.most += 1;
        self.slow += 1;
        self.may_be_locked_until = self.may_be_locked_until.max(lock(self.most, now));
    }

    fn may_be_success(&mut self) {
        (self.least, self.locked_until) = (0, 0);
    }

    /// A lock must have a cause.
    pub fn refused_by_lock(&self, now: u64) {
        assert!(
            now < self.may_be_locked_until
                || now < lock(self.most + self.running, now)
                || self.slow >= CLOSED_AT,
            "locked without incorrect guesses: {self:?} at {now}"
        );
    }

    fn is_locked(&self, now: u64) -> bool {
        now < self.locked_until
    }

    fn may_be_locked(&self, now: u64) -> bool {
        now < self.may_be_locked_until
    }
}

/// A factor is closed while its slow count is so high, with its decay.
const CLOSED_AT: u32 = 40;

fn lock(failures: u32, now: u64) -> u64 {
    match failures.checked_sub(5) {
        Some(doublings) => now + (30_u64 << doublings.min(20)).min(3600),
        None => 0,
    }
}

/// An authenticator app.
pub struct App {
    pub totp: Totp,
    /// The last accepted step, and the last step that may be used up.
    accepted: u64,
    used_up: u64,
    pub count: Count,
}

impl App {
    /// An app whose first code was the code of `step`.
    pub fn new(totp: Totp, step: u64) -> Self {
        Self { totp, accepted: step, used_up: step, count: Count::default() }
    }

    /// The next code that is certainly unused, and its earliest valid time.
    pub fn fresh(&self, now: u64) -> (String, u64) {
        let step = step(&self.totp, now).max(self.used_up + 1);
        (self.totp.code_at(Step::new(step)).expose().to_owned(), step * 30)
    }

    /// The same after attempts that may have been compared with it.
    pub fn after_attempts(mut self, count: u32) -> Self {
        self.count.most += count;
        self
    }

    /// The code of that time was typed, and is not typed again.
    pub fn typed(&mut self, at: u64) {
        self.used_up = self.used_up.max(at / 30);
    }

    /// Distinguishes it from the app that replaces it.
    pub fn mark(&self) -> [String; 2] {
        [1, 2].map(|step| self.totp.code_at(Step::new(step)).expose().to_owned())
    }

    /// The steps of the window at `now` for which `typed` is correct.
    fn steps(&self, typed: &str, now: u64) -> Vec<u64> {
        let step = step(&self.totp, now);
        let is_it = |step: &u64| self.totp.code_at(Step::new(*step)).expose() == typed;
        (step.saturating_sub(1)..=step + 1).filter(is_it).collect()
    }

    pub fn answered<T>(&mut self, typed: &str, asked: &Asked<T>) {
        let Some(now) = asked.moment else {
            return assert!(!asked.ran.is_success(), "an answer without a load");
        };
        let steps = self.steps(typed, now);
        match &asked.ran {
            Ran::Answered(_) | Ran::PinDue(_) => {
                // I1, I2, I6: correct, in the window, and later than every one before. If two steps
                // have one code, which happens about once a day, the higher one is used up
                // (FAILURES 3).
                let step = steps.last().filter(|step| **step > self.accepted);
                self.accepted =
                    *step.expect("I1: a code was accepted twice, or an incorrect one was accepted");
                self.used_up = self.used_up.max(self.accepted);
                self.count.success(now, asked);
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(steps.is_empty(), "a correct code was reported incorrect");
                self.count.incorrect(now, asked);
            }
            Ran::Denied(Reason::Replayed) => {
                let is_one = steps.first().is_some_and(|step| *step <= self.used_up);
                // An attempt in progress may have used it, before its answer comes.
                assert!(is_one || self.count.running > 0, "an unused code was refused as a replay");
            }
            Ran::Denied(Reason::Locked) => self.count.refused_by_lock(now),
            Ran::Denied(Reason::OtherPurpose | Reason::Malformed) => {}
            Ran::Denied(reason) => panic!("an app was refused: {reason:?}"),
            Ran::Lost | Ran::Busy => match steps.last() {
                Some(step) => {
                    self.used_up = self.used_up.max(*step);
                    self.count.may_be_success();
                }
                None => self.count.may_be_incorrect(now),
            },
        }
    }
}

fn step(totp: &Totp, now: u64) -> u64 {
    totp.step(UnixTime::from_secs(now)).unwrap().get()
}

/// A challenge, and the codes received for it.
pub struct Sent {
    pub serial: u64,
    pub handle: Handle,
    pub purpose: Operation,
    pub client: u64,
    pub codes: Vec<String>,
    pub begun: u64,
    pub last: u64,
    /// The number of the commit that stored it.
    pub made: u64,
    pub is: Validity,
}

impl Sent {
    /// Whether it was certainly void when the operation read the record.
    pub fn is_void<T>(&self, asked: &Asked<T>) -> bool {
        let read = asked.read.expect("an answer without a load");
        matches!(self.is, Validity::Void(since) if read >= since)
    }

    /// It is void from that commit on.
    fn void(&mut self, since: u64) {
        self.is = match self.is {
            Validity::Void(before) => Validity::Void(before.min(since)),
            _ => Validity::Void(since),
        };
    }

    pub fn may_be_void(&mut self) {
        if self.is == Validity::Valid {
            self.is = Validity::Unknown;
        }
    }
}

/// Whether a code can still be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It was converted, replaced, or ended with its factor, by the commit of that number at the
    /// latest.
    Void(u64),
    Valid,
    /// An operation on it got no answer.
    Unknown,
}

/// A proven number.
#[derive(Default)]
pub struct Phone {
    pub count: Count,
    pub sent: Vec<Sent>,
}

impl Phone {
    /// Checks the answer to a code of that challenge.
    pub fn answered<T>(
        &mut self,
        serial: u64,
        (typed, purpose, client): (&str, Operation, u64),
        may_be_lost: bool,
        asked: &Asked<T>,
    ) {
        let Some(now) = asked.moment else { return };
        let Some(sent) = self.sent.iter_mut().find(|sent| sent.serial == serial) else {
            return assert!(
                !asked.ran.is_success(),
                "I10: a code of a forgotten challenge was accepted"
            );
        };
        let is_newest = sent.codes.last().is_some_and(|code| code == typed);
        let in_time = now < sent.last + 300 && now < sent.begun + 600;
        let is_meant = sent.purpose == purpose && sent.client == client;
        match &asked.ran {
            Ran::Answered(_) | Ran::PinDue(_) => {
                assert!(!sent.is_void(asked), "I1, I10: a void code was accepted");
                assert!(is_newest, "I6: not the newest code");
                assert!(in_time, "I6: a code was accepted after its expiry");
                assert!(is_meant, "I6: a code for another purpose or client");
                sent.void(asked.wrote.expect("a success is written"));
                self.count.success(now, asked);
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(!is_newest || !is_meant, "a correct code was reported incorrect");
                assert!(!sent.is_void(asked) && in_time, "a void code was compared");
                self.count.incorrect(now, asked);
                match (self.count.is_locked(now), self.count.may_be_locked(now)) {
                    (true, _) => self.end(asked),
                    (false, true) => self.may_be_void(),
                    (false, false) => {}
                }
            }
            Ran::Denied(Reason::Locked) => self.count.refused_by_lock(now),
            Ran::Denied(reason) => {
                let has_cause = sent.is != Validity::Valid || !is_newest || !in_time || !is_meant;
                assert!(has_cause || may_be_lost, "a correct code was refused: {reason:?}");
            }
            Ran::Lost | Ran::Busy => {
                sent.may_be_void();
                match is_newest && is_meant {
                    true => self.count.may_be_success(),
                    false => self.count.may_be_incorrect(now),
                }
                // It may have been the incorrect attempt that locks and voids everything.
                self.may_be_void();
            }
        }
    }

    /// An operation ended every code that was sent before it. Its answer may come after that of a
    /// later operation.
    pub fn end<T>(&mut self, asked: &Asked<T>) {
        let Some(read) = asked.read else { return };
        for sent in &mut self.sent {
            match sent.made {
                made if made <= read => sent.void(asked.ended),
                made if made <= asked.ended => sent.may_be_void(),
                _ => {}
            }
        }
    }

    /// Every code may be void.
    pub fn may_be_void(&mut self) {
        self.sent.iter_mut().for_each(Sent::may_be_void);
    }

    /// A new code for `purpose`, stored by the commit `made`, replaces the ones before it. Returns
    /// whether one after it has replaced it.
    pub fn replace(&mut self, purpose: Operation, made: u64) -> Validity {
        let mut is = Validity::Valid;
        for sent in self.sent.iter_mut().filter(|sent| sent.purpose == purpose) {
            match (sent.made < made, is) {
                (true, _) => sent.void(made),
                (false, Validity::Void(since)) => is = Validity::Void(since.min(sent.made)),
                (false, _) => is = Validity::Void(sent.made),
            }
        }
        is
    }

    /// The same, if it is unknown whether the new code was stored.
    pub fn may_be_replaced(&mut self, purpose: Operation) {
        let replaced = self.sent.iter_mut().filter(|sent| sent.purpose == purpose);
        replaced.for_each(Sent::may_be_void);
    }
}

/// Printed backup codes.
#[derive(Default)]
pub struct Backup {
    pub fresh: Vec<String>,
    pub used: Vec<String>,
    pub count: Count,
}

impl Backup {
    pub fn answered<T>(&mut self, typed: &str, asked: &Asked<T>) {
        let is_fresh = self.fresh.iter().any(|code| code == typed);
        let reserved = asked.committed.or(asked.moment);
        let Some(now) = reserved else { return };
        match &asked.ran {
            Ran::Answered(_) | Ran::PinDue(_) => {
                assert!(is_fresh, "I1, I10: an invalid backup code was accepted");
                self.fresh.retain(|code| code != typed);
                self.used.push(typed.to_owned());
                self.count.success(now, asked);
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(!is_fresh, "a correct backup code was reported incorrect");
                // It is counted only if its selector is that of a code.
                self.count.may_be_incorrect(now);
            }
            Ran::Denied(Reason::Locked) => self.count.refused_by_lock(now),
            // Its worker stalled for longer than the lease of a slow check: the attempt stays
            // counted.
            Ran::Denied(Reason::Expired) => self.count.may_be_incorrect(now),
            Ran::Denied(_) => {}
            Ran::Lost | Ran::Busy => {
                // It may be used up and it may be counted: it is not typed again.
                if is_fresh {
                    self.fresh.retain(|code| code != typed);
                    self.count.may_be_success();
                }
                self.count.may_be_incorrect(now);
            }
        }
    }
}

/// The two-step PIN.
pub struct Pin {
    pub text: String,
    pub count: Count,
}

impl Pin {
    pub fn new(text: String) -> Self {
        Self { text, count: Count::default() }
    }

    pub fn answered<T>(&mut self, typed: &str, asked: &Asked<T>) {
        let Some(now) = asked.committed.or(asked.moment) else { return };
        let is_correct = typed == self.text;
        match &asked.ran {
            Ran::Answered(_) | Ran::PinDue(_) => {
                assert!(is_correct, "I6: an incorrect PIN was accepted");
                self.count.success(now, asked);
            }
            Ran::Denied(Reason::Incorrect) => {
                assert!(!is_correct, "a correct PIN was reported incorrect");
                self.count.incorrect(now, asked);
            }
            Ran::Denied(Reason::Locked) => self.count.refused_by_lock(now),
            // Its worker stalled for longer than the lease of a slow check: the attempt stays
            // counted.
            Ran::Denied(Reason::Expired) => self.count.may_be_incorrect(now),
            Ran::Denied(_) => {}
            Ran::Lost | Ran::Busy => {
                self.count.may_be_incorrect(now);
                if is_correct {
                    self.count.may_be_success();
                }
            }
        }
    }
}
