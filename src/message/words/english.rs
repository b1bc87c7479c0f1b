//! English.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Not you? Change your password.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Never share it.",
        Phrase::CallAgain => "Once more:",
        Phrase::CallCode => "Your code is:",
        Phrase::CallEnd => "Goodbye.",
        Phrase::CallGate => "This is {issuer}. To hear your code, press {digit}.",
        Phrase::CallMissed => "We did not get the right key. Goodbye.",
        Phrase::CallWarning => {
            "Never tell it to anybody, not even to {issuer}. If you did not ask for it, hang up."
        }
        Phrase::CodeEnds => "It ends in {minutes} min.",
        Phrase::CodeEnroll => "{code} is your {issuer} code to confirm this number.",
        Phrase::CodeManage => "{code} is your {issuer} code to change your security settings.",
        Phrase::CodeRecover => "{code} is your {issuer} code to get back into your account.",
        Phrase::CodeRegister => "{code} is your {issuer} code to register this number.",
        Phrase::CodeResetPin => "{code} is your {issuer} code to remove your PIN.",
        Phrase::CodeSignIn => "{code} is your {issuer} code to sign in.",
        Phrase::CodeStepUp => "{code} is your {issuer} code to confirm what you are doing.",
        Phrase::CodeTransaction => "{code} is your {issuer} code to agree to this ({agreed}).",
        Phrase::CodeWarning => "Never share it, not even with {issuer}.",
        Phrase::KindApp => "an authenticator app",
        Phrase::KindBackupCode => "a set of backup codes",
        Phrase::KindEmail => "an email address",
        Phrase::KindPhone => "a phone number",
        Phrase::KindPin => "a PIN",
        Phrase::KindRequest => "a sign-in request",
        Phrase::KindSecurityKey => "a security key",
        Phrase::KindToken => "a code token",
        Phrase::MailNotYou => {
            "If you did not ask for it, somebody may know your password: change it."
        }
        Phrase::MailNoticeSubject => "{issuer}: about the security of your account",
        Phrase::MailSubject => "{code} is your {issuer} code",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "If this was not you, change your password and look at your settings."
        }
        Phrase::NoticeBackupCodesLow => {
            "{left} of your backup codes are left. Make new ones in your security settings."
        }
        Phrase::NoticeChanged => "something changed in your security settings.",
        Phrase::NoticeDeviceAdded => "a new device is trusted.",
        Phrase::NoticeDeviceStolen => {
            "a trusted device may have been copied and is trusted no longer."
        }
        Phrase::NoticeFactorAdded => "{factor} was added.",
        Phrase::NoticeFactorDisabled => "after too many wrong tries, {factor} works no longer.",
        Phrase::NoticeFactorLocked => {
            "somebody who has your password made wrong tries with {factor}."
        }
        Phrase::NoticeFactorRemoved => "{factor} was removed.",
        Phrase::NoticeFactorReplaced => "{factor} was replaced.",
        Phrase::NoticePinReset => "your PIN was removed.",
        Phrase::NoticePinResetBegun => {
            "somebody asked to remove your PIN. In a week it is gone, unless you sign in with it."
        }
        Phrase::NoticePinResetCancelled => "your PIN stays, as you wished.",
        Phrase::NoticePinResetNears => {
            "your PIN is about to be removed. Sign in with it, and it stays."
        }
        Phrase::NoticeRecovered => "your account was recovered.",
        Phrase::NoticeRegistered => {
            "your number was registered again, and every device signed out."
        }
        Phrase::NoticeRequestsOff => {
            "sign-in requests are off, since too many came that you did not answer."
        }
        Phrase::NoticeReset => "an administrator removed your two-factor sign-in.",
        Phrase::NoticeSignedOutEverywhere => "every device was signed out.",
        Phrase::NoticeTurnedOff => "two-factor sign-in was turned off.",
        Phrase::NoticeWhatsAppAllowed => "codes may reach you by WhatsApp from now on.",
        Phrase::NoticeWhatsAppForbidden => "codes reach you by WhatsApp no longer.",
        Phrase::RequestBody => "Somebody wants to sign in to {issuer}. Was it you?",
        Phrase::RequestTitle => "Sign-in request",
        Phrase::UseEnroll => "This code confirms that messages from {issuer} reach you here.",
        Phrase::UseManage => "This code is to change your security settings at {issuer}.",
        Phrase::UseRecover => "This code is to get back into your account at {issuer}.",
        Phrase::UseRegister => "This code is to register with {issuer}.",
        Phrase::UseResetPin => "This code is to remove your PIN at {issuer}.",
        Phrase::UseSignIn => "This code is to sign in to {issuer}.",
        Phrase::UseStepUp => "This code is to confirm what you are doing at {issuer}.",
        Phrase::UseTransaction => "This code is to agree to this at {issuer} ({agreed}).",
    }
}
