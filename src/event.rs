//! Security events for the log and alerts of your application.

mod kept;
mod name;
mod occurrence;

use alloc::string::String;

pub(crate) use self::kept::Priority;
pub use self::occurrence::{Certainty, Occurrence};
use crate::{channel::Channel, factor::FactorKind, purpose::Operation, time::UnixTime};

/// A security event of a subject, reported to your application.
///
/// The [`Listener`](crate::host::Listener) receives an event in an [`Occurrence`]. Your application
/// logs the event, raises alerts, and ends sessions if the description of the variant requires it.
/// The [`Verifier`](crate::Verifier) also notifies the user of some events, as each variant states.
///
/// An event with a [notice to the user](Self::is_for_the_user) is stored with the change that
/// caused it, and reported until the listener accepts it. Every other event is reported once, and
/// needs no write.
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
    /// A known device was forgotten after too many incorrect proofs.
    ///
    /// The limits are five in a row at the device, and a slow count of twenty. The caller passed
    /// the first factor and presented a token of the device, which may be a copy. The user is
    /// notified.
    DeviceForgotten,
    /// A device was removed, or is no longer trusted.
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
    /// The factor is disabled for clients that present no known device (NIST SP 800-63B-4 §3.2.2).
    /// It stays disabled until the user succeeds with it at a known device, the password is
    /// [changed](crate::Verifier::password_changed), support unlocks it, or it is enrolled again.
    /// The user is notified.
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
    /// End the other sessions of the subject, except for new backup codes. The user is notified.
    FactorReplaced(FactorKind),
    /// An attacker probably has the first factor, for example the password.
    ///
    /// At least twenty incorrect proofs followed the first factor at unknown devices. Request a new
    /// password after the user's next sign-in; the new password ends the attack. The event is
    /// reported once in 30 days. The user is notified.
    #[doc(alias = "compromised password")]
    FirstFactorCompromised,
    /// A proof was incorrect.
    ///
    /// The failure was counted, except for a [security key](FactorKind::SecurityKey) or a generated
    /// backup code, which cannot be guessed. The client has passed the first factor, except for
    /// registration, which requires none. The user is not notified.
    IncorrectProof(FactorKind),
    /// A record that an earlier generation of keys sealed is now sealed by the newest one.
    ///
    /// The user is not notified.
    KeyRotated,
    /// There were too many changes to report each one while the listener or the carrier was
    /// unavailable.
    ///
    /// The first changes stay stored until they are reported. The value is the number of changes
    /// for which there was no room. The user is notified.
    ManyChanges(u16),
    /// A notice to the user was dropped.
    ///
    /// The carrier rejected the address, the policy does not allow its country, or the guard
    /// refused the notice. Otherwise, the notice waited for a day, or there was no room to store
    /// it. Notify the user in another way. The user is not notified.
    NoticeNotSent {
        /// The [name](Self::name) of the event.
        event: &'static str,
        /// The masked address, or `None` if the notice was not for a specific address.
        address: Option<String>,
    },
    /// A notice to the user waits: its budget is used up, or the carrier is unavailable.
    ///
    /// This crate has no timer, so call [`deliver_pending`](crate::Verifier::deliver_pending) at
    /// the given time. The user is not notified of the wait.
    NoticeWaits {
        /// When to try again.
        retry_at: UnixTime,
    },
    /// A factor was proven, and the PIN is required next.
    ///
    /// The user is not notified.
    PinRequested(Operation),
    /// The PIN was removed.
    ///
    /// The user entered a code sent to the recovery address, or the waiting period ended. The user
    /// is notified.
    PinReset,
    /// The removal of the PIN was cancelled, so the PIN remains set.
    ///
    /// The PIN was entered, another factor than before the request was proven, or an older trusted
    /// device cancelled the removal. The user is notified.
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
    /// Support exported the secrets of the user's apps and token for another application.
    ///
    /// The user is notified.
    SecretsExported {
        /// The operator, as your application named them.
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
    /// The [`Verifier`](crate::Verifier) sends these notices itself, unless the policy [leaves them
    /// to your application](crate::policy::Notices::LeftToApplication). A mailbox receives all
    /// notices. A phone number receives the notices that state a risk, and the other notices only
    /// if no mailbox is proven.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.2.3, §4.6; OWASP ASVS 5.0.0 6.3.7.
    #[must_use]
    pub const fn is_for_the_user(&self) -> bool {
        self.mark().is_some()
    }
}
