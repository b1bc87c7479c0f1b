//! Simplified Chinese, with 您.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "非本人操作？请修改密码。",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "切勿告诉他人。",
        Phrase::CallAgain => "重复一遍，您的验证码是：",
        Phrase::CallCode => "您的验证码是：",
        Phrase::CallEnd => "再见。",
        Phrase::CallGate => "这里是 {issuer}。要收听验证码，请按 {keys}。",
        Phrase::CallMissed => "抱歉，按键不正确。再见。",
        Phrase::CallWarning => {
            "切勿将此验证码告诉任何人，我们绝不会向您索取。如果不是您本人请求的，请挂断电话。"
        }
        Phrase::CodeEnroll => "{code} 是您的 {issuer} 验证码，用于验证此号码。",
        Phrase::CodeExpires => "{minutes} 分钟内有效。",
        Phrase::CodeManage => "{code} 是您的 {issuer} 验证码，用于更改安全设置。",
        Phrase::CodeRecover => "{code} 是您的 {issuer} 验证码，用于找回账号。",
        Phrase::CodeRegister => "{code} 是您的 {issuer} 验证码，用于注册此号码。",
        Phrase::CodeResetPin => "{code} 是您的 {issuer} 验证码，用于移除 PIN。",
        Phrase::CodeSignIn => "{code} 是您的 {issuer} 登录验证码。",
        Phrase::CodeStepUp => "{code} 是您的 {issuer} 验证码，用于确认操作。",
        Phrase::CodeTransaction => "{code} 是您的 {issuer} 验证码，用于批准此交易（{agreed}）。",
        Phrase::CodeWarning => "切勿告诉任何人，我们绝不会向您索取。",
        Phrase::KindBackupCode => "备用验证码",
        Phrase::KindEmail => "邮箱地址",
        Phrase::KindHotp => "动态口令牌",
        Phrase::KindPhone => "手机号码",
        Phrase::KindPin => "PIN",
        Phrase::KindSecurityKey => "安全密钥",
        Phrase::KindSignInRequest => "登录请求",
        Phrase::KindTotp => "身份验证器应用",
        Phrase::MailNotYou => "如果不是您本人请求的，可能有人知道您的密码，请立即修改密码。",
        Phrase::MailNoticeSubject => "{issuer} 账号安全提醒",
        Phrase::MailSubject => "{code} 是您的 {issuer} 验证码",
        Phrase::Notice => "{issuer}：{notice}",
        Phrase::NoticeAdvice => "如非本人操作，请修改密码并检查安全设置。",
        Phrase::NoticeAddressConfirmed => "您账号的{factor}已重新确认。",
        Phrase::NoticeBackupCodesLow => "您的备用验证码仅剩 {left} 个，请在安全设置中生成新的。",
        Phrase::NoticeChanged => "您的安全设置已更改。",
        Phrase::NoticeDeviceAdded => "您的账号已添加一台新的受信任设备。",
        Phrase::NoticeDeviceForgotten => "您用过的一台设备因错误次数过多，已不再被识别。",
        Phrase::NoticeDeviceStolen => "一台受信任的设备可能已被复制，现已不再受信任。",
        Phrase::NoticeFactorAdded => "您的账号已添加{factor}。",
        Phrase::NoticeFactorDisabled => "错误次数过多，{factor}已停用。",
        Phrase::NoticeFactorLocked => "有人知道您的密码，但使用{factor}验证失败。",
        Phrase::NoticeFactorRemoved => "您的账号已移除{factor}。",
        Phrase::NoticeFactorReplaced => "您的账号已更换{factor}。",
        Phrase::NoticeFirstFactorCompromised => {
            "有人知道您的密码，正在猜测您的验证码。请立即修改密码。"
        }
        Phrase::NoticePinReset => "您的 PIN 已移除。",
        Phrase::NoticePinResetCancelled => "移除 PIN 的请求已取消。",
        Phrase::NoticePinResetReminder => "您的 PIN 即将移除。如需保留，请用该 PIN 登录。",
        Phrase::NoticePinResetStarted => {
            "有人请求移除您的 PIN，将在一周后移除。如需保留，请用该 PIN 登录。"
        }
        Phrase::NoticeRecovered => "您的账号已找回。",
        Phrase::NoticeRegistered => "您的号码已重新注册，所有设备均已退出登录。",
        Phrase::NoticeRequestsOff => "未回应的登录请求过多，登录请求已关闭。",
        Phrase::NoticeReset => "管理员已重置您的两步验证。",
        Phrase::NoticeSecretsExported => "客服已导出您的两步验证密钥。",
        Phrase::NoticeSignedOutEverywhere => "所有设备均已退出登录。",
        Phrase::NoticeSupportCode => "客服已为您的账号签发备用验证码。",
        Phrase::NoticeTurnedOff => "两步验证已关闭。",
        Phrase::NoticeUnlocked => "客服已解锁您的两步验证。",
        Phrase::NoticeWhatsAppAllowed => "您现在可以通过 WhatsApp 接收验证码。",
        Phrase::NoticeWhatsAppForbidden => "您将不再通过 WhatsApp 收到验证码。",
        Phrase::RequestBody => "您正在尝试登录 {issuer} 吗？",
        Phrase::RequestTitle => "登录请求",
        Phrase::UseEnroll => "此验证码用于确认您能在这里收到 {issuer} 的消息。",
        Phrase::UseManage => "此验证码用于更改您在 {issuer} 的安全设置。",
        Phrase::UseRecover => "此验证码用于找回您的 {issuer} 账号。",
        Phrase::UseRegister => "此验证码用于注册 {issuer}。",
        Phrase::UseResetPin => "此验证码用于移除您在 {issuer} 的 PIN。",
        Phrase::UseSignIn => "此验证码用于登录 {issuer}。",
        Phrase::UseStepUp => "此验证码用于确认您在 {issuer} 的操作。",
        Phrase::UseTransaction => "此验证码用于批准您在 {issuer} 的此笔交易（{agreed}）。",
    }
}
