//! Accessors and `Debug` output of the otp layer.

use second_factor::otp::{
    Algorithm, Digits, Hotp, KeyUri, Period, Steam, Totp, TotpParameters, Window,
};
use second_factor::{Secret, UnixTime, qr};

fn secret() -> Secret {
    Secret::new(b"12345678901234567890").expect("20 bytes")
}

#[test]
fn hotp_returns_its_parameters() {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        for digits in (6..=9).map(|count| Digits::new(count).unwrap()) {
            let hotp = Hotp::with(&secret(), algorithm, digits);
            assert_eq!((hotp.algorithm(), hotp.digits()), (algorithm, digits));
        }
    }
}

#[test]
fn window_width_is_past_plus_future_plus_one() {
    for (past, future) in (0..=2).flat_map(|past| (0..=2).map(move |future| (past, future))) {
        let window = Window::new(past, future).unwrap();
        assert_eq!((window.past(), window.future()), (past, future));
        assert_eq!(window.width(), past + future + 1);
    }
}

#[test]
fn first_second_has_a_full_period_left() {
    let start = UnixTime::from_secs(1_000);
    for period in [15, 30, 120] {
        let parameters =
            TotpParameters::new().with_start(start).with_period(Period::new(period).unwrap());
        let totp = Totp::with(&secret(), parameters);
        assert_eq!(totp.seconds_left(start), Some(period));
        assert_eq!(totp.seconds_left(UnixTime::from_secs(999)), None);
    }
}

#[test]
fn debug_of_secret_types_is_redacted() {
    let secret = secret();
    let uri = KeyUri::totp("Example", "a", &secret, TotpParameters::new()).unwrap().expose_uri();
    let png = qr::QrCode::new(&uri).unwrap().expose_png(8).unwrap();
    assert!(png.expose().starts_with(b"\x89PNG"));
    assert_eq!(format!("{png:?}"), "SecretBytes(redacted)");
    assert_eq!(format!("{uri:?}"), "SecretText(redacted)");
    assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    assert_eq!(format!("{:?}", secret.expose_base32()), "Base32Text(redacted)");
    let (steam, hotp, totp) = (Steam::new(&secret), Hotp::new(&secret), Totp::new(&secret));
    assert_eq!(format!("{:?}", hotp.code(second_factor::otp::Step::new(1))), "Code(redacted)");
    assert_eq!(format!("{steam:?}"), "Steam { .. }");
    assert_eq!(format!("{hotp:?}"), "Hotp { algorithm: Sha1, digits: Six, .. }");
    let said = format!("{totp:?}");
    assert!(said.starts_with("Totp { parameters: ") && said.ends_with(", .. }"), "{said}");
}
