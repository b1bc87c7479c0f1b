//! Names of events.

use super::Event;

impl Event {
    /// Returns the name of the event in `snake_case`, for logs and alerts.
    ///
    /// The name never changes.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{FactorKind, host::Event};
    ///
    /// assert_eq!(Event::FactorRemoved(FactorKind::Totp).name(), "factor_removed");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AddressConfirmed(..) => "address_confirmed",
            Self::BackupCodesLow(..) => "backup_codes_low",
            Self::ChannelAllowed(..) => "channel_allowed",
            Self::ChannelForbidden(..) => "channel_forbidden",
            Self::ClockFault => "clock_fault",
            Self::CodeLost => "code_lost",
            Self::CodeNotSent(..) => "code_not_sent",
            Self::CodeReportedUnrequested(..) => "code_reported_unrequested",
            Self::CodeSent(..) => "code_sent",
            Self::DeviceAdded => "device_added",
            Self::DeviceForgotten => "device_forgotten",
            Self::DeviceRemoved => "device_removed",
            Self::DeviceStolen => "device_stolen",
            Self::FactorAdded(..) => "factor_added",
            Self::FactorDisabled(..) => "factor_disabled",
            Self::FactorLocked(..) => "factor_locked",
            Self::FactorRemoved(..) => "factor_removed",
            Self::FactorReplaced(..) => "factor_replaced",
            Self::FirstFactorCompromised => "first_factor_compromised",
            Self::IncorrectProof(..) => "incorrect_proof",
            Self::KeyRotated => "key_rotated",
            Self::ManyChanges(..) => "many_changes",
            Self::NoticeNotSent { .. } => "notice_not_sent",
            Self::NoticeWaits { .. } => "notice_waits",
            Self::PinRequested(..) => "pin_requested",
            Self::PinReset => "pin_reset",
            Self::PinResetCancelled => "pin_reset_cancelled",
            Self::PinResetReminder(..) => "pin_reset_reminder",
            Self::PinResetStarted(..) => "pin_reset_started",
            Self::PrefixStopped => "prefix_stopped",
            Self::Recovered => "recovered",
            Self::Registered => "registered",
            Self::ReplayRefused(..) => "replay_refused",
            Self::RequestApproved => "request_approved",
            Self::RequestCancelled => "request_cancelled",
            Self::RequestCreated => "request_created",
            Self::RequestReportedUnrequested => "request_reported_unrequested",
            Self::RequestsOff => "requests_off",
            Self::Reset { .. } => "reset",
            Self::SecretsExported { .. } => "secrets_exported",
            Self::SendRefused => "send_refused",
            Self::SignInAbandoned(..) => "sign_in_abandoned",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::SimSwapped => "sim_swapped",
            Self::Spraying => "spraying",
            Self::SuccessAfterFailures(..) => "success_after_failures",
            Self::SupportCodeIssued { .. } => "support_code_issued",
            Self::SupportCodeUsed => "support_code_used",
            Self::TurnedOff => "turned_off",
            Self::Unlocked { .. } => "unlocked",
            Self::Verified(..) => "verified",
        }
    }
}
