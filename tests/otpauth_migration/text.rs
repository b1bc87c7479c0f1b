//! The text around the payload.

use crate::*;

#[test]
fn base64_may_be_unencoded() {
    // 0xfb, 0xff and similar bytes encode to `+` and `/`.
    let entry = named(&[0xfb; 20], "\u{3ff}\u{3ff}", "Example").number(6, 2);
    let base64 = base64(&Message::default().entry(&entry).0);
    assert!(base64.contains('+') && base64.contains('/') && base64.contains('='));
    let clear = Migration::parse(&format!("{PREFIX}{base64}")).unwrap();
    let encoded = Message::default().entry(&entry).parse().unwrap();
    for migration in [clear, encoded] {
        let (key, _) = migration.into_entries().remove(0).into_key().unwrap();
        assert_eq!(key.secret().expose_bytes(), [0xfb; 20]);
    }
}

#[test]
fn invalid_base64_is_rejected() {
    for data in ["A", "AB==", "AA==A", "A A=", "A_A+", "AA-/", "AA==#", "AA==&a=b"] {
        let error = Migration::parse(&format!("{PREFIX}{data}")).unwrap_err();
        assert_eq!(error, InvalidMigration::Base64, "{data}");
    }
    for data in ["%", "%3", "AA%3D%3"] {
        let error = Migration::parse(&format!("{PREFIX}{data}")).unwrap_err();
        assert_eq!(error, InvalidMigration::Encoding, "{data}");
    }
}

/// Libraries and copied links leave the padding out, or use the URL-safe alphabet.
#[test]
fn finding_i11_base64_may_be_url_safe_or_unpadded() {
    let entry = named(&[0xfb; 20], "\u{3ff}\u{3ff}", "Example").number(6, 2);
    let padded = base64(&Message::default().entry(&entry).0);
    assert!(padded.contains('+') && padded.contains('/') && padded.ends_with('='));
    let unpadded = padded.trim_end_matches('=');
    let url_safe = padded.replace('+', "-").replace('/', "_");
    let both = unpadded.replace('+', "-").replace('/', "_");
    for data in [padded.as_str(), unpadded, &url_safe, &both] {
        let migration = Migration::parse(&format!("{PREFIX}{data}")).unwrap();
        let (key, _) = migration.into_entries().remove(0).into_key().unwrap();
        assert_eq!(key.secret().expose_bytes(), [0xfb; 20], "{data}");
    }
}

#[test]
fn other_schemes_are_rejected() {
    for text in ["", "otpauth://totp/a", "otpauth-migration://online?data=", "otpauth-migration:"] {
        assert_eq!(Migration::parse(text).unwrap_err(), InvalidMigration::Scheme);
    }
}

#[test]
fn failure_055_text_over_64_kib_is_rejected_unread() {
    for size in [1 << 16, 1 << 20, 10 << 20] {
        let error = Migration::parse(&format!("{PREFIX}{}", "%".repeat(size))).unwrap_err();
        assert_eq!(error, InvalidMigration::TooLong);
    }
}

#[test]
fn text_of_64_kib_is_accepted() {
    let room = (1 << 16) - PREFIX.len();
    let error = |len| Migration::parse(&format!("{PREFIX}{}", "%".repeat(len))).unwrap_err();
    assert_eq!(error(room), InvalidMigration::Encoding);
    assert_eq!(error(room + 1), InvalidMigration::TooLong);
}
