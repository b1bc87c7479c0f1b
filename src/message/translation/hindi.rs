//! Hindi, with आप.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "आप नहीं थे? पासवर्ड बदलें।",
        Phrase::BriefEnroll => "{code} {issuer} नंबर जांच कोड।",
        Phrase::BriefManage => "{code} {issuer} सेटिंग कोड।",
        Phrase::BriefRecover => "{code} {issuer} रिकवरी कोड।",
        Phrase::BriefRegister => "{code} {issuer} रजिस्टर कोड।",
        Phrase::BriefResetPin => "{code} {issuer} PIN रीसेट कोड।",
        Phrase::BriefSignIn => "{code} {issuer} साइन-इन कोड।",
        Phrase::BriefStepUp => "{code} {issuer} पुष्टि कोड।",
        Phrase::BriefTransaction => "{code} {issuer} लेन-देन कोड ({agreed})।",
        Phrase::BriefWarning => "शेयर न करें",
        Phrase::CallAgain => "एक बार फिर, आपका कोड है:",
        Phrase::CallCode => "आपका कोड है:",
        Phrase::CallEnd => "नमस्ते।",
        Phrase::CallGate => "यह {issuer} की ओर से कॉल है। अपना कोड सुनने के लिए {keys} दबाएं।",
        Phrase::CallMissed => "माफ़ करें, हमें सही बटन नहीं मिला। नमस्ते।",
        Phrase::CallWarning => {
            "यह कोड किसी को न बताएं। हम आपसे इसे कभी नहीं मांगेंगे। अगर आपने यह कोड नहीं मांगा था, तो फ़ोन रख दें।"
        }
        Phrase::CodeEnroll => "{code} इस नंबर की पुष्टि के लिए आपका {issuer} कोड है।",
        Phrase::CodeExpires => "यह {minutes} मिनट तक मान्य है।",
        Phrase::CodeManage => "{code} सुरक्षा सेटिंग बदलने के लिए आपका {issuer} कोड है।",
        Phrase::CodeRecover => "{code} अपना खाता वापस पाने के लिए आपका {issuer} कोड है।",
        Phrase::CodeRegister => "{code} यह नंबर रजिस्टर करने के लिए आपका {issuer} कोड है।",
        Phrase::CodeResetPin => "{code} अपना PIN हटाने के लिए आपका {issuer} कोड है।",
        Phrase::CodeSignIn => "{code} साइन इन करने के लिए आपका {issuer} कोड है।",
        Phrase::CodeStepUp => "{code} इस कार्रवाई की पुष्टि के लिए आपका {issuer} कोड है।",
        Phrase::CodeTransaction => "{code} यह लेन-देन मंज़ूर करने के लिए आपका {issuer} कोड है ({agreed})।",
        Phrase::CodeWarning => "इसे किसी से शेयर न करें। हम आपसे इसे कभी नहीं मांगेंगे।",
        Phrase::KindBackupCode => "बैकअप कोड",
        Phrase::KindEmail => "ईमेल पता",
        Phrase::KindHotp => "कोड जनरेटर",
        Phrase::KindPhone => "फ़ोन नंबर",
        Phrase::KindPin => "PIN",
        Phrase::KindSecurityKey => "सुरक्षा कुंजी",
        Phrase::KindSignInRequest => "साइन-इन अनुरोध",
        Phrase::KindTotp => "ऑथेंटिकेटर ऐप",
        Phrase::MailNotYou => {
            "अगर आपने यह कोड नहीं मांगा था, तो शायद कोई आपका पासवर्ड जानता है। उसे अभी बदलें।"
        }
        Phrase::MailNoticeSubject => "आपके {issuer} खाते के लिए सुरक्षा अलर्ट",
        Phrase::MailSubject => "{code} आपका {issuer} कोड है",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => "अगर यह आप नहीं थे, तो पासवर्ड बदलें और अपनी सुरक्षा सेटिंग देखें।",
        Phrase::NoticeAddressConfirmed => "आपके खाते में फिर से पुष्टि हुई: {factor}।",
        Phrase::NoticeBackupCodesLow => "बैकअप कोड कम बचे हैं ({left})। सुरक्षा सेटिंग में नए बनाएं।",
        Phrase::NoticeChanged => "आपकी सुरक्षा सेटिंग बदली गई हैं।",
        Phrase::NoticeDeviceAdded => "आपके खाते में नया भरोसेमंद डिवाइस जोड़ा गया।",
        Phrase::NoticeDeviceForgotten => "कई गलत कोशिशों के बाद आपका एक डिवाइस भुला दिया गया।",
        Phrase::NoticeDeviceStolen => "शायद भरोसेमंद डिवाइस कॉपी हुआ है। उस पर अब भरोसा नहीं।",
        Phrase::NoticeFactorAdded => "आपके खाते में जोड़ा गया: {factor}।",
        Phrase::NoticeFactorDisabled => "कई गलत कोशिशों के बाद बंद किया गया: {factor}।",
        Phrase::NoticeFactorLocked => "किसी को आपका पासवर्ड पता है, गलत कोशिशें: {factor}।",
        Phrase::NoticeFactorRemoved => "आपके खाते से हटाया गया: {factor}।",
        Phrase::NoticeFactorReplaced => "आपके खाते में बदला गया: {factor}।",
        Phrase::NoticeFirstFactorCompromised => {
            "किसी को आपका पासवर्ड पता है और वह कोड का अनुमान लगा रहा है। पासवर्ड बदलें।"
        }
        Phrase::NoticePinReset => "आपका PIN हटा दिया गया।",
        Phrase::NoticePinResetCancelled => "PIN हटाने का अनुरोध रद्द किया गया।",
        Phrase::NoticePinResetReminder => "PIN जल्द हटेगा। रोकने के लिए PIN से साइन इन करें।",
        Phrase::NoticePinResetStarted => "PIN एक हफ्ते में हटेगा। रोकने के लिए PIN से साइन इन करें।",
        Phrase::NoticeRecovered => "आपका खाता वापस मिल गया है।",
        Phrase::NoticeRegistered => "आपका नंबर फिर रजिस्टर हुआ और सभी डिवाइस साइन आउट हुए।",
        Phrase::NoticeRequestsOff => "साइन-इन अनुरोध बंद हैं, क्योंकि कई का जवाब नहीं मिला।",
        Phrase::NoticeReset => "एडमिन ने आपका टू-फ़ैक्टर ऑथेंटिकेशन रीसेट किया।",
        Phrase::NoticeSignedOutEverywhere => "सभी डिवाइस साइन आउट किए गए।",
        Phrase::NoticeSupportCode => "सपोर्ट ने आपके खाते के लिए बैकअप कोड जारी किया।",
        Phrase::NoticeTurnedOff => "टू-फ़ैक्टर ऑथेंटिकेशन बंद किया गया।",
        Phrase::NoticeUnlocked => "सपोर्ट ने आपका टू-फ़ैक्टर ऑथेंटिकेशन अनलॉक किया।",
        Phrase::NoticeWhatsAppAllowed => "अब आप WhatsApp पर कोड पा सकते हैं।",
        Phrase::NoticeWhatsAppForbidden => "अब आपको WhatsApp पर कोड नहीं मिलेंगे।",
        Phrase::RequestBody => "क्या आप {issuer} में साइन इन करना चाहते हैं?",
        Phrase::RequestTitle => "साइन-इन अनुरोध",
        Phrase::UseEnroll => "इस कोड से पुष्टि करें कि {issuer} के संदेश आप तक यहां पहुंचते हैं।",
        Phrase::UseManage => "इस कोड से {issuer} पर अपनी सुरक्षा सेटिंग बदलें।",
        Phrase::UseRecover => "इस कोड से {issuer} पर अपना खाता वापस पाएं।",
        Phrase::UseRegister => "इस कोड से {issuer} पर रजिस्टर करें।",
        Phrase::UseResetPin => "इस कोड से {issuer} पर अपना PIN हटाएं।",
        Phrase::UseSignIn => "इस कोड से {issuer} में साइन इन करें।",
        Phrase::UseStepUp => "इस कोड से {issuer} खाते में किसी कार्रवाई की पुष्टि करें।",
        Phrase::UseTransaction => "इस कोड से {issuer} पर यह लेन-देन मंज़ूर करें ({agreed})।",
    }
}
