//! Support of wasm32.
//!
//! The checks need no libraries for that target.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path, process::Command};

/// The condition of `HAS_CLOCK`, and the target that it is for.
const CONDITION: &str = "all(target_family = \"wasm\", target_os = \"unknown\")";

#[test]
fn platforms_without_a_clock_are_recognized() {
    let source = fs::read_to_string(root().join("src/time.rs")).unwrap();
    assert!(source.contains(&format!("const HAS_CLOCK: bool = !cfg!({CONDITION});")));
    assert_eq!(source.matches("SystemTime::now()").count(), 1, "behind the condition");
    // `wasm32-wasip1` has a clock, and `wasm32v1-none` has no `std`.
    for (target, is_met) in [
        ("wasm32-unknown-unknown", true),
        ("wasm32-wasip1", false),
        ("wasm32v1-none", false),
        ("x86_64-unknown-linux-gnu", false),
    ] {
        let settings = settings(target);
        let has = |setting: &str| settings.lines().any(|line| line == setting);
        let is_true = has("target_family=\"wasm\"") && has("target_os=\"unknown\"");
        assert_eq!(is_true, is_met, "{target}: {settings}");
    }
}

/// `getrandom` does not compile there unless the application selects a source.
#[test]
fn wasm_without_std_needs_no_randomness_of_the_system() {
    for (features, is_needed) in [("", false), ("alloc,qr,serde,tracing", false), ("std", true)] {
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["tree", "--locked", "--target", "wasm32-unknown-unknown", "--edges", "normal"])
            .args(["--prefix", "none", "--no-default-features", "--features", features])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        assert_eq!(tree.contains("getrandom v"), is_needed, "[{features}] {tree}");
    }
}

/// The settings by which the compiler selects code. It knows them without the target's libraries.
fn settings(target: &str) -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "cfg", "--target", target]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
