//! What a record that came out of a backup may have wrong is given up.

use super::{Subject, Transition};
use crate::{FactorKind, event::Event};

impl Subject<'_> {
    /// Gives up what a record from a backup cannot know: which backup codes were used since, how far a
    /// token has counted, which devices and rights were taken back.
    pub fn after_restore(mut self) -> Transition<()> {
        if self.version.is_none() {
            return self.decoy(Ok(()));
        }
        self.begin_quarantine_beside_devices();
        self.advance_epoch();
        // Not the next one: under that, rights may have been given after the backup was made.
        self.state.epoch = u64::from_be_bytes(self.moment.bytes());
        // FAILURES 119: what was used since would be right again.
        let factors = &mut self.state.factors;
        if factors.backup.take().is_some() {
            self.events.push(Event::FactorRemoved(FactorKind::BackupCode));
        }
        if let Some(token) = factors.hotp.as_mut().filter(|token| !token.limiter.is_disabled()) {
            token.limiter.disable();
            self.events.push(Event::FactorDisabled(FactorKind::Hotp));
        }
        self.events.push(Event::SignedOutEverywhere);
        self.commit(Ok(()))
    }
}
