#!/usr/bin/env bash
# Mutation testing: changes the crate in each way that cargo-mutants lists, and runs the tests that reach the change.
#
#   mutants.sh              all mutants that can be switched in one build (mutant schemata)
#   mutants.sh files GLOB…  those in the files that match a glob, such as 'src/policy/**'
#   mutants.sh missed       the mutants that the previous run missed
#   mutants.sh rest         the mutants that cannot be switched, by cargo-mutants, with a build for each
#
# .cargo/mutants.toml excludes mutants, each with a reason. Missed mutants are printed and fail the script.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --version 27.1.0 --locked

# All test programs, except those that test the source text or the testkit.
programs=peak_memory
for main in tests/*/main.rs; do
    name=$(basename "$(dirname "$main")")
    case $name in probe | sources | storage_kit) ;; *) programs+=" $name" ;; esac
done
target=${CARGO_TARGET_DIR:-$PWD/target}
out=$target/mutants
rest=$out/rest.txt
mkdir -p "$out"

# by_cargo_mutants LIST OUTPUT PROGRAM...: builds each mutant of the list separately and runs these test programs.
by_cargo_mutants() {
    local names files
    # The names are matched literally. `<` and `>` stay as they are: `\<` and `\>` would match word boundaries.
    mapfile -t names < <(sed 's/[][\\.*+?^${}()|]/\\&/g; s/^/^/; s/$/$/' "$1")
    [ ${#names[@]} -gt 0 ] || return 0
    # Mutants of struct fields match only by file name.
    mapfile -t files < <(cut -d: -f1 "$1" | sort -u)
    rm -rf "$2"
    mkdir "$2"
    cargo mutants --no-shuffle --baseline skip --timeout 900 --output "$2" "${names[@]/#/--re=}" \
        "${files[@]/#/--file=}" -- --locked --lib $(printf -- '--test %s ' "${@:3}") \
        -- --skip short_day --skip a_million --skip a_hundred_thousand
}

files=()
case ${1-} in
'') ;;
files)
    for glob in "${@:2}"; do files+=(--file "$glob"); done
    [ ${#files[@]} -gt 0 ] || { echo "mutants.sh: files needs a glob" >&2; exit 2; }
    ;;
missed)
    cp "$out/output.txt" "$out/previous.txt"
    export MISSED_IN=$out/previous.txt
    rest=$out/rest_of_missed.txt
    ;;
rest)
    # First with fast test programs; then with all, for the mutants that these missed.
    by_cargo_mutants "$rest" "$out/fast" otp otpauth factors && exit
    by_cargo_mutants "$out/fast/mutants.out/missed.txt" "$out/full" $programs
    exit
    ;;
*)
    echo "mutants.sh: unknown argument: $1" >&2
    exit 2
    ;;
esac
cargo mutants --list --json "${files[@]}" >"$out/list.json"
cargo build --locked -q -p second-factor-mutants
rm -rf "$out/tree"
mkdir "$out/tree"
git ls-files -z | tar --null -T - -c | tar -x -C "$out/tree"
start=$SECONDS
failed=0
"$target/debug/second-factor-mutants" "$out/list.json" "$out/tree" "$rest" \
    $programs | tee "$out/output.txt" || failed=1
echo "$((SECONDS - start)) s"
exit $failed
