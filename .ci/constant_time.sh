#!/usr/bin/env bash
# Looks for work that depends on a secret, in a release build under valgrind.
#
# Counts of instructions may not grow by more than a twentieth over those of
# tests/tools/constant_time/instructions.txt. Where they must, KEEP_COUNTS=1 writes that file anew.
#
# What is true of one compiler need not be of the next: another one than the pinned is refused, or
# taken with ANY_COMPILER=1.
set -euo pipefail
cd "$(dirname "$0")/.."
pinned=1.95.0

compiler=$(rustc --version)
if [[ $compiler != "rustc $pinned "* && -z ${ANY_COMPILER:-} ]]; then
    echo "constant_time.sh: this is $compiler and not $pinned; ANY_COMPILER=1 takes it" >&2
    exit 1
fi
if ! command -v valgrind >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q valgrind
fi
echo "$compiler, $(valgrind --version)"

# Lines, so that what is found can be; the code is that of any release build.
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only
cargo build --locked -q --release -p second-factor-constant-time
program=${CARGO_TARGET_DIR:-target}/release/constant-time
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

printf '\n%-36s %6s %12s\n' 'branches on what is hidden' seen allowed
if ! valgrind -q --num-callers=6 --error-limit=no "$program" marks 2>"$out/memcheck.log"; then
    echo "constant_time.sh: the first places that memcheck saw, with those that are allowed:" >&2
    head -n 60 "$out/memcheck.log" >&2
    exit 1
fi

# Bound at the start, so that no case pays for looking up what it calls.
mkdir "$out/counts"
LD_BIND_NOW=1 valgrind -q --tool=callgrind --collect-atstart=no \
    --callgrind-out-file="$out/counts/of" "$program" counts
printf '\n%-36s %8s %8s %9s %6s\n' 'instructions' least most apart bound
kept=tests/tools/constant_time/instructions.txt
[[ -z ${KEEP_COUNTS:-} ]] || "$program" keep "$out/counts" "$kept"
"$program" judge "$out/counts" "$kept"
echo 'constant_time.sh: nothing depends on a secret, and every mistake made on purpose was seen'
