#!/usr/bin/env bash
# Compares codes and provisioning URIs with pyotp, otplib and pquerna/otp, in both directions, and reads QR codes with
# zbar. Installs these programs where they are missing, under `target`.
#
#   interop.sh [CASES [SEED]]   default: 1000 keys of each program, seed 20261130
set -euo pipefail
cd "$(dirname "$0")/.."
cases=${1:-1000}
seed=${2:-20261130}
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$PWD/tests/tools/interop
installed=$targets/interop
mkdir -p "$installed"

PYOTP=2.9.0
OTPLIB=13.5.0
missing=()
command -v zbarimg >/dev/null || missing+=(zbar-tools)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v go >/dev/null || missing+=(golang-go)
[ -d /usr/share/gocode/src/github.com/pquerna/otp ] || missing+=(golang-github-pquerna-otp-dev)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
python=$installed/pyotp-$PYOTP
if [ ! -f "$python/done" ]; then
    python3 -m venv "$python"
    "$python/bin/pip" install -q --disable-pip-version-check "pyotp==$PYOTP"
    touch "$python/done"
fi
node=$installed/otplib-$OTPLIB
if [ ! -f "$node/done" ]; then
    mkdir -p "$node"
    (cd "$node" && npm install --silent --no-audit --no-fund --prefix . "otplib@$OTPLIB" "@otplib/uri@$OTPLIB")
    touch "$node/done"
fi
# Beside its modules, where Node.js looks for them.
cp "$tools/peer.mjs" "$node"
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$installed/go go build -o "$installed/peer" "$tools/peer.go"

cargo build --locked -q --example interop
ours=$targets/debug/examples/interop
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pyotp() { "$python/bin/python" "$tools/peer.py" "$@"; }
otplib() { node "$node/peer.mjs" "$@"; }
pquerna() { "$installed/peer" "$@"; }

"$ours" generate "$seed" "$cases" >"$work/ours"
# Of these programs, pyotp alone has Steam Guard. It reads the URIs, and writes them without the encoder.
grep -v 'encoder=steam' "$work/ours" >"$work/others"
pyotp check <"$work/ours"
otplib check <"$work/others"
pquerna check <"$work/others"
for peer in pyotp otplib pquerna; do
    "$peer" generate "$seed" "$cases" >"$work/$peer"
    "$ours" check <"$work/$peer"
done

mkdir "$work/qr"
"$ours" qr "$work/qr" "$seed" 40
for text in "$work"/qr/*.txt; do
    zbarimg --nodbus --quiet --raw -Sdisable -Sqrcode.enable "${text%.txt}.png" >"$text.read"
    cmp "$text" "$text.read"
done
echo "zbar: $(find "$work/qr" -name '*.png' | wc -l) QR codes are equal"
