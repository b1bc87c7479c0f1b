//! Ring 1 beside its floor, the compressions of the hash that no implementation can do without, and
//! beside other crates.
//!
//! In each group the line `floor` is measured in the same run, so that ratios can be read. Others make
//! their key anew for each code; where that is compared, the group says so.

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

/// A buffer across two cache lines would slow the hash by a quarter.
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

/// `count` compressions, each of one block and on the state that the one before left.
fn floor(group: &mut Group<'_>, algorithm: Algorithm, count: usize) {
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
    for (algorithm, name) in
        [(Algorithm::Sha1, "SHA-1"), (Algorithm::Sha256, "SHA-256"), (Algorithm::Sha512, "SHA-512")]
    {
        let totp = totp(algorithm);
        let mut group = criterion.benchmark_group(format!("code, {name}, key kept"));
        floor(&mut group, algorithm, 2);
        let step = totp.step(NOW).expect("after 1970");
        group.bench_function("second-factor", |bencher| {
            bencher.iter(|| totp.code_at(black_box(step)))
        });
        peers::codes(&mut group, name);
        group.finish();

        let mut group = criterion.benchmark_group(format!("code, {name}, key kept, one by one"));
        one_by_one(&mut group, &totp);
        group.finish();

        let mut group = criterion.benchmark_group(format!("code, {name}, from the secret"));
        floor(&mut group, algorithm, 4);
        let (secret, parameters) = (secret(), totp.parameters());
        group.bench_function("second-factor", |bencher| {
            bencher.iter(|| Totp::with(black_box(&secret), parameters).code(black_box(NOW)))
        });
        group.finish();
    }
}

/// Floor and codes once more, where none can begin before the one before is there: the processor overlaps what
/// it may, and the floor by itself more than what writes something between.
fn one_by_one(group: &mut Group<'_>, totp: &Totp) {
    let (short, long) = (Aligned([[7; 64]]), Aligned([[7; 128]]));
    match totp.parameters().algorithm() {
        Algorithm::Sha256 => {
            let mut state = [1; 8];
            group.bench_function("floor", |bencher| {
                bencher.iter(|| {
                    sha2::block_api::compress256(&mut state, black_box(&short.0));
                    sha2::block_api::compress256(&mut state, black_box(&short.0));
                })
            });
        }
        Algorithm::Sha512 => {
            let mut state = [1; 8];
            group.bench_function("floor", |bencher| {
                bencher.iter(|| {
                    sha2::block_api::compress512(&mut state, black_box(&long.0));
                    sha2::block_api::compress512(&mut state, black_box(&long.0));
                })
            });
        }
        _ => {
            let mut state = [1; 5];
            group.bench_function("floor", |bencher| {
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
            // Digits are ASCII, so that this adds one and waits for the code.
            step += 1 + u64::from(code.expose().as_bytes()[0] >> 7);
        })
    });
}

/// A wrong code, for which each of three steps must be looked at.
fn finds(criterion: &mut Criterion) {
    let totp = totp(Algorithm::Sha1);
    let mut group = criterion.benchmark_group("search, window 1, key kept");
    floor(&mut group, Algorithm::Sha1, 6);
    let right = totp.code(NOW).expect("after 1970");
    for (name, typed) in [("second-factor", "000000"), ("second-factor, found", right.expose())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| totp.find(black_box(typed), black_box(NOW), Window::ONE, None))
        });
    }
    peers::finds(&mut group);
    group.finish();

    let mut group = criterion.benchmark_group("search, window 1, from the secret");
    floor(&mut group, Algorithm::Sha1, 8);
    let secret = secret();
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| {
            Totp::new(black_box(&secret)).find(black_box("000000"), NOW, Window::ONE, None)
        })
    });
    group.finish();
}

fn hotp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search, look-ahead 100, key kept");
    floor(&mut group, Algorithm::Sha1, 202);
    let hotp = Hotp::with(&secret(), Algorithm::Sha1, Digits::Six);
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| hotp.find(black_box("000000"), black_box(Step::new(0)), LookAhead::RESYNC))
    });
    group.finish();
}

fn steam(criterion: &mut Criterion) {
    let steam = Steam::new(&secret());

    let mut group = criterion.benchmark_group("code, Steam, key kept");
    floor(&mut group, Algorithm::Sha1, 2);
    group.bench_function("second-factor", |bencher| bencher.iter(|| steam.code(black_box(NOW))));
    peers::steam_codes(&mut group);
    group.finish();

    let mut group = criterion.benchmark_group("search, window 1, Steam, key kept");
    floor(&mut group, Algorithm::Sha1, 6);
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| steam.find(black_box("22222"), black_box(NOW), Window::ONE, None))
    });
    peers::steam_finds(&mut group);
    group.finish();
}

fn base32(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Base32, 20 bytes");
    group.bench_function("a copy of its text", |bencher| {
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

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = codes, finds, hotp, steam, base32
}
criterion_main!(benches);
