//! Benchmark of the slow check of PINs and backup codes.
//!
//! The lower bound is one Argon2id hash with the same parameters.

use core::{hint::black_box, time::Duration};

use argon2::Argon2;
use criterion::{Criterion, criterion_group, criterion_main};
use second_factor::{
    FirstFactor, Keys, MemoryStorage, Policy, Proof, Secret, Storage, SubjectId, Verifier,
    block_on,
    enrollment::Import,
    host::{Entropy as _, SystemEntropy},
    otp::TotpParameters,
    purpose::Operation,
    sans_io::{Checked, Moment, Opened, Settled, SlowCheck, Subject},
    storage::Swap,
    testkit::{ManualClock, MessageLog},
};

const NOON: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root for benchmarks, no others";
const CODES: [&str; 2] = ["ABCD-EFGH-2345-6789", "BCDE-FGHJ-2345-6789"];

/// Returns the slow check of a backup code, which costs the same as that of a PIN.
fn slow_check(
    keys: &Keys,
    policy: &Policy,
    subject: &SubjectId,
    store: &MemoryStorage,
) -> SlowCheck {
    let record = block_on(store.load(&keys.subject_record(subject))).expect("memory");
    let mut seed = [0; 32];
    SystemEntropy::new().fill(&mut seed).expect("the system has randomness");
    let moment = Moment::new(ManualClock::at(NOON).time(), seed);
    let Ok(Opened::Ready(subject)) = Subject::open(keys, policy, subject, record.as_ref(), moment)
    else {
        panic!("the record opens");
    };
    let decision = subject
        .after(&FirstFactor::Password)
        .verify(Operation::SignIn, &Proof::backup_code(CODES[0]))
        .expect("a decision");
    match decision.settle(Swap::Commit) {
        Settled::Done { outcome: Ok(Checked::SlowCheck(check)), .. } => check,
        _ => panic!("a slow check is expected"),
    }
}

fn slow(criterion: &mut Criterion) {
    let (keys, policy) = (Keys::new(ROOT), Policy::default());
    let (store, subject) = (MemoryStorage::new(), SubjectId::new("user-42").expect("7 bytes"));
    let verifier = Verifier::builder("Example", store.clone(), MessageLog::new(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .clock(ManualClock::at(NOON))
        .build()
        .expect("the builder is complete");
    // Backup codes need another factor.
    let secret = Secret::new(&[7; 20]).expect("20 bytes");
    let import = Import::new()
        .totp(&secret, TotpParameters::new(), None)
        .and_then(|import| import.backup_codes(CODES))
        .expect("an app and two codes");
    block_on(verifier.operations().import(&subject, import)).expect("the subject is new");

    let mut group = criterion.benchmark_group("slow hash");
    let params = argon2::Params::new(19 * 1024, 2, 1, Some(32)).expect("in range");
    let bare = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    group.bench_function("lower bound", |bencher| {
        let mut hash = [0; 32];
        bencher.iter(|| {
            bare.hash_password_into(black_box(CODES[0].as_bytes()), &[7; 16], &mut hash)
                .expect("in range");
            hash
        });
    });
    group.bench_function("second-factor", |bencher| {
        bencher.iter_batched(
            || slow_check(&keys, &policy, &subject, &store),
            SlowCheck::run,
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    targets = slow
}
criterion_main!(benches);
