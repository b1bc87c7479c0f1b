//! German, with *Sie*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Das waren Sie nicht? Ändern Sie Ihr Passwort.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Geben Sie ihn nie weiter.",
        Phrase::CallAgain => "Noch einmal:",
        Phrase::CallCode => "Ihr Code lautet:",
        Phrase::CallEnd => "Auf Wiederhören.",
        Phrase::CallGate => "Hier ist {issuer}. Um Ihren Code zu hören, drücken Sie die {digit}.",
        Phrase::CallMissed => "Wir haben die richtige Taste nicht erhalten. Auf Wiederhören.",
        Phrase::CallWarning => {
            "Sagen Sie ihn niemandem, auch nicht {issuer}. Wenn Sie ihn nicht angefordert haben, legen Sie auf."
        }
        Phrase::CodeEnds => "Er gilt {minutes} Min.",
        Phrase::CodeEnroll => "{code} ist Ihr Code von {issuer}, um diese Nummer zu bestätigen.",
        Phrase::CodeManage => {
            "{code} ist Ihr Code von {issuer}, um Sicherheitseinstellungen zu ändern."
        }
        Phrase::CodeRecover => {
            "{code} ist Ihr Code von {issuer}, um wieder in Ihr Konto zu kommen."
        }
        Phrase::CodeRegister => {
            "{code} ist Ihr Code von {issuer}, um diese Nummer zu registrieren."
        }
        Phrase::CodeResetPin => "{code} ist Ihr Code von {issuer}, um Ihre PIN zu entfernen.",
        Phrase::CodeSignIn => "{code} ist Ihr Code von {issuer} zur Anmeldung.",
        Phrase::CodeStepUp => "{code} ist Ihr Code von {issuer}, um Ihren Vorgang zu bestätigen.",
        Phrase::CodeTransaction => {
            "{code} ist Ihr Code von {issuer}, um dem zuzustimmen ({agreed})."
        }
        Phrase::CodeWarning => "Geben Sie ihn nie weiter, auch nicht an {issuer}.",
        Phrase::KindApp => "eine Authenticator-App",
        Phrase::KindBackupCode => "ein Satz Ersatzcodes",
        Phrase::KindEmail => "eine E-Mail-Adresse",
        Phrase::KindPhone => "eine Telefonnummer",
        Phrase::KindPin => "eine PIN",
        Phrase::KindRequest => "eine Anmeldeanfrage",
        Phrase::KindSecurityKey => "ein Sicherheitsschlüssel",
        Phrase::KindToken => "ein Codegenerator",
        Phrase::MailNotYou => {
            "Wenn Sie ihn nicht angefordert haben, kennt vielleicht jemand Ihr Passwort: Ändern Sie es."
        }
        Phrase::MailNoticeSubject => "{issuer}: zur Sicherheit Ihres Kontos",
        Phrase::MailSubject => "{code} ist Ihr Code von {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "Wenn Sie das nicht waren, ändern Sie Ihr Passwort und prüfen Sie Ihre Einstellungen."
        }
        Phrase::NoticeBackupCodesLow => {
            "Ersatzcodes übrig: {left}. Erstellen Sie neue in Ihren Sicherheitseinstellungen."
        }
        Phrase::NoticeChanged => "etwas in Ihren Sicherheitseinstellungen wurde geändert.",
        Phrase::NoticeDeviceAdded => "einem neuen Gerät wird vertraut.",
        Phrase::NoticeDeviceStolen => {
            "ein vertrautes Gerät wurde vielleicht kopiert; ihm wird nicht mehr vertraut."
        }
        Phrase::NoticeFactorAdded => "{factor} wurde hinzugefügt.",
        Phrase::NoticeFactorDisabled => "nach zu vielen Fehlversuchen abgeschaltet: {factor}.",
        Phrase::NoticeFactorLocked => {
            "jemand, der Ihr Passwort kennt, hat Fehlversuche gemacht ({factor})."
        }
        Phrase::NoticeFactorRemoved => "{factor} wurde entfernt.",
        Phrase::NoticeFactorReplaced => "{factor} wurde ersetzt.",
        Phrase::NoticePinReset => "Ihre PIN wurde entfernt.",
        Phrase::NoticePinResetBegun => {
            "jemand will Ihre PIN entfernen. In einer Woche ist sie weg, es sei denn, Sie melden sich mit ihr an."
        }
        Phrase::NoticePinResetCancelled => "Ihre PIN bleibt, wie Sie es wollten.",
        Phrase::NoticePinResetNears => {
            "Ihre PIN wird bald entfernt. Melden Sie sich mit ihr an, und sie bleibt."
        }
        Phrase::NoticeRecovered => "Ihr Konto wurde wiederhergestellt.",
        Phrase::NoticeRegistered => "Ihre Nummer wurde neu registriert und jedes Gerät abgemeldet.",
        Phrase::NoticeRequestsOff => "Anmeldeanfragen sind aus: Zu viele blieben ohne Antwort.",
        Phrase::NoticeReset => "ein Administrator hat Ihre Zwei-Faktor-Anmeldung entfernt.",
        Phrase::NoticeSignedOutEverywhere => "jedes Gerät wurde abgemeldet.",
        Phrase::NoticeTurnedOff => "die Zwei-Faktor-Anmeldung wurde ausgeschaltet.",
        Phrase::NoticeWhatsAppAllowed => "Codes können Sie ab jetzt über WhatsApp erreichen.",
        Phrase::NoticeWhatsAppForbidden => "Codes kommen nicht mehr über WhatsApp.",
        Phrase::RequestBody => "Jemand möchte sich bei {issuer} anmelden. Sind Sie das?",
        Phrase::RequestTitle => "Anmeldeanfrage",
        Phrase::UseEnroll => {
            "Dieser Code bestätigt, dass Nachrichten von {issuer} Sie hier erreichen."
        }
        Phrase::UseManage => {
            "Mit diesem Code ändern Sie Ihre Sicherheitseinstellungen bei {issuer}."
        }
        Phrase::UseRecover => "Mit diesem Code kommen Sie wieder in Ihr Konto bei {issuer}.",
        Phrase::UseRegister => "Mit diesem Code registrieren Sie sich bei {issuer}.",
        Phrase::UseResetPin => "Mit diesem Code entfernen Sie Ihre PIN bei {issuer}.",
        Phrase::UseSignIn => "Mit diesem Code melden Sie sich bei {issuer} an.",
        Phrase::UseStepUp => "Mit diesem Code bestätigen Sie Ihren Vorgang bei {issuer}.",
        Phrase::UseTransaction => "Mit diesem Code stimmen Sie dem bei {issuer} zu ({agreed}).",
    }
}
