//! Steps and scripts of the gate.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::collections::BTreeSet;
use std::{fs, path::Path};

#[test]
fn workflow_runs_each_step_of_the_gate_once() {
    let gate = read(".ci/run");
    let (_, steps) = gate.split_once("\nsteps=(").unwrap();
    let mut steps: Vec<&str> = steps.split(')').next().unwrap().split_whitespace().collect();
    let workflow = read(".github/workflows/ci.yml");
    let (_, matrix) = workflow.split_once("        steps:\n").unwrap();
    let jobs = matrix.lines().map_while(|line| line.strip_prefix("          - "));
    let mut run: Vec<&str> = jobs.flat_map(str::split_whitespace).collect();
    assert!(steps.len() > 20, "only {steps:?} were found");
    steps.sort_unstable();
    run.sort_unstable();
    assert_eq!(run, steps);
    for step in steps {
        assert!(gate.contains(&format!("\nstep_{step}() {{\n")), "{step} has no function");
        assert!(gate.contains(&format!("\n    {step}) echo '")), "{step} has no title");
    }
}

#[test]
fn scripts_that_pages_name_exist() {
    let mut seen = BTreeSet::new();
    let pages = ["CONTRIBUTING.md", "RELEASING.md", "src/manual/proof.md", ".ci/run"];
    for page in pages {
        for name in read(page).split(".ci/").skip(1) {
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"_.".contains(c));
            let name = name.get(..end.unwrap_or(name.len())).unwrap().trim_end_matches('.');
            assert!(root().join(".ci").join(name).is_file(), "{page}: .ci/{name}");
            seen.insert(name.to_owned());
        }
    }
    let scripts = fs::read_dir(root().join(".ci")).unwrap();
    for script in scripts.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let is_named = seen.contains(&script) || read(".ci/package.sh").contains(&script);
        assert!(is_named, ".ci/{script}: no page and no step names it");
    }
}

#[test]
fn gate_runs_each_example_and_the_pages_name_it() {
    let gate = read(".ci/run");
    let (_, step) = gate.split_once("\nstep_examples() {\n").unwrap();
    let step = step.split("\n}\n").next().unwrap();
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut examples = 0;
    for example in fs::read_dir(root().join("examples")).unwrap() {
        let path = example.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(step.split(|c| !is_name(c)).any(|word| word == name), ".ci/run: {name}");
            for page in ["CONTRIBUTING.md", "src/manual/tasks.md"] {
                let text = read(page);
                let forms = [format!("`{name}`"), format!("--example {name}`")];
                assert!(forms.iter().any(|form| text.contains(form)), "{page}: {name}");
            }
            examples += 1;
        }
    }
    assert!(examples > 5, "only {examples} examples were found");
}

/// A contributor reads the page before the first change.
#[test]
fn contributing_has_60_to_120_lines() {
    let lines = read("CONTRIBUTING.md").lines().count();
    assert!((60..=120).contains(&lines), "{lines}");
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
