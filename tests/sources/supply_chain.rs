//! What the crate stands on is what the manual says: `Cargo.toml`, `Cargo.lock` and `cargo tree` beside the
//! page `dependencies`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test stops where it stands")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path, process::Command};

#[test]
fn the_page_names_each_crate_with_its_version_and_feature() {
    assert_eq!(on_the_page(), in_the_manifest());
    for row in rows("| crate | from |") {
        assert!(row[3].len() > 20, "{row:?}: what is it for?");
    }
}

#[test]
fn each_crate_has_its_reason_beside_it() {
    let manifest = read("Cargo.toml");
    let mut before = "";
    for line in lines_of(&manifest, "dependencies").chain(lines_of(&manifest, "dev-dependencies")) {
        let is_entry = !line.starts_with('#') && line.contains(" = ");
        // Three of one kind stand in one row, under one reason.
        let has_reason = before.starts_with("# ") || before.starts_with("hmac-");
        assert!(!is_entry || has_reason, "no reason before: {line}");
        before = line;
    }
}

#[test]
fn a_feature_brings_its_own_crates_and_no_other() {
    let page = on_the_page();
    let counted = rows("| features | crates of the list above |");
    assert_eq!(counted.len(), 7);
    for row in counted {
        let features = row[0].replace(['`', ' '], "").replace("none", "");
        let on = brought(&features);
        let of_features = |(name, (_, with)): (&String, &(String, String))| {
            on.contains(with.as_str()).then(|| name.clone())
        };
        let wanted: BTreeSet<String> = page.iter().filter_map(of_features).collect();
        let tree = tree(&features, "{p}");
        let names: BTreeSet<String> = tree.iter().map(|of| of.name.clone()).collect();
        let direct: BTreeSet<String> =
            tree.iter().filter(|of| of.depth == 1).map(|of| of.name.clone()).collect();
        assert_eq!(direct, wanted, "[{features}]");
        // Not by way of another either.
        for name in page.keys().filter(|name| !wanted.contains(*name)) {
            assert!(!names.contains(name), "[{features}] brings {name}");
        }
        assert_eq!(direct.len().to_string(), row[1], "[{features}] crates of the list");
        let all: BTreeSet<&str> = tree.iter().skip(1).map(|of| of.text.as_str()).collect();
        // Other systems have other ways to their randomness and to what their processor can do.
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert_eq!(all.len().to_string(), row[2], "[{features}] all crates: {all:#?}");
        }
    }
}

#[test]
fn every_licence_is_one_that_the_page_names() {
    let page = read(PAGE);
    for licence in LICENCES {
        assert!(page.contains(licence), "{licence}");
        assert!(
            read("deny.toml").contains(&format!("\"{licence}\"")),
            "{licence}: not in deny.toml"
        );
    }
    for of in tree("gateways,qr,testkit", "{p}|{l}") {
        let (name, licence) = of.text.split_once('|').unwrap();
        assert!(is_free(licence), "{name}: {licence}");
    }
}

#[test]
fn a_licence_that_is_not_allowed_is_seen() {
    for free in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
        assert!(is_free(free), "{free}");
    }
    for other in ["", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR MPL-2.0) AND MIT", "MITX"] {
        assert!(!is_free(other), "{other}");
    }
}

#[test]
fn every_crate_comes_from_the_registry_by_its_checksum() {
    let locked = locked();
    assert!(locked.len() > 100, "only {} were seen", locked.len());
    for of in locked {
        let is_ours =
            matches!(&*of.name, "second-factor" | "web") || of.name.starts_with("second-factor-");
        if is_ours {
            assert_eq!(of.source, None, "{of:?}");
        } else {
            let registry = "registry+https://github.com/rust-lang/crates.io-index";
            assert_eq!(of.source.as_deref(), Some(registry), "{of:?}");
            assert_eq!(of.checksum.as_deref().map(str::len), Some(64), "{of:?}");
        }
    }
}

#[test]
fn no_crate_comes_twice_but_one_that_only_builds() {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for of in tree("gateways,qr,testkit", "{p}") {
        versions.entry(of.name).or_default().insert(of.text);
    }
    let twice: Vec<&String> =
        versions.iter().filter(|(_, all)| all.len() > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, ["syn"]);
}

#[test]
fn no_version_is_one_that_an_advisory_is_about() {
    let advisories = rows("| advisory | crate |");
    assert!(advisories.len() > 5, "only {} were seen", advisories.len());
    let tree = tree("gateways,qr,testkit", "{p}");
    for row in advisories {
        let name = row[1].trim_matches('`');
        let found: Vec<_> = tree.iter().filter(|of| of.name == name).collect();
        assert!(!found.is_empty(), "{row:?}: no such crate");
        for of in found {
            let version = of.text.split(" v").nth(1).unwrap();
            assert!(parts(version) >= parts(&row[2]), "{row:?}: {version} is used");
        }
    }
}

/// A crate in the tree: how deep, its name, and what was asked of it.
struct Of {
    depth: usize,
    name: String,
    text: String,
}

/// What `cargo tree` says of the library with `features` and no others.
fn tree(features: &str, format: &str) -> Vec<Of> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--no-default-features", "--features", features])
        .args(["--edges", "normal", "--prefix", "depth", "--format", format])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.lines()
        .map(|line| {
            let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (depth, text) = line.split_at(digits);
            let text = text.replace(" (proc-macro)", "").replace(" (*)", "");
            let name = text.split(' ').next().unwrap().to_owned();
            Of { depth: depth.parse().unwrap(), name, text }
        })
        .collect()
}

/// Name → version and feature, as the page says.
fn on_the_page() -> BTreeMap<String, (String, String)> {
    let cell = |text: &str| text.trim_matches('`').to_owned();
    let rows = rows("| crate | from |");
    let entries = rows.iter().map(|row| (cell(&row[0]), (row[1].clone(), cell(&row[2]))));
    entries.collect()
}

/// The same as `Cargo.toml` says.
fn in_the_manifest() -> BTreeMap<String, (String, String)> {
    let manifest = read("Cargo.toml");
    let features = lines_of(&manifest, "features").collect::<Vec<_>>().join(" ");
    let with = |name: &str| {
        let mentioned = features.find(&format!("\"dep:{name}\""));
        let before = &features[..mentioned.unwrap_or_else(|| panic!("{name}: no feature"))];
        before.rsplit(" = [").nth(1).unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let entry = |line: &str| {
        let (name, rest) = line.split_once(" = ")?;
        let version = rest.split('"').nth(1).unwrap().to_owned();
        let with = if rest.contains("optional = true") { with(name) } else { "always".into() };
        (!name.starts_with('#')).then(|| (name.to_owned(), (version, with)))
    };
    lines_of(&manifest, "dependencies").filter_map(entry).collect()
}

/// The features that `features` turn on, with what is always there.
fn brought(features: &str) -> BTreeSet<&str> {
    let mut on: BTreeSet<&str> = features.split(',').collect();
    on.insert("always");
    if on.contains("testkit") || on.contains("gateways") {
        on.insert("std");
    }
    if on.contains("std") || on.contains("qr") {
        on.insert("alloc");
    }
    on
}

#[derive(Debug)]
struct Locked {
    name: String,
    source: Option<String>,
    checksum: Option<String>,
}

fn locked() -> Vec<Locked> {
    let lock = read("Cargo.lock");
    let field = |package: &str, name: &str| {
        let line = package.lines().find(|line| line.starts_with(&format!("{name} = ")))?;
        line.split('"').nth(1).map(str::to_owned)
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .map(|package| Locked {
            name: field(package, "name").unwrap(),
            source: field(package, "source"),
            checksum: field(package, "checksum"),
        })
        .collect()
}

/// Whether `licence` leaves a choice of what is allowed, in each of its parts.
fn is_free(licence: &str) -> bool {
    let one = |part: &str| {
        let part = part.trim_matches(['(', ')', ' ']);
        part.split(" OR ").flat_map(|of| of.split('/')).any(|of| LICENCES.contains(&of.trim()))
    };
    licence.split(" AND ").all(one)
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}

/// The lines of a table of the manifest, without the empty ones.
fn lines_of<'a>(manifest: &'a str, table: &str) -> impl Iterator<Item = &'a str> {
    let from = manifest.split_once(&format!("[{table}]\n")).unwrap().1;
    from.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty())
}

/// The cells of the table on the page whose head begins with `head`.
fn rows(head: &str) -> Vec<Vec<String>> {
    let page = read(PAGE);
    let lines = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().into()).collect())
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

const PAGE: &str = "src/manual/dependencies.md";

const LICENCES: [&str; 5] = ["Apache-2.0", "BSD-3-Clause", "BlueOak-1.0.0", "MIT", "Unicode-3.0"];
