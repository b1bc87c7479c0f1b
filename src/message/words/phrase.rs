//! The names of everything that a message can say. Says nothing.

use super::place::Placeholder::{self, Agreed, Code, Digit, Factor, Issuer, Left, Minutes, Notice};
use crate::{FactorKind, Purpose, event::Event, message::Channel};

/// One thing that is said, in each language by a template of its own.
///
/// A template is one line of text with places in braces, each at most once. Which places it must
/// have, and which it may have, stands with each name.
///
/// | place | becomes |
/// |---|---|
/// | `{agreed}` | what is agreed to, field by field |
/// | `{code}` | the code; a space, or nothing, on either side |
/// | `{digit}` | the key to press in a call |
/// | `{factor}` | a kind of factor, as its `Kind…` names it |
/// | `{issuer}` | the name of the application |
/// | `{left}` | how many backup codes are left |
/// | `{minutes}` | how long the code lives |
/// | `{notice}` | a sentence of one of the `Notice…` |
///
/// # Example
///
/// ```
/// use second_factor::message::{Language, Phrase, Translation};
///
/// let english = Translation::new(Language::ENGLISH);
/// assert_eq!(english.text(Phrase::CodeSignIn), "{code} is your {issuer} code to sign in.");
/// assert!(Phrase::all().count() > 60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phrase {
    /// In few words: what to do if it was somebody else. No place.
    BriefAdvice,
    /// In few words, for a text message without room: [`CodeEnroll`](Self::CodeEnroll). May be
    /// empty, as every `Brief…` of a code: then the long one must do. `{code}`, `{issuer}`.
    BriefEnroll,
    /// In few words: [`CodeManage`](Self::CodeManage). `{code}`, `{issuer}`.
    BriefManage,
    /// In few words: [`CodeRecover`](Self::CodeRecover). `{code}`, `{issuer}`.
    BriefRecover,
    /// In few words: [`CodeRegister`](Self::CodeRegister). `{code}`, `{issuer}`.
    BriefRegister,
    /// In few words: [`CodeResetPin`](Self::CodeResetPin). `{code}`, `{issuer}`.
    BriefResetPin,
    /// In few words: [`CodeSignIn`](Self::CodeSignIn). `{code}`, `{issuer}`.
    BriefSignIn,
    /// In few words: [`CodeStepUp`](Self::CodeStepUp). `{code}`, `{issuer}`.
    BriefStepUp,
    /// In few words: [`CodeTransaction`](Self::CodeTransaction). `{code}`, `{issuer}`, then
    /// `{agreed}`.
    BriefTransaction,
    /// In few words: never to share the code. No place.
    BriefWarning,
    /// In a call, before the code is said again. No place.
    CallAgain,
    /// In a call, before the code. No place.
    CallCode,
    /// In a call, when there is nothing more to say. No place.
    CallEnd,
    /// The first words of a call: who calls, and which key to press. `{issuer}`, `{digit}`.
    CallGate,
    /// In a call, when no key or another was pressed. No place.
    CallMissed,
    /// The last words of a call that said a code: never to pass it on. May have `{issuer}`.
    CallWarning,
    /// When the code ends. `{minutes}`.
    CodeEnds,
    /// A code to confirm this number. `{code}`, `{issuer}`.
    CodeEnroll,
    /// A code to change security settings. `{code}`, `{issuer}`.
    CodeManage,
    /// A code to get back into the account. `{code}`, `{issuer}`.
    CodeRecover,
    /// A code to register this number. `{code}`, `{issuer}`.
    CodeRegister,
    /// A code to remove the PIN. `{code}`, `{issuer}`.
    CodeResetPin,
    /// A code to sign in. `{code}`, `{issuer}`.
    CodeSignIn,
    /// A code to confirm one action. `{code}`, `{issuer}`.
    CodeStepUp,
    /// A code to agree to something. `{code}`, `{issuer}`, and behind the code `{agreed}`.
    CodeTransaction,
    /// Never to share the code. May have `{issuer}`.
    CodeWarning,
    /// An authenticator app, as part of a sentence. No place, as in every `Kind…`.
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
    /// A token that shows codes.
    KindToken,
    /// In an email with a code: what to do if somebody else asked for it. No place.
    MailNotYou,
    /// The subject of an email with a notice. `{issuer}`.
    MailNoticeSubject,
    /// The subject of an email with a code. `{code}`, `{issuer}`.
    MailSubject,
    /// Around every notice. `{issuer}`, `{notice}`.
    Notice,
    /// Behind most notices: what to do if it was somebody else. No place.
    NoticeAdvice,
    /// Backup codes run low. `{left}`.
    NoticeBackupCodesLow,
    /// Something changed, and there is no closer word. No place.
    NoticeChanged,
    /// A device is trusted. No place.
    NoticeDeviceAdded,
    /// A trusted device was copied, and is trusted no longer. No place.
    NoticeDeviceStolen,
    /// A factor was added. `{factor}`.
    NoticeFactorAdded,
    /// A factor works no longer, after too many wrong tries. `{factor}`.
    NoticeFactorDisabled,
    /// Somebody with the password made wrong tries. `{factor}`.
    NoticeFactorLocked,
    /// A factor was removed. `{factor}`.
    NoticeFactorRemoved,
    /// A factor was replaced. `{factor}`.
    NoticeFactorReplaced,
    /// The PIN was removed. No place.
    NoticePinReset,
    /// Somebody asked to remove the PIN, and in a week it is gone; signing in with it keeps it. No
    /// place.
    NoticePinResetBegun,
    /// The PIN stays. No place.
    NoticePinResetCancelled,
    /// The day comes nearer on which the PIN is removed; signing in with it keeps it. No place.
    NoticePinResetNears,
    /// The account was recovered. No place.
    NoticeRecovered,
    /// The number was registered again, and every device signed out. No place.
    NoticeRegistered,
    /// Sign-in requests are off. No place.
    NoticeRequestsOff,
    /// An administrator removed two-factor sign-in. No place.
    NoticeReset,
    /// Every device was signed out. No place.
    NoticeSignedOutEverywhere,
    /// Two-factor sign-in was turned off. No place.
    NoticeTurnedOff,
    /// Codes may come by WhatsApp. No place.
    NoticeWhatsAppAllowed,
    /// Codes come by WhatsApp no longer. No place.
    NoticeWhatsAppForbidden,
    /// The text of a push: somebody wants to sign in. `{issuer}`.
    RequestBody,
    /// The title of a push. No place.
    RequestTitle,
    /// In an email or a call: this code confirms that messages reach the person here. `{issuer}`.
    UseEnroll,
    /// In an email or a call: it changes security settings. `{issuer}`.
    UseManage,
    /// In an email or a call: it leads back into the account. `{issuer}`.
    UseRecover,
    /// In an email or a call: it registers. `{issuer}`.
    UseRegister,
    /// In an email or a call: it removes the PIN. `{issuer}`.
    UseResetPin,
    /// In an email or a call: it signs in. `{issuer}`.
    UseSignIn,
    /// In an email or a call: it confirms one action. `{issuer}`.
    UseStepUp,
    /// In an email or a call: it agrees to something. `{issuer}`, `{agreed}`.
    UseTransaction,
}

/// The places of a template.
pub(super) struct Rule {
    /// Those that it must have.
    pub(super) needs: &'static [Placeholder],
    /// Those that it may have besides.
    pub(super) takes: &'static [Placeholder],
    pub(super) may_be_empty: bool,
}

impl Phrase {
    /// Everything that can be said.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    /// The code for `purpose` in a text message, and the same in few words.
    pub(in crate::message) const fn code(purpose: Purpose) -> (Self, Self) {
        match purpose {
            Purpose::Enroll => (Self::CodeEnroll, Self::BriefEnroll),
            Purpose::Manage => (Self::CodeManage, Self::BriefManage),
            Purpose::Recover => (Self::CodeRecover, Self::BriefRecover),
            Purpose::Register => (Self::CodeRegister, Self::BriefRegister),
            Purpose::ResetPin => (Self::CodeResetPin, Self::BriefResetPin),
            Purpose::SignIn => (Self::CodeSignIn, Self::BriefSignIn),
            Purpose::StepUp => (Self::CodeStepUp, Self::BriefStepUp),
            Purpose::Transaction(_) => (Self::CodeTransaction, Self::BriefTransaction),
        }
    }

    /// What a code for `purpose` does, where the code is said apart.
    pub(in crate::message) const fn usage(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Enroll => Self::UseEnroll,
            Purpose::Manage => Self::UseManage,
            Purpose::Recover => Self::UseRecover,
            Purpose::Register => Self::UseRegister,
            Purpose::ResetPin => Self::UseResetPin,
            Purpose::SignIn => Self::UseSignIn,
            Purpose::StepUp => Self::UseStepUp,
            Purpose::Transaction(_) => Self::UseTransaction,
        }
    }

    /// What is said of an event.
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
            Event::TurnedOff => Self::NoticeTurnedOff,
            // The others are told to the host alone.
            _ => Self::NoticeChanged,
        }
    }

    /// Whether the notice itself says what to do.
    pub(in crate::message) const fn says_what_to_do(self) -> bool {
        matches!(
            self,
            Self::NoticeBackupCodesLow | Self::NoticePinResetBegun | Self::NoticePinResetNears
        )
    }

    /// The name of a kind of factor.
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
        let (needs, takes): (&[Placeholder], &[Placeholder]) = match self {
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
        Rule { needs, takes, may_be_empty: self.is_brief_code() }
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

const ALL: [Phrase; 70] = [
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
    Phrase::NoticeTurnedOff,
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
