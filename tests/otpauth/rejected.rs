//! Input that both parsers reject.

use crate::*;

#[test]
fn failure_055_digits_outside_6_to_9_are_rejected() {
    for digits in ["0", "1", "4", "5", "10", "255", "256", "262", "1000000000"] {
        let text = text("a:b", &format!("&issuer=a&digits={digits}"));
        assert_eq!(rejected(&text), InvalidKeyUri::Parameter(InvalidParameter::Digits), "{digits}");
    }
}

#[test]
fn failure_055_period_outside_15_to_120_is_rejected() {
    for period in ["0", "14", "121", "286", "18446744073709551615"] {
        let text = text("a:b", &format!("&issuer=a&period={period}"));
        assert_eq!(rejected(&text), InvalidKeyUri::Parameter(InvalidParameter::Period), "{period}");
    }
}

#[test]
fn failure_055_malformed_numbers_are_rejected() {
    let invalid = ["", "-1", "+6", "1e9", "6.0", "%36", "6%20", "٦", "18446744073709551616"];
    for number in invalid {
        for name in ["digits", "period", "counter"] {
            let text = text("a:b", &format!("&issuer=a&{name}={number}"));
            assert_eq!(rejected(&text), InvalidKeyUri::Number, "{name}={number}");
        }
        let hotp = format!("otpauth://hotp/a:b?secret={SECRET}&issuer=a&counter={number}");
        assert_eq!(rejected(&hotp), InvalidKeyUri::Number, "{number}");
    }
}

#[test]
fn failure_055_missing_secret_is_rejected() {
    for query in ["", "?", "?secret", "?secret=", "?issuer=a", "?Secret=AAAA"] {
        assert!(KeyUri::import(&format!("otpauth://totp/a:b{query}")).is_err(), "{query}");
    }
    assert_eq!(rejected("otpauth://totp/a:b?secret=&issuer=a"), InvalidKeyUri::SecretMissing);
    assert_eq!(rejected("otpauth://totp/a:b?issuer=a"), InvalidKeyUri::SecretMissing);
}

#[test]
fn failure_055_invalid_encoding_is_rejected_anywhere() {
    for broken in ["%", "%4", "%zz", "%4g", "%-1", "%+1", "%C3", "%ff", "%ED%A0%80", "%é"] {
        for text in [
            text(&format!("a:b{broken}"), "&issuer=a"),
            text(&format!("{broken}:b"), "&issuer=a"),
            text("a:b", &format!("&issuer={broken}")),
            text("a:b", &format!("&issuer=a&image={broken}")),
            format!("otpauth://totp/a:b?issuer=a&secret={SECRET}{broken}"),
        ] {
            assert_eq!(rejected(&text), InvalidKeyUri::Encoding, "{text}");
        }
    }
}

#[test]
fn failure_055_control_characters_are_rejected() {
    for control in ["%00", "\0", "%0A", "\n", "%7f", "%C2%85"] {
        let in_name = text(&format!("a:b{control}c"), "&issuer=a");
        assert_eq!(rejected(&in_name), InvalidKeyUri::ControlCharacter, "{in_name:?}");
    }
    for control in ["%00", "\0", "%0A", "\n", "%7f"] {
        let unused = text("a:b", &format!("&issuer=a&image={control}c"));
        assert_eq!(rejected(&unused), InvalidKeyUri::ControlCharacter, "{unused:?}");
    }
    for name in ["a\0b", "a\nb", "a\u{85}b", "\u{7f}"] {
        let uri = KeyUri::totp(name, "b", &secret(), TotpParameters::new());
        assert_eq!(uri.unwrap_err(), InvalidKeyUri::ControlCharacter);
    }
}

#[test]
fn failure_055_uri_over_4_kib_is_rejected_unread() {
    for size in [4097, 1 << 20, 10 << 20] {
        assert_eq!(rejected(&text(&"a".repeat(size), "")), InvalidKeyUri::TooLong);
        assert_eq!(rejected(&"%".repeat(size)), InvalidKeyUri::TooLong);
    }
}

#[test]
fn failure_055_more_than_16_parameters_are_rejected() {
    let rest = |count| (0..count).map(|at| format!("&p{at}=")).collect::<String>();
    assert!(KeyUri::import(&text("a", &rest(15))).is_ok());
    assert_eq!(KeyUri::import(&text("a", &rest(16))).unwrap_err(), InvalidKeyUri::TooLong);
}

#[test]
fn failure_055_other_uris_are_rejected() {
    for (text, error) in [
        ("", InvalidKeyUri::Scheme),
        ("otpauth:totp/a?secret=A", InvalidKeyUri::Scheme),
        ("otpauth:/totp/a?secret=A", InvalidKeyUri::Scheme),
        ("https://totp/a?secret=A", InvalidKeyUri::Scheme),
        ("- otpauth://totp/a?secret=A", InvalidKeyUri::Scheme),
        ("otpauth-migration://offline?data=A", InvalidKeyUri::Scheme),
        ("otpauth://", InvalidKeyUri::Kind),
        ("otpauth:///a?secret=A", InvalidKeyUri::Kind),
        ("otpauth://totp?secret=A", InvalidKeyUri::Kind),
        ("otpauth://motp/a?secret=A", InvalidKeyUri::Kind),
        ("otpauth://user@totp/a?secret=A", InvalidKeyUri::Kind),
        ("otpauth://totp:80/a?secret=A", InvalidKeyUri::Kind),
        ("otpauth://%74otp/a?secret=A", InvalidKeyUri::Kind),
        ("otpauth://totp/a#b?secret=A", InvalidKeyUri::SecretMissing),
        ("otpauth://totp/a#b?secret=A#b", InvalidKeyUri::SecretMissing),
    ] {
        assert_eq!(rejected(text), error, "{text}");
    }
}

#[test]
fn constructors_require_an_account() {
    let uri = KeyUri::totp("a", "", &secret(), TotpParameters::new());
    assert_eq!(uri.unwrap_err(), InvalidKeyUri::EmptyAccount);
}

#[test]
fn constructors_require_an_issuer() {
    let uri = KeyUri::totp("", "a", &secret(), TotpParameters::new());
    assert_eq!(uri.unwrap_err(), InvalidKeyUri::EmptyIssuer);
}

#[test]
fn names_over_255_bytes_are_rejected() {
    let (longest, long) = ("é".repeat(127) + "a", "é".repeat(128));
    let text = written(&longest, &longest);
    assert_eq!(names(&KeyUri::parse(&text).unwrap()), (Some(&*longest), &*longest));
    for (issuer, account) in [(&*long, "a"), ("a", &*long)] {
        let uri = KeyUri::totp(issuer, account, &secret(), TotpParameters::new());
        assert_eq!(uri.unwrap_err(), InvalidKeyUri::NameTooLong);
    }
    assert_eq!(rejected(&crate::text(&"a".repeat(256), "")), InvalidKeyUri::NameTooLong);
}

#[test]
fn names_of_10_mib_are_rejected() {
    let name = "a".repeat(10 << 20);
    let uri = KeyUri::totp(&name, &name, &secret(), TotpParameters::new());
    assert_eq!(uri.unwrap_err(), InvalidKeyUri::NameTooLong);
}

#[test]
fn start_other_than_1970_is_rejected() {
    let parameters = TotpParameters::new().with_start(UnixTime::from_secs(1));
    let uri = KeyUri::totp("a", "b", &secret(), parameters);
    assert_eq!(uri.unwrap_err(), InvalidKeyUri::Start);
}

#[test]
fn failure_057_names_cannot_inject_parameters() {
    let hostile = [
        "a?secret=AAAA&x",
        "a&issuer=evil",
        "a%26digits=8",
        "a#b",
        "a/../hotp/b",
        "a%3Ab",
        "a%253Ab",
        "a+b c%20d",
        "\u{202e}a\u{301}\u{1f511}",
    ];
    for name in hostile {
        let text = written(name, name);
        assert_eq!(names(&KeyUri::parse(&text).unwrap()), (Some(name), name));
        assert_eq!(text.matches('&').count(), 1, "{text}");
        assert_eq!(text.matches(['?', '#', '+', ' ']).count(), 1, "{text}");
        assert_eq!(text.matches(':').count(), 2, "{text}");
    }
}

#[test]
fn debug_shows_no_secret_and_no_name() {
    let uri = KeyUri::totp("Example", "alice", &secret(), TotpParameters::new()).unwrap();
    let debug = format!("{uri:?}");
    assert!(debug.contains("Totp"));
    for hidden in ["Example", "alice", "GEZD", "1234"] {
        assert!(!debug.contains(hidden), "{debug}");
    }
}
