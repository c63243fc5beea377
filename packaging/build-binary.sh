#!/usr/bin/env bash
# Builds a binary tarball from the sources' tarball, without the network, and prints its path.
#
# usage: packaging/build-binary.sh SOURCE.tar.gz TARGET OUT DOCUMENTS TOOLS
#
#   DOCUMENTS  manual pages and completions: written by the first mlab that runs here, taken by the others
#   TOOLS      where zig and cargo-zigbuild are kept
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
source=$1 target=$2 out=$3 documents=$4 tools=$5

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

need_rust

# Compilers of one version, so that who builds a release again gets the same one.
zig=ziglang==0.17.1 zigbuild=cargo-zigbuild==0.24.1

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tar -x -C "$work" -f "$source"
name=$(basename -- "$source" .tar.gz)
tree=$work/$name
SOURCE_DATE_EPOCH=$(cat "$tree/.source-date-epoch")
export SOURCE_DATE_EPOCH LC_ALL=C ZERO_AR_DATE=1
umask 022

host=$(rustc --version --verbose | sed -n 's/^host: //p')
[ "$target" != host ] || target=$host own=yes
triple=${target%%.*} glibc=
[ "$triple" = "$target" ] || glibc=${target#*.}
case $triple in
  *-musl) kind=musl ;;
  *-linux-gnu*) kind=glibc${glibc:-$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)} ;;
  *-darwin) kind=macos ;;
  *) fail "no binaries are made for $triple" ;;
esac
platform=${triple%%-*}-linux-$kind
[ "$kind" != macos ] || platform=${triple%%-*}-macos
package=$name-$platform

# The standard library of the target: rustup's, or one that is built here of rustup's sources. Builds that run
# side by side fetch nothing twice.
build_std=()
have_std() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }
have_zig() { [ -n "${own:-}" ] || "$tools/bin/python" -c 'import ziglang' 2>/dev/null; }
fetch() {
  [ "$(uname -s)" != Linux ] || flock 9
  have_std "$triple" || rustup target add "$triple" >&2 || true
  if ! have_zig; then
    quietly 'making a Python environment' python3 -m venv "$tools"
    quietly 'installing zig' "$tools/bin/python" -m pip install --quiet "$zig" "$zigbuild"
  fi
}
if ! have_std "$triple" || ! have_zig; then
  mkdir -p -- "$(dirname -- "$tools")"
  fetch 9>"$tools.lock"
fi
if ! have_std "$triple"; then
  [ -f "$(rustup run nightly rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ] ||
    fail "there is no standard library for $triple: rustup target add $triple"
  export RUSTUP_TOOLCHAIN=nightly
  build_std=(-Z build-std=std,panic_unwind)
fi
[ -n "${own:-}" ] || export PATH=$tools/bin:$PATH

# No path of this machine is in what is built. Crates that were built before are of no use here.
CARGO_ENCODED_RUSTFLAGS=--remap-path-prefix=$tree=/libmetalab
[ -z "${own:-}" ] && [ "$kind" = musl ] && CARGO_ENCODED_RUSTFLAGS+=$'\x1f'-Ctarget-feature=-crt-static
export CARGO_ENCODED_RUSTFLAGS CARGO_INCREMENTAL=0 CARGO_HOME=$work/cargo CARGO_TARGET_DIR=$work/target
export CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_PROFILE_COMMAND_STRIP=symbols
flags=(--locked --target "$triple")
[ ${#build_std[@]} -gt 0 ] && flags+=("${build_std[@]}") || flags+=(--offline)

# The linker for the target.
linker=(cc) build=(build)
if [ -z "${own:-}" ]; then
  abi=gnu${glibc:+.$glibc}
  [ "$kind" != musl ] || abi=musl
  # Its own code for unwinding, so that no libgcc_s is needed.
  linker=("$tools/bin/python-zig" cc -target "${triple%%-*}-linux-$abi" -lunwind)
  build=(zigbuild)
fi

cd -- "$tree"
# The archive for musl has the code that unwinds the stack in it, as CMake builds it: programs have only their
# compiler's, which is made for another C library.
unwinding=()
self_contained=$(rustc --print target-libdir --target "$triple")/self-contained
if [ "$kind" = musl ] && [ -f "$self_contained/libunwind.a" ]; then
  unwinding=(-- -L "native=$self_contained" -l static:+bundle=unwind)
fi
quietly 'building the library' cargo rustc --lib --crate-type staticlib --release "${flags[@]}" \
  ${unwinding[@]+"${unwinding[@]}"}
zig_flags=("${flags[@]/#$triple/$target}")
# The profile with which CMake builds it, too: Cargo.toml says why.
quietly 'building mlab' cargo "${build[@]}" --package metalab-cli --profile command "${zig_flags[@]}"
mkdir -p -- "$work/lib" "$work/tree/$package"
prefix=$work/tree/$package
cp -- "$CARGO_TARGET_DIR/$triple/release/libmetalab.a" "$work/lib/"
# The standard library comes with what a debugger needs; binutils of this machine may not know the target's.
[ "$kind" = macos ] || strip -D --strip-debug "$work/lib/libmetalab.a" 2>/dev/null || true
if [ "$kind" = macos ]; then
  quietly 'building the shared library' cargo rustc --lib --crate-type cdylib --release "${flags[@]}"
  cp -- "$CARGO_TARGET_DIR/$triple/release/libmetalab.dylib" "$work/lib/"
else
  abi_version=$(sed -n 's/^#define METALAB_ABI_VERSION \([0-9]*\)$/\1/p' include/metalab.h)
  # Linked like CMake does it.
  quietly 'linking the library' sh bindings/cmake/link-shared.sh "$work/lib/libmetalab.a" \
    bindings/cmake/metalab.map "libmetalab.so.$abi_version" "$work/lib/libmetalab.so" "${linker[@]}" -Wl,--strip-debug
fi

quietly 'cmake' cmake -S "$tree" -B "$work/cmake" -DCMAKE_BUILD_TYPE=Release -DMETALAB_PREBUILT="$work/lib" \
  -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_TESTING=OFF -DMETALAB_FORTRAN=OFF
quietly 'cmake --build' cmake --build "$work/cmake"
quietly 'cmake --install' cmake --install "$work/cmake"
mkdir -p -- "$prefix/bin" "$prefix/share/doc/metalab"
cp -- "$CARGO_TARGET_DIR/$triple/command/mlab" "$prefix/bin/"

# Bindings that are installed by the tools of their language, where they are used.
cp -R -- bindings/julia "$prefix/share/metalab/julia"
cp -R -- bindings/r "$prefix/share/metalab/r"

mlab=$prefix/bin/mlab
if [ ! -d "$documents" ]; then
  "$mlab" --version >/dev/null 2>&1 ||
    fail "the first target has to run on this machine, for the manual pages: $target does not"
  "$mlab" pages "$documents"
fi
cp -R -- "$documents/." "$prefix/share/"

doc=$prefix/share/doc/metalab
cp -- README.md CHANGELOG.md LICENSE "$doc/"
packaging/inventory.py --target "$triple" --sbom "$doc/sbom.cdx.json" --licences "$doc/THIRD-PARTY.txt"
# The licences of the standard library of Rust, and of the crates in it.
rust=$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html
[ ! -f "$rust" ] || cp -- "$rust" "$doc/THIRD-PARTY-rust.html"

packaging/pack.sh "$work/tree" "$package" "$out/$package.tar.gz"
printf '%s\n' "$out/$package.tar.gz"
