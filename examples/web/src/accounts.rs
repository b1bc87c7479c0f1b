//! Accounts and their security events, in SQLite.
//!
//! They share the database file with the records of the verifier.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use second_factor::{
    FactorKind, UnixTime,
    host::{Event, Listener, NotTaken, Occurrence},
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS event (account INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS event_account ON event (account);";

/// Account store. Clones share one connection.
#[derive(Clone)]
pub struct Accounts(Arc<Mutex<Connection>>);

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
        let insert = "INSERT INTO account (name, password) VALUES (?1, ?2)";
        match connection.execute(insert, params![name, password]) {
            Ok(_) => Ok(Some(connection.last_insert_rowid())),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the id and the password hash of an account.
    pub fn by_name(&self, name: &str) -> rusqlite::Result<Option<(i64, String)>> {
        let select = "SELECT id, password FROM account WHERE name = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.lock().query_row(select, [name], row).optional()
    }

    /// Returns the recent events, newest first.
    pub fn events(&self, id: &str) -> rusqlite::Result<Vec<(UnixTime, String)>> {
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

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores events for the recent activity page.
impl Listener for Accounts {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        let Some(text) = event_text(occurrence.event()) else { return Ok(()) };
        let insert = "INSERT INTO event (account, at, text) VALUES (?1, ?2, ?3)";
        let at = occurrence.at().as_secs().cast_signed();
        let stored = self.lock().execute(insert, params![occurrence.subject().as_str(), at, text]);
        stored.map(drop).map_err(|error| {
            eprintln!("cannot store an event: {error}");
            NotTaken
        })
    }
}

/// Returns the text of an event, or `None` for an event that users do not see.
fn event_text(event: &Event) -> Option<String> {
    let kind = match event {
        Event::FactorAdded(kind)
        | Event::FactorDisabled(kind)
        | Event::FactorLocked(kind)
        | Event::FactorRemoved(kind)
        | Event::FactorReplaced(kind)
        | Event::IncorrectProof(kind)
        | Event::Verified(kind, _) => Some(name(*kind)),
        Event::ClockFault
        | Event::CodeLost
        | Event::CodeNotSent(_)
        | Event::CodeSent(_)
        | Event::KeyRotated
        | Event::PrefixStopped
        | Event::SendRefused => return None,
        _ => None,
    };
    let words = event.name().replace('_', " ");
    Some(format!("{}: {words}", kind.unwrap_or("Account")))
}

const fn name(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Totp => "Authenticator app",
        FactorKind::BackupCode => "Backup code",
        FactorKind::Email => "Email",
        FactorKind::Hotp => "Hardware token",
        FactorKind::Phone => "Phone",
        FactorKind::Pin => "Two-step PIN",
        FactorKind::SignInRequest => "Sign-in request",
        FactorKind::SecurityKey => "Security key or passkey",
        _ => "Other method",
    }
}
