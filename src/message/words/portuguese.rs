//! Portuguese, as it is written in Brazil, with *você*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Não foi você? Troque sua senha.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Nunca o compartilhe.",
        Phrase::CallAgain => "Mais uma vez:",
        Phrase::CallCode => "Seu código é:",
        Phrase::CallEnd => "Até logo.",
        Phrase::CallGate => "Esta é uma ligação de {issuer}. Para ouvir seu código, tecle {digit}.",
        Phrase::CallMissed => "Não recebemos a tecla certa. Até logo.",
        Phrase::CallWarning => {
            "Nunca o diga a ninguém, nem a {issuer}. Se você não o pediu, desligue."
        }
        Phrase::CodeEnds => "Vale por {minutes} min.",
        Phrase::CodeEnroll => "{code} é seu código {issuer} para confirmar este número.",
        Phrase::CodeManage => {
            "{code} é seu código {issuer} para alterar suas configurações de segurança."
        }
        Phrase::CodeRecover => "{code} é seu código {issuer} para recuperar sua conta.",
        Phrase::CodeRegister => "{code} é seu código {issuer} para registrar este número.",
        Phrase::CodeResetPin => "{code} é seu código {issuer} para remover seu PIN.",
        Phrase::CodeSignIn => "{code} é seu código {issuer} para entrar na sua conta.",
        Phrase::CodeStepUp => {
            "{code} é seu código {issuer} para confirmar o que você está fazendo."
        }
        Phrase::CodeTransaction => {
            "{code} é seu código {issuer} para concordar com isto ({agreed})."
        }
        Phrase::CodeWarning => "Nunca o compartilhe, nem com {issuer}.",
        Phrase::KindApp => "um aplicativo autenticador",
        Phrase::KindBackupCode => "um conjunto de códigos de reserva",
        Phrase::KindEmail => "um endereço de e-mail",
        Phrase::KindPhone => "um número de telefone",
        Phrase::KindPin => "um PIN",
        Phrase::KindRequest => "uma solicitação de acesso",
        Phrase::KindSecurityKey => "uma chave de segurança",
        Phrase::KindToken => "um gerador de códigos",
        Phrase::MailNotYou => "Se você não o pediu, alguém pode saber sua senha: troque-a.",
        Phrase::MailNoticeSubject => "{issuer}: sobre a segurança da sua conta",
        Phrase::MailSubject => "{code} é seu código {issuer}",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => "Se não foi você, troque sua senha e confira suas configurações.",
        Phrase::NoticeBackupCodesLow => {
            "restam {left} dos seus códigos de reserva. Crie outros nas configurações de segurança."
        }
        Phrase::NoticeChanged => "algo mudou nas suas configurações de segurança.",
        Phrase::NoticeDeviceAdded => "há um novo dispositivo confiável.",
        Phrase::NoticeDeviceStolen => {
            "um dispositivo confiável pode ter sido copiado e não é mais confiável."
        }
        Phrase::NoticeFactorAdded => "inclusão de {factor} na sua conta.",
        Phrase::NoticeFactorDisabled => {
            "após muitas tentativas erradas, {factor} não funciona mais."
        }
        Phrase::NoticeFactorLocked => {
            "alguém que sabe sua senha fez tentativas erradas com {factor}."
        }
        Phrase::NoticeFactorRemoved => "remoção de {factor} da sua conta.",
        Phrase::NoticeFactorReplaced => "troca de {factor} na sua conta.",
        Phrase::NoticePinReset => "seu PIN foi removido.",
        Phrase::NoticePinResetBegun => {
            "alguém pediu para remover seu PIN. Ele some em uma semana, a menos que você entre com ele."
        }
        Phrase::NoticePinResetCancelled => "seu PIN continua, como você quis.",
        Phrase::NoticePinResetNears => {
            "seu PIN está para ser removido. Entre com ele, e ele continua."
        }
        Phrase::NoticeRecovered => "sua conta foi recuperada.",
        Phrase::NoticeRegistered => {
            "seu número foi registrado de novo e todos os dispositivos saíram da conta."
        }
        Phrase::NoticeRequestsOff => {
            "as solicitações de acesso foram desativadas: vieram muitas sem resposta."
        }
        Phrase::NoticeReset => "um administrador removeu sua verificação em duas etapas.",
        Phrase::NoticeSignedOutEverywhere => "todos os dispositivos saíram da conta.",
        Phrase::NoticeTurnedOff => "a verificação em duas etapas foi desativada.",
        Phrase::NoticeWhatsAppAllowed => {
            "a partir de agora você pode receber códigos pelo WhatsApp."
        }
        Phrase::NoticeWhatsAppForbidden => "você não recebe mais códigos pelo WhatsApp.",
        Phrase::RequestBody => "Alguém quer entrar na sua conta {issuer}. É você?",
        Phrase::RequestTitle => "Solicitação de acesso",
        Phrase::UseEnroll => {
            "Este código confirma que as mensagens de {issuer} chegam a você aqui."
        }
        Phrase::UseManage => {
            "Este código serve para alterar suas configurações de segurança em {issuer}."
        }
        Phrase::UseRecover => "Este código serve para recuperar sua conta em {issuer}.",
        Phrase::UseRegister => "Este código serve para se registrar em {issuer}.",
        Phrase::UseResetPin => "Este código serve para remover seu PIN em {issuer}.",
        Phrase::UseSignIn => "Este código serve para entrar na sua conta em {issuer}.",
        Phrase::UseStepUp => {
            "Este código serve para confirmar o que você está fazendo em {issuer}."
        }
        Phrase::UseTransaction => {
            "Este código serve para concordar com isto em {issuer} ({agreed})."
        }
    }
}
