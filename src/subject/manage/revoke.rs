//! Removal of factors.

use crate::{
    factor::{FactorKind, FactorSet},
    id::ItemId,
    subject::{
        decision::subject::Subject,
        factor::{backup_code, hotp, pin, security_key, sent_code, totp},
        record::{factors::Factors, outbox::RemovedAddress, quarantine::Quarantined},
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
    /// Codes must not be sent by WhatsApp. This is the default of every number.
    Forbidden,
}

/// Removes the factor with this id; returns its kind, and its address if it is one.
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
        FactorKind::SecurityKey => security_key::remove(factors, id),
        // It is no factor of its own: the trusted devices answer it.
        FactorKind::SignInRequest => false,
        FactorKind::Totp => totp::remove(factors),
    };
    was_there.then_some((kind, removed))
}

/// Removes every factor. The removed addresses are notified.
pub(crate) fn remove_all(subject: &mut Subject<'_>) {
    let factors = core::mem::take(&mut subject.state.factors);
    subject.effects.removed.extend(factors.addresses.iter().map(RemovedAddress::of));
    subject.state.quarantines.end(Quarantined::FirstFactor);
    subject.state.advance_epoch(&mut subject.moment);
}

/// Whether one of these factors protects and can sign in, of the `allowed` kinds.
pub(crate) fn can_sign_in(factors: &Factors, allowed: FactorSet) -> bool {
    factors.each().any(|one| {
        one.protects
            && one.kind.can_be_only_factor()
            && allowed.contains(one.kind)
            && !one.is_disabled()
    })
}
