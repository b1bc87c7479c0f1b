//! Management of factors.

pub(crate) mod authority;
pub(crate) mod enroll;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod operator;
pub(crate) mod permissions;
mod pin_changes;
#[cfg(feature = "rehearsal")]
mod rehearsal;
mod rename;
mod restore;
pub(crate) mod revoke;
pub(crate) mod support;
pub(crate) mod trust;

use alloc::vec::Vec;

use self::{
    authority::{Authority, Enroller, Grant},
    enroll::{Enrollment, TotpAccount},
    import::Import,
    permissions::{
        check_drawn_for, check_enroller, check_has_factor, check_kind, check_pin, check_replacement,
    },
    revoke::WhatsApp,
};
use super::{
    decision::{
        subject::Subject,
        transition::{Decision, Transition},
    },
    factor::{
        backup_code::{self, BackupCodes},
        hashing::{Drawn, Hashed},
        hotp::HotpToken,
        pin::{self, new_pin::NewPin},
        security_key::{
            self, NewCeremony,
            ceremony::{Ceremony, SecurityKey},
            input::CeremonyState,
            sealed::CeremonySubject,
        },
    },
    record::{
        backup_set::{Origin, StoredBackupCode},
        open_codes::EnrollmentBasis,
    },
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    first_factor::FirstFactor,
    id::{Handle, ItemId},
    keys::Generation,
    message::Sender,
    purpose::Operation,
    secret::SecretText,
    time::UnixTime,
};

/// Enrollment.
impl Subject<'_> {
    /// Begins the enrollment of a further authenticator app.
    ///
    /// The new app replaces the enrolled ones if the policy allows one app, or after a recovery
    /// that no app proved. The enrolled apps remain valid until the new one is confirmed ([FAILURES
    /// 67](crate::manual::threats)).
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or if the policy does not allow TOTP.
    /// Also returns one if the subject has the maximum number of apps, or if three other clients
    /// have a pending enrollment of an app.
    pub fn enroll_totp(
        self,
        enroller: &Enroller,
        sender: &Sender,
        account: &TotpAccount,
    ) -> Decision<Enrollment> {
        enroll::totp(self, enroller, sender, account)
    }

    /// Begins the enrollment of an HOTP token.
    ///
    /// An enrolled token remains valid until the new one is confirmed.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or if the policy does not allow HOTP.
    /// Also returns one if three other clients have a pending enrollment of a token.
    pub fn enroll_hotp(self, enroller: &Enroller, token: &HotpToken) -> Decision<Handle> {
        enroll::hotp(self, enroller, token)
    }

    /// Begins the enrollment of a security key, without a write.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or if the subject has the maximum
    /// number of keys.
    pub fn enroll_security_key(
        self,
        enroller: &Enroller,
        state: &CeremonyState,
    ) -> Result<Ceremony, Denial> {
        let basis = check_enroller(&self, enroller)?;
        check_kind(&self, FactorKind::SecurityKey)?;
        if security_key::is_full(&self.state.factors) {
            return Err(Denial::new(Reason::TooMany));
        }
        Ok(self.begin_ceremony(Operation::Enroll, state, None, Some(basis)))
    }
}

/// Grants.
impl Subject<'_> {
    /// Checks the operation and the age of a grant.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for [`Reason::Unauthorized`] if the grant is not for `operation`, or is
    /// more than `max_age` seconds old.
    pub fn check_grant(
        &self,
        grant: &Grant,
        operation: Operation,
        max_age: u32,
    ) -> Result<(), Denial> {
        permissions::check_grant(self, grant, operation, max_age)
    }
}

/// Security keys.
impl Subject<'_> {
    /// Returns the enrolled security keys, including keys that cannot be used now.
    #[must_use]
    pub fn security_keys(&self) -> Vec<SecurityKey> {
        security_key::enrolled(&self.state.factors)
    }

    /// Begins a ceremony in which a security key proves the user, without a write.
    ///
    /// If the subject has no keys, the ceremony has no keys and cannot succeed.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the policy does not allow security keys for `purpose`.
    pub fn begin_security_key(
        self,
        purpose: Operation,
        state: &CeremonyState,
    ) -> Result<Ceremony, Denial> {
        self.check_allowed(FactorKind::SecurityKey, purpose)?;
        let first_factor = self.first_factor_for(purpose);
        Ok(self.begin_ceremony(purpose, state, first_factor, None))
    }

    /// Opens a sealed ceremony, with the currently enrolled keys.
    ///
    /// A ceremony can be opened repeatedly.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if `text` is not a ceremony of this subject, has expired, was begun by
    /// a different client, or was accepted before.
    pub fn ceremony(&self, text: &str) -> Result<Ceremony, Denial> {
        let content = self.open_ceremony(text, None).map_err(Denial::new)?;
        Ok(Ceremony { text: SecretText::new(text.into()), content, keys: self.security_keys() })
    }

    fn begin_ceremony(
        mut self,
        purpose: Operation,
        state: &CeremonyState,
        first_factor: Option<FirstFactor>,
        basis: Option<EnrollmentBasis>,
    ) -> Ceremony {
        let (record, epoch) = ((*self.context.record_id.bytes()).into(), self.state.epoch);
        let (client, subject) =
            (self.context.ceremony_client.binding(), CeremonySubject { record, epoch, basis });
        let new = NewCeremony { purpose, state, client, subject: Some(subject), first_factor };
        let enrolled = self.security_keys();
        self.bind("security key", &[&[purpose.tag()][..], state.0.bytes()]);
        security_key::begin(new, enrolled, self.context.keys, &mut self.moment)
    }
}

/// Backup codes.
impl Subject<'_> {
    /// Generates new backup codes.
    ///
    /// Nothing is written. Hash the codes, then [install](Self::install_backup_codes) them.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, or if no other factor is enrolled.
    pub fn draw_backup_codes(
        mut self,
        authority: &Authority,
    ) -> Result<Drawn<BackupCodes>, Denial> {
        check_replacement(&self, authority)?;
        check_has_factor(&self)?;
        self.bind("backup codes", &[]);
        let (count, context) = (self.policy().backup_codes(), self.hash_context());
        Ok(backup_code::begin(count, &context, &mut self.moment))
    }

    /// Replaces all backup codes with new ones.
    ///
    /// # Errors
    ///
    /// The errors of [`draw_backup_codes`](Self::draw_backup_codes) can also occur here, because
    /// the record may have changed. Returns [`Reason::Unauthorized`] if the codes were generated
    /// for a different subject.
    pub fn install_backup_codes(
        mut self,
        authority: &Authority,
        hashed: &Hashed<BackupCodes>,
    ) -> Decision<BackupCodes> {
        check_replacement(&self, authority)?;
        check_has_factor(&self)?;
        check_drawn_for(&self, hashed)?;
        let codes = backup_code::stored(&hashed.hashes).collect();
        self.install_backup_set((hashed.generation, codes), Origin::Generated);
        Ok(self.commit(Ok(hashed.value.again())))
    }

    pub(in crate::subject) fn install_backup_set(
        &mut self,
        codes: (Generation, Vec<StoredBackupCode>),
        origin: Origin,
    ) {
        let now = self.now();
        let replaces = backup_code::confirm(&mut self.state.factors, codes, origin, now);
        self.note_replaced(replaces, FactorKind::BackupCode);
    }
}

/// PIN.
impl Subject<'_> {
    /// Checks a new PIN, and prepares it for hashing.
    ///
    /// Nothing is written. Hash the PIN, then [install](Self::install_pin) it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for one of these reasons:
    ///
    /// - [`Reason::Unauthorized`]: the authority lacks permission.
    /// - [`Reason::TooCommon`]: the PIN is the end of a phone number of the subject.
    /// - [`Reason::Quarantined`]: a first PIN cannot be set yet after a new device. A client that
    ///   presents a device can set it if the device has been trusted for longer than the
    ///   quarantine.
    pub fn draw_pin(mut self, authority: &Authority, pin: NewPin) -> Result<Drawn<NewPin>, Denial> {
        check_pin(&self, authority, &pin)?;
        self.bind("pin", &[pin.expose().as_bytes()]);
        let context = self.hash_context();
        Ok(pin::begin(pin, &context, &mut self.moment))
    }

    /// Sets or changes the PIN.
    ///
    /// # Errors
    ///
    /// The errors of [`draw_pin`](Self::draw_pin) can also occur here, because the record may have
    /// changed. Returns [`Reason::Unauthorized`] if the PIN was prepared for a different subject.
    pub fn install_pin(self, authority: &Authority, hashed: &Hashed<NewPin>) -> Decision<u64> {
        pin_changes::install(self, authority, hashed)
    }

    /// Starts the waiting period after which a forgotten PIN is removed.
    ///
    /// `partial` is the partial proof that is waiting for the PIN. The outcome is the time at which
    /// the period ends. A second call changes nothing. After a cancelled period, another one can
    /// begin only a week later.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn begin_pin_reset(self, partial: &Handle) -> Decision<UnixTime> {
        pin_changes::begin_reset(self, partial)
    }
}

/// Removal.
impl Subject<'_> {
    /// Removes a factor or a trusted device.
    ///
    /// Removing a factor revokes all earlier proofs. The outcome is the epoch of the subject.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, there is no such item, or it is the
    /// last factor that can sign in ([`Reason::LastFactor`]).
    pub fn revoke(self, authority: &Authority, item: &ItemId) -> Decision<u64> {
        revoke::revoke(self, authority, item)
    }

    /// Names an authenticator app, a security key or a known device.
    ///
    /// The name is truncated to 64 characters, without invisible ones.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, if the truncated name is empty, or
    /// if there is no such item.
    pub fn rename(self, authority: &Authority, item: &ItemId, name: &str) -> Decision<()> {
        rename::rename(self, authority, item, name)
    }

    /// Sets whether codes may be sent to a proven number by WhatsApp.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, or if the number is not proven.
    pub fn set_whatsapp(
        self,
        authority: &Authority,
        number: &ItemId,
        setting: WhatsApp,
    ) -> Decision<()> {
        revoke::set_whatsapp(self, authority, number, setting)
    }

    /// Turns two-factor authentication off by removing every factor.
    ///
    /// The record remains.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission.
    pub fn turn_off(self, authority: &Authority) -> Decision<u64> {
        revoke::turn_off(self, authority)
    }
}

/// Import and restore.
impl Subject<'_> {
    /// Checks an import, and prepares it for hashing.
    ///
    /// Nothing is written. Hash the backup codes of the import, then
    /// [install](Self::install_import) it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] for one of these reasons:
    ///
    /// - [`Reason::Unauthorized`]: the subject was in use before.
    /// - [`Reason::NotAllowed`]: the policy does not allow one of the kinds.
    /// - [`Reason::NotEnrolled`]: no imported factor could be the only one.
    /// - [`Reason::TooMany`]: the policy allows fewer authenticator apps.
    pub fn draw_import(mut self, import: Import) -> Result<Drawn<Import>, Denial> {
        self.bind("import", &[]);
        import::begin(&mut self, import)
    }

    /// Adds all factors of an import, or none of them.
    ///
    /// # Errors
    ///
    /// The errors of [`draw_import`](Self::draw_import) can also occur here, because the record may
    /// have changed.
    pub fn install_import(mut self, hashed: &Hashed<Import>) -> Decision<()> {
        import::install(&mut self, hashed)?;
        // The user is not notified, because the user had all of these factors before.
        Ok(self.commit_silently(Ok(())))
    }

    /// Invalidates state that restoring a backup may have rolled back.
    ///
    /// This state is the used backup codes, the counter of an HOTP token, and the revoked devices
    /// and permissions.
    pub fn after_restore(self) -> Transition<()> {
        restore::invalidate(self)
    }

    /// Reports a factor that was added or replaced.
    fn note_replaced(&mut self, replaces: bool, kind: FactorKind) {
        if replaces {
            // STD N-23: what was proven with the old one must not count any more.
            if kind == FactorKind::BackupCode {
                // It ends no session: the user who prints new codes is signed in. Permissions by an
                // old code end by their time.
                self.state.end_trust();
            } else {
                self.state.advance_epoch(&mut self.moment);
            }
            self.report(Event::FactorReplaced(kind));
        } else {
            self.report(Event::FactorAdded(kind));
        }
    }
}
