//! Removal of factors.

use crate::{
    Address, FactorKind,
    factor::FactorSet,
    id::ItemId,
    subject::{
        decision::subject::Subject,
        factor::{backup_code, hotp, pin, security_key, sent_code, totp},
        record::factors::Factors,
    },
};

/// Names one factor of a subject.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Factor};
///
/// let phone = Address::phone("+14155550100")?;
/// assert_eq!(format!("{:?}", Factor::Address(&phone)), "Address(Address(phone))");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Factor<'a> {
    /// A proven address.
    Address(&'a Address),
    /// All backup codes.
    BackupCodes,
    /// The HOTP token.
    Hotp,
    /// The PIN.
    Pin,
    /// The security key with this id.
    SecurityKey(ItemId),
    /// The TOTP app.
    Totp,
}

/// Whether codes may be sent to a phone number by WhatsApp.
///
/// # Example
///
/// ```
/// use second_factor::sans_io::WhatsApp;
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

/// Removes a factor; returns its kind, or `None` if there is no such factor.
pub(crate) fn remove(factors: &mut Factors, factor: Factor<'_>) -> Option<FactorKind> {
    let (was_there, kind) = match factor {
        Factor::Address(address) => (sent_code::remove(factors, address), address.kind().into()),
        Factor::BackupCodes => (backup_code::remove(factors), FactorKind::BackupCode),
        Factor::Hotp => (hotp::remove(factors), FactorKind::Hotp),
        Factor::Pin => (pin::remove(factors), FactorKind::Pin),
        Factor::SecurityKey(id) => (security_key::remove(factors, &id), FactorKind::SecurityKey),
        Factor::Totp => (totp::remove(factors), FactorKind::Totp),
    };
    was_there.then_some(kind)
}

/// Removes every factor. The removed addresses are notified.
pub(crate) fn remove_all(subject: &mut Subject<'_>) {
    let factors = core::mem::take(&mut subject.state.factors);
    let addresses = factors.addresses.into_iter().map(|proven| proven.address);
    subject.effects.removed.extend(addresses);
    subject.state.advance_epoch();
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
