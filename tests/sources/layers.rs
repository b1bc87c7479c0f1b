//! Layers of the crate and of its core: what may import what.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::{BTreeMap, BTreeSet};

use super::imports::{Arrow, Sources, UnitTests, are_parent_and_child, cycles};

/// The layer of every module at the root.
const LAYERS: [(&str, Layer); 46] = [
    ("code", Layer::Otp),
    ("entropy", Layer::Otp),
    ("error", Layer::Otp),
    ("hex", Layer::Otp),
    ("otp", Layer::Otp),
    ("redacted", Layer::Otp),
    ("secret", Layer::Otp),
    ("time", Layer::Otp),
    ("wiped", Layer::Otp),
    ("address", Layer::Core),
    ("amr", Layer::Core),
    ("assurance", Layer::Core),
    ("channel", Layer::Core),
    ("client", Layer::Core),
    ("denial", Layer::Core),
    ("enrollment", Layer::Core),
    ("event", Layer::Core),
    ("factor", Layer::Core),
    ("first_factor", Layer::Core),
    ("id", Layer::Core),
    ("keys", Layer::Core),
    ("mac", Layer::Core),
    ("message", Layer::Core),
    ("moment", Layer::Core),
    ("policy", Layer::Core),
    ("proof", Layer::Core),
    ("purpose", Layer::Core),
    ("record", Layer::Core),
    ("remote", Layer::Core),
    ("sans_io", Layer::Core),
    ("serialization", Layer::Core),
    ("sign_in", Layer::Core),
    ("status", Layer::Core),
    ("subject", Layer::Core),
    ("typed", Layer::Core),
    ("delivery", Layer::Async),
    ("host", Layer::Async),
    ("storage", Layer::Async),
    ("verifier", Layer::Async),
    ("gateway", Layer::Edge),
    ("memory", Layer::Edge),
    ("qr", Layer::Edge),
    ("testkit", Layer::Edge),
    ("tracing", Layer::Edge),
    ("manual", Layer::Edge),
    ("", Layer::Root),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// One-time codes.
    Otp,
    /// Decisions without I/O.
    Core,
    /// The verifier, and the traits that an application implements.
    Async,
    /// No other module imports it.
    Edge,
    /// The crate root only re-exports.
    Root,
}

/// The parts of the core in their order: a part imports its own rank and those below.
const CORE: [(&str, u8); 9] = [
    ("record", 0),
    ("factor", 1),
    ("outgoing", 1),
    ("proof", 1),
    ("decision", 2),
    ("manage", 3),
    ("send", 4),
    ("device", 5),
    ("status", 6),
];

/// Files that may contain an `impl Subject`.
const MOST_IMPL_FILES: usize = 12;

#[test]
fn layers_use_only_lower_layers() {
    let layers = BTreeMap::from(LAYERS);
    let arrows = Sources::of_this_crate(UnitTests::Included).arrows();
    let layer = |module: &str| {
        let top = top(module);
        (top.to_owned(), *layers.get(top).unwrap_or_else(|| panic!("{top} has no layer")))
    };
    let mut violations = Vec::new();
    for (from, to) in &arrows {
        let ((from_top, from_layer), (to_top, to_layer)) = (layer(from), layer(to));
        let is_edge = to_layer == Layer::Edge && from_top != to_top;
        if from_layer != Layer::Root && (to_layer > from_layer || is_edge) {
            violations.push(format!("{from} imports {to}"));
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
    assert!(arrows.len() > 500, "only {} imports were found", arrows.len());
}

#[test]
fn modules_import_from_the_defining_module() {
    let found = Sources::of_this_crate(UnitTests::Excluded).through_the_root();
    assert!(found.is_empty(), "the root re-exports for applications: {found:#?}");
}

#[test]
fn only_the_async_layer_is_asynchronous() {
    let layers = BTreeMap::from(LAYERS);
    for (module, code) in Sources::of_this_crate(UnitTests::Included).code() {
        if layers[top(module)] <= Layer::Core {
            assert!(!code.contains("async "), "{module}");
            assert!(!code.contains(".await"), "{module}");
        }
    }
}

#[test]
fn top_level_modules_of_the_core_have_no_cycle() {
    let arrows = Sources::of_this_crate(UnitTests::Excluded).arrows();
    let layers = BTreeMap::from(LAYERS);
    let mut tops: BTreeSet<Arrow> = BTreeSet::new();
    for (from, to) in &arrows {
        let (from, to) = (top(from), top(to));
        if from != to && layers[from] == Layer::Core && layers[to] == Layer::Core {
            tops.insert((from.to_owned(), to.to_owned()));
        }
    }
    assert!(tops.len() > 30, "only {} imports were found", tops.len());
    assert_eq!(cycles(&tops), Vec::<Vec<String>>::new());
    for (from, to) in [("event", "message"), ("sign_in", "subject")] {
        assert!(!tops.contains(&(from.to_owned(), to.to_owned())), "{from} imports {to}");
    }
}

#[test]
fn core_folders_import_only_upward() {
    let against = against_the_order(&core_arrows());
    assert_eq!(against, Vec::<String>::new());
}

#[test]
fn core_has_no_cycle_between_folders_or_files() {
    let arrows = core_arrows();
    // At each depth a module represents its children; parents and children may name each other.
    for depth in 2..=5 {
        let outer = |module: &str| module.split("::").take(depth).collect::<Vec<_>>().join("::");
        let arrows = arrows.iter().map(|(from, to)| (outer(from), outer(to)));
        let arrows = arrows.filter(|(from, to)| from != to && !are_parent_and_child(from, to));
        assert_eq!(cycles(&arrows.collect()), Vec::<Vec<String>>::new(), "at depth {depth}");
    }
}

#[test]
fn factor_files_do_not_name_subject() {
    for (module, code) in Sources::of_this_crate(UnitTests::Excluded).code() {
        if module.starts_with("subject::factor") {
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(words.all(|word| word != "Subject"), "{module} names Subject");
        }
    }
}

#[test]
fn few_core_files_implement_subject() {
    let sources = Sources::of_this_crate(UnitTests::Excluded);
    let mut files: Vec<&str> =
        sources.code().filter(|(_, code)| implements_subject(code)).map(|(path, _)| path).collect();
    // No release compiles it.
    files.retain(|path| *path != "subject::manage::rehearsal");
    assert!(files.len() <= MOST_IMPL_FILES, "{}: {files:#?}", files.len());
    assert!(files.iter().all(|path| path.starts_with("subject::")), "{files:#?}");
    assert!(files.iter().all(|path| !path.starts_with("subject::record")), "{files:#?}");
    assert!(files.len() > 5, "only {} were found", files.len());
}

#[test]
#[ignore = "prints what the other tests check"]
fn core_imports_are_counted() {
    let arrows = core_arrows();
    let against = against_the_order(&arrows);
    println!("{} imports between files of the core", arrows.len());
    println!("{} against the order of its folders: {against:#?}", against.len());
}

/// The imports between the files of the core, without those of `subject.rs`, which re-exports.
fn core_arrows() -> BTreeSet<Arrow> {
    let mut arrows = Sources::of_this_crate(UnitTests::Excluded).arrows();
    arrows.retain(|(from, to)| from.starts_with("subject::") && top(to) == "subject");
    assert!(arrows.len() > 100, "only {} imports were found", arrows.len());
    arrows
}

fn against_the_order(arrows: &BTreeSet<Arrow>) -> Vec<String> {
    let ranks = BTreeMap::from(CORE);
    let rank = |module: &str| match part(module) {
        "" => u8::MAX,
        part => *ranks.get(part).unwrap_or_else(|| panic!("{part} has no rank")),
    };
    let violations = arrows.iter().filter(|(from, to)| rank(to) > rank(from));
    violations.map(|(from, to)| format!("{from} imports {to}")).collect()
}

/// The part of the core that `module` belongs to; empty for `subject` itself.
fn part(module: &str) -> &str {
    module.split("::").nth(1).unwrap_or_default()
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn implements_subject(code: &str) -> bool {
    code.lines().any(|line| {
        let head = line.split_once("Subject<").map_or("", |(head, _)| head.trim());
        head == "impl" || head.starts_with("impl<")
    })
}
