#!/usr/bin/env bash
# Builds the crate with its MSRV, and with the minimal versions of its direct dependencies.
#
#   bash .ci/versions.sh            both
#   bash .ci/versions.sh msrv       the MSRV only
#   bash .ci/versions.sh minimal    the minimal versions only
set -euo pipefail
cd "$(dirname "$0")/.."

FEATURES=('' alloc std qr serde testkit tracing gateways gateways,qr,serde,testkit,tracing)
msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
[ -n "$msrv" ]

# In a copy, because the lock file differs. Without the other packages of the workspace, whose dependencies require
# newer versions.
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

msrv() {
    if ! cargo "+$msrv" --version >/dev/null 2>&1; then
        rustup toolchain install "$msrv" --profile minimal --no-self-update || {
            echo "versions.sh: cannot install Rust $msrv, so the MSRV was not checked" >&2
            exit 1
        }
    fi
    cargo "+$msrv" --version
    export CARGO_TARGET_DIR=$targets/msrv
    CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo "+$msrv" generate-lockfile -q
    # The macro of minicbor 2.2 and later requires Rust 1.88 without declaring it (manual, page `dependencies`).
    cargo "+$msrv" update -q minicbor --precise 2.1.3
    check "+$msrv"
}

minimal() {
    echo 'minimal versions of the direct dependencies'
    export CARGO_TARGET_DIR=$targets/minimal
    RUSTC_BOOTSTRAP=1 cargo -Z direct-minimal-versions generate-lockfile -q
    check
    cargo test --locked -q --test otp --test otpauth
}

case "${1:-both}" in
    msrv) msrv ;;
    minimal) minimal ;;
    both) msrv; minimal ;;
    *) echo "versions.sh: unknown argument: $1" >&2; exit 2 ;;
esac
