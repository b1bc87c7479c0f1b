#!/usr/bin/env bash
# Breaks the crate in each small way that cargo-mutants knows, and runs the tests that should see it.
#
#   mutants.sh [GROUP...]   all groups by default; figures at the end, fails when a mutant is missed
#
# A group is some files and the test programs that are meant to catch what is wrong in them. What is
# left out stands in .cargo/mutants.toml with its reason; what was missed lies in
# target/mutants.out/GROUP.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}
CARGO_TARGET_DIR=$(realpath -m "$CARGO_TARGET_DIR")

groups=(otp)

# The files of a group, then the programs that test it.
files_of() {
    case $1 in
    otp) echo 'src/otp/**' src/otp.rs 'src/secret/**' src/secret.rs src/code.rs src/time.rs ;;
    *) echo "mutants.sh: no group '$1'; there are: ${groups[*]}" >&2; exit 2 ;;
    esac
}
tests_of() {
    case $1 in
    otp) echo otp otpauth otpauth_migration ;;
    esac
}

command -v cargo-mutants >/dev/null || cargo install cargo-mutants --version 27.1.0 --locked

[ $# -gt 0 ] && groups=("$@")
