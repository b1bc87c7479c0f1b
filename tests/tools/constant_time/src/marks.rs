//! Secret-dependent branches and addresses, found by memcheck.
//!
//! Secrets are marked as undefined memory. Memcheck then reports every branch and address that
//! depends on them.

use core::hint::black_box;

use second_factor::{
    Secret,
    otp::{Algorithm, Digits, Found, Hotp, LookAhead, Steam, Step, Totp, TotpParameters, Window},
};

use crate::{
    controls,
    secrets::{KEY, NOW, TEXT, secret},
    stored,
    valgrind::{errors, hide, reveal},
};

/// One operation on marked secrets.
pub struct Case {
    pub name: &'static str,
    pub work: fn(),
    /// The number of branches that it may make on a result.
    pub answers: usize,
}

/// All operations of the crate on secrets.
pub const CASES: [Case; 12] = [
    // Whether the text is valid Base32: one branch in the decoder, one in the crate.
    Case { name: "Base32 decoding", work: from_base32, answers: 2 },
    Case { name: "Base32 encoding", work: to_base32, answers: 0 },
    Case { name: "TOTP generation", work: totp_code, answers: 0 },
    Case { name: "HOTP generation", work: hotp_code, answers: 0 },
    Case { name: "Steam generation", work: steam_code, answers: 0 },
    Case { name: "TOTP search", work: totp_find, answers: 0 },
    Case { name: "HOTP search", work: hotp_find, answers: 0 },
    Case { name: "HOTP resync", work: hotp_resync, answers: 0 },
    Case { name: "Steam search", work: steam_find, answers: 0 },
    // Three attempts, each with two branches: whether the code is the newest; whether it is an
    // earlier one.
    Case { name: "sent code comparison", work: stored::sent_code, answers: 3 * 2 },
    // Three attempts. One branch on whether the code was used, and one for each of nine codes on
    // whether its selector matches. The selector is 16 bits of a keyed hash of the input. Each
    // attempt also has a branch on its reason.
    Case { name: "backup code look-up", work: stored::backup_code, answers: 3 * (1 + 9) + 3 },
    // Three attempts, each with three branches: whether the token is valid, when it is compared and
    // when the result is used; whether this is its first use.
    Case { name: "device token comparison", work: stored::device_token, answers: 3 * 3 },
];

/// Deliberate mistakes. If memcheck does not detect them, the other results are meaningless.
pub const CONTROLS: [(&str, fn()); 5] = [
    ("control: plain comparison", controls::plain_comparison),
    ("control: `format!`", controls::formatting),
    ("control: early exit", controls::early_exit),
    ("control: indexed truncation", controls::indexed_truncation),
    ("control: table look-up", controls::table),
];

/// Runs the named case, or all. Returns whether every result is within its bound.
pub fn run(only: Option<&str>) -> bool {
    let is_selected = |name: &str| only.is_none_or(|only| name == only);
    let mut all_ok = true;
    let mut report = |name: &str, found: usize, allowed: String, is_ok: bool| {
        let verdict = if is_ok { "ok" } else { "FAILED" };
        println!("{name:<36} {found:>6} {allowed:>12}  {verdict}");
        all_ok &= is_ok;
    };
    for Case { name, work, answers } in CASES.into_iter().filter(|case| is_selected(case.name)) {
        let found = errors_of(work);
        report(name, found, format!("at most {answers}"), found <= answers);
    }
    for (name, work) in CONTROLS.into_iter().filter(|(name, _)| is_selected(name)) {
        let found = errors_of(work);
        report(name, found, "at least 1".to_owned(), found > 0);
    }
    all_ok
}

fn errors_of(work: fn()) -> usize {
    let before = errors();
    work();
    errors() - before
}

/// A secret that is marked as undefined.
fn hidden_secret() -> Secret {
    let mut key = *KEY;
    hide(&mut key);
    secret(black_box(&key))
}

fn from_base32() {
    let mut text = TEXT.to_owned();
    // SAFETY: `hide` changes no byte.
    hide(unsafe { text.as_bytes_mut() });
    let secret = reveal(Secret::from_base32(black_box(&text)));
    assert_eq!(secret.expect("it is Base32").expose_bytes(), KEY);
}

fn to_base32() {
    let text = reveal(hidden_secret().expose_base32());
    assert_eq!(text.expose(), TEXT);
}

fn totp_code() {
    for (algorithm, digits) in kinds() {
        let parameters = TotpParameters::new().with_algorithm(algorithm).with_digits(digits);
        let code = reveal(Totp::with(&hidden_secret(), parameters).code_at(Step::new(7)));
        assert_eq!(code.expose().len(), usize::from(digits.count()));
    }
    assert_eq!(
        reveal(Totp::new(&hidden_secret()).code(NOW)).expect("after 1970").expose(),
        "081804"
    );
}

fn hotp_code() {
    for (algorithm, digits) in kinds() {
        let code = reveal(Hotp::with(&hidden_secret(), algorithm, digits).code(Step::new(7)));
        assert_eq!(code.expose().len(), usize::from(digits.count()));
    }
    assert_eq!(reveal(Hotp::new(&hidden_secret()).code(Step::new(1))).expose(), "287082");
}

fn steam_code() {
    let code = reveal(Steam::new(&hidden_secret()).code(NOW));
    assert_eq!(code.expose().len(), 5);
}

fn totp_find() {
    let plain = Totp::new(&secret(KEY));
    let step = plain.step(NOW).expect("after 1970");
    let before = Step::new(step.get() - 1);
    let code = |back| plain.code_at(Step::new(step.get() + 1 - back)).expose().to_owned();
    let totp = Totp::new(&hidden_secret());
    for (typed, last, expected) in [
        (code(0), Some(before), Found::Fresh(Step::new(step.get() + 1))),
        (code(1), Some(before), Found::Fresh(step)),
        (code(2), None, Found::Fresh(before)),
        (code(2), Some(before), Found::Used),
        ("000000".to_owned(), Some(before), Found::Nothing),
    ] {
        let answer = reveal(totp.find(black_box(&typed), NOW, Window::ONE, last));
        assert_eq!(answer, expected);
    }
}

fn hotp_find() {
    let hotp = Hotp::new(&hidden_secret());
    for (typed, found) in [("755224", Some(0)), ("969429", Some(3)), ("000000", None)] {
        let answer = reveal(hotp.find(black_box(typed), Step::new(0), LookAhead::DEFAULT));
        assert_eq!(answer, found.map(Step::new));
    }
}

fn hotp_resync() {
    let hotp = Hotp::new(&hidden_secret());
    for (second, found) in [("520489", Some(9)), ("520488", None)] {
        let found_at = hotp.resync("399871", black_box(second), Step::new(0), LookAhead::RESYNC);
        assert_eq!(reveal(found_at), found.map(Step::new));
    }
}

fn steam_find() {
    let steam = Steam::new(&hidden_secret());
    let plain = Steam::new(&secret(KEY));
    let typed = plain.code(NOW);
    let answer = reveal(steam.find(black_box(typed.expose()), NOW, Window::ONE, None));
    assert_eq!(answer, Found::Fresh(plain.step(NOW)));
}

fn kinds() -> impl Iterator<Item = (Algorithm, Digits)> {
    ALGORITHMS.into_iter().flat_map(|algorithm| DIGITS.map(|digits| (algorithm, digits)))
}

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
const DIGITS: [Digits; 4] = [Digits::Six, Digits::Seven, Digits::Eight, Digits::Nine];
