#!/usr/bin/env bash
# Drives the program of README.md as its reader would, with `oathtool` as the authenticator app.
#
#   readme.sh PROGRAM
set -euo pipefail

work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
mkfifo "$work/answers"
"$1" <"$work/answers" >"$work/screen" 2>"$work/errors" &
pid=$!
exec 3>"$work/answers"

wait_for() {
    for _ in $(seq 300); do
        grep -q -- "$1" "$work/screen" && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    grep -q -- "$1" "$work/screen" && return
    echo "readme.sh: missing in the output: $1" >&2
    # The output contains a demo secret that is valid only for this process.
    tail -n 20 "$work/screen" "$work/errors" >&2
    exit 1
}

app_code() {
    oathtool --totp --base32 --now "$(date -u -d "$1 seconds" '+%Y-%m-%d %H:%M:%S UTC')" "$secret"
}

wait_for 'Which code does your app show?'
secret=$(sed -n 's/^Setup key: //p' "$work/screen" | tr -d ' ')
app_code +0 >&3
wait_for 'Backup code, to print: '
wait_for 'Which code does your app show now?'
# Enrollment used up the first code. The next one is already inside the window.
app_code +30 >&3
wait_for 'Signed in at level'
wait "$pid"
[ ! -s "$work/errors" ] || { cat "$work/errors" >&2; exit 1; }
echo 'readme.sh: enrolled and signed in'
