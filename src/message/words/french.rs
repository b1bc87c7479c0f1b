//! French, with *vous*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Ce n'était pas vous ? Changez de mot de passe.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Ne le communiquez jamais.",
        Phrase::CallAgain => "Encore une fois :",
        Phrase::CallCode => "Votre code est :",
        Phrase::CallEnd => "Au revoir.",
        Phrase::CallGate => "Ici {issuer}. Pour entendre votre code, appuyez sur {digit}.",
        Phrase::CallMissed => "Nous n'avons pas reçu la bonne touche. Au revoir.",
        Phrase::CallWarning => {
            "Ne le dites à personne, ni à {issuer}. Si vous ne l'avez pas demandé, raccrochez."
        }
        Phrase::CodeEnds => "Il expire dans {minutes} min.",
        Phrase::CodeEnroll => "{code} est votre code {issuer} pour confirmer ce numéro.",
        Phrase::CodeManage => {
            "{code} est votre code {issuer} pour modifier vos paramètres de sécurité."
        }
        Phrase::CodeRecover => "{code} est votre code {issuer} pour récupérer votre compte.",
        Phrase::CodeRegister => "{code} est votre code {issuer} pour enregistrer ce numéro.",
        Phrase::CodeResetPin => "{code} est votre code {issuer} pour supprimer votre code PIN.",
        Phrase::CodeSignIn => "{code} est votre code {issuer} pour vous connecter.",
        Phrase::CodeStepUp => "{code} est votre code {issuer} pour confirmer votre opération.",
        Phrase::CodeTransaction => "{code} est votre code {issuer} pour accepter ceci ({agreed}).",
        Phrase::CodeWarning => "Ne le communiquez à personne, ni à {issuer}.",
        Phrase::KindApp => "une application d'authentification",
        Phrase::KindBackupCode => "une série de codes de secours",
        Phrase::KindEmail => "une adresse e-mail",
        Phrase::KindPhone => "un numéro de téléphone",
        Phrase::KindPin => "un code PIN",
        Phrase::KindRequest => "une demande de connexion",
        Phrase::KindSecurityKey => "une clé de sécurité",
        Phrase::KindToken => "un générateur de codes",
        Phrase::MailNotYou => {
            "Si vous ne l'avez pas demandé, quelqu'un connaît peut-être votre mot de passe : changez-le."
        }
        Phrase::MailNoticeSubject => "{issuer} : à propos de la sécurité de votre compte",
        Phrase::MailSubject => "{code} est votre code {issuer}",
        Phrase::Notice => "{issuer} : {notice}",
        Phrase::NoticeAdvice => {
            "Si ce n'était pas vous, changez votre mot de passe et vérifiez vos paramètres."
        }
        Phrase::NoticeBackupCodesLow => {
            "codes de secours restants : {left}. Créez-en d'autres dans vos paramètres de sécurité."
        }
        Phrase::NoticeChanged => "quelque chose a changé dans vos paramètres de sécurité.",
        Phrase::NoticeDeviceAdded => "un nouvel appareil est de confiance.",
        Phrase::NoticeDeviceStolen => {
            "un appareil de confiance a peut-être été copié et ne l'est plus."
        }
        Phrase::NoticeFactorAdded => "ajout d'{factor} à votre compte.",
        Phrase::NoticeFactorDisabled => "désactivation d'{factor} après trop d'essais erronés.",
        Phrase::NoticeFactorLocked => {
            "quelqu'un qui connaît votre mot de passe a fait des essais erronés avec {factor}."
        }
        Phrase::NoticeFactorRemoved => "retrait d'{factor} de votre compte.",
        Phrase::NoticeFactorReplaced => "remplacement d'{factor} de votre compte.",
        Phrase::NoticePinReset => "votre code PIN a été supprimé.",
        Phrase::NoticePinResetBegun => {
            "quelqu'un a demandé la suppression de votre code PIN. Elle aura lieu dans une semaine, sauf si vous vous connectez avec lui."
        }
        Phrase::NoticePinResetCancelled => "votre code PIN est conservé, comme vous le vouliez.",
        Phrase::NoticePinResetNears => {
            "votre code PIN va être supprimé. Connectez-vous avec lui pour le garder."
        }
        Phrase::NoticeRecovered => "votre compte a été récupéré.",
        Phrase::NoticeRegistered => {
            "votre numéro a été enregistré de nouveau et tous les appareils ont été déconnectés."
        }
        Phrase::NoticeRequestsOff => {
            "les demandes de connexion sont désactivées : trop sont restées sans réponse."
        }
        Phrase::NoticeReset => "un administrateur a retiré votre validation en deux étapes.",
        Phrase::NoticeSignedOutEverywhere => "tous les appareils ont été déconnectés.",
        Phrase::NoticeTurnedOff => "la validation en deux étapes a été désactivée.",
        Phrase::NoticeWhatsAppAllowed => "des codes peuvent désormais vous parvenir par WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "les codes ne vous parviennent plus par WhatsApp.",
        Phrase::RequestBody => "Quelqu'un veut se connecter à {issuer}. Est-ce vous ?",
        Phrase::RequestTitle => "Demande de connexion",
        Phrase::UseEnroll => "Ce code confirme que les messages de {issuer} vous parviennent ici.",
        Phrase::UseManage => "Ce code sert à modifier vos paramètres de sécurité chez {issuer}.",
        Phrase::UseRecover => "Ce code sert à récupérer votre compte chez {issuer}.",
        Phrase::UseRegister => "Ce code sert à vous inscrire chez {issuer}.",
        Phrase::UseResetPin => "Ce code sert à supprimer votre code PIN chez {issuer}.",
        Phrase::UseSignIn => "Ce code sert à vous connecter à {issuer}.",
        Phrase::UseStepUp => "Ce code sert à confirmer votre opération chez {issuer}.",
        Phrase::UseTransaction => "Ce code sert à accepter ceci chez {issuer} ({agreed}).",
    }
}
