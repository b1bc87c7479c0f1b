//! Instruction counts by callgrind over different secrets.

use core::hint::black_box;

use second_factor::{
    Secret,
    otp::{Algorithm, Hotp, LookAhead, Steam, Step, Totp, TotpParameters, Window},
};

use crate::{
    controls,
    secrets::{KEY, NOW, secret},
    stored,
    valgrind::count,
    whole,
};

/// One operation, which is counted in several cases.
pub struct Group {
    pub name: &'static str,
    pub work: fn(&str),
    pub spread: Spread,
}

/// The allowed difference between the counts of a group.
pub enum Spread {
    /// At most this many instructions, caused by the branch on the result.
    Answer(u64),
    /// None: all counts are equal.
    Equal,
    /// At least one instruction: a deliberate mistake, which must be detected.
    Some,
    /// At most this many percent of the smallest count: over `all` cases, and over those whose
    /// subject has the factor `enrolled`.
    Within { all: u64, enrolled: u64 },
}

/// All groups.
pub const GROUPS: [Group; 20] = [
    group("Base32 decoding, strict", from_base32, Spread::Equal),
    group("Base32 decoding, lenient", import_base32, Spread::Equal),
    group("Base32 encoding", to_base32, Spread::Equal),
    group("code generation", codes, Spread::Equal),
    group("TOTP search, SHA-1", totp_sha1, Spread::Equal),
    group("TOTP search, SHA-256", totp_sha256, Spread::Equal),
    group("TOTP search, SHA-512", totp_sha512, Spread::Equal),
    group("HOTP search", hotp, Spread::Equal),
    group("HOTP resync", resync, Spread::Equal),
    group("Steam search", steam, Spread::Equal),
    group("backup code, slow check", stored::slow_check, Spread::Answer(8)),
    group("verify: TOTP", whole::totp, Spread::Within { all: 45, enrolled: 5 }),
    group(
        "verify: TOTP, at most one app",
        whole::totp_of_one_app,
        Spread::Within { all: 5, enrolled: 5 },
    ),
    // The record of more apps is longer. One search more or less would exceed the bound.
    group("verify: TOTP, 1 to 3 apps", whole::totp_apps, Spread::Within { all: 15, enrolled: 15 }),
    group("verify: HOTP", whole::hotp, Spread::Within { all: 35, enrolled: 5 }),
    // A code that was used is no longer stored, so the record is shorter.
    group("verify: sent code", whole::sent_code, Spread::Within { all: 60, enrolled: 20 }),
    group("verify: backup code", whole::backup_code, Spread::Within { all: 70, enrolled: 5 }),
    group("control: plain comparison", controls::counted_comparison, Spread::Some),
    group("control: `format!`", controls::counted_formatting, Spread::Some),
    group("control: early exit", controls::counted_early_exit, Spread::Some),
];

const fn group(name: &'static str, work: fn(&str), spread: Spread) -> Group {
    Group { name, work, spread }
}

/// Counts all groups. Must run under callgrind.
pub fn run() {
    for Group { name, work, .. } in GROUPS {
        work(name);
    }
}

/// Counts the second call. The first one detects the features of the processor.
fn count_again<T>(group: &str, case: &str, work: impl Fn() -> T) {
    black_box(work());
    count(group, case, work);
}

/// Keys that differ in every bit.
const KEYS: [(&str, [u8; 20]); 3] = [("zeros", [0; 20]), ("ones", [0xff; 20]), ("digits", *KEY)];

fn from_base32(group: &str) {
    for (name, key) in KEYS {
        let text = secret(&key).expose_base32();
        count_again(group, name, || Secret::from_base32(black_box(text.expose())));
    }
}

/// Timing may reveal where the separators are, but not the letters and digits between them.
fn import_base32(group: &str) {
    for (name, text) in [
        ("letters", "abcd efgh ijkl mnop abcd efgh ijkl mnop"),
        ("digits", "2345 6723 4567 2345 6723 4567 2345 672b"),
        ("both", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"),
    ] {
        // On the heap, so that all texts have the same alignment.
        let text = text.to_owned();
        count_again(group, name, || Secret::import_base32(black_box(&text)));
    }
}

fn to_base32(group: &str) {
    for (name, key) in KEYS {
        let secret = secret(&key);
        count_again(group, name, || secret.expose_base32().expose().len());
    }
}

fn codes(group: &str) {
    for (name, key) in KEYS {
        let secret = secret(&key);
        count_again(group, name, || {
            let code = Totp::new(black_box(&secret)).code(NOW).expect("after 1970");
            code.expose().len() + Steam::new(&secret).code(NOW).expose().len()
        });
    }
}

fn totp_sha1(group: &str) {
    totp(group, Algorithm::Sha1);
}

fn totp_sha256(group: &str) {
    totp(group, Algorithm::Sha256);
}

fn totp_sha512(group: &str) {
    totp(group, Algorithm::Sha512);
}

fn totp(group: &str, algorithm: Algorithm) {
    let totp = Totp::with(&secret(KEY), TotpParameters::new().with_algorithm(algorithm));
    let step = totp.step(NOW).expect("after 1970").get();
    let code = |step| totp.code_at(Step::new(step)).expose().to_owned();
    let last = Some(Step::new(step - 2));
    let window = Window::new(2, 2).expect("two steps");
    for (name, typed) in [
        ("hit first", code(step - 1)),
        ("hit in the middle", code(step)),
        ("hit last", code(step + 2)),
        ("used", code(step - 2)),
        ("miss", "000000".to_owned()),
        ("near miss", nearly(&code(step))),
    ] {
        count_again(group, name, || totp.find(black_box(&typed), NOW, window, last));
    }
}

fn hotp(group: &str) {
    let hotp = Hotp::new(&secret(KEY));
    for (name, typed) in [
        ("hit first", "755224"),
        ("hit last", "520489"),
        ("miss", "000000"),
        ("near miss", "755225"),
    ] {
        let look_ahead = LookAhead::new(9).expect("under 100");
        count_again(group, name, || hotp.find(black_box(typed), Step::new(0), look_ahead));
    }
}

fn resync(group: &str) {
    let hotp = Hotp::new(&secret(KEY));
    for (name, first, second) in [
        ("hit first", "755224", "287082"),
        ("hit last", "399871", "520489"),
        ("miss", "000000", "000000"),
        ("near miss", "755224", "287083"),
    ] {
        let range = LookAhead::new(8).expect("under 100");
        let work = || hotp.resync(black_box(first), black_box(second), Step::new(0), range);
        count_again(group, name, work);
    }
}

fn steam(group: &str) {
    let steam = Steam::new(&secret(KEY));
    let code = |step| steam.code_at(Step::new(step)).expose().to_owned();
    let step = steam.step(NOW).get();
    for (name, typed) in [
        ("hit first", code(step - 1)),
        ("hit last", code(step + 1)),
        ("miss", "22222".to_owned()),
        ("near miss", nearly(&code(step))),
    ] {
        count_again(group, name, || steam.find(black_box(&typed), NOW, Window::ONE, None));
    }
}

/// The same code with a different last symbol.
fn nearly(code: &str) -> String {
    let (rest, last) = code.split_at(code.len() - 1);
    format!("{rest}{}", if last == "2" { '3' } else { '2' })
}
