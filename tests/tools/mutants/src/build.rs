//! Build of all mutants at once.
//!
//! If the build fails, the mutants at the errors are removed and the build is repeated.

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
    schemata::schemata,
};

/// A copy of the crate whose sources are rewritten.
pub struct Tree {
    pub root: PathBuf,
    pub mutants: Vec<Mutant>,
    sources: Vec<(String, String, Vec<usize>)>,
    in_const_fn: BTreeSet<usize>,
    dropped: BTreeSet<usize>,
    /// Those of `dropped` that do not compile.
    unviable: BTreeSet<usize>,
    /// The positions of the replacement return values, in the rewritten files.
    returns: Vec<(String, Range<usize>, usize)>,
    /// The lines of `match` expressions with an arm that a mutant removes.
    matches: Vec<(String, usize, usize)>,
}

/// The result of a build.
pub struct Built {
    /// The test programs.
    pub programs: Vec<PathBuf>,
    /// The mutants that are built in.
    pub numbers: BTreeSet<usize>,
    /// The mutants that do not compile.
    pub unviable: BTreeSet<usize>,
    /// The mutants inside a `const fn`.
    pub in_const_fn: BTreeSet<usize>,
}

impl Tree {
    pub fn new(root: PathBuf, mutants: Vec<Mutant>) -> Self {
        let read = |file: &str| fs::read_to_string(root.join(file)).expect("the file exists");
        let sources = by_file(&mutants)
            .into_iter()
            .map(|(file, numbers)| (file.to_owned(), read(file), numbers))
            .collect();
        Self {
            root,
            mutants,
            sources,
            in_const_fn: BTreeSet::new(),
            dropped: BTreeSet::new(),
            unviable: BTreeSet::new(),
            returns: Vec::new(),
            matches: Vec::new(),
        }
    }

    /// Builds these test programs and the unit tests.
    pub fn build(&mut self, tests: &[String]) -> Built {
        let lib = self.root.join("src/lib.rs");
        let text = fs::read_to_string(&lib).expect("src/lib.rs exists");
        let features =
            "#![feature(const_eval_select, core_intrinsics)]\n#![allow(internal_features)]\n";
        let text = features.to_owned() + &text + include_str!("switch.rs.txt");
        fs::write(lib, text).expect("the tree is writable");
        loop {
            let numbers = self.write();
            let (messages, is_built) = self.cargo(tests);
            if is_built {
                let programs = messages.iter().filter(|it| it["profile"]["test"] == true);
                let programs = programs.filter_map(|it| it["executable"].as_str());
                let programs = programs.map(PathBuf::from).collect();
                let (unviable, in_const_fn) = (self.unviable.clone(), self.in_const_fn.clone());
                return Built { programs, numbers, unviable, in_const_fn };
            }
            let before = self.dropped.len();
            messages.iter().for_each(|message| self.drop_mutants(&message["message"]));
            let now = self.dropped.len();
            eprintln!("removed: {now} mutants");
            if now == before {
                for message in &messages {
                    eprintln!("{}", message["message"]["rendered"].as_str().unwrap_or_default());
                }
                panic!("no mutant causes these errors");
            }
        }
    }

    fn write(&mut self) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        self.returns.clear();
        self.matches.clear();
        self.in_const_fn.clear();
        for (file, source, numbers) in &self.sources {
            let left: Vec<_> =
                numbers.iter().copied().filter(|it| !self.dropped.contains(it)).collect();
            let file_schemata = schemata(source, &self.mutants, &left);
            fs::write(self.root.join(file), file_schemata.text).expect("the tree is writable");
            all.extend(file_schemata.numbers);
            self.in_const_fn.extend(file_schemata.in_const_fn);
            let returns = file_schemata.returns.into_iter();
            self.returns.extend(returns.map(|(range, number)| (file.clone(), range, number)));
            let matches = file_schemata.matches.into_iter();
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
            // For `const_eval_select`, which distinguishes const evaluation from run time.
            .env("RUSTC_BOOTSTRAP", "1")
            // Outside the tree, which is created again for each run.
            .env("CARGO_TARGET_DIR", self.root.join("../built"))
            .current_dir(&self.root)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo starts");
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        (messages, output.status.success())
    }

    /// Drops the mutants that caused a compiler error.
    fn drop_mutants(&mut self, message: &Value) {
        if message["level"] != "error" {
            return;
        }
        // The primary span is the position of the error. A value that a mutant moves is an error
        // where it is used again, and only a secondary span is the position of the move.
        let is_move = message["code"]["code"] == "E0382";
        let before = self.dropped.len();
        for is_primary in [true, false] {
            let spans = message["spans"].as_array().into_iter().flatten();
            for span in spans.filter(|span| span["is_primary"] == is_primary) {
                self.drop_mutants_at(span, message["code"]["code"] == "E0004");
            }
            if self.dropped.len() > before || !is_move {
                break;
            }
        }
    }

    /// `of_match`: for a removed arm, the compiler reports an error at the `match` and not at the
    /// arm.
    fn drop_mutants_at(&mut self, span: &Value, of_match: bool) {
        let number = |key: &str| span[key].as_u64().unwrap_or_default() as usize;
        let lines = number("line_start")..=number("line_end");
        let of_file = |file: &str| span["file_name"] == file;
        let start = number("byte_start");
        if let Some((.., number)) =
            self.returns.iter().find(|(file, range, _)| of_file(file) && range.contains(&start))
        {
            self.dropped.insert(*number);
            self.unviable.insert(*number);
            return;
        }
        if of_match {
            let there = self.matches.iter();
            let there = there.filter(|(file, line, _)| of_file(file) && lines.contains(line));
            let there: Vec<_> = there.map(|(.., number)| *number).collect();
            // Without these arms the `match` is not exhaustive. Each arm of a `match` without a
            // wildcard is necessary, so all these mutants are unviable.
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
