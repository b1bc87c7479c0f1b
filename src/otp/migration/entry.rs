//! Entries of a Google Authenticator export.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    InvalidMigration,
    protobuf::{Fields, set},
};
use crate::otp::{
    Algorithm, Digits, InvalidKeyUri, InvalidParameter, KeyKind, KeyUri, Step, TotpParameters,
    Warning,
    uri::{Label, ParseMode, read_secret_bytes, refuse_short, warn_uncommon},
};

/// One entry of an export: a key, or the reason why it is unusable.
///
/// # Example
///
/// ```
/// use second_factor::otp::{InvalidKeyUri, Migration};
///
/// // An entry whose algorithm is MD5.
/// let migration = Migration::parse(
///     "otpauth-migration://offline?data=ChsKEDEyMzQ1Njc4OTAxMjM0NTYSA29sZCAEMAIQARgBKAc%3D",
/// )?;
/// for entry in migration.into_entries() {
///     assert_eq!(entry.name(), "old");
///     assert_eq!(entry.into_key().unwrap_err(), InvalidKeyUri::Algorithm);
/// }
/// # Ok::<(), second_factor::otp::InvalidMigration>(())
/// ```
pub struct MigrationEntry {
    name: String,
    key: Result<(KeyUri, Vec<Warning>), InvalidKeyUri>,
}

impl MigrationEntry {
    /// Returns the exported name, with which the user identifies the key.
    ///
    /// An unusable key also has a name, which may contain any characters. Escape the name before
    /// you display it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key and its warnings, as [`KeyUri::import`] does.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidKeyUri`] with the reason why the key is unusable: for example, the
    /// algorithm is MD5, the counter is negative, or the secret is short. Skip the entry and show
    /// its [name](Self::name).
    pub fn into_key(self) -> Result<(KeyUri, Vec<Warning>), InvalidKeyUri> {
        self.danger_into_short_key().and_then(refuse_short)
    }

    /// Returns the key and its warnings, as [`KeyUri::danger_import_short`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`into_key`](Self::into_key), with a minimum of 10 bytes for the
    /// secret.
    ///
    /// # Security
    ///
    /// See [`Secret::danger_short`](crate::Secret::danger_short).
    pub fn danger_into_short_key(self) -> Result<(KeyUri, Vec<Warning>), InvalidKeyUri> {
        self.key
    }

    /// Reads the message `OtpParameters`.
    pub(super) fn read(message: &[u8]) -> Result<Self, InvalidMigration> {
        let raw = Raw::read(message)?;
        let name = raw.name.unwrap_or_default().into();
        let mut mode = ParseMode::lenient();
        let key = raw.key(&mut mode).map(|key| (key, mode.into_warnings()));
        Ok(Self { name, key })
    }
}

impl fmt::Debug for MigrationEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationEntry").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The fields as decoded from the message.
#[derive(Default)]
struct Raw<'a> {
    secret: Option<&'a [u8]>,
    name: Option<&'a str>,
    issuer: Option<&'a str>,
    algorithm: Option<u64>,
    digits: Option<u64>,
    kind: Option<u64>,
    counter: Option<u64>,
}

impl<'a> Raw<'a> {
    fn read(message: &'a [u8]) -> Result<Self, InvalidMigration> {
        let mut raw = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => set(&mut raw.secret, field.value.bytes()?)?,
                2 => set(&mut raw.name, field.value.text()?)?,
                3 => set(&mut raw.issuer, field.value.text()?)?,
                4 => set(&mut raw.algorithm, field.value.number()?)?,
                5 => set(&mut raw.digits, field.value.number()?)?,
                6 => set(&mut raw.kind, field.value.number()?)?,
                7 => set(&mut raw.counter, field.value.number()?)?,
                _ => (),
            }
        }
        Ok(raw)
    }

    fn key(&self, mode: &mut ParseMode) -> Result<KeyUri, InvalidKeyUri> {
        let label = self.label(mode)?;
        let kind = warn_uncommon(self.kind()?, mode);
        let secret = self.secret.filter(|secret| !secret.is_empty());
        let secret = read_secret_bytes(secret.ok_or(InvalidKeyUri::SecretMissing)?, mode)?;
        KeyUri::of(kind, label, secret, mode)
    }

    /// Returns the label. The name of an entry may contain the issuer before a colon.
    fn label(&self, mode: &mut ParseMode) -> Result<Label, InvalidKeyUri> {
        let name = self.name.unwrap_or_default();
        let (prefix, account) = match name.split_once(':') {
            Some((prefix, account)) => (Some(prefix.into()), account),
            None => (None, name),
        };
        let issuer = self.issuer.filter(|issuer| !issuer.is_empty()).map(String::from);
        Label::resolve(prefix, issuer, account.into(), mode)
    }

    /// Reads the kind of codes and their parameters (STD K-30).
    ///
    /// A missing field means 0. For example, the app omits a counter of 0.
    fn kind(&self) -> Result<KeyKind, InvalidKeyUri> {
        let algorithm = match self.algorithm.unwrap_or_default() {
            0 | 1 => Algorithm::Sha1,
            2 => Algorithm::Sha256,
            3 => Algorithm::Sha512,
            // 4 is MD5.
            _ => return Err(InvalidKeyUri::Algorithm),
        };
        let digits = match self.digits.unwrap_or_default() {
            0 | 1 => Digits::Six,
            2 => Digits::Eight,
            3 => Digits::Seven,
            _ => return Err(InvalidParameter::Digits.into()),
        };
        match self.kind.unwrap_or_default() {
            1 => {
                let counter = self.counter.unwrap_or_default();
                // The field is signed: a number with its highest bit set is negative.
                if i64::try_from(counter).is_err() {
                    return Err(InvalidKeyUri::Counter);
                }
                Ok(KeyKind::Hotp { algorithm, digits, counter: Step::new(counter) })
            }
            // The format has no field for the period, which is 30 seconds. The app reads an
            // unspecified type as TOTP.
            0 | 2 => Ok(KeyKind::Totp(
                TotpParameters::new().with_algorithm(algorithm).with_digits(digits),
            )),
            _ => Err(InvalidKeyUri::Kind),
        }
    }
}
