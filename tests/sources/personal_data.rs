//! The fields that the manual page `personal_data` withholds.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeSet;
use std::{fs, path::Path};

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

const fn is_name(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_' || symbol == ':'
}

/// The name that ends where `text` does.
fn last_name(text: &str) -> &str {
    let text = text.trim_end();
    let start = text.rfind(|symbol| !is_name(symbol)).map_or(0, |at| at + 1);
    &text[start..]
}

/// The struct or variant whose pattern is open at the end of `text`.
fn enclosing(text: &str) -> &str {
    let mut open = 0;
    for (at, symbol) in text.char_indices().rev() {
        match symbol {
            '}' => open += 1,
            '{' if open == 0 => return last_name(&text[..at]),
            '{' => open -= 1,
            _ => {}
        }
    }
    ""
}

/// Each `Struct.field` that a pattern names and ignores, and each variant whose value it ignores.
fn ignored(source: &str) -> BTreeSet<String> {
    let fields = source.match_indices(": _").map(|(at, _)| {
        let field = last_name(&source[..at]);
        format!("{}.{field}", enclosing(&source[..at - field.len()]))
    });
    let variants = source.match_indices("(_)").map(|(at, _)| last_name(&source[..at]).to_owned());
    fields.chain(variants).collect()
}

/// The names in the first column of the table below a heading, and the reasons in the second.
fn table(page: &str, heading: &str) -> Vec<(Vec<String>, String)> {
    let section = page.split_once(heading).expect("the page has the heading").1;
    let section = section.split("\n# ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches(['|', ' ']).split_once(" | ").unwrap());
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    cells.map(|(cell, reason)| (names(cell), reason.trim().to_owned())).collect()
}

#[test]
fn withheld_fields_all_have_a_reason_in_the_manual() {
    let code = ignored(&read("src/subject/record/personal_items.rs"));
    let rows = table(&read("src/manual/personal_data.md"), "# What is withheld");
    assert!(rows.iter().all(|(_, reason)| reason.len() > 10), "{rows:?}");
    let page: BTreeSet<String> = rows.into_iter().flat_map(|(names, _)| names).collect();
    let (missing, stale): (Vec<_>, Vec<_>) =
        (code.difference(&page).collect(), page.difference(&code).collect());
    assert!(missing.is_empty() && stale.is_empty(), "missing {missing:?}, stale {stale:?}");
    assert!(code.len() > 40, "found only {} fields: the parser is faulty", code.len());
}

/// A pattern with `..` would hide a new field.
#[test]
fn personal_items_take_structs_apart_completely() {
    let source = read("src/subject/record/personal_items.rs");
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let rests: Vec<&str> =
        code.filter(|line| line.contains("..") && !line.contains("[..]")).collect();
    assert_eq!(rests, Vec::<&str>::new());
}

#[test]
fn parser_finds_fields_of_nested_patterns() {
    let source =
        "let A { b: _, c: D { e: _, f } } = a; match g { H::I(_) => {} J::K { l: _ } => {} }";
    let expected = ["A.b", "D.e", "H::I", "J::K.l"].map(str::to_owned);
    assert_eq!(ignored(source), expected.into_iter().collect());
}
