//! Deviations that the lenient parser accepts.

use crate::*;

#[test]
fn short_secret_is_imported_by_a_danger_name_only() {
    let text = "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ&issuer=a";
    let (uri, warnings) = KeyUri::danger_import_short(text).unwrap();
    assert_eq!(uri.secret().expose_bytes(), b"1234567890");
    assert_eq!(warnings, [Warning::ShortSecret]);
    let shorter = "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOI&issuer=a";
    for (shortest, error) in
        [(16, rejected(text)), (10, KeyUri::danger_import_short(shorter).unwrap_err())]
    {
        let InvalidKeyUri::Secret(InvalidSecret::TooShort { min, .. }) = error else { panic!() };
        assert_eq!(min, shortest);
    }
}

#[test]
fn secret_spellings_are_accepted_with_a_warning() {
    let spelled = "gezd%20gnbv-gy3t%20qojq%20gezd%20gnbv%20gy%3D%3D%3D%3D%3D%3D";
    let (uri, warnings) = imported(&format!("otpauth://totp/a:b?secret={spelled}&issuer=a"));
    assert_eq!(uri.secret().expose_bytes(), b"1234567890123456");
    assert_eq!(warnings, [Warning::SecretSpelling]);
    // Each difference alone is one.
    for spelled in [
        "GEZDGNBVGY3TQOJQGEZDGNBVgY",
        "GEZDGNBV%20GY3TQOJQGEZDGNBVGY",
        "GEZDGNBV-GY3TQOJQGEZDGNBVGY",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY%3D%3D%3D%3D%3D%3D",
        "GEZDGNBVGY3TQOJQGEZDGNBVGZ",
    ] {
        let (_, warnings) = imported(&format!("otpauth://totp/a:b?secret={spelled}&issuer=a"));
        assert_eq!(warnings, [Warning::SecretSpelling], "{spelled}");
    }
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

/// Every other reader drops the bits after the last whole byte (RFC 4648 §3.5).
#[test]
fn finding_i01_leftover_bits_of_a_secret_are_dropped() {
    let text = "otpauth://totp/a:b?issuer=a&secret=S46SQCPPTCNPROMHWYBDCTBZXV";
    let (uri, warnings) = imported(text);
    let last = *uri.secret().expose_bytes().last().unwrap();
    assert_eq!((uri.secret().expose_bytes().len(), last), (16, 0xbd));
    assert_eq!(warnings, [Warning::SecretSpelling]);
    // Random letters of every length that a secret can have.
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for len in [26, 28, 29, 31, 32, 34, 50, 52, 103] {
        for last in letters.chars() {
            let text = letters.repeat(4)[..len - 1].to_owned() + &last.to_string();
            let secret = Secret::import_base32(&text).unwrap();
            assert_eq!(secret.expose_bytes().len(), len * 5 / 8, "{text}");
            let plain = secret.expose_base32().expose().to_owned();
            assert_eq!(plain[..len - 1], text[..len - 1], "{text}");
            assert_eq!(Secret::from_base32(&text).is_ok(), plain == text, "{text}");
        }
    }
}

#[test]
fn finding_i02_parameter_names_may_have_capitals() {
    let rest = "&ISSUER=a&ALGORITHM=SHA256&Digits=8&pErIoD=60&ENCODER=";
    let (uri, warnings) = imported(&format!("otpauth://totp/a:b?SECRET={SECRET}{rest}"));
    let parameters = TotpParameters::new()
        .with_algorithm(Algorithm::Sha256)
        .with_digits(Digits::Eight)
        .with_period(Period::new(60).unwrap());
    assert_eq!((uri.kind(), names(&uri)), (KeyKind::Totp(parameters), (Some("a"), "b")));
    assert!(warnings.contains(&Warning::Capitals));
    assert!(!warnings.contains(&Warning::UnusedParameter));
    let (uri, _) = imported(&format!("otpauth://hotp/a:b?Secret={SECRET}&issuer=a&Counter=7"));
    assert!(matches!(uri.kind(), KeyKind::Hotp { counter, .. } if counter.get() == 7));
}

#[test]
fn finding_i04_account_may_be_empty() {
    for (label, issuer) in
        [("", None), ("E:", Some("E")), ("E%3A", Some("E")), ("E:%20", Some("E"))]
    {
        let (uri, warnings) = KeyUri::import(&text(label, "")).unwrap();
        assert_eq!(names(&uri), (issuer, ""), "{label}");
        assert!(warnings.contains(&Warning::EmptyAccount), "{label}");
        let again = KeyUri::import(uri.expose_uri().expose()).unwrap().0;
        assert_eq!(names(&again), names(&uri), "{label}");
    }
}

#[test]
fn finding_i05_second_colon_belongs_to_the_account() {
    for (label, issuer, account) in [
        ("a:b:c", "a", "b:c"),
        ("a:b%3Ac", "a", "b:c"),
        ("a%3Ab%3ac", "a", "b:c"),
        ("https://a:b", "https", "//a:b"),
        // The first colon that is not encoded.
        ("a%3Ab:c", "a:b", "c"),
        (":b:c", "", "b:c"),
    ] {
        let (uri, warnings) = imported(&text(label, ""));
        let issuer = (!issuer.is_empty()).then_some(issuer);
        assert_eq!(names(&uri), (issuer, account), "{label}");
        assert!(warnings.contains(&Warning::ColonInName), "{label}");
        let again = KeyUri::import(uri.expose_uri().expose()).unwrap().0;
        assert_eq!(names(&again), names(&uri), "{label}");
    }
    let (uri, _) = imported(&text("b", "&issuer=https%3A//a"));
    assert_eq!(names(&uri), (Some("https://a"), "b"));
}

#[test]
fn finding_i09_plus_for_a_space_is_no_mismatch() {
    let (uri, warnings) = imported(&text("Air%20Canada:B", "&issuer=Air+Canada"));
    assert_eq!((names(&uri), &warnings[..]), ((Some("Air Canada"), "B"), &[Warning::Plus][..]));
    // Without a label, the query of a form.
    let (uri, warnings) = imported(&text("B", "&issuer=Air+Canada"));
    assert_eq!(names(&uri), (Some("Air Canada"), "B"));
    assert!(warnings.contains(&Warning::Plus));
    let (uri, _) = imported(&text(":B", "&issuer=Air+Canada"));
    assert_eq!(names(&uri), (Some("Air Canada"), "B"), "an empty prefix is none");
    let (uri, _) = imported(&text("B", "&issuer=A%2BB"));
    assert_eq!(names(&uri), (Some("A+B"), "B"));
    let (_, warnings) = imported(&text("Air%20Canada:B", "&issuer=Air+France"));
    assert!(warnings.contains(&Warning::IssuerMismatch));
}

#[test]
fn finding_i10_deviations_of_other_programs_are_imported() {
    let of = |rest: &str| text("a:b", &format!("&issuer=a{rest}"));
    let sha256 = TotpParameters::new().with_algorithm(Algorithm::Sha256);
    let plain = TotpParameters::new();
    for (text, warning, parameters) in [
        (of("&image=a&image=b"), Warning::UnusedParameter, plain),
        (of("&"), Warning::EmptyParameter, plain),
        (of("&&digits=6"), Warning::EmptyParameter, plain),
        (format!(" {}", of("")), Warning::SurroundingSpace, plain),
        (format!("{}\r\n", of("")), Warning::SurroundingSpace, plain),
        (of("&digits=06"), Warning::NumberSpelling, plain),
        (of("&period=030"), Warning::NumberSpelling, plain),
        (of("&algorithm="), Warning::EmptyParameter, plain),
        (of("&encoder="), Warning::EmptyParameter, plain),
        (of("&algorithm=HMAC-SHA-256"), Warning::AlgorithmSpelling, sha256),
        (of("&algorithm=HmacSHA256"), Warning::AlgorithmSpelling, sha256),
        (of("&algorithm=hmac-sha256"), Warning::AlgorithmSpelling, sha256),
        (of("#fragment"), Warning::Fragment, plain),
        (of("#a?secret=b&digits=8#c"), Warning::Fragment, plain),
    ] {
        let (uri, warnings) = imported(&text);
        assert_eq!(uri.kind(), KeyKind::Totp(parameters), "{text:?}");
        assert!(warnings.contains(&warning), "{text:?} {warnings:?}");
        assert_eq!(uri.secret().expose_bytes(), secret().expose_bytes(), "{text:?}");
    }
}

#[test]
fn finding_s24_every_door_refuses_a_secret_of_15_bytes() {
    let short = [7; 15];
    let base32 = Secret::danger_short(&short).unwrap().expose_base32().expose().to_owned();
    let text = format!("otpauth://totp/a:b?secret={base32}&issuer=a");
    let too_short = Secret::new(&short).unwrap_err();
    assert!(matches!(too_short, InvalidSecret::TooShort { min: 16, .. }));
    assert_eq!(Secret::from_base32(&base32).unwrap_err(), too_short);
    assert_eq!(Secret::import_base32(&base32).unwrap_err(), too_short);
    assert_eq!(KeyUri::import(&text).unwrap_err(), InvalidKeyUri::Secret(too_short));
    assert!(KeyUri::parse(&text).is_err());
    // Only these accept it.
    assert!(Secret::danger_import_short(&base32).is_ok());
    assert_eq!(KeyUri::danger_import_short(&text).unwrap().1, [Warning::ShortSecret]);
}

#[test]
fn plus_in_both_issuers_is_the_same_character() {
    let (uri, warnings) = imported(&text("A+B:alice", "&issuer=A+B"));
    assert_eq!(names(&uri), (Some("A+B"), "alice"));
    assert_eq!(warnings, [Warning::Plus]);
}

#[test]
fn counter_of_zero_has_one_spelling() {
    let zero =
        |digits: &str| format!("otpauth://hotp/a:b?secret={SECRET}&issuer=a&counter={digits}");
    assert!(KeyUri::parse(&zero("0")).is_ok());
    assert_eq!(imported(&zero("00")).1, [Warning::NumberSpelling]);
}
