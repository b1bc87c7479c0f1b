//! Names of all phrases that a message can contain.

use super::placeholder::{
    Placeholder::{self, Agreed, Code, Factor, Issuer, Keys, Left, Minutes, Notice},
    Rule,
};
use crate::{channel::Channel, event::Event, factor::FactorKind, purpose::Operation};

/// One phrase of a message, for which each language has a template.
///
/// A template is one line of text with placeholders in braces. A placeholder may occur at most
/// once. The documentation of a phrase names the placeholders that its template requires and
/// allows. If the documentation names none, the template must not contain a placeholder.
///
/// | placeholder | value |
/// |---|---|
/// | `{agreed}` | the details of a transaction, field by field |
/// | `{code}` | the code, with a space or nothing on either side |
/// | `{factor}` | a kind of factor, from the matching `Kind…` phrase |
/// | `{issuer}` | the name of your application |
/// | `{keys}` | the keys to press in a call, one after another |
/// | `{left}` | the number of remaining backup codes |
/// | `{minutes}` | the lifetime of the code |
/// | `{notice}` | the text of a `Notice…` phrase |
///
/// # Example
///
/// ```
/// use second_factor::message::{Language, Phrase, Translation};
///
/// let english = Translation::new(Language::ENGLISH);
/// assert_eq!(english.text(Phrase::CodeSignIn), "{code} is your {issuer} sign-in code.");
/// assert!(Phrase::all().count() > 60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phrase {
    /// The short form of [`NoticeAdvice`](Self::NoticeAdvice).
    BriefAdvice,
    /// The short form of [`CodeEnroll`](Self::CodeEnroll), for a short text message.
    ///
    /// Requires `{code}` and `{issuer}`.
    ///
    /// Every `Brief…` phrase of a code may be empty. The layout then uses the long form.
    BriefEnroll,
    /// The short form of [`CodeManage`](Self::CodeManage).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefManage,
    /// The short form of [`CodeRecover`](Self::CodeRecover).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefRecover,
    /// The short form of [`CodeRegister`](Self::CodeRegister).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefRegister,
    /// The short form of [`CodeResetPin`](Self::CodeResetPin).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefResetPin,
    /// The short form of [`CodeSignIn`](Self::CodeSignIn).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefSignIn,
    /// The short form of [`CodeStepUp`](Self::CodeStepUp).
    ///
    /// Requires `{code}` and `{issuer}`.
    BriefStepUp,
    /// The short form of [`CodeTransaction`](Self::CodeTransaction).
    ///
    /// Requires `{code}`, `{issuer}`, and `{agreed}` after the code.
    BriefTransaction,
    /// The short form of [`CodeWarning`](Self::CodeWarning).
    BriefWarning,
    /// Spoken in a call before the code is repeated.
    CallAgain,
    /// Spoken in a call before the code.
    CallCode,
    /// Spoken in a call that has no code to speak.
    CallEnd,
    /// The start of a call: the name of your application and the keys to press.
    ///
    /// Requires `{issuer}` and `{keys}`.
    CallGate,
    /// Spoken in a call after the user pressed no key or incorrect keys.
    CallMissed,
    /// The end of a call that spoke a code: a warning never to share it.
    ///
    /// Allows `{issuer}`.
    CallWarning,
    /// A code to verify this number.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeEnroll,
    /// The lifetime of the code.
    ///
    /// Requires `{minutes}`.
    CodeExpires,
    /// A code to change security settings.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeManage,
    /// A code to recover the account.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeRecover,
    /// A code to register this number.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeRegister,
    /// A code to remove the PIN.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeResetPin,
    /// A code to sign in.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeSignIn,
    /// A code to confirm one action.
    ///
    /// Requires `{code}` and `{issuer}`.
    CodeStepUp,
    /// A code to approve a transaction.
    ///
    /// Requires `{code}`, `{issuer}`, and `{agreed}` after the code.
    CodeTransaction,
    /// A warning never to share the code.
    ///
    /// Allows `{issuer}`.
    CodeWarning,
    /// A set of backup codes, as part of a sentence.
    ///
    /// Every `Kind…` phrase is part of a sentence.
    KindBackupCode,
    /// An email address.
    KindEmail,
    /// An HOTP token.
    KindHotp,
    /// A phone number.
    KindPhone,
    /// A PIN.
    KindPin,
    /// A security key.
    KindSecurityKey,
    /// A sign-in request.
    KindSignInRequest,
    /// A TOTP app.
    KindTotp,
    /// The advice in an email with a code, for a user who did not request it.
    MailNotYou,
    /// The subject of an email with a notice.
    ///
    /// Requires `{issuer}`.
    MailNoticeSubject,
    /// The subject of an email with a code.
    ///
    /// Requires `{code}` and `{issuer}`.
    MailSubject,
    /// The frame of every notice.
    ///
    /// Requires `{issuer}` and `{notice}`.
    Notice,
    /// The advice after most notices, for a user who did not make the change.
    NoticeAdvice,
    /// An address was proven again.
    ///
    /// Requires `{factor}`.
    NoticeAddressConfirmed,
    /// Few backup codes are left.
    ///
    /// Requires `{left}`.
    NoticeBackupCodesLow,
    /// The settings changed in another way.
    NoticeChanged,
    /// A trusted device was added.
    NoticeDeviceAdded,
    /// A known device was removed after too many incorrect attempts.
    NoticeDeviceForgotten,
    /// A trusted device may have been copied and is no longer trusted.
    NoticeDeviceStolen,
    /// A factor was added.
    ///
    /// Requires `{factor}`.
    NoticeFactorAdded,
    /// A factor was disabled after too many incorrect attempts.
    ///
    /// Requires `{factor}`.
    NoticeFactorDisabled,
    /// Someone who knows the password made incorrect attempts.
    ///
    /// Requires `{factor}`.
    NoticeFactorLocked,
    /// A factor was removed.
    ///
    /// Requires `{factor}`.
    NoticeFactorRemoved,
    /// A factor was replaced.
    ///
    /// Requires `{factor}`.
    NoticeFactorReplaced,
    /// An attacker has the first factor, and guesses codes.
    NoticeFirstFactorCompromised,
    /// The PIN was removed.
    NoticePinReset,
    /// The removal of the PIN was cancelled.
    NoticePinResetCancelled,
    /// The PIN will be removed soon unless the user signs in with it.
    NoticePinResetReminder,
    /// The PIN will be removed in a week unless the user signs in with it.
    NoticePinResetStarted,
    /// The account was recovered.
    NoticeRecovered,
    /// The number was registered again, and all devices were signed out.
    NoticeRegistered,
    /// Sign-in requests were turned off.
    NoticeRequestsOff,
    /// An administrator removed all factors.
    NoticeReset,
    /// Support exported the secrets of the apps and the token.
    NoticeSecretsExported,
    /// All devices were signed out.
    NoticeSignedOutEverywhere,
    /// Support issued a backup code for the user.
    NoticeSupportCode,
    /// Two-factor authentication was turned off.
    NoticeTurnedOff,
    /// Support unlocked the factors.
    NoticeUnlocked,
    /// Codes can now be sent on WhatsApp.
    NoticeWhatsAppAllowed,
    /// Codes can no longer be sent on WhatsApp.
    NoticeWhatsAppForbidden,
    /// The text of a push notification for a sign-in request.
    ///
    /// Requires `{issuer}`.
    RequestBody,
    /// The title of a push notification for a sign-in request.
    RequestTitle,
    /// States in an email or a call that the code confirms the address of the user.
    ///
    /// Requires `{issuer}`.
    UseEnroll,
    /// States in an email or a call that the code changes security settings.
    ///
    /// Requires `{issuer}`.
    UseManage,
    /// States in an email or a call that the code recovers the account.
    ///
    /// Requires `{issuer}`.
    UseRecover,
    /// States in an email or a call that the code registers the user.
    ///
    /// Requires `{issuer}`.
    UseRegister,
    /// States in an email or a call that the code removes the PIN.
    ///
    /// Requires `{issuer}`.
    UseResetPin,
    /// States in an email or a call that the code signs the user in.
    ///
    /// Requires `{issuer}`.
    UseSignIn,
    /// States in an email or a call that the code confirms one action.
    ///
    /// Requires `{issuer}`.
    UseStepUp,
    /// States in an email or a call that the code approves a transaction.
    ///
    /// Requires `{issuer}` and `{agreed}`.
    UseTransaction,
}

impl Phrase {
    /// Returns every phrase, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    /// Returns the sentence with the code for `purpose`, and its short form.
    pub(in crate::message) const fn code(purpose: Operation) -> (Self, Self) {
        match purpose {
            Operation::Enroll => (Self::CodeEnroll, Self::BriefEnroll),
            Operation::Manage => (Self::CodeManage, Self::BriefManage),
            Operation::Recover => (Self::CodeRecover, Self::BriefRecover),
            Operation::Register => (Self::CodeRegister, Self::BriefRegister),
            Operation::ResetPin => (Self::CodeResetPin, Self::BriefResetPin),
            Operation::SignIn => (Self::CodeSignIn, Self::BriefSignIn),
            Operation::StepUp => (Self::CodeStepUp, Self::BriefStepUp),
            Operation::Transaction(_) => (Self::CodeTransaction, Self::BriefTransaction),
        }
    }

    /// Returns the sentence that states the use of a code, without the code.
    pub(in crate::message) const fn usage(purpose: Operation) -> Self {
        match purpose {
            Operation::Enroll => Self::UseEnroll,
            Operation::Manage => Self::UseManage,
            Operation::Recover => Self::UseRecover,
            Operation::Register => Self::UseRegister,
            Operation::ResetPin => Self::UseResetPin,
            Operation::SignIn => Self::UseSignIn,
            Operation::StepUp => Self::UseStepUp,
            Operation::Transaction(_) => Self::UseTransaction,
        }
    }

    /// Returns the notice for an event.
    pub(in crate::message) const fn notice(event: &Event) -> Self {
        match event {
            Event::AddressConfirmed(_) => Self::NoticeAddressConfirmed,
            Event::BackupCodesLow(_) => Self::NoticeBackupCodesLow,
            Event::ChannelAllowed(Channel::WhatsApp) => Self::NoticeWhatsAppAllowed,
            Event::ChannelForbidden(Channel::WhatsApp) => Self::NoticeWhatsAppForbidden,
            Event::DeviceAdded => Self::NoticeDeviceAdded,
            Event::DeviceForgotten => Self::NoticeDeviceForgotten,
            Event::DeviceStolen => Self::NoticeDeviceStolen,
            Event::FactorAdded(_) => Self::NoticeFactorAdded,
            Event::FactorDisabled(_) => Self::NoticeFactorDisabled,
            Event::FactorLocked(_) => Self::NoticeFactorLocked,
            Event::FactorRemoved(_) => Self::NoticeFactorRemoved,
            Event::FactorReplaced(_) => Self::NoticeFactorReplaced,
            Event::FirstFactorCompromised => Self::NoticeFirstFactorCompromised,
            Event::PinReset => Self::NoticePinReset,
            Event::PinResetCancelled => Self::NoticePinResetCancelled,
            Event::PinResetReminder(_) => Self::NoticePinResetReminder,
            Event::PinResetStarted(_) => Self::NoticePinResetStarted,
            Event::Recovered => Self::NoticeRecovered,
            Event::Registered => Self::NoticeRegistered,
            Event::RequestsOff => Self::NoticeRequestsOff,
            Event::Reset { .. } => Self::NoticeReset,
            Event::SecretsExported { .. } => Self::NoticeSecretsExported,
            Event::SignedOutEverywhere => Self::NoticeSignedOutEverywhere,
            Event::SupportCodeIssued { .. } => Self::NoticeSupportCode,
            Event::TurnedOff => Self::NoticeTurnedOff,
            Event::Unlocked { .. } => Self::NoticeUnlocked,
            // The other events are reported to the application only.
            _ => Self::NoticeChanged,
        }
    }

    /// Returns whether the notice contains its own advice.
    pub(in crate::message) const fn has_own_advice(self) -> bool {
        matches!(
            self,
            Self::NoticeBackupCodesLow | Self::NoticePinResetReminder | Self::NoticePinResetStarted
        )
    }

    /// Returns the name of a kind of factor.
    pub(in crate::message) const fn kind(kind: FactorKind) -> Self {
        match kind {
            FactorKind::BackupCode => Self::KindBackupCode,
            FactorKind::Email => Self::KindEmail,
            FactorKind::Hotp => Self::KindHotp,
            FactorKind::Phone => Self::KindPhone,
            FactorKind::Pin => Self::KindPin,
            #[cfg(feature = "rehearsal")]
            FactorKind::Rehearsal => Self::KindSecurityKey,
            FactorKind::SecurityKey => Self::KindSecurityKey,
            FactorKind::SignInRequest => Self::KindSignInRequest,
            FactorKind::Totp => Self::KindTotp,
        }
    }

    pub(super) const fn rule(self) -> Rule {
        let (required, optional): (&[Placeholder], &[Placeholder]) = match self {
            Self::BriefTransaction | Self::CodeTransaction => (&[Code, Issuer, Agreed], &[]),
            Self::BriefEnroll
            | Self::BriefManage
            | Self::BriefRecover
            | Self::BriefRegister
            | Self::BriefResetPin
            | Self::BriefSignIn
            | Self::BriefStepUp
            | Self::CodeEnroll
            | Self::CodeManage
            | Self::CodeRecover
            | Self::CodeRegister
            | Self::CodeResetPin
            | Self::CodeSignIn
            | Self::CodeStepUp
            | Self::MailSubject => (&[Code, Issuer], &[]),
            Self::CallGate => (&[Issuer, Keys], &[]),
            Self::CallWarning | Self::CodeWarning => (&[], &[Issuer]),
            Self::CodeExpires => (&[Minutes], &[]),
            Self::Notice => (&[Issuer, Notice], &[]),
            Self::NoticeBackupCodesLow => (&[Left], &[]),
            Self::NoticeAddressConfirmed
            | Self::NoticeFactorAdded
            | Self::NoticeFactorDisabled
            | Self::NoticeFactorLocked
            | Self::NoticeFactorRemoved
            | Self::NoticeFactorReplaced => (&[Factor], &[]),
            Self::UseTransaction => (&[Issuer, Agreed], &[]),
            Self::MailNoticeSubject
            | Self::RequestBody
            | Self::UseEnroll
            | Self::UseManage
            | Self::UseRecover
            | Self::UseRegister
            | Self::UseResetPin
            | Self::UseSignIn
            | Self::UseStepUp => (&[Issuer], &[]),
            _ => (&[], &[]),
        };
        Rule { required, optional, may_be_empty: self.is_brief_code() }
    }

    const fn is_brief_code(self) -> bool {
        matches!(
            self,
            Self::BriefEnroll
                | Self::BriefManage
                | Self::BriefRecover
                | Self::BriefRegister
                | Self::BriefResetPin
                | Self::BriefSignIn
                | Self::BriefStepUp
                | Self::BriefTransaction
        )
    }
}

const ALL: [Phrase; 76] = [
    Phrase::BriefAdvice,
    Phrase::BriefEnroll,
    Phrase::BriefManage,
    Phrase::BriefRecover,
    Phrase::BriefRegister,
    Phrase::BriefResetPin,
    Phrase::BriefSignIn,
    Phrase::BriefStepUp,
    Phrase::BriefTransaction,
    Phrase::BriefWarning,
    Phrase::CallAgain,
    Phrase::CallCode,
    Phrase::CallEnd,
    Phrase::CallGate,
    Phrase::CallMissed,
    Phrase::CallWarning,
    Phrase::CodeEnroll,
    Phrase::CodeExpires,
    Phrase::CodeManage,
    Phrase::CodeRecover,
    Phrase::CodeRegister,
    Phrase::CodeResetPin,
    Phrase::CodeSignIn,
    Phrase::CodeStepUp,
    Phrase::CodeTransaction,
    Phrase::CodeWarning,
    Phrase::KindBackupCode,
    Phrase::KindEmail,
    Phrase::KindHotp,
    Phrase::KindPhone,
    Phrase::KindPin,
    Phrase::KindSecurityKey,
    Phrase::KindSignInRequest,
    Phrase::KindTotp,
    Phrase::MailNotYou,
    Phrase::MailNoticeSubject,
    Phrase::MailSubject,
    Phrase::Notice,
    Phrase::NoticeAdvice,
    Phrase::NoticeAddressConfirmed,
    Phrase::NoticeBackupCodesLow,
    Phrase::NoticeChanged,
    Phrase::NoticeDeviceAdded,
    Phrase::NoticeDeviceForgotten,
    Phrase::NoticeDeviceStolen,
    Phrase::NoticeFactorAdded,
    Phrase::NoticeFactorDisabled,
    Phrase::NoticeFactorLocked,
    Phrase::NoticeFactorRemoved,
    Phrase::NoticeFactorReplaced,
    Phrase::NoticeFirstFactorCompromised,
    Phrase::NoticePinReset,
    Phrase::NoticePinResetCancelled,
    Phrase::NoticePinResetReminder,
    Phrase::NoticePinResetStarted,
    Phrase::NoticeRecovered,
    Phrase::NoticeRegistered,
    Phrase::NoticeRequestsOff,
    Phrase::NoticeReset,
    Phrase::NoticeSecretsExported,
    Phrase::NoticeSignedOutEverywhere,
    Phrase::NoticeSupportCode,
    Phrase::NoticeTurnedOff,
    Phrase::NoticeUnlocked,
    Phrase::NoticeWhatsAppAllowed,
    Phrase::NoticeWhatsAppForbidden,
    Phrase::RequestBody,
    Phrase::RequestTitle,
    Phrase::UseEnroll,
    Phrase::UseManage,
    Phrase::UseRecover,
    Phrase::UseRegister,
    Phrase::UseResetPin,
    Phrase::UseSignIn,
    Phrase::UseStepUp,
    Phrase::UseTransaction,
];
