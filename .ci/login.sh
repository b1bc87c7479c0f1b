#!/usr/bin/env bash
# Runs `examples/login.rs` with scripted input; `oathtool` is the authenticator app.
#
#   login.sh COMMAND...   the command that starts the example
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
mkfifo "$work/answers"
"$@" <"$work/answers" >"$work/screen" 2>"$work/errors" &
pid=$!
exec 3>"$work/answers"

fail() {
    echo "login.sh: $1" >&2
    # The output contains only a demo secret, which is discarded with the process.
    tail -n 20 "$work/screen" "$work/errors" >&2
    exit 1
}

# Waits until the output contains $1 on at least $2 lines.
wait_for() {
    for _ in $(seq 300); do
        [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] || fail "not in the output: $1"
}

app_code() {
    oathtool --totp --base32 --now "$(date -u -d "$1 seconds" '+%Y-%m-%d %H:%M:%S UTC')" "$secret"
}

sms_code() {
    sed -n 's/.*│ \([0-9]\{6\}\) is your .*/\1/p' "$work/screen" | tail -n 1
}

# The example prints the secret as the last part of a line, ✔ for a sign-in and ✘ for a refusal.
wait_for ' secret .*: [A-Z2-7 ]*$' 1
secret=$(sed -n 's/.* secret .*: \([A-Z2-7 ]*\)$/\1/p' "$work/screen" | tr -d ' ')
app_code +0 >&3
wait_for 'is your Second Factor Demo code' 1
sms_code >&3
# Enrollment used up the current code. The next one is already inside the window.
app_code +30 >&3
wait_for '✔ .*\[Totp\]' 1
wait_for '✘ not verified' 1
wait_for 'is your Second Factor Demo code' 2
sms_code >&3
wait_for '✔ .*\[Phone\]' 1
wait_for '✘ .* \(29\|30\) s' 1
wait "$pid" || fail 'the example failed'
[ ! -s "$work/errors" ] || fail 'the example wrote to standard error'
echo 'login.sh: two sign-ins, one refused replay, one lock'
