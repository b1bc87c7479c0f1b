#!/usr/bin/env bash
# Breaks the crate in each small way that cargo-mutants knows, and runs the tests that reach it.
#
#   mutants.sh        all that can be switched on in one build of the tests
#   mutants.sh again  what was missed the last time
#   mutants.sh left   what that left, by cargo-mutants itself, each with a build of its own
#
# What is left out stands in .cargo/mutants.toml with its reason. What was not seen is printed, and is a
# failure.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --version 27.1.0 --locked

programs='otp otpauth otpauth_migration factors around laws security_keys systems messages model
    peak_memory'
target=${CARGO_TARGET_DIR:-$PWD/target}
out=$target/mutants
left=$out/left
mkdir -p "$out"

# Each of the file $1 has a build of its own, for which these programs of tests are run; into $2.
meet() {
    local names files
    # A name is its place and what is done there; all of it is taken as it is. `\<` and `\>` would be ends of words.
    mapfile -t names < <(sed 's/[][\\.*+?^${}()|]/\\&/g; s/^/^/; s/$/$/' "$1")
    [ ${#names[@]} -gt 0 ] || return 0
    # Fields that are left out are filtered by the name of the file alone.
    mapfile -t files < <(cut -d: -f1 "$1" | sort -u)
    rm -rf "$2"
    mkdir "$2"
    cargo mutants --no-shuffle --baseline skip --timeout 900 --output "$2" "${names[@]/#/--re=}" \
        "${files[@]/#/--file=}" -- --locked --lib $(printf -- '--test %s ' "${@:3}") \
        -- --skip busy_day --skip a_million --skip a_hundred_thousand
}
if [[ ${1:-} == left ]]; then
    # First what is quickly done; then all, for what that did not see.
    meet "$left" "$out/quickly" otp otpauth factors && exit
    meet "$out/quickly/mutants.out/missed.txt" "$out/slowly" $programs
    exit
fi

if [[ ${1:-} == again ]]; then
    cp "$out/told" "$out/told.before"
    export AGAIN=$out/told.before
    left=$out/left.again
fi
cargo mutants --list --json >"$out/list.json"
cargo build --locked -q -p second-factor-mutants
rm -rf "$out/tree"
mkdir "$out/tree"
git ls-files -z | tar --null -T - -c | tar -x -C "$out/tree"
start=$SECONDS
failed=0
"$target/debug/second-factor-mutants" "$out/list.json" "$out/tree" "$left" \
    $programs | tee "$out/told" || failed=1
echo "$((SECONDS - start)) s"
exit $failed
