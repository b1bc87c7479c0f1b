//! Runs each test alone: once to see which breaks it reaches, then with those breaks.

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

/// What takes longer by itself sees what others see too, and is left out.
const LONGEST: Duration = Duration::from_secs(10);

/// What many tests reach and none sees by then is missed.
const ENOUGH: Duration = Duration::from_secs(40);

/// A test of a program.
pub struct Test {
    program: PathBuf,
    name: String,
}

/// How a break fared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Caught,
    /// What was broken went on for twenty times as long, or for ten seconds.
    Timeout,
    Missed,
}

/// The tests of these programs.
pub fn tests(programs: &[PathBuf]) -> Vec<Test> {
    let mut tests = Vec::new();
    for program in programs {
        let list = Command::new(program).args(["--list", "--format", "terse"]).output();
        let list = String::from_utf8(list.expect("it lists its tests").stdout).expect("UTF-8");
        for name in list.lines().filter_map(|line| line.strip_suffix(": test")) {
            tests.push(Test { program: program.clone(), name: name.to_owned() });
        }
    }
    tests
}

/// For each break the tests that reach it, the quickest first, with the time that each takes.
pub fn reached(root: &Path, tests: &[Test]) -> BTreeMap<usize, Vec<(Duration, usize)>> {
    let reached = Mutex::new(BTreeMap::<_, Vec<_>>::new());
    side_by_side(tests.len(), |at| {
        let test = &tests[at];
        let path = root.join(format!("reached.{at}"));
        let start = Instant::now();
        let fate = run(root, test, LONGEST, "MUTANT_REACHED", path.as_os_str());
        let took = start.elapsed();
        if fate != Fate::Missed {
            let why = if fate == Fate::Timeout { "takes long" } else { "fails as it is" };
            eprintln!("{why}, and is left out: {}", test.name);
            return;
        }
        let numbers = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        let mut reached = reached.lock().expect("nobody panics");
        for number in numbers.lines().filter_map(|line| line.parse().ok()) {
            reached.entry(number).or_default().push((took, at));
        }
    });
    let mut reached = reached.into_inner().expect("nobody panics");
    reached.values_mut().for_each(|tests| tests.sort_unstable());
    reached
}

/// Breaks the crate in these ways, one after the other, and tells of each as it goes.
pub fn fates(
    root: &Path,
    tests: &[Test],
    numbers: &[usize],
    reached: &BTreeMap<usize, Vec<(Duration, usize)>>,
    told: impl Fn(usize, Fate) + Sync,
) -> BTreeMap<usize, Fate> {
    let fates = Mutex::new(BTreeMap::new());
    side_by_side(numbers.len(), |at| {
        let number = numbers[at];
        let text = number.to_string();
        let mut fate = Fate::Missed;
        let begun = Instant::now();
        for (took, test) in reached.get(&number).into_iter().flatten() {
            if begun.elapsed() > ENOUGH {
                break;
            }
            let limit = Duration::from_secs(10).max(*took * 20);
            fate = run(root, &tests[*test], limit, "MUTANT", text.as_ref());
            if fate != Fate::Missed {
                break;
            }
        }
        told(number, fate);
        fates.lock().expect("nobody panics").insert(number, fate);
    });
    fates.into_inner().expect("nobody panics")
}

fn run(root: &Path, test: &Test, limit: Duration, key: &str, value: &std::ffi::OsStr) -> Fate {
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
        .expect("the program is there");
    match status.code() {
        Some(0) => Fate::Missed,
        // What `timeout` answers where time was up.
        Some(124) => Fate::Timeout,
        _ => Fate::Caught,
    }
}

fn side_by_side(count: usize, work: impl Fn(usize) + Sync) {
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
