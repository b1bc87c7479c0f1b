#!/usr/bin/env bash
# Checks a release build under valgrind for secret-dependent branches, addresses and instruction counts.
#
# The instruction counts may exceed those in tests/tools/constant_time/instructions.txt by at most 5 %.
# UPDATE_COUNTS=1 rewrites that file, where an increase is intended.
#
# A result holds for one compiler. Any other than the pinned one is refused, unless ANY_COMPILER=1 is set.
set -euo pipefail
cd "$(dirname "$0")/.."
pinned=1.95.0

compiler=$(rustc --version)
if [[ $compiler != "rustc $pinned "* && -z ${ANY_COMPILER:-} ]]; then
    echo "constant_time.sh: this is $compiler, not $pinned; ANY_COMPILER=1 accepts it" >&2
    exit 1
fi
if ! command -v valgrind >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q valgrind
fi
echo "$compiler, $(valgrind --version)"

# Line tables, so that valgrind can name the places. They do not change the code.
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only
cargo build --locked -q --release -p second-factor-constant-time
program=${CARGO_TARGET_DIR:-target}/release/constant-time
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

printf '\n%-36s %6s %12s\n' 'secret-dependent branches' found allowed
if ! valgrind -q --num-callers=6 --error-limit=no "$program" marks 2>"$out/memcheck.log"; then
    echo "constant_time.sh: the first errors of memcheck, the allowed ones included:" >&2
    head -n 60 "$out/memcheck.log" >&2
    exit 1
fi

# LD_BIND_NOW, so that the counts do not include the lookup of symbols.
mkdir "$out/counts"
LD_BIND_NOW=1 valgrind -q --tool=callgrind --collect-atstart=no \
    --callgrind-out-file="$out/counts/of" "$program" counts
printf '\n%-36s %8s %8s %9s %6s\n' 'instructions' min max spread bound
baseline=tests/tools/constant_time/instructions.txt
[[ -z ${UPDATE_COUNTS:-} ]] || "$program" update "$out/counts" "$baseline"
"$program" judge "$out/counts" "$baseline"
echo 'constant_time.sh: no secret-dependent work found; every deliberate mistake was detected'
