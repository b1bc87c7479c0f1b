//! Batches: several QR codes of one export.

use crate::*;

#[test]
fn batch_joins_in_any_order() {
    let part = |index, name| {
        Message::default().entry(&totp(name)).batch(3, index, -5_i64 as u64).parse().unwrap()
    };
    let (last, first, middle) = (part(2, "c"), part(0, "a"), part(1, "b"));
    assert_eq!((last.batch_id(), last.batch_index(), last.batch_size()), (-5, 2, 3));
    let entries = Migration::join([last, first, middle]).unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.name()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn incomplete_or_mixed_batch_is_rejected() {
    let part = |size, index, id| Message::default().batch(size, index, id).parse().unwrap();
    let join = |parts: Vec<Migration>| Migration::join(parts).unwrap_err();
    assert_eq!(join(vec![]), InvalidMigration::BatchMissing);
    assert_eq!(join(vec![part(2, 0, 7)]), InvalidMigration::BatchMissing);
    assert_eq!(join(vec![part(2, 1, 7), part(2, 1, 7)]), InvalidMigration::BatchTwice);
    assert_eq!(join(vec![part(2, 0, 7), part(2, 1, 8)]), InvalidMigration::OtherBatch);
    assert_eq!(join(vec![part(2, 0, 7), part(3, 1, 7)]), InvalidMigration::OtherBatch);
    assert!(Migration::join([part(2, 0, 7), part(2, 1, 7)]).unwrap().is_empty());
}

#[test]
fn batch_size_and_index_are_bounded() {
    let minus_one = -1_i64 as u64;
    for (size, index) in [(101, 0), (minus_one, 0), (1, 1), (100, 100), (2, minus_one), (0, 1)] {
        let export = Message::default().batch(size, index, 7);
        assert_eq!(rejected(&export), InvalidMigration::BatchNumber, "{size} {index}");
    }
    assert_eq!(Message::default().batch(100, 99, 7).parse().unwrap().batch_size(), 100);
    assert_eq!(Message::default().parse().unwrap().batch_size(), 1);
    let id = |id: i64| Message::default().number(5, id as u64).parse();
    assert_eq!(id(i64::from(i32::MIN)).unwrap().batch_id(), i32::MIN);
    assert_eq!(id(i64::from(i32::MAX) + 1).unwrap_err(), InvalidMigration::Malformed);
}
