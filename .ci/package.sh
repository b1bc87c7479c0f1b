#!/usr/bin/env bash
# Builds the packages that would be published, in a folder that has nothing else. Runs the program of the README as a
# new application would: with the crate as a path, and an authenticator app (`oathtool`). Runs the probe of the test kit
# against the example application of `second-factor-axum`.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
repository=$PWD

cargo package --locked -q --no-verify --allow-dirty -p second-factor -p second-factor-axum
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
alone=$(mktemp -d)
trap 'rm -rf "$alone"' EXIT
tar -xzf "$targets/package/second-factor-$version.crate" -C "$alone"
tar -xzf "$targets/package/second-factor-axum-$version.crate" -C "$alone"
crate=$alone/second-factor-$version
router=$alone/second-factor-axum-$version
echo "package.sh: $(find "$crate" -type f | wc -l) files," \
    "$(stat -c %s "$targets/package/second-factor-$version.crate") bytes"

# What the README shows and names.
for file in pictures/second-step.png pictures/security.png examples/login.rs examples/storage/postgres.rs \
    examples/storage/sqlite.rs examples/storage/tests/kit/main.rs; do
    [ -s "$crate/$file" ] || { echo "package.sh: not in the package: $file" >&2; exit 1; }
done
grep -o 'https://docs.rs/crate/second-factor/latest/source/[^)>]*' README.md | sort -u | while read -r link; do
    [ -e "$crate/${link#*/source/}" ] || { echo "package.sh: not in the package: $link" >&2; exit 1; }
done

# One folder for both builds, which share their dependencies.
export CARGO_TARGET_DIR=$targets/unpacked
(cd "$crate" && cargo check --locked -q --lib --examples --all-features)

application=$alone/two-factor
mkdir -p "$application/src"
sed -n '/^```rust,no_run$/,/^```$/p' "$crate/README.md" | sed '1d;$d' >"$application/src/main.rs"
cp "$crate/Cargo.lock" "$application"
cat >"$application/Cargo.toml" <<END
[package]
name = "two-factor"
edition = "2024"

[dependencies]
second-factor = { path = "$crate", features = ["qr"] }

# As in the workspace: the hashes of the backup codes are slow.
[profile.dev.package.argon2]
opt-level = 3
[profile.dev.package.blake2]
opt-level = 3

[workspace]
END
(cd "$application" && cargo build -q)
bash "$repository/.ci/readme.sh" "$CARGO_TARGET_DIR/debug/two-factor"

# A store to copy, with the manifest and the test of its page.
store=$alone/store
page=$crate/examples/storage/README.md
mkdir -p "$store/src" "$store/tests"
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$page" | sed '1d;$d'; }
{
    printf '[package]\nname = "your_application"\nedition = "2024"\n\n[workspace]\n\n'
    block toml
    printf '\n[patch.crates-io]\nsecond-factor = { path = "%s" }\n' "$crate"
} >"$store/Cargo.toml"
cp "$crate/examples/storage/sqlx_sqlite.rs" "$store/src"
echo 'pub mod sqlx_sqlite;' >"$store/src/lib.rs"
block rust >"$store/tests/kit.rs"
cp "$repository/Cargo.lock" "$store"
(cd "$store" && cargo test -q)

# The example application of the router, with the probe of the package's tests.
site=$alone/site
mkdir -p "$site/src" "$site/tests/http"
cp "$router/examples/password.rs" "$site/src/main.rs"
cp "$router/tests/http/probe.rs" "$router/tests/http/site.rs" "$site/tests/http"
cp "$router/Cargo.lock" "$site"
cat >"$site/tests/http/main.rs" <<'END'
#![allow(dead_code, reason = "only the probe of the application is run")]
#[path = "../../src/main.rs"]
mod password;
mod probe;
mod site;
END
cat >"$site/Cargo.toml" <<END
[package]
name = "site"
edition = "2024"

[dependencies]
axum = { version = "0.8", default-features = false, features = ["form", "http1", "macros", "tokio"] }
password-auth = "1"
second-factor = "$version"
second-factor-axum = "$version"
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
tower-sessions = { version = "0.15", default-features = false, features = ["memory-store"] }

[dev-dependencies]
http-body-util = "0.1"
second-factor = { version = "$version", features = ["testkit"] }
serde_json = "1"
totp-rs = "5"
tower = { version = "0.5", default-features = false, features = ["util"] }

[patch.crates-io]
second-factor = { path = "$crate" }
second-factor-axum = { path = "$router" }

[profile.dev.package.argon2]
opt-level = 3
[profile.dev.package.blake2]
opt-level = 3

[workspace]
END
(cd "$site" && cargo test -q --bins --test http example_application)
