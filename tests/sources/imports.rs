//! Imports between source files.
//!
//! Every `use` and every path that starts with `crate`, `self` or `super` is resolved to the module
//! that defines the name, through any number of re-exports.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

/// The sources of a crate by module path; the crate root is the empty path.
pub(crate) struct Sources(BTreeMap<String, Module>);

struct Module {
    code: String,
    /// Name → path, as written in the re-export.
    exports: BTreeMap<String, Vec<String>>,
}

/// An import: the module that names something, and the module that defines it.
pub(crate) type Arrow = (String, String);

/// Whether unit tests are part of the sources.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum UnitTests {
    Excluded,
    Included,
}

impl Sources {
    /// The sources of this crate.
    pub(crate) fn of_this_crate(tests: UnitTests) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        collect(&root, "", tests, &mut files);
        Self::new(files)
    }

    /// Sources by module path.
    pub(crate) fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let module = |code: String| {
            let exports = statements(&code).into_iter().filter(|one| one.is_public);
            let exports = exports.flat_map(|one| paths(&one.tree));
            let exports = exports
                .filter_map(|path| Some((path.name.or(path.path.last().cloned())?, path.path)));
            Module { exports: exports.collect(), code }
        };
        Self(files.into_iter().map(|(path, code)| (path, module(code))).collect())
    }

    /// The code of every module, without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, module)| (path.as_str(), module.code.as_str()))
    }

    /// All imports of other modules.
    pub(crate) fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (from, module) in &self.0 {
            for path in named_paths(&module.code) {
                let to = self.resolve(from, &path, 0);
                arrows.extend(to.filter(|to| to != from).map(|to| (from.clone(), to)));
            }
        }
        arrows
    }

    /// The paths that lead through a re-export of the crate root.
    pub(crate) fn through_the_root(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (from, module) in &self.0 {
            let paths = named_paths(&module.code).into_iter().filter(|path| {
                let [first, name, ..] = &path[..] else { return false };
                first == "crate" && name != "*" && !self.0.contains_key(name)
            });
            found.extend(paths.map(|path| format!("{from}: {}", path.join("::"))));
        }
        found
    }

    /// The module that defines `path`, as written in `from`; `None` for other crates.
    fn resolve(&self, from: &str, path: &[String], depth: usize) -> Option<String> {
        assert!(depth < 20, "{from}: {path:?} is re-exported in a circle");
        let mut segments = path.iter();
        let mut at = match path.first()?.as_str() {
            "crate" => {
                segments.next();
                String::new()
            }
            "self" | "super" => from.to_owned(),
            child if self.0.contains_key(&join(from, child)) => from.to_owned(),
            _ => return None,
        };
        for segment in segments {
            match segment.as_str() {
                "self" | "*" => {}
                "super" => at = parent(&at).to_owned(),
                name if self.0.contains_key(&join(&at, name)) => at = join(&at, name),
                name => {
                    let export = self.0.get(&at).and_then(|module| module.exports.get(name));
                    let defined = export.and_then(|path| self.resolve(&at, path, depth + 1));
                    return Some(defined.unwrap_or(at));
                }
            }
        }
        Some(at)
    }
}

/// The modules that import each other in a circle, one list for each circle.
pub(crate) fn cycles(arrows: &BTreeSet<Arrow>) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().push(to);
    }
    let reach = |start: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.to_owned()]);
        while let Some(at) = open.pop() {
            for to in next.get(at.as_str()).into_iter().flatten() {
                if seen.insert((*to).to_owned()) {
                    open.push((*to).to_owned());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<String>> =
        next.keys().map(|start| (*start, reach(start))).collect();
    let is_back = |to: &str, from: &str| reached.get(to).is_some_and(|its| its.contains(from));
    let mut found: Vec<Vec<String>> = reached
        .iter()
        .map(|(at, to)| to.iter().filter(|to| is_back(to, at)).cloned().collect())
        .filter(|cycle: &Vec<String>| !cycle.is_empty())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Whether one of the modules contains the other.
pub(crate) fn are_parent_and_child(one: &str, other: &str) -> bool {
    let is_in = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with("::"))
    };
    is_in(one, other) || is_in(other, one)
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

const UNIT_TESTS: &str = "\n#[cfg(test)]\nmod tests {";

fn collect(folder: &Path, module: &str, tests: UnitTests, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, &join(module, name), tests, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let is_root = module.is_empty() && name == "lib";
            let name = if is_root { String::new() } else { join(module, name) };
            // `super` in unit tests is the module that they test.
            let (code, unit_tests) = text.split_once(UNIT_TESTS).unwrap_or((&text, ""));
            let is_wanted = tests == UnitTests::Included;
            if is_wanted || !name.ends_with("::tests") {
                found.push((name.clone(), without_comments(code)));
            }
            if is_wanted && !unit_tests.is_empty() {
                found.push((join(&name, "tests"), without_comments(unit_tests)));
            }
        }
    }
}

/// A `use` statement.
struct Statement {
    is_public: bool,
    tree: String,
}

fn statements(code: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        if line.is_empty() || line == "pub" || (line.starts_with("pub(") && line.ends_with(')')) {
            let tree = code[at + "use ".len()..].split(';').next().unwrap_or_default();
            found.push(Statement { is_public: !line.is_empty(), tree: tree.to_owned() });
        }
    }
    found
}

/// The paths of the `use` statements, and those written out elsewhere.
fn named_paths(code: &str) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> =
        statements(code).iter().flat_map(|one| paths(&one.tree)).map(|one| one.path).collect();
    for start in ["crate::", "self::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            let is_start = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
            let line = code[..at].rsplit('\n').next().unwrap_or_default();
            // `pub(in crate::subject)` is a visibility.
            if is_start && !line.ends_with("(in ") && !line.ends_with("use ") {
                let is_end = |c: char| !c.is_alphanumeric() && c != '_' && c != ':';
                let path = code[at..].split(is_end).next().unwrap_or_default();
                let segments = path.split("::").filter(|segment| !segment.is_empty());
                found.push(segments.map(str::to_owned).collect());
            }
        }
    }
    found
}

/// A path of an import tree, and its name after `as`.
#[derive(Debug, PartialEq)]
struct Imported {
    path: Vec<String>,
    name: Option<String>,
}

/// The paths of an import tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<Imported> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let (plain, name) = tree.split_once(" as ").map_or((tree, None), |(a, b)| (a, Some(b)));
        let path = plain.split("::").map(|name| name.trim().to_owned()).collect();
        return vec![Imported { path, name: name.map(|name| name.trim().to_owned()) }];
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
        .map(|one| Imported { path: head.iter().cloned().chain(one.path).collect(), ..one })
        .collect()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start() {
        line if line.starts_with("//") => "",
        _ => line.split(" // ").next().unwrap_or(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_are_resolved_through_reexports() {
    let files = [
        ("", "pub use crate::{keys::Keys, core::Subject as Person};"),
        ("keys", "pub struct Keys;"),
        ("core", "mod inner;\npub use self::inner::Subject;"),
        ("core::inner", "pub(in crate::core) struct Subject(super::super::keys::Other);"),
        ("core::user", "use super::{inner::{self, X as Y}, Subject};\nuse std::fmt;"),
        (
            "edge",
            "use crate::{\n    Keys,\n    Person::{self, Done},\n};\nlet x = crate::core::Subject::new();",
        ),
    ];
    let sources = Sources::new(files.map(|(path, code)| (path.to_owned(), code.to_owned())));
    let arrows = sources.arrows();
    let expected = [
        ("", "core::inner"),
        ("", "keys"),
        ("core", "core::inner"),
        ("core::inner", "keys"),
        ("core::user", "core::inner"),
        ("edge", "core::inner"),
        ("edge", "keys"),
    ];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(arrows, BTreeSet::from(expected));
    let indirect = sources.through_the_root();
    assert!(indirect.len() > 1, "{indirect:?}");
    assert!(indirect.iter().all(|one| one.starts_with("edge: crate::")), "{indirect:?}");
}

#[test]
fn cycles_are_found() {
    let arrows = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    };
    assert!(cycles(&arrows(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])).is_empty());
    let found =
        cycles(&arrows(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("x", "y"), ("y", "x")]));
    assert_eq!(found, [["b", "c"], ["x", "y"]]);
}
