#!/usr/bin/env bash
# Drives `examples/login.rs` as a user would, with `oathtool` as the authenticator app.
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
mkfifo "$work/answers"
"$@" <"$work/answers" >"$work/screen" 2>"$work/errors" &
pid=$!
exec 3>"$work/answers"

fail() {
    echo "login.sh: $1" >&2
    # The output contains a demo secret that is valid only for this process.
    tail -n 20 "$work/screen" "$work/errors" >&2
    exit 1
}

# Waits until the output contains $1 for the $2-th time.
wait_for() {
    for _ in $(seq 300); do
        [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    [ "$(grep -c -- "$1" "$work/screen" || true)" -ge "$2" ] || fail "missing in the output: $1"
}

app_code() {
    oathtool --totp --base32 --now "$(date -u -d "$1 seconds" '+%Y-%m-%d %H:%M:%S UTC')" "$secret"
}

sms_code() {
    sed -n 's/.*│ \([0-9]\{6\}\) is your .*/\1/p' "$work/screen" | tail -n 1
}

wait_for 'Or enter this secret' 1
secret=$(sed -n 's/.*Or enter this secret: //p' "$work/screen" | tr -d ' ')
app_code +0 >&3
wait_for 'Authenticator app added' 1
wait_for 'is your Second Factor Demo .*code' 1
sms_code >&3
wait_for 'Phone number added' 1
# Enrollment used up the first code. The next one is already inside the window.
app_code +30 >&3
wait_for 'signed in with \[Totp\]' 1
wait_for 'not verified' 1
wait_for 'is your Second Factor Demo .*code' 2
sms_code >&3
wait_for 'signed in with \[Phone\]' 1
wait_for 'too many incorrect codes: wait \(29\|30\) s' 1
wait "$pid" || fail 'the example failed'
[ ! -s "$work/errors" ] || fail 'the example wrote to standard error'
echo 'login.sh: two sign-ins, a refused replay and a lock'
