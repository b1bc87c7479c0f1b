//! The fields of records, and the rules for new ones.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::fmt::Write as _;
use std::{fs, path::Path};

/// The fields of all stored types, each with the format that added it.
const LISTING: &str = "tests/golden/fields.txt";
/// The newest format, of which new fields are.
const FORMAT: u8 = 1;

/// One stored field or variant.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    format: u8,
    /// The file, the type, the attribute and the declaration.
    text: String,
}

/// A field that is added must be listed here, by `write_stored_fields`.
#[test]
fn stored_fields_are_those_of_the_listing() {
    let (listed, found) = (listed(), found());
    let texts: Vec<&str> = listed.iter().map(|field| field.text.as_str()).collect();
    assert!(found.len() > 150, "{}", found.len());
    for text in &found {
        assert!(texts.contains(&text.as_str()), "a field without a format: {text}");
    }
    for text in texts {
        assert!(found.iter().any(|other| other == text), "a field is gone or changed: {text}");
    }
}

/// Another field would make every older record unreadable, or inexact.
#[test]
fn later_field_can_be_absent() {
    for field in listed() {
        assert_eq!(flaw(&field), None, "{}", field.text);
    }
}

#[test]
fn field_that_cannot_be_absent_is_found() {
    let of = |format, text: &str| flaw(&Field { format, text: text.to_owned() });
    assert_eq!(of(2, "state.rs State n(20) new: Option<u64>"), None);
    assert_eq!(
        of(2, "state.rs State n(20), with = \"unless_default\", has_nil new: Vec<u64>"),
        None
    );
    assert_eq!(of(2, "lease.rs LeaseTarget n(5) Key {"), None, "a variant");
    assert_eq!(of(1, "state.rs State n(1) factors: Factors"), None);
    assert!(of(2, "state.rs State n(20) new: Vec<u64>").is_some());
    let with = "state.rs State n(20), with = \"address\" new: Option<Address>";
    assert!(of(1, with).is_some() && of(2, with).is_some());
}

/// Run `cargo test --test sources write_stored_fields -- --ignored` after a field was added.
#[test]
#[ignore = "writes the file that the other tests read"]
fn write_stored_fields() {
    let known = listed();
    let mut lines =
        String::from("# The fields of records, each behind the format that added it.\n");
    for text in found() {
        let format = known.iter().find(|field| field.text == text).map(|field| field.format);
        writeln!(lines, "{} {text}", format.unwrap_or(FORMAT)).unwrap();
    }
    fs::write(root().join(LISTING), lines).unwrap();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Why a record without the field would not open, or would not encode to the same bytes.
fn flaw(field: &Field) -> Option<&'static str> {
    let is_option = field.text.contains(": Option<");
    let is_variant = !field.text.contains(": ");
    if is_option && field.text.contains("with = ") && !field.text.contains("has_nil") {
        return Some("an option with an encoding of its own needs `has_nil`");
    }
    if field.format > 1 && !is_option && !is_variant && !field.text.contains("unless_default") {
        return Some("a later field must be an `Option` or `unless_default`");
    }
    None
}

fn listed() -> Vec<Field> {
    let text = fs::read_to_string(root().join(LISTING)).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (format, text) = line.split_once(' ').unwrap();
            Field { format: format.parse().unwrap(), text: text.to_owned() }
        })
        .collect()
}

/// The fields in the sources.
fn found() -> Vec<String> {
    let mut all = Vec::new();
    for folder in ["src/subject/record", "src/subject/factor/security_key", "src/policy"] {
        read(&root().join(folder), &mut all);
    }
    all.sort();
    all
}

fn read(folder: &Path, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            fields(&name, &fs::read_to_string(&path).unwrap(), all);
        }
    }
}

/// The fields in one file: what follows `#[n(…)]` and `#[cbor(n(…) …)]`.
fn fields(file: &str, text: &str, all: &mut Vec<String>) {
    for (at, _) in text.match_indices("#[") {
        let rest = &text[at + 2..];
        let Some((attribute, after)) = rest.split_once(']') else { continue };
        let attribute = match attribute.strip_prefix("cbor(") {
            Some(inner) => inner.strip_suffix(')').unwrap_or(inner),
            None => attribute,
        };
        // The invented field of `tests/tools/rehearsal` is no field of this release.
        let is_invented = text[..at].trim_end().ends_with("#[cfg(feature = \"rehearsal\")]");
        if !attribute.starts_with("n(") || is_invented {
            continue;
        }
        let mut lines = after.lines().map(str::trim);
        let mut declared = lines.next().unwrap_or_default();
        while declared.is_empty() || declared.starts_with("///") || declared.starts_with("#[") {
            declared = lines.next().unwrap_or_default();
        }
        let declared = declared.trim_start_matches("pub(crate) ").trim_end_matches(',');
        let owner = owner(&text[..at]);
        all.push(format!("{file} {owner} {attribute} {declared}"));
    }
}

/// The type that a place belongs to.
fn owner(before: &str) -> &str {
    let mut lines = before.lines().rev();
    let declared = lines.find_map(|line| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        line.strip_prefix("struct ").or_else(|| line.strip_prefix("enum "))
    });
    declared.unwrap_or_default().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}
