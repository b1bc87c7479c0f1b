//! What happened, for the host's log and alarms. Nothing here is told to the person who asks.

use alloc::string::String;

use crate::{FactorKind, Purpose, UnixTime, channel::Channel, factor::FactorSet};

/// Something that happened to a subject and that its host should know.
///
/// Given to the [`Listener`](crate::host::Listener) after the write that it reports was committed.
///
/// # Source
///
/// NIST SP 800-63B-4 §4.1, §4.6; OWASP ASVS 5.0.0 6.3.5, 6.3.7, 16.3.1.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, host::Event};
///
/// let event = Event::ReplayRefused(FactorKind::Totp);
/// assert!(!event.is_for_the_user(), "a double click is one too");
/// assert!(Event::FactorAdded(FactorKind::Totp).is_for_the_user());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// So many backup codes are left, and no more: have the person make new ones.
    BackupCodesLow(u8),
    /// Codes may go to a number by this channel too, from now on.
    ChannelAllowed(Channel),
    /// Codes go to a number by this channel no longer.
    ChannelForbidden(Channel),
    /// A time in the record lay more than two minutes in the future. Lives were ended and waits
    /// begun again; check the clocks of your servers.
    ClockFault,
    /// The owner says that somebody else asked for a code: what was sent is void.
    CodeReportedUnrequested(Purpose),
    /// A carrier reported that a code which it took did not reach its address.
    CodeLost,
    /// A code was made for this purpose, and the carrier did not take it.
    CodeNotSent(Purpose),
    /// A code was sent, for this purpose.
    CodeSent(Purpose),
    /// A device is trusted from now on.
    DeviceAdded,
    /// A device is trusted no longer: signed out, or pushed out by the eleventh.
    DeviceRemoved,
    /// A device showed a token that had been replaced: there are two of it. It is trusted no longer.
    DeviceStolen,
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
    /// A code was sent, or a PIN asked for, and never answered: somebody had the factor before it
    /// right, and went no further (OWASP ASVS 5.0.0 6.3.5).
    SignInAbandoned(Purpose),
    /// The record was sealed under an older key, and now is under the newest.
    KeyRotated,
    /// The carrier did not take a notice for the person.
    NoticeNotSent,
    /// A factor was right, and the PIN is asked for now.
    PinRequested(Purpose),
    /// The PIN was removed: by the code sent to the recovery address, or because the wait was over.
    PinReset,
    /// Somebody asked to have the PIN removed; it will be at this time unless the owner cancels.
    PinResetStarted(UnixTime),
    /// The owner is still there: the PIN stays.
    PinResetCancelled,
    /// The removal of the PIN comes nearer; a stage of the wait has passed.
    PinResetReminder(UnixTime),
    /// A code was not sent: too many went to numbers that begin like this one, and too few of them were
    /// entered. Somebody may be paid for them ([FAILURES 91](crate::manual::threats)).
    PrefixStopped,
    /// A lost factor was made up for by two others.
    Recovered,
    /// The subject's address was proven with nothing before it, for the first time or again. End all
    /// its sessions.
    Registered,
    /// A right code came a second time. Someone may have looked over a shoulder (NIST SP 800-63B-4
    /// §3.1.4.2).
    ReplayRefused(FactorKind),
    /// A sign-in request was approved.
    RequestApproved,
    /// A sign-in request was shown on a device and called off there.
    RequestCancelled,
    /// The owner says that a sign-in request was not theirs: somebody has the password.
    RequestReportedUnrequested,
    /// A sign-in was requested.
    RequestCreated,
    /// Too many requests went unanswered or were not the owner's: there are none until a code is used.
    RequestsOff,
    /// An administrator removed every factor. End all sessions of the subject.
    Reset {
        /// Who did it, as the host named them.
        actor: String,
        /// Why, as the host was told.
        reason: String,
    },
    /// A code was not sent: the guard of the host refused.
    SendRefused,
    /// Every device and every right ended at the owner's wish. End all sessions of the subject.
    SignedOutEverywhere,
    /// A code was not sent: the number moved to another SIM lately. Ask the person for another factor,
    /// and whether it was they who moved it.
    SimSwapped,
    /// Of all proofs that this process saw within ten minutes, over all subjects, 200 were wrong, and
    /// fewer right: somebody may guess a little at very many subjects
    /// ([FAILURES 29](crate::manual::threats)). Told once in ten minutes, with the subject of the last
    /// one. Limit what comes before: the password, the network.
    Spraying,
    /// A right code came after wrong ones: how many (OWASP ASVS 5.0.0 6.3.5).
    SuccessAfterFailures(FactorKind, u32),
    /// Two-factor was turned off. End the other sessions of the subject.
    TurnedOff,
    /// A proof was accepted.
    Verified(FactorKind, Purpose),
    /// A proof was wrong, and counted. Whoever sent it had the first factor right, unless it was for
    /// registering, which asks for none.
    IncorrectProof(FactorKind),
}

impl Event {
    /// Whether the person should be told, by a way other than the one that was used.
    ///
    /// The [`Verifier`](crate::Verifier) does so itself, at every address that is proven, unless the
    /// policy leaves it to the host.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.2.3, §4.6; OWASP ASVS 5.0.0 6.3.7.
    #[must_use]
    pub const fn is_for_the_user(&self) -> bool {
        self.mark().is_some()
    }

    /// What a record keeps of it until the person was told: a tag that never changes, and a number.
    /// `None` for what the person is not told.
    pub(crate) const fn mark(&self) -> Option<(u8, u64)> {
        Some(match self {
            Self::FactorAdded(kind) => (1, kind.bit() as u64),
            Self::FactorDisabled(kind) => (2, kind.bit() as u64),
            Self::FactorLocked(kind) => (3, kind.bit() as u64),
            Self::FactorRemoved(kind) => (4, kind.bit() as u64),
            Self::FactorReplaced(kind) => (5, kind.bit() as u64),
            Self::TurnedOff => (6, 0),
            Self::BackupCodesLow(left) => (7, *left as u64),
            Self::DeviceAdded => (8, 0),
            Self::DeviceStolen => (9, 0),
            Self::PinReset => (10, 0),
            Self::PinResetStarted(at) => (11, at.as_secs()),
            Self::PinResetCancelled => (12, 0),
            Self::PinResetReminder(at) => (13, at.as_secs()),
            Self::Recovered => (14, 0),
            Self::Registered => (15, 0),
            Self::RequestsOff => (16, 0),
            Self::Reset { .. } => (17, 0),
            Self::SignedOutEverywhere => (18, 0),
            Self::ChannelAllowed(Channel::WhatsApp) => (19, 0),
            Self::ChannelForbidden(Channel::WhatsApp) => (20, 0),
            _ => return None,
        })
    }

    /// The event of which a record kept this mark.
    pub(crate) fn from_mark(tag: u8, number: u64) -> Option<Self> {
        let kind = || {
            let bits = u16::try_from(number).ok()?;
            FactorSet::from_bits(bits).kinds().next()
        };
        Some(match tag {
            1 => Self::FactorAdded(kind()?),
            2 => Self::FactorDisabled(kind()?),
            3 => Self::FactorLocked(kind()?),
            4 => Self::FactorRemoved(kind()?),
            5 => Self::FactorReplaced(kind()?),
            6 => Self::TurnedOff,
            7 => Self::BackupCodesLow(u8::try_from(number).ok()?),
            8 => Self::DeviceAdded,
            9 => Self::DeviceStolen,
            10 => Self::PinReset,
            11 => Self::PinResetStarted(UnixTime::from_secs(number)),
            12 => Self::PinResetCancelled,
            13 => Self::PinResetReminder(UnixTime::from_secs(number)),
            14 => Self::Recovered,
            15 => Self::Registered,
            16 => Self::RequestsOff,
            17 => Self::Reset { actor: String::new(), reason: String::new() },
            18 => Self::SignedOutEverywhere,
            19 => Self::ChannelAllowed(Channel::WhatsApp),
            20 => Self::ChannelForbidden(Channel::WhatsApp),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_keeps_of_an_event_leads_back_to_it() {
        for tag in 1..=20 {
            // Numbers that say something: the app, a count, a time.
            let event = Event::from_mark(tag, 1).unwrap();
            assert_eq!(event.mark().map(|(tag, _)| tag), Some(tag), "{event:?}");
            let (tag, number) = event.mark().unwrap();
            assert_eq!(Event::from_mark(tag, number), Some(event));
        }
        assert_eq!(Event::from_mark(0, 1), None);
        assert_eq!(Event::from_mark(21, 1), None);
    }
}
