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
        "a!#$%&'*+-/=?^_{}~b@example.com",
        "a@xn--mnchen-3ya.de",
        "1@1.com",
        "_a@example.com",
        "a@1.2.xn--fiqs8s",
    ] {
        let address = Address::email(valid).unwrap_or_else(|error| panic!("{valid}: {error}"));
        assert_eq!(address.expose(), valid);
    }
}

#[test]
fn finding_s35_email_that_is_an_option_or_a_pipe_is_refused() {
    for invalid in [
        // An option of `sendmail` (CVE-2016-10033), and what `aliases(5)` treats specially.
        "-X/var/log@example.com",
        "-oQ/tmp@example.com",
        "-@example.com",
        "|cat@example.com",
        "/dev/null@example.com",
        "a|cat@example.com",
        "a`id`@example.com",
        "!a@example.com",
        "&a@example.com",
        "#a@example.com",
        // A machine, in each form that a browser reads.
        "a@127.0.0.1",
        "a@1.2.3.4",
        "a@127.1",
        "a@0x7f.1",
        "a@127.0x1",
        "a@0177.0.0.01",
        "a@example.1",
        "a@example.c0m",
    ] {
        assert!(Address::email(invalid).is_err(), "{invalid:?}");
    }
}

#[test]
fn finding_s35_origin_that_is_an_ip_address_is_refused() {
    let sender = || second_factor::message::Sender::new("Example").unwrap();
    for invalid in ["1.2.3.4", "127.1", "0x7f.1", "127.0x1", "example.1"] {
        assert!(sender().with_origin(invalid).is_err(), "{invalid}");
    }
    for valid in ["example.com", "1.2.example.com", "a.xn--fiqs8s", "A.XN--FIQS8S"] {
        assert!(sender().with_origin(valid).is_ok(), "{valid}");
    }
}

/// ITU-T E.123 §2.5: the zero is dialed inside the country only.
#[test]
fn finding_i12_trunk_prefix_in_parentheses_is_refused() {
    for invalid in
        ["+44 (0)20 7946 0018", "+44(0)2079460018", "+44 ( 0 )20 7946 0018", "+49 (030) 901820"]
    {
        assert!(Address::phone(invalid).is_err(), "{invalid}");
    }
    let valid = Address::phone("+44 (20) 7946 0018").unwrap();
    assert_eq!(valid.expose(), "+442079460018");
    // In Italy the zero is part of the number.
    assert_eq!(Address::phone("+39 06 1234 5678").unwrap().expose(), "+390612345678");
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
