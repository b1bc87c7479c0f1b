#!/usr/bin/env bash
# Fuzzes each target: first the committed corpus, then new inputs for a given time.
#
#   fuzz.sh [SECONDS] [TARGET...]   default: 10 seconds, all targets
#
# Failing inputs are written to fuzz/artifacts. New inputs that increase coverage are written to fuzz/target,
# not to the corpus. After a long run, `cargo fuzz cmin` merges both into a minimal corpus.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-10}
shift || true

if ! command -v c++ >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q g++
fi
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --version 0.13.2 --locked

# Sanitizers need nightly, and have nothing to find where `unsafe` is forbidden.
fuzz() { cargo fuzz "$1" --fuzz-dir . --sanitizer none "${@:2}"; }

fuzz build
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
for target in "${targets[@]}"; do
    printf '\n== %s\n' "$target"
    mkdir -p "target/found/$target"
    # `record` runs some sixty operations on each input, `histories` a hundred steps: one input can take a second.
    fuzz run "$target" "target/found/$target" "corpus/$target" -- \
        -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        >target/found.log 2>&1 || {
        grep -E 'panicked|ERROR|left:|right:|Test unit written' -A 2 target/found.log >&2 || true
        tail -n 30 target/found.log >&2
        exit 1
    }
    grep -E 'DONE|number_of_executed_units' target/found.log
done
echo "fuzz.sh: ${#targets[@]} targets, $seconds s each, no failures"
