//! The mutants that cargo-mutants lists.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

/// One mutant.
pub struct Mutant {
    /// Its location and description, as cargo-mutants prints them.
    pub name: String,
    pub file: String,
    pub kind: Kind,
    /// Line and column, in characters, starting at 1.
    pub at: (usize, usize),
    pub replacement: String,
    /// Whether the return type of its function contains `impl Trait`.
    pub is_opaque: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The function returns `replacement` immediately.
    Body,
    /// A binary or an assignment operator is replaced.
    Binary,
    /// A unary operator is removed.
    Unary,
    /// A guard of a match arm is replaced by `true` or `false`.
    Guard,
    /// A match arm is removed.
    Arm,
    /// A field is removed from a struct expression with a base expression.
    Field,
    /// A mutant that cannot be switched at run time.
    Other,
}

/// Reads the output of `cargo mutants --list --json`.
pub fn read(path: &Path) -> Vec<Mutant> {
    let text = fs::read_to_string(path).expect("the list exists");
    let list: Vec<Value> = serde_json::from_str(&text).expect("the list is JSON");
    list.iter().map(mutant).collect()
}

/// Keeps the mutants that were missed according to `output`, the output of an earlier run.
///
/// Line numbers are ignored, because the lines may have moved.
pub fn keep_missed(mutants: &mut Vec<Mutant>, output: &str) {
    fn description(name: &str) -> Option<(&str, &str)> {
        let (location, what) = name.split_once(": ")?;
        Some((location.split(':').next()?, what))
    }
    let missed = output.lines().filter_map(|line| line.split_once("missed: "));
    let missed = missed.chain(output.lines().filter_map(|line| line.split_once("not reached: ")));
    let missed: BTreeSet<_> = missed.filter_map(|(_, name)| description(name)).collect();
    mutants.retain(|mutant| description(&mutant.name).is_some_and(|it| missed.contains(&it)));
}

/// Groups the mutants by file, as their indices in the list.
pub fn by_file(mutants: &[Mutant]) -> BTreeMap<&str, Vec<usize>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (number, mutant) in mutants.iter().enumerate() {
        files.entry(mutant.file.as_str()).or_default().push(number);
    }
    files
}

fn mutant(value: &Value) -> Mutant {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| value["span"]["start"][key].as_u64().expect("a position") as usize;
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
