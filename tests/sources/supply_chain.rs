//! Comparison of the page `dependencies` with the dependencies.
//!
//! Reads `Cargo.toml`, `Cargo.lock` and the output of `cargo tree`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path, process::Command};

#[test]
fn page_lists_each_crate_with_version_and_feature() {
    assert_eq!(on_the_page(), in_the_manifest());
    for row in rows("| crate | from |") {
        assert!(row[3].len() > 20, "{row:?}: the purpose is missing");
    }
}

#[test]
fn manifest_gives_a_reason_for_each_dependency() {
    let manifest = read("Cargo.toml");
    let mut before = "";
    for line in lines_of(&manifest, "dependencies").chain(lines_of(&manifest, "dev-dependencies")) {
        let is_entry = !line.starts_with('#') && line.contains(" = ");
        // Consecutive entries of one kind share one reason.
        let has_reason = before.starts_with("# ") || before.starts_with("hmac-");
        assert!(!is_entry || has_reason, "no reason above: {line}");
        before = line;
    }
}

#[test]
fn features_add_exactly_their_documented_crates() {
    let page = on_the_page();
    let counted = rows("| features | crates of the list above |");
    assert_eq!(counted.len(), 9);
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
        // Transitive dependencies count too.
        let is_indirect = |name: &str| name == "serde_core" && names.contains("serde_json");
        for name in page.keys().filter(|name| !wanted.contains(*name) && !is_indirect(name)) {
            assert!(!names.contains(name), "[{features}] adds {name}");
        }
        assert_eq!(direct.len().to_string(), row[1], "[{features}] crates of the list");
        let all: BTreeSet<&str> = tree.iter().skip(1).map(|of| of.text.as_str()).collect();
        // Dependencies for randomness and processor features differ between platforms.
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert_eq!(all.len().to_string(), row[2], "[{features}] all crates: {all:#?}");
        }
    }
}

#[test]
fn licenses_are_all_listed_on_the_page() {
    let page = read(PAGE);
    for license in LICENSES {
        assert!(page.contains(license), "{license}");
        assert!(
            read("deny.toml").contains(&format!("\"{license}\"")),
            "{license}: not in deny.toml"
        );
    }
    for of in tree("gateways,qr,serde,testkit,tracing", "{p}|{l}") {
        let (name, license) = of.text.split_once('|').unwrap();
        assert!(is_free(license), "{name}: {license}");
    }
}

#[test]
fn disallowed_licenses_are_detected() {
    for free in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
        assert!(is_free(free), "{free}");
    }
    for other in ["", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR MPL-2.0) AND MIT", "MITX"] {
        assert!(!is_free(other), "{other}");
    }
}

#[test]
fn dependencies_come_from_the_registry_with_checksums() {
    let locked = locked();
    assert!(locked.len() > 100, "only {} were found", locked.len());
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
fn only_syn_is_included_in_two_versions() {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for of in tree("gateways,qr,serde,testkit,tracing", "{p}") {
        versions.entry(of.name).or_default().insert(of.text);
    }
    let twice: Vec<&String> =
        versions.iter().filter(|(_, all)| all.len() > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, ["syn"]);
}

#[test]
fn no_used_version_has_a_known_advisory() {
    let advisories = rows("| advisory | crate |");
    assert!(advisories.len() > 5, "only {} were found", advisories.len());
    let tree = tree("gateways,qr,serde,testkit,tracing", "{p}");
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

/// A crate in the tree: its depth, its name, and the formatted line.
struct Of {
    depth: usize,
    name: String,
    text: String,
}

/// The output of `cargo tree` for the library with exactly `features`.
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

/// Name → version and feature, from the page.
fn on_the_page() -> BTreeMap<String, (String, String)> {
    let cell = |text: &str| text.trim_matches('`').to_owned();
    let rows = rows("| crate | from |");
    let entries = rows.iter().map(|row| (cell(&row[0]), (row[1].clone(), cell(&row[2]))));
    entries.collect()
}

/// Name → version and feature, from `Cargo.toml`.
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

/// The features that `features` enables, with `always` for mandatory dependencies.
fn brought(features: &str) -> BTreeSet<&str> {
    let mut on: BTreeSet<&str> = features.split(',').collect();
    on.insert("always");
    if on.contains("testkit") || on.contains("gateways") {
        on.insert("std");
    }
    if ["std", "qr", "serde", "tracing"].iter().any(|one| on.contains(one)) {
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

/// Whether each `AND` part of `license` offers at least one allowed license.
fn is_free(license: &str) -> bool {
    let one = |part: &str| {
        let part = part.trim_matches(['(', ')', ' ']);
        part.split(" OR ").flat_map(|of| of.split('/')).any(|of| LICENSES.contains(&of.trim()))
    };
    license.split(" AND ").all(one)
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}

/// The non-empty lines of a table of the manifest.
fn lines_of<'a>(manifest: &'a str, table: &str) -> impl Iterator<Item = &'a str> {
    let from = manifest.split_once(&format!("[{table}]\n")).unwrap().1;
    from.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty())
}

/// The cells of the table on the page whose header row starts with `head`.
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

const LICENSES: [&str; 5] = ["Apache-2.0", "BSD-3-Clause", "BlueOak-1.0.0", "MIT", "Unicode-3.0"];
