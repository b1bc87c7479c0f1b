//! The operations of a verifier.

/// One operation, with everything it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Advance,
    AdvanceCode,
    AfterRestore,
    Agree,
    AllowWhatsApp,
    AnswerRequest,
    BeginPinReset,
    BeginSecurityKey,
    CancelPinReset,
    Ceremony,
    Challenge,
    ChallengeByWhatsApp,
    ChallengeItem,
    ChallengeTransaction,
    ChangePassword,
    ChangePin,
    CheckGrant,
    ConfirmAddress,
    ConfirmApp,
    ConfirmedNext,
    ConfirmedRecognize,
    ConfirmFirst,
    ConfirmSecurityKey,
    ConfirmToken,
    Create,
    EnrollAddress,
    EnrollApp,
    EnrollFirst,
    DeliverPending,
    EnrollSecurityKey,
    EnrollToken,
    Epoch,
    Export,
    ForbidWhatsApp,
    Import,
    IsCurrent,
    IssueCode,
    NewBackupCodes,
    Next,
    Offers,
    Pending,
    PersonalData,
    RehearsePin,
    Recognize,
    Recover,
    RedeemCode,
    Register,
    Rename,
    ReportArrived,
    ReportLost,
    ReportUnrequested,
    RequestSignIn,
    Reseal,
    Resend,
    ResendByWhatsApp,
    Reset,
    ResetPin,
    RevokeApp,
    RevokeDevice,
    RevokePin,
    SendRegistration,
    SetPin,
    SetPinWithDevice,
    SignOutDevice,
    SignOutEverywhere,
    Status,
    StepUp,
    TrustDevice,
    TurnOff,
    UndoFirst,
    Unlock,
    VerifyApp,
    VerifyBackup,
    VerifyCode,
    VerifyKey,
    VerifyKnownApp,
    VerifyPair,
    VerifyPin,
    VerifyRequest,
    VerifyToken,
}

/// The state of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// With every factor, two devices, and no PIN.
    Everything,
    /// With an app and a phone that can be undone.
    New,
    /// Without a record.
    NoRecord,
    /// With every factor, and a PIN.
    Pin,
}

/// Whether the input is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Correct,
    Incorrect,
}

/// The successful outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A proof is required.
    Asked,
    Done,
    Free,
    Recognized,
    Verified,
}

impl Act {
    /// Each operation with the method that it calls.
    pub const ALL: [(Self, &'static str); 80] = [
        (Self::Advance, "advance"),
        (Self::AdvanceCode, "advance"),
        (Self::AfterRestore, "after_restore"),
        (Self::Agree, "verify_for"),
        (Self::AllowWhatsApp, "set_whatsapp"),
        (Self::AnswerRequest, "answer_request"),
        (Self::BeginPinReset, "begin_pin_reset"),
        (Self::BeginSecurityKey, "begin_security_key"),
        (Self::CancelPinReset, "cancel_pin_reset"),
        (Self::Ceremony, "ceremony"),
        (Self::Challenge, "send_code"),
        (Self::ChallengeByWhatsApp, "send_code"),
        (Self::ChallengeItem, "send_code"),
        (Self::ChallengeTransaction, "send_code"),
        (Self::ChangePassword, "password_changed"),
        (Self::ChangePin, "set_pin"),
        (Self::ConfirmAddress, "confirm"),
        (Self::ConfirmApp, "confirm"),
        (Self::ConfirmedNext, "next"),
        (Self::ConfirmedRecognize, "next"),
        (Self::ConfirmFirst, "confirm"),
        (Self::ConfirmSecurityKey, "confirm_security_key"),
        (Self::ConfirmToken, "confirm"),
        (Self::CheckGrant, "check_grant"),
        (Self::Create, "create"),
        (Self::EnrollAddress, "enroll_address"),
        (Self::EnrollApp, "enroll_totp"),
        (Self::EnrollFirst, "enroll_totp"),
        (Self::DeliverPending, "deliver_pending"),
        (Self::EnrollSecurityKey, "enroll_security_key"),
        (Self::EnrollToken, "enroll_hotp"),
        (Self::Epoch, "epoch"),
        (Self::Export, "danger_export"),
        (Self::ForbidWhatsApp, "set_whatsapp"),
        (Self::Import, "import"),
        (Self::IsCurrent, "is_current"),
        (Self::IssueCode, "issue_code"),
        (Self::NewBackupCodes, "new_backup_codes"),
        (Self::Next, "next"),
        (Self::Offers, "offers"),
        (Self::Pending, "pending_request"),
        (Self::PersonalData, "personal_data"),
        (Self::RehearsePin, "rehearse_pin"),
        (Self::Recognize, "next"),
        (Self::Recover, "verify_for"),
        (Self::RedeemCode, "verify_for"),
        (Self::Register, "register"),
        (Self::Rename, "rename"),
        (Self::ReportArrived, "delivery_report"),
        (Self::ReportLost, "delivery_report"),
        (Self::ReportUnrequested, "report_unrequested"),
        (Self::RequestSignIn, "request_sign_in"),
        (Self::Reseal, "reseal"),
        (Self::Resend, "send_code"),
        (Self::ResendByWhatsApp, "send_code"),
        (Self::Reset, "reset"),
        (Self::ResetPin, "verify"),
        (Self::RevokeApp, "revoke"),
        (Self::RevokeDevice, "revoke"),
        (Self::RevokePin, "revoke"),
        (Self::SendRegistration, "send_code"),
        (Self::SetPin, "set_pin"),
        (Self::SetPinWithDevice, "set_pin"),
        (Self::SignOutDevice, "sign_out_device"),
        (Self::SignOutEverywhere, "sign_out_everywhere"),
        (Self::Status, "status"),
        (Self::StepUp, "verify_for"),
        (Self::TrustDevice, "verify"),
        (Self::TurnOff, "turn_off"),
        (Self::UndoFirst, "undo_first_factor"),
        (Self::Unlock, "unlock"),
        (Self::VerifyApp, "verify"),
        (Self::VerifyBackup, "verify"),
        (Self::VerifyCode, "verify"),
        (Self::VerifyKey, "verify"),
        (Self::VerifyKnownApp, "verify"),
        (Self::VerifyPair, "verify"),
        (Self::VerifyPin, "verify"),
        (Self::VerifyRequest, "verify"),
        (Self::VerifyToken, "verify"),
    ];

    pub const fn base(self) -> Base {
        match self {
            Self::ConfirmFirst
            | Self::ConfirmedNext
            | Self::Create
            | Self::EnrollFirst
            | Self::Import => Base::NoRecord,
            Self::Advance
            | Self::BeginPinReset
            | Self::CancelPinReset
            | Self::ChangePin
            | Self::RehearsePin
            | Self::ResetPin
            | Self::RevokePin
            | Self::VerifyPin => Base::Pin,
            Self::UndoFirst => Base::New,
            _ => Base::Everything,
        }
    }

    /// Whether the input is a code that was sent to a phone number.
    pub const fn enters_a_sent_code(self) -> bool {
        matches!(
            self,
            Self::Agree | Self::ConfirmAddress | Self::Recover | Self::Register | Self::VerifyCode
        )
    }

    /// Whether the input can be incorrect.
    pub const fn is_guess(self) -> bool {
        matches!(
            self,
            Self::Agree
                | Self::AnswerRequest
                | Self::ConfirmAddress
                | Self::ConfirmApp
                | Self::ConfirmedRecognize
                | Self::ConfirmFirst
                | Self::ConfirmToken
                | Self::RehearsePin
                | Self::Recognize
                | Self::Register
                | Self::ResetPin
                | Self::StepUp
                | Self::TrustDevice
                | Self::VerifyApp
                | Self::VerifyBackup
                | Self::VerifyCode
                | Self::VerifyKey
                | Self::VerifyKnownApp
                | Self::VerifyPair
                | Self::VerifyPin
                | Self::VerifyToken
        )
    }

    /// Whether it can succeed only once with its inputs: it uses up a code or ends a permission.
    pub const fn is_once(self) -> bool {
        match self {
            Self::ConfirmedRecognize | Self::RehearsePin | Self::Recognize => false,
            Self::CancelPinReset
            | Self::ChangePin
            | Self::ConfirmSecurityKey
            | Self::Import
            | Self::Recover
            | Self::RedeemCode
            | Self::ResetPin
            | Self::RevokeApp
            | Self::RevokeDevice
            | Self::RevokePin
            | Self::SetPin
            | Self::SetPinWithDevice
            | Self::SignOutDevice
            | Self::SignOutEverywhere
            | Self::TurnOff
            | Self::UndoFirst
            | Self::VerifyRequest => true,
            _ => self.is_guess(),
        }
    }

    /// Whether it reads the record once more after it has delivered.
    pub const fn reads_again(self) -> bool {
        matches!(self, Self::DeliverPending)
    }

    /// Whether it removes every factor.
    pub const fn unprotects(self) -> bool {
        matches!(self, Self::Reset | Self::TurnOff | Self::UndoFirst)
    }
}
