//! A verification over memory, beside its parts measured alone.
//!
//! Each sign-in is a right code at a new time, so that each finds, encodes, seals and swaps.

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha20Rng};
use second_factor::{
    Address, Import, Keys, MemoryStorage, NewDevice, Policy, Proof, Secret, Storage, SubjectId,
    Verified, Verifier, block_on,
    host::{Entropy as _, SystemEntropy},
    otp::{Totp, TotpParameters, Window},
    sans_io::{Moment, Opened, Subject},
    storage::{Record, Version},
    testkit::{ManualClock, MessageLog},
};

const NOON: u64 = 1_800_000_000;
const ROOT: [u8; 32] = *b"a root for benchmarks, no others";
const KEY: &[u8; 20] = b"12345678901234567890";

/// A subject and everything around it.
struct World {
    clock: ManualClock,
    store: MemoryStorage,
    verifier: Verifier,
    subject: SubjectId,
    app: Totp,
}

impl World {
    /// With an app and nothing else, or with what most people have: ten backup codes, a phone and two
    /// devices besides.
    fn new(is_full: bool) -> Self {
        let (clock, store) = (ManualClock::at(NOON), MemoryStorage::new());
        let policy = Policy::builder().danger_cheap_hashes().build().expect("for tests alone");
        let verifier = Verifier::builder(store.clone(), MessageLog::new(), Keys::new(ROOT))
            .issuer("Example")
            .policy(policy)
            .clock(clock.clone())
            .build()
            .expect("it has all it needs");
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
        block_on(verifier.import(&subject, import)).expect("it is new");
        let world = Self { clock, store, verifier, subject, app: Totp::new(&secret) };
        if is_full {
            for label in ["Firefox, Lisbon", "Safari, Porto"] {
                let verified = world.sign_in();
                block_on(world.verifier.trust_device(&verified, &NewDevice::new(label)))
                    .expect("it was just proven");
            }
        }
        world
    }

    fn code(&self) -> String {
        self.clock.advance(30);
        self.app.code(self.clock.time()).expect("after 1970").expose().into()
    }

    fn sign_in(&self) -> Verified {
        block_on(self.verifier.verify(&self.subject, Proof::totp(&self.code()))).expect("right")
    }

    fn record(&self) -> Record {
        let id = self.verifier.record_id(&self.subject);
        block_on(self.store.load(&id)).expect("memory").expect("it is there")
    }
}

fn moment(world: &World) -> Moment {
    let mut seed = [0; 32];
    SystemEntropy::new().fill(&mut seed).expect("the system has randomness");
    Moment::new(world.clock.time(), seed)
}

/// Only what `timed` takes counts, and not the code that is made before it.
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

fn verify(criterion: &mut Criterion) {
    for (is_full, name) in
        [(false, "an app alone"), (true, "an app, ten codes, a phone, two devices")]
    {
        let world = World::new(is_full);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let (subject, id) = (&world.subject, world.verifier.record_id(&world.subject));
        println!("a record of {name}: {} bytes", world.record().bytes().len());

        let mut group = criterion.benchmark_group(format!("verify, {name}"));
        each(
            &mut group,
            "whole",
            || world.code(),
            |code| {
                let _ =
                    block_on(world.verifier.verify(subject, Proof::totp(&code))).expect("right");
            },
        );
        // What the clock of the benchmark itself takes.
        each(&mut group, "nothing", || (), |()| ());
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
            Ok(Opened::Ready(subject)) => subject,
            _ => panic!("it opens"),
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
            "part: encode and seal",
            || match Subject::open(&keys_again, &policy, subject, Some(&record), moment(&world)) {
                Ok(Opened::Ready(subject)) => subject,
                _ => panic!("it opens"),
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
                let next = Record::new(
                    Version::new(record.version().get() + 1),
                    record.bytes().to_vec(),
                    None,
                );
                let swap = world.store.compare_and_swap(&id, Some(record.version()), &next);
                let _ = black_box(block_on(swap)).expect("memory");
            },
        );
        group.finish();
    }
}

/// What a delivered code costs before it is stored: a seed from the system, stretched as `Moment` does it, and
/// the number out of that. The same seed serves the code's id and the sealing of the record.
fn delivered(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("the randomness of a delivered code");
    let seed = || {
        let mut seed = [0; 32];
        SystemEntropy::new().fill(&mut seed).expect("the system has randomness");
        seed
    };
    group.bench_function("floor", |bencher| bencher.iter(seed));
    group.bench_function("second-factor", |bencher| {
        bencher.iter(|| ChaCha20Rng::from_seed(seed()).next_u64() % 1_000_000)
    });
    group.bench_function("three calls, for code, id and sealing", |bencher| {
        bencher.iter(|| [seed(), seed(), seed()])
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = verify, delivered
}
criterion_main!(benches);
