//! Published and edge-case codes, each generated and found.

use second_factor::otp::{Algorithm, Digits, Found, Hotp, LookAhead, Steam, Step};
use second_factor::otp::{Totp, TotpParameters, Window};
use second_factor::{Secret, UnixTime};

const KEY: &[u8] = b"12345678901234567890";

fn hotp() -> Hotp {
    Hotp::new(&Secret::new(KEY).expect("20 bytes"))
}

#[test]
fn rfc_4226_appendix_d() {
    let codes = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
        "520489",
    ];
    for (counter, code) in (0..).map(Step::new).zip(codes) {
        assert_eq!(hotp().code(counter).expose(), code);
        assert_eq!(hotp().find(code, counter, LookAhead::new(0).unwrap()), Some(counter));
    }
}

#[test]
fn rfc_4226_appendix_d_with_every_number_of_digits() {
    // The truncated values, before they are reduced to digits.
    let values = [
        1_284_755_224_u32,
        1_094_287_082,
        137_359_152,
        1_726_969_429,
        1_640_338_314,
        868_254_676,
        1_918_287_922,
        82_162_583,
        673_399_871,
        645_520_489,
    ];
    for digits in [Digits::Six, Digits::Seven, Digits::Eight, Digits::Nine] {
        let hotp = Hotp::with(&Secret::new(KEY).unwrap(), Algorithm::Sha1, digits);
        for (counter, value) in (0..).map(Step::new).zip(values) {
            let value = format!("{value:010}");
            let code = &value[value.len() - usize::from(digits.count())..];
            assert_eq!(hotp.code(counter).expose(), code);
            assert_eq!(hotp.find(code, counter, LookAhead::new(0).unwrap()), Some(counter));
        }
    }
}

/// Times and the codes of SHA-1, SHA-256 and SHA-512.
const RFC_6238_APPENDIX_B: [(u64, [&str; 3]); 6] = [
    (59, ["94287082", "46119246", "90693936"]),
    (1_111_111_109, ["07081804", "68084774", "25091201"]),
    (1_111_111_111, ["14050471", "67062674", "99943326"]),
    (1_234_567_890, ["89005924", "91819424", "93441116"]),
    (2_000_000_000, ["69279037", "90698825", "38618901"]),
    (20_000_000_000, ["65353130", "77737706", "47863826"]),
];

/// The RFC names one secret, but its codes use one as long as the hash.
fn appendix_b(algorithm: Algorithm, len: usize) -> Totp {
    let key: Vec<u8> = KEY.iter().copied().cycle().take(len).collect();
    let parameters = TotpParameters::new().with_algorithm(algorithm).with_digits(Digits::Eight);
    Totp::with(&Secret::new(&key).expect("20 to 64 bytes"), parameters)
}

fn check_appendix_b(totp: &Totp, column: impl Fn([&'static str; 3]) -> &'static str) {
    for (time, codes) in RFC_6238_APPENDIX_B {
        let (now, code) = (UnixTime::from_secs(time), column(codes));
        assert_eq!(totp.code(now).expect("after 1970").expose(), code);
        let found = totp.find(code, now, Window::NONE, None);
        assert_eq!(found, Found::Fresh(Step::new(time / 30)));
    }
}

#[test]
fn rfc_6238_appendix_b_sha_1() {
    check_appendix_b(&appendix_b(Algorithm::Sha1, 20), |[code, _, _]| code);
}

#[test]
fn failure_087_sha_256_offset_is_in_the_last_byte() {
    check_appendix_b(&appendix_b(Algorithm::Sha256, 32), |[_, code, _]| code);
}

#[test]
fn failure_087_sha_512_offset_is_in_the_last_byte() {
    check_appendix_b(&appendix_b(Algorithm::Sha512, 64), |[_, _, code]| code);
}

#[test]
fn rfc_6238_start_other_than_1970() {
    // The code of 59 seconds after a start other than 1970.
    let start = UnixTime::from_secs(1_000_000_007);
    let totp = Totp::with(&Secret::new(KEY).unwrap(), TotpParameters::new().with_start(start));
    assert_eq!(totp.code(start.plus(59)).unwrap().expose(), "287082");
    assert_eq!(totp.step(start.plus(59)), Some(Step::new(1)));
    assert_eq!(totp.seconds_left(start.plus(59)), Some(1));
    assert_eq!(totp.seconds_left(start.plus(60)), Some(30));
}

#[test]
fn steam_guard_vectors() {
    // From pyotp; other implementations agree.
    let tables = [
        ("BASE32SECRET3232", ["2TC8B", "YKKK4", "M4HQB", "DTVB3"]),
        ("FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW", ["C5V56", "QJY8Y", "R3WQY", "JG3T3"]),
    ];
    for (text, codes) in tables {
        let secret = Secret::danger_import_short(text).unwrap();
        let steam = Steam::new(&secret);
        for (step, code) in (0..).zip(codes) {
            for now in [step * 30, step * 30 + 29].map(UnixTime::from_secs) {
                assert_eq!(steam.code(now).expose(), code);
                let found = steam.find(code, now, Window::NONE, None);
                assert_eq!(found, Found::Fresh(Step::new(step)));
            }
        }
    }
}

#[test]
fn failure_051_leading_zeros_are_required() {
    let codes = [
        (36, "003784"),
        (44, "000152"),
        (62, "005080"),
        (366, "000866"),
        (25_193, "000039"),
        (42_496, "000021"),
    ];
    for (counter, code) in codes.map(|(counter, code)| (Step::new(counter), code)) {
        assert_eq!(hotp().code(counter).expose(), code);
        assert_eq!(hotp().find(code, counter, LookAhead::new(0).unwrap()), Some(counter));
        let number = code.trim_start_matches('0');
        assert_eq!(hotp().find(number, counter, LookAhead::new(0).unwrap()), None);
        assert_eq!(hotp().find(&format!("0{code}"), counter, LookAhead::new(0).unwrap()), None);
    }
}

#[test]
fn failure_003_highest_of_equal_neighbors_is_used() {
    let totp = Totp::new(&Secret::new(KEY).unwrap());
    for (lower, code) in [(910_737, "911617"), (1_300_575, "761737"), (1_390_529, "360233")] {
        let higher = Step::new(lower + 1);
        assert_eq!(totp.code_at(Step::new(lower)).expose(), code);
        assert_eq!(totp.code_at(higher).expose(), code);

        for now in [lower * 30, lower * 30 + 30].map(UnixTime::from_secs) {
            assert_eq!(totp.find(code, now, Window::ONE, None), Found::Fresh(higher));
            assert_eq!(totp.find(code, now, Window::ONE, Some(higher)), Found::Used);
            // If only the lower step was stored, the same code must not be accepted again.
            let burned_low = Some(Step::new(lower));
            assert_eq!(totp.find(code, now, Window::ONE, burned_low), Found::Used);
        }

        let found = hotp().find(code, Step::new(lower - 2), LookAhead::default());
        assert_eq!(found, Some(higher));
        let resynced = hotp().resync(code, code, Step::new(lower - 3), LookAhead::RESYNC);
        assert_eq!(resynced, Some(higher));
    }
}

#[test]
fn failure_056_last_counter_has_no_successor() {
    let last = Step::new(u64::MAX);
    assert_eq!(hotp().code(last).expose(), "094451");
    assert_eq!(hotp().find("094451", last, LookAhead::RESYNC), Some(last));
    assert_eq!(last.next(), None);
    // 755224 is the code of counter 0, which does not follow the last one.
    for before in 0..=3 {
        let expected = Step::new(u64::MAX - before);
        assert_eq!(hotp().find("755224", expected, LookAhead::RESYNC), None);
        assert_eq!(hotp().resync("094451", "755224", expected, LookAhead::RESYNC), None);
    }
    let before_last = hotp().code(Step::new(u64::MAX - 1));
    for expected in [u64::MAX - 5, u64::MAX - 1].map(Step::new) {
        let found = hotp().resync(before_last.expose(), "094451", expected, LookAhead::RESYNC);
        assert_eq!(found, Some(last));
    }
}

#[test]
fn failure_056_boundary_times_have_codes() {
    let totp = Totp::new(&Secret::new(KEY).unwrap());
    // (time, step)
    let edges = [
        (0, 0),
        (29, 0),
        (30, 1),
        (59, 1),
        (60, 2),
        ((1 << 31) - 1, 71_582_788),
        (1 << 31, 71_582_788),
        (1 << 32, 143_165_576),
        (20_000_000_000, 666_666_666),
        (i64::MAX.unsigned_abs(), 307_445_734_561_825_860),
        (u64::MAX, 614_891_469_123_651_720),
    ];
    for (time, step) in edges {
        let now = UnixTime::from_secs(time);
        assert_eq!(totp.step(now), Some(Step::new(step)));
        let code = totp.code(now).unwrap();
        assert_eq!(code.expose(), hotp().code(Step::new(step)).expose());
        let found = totp.find(code.expose(), now, Window::ONE, None);
        assert_eq!(found, Found::Fresh(Step::new(step)));
    }
}
