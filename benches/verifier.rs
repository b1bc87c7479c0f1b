//! Benchmarks of a verification over an in-memory store.
//!
//! Each sign-in has a correct code at a new time, so that each searches, encodes, encrypts and
//! swaps.

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha20Rng};
use second_factor::{
    Address, FirstFactor, Keys, MemoryStorage, NewDevice, Policy, Proof, Secret, Storage,
    SubjectId, Verifier, block_on,
    enrollment::Import,
    host::{Entropy as _, SystemEntropy},
    otp::{Totp, TotpParameters, Window},
    policy::SignInByRead,
    sans_io::{Moment, Opened, Subject},
    storage::{Record, Version},
    testkit::{ManualClock, MessageLog},
};

const NOON: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root for benchmarks, no others";
const KEY: &[u8; 20] = b"12345678901234567890";

/// A subject with its verifier, store and clock.
struct World {
    clock: ManualClock,
    store: MemoryStorage,
    verifier: Verifier,
    subject: SubjectId,
    app: Totp,
}

impl World {
    /// Creates a subject with a TOTP app only, or with what most users have: also ten backup codes,
    /// a phone and two devices.
    fn new(is_full: bool) -> Self {
        let (clock, store) = (ManualClock::at(NOON), MemoryStorage::new());
        let policy = Policy::builder().danger_cheap_hashes().build().expect("valid for tests");
        let verifier =
            Verifier::builder("Example", store.clone(), MessageLog::new(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .policy(policy)
                .clock(clock.clone())
                .build()
                .expect("the builder is complete");
        let secret = Secret::new(KEY).expect("20 bytes");
        let subject = SubjectId::new("user-42").expect("7 bytes");
        let mut import =
            Import::new().totp(&secret, TotpParameters::new(), None).expect("from 1970");
        if is_full {
            let codes: Vec<String> = (0..10).map(|at| format!("ABCD-EFGH-{at}234-5678")).collect();
            import = import
                .backup_codes(codes.iter().map(String::as_str))
                .and_then(|import| import.address(Address::phone("+14155550100").expect("valid")))
                .expect("ten codes and a phone");
        }
        block_on(verifier.operations().import(&subject, import)).expect("the subject is new");
        let world = Self { clock, store, verifier, subject, app: Totp::new(&secret) };
        if is_full {
            for label in ["Firefox, Lisbon", "Safari, Porto"] {
                let proof = Proof::totp(world.code()).trusting(NewDevice::new(label));
                let verified = block_on(world.verifier.verify(&world.subject, proof));
                assert!(verified.expect("correct").device_token().is_some());
            }
        }
        world
    }

    fn code(&self) -> String {
        self.clock.advance(30);
        self.app.code(self.clock.time()).expect("after 1970").expose().into()
    }

    fn record(&self) -> Record {
        let id = self.verifier.operations().record_id(&self.subject);
        block_on(self.store.load(&id)).expect("memory").expect("stored")
    }
}

fn moment(world: &World) -> Moment {
    let mut seed = [0; 32];
    SystemEntropy::new().fill(&mut seed).expect("the system has randomness");
    Moment::new(world.clock.time(), seed)
}

/// Measures only `timed`, not the preparation by `ready`.
fn each<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut ready: impl FnMut() -> T,
    mut timed: impl FnMut(T),
) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let ready = ready();
                let begun = Instant::now();
                timed(ready);
                took += begun.elapsed();
            }
            took
        });
    });
}

/// The cost of a confirmation, where a read would suffice.
fn next(criterion: &mut Criterion) {
    let (world, nobody) = (World::new(false), SubjectId::from(43));
    let mut group = criterion.benchmark_group("next, no factor");
    for (reads, name) in
        [(SignInByRead::Accept, "by a read"), (SignInByRead::Confirm, "confirmed by a write")]
    {
        let policy = Policy::builder().sign_in_by_read(reads).build().expect("valid");
        let verifier = world.verifier.under(&policy);
        each(
            &mut group,
            name,
            || (),
            |()| {
                let _ = black_box(block_on(verifier.next(&nobody)).expect("nothing is enrolled"));
            },
        );
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    for (is_full, name) in
        [(false, "TOTP only"), (true, "TOTP, ten backup codes, a phone, two devices")]
    {
        let world = World::new(is_full);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let (subject, id) = (&world.subject, world.verifier.operations().record_id(&world.subject));
        println!("record size, {name}: {} bytes", world.record().bytes().len());

        let mut group = criterion.benchmark_group(format!("verify, {name}"));
        each(
            &mut group,
            "whole",
            || world.code(),
            |code| {
                let _ =
                    block_on(world.verifier.verify(subject, Proof::totp(&code))).expect("correct");
            },
        );
        // The cost of the measurement itself.
        each(&mut group, "empty", || (), |()| ());
        each(
            &mut group,
            "part: load",
            || (),
            |()| {
                black_box(block_on(world.store.load(&id)).expect("memory"));
            },
        );
        each(
            &mut group,
            "part: randomness",
            || (),
            |()| {
                black_box(moment(&world));
            },
        );
        let open = |record: &Record| match Subject::open(
            &keys,
            &policy,
            subject,
            Some(record),
            moment(&world),
        ) {
            Ok(Opened::Ready(subject)) => subject.after(&FirstFactor::Password),
            _ => panic!("the record opens"),
        };
        let record = world.record();
        each(
            &mut group,
            "part: open and decode, with randomness",
            || (),
            |()| {
                black_box(open(&record));
            },
        );
        let secret = Secret::new(KEY).expect("20 bytes");
        each(
            &mut group,
            "part: search",
            || world.code(),
            |code| {
                let totp = Totp::new(black_box(&secret));
                let _ = black_box(totp.find(&code, world.clock.time(), Window::ONE, None));
            },
        );
        let keys_again = Keys::new(ROOT);
        each(
            &mut group,
            "part: encode and encrypt",
            || match Subject::open(&keys_again, &policy, subject, Some(&record), moment(&world)) {
                Ok(Opened::Ready(subject)) => subject,
                _ => panic!("the record opens"),
            },
            |subject| {
                let _ = black_box(subject.reseal());
            },
        );
        each(
            &mut group,
            "part: swap",
            || world.record(),
            |record| {
                let next =
                    Record::new(Version::new(record.version().get() + 1), record.bytes().to_vec());
                let swap = world.store.compare_and_swap(&id, Some(record.version()), &next);
                let _ = black_box(block_on(swap)).expect("memory");
            },
        );
        group.finish();
    }
}

/// Measures the randomness of a sent code: a seed from the system, expanded as `Moment` does, and
/// the number from it.
///
/// The same seed also serves the id of the code and the encryption of the record.
fn sent_code(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("randomness of a sent code");
    let seed = || {
        let mut seed = [0; 32];
        SystemEntropy::new().fill(&mut seed).expect("the system has randomness");
        seed
    };
    group.bench_function("lower bound", |bencher| bencher.iter(seed));
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| ChaCha20Rng::from_seed(seed()).next_u64() % 1_000_000)
    });
    group.bench_function("three calls, for code, id and encryption", |bencher| {
        bencher.iter(|| [seed(), seed(), seed()])
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = next, verify, sent_code
}
criterion_main!(benches);
