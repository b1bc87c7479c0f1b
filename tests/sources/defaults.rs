//! The manual page `defaults` against the code.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeMap;
use core::time::Duration;
use std::{fs, path::Path};

use second_factor::{
    Policy,
    otp::{LookAhead, Window},
    policy::{Absent, LateEnrollment, Requirement},
};

#[test]
fn defaults_page_numbers_match_the_policy() {
    let policy = Policy::default();
    let minutes = |time: Duration| format!("{} minutes", time.as_secs() / 60);
    let sends = |(an_hour, a_day)| format!("{an_hour} an hour, {a_day} a day");
    let (prefix_hour, prefix_day) = policy.prefix_sends();
    let (totp, (from_failure, first_wait)) = (policy.totp(), policy.waits());
    let is_default = policy.window() == Window::ONE
        && policy.requirement() == Requirement::Optional
        && policy.late_enrollment() == LateEnrollment::AfterAddress
        && policy.absent() == Absent::Unprotected;
    assert!(is_default, "update the rows below that state it in words");
    for (row, text) in [
        ("sent code, digits", policy.code_digits().to_string()),
        ("sent code, lifetime", minutes(policy.code_lifetime())),
        ("codes to a subject", sends(policy.subject_sends())),
        ("codes to an address", sends(policy.address_sends())),
        ("codes to a phone prefix", format!("{prefix_hour} an hour, {prefix_day} a day")),
        (
            "TOTP: algorithm",
            format!("SHA-1, {}, {} s", totp.digits().count(), totp.period().as_secs()),
        ),
        ("TOTP: window", "one step either way".into()),
        ("HOTP: look-ahead", format!("{} counters", policy.look_ahead().get())),
        ("HOTP: look-ahead", format!("within {}", LookAhead::RESYNC.get())),
        ("failures of a factor", format!("from the {from_failure}th in a row")),
        ("failures of a factor", format!("{} s doubling", first_wait.as_secs())),
        ("factor disabled, after", format!("at {} in a row", policy.disable_at().unwrap())),
        ("proof for changing", minutes(policy.management_max_age())),
        ("first factor after", format!("{} hour", policy.reset_lifetime().as_secs() / 3600)),
        ("backup codes", format!("{} of 80 bits", policy.backup_codes())),
        ("trusted devices", format!("for {} days", policy.device_lifetime().as_secs() / 86_400)),
        ("enrollment of a second factor", "optional".into()),
        ("late enrollment", "after an address".into()),
    ] {
        check(row, &text);
    }
}

#[test]
fn defaults_page_numbers_match_the_fixed_limits() {
    let fixed = |name| constant("src/policy/fixed.rs", name);
    let limits = read("src/policy/limits.rs");
    let limit = |part, name| number_after(limits.split_once(part).unwrap().1, name);
    let minutes = |name| format!("{} minutes", fixed(name) / 60);
    assert_eq!(constant("src/keys/names.rs", "PREFIX_SHARDS"), 8);
    assert_eq!([fixed("UNSUCCESSFUL_REQUESTS"), fixed("MAX_ENROLLMENTS")], [3; 2]);
    assert_eq!([fixed("BLOCKED_FOR"), fixed("QUARANTINE")], [86_400; 2]);
    for (row, text) in [
        ("challenge, lifetime", minutes("CHALLENGE_LIFE")),
        ("codes to a phone prefix", "in eight records".into()),
        ("secret", format!("{} bytes", constant("src/secret.rs", "GENERATED_BYTES"))),
        (
            "failures of a factor",
            format!("to {} h", limit("DEFAULT: Self", "longest_wait: ") / 3600),
        ),
        ("enrollment |", minutes("ENROLLMENT_LIFE")),
        ("enrollment |", format!("{} incorrect", fixed("ENROLLMENT_ATTEMPTS"))),
        ("security keys of", format!("{}, each", fixed("MAX_SECURITY_KEYS"))),
        ("ceremony of", format!("{} s", fixed("CEREMONY_LIFE"))),
        ("accepted ceremonies", format!("the last {}, for", fixed("MAX_CEREMONIES"))),
        ("accepted ceremonies", minutes("CEREMONY_MEMORY")),
        ("PIN |", format!("disabled at {} incorrect", fixed("PIN_FAILURES"))),
        ("PIN rehearsal", format!("none after {} incorrect", fixed("REHEARSAL_FAILURES"))),
        ("slow hash", format!("{} MiB", limit("fn memory_kib", "Usual => "))),
        ("slow hash", format!("{} passes", limit("fn passes", "Usual => "))),
        ("known devices", format!("{}, for 365 days", fixed("MAX_DEVICES"))),
        ("known devices", format!("after {} failures", fixed("DEVICE_FAILURES"))),
        ("failures without", format!("at {} in a row", fixed("ANONYMOUS_FAILURES"))),
        ("slow count of", format!("reported at {}", fixed("COMPROMISE_SLOW"))),
        ("registration |", format!("slow count of {}", fixed("REGISTRATION_SLOW"))),
        ("attempts after", format!("{}, once", fixed("RENEWED_ATTEMPTS"))),
        ("trusted devices", format!("{} with", fixed("MAX_DEVICES"))),
        ("sign-in request", format!("{} s", fixed("REQUEST_LIFE"))),
        ("sign-in request", "off after three in an hour".into()),
        ("blocked client", "a day, 8 clients".into()),
        ("first PIN", "for a day after".into()),
        ("addresses of", format!("{} phones, {} emails", fixed("MAX_PHONES"), fixed("MAX_EMAILS"))),
    ] {
        check(row, &text);
    }
}

#[test]
fn defaults_page_presets_match_the_code() {
    let half_an_hour = Duration::from_secs(30 * 60);
    let (pci, psd2) = (Policy::pci(), Policy::psd2());
    assert_eq!(pci.waits(), (10, half_an_hour));
    assert_eq!((psd2.waits(), psd2.disable_at()), ((3, half_an_hour), None));
    let page = read(PAGE);
    assert!(page.contains("`Policy::pci()` locks for 30 minutes from the tenth failure"));
    assert!(
        page.contains(
            "locks from the third after a first factor, and from the second over all known"
        )
    );
}

/// The example on the page, and every key of its table.
#[test]
fn defaults_page_configuration_is_read() {
    let page = read(PAGE);
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let roles: BTreeMap<String, Policy> = toml::from_str(example).unwrap();
    assert!(roles.len() > 1);
    let table = page.split("| key | value | builder |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    let mut documented: Vec<&str> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    documented.sort_unstable();
    let error = toml::from_str::<Policy>("x = 1").unwrap_err().to_string();
    let known = error.split("expected one of ").nth(1).unwrap();
    let mut known: Vec<&str> = known.trim().split(", ").map(|key| key.trim_matches('`')).collect();
    known.sort_unstable();
    assert_eq!(documented, known);
}

fn check(row: &str, text: &str) {
    let page = read(PAGE);
    let line = page.lines().find(|line| line.starts_with(&format!("| {row}")));
    let line = line.unwrap_or_else(|| panic!("no row {row}"));
    let default = line.split('|').nth(2).unwrap();
    assert!(default.contains(text), "{line}\ndoes not state: {text}");
}

/// The value of a private constant.
fn constant(file: &str, name: &str) -> u64 {
    let text = read(file);
    let value =
        text.split_once(&format!("const {name}: ")).unwrap_or_else(|| panic!("no {name}")).1;
    number_after(value, "= ")
}

fn number_after(text: &str, mark: &str) -> u64 {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}")).1;
    let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '_';
    match rest.split(|symbol| !is_part(symbol)).next().unwrap() {
        "DAY" => 86_400,
        "HOUR" => 3_600,
        number => number.replace('_', "").parse().unwrap(),
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

const PAGE: &str = "src/manual/defaults.md";
