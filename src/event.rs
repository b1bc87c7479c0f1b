//! Security events for the log and alerts of your application.

use alloc::string::String;

use crate::{
    channel::Channel,
    factor::{FactorKind, FactorSet},
    purpose::Operation,
    time::UnixTime,
};

/// A security event of a subject, reported to your application.
///
/// The [`Listener`](crate::host::Listener) receives an event after the write that caused it is
/// committed. Your application logs the event, raises alerts, and ends sessions where a variant
/// says so. The [`Verifier`](crate::Verifier) also notifies the user of some events, as each
/// variant states.
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
    /// An address that had been withdrawn was proven again.
    ///
    /// It had been withdrawn because it was proven before a factor protected the subject, or before
    /// another client registered the number. The address receives codes again. The user is
    /// notified.
    AddressConfirmed(FactorKind),
    /// Few backup codes are left.
    ///
    /// The value is the number of codes left. Ask the user to generate new ones. The user is
    /// notified.
    BackupCodesLow(u8),
    /// Codes may now also be sent to a phone number by this channel.
    ///
    /// The user is notified.
    ChannelAllowed(Channel),
    /// Codes may no longer be sent to a phone number by this channel.
    ///
    /// The user is notified.
    ChannelForbidden(Channel),
    /// A time in the record was more than two minutes in the future.
    ///
    /// The affected lifetimes have expired, and the affected backoffs have restarted. Check the
    /// clocks of your servers. The user is not notified.
    ClockFault,
    /// A carrier accepted a code, but later reported that it was not delivered.
    ///
    /// The user is not notified.
    CodeLost,
    /// A code was generated for this purpose, but the carrier rejected it.
    ///
    /// The user is not notified.
    CodeNotSent(Operation),
    /// The owner reported a code as unrequested, and the sent codes are revoked.
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
    /// A device is no longer trusted.
    ///
    /// The device was signed out, was displaced by an eleventh device, or lost the successor of its
    /// token. The user is not notified.
    DeviceRemoved,
    /// A superseded device token was presented, so two copies of the token exist.
    ///
    /// The device is no longer trusted. The user is notified.
    DeviceStolen,
    /// A factor was confirmed and is enrolled.
    ///
    /// The user is notified.
    FactorAdded(FactorKind),
    /// A factor is disabled after too many failures.
    ///
    /// The factor stays disabled until it is enrolled again (NIST SP 800-63B-4 §3.2.2) or support
    /// unlocks it. The user is notified.
    FactorDisabled(FactorKind),
    /// A factor is temporarily locked after consecutive failures.
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
    /// The failure was counted, except for a [security key](FactorKind::SecurityKey), which cannot
    /// be guessed but may be cloned. The client has passed the first factor, except for
    /// registration, which requires none. The user is not notified.
    IncorrectProof(FactorKind),
    /// A record that was sealed under an older key is now sealed under the newest key.
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
    /// The user entered a code sent to the recovery address, or the waiting period ended. The user
    /// is notified.
    PinReset,
    /// The owner cancelled the removal of the PIN, so the PIN remains set.
    ///
    /// The user is notified.
    PinResetCancelled,
    /// A stage of the waiting period for the removal of the PIN has passed.
    ///
    /// The PIN will be removed at the given time. The user is notified.
    PinResetReminder(UnixTime),
    /// Removal of the PIN was requested.
    ///
    /// The PIN will be removed at the given time unless the owner cancels. The user is notified.
    PinResetStarted(UnixTime),
    /// A code was not sent, because the send budget of its phone prefix is used up.
    ///
    /// Too many codes were sent to the prefix and too few were converted. This may be SMS pumping
    /// ([FAILURES 91](crate::manual::threats)). The user is not notified.
    #[doc(alias = "sms pumping")]
    #[doc(alias = "toll fraud")]
    PrefixStopped,
    /// The user recovered access after the loss of a factor, by two other proofs.
    ///
    /// The user is notified.
    Recovered,
    /// The address of the subject was proven by registration.
    ///
    /// The address may have been registered before. End all sessions of the subject. The user is
    /// notified.
    Registered,
    /// A correct code was used a second time.
    ///
    /// An attacker may have observed the user (NIST SP 800-63B-4 §3.1.4.2). The user is not
    /// notified.
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
    /// Sign-in requests are disabled until the user enters a code.
    ///
    /// Too many requests were unanswered or reported as unrequested. The user is notified.
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
    /// A code was not sent, because the send guard of your application refused it.
    ///
    /// The user is not notified.
    SendRefused,
    /// A code was sent or the PIN was requested, but the user did not enter it.
    ///
    /// The client proved the preceding factor and then stopped (OWASP ASVS 5.0.0 6.3.5). The user
    /// is not notified.
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
    /// An attacker may be guessing a few codes for each of very many subjects.
    ///
    /// Within ten minutes, this process checked 200 incorrect proofs and fewer correct ones, over
    /// all subjects ([FAILURES 29](crate::manual::threats)). The event is reported at most once in
    /// ten minutes, with the subject of the last proof. Limit the steps before this crate: password
    /// attempts, and requests per network. The user is not notified.
    #[doc(alias = "password spraying")]
    #[doc(alias = "credential stuffing")]
    Spraying,
    /// A correct code followed the given number of incorrect ones (OWASP ASVS 5.0.0 6.3.5).
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
    /// The user is not notified of this event, but is notified of the factor that the code enrolls.
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
    /// Returns whether the user should be notified of the event.
    ///
    /// A notice must use a different channel from the request that caused it.
    ///
    /// The [`Verifier`](crate::Verifier) sends these notices itself, to every proven address,
    /// unless the policy [leaves them to your
    /// application](crate::policy::Notices::LeftToApplication).
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.2.3, §4.6; OWASP ASVS 5.0.0 6.3.7.
    #[must_use]
    pub const fn is_for_the_user(&self) -> bool {
        self.mark().is_some()
    }

    /// Returns the tag and the number that a record stores until the user is notified.
    ///
    /// Returns `None` for an event without a notice to the user. Tags must never change.
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
            Self::AddressConfirmed(kind) => (23, kind.bit() as u64),
            _ => return None,
        })
    }

    /// Restores the event from a stored mark.
    pub(crate) fn from_mark(tag: u8, number: u64) -> Option<Self> {
        let kind = || {
            let bits = u16::try_from(number).ok()?;
            FactorSet::from_bits(bits)?.kinds().next()
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
            23 => Self::AddressConfirmed(kind()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_marks_round_trip() {
        for tag in 1..=23 {
            // A number that is valid for every tag: a factor, a count, a time.
            let event = Event::from_mark(tag, 1).unwrap();
            assert_eq!(event.mark().map(|(tag, _)| tag), Some(tag), "{event:?}");
            let (tag, number) = event.mark().unwrap();
            assert_eq!(Event::from_mark(tag, number), Some(event));
        }
        assert_eq!(Event::from_mark(0, 1), None);
        assert_eq!(Event::from_mark(24, 1), None);
    }
}
