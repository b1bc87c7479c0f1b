//! Test runs, one test in one process.
//!
//! Each test runs once to record the mutants that it reaches, and then with these mutants.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Tests that take longer without a mutant are skipped. Faster tests cover the same code.
const LONGEST: Duration = Duration::from_secs(10);

/// A mutant that no test has caught after this time is missed.
const ENOUGH: Duration = Duration::from_secs(40);

/// One test of a test program.
pub struct Test {
    program: PathBuf,
    name: String,
}

/// The outcome of one mutant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Caught,
    /// A test took 20 times as long as without the mutant, and at least ten seconds.
    Timeout,
    Missed,
}

/// Lists the tests of these programs.
pub fn tests(programs: &[PathBuf]) -> Vec<Test> {
    let mut tests = Vec::new();
    for program in programs {
        let list = Command::new(program).args(["--list", "--format", "terse"]).output();
        let list =
            String::from_utf8(list.expect("the program lists its tests").stdout).expect("UTF-8");
        for name in list.lines().filter_map(|line| line.strip_suffix(": test")) {
            tests.push(Test { program: program.clone(), name: name.to_owned() });
        }
    }
    tests
}

/// Returns the tests that reach each mutant, the fastest first, with their durations.
pub fn reached(root: &Path, tests: &[Test]) -> BTreeMap<usize, Vec<(Duration, usize)>> {
    let reached = Mutex::new(BTreeMap::<_, Vec<_>>::new());
    in_parallel(tests.len(), |at| {
        let test = &tests[at];
        let path = root.join(format!("reached.{at}"));
        let start = Instant::now();
        let outcome = run(root, test, LONGEST, "MUTANT_REACHED", path.as_os_str());
        let took = start.elapsed();
        if outcome != Outcome::Missed {
            let why = if outcome == Outcome::Timeout { "slow" } else { "fails without a mutant" };
            eprintln!("skipped, {why}: {}", test.name);
            return;
        }
        let numbers = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        let mut reached = reached.lock().expect("no thread panics");
        for number in numbers.lines().filter_map(|line| line.parse().ok()) {
            reached.entry(number).or_default().push((took, at));
        }
    });
    let mut reached = reached.into_inner().expect("no thread panics");
    reached.values_mut().for_each(|tests| tests.sort_unstable());
    reached
}

/// Runs these mutants and passes each outcome to `report` as soon as it is known.
pub fn outcomes(
    root: &Path,
    tests: &[Test],
    numbers: &[usize],
    reached: &BTreeMap<usize, Vec<(Duration, usize)>>,
    report: impl Fn(usize, Outcome) + Sync,
) -> BTreeMap<usize, Outcome> {
    let outcomes = Mutex::new(BTreeMap::new());
    in_parallel(numbers.len(), |at| {
        let number = numbers[at];
        let text = number.to_string();
        let mut outcome = Outcome::Missed;
        let begun = Instant::now();
        for (took, test) in reached.get(&number).into_iter().flatten() {
            if begun.elapsed() > ENOUGH {
                break;
            }
            let limit = Duration::from_secs(10).max(*took * 20);
            outcome = run(root, &tests[*test], limit, "MUTANT", text.as_ref());
            if outcome != Outcome::Missed {
                break;
            }
        }
        report(number, outcome);
        outcomes.lock().expect("no thread panics").insert(number, outcome);
    });
    outcomes.into_inner().expect("no thread panics")
}

fn run(root: &Path, test: &Test, limit: Duration, key: &str, value: &std::ffi::OsStr) -> Outcome {
    let status = Command::new("timeout")
        .arg(limit.as_secs().to_string())
        .arg(&test.program)
        .args(["--exact", &test.name])
        .env(key, value)
        .env("CARGO_MANIFEST_DIR", root)
        .env("RUST_BACKTRACE", "0")
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("`timeout` starts");
    match status.code() {
        Some(0) => Outcome::Missed,
        // The exit code of `timeout` at the limit.
        Some(124) => Outcome::Timeout,
        _ => Outcome::Caught,
    }
}

fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let workers = env::var("WORKERS").ok().and_then(|it| it.parse().ok());
    let workers = workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    work(at);
                }
            });
        }
    });
}
