//! Known state of one user, and the permitted outcomes.
//!
//! Everything here is observed from outside: requests, answers and messages received.

use second_factor::{Address, SubjectId, otp::Totp};

use super::{
    factors::{App, Backup, Phone, Pin},
    operations::Shown,
    service::{Asked, Ran},
};

/// A trusted device: its tokens, and when each became invalid.
#[derive(Default)]
pub struct Device {
    tokens: Vec<String>,
    /// The number of commits after which a token is certainly invalid.
    void_after: Vec<Option<u64>>,
}

impl Device {
    pub fn new(token: String) -> Self {
        Self { tokens: vec![token], void_after: vec![None] }
    }

    pub fn newest(&self) -> &str {
        self.tokens.last().unwrap()
    }

    pub fn nth(&self, back: usize) -> Option<&str> {
        self.tokens.iter().rev().nth(back).map(String::as_str)
    }

    /// Checks the answer to the token `shown`.
    pub fn answered(&mut self, shown: &str, asked: &Asked<Shown>) {
        let Some(place) = self.tokens.iter().position(|token| token == shown) else { return };
        match &asked.ran {
            Ran::Answered(Shown::Recognized(recognized)) => {
                // A recognition that changes nothing writes nothing, and is as recent as its load.
                let seen = asked.read.expect("an answer without a load");
                let void = self.void_after[place].is_some_and(|void| seen >= void);
                assert!(!void, "I10: an invalid token was recognized");
                // The one before it is accepted for a few minutes.
                for before in &mut self.void_after[..place.saturating_sub(1)] {
                    before.get_or_insert(asked.ended);
                }
                let next = recognized.successor().map(|next| next.expose().to_owned());
                if let Some(next) = next {
                    match self.tokens.get(place + 1) {
                        Some(known) => assert_eq!(*known, next, "another successor"),
                        None => {
                            self.tokens.push(next);
                            self.void_after.push(None);
                        }
                    }
                }
            }
            Ran::Answered(Shown::Invalid) => self.end(asked.ended),
            _ => {}
        }
    }

    pub fn is_over(&self) -> bool {
        self.void_after.iter().all(Option::is_some)
    }

    /// Invalidates all its tokens.
    pub fn end(&mut self, after: u64) {
        for void in &mut self.void_after {
            void.get_or_insert(after);
        }
    }
}

/// The sign-in requests of a user.
#[derive(Default)]
pub struct Requests {
    open: Option<u64>,
    unanswered: Vec<u64>,
}

impl Requests {
    /// FAILURES 102: three unanswered requests block further ones for an hour.
    pub fn put(&mut self, now: u64) {
        self.unanswered.extend(self.open.take());
        self.unanswered.retain(|at| now.saturating_sub(*at) < 3600);
        assert!(self.unanswered.len() < 3, "more than three unanswered requests");
        self.open = Some(now);
    }

    /// The open request is answered, or may be.
    pub fn answered(&mut self) {
        self.open = None;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

/// A user and their factors.
pub struct User {
    pub id: SubjectId,
    pub number: Address,
    pub app: Option<App>,
    /// Apps that were replaced.
    pub old_apps: Vec<Totp>,
    /// Backup codes of previous sets.
    pub old_codes: Vec<String>,
    pub phone: Option<Phone>,
    pub backup: Option<Backup>,
    pub pin: Option<Pin>,
    pub devices: Vec<Device>,
    /// Whether the next sign-in is to trust its device.
    pub trusts: bool,
    /// The newest tokens of devices that are no longer trusted.
    pub old_tokens: Vec<String>,
    pub requests: Requests,
    /// A change got no answer: the enrolled factors are unknown until the user is reset.
    pub is_unsure: bool,
    /// Whether a change of factors is in progress.
    pub is_busy: bool,
    /// The app is being replaced, and the outcome is not known yet.
    pub is_replacing: bool,
    /// The attempts with an app that were answered during that change. The new app may have been
    /// compared.
    pub while_busy: u32,
    /// The attempts in progress. Each may have been counted before its answer comes.
    pub running: u32,
    /// The sends in progress. Each may have replaced a code before its answer comes.
    pub sending: u32,
}

impl User {
    /// Ends one of the attempts in progress.
    pub fn end_attempt(&mut self) {
        self.running -= 1;
        let counts = [
            self.app.as_mut().map(|app| &mut app.count),
            self.phone.as_mut().map(|phone| &mut phone.count),
            self.backup.as_mut().map(|backup| &mut backup.count),
            self.pin.as_mut().map(|pin| &mut pin.count),
        ];
        counts.into_iter().flatten().for_each(|count| count.running = self.running);
    }

    pub fn new(id: SubjectId, number: Address) -> Self {
        Self {
            id,
            number,
            app: None,
            old_apps: Vec::new(),
            old_codes: Vec::new(),
            phone: None,
            backup: None,
            pin: None,
            devices: Vec::new(),
            trusts: false,
            old_tokens: Vec::new(),
            requests: Requests::default(),
            is_unsure: false,
            running: 0,
            sending: 0,
            is_busy: false,
            is_replacing: false,
            while_busy: 0,
        }
    }

    /// Whether an operation in progress may have ended sent codes already.
    pub fn may_lose_codes(&self) -> bool {
        self.is_busy || self.running > 0 || self.sending > 0
    }

    /// A proof succeeded, or may have: the PIN follows it, and requests are on again.
    pub fn proved<T>(&mut self, ran: &Ran<T>) {
        match ran {
            Ran::Answered(_) => assert!(self.pin.is_none(), "a PIN is set and was not required"),
            Ran::PinDue(_) => assert!(self.pin.is_some(), "a PIN was required and is not set"),
            Ran::Busy | Ran::Denied(_) | Ran::Lost => {}
        }
        if !matches!(ran, Ran::Denied(_)) {
            self.requests.forget();
        }
    }

    /// I10: what was created before that operation is no longer accepted.
    pub fn void<T>(&mut self, asked: &Asked<T>) {
        if let Some(phone) = &mut self.phone {
            phone.end(asked);
        }
        self.end_devices(asked.ended);
        self.requests.answered();
    }

    pub fn end_devices(&mut self, after: u64) {
        self.devices.iter_mut().for_each(|device| device.end(after));
    }

    /// Sets aside devices without a valid token.
    pub fn remove_invalid_devices(&mut self) {
        let over = self.devices.iter().filter(|device| device.is_over());
        self.old_tokens.extend(over.map(|device| device.newest().to_owned()));
        self.devices.retain(|device| !device.is_over());
    }
}
