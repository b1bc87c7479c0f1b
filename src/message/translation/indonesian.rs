//! Indonesian, with *Anda*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Bukan Anda? Ganti kata sandi.",
        // The long sentences fit one text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Jangan bagikan kepada siapa pun.",
        Phrase::CallAgain => "Sekali lagi, kode Anda adalah:",
        Phrase::CallCode => "Kode Anda adalah:",
        Phrase::CallEnd => "Sampai jumpa.",
        Phrase::CallGate => "Ini panggilan dari {issuer}. Untuk mendengar kode Anda, tekan {keys}.",
        Phrase::CallMissed => "Maaf, tombolnya tidak sesuai. Sampai jumpa.",
        Phrase::CallWarning => {
            "Jangan bagikan kode ini kepada siapa pun. Kami tidak akan pernah memintanya. Jika Anda tidak meminta kode ini, tutup telepon."
        }
        Phrase::CodeEnroll => "{code} adalah kode {issuer} Anda untuk memverifikasi nomor ini.",
        Phrase::CodeExpires => "Berlaku {minutes} menit.",
        Phrase::CodeManage => "{code} adalah kode {issuer} Anda untuk mengubah setelan keamanan.",
        Phrase::CodeRecover => "{code} adalah kode {issuer} Anda untuk memulihkan akun.",
        Phrase::CodeRegister => "{code} adalah kode {issuer} Anda untuk mendaftarkan nomor ini.",
        Phrase::CodeResetPin => "{code} adalah kode {issuer} Anda untuk menghapus PIN.",
        Phrase::CodeSignIn => "{code} adalah kode masuk {issuer} Anda.",
        Phrase::CodeStepUp => "{code} adalah kode {issuer} Anda untuk mengonfirmasi tindakan ini.",
        Phrase::CodeTransaction => {
            "{code} adalah kode {issuer} Anda untuk menyetujui transaksi ini ({agreed})."
        }
        Phrase::CodeWarning => "Jangan bagikan kepada siapa pun, termasuk kami.",
        Phrase::KindBackupCode => "kode cadangan",
        Phrase::KindEmail => "alamat email",
        Phrase::KindHotp => "token pembuat kode",
        Phrase::KindPhone => "nomor telepon",
        Phrase::KindPin => "PIN",
        Phrase::KindSecurityKey => "kunci keamanan",
        Phrase::KindSignInRequest => "permintaan masuk",
        Phrase::KindTotp => "aplikasi autentikator",
        Phrase::MailNotYou => {
            "Jika Anda tidak meminta kode ini, mungkin ada yang mengetahui kata sandi Anda. Segera ganti kata sandi Anda."
        }
        Phrase::MailNoticeSubject => "Peringatan keamanan untuk akun {issuer} Anda",
        Phrase::MailSubject => "{code} adalah kode {issuer} Anda",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => {
            "Jika ini bukan Anda, ganti kata sandi dan periksa setelan keamanan Anda."
        }
        Phrase::NoticeAddressConfirmed => "{factor} di akun Anda telah dikonfirmasi lagi.",
        Phrase::NoticeBackupCodesLow => {
            "kode cadangan Anda hampir habis (sisa {left}). Buat kode baru di setelan keamanan."
        }
        Phrase::NoticeChanged => "setelan keamanan Anda telah diubah.",
        Phrase::NoticeDeviceAdded => "perangkat tepercaya baru telah ditambahkan ke akun Anda.",
        Phrase::NoticeDeviceForgotten => {
            "perangkat yang pernah Anda pakai dilupakan setelah terlalu banyak percobaan yang salah."
        }
        Phrase::NoticeDeviceStolen => {
            "sebuah perangkat tepercaya mungkin telah disalin dan tidak lagi dipercaya."
        }
        Phrase::NoticeFactorAdded => "{factor} telah ditambahkan ke akun Anda.",
        Phrase::NoticeFactorDisabled => {
            "{factor} dinonaktifkan setelah terlalu banyak percobaan yang salah."
        }
        Phrase::NoticeFactorLocked => {
            "seseorang yang mengetahui kata sandi Anda salah mencoba dengan {factor}."
        }
        Phrase::NoticeFactorRemoved => "{factor} telah dihapus dari akun Anda.",
        Phrase::NoticeFactorReplaced => "{factor} di akun Anda telah diganti.",
        Phrase::NoticeFirstFactorCompromised => {
            "seseorang mengetahui kata sandi Anda dan menebak kode Anda. Ubah kata sandi sekarang."
        }
        Phrase::NoticePinReset => "PIN Anda telah dihapus.",
        Phrase::NoticePinResetCancelled => "permintaan untuk menghapus PIN Anda telah dibatalkan.",
        Phrase::NoticePinResetReminder => {
            "PIN Anda akan segera dihapus. Untuk mempertahankannya, masuk dengan PIN itu."
        }
        Phrase::NoticePinResetStarted => {
            "seseorang meminta penghapusan PIN Anda. PIN akan dihapus dalam seminggu, kecuali jika Anda masuk dengan PIN itu."
        }
        Phrase::NoticeRecovered => "akun Anda telah dipulihkan.",
        Phrase::NoticeRegistered => {
            "nomor Anda telah didaftarkan ulang dan semua perangkat dikeluarkan."
        }
        Phrase::NoticeRequestsOff => {
            "permintaan masuk dinonaktifkan karena terlalu banyak yang tidak dijawab."
        }
        Phrase::NoticeReset => "administrator telah mengatur ulang autentikasi dua faktor Anda.",
        Phrase::NoticeSecretsExported => {
            "tim dukungan mengekspor kunci autentikasi dua faktor Anda."
        }
        Phrase::NoticeSignedOutEverywhere => "semua perangkat telah dikeluarkan.",
        Phrase::NoticeSupportCode => "tim dukungan menerbitkan kode cadangan untuk akun Anda.",
        Phrase::NoticeTurnedOff => "autentikasi dua faktor telah dinonaktifkan.",
        Phrase::NoticeUnlocked => "tim dukungan membuka kunci autentikasi dua faktor Anda.",
        Phrase::NoticeWhatsAppAllowed => "sekarang Anda dapat menerima kode lewat WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "Anda tidak akan lagi menerima kode lewat WhatsApp.",
        Phrase::RequestBody => "Apakah Anda sedang mencoba masuk ke {issuer}?",
        Phrase::RequestTitle => "Permintaan masuk",
        Phrase::UseEnroll => {
            "Gunakan kode ini untuk mengonfirmasi bahwa {issuer} dapat menghubungi Anda di sini."
        }
        Phrase::UseManage => "Gunakan kode ini untuk mengubah setelan keamanan {issuer} Anda.",
        Phrase::UseRecover => "Gunakan kode ini untuk memulihkan akun {issuer} Anda.",
        Phrase::UseRegister => "Gunakan kode ini untuk mendaftar di {issuer}.",
        Phrase::UseResetPin => "Gunakan kode ini untuk menghapus PIN {issuer} Anda.",
        Phrase::UseSignIn => "Gunakan kode ini untuk masuk ke {issuer}.",
        Phrase::UseStepUp => "Gunakan kode ini untuk mengonfirmasi tindakan di akun {issuer} Anda.",
        Phrase::UseTransaction => {
            "Gunakan kode ini untuk menyetujui transaksi {issuer} ini ({agreed})."
        }
    }
}
