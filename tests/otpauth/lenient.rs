//! Deviations that the lenient parser accepts.

use crate::*;

#[test]
fn short_secret_is_imported_with_a_warning() {
    let (uri, warnings) = imported("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ&issuer=a");
    assert_eq!(uri.secret().expose_bytes(), b"1234567890");
    assert_eq!(warnings, [Warning::ShortSecret]);
    let shorter = rejected("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOI&issuer=a");
    let InvalidKeyUri::Secret(InvalidSecret::TooShort { min, .. }) = shorter else { panic!() };
    assert_eq!(min, 10);
}

#[test]
fn secret_spellings_are_accepted_with_a_warning() {
    let spelled = "gezd%20gnbv-gy3t%20qojq%20gezd%20gnbv%20gy%3D%3D%3D%3D%3D%3D";
    let (uri, warnings) = imported(&format!("otpauth://totp/a:b?secret={spelled}&issuer=a"));
    assert_eq!(uri.secret().expose_bytes(), b"1234567890123456");
    let [Warning::SecretSpelling(how)] = warnings[..] else { panic!("{warnings:?}") };
    assert!(how.lower_case() && how.spaces() && how.hyphens() && how.padding());
}

#[test]
fn secret_padding_may_be_unencoded() {
    let (uri, _) = imported("otpauth://totp/a:b?issuer=a&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY======");
    assert_eq!(uri.secret().expose_bytes(), b"1234567890123456");
}

#[test]
fn capitals_in_scheme_and_type_are_accepted() {
    let rest = format!("/a:b?secret={SECRET}&issuer=a");
    for start in ["OTPAUTH://totp", "otpauth://TOTP", "OtpAuth://Totp"] {
        assert_eq!(imported(&format!("{start}{rest}")).1, [Warning::Capitals]);
    }
}

#[test]
fn unencoded_characters_are_accepted_with_a_warning() {
    let (uri, warnings) = imported(&text("Café au lait:alice", "&issuer=Café au lait"));
    assert_eq!(uri.issuer(), Some("Café au lait"));
    assert_eq!(warnings, [Warning::NotEncoded]);
}

#[test]
fn allowed_characters_need_no_encoding() {
    let uri = KeyUri::parse(&text("a:b@c/d!$'()*,;=~", "&issuer=a")).unwrap();
    assert_eq!(uri.account(), "b@c/d!$'()*,;=~");
}

#[test]
fn unused_parameters_are_ignored_with_a_warning() {
    for rest in ["&image=https%3A//a.example/a.png", "&counter=1", "&color=1&icon=2"] {
        let (_, warnings) = imported(&text("a:b", &format!("&issuer=a{rest}")));
        assert_eq!(warnings, [Warning::UnusedParameter], "{rest}");
    }
    let hotp = format!("otpauth://hotp/a:b?secret={SECRET}&issuer=a&counter=7&period=30");
    assert_eq!(imported(&hotp).1, [Warning::UnusedParameter]);
}

#[test]
fn empty_issuer_is_treated_as_missing() {
    for text in [text(":alice", "&issuer="), text("alice", "&issuer="), text(":alice", "")] {
        let (uri, warnings) = KeyUri::import(&text).unwrap();
        assert_eq!(names(&uri), (None, "alice"));
        assert!(warnings.contains(&Warning::EmptyIssuer));
        assert!(warnings.contains(&Warning::IssuerMissing));
        assert!(KeyUri::parse(&text).is_err());
    }
}

#[test]
fn parameters_may_have_any_order() {
    let text = format!("otpauth://totp/a:b?period=60&issuer=a&digits=8&secret={SECRET}");
    let period = Period::new(60).unwrap();
    let parameters = TotpParameters::new().with_digits(Digits::Eight).with_period(period);
    assert_eq!(KeyUri::parse(&text).unwrap().kind(), KeyKind::Totp(parameters));
}
