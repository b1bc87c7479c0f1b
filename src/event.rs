//! What happened, for the host's log and alarms. Nothing here is told to the person who asks.

use crate::{FactorKind, Purpose};

/// Something that happened to a subject and that its host should know.
///
/// Given to the [`Listener`](crate::host::Listener) after the write that it reports was committed.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, host::Event};
///
/// let event = Event::ReplayRefused(FactorKind::App);
/// assert!(!event.is_for_the_person(), "a double click is one too");
/// assert!(Event::FactorAdded(FactorKind::App).is_for_the_person());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A time in the record lay more than two minutes in the future. Lives were ended and waits
    /// begun again; check the clocks of your servers.
    ClockFault,
    /// A code was made for this purpose, and the carrier did not take it.
    CodeNotSent(Purpose),
    /// A code was sent, for this purpose.
    CodeSent(Purpose),
    /// A factor was confirmed and counts from now on.
    FactorAdded(FactorKind),
    /// Too many failures: the factor is refused until it is enrolled again (NIST SP 800-63B-4
    /// §3.2.2).
    FactorDisabled(FactorKind),
    /// Failures reached the number at which waiting begins, or grows.
    FactorLocked(FactorKind),
    /// A factor was removed. End the other sessions of the subject
    /// ([FAILURES 74](crate::manual::threats)).
    FactorRemoved(FactorKind),
    /// A factor was replaced by a new one of its kind. End the other sessions of the subject.
    FactorReplaced(FactorKind),
    /// A right code came a second time. Someone may have looked over a shoulder (NIST SP 800-63B-4
    /// §3.1.4.2).
    ReplayRefused(FactorKind),
    /// A right code came after wrong ones: how many (OWASP ASVS 5.0.0 6.3.5).
    SuccessAfterFailures(FactorKind, u32),
    /// Two-factor was turned off. End the other sessions of the subject.
    TurnedOff,
    /// A proof was accepted.
    Verified(FactorKind, Purpose),
    /// A proof was wrong, and counted. Whoever sent it had the first factor right.
    WrongProof(FactorKind),
}

impl Event {
    /// Whether the person should be told, by a way other than the one that was used.
    ///
    /// NIST SP 800-63B-4 §4.6; OWASP ASVS 5.0.0 6.3.7.
    #[must_use]
    pub const fn is_for_the_person(&self) -> bool {
        matches!(
            self,
            Self::FactorAdded(_)
                | Self::FactorDisabled(_)
                | Self::FactorLocked(_)
                | Self::FactorRemoved(_)
                | Self::FactorReplaced(_)
                | Self::TurnedOff
        )
    }
}
