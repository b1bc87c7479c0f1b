//! Tests of fields that other modules define.

use alloc::vec;

use super::*;
use crate::{factor::FactorKind, id::SubjectId};

fn firsts() -> Vec<FirstFactor> {
    let mailbox = Address::email("alice@example.com").unwrap();
    let number = Address::phone("+14155550100").unwrap();
    let key = ItemId::of("a key");
    let mut firsts = vec![
        FirstFactor::None,
        FirstFactor::Password,
        FirstFactor::Email(mailbox.clone()),
        FirstFactor::Phone(number),
    ];
    for (user_verified, device_bound) in
        [(false, false), (false, true), (true, false), (true, true)]
    {
        firsts.push(FirstFactor::Passkey { key, user_verified, device_bound });
    }
    for address in [None, Some(mailbox)] {
        for amr in [&[][..], &["pwd"], &["face", "mfa", "wia"]] {
            let amr = amr.iter().copied().map(String::from).collect();
            firsts.push(FirstFactor::Federated { amr, address: address.clone() });
        }
    }
    firsts
}

fn written(parts: impl minicbor::Encode<()>) -> Vec<u8> {
    minicbor::to_vec(parts).unwrap()
}

fn read(bytes: &[u8]) -> Option<Option<FirstFactor>> {
    first_factor_of(minicbor::decode(bytes).unwrap())
}

#[test]
fn first_factor_round_trips_through_a_record() {
    for first in firsts().into_iter().map(Some).chain([None]) {
        assert_eq!(read(&written(first_factor_parts(&first))), Some(first));
    }
}

#[test]
fn operation_round_trips_through_a_record() {
    let operations = [Operation::SignIn, Operation::StepUp, Operation::Enroll, Operation::Manage];
    for operation in operations.into_iter().map(Some).chain([None]) {
        assert_eq!(operation_of(operation_tag(&operation)), Some(operation));
    }
}

/// Law 7: data from a later release must not be read as something else.
#[test]
fn first_factor_of_unknown_parts_is_refused() {
    let key: Option<Id> = Some([1; 16].into());
    let mailbox = Some((1, "alice@example.com"));
    for parts in [
        (5, 0, None, None),
        (0, 1, None, None),
        (1, 0, mailbox, None),
        (1, 0, None, key),
        (2, 0, None, None),
        (2, 1, mailbox, None),
        (2, 0, Some((2, "token")), None),
        (3, 0, None, None),
        (3, 4, None, key),
        (3, 0, mailbox, key),
        (4, 1 << 21, None, None),
        (4, 0, None, key),
    ] {
        assert_eq!(read(&written(Some(parts))), None, "{parts:?}");
    }
}

/// Law 7: a later release may know more kinds, channels, methods and purposes.
#[test]
fn unknown_bit_or_number_is_refused() {
    let kinds = FactorSet::of(&FactorKind::ALL);
    for bit in 0..16 {
        let bits = 1_u16 << bit;
        let is_known = kinds.with_all(FactorSet::default().by_support()).bits() & bits != 0;
        assert_eq!(FactorSet::from_bits(bits).map(FactorSet::bits), is_known.then_some(bits));
    }
    for bits in 0..=u8::MAX {
        let channel = Channel::ALL.into_iter().find(|channel| channel.bit() == bits);
        assert_eq!(Channel::from_bit(bits), channel);
        let set = ChannelSet::from_bits(bits).map(ChannelSet::bits);
        assert_eq!(set, (bits < 32).then_some(bits));
        assert_eq!(algorithm_of(bits).map(algorithm_number), (bits < 3).then_some(bits));
        let with_hash = [None, Some([7; 32].into())].map(|hash| purpose_of((bits, hash)));
        let is_known = [(1..=8).contains(&bits) && bits != 7, bits == 7];
        assert_eq!(with_hash.map(|purpose| purpose.is_some()), is_known, "{bits}");
    }
    for bit in 0..32 {
        let is_known = bit < crate::amr::NAMES.len() || bit >= 30;
        assert_eq!(Methods::from_bits(1 << bit).is_some(), is_known, "{bit}");
    }
}

/// A record that was written once must stay readable, even if a later release accepts less.
#[test]
fn stored_value_that_is_no_longer_accepted_decodes() {
    fn again<T, P>(parts: P, of: impl Fn(P) -> Option<T>) -> T {
        of(parts).expect("it was accepted once")
    }
    for text in ["", "Bob <bob@example.com>", "+1 415;ext=9", "+1", "bob@localhost", "é\n"] {
        assert!(Address::phone(text).is_err() && Address::email(text).is_err());
        for (number, kind) in [(0, AddressKind::Phone), (1, AddressKind::Email)] {
            let address = again((number, String::from(text)), address_of);
            assert_eq!((address.kind(), address_parts(&address)), (kind, (number, text)));
            // Every stored address is used in these ways.
            let _ = (address.masked(), address.prefix(), address.budget_key());
        }
    }
    let (push, id, name) = ("é".repeat(600), "..".repeat(50), "a".repeat(5000));
    assert!(Address::push(&push).is_err() && RemoteId::new(&id).is_err());
    assert!(SubjectId::new(&name).is_err());
    assert_eq!(push_text(&again(Some(push.clone()), push_of)), Some(push.as_str()));
    assert_eq!(again(id.clone(), provider_id_of).as_str(), id);
    assert_eq!(again(name.as_bytes(), SubjectId::from_record).as_str(), name);
    let fields: Vec<_> = (0..9).map(|_| ("to:", "a; b")).collect();
    assert!(Agreement::new(fields.iter().copied()).is_err());
    let owned = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    assert_eq!(agreement_fields(&again(Some(owned), agreement_of)), Some(fields));
    for len in [0, 1, 9, 64] {
        let bytes = [7; 64];
        let bytes = &bytes[..len];
        assert!(len == 64 || Secret::danger_short(bytes).is_err());
        assert_eq!(again(bytes.into(), secret_of).expose_bytes(), bytes);
    }
    assert!(secret_of((&[7; 65][..]).into()).is_none(), "no release had room for it");
    for secs in [1, 14, 121, 255] {
        assert!(Period::new(secs.into()).is_err());
        assert_eq!(totp_parts(&again((0, 6, secs), totp_of)), (0, 6, secs));
    }
    assert!(totp_of((0, 6, 0)).is_none() && totp_of((0, 5, 30)).is_none());
}

#[test]
fn first_factor_is_normalized_before_it_is_stored() {
    let number = Address::phone("+14155550100").unwrap();
    let push = Address::push("token").unwrap();
    let amr = |names: &[&str]| names.iter().copied().map(String::from).collect();
    for (named, stored) in [
        (FirstFactor::Email(number.clone()), FirstFactor::Phone(number)),
        (FirstFactor::Phone(push.clone()), FirstFactor::None),
        (
            FirstFactor::Federated { amr: amr(&["pwd", "ngcmfa", "otp"]), address: Some(push) },
            FirstFactor::Federated { amr: amr(&["otp", "pwd"]), address: None },
        ),
    ] {
        assert_eq!(named.normalized(), stored);
    }
    assert!(firsts().iter().all(|first| first.normalized() == *first));
}
