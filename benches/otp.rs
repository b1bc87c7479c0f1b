//! Ring 1 beside its floor: the compressions of the hash that no implementation can do without.
//!
//! In each group the line `floor` is measured in the same run, so that ratios can be read.

use core::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use second_factor::otp::{
    Algorithm, Digits, Hotp, LookAhead, Steam, Step, Totp, TotpParameters, Window,
};
use second_factor::{Secret, UnixTime};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

const NOW: UnixTime = UnixTime::from_secs(1_111_111_109);
const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn secret() -> Secret {
    Secret::new(b"12345678901234567890").expect("20 bytes")
}

fn totp(algorithm: Algorithm) -> Totp {
    Totp::with(&secret(), TotpParameters::new().with_algorithm(algorithm))
}

/// `count` compressions, each of one block and on the state that the one before left.
fn floor(group: &mut Group<'_>, algorithm: Algorithm, count: usize) {
    // A buffer across two cache lines would slow the hash by a quarter.
    #[repr(align(64))]
    struct Aligned<const N: usize>([[u8; N]; 1]);
    let (short, long) = (Aligned([[7; 64]]), Aligned([[7; 128]]));
    group.bench_function("floor", |bencher| match algorithm {
        Algorithm::Sha256 => bencher.iter(|| {
            let mut state = black_box([1; 8]);
            (0..count).for_each(|_| sha2::block_api::compress256(&mut state, black_box(&short.0)));
            state[0]
        }),
        Algorithm::Sha512 => bencher.iter(|| {
            let mut state = black_box([1; 8]);
            (0..count).for_each(|_| sha2::block_api::compress512(&mut state, black_box(&long.0)));
            state[0] as u32
        }),
        _ => bencher.iter(|| {
            let mut state = black_box([1; 5]);
            (0..count).for_each(|_| sha1::block_api::compress(&mut state, black_box(&short.0)));
            state[0]
        }),
    });
}

fn codes(criterion: &mut Criterion) {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let totp = totp(algorithm);

        let mut group = criterion.benchmark_group(format!("code, keyed, {algorithm:?}"));
        floor(&mut group, algorithm, 2);
        group.bench_function("ours", |bencher| bencher.iter(|| totp.code(black_box(NOW))));
        group.finish();

        let mut group = criterion.benchmark_group(format!("code, new key, {algorithm:?}"));
        floor(&mut group, algorithm, 4);
        let (secret, parameters) = (secret(), totp.parameters());
        group.bench_function("ours", |bencher| {
            bencher.iter(|| Totp::with(black_box(&secret), parameters).code(black_box(NOW)))
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("find, window 1, {algorithm:?}"));
        floor(&mut group, algorithm, 6);
        let right = totp.code(NOW).expect("after 1970");
        for (name, typed) in [("hit", right.expose()), ("miss", "000000")] {
            group.bench_function(name, |bencher| {
                bencher.iter(|| totp.find(black_box(typed), black_box(NOW), Window::ONE, None))
            });
        }
        group.finish();
    }
}

fn hotp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("find, look-ahead 100, Sha1");
    floor(&mut group, Algorithm::Sha1, 202);
    let hotp = Hotp::with(&secret(), Algorithm::Sha1, Digits::Six);
    group.bench_function("miss", |bencher| {
        bencher.iter(|| hotp.find(black_box("000000"), black_box(Step::new(0)), LookAhead::RESYNC))
    });
    group.finish();
}

fn steam(criterion: &mut Criterion) {
    let steam = Steam::new(&secret());

    let mut group = criterion.benchmark_group("code, keyed, Steam");
    floor(&mut group, Algorithm::Sha1, 2);
    group.bench_function("ours", |bencher| bencher.iter(|| steam.code(black_box(NOW))));
    group.finish();

    let mut group = criterion.benchmark_group("find, window 1, Steam");
    floor(&mut group, Algorithm::Sha1, 6);
    group.bench_function("miss", |bencher| {
        bencher.iter(|| steam.find(black_box("22222"), black_box(NOW), Window::ONE, None))
    });
    group.finish();
}

/// Beside a copy of as many bytes.
fn base32(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Base32, 20 bytes");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| <[u8; 32]>::try_from(black_box(TEXT).as_bytes()))
    });
    let secret = secret();
    group.bench_function("write", |bencher| bencher.iter(|| black_box(&secret).expose_base32()));
    group.bench_function("read", |bencher| bencher.iter(|| Secret::from_base32(black_box(TEXT))));
    group.bench_function("read, forgiving", |bencher| {
        bencher.iter(|| Secret::import_base32(black_box(TEXT)))
    });
    group.finish();
}

criterion_group!(benches, codes, hotp, steam, base32);
criterion_main!(benches);
