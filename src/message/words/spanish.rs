//! Spanish, as it is read on both sides of the ocean, with *tú*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "¿No fuiste tú? Cambia tu contraseña.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Nunca lo compartas.",
        Phrase::CallAgain => "Otra vez:",
        Phrase::CallCode => "Tu código es:",
        Phrase::CallEnd => "Adiós.",
        Phrase::CallGate => "Esta es una llamada de {issuer}. Para oír tu código, pulsa {digit}.",
        Phrase::CallMissed => "No recibimos la tecla correcta. Adiós.",
        Phrase::CallWarning => {
            "Nunca lo digas a nadie, ni siquiera a {issuer}. Si no lo pediste, cuelga."
        }
        Phrase::CodeEnds => "Vence en {minutes} min.",
        Phrase::CodeEnroll => "{code} es tu código de {issuer} para confirmar este número.",
        Phrase::CodeManage => {
            "{code} es tu código de {issuer} para cambiar tus ajustes de seguridad."
        }
        Phrase::CodeRecover => "{code} es tu código de {issuer} para recuperar tu cuenta.",
        Phrase::CodeRegister => "{code} es tu código de {issuer} para registrar este número.",
        Phrase::CodeResetPin => "{code} es tu código de {issuer} para quitar tu PIN.",
        Phrase::CodeSignIn => "{code} es tu código de {issuer} para iniciar sesión.",
        Phrase::CodeStepUp => {
            "{code} es tu código de {issuer} para confirmar lo que estás haciendo."
        }
        Phrase::CodeTransaction => "{code} es tu código de {issuer} para aceptar esto ({agreed}).",
        Phrase::CodeWarning => "Nunca lo compartas, ni siquiera con {issuer}.",
        Phrase::KindApp => "una aplicación de autenticación",
        Phrase::KindBackupCode => "un juego de códigos de respaldo",
        Phrase::KindEmail => "una dirección de correo",
        Phrase::KindPhone => "un número de teléfono",
        Phrase::KindPin => "un PIN",
        Phrase::KindRequest => "una solicitud de inicio de sesión",
        Phrase::KindSecurityKey => "una llave de seguridad",
        Phrase::KindToken => "un generador de códigos",
        Phrase::MailNotYou => "Si no lo pediste, puede que alguien sepa tu contraseña: cámbiala.",
        Phrase::MailNoticeSubject => "{issuer}: sobre la seguridad de tu cuenta",
        Phrase::MailSubject => "{code} es tu código de {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => "Si no fuiste tú, cambia tu contraseña y revisa tus ajustes.",
        Phrase::NoticeBackupCodesLow => {
            "te quedan {left} códigos de respaldo. Crea otros en tus ajustes de seguridad."
        }
        Phrase::NoticeChanged => "algo cambió en tus ajustes de seguridad.",
        Phrase::NoticeDeviceAdded => "hay un nuevo dispositivo de confianza.",
        Phrase::NoticeDeviceStolen => "un dispositivo de confianza pudo ser copiado y ya no lo es.",
        Phrase::NoticeFactorAdded => "se añadió {factor}.",
        Phrase::NoticeFactorDisabled => "tras demasiados intentos fallidos se desactivó {factor}.",
        Phrase::NoticeFactorLocked => {
            "alguien que sabe tu contraseña hizo intentos fallidos con {factor}."
        }
        Phrase::NoticeFactorRemoved => "se quitó {factor}.",
        Phrase::NoticeFactorReplaced => "se reemplazó {factor}.",
        Phrase::NoticePinReset => "se quitó tu PIN.",
        Phrase::NoticePinResetBegun => {
            "alguien pidió quitar tu PIN. Se quitará en una semana, salvo que inicies sesión con él."
        }
        Phrase::NoticePinResetCancelled => "tu PIN se conserva, como querías.",
        Phrase::NoticePinResetNears => {
            "tu PIN está por quitarse. Inicia sesión con él y se conservará."
        }
        Phrase::NoticeRecovered => "se recuperó tu cuenta.",
        Phrase::NoticeRegistered => {
            "tu número se registró de nuevo y se cerraron todas las sesiones."
        }
        Phrase::NoticeRequestsOff => {
            "las solicitudes de inicio de sesión se desactivaron: llegaron demasiadas sin respuesta."
        }
        Phrase::NoticeReset => "un administrador quitó tu verificación en dos pasos.",
        Phrase::NoticeSignedOutEverywhere => "se cerró la sesión en todos los dispositivos.",
        Phrase::NoticeTurnedOff => "se desactivó la verificación en dos pasos.",
        Phrase::NoticeWhatsAppAllowed => "desde ahora pueden llegarte códigos por WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "ya no te llegarán códigos por WhatsApp.",
        Phrase::RequestBody => "Alguien quiere iniciar sesión en {issuer}. ¿Eres tú?",
        Phrase::RequestTitle => "Solicitud de inicio de sesión",
        Phrase::UseEnroll => "Este código confirma que los mensajes de {issuer} te llegan aquí.",
        Phrase::UseManage => "Este código es para cambiar tus ajustes de seguridad en {issuer}.",
        Phrase::UseRecover => "Este código es para recuperar tu cuenta en {issuer}.",
        Phrase::UseRegister => "Este código es para registrarte en {issuer}.",
        Phrase::UseResetPin => "Este código es para quitar tu PIN en {issuer}.",
        Phrase::UseSignIn => "Este código es para iniciar sesión en {issuer}.",
        Phrase::UseStepUp => "Este código es para confirmar lo que estás haciendo en {issuer}.",
        Phrase::UseTransaction => "Este código es para aceptar esto en {issuer} ({agreed}).",
    }
}
