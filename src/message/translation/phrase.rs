//! Names of all phrases that a message can contain.

use super::placeholder::{
    Placeholder::{self, Agreed, Code, Digit, Factor, Issuer, Left, Minutes, Notice},
    Rule,
};
use crate::{FactorKind, channel::Channel, event::Event, operation::Operation};

/// One phrase of a message, for which each language has a template.
///
/// A template is one line of text with placeholders in braces, each at most once. The documentation
/// of each phrase lists the placeholders that its template must have, and those that it may have.
///
/// | placeholder | value |
/// |---|---|
/// | `{agreed}` | the details of a transaction, field by field |
/// | `{code}` | the code, with a space or nothing on either side |
/// | `{digit}` | the key to press in a call |
/// | `{factor}` | a kind of factor, from the matching `Kind…` phrase |
/// | `{issuer}` | the name of your application |
/// | `{left}` | the number of backup codes left |
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
    /// Short form of [`NoticeAdvice`](Self::NoticeAdvice). No placeholder.
    BriefAdvice,
    /// Short form of [`CodeEnroll`](Self::CodeEnroll), for a text message that has to be short.
    /// `{code}`, `{issuer}`.
    ///
    /// Every `Brief…` phrase of a code may be empty. Then the long form is used.
    BriefEnroll,
    /// Short form of [`CodeManage`](Self::CodeManage). `{code}`, `{issuer}`.
    BriefManage,
    /// Short form of [`CodeRecover`](Self::CodeRecover). `{code}`, `{issuer}`.
    BriefRecover,
    /// Short form of [`CodeRegister`](Self::CodeRegister). `{code}`, `{issuer}`.
    BriefRegister,
    /// Short form of [`CodeResetPin`](Self::CodeResetPin). `{code}`, `{issuer}`.
    BriefResetPin,
    /// Short form of [`CodeSignIn`](Self::CodeSignIn). `{code}`, `{issuer}`.
    BriefSignIn,
    /// Short form of [`CodeStepUp`](Self::CodeStepUp). `{code}`, `{issuer}`.
    BriefStepUp,
    /// Short form of [`CodeTransaction`](Self::CodeTransaction). `{code}`, `{issuer}`, and
    /// `{agreed}` after the code.
    BriefTransaction,
    /// Short form of [`CodeWarning`](Self::CodeWarning). No placeholder.
    BriefWarning,
    /// In a call, before the code is repeated. No placeholder.
    CallAgain,
    /// In a call, before the code. No placeholder.
    CallCode,
    /// In a call, when there is no code to read. No placeholder.
    CallEnd,
    /// The start of a call: the name of your application, and the key to press. `{issuer}`,
    /// `{digit}`.
    CallGate,
    /// In a call, when the user pressed no key or an incorrect one. No placeholder.
    CallMissed,
    /// The end of a call that read a code: a warning never to share it. May have `{issuer}`.
    CallWarning,
    /// When the code expires. `{minutes}`.
    CodeEnds,
    /// A code to verify this number. `{code}`, `{issuer}`.
    CodeEnroll,
    /// A code to change security settings. `{code}`, `{issuer}`.
    CodeManage,
    /// A code to recover the account. `{code}`, `{issuer}`.
    CodeRecover,
    /// A code to register this number. `{code}`, `{issuer}`.
    CodeRegister,
    /// A code to remove the PIN. `{code}`, `{issuer}`.
    CodeResetPin,
    /// A code to sign in. `{code}`, `{issuer}`.
    CodeSignIn,
    /// A code to confirm one action. `{code}`, `{issuer}`.
    CodeStepUp,
    /// A code to approve a transaction. `{code}`, `{issuer}`, and `{agreed}` after the code.
    CodeTransaction,
    /// A warning never to share the code. May have `{issuer}`.
    CodeWarning,
    /// An authenticator app, as part of a sentence. No `Kind…` phrase has a placeholder.
    KindApp,
    /// A set of backup codes.
    KindBackupCode,
    /// An email address.
    KindEmail,
    /// A phone number.
    KindPhone,
    /// A PIN.
    KindPin,
    /// A sign-in request.
    KindRequest,
    /// A security key.
    KindSecurityKey,
    /// An HOTP token.
    KindToken,
    /// In an email with a code: what to do if the user did not request it. No placeholder.
    MailNotYou,
    /// The subject of an email with a notice. `{issuer}`.
    MailNoticeSubject,
    /// The subject of an email with a code. `{code}`, `{issuer}`.
    MailSubject,
    /// The frame of every notice. `{issuer}`, `{notice}`.
    Notice,
    /// After most notices: what to do if it was not the user. No placeholder.
    NoticeAdvice,
    /// Few backup codes are left. `{left}`.
    NoticeBackupCodesLow,
    /// The settings changed in a way that has no phrase of its own. No placeholder.
    NoticeChanged,
    /// A trusted device was added. No placeholder.
    NoticeDeviceAdded,
    /// A trusted device may have been copied and is no longer trusted. No placeholder.
    NoticeDeviceStolen,
    /// A factor was added. `{factor}`.
    NoticeFactorAdded,
    /// A factor was disabled after too many incorrect attempts. `{factor}`.
    NoticeFactorDisabled,
    /// Someone who knows the password made incorrect attempts. `{factor}`.
    NoticeFactorLocked,
    /// A factor was removed. `{factor}`.
    NoticeFactorRemoved,
    /// A factor was replaced. `{factor}`.
    NoticeFactorReplaced,
    /// The PIN was removed. No placeholder.
    NoticePinReset,
    /// The PIN will be removed in a week unless the user signs in with it. No placeholder.
    NoticePinResetBegun,
    /// The removal of the PIN was canceled. No placeholder.
    NoticePinResetCancelled,
    /// The PIN will be removed soon unless the user signs in with it. No placeholder.
    NoticePinResetNears,
    /// The account was recovered. No placeholder.
    NoticeRecovered,
    /// The number was registered again, and all devices were signed out. No placeholder.
    NoticeRegistered,
    /// Sign-in requests were turned off. No placeholder.
    NoticeRequestsOff,
    /// An administrator removed all factors. No placeholder.
    NoticeReset,
    /// All devices were signed out. No placeholder.
    NoticeSignedOutEverywhere,
    /// Support issued a backup code for the user. No placeholder.
    NoticeSupportCode,
    /// Two-factor authentication was turned off. No placeholder.
    NoticeTurnedOff,
    /// Support unlocked the factors. No placeholder.
    NoticeUnlocked,
    /// Codes can now be sent on WhatsApp. No placeholder.
    NoticeWhatsAppAllowed,
    /// Codes can no longer be sent on WhatsApp. No placeholder.
    NoticeWhatsAppForbidden,
    /// The text of a push notification for a sign-in request. `{issuer}`.
    RequestBody,
    /// The title of a push notification for a sign-in request. No placeholder.
    RequestTitle,
    /// In an email or a call: the code confirms that messages reach the user. `{issuer}`.
    UseEnroll,
    /// In an email or a call: the code changes security settings. `{issuer}`.
    UseManage,
    /// In an email or a call: the code recovers the account. `{issuer}`.
    UseRecover,
    /// In an email or a call: the code registers the user. `{issuer}`.
    UseRegister,
    /// In an email or a call: the code removes the PIN. `{issuer}`.
    UseResetPin,
    /// In an email or a call: the code signs the user in. `{issuer}`.
    UseSignIn,
    /// In an email or a call: the code confirms one action. `{issuer}`.
    UseStepUp,
    /// In an email or a call: the code approves a transaction. `{issuer}`, `{agreed}`.
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

    /// Returns the sentence on what a code for `purpose` does, without the code.
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
            Event::BackupCodesLow(_) => Self::NoticeBackupCodesLow,
            Event::ChannelAllowed(Channel::WhatsApp) => Self::NoticeWhatsAppAllowed,
            Event::ChannelForbidden(Channel::WhatsApp) => Self::NoticeWhatsAppForbidden,
            Event::DeviceAdded => Self::NoticeDeviceAdded,
            Event::DeviceStolen => Self::NoticeDeviceStolen,
            Event::FactorAdded(_) => Self::NoticeFactorAdded,
            Event::FactorDisabled(_) => Self::NoticeFactorDisabled,
            Event::FactorLocked(_) => Self::NoticeFactorLocked,
            Event::FactorRemoved(_) => Self::NoticeFactorRemoved,
            Event::FactorReplaced(_) => Self::NoticeFactorReplaced,
            Event::PinReset => Self::NoticePinReset,
            Event::PinResetStarted(_) => Self::NoticePinResetBegun,
            Event::PinResetCancelled => Self::NoticePinResetCancelled,
            Event::PinResetReminder(_) => Self::NoticePinResetNears,
            Event::Recovered => Self::NoticeRecovered,
            Event::Registered => Self::NoticeRegistered,
            Event::RequestsOff => Self::NoticeRequestsOff,
            Event::Reset { .. } => Self::NoticeReset,
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
            Self::NoticeBackupCodesLow | Self::NoticePinResetBegun | Self::NoticePinResetNears
        )
    }

    /// Returns the name of a kind of factor.
    pub(in crate::message) const fn kind(kind: FactorKind) -> Self {
        match kind {
            FactorKind::Totp => Self::KindApp,
            FactorKind::BackupCode => Self::KindBackupCode,
            FactorKind::Email => Self::KindEmail,
            FactorKind::Phone => Self::KindPhone,
            FactorKind::Pin => Self::KindPin,
            FactorKind::SignInRequest => Self::KindRequest,
            FactorKind::SecurityKey => Self::KindSecurityKey,
            FactorKind::Hotp => Self::KindToken,
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
            Self::CallGate => (&[Issuer, Digit], &[]),
            Self::CallWarning | Self::CodeWarning => (&[], &[Issuer]),
            Self::CodeEnds => (&[Minutes], &[]),
            Self::Notice => (&[Issuer, Notice], &[]),
            Self::NoticeBackupCodesLow => (&[Left], &[]),
            Self::NoticeFactorAdded
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

const ALL: [Phrase; 72] = [
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
    Phrase::CodeEnds,
    Phrase::CodeEnroll,
    Phrase::CodeManage,
    Phrase::CodeRecover,
    Phrase::CodeRegister,
    Phrase::CodeResetPin,
    Phrase::CodeSignIn,
    Phrase::CodeStepUp,
    Phrase::CodeTransaction,
    Phrase::CodeWarning,
    Phrase::KindApp,
    Phrase::KindBackupCode,
    Phrase::KindEmail,
    Phrase::KindPhone,
    Phrase::KindPin,
    Phrase::KindRequest,
    Phrase::KindSecurityKey,
    Phrase::KindToken,
    Phrase::MailNotYou,
    Phrase::MailNoticeSubject,
    Phrase::MailSubject,
    Phrase::Notice,
    Phrase::NoticeAdvice,
    Phrase::NoticeBackupCodesLow,
    Phrase::NoticeChanged,
    Phrase::NoticeDeviceAdded,
    Phrase::NoticeDeviceStolen,
    Phrase::NoticeFactorAdded,
    Phrase::NoticeFactorDisabled,
    Phrase::NoticeFactorLocked,
    Phrase::NoticeFactorRemoved,
    Phrase::NoticeFactorReplaced,
    Phrase::NoticePinReset,
    Phrase::NoticePinResetBegun,
    Phrase::NoticePinResetCancelled,
    Phrase::NoticePinResetNears,
    Phrase::NoticeRecovered,
    Phrase::NoticeRegistered,
    Phrase::NoticeRequestsOff,
    Phrase::NoticeReset,
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
