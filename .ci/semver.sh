#!/usr/bin/env bash
# Checks with cargo-semver-checks that the version in Cargo.toml fits the changes since the last release.
#
#   bash .ci/semver.sh          since the newest tag v<major>.<minor>.<patch>
#   bash .ci/semver.sh <rev>    since that revision
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=0.51.0
since=${1:-$(git tag --list 'v[0-9]*.[0-9]*.[0-9]*' --sort=-version:refname | head -n 1)}
if [ -z "$since" ]; then
    echo 'semver.sh: no release yet (no tag v*.*.*), nothing to compare'
    exit 0
fi
if ! cargo semver-checks --version 2>/dev/null | grep -qx "cargo-semver-checks $VERSION"; then
    cargo install --locked cargo-semver-checks --version "$VERSION"
fi
cargo semver-checks --package second-factor --all-features --baseline-rev "$since"
