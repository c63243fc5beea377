#!/usr/bin/env bash
# Makes a release of what is committed: the sources with all crates, binaries that are used where they are
# unpacked, and recipes for package managers. The binaries are built from the sources' tarball, without the network.
#
# usage: scripts/release.sh [--out DIR] [--check] [TARGET...]
#
#   TARGET   a Rust target, with the oldest glibc that it is to run on where there is one:
#            x86_64-unknown-linux-gnu.2.28, aarch64-unknown-linux-gnu.2.28, x86_64-unknown-linux-musl; `host`
#            is this machine's, with its own compiler and glibc. Without one: that of this
#            machine's processor for glibc 2.28, the oldest that the library can do with. The first has to run
#            on this machine.
#   --out    where the files go: dist
#   --check  builds the first binary twice, side by side in two directories, has both be the same to the last
#            byte, and tries it (packaging/check-binary.sh)
#
# For other targets than `host` it takes zig, as the linker, and cargo-zigbuild, from PyPI into build/release.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

usage() { fail 'usage: scripts/release.sh [--out DIR] [--check] [TARGET...]'; }

out=dist check= targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ $# -ge 2 ] || usage; out=$2; shift ;;
    --check) check=yes ;;
    -*) usage ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("$(uname -m)-unknown-linux-gnu.2.28")
[ "$(uname -s)" = Linux ] || targets=(host)
case $out in /*) ;; *) out=$PWD/$out ;; esac

need_rust
for tool in git cmake tar gzip sha256sum python3; do
  have "$tool" || fail "$tool is needed"
done
tar --version | grep -q GNU || fail 'GNU tar is needed: others do not sort'

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
name=libmetalab-$version
[ -z "$(git -C "$root" status --porcelain)" ] || printf 'what is not committed is left out\n'
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C
umask 022

work=$(mktemp -d)
trap 'wait; rm -rf -- "$work"' EXIT
mkdir -p -- "$out"

# The sources, with what they are made of; cargo finds it by .cargo/config.toml, and asks no registry.
make_source() {
  mkdir -- "$work/source"
  git -C "$root" archive --prefix="$name/" HEAD | tar -x -C "$work/source"
  local tree=$work/source/$name
  mkdir -p -- "$tree/.cargo"
  (cd -- "$tree" && quietly 'cargo vendor' cargo vendor --locked --versioned-dirs vendor)
  empty_crates "$tree/vendor"
  cat >"$tree/.cargo/config.toml" <<'TOML'
[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"
TOML
  printf '%s\n' "$SOURCE_DATE_EPOCH" >"$tree/.source-date-epoch"
  "$root/packaging/pack.sh" "$work/source" "$name" "$out/$name.tar.gz"
  printf 'made %s\n' "$out/$name.tar.gz"
}

# empty_crates VENDOR: crates for Windows are most of what cargo vendors, and are compiled on no other system.
# cargo asks for their names and versions all the same.
empty_crates() {
  local crate package
  for crate in "$1"/win{api,dows}*/; do
    [ -d "$crate" ] || continue
    package=$(grep -o '"package":"[0-9a-f]*"' "$crate/.cargo-checksum.json")
    find "$crate" -mindepth 1 -maxdepth 1 ! -name Cargo.toml ! -iname 'license*' -exec rm -rf -- {} +
    mkdir -- "$crate/src"
    : >"$crate/src/lib.rs"
    printf '{"files":{},%s}' "$package" >"$crate/.cargo-checksum.json"
  done
}

# binary TARGET DIRECTORY DOCUMENTS: builds in a directory of its own what the tarball has, and says what it made.
binary() {
  mkdir -p -- "$2"
  "$root/packaging/build-binary.sh" "$out/$name.tar.gz" "$1" "$2" "$work/$3" "$root/build/release"
}

make_source
again=
if [ -n "$check" ]; then
  # Most of a build is one thread that links; two of them take little longer than one.
  binary "${targets[0]}" "$work/a second time" 'documents of the second' >"$work/again" &
  again=$!
fi
first=
for target in "${targets[@]}"; do
  made=$(binary "$target" "$out" documents)
  printf 'made %s\n' "$made"
  first=${first:-$made}
done

if [ -n "$check" ]; then
  wait "$again" || fail "the second build of ${targets[0]} failed"
  cmp -- "$first" "$(cat -- "$work/again")" || fail "two builds of ${targets[0]} differ"
  printf 'two builds of %s are the same\n' "${targets[0]}"
  "$root/packaging/check-binary.sh" "$first"
fi

"$root/packaging/recipes.sh" "$out/$name.tar.gz" "$out/recipes"

(cd -- "$out" && sha256sum -- "$name"*.tar.gz >SHA256SUMS)
printf 'made %s\n' "$out/SHA256SUMS"
