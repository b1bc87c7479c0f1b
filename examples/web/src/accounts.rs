//! Accounts and their security events, in SQLite.
//!
//! They share the database file with the records of the verifier.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params};
use second_factor::{
    Channel, FactorKind, UnixTime,
    host::{Event, Listener, NotTaken, Occurrence},
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
    text TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_account ON event (account);";

/// Account store. Clones share one connection.
#[derive(Clone)]
pub struct Accounts(Arc<Mutex<Connection>>);

#[derive(Clone)]
pub struct Account {
    pub id: i64,
    pub name: String,
    /// Password hash.
    pub password: String,
    /// Random user handle for security keys and passkeys.
    pub webauthn: Uuid,
    /// Sessions of an earlier epoch are no longer valid.
    pub epoch: i64,
}

impl Accounts {
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Adds an account. Returns `None` if the name is taken.
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

    /// Ends all sessions of an account, and returns the epoch of new ones.
    pub fn end_sessions(&self, id: i64) -> rusqlite::Result<i64> {
        let update = "UPDATE account SET epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";
        self.lock().query_row(update, [id], |row| row.get(0))
    }

    /// Returns the recent events, newest first.
    pub fn events(&self, id: i64) -> rusqlite::Result<Vec<(UnixTime, String)>> {
        let connection = self.lock();
        let mut select = connection.prepare_cached(
            "SELECT at, text FROM event WHERE account = ?1 ORDER BY rowid DESC LIMIT 50",
        )?;
        let rows = select.query_map([id], |row| {
            let at: i64 = row.get(0)?;
            Ok((UnixTime::from_secs(at.unsigned_abs()), row.get(1)?))
        })?;
        rows.collect()
    }

    fn add_event(&self, id: i64, at: UnixTime, text: &str) -> rusqlite::Result<()> {
        let insert = "INSERT INTO event (account, at, text) VALUES (?1, ?2, ?3)";
        let at = at.as_secs().cast_signed();
        self.lock().execute(insert, params![id, at, text]).map(drop)
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

/// Listener that stores events for the recent activity page.
pub struct EventLog {
    accounts: Accounts,
}

impl EventLog {
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }
}

impl Listener for EventLog {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        let subject = occurrence.subject().as_str();
        let Some(id) = subject.strip_prefix("account-").and_then(|id| id.parse().ok()) else {
            return Ok(());
        };
        let Some(text) = event_text(occurrence.event()) else { return Ok(()) };
        self.accounts.add_event(id, occurrence.at(), &text).map_err(|error| {
            eprintln!("cannot store an event of account {id}: {error}");
            NotTaken
        })
    }
}

/// Returns the text of an event, or `None` for an event that users do not see.
fn event_text(event: &Event) -> Option<String> {
    Some(match event {
        Event::BackupCodesLow(left) => format!("{left} backup codes left"),
        Event::ChannelAllowed(Channel::WhatsApp) => "WhatsApp turned on".into(),
        Event::ChannelForbidden(Channel::WhatsApp) => "WhatsApp turned off".into(),
        Event::CodeReportedUnrequested(_) => "You reported a code you didn't request".into(),
        Event::DeviceAdded => "Trusted device added".into(),
        Event::DeviceRemoved => "Trusted device removed".into(),
        Event::DeviceForgotten => "A device was forgotten after incorrect codes".into(),
        Event::DeviceStolen => "The cookie of a trusted device was copied".into(),
        Event::FirstFactorCompromised => "Someone who knows your password guesses codes".into(),
        Event::FactorAdded(kind) => format!("{} added", name(*kind)),
        Event::FactorDisabled(kind) => {
            format!("{} disabled after too many incorrect attempts", name(*kind))
        }
        Event::FactorLocked(kind) => {
            format!("{} locked after too many incorrect attempts", name(*kind))
        }
        Event::FactorRemoved(kind) => format!("{} removed", name(*kind)),
        Event::FactorReplaced(kind) => format!("{} replaced", name(*kind)),
        Event::SignInAbandoned(_) => {
            "Someone entered your password but did not finish signing in".into()
        }
        Event::PinReset => "Forgotten two-step PIN removed".into(),
        Event::PinResetStarted(_) => "Removal of your two-step PIN requested".into(),
        Event::PinResetCancelled => "Removal of your two-step PIN cancelled".into(),
        Event::Recovered => "Account recovered".into(),
        Event::RequestApproved => "Sign-in request approved".into(),
        Event::RequestReportedUnrequested => "You reported a sign-in request as not yours".into(),
        Event::RequestsOff => "Sign-in requests turned off until you sign in with a code".into(),
        Event::SignedOutEverywhere => "Signed out everywhere".into(),
        Event::TurnedOff => "Two-factor authentication turned off".into(),
        Event::Verified(kind, _) => format!("{} verified", name(*kind)),
        Event::IncorrectProof(kind) => format!("{}: incorrect attempt", name(*kind)),
        _ => return None,
    })
}

/// Returns the name of a factor on pages.
pub fn name(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Totp => "Authenticator app",
        FactorKind::BackupCode => "Backup code",
        FactorKind::Email => "Email",
        FactorKind::Phone => "Phone",
        FactorKind::Pin => "Two-step PIN",
        FactorKind::SignInRequest => "Sign-in request",
        FactorKind::SecurityKey => "Security key or passkey",
        FactorKind::Hotp => "Hardware token",
        _ => "Other method",
    }
}
