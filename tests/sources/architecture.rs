//! The manual page `architecture` against the source files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

/// The most files that one code may pass on its way.
const MOST_FILES: usize = 20;

#[test]
fn architecture_names_only_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = page();
    let named: BTreeSet<&str> = paths(&page).collect();
    assert!(named.len() > 20, "only {} paths were found", named.len());
    for path in named {
        assert!(root.join(path).exists(), "{path} does not exist");
    }
}

#[test]
fn one_code_passes_few_files_and_none_three_times() {
    let page = page();
    let trip = page.split("# One TOTP code").nth(1).unwrap();
    let trip = trip.split("\n# ").next().unwrap();
    let mut visits: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths(trip) {
        *visits.entry(path).or_default() += 1;
    }
    assert!((10..=MOST_FILES).contains(&visits.len()), "{} files", visits.len());
    for (path, count) in visits {
        assert!(count <= 2, "{path} is entered {count} times");
    }
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/architecture.md");
    fs::read_to_string(path).unwrap()
}

/// The source paths in backticks.
fn paths(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').filter(|text| text.starts_with("src/"))
}
