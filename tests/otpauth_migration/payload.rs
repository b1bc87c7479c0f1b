//! Malformed payloads.

use crate::*;

#[test]
fn unknown_fields_are_skipped() {
    let unknown = |message: Message| {
        message
            .number(8, u64::MAX)
            .bytes(9, b"a unique id")
            .varint(10 << 3 | 1)
            .raw(&[0xff; 8])
            .varint(0x1fff_ffff << 3 | 5)
            .raw(&[0xff; 4])
    };
    let export = unknown(Message::default()).entry(&unknown(totp("alice"))).batch(1, 0, 7);
    let (key, _) = export.parse().unwrap().into_entries().remove(0).into_key().unwrap();
    assert_eq!(key.account(), "alice");
}

#[test]
fn groups_and_unknown_wire_types_are_rejected() {
    for wire_type in [3, 4, 6, 7] {
        let export = Message::default().varint(9 << 3 | wire_type);
        assert_eq!(rejected(&export), InvalidMigration::Malformed, "{wire_type}");
    }
}

#[test]
fn field_number_out_of_range_is_rejected() {
    for tag in [0, 1 << 32, u64::MAX] {
        assert_eq!(
            rejected(&Message::default().varint(tag).varint(0)),
            InvalidMigration::Malformed
        );
    }
}

#[test]
fn overlong_varint_is_rejected() {
    let ten = [[0xff; 9].as_slice(), &[0x02]].concat();
    let eleven = [[0x80; 10].as_slice(), &[0x00]].concat();
    for bytes in [&*ten, &eleven, &[0xff; 10], &[0x80]] {
        let export = Message::default().varint(9 << 3).raw(bytes);
        assert_eq!(rejected(&export), InvalidMigration::Malformed, "{bytes:?}");
    }
    assert!(Message::default().number(9, u64::MAX).parse().is_ok());
}

#[test]
fn length_past_the_end_is_rejected() {
    for len in [1, 2, 1 << 31, 1 << 63, u64::MAX] {
        for field in [1, 9] {
            let export = Message::default().varint(field << 3 | 2).varint(len);
            assert_eq!(rejected(&export), InvalidMigration::Malformed);
        }
    }
    for (wire_type, len) in [(1, 7), (5, 3)] {
        let export = Message::default().varint(9 << 3 | wire_type).raw(&vec![0; len]);
        assert_eq!(rejected(&export), InvalidMigration::Malformed);
    }
}

#[test]
fn truncated_payload_is_rejected_or_has_less() {
    let whole = Message::default().entry(&totp("alice")).batch(1, 0, 7);
    for len in 1..whole.0.len() {
        if let Ok(migration) = Message(whole.0[..len].to_vec()).parse() {
            let entry = migration.into_entries().remove(0);
            assert_eq!(entry.into_key().unwrap().0.account(), "alice");
        }
    }
}

#[test]
fn duplicate_or_mistyped_field_is_rejected() {
    for message in [
        Message::default().batch(1, 0, 7).number(3, 1),
        Message::default().number(1, 1),
        Message::default().bytes(5, b"7"),
        Message::default().entry(&totp("alice").bytes(1, SECRET)),
        Message::default().entry(&totp("alice").number(4, 1)),
        Message::default().entry(&Message::default().number(1, 1)),
        Message::default().entry(&Message::default().varint(4 << 3 | 5).raw(&[0; 4])),
        Message::default().entry(&Message::default().bytes(2, b"\xff")),
    ] {
        assert_eq!(rejected(&message), InvalidMigration::Malformed);
    }
}

#[test]
fn more_than_100_entries_are_rejected() {
    let entries = |count| (0..count).fold(Message::default(), |all, _| all.entry(&totp("a")));
    assert_eq!(entries(100).parse().unwrap().into_entries().len(), 100);
    assert_eq!(rejected(&entries(101)), InvalidMigration::TooManyEntries);
}

#[test]
fn debug_shows_no_secret_and_no_name() {
    let migration = Message::default().entry(&totp("alice")).parse().unwrap();
    let shown = format!("{migration:?}") + &format!("{:?}", migration.into_entries());
    for hidden in ["Example", "alice", "1234", "49, 50"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
