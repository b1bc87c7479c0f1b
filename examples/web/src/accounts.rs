//! The accounts: names, passwords, and what happened to each. In the file that has the records too.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params};
use second_factor::{
    Address, FactorKind, SubjectId, UnixTime,
    host::{Clock, Event, Listener},
    message::Channel,
};
use webauthn_rs::prelude::Uuid;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password TEXT NOT NULL,
    webauthn TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS event (
    account INTEGER NOT NULL,
    at INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_account ON event (account);";

/// The tables. Clones share one connection.
#[derive(Clone)]
pub struct Accounts(Arc<Mutex<Connection>>);

#[derive(Clone)]
pub struct Account {
    pub id: i64,
    pub name: String,
    /// The hash of the password.
    pub password: String,
    /// By what security keys know the account; it tells nothing else.
    pub webauthn: Uuid,
    /// Sessions of an older epoch are over.
    pub epoch: i64,
}

impl Accounts {
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// `None`: the name is taken.
    pub fn add(&self, name: &str, password: &str) -> rusqlite::Result<Option<i64>> {
        let connection = self.lock();
        let added = connection.execute(
            "INSERT INTO account (name, password, webauthn) VALUES (?1, ?2, ?3)",
            params![name, password, Uuid::new_v4().to_string()],
        );
        match added {
            Ok(_) => Ok(Some(connection.last_insert_rowid())),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub fn by_name(&self, name: &str) -> rusqlite::Result<Option<Account>> {
        let select = "SELECT id, name, password, webauthn, epoch FROM account WHERE name = ?1";
        self.lock().query_row(select, [name], read).optional()
    }

    pub fn by_id(&self, id: i64) -> rusqlite::Result<Option<Account>> {
        let select = "SELECT id, name, password, webauthn, epoch FROM account WHERE id = ?1";
        self.lock().query_row(select, [id], read).optional()
    }

    /// Ends all sessions of an account; gives the epoch of those that begin now.
    pub fn end_sessions(&self, id: i64) -> rusqlite::Result<i64> {
        let update = "UPDATE account SET epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";
        self.lock().query_row(update, [id], |row| row.get(0))
    }

    /// What happened lately, the newest first.
    pub fn events(&self, id: i64) -> rusqlite::Result<Vec<(UnixTime, String)>> {
        let connection = self.lock();
        let mut select = connection.prepare_cached(
            "SELECT at, words FROM event WHERE account = ?1 ORDER BY rowid DESC LIMIT 50",
        )?;
        let rows = select.query_map([id], |row| {
            let at: i64 = row.get(0)?;
            Ok((UnixTime::from_secs(at.unsigned_abs()), row.get(1)?))
        })?;
        rows.collect()
    }

    fn note(&self, id: i64, at: UnixTime, words: &str) -> rusqlite::Result<()> {
        let insert = "INSERT INTO event (account, at, words) VALUES (?1, ?2, ?3)";
        let at = at.as_secs().cast_signed();
        self.lock().execute(insert, params![id, at, words]).map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    let webauthn: String = row.get(3)?;
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        password: row.get(2)?,
        webauthn: Uuid::parse_str(&webauthn).map_err(|_| rusqlite::Error::InvalidQuery)?,
        epoch: row.get(4)?,
    })
}

/// Writes down what happens, for the page of recent events and for the log.
pub struct Events {
    accounts: Accounts,
    clock: Arc<dyn Clock>,
}

impl Events {
    pub fn new(accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self { accounts, clock }
    }
}

impl Listener for Events {
    fn on_event(&self, subject: &SubjectId, event: &Event, _: &[Address]) {
        let name = core::str::from_utf8(subject.as_bytes()).unwrap_or_default();
        let Some(id) = name.strip_prefix("account-").and_then(|id| id.parse().ok()) else {
            return;
        };
        let (Some(words), Ok(now)) = (words(event), self.clock.now()) else { return };
        if let Err(error) = self.accounts.note(id, now, &words) {
            eprintln!("an event of account {id} is lost: {error}");
        }
    }
}

/// What the owner is told of an event. The rest is for the log of the application.
fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::BackupCodesLow(left) => format!("{left} backup codes are left"),
        Event::ChannelAllowed(Channel::WhatsApp) => "WhatsApp was switched on".into(),
        Event::ChannelForbidden(Channel::WhatsApp) => "WhatsApp was switched off".into(),
        Event::CodeReportedUnrequested(_) => "A code was sent that you did not ask for".into(),
        Event::DeviceAdded => "A browser was trusted".into(),
        Event::DeviceRemoved => "A browser is trusted no longer".into(),
        Event::DeviceStolen => "The cookie of a trusted browser was copied".into(),
        Event::FactorAdded(kind) => format!("{} was added", name(*kind)),
        Event::FactorDisabled(kind) => format!("{} was switched off: wrong tries", name(*kind)),
        Event::FactorLocked(kind) => format!("{} waits: wrong tries", name(*kind)),
        Event::FactorRemoved(kind) => format!("{} was removed", name(*kind)),
        Event::FactorReplaced(kind) => format!("{} was replaced", name(*kind)),
        Event::SignInAbandoned(_) => "Somebody knew the password and did not get in".into(),
        Event::PinReset => "The PIN was removed: it was forgotten".into(),
        Event::PinResetStarted(_) => "Somebody asked to have the PIN removed".into(),
        Event::PinResetCancelled => "The PIN stays".into(),
        Event::Recovered => "The account was recovered".into(),
        Event::RequestApproved => "A sign-in was approved".into(),
        Event::RequestReportedUnrequested => "A sign-in was refused: it was not you".into(),
        Event::RequestsOff => "Sign-in requests are off until a code is used".into(),
        Event::SignedOutEverywhere => "Everything was signed out".into(),
        Event::TurnedOff => "Two-factor was turned off".into(),
        Event::Verified(kind, _) => format!("{} was accepted", name(*kind)),
        Event::IncorrectProof(kind) => format!("{} was refused", name(*kind)),
        _ => return None,
    })
}

/// What a kind of factor is called on the pages.
pub fn name(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Totp => "Authenticator app",
        FactorKind::BackupCode => "Backup code",
        FactorKind::Email => "Email",
        FactorKind::Phone => "Phone",
        FactorKind::Pin => "PIN",
        FactorKind::SignInRequest => "Another browser of yours",
        FactorKind::SecurityKey => "Security key",
        FactorKind::Hotp => "HotpToken",
        _ => "Another way",
    }
}
