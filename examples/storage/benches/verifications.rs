//! Benchmark of verifications per second over each store.
//!
//! `cargo bench -p second-factor-storage` prints a table in Markdown. The baseline is a load and a
//! swap of a record of the same size, on the same connection.
//!
//! In-memory and SQLite stores are always measured. etcd, PostgreSQL and Redis are measured after
//! `bash .ci/servers.sh start DIR` and `. DIR/env`. `bash .ci/failover.sh --bench` measures
//! PostgreSQL with a synchronous standby, and three members of etcd. `SUBJECTS` (default
//! `1,1000,1000000`) is the number of stored subjects, `CALLERS` (default `1,16`) the number of
//! concurrent callers, and `STORES` the beginning of the names to measure. `BASELINES=1` adds other
//! ways to share connections to PostgreSQL.
//!
//! Each verification is a sign-in with a correct TOTP code. With one subject and sixteen callers,
//! all callers use the same code, and fifteen are refused. At most a thousand subjects sign in, one
//! after the other; the others only fill the table.

#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../etcd.rs"]
mod etcd;
mod grouped;
mod locked;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../redis.rs"]
mod redis;
#[allow(dead_code, reason = "only the program uses its demo")]
#[path = "../sqlite.rs"]
mod sqlite;

use std::{
    env, process,
    sync::Arc,
    time::{Duration, Instant},
};

use second_factor::{
    FirstFactor, Keys, MemoryStorage, Proof, Secret, Storage, SubjectId, Verifier,
    enrollment::Import,
    otp::{Totp, TotpParameters},
    storage::{Record, RecordId, Version},
    testkit::{ManualClock, MessageLog},
};
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

const NOON: u64 = 1_800_000_000;
/// The duration of each measurement, and the number of slices.
const SPAN: Duration = Duration::from_secs(3);
const SLICES: u32 = 10;
/// The maximum number of subjects that sign in.
const ACTIVE: usize = 1000;
/// The number of concurrent writers that fill the table.
const AT_ONCE: usize = 64;

fn main() -> Outcome<()> {
    // `cargo test --benches` runs a short version.
    let is_test = !env::args().any(|argument| argument == "--bench");
    let subjects = env::var("SUBJECTS")
        .unwrap_or_else(|_| if is_test { "1,10".into() } else { "1,1000,1000000".into() });
    let subjects: Vec<usize> =
        subjects.split(',').map(|count| count.trim().parse()).collect::<Result<_, _>>()?;
    let span = if is_test { Duration::from_millis(20) } else { SPAN };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("| store | subjects | callers | verifications/s | load and swap/s | ratio |");
        println!("|---|---|---|---|---|---|");
        for count in subjects {
            in_process(count, span).await?;
            if let Some(address) = address("PostgreSQL", "SECOND_FACTOR_POSTGRES") {
                in_postgres(&address, count, span).await?;
            }
            if let Some(address) = address("Redis", "SECOND_FACTOR_REDIS") {
                let prefix = format!("bench-{}-{count}:", process::id());
                let store = Arc::new(redis::Redis::open(&address, &prefix).await?);
                measure("Redis", &store, count, span).await?;
            }
            if let Some(members) = address("etcd", "SECOND_FACTOR_ETCD").filter(|_| count <= ACTIVE)
            {
                let members: Vec<&str> = members.split(',').collect();
                let prefix = format!("bench-{}-{count}/", process::id());
                let store = Arc::new(etcd::Etcd::open(&members, &prefix).await?);
                measure("etcd", &store, count, span).await?;
            }
        }
        Ok(())
    })
}

/// Whether `STORES` names a store.
fn is_wanted(name: &str) -> bool {
    env::var("STORES").is_ok_and(|stores| name.starts_with(&stores)) || env::var("STORES").is_err()
}

fn address(name: &str, variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|_| is_wanted(name))
}

async fn in_process(count: usize, span: Duration) -> Outcome<()> {
    measure("memory", &MemoryStorage::new(), count, span).await?;
    if !is_wanted("SQLite") {
        return Ok(());
    }
    let folder = env::temp_dir().join(format!("second-factor-{}", process::id()));
    std::fs::create_dir_all(&folder)?;
    let store = Arc::new(sqlite::Sqlite::open(&folder.join(format!("{count}.db")))?);
    measure("SQLite", &store, count, span).await?;
    drop(store);
    // More subjects would need one sync each.
    if count <= ACTIVE {
        let store = locked::Locked::open(&folder.join(format!("{count}-locked.db")))?;
        measure("SQLite, one connection behind a lock", &store, count, span).await?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Measures the store, and other ways to use connections.
async fn in_postgres(address: &str, count: usize, span: Duration) -> Outcome<()> {
    let store = Arc::new(postgres::Postgres::open(address).await?);
    measure("PostgreSQL", &store, count, span).await?;
    if env::var("BASELINES").is_ok() && count <= ACTIVE {
        let store = grouped::Pools::open(address).await?;
        measure("PostgreSQL, 64 connections", &store, count, span).await?;
        let store = grouped::Pipelined::open(address).await?;
        measure("PostgreSQL, one connection, pipelined", &store, count, span).await?;
        for connections in [1, 4] {
            let store = grouped::Grouped::open(address, connections).await?;
            let name = format!("PostgreSQL, groups on {connections} connections");
            measure(&name, &store, count, span).await?;
        }
    }
    Ok(())
}

/// Operations in a period.
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

/// The subjects that sign in, and their verifier.
struct Service {
    verifier: Verifier,
    clock: ManualClock,
    subjects: Vec<SubjectId>,
    app: Totp,
    /// The records of the baseline, and their size.
    others: Vec<RecordId>,
    size: usize,
}

async fn measure<S>(name: &str, store: &S, count: usize, span: Duration) -> Outcome<()>
where
    S: Storage + Clone + 'static,
{
    if !is_wanted(name) {
        return Ok(());
    }
    let callers = env::var("CALLERS").unwrap_or_else(|_| "1,16".into());
    let service = Arc::new(fill(store, count).await?);
    for callers in callers.split(',') {
        let callers = callers.trim().parse()?;
        let (mut verified, mut bare) = (Rate::default(), Rate::default());
        // In alternating slices, so that other load on the machine slows both.
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

/// Stores `count` subjects.
///
/// Up to a thousand of them sign in. The others have records of the same size.
async fn fill<S: Storage + Clone + 'static>(store: &S, count: usize) -> Outcome<Service> {
    let clock = ManualClock::at(NOON);
    // A store has one root key, and the programs of this package use the same table. The names of
    // the subjects are unique to a run.
    let root = *b"a root for examples, and no more";
    let keys = Keys::new(root);
    let run = format!("{}-{count}", process::id());
    let secret = Secret::new(b"a secret of twenty b")?;
    let verifier = Verifier::builder("Example", store.clone(), MessageLog::new(), keys)
        .first_factor(FirstFactor::Password)
        .clock(clock.clone())
        .build()?;
    let mut subjects = Vec::new();
    for at in 0..count.min(ACTIVE) {
        let subject = SubjectId::new(format!("{run}-subject-{at}"))?;
        let import = Import::new().totp(&secret, TotpParameters::new(), None)?;
        verifier.operations().import(&subject, import).await?;
        subjects.push(subject);
    }
    let first = subjects.first().ok_or("at least one subject is required")?;
    let size = store
        .load(&verifier.operations().record_id(first))
        .await?
        .map_or(0, |one| one.bytes().len());
    // The baseline has its own records, which are never opened.
    let fillers = count.saturating_sub(subjects.len()).max(subjects.len());
    let name = {
        let (run, keys): (Arc<str>, _) = (run.into(), Arc::new(Keys::new(root)));
        move |at: usize| {
            let subject = SubjectId::new(format!("{run}-other-{at}")).expect("a short name");
            keys.subject_record(&subject)
        }
    };
    let mut tasks = JoinSet::new();
    for caller in 0..AT_ONCE {
        let (store, bytes, name) = (store.clone(), vec![7; size], name.clone());
        tasks.spawn(async move {
            for at in (caller..fillers).step_by(AT_ONCE) {
                let record = Record::new(Version::new(1), bytes.clone());
                let _new = store.compare_and_swap(&name(at), None, &record).await?;
            }
            Ok::<(), S::Error>(())
        });
    }
    while let Some(filled) = tasks.join_next().await {
        filled??;
    }
    let others = (0..subjects.len()).map(name).collect();
    Ok(Service { verifier, clock, subjects, app: Totp::new(&secret), others, size })
}

/// Signs in each subject once, then again 30 seconds later, and so on.
async fn verify(
    service: &Arc<Service>,
    callers: usize,
    span: Duration,
) -> Outcome<(usize, Duration)> {
    let (begun, mut answered) = (Instant::now(), 0);
    while begun.elapsed() < span {
        service.clock.advance(30);
        let code = service.app.code(service.clock.time()).ok_or("no code before 1970")?;
        let code: Arc<str> = code.expose().into();
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (service, code) = (Arc::clone(service), Arc::clone(&code));
            tasks.spawn(async move {
                let (mut accepted, mut all) = (0, 0);
                // With fewer subjects than callers, all callers sign in the same subjects.
                let subjects = &service.subjects;
                let is_shared = subjects.len() < callers;
                let step = if is_shared { 1 } else { callers };
                for subject in subjects.iter().skip(caller % step).step_by(step) {
                    let answer = service.verifier.verify(subject, Proof::totp(&code)).await;
                    accepted += usize::from(answer.is_ok());
                    all += 1;
                }
                (accepted, all)
            });
        }
        let mut accepted = 0;
        while let Some(ended) = tasks.join_next().await {
            let (theirs, all) = ended?;
            accepted += theirs;
            answered += all;
        }
        if accepted != service.subjects.len() {
            return Err(
                format!("{accepted} of {} sign-ins were accepted", service.subjects.len()).into()
            );
        }
    }
    Ok((answered, begun.elapsed()))
}

/// Measures the baseline: a load and a swap, with the same number of callers.
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
                    let record = Record::new(next, vec![7; size]);
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
