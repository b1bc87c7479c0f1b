//! Brazilian Portuguese, with *você*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Não foi você? Troque sua senha.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Nunca o compartilhe.",
        Phrase::CallAgain => "Repetindo, seu código é:",
        Phrase::CallCode => "Seu código é:",
        Phrase::CallEnd => "Até logo.",
        Phrase::CallGate => "Esta é uma ligação de {issuer}. Para ouvir seu código, tecle {keys}.",
        Phrase::CallMissed => "Desculpe, essas não eram as teclas corretas. Até logo.",
        Phrase::CallWarning => {
            "Nunca compartilhe este código. Nunca vamos pedi-lo a você. Se você não o solicitou, desligue."
        }
        Phrase::CodeEnroll => "{code} é seu código {issuer} para confirmar este número.",
        Phrase::CodeExpires => "Vale por {minutes} min.",
        Phrase::CodeManage => {
            "{code} é seu código {issuer} para alterar suas configurações de segurança."
        }
        Phrase::CodeRecover => "{code} é seu código {issuer} para recuperar sua conta.",
        Phrase::CodeRegister => "{code} é seu código {issuer} para registrar este número.",
        Phrase::CodeResetPin => "{code} é seu código {issuer} para remover seu PIN.",
        Phrase::CodeSignIn => "{code} é seu código {issuer} para entrar na sua conta.",
        Phrase::CodeStepUp => "{code} é seu código {issuer} para confirmar esta ação.",
        Phrase::CodeTransaction => {
            "{code} é seu código {issuer} para aprovar esta transação ({agreed})."
        }
        Phrase::CodeWarning => "Nunca o compartilhe. Nunca vamos pedi-lo.",
        Phrase::KindBackupCode => "um conjunto de códigos de backup",
        Phrase::KindEmail => "um endereço de e-mail",
        Phrase::KindHotp => "um gerador de códigos",
        Phrase::KindPhone => "um número de telefone",
        Phrase::KindPin => "um PIN",
        Phrase::KindSecurityKey => "uma chave de segurança",
        Phrase::KindSignInRequest => "uma solicitação de acesso",
        Phrase::KindTotp => "um aplicativo autenticador",
        Phrase::MailNotYou => {
            "Se você não solicitou este código, alguém pode saber sua senha. Troque-a agora."
        }
        Phrase::MailNoticeSubject => "Alerta de segurança da sua conta {issuer}",
        Phrase::MailSubject => "{code} é seu código {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "Se não foi você, troque sua senha e revise suas configurações de segurança."
        }
        Phrase::NoticeAddressConfirmed => "nova confirmação de {factor} na sua conta.",
        Phrase::NoticeBackupCodesLow => {
            "restam poucos códigos de backup ({left}). Crie outros nas configurações de segurança."
        }
        Phrase::NoticeChanged => "suas configurações de segurança foram alteradas.",
        Phrase::NoticeDeviceAdded => "um novo dispositivo confiável foi adicionado à sua conta.",
        Phrase::NoticeDeviceForgotten => {
            "um dispositivo que você usava foi esquecido após muitas tentativas incorretas."
        }
        Phrase::NoticeDeviceStolen => {
            "um dispositivo confiável pode ter sido copiado e deixou de ser confiável."
        }
        Phrase::NoticeFactorAdded => "inclusão de {factor} na sua conta.",
        Phrase::NoticeFactorDisabled => {
            "desativação de {factor} após muitas tentativas incorretas."
        }
        Phrase::NoticeFactorLocked => {
            "alguém que sabe sua senha fez tentativas incorretas com {factor}."
        }
        Phrase::NoticeFactorRemoved => "remoção de {factor} da sua conta.",
        Phrase::NoticeFactorReplaced => "substituição de {factor} na sua conta.",
        Phrase::NoticeFirstFactorCompromised => {
            "alguém sabe sua senha e tenta adivinhar seus códigos. Altere a senha agora."
        }
        Phrase::NoticePinReset => "seu PIN foi removido.",
        Phrase::NoticePinResetCancelled => "o pedido para remover seu PIN foi cancelado.",
        Phrase::NoticePinResetReminder => {
            "seu PIN será removido em breve. Para mantê-lo, entre com ele."
        }
        Phrase::NoticePinResetStarted => {
            "alguém pediu para remover seu PIN. Ele será removido em uma semana, a menos que você entre com ele."
        }
        Phrase::NoticeRecovered => "sua conta foi recuperada.",
        Phrase::NoticeRegistered => {
            "seu número foi registrado novamente e todos os dispositivos foram desconectados."
        }
        Phrase::NoticeRequestsOff => {
            "as solicitações de acesso foram desativadas porque muitas ficaram sem resposta."
        }
        Phrase::NoticeReset => "um administrador redefiniu sua autenticação de dois fatores.",
        Phrase::NoticeSecretsExported => {
            "o suporte exportou as chaves da sua autenticação de dois fatores."
        }
        Phrase::NoticeSignedOutEverywhere => "todos os dispositivos foram desconectados.",
        Phrase::NoticeSupportCode => "o suporte emitiu um código de backup para sua conta.",
        Phrase::NoticeTurnedOff => "a autenticação de dois fatores foi desativada.",
        Phrase::NoticeUnlocked => "o suporte desbloqueou sua autenticação de dois fatores.",
        Phrase::NoticeWhatsAppAllowed => "agora você pode receber códigos pelo WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "você não receberá mais códigos pelo WhatsApp.",
        Phrase::RequestBody => "Você está tentando entrar na sua conta {issuer}?",
        Phrase::RequestTitle => "Solicitação de acesso",
        Phrase::UseEnroll => {
            "Use este código para confirmar que {issuer} consegue falar com você aqui."
        }
        Phrase::UseManage => {
            "Use este código para alterar suas configurações de segurança em {issuer}."
        }
        Phrase::UseRecover => "Use este código para recuperar sua conta {issuer}.",
        Phrase::UseRegister => "Use este código para se registrar em {issuer}.",
        Phrase::UseResetPin => "Use este código para remover seu PIN em {issuer}.",
        Phrase::UseSignIn => "Use este código para entrar na sua conta {issuer}.",
        Phrase::UseStepUp => "Use este código para confirmar uma ação na sua conta {issuer}.",
        Phrase::UseTransaction => {
            "Use este código para aprovar esta transação em {issuer} ({agreed})."
        }
    }
}
