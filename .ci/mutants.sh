#!/usr/bin/env bash
# Breaks the crate in each small way that cargo-mutants knows, and runs the tests that should see it.
#
#   mutants.sh [GROUP...]   all groups, or some; fails when a break was not seen
#
# A group is some files and the programs of tests that are meant to see what is wrong in them. What
# is left out stands in .cargo/mutants.toml with its reason. What was not seen is printed, and lies
# with the logs in target/broken/GROUP/mutants.out.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --version 27.1.0 --locked

sealing='src/keys/** src/keys.rs src/moment.rs src/record.rs src/storage.rs
    src/subject/codec.rs src/subject/commit.rs src/subject/root.rs src/subject/state.rs'
limiting='src/subject/budget.rs src/subject/due.rs src/subject/failures.rs src/subject/limiter.rs
    src/subject/mend.rs src/subject/prefix.rs src/subject/reserved.rs src/subject/rights.rs
    src/subject/sends.rs src/subject/span.rs src/verifier/spray.rs'

# Says which `files` are broken, `but` which not, which `programs` are run, and which `slow` tests of
# them are not, since the others see what they see.
group() {
    but='' slow='a_million busy_day failure_104_an_approval_is_taken_up_once faults:: pairs::'
    case $1 in
    limiting) files=$limiting programs='around factors laws' ;;
    messages) files='src/message/** src/message.rs' programs='around messages' ;;
    otp)
        files='src/otp/** src/otp.rs src/secret/** src/secret.rs src/at_once.rs src/code.rs
            src/time.rs'
        programs='otp otpauth otpauth_migration' slow='a_million moment::'
        ;;
    parsing)
        files='src/gateway/** src/gateway.rs src/address.rs src/client.rs src/id.rs'
        programs='around messages'
        ;;
    sealing) files=$sealing programs='around factors laws' ;;
    verifying)
        files='src/subject/** src/subject.rs src/verifier/** src/verifier.rs src/verdict/** src/verdict.rs
            src/host/** src/host.rs src/event.rs src/factor.rs src/memory.rs src/purpose.rs'
        but="$sealing $limiting" programs='around factors laws security_keys systems'
        ;;
    *)
        echo "mutants.sh: there is no group '$1'" >&2
        exit 2
        ;;
    esac
}

# `option --file 'a b'` is `--file a --file b`, without looking for files of such names.
option() { for value in $2; do printf '%s\n%s\n' "$1" "$value"; done; }

set -f
groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=(otp sealing limiting parsing messages verifying)
failed=()
for name in "${groups[@]}"; do
    group "$name"
    out=target/broken/$name
    mkdir -p "$out"
    printf '\n== %s\n' "$name"
    mapfile -t chosen < <(option --file "$files" && option --exclude "$but")
    mapfile -t tests < <(option --test "$programs")
    mapfile -t skipped < <(option --skip "$slow")
    start=$SECONDS
    cargo mutants --no-shuffle --output "$out" "${chosen[@]}" \
        -- --locked --lib "${tests[@]}" -- "${skipped[@]}" || failed+=("$name")
    printf '%s: ' "$name"
    wc -l "$out"/mutants.out/{caught,missed,timeout,unviable}.txt |
        awk '/mutants.out/ { sub(/.*\//, "", $2); sub(/.txt/, "", $2); printf "%s %s, ", $1, $2 }'
    echo "$((SECONDS - start)) s"
done
[ ${#failed[@]} -eq 0 ] || { echo "mutants.sh: something was not seen in ${failed[*]}" >&2; exit 1; }
