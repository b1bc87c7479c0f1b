//! Invalidation of rolled-back state after a restore.

use crate::{
    event::Event,
    factor::FactorKind,
    subject::{
        decision::{
            subject::{RolledBack, Subject},
            transition::Transition,
        },
        factor::backup_code,
    },
};

impl RolledBack<'_> {
    /// Accepts the record, as [`Subject::after_restore`] does.
    ///
    /// The next version of the record is higher than every lost version.
    pub fn after_restore(self) -> Transition<()> {
        self.0.after_restore()
    }
}

/// Invalidates state that restoring a backup may have rolled back.
pub(super) fn invalidate(mut subject: Subject<'_>) -> Transition<()> {
    if subject.context.version.is_none() {
        return subject.decoy(Ok(()));
    }
    subject.bind("restore", &[]);
    let now = subject.now();
    subject.state.begin_quarantine_with_trusted_device(now);
    subject.state.end_devices(&mut subject.moment);
    // Ceremonies without a subject, and so without an epoch, may have been accepted since the backup.
    subject.state.ceremonies.end_until(now);
    // FAILURES 119: codes that were used since the backup would be valid again.
    if backup_code::remove(&mut subject.state.factors) {
        subject.report(Event::FactorRemoved(FactorKind::BackupCode));
    }
    let hotp = subject.state.factors.hotp.as_mut();
    if let Some(hotp) = hotp.filter(|hotp| !hotp.is_retired) {
        // Neither support nor a success elsewhere must enable it: codes that were used since would be
        // valid again.
        hotp.is_retired = true;
        subject.report(Event::FactorDisabled(FactorKind::Hotp));
    }
    subject.report(Event::SignedOutEverywhere);
    subject.commit(Ok(()))
}
