#!/bin/sh
# Builds the `otp` layer as a static library without an allocator, links it into a C program and runs the program.
# Then builds with the feature `stray`, which allocates. That build must fail.
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-../../../target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
out=$target/bare
log=$out/stray.log

build() {
    # A separate target directory: features of the other workspace members must not be unified into this build.
    cargo build --quiet --package second-factor-bare --profile bare --target-dir "$out" "$@"
}

build
cc -Wall -Wextra -Werror -o "$out/main" main.c "$out/bare/libsecond_factor_bare.a"
if nm "$out/main" | grep -E '__rust_(alloc|realloc|alloc_zeroed)|__rg_alloc'; then
    echo "FAILED: an allocation is linked in" >&2
    exit 1
fi
"$out/main"

if build --features stray >"$log" 2>&1; then
    if cc -o "$out/stray" main.c "$out/bare/libsecond_factor_bare.a" >>"$log" 2>&1; then
        echo "FAILED: the stray allocation was not detected" >&2
        exit 1
    fi
fi
# The build must fail because the allocator is missing, not for another reason.
if ! grep -E 'no global memory allocator|__rust_.*alloc' "$log"; then
    cat "$log" >&2
    echo "FAILED: the stray build failed for another reason" >&2
    exit 1
fi
echo "ok: the stray allocation does not build"
