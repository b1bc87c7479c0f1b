//! The JSON of rustdoc for this crate with all features.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path, process::Command, sync::OnceLock};

use serde_json::Value;

/// Builds it once for all tests. It sets `RUSTC_BOOTSTRAP`, because only the nightly rustdoc writes
/// JSON.
pub(crate) fn documented() -> &'static Value {
    static DOCUMENTED: OnceLock<Value> = OnceLock::new();
    DOCUMENTED.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented");
        let status = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &target)
            .args(["rustdoc", "--locked", "-q", "--lib", "--all-features", "--"])
            .args(["-Z", "unstable-options", "--output-format", "json"])
            .status()
            .unwrap();
        assert!(status.success());
        let text = fs::read_to_string(target.join("doc/second_factor.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    })
}
