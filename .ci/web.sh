#!/usr/bin/env bash
# The application of examples/web in a browser: what people do, page by page, with axe looking on.
# The pictures are in target/tmp/pictures.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null || ! command -v npm >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        chromium chromium-driver fonts-dejavu-core npm
fi

axe=4.14.1
folder="$PWD/target/axe-$axe"
if [ ! -f "$folder/package/axe.min.js" ]; then
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "axe-core@$axe" && tar xzf "axe-core-$axe.tgz" package/axe.min.js)
fi

# Each test has browsers of its own, which are large.
WEB_AXE="$folder/package/axe.min.js" \
    cargo test --locked -q -p web --test web -- --ignored --test-threads=2
