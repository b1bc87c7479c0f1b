//! Secrets are hidden from memcheck; the crate works on them; no branch and no address may show.

use core::hint::black_box;

use second_factor::{
    Secret,
    otp::{Algorithm, Digits, Found, Hotp, LookAhead, Steam, Step, Totp, TotpParameters, Window},
};

use crate::{
    controls, kept,
    secrets::{KEY, NOW, TEXT, secret},
    valgrind::{errors, hide, reveal},
};

/// Work on what is hidden.
pub struct Case {
    pub name: &'static str,
    pub work: fn(),
    /// How many branches it may make on an answer: the final bit, and nothing else.
    pub answers: usize,
}

/// What the crate does with secrets.
pub const CASES: [Case; 12] = [
    // Whether the text is Base32: the decoder tells the crate, the crate tells the caller.
    Case { name: "a secret is read from Base32", work: from_base32, answers: 2 },
    Case { name: "a secret is written as Base32", work: to_base32, answers: 0 },
    Case { name: "a TOTP code is made", work: totp_code, answers: 0 },
    Case { name: "a HOTP code is made", work: hotp_code, answers: 0 },
    Case { name: "a Steam code is made", work: steam_code, answers: 0 },
    Case { name: "a TOTP code is looked for", work: totp_find, answers: 0 },
    Case { name: "a HOTP code is looked for", work: hotp_find, answers: 0 },
    Case { name: "two HOTP codes are looked for", work: hotp_resync, answers: 0 },
    Case { name: "a Steam code is looked for", work: steam_find, answers: 0 },
    // Three tries. Is it right? Was it sent before?
    Case { name: "a sent code is compared", work: kept::sent_code, answers: 3 * 2 },
    // Three tries. Was it used? And for each of nine codes, whether it has the selector of the one
    // that was typed: a keyed byte of what its sender knows, so that a try costs one slow hash.
    Case { name: "a backup code is looked for", work: kept::backup_code, answers: 3 * (1 + 9) },
    // Three tries. Does it stand? Is it used for the first time?
    Case { name: "a device token is compared", work: kept::device_token, answers: 3 * 2 },
];

/// What memcheck must see, or the rest says nothing.
pub const CONTROLS: [(&str, fn()); 5] = [
    ("control: a plain comparison", controls::plain_comparison),
    ("control: `format!`", controls::formatting),
    ("control: an early exit", controls::early_exit),
    ("control: an indexed truncation", controls::indexed_truncation),
    ("control: an alphabet in a table", controls::table),
];

/// Runs what is named, or everything; whether all is as it must be.
pub fn run(only: Option<&str>) -> bool {
    let is_asked = |name: &str| only.is_none_or(|only| name == only);
    let mut is_good = true;
    let mut tell = |name: &str, seen: usize, allowed: String, is_right: bool| {
        let verdict = if is_right { "ok" } else { "FAILED" };
        println!("{name:<36} {seen:>6} {allowed:>12}  {verdict}");
        is_good &= is_right;
    };
    for Case { name, work, answers } in CASES.into_iter().filter(|case| is_asked(case.name)) {
        let seen = errors_of(work);
        tell(name, seen, format!("at most {answers}"), seen <= answers);
    }
    for (name, work) in CONTROLS.into_iter().filter(|(name, _)| is_asked(name)) {
        let seen = errors_of(work);
        tell(name, seen, "some".to_owned(), seen > 0);
    }
    is_good
}

fn errors_of(work: fn()) -> usize {
    let before = errors();
    work();
    errors() - before
}

/// A secret that memcheck sees nothing of.
fn hidden_secret() -> Secret {
    let mut key = *KEY;
    hide(&mut key);
    secret(black_box(&key))
}

fn from_base32() {
    let mut text = TEXT.to_owned();
    // SAFETY: hiding changes no byte.
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
    for (typed, last, found) in [
        (code(0), Some(before), Found::Fresh(Step::new(step.get() + 1))),
        (code(1), Some(before), Found::Fresh(step)),
        (code(2), None, Found::Fresh(before)),
        (code(2), Some(before), Found::Used),
        ("000000".to_owned(), Some(before), Found::Nothing),
    ] {
        let answer = reveal(totp.find(black_box(&typed), NOW, Window::ONE, last));
        assert_eq!(answer, found);
    }
}

fn hotp_find() {
    let hotp = Hotp::new(&hidden_secret());
    for (typed, found) in [("755224", Some(0)), ("520489", Some(9)), ("000000", None)] {
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
