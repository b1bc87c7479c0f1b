//! French, with *vous*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Ce n'était pas vous ? Changez de mot de passe.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Ne le communiquez jamais.",
        Phrase::CallAgain => "Je répète, votre code est :",
        Phrase::CallCode => "Votre code est :",
        Phrase::CallEnd => "Au revoir.",
        Phrase::CallGate => "Ici {issuer}. Pour entendre votre code, appuyez sur {keys}.",
        Phrase::CallMissed => "Désolé, ce n'étaient pas les bonnes touches. Au revoir.",
        Phrase::CallWarning => {
            "Ne communiquez jamais ce code. Nous ne vous le demanderons jamais. Si vous ne l'avez pas demandé, raccrochez."
        }
        Phrase::CodeEnroll => "{code} est votre code {issuer} pour confirmer ce numéro.",
        Phrase::CodeExpires => "Il expire dans {minutes} min.",
        Phrase::CodeManage => {
            "{code} est votre code {issuer} pour modifier vos paramètres de sécurité."
        }
        Phrase::CodeRecover => "{code} est votre code {issuer} pour récupérer votre compte.",
        Phrase::CodeRegister => "{code} est votre code {issuer} pour enregistrer ce numéro.",
        Phrase::CodeResetPin => "{code} est votre code {issuer} pour supprimer votre code PIN.",
        Phrase::CodeSignIn => "{code} est votre code de connexion {issuer}.",
        Phrase::CodeStepUp => "{code} est votre code {issuer} pour confirmer cette action.",
        Phrase::CodeTransaction => {
            "{code} est votre code {issuer} pour approuver cette transaction ({agreed})."
        }
        Phrase::CodeWarning => "Ne le communiquez jamais, pas même à nous.",
        Phrase::KindBackupCode => "un jeu de codes de secours",
        Phrase::KindEmail => "une adresse e-mail",
        Phrase::KindHotp => "un générateur de codes",
        Phrase::KindPhone => "un numéro de téléphone",
        Phrase::KindPin => "un code PIN",
        Phrase::KindSecurityKey => "une clé de sécurité",
        Phrase::KindSignInRequest => "une demande de connexion",
        Phrase::KindTotp => "une application d'authentification",
        Phrase::MailNotYou => {
            "Si vous n'avez pas demandé ce code, quelqu'un connaît peut-être votre mot de passe. Changez-le dès maintenant."
        }
        Phrase::MailNoticeSubject => "Alerte de sécurité pour votre compte {issuer}",
        Phrase::MailSubject => "{code} est votre code {issuer}",
        Phrase::Notice => "{issuer} : {notice}",
        Phrase::NoticeAdvice => {
            "Si ce n'était pas vous, changez votre mot de passe et vérifiez vos paramètres de sécurité."
        }
        Phrase::NoticeAddressConfirmed => "nouvelle confirmation d'{factor} pour votre compte.",
        Phrase::NoticeBackupCodesLow => {
            "vous n'avez presque plus de codes de secours ({left}). Créez-en de nouveaux dans vos paramètres de sécurité."
        }
        Phrase::NoticeChanged => "vos paramètres de sécurité ont été modifiés.",
        Phrase::NoticeDeviceAdded => "un nouvel appareil de confiance a été ajouté à votre compte.",
        Phrase::NoticeDeviceForgotten => {
            "un appareil que vous utilisiez a été oublié après trop de tentatives incorrectes."
        }
        Phrase::NoticeDeviceStolen => {
            "un appareil de confiance a peut-être été copié. Il n'est plus considéré comme fiable."
        }
        Phrase::NoticeFactorAdded => "ajout d'{factor} à votre compte.",
        Phrase::NoticeFactorDisabled => {
            "désactivation d'{factor} après trop de tentatives incorrectes."
        }
        Phrase::NoticeFactorLocked => {
            "quelqu'un qui connaît votre mot de passe a échoué avec {factor}."
        }
        Phrase::NoticeFactorRemoved => "suppression d'{factor} de votre compte.",
        Phrase::NoticeFactorReplaced => "remplacement d'{factor} sur votre compte.",
        Phrase::NoticeFirstFactorCompromised => {
            "quelqu'un connaît votre mot de passe et tente de deviner vos codes. Changez-le maintenant."
        }
        Phrase::NoticePinReset => "votre code PIN a été supprimé.",
        Phrase::NoticePinResetCancelled => {
            "la demande de suppression de votre code PIN a été annulée."
        }
        Phrase::NoticePinResetReminder => {
            "votre code PIN sera bientôt supprimé. Pour le conserver, utilisez-le pour vous connecter."
        }
        Phrase::NoticePinResetStarted => {
            "quelqu'un a demandé la suppression de votre code PIN. Il sera supprimé dans une semaine, sauf si vous l'utilisez pour vous connecter."
        }
        Phrase::NoticeRecovered => "votre compte a été récupéré.",
        Phrase::NoticeRegistered => {
            "votre numéro a été enregistré à nouveau et tous les appareils ont été déconnectés."
        }
        Phrase::NoticeRequestsOff => {
            "les demandes de connexion ont été désactivées, car trop sont restées sans réponse."
        }
        Phrase::NoticeReset => {
            "un administrateur a réinitialisé votre authentification à deux facteurs."
        }
        Phrase::NoticeSecretsExported => {
            "le support a exporté les clés de votre authentification à deux facteurs."
        }
        Phrase::NoticeSignedOutEverywhere => "tous les appareils ont été déconnectés.",
        Phrase::NoticeSupportCode => "le support a émis un code de secours pour votre compte.",
        Phrase::NoticeTurnedOff => "l'authentification à deux facteurs a été désactivée.",
        Phrase::NoticeUnlocked => "le support a débloqué votre authentification à deux facteurs.",
        Phrase::NoticeWhatsAppAllowed => "vous pouvez désormais recevoir des codes sur WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "vous ne recevrez plus de codes sur WhatsApp.",
        Phrase::RequestBody => "Essayez-vous de vous connecter à {issuer} ?",
        Phrase::RequestTitle => "Demande de connexion",
        Phrase::UseEnroll => "Utilisez ce code pour confirmer que {issuer} peut vous joindre ici.",
        Phrase::UseManage => {
            "Utilisez ce code pour modifier vos paramètres de sécurité chez {issuer}."
        }
        Phrase::UseRecover => "Utilisez ce code pour récupérer votre compte {issuer}.",
        Phrase::UseRegister => "Utilisez ce code pour vous inscrire chez {issuer}.",
        Phrase::UseResetPin => "Utilisez ce code pour supprimer votre code PIN chez {issuer}.",
        Phrase::UseSignIn => "Utilisez ce code pour vous connecter à {issuer}.",
        Phrase::UseStepUp => {
            "Utilisez ce code pour confirmer une action sur votre compte {issuer}."
        }
        Phrase::UseTransaction => {
            "Utilisez ce code pour approuver cette transaction chez {issuer} ({agreed})."
        }
    }
}
