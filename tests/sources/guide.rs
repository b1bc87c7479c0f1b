//! Code blocks of the axum guide match the examples.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path};

/// Lines of the example that the guide shows.
struct Snippet {
    name: String,
    lines: String,
}

#[test]
fn guide_blocks_all_occur_in_the_example() {
    let (snippets, blocks) = (snippets(), blocks());
    assert!(blocks.len() > 5, "only {} blocks were found", blocks.len());
    for block in &blocks {
        assert!(snippets.iter().any(|one| one.lines == *block), "not in the example:\n{block}");
    }
}

#[test]
fn example_snippets_all_occur_in_the_guide() {
    let blocks = blocks();
    for Snippet { name, lines } in snippets() {
        assert!(blocks.contains(&lines), "not in the guide: {name}");
    }
}

fn blocks() -> Vec<String> {
    let guide = fs::read_to_string(root().join("src/manual/axum.md")).unwrap();
    let parts = guide.split("```rust,ignore\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

fn snippets() -> Vec<Snippet> {
    let mut found = Vec::new();
    for folder in ["examples/web/src", "examples/axum/examples", "examples/axum/to_copy"] {
        read(&root().join(folder), &mut found);
    }
    found
}

fn read(folder: &Path, found: &mut Vec<Snippet>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split("// guide: ").skip(1).map(snippet));
        }
    }
}

/// The lines up to the end marker, without their common indentation.
fn snippet(text: &str) -> Snippet {
    let (name, rest) = text.split_once('\n').unwrap();
    let (lines, _) = rest.split_once("// end of guide").unwrap();
    let lines: Vec<&str> = lines.trim_end().lines().collect();
    let full = || lines.iter().filter(|line| !line.is_empty());
    let indent = full().map(|line| line.len() - line.trim_start().len()).min().unwrap();
    let cut = |line: &&str| format!("{}\n", line.get(indent..).unwrap_or_default());
    Snippet { name: name.to_owned(), lines: lines.iter().map(cut).collect() }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
