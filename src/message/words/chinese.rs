//! Simplified Chinese, with 您.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "非本人操作？请修改密码。",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "切勿告诉他人。",
        Phrase::CallAgain => "再说一遍：",
        Phrase::CallCode => "您的验证码是：",
        Phrase::CallEnd => "再见。",
        Phrase::CallGate => "这里是 {issuer}。要收听验证码，请按 {digit}。",
        Phrase::CallMissed => "未收到正确的按键。再见。",
        Phrase::CallWarning => {
            "切勿告诉任何人，包括 {issuer} 的工作人员。如果不是您本人请求的，请挂断电话。"
        }
        Phrase::CodeEnds => "{minutes} 分钟内有效。",
        Phrase::CodeEnroll => "{code} 是您的 {issuer} 验证码，用于确认此号码。",
        Phrase::CodeManage => "{code} 是您的 {issuer} 验证码，用于更改安全设置。",
        Phrase::CodeRecover => "{code} 是您的 {issuer} 验证码，用于找回账号。",
        Phrase::CodeRegister => "{code} 是您的 {issuer} 验证码，用于注册此号码。",
        Phrase::CodeResetPin => "{code} 是您的 {issuer} 验证码，用于移除 PIN。",
        Phrase::CodeSignIn => "{code} 是您的 {issuer} 登录验证码。",
        Phrase::CodeStepUp => "{code} 是您的 {issuer} 验证码，用于确认操作。",
        Phrase::CodeTransaction => "{code} 是您的 {issuer} 验证码，用于同意以下内容（{agreed}）。",
        Phrase::CodeWarning => "切勿告诉任何人，包括 {issuer} 的工作人员。",
        Phrase::KindApp => "身份验证器应用",
        Phrase::KindBackupCode => "备用验证码",
        Phrase::KindEmail => "邮箱地址",
        Phrase::KindPhone => "手机号码",
        Phrase::KindPin => "PIN",
        Phrase::KindRequest => "登录请求",
        Phrase::KindSecurityKey => "安全密钥",
        Phrase::KindToken => "动态口令牌",
        Phrase::MailNotYou => "如果不是您本人请求的，可能有人知道您的密码，请修改密码。",
        Phrase::MailNoticeSubject => "{issuer}：关于您的账号安全",
        Phrase::MailSubject => "{code} 是您的 {issuer} 验证码",
        Phrase::Notice => "{issuer}：{notice}",
        Phrase::NoticeAdvice => "如非本人操作，请修改密码并检查设置。",
        Phrase::NoticeBackupCodesLow => "您的备用验证码只剩 {left} 个，请在安全设置中生成新的。",
        Phrase::NoticeChanged => "您的安全设置有变动。",
        Phrase::NoticeDeviceAdded => "已信任一台新设备。",
        Phrase::NoticeDeviceStolen => "一台受信任的设备可能被复制，已不再受信任。",
        Phrase::NoticeFactorAdded => "已添加{factor}。",
        Phrase::NoticeFactorDisabled => "错误次数过多，{factor}已停用。",
        Phrase::NoticeFactorLocked => "有人知道您的密码，并多次用错{factor}。",
        Phrase::NoticeFactorRemoved => "已移除{factor}。",
        Phrase::NoticeFactorReplaced => "已更换{factor}。",
        Phrase::NoticePinReset => "您的 PIN 已移除。",
        Phrase::NoticePinResetBegun => {
            "有人请求移除您的 PIN，将在一周后移除。用该 PIN 登录即可保留。"
        }
        Phrase::NoticePinResetCancelled => "已按您的意愿保留 PIN。",
        Phrase::NoticePinResetNears => "您的 PIN 即将移除。用该 PIN 登录即可保留。",
        Phrase::NoticeRecovered => "您的账号已找回。",
        Phrase::NoticeRegistered => "您的号码已重新注册，所有设备均已退出。",
        Phrase::NoticeRequestsOff => "未回应的登录请求过多，已关闭登录请求。",
        Phrase::NoticeReset => "管理员已移除您的两步验证。",
        Phrase::NoticeSignedOutEverywhere => "所有设备均已退出登录。",
        Phrase::NoticeTurnedOff => "两步验证已关闭。",
        Phrase::NoticeWhatsAppAllowed => "今后验证码可通过 WhatsApp 发送给您。",
        Phrase::NoticeWhatsAppForbidden => "验证码不再通过 WhatsApp 发送。",
        Phrase::RequestBody => "有人想登录 {issuer}。是您本人吗？",
        Phrase::RequestTitle => "登录请求",
        Phrase::UseEnroll => "此验证码用于确认您能在这里收到 {issuer} 的消息。",
        Phrase::UseManage => "此验证码用于更改您在 {issuer} 的安全设置。",
        Phrase::UseRecover => "此验证码用于找回您的 {issuer} 账号。",
        Phrase::UseRegister => "此验证码用于注册 {issuer}。",
        Phrase::UseResetPin => "此验证码用于移除您在 {issuer} 的 PIN。",
        Phrase::UseSignIn => "此验证码用于登录 {issuer}。",
        Phrase::UseStepUp => "此验证码用于确认您在 {issuer} 的操作。",
        Phrase::UseTransaction => "此验证码用于在 {issuer} 同意以下内容（{agreed}）。",
    }
}
