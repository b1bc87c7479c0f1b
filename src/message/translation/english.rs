//! English.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Not you? Change your password.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Never share it.",
        Phrase::CallAgain => "Again, your code is:",
        Phrase::CallCode => "Your code is:",
        Phrase::CallEnd => "Goodbye.",
        Phrase::CallGate => "This is {issuer}. To hear your code, press {keys}.",
        Phrase::CallMissed => "Sorry, we did not get the correct keys. Goodbye.",
        Phrase::CallWarning => {
            "Never share this code. We will never ask you for it. If you did not request it, hang up."
        }
        Phrase::CodeEnroll => "{code} is your {issuer} code to verify this number.",
        Phrase::CodeExpires => "It expires in {minutes} min.",
        Phrase::CodeManage => "{code} is your {issuer} code to change your security settings.",
        Phrase::CodeRecover => "{code} is your {issuer} code to recover your account.",
        Phrase::CodeRegister => "{code} is your {issuer} code to register this number.",
        Phrase::CodeResetPin => "{code} is your {issuer} code to remove your PIN.",
        Phrase::CodeSignIn => "{code} is your {issuer} sign-in code.",
        Phrase::CodeStepUp => "{code} is your {issuer} code to confirm this action.",
        Phrase::CodeTransaction => {
            "{code} is your {issuer} code to approve this transaction ({agreed})."
        }
        Phrase::CodeWarning => "Never share it. We will never ask you for it.",
        Phrase::KindBackupCode => "a set of backup codes",
        Phrase::KindEmail => "an email address",
        Phrase::KindHotp => "a code generator",
        Phrase::KindPhone => "a phone number",
        Phrase::KindPin => "a PIN",
        Phrase::KindSecurityKey => "a security key",
        Phrase::KindSignInRequest => "a sign-in request",
        Phrase::KindTotp => "an authenticator app",
        Phrase::MailNotYou => {
            "If you did not request this code, someone may know your password. Change it now."
        }
        Phrase::MailNoticeSubject => "Security alert for your {issuer} account",
        Phrase::MailSubject => "{code} is your {issuer} code",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "If this wasn't you, change your password and review your security settings."
        }
        Phrase::NoticeAddressConfirmed => "{factor} on your account was confirmed again.",
        Phrase::NoticeBackupCodesLow => {
            "you are running low on backup codes ({left} left). Create new ones in your security settings."
        }
        Phrase::NoticeChanged => "your security settings were changed.",
        Phrase::NoticeDeviceAdded => "a new trusted device was added to your account.",
        Phrase::NoticeDeviceForgotten => {
            "a device that you used before was forgotten after too many incorrect attempts there."
        }
        Phrase::NoticeDeviceStolen => {
            "a trusted device may have been copied and is no longer trusted."
        }
        Phrase::NoticeFactorAdded => "{factor} was added to your account.",
        Phrase::NoticeFactorDisabled => "{factor} was disabled after too many incorrect attempts.",
        Phrase::NoticeFactorLocked => {
            "someone who knows your password made incorrect attempts with {factor}."
        }
        Phrase::NoticeFactorRemoved => "{factor} was removed from your account.",
        Phrase::NoticeFactorReplaced => "{factor} on your account was replaced.",
        Phrase::NoticeFirstFactorCompromised => {
            "someone who knows your password is guessing your codes. Change your password now."
        }
        Phrase::NoticePinReset => "your PIN was removed.",
        Phrase::NoticePinResetCancelled => "the request to remove your PIN was canceled.",
        Phrase::NoticePinResetReminder => {
            "your PIN will be removed soon. To keep it, sign in with your PIN."
        }
        Phrase::NoticePinResetStarted => {
            "someone asked to remove your PIN. It will be removed in a week unless you sign in with it."
        }
        Phrase::NoticeRecovered => "your account was recovered.",
        Phrase::NoticeRegistered => {
            "your number was registered again and all devices were signed out."
        }
        Phrase::NoticeRequestsOff => {
            "sign-in requests were turned off because too many went unanswered."
        }
        Phrase::NoticeReset => "an administrator reset your two-factor authentication.",
        Phrase::NoticeSecretsExported => {
            "support exported the secrets of your two-factor authentication."
        }
        Phrase::NoticeSignedOutEverywhere => "all devices were signed out.",
        Phrase::NoticeSupportCode => "support issued a backup code for your account.",
        Phrase::NoticeTurnedOff => "two-factor authentication was turned off.",
        Phrase::NoticeUnlocked => "support unlocked your two-factor authentication.",
        Phrase::NoticeWhatsAppAllowed => "you can now receive codes on WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "you will no longer receive codes on WhatsApp.",
        Phrase::RequestBody => "Are you trying to sign in to {issuer}?",
        Phrase::RequestTitle => "Sign-in request",
        Phrase::UseEnroll => "Use this code to confirm that {issuer} can reach you here.",
        Phrase::UseManage => "Use this code to change your {issuer} security settings.",
        Phrase::UseRecover => "Use this code to recover your {issuer} account.",
        Phrase::UseRegister => "Use this code to register with {issuer}.",
        Phrase::UseResetPin => "Use this code to remove your {issuer} PIN.",
        Phrase::UseSignIn => "Use this code to sign in to {issuer}.",
        Phrase::UseStepUp => "Use this code to confirm an action in your {issuer} account.",
        Phrase::UseTransaction => "Use this code to approve this {issuer} transaction ({agreed}).",
    }
}
