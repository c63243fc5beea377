#!/usr/bin/env bash
# Has a fuzzer damage journals, and looks at what recovery makes of them; or whole stores, and what the
# reader makes of those. Needs a nightly toolchain and a C++ compiler; what it finds is kept in build/fuzz/.
# usage: scripts/fuzz.sh [journal|reader] [SECONDS] [ARGUMENTS OF libFuzzer]
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

target=journal
case ${1:-} in journal | reader) target=$1 && shift ;; esac
seconds=${1:-60}
[ $# -eq 0 ] || shift

need_rust
have rustup && rustup run nightly cargo --version >/dev/null 2>&1 || fail 'there is no nightly toolchain'

# The flags of cargo-fuzz, which is one more thing to install: coverage for the fuzzer, AddressSanitizer.
triple=$(rustup run nightly rustc -vV | sed -n 's/^host: //p')
flags='--cfg fuzzing -Zsanitizer=address -Cdebug-assertions -Cpasses=sancov-module'
flags+=' -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters'
flags+=' -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares'
flags+=' -Ccodegen-units=1'
RUSTFLAGS=$flags quietly 'building the fuzzer' rustup run nightly cargo build --release --quiet \
  --manifest-path tests/fuzz/Cargo.toml --target "$triple" --target-dir target/fuzz

corpus=build/fuzz/corpus
[ "$target" = journal ] || corpus=$corpus-$target
mkdir -p "$corpus" build/fuzz/found
# One fork, so that a finding does not end the rest; leaks are a matter for the sanitizer tests.
exec "target/fuzz/$triple/release/$target" "$corpus" -artifact_prefix=build/fuzz/found/ \
  -max_total_time="$seconds" -max_len=512 -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=512 \
  -len_control=0 -detect_leaks=0 "$@"
