//! Differences between apps, K-01 to K-21.

use crate::*;

#[test]
fn k_01_default_parameters_are_left_out() {
    assert_eq!(written("Example", "alice"), text("Example:alice", "&issuer=Example"));
    let sha512 = TotpParameters::new().with_algorithm(Algorithm::Sha512);
    let eight = TotpParameters::new().with_digits(Digits::Eight);
    let minute = TotpParameters::new().with_period(Period::new(60).unwrap());
    let all = sha512.with_digits(Digits::Eight).with_period(Period::new(60).unwrap());
    for (parameters, rest) in [
        (sha512, "&algorithm=SHA512"),
        (eight, "&digits=8"),
        (minute, "&period=60"),
        (all, "&algorithm=SHA512&digits=8&period=60"),
    ] {
        let uri = KeyUri::totp("Example", "alice", &secret(), parameters).unwrap();
        let text = text("Example:alice", &format!("&issuer=Example{rest}"));
        assert_eq!(uri.expose_uri().expose(), text);
        assert_eq!(KeyUri::parse(&text).unwrap().kind(), KeyKind::Totp(parameters));
    }
    let uri = KeyUri::hotp("a", "b", &secret(), Algorithm::Sha1, Digits::Six, Step::new(0));
    let text = format!("otpauth://hotp/a:b?secret={SECRET}&issuer=a&counter=0");
    assert_eq!(uri.unwrap().expose_uri().expose(), text);
}

#[test]
fn k_01_counter_is_written_and_required() {
    let (algorithm, digits, counter) = (Algorithm::Sha512, Digits::Eight, Step::new(u64::MAX));
    let uri = KeyUri::hotp("Example", "alice", &secret(), algorithm, digits, counter).unwrap();
    let text = format!(
        "otpauth://hotp/Example:alice?secret={SECRET}\
         &issuer=Example&algorithm=SHA512&digits=8&counter=18446744073709551615"
    );
    assert_eq!(uri.expose_uri().expose(), text);
    assert_eq!(KeyUri::parse(&text).unwrap().kind(), uri.kind());
    let without = text.replace("&counter=18446744073709551615", "");
    assert_eq!(rejected(&without), InvalidKeyUri::Counter);
}

#[test]
fn k_01_missing_parameters_have_defaults() {
    let uri = KeyUri::parse(&text("alice", "")).unwrap();
    assert_eq!(uri.kind(), KeyKind::Totp(TotpParameters::new()));
    assert_eq!(names(&uri), (None, "alice"));
    let (_, warnings) = KeyUri::import(&text("alice", "")).unwrap();
    assert_eq!(warnings, [Warning::IssuerMissing]);
}

#[test]
fn k_02_colon_in_a_name_is_rejected() {
    for (issuer, account) in [("a:b", "c"), ("a", "b:c"), ("https://a", "b")] {
        let uri = KeyUri::totp(issuer, account, &secret(), TotpParameters::new());
        assert_eq!(uri.unwrap_err(), InvalidKeyUri::Colon);
    }
}

#[test]
fn k_03_secret_is_upper_case_without_padding() {
    let odd = Secret::new(&[0xff; 17]).unwrap();
    let uri = KeyUri::totp("a", "b", &odd, TotpParameters::new()).unwrap();
    let text = uri.expose_uri();
    assert!(text.expose().contains("?secret=777777777777777777777777777Q&"), "no padding");
}

#[test]
fn k_10_space_is_written_as_percent_20() {
    let text = written("My Company", "a b+c");
    assert!(text.starts_with("otpauth://totp/My%20Company:a%20b%2Bc?"));
    assert!(text.ends_with("&issuer=My%20Company") && !text.contains('+'));
}

#[test]
fn k_10_plus_is_read_as_plus_with_a_warning() {
    let (uri, warnings) = imported(&text("My+Company:alice", "&issuer=My+Company"));
    assert_eq!(names(&uri), (Some("My+Company"), "alice"));
    assert_eq!(warnings, [Warning::Plus]);
}

#[test]
fn k_11_issuer_with_a_space_is_written_twice() {
    // One app rejects `%20` in the parameter; all the others need it there.
    let text = written("My Company", "alice");
    assert_eq!(text.matches("My%20Company").count(), 2);
}

#[test]
fn k_12_label_issuer_is_used_with_a_warning() {
    let (uri, warnings) = imported(&text("Example:alice", "&issuer=example.com"));
    assert_eq!(names(&uri), (Some("Example"), "alice"));
    assert_eq!(warnings, [Warning::IssuerMismatch]);
}

#[test]
fn k_12_issuers_are_compared_after_decoding() {
    let uri = KeyUri::parse(&text("A%26b:alice", "&issuer=%41%26b")).unwrap();
    assert_eq!(names(&uri), (Some("A&b"), "alice"));
}

#[test]
fn k_13_algorithm_is_written_without_a_hyphen() {
    for (algorithm, name) in
        [(Algorithm::Sha256, "&algorithm=SHA256"), (Algorithm::Sha512, "&algorithm=SHA512")]
    {
        let parameters = TotpParameters::new().with_algorithm(algorithm);
        let uri = KeyUri::totp("a", "b", &secret(), parameters).unwrap();
        assert!(uri.expose_uri().expose().ends_with(name));
    }
}

#[test]
fn k_13_algorithm_spellings_are_accepted_with_a_warning() {
    for name in ["SHA-1", "sha1", "Sha-1"] {
        let (_, warnings) = imported(&text("a:b", &format!("&issuer=a&algorithm={name}")));
        assert_eq!(warnings, [Warning::AlgorithmSpelling], "{name}");
    }
}

#[test]
fn unknown_algorithm_is_rejected() {
    for name in ["MD5", "SHA", "SHA224", "SHA1%20", "SHA%31", "HMAC", "HMAC-MD5", "S-HA1"] {
        let text = text("a:b", &format!("&issuer=a&algorithm={name}"));
        assert_eq!(rejected(&text), InvalidKeyUri::Algorithm, "{name}");
    }
}

#[test]
fn k_14_uncommon_algorithm_is_reported() {
    let parameters = TotpParameters::new().with_algorithm(Algorithm::Sha256);
    let uri = KeyUri::totp("a", "b", &secret(), parameters).unwrap();
    let (again, warnings) = KeyUri::import(uri.expose_uri().expose()).unwrap();
    assert_eq!(again.kind(), KeyKind::Totp(parameters));
    assert_eq!(warnings, [Warning::UncommonAlgorithm]);
}

#[test]
fn k_15_uncommon_digits_and_period_are_reported() {
    let period = Period::new(60).unwrap();
    let parameters = TotpParameters::new().with_digits(Digits::Eight).with_period(period);
    let uri = KeyUri::totp("a", "b", &secret(), parameters).unwrap();
    let (again, warnings) = KeyUri::import(uri.expose_uri().expose()).unwrap();
    assert_eq!(again.kind(), KeyKind::Totp(parameters));
    assert_eq!(warnings, [Warning::UncommonDigits, Warning::UncommonPeriod]);
}

#[test]
fn k_16_two_colons_in_a_label_are_accepted_with_a_warning() {
    for label in ["a:b:c", "a%3Ab:c", "a:b%3Ac", "a%3Ab%3ac", "https%3A//a:b", "https://a:b"] {
        assert!(imported(&text(label, "&issuer=a")).1.contains(&Warning::ColonInName), "{label}");
    }
}

#[test]
fn k_16_encoded_colon_is_accepted_with_a_warning() {
    let (uri, warnings) = imported(&text("Example%3Aalice", "&issuer=Example"));
    assert_eq!(names(&uri), (Some("Example"), "alice"));
    assert_eq!(warnings, [Warning::EncodedColon]);
}

#[test]
fn k_17_ampersand_is_encoded() {
    let text = written("A&B", "c&secret=AAAA");
    assert_eq!(text.matches("A%26B").count(), 2);
    assert_eq!(text.matches("secret=").count(), 1);
}

#[test]
fn k_17_malformed_parameter_is_rejected() {
    for rest in ["&issuer=A&B", "&=", "&=a", "&%64igits=6"] {
        assert_eq!(rejected(&text("A:b", rest)), InvalidKeyUri::ParameterShape, "{rest}");
    }
}

#[test]
fn k_18_issuer_is_written_twice() {
    let text = written("Example", "alice");
    assert!(text.contains("/Example:alice?") && text.ends_with("&issuer=Example"));
}

#[test]
fn k_18_issuer_named_once_is_accepted_with_a_warning() {
    for text in [text("Example:alice", ""), text("alice", "&issuer=Example")] {
        let (uri, warnings) = imported(&text);
        assert_eq!(names(&uri), (Some("Example"), "alice"));
        assert_eq!(warnings, [Warning::IssuerOnce]);
    }
}

#[test]
fn k_19_spaces_after_the_colon_are_removed() {
    for label in ["Example:%20alice", "Example:%20%20alice"] {
        let (uri, warnings) = imported(&text(label, "&issuer=Example"));
        assert_eq!(names(&uri), (Some("Example"), "alice"));
        assert_eq!(warnings, [Warning::SpaceAfterColon]);
    }
}

#[test]
fn k_19_account_with_a_leading_space_is_rejected() {
    let uri = KeyUri::totp("a", " b", &secret(), TotpParameters::new());
    assert_eq!(uri.unwrap_err(), InvalidKeyUri::LeadingSpace);
}

#[test]
fn finding_i07_steam_has_an_encoder_and_no_algorithm() {
    let uri = KeyUri::steam("alice", &secret()).unwrap();
    let text = format!(
        "otpauth://totp/Steam:alice?secret={SECRET}\
         &issuer=Steam&digits=5&period=30&encoder=steam"
    );
    assert_eq!(uri.expose_uri().expose(), text);
    assert_eq!(KeyUri::parse(&text).unwrap().kind(), KeyKind::Steam);
    assert!(KeyUri::import(&text).unwrap().1.is_empty());
}

#[test]
fn k_20_encoder_means_steam_for_any_issuer() {
    let uri = KeyUri::parse(&text("Valve:alice", "&issuer=Valve&encoder=steam")).unwrap();
    assert_eq!((uri.kind(), uri.issuer()), (KeyKind::Steam, Some("Valve")));
}

#[test]
fn k_20_issuer_means_steam_unless_contradicted() {
    for rest in ["", "&digits=5", "&digits=5&period=30&algorithm=SHA1"] {
        let (uri, warnings) = imported(&text("Steam:alice", &format!("&issuer=Steam{rest}")));
        assert_eq!(uri.kind(), KeyKind::Steam);
        assert_eq!(warnings, [Warning::SteamWithoutEncoder], "{rest}");
    }
}

#[test]
fn k_20_issuer_with_other_parameters_is_totp() {
    let (eight, sha256) = (Digits::Eight, Algorithm::Sha256);
    for (rest, parameters) in [
        ("&digits=6", TotpParameters::new()),
        ("&algorithm=SHA256", TotpParameters::new().with_algorithm(sha256)),
        ("&period=60", TotpParameters::new().with_period(Period::new(60).unwrap())),
        (
            "&digits=8&algorithm=SHA256",
            TotpParameters::new().with_digits(eight).with_algorithm(sha256),
        ),
    ] {
        let text = text("Steam:alice", &format!("&issuer=Steam{rest}"));
        assert_eq!(KeyUri::import(&text).unwrap().0.kind(), KeyKind::Totp(parameters), "{rest}");
        assert_eq!(KeyUri::parse(&text).unwrap().kind(), KeyKind::Totp(parameters), "{rest}");
    }
}

#[test]
fn k_20_totp_with_issuer_steam_stays_totp() {
    let uri = KeyUri::totp("Steam", "alice", &secret(), TotpParameters::new()).unwrap();
    let written = uri.expose_uri();
    assert_eq!(written.expose(), text("Steam:alice", "&issuer=Steam&digits=6"));
    let (again, warnings) = KeyUri::import(written.expose()).unwrap();
    assert_eq!(again.kind(), KeyKind::Totp(TotpParameters::new()));
    assert!(warnings.is_empty());
}

#[test]
fn k_20_type_steam_is_accepted_with_a_warning() {
    for rest in ["", "&period=30", "&encoder=steam"] {
        let text = format!("otpauth://steam/a:b?secret={SECRET}&issuer=a{rest}");
        let (uri, warnings) = imported(&text);
        assert_eq!(uri.kind(), KeyKind::Steam);
        assert_eq!(warnings, [Warning::SteamWithoutEncoder]);
    }
}

#[test]
fn k_20_steam_with_other_parameters_is_rejected() {
    for rest in ["&digits=8", "&digits=6", "&algorithm=SHA256", "&period=60"] {
        let by_encoder = text("a:b", &format!("&issuer=a{rest}&encoder=steam"));
        assert_eq!(rejected(&by_encoder), InvalidKeyUri::Steam, "{rest}");
        let by_type = format!("otpauth://steam/a:b?secret={SECRET}&issuer=a{rest}");
        assert_eq!(rejected(&by_type), InvalidKeyUri::Steam, "{rest}");
    }
}

#[test]
fn unknown_encoder_is_rejected() {
    assert_eq!(rejected(&text("a:b", "&encoder=yandex")), InvalidKeyUri::Encoder);
    let hotp = format!("otpauth://hotp/a:b?secret={SECRET}&counter=0&encoder=steam");
    assert_eq!(rejected(&hotp), InvalidKeyUri::Encoder);
}

#[test]
fn k_21_duplicate_parameter_is_rejected() {
    for name in ["issuer", "algorithm", "digits", "period", "counter", "encoder"] {
        let rest = format!("&{name}=1&{name}=1");
        assert_eq!(rejected(&text("a:b", &rest)), InvalidKeyUri::Duplicate, "{name}");
    }
    assert_eq!(rejected(&text("a:b", &format!("&secret={SECRET}"))), InvalidKeyUri::Duplicate);
    assert_eq!(rejected(&text("a:b", &format!("&Secret={SECRET}"))), InvalidKeyUri::Duplicate);
    let first = format!("otpauth://totp/a:b?Secret={SECRET}&secret={SECRET}");
    assert_eq!(rejected(&first), InvalidKeyUri::Duplicate);
}
