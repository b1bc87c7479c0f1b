#!/usr/bin/env bash
# Runs `cargo deny` with deny.toml: licenses, duplicate versions, sources and current RustSec advisories.
#
#   bash .ci/supply_chain.sh             all checks; fails if the advisory database cannot be reached
#   bash .ci/supply_chain.sh --offline   all checks except the advisories
#
# .ci/run does not call this, because building cargo-deny takes too long. There, `cargo test --test sources
# supply_chain` makes the same checks, except for current advisories.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=0.20.2
if ! cargo deny --version 2>/dev/null | grep -qx "cargo-deny $VERSION"; then
    cargo install --locked cargo-deny --version "$VERSION"
fi

cargo deny check licenses bans sources
if [ "${1:-}" = --offline ]; then
    echo 'supply_chain.sh: advisories skipped'
elif ! git ls-remote -q https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
    echo 'supply_chain.sh: cannot reach github.com/RustSec/advisory-db' >&2
    exit 1
else
    cargo deny check advisories
fi
