//! Moving in: factors that another application has had proven, put into an empty record at once.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    Decision, HotpToken, Subject,
    backup::{BackupCode, Hashing, canonical},
    enroll::most_of,
    limiter::Limiter,
    slow_hash::SlowHash,
    state::{HotpFactor, Times, TotpFactor},
};
use crate::{
    Address, FactorKind, Secret, UnixTime,
    event::Event,
    factor::FactorSet,
    id::RecordId,
    otp::{Step, Totp, TotpParameters},
    verdict::{Denial, Reason},
    wiped::Wiped,
};

/// The factors of one subject as another application had them, for
/// [`Verifier::import`](crate::Verifier::import).
///
/// # Example
///
/// ```
/// use second_factor::{Address, Secret, otp::TotpParameters, subject::Import};
///
/// # let row = ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "+14155550100", ["2b57-9f1c", "8d00-41aa"]);
/// let (secret, _forgiven) = Secret::import_base32(row.0)?;
/// let import = Import::new()
///     .app(&secret, TotpParameters::new(), None)?
///     .address(Address::phone(row.1)?)?
///     .backup_codes(row.2)?;
/// # let _ = import;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[must_use = "it imports nothing until it is given to a verifier"]
pub struct Import {
    app: Option<(Secret, TotpParameters, Option<Step>)>,
    token: Option<HotpToken>,
    addresses: Vec<Address>,
    /// In their one form.
    codes: Vec<Wiped<String>>,
    hashes: Vec<String>,
}

impl Import {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            app: None,
            token: None,
            addresses: Vec::new(),
            codes: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// And an address that was proven there by a code: a factor, or for email where the policy does
    /// not name it, for recovery.
    ///
    /// # Errors
    ///
    /// [`InvalidImport::Address`]: a subject has no room for it, has it already, or it is none that
    /// is proven by a code.
    pub fn address(mut self, address: Address) -> Result<Self, InvalidImport> {
        let of_its_kind = self.addresses.iter().filter(|other| other.kind() == address.kind());
        if of_its_kind.count() >= most_of(address.kind()) || self.addresses.contains(&address) {
            return Err(InvalidImport::Address);
        }
        self.addresses.push(address);
        Ok(self)
    }

    /// And an authenticator app. Given twice, the second counts.
    ///
    /// # Input
    ///
    /// `last`: the step of the last code that was accepted there, so that it is not right once more
    /// here; the time in seconds divided by the period, if it was kept as a time.
    ///
    /// # Errors
    ///
    /// [`InvalidImport::Start`]: its steps are counted from another time than the beginning of Unix
    /// time.
    pub fn app(
        mut self,
        secret: &Secret,
        parameters: TotpParameters,
        last: Option<Step>,
    ) -> Result<Self, InvalidImport> {
        if parameters.start() != UnixTime::from_secs(0) {
            return Err(InvalidImport::Start);
        }
        self.app = Some((secret.clone(), parameters, last));
        Ok(self)
    }

    /// And backup codes as they were printed. They are hashed before they are kept.
    ///
    /// # Input
    ///
    /// 6 or more letters and digits each, in any grouping; a code that comes twice counts once.
    /// Letters count in either case, and O as 0, I and L as 1.
    ///
    /// # Errors
    ///
    /// [`InvalidImport::BackupCode`], or [`InvalidImport::CodeCount`] for more than 20 with those
    /// before.
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

    /// And backup codes of which there is only a hash that the other application made.
    ///
    /// They are checked by [`LegacyHashes`](crate::host::LegacyHashes). What is typed reaches it
    /// if it could be a code at all: 6 to 100 letters, digits, hyphens and spaces.
    ///
    /// # Errors
    ///
    /// [`InvalidImport::CodeHash`] when one is empty or longer than 256 bytes, or
    /// [`InvalidImport::CodeCount`] for more than 20 with those before.
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

    /// And a token that counts, [with the counter](HotpToken::with_counter) that it has reached. Given
    /// twice, the second counts.
    pub fn token(mut self, token: HotpToken) -> Self {
        self.token = Some(token);
        self
    }

    fn check_count(&self) -> Result<(), InvalidImport> {
        if self.codes.len() + self.hashes.len() > MOST_CODES {
            return Err(InvalidImport::CodeCount);
        }
        Ok(())
    }

    /// The kinds of what can stand alone.
    fn kinds(&self) -> FactorSet {
        let app = self.app.iter().map(|_| FactorKind::Totp);
        let token = self.token.iter().map(|_| FactorKind::Hotp);
        let addresses = self.addresses.iter().map(|address| address.kind().into());
        app.chain(token).chain(addresses).fold(FactorSet::default(), FactorSet::with)
    }

    fn has_codes(&self) -> bool {
        !self.codes.is_empty() || !self.hashes.is_empty()
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").finish_non_exhaustive()
    }
}

impl Subject<'_> {
    /// Looks whether `import` may be put into the record. Nothing is written yet: hash its backup
    /// codes, then [`install`](Self::install_import) it.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: something is enrolled already ([`Reason::Unauthorized`]), the policy has no
    /// use for a kind among them ([`Reason::NotAllowed`]), or there is nothing that could stand
    /// alone ([`Reason::NotEnrolled`]).
    pub fn draw_import(mut self, import: Import) -> Result<DrawnImport, Denial> {
        self.check_import(&import)?;
        let hashing = import.codes.iter().map(|code| self.hashing(code)).collect();
        Ok(DrawnImport { record: self.record_id, hashing, import })
    }

    /// Puts all of an import into the record, or nothing.
    ///
    /// # Errors
    ///
    /// As [`draw_import`](Self::draw_import), since the record may have changed.
    pub fn install_import(mut self, hashed: &HashedImport) -> Decision<()> {
        let HashedImport { record, hashes, import } = hashed;
        if *record != self.record_id {
            return Err(Denial::new(Reason::Unauthorized));
        }
        self.check_import(import)?;
        let times = Times::new(self.now());
        // FAILURES 62: what was prepared before the first factor stood is gone with it.
        self.advance_epoch();
        self.state.registering.know();
        if let Some((secret, parameters, last)) = &import.app {
            let last = last.map(|last| last.min(self.newest_step(secret, *parameters)));
            let (secret, parameters, limiter) = (secret.clone(), *parameters, Limiter::new());
            self.state.factors.totp = Some(TotpFactor { secret, parameters, last, limiter, times });
            self.events.push(Event::FactorAdded(FactorKind::Totp));
        }
        if let Some(token) = &import.token {
            let (token, limiter, resync) = (token.0.clone(), Limiter::new(), Limiter::new());
            self.state.factors.hotp = Some(HotpFactor { token, limiter, resync, times });
            self.events.push(Event::FactorAdded(FactorKind::Hotp));
        }
        for address in &import.addresses {
            self.events.push(Event::FactorAdded(address.kind().into()));
            self.install_address(address.clone());
        }
        if import.has_codes() {
            let fresh = hashes.iter().map(|(selector, hash)| BackupCode::Fresh {
                selector: *selector,
                hash: hash.clone(),
            });
            let foreign = import.hashes.iter().cloned().map(BackupCode::Foreign);
            self.put_backup_codes(fresh.chain(foreign).collect());
        }
        // The person had all of this before: there is nothing to tell.
        Ok(self.commit_untold(Ok(())))
    }

    fn check_import(&self, import: &Import) -> Result<(), Denial> {
        self.require_record()?;
        // FAILURES 70: by the word of the host nothing is put beside what stands. An address for
        // recovery is something too, or a second run would add to the first.
        if self.state.factors.each().next().is_some() {
            return Err(Denial::new(Reason::Unauthorized));
        }
        let kinds = import.kinds();
        if kinds.is_empty() {
            return Err(Denial::new(Reason::NotEnrolled));
        }
        for kind in kinds.kinds() {
            self.check_kind_among(kind, kinds)?;
        }
        let protects = |kind| kind != FactorKind::Email || self.is_email_a_factor();
        if import.has_codes() && !kinds.kinds().any(protects) {
            return Err(Denial::new(Reason::NotEnrolled));
        }
        Ok(())
    }

    /// The newest step whose code anybody can have accepted by now.
    ///
    /// A last step beyond it was kept in other units, or by a clock that was wrong: taken as it is,
    /// it would refuse every code until it comes.
    fn newest_step(&self, secret: &Secret, parameters: TotpParameters) -> Step {
        let ahead = WIDEST_WINDOW * u64::from(parameters.period().as_secs());
        let totp = Totp::with(secret, parameters);
        totp.step(self.now().plus(ahead)).unwrap_or(Step::new(0))
    }
}

/// An import whose backup codes are to be hashed before they count: a slow hash each.
///
/// # Example
///
/// ```
/// use second_factor::subject::{DrawnImport, HashedImport};
///
/// fn elsewhere(drawn: DrawnImport) -> Option<HashedImport> {
///     std::thread::spawn(move || drawn.hash()).join().ok()?
/// }
/// # let _ = elsewhere;
/// ```
#[must_use = "an import that is not hashed and installed changes nothing"]
pub struct DrawnImport {
    record: RecordId,
    hashing: Vec<Hashing>,
    import: Import,
}

impl DrawnImport {
    /// Hashes them; `None` when there is no memory for it.
    #[must_use]
    pub fn hash(self) -> Option<HashedImport> {
        let hashes = self.hashing.iter().map(Hashing::hash).collect::<Option<_>>()?;
        Some(HashedImport { record: self.record, hashes, import: self.import })
    }
}

impl fmt::Debug for DrawnImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrawnImport").finish_non_exhaustive()
    }
}

/// An import that can be [installed](Subject::install_import), for the subject that it was drawn
/// for.
///
/// # Example
///
/// See [`DrawnImport`].
pub struct HashedImport {
    record: RecordId,
    hashes: Vec<(u8, SlowHash)>,
    import: Import,
}

impl fmt::Debug for HashedImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashedImport").finish_non_exhaustive()
    }
}

/// Why something cannot be imported.
///
/// # Example
///
/// ```
/// use second_factor::subject::{Import, InvalidImport};
///
/// assert_eq!(Import::new().backup_codes(["1234"]).unwrap_err(), InvalidImport::BackupCode);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidImport {
    /// There is no room for one more address of its kind, or it came twice, or it is not of a kind
    /// that is proven by a code.
    #[error("a subject has at most 3 phones and 2 emails, each once")]
    Address,
    /// A backup code could not be typed: it is too short, too long, or has other symbols.
    #[error("a backup code has 6 to 100 letters, digits, hyphens and spaces")]
    BackupCode,
    /// There are more backup codes than a subject has.
    #[error("a subject has at most 20 backup codes")]
    CodeCount,
    /// The hash of a backup code is empty or too long.
    #[error("the hash of a backup code has 1 to 256 bytes")]
    CodeHash,
    /// The steps of an app are counted from a start of their own.
    #[error("the steps of an authenticator app are counted from the beginning of unix time")]
    Start,
}

const MOST_CODES: usize = 20;
/// The long formats of password hashes with room to spare; a record has a bound (FAILURES 118).
const LONGEST_HASH: usize = 256;
/// In steps either side; nobody takes more.
const WIDEST_WINDOW: u64 = 2;
