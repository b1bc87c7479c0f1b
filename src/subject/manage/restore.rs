//! Invalidation of state that a restored backup may have rolled back.

use crate::{
    FactorKind,
    event::Event,
    subject::{decision::subject::Subject, factor::backup_code},
};

pub(crate) fn invalidate(subject: &mut Subject<'_>) {
    let now = subject.now();
    subject.state.begin_quarantine_beside_devices(now);
    subject.state.advance_epoch();
    // Not the next one: permissions of that epoch may have been given after the backup was made.
    subject.state.epoch = u64::from_be_bytes(subject.moment.bytes());
    // FAILURES 119: codes that were used since would be valid again.
    if backup_code::remove(&mut subject.state.factors) {
        subject.report(Event::FactorRemoved(FactorKind::BackupCode));
    }
    let hotp = subject.state.factors.hotp.as_mut();
    if let Some(hotp) = hotp.filter(|hotp| !hotp.limiter.is_disabled) {
        hotp.limiter.is_disabled = true;
        subject.report(Event::FactorDisabled(FactorKind::Hotp));
    }
    subject.report(Event::SignedOutEverywhere);
}
