//! What cargo-mutants would break, as it lists it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

/// One small way to break the crate.
pub struct Mutant {
    /// Its place and what is done, as cargo-mutants writes it.
    pub name: String,
    pub file: String,
    pub kind: Kind,
    /// Line and column, both from one, in characters.
    pub at: (usize, usize),
    pub replacement: String,
    /// Whether its function answers a type that only the body names.
    pub is_opaque: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A function answers this instead of doing its work.
    Body,
    /// An operator between two sides, or one that assigns.
    Binary,
    Unary,
    Guard,
    Arm,
    /// A field of a struct that takes what it is not given from another.
    Field,
    /// None that can be switched while the program runs.
    Other,
}

/// The output of `cargo mutants --list --json`.
pub fn read(path: &Path) -> Vec<Mutant> {
    let text = fs::read_to_string(path).expect("the list is there");
    let list: Vec<Value> = serde_json::from_str(&text).expect("the list is JSON");
    list.iter().map(mutant).collect()
}

/// Keeps those that `told`, the output of a run, says were missed. Lines may have moved since.
pub fn keep(mutants: &mut Vec<Mutant>, told: &str) {
    fn what(name: &str) -> Option<(&str, &str)> {
        let (place, what) = name.split_once(": ")?;
        Some((place.split(':').next()?, what))
    }
    let missed = told.lines().filter_map(|line| line.split_once("missed: "));
    let missed = missed.chain(told.lines().filter_map(|line| line.split_once("not reached: ")));
    let missed: BTreeSet<_> = missed.filter_map(|(_, name)| what(name)).collect();
    mutants.retain(|mutant| what(&mutant.name).is_some_and(|it| missed.contains(&it)));
}

/// The mutants of each file, by their numbers in the list.
pub fn by_file(mutants: &[Mutant]) -> BTreeMap<&str, Vec<usize>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (number, mutant) in mutants.iter().enumerate() {
        files.entry(mutant.file.as_str()).or_default().push(number);
    }
    files
}

fn mutant(value: &Value) -> Mutant {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| value["span"]["start"][key].as_u64().expect("a place") as usize;
    Mutant {
        name: text("name"),
        file: text("file"),
        kind: match value["genre"].as_str() {
            Some("FnValue") => Kind::Body,
            Some("BinaryOperator") => Kind::Binary,
            Some("UnaryOperator") => Kind::Unary,
            Some("MatchArmGuard") => Kind::Guard,
            Some("MatchArm") => Kind::Arm,
            Some("StructField") => Kind::Field,
            _ => Kind::Other,
        },
        at: (number("line"), number("column")),
        replacement: text("replacement"),
        is_opaque: value["function"]["return_type"].as_str().unwrap_or_default().contains("impl "),
    }
}
