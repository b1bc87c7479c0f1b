#!/usr/bin/env bash
# What `cargo deny` says by deny.toml: licences, versions twice, sources, and the advisories of today.
#   bash .ci/supply_chain.sh             all of it; without a way to the advisories it fails
#   bash .ci/supply_chain.sh --offline   all but the advisories
# The gate has the same but for today's advisories from `cargo test --test sources supply_chain`: to build the tool
# takes longer than the rest of it.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=0.20.2
if ! cargo deny --version 2>/dev/null | grep -qx "cargo-deny $VERSION"; then
    cargo install --locked cargo-deny --version "$VERSION"
fi

cargo deny check licenses bans sources
if [ "${1:-}" = --offline ]; then
    echo 'advisories: not asked for'
elif ! git ls-remote -q https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
    echo 'advisories: there is no way to github.com/RustSec/advisory-db from here' >&2
    exit 1
else
    cargo deny check advisories
fi
