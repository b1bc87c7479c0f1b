#!/usr/bin/env bash
# Runs all benchmarks, and writes the tables of src/manual/speed.md and src/manual/storage.md and their pictures.
# Takes half an hour on two cores. The machine should be idle otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}

# Three rounds, some minutes apart. The report uses the fastest sample of all.
rm -rf "$target/criterion"
for round in 1 2 3; do
    cargo bench --locked -q -p second-factor-benches -- --save-baseline "round-$round"
done

# Build cost: each crate in an empty package, from scratch. Downloads are not measured.
cost=$target/build_cost.tsv
: >"$cost.new"
build() {
    local name=$1 dependency=$2 folder begun crates
    folder=$(mktemp -d)
    mkdir "$folder/src"
    : >"$folder/src/lib.rs"
    printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s\n' \
        "$dependency" >"$folder/Cargo.toml"
    cp Cargo.lock "$folder"
    (cd "$folder" && cargo fetch -q)
    crates=$(cd "$folder" && cargo tree -e normal --prefix none --no-dedupe | sort -u | wc -l)
    begun=$(date +%s.%N)
    (cd "$folder" && CARGO_TARGET_DIR=$folder/target cargo build -q --release)
    printf '%s\t%s\t%.1f\n' "$name" "$((crates - 1))" \
        "$(echo "$(date +%s.%N) - $begun" | bc)" >>"$cost.new"
    rm -rf "$folder"
}
ours() {
    echo "second-factor = { path = \"$PWD\", default-features = false, features = [$1] }"
}
build 'second-factor, no features' "$(ours '')"
build 'second-factor, `alloc`' "$(ours '"alloc"')"
build 'second-factor, default features' "$(ours '"std"')"
build 'second-factor, all features' "$(ours '"std", "qr", "gateways", "testkit"')"
build 'totp-rs' 'totp-rs = "6"'
build 'totp-rs, `otpauth` and `qr`' 'totp-rs = { version = "6", features = ["otpauth", "qr"] }'
build 'totp-rfc' 'totp-rfc = "0.1"'
build 'totp-lite' 'totp-lite = "2"'
build 'otpauth' 'otpauth = "0.5"'
build 'libreauth, `oath`' 'libreauth = { version = "0.18", default-features = false, features = ["oath"] }'
build 'latchkey' 'latchkey = "0.4"'
mv "$cost.new" "$cost"

# Stores, over database servers that this script starts.
bash .ci/servers.sh install
servers=$(mktemp -d)
trap 'bash .ci/servers.sh stop "$servers"' EXIT
bash .ci/servers.sh start "$servers"
. "$servers/env"
cargo bench --locked -q -p second-factor-storage --bench verifications | tee "$target/stores.new"
mv "$target/stores.new" "$target/stores.md"

cargo run --locked -q -p second-factor-benches --bin report
