//! Invalidation of rolled-back state after a restore.

use crate::{
    event::Event,
    factor::FactorKind,
    subject::{decision::subject::Subject, factor::backup_code},
};

/// Invalidates state that restoring a backup may have rolled back.
pub(crate) fn invalidate(subject: &mut Subject<'_>) {
    let now = subject.now();
    subject.state.begin_quarantine_beside_devices(now);
    subject.state.advance_epoch();
    // Ceremonies without a subject have no epoch, and may have been accepted since the backup.
    subject.state.ceremonies.end_until(now);
    // The epoch is random, because the next one may already have been in use at the restore.
    subject.state.epoch = u64::from_be_bytes(subject.moment.bytes());
    // FAILURES 119: codes that were used since the backup would be valid again.
    if backup_code::remove(&mut subject.state.factors) {
        subject.report(Event::FactorRemoved(FactorKind::BackupCode));
    }
    let hotp = subject.state.factors.hotp.as_mut();
    if let Some(hotp) = hotp.filter(|hotp| !hotp.limiter.is_disabled) {
        // Support must not enable it, because codes that were used since would be valid again.
        hotp.limiter.retire();
        subject.report(Event::FactorDisabled(FactorKind::Hotp));
    }
    subject.report(Event::SignedOutEverywhere);
}
