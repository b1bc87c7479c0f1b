//! Removal of factors.

use alloc::string::String;

use super::{
    authority::{Authority, Permission},
    permissions::{check_authority, check_replacement},
};
use crate::{
    channel::Channel,
    denial::{Denial, Reason},
    event::Event,
    factor::{FactorKind, FactorSet},
    id::ItemId,
    purpose::Operation,
    subject::{
        decision::{subject::Subject, transition::Decision},
        factor::{backup_code, hotp, pin, security_key, sent_code, totp},
        record::{
            addresses::ProvenAddress, factors::Factors, outbox::RemovedAddress,
            quarantine::Quarantined,
        },
    },
};

/// Whether codes may be sent to a phone number by WhatsApp.
///
/// # Example
///
/// ```
/// use second_factor::status::WhatsApp;
///
/// assert_ne!(WhatsApp::Allowed, WhatsApp::Forbidden);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is the one or the other")]
pub enum WhatsApp {
    /// Codes may be sent by WhatsApp.
    Allowed,
    /// Codes must not be sent by WhatsApp. This is the default for every number.
    Forbidden,
}

/// Removes a factor or a trusted device.
pub(crate) fn revoke(
    mut subject: Subject<'_>,
    authority: &Authority,
    item: &ItemId,
) -> Decision<u64> {
    let Permission { operation, factors, .. } = check_replacement(&subject, authority)?;
    if subject.remove_device(item) {
        let epoch = subject.state.epoch;
        return Ok(subject.commit(Ok(epoch)));
    }
    let was_protected = subject.state.factors.protect();
    let label = label_of(&subject.state.factors, item);
    let removed = remove(&mut subject.state.factors, item);
    let (kind, address) = removed.ok_or(Denial::new(Reason::NotFound))?;
    // A factor that proved the recovery is not the lost one.
    if operation == Operation::Recover && factors.contains(kind) {
        return Err(Denial::new(Reason::Unauthorized));
    }
    // STD N-55: the removed address is notified too.
    subject.effects.removed.extend(address);
    // The remaining factors must protect and must be able to sign in. Otherwise, the user is
    // locked out.
    let allowed = subject.policy().factor_set(Operation::SignIn);
    let is_locked_out = !can_sign_in(&subject.state.factors, allowed);
    if kind.can_be_only_factor() && was_protected && is_locked_out {
        return Err(Denial::new(Reason::LastFactor));
    }
    subject.state.advance_epoch(&mut subject.moment);
    subject.effects.app_label = label;
    subject.report(Event::FactorRemoved(kind));
    let epoch = subject.state.epoch;
    Ok(subject.commit(Ok(epoch)))
}

/// Sets whether codes may be sent to a proven number by WhatsApp.
pub(crate) fn set_whatsapp(
    mut subject: Subject<'_>,
    authority: &Authority,
    number: &ItemId,
    setting: WhatsApp,
) -> Decision<()> {
    check_authority(&subject, authority)?;
    let is_it = |proven: &&mut ProvenAddress| {
        *proven.id == *number.as_bytes() && Channel::WhatsApp.reaches(proven.address.kind())
    };
    let mut addresses = subject.state.factors.addresses.iter_mut();
    let proven = addresses.find(is_it).ok_or(Denial::new(Reason::NotFound))?;
    proven.takes_whatsapp = setting == WhatsApp::Allowed;
    subject.report(match setting {
        WhatsApp::Allowed => Event::ChannelAllowed(Channel::WhatsApp),
        WhatsApp::Forbidden => Event::ChannelForbidden(Channel::WhatsApp),
    });
    // A code that was sent by a channel that is now forbidden must not stay valid.
    subject.state.challenges.clear();
    subject.state.registration.open.clear();
    Ok(subject.commit(Ok(())))
}

/// Turns two-factor authentication off by removing every factor.
pub(crate) fn turn_off(mut subject: Subject<'_>, authority: &Authority) -> Decision<u64> {
    check_authority(&subject, authority)?;
    remove_all(&mut subject);
    subject.report(Event::TurnedOff);
    let epoch = subject.state.epoch;
    Ok(subject.commit(Ok(epoch)))
}

/// Removes the factor with this id. Returns its kind, and its address if it has one.
pub(crate) fn remove(
    factors: &mut Factors,
    id: &ItemId,
) -> Option<(FactorKind, Option<RemovedAddress>)> {
    let proven = factors.addresses.iter().find(|proven| *proven.id == *id.as_bytes());
    let removed = proven.map(RemovedAddress::of);
    let found = factors.each().find(|factor| factor.id == *id)?;
    let (kind, address) = (found.kind, found.address.cloned());
    let was_there = match kind {
        FactorKind::BackupCode => backup_code::remove(factors),
        FactorKind::Email | FactorKind::Phone => {
            address.as_ref().is_some_and(|address| sent_code::remove(factors, address))
        }
        FactorKind::Hotp => hotp::remove(factors),
        FactorKind::Pin => pin::remove(factors),
        #[cfg(feature = "rehearsal")]
        FactorKind::Rehearsal => factors.rehearsal.take().is_some(),
        FactorKind::SecurityKey => security_key::remove(factors, id),
        // A sign-in request is not enrolled: it uses the trusted devices.
        FactorKind::SignInRequest => false,
        FactorKind::Totp => totp::remove(factors, id),
    };
    was_there.then_some((kind, removed))
}

/// Returns the name of the app with this id, if it has one.
fn label_of(factors: &Factors, id: &ItemId) -> Option<String> {
    let apps = factors.totp.as_ref()?;
    apps.apps().find(|app| app.id == *id)?.label.map(String::from)
}

/// Removes every factor. The removed addresses are notified.
pub(crate) fn remove_all(subject: &mut Subject<'_>) {
    let factors = core::mem::take(&mut subject.state.factors);
    subject.effects.removed.extend(factors.addresses.iter().map(RemovedAddress::of));
    subject.state.quarantines.end(Quarantined::FirstFactor);
    subject.state.end_devices(&mut subject.moment);
}

/// Returns whether one of these factors protects the subject and is allowed to sign in.
pub(crate) fn can_sign_in(factors: &Factors, allowed: FactorSet) -> bool {
    factors.each().any(|one| {
        one.protects
            && one.kind.can_be_only_factor()
            && allowed.contains(one.kind)
            && !one.is_disabled()
    })
}
