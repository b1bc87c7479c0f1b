//! Import of factors from another application.

use alloc::{boxed::Box, string::String, vec::Vec};

use subtle::ConstantTimeEq as _;

use super::{
    enroll::label_of,
    permissions::{check_drawn_for, check_kind_among, most_of},
};
use crate::{
    address::{Address, AddressKind},
    denial::{Denial, Reason},
    event::Event,
    factor::{FactorKind, FactorSet},
    otp::{Step, Totp, TotpParameters},
    policy::{MAX_SECURITY_KEYS, MAX_TOTP_APPS},
    secret::Secret,
    subject::{
        decision::subject::Subject,
        factor::{
            backup_code::{self, canonical},
            hashing::{Drawn, Hashed},
            hotp::{self, HotpToken},
            security_key::{self, input::NewSecurityKey},
            totp::{self, ConfirmedApp, EarlierApps},
        },
        record::{
            addresses::{ProvenAddress, RestsOn},
            backup_set::{Origin, StoredBackupCode},
        },
    },
    time::UnixTime,
    wiped::Wiped,
};

/// The factors that a subject had in another application.
///
/// Pass them to [`Verifier::import`](crate::verifier::Operations::import).
///
/// # Example
///
/// ```
/// use second_factor::{Address, Secret, enrollment::Import, otp::TotpParameters};
///
/// # let row = ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "+14155550100", ["2b57-9f1c", "8d00-41aa"]);
/// let secret = Secret::import_base32(row.0)?;
/// let import = Import::new()
///     .totp(&secret, TotpParameters::new(), None)?
///     .address(Address::phone(row.1)?)?
///     .backup_codes(row.2)?;
/// # let _ = import;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[must_use = "it has no effect until it is passed to a verifier"]
pub struct Import {
    apps: Vec<ImportedTotp>,
    hotp: Option<HotpToken>,
    addresses: Vec<Address>,
    security_keys: Vec<NewSecurityKey>,
    /// The codes in canonical form.
    codes: Vec<Wiped<String>>,
    hashes: Vec<String>,
}

/// An authenticator app, and the step of the last accepted code.
struct ImportedTotp {
    secret: Box<Secret>,
    parameters: TotpParameters,
    last: Option<Step>,
    label: Option<String>,
}

impl Import {
    /// Creates an empty import.
    pub const fn new() -> Self {
        Self {
            apps: Vec::new(),
            hotp: None,
            addresses: Vec::new(),
            security_keys: Vec::new(),
            codes: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// Adds an address that the other application had proven by a code.
    ///
    /// The address becomes a factor. An email address becomes a recovery address if the policy does
    /// not allow email for signing in.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidImport::Address`] if there are too many addresses of this kind, or if this
    /// one was added before. Also returns it if a code cannot prove an address of this kind.
    pub fn address(mut self, address: Address) -> Result<Self, InvalidImport> {
        let of_its_kind = self.addresses.iter().filter(|other| other.kind() == address.kind());
        if of_its_kind.count() >= most_of(address.kind()) || self.addresses.contains(&address) {
            return Err(InvalidImport::Address);
        }
        self.addresses.push(address);
        Ok(self)
    }

    /// Adds backup codes in plaintext. Only their hashes are stored.
    ///
    /// # Input
    ///
    /// Each code has at least 6 letters and digits, in any grouping and case. O is read as 0, and I
    /// and L as 1. A duplicate is ignored.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidImport::BackupCode`] if a code is malformed, and
    /// [`InvalidImport::CodeCount`] if there are more than 20 codes in total.
    pub fn backup_codes<'a>(
        mut self,
        codes: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidImport> {
        for code in codes {
            let code = canonical(code).ok_or(InvalidImport::BackupCode)?;
            if self.codes.iter().all(|known| **known != *code) {
                self.codes.push(code);
            }
            self.check_count()?;
        }
        Ok(self)
    }

    /// Adds backup codes for which only hashes exist.
    ///
    /// Your application verifies the hashes through [`LegacyHashes`](crate::host::LegacyHashes),
    /// which receives input of 6 to 100 letters, digits, hyphens and spaces.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidImport::CodeHash`] if a hash is empty or longer than 256 bytes, and
    /// [`InvalidImport::CodeCount`] if there are more than 20 codes in total.
    pub fn hashed_backup_codes(
        mut self,
        hashes: impl IntoIterator<Item = String>,
    ) -> Result<Self, InvalidImport> {
        for hash in hashes {
            if !(1..=LONGEST_HASH).contains(&hash.len()) {
                return Err(InvalidImport::CodeHash);
            }
            if !self.hashes.contains(&hash) {
                self.hashes.push(hash);
            }
            self.check_count()?;
        }
        Ok(self)
    }

    /// Adds an HOTP token. A second call replaces the first.
    ///
    /// Set [its current counter](HotpToken::with_counter).
    pub fn hotp(mut self, token: HotpToken) -> Self {
        self.hotp = Some(token);
        self
    }

    /// Adds a security key or a passkey.
    ///
    /// # Input
    ///
    /// The credential is in the encoding of your WebAuthn crate. Construct it from the credential
    /// id, the COSE public key and the signature counter of the other application. A key answers
    /// only for the relying-party id with which it was registered, so your domain must stay the
    /// same.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidImport::SecurityKey`] if there are too many keys.
    pub fn security_key(mut self, key: NewSecurityKey) -> Result<Self, InvalidImport> {
        if self.security_keys.len() >= MAX_SECURITY_KEYS {
            return Err(InvalidImport::SecurityKey);
        }
        self.security_keys.push(key);
        Ok(self)
    }

    /// Names the authenticator app that was added last.
    ///
    /// The name is that of [`NewTotp::named`](crate::enrollment::NewTotp::named). Before an app was
    /// added, this method has no effect.
    pub fn named(mut self, label: &str) -> Self {
        if let Some(app) = self.apps.last_mut() {
            app.label = label_of(label);
        }
        self
    }

    /// Adds an authenticator app.
    ///
    /// The policy may [allow](crate::policy::PolicyBuilder::totp_apps) fewer apps than an import
    /// can contain.
    ///
    /// # Input
    ///
    /// `last`: the step of the last code that the other application accepted, so that the code is
    /// not accepted again. If the other application stored a time, divide its seconds by the
    /// period.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidImport::Start`] if the time steps do not start at the Unix epoch. Returns
    /// [`InvalidImport::Totp`] if there are more than 5 apps, or if another has the same secret.
    pub fn totp(
        mut self,
        secret: &Secret,
        parameters: TotpParameters,
        last: Option<Step>,
    ) -> Result<Self, InvalidImport> {
        if parameters.start() != UnixTime::from_secs(0) {
            return Err(InvalidImport::Start);
        }
        // Two apps with one secret are one app, whose codes would be accepted with the window of
        // both.
        let is_known =
            |app: &ImportedTotp| bool::from(app.secret.expose_bytes().ct_eq(secret.expose_bytes()));
        if self.apps.len() >= MAX_TOTP_APPS || self.apps.iter().any(is_known) {
            return Err(InvalidImport::Totp);
        }
        let secret = Box::new(secret.clone());
        self.apps.push(ImportedTotp { secret, parameters, last, label: None });
        Ok(self)
    }

    fn check_count(&self) -> Result<(), InvalidImport> {
        if self.codes.len() + self.hashes.len() > MOST_CODES {
            return Err(InvalidImport::CodeCount);
        }
        Ok(())
    }

    /// Returns the kinds of factors that can be a subject's only factor.
    fn kinds(&self) -> FactorSet {
        let totp = self.apps.iter().map(|_| FactorKind::Totp);
        let hotp = self.hotp.iter().map(|_| FactorKind::Hotp);
        let addresses = self.addresses.iter().map(|address| address.kind().into());
        let keys = self.security_keys.iter().map(|_| FactorKind::SecurityKey);
        totp.chain(hotp).chain(addresses).chain(keys).fold(FactorSet::default(), FactorSet::with)
    }

    fn has_codes(&self) -> bool {
        !self.codes.is_empty() || !self.hashes.is_empty()
    }
}

redacted!(Import);

/// Prepares the backup codes of an import for hashing.
pub(crate) fn begin(subject: &mut Subject<'_>, import: Import) -> Result<Drawn<Import>, Denial> {
    check(subject, &import)?;
    let (context, moment) = (subject.hash_context(), &mut subject.moment);
    let input = |code: &Wiped<String>| backup_code::hash_input(code, &context, moment);
    let inputs = import.codes.iter().map(input).collect();
    let (generation, _) = context.keys.newest_pepper();
    Ok(Drawn { record: context.record, generation, inputs, value: import })
}

/// Adds all factors of an import, or none of them.
pub(crate) fn install(subject: &mut Subject<'_>, hashed: &Hashed<Import>) -> Result<(), Denial> {
    check_drawn_for(subject, hashed)?;
    let Hashed { generation, hashes, value: import, .. } = hashed;
    check(subject, import)?;
    let now = subject.now();
    // FAILURES 62: what was prepared before the first factor ends with its enrollment.
    subject.state.end_devices(&mut subject.moment);
    make_room(subject, &import.addresses);
    subject.state.registration.is_known = true;
    for ImportedTotp { secret, parameters, last, label } in &import.apps {
        let last = last.map(|last| last.min(newest_step(secret, *parameters, now)));
        let (secret, parameters, label) = (secret.clone(), *parameters, label.clone());
        let app = ConfirmedApp { secret, parameters, last, label };
        let (factors, moment) = (&mut subject.state.factors, &mut subject.moment);
        totp::confirm(factors, app, EarlierApps::Stay, moment);
        subject.report(Event::FactorAdded(FactorKind::Totp));
    }
    if let Some(token) = &import.hotp {
        hotp::confirm(&mut subject.state.factors, token.0.clone(), None, now);
        subject.report(Event::FactorAdded(FactorKind::Hotp));
    }
    for key in &import.security_keys {
        security_key::confirm(&mut subject.state.factors, key, &mut subject.moment);
        subject.report(Event::FactorAdded(FactorKind::SecurityKey));
    }
    for address in &import.addresses {
        subject.report(Event::FactorAdded(address.kind().into()));
        subject.install_address(address.clone(), RestsOn::Proof);
    }
    if import.has_codes() {
        let legacy = import.hashes.iter().cloned().map(StoredBackupCode::Legacy);
        let codes = backup_code::stored(hashes).chain(legacy).collect();
        subject.install_backup_set((*generation, codes), Origin::Imported);
    }
    if subject.state.factors.protect() {
        subject.state.begin_epoch(&mut subject.moment);
        subject.begin_protection(RestsOn::Proof, &import.addresses);
    }
    subject.state.past.was_imported = true;
    Ok(())
}

/// Removes recovery addresses that would leave no room for imported addresses.
///
/// An attacker with the password may have proven them, and must not prevent an import.
fn make_room(subject: &mut Subject<'_>, imported: &[Address]) {
    let addresses = &mut subject.state.factors.addresses;
    for kind in [AddressKind::Email, AddressKind::Phone] {
        let new = imported.iter().filter(|address| address.kind() == kind).count();
        let is_other = |proven: &ProvenAddress| {
            proven.address.kind() == kind && !imported.contains(&proven.address)
        };
        while addresses.iter().filter(|proven| is_other(proven)).count() + new > most_of(kind) {
            let Some(place) = addresses.iter().position(is_other) else { break };
            addresses.remove(place);
            subject.effects.events.push(Event::FactorRemoved(kind.into()));
        }
    }
}

fn check(subject: &Subject<'_>, import: &Import) -> Result<(), Denial> {
    subject.require_record()?;
    // FAILURES 70: an assertion of the application must not add to enrolled factors. It must also
    // not restore removed ones, such as a stolen app or a used backup code.
    if subject.state.factors.protect() || subject.state.past.excludes_import() {
        return Err(Denial::new(Reason::Unauthorized));
    }
    let kinds = import.kinds();
    if kinds.is_empty() {
        return Err(Denial::new(Reason::NotEnrolled));
    }
    for kind in kinds.kinds() {
        check_kind_among(subject, kind, kinds)?;
    }
    if import.apps.len() > usize::from(subject.policy().totp_apps()) {
        return Err(Denial::new(Reason::TooMany));
    }
    let protects = |kind| kind != FactorKind::Email || subject.is_email_a_factor();
    if import.has_codes() && !kinds.kinds().any(protects) {
        return Err(Denial::new(Reason::NotEnrolled));
    }
    Ok(())
}

/// Returns the newest step whose code can have been accepted by now.
///
/// A later step is in other units or from an incorrect clock. It would cause every code to be
/// refused until that time.
fn newest_step(secret: &Secret, parameters: TotpParameters, now: UnixTime) -> Step {
    let ahead = WIDEST_WINDOW * u64::from(parameters.period().as_secs());
    Totp::with(secret, parameters).step(now.plus(ahead)).unwrap_or(Step::new(0))
}

/// The error returned when a factor cannot be imported.
///
/// # Example
///
/// ```
/// use second_factor::enrollment::{Import, InvalidImport};
///
/// assert_eq!(Import::new().backup_codes(["1234"]).unwrap_err(), InvalidImport::BackupCode);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidImport {
    /// The address cannot be added.
    ///
    /// There are too many addresses of its kind, it was added twice, or a code cannot prove an
    /// address of its kind.
    #[error("a subject has at most 3 phones and 2 emails, each once")]
    Address,
    /// A backup code is too short, too long, or contains characters other than letters and digits.
    #[error("a backup code has 6 to 100 letters, digits, hyphens and spaces")]
    BackupCode,
    /// There are too many backup codes.
    #[error("a subject has at most 20 backup codes")]
    CodeCount,
    /// The hash of a backup code is empty or too long.
    #[error("the hash of a backup code has 1 to 256 bytes")]
    CodeHash,
    /// There are too many security keys.
    #[error("a subject has at most 5 security keys")]
    SecurityKey,
    /// The time steps of an app do not start at the Unix epoch.
    #[error("the steps of an authenticator app must start at the unix epoch")]
    Start,
    /// There are too many authenticator apps, or two of them have one secret.
    #[error("a subject has at most 5 authenticator apps, each with its own secret")]
    Totp,
}

const MOST_CODES: usize = 20;
/// The maximum length of a hash, which is sufficient for every common password hash. The size of a
/// record is limited (FAILURES 118).
const LONGEST_HASH: usize = 256;
/// The largest window, in steps to either side.
const WIDEST_WINDOW: u64 = 2;
