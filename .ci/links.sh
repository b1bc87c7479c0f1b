#!/usr/bin/env bash
# Checks that each link of README.md to docs.rs names a page and a heading of the documentation that was just built.
set -euo pipefail
cd "$(dirname "$0")/.."
docs=${CARGO_TARGET_DIR:-target}/doc
count=0
while read -r link; do
    path=${link%%#*}
    page=$docs/${path#https://docs.rs/second-factor/latest/}
    [ -f "$page" ] || { echo "links.sh: no such page: $link" >&2; exit 1; }
    if [[ $link == *#* ]] && ! grep -q "id=\"${link#*#}\"" "$page"; then
        echo "links.sh: no such heading: $link" >&2
        exit 1
    fi
    count=$((count + 1))
done < <(grep -oh 'https://docs.rs/second-factor/latest/[^)> "]*' README.md Cargo.toml | sort -u)
[ "$count" -gt 20 ] || { echo "links.sh: only $count links were found" >&2; exit 1; }
echo "links.sh: $count links"
