#!/usr/bin/env bash
# Checks a binary tarball: what is in it, the newest glibc that it asks for, and that it works elsewhere.
# usage: packaging/check-binary.sh TARBALL
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
tarball=$1

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

name=$(basename -- "$tarball" .tar.gz)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tar -x -C "$work" -f "$tarball"
prefix=$work/"elsewhere, with blanks"
mv -- "$work/$name" "$prefix"

for file in bin/mlab lib/libmetalab.so lib/libmetalab.a include/metalab.h include/metalab_dl.h include/metalab.hpp \
  lib/cmake/metalab/metalab-config.cmake lib/pkgconfig/metalab.pc share/man/man1/mlab.1 \
  share/bash-completion/completions/mlab share/zsh/site-functions/_mlab share/fish/vendor_completions.d/mlab.fish \
  share/doc/metalab/LICENSE share/doc/metalab/THIRD-PARTY.txt share/doc/metalab/sbom.cdx.json \
  share/metalab/fortran/metalab.f90 share/metalab/julia/Project.toml share/metalab/r/DESCRIPTION; do
  [ -e "$prefix/$file" ] || fail "$name has no $file"
done
python3 -m json.tool "$prefix/share/doc/metalab/sbom.cdx.json" >/dev/null || fail "the SBOM is not JSON"

# No path of the machine that built it.
for file in bin/mlab lib/libmetalab.so lib/libmetalab.a; do
  paths=$(strings -a "$prefix/$file" | grep -oE '(/[^ ]*)?(/\.cargo/|/registry/src/|/tmp/tmp\.)[^ ]{,40}' | sort -u | head -n 3 || true)
  [ -z "$paths" ] || fail "$file names paths of the machine that built it: $paths"
done

# needed FILE: the newest version of glibc that it asks for.
needed() {
  objdump -T "$1" 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1
}
wanted=$(sed -n 's/.*-glibc\([0-9.]*\)$/\1/p' <<<"$name")
if [ -n "$wanted" ]; then
  for file in bin/mlab lib/libmetalab.so; do
    newest=$(needed "$prefix/$file")
    [ "$(printf '%s\n%s\n' "$newest" "$wanted" | sort -V | tail -n 1)" = "$wanted" ] ||
      fail "$file asks for glibc $newest, and is to run on $wanted"
    printf '%s asks for glibc %s\n' "$file" "$newest"
  done
fi
[ "$(objdump -p "$prefix/lib/libmetalab.so" | sed -n 's/ *SONAME *//p')" = libmetalab.so.1 ] || fail 'the soname is another'

# pkg-config's words have no blanks.
mv -- "$prefix" "$work/elsewhere"
case $name in
  *-musl)
    have musl-gcc || { printf 'not tried: musl-gcc is missing\n'; exit 0; }
    export CC=musl-gcc
    ;;
esac
"$root/packaging/try-install.sh" "$work/elsewhere"
