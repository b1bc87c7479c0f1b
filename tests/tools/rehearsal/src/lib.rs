//! Two releases of the crate over one store.
//!
//! `old` is the crate. `new` is the same sources with an invented feature. A process of either has the
//! same clock, randomness, store and carrier.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod process;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

pub use process::{new, old};

/// What one application has: a store, a clock, randomness and a carrier.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    records: Records,
    now: u64,
    seed: u64,
    /// The code that was sent last.
    code: Option<String>,
}

/// The records by their ids, each with its version.
pub type Records = BTreeMap<Vec<u8>, (i64, Vec<u8>)>;

impl World {
    pub fn at(now: u64, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner { now, seed, ..Inner::default() })))
    }

    pub fn wait(&self, secs: u64) {
        self.0.lock().unwrap().now += secs;
    }

    pub fn now(&self) -> u64 {
        self.0.lock().unwrap().now
    }

    pub fn records(&self) -> Records {
        self.0.lock().unwrap().records.clone()
    }

    fn take_code(&self) -> Option<String> {
        self.0.lock().unwrap().code.take()
    }

    /// SplitMix64, so that both releases draw from one sequence.
    fn fill(&self, bytes: &mut [u8]) {
        let mut inner = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(8) {
            inner.seed = inner.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = inner.seed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

/// A user, and what the user has at hand. Texts, because the other release must read them.
#[derive(Clone, Default)]
pub struct User {
    pub name: String,
    /// The secret of the app in Base32.
    app: Option<String>,
    /// The handle and the secret of an app that is being enrolled.
    new_app: Option<(String, String)>,
    codes: Vec<String>,
    used_code: Option<String>,
    device: Option<String>,
    grant: Option<String>,
    new_phone: Option<(String, String)>,
    has_phone: bool,
    sent: Option<(String, String)>,
    /// The key of the invented feature.
    key: Option<String>,
}

impl User {
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub fn has_app(&self) -> bool {
        self.app.is_some()
    }
}

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Signs in at the known browser, as far as the password suffices.
    Next,
    BeginApp,
    ConfirmApp,
    App,
    IncorrectApp,
    NewCodes,
    BackupCode,
    UsedCode,
    BeginPhone,
    ConfirmPhone,
    Send,
    SentCode,
    Status,
    ChangePassword,
    SignOut,
    Reseal,
}

impl Act {
    pub const ALL: [Self; 16] = [
        Self::Next,
        Self::BeginApp,
        Self::ConfirmApp,
        Self::App,
        Self::IncorrectApp,
        Self::NewCodes,
        Self::BackupCode,
        Self::UsedCode,
        Self::BeginPhone,
        Self::ConfirmPhone,
        Self::Send,
        Self::SentCode,
        Self::Status,
        Self::ChangePassword,
        Self::SignOut,
        Self::Reseal,
    ];
}

/// What an application sees.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// The user lacks what the act needs, so nothing was called.
    Idle,
    /// A session opens: by which way.
    SignedIn(&'static str),
    /// Any other success.
    Done(String),
    Refused(String),
    /// The record does not open; the text of the error.
    Unreadable(String),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("idle"),
            Self::SignedIn(way) => write!(f, "signed in: {way}"),
            Self::Done(what) => write!(f, "done: {what}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
        }
    }
}

/// A process of one release.
pub trait Process {
    fn act(&self, user: &mut User, act: Act) -> Answer;

    /// The settings page.
    fn status(&self, user: &User) -> Answer;
}
