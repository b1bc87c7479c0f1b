//! The rings of the crate: what may use what, read from its own `use crate::` lines.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test stops where it stands")]

use alloc::collections::BTreeMap;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The ring of every module of the crate, by its first name. 4 is the edge, which nothing uses.
const RINGS: [(&str, u8); 34] = [
    ("code", 1),
    ("entropy", 1),
    ("otp", 1),
    ("redacted", 1),
    ("secret", 1),
    ("time", 1),
    ("wiped", 1),
    ("address", 2),
    ("channel", 2),
    ("client", 2),
    ("event", 2),
    ("factor", 2),
    ("id", 2),
    ("keys", 2),
    ("message", 2),
    ("moment", 2),
    ("policy", 2),
    ("purpose", 2),
    ("record", 2),
    ("remote", 2),
    ("sans_io", 2),
    ("subject", 2),
    ("verdict", 2),
    ("delivery", 3),
    ("host", 3),
    ("storage", 3),
    ("verifier", 3),
    ("gateway", 4),
    ("memory", 4),
    ("qr", 4),
    ("testkit", 4),
    ("manual", 4),
    // Not modules: the front, and what only documentation names.
    ("lib", 5),
    ("main", 5),
];

/// Where each name at the root of the crate comes from, so that `crate::Keys` is an arrow too.
fn root_names(lib: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in statements(lib, "pub use crate::") {
        for path in paths(&statement) {
            let (module, name) = (path[0].clone(), path.last().unwrap().clone());
            names.insert(name, module);
        }
    }
    names
}

#[test]
fn layers_use_only_lower_layers() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rings = BTreeMap::from(RINGS);
    let names = root_names(&fs::read_to_string(source.join("lib.rs")).unwrap());
    let mut arrows = 0;
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let inner = file.strip_prefix(&source).unwrap();
        let module = inner.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = module.trim_end_matches(".rs");
        let from = *rings.get(module).unwrap_or_else(|| panic!("{module} has no ring"));
        if from == 5 {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = without_comments(&text);
        for used in used_modules(&code) {
            let used = names.get(&used).cloned().unwrap_or(used);
            let Some(to) = rings.get(used.as_str()) else {
                panic!("{}: crate::{used} has no ring", inner.display());
            };
            arrows += 1;
            // The edge may use all rings, and of itself only its own module.
            if *to > from || (*to == 4 && used != module) {
                wrong.push(format!("{} uses {used}", inner.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(arrows > 100, "only {arrows} arrows were seen: the reader is blind");
}

#[test]
fn only_the_async_layer_is_asynchronous() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rings = BTreeMap::from(RINGS);
    for file in rust_files(&source) {
        let inner = file.strip_prefix(&source).unwrap();
        let module = inner.components().next().unwrap().as_os_str().to_str().unwrap();
        if rings[module.trim_end_matches(".rs")] <= 2 {
            let code = without_comments(&fs::read_to_string(&file).unwrap());
            assert!(!code.contains("async "), "{}", inner.display());
            assert!(!code.contains(".await"), "{}", inner.display());
        }
    }
}

#[test]
fn used_modules_are_parsed() {
    let code =
        "use crate::{\n    Keys,\n    verifier::{Error, Verifier},\n};\nlet x = crate::storage::X;";
    let seen: Vec<String> = used_modules(code);
    assert_eq!(seen, ["Keys", "verifier", "verifier", "storage"]);
}

/// The first names behind every `crate::` of a file.
fn used_modules(code: &str) -> Vec<String> {
    let mut used: Vec<String> = statements(code, "use crate::")
        .iter()
        .flat_map(|statement| paths(statement))
        .map(|path| path[0].clone())
        .collect();
    for (at, _) in code.match_indices("crate::") {
        let is_import = code[..at].trim_end().ends_with("use");
        // `second_factor_crate::` is not ours, and an import was seen above.
        if !is_import {
            let rest = &code[at + "crate::".len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            used.push(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

/// What stands between `start` and the next semicolon, wherever `start` begins a statement.
fn statements(code: &str, start: &str) -> Vec<String> {
    code.match_indices(start)
        .map(|(at, _)| {
            let rest = &code[at + start.len()..];
            rest[..rest.find(';').unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

/// The paths of an import tree: `a::{b, c::d}` is `a b` and `a c d`.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let plain = tree.split(" as ").next().unwrap_or_default();
        return vec![plain.split("::").map(|name| name.trim().to_owned()).collect()];
    };
    let head: Vec<String> =
        tree[..open].split("::").map(str::trim).filter(|s| !s.is_empty()).map(Into::into).collect();
    let inner = &tree[open + 1..tree.rfind('}').unwrap()];
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, symbol) in inner.char_indices() {
        match symbol {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[from..]);
    parts
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(paths)
        .map(|path| head.iter().cloned().chain(path).collect())
        .collect()
}

fn without_comments(text: &str) -> String {
    let kept = text.lines().map(|line| match line.trim_start() {
        line if line.starts_with("//") => "",
        line => line.split(" // ").next().unwrap_or(line),
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
