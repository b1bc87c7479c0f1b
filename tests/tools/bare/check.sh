#!/bin/sh
# Builds ring 1 as a static library without an allocator, links it into a C program and runs that.
# Then shows that the check would notice: with the feature `stray` it must not build.
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-../../../target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
out=$target/bare
log=$out/stray.log

build() {
    # Its own profile directory: features of the other members must not be unified into this build.
    cargo build --quiet --package second-factor-bare --profile bare --target-dir "$out" "$@"
}

build
cc -Wall -Wextra -Werror -o "$out/main" main.c "$out/bare/libsecond_factor_bare.a"
if nm "$out/main" | grep -E '__rust_(alloc|realloc|alloc_zeroed)|__rg_alloc'; then
    echo "FAILED: something allocates" >&2
    exit 1
fi
"$out/main"

if build --features stray >"$log" 2>&1; then
    if cc -o "$out/stray" main.c "$out/bare/libsecond_factor_bare.a" >>"$log" 2>&1; then
        echo "FAILED: a stray allocation went unnoticed" >&2
        exit 1
    fi
fi
# It must be the allocator that is missing, and nothing else.
if ! grep -E 'no global memory allocator|__rust_.*alloc' "$log"; then
    cat "$log" >&2
    echo "FAILED: the stray build failed for another reason" >&2
    exit 1
fi
echo "ok: a stray allocation does not build"
