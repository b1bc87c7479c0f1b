//! Calls of the API, compared with the manual's table.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path};

/// The types whose methods are calls, with the paths of their public names.
const TYPES: [&str; 3] = ["Verifier", "verifier::Operations", "verifier::Support"];

#[test]
fn manual_lists_what_each_call_needs_once() {
    let (listing, page) = (read("tests/public_api.txt"), read("src/manual/types.md"));
    let calls = calls(&listing);
    assert!(calls.len() > 50, "only {} calls were found", calls.len());
    assert_eq!(listed(&page), calls);
}

#[test]
fn calls_missing_from_the_table_are_found() {
    let listing = "pub async fn second_factor::Verifier::next(&self)\n\
        pub fn second_factor::verifier::Support::reset(&self)\n\
        pub const fn second_factor::Verified::epoch(&self)\n\
        pub struct second_factor::Verifier\n";
    assert_eq!(calls(listing), ["Verifier::next", "verifier::Support::reset"]);
    let cell = |path: &str| format!("| a | [`x`](crate::{path}), [`y`](crate::Proof::totp) |\n");
    let page = |cells: &str| format!("# Other\n{}{HEADING}{cells}\n# Next", cell("Verifier::new"));
    assert_eq!(listed(&page(&cell("Verifier::next"))), ["Verifier::next"]);
    let twice = cell("Verifier::next").repeat(2);
    assert_eq!(listed(&page(&twice)), ["Verifier::next", "Verifier::next"]);
    assert_eq!(listed("# Other"), [""; 0]);
}

/// The methods of the listing, sorted.
fn calls(listing: &str) -> Vec<String> {
    let paths = listing.lines().filter_map(|line| {
        let (_, path) = line.split_once("fn second_factor::")?;
        let end = path.find(['(', '<'])?;
        path.get(..end)
    });
    sorted(paths)
}

/// The links of the table and of the list below it, sorted.
fn listed(page: &str) -> Vec<String> {
    let (_, section) = page.split_once(HEADING).unwrap_or_default();
    let section = section.split("\n# ").next().unwrap_or_default();
    // The first cell of a row names the value.
    let cells = section.lines().map(|line| line.rsplit_once(" | ").map_or(line, |(_, last)| last));
    let links = cells.flat_map(|cell| cell.split("](crate::").skip(1));
    sorted(links.filter_map(|link| link.split(')').next()))
}

fn sorted<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_call = |path: &&str| path.rsplit_once("::").is_some_and(|(of, _)| TYPES.contains(&of));
    let mut calls: Vec<String> = paths.filter(is_call).map(str::to_owned).collect();
    calls.sort();
    calls
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

const HEADING: &str = "# Which call needs which value\n";
