//! Benchmarks of `otpauth://` URIs, against totp-rs.

use core::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use second_factor::{
    Secret,
    otp::{KeyUri, TotpParameters},
};

const KEY: &[u8; 20] = b"12345678901234567890";
const TEXT: &str = "otpauth://totp/Example:alice%40example.com\
                    ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";

fn uris(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("otpauth URI, writing");
    let secret = Secret::new(KEY).expect("20 bytes");
    let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())
        .expect("two names");
    group.bench_function("second-factor", |bencher| bencher.iter(|| black_box(&uri).expose_uri()));
    let totp = totp_rs::Builder::new()
        .with_secret(*KEY)
        .with_issuer(Some("Example"))
        .with_account_name("alice@example.com")
        .build()
        .expect("two names");
    group.bench_function("totp-rs", |bencher| bencher.iter(|| black_box(&totp).to_url()));
    group.finish();

    let mut group = criterion.benchmark_group("otpauth URI, parsing");
    assert!(KeyUri::import(TEXT).is_ok() && totp_rs::Totp::from_url(TEXT).is_ok());
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| KeyUri::import(black_box(TEXT)))
    });
    group.bench_function("second-factor, strict", |bencher| {
        bencher.iter(|| KeyUri::parse(black_box(TEXT)))
    });
    group.bench_function("totp-rs", |bencher| {
        bencher.iter(|| totp_rs::Totp::from_url(black_box(TEXT)))
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = uris
}
criterion_main!(benches);
