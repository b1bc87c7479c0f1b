//! German, with *Sie*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Das waren Sie nicht? Ändern Sie Ihr Passwort.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Geben Sie ihn nie weiter.",
        Phrase::CallAgain => "Noch einmal, Ihr Code lautet:",
        Phrase::CallCode => "Ihr Code lautet:",
        Phrase::CallEnd => "Auf Wiederhören.",
        Phrase::CallGate => {
            "Hier ist {issuer}. Um Ihren Code zu hören, drücken Sie nacheinander {keys}."
        }
        Phrase::CallMissed => "Leider waren das nicht die richtigen Tasten. Auf Wiederhören.",
        Phrase::CallWarning => {
            "Geben Sie diesen Code nie weiter. Wir werden Sie nie danach fragen. Wenn Sie ihn nicht angefordert haben, legen Sie auf."
        }
        Phrase::CodeEnroll => "{code} ist Ihr Code, um diese Nummer bei {issuer} zu bestätigen.",
        Phrase::CodeExpires => "Er gilt {minutes} Min.",
        Phrase::CodeManage => {
            "{code} ist Ihr Code, um Sicherheitseinstellungen bei {issuer} zu ändern."
        }
        Phrase::CodeRecover => "{code} ist Ihr Code, um Ihr Konto bei {issuer} wiederherzustellen.",
        Phrase::CodeRegister => {
            "{code} ist Ihr Code, um diese Nummer bei {issuer} zu registrieren."
        }
        Phrase::CodeResetPin => "{code} ist Ihr Code, um Ihre PIN bei {issuer} zu entfernen.",
        Phrase::CodeSignIn => "{code} ist Ihr Code zur Anmeldung bei {issuer}.",
        Phrase::CodeStepUp => "{code} ist Ihr Code, um diese Aktion bei {issuer} zu bestätigen.",
        Phrase::CodeTransaction => {
            "{code} ist Ihr Code, um diese Transaktion bei {issuer} freizugeben ({agreed})."
        }
        Phrase::CodeWarning => "Geben Sie ihn nie weiter. Wir fragen nie danach.",
        Phrase::KindBackupCode => "ein Satz Backup-Codes",
        Phrase::KindEmail => "eine E-Mail-Adresse",
        Phrase::KindHotp => "ein Codegenerator",
        Phrase::KindPhone => "eine Telefonnummer",
        Phrase::KindPin => "eine PIN",
        Phrase::KindSecurityKey => "ein Sicherheitsschlüssel",
        Phrase::KindSignInRequest => "eine Anmeldeanfrage",
        Phrase::KindTotp => "eine Authenticator-App",
        Phrase::MailNotYou => {
            "Wenn Sie diesen Code nicht angefordert haben, kennt möglicherweise jemand Ihr Passwort. Ändern Sie es sofort."
        }
        Phrase::MailNoticeSubject => "Sicherheitswarnung zu Ihrem Konto bei {issuer}",
        Phrase::MailSubject => "{code} ist Ihr Code für {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "Wenn Sie das nicht waren, ändern Sie Ihr Passwort und prüfen Sie Ihre Sicherheitseinstellungen."
        }
        Phrase::NoticeAddressConfirmed => "{factor} in Ihrem Konto wurde erneut bestätigt.",
        Phrase::NoticeBackupCodesLow => {
            "Ihre Backup-Codes gehen zur Neige (noch {left}). Erstellen Sie neue in Ihren Sicherheitseinstellungen."
        }
        Phrase::NoticeChanged => "Ihre Sicherheitseinstellungen wurden geändert.",
        Phrase::NoticeDeviceAdded => {
            "Ihrem Konto wurde ein neues vertrauenswürdiges Gerät hinzugefügt."
        }
        Phrase::NoticeDeviceForgotten => {
            "ein von Ihnen genutztes Gerät gilt nach zu vielen Fehlversuchen nicht mehr als bekannt."
        }
        Phrase::NoticeDeviceStolen => {
            "ein vertrauenswürdiges Gerät wurde möglicherweise kopiert und gilt nicht mehr als vertrauenswürdig."
        }
        Phrase::NoticeFactorAdded => "{factor} wurde Ihrem Konto hinzugefügt.",
        Phrase::NoticeFactorDisabled => "{factor} wurde nach zu vielen Fehlversuchen deaktiviert.",
        Phrase::NoticeFactorLocked => {
            "es gab Fehlversuche von jemandem, der Ihr Passwort kennt ({factor})."
        }
        Phrase::NoticeFactorRemoved => "{factor} wurde aus Ihrem Konto entfernt.",
        Phrase::NoticeFactorReplaced => "{factor} in Ihrem Konto wurde ersetzt.",
        Phrase::NoticeFirstFactorCompromised => {
            "jemand kennt Ihr Passwort und versucht, Ihre Codes zu erraten. Ändern Sie jetzt Ihr Passwort."
        }
        Phrase::NoticePinReset => "Ihre PIN wurde entfernt.",
        Phrase::NoticePinResetCancelled => "die Entfernung Ihrer PIN wurde abgebrochen.",
        Phrase::NoticePinResetReminder => {
            "Ihre PIN wird bald entfernt. Um sie zu behalten, melden Sie sich mit Ihrer PIN an."
        }
        Phrase::NoticePinResetStarted => {
            "jemand möchte Ihre PIN entfernen lassen. Sie wird in einer Woche entfernt, es sei denn, Sie melden sich mit ihr an."
        }
        Phrase::NoticeRecovered => "Ihr Konto wurde wiederhergestellt.",
        Phrase::NoticeRegistered => {
            "Ihre Nummer wurde erneut registriert und alle Geräte wurden abgemeldet."
        }
        Phrase::NoticeRequestsOff => {
            "Anmeldeanfragen wurden deaktiviert, weil zu viele unbeantwortet blieben."
        }
        Phrase::NoticeReset => {
            "ein Administrator hat Ihre Zwei-Faktor-Authentifizierung zurückgesetzt."
        }
        Phrase::NoticeSecretsExported => {
            "der Support hat die Schlüssel Ihrer Zwei-Faktor-Authentifizierung exportiert."
        }
        Phrase::NoticeSignedOutEverywhere => "alle Geräte wurden abgemeldet.",
        Phrase::NoticeSupportCode => "der Support hat einen Backup-Code für Ihr Konto ausgestellt.",
        Phrase::NoticeTurnedOff => "die Zwei-Faktor-Authentifizierung wurde deaktiviert.",
        Phrase::NoticeUnlocked => "der Support hat Ihre Zwei-Faktor-Authentifizierung entsperrt.",
        Phrase::NoticeWhatsAppAllowed => "Sie können Codes jetzt über WhatsApp erhalten.",
        Phrase::NoticeWhatsAppForbidden => "Sie erhalten keine Codes mehr über WhatsApp.",
        Phrase::RequestBody => "Möchten Sie sich gerade bei {issuer} anmelden?",
        Phrase::RequestTitle => "Anmeldeanfrage",
        Phrase::UseEnroll => {
            "Mit diesem Code bestätigen Sie, dass {issuer} Sie hier erreichen kann."
        }
        Phrase::UseManage => {
            "Mit diesem Code ändern Sie Ihre Sicherheitseinstellungen bei {issuer}."
        }
        Phrase::UseRecover => "Mit diesem Code stellen Sie Ihr Konto bei {issuer} wieder her.",
        Phrase::UseRegister => "Mit diesem Code registrieren Sie sich bei {issuer}.",
        Phrase::UseResetPin => "Mit diesem Code entfernen Sie Ihre PIN bei {issuer}.",
        Phrase::UseSignIn => "Mit diesem Code melden Sie sich bei {issuer} an.",
        Phrase::UseStepUp => {
            "Mit diesem Code bestätigen Sie eine Aktion in Ihrem Konto bei {issuer}."
        }
        Phrase::UseTransaction => {
            "Mit diesem Code geben Sie diese Transaktion bei {issuer} frei ({agreed})."
        }
    }
}
