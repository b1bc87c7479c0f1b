#!/usr/bin/env bash
# Drives `examples/login.rs` as a person would, with `oathtool` for the authenticator app.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
mkfifo "$work/answers"
"$@" <"$work/answers" >"$work/screen" 2>"$work/errors" &
pid=$!
exec 3>"$work/answers"

fail() {
    echo "login.sh: $1" >&2
    # The screen holds a demo secret that dies with the process.
    tail -n 20 "$work/screen" "$work/errors" >&2
    exit 1
}

# Waits until the screen shows $1 for the $2-th time.
wait_for() {
    for _ in $(seq 300); do
        [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] || fail "never saw: $1"
}

app_code() {
    oathtool --totp --base32 --now "$(date -u -d "$1 seconds" '+%Y-%m-%d %H:%M:%S UTC')" "$secret"
}

sms_code() {
    sed -n 's/.*│ \([0-9]\{6\}\) is your .*/\1/p' "$work/screen" | tail -n 1
}

wait_for 'type this secret into it' 1
secret=$(sed -n 's/.*type this secret into it: //p' "$work/screen" | tr -d ' ')
app_code +0 >&3
wait_for 'The app is yours' 1
wait_for 'is your Second Factor Demo code' 1
sms_code >&3
wait_for 'The number is yours' 1
# The first code was burned by enrolling: the next one is inside the window already.
app_code +30 >&3
wait_for 'signed in, by \[App\]' 1
wait_for 'not verified' 1
wait_for 'is your Second Factor Demo code' 2
sms_code >&3
wait_for 'signed in, by \[Phone\]' 1
wait_for 'too many wrong codes: wait \(29\|30\) s' 1
wait "$pid" || fail 'the example failed'
[ ! -s "$work/errors" ] || fail 'the example wrote to standard error'
echo 'login.sh: signed in twice, a replay refused, a lock shown'
