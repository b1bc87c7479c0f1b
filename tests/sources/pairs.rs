//! The pairs of the page `types`.
//!
//! Each example that must not compile differs in one line from one that compiles, so that it fails
//! for the documented reason.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path};

/// A code block: its info string and its lines.
type Block<'a> = (&'a str, Vec<&'a str>);

#[test]
fn pairs_differ_in_one_line_and_name_their_error() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/types.md");
    let page = fs::read_to_string(path).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 28, "only {} were found", blocks.len());
    for pair in blocks.chunks(2) {
        assert_eq!(flaw(pair), None, "{pair:#?}");
    }
}

#[test]
fn invalid_pairs_are_detected() {
    let pair = |kind: &'static str, line: &'static str| {
        vec![("rust", vec!["a", "b // here"]), (kind, vec!["a", line])]
    };
    assert_eq!(flaw(&pair("compile_fail,E0277", "c // here")), None);
    assert_eq!(flaw(&pair("compile_fail,lint", "c // here")), None);
    assert!(flaw(&pair("compile_fail", "c // here")).is_some());
    assert!(flaw(&pair("compile_fail,E277", "c // here")).is_some());
    assert!(flaw(&pair("rust", "c // here")).is_some());
    assert!(flaw(&pair("compile_fail,E0277", "c")).is_some());
    assert!(flaw(&pair("compile_fail,E0277", "b // here")).is_some());
    assert!(flaw(&pair("compile_fail,E0277", "c // here")[1..]).is_some());
    let mut two = pair("compile_fail,E0277", "c // here");
    two[1].1[0] = "z";
    assert!(flaw(&two).is_some());
}

fn flaw(pair: &[Block<'_>]) -> Option<&'static str> {
    let [(first, good), (second, bad)] = pair else { return Some("the second example is missing") };
    let code = second.strip_prefix("compile_fail,").unwrap_or_default();
    let number = code.strip_prefix('E').unwrap_or_default();
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let changed: Vec<_> = good.iter().zip(bad).filter(|(good, bad)| good != bad).collect();
    let is_marked = |line: &str| line.ends_with("// here");
    match changed[..] {
        _ if *first != "rust" => Some("the first example is marked as not compiling"),
        _ if !is_number && code != "lint" => Some("the second example names no error"),
        _ if good.len() != bad.len() => Some("the examples differ in length"),
        [(good, bad)] if is_marked(good) && is_marked(bad) => None,
        _ => Some("the examples differ in more than the marked line"),
    }
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let parts = page.split("```").skip(1).step_by(2);
    let parts = parts.map(|part| part.split_once('\n').unwrap());
    parts.map(|(kind, code)| (kind, code.lines().collect())).collect()
}
