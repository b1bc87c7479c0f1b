//! Email addresses that must be refused.

use proptest::prelude::*;
use second_factor::Address;

#[test]
fn failure_101_only_one_bare_mailbox_is_an_address() {
    for invalid in [
        // Lists and groups (RFC 5322 §3.4).
        "a@x.com, b@y.com",
        "a@x.com,b@y.com",
        "a@x.com;b@y.com",
        "a@x.com b@y.com",
        "friends:a@x.com,b@y.com;",
        "a@x.com\tb@y.com",
        // Names and angles.
        "Alice <a@x.com>",
        "<a@x.com>",
        "a@x.com <b@y.com>",
        "\"a@x.com\" <b@y.com>",
        // Comments and folding (RFC 5322 §3.2.2).
        "a(b@y.com)@x.com",
        "a@x.com(comment)",
        "(comment)a@x.com",
        "a@(c)x.com",
        "a @x.com",
        "a@ x.com",
        "a\r\n @x.com",
        // Quoted local parts, in which everything is allowed (RFC 5321 §4.1.2).
        "\"a b\"@x.com",
        "\"a@y.com\"@x.com",
        "\"\"@x.com",
        "\"a\\\"b\"@x.com",
        "\"a\r\nBcc: b@y.com\"@x.com",
        // Source routes, literals, ports, schemes, queries.
        "@y.com:a@x.com",
        "a%y.com@",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a@x.com:25",
        "mailto:a@x.com",
        "a@x.com?bcc=b@y.com",
        "a@x.com#b",
        "a@x.com/b",
        // Header injection, plain and encoded.
        "a@x.com\nBcc: b@y.com",
        "a@x.com\rBcc: b@y.com",
        "a@x.com\r\n\r\nbody",
        "a\n@x.com",
        "a@x.com\u{85}Bcc",
        "a@x.com\u{2028}Bcc",
        "=?utf-8?q?a=0ABcc:b=40y.com?=@x.com,b@y.com",
        "a@x.com%0ABcc:b@y.com",
        // Invalid hosts.
        "a@localhost",
        "a@x",
        "a@.com",
        "a@x.",
        "a@x.com.",
        "a@-x.com",
        "a@x-.com",
        "a@x..com",
        "a@x_y.com",
        // International names must be in their xn-- form; look-alikes are other letters.
        "ä@x.com",
        "a@münchen.de",
        "a@\u{445}.com",
        "a@x。com",
        "a＠x.com",
        "a@x．com",
        "a\u{200b}@x.com",
        "a@x.com\u{200e}",
        "a\u{202e}@x.com",
        "аlice@x.com",
        // Missing parts and extra characters.
        "",
        "@",
        "a@",
        "@x.com",
        "a@@x.com",
        "a@x@y.com",
        "a\0@x.com",
    ] {
        assert!(Address::email(invalid).is_err(), "{invalid:?}");
    }
}

#[test]
fn email_with_a_common_name_is_accepted() {
    for valid in [
        "a@x.com",
        "first.last+tag@sub.example.co.uk",
        "o'brien@example.ie",
        "a_b-c@example.com",
        "a!#$%&'*+-/=?^_`{|}~b@example.com",
        "a@xn--mnchen-3ya.de",
        "1@1.com",
    ] {
        let address = Address::email(valid).unwrap_or_else(|error| panic!("{valid}: {error}"));
        assert_eq!(address.expose(), valid);
    }
}

#[test]
fn email_longer_than_the_standard_allows_is_refused() {
    let (local, host) = ("a".repeat(64), format!("{}.com", "b".repeat(63)));
    assert!(Address::email(&format!("{local}@{host}")).is_ok());
    assert!(Address::email(&format!("{local}a@{host}")).is_err());
    let long_host = ["b".repeat(63), "c".repeat(63), "d".repeat(57), "com".into()].join(".");
    assert_eq!(local.len() + 1 + long_host.len(), 254);
    assert!(Address::email(&format!("{local}@{long_host}")).is_ok());
    assert!(Address::email(&format!("{local}@e{long_host}")).is_err());
}

proptest! {
    #[test]
    fn accepted_email_has_one_at_sign_and_no_separator(text in any::<String>()) {
        if let Ok(address) = Address::email(&text) {
            let text = address.expose();
            prop_assert!(text.is_ascii() && text.matches('@').count() == 1);
            prop_assert!(!text.contains(|c: char| c.is_control() || " ,;:<>()[]\\\"".contains(c)));
        }
    }

    #[test]
    fn near_miss_email_has_one_at_sign_and_no_separator(text in "[a-z.+@,;:<>() \"\\\\\r\n\\[\\]%-]{1,20}@[a-z.,; <>()-]{1,12}") {
        if let Ok(address) = Address::email(&text) {
            let text = address.expose();
            prop_assert_eq!(text.matches('@').count(), 1);
            prop_assert!(!text.contains(|c: char| c.is_control() || " ,;:<>()[]\\\"".contains(c)));
        }
    }
}
