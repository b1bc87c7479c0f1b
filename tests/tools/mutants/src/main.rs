//! Mutation testing with mutant schemata.
//!
//! `.ci/mutants.sh` runs this program. It writes all mutants of `cargo mutants --list` into a copy
//! of the sources. Each mutant is behind a switch, which an environment variable turns on. One
//! build then serves all mutants:
//!
//! 1. Build the tests. Mutants that do not compile are removed and counted as unviable.
//! 2. Run each test once without a mutant, and record which mutants it reaches.
//! 3. Run each mutant with the tests that reach it, the fastest first, until one fails.
//!
//! A mutant is caught if a test fails, a timeout if a test exceeds its time limit, and missed
//! otherwise. Mutants that cannot be switched at run time are listed in a file, for cargo-mutants
//! itself.

mod build;
mod list;
mod run;
mod schemata;

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::ExitCode};

use run::Outcome;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let [list, root, rest] = std::array::from_fn(|_| args.next().unwrap_or_default());
    let tests: Vec<_> = args.collect();
    if tests.is_empty() {
        eprintln!("usage: second-factor-mutants LIST.json TREE REST TEST...");
        return ExitCode::from(2);
    }

    let root = PathBuf::from(root);
    let mut mutants = list::read(list.as_ref());
    if let Some(output) = env::var_os("MISSED_IN") {
        list::keep_missed(&mut mutants, &fs::read_to_string(output).expect("the output of a run"));
    }
    let mut tree = build::Tree::new(root.clone(), mutants);
    let built = tree.build(&tests);
    let name = |number: usize| tree.mutants[number].name.as_str();
    let tests = run::tests(&built.programs);
    eprintln!("{} mutants are built in, {} tests", built.numbers.len(), tests.len());
    let reached = run::reached(&root, &tests);
    let is_rest = |number: &usize| match built.numbers.contains(number) {
        // Only the compiler called the `const fn`, and no test did.
        true => built.in_const_fn.contains(number) && !reached.contains_key(number),
        false => !built.unviable.contains(number),
    };
    let others: Vec<_> = (0..tree.mutants.len()).filter(is_rest).collect();
    let lines: String = others.iter().map(|number| format!("{}\n", name(*number))).collect();
    fs::write(rest, lines).expect("the file is writable");
    let numbers: Vec<_> = built.numbers.iter().copied().filter(|number| !is_rest(number)).collect();
    let outcomes = run::outcomes(&root, &tests, &numbers, &reached, |number, outcome| {
        if outcome == Outcome::Missed {
            let kind = if reached.contains_key(&number) { "missed" } else { "not reached" };
            println!("{kind}: {}", name(number));
        }
    });

    let mut folders = BTreeMap::<_, [usize; 3]>::new();
    for (&number, &outcome) in &outcomes {
        let path = tree.mutants[number].file.trim_start_matches("src/");
        let folder = path.split(['/', '.']).next().unwrap_or_default();
        folders.entry(folder).or_default()[outcome as usize] += 1;
    }
    println!("\n| folder | caught | timeout | missed |\n|---|--:|--:|--:|");
    for (folder, [caught, timeout, missed]) in &folders {
        println!("| `{folder}` | {caught} | {timeout} | {missed} |");
    }
    println!(
        "\nunviable: {}; not switchable, for cargo-mutants: {}",
        built.unviable.len(),
        others.len()
    );
    ExitCode::from(u8::from(outcomes.values().any(|outcome| *outcome == Outcome::Missed)))
}
