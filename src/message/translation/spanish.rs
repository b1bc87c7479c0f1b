//! Spanish for Spain and Latin America, with *tú*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "¿No fuiste tú? Cambia tu contraseña.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Nunca lo compartas.",
        Phrase::CallAgain => "Repetimos, tu código es:",
        Phrase::CallCode => "Tu código es:",
        Phrase::CallEnd => "Adiós.",
        Phrase::CallGate => "Te llamamos de {issuer}. Para oír tu código, marca {keys}.",
        Phrase::CallMissed => "Lo sentimos, esas no eran las teclas correctas. Adiós.",
        Phrase::CallWarning => {
            "Nunca compartas este código. Nunca te lo pediremos. Si no lo solicitaste, cuelga."
        }
        Phrase::CodeEnroll => "{code} es tu código de {issuer} para verificar este número.",
        Phrase::CodeExpires => "Vence en {minutes} min.",
        Phrase::CodeManage => {
            "{code} es tu código de {issuer} para cambiar tu configuración de seguridad."
        }
        Phrase::CodeRecover => "{code} es tu código de {issuer} para recuperar tu cuenta.",
        Phrase::CodeRegister => "{code} es tu código de {issuer} para registrar este número.",
        Phrase::CodeResetPin => "{code} es tu código de {issuer} para eliminar tu PIN.",
        Phrase::CodeSignIn => "{code} es tu código de {issuer} para iniciar sesión.",
        Phrase::CodeStepUp => "{code} es tu código de {issuer} para confirmar esta acción.",
        Phrase::CodeTransaction => {
            "{code} es tu código de {issuer} para aprobar esta transacción ({agreed})."
        }
        Phrase::CodeWarning => "Nunca lo compartas. Nunca te lo pediremos.",
        Phrase::KindBackupCode => "un juego de códigos de respaldo",
        Phrase::KindEmail => "una dirección de correo",
        Phrase::KindHotp => "un generador de códigos",
        Phrase::KindPhone => "un número de teléfono",
        Phrase::KindPin => "un PIN",
        Phrase::KindSecurityKey => "una llave de seguridad",
        Phrase::KindSignInRequest => "una solicitud de inicio de sesión",
        Phrase::KindTotp => "una aplicación de autenticación",
        Phrase::MailNotYou => {
            "Si no solicitaste este código, es posible que alguien sepa tu contraseña. Cámbiala ahora."
        }
        Phrase::MailNoticeSubject => "Alerta de seguridad de tu cuenta de {issuer}",
        Phrase::MailSubject => "{code} es tu código de {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "Si no fuiste tú, cambia tu contraseña y revisa tu configuración de seguridad."
        }
        Phrase::NoticeAddressConfirmed => "se volvió a confirmar {factor} en tu cuenta.",
        Phrase::NoticeBackupCodesLow => {
            "te quedan pocos códigos de respaldo ({left}). Crea otros en tu configuración de seguridad."
        }
        Phrase::NoticeChanged => "se modificó tu configuración de seguridad.",
        Phrase::NoticeDeviceAdded => "se añadió un nuevo dispositivo de confianza a tu cuenta.",
        Phrase::NoticeDeviceForgotten => {
            "se olvidó un dispositivo que usabas por demasiados intentos incorrectos en él."
        }
        Phrase::NoticeDeviceStolen => {
            "es posible que se haya copiado un dispositivo de confianza. Ya no se confía en él."
        }
        Phrase::NoticeFactorAdded => "se añadió {factor} a tu cuenta.",
        Phrase::NoticeFactorDisabled => {
            "se desactivó {factor} por demasiados intentos incorrectos."
        }
        Phrase::NoticeFactorLocked => {
            "alguien que sabe tu contraseña hizo intentos incorrectos con {factor}."
        }
        Phrase::NoticeFactorRemoved => "se eliminó {factor} de tu cuenta.",
        Phrase::NoticeFactorReplaced => "se reemplazó {factor} en tu cuenta.",
        Phrase::NoticeFirstFactorCompromised => {
            "alguien sabe tu contraseña e intenta adivinar tus códigos. Cámbiala ahora."
        }
        Phrase::NoticePinReset => "se eliminó tu PIN.",
        Phrase::NoticePinResetCancelled => "se canceló la solicitud para eliminar tu PIN.",
        Phrase::NoticePinResetReminder => {
            "tu PIN se eliminará pronto. Para conservarlo, inicia sesión con él."
        }
        Phrase::NoticePinResetStarted => {
            "alguien solicitó eliminar tu PIN. Se eliminará en una semana, a menos que inicies sesión con él."
        }
        Phrase::NoticeRecovered => "se recuperó tu cuenta.",
        Phrase::NoticeRegistered => {
            "tu número se registró de nuevo y se cerró la sesión en todos tus dispositivos."
        }
        Phrase::NoticeRequestsOff => {
            "se desactivaron las solicitudes de inicio de sesión porque demasiadas quedaron sin respuesta."
        }
        Phrase::NoticeReset => "un administrador restableció tu autenticación de dos factores.",
        Phrase::NoticeSecretsExported => {
            "el soporte exportó las claves de tu autenticación de dos factores."
        }
        Phrase::NoticeSignedOutEverywhere => "se cerró la sesión en todos los dispositivos.",
        Phrase::NoticeSupportCode => "el soporte emitió un código de respaldo para tu cuenta.",
        Phrase::NoticeTurnedOff => "se desactivó la autenticación de dos factores.",
        Phrase::NoticeUnlocked => "el soporte desbloqueó tu autenticación de dos factores.",
        Phrase::NoticeWhatsAppAllowed => "ahora puedes recibir códigos por WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "ya no recibirás códigos por WhatsApp.",
        Phrase::RequestBody => "¿Estás intentando iniciar sesión en {issuer}?",
        Phrase::RequestTitle => "Solicitud de inicio de sesión",
        Phrase::UseEnroll => "Usa este código para confirmar que {issuer} puede contactarte aquí.",
        Phrase::UseManage => {
            "Usa este código para cambiar tu configuración de seguridad de {issuer}."
        }
        Phrase::UseRecover => "Usa este código para recuperar tu cuenta de {issuer}.",
        Phrase::UseRegister => "Usa este código para registrarte en {issuer}.",
        Phrase::UseResetPin => "Usa este código para eliminar tu PIN de {issuer}.",
        Phrase::UseSignIn => "Usa este código para iniciar sesión en {issuer}.",
        Phrase::UseStepUp => "Usa este código para confirmar una acción en tu cuenta de {issuer}.",
        Phrase::UseTransaction => {
            "Usa este código para aprobar esta transacción de {issuer} ({agreed})."
        }
    }
}
