//! Modern Standard Arabic.
//!
//! Every line begins with an Arabic word or with the code, so it is displayed from right to left
//! without a direction mark. A direction mark would be copied with the code.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "لست أنت؟ غيّر كلمة مرورك.",
        Phrase::BriefEnroll => "{code} لتأكيد رقمك في {issuer}.",
        Phrase::BriefManage => "{code} لتغيير إعدادات {issuer}.",
        Phrase::BriefRecover => "{code} لاستعادة حساب {issuer}.",
        Phrase::BriefRegister => "{code} لتسجيل رقمك في {issuer}.",
        Phrase::BriefResetPin => "{code} لإزالة PIN من {issuer}.",
        Phrase::BriefSignIn => "{code} للدخول إلى {issuer}.",
        Phrase::BriefStepUp => "{code} لتأكيد إجراء في {issuer}.",
        Phrase::BriefTransaction => "{code} للموافقة في {issuer} ({agreed}).",
        Phrase::BriefWarning => "لا تشاركه",
        Phrase::CallAgain => "مرة أخرى، رمزك هو:",
        Phrase::CallCode => "رمزك هو:",
        Phrase::CallEnd => "مع السلامة.",
        Phrase::CallGate => "معك {issuer}. لسماع رمزك، اضغط {keys}.",
        Phrase::CallMissed => "عذرا، لم نتلق الأرقام الصحيحة. مع السلامة.",
        Phrase::CallWarning => {
            "لا تشارك هذا الرمز مع أي شخص. لن نطلبه منك أبدا. إذا لم تطلبه، فأغلق الخط."
        }
        Phrase::CodeEnroll => "{code} هو رمزك لتأكيد هذا الرقم في {issuer}.",
        Phrase::CodeExpires => "مدة صلاحيته بالدقائق: {minutes}.",
        Phrase::CodeManage => "{code} هو رمزك لتغيير إعدادات الأمان في {issuer}.",
        Phrase::CodeRecover => "{code} هو رمزك لاستعادة حسابك في {issuer}.",
        Phrase::CodeRegister => "{code} هو رمزك لتسجيل هذا الرقم في {issuer}.",
        Phrase::CodeResetPin => "{code} هو رمزك لإزالة رقم PIN من {issuer}.",
        Phrase::CodeSignIn => "{code} هو رمزك لتسجيل الدخول إلى {issuer}.",
        Phrase::CodeStepUp => "{code} هو رمزك لتأكيد هذا الإجراء في {issuer}.",
        Phrase::CodeTransaction => {
            "{code} هو رمزك للموافقة على هذه المعاملة في {issuer} ({agreed})."
        }
        Phrase::CodeWarning => "لا تشاركه مع أي شخص. لن نطلبه منك أبدا.",
        Phrase::KindBackupCode => "رموز احتياطية",
        Phrase::KindEmail => "بريد إلكتروني",
        Phrase::KindHotp => "مولد رموز",
        Phrase::KindPhone => "رقم هاتف",
        Phrase::KindPin => "رقم PIN",
        Phrase::KindSecurityKey => "مفتاح أمان",
        Phrase::KindSignInRequest => "طلب دخول",
        Phrase::KindTotp => "تطبيق مصادقة",
        Phrase::MailNotYou => "إذا لم تطلب هذا الرمز، فربما يعرف شخص ما كلمة مرورك. غيّرها الآن.",
        Phrase::MailNoticeSubject => "تنبيه أمان لحسابك في {issuer}",
        Phrase::MailSubject => "{code} هو رمزك في {issuer}",
        Phrase::Notice => "من {issuer}: {notice}",
        Phrase::NoticeAdvice => "إذا لم تكن أنت، فغيّر كلمة مرورك وراجع إعدادات الأمان.",
        Phrase::NoticeAddressConfirmed => "تم تأكيد {factor} من جديد في حسابك.",
        Phrase::NoticeBackupCodesLow => "رموزك الاحتياطية قليلة ({left}). أنشئ رموزا جديدة.",
        Phrase::NoticeChanged => "تم تغيير إعدادات الأمان.",
        Phrase::NoticeDeviceAdded => "تمت إضافة جهاز موثوق جديد إلى حسابك.",
        Phrase::NoticeDeviceForgotten => "نُسي جهاز كنت تستخدمه لكثرة المحاولات الخاطئة.",
        Phrase::NoticeDeviceStolen => "ربما تم نسخ جهاز موثوق، ولم يعد موثوقا.",
        Phrase::NoticeFactorAdded => "تمت إضافة {factor} إلى حسابك.",
        Phrase::NoticeFactorDisabled => "تم تعطيل {factor} لكثرة المحاولات الخاطئة.",
        Phrase::NoticeFactorLocked => "محاولات خاطئة ممن يعرف كلمة مرورك: {factor}.",
        Phrase::NoticeFactorRemoved => "تمت إزالة {factor} من حسابك.",
        Phrase::NoticeFactorReplaced => "تم استبدال {factor} في حسابك.",
        Phrase::NoticeFirstFactorCompromised => "شخص يعرف كلمة مرورك ويخمن رموزك. غيّرها الآن.",
        Phrase::NoticePinReset => "تمت إزالة رقم PIN الخاص بك.",
        Phrase::NoticePinResetCancelled => "تم إلغاء طلب إزالة رقم PIN.",
        Phrase::NoticePinResetReminder => "سيُزال رقم PIN قريبا. للاحتفاظ به، ادخل به.",
        Phrase::NoticePinResetStarted => "طُلبت إزالة رقم PIN. سيُزال بعد أسبوع ما لم تدخل به.",
        Phrase::NoticeRecovered => "تمت استعادة حسابك.",
        Phrase::NoticeRegistered => "أُعيد تسجيل رقمك وتم تسجيل خروج كل الأجهزة.",
        Phrase::NoticeRequestsOff => "تم إيقاف طلبات الدخول لكثرة ما بقي منها بلا رد.",
        Phrase::NoticeReset => "أعاد مسؤول ضبط المصادقة الثنائية لحسابك.",
        Phrase::NoticeSecretsExported => "صدّر الدعم مفاتيح المصادقة الثنائية لحسابك.",
        Phrase::NoticeSignedOutEverywhere => "تم تسجيل خروج كل الأجهزة.",
        Phrase::NoticeSupportCode => "أصدر الدعم رمزا احتياطيا لحسابك.",
        Phrase::NoticeTurnedOff => "تم إيقاف المصادقة الثنائية.",
        Phrase::NoticeUnlocked => "ألغى الدعم قفل المصادقة الثنائية لحسابك.",
        Phrase::NoticeWhatsAppAllowed => "يمكنك الآن تلقي الرموز عبر WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "لن تصلك الرموز عبر WhatsApp بعد الآن.",
        Phrase::RequestBody => "هل تحاول تسجيل الدخول إلى {issuer}؟",
        Phrase::RequestTitle => "طلب تسجيل دخول",
        Phrase::UseEnroll => "استخدم هذا الرمز لتأكيد أن رسائل {issuer} تصلك هنا.",
        Phrase::UseManage => "استخدم هذا الرمز لتغيير إعدادات الأمان في {issuer}.",
        Phrase::UseRecover => "استخدم هذا الرمز لاستعادة حسابك في {issuer}.",
        Phrase::UseRegister => "استخدم هذا الرمز للتسجيل في {issuer}.",
        Phrase::UseResetPin => "استخدم هذا الرمز لإزالة رقم PIN من {issuer}.",
        Phrase::UseSignIn => "استخدم هذا الرمز لتسجيل الدخول إلى {issuer}.",
        Phrase::UseStepUp => "استخدم هذا الرمز لتأكيد إجراء في حسابك في {issuer}.",
        Phrase::UseTransaction => {
            "استخدم هذا الرمز للموافقة على هذه المعاملة في {issuer} ({agreed})."
        }
    }
}
