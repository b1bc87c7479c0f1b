//! Fuzzing of addresses, handles, subjects and names.
//!
//! An accepted value has one form, and no character that separates, folds or ends a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use second_factor::{
    Address, Handle, ItemId, SubjectId,
    address::AddressKind,
    message::{AppHash, Language, Sender},
};

fuzz_target!(|text: &str| {
    if let Ok(phone) = Address::phone(text) {
        let digits = phone.expose().strip_prefix('+').expect("it is in international form");
        assert!(digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0'));
        assert!((5..=15).contains(&digits.len()), "E.164");
        // No digit is dropped or added.
        let typed: String = text.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(typed, digits);
        assert_eq!(Address::phone(phone.expose()).as_ref(), Ok(&phone));
        read_masked(&phone, AddressKind::Phone);
    }
    if let Ok(email) = Address::email(text) {
        let (local, domain) = email.expose().split_once('@').expect("it has an at");
        assert!(!local.is_empty() && !domain.contains('@') && domain.contains('.'));
        assert!(local.len() <= 64 && email.expose().len() <= 254);
        let is_separator =
            |c: char| c.is_control() || c.is_whitespace() || ",;<>()[]\"\\:".contains(c);
        assert!(!email.expose().contains(is_separator), "{:?}", email.expose());
        assert_eq!(domain, domain.to_lowercase());
        assert_eq!(Address::email(email.expose()).as_ref(), Ok(&email));
        read_masked(&email, AddressKind::Email);
    }
    if let Ok(push) = Address::push(text) {
        assert_eq!(push.expose(), text);
        assert_eq!(push.kind(), AddressKind::Push);
    }
    if let Ok(handle) = text.parse::<Handle>() {
        assert_eq!(handle.to_string(), text, "a handle has one text form");
    }
    if let Ok(item) = text.parse::<ItemId>() {
        assert_eq!(item.to_string(), text);
    }
    if let Ok(subject) = SubjectId::new(text) {
        assert_eq!(subject.as_str(), text);
        assert_eq!(text.parse(), Ok(subject));
    }
    if let Ok(language) = Language::new(text) {
        assert_eq!(Language::new(&language.to_string()), Ok(language));
    }
    let _ = AppHash::new(text);
    if let Ok(sender) = Sender::new("A").and_then(|sender| sender.with_origin(text)) {
        let origin = sender.origin().expect("it was just set");
        let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        assert!(origin.chars().all(is_host), "{origin:?}");
    }
});

/// Checks that a masked address is not a valid address.
fn read_masked(address: &Address, kind: AddressKind) {
    assert_eq!(address.kind(), kind);
    let masked = address.masked();
    assert!(Address::phone(&masked).is_err() && Address::email(&masked).is_err(), "{masked:?}");
}
