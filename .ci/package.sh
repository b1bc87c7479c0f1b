#!/usr/bin/env bash
# Builds the package that would be published, in a folder that has nothing else, and runs the program of its README
# as a new application would: with the crate as a path, and an authenticator app (`oathtool`).
set -euo pipefail
cd "$(dirname "$0")/.."
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
repository=$PWD

cargo package --locked -q --no-verify --allow-dirty
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
alone=$(mktemp -d)
trap 'rm -rf "$alone"' EXIT
tar -xzf "$targets/package/second-factor-$version.crate" -C "$alone"
crate=$alone/second-factor-$version
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
