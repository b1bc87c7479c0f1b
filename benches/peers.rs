//! The same operations in other crates.
//!
//! Each stores what its callers would store.

use core::hint::black_box;

use criterion::{BenchmarkGroup, measurement::WallTime};
use libreauth::{hash::HashFunction, oath::TOTPBuilder};
use time::OffsetDateTime;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

pub const NOW: u64 = 1_111_111_109;
pub const KEY: &[u8; 20] = b"12345678901234567890";

/// Measures the generation of a six-digit code.
pub fn codes(group: &mut Group<'_>, hash: &str) {
    let (ours, rfc, libre) = match hash {
        "SHA-1" => (totp_rs::Algorithm::SHA1, totp_rfc::Algorithm::Sha1, HashFunction::Sha1),
        "SHA-256" => {
            (totp_rs::Algorithm::SHA256, totp_rfc::Algorithm::Sha256, HashFunction::Sha256)
        }
        _ => (totp_rs::Algorithm::SHA512, totp_rfc::Algorithm::Sha512, HashFunction::Sha512),
    };
    let totp = totp_rs(ours);
    group.bench_function("totp-rs", |bencher| bencher.iter(|| totp.generate(black_box(NOW))));

    let (totp, secret) = totp_rfc(rfc);
    group.bench_function("totp-rfc", |bencher| {
        bencher.iter(|| totp.generate(black_box(&secret), black_box(NOW)))
    });

    let lite: fn() -> String = match hash {
        "SHA-1" => || totp_lite::totp_custom::<totp_lite::Sha1>(30, 6, black_box(KEY), NOW),
        "SHA-256" => || totp_lite::totp_custom::<totp_lite::Sha256>(30, 6, black_box(KEY), NOW),
        _ => || totp_lite::totp_custom::<totp_lite::Sha512>(30, 6, black_box(KEY), NOW),
    };
    group.bench_function("totp-lite", |bencher| bencher.iter(lite));

    let libreauth = TOTPBuilder::new()
        .key(KEY)
        .timestamp(NOW as i64)
        .tolerance(1)
        .hash_function(libre)
        .finalize()
        .expect("20 bytes");
    group.bench_function("libreauth", |bencher| bencher.iter(|| libreauth.generate()));

    if hash != "SHA-1" {
        return;
    }
    let otpauth = otpauth::TOTP::from_bytes(KEY);
    group
        .bench_function("otpauth", |bencher| bencher.iter(|| otpauth.generate(30, black_box(NOW))));

    let (secret, now) = latchkey();
    let params = latchkey::totp::TotpParams::default();
    group.bench_function("latchkey", |bencher| {
        bencher.iter(|| black_box(&secret).code_at(black_box(now), params))
    });
}

/// Measures the search for an incorrect code, one step to either side. `otpauth` has no window.
pub fn finds(group: &mut Group<'_>) {
    const INCORRECT: &str = "000000";
    let totp = totp_rs(totp_rs::Algorithm::SHA1);
    group.bench_function("totp-rs", |bencher| {
        bencher.iter(|| totp.check(black_box(INCORRECT), black_box(NOW)))
    });

    let (totp, secret) = totp_rfc(totp_rfc::Algorithm::Sha1);
    let window = totp_rfc::ValidationWindow::new(1, 1);
    group.bench_function("totp-rfc", |bencher| {
        bencher.iter(|| totp.verify_window(black_box(&secret), NOW, window, black_box(INCORRECT)))
    });

    let libreauth = TOTPBuilder::new()
        .key(KEY)
        .timestamp(NOW as i64)
        .tolerance(1)
        .finalize()
        .expect("20 bytes");
    group.bench_function("libreauth", |bencher| {
        bencher.iter(|| libreauth.is_valid(black_box(INCORRECT)))
    });

    let (secret, now) = latchkey();
    let params = latchkey::totp::TotpParams::default();
    group.bench_function("latchkey", |bencher| {
        bencher.iter(|| latchkey::totp::verify(&secret, black_box(INCORRECT), None, now, params))
    });
}

/// Measures Steam codes, which of the other crates only `totp-rs` supports.
pub fn steam_codes(group: &mut Group<'_>) {
    let totp = steam();
    group.bench_function("totp-rs", |bencher| bencher.iter(|| totp.generate(black_box(NOW))));
}

pub fn steam_finds(group: &mut Group<'_>) {
    let totp = steam();
    group.bench_function("totp-rs", |bencher| {
        bencher.iter(|| totp.check(black_box("22222"), black_box(NOW)))
    });
}

fn steam() -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::Steam)
        .with_digits(5)
        .with_secret(*KEY)
        .with_skew(1)
        .build()
        .expect("20 bytes")
}

fn totp_rs(algorithm: totp_rs::Algorithm) -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_algorithm(algorithm)
        .with_secret(*KEY)
        .with_skew(1)
        .build()
        .expect("20 bytes")
}

fn totp_rfc(algorithm: totp_rfc::Algorithm) -> (totp_rfc::Totp, totp_rfc::Secret<'static>) {
    let digits = totp_rfc::Digits::try_from(6).expect("six");
    let totp = totp_rfc::Totp::new(algorithm, digits, 30, 0).expect("30 seconds");
    (totp, totp_rfc::Secret::new(KEY).expect("20 bytes"))
}

fn latchkey() -> (latchkey::totp::TotpSecret, OffsetDateTime) {
    let secret = latchkey::totp::TotpSecret::from_bytes(KEY.to_vec()).expect("20 bytes");
    (secret, OffsetDateTime::from_unix_timestamp(NOW as i64).expect("2005"))
}
