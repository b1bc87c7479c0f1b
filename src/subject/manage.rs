//! Taking factors away. Adding them is in `enroll`.

use super::{
    Authority, Decision, Subject,
    state::{FactorSummary, ProvenAddress},
};
use crate::{
    Address, Purpose,
    event::Event,
    factor::FactorKind,
    id::ItemId,
    message::Channel,
    verdict::{Denial, Reason},
};

/// One factor of a subject, by name.
///
/// # Example
///
/// ```
/// use second_factor::{Address, subject::Factor};
///
/// let phone = Address::phone("+14155550100")?;
/// assert_eq!(format!("{:?}", Factor::Address(&phone)), "Address(Address(phone))");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Factor<'a> {
    /// This proven address.
    Address(&'a Address),
    /// The authenticator app.
    Totp,
    /// The backup codes, all of them.
    BackupCodes,
    /// The PIN.
    Pin,
    /// The security key of this name.
    SecurityKey(ItemId),
    /// The token.
    Hotp,
}

/// Whether codes go to a number by WhatsApp too.
///
/// # Example
///
/// ```
/// use second_factor::subject::WhatsApp;
///
/// assert_ne!(WhatsApp::Allowed, WhatsApp::Forbidden);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is the one or the other")]
pub enum WhatsApp {
    /// They may.
    Allowed,
    /// They may not. The default for every number.
    Forbidden,
}

impl Subject<'_> {
    /// Removes a factor that is not the last, and ends what was proven before.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, no such factor, or it is the last one.
    pub fn revoke(mut self, authority: &Authority, factor: Factor<'_>) -> Decision<()> {
        self.check_authority(authority)?;
        let was_protected = self.state.factors.protect();
        let factors = &mut self.state.factors;
        let kind = match factor {
            Factor::Totp => factors.totp.take().map(|_| FactorKind::Totp),
            Factor::BackupCodes => factors.backup.take().map(|_| FactorKind::BackupCode),
            Factor::Pin => factors.pin.take().map(|_| FactorKind::Pin),
            Factor::SecurityKey(id) => {
                let keys = factors.security_keys.take().map(|keys| keys.without(&id));
                let (left, was_there) = keys.unwrap_or((None, false));
                factors.security_keys = left;
                was_there.then_some(FactorKind::SecurityKey)
            }
            Factor::Hotp => factors.hotp.take().map(|_| FactorKind::Hotp),
            Factor::Address(address) => {
                let stood = factors.addresses.len();
                factors.addresses.retain(|proven| proven.address != *address);
                // STD N-55: the address that goes hears of it too.
                self.gone.push(address.clone());
                (factors.addresses.len() < stood).then(|| address.kind().into())
            }
        };
        let Some(kind) = kind else {
            return Err(Denial::new(Reason::NotFound));
        };
        // What is left must protect, and must be able to sign in: else its owner is locked out.
        let allowed = self.policy.factor_set(Purpose::SignIn);
        let can_sign_in = |left: FactorSummary<'_>| {
            left.protects
                && left.kind.can_be_only_factor()
                && allowed.contains(left.kind)
                && !left.is_disabled()
        };
        if kind.can_be_only_factor() && was_protected && !self.state.factors.each().any(can_sign_in)
        {
            return Err(Denial::new(Reason::LastFactor));
        }
        self.advance_epoch();
        self.events.push(Event::FactorRemoved(kind));
        Ok(self.commit(Ok(())))
    }

    /// Lets codes go to a proven number by WhatsApp too, or no longer.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, or no such number.
    pub fn set_whatsapp(
        mut self,
        authority: &Authority,
        number: &Address,
        wish: WhatsApp,
    ) -> Decision<()> {
        self.check_authority(authority)?;
        let reached = |proven: &&mut ProvenAddress| {
            proven.address == *number && Channel::WhatsApp.reaches(number.kind())
        };
        let mut addresses = self.state.factors.addresses.iter_mut();
        let proven = addresses.find(reached).ok_or(Denial::new(Reason::NotFound))?;
        proven.takes_whatsapp = wish == WhatsApp::Allowed;
        self.events.push(match wish {
            WhatsApp::Allowed => Event::ChannelAllowed(Channel::WhatsApp),
            WhatsApp::Forbidden => Event::ChannelForbidden(Channel::WhatsApp),
        });
        // What is on its way by a channel that is forbidden now is void.
        self.state.challenges.clear();
        self.state.registering.open = None;
        self.state.registering.lease = None;
        Ok(self.commit(Ok(())))
    }

    /// Turns two-factor off: removes every factor. The record stays.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right.
    pub fn turn_off(mut self, authority: &Authority) -> Decision<()> {
        self.check_authority(authority)?;
        self.drop_factors();
        self.events.push(Event::TurnedOff);
        Ok(self.commit(Ok(())))
    }

    /// Removes every factor; the addresses among them hear of it.
    pub(super) fn drop_factors(&mut self) {
        let factors = core::mem::take(&mut self.state.factors);
        self.gone.extend(factors.addresses.into_iter().map(|proven| proven.address));
        self.advance_epoch();
    }

    /// Voids every right, challenge and enrollment that was given before.
    pub(super) fn advance_epoch(&mut self) {
        self.state.epoch = self.state.epoch.wrapping_add(1);
        self.state.challenges.clear();
        self.state.enrollments.clear();
        self.state.partial_proofs.clear();
        self.state.registering.open = None;
        self.state.registering.lease = None;
        // Whoever registers next is a new device, be it the one that registered last.
        self.state.registering.forget_client();
        self.state.ceremonies.clear();
        self.state.lease = None;
        self.state.devices.clear();
        self.state.sign_in_requests.cancel();
    }
}
