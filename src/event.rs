//! Security events for the log and alerts of your application.

use alloc::string::String;

use crate::{FactorKind, UnixTime, channel::Channel, factor::FactorSet, operation::Operation};

/// A security event of a subject, reported to your application.
///
/// Passed to the [`Listener`](crate::host::Listener) after the write that it reports was committed.
/// Your application logs it, raises alerts, and ends sessions where a variant asks for it. The
/// [`Verifier`](crate::Verifier) also notifies the user of some events; each variant says so.
///
/// # Security
///
/// Events must not be shown to the client that made the request: they reveal which part of a proof
/// was correct.
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
/// assert!(!event.is_for_the_user(), "a double click causes it too");
/// assert!(Event::FactorAdded(FactorKind::Totp).is_for_the_user());
/// ```
#[doc(alias = "audit log")]
#[doc(alias = "security log")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Only this many backup codes are left.
    ///
    /// Ask the user to generate new ones. The user is notified.
    BackupCodesLow(u8),
    /// Codes may also be sent to a phone number by this channel from now on.
    ///
    /// The user is notified.
    ChannelAllowed(Channel),
    /// Codes are no longer sent to a phone number by this channel.
    ///
    /// The user is notified.
    ChannelForbidden(Channel),
    /// A time in the record was more than two minutes in the future.
    ///
    /// Lifetimes were ended and backoffs restarted. Check the clocks of your servers. The user is
    /// not notified.
    ClockFault,
    /// A carrier reported that a code it had accepted was not delivered.
    ///
    /// The user is not notified.
    CodeLost,
    /// A code was generated for this purpose, but the carrier rejected it.
    ///
    /// The user is not notified.
    CodeNotSent(Operation),
    /// The owner reported a code as unrequested; the sent codes are revoked.
    ///
    /// The user is not notified.
    CodeReportedUnrequested(Operation),
    /// A code was sent for this purpose.
    ///
    /// The user is not notified.
    CodeSent(Operation),
    /// A device was added to the trusted devices.
    ///
    /// The user is notified.
    DeviceAdded,
    /// A device is no longer trusted: signed out, or displaced by an eleventh.
    ///
    /// The user is not notified.
    DeviceRemoved,
    /// A superseded device token was presented: two copies of it exist.
    ///
    /// The device is no longer trusted. The user is notified.
    DeviceStolen,
    /// A factor was confirmed and is enrolled.
    ///
    /// The user is notified.
    FactorAdded(FactorKind),
    /// A factor is disabled after too many failures.
    ///
    /// It stays disabled until it is enrolled again (NIST SP 800-63B-4 §3.2.2) or support unlocks it. The user is
    /// notified.
    FactorDisabled(FactorKind),
    /// A factor is locked for a time after failures in a row.
    ///
    /// The user is notified of the first lock only.
    FactorLocked(FactorKind),
    /// A factor was removed.
    ///
    /// End the other sessions of the subject ([FAILURES 74](crate::manual::threats)). The user is
    /// notified.
    FactorRemoved(FactorKind),
    /// A factor was replaced by another of its kind.
    ///
    /// End the other sessions of the subject. The user is notified.
    FactorReplaced(FactorKind),
    /// A proof was incorrect.
    ///
    /// It was counted, except that of a [security key](FactorKind::SecurityKey), which cannot be
    /// guessed: there it may be a copied key.
    /// The sender has passed the first factor, except for registration, which requires none. The
    /// user is not notified.
    IncorrectProof(FactorKind),
    /// A record that was sealed under an older key is now sealed under the newest.
    ///
    /// The user is not notified.
    KeyRotated,
    /// The carrier rejected a notice to the user.
    ///
    /// The user is not notified.
    NoticeNotSent,
    /// A factor was proven, and the PIN is required next.
    ///
    /// The user is not notified.
    PinRequested(Operation),
    /// The PIN was removed.
    ///
    /// Either by a code sent to the recovery address, or because the waiting period is over. The
    /// user is notified.
    PinReset,
    /// The owner cancelled the removal of the PIN; the PIN stays set.
    ///
    /// The user is notified.
    PinResetCancelled,
    /// The removal of the PIN is closer: a stage of the waiting period has passed.
    ///
    /// The PIN is removed at this time. The user is notified.
    PinResetReminder(UnixTime),
    /// Removal of the PIN was requested.
    ///
    /// The PIN is removed at this time unless the owner cancels. The user is notified.
    PinResetStarted(UnixTime),
    /// A code was not sent, because its phone prefix has used up its budget.
    ///
    /// Too many codes were sent to the prefix and too few were converted. This may be SMS pumping
    /// ([FAILURES 91](crate::manual::threats)). The user is not notified.
    #[doc(alias = "sms pumping")]
    #[doc(alias = "toll fraud")]
    PrefixStopped,
    /// The user recovered from a lost factor with two others.
    ///
    /// The user is notified.
    Recovered,
    /// The address of the subject was proven by registration.
    ///
    /// For the first time or again. End all sessions of the subject. The user is notified.
    Registered,
    /// A correct code was used a second time.
    ///
    /// Someone may have observed the user (NIST SP 800-63B-4 §3.1.4.2). The user is not notified.
    ReplayRefused(FactorKind),
    /// A sign-in request was approved.
    ///
    /// The user is not notified.
    RequestApproved,
    /// A sign-in request was shown on a device and cancelled there.
    ///
    /// The user is not notified.
    RequestCancelled,
    /// A sign-in request was created.
    ///
    /// The user is not notified.
    RequestCreated,
    /// The owner reported a sign-in request as unrequested.
    ///
    /// An attacker has the password. The user is not notified.
    RequestReportedUnrequested,
    /// Sign-in requests are off until a code is used.
    ///
    /// Too many were unanswered or reported as unrequested. The user is notified.
    RequestsOff,
    /// An administrator removed every factor.
    ///
    /// End all sessions of the subject. The user is notified.
    Reset {
        /// The administrator, as your application named them.
        actor: String,
        /// The reason that your application passed.
        reason: String,
    },
    /// A code was not sent, because the guard of your application refused it.
    ///
    /// The user is not notified.
    SendRefused,
    /// A code was sent or the PIN requested, but no answer came.
    ///
    /// Someone passed the factor before it and stopped (OWASP ASVS 5.0.0 6.3.5). The user is not
    /// notified.
    SignInAbandoned(Operation),
    /// The owner revoked every device and every permission.
    ///
    /// End all sessions of the subject. The user is notified.
    SignedOutEverywhere,
    /// A code was not sent, because the number recently moved to another SIM.
    ///
    /// Ask the user for another factor, and whether they moved the number. The user is not
    /// notified.
    SimSwapped,
    /// An attacker may be guessing a few codes at each of very many subjects.
    ///
    /// Of the proofs that this process checked within ten minutes, over all subjects, 200 were
    /// incorrect and fewer were correct ([FAILURES 29](crate::manual::threats)). Reported once in
    /// ten minutes, with the subject of the last proof. Limit what comes before: the password, the
    /// network. The user is not notified.
    #[doc(alias = "password spraying")]
    #[doc(alias = "credential stuffing")]
    Spraying,
    /// A correct code followed this many incorrect ones (OWASP ASVS 5.0.0 6.3.5).
    ///
    /// The user is not notified.
    SuccessAfterFailures(FactorKind, u32),
    /// Support issued a backup code for the user.
    ///
    /// The user is notified.
    SupportCodeIssued {
        /// The operator, as your application named them.
        actor: String,
        /// The reason that your application passed.
        reason: String,
    },
    /// The code that support issued was used.
    ///
    /// The user is not notified of the use. A notice of the factor that it enrolls follows.
    SupportCodeUsed,
    /// Two-factor authentication was turned off.
    ///
    /// End the other sessions of the subject. The user is notified.
    #[doc(alias = "disable")]
    TurnedOff,
    /// Support unlocked the factors of the user that were locked or disabled.
    ///
    /// The user is notified.
    Unlocked {
        /// The operator, as your application named them.
        actor: String,
        /// The reason that your application passed.
        reason: String,
    },
    /// A proof was accepted.
    ///
    /// The user is not notified.
    Verified(FactorKind, Operation),
}

impl Event {
    /// Returns whether the user should be notified.
    ///
    /// A notice must take another way than the request that caused it.
    ///
    /// The [`Verifier`](crate::Verifier) sends these notices itself, to every proven address,
    /// unless the policy [leaves them to your application](crate::policy::Notices::LeftToHost).
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.2.3, §4.6; OWASP ASVS 5.0.0 6.3.7.
    #[must_use]
    pub const fn is_for_the_user(&self) -> bool {
        self.mark().is_some()
    }

    /// Returns what a record stores until the user is notified: a tag that never changes, and a
    /// number.
    ///
    /// `None` for an event of which the user is not notified.
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
            Self::SupportCodeIssued { .. } => (21, 0),
            Self::Unlocked { .. } => (22, 0),
            _ => return None,
        })
    }

    /// Restores the event from a stored mark.
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
            21 => Self::SupportCodeIssued { actor: String::new(), reason: String::new() },
            22 => Self::Unlocked { actor: String::new(), reason: String::new() },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_marks_round_trip() {
        for tag in 1..=22 {
            // A number that is valid for every tag: a factor, a count, a time.
            let event = Event::from_mark(tag, 1).unwrap();
            assert_eq!(event.mark().map(|(tag, _)| tag), Some(tag), "{event:?}");
            let (tag, number) = event.mark().unwrap();
            assert_eq!(Event::from_mark(tag, number), Some(event));
        }
        assert_eq!(Event::from_mark(0, 1), None);
        assert_eq!(Event::from_mark(23, 1), None);
    }
}
