//! Builds the switched crate; what does not compile is left out, and tried again.

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    list::{Kind, Mutant, by_file},
    rewrite::switched,
};

/// A copy of the crate, in which the sources are written over.
pub struct Tree {
    pub root: PathBuf,
    pub mutants: Vec<Mutant>,
    sources: Vec<(String, String, Vec<usize>)>,
    constant: BTreeSet<usize>,
    dropped: BTreeSet<usize>,
    /// Those of `dropped` that no compiler takes.
    unviable: BTreeSet<usize>,
    /// Where the answers in place of bodies stand now.
    answers: Vec<(String, Range<usize>, usize)>,
    /// On which line the `match` begins of which an arm may be left out.
    matches: Vec<(String, usize, usize)>,
}

/// What was built.
pub struct Built {
    /// The programs of tests.
    pub programs: Vec<PathBuf>,
    /// The mutants that can be switched on.
    pub numbers: BTreeSet<usize>,
    /// Those that no compiler takes.
    pub unviable: BTreeSet<usize>,
    /// Those in functions that the compiler may have called, and no test.
    pub constant: BTreeSet<usize>,
}

impl Tree {
    pub fn new(root: PathBuf, mutants: Vec<Mutant>) -> Self {
        let read = |file: &str| fs::read_to_string(root.join(file)).expect("the file is there");
        let sources = by_file(&mutants)
            .into_iter()
            .map(|(file, numbers)| (file.to_owned(), read(file), numbers))
            .collect();
        Self {
            root,
            mutants,
            sources,
            constant: BTreeSet::new(),
            dropped: BTreeSet::new(),
            unviable: BTreeSet::new(),
            answers: Vec::new(),
            matches: Vec::new(),
        }
    }

    /// Builds these programs of tests, and the unit tests.
    pub fn build(&mut self, tests: &[String]) -> Built {
        let front = self.root.join("src/lib.rs");
        let text = fs::read_to_string(&front).expect("there is a front page");
        let features =
            "#![feature(const_eval_select, core_intrinsics)]\n#![allow(internal_features)]\n";
        let text = features.to_owned() + &text + include_str!("switched.txt");
        fs::write(front, text).expect("it can be written");
        loop {
            let numbers = self.write();
            let (messages, is_built) = self.cargo(tests);
            if is_built {
                let programs = messages.iter().filter(|it| it["profile"]["test"] == true);
                let programs = programs.filter_map(|it| it["executable"].as_str());
                let programs = programs.map(PathBuf::from).collect();
                let (unviable, constant) = (self.unviable.clone(), self.constant.clone());
                return Built { programs, numbers, unviable, constant };
            }
            let before = self.dropped.len();
            messages.iter().for_each(|message| self.leave_out(&message["message"]));
            let now = self.dropped.len();
            eprintln!("left out: {now} breaks");
            if now == before {
                for message in &messages {
                    eprintln!("{}", message["message"]["rendered"].as_str().unwrap_or_default());
                }
                panic!("the errors lead to no break");
            }
        }
    }

    fn write(&mut self) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        self.answers.clear();
        self.matches.clear();
        self.constant.clear();
        for (file, source, numbers) in &self.sources {
            let left: Vec<_> =
                numbers.iter().copied().filter(|it| !self.dropped.contains(it)).collect();
            let switched = switched(source, &self.mutants, &left);
            fs::write(self.root.join(file), switched.text).expect("the tree can be written");
            all.extend(switched.numbers);
            self.constant.extend(switched.constant);
            let answers = switched.answers.into_iter();
            self.answers.extend(answers.map(|(range, number)| (file.clone(), range, number)));
            let matches = switched.matches.into_iter();
            self.matches.extend(matches.map(|(line, number)| (file.clone(), line, number)));
        }
        all
    }

    fn cargo(&self, tests: &[String]) -> (Vec<Value>, bool) {
        let output = Command::new("cargo")
            .args(["test", "--no-run", "--locked", "--profile", "mutants", "--lib"])
            .args(tests.iter().flat_map(|test| ["--test", test]))
            .args(["--message-format", "json"])
            .env("RUSTFLAGS", "--cap-lints allow")
            // For the one function that tells whether the compiler calls it or the program.
            .env("RUSTC_BOOTSTRAP", "1")
            // Outside the tree, which is made anew each time.
            .env("CARGO_TARGET_DIR", self.root.join("../built"))
            .current_dir(&self.root)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        (messages, output.status.success())
    }

    /// Finds what an error of the compiler is about.
    fn leave_out(&mut self, message: &Value) {
        if message["level"] != "error" {
            return;
        }
        let spans = message["spans"].as_array().into_iter().flatten();
        for span in spans.filter(|span| span["is_primary"] == true) {
            self.leave_out_at(span, message["code"]["code"] == "E0004");
        }
    }

    /// `of_match`: it is missed at the `match` that an arm is gone, and not at the arm.
    fn leave_out_at(&mut self, span: &Value, of_match: bool) {
        let number = |key: &str| span[key].as_u64().unwrap_or_default() as usize;
        let lines = number("line_start")..=number("line_end");
        let of_file = |file: &str| span["file_name"] == file;
        let start = number("byte_start");
        if let Some((.., answer)) =
            self.answers.iter().find(|(file, range, _)| of_file(file) && range.contains(&start))
        {
            self.dropped.insert(*answer);
            self.unviable.insert(*answer);
            return;
        }
        if of_match {
            let there = self.matches.iter();
            let there = there.filter(|(file, line, _)| of_file(file) && lines.contains(line));
            let there: Vec<_> = there.map(|(.., number)| *number).collect();
            // Without them all the `match` misses something; and the arms of a `match` that has none for all
            // the rest are each there for something.
            self.dropped.extend(&there);
            self.unviable.extend(there);
            return;
        }
        for (number, mutant) in self.mutants.iter().enumerate() {
            if of_file(&mutant.file) && lines.contains(&mutant.at.0) && mutant.kind != Kind::Body {
                self.dropped.insert(number);
            }
        }
    }
}
