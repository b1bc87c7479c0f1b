//! How many verifications a store does in a second, and how that compares to the bare load and swap on
//! the same connection.
//!
//! `cargo bench -p second-factor-storage` prints a table in Markdown. Memory and SQLite are measured
//! always; PostgreSQL and Redis when `bash .ci/servers.sh start DIR` and `. DIR/env` came before.
//! `SUBJECTS` (default `1,1000,1000000`) says with how many stored subjects.
//!
//! Each verification signs a subject in with a code of an authenticator app that is right; with one
//! subject and sixteen callers, all of them bring the same code, and fifteen are refused. Up to a
//! thousand of the subjects sign in, in turn; the rest fill the table. The bare pair loads such a
//! record and swaps one of its length, and does nothing else.

mod locked;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../redis.rs"]
mod redis;
#[allow(dead_code, reason = "its story is told by the program")]
#[path = "../sqlite.rs"]
mod sqlite;

use std::{
    env, process,
    sync::Arc,
    time::{Duration, Instant},
};

use second_factor::{
    Import, Keys, MemoryStorage, Proof, Secret, Storage, SubjectId, Verifier,
    otp::{Totp, TotpParameters},
    storage::{Record, RecordId, Version},
    testkit::{ManualClock, MessageLog},
};
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

const NOON: u64 = 1_800_000_000;
/// How long each thing is measured, and in how many turns.
const SPAN: Duration = Duration::from_secs(3);
const SLICES: u32 = 10;
/// Those who sign in.
const ACTIVE: usize = 1000;
/// How many write at once while the table is filled.
const AT_ONCE: usize = 64;

fn main() -> Outcome<()> {
    // `cargo test --benches` calls it to see that it runs.
    let is_test = !env::args().any(|argument| argument == "--bench");
    let subjects = env::var("SUBJECTS")
        .unwrap_or_else(|_| if is_test { "1,10".into() } else { "1,1000,1000000".into() });
    let subjects: Vec<usize> =
        subjects.split(',').map(|count| count.trim().parse()).collect::<Result<_, _>>()?;
    let span = if is_test { Duration::from_millis(20) } else { SPAN };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("| store | stored | callers | verifications/s | bare pairs/s | of the bare |");
        println!("|---|---|---|---|---|---|");
        for count in subjects {
            measure("memory", &MemoryStorage::new(), count, span).await?;
            let folder = env::temp_dir().join(format!("second-factor-{}", process::id()));
            std::fs::create_dir_all(&folder)?;
            let store = Arc::new(sqlite::Sqlite::open(&folder.join(format!("{count}.db")))?);
            measure("SQLite", &store, count, span).await?;
            drop(store);
            // To fill it with more would take a sync for each.
            if count <= ACTIVE {
                let store = locked::Locked::open(&folder.join(format!("{count}-locked.db")))?;
                measure("SQLite, one connection behind a lock", &store, count, span).await?;
            }
            std::fs::remove_dir_all(&folder)?;
            if let Ok(address) = env::var("SECOND_FACTOR_POSTGRES") {
                let store = Arc::new(postgres::Postgres::open(&address).await?);
                measure("PostgreSQL", &store, count, span).await?;
            }
            if let Ok(address) = env::var("SECOND_FACTOR_REDIS") {
                let prefix = format!("bench-{}-{count}:", process::id());
                let store = Arc::new(redis::Redis::open(&address, &prefix).await?);
                measure("Redis", &store, count, span).await?;
            }
        }
        Ok(())
    })
}

/// How much was done in how long.
#[derive(Default)]
struct Rate {
    done: usize,
    took: Duration,
}

impl Rate {
    fn add(&mut self, (done, took): (usize, Duration)) {
        self.done += done;
        self.took += took;
    }

    fn a_second(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }
}

/// Those who sign in, and the verifier that lets them.
struct Service {
    verifier: Verifier,
    clock: ManualClock,
    everybody: Vec<SubjectId>,
    app: Totp,
    /// The records that the bare pair works on, and their size.
    others: Vec<RecordId>,
    size: usize,
}

async fn measure<S>(name: &str, store: &S, count: usize, span: Duration) -> Outcome<()>
where
    S: Storage + Clone + 'static,
{
    let service = Arc::new(fill(store, count).await?);
    for callers in [1, 16] {
        let (mut verified, mut bare) = (Rate::default(), Rate::default());
        // In turns, so that what else the machine does slows both.
        for _ in 0..SLICES {
            verified.add(verify(&service, callers, span / SLICES).await?);
            bare.add(load_and_swap(store, &service, callers, span / SLICES).await?);
        }
        let (verified, bare) = (verified.a_second(), bare.a_second());
        let share = 100.0 * verified / bare;
        println!("| {name} | {count} | {callers} | {verified:.0} | {bare:.0} | {share:.0} % |");
    }
    Ok(())
}

/// Puts so many subjects into the store: up to a thousand who sign in, and others of their size.
async fn fill<S: Storage + Clone + 'static>(store: &S, count: usize) -> Outcome<Service> {
    let clock = ManualClock::at(NOON);
    // A store has one root, and the programs here work on the same table. Names are of this run alone.
    let root = *b"a root for examples, and no more";
    let keys = Keys::new(root);
    let run = format!("{}-{count}", process::id());
    let secret = Secret::new(b"a secret of twenty b")?;
    let verifier = Verifier::builder(store.clone(), MessageLog::new(), keys)
        .issuer("Example")
        .clock(clock.clone())
        .build()?;
    let mut everybody = Vec::new();
    for at in 0..count.min(ACTIVE) {
        let subject = SubjectId::new(format!("{run}-subject-{at}"))?;
        let import = Import::new().totp(&secret, TotpParameters::new(), None)?;
        verifier.import(&subject, import).await?;
        everybody.push(subject);
    }
    let first = everybody.first().ok_or("there must be a subject")?;
    let size = store.load(&verifier.record_id(first)).await?.map_or(0, |one| one.bytes().len());
    // The bare pair has records of its own, which nobody opens.
    let fillers = count.saturating_sub(everybody.len()).max(everybody.len());
    let name = {
        let (run, keys): (Arc<str>, _) = (run.into(), Arc::new(Keys::new(root)));
        move |at: usize| {
            let subject = SubjectId::new(format!("{run}-other-{at}")).expect("it has a few bytes");
            keys.subject_record(&subject)
        }
    };
    let mut tasks = JoinSet::new();
    for caller in 0..AT_ONCE {
        let (store, bytes, name) = (store.clone(), vec![7; size], name.clone());
        tasks.spawn(async move {
            for at in (caller..fillers).step_by(AT_ONCE) {
                let record = Record::new(Version::new(1), bytes.clone(), None);
                let _new = store.compare_and_swap(&name(at), None, &record).await?;
            }
            Ok::<(), S::Error>(())
        });
    }
    while let Some(filled) = tasks.join_next().await {
        filled??;
    }
    let others = (0..everybody.len()).map(name).collect();
    Ok(Service { verifier, clock, everybody, app: Totp::new(&secret), others, size })
}

/// Sign-ins: everybody once, then half a minute later once more.
async fn verify(
    service: &Arc<Service>,
    callers: usize,
    span: Duration,
) -> Outcome<(usize, Duration)> {
    let (begun, mut answered) = (Instant::now(), 0);
    while begun.elapsed() < span {
        service.clock.advance(30);
        let code = service.app.code(service.clock.time()).ok_or("the time is over")?;
        let code: Arc<str> = code.expose().into();
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (service, code) = (Arc::clone(service), Arc::clone(&code));
            tasks.spawn(async move {
                let (mut right, mut all) = (0, 0);
                // Of one subject all callers are the same.
                let everybody = &service.everybody;
                let is_shared = everybody.len() < callers;
                let step = if is_shared { 1 } else { callers };
                for subject in everybody.iter().skip(caller % step).step_by(step) {
                    let answer = service.verifier.verify(subject, Proof::totp(&code)).await;
                    right += usize::from(answer.is_ok());
                    all += 1;
                }
                (right, all)
            });
        }
        let mut right = 0;
        while let Some(ended) = tasks.join_next().await {
            let (theirs, all) = ended?;
            right += theirs;
            answered += all;
        }
        if right != service.everybody.len() {
            return Err(format!("{right} of {} got in", service.everybody.len()).into());
        }
    }
    Ok((answered, begun.elapsed()))
}

/// Loads with a swap, by the same number of callers.
async fn load_and_swap<S>(
    store: &S,
    service: &Service,
    callers: usize,
    span: Duration,
) -> Outcome<(usize, Duration)>
where
    S: Storage + Clone + 'static,
{
    let (begun, mut answered) = (Instant::now(), 0);
    while begun.elapsed() < span {
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (store, size) = (store.clone(), service.size);
            let is_shared = service.others.len() < callers;
            let step = if is_shared { 1 } else { callers };
            let mine = service.others.iter().skip(caller % step).step_by(step);
            let mine: Vec<RecordId> = mine.copied().collect();
            tasks.spawn(async move {
                for id in &mine {
                    let stored = store.load(id).await?.map(|record| record.version());
                    let next = Version::new(stored.map_or(1, Version::get) + 1);
                    let record = Record::new(next, vec![7; size], None);
                    let _swap = store.compare_and_swap(id, stored, &record).await?;
                }
                Ok::<usize, S::Error>(mine.len())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            answered += ended??;
        }
    }
    Ok((answered, begun.elapsed()))
}
