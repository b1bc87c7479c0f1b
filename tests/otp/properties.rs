//! Properties of all secrets, times, windows and inputs.

use core::time::Duration;
use std::collections::HashSet;
use std::time::Instant;

use proptest::prelude::*;
use second_factor::otp::{Algorithm, Digits, Found, Hotp, LookAhead, Period, Steam, Step};
use second_factor::otp::{Totp, TotpParameters, Window};
use second_factor::{Secret, UnixTime};

fn secrets() -> impl Strategy<Value = Secret> {
    prop::collection::vec(any::<u8>(), 16..=64)
        .prop_map(|bytes| Secret::new(&bytes).expect("16 to 64 bytes"))
}

fn algorithms() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512])
}

fn digits() -> impl Strategy<Value = Digits> {
    (6_u8..=9).prop_map(|count| Digits::new(count).expect("6 to 9"))
}

/// Any number, with boundary values and present times as likely as all others.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..200,
        Just(u64::MAX),
        (u64::MAX - 200)..,
        1_700_000_000_u64..1_900_000_000,
        any::<u64>()
    ]
}

fn totps() -> impl Strategy<Value = Totp> {
    (secrets(), algorithms(), digits(), 15_u64..=120, numbers()).prop_map(
        |(secret, algorithm, digits, period, start)| {
            let parameters = TotpParameters::new()
                .with_algorithm(algorithm)
                .with_digits(digits)
                .with_period(Period::new(period).expect("15 to 120"))
                .with_start(UnixTime::from_secs(start));
            Totp::with(&secret, parameters)
        },
    )
}

fn hotps() -> impl Strategy<Value = Hotp> {
    (secrets(), algorithms(), digits())
        .prop_map(|(secret, algorithm, digits)| Hotp::with(&secret, algorithm, digits))
}

fn windows() -> impl Strategy<Value = Window> {
    (0_u8..=2, 0_u8..=2).prop_map(|(past, future)| Window::new(past, future).expect("0 to 2"))
}

fn look_aheads() -> impl Strategy<Value = LookAhead> {
    (0_u8..=100).prop_map(|count| LookAhead::new(count).expect("0 to 100"))
}

/// The specification of `find` by enumeration: a match at a used step is `Used`, else the highest
/// fresh match is returned.
fn expected(
    code_at: impl Fn(Step) -> String,
    typed: &str,
    present: Step,
    window: Window,
    last: Option<Step>,
) -> Found {
    let first = present.get().saturating_sub(window.past().into());
    let final_ = present.get().saturating_add(window.future().into());
    let steps = (first..=final_).map(Step::new);
    let (used, fresh): (Vec<_>, Vec<_>) = steps
        .filter(|&step| code_at(step) == typed)
        .partition(|&step| last.is_some_and(|last| step <= last));
    match fresh.last() {
        _ if !used.is_empty() => Found::Used,
        Some(&highest) => Found::Fresh(highest),
        None => Found::Nothing,
    }
}

/// A step near `step`, or `None`.
fn near(step: Step, by: Option<i8>) -> Option<Step> {
    by.map(|by| Step::new(step.get().saturating_add_signed(by.into())))
}

proptest! {
    #[test]
    fn totp_find_returns_the_highest_fresh_step(
        totp in totps(), now in numbers(), window in windows(),
        at in -4_i8..=4, last in prop::option::of(-4_i8..=4),
    ) {
        let now = UnixTime::from_secs(now);
        let Some(present) = totp.step(now) else {
            prop_assert!(now < totp.parameters().start());
            return Ok(());
        };
        let last = near(present, last);
        let code = totp.code_at(near(present, Some(at)).unwrap());
        let code_at = |step| totp.code_at(step).expose().to_owned();
        prop_assert_eq!(
            totp.find(code.expose(), now, window, last),
            expected(code_at, code.expose(), present, window, last)
        );
    }

    #[test]
    fn steam_find_returns_the_highest_fresh_step(
        secret in secrets(), now in numbers(), window in windows(),
        at in -4_i8..=4, last in prop::option::of(-4_i8..=4),
    ) {
        let (steam, now) = (Steam::new(&secret), UnixTime::from_secs(now));
        let present = steam.step(now);
        let last = near(present, last);
        let code = steam.code_at(near(present, Some(at)).unwrap());
        let code_at = |step| steam.code_at(step).expose().to_owned();
        prop_assert_eq!(
            steam.find(code.expose(), now, window, last),
            expected(code_at, code.expose(), present, window, last)
        );
    }

    #[test]
    fn totp_code_is_accepted_once(
        totp in totps(), start in numbers(), windows in [windows(), windows()],
        later in prop::collection::vec(0_u64..200, 1..8),
    ) {
        let mut now = UnixTime::from_secs(start);
        let Some(code) = totp.code(now) else { return Ok(()) };
        let Found::Fresh(step) = totp.find(code.expose(), now, windows[0], None) else {
            return Err(TestCaseError::fail("the current code is correct"));
        };
        // As time passes, the code stays used while its step is in the window.
        for wait in later {
            now = now.plus(wait);
            let again = totp.find(code.expose(), now, windows[1], Some(step));
            let seen = totp.step(now).unwrap().get().saturating_sub(windows[1].past().into());
            if seen <= step.get() {
                prop_assert_eq!(again, Found::Used);
            }
        }
    }

    #[test]
    fn found_step_is_in_the_window_and_after_last(
        totp in totps(), now in numbers(), window in windows(),
        typed in "[0-9]{6}", last in prop::option::of(numbers()),
    ) {
        let now = UnixTime::from_secs(now);
        let last = last.map(Step::new);
        if let Found::Fresh(step) = totp.find(&typed, now, window, last) {
            let present = totp.step(now).unwrap().get();
            prop_assert!(step.get() >= present.saturating_sub(window.past().into()));
            prop_assert!(step.get() <= present.saturating_add(window.future().into()));
            prop_assert!(last.is_none_or(|last| step > last));
        }
    }

    #[test]
    fn totp_matches_nothing_before_the_start(
        secret in secrets(), start in 1_u64.., before in 1_u64.., window in windows(),
    ) {
        let start = UnixTime::from_secs(start);
        let now = UnixTime::from_secs(start.as_secs().saturating_sub(before));
        let totp = Totp::with(&secret, TotpParameters::new().with_start(start));
        prop_assert!(totp.step(now).is_none());
        prop_assert!(totp.code(now).is_none());
        prop_assert!(totp.seconds_left(now).is_none());
        let first = totp.code(start).unwrap();
        prop_assert_eq!(totp.find(first.expose(), now, window, None), Found::Nothing);
    }

    #[test]
    fn seconds_left_end_at_the_next_step(totp in totps(), now in 0_u64..=u64::MAX - 120) {
        let now = UnixTime::from_secs(now);
        let Some(step) = totp.step(now) else { return Ok(()) };
        let left = totp.seconds_left(now).unwrap();
        prop_assert!((1..=u64::from(totp.parameters().period().as_secs())).contains(&left));
        prop_assert_eq!(totp.step(now.plus(left - 1)), Some(step));
        prop_assert_eq!(totp.step(now.plus(left)), step.next());
    }

    #[test]
    fn hotp_find_returns_the_highest_counter_from_expected(
        hotp in hotps(), expected in numbers(), ahead in look_aheads(), at in -3_i64..=110,
    ) {
        let counter = Step::new(expected.saturating_add_signed(at));
        let code = hotp.code(counter);
        let last = expected.saturating_add(ahead.get().into());
        let listed = (expected..=last)
            .map(Step::new)
            .rfind(|&counter| hotp.code(counter).expose() == code.expose());
        let found = hotp.find(code.expose(), Step::new(expected), ahead);
        prop_assert_eq!(found, listed);
        if (expected..=last).contains(&counter.get()) {
            prop_assert!(found >= Some(counter));
        }
        // And only once: the next expected counter comes after it, and the last counter has no
        // successor.
        if let Some(next) = found.and_then(Step::next) {
            let again = hotp.find(code.expose(), next, LookAhead::new(0).unwrap());
            prop_assert!(again.is_none() || hotp.code(next).expose() == code.expose());
        }
    }

    #[test]
    fn hotp_resync_finds_two_consecutive_codes(
        hotp in hotps(), expected in numbers(), range in look_aheads(), at in 0_u64..=110,
    ) {
        let first = Step::new(expected.saturating_add(at));
        let Some(second) = first.next() else { return Ok(()) };
        let codes = [first, second].map(|counter| hotp.code(counter));
        let [one, two] = codes.each_ref().map(|code| code.expose());
        let found = hotp.resync(one, two, Step::new(expected), range);
        if first.get() - expected <= range.get().into() {
            prop_assert_eq!(found, Some(second));
        } else {
            prop_assert_eq!(found, None);
        }
        if one != two {
            prop_assert_eq!(hotp.resync(two, one, Step::new(expected), range), None);
        }
    }

    #[test]
    fn code_has_exactly_its_number_of_digits(totp in totps(), step in numbers()) {
        let code = totp.code_at(Step::new(step));
        prop_assert_eq!(code.expose().len(), usize::from(totp.parameters().digits().count()));
        prop_assert!(code.expose().bytes().all(|byte| byte.is_ascii_digit()));
    }

    #[test]
    fn failure_004_inserted_characters_are_rejected(
        totp in totps(), now in numbers(), place in 0_usize..=9,
        extra in "[ \t\r\n\u{a0}\u{200b}\u{feff}_,.+-]|\0|%20",
    ) {
        let now = UnixTime::from_secs(now);
        let Some(code) = totp.code(now) else { return Ok(()) };
        let mut typed = code.expose().to_owned();
        typed.insert_str(place.min(typed.len()), &extra);
        prop_assert_eq!(totp.find(&typed, now, Window::ONE, None), Found::Nothing);
        // A character that replaces a digit keeps the length.
        let mut bytes = code.expose().as_bytes().to_vec();
        bytes[place % code.expose().len()] = extra.as_bytes()[0] & 0x7f;
        let typed = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(totp.find(&typed, now, Window::ONE, None), Found::Nothing);
    }

    #[test]
    fn failure_050_partial_code_is_rejected(totp in totps(), now in numbers()) {
        let now = UnixTime::from_secs(now);
        let Some(code) = totp.code(now) else { return Ok(()) };
        let whole = code.expose();
        for cut in 0..whole.len() {
            for part in [&whole[..cut], &whole[cut + 1..]] {
                prop_assert_eq!(totp.find(part, now, Window::ONE, None), Found::Nothing);
            }
        }
        for len in (0..=32).filter(|&len| len != whole.len()) {
            let typed: String = whole.chars().cycle().take(len).collect();
            prop_assert_eq!(totp.find(&typed, now, Window::ONE, None), Found::Nothing);
        }
    }

    #[test]
    fn failure_052_digits_of_other_scripts_are_rejected(totp in totps(), now in numbers()) {
        let now = UnixTime::from_secs(now);
        let Some(code) = totp.code(now) else { return Ok(()) };
        // Arabic-Indic, Devanagari, full-width, mathematical bold.
        for zero in [0x660, 0x966, 0xff10, 0x1d7ce] {
            let foreign = |digit: char| char::from_u32(zero + digit as u32 - '0' as u32).unwrap();
            let typed: String = code.expose().chars().map(foreign).collect();
            prop_assert_eq!(totp.find(&typed, now, Window::ONE, None), Found::Nothing);
            // Truncated to the byte length of the code, at a character boundary.
            let cut = (0..=code.expose().len()).rfind(|&at| typed.is_char_boundary(at)).unwrap();
            prop_assert_eq!(totp.find(&typed[..cut], now, Window::ONE, None), Found::Nothing);
        }
    }

    #[test]
    fn no_input_causes_a_panic(
        totp in totps(), hotp in hotps(), secret in secrets(), typed in "\\PC{0,12}|.{0,12}|[0-9]{0,12}",
        other in ".{0,8}", now in numbers(), step in numbers(), window in windows(), ahead in look_aheads(),
    ) {
        let (now, step) = (UnixTime::from_secs(now), Step::new(step));
        let _ = totp.find(&typed, now, window, Some(step));
        let _ = Steam::new(&secret).find(&typed, now, window, Some(step));
        let _ = hotp.find(&typed, step, ahead);
        let _ = hotp.resync(&typed, &other, step, ahead);
        let _ = Secret::from_base32(&typed);
        let _ = Secret::import_base32(&typed);
        let _ = Secret::danger_import_short(&typed);
    }

    #[test]
    fn secret_round_trips_through_base32(secret in secrets()) {
        let text = secret.expose_base32();
        let back = Secret::from_base32(text.expose()).unwrap();
        prop_assert_eq!(back.expose_bytes(), secret.expose_bytes());
        let grouped = text.expose_groups().collect::<Vec<_>>().join(" ").to_lowercase();
        let back = Secret::import_base32(&grouped).unwrap();
        prop_assert_eq!(back.expose_bytes(), secret.expose_bytes());
    }

    #[test]
    fn each_secret_has_one_base32_text(text in "[A-Z2-7]{26,103}") {
        if let Ok(secret) = Secret::from_base32(&text) {
            let again = secret.expose_base32();
            prop_assert_eq!(again.expose(), &text);
        }
    }
}

#[test]
fn failure_050_ten_mebibytes_are_rejected_unread() {
    let secret = Secret::new(b"12345678901234567890").unwrap();
    let (totp, steam, hotp) = (Totp::new(&secret), Steam::new(&secret), Hotp::new(&secret));
    let now = UnixTime::from_secs(59);
    let typed = "287082".repeat((10 << 20) / 6);
    // Reading 10 MiB three thousand times would take many seconds.
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(totp.find(&typed, now, Window::ONE, None), Found::Nothing);
        assert_eq!(steam.find(&typed, now, Window::ONE, None), Found::Nothing);
        assert_eq!(hotp.find(&typed, Step::new(0), LookAhead::RESYNC), None);
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn window_may_be_asymmetric() {
    let totp = Totp::new(&Secret::new(b"12345678901234567890").unwrap());
    let now = UnixTime::from_secs(10_000 * 30);
    for (past, future) in (0..=2).flat_map(|past| (0..=2).map(move |future| (past, future))) {
        let window = Window::new(past, future).unwrap();
        for by in -3_i8..=3 {
            let step = near(Step::new(10_000), Some(by)).unwrap();
            let inside = (-(past as i8)..=future as i8).contains(&by);
            let found = totp.find(totp.code_at(step).expose(), now, window, None);
            assert_eq!(found, if inside { Found::Fresh(step) } else { Found::Nothing });
        }
    }
}

#[test]
fn steam_find_accepts_upper_case_only() {
    let secret = Secret::import_base32("FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW").unwrap();
    let (steam, now) = (Steam::new(&secret), UnixTime::from_secs(30));
    assert_eq!(steam.find("QJY8Y", now, Window::NONE, None), Found::Fresh(Step::new(1)));
    for invalid in ["qjy8y", "QJY8", "QJY8YY", " QJY8Y", "QJY8Y\n", "", "ＱＪＹ８Ｙ", "QJYBY"]
    {
        assert_eq!(steam.find(invalid, now, Window::NONE, None), Found::Nothing, "{invalid:?}");
    }
}

#[test]
fn failure_076_generated_secrets_are_unique_and_uniform() {
    let mut seen = HashSet::new();
    let mut ones = 0_u32;
    for _ in 0..100_000 {
        let secret = Secret::generate().unwrap();
        let bytes: [u8; 20] = secret.expose_bytes().try_into().unwrap();
        ones += bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert!(seen.insert(bytes));
    }
    // 16,000,000 bits: half of them ones, within ten standard deviations of 2,000.
    assert!(ones.abs_diff(8_000_000) < 20_000, "{ones} ones");
}
