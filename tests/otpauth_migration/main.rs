//! Import of Google Authenticator exports.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod batches;
mod entries;
mod payload;
mod properties;
mod text;

use base64ct::{Base64, Encoding as _};
use second_factor::{
    Secret,
    otp::{
        Algorithm, Digits, InvalidKeyUri, InvalidMigration, InvalidParameter, KeyKind, KeyUri,
        Migration, MigrationEntry, Step, TotpParameters, Warning,
    },
    secret::InvalidSecret,
};

const PREFIX: &str = "otpauth-migration://offline?data=";
const SECRET: &[u8] = b"12345678901234567890";

/// Writes Protocol Buffers, valid or not.
#[derive(Clone, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn number(self, field: u64, value: u64) -> Self {
        self.varint(field << 3).varint(value)
    }

    fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2).varint(bytes.len() as u64).raw(bytes)
    }

    fn entry(self, entry: &Self) -> Self {
        self.bytes(1, &entry.0)
    }

    fn batch(self, size: u64, index: u64, id: u64) -> Self {
        self.number(2, 1).number(3, size).number(4, index).number(5, id)
    }

    fn text(&self) -> String {
        let base64 = base64(&self.0);
        let encoded = base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("{PREFIX}{encoded}")
    }

    fn parse(&self) -> Result<Migration, InvalidMigration> {
        Migration::parse(&self.text())
    }
}

fn base64(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len() * 4 / 3 + 4];
    Base64::encode(bytes, &mut text).unwrap().to_owned()
}

/// An entry without algorithm, digits, type and counter.
fn named(secret: &[u8], name: &str, issuer: &str) -> Message {
    Message::default().bytes(1, secret).bytes(2, name.as_bytes()).bytes(3, issuer.as_bytes())
}

fn totp(name: &str) -> Message {
    named(SECRET, name, "Example").number(4, 1).number(5, 1).number(6, 2)
}

/// Parses an export that contains only this entry.
fn read(entry: &Message) -> Result<(KeyUri, Vec<Warning>), InvalidKeyUri> {
    entry_of(entry).into_key()
}

fn entry_of(entry: &Message) -> MigrationEntry {
    let migration = Message::default().entry(entry).batch(1, 0, 7).parse().unwrap();
    let mut entries = migration.into_entries();
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

fn rejected(message: &Message) -> InvalidMigration {
    message.parse().unwrap_err()
}
