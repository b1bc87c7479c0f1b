//! Tests that compare the manual page `defaults` with the code.

use alloc::{format, string::ToString as _};

use super::*;
use crate::{keys::PREFIX_SHARDS, secret::GENERATED_BYTES};

#[test]
fn defaults_page_numbers_match_the_code() {
    let policy = Policy::default();
    let minutes = |secs: u32| format!("{} minutes", secs / 60);
    let (failures, cost) = (policy.failures, policy.hash_cost);
    let (subject, address, prefix) =
        (policy.subject_sends, policy.address_sends, policy.prefix_sends);
    let totp = policy.totp;
    for (row, number) in [
        ("sent code, digits", policy.code_digits.to_string()),
        ("sent code, lifetime", minutes(policy.code_life)),
        ("challenge, lifetime", minutes(CHALLENGE_LIFE)),
        ("codes to a subject", format!("{} an hour, {} a day", subject.an_hour, subject.a_day)),
        ("codes to an address", format!("{} an hour, {} a day", address.an_hour, address.a_day)),
        ("codes to a phone prefix", format!("{} an hour, {} a day", prefix.an_hour, prefix.a_day)),
        (
            "codes to a phone prefix",
            if PREFIX_SHARDS == 8 { "in eight records" } else { "?" }.into(),
        ),
        (
            "TOTP: algorithm",
            format!("SHA-1, {}, {} s", totp.digits().count(), totp.period().as_secs()),
        ),
        (
            "TOTP: window",
            if policy.window == Window::ONE { "one step either way" } else { "?" }.into(),
        ),
        ("HOTP: look-ahead", format!("{} counters", policy.look_ahead.get())),
        ("HOTP: look-ahead", format!("within {}", LookAhead::RESYNC.get())),
        ("secret", format!("{GENERATED_BYTES} bytes")),
        ("failures of a factor", format!("from the {}th in a row", failures.waits_from)),
        (
            "failures of a factor",
            format!("{} s doubling to {} h", failures.first_wait, failures.longest_wait / 3600),
        ),
        ("factor disabled", format!("at {} in a row", failures.disable_at)),
        ("all factors", format!("at {} without", failures.disable_all_at)),
        ("enrollment", format!("{}, {ENROLLMENT_ATTEMPTS} incorrect", minutes(ENROLLMENT_LIFE))),
        ("proof for changing", minutes(policy.management_age)),
        ("security keys of", format!("{MAX_SECURITY_KEYS}, each")),
        ("ceremony of", format!("{CEREMONY_LIFE} s")),
        (
            "accepted ceremonies",
            format!("the last {MAX_CEREMONIES}, for {} minutes", CEREMONY_MEMORY / 60),
        ),
        ("first factor after", format!("{} hour", policy.reset_life / 3600)),
        ("backup codes", format!("{} of 80 bits", policy.backup_codes)),
        ("PIN |", format!("disabled at {PIN_TRIES} incorrect")),
        ("slow hash", format!("{} MiB, {} passes", cost.memory_kib() >> 10, cost.passes())),
        ("trusted devices", format!("{MAX_DEVICES}, for {} days", policy.device_life / 86_400)),
        ("sign-in request", format!("{REQUEST_LIFE} s")),
        (
            "sign-in request",
            if UNANSWERED_REQUESTS == 3 { "off after three unanswered" } else { "?" }.into(),
        ),
        ("blocked client", if BLOCKED_FOR == 86_400 { "a day, 8 clients" } else { "?" }.into()),
        ("first PIN", if QUARANTINE == 86_400 { "for a day after" } else { "?" }.into()),
        ("addresses of", format!("{MAX_PHONES} phones, {MAX_EMAILS} emails")),
    ] {
        let line = PAGE.lines().find(|line| line.starts_with(&format!("| {row}")));
        let line = line.unwrap_or_else(|| panic!("no row {row}"));
        assert!(line.contains(&number), "{line}\ndoes not contain: {number}");
    }
}

#[test]
fn defaults_page_presets_match_the_code() {
    let (pci, psd2) = (Policy::pci().failures, Policy::psd2().failures);
    assert_eq!((pci.waits_from, pci.first_wait), (10, 30 * 60));
    assert_eq!((psd2.waits_from, psd2.first_wait, psd2.disable_at), (5, 30 * 60, 10));
    assert!(PAGE.contains("`Policy::pci()` locks for 30 minutes from the tenth failure"));
    assert!(PAGE.contains("locks for 30 minutes from the fifth and disables at the tenth"));
}

const PAGE: &str = include_str!("../manual/defaults.md");
