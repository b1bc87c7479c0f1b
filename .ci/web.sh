#!/usr/bin/env bash
# Tests examples/web in Chromium, page by page, with accessibility checks by axe.
# The screenshots are written to target/tmp/pictures.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
# A nodejs that is not Debian's contains npm, and conflicts with Debian's package of that name.
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

axe=4.14.1
folder="$PWD/target/axe-$axe"
if [ ! -f "$folder/package/axe.min.js" ]; then
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "axe-core@$axe" && tar xzf "axe-core-$axe.tgz" package/axe.min.js)
fi

# Each test starts its own browsers, which need a lot of memory.
WEB_AXE="$folder/package/axe.min.js" \
    cargo test --locked -q -p web --test web -- --ignored --test-threads=2
