#!/usr/bin/env bash
# The crate builds with the oldest compiler that it promises, and with the oldest of each crate that it asks for.
#   bash .ci/versions.sh            both
#   bash .ci/versions.sh oldest     the compiler alone; `minimal` the crates alone
set -euo pipefail
cd "$(dirname "$0")/.."

FEATURES=('' alloc std qr testkit gateways gateways,qr,testkit)
promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
[ -n "$promised" ]

# Alone, without the other packages of the workspace, whose dependencies ask for newer ones; in a copy, since it
# has another lock file.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r Cargo.toml README.md src tests "$copy"
sed -i '/^members = \[/,/^\]/d; /^default-members/d; /^exclude = /d' "$copy/Cargo.toml"
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cd "$copy"

check() {
    for features in "${FEATURES[@]}"; do
        echo "-- [$features]"
        cargo "$@" check --locked -q --lib --no-default-features --features "$features"
    done
}

oldest() {
    if ! cargo "+$promised" --version >/dev/null 2>&1; then
        rustup toolchain install "$promised" --profile minimal --no-self-update || {
            echo "Rust $promised is not here and could not be installed: nothing was shown" >&2
            exit 1
        }
    fi
    cargo "+$promised" --version
    export CARGO_TARGET_DIR=$targets/oldest
    CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo "+$promised" generate-lockfile -q
    # From 2.2 on its macro asks for Rust 1.88 without saying so: no resolver can know (manual, `dependencies`).
    cargo "+$promised" update -q minicbor --precise 2.1.3
    check "+$promised"
}

minimal() {
    echo 'the oldest of each crate'
    export CARGO_TARGET_DIR=$targets/minimal
    RUSTC_BOOTSTRAP=1 cargo -Z direct-minimal-versions generate-lockfile -q
    check
    cargo test --locked -q --test otp --test otpauth
}

case "${1:-both}" in
    oldest) oldest ;;
    minimal) minimal ;;
    both) oldest; minimal ;;
    *) echo "no such check: $1" >&2; exit 2 ;;
esac
