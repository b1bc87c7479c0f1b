//! Benchmarks of the `otp` layer.
//!
//! Each group compares the crate with other crates and with a lower bound: the hash compressions
//! that every implementation needs. The lower bound is measured in the same run, so that the ratios
//! are meaningful. Most other crates derive the HMAC key state for each code; the name of a group
//! says whether the crate does too.

mod peers;

use core::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use second_factor::otp::{
    Algorithm, Digits, Hotp, LookAhead, Steam, Step, Totp, TotpParameters, Window,
};
use second_factor::{Secret, UnixTime};

use self::peers::KEY;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// An aligned buffer. One that crosses a cache line slows the hash by 25 %.
#[repr(align(64))]
struct Aligned<const N: usize>([[u8; N]; 1]);

const NOW: UnixTime = UnixTime::from_secs(peers::NOW);
const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn secret() -> Secret {
    Secret::new(KEY).expect("20 bytes")
}

fn totp(algorithm: Algorithm) -> Totp {
    Totp::with(&secret(), TotpParameters::new().with_algorithm(algorithm))
}

/// Measures `count` compressions of one block each, on the state that the previous one returned.
fn lower_bound(group: &mut Group<'_>, algorithm: Algorithm, count: usize) {
    let (short, long) = (Aligned([[7; 64]]), Aligned([[7; 128]]));
    group.bench_function("lower bound", |bencher| match algorithm {
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
    for (algorithm, name) in
        [(Algorithm::Sha1, "SHA-1"), (Algorithm::Sha256, "SHA-256"), (Algorithm::Sha512, "SHA-512")]
    {
        let totp = totp(algorithm);
        let mut group =
            criterion.benchmark_group(format!("TOTP generation, {name}, precomputed key"));
        lower_bound(&mut group, algorithm, 2);
        let step = totp.step(NOW).expect("after 1970");
        group.bench_function("second-factor", |bencher| {
            bencher.iter(|| totp.code_at(black_box(step)))
        });
        peers::codes(&mut group, name);
        group.finish();

        let mut group = criterion
            .benchmark_group(format!("TOTP generation, {name}, precomputed key, sequential"));
        sequential(&mut group, &totp);
        group.finish();

        let mut group =
            criterion.benchmark_group(format!("TOTP generation, {name}, from the secret"));
        lower_bound(&mut group, algorithm, 4);
        let (secret, parameters) = (secret(), totp.parameters());
        group.bench_function("second-factor", |bencher| {
            bencher.iter(|| Totp::with(black_box(&secret), parameters).code(black_box(NOW)))
        });
        group.finish();
    }
}

/// Measures the lower bound and the codes where each depends on the previous result.
///
/// Otherwise the processor overlaps consecutive iterations, and those of the bare compressions more
/// than others.
fn sequential(group: &mut Group<'_>, totp: &Totp) {
    let (short, long) = (Aligned([[7; 64]]), Aligned([[7; 128]]));
    match totp.parameters().algorithm() {
        Algorithm::Sha256 => {
            let mut state = [1; 8];
            group.bench_function("lower bound", |bencher| {
                bencher.iter(|| {
                    sha2::block_api::compress256(&mut state, black_box(&short.0));
                    sha2::block_api::compress256(&mut state, black_box(&short.0));
                })
            });
        }
        Algorithm::Sha512 => {
            let mut state = [1; 8];
            group.bench_function("lower bound", |bencher| {
                bencher.iter(|| {
                    sha2::block_api::compress512(&mut state, black_box(&long.0));
                    sha2::block_api::compress512(&mut state, black_box(&long.0));
                })
            });
        }
        _ => {
            let mut state = [1; 5];
            group.bench_function("lower bound", |bencher| {
                bencher.iter(|| {
                    sha1::block_api::compress(&mut state, black_box(&short.0));
                    sha1::block_api::compress(&mut state, black_box(&short.0));
                })
            });
        }
    }
    let mut step = 1;
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| {
            let code = totp.code_at(Step::new(step));
            // Digits are ASCII, so this adds one, but only after the code is known.
            step += 1 + u64::from(code.expose().as_bytes()[0] >> 7);
        })
    });
}

/// Searches for an incorrect code, which takes all three steps of the window.
fn finds(criterion: &mut Criterion) {
    let totp = totp(Algorithm::Sha1);
    let mut group = criterion.benchmark_group("TOTP search, window 1, precomputed key");
    lower_bound(&mut group, Algorithm::Sha1, 6);
    let correct = totp.code(NOW).expect("after 1970");
    for (name, typed) in [("second-factor", "000000"), ("second-factor, match", correct.expose())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| totp.find(black_box(typed), black_box(NOW), Window::ONE, None))
        });
    }
    peers::finds(&mut group);
    group.finish();

    let mut group = criterion.benchmark_group("TOTP search, window 1, from the secret");
    lower_bound(&mut group, Algorithm::Sha1, 8);
    let secret = secret();
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| {
            Totp::new(black_box(&secret)).find(black_box("000000"), NOW, Window::ONE, None)
        })
    });
    group.finish();
}

fn hotp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("HOTP search, look-ahead 100, precomputed key");
    lower_bound(&mut group, Algorithm::Sha1, 202);
    let hotp = Hotp::with(&secret(), Algorithm::Sha1, Digits::Six);
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| hotp.find(black_box("000000"), black_box(Step::new(0)), LookAhead::RESYNC))
    });
    group.finish();
}

fn steam(criterion: &mut Criterion) {
    let steam = Steam::new(&secret());

    let mut group = criterion.benchmark_group("Steam generation, precomputed key");
    lower_bound(&mut group, Algorithm::Sha1, 2);
    group.bench_function("second-factor", |bencher| bencher.iter(|| steam.code(black_box(NOW))));
    peers::steam_codes(&mut group);
    group.finish();

    let mut group = criterion.benchmark_group("Steam search, window 1, precomputed key");
    lower_bound(&mut group, Algorithm::Sha1, 6);
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| steam.find(black_box("22222"), black_box(NOW), Window::ONE, None))
    });
    peers::steam_finds(&mut group);
    group.finish();
}

fn base32(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Base32, 20 bytes");
    group.bench_function("copy of the text", |bencher| {
        bencher.iter(|| <[u8; 32]>::try_from(black_box(TEXT).as_bytes()))
    });
    let secret = secret();
    group.bench_function("encode", |bencher| bencher.iter(|| black_box(&secret).expose_base32()));
    group.bench_function("decode, strict", |bencher| {
        bencher.iter(|| Secret::from_base32(black_box(TEXT)))
    });
    group.bench_function("decode, lenient", |bencher| {
        bencher.iter(|| Secret::import_base32(black_box(TEXT)))
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = codes, finds, hotp, steam, base32
}
criterion_main!(benches);
