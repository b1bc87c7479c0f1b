//! Breaks the crate in each way that cargo-mutants knows, all of them built into one program.
//!
//! `.ci/mutants.sh` runs this. It writes every break into a copy of the sources behind a question that the
//! environment answers, builds the tests once, and looks which test reaches which break. Then each
//! break is switched on and met with the tests that reach it, until one fails. What cannot be
//! switched so is named in a file, for cargo-mutants itself.

mod build;
mod list;
mod rewrite;
mod run;

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::ExitCode};

use run::Fate;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let [list, root, left] = std::array::from_fn(|_| args.next().unwrap_or_default());
    let tests: Vec<_> = args.collect();
    if tests.is_empty() {
        eprintln!("mutants LIST.json TREE LEFT TEST...");
        return ExitCode::from(2);
    }

    let root = PathBuf::from(root);
    let mut mutants = list::read(list.as_ref());
    if let Some(told) = env::var_os("AGAIN") {
        list::keep(&mut mutants, &fs::read_to_string(told).expect("there was a run before"));
    }
    let mut tree = build::Tree::new(root.clone(), mutants);
    let built = tree.build(&tests);
    let name = |number: usize| tree.mutants[number].name.as_str();
    let tests = run::tests(&built.programs);
    eprintln!("{} breaks are built in, {} tests", built.numbers.len(), tests.len());
    let reached = run::reached(&root, &tests);
    let is_left = |number: &usize| match built.numbers.contains(number) {
        // The compiler may have called it, and no test.
        true => built.constant.contains(number) && !reached.contains_key(number),
        false => !built.unviable.contains(number),
    };
    let others: Vec<_> = (0..tree.mutants.len()).filter(is_left).collect();
    let lines: String = others.iter().map(|number| format!("{}\n", name(*number))).collect();
    fs::write(left, lines).expect("it can be written");
    let numbers: Vec<_> = built.numbers.iter().copied().filter(|number| !is_left(number)).collect();
    let fates = run::fates(&root, &tests, &numbers, &reached, |number, fate| {
        if fate == Fate::Missed {
            let by = if reached.contains_key(&number) { "missed" } else { "not reached" };
            println!("{by}: {}", name(number));
        }
    });

    let mut rooms = BTreeMap::<_, [usize; 3]>::new();
    for (&number, &fate) in &fates {
        let path = tree.mutants[number].file.trim_start_matches("src/");
        let room = path.split(['/', '.']).next().unwrap_or_default();
        rooms.entry(room).or_default()[fate as usize] += 1;
    }
    println!("\n| where | caught | went on for ever | missed |\n|---|--:|--:|--:|");
    for (room, [caught, timeout, missed]) in &rooms {
        println!("| `{room}` | {caught} | {timeout} | {missed} |");
    }
    println!(
        "\nno compiler takes {}; left to cargo-mutants: {}",
        built.unviable.len(),
        others.len()
    );
    ExitCode::from(u8::from(fates.values().any(|fate| *fate == Fate::Missed)))
}
