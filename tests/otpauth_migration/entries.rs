//! Entries of an export: parsed keys and reasons for rejection.

use crate::*;

#[test]
fn entry_fields_are_parsed() {
    let (key, warnings) = read(&totp("alice@example.com")).unwrap();
    assert_eq!(key.secret().expose_bytes(), SECRET);
    assert_eq!((key.issuer(), key.account()), (Some("Example"), "alice@example.com"));
    assert_eq!(key.kind(), KeyKind::Totp(TotpParameters::new()));
    assert!(warnings.is_empty());
}

#[test]
fn algorithm_digits_type_and_counter_are_parsed() {
    let entry = named(SECRET, "alice", "Example");
    let entry = entry.number(4, 3).number(5, 2).number(6, 1).number(7, 1 << 40);
    let (key, warnings) = read(&entry).unwrap();
    let (algorithm, digits, counter) = (Algorithm::Sha512, Digits::Eight, Step::new(1 << 40));
    assert_eq!(key.kind(), KeyKind::Hotp { algorithm, digits, counter });
    assert_eq!(warnings, [Warning::UncommonAlgorithm, Warning::UncommonDigits]);
}

#[test]
fn algorithm_numbers_are_mapped() {
    for (number, algorithm) in
        [(1, Algorithm::Sha1), (2, Algorithm::Sha256), (3, Algorithm::Sha512)]
    {
        let (key, _) =
            read(&named(SECRET, "alice", "Example").number(4, number).number(6, 2)).unwrap();
        assert_eq!(key.kind(), KeyKind::Totp(TotpParameters::new().with_algorithm(algorithm)));
    }
}

#[test]
fn missing_counter_is_zero() {
    let (key, _) = read(&named(SECRET, "alice", "Example").number(6, 1)).unwrap();
    let KeyKind::Hotp { counter, .. } = key.kind() else { panic!() };
    assert_eq!(counter, Step::new(0));
}

#[test]
fn unspecified_algorithm_and_digits_have_defaults() {
    for entry in [named(SECRET, "a", "b"), named(SECRET, "a", "b").number(4, 0).number(5, 0)] {
        let (key, _) = read(&entry.number(6, 2)).unwrap();
        assert_eq!(key.kind(), KeyKind::Totp(TotpParameters::new()));
    }
}

#[test]
fn md5_entry_is_rejected_without_affecting_others() {
    let md5 = named(SECRET, "old", "Example").number(4, 4).number(6, 2);
    let export = Message::default().entry(&md5).entry(&totp("alice")).batch(1, 0, 7);
    let mut entries = export.parse().unwrap().into_entries().into_iter();
    let (first, second) = (entries.next().unwrap(), entries.next().unwrap());
    assert_eq!(first.name(), "old");
    assert_eq!(first.into_key().unwrap_err(), InvalidKeyUri::Algorithm);
    assert_eq!(second.into_key().unwrap().0.account(), "alice");
}

#[test]
fn negative_counter_is_rejected() {
    for counter in [-1_i64, i64::MIN] {
        let entry = named(SECRET, "a", "b").number(6, 1).number(7, counter as u64);
        assert_eq!(read(&entry).unwrap_err(), InvalidKeyUri::Counter);
    }
    assert!(read(&named(SECRET, "a", "b").number(6, 1).number(7, i64::MAX as u64)).is_ok());
}

#[test]
fn undefined_numbers_are_rejected() {
    let entry = named(SECRET, "a", "b").number(6, 2);
    for algorithm in [5, 257, u64::MAX] {
        let error = read(&entry.clone().number(4, algorithm)).unwrap_err();
        assert_eq!(error, InvalidKeyUri::Algorithm);
    }
    for digits in [4, 8, 257, u64::MAX] {
        let error = read(&entry.clone().number(5, digits)).unwrap_err();
        assert_eq!(error, InvalidKeyUri::Parameter(InvalidParameter::Digits));
    }
    assert!(read(&entry.number(5, 3)).is_ok(), "seven");
}

#[test]
fn finding_s24_short_secret_needs_a_danger_name() {
    let short = named(&SECRET[..10], "a", "b").number(6, 2);
    let (key, warnings) = entry_of(&short).danger_into_short_key().unwrap();
    assert_eq!(key.secret().expose_bytes(), b"1234567890");
    assert_eq!(warnings, [Warning::ShortSecret]);
    let error = InvalidKeyUri::Secret(Secret::new(&SECRET[..10]).unwrap_err());
    assert_eq!(read(&short).unwrap_err(), error);
    for len in 1..10 {
        let error = read(&named(&SECRET[..len], "a", "b").number(6, 2)).unwrap_err();
        assert!(matches!(error, InvalidKeyUri::Secret(InvalidSecret::TooShort { .. })));
    }
    let error = read(&named(&[1; 65], "a", "b").number(6, 2)).unwrap_err();
    assert_eq!(error, InvalidKeyUri::Secret(InvalidSecret::TooLong));
}

#[test]
fn missing_secret_is_rejected() {
    let without = Message::default().bytes(2, b"a").number(6, 2);
    for entry in [named(b"", "a", "b").number(6, 2), without, Message::default().number(6, 2)] {
        assert_eq!(read(&entry).unwrap_err(), InvalidKeyUri::SecretMissing);
    }
    let error = read(&named(b"", "a", "b").number(6, 2)).unwrap_err();
    assert_eq!(error, InvalidKeyUri::SecretMissing);
}

#[test]
fn name_may_contain_the_issuer() {
    let (key, warnings) = read(&totp("Example:alice")).unwrap();
    assert_eq!((key.issuer(), key.account()), (Some("Example"), "alice"));
    assert!(warnings.is_empty());

    let (key, warnings) = read(&totp("Cloudflare: alice")).unwrap();
    assert_eq!((key.issuer(), key.account()), (Some("Cloudflare"), "alice"));
    assert_eq!(warnings, [Warning::SpaceAfterColon, Warning::IssuerMismatch]);

    let (_, warnings) = read(&named(SECRET, "alice", "").number(6, 2)).unwrap();
    assert_eq!(warnings, [Warning::IssuerMissing]);
}

#[test]
fn invalid_names_are_rejected() {
    for (name, error) in
        [("a\0", InvalidKeyUri::ControlCharacter), (&"a".repeat(256), InvalidKeyUri::NameTooLong)]
    {
        assert_eq!(read(&totp(name)).unwrap_err(), error);
    }
}

#[test]
fn issuer_steam_in_an_export_stays_totp() {
    let entry = named(SECRET, "alice", "Steam").number(6, 2);
    assert_eq!(read(&entry).unwrap().0.kind(), KeyKind::Totp(TotpParameters::new()));
}

#[test]
fn debug_shows_the_part_and_no_keys() {
    let migration = Message::default().entry(&totp("alice")).batch(2, 1, 7).parse().unwrap();
    assert_eq!(format!("{migration:?}"), "Migration { batch_index: 1, batch_size: 2, .. }");
    let entry = format!("{:?}", migration.into_entries().remove(0));
    assert!(entry.starts_with("MigrationEntry { key: ") && entry.ends_with(", .. }"), "{entry}");
    assert!(!entry.contains("alice"), "{entry}");
}

#[test]
fn finding_i04_and_i05_names_of_other_programs_are_imported() {
    for (name, account, warning) in
        [("", "", Warning::EmptyAccount), ("a:b:c", "b:c", Warning::ColonInName)]
    {
        let (key, warnings) = read(&totp(name)).unwrap();
        assert_eq!(key.account(), account);
        assert!(warnings.contains(&warning), "{warnings:?}");
    }
}

#[test]
fn finding_i11_unspecified_type_is_totp() {
    for entry in [named(SECRET, "a", "b"), named(SECRET, "a", "b").number(6, 0)] {
        assert_eq!(read(&entry).unwrap().0.kind(), KeyKind::Totp(TotpParameters::new()));
    }
    assert_eq!(read(&named(SECRET, "a", "b").number(6, 3)).unwrap_err(), InvalidKeyUri::Kind);
}
