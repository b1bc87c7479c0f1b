//! Coverage of refusal reasons and events by tests.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The variants of an enum, parsed from its source.
fn variants(file: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let body = text.split_once(&format!("pub enum {name} {{")).unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    let is_name = |symbol: char| symbol.is_ascii_alphanumeric();
    names.map(|line| line.chars().take_while(|symbol| is_name(*symbol)).collect()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn texts(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The model only matches on variants; it does not assert that they occur.
        if path.is_dir() && !path.ends_with("model") {
            texts(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn missing(file: &str, name: &str) -> Vec<String> {
    let mut tests = String::new();
    texts(&root().join("tests"), &mut tests);
    let all = variants(file, name);
    assert!(all.len() > 20, "only {} variants were found", all.len());
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric());
    let is_named = |variant: &String| {
        let path = format!("{name}::{variant}");
        tests.match_indices(&path).any(|(at, _)| is_end(&tests[at + path.len()..]))
    };
    all.into_iter().filter(|variant| !is_named(variant)).collect()
}

#[test]
fn every_reason_is_covered_by_a_test() {
    assert_eq!(missing("src/denial/reason.rs", "Reason"), Vec::<String>::new());
}

#[test]
fn every_event_is_covered_by_a_test() {
    assert_eq!(missing("src/event.rs", "Event"), Vec::<String>::new());
}
