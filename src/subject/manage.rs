//! Management of factors.

pub(crate) mod authority;
pub(crate) mod enroll;
pub(crate) mod import;
pub(crate) mod permissions;
pub(crate) mod reset;
mod restore;
pub(crate) mod revoke;
pub(crate) mod trust;

use alloc::vec::Vec;

use self::{
    authority::{Authority, Enroller},
    enroll::{Account, Enrollment},
    import::Import,
    permissions::{
        check_authority, check_drawn_for, check_enroller, check_has_factor, check_kind, check_pin,
    },
    reset::Reset,
    revoke::{Factor, WhatsApp},
};
use super::{
    decision::{
        subject::Subject,
        transition::{Decision, Transition},
    },
    factor::{
        backup_code::{self, BackupCodes},
        hashing::{Drawn, Hashed},
        hotp::{self, HotpToken},
        pin::{self, new_pin::NewPin},
        security_key::{
            self,
            ceremony::{Ceremony, SecurityKey},
            input::CeremonyState,
        },
        totp,
    },
    record::{
        addresses::ProvenAddress,
        backup_set::StoredBackupCode,
        fields::Id,
        lifetime::{Cooldown, Lifetime},
        limiter::Counter,
    },
};
use crate::{
    Address, FactorKind, Handle, Purpose, UnixTime,
    event::Event,
    id::HandleKind,
    message::{Channel, Sender},
    otp::KeyUri,
    verdict::{Denial, Reason, Recognized},
};

/// Enrollment.
impl Subject<'_> {
    /// Begins the enrollment of an authenticator app.
    ///
    /// An app that is enrolled already remains valid until the new one is confirmed
    /// ([FAILURES 67](crate::manual::threats)).
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or the policy does not allow TOTP.
    #[expect(clippy::missing_panics_doc, reason = "what is expected cannot fail")]
    pub fn enroll_totp(
        mut self,
        enroller: &Enroller,
        sender: &Sender,
        account: &Account,
    ) -> Decision<Enrollment> {
        check_enroller(&self, enroller)?;
        check_kind(&self, FactorKind::Totp)?;
        let parameters = self.policy().totp();
        let (factor, secret) = totp::begin(parameters, &mut self.moment);
        let uri = KeyUri::totp(sender.issuer(), &account.0, &secret, parameters)
            .expect("`Sender`, `Account` and `Policy` accept nothing that a URI refuses");
        let id: Id = self.moment.bytes().into();
        let now = self.now();
        self.state.put_enrollment(id, factor, enroller.has_pin(), now);
        let handle = Handle::new(HandleKind::Enrollment, *id);
        Ok(self.commit(Ok(Enrollment { handle, uri })))
    }

    /// Begins the enrollment of a HOTP token.
    ///
    /// A token that is enrolled already remains valid until the new one is confirmed.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or the policy does not allow HOTP.
    pub fn enroll_hotp(mut self, enroller: &Enroller, token: &HotpToken) -> Decision<Handle> {
        check_enroller(&self, enroller)?;
        check_kind(&self, FactorKind::Hotp)?;
        let id: Id = self.moment.bytes().into();
        let now = self.now();
        self.state.put_enrollment(id, hotp::begin(token), enroller.has_pin(), now);
        Ok(self.commit(Ok(Handle::new(HandleKind::Enrollment, *id))))
    }

    /// Begins the enrollment of a security key.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the enroller lacks permission, or the subject has as many keys as it
    /// may have.
    pub fn enroll_security_key(
        mut self,
        enroller: &Enroller,
        state: &CeremonyState,
    ) -> Decision<Ceremony> {
        check_enroller(&self, enroller)?;
        check_kind(&self, FactorKind::SecurityKey)?;
        // The confirmation need not check this again: only one enrollment of a key is open.
        if security_key::is_full(&self.state.factors) {
            return Err(Denial::new(Reason::TooMany));
        }
        let (client, with_pin) = (self.context.client, enroller.has_pin());
        let moment = &mut self.moment;
        let open = security_key::begin(Purpose::Enroll, state, client, with_pin, moment);
        let shown = security_key::shown(&open, self.security_keys());
        self.state.ceremonies.put(open);
        Ok(self.commit(Ok(shown)))
    }
}

/// Security keys.
impl Subject<'_> {
    /// Returns the enrolled security keys, including keys that cannot be used now.
    #[must_use]
    pub fn security_keys(&self) -> Vec<SecurityKey> {
        security_key::enrolled(&self.state.factors)
    }

    /// Begins a ceremony in which a security key is to prove something.
    ///
    /// It replaces an earlier one. For a subject without keys that can answer, it returns a
    /// ceremony without keys, and stores nothing.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the policy does not allow security keys for `purpose`, they are
    /// locked, or too many ceremonies were begun.
    pub fn begin_security_key(
        mut self,
        purpose: Purpose,
        state: &CeremonyState,
    ) -> Decision<Ceremony> {
        let admission = self.admit(FactorKind::SecurityKey, purpose, Counter::SecurityKey)?;
        let (now, client) = (self.now(), self.context.client);
        if let Some(until) = self.state.ceremonies.backoff.waits_until(now) {
            return Err(Denial::until(Reason::TooSoon, until));
        }
        let open = security_key::begin(purpose, state, client, false, &mut self.moment);
        if admission.refusal.is_some() {
            return Ok(self.decoy(Ok(security_key::shown(&open, Vec::new()))));
        }
        let shown = security_key::shown(&open, self.security_keys());
        let next = security_key::next_backoff(&self.state.ceremonies.backoff, now);
        self.state.ceremonies.backoff = next;
        self.state.ceremonies.put(open);
        Ok(self.commit(Ok(shown)))
    }

    /// Returns an open ceremony, with the keys that are enrolled now. It stays open.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if there is no ceremony of this handle, it has expired, or it was begun
    /// by a different client.
    pub fn ceremony(&self, handle: &Handle) -> Result<Ceremony, Denial> {
        let found = self.state.ceremonies.find(handle).ok_or(Denial::new(Reason::NotFound))?;
        let caller = self.caller(found.purpose);
        match caller.refusal(found.purpose, &found.client, &found.lifetime) {
            Some(reason) => Err(Denial::new(reason)),
            None => Ok(security_key::shown(found, self.security_keys())),
        }
    }
}

/// Backup codes.
impl Subject<'_> {
    /// Generates new backup codes.
    ///
    /// Nothing is written: hash them, then [install](Self::install_backup_codes) them.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, or no other factor is enrolled.
    pub fn draw_backup_codes(
        mut self,
        authority: &Authority,
    ) -> Result<Drawn<BackupCodes>, Denial> {
        check_authority(&self, authority)?;
        check_has_factor(&self)?;
        let (count, context) = (self.policy().backup_codes(), self.hash_context());
        Ok(backup_code::begin(count, &context, &mut self.moment))
    }

    /// Replaces all backup codes with new ones.
    ///
    /// # Errors
    ///
    /// As [`draw_backup_codes`](Self::draw_backup_codes), since the record may have changed; and
    /// [`Reason::Unauthorized`] if the codes were generated for a different subject.
    pub fn install_backup_codes(
        mut self,
        authority: &Authority,
        hashed: &Hashed<BackupCodes>,
    ) -> Decision<BackupCodes> {
        check_authority(&self, authority)?;
        check_has_factor(&self)?;
        check_drawn_for(&self, hashed)?;
        self.install_backup_set(backup_code::stored(&hashed.hashes).collect());
        Ok(self.commit(Ok(hashed.value.again())))
    }

    pub(in crate::subject) fn install_backup_set(&mut self, codes: Vec<StoredBackupCode>) {
        let now = self.now();
        let replaces = backup_code::confirm(&mut self.state.factors, codes, now);
        self.note_replaced(replaces, FactorKind::BackupCode);
    }
}

/// PIN.
impl Subject<'_> {
    /// Prepares a new PIN.
    ///
    /// Nothing is written: hash it, then [install](Self::install_pin) it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, the PIN is the end of a phone number
    /// of the subject ([`Reason::TooCommon`]), or the quarantine after a new device is not over
    /// ([`Reason::Quarantined`]). The quarantine applies to a first PIN that no `older` device
    /// confirms.
    pub fn draw_pin(
        mut self,
        authority: &Authority,
        pin: NewPin,
        older: Option<&Recognized>,
    ) -> Result<Drawn<NewPin>, Denial> {
        check_pin(&self, authority, &pin, older)?;
        let context = self.hash_context();
        Ok(pin::begin(pin, &context, &mut self.moment))
    }

    /// Sets the PIN, or changes it.
    ///
    /// # Errors
    ///
    /// As [`draw_pin`](Self::draw_pin), since the record may have changed; and
    /// [`Reason::Unauthorized`] if the PIN was prepared for a different subject.
    pub fn install_pin(
        mut self,
        authority: &Authority,
        older: Option<&Recognized>,
        hashed: &Hashed<NewPin>,
    ) -> Decision<()> {
        check_pin(&self, authority, &hashed.value, older)?;
        check_drawn_for(&self, hashed)?;
        let Some((_, hash)) = hashed.hashes.first() else {
            return Err(Denial::new(Reason::Unauthorized));
        };
        let now = self.now();
        let replaces = pin::confirm(&mut self.state.factors, hash.clone(), now);
        if !replaces {
            // FAILURES 109: once a PIN is set, nothing must change without it. An enrollment that
            // was begun before must not be completed.
            self.state.enrollments.clear();
            self.state.ceremonies.clear();
        }
        self.note_replaced(replaces, FactorKind::Pin);
        Ok(self.commit(Ok(())))
    }

    /// Starts the waiting period after which a forgotten PIN is removed.
    ///
    /// `partial` is the partial proof that waits for the PIN. The outcome is when the period ends. A
    /// second call changes nothing.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn begin_pin_reset(mut self, partial: &Handle) -> Decision<UnixTime> {
        let now = self.now();
        let Some(found) = self.state.partial_proof(HandleKind::PinDue, partial) else {
            return self.refuse(Reason::NotFound);
        };
        let caller = self.caller(found.purpose);
        if let Some(reason) = caller.refusal(found.purpose, &found.client, &found.lifetime) {
            return self.refuse(reason);
        }
        let Some(pin) = &mut self.state.factors.pin else {
            return self.refuse(Reason::NotEnrolled);
        };
        // FAILURES 110: a second request must neither shorten the wait nor restart it.
        if let Some(reset) = &pin.reset {
            let ends_at = reset.ends_at();
            return Ok(self.decoy(Ok(ends_at)));
        }
        let ends_at = pin::begin_reset(pin, now);
        self.report(Event::PinResetStarted(ends_at));
        Ok(self.commit(Ok(ends_at)))
    }
}

/// Removal.
impl Subject<'_> {
    /// Removes a factor, and ends what was proven before.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, there is no such factor, or it is
    /// the last one that can sign in ([`Reason::LastFactor`]).
    pub fn revoke(mut self, authority: &Authority, factor: Factor<'_>) -> Decision<()> {
        check_authority(&self, authority)?;
        let was_protected = self.state.factors.protect();
        if let Factor::Address(address) = factor {
            // STD N-55: the removed address is notified too.
            self.effects.removed.push(address.clone());
        }
        let removed = revoke::remove(&mut self.state.factors, factor);
        let kind = removed.ok_or(Denial::new(Reason::NotFound))?;
        // The factors that remain must protect and must be able to sign in, or the user is locked
        // out.
        let allowed = self.policy().factor_set(Purpose::SignIn);
        let is_locked_out = !revoke::can_sign_in(&self.state.factors, allowed);
        if kind.can_be_only_factor() && was_protected && is_locked_out {
            return Err(Denial::new(Reason::LastFactor));
        }
        self.state.advance_epoch();
        self.report(Event::FactorRemoved(kind));
        Ok(self.commit(Ok(())))
    }

    /// Sets whether codes may be sent to a proven number by WhatsApp.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission, or the number is not proven.
    pub fn set_whatsapp(
        mut self,
        authority: &Authority,
        number: &Address,
        setting: WhatsApp,
    ) -> Decision<()> {
        check_authority(&self, authority)?;
        let is_it = |proven: &&mut ProvenAddress| {
            proven.address == *number && Channel::WhatsApp.reaches(number.kind())
        };
        let mut addresses = self.state.factors.addresses.iter_mut();
        let proven = addresses.find(is_it).ok_or(Denial::new(Reason::NotFound))?;
        proven.takes_whatsapp = setting == WhatsApp::Allowed;
        self.report(match setting {
            WhatsApp::Allowed => Event::ChannelAllowed(Channel::WhatsApp),
            WhatsApp::Forbidden => Event::ChannelForbidden(Channel::WhatsApp),
        });
        // A code that was sent by a channel that is now forbidden must not be valid.
        self.state.challenges.clear();
        self.state.registration.end_code();
        Ok(self.commit(Ok(())))
    }

    /// Turns two-factor authentication off, by removing every factor. The record stays.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if the authority lacks permission.
    pub fn turn_off(mut self, authority: &Authority) -> Decision<()> {
        check_authority(&self, authority)?;
        revoke::remove_all(&mut self);
        self.report(Event::TurnedOff);
        Ok(self.commit(Ok(())))
    }

    /// Removes every factor on behalf of an administrator.
    ///
    /// A first factor can then be enrolled within the policy's
    /// [`reset_lifetime`](crate::Policy::reset_lifetime).
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn reset(mut self, reset: &Reset) -> Decision<()> {
        revoke::remove_all(&mut self);
        // The administrator has identified the user.
        self.state.quarantine = Cooldown::none();
        self.state.registration.quarantine = Cooldown::none();
        // PCI DSS 8.5.1 (STD M-03): a bypass must be limited in time. FAILURES 122: a forgotten
        // reset must not leave an account unprotected.
        self.state.reset = Some(Lifetime::new(self.now(), self.policy().reset_secs()));
        let (actor, reason) = (reset.actor().into(), reset.reason().into());
        self.report(Event::Reset { actor, reason });
        Ok(self.commit(Ok(())))
    }
}

/// Import and restore.
impl Subject<'_> {
    /// Prepares an import.
    ///
    /// Nothing is written: hash its backup codes, then [install](Self::install_import) it.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if something is enrolled already ([`Reason::Unauthorized`]), the policy
    /// does not allow one of the kinds ([`Reason::NotAllowed`]), or no factor could be the only one
    /// ([`Reason::NotEnrolled`]).
    pub fn draw_import(mut self, import: Import) -> Result<Drawn<Import>, Denial> {
        import::begin(&mut self, import)
    }

    /// Adds all factors of an import, or none.
    ///
    /// # Errors
    ///
    /// As [`draw_import`](Self::draw_import), since the record may have changed.
    pub fn install_import(mut self, hashed: &Hashed<Import>) -> Decision<()> {
        import::install(&mut self, hashed)?;
        // The user is not notified, having had all of these factors before.
        Ok(self.commit_silently(Ok(())))
    }

    /// Invalidates state that a restored backup may have rolled back.
    ///
    /// That is which backup codes were used, how far a HOTP token has counted, and which devices
    /// and permissions were revoked.
    pub fn after_restore(mut self) -> Transition<()> {
        if self.context.version.is_none() {
            return self.decoy(Ok(()));
        }
        restore::invalidate(&mut self);
        self.commit(Ok(()))
    }

    /// Reports a factor that was added or replaced.
    fn note_replaced(&mut self, replaces: bool, kind: FactorKind) {
        if replaces {
            // STD N-23: what was proven with the old one must not count any more.
            self.state.advance_epoch();
            self.report(Event::FactorReplaced(kind));
        } else {
            self.report(Event::FactorAdded(kind));
        }
    }
}
