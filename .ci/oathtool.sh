#!/usr/bin/env bash
# Compares the codes of `examples/codes.rs` with those of `oathtool`, for random secrets and times.
#
#   oathtool.sh [CASES]   default: 300
set -euo pipefail
cases=${1:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

RANDOM=20260101
algorithms=(sha1 sha256 sha512)
for _ in $(seq "$cases"); do
    algorithm=${algorithms[RANDOM % 3]}
    digits=$((6 + RANDOM % 3))
    period=$((15 + RANDOM % 106))
    # Up to the year 2200. oathtool takes dates, not Unix times.
    time=$(((RANDOM * 32768 * 32768 + RANDOM * 32768 + RANDOM) % 7258118400))
    bytes=$((16 + RANDOM % 49))
    hex=$(for _ in $(seq "$bytes"); do printf '%02x' $((RANDOM % 256)); done)
    secret=$(printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")" | base32 -w0 | tr -d =)
    echo "$algorithm $digits $period $time $secret" >>"$work/cases"
    oathtool --totp="$algorithm" --digits="$digits" --time-step-size="${period}s" \
        --now "$(date -u -d "@$time" '+%Y-%m-%d %H:%M:%S UTC')" "$hex" >>"$work/theirs"
done
cargo run --locked -q --example codes <"$work/cases" >"$work/ours"
diff "$work/ours" "$work/theirs" >"$work/diff" || {
    echo 'oathtool.sh: codes differ' >&2
    head "$work/diff" >&2
    exit 1
}
echo "oathtool.sh: $(wc -l <"$work/ours") codes are equal"
