//! The pairs of the page `types`.
//!
//! Each example that must not compile differs in one line from one that compiles, so that it fails
//! for the documented reason.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeMap;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// A code block: its info string and its lines.
type Block<'a> = (&'a str, Vec<&'a str>);

#[test]
fn pairs_differ_in_one_line_and_name_their_error() {
    let page = page();
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

/// Documentation tests do not compare the codes, unless the compiler is a nightly one.
#[test]
#[ignore = "checks the crate once more: a step of `.ci/run`"]
fn compiler_refuses_each_pair_with_its_error() {
    let page = page();
    let blocks = blocks(&page);
    let program = |(_, lines): &Block<'_>| {
        let shown = lines.iter().map(|line| line.strip_prefix("# ").unwrap_or(line));
        shown.chain(["fn main() {}"]).collect::<Vec<_>>().join("\n")
    };
    let found = compile("refused", &blocks.iter().map(program).collect::<Vec<_>>());
    let mut violations = Vec::new();
    for (number, (kind, lines)) in blocks.iter().enumerate() {
        let found = found.get(&number).map_or("was not compiled", |error| error.code.as_str());
        let is_as_expected = match kind.strip_prefix("compile_fail,") {
            // The name of a lint, instead of a number.
            Some("lint") => found.contains('_'),
            expected => found == expected.unwrap_or(COMPILED),
        };
        if !is_as_expected {
            violations.push(format!("{kind}: {found}\n{}\n", lines.join("\n")));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// A type that lacks a trait of this crate is refused with the name of what to use.
#[test]
#[ignore = "checks the crate once more: a step of `.ci/run`"]
fn compiler_refuses_other_types_with_a_hint() {
    let hints = [
        ("Delivery", "does not deliver messages", "second_factor::NoDelivery"),
        ("Storage", "does not store records", "second_factor::MemoryStorage"),
        ("delivery::RemoteCodes", "does not manage codes", "second_factor::gateway"),
        ("host::Clock", "is not a clock", "second_factor::host::SystemClock"),
        ("host::Entropy", "is not a source of", "second_factor::host::SystemEntropy"),
        ("host::LegacyHashes", "does not check imported", "VerifierBuilder::legacy_hashes"),
        ("host::Listener", "does not receive events", "second_factor::tracing::TracingListener"),
        ("host::Offload", "does not run slow checks", "slow checks run in place"),
        ("host::SendGuard", "does not decide whether", "VerifierBuilder::send_guard"),
    ];
    let program = |name: &str| {
        format!("fn takes(_: impl second_factor::{name}) {{}}\n\nfn main() {{ takes(()) }}")
    };
    let programs: Vec<String> = hints.iter().map(|(name, ..)| program(name)).collect();
    let found = compile("hints", &programs);
    for (number, (name, message, note)) in hints.into_iter().enumerate() {
        let Some(Outcome { code, text }) = found.get(&number) else { panic!("{name}: compiled") };
        assert_eq!(code, "E0277", "{name}: {text}");
        assert!(text.contains(&format!("error[E0277]: `()` {message}")), "{name}: {text}");
        assert!(text.contains("= note: ") && text.contains(note), "{name}: {text}");
    }
}

/// The code of the first error of a program, or [`COMPILED`], and what the compiler writes.
#[derive(Debug)]
struct Outcome {
    code: String,
    text: String,
}

const COMPILED: &str = "compiled";

/// Compiles each program in a package of its own.
///
/// The package depends on this crate, and on what is downloaded for it already.
fn compile(name: &str, programs: &[String]) -> BTreeMap<usize, Outcome> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tmp = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = tmp.join(name);
    let bin = folder.join("src/bin");
    let _ = fs::remove_dir_all(&bin);
    fs::create_dir_all(&bin).unwrap();
    for (number, code) in programs.iter().enumerate() {
        fs::write(bin.join(format!("example_of_types_{number}.rs")), code).unwrap();
    }
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n\
         second-factor = {{ path = {root:?} }}\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--keep-going", "--message-format=json"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", tmp.join("refused/target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let output = String::from_utf8(cargo.stdout).unwrap();
    let mut found = BTreeMap::new();
    for line in output.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let Some(number) = name.strip_prefix("example_of_types_") else { continue };
        let code = match message["reason"].as_str() {
            Some("compiler-artifact") => Some(COMPILED),
            _ if message["message"]["level"] == "error" => {
                message["message"]["code"]["code"].as_str()
            }
            _ => None,
        };
        if let Some(code) = code {
            let text = message["message"]["rendered"].as_str().unwrap_or_default().to_owned();
            let outcome = Outcome { code: code.to_owned(), text };
            found.entry(number.parse().unwrap()).or_insert(outcome);
        }
    }
    assert!(!found.is_empty(), "nothing was compiled: {}", String::from_utf8_lossy(&cargo.stderr));
    found
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/types.md");
    fs::read_to_string(path).unwrap()
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
