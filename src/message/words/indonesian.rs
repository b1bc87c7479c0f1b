//! Indonesian, with *Anda*.

use super::Phrase;

pub(super) const fn text(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::BriefAdvice => "Bukan Anda? Ganti kata sandi.",
        // The long ones fit a text message.
        Phrase::BriefEnroll
        | Phrase::BriefManage
        | Phrase::BriefRecover
        | Phrase::BriefRegister
        | Phrase::BriefResetPin
        | Phrase::BriefSignIn
        | Phrase::BriefStepUp
        | Phrase::BriefTransaction => "",
        Phrase::BriefWarning => "Jangan berikan kepada siapa pun.",
        Phrase::CallAgain => "Sekali lagi:",
        Phrase::CallCode => "Kode Anda adalah:",
        Phrase::CallEnd => "Sampai jumpa.",
        Phrase::CallGate => {
            "Ini panggilan dari {issuer}. Untuk mendengar kode Anda, tekan {digit}."
        }
        Phrase::CallMissed => "Kami tidak menerima tombol yang benar. Sampai jumpa.",
        Phrase::CallWarning => {
            "Jangan beri tahu siapa pun, termasuk {issuer}. Jika Anda tidak memintanya, tutup telepon."
        }
        Phrase::CodeEnds => "Berlaku {minutes} menit.",
        Phrase::CodeEnroll => "{code} adalah kode {issuer} Anda untuk mengonfirmasi nomor ini.",
        Phrase::CodeManage => "{code} adalah kode {issuer} Anda untuk mengubah setelan keamanan.",
        Phrase::CodeRecover => "{code} adalah kode {issuer} Anda untuk memulihkan akun.",
        Phrase::CodeRegister => "{code} adalah kode {issuer} Anda untuk mendaftarkan nomor ini.",
        Phrase::CodeResetPin => "{code} adalah kode {issuer} Anda untuk menghapus PIN.",
        Phrase::CodeSignIn => "{code} adalah kode {issuer} Anda untuk masuk.",
        Phrase::CodeStepUp => "{code} adalah kode {issuer} Anda untuk mengonfirmasi tindakan ini.",
        Phrase::CodeTransaction => {
            "{code} adalah kode {issuer} Anda untuk menyetujui ini ({agreed})."
        }
        Phrase::CodeWarning => "Jangan berikan kepada siapa pun, termasuk {issuer}.",
        Phrase::KindApp => "aplikasi autentikator",
        Phrase::KindBackupCode => "kode cadangan",
        Phrase::KindEmail => "alamat email",
        Phrase::KindPhone => "nomor telepon",
        Phrase::KindPin => "PIN",
        Phrase::KindRequest => "permintaan masuk",
        Phrase::KindSecurityKey => "kunci keamanan",
        Phrase::KindToken => "token kode",
        Phrase::MailNotYou => {
            "Jika Anda tidak memintanya, mungkin ada yang tahu kata sandi Anda: gantilah."
        }
        Phrase::MailNoticeSubject => "{issuer}: tentang keamanan akun Anda",
        Phrase::MailSubject => "{code} adalah kode {issuer} Anda",
        Phrase::Notice => "{issuer}: {notice}",
        Phrase::NoticeAdvice => "Jika ini bukan Anda, ganti kata sandi dan periksa setelan Anda.",
        Phrase::NoticeBackupCodesLow => {
            "sisa kode cadangan Anda: {left}. Buat yang baru di setelan keamanan."
        }
        Phrase::NoticeChanged => "ada yang berubah di setelan keamanan Anda.",
        Phrase::NoticeDeviceAdded => "ada perangkat tepercaya yang baru.",
        Phrase::NoticeDeviceStolen => {
            "sebuah perangkat tepercaya mungkin disalin dan tidak lagi dipercaya."
        }
        Phrase::NoticeFactorAdded => "{factor} telah ditambahkan.",
        Phrase::NoticeFactorDisabled => {
            "setelah terlalu banyak percobaan salah, {factor} tidak berfungsi lagi."
        }
        Phrase::NoticeFactorLocked => {
            "seseorang yang tahu kata sandi Anda salah mencoba dengan {factor}."
        }
        Phrase::NoticeFactorRemoved => "{factor} telah dihapus.",
        Phrase::NoticeFactorReplaced => "{factor} telah diganti.",
        Phrase::NoticePinReset => "PIN Anda telah dihapus.",
        Phrase::NoticePinResetBegun => {
            "seseorang meminta PIN Anda dihapus. Dalam seminggu PIN hilang, kecuali Anda masuk dengannya."
        }
        Phrase::NoticePinResetCancelled => "PIN Anda tetap ada, sesuai keinginan Anda.",
        Phrase::NoticePinResetNears => {
            "PIN Anda akan segera dihapus. Masuklah dengan PIN itu agar tetap ada."
        }
        Phrase::NoticeRecovered => "akun Anda telah dipulihkan.",
        Phrase::NoticeRegistered => "nomor Anda didaftarkan lagi dan semua perangkat dikeluarkan.",
        Phrase::NoticeRequestsOff => {
            "permintaan masuk dimatikan karena terlalu banyak yang tidak Anda jawab."
        }
        Phrase::NoticeReset => "administrator menghapus verifikasi dua langkah Anda.",
        Phrase::NoticeSignedOutEverywhere => "semua perangkat telah dikeluarkan.",
        Phrase::NoticeTurnedOff => "verifikasi dua langkah telah dimatikan.",
        Phrase::NoticeWhatsAppAllowed => "mulai sekarang kode dapat dikirim lewat WhatsApp.",
        Phrase::NoticeWhatsAppForbidden => "kode tidak lagi dikirim lewat WhatsApp.",
        Phrase::RequestBody => "Seseorang ingin masuk ke {issuer}. Apakah itu Anda?",
        Phrase::RequestTitle => "Permintaan masuk",
        Phrase::UseEnroll => {
            "Kode ini mengonfirmasi bahwa pesan dari {issuer} sampai kepada Anda di sini."
        }
        Phrase::UseManage => "Kode ini untuk mengubah setelan keamanan Anda di {issuer}.",
        Phrase::UseRecover => "Kode ini untuk memulihkan akun Anda di {issuer}.",
        Phrase::UseRegister => "Kode ini untuk mendaftar di {issuer}.",
        Phrase::UseResetPin => "Kode ini untuk menghapus PIN Anda di {issuer}.",
        Phrase::UseSignIn => "Kode ini untuk masuk ke {issuer}.",
        Phrase::UseStepUp => "Kode ini untuk mengonfirmasi tindakan Anda di {issuer}.",
        Phrase::UseTransaction => "Kode ini untuk menyetujui ini di {issuer} ({agreed}).",
    }
}
