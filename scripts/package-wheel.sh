#!/usr/bin/env bash
# Makes a Python wheel of a binary tarball: the library, headers, the files of CMake and pkg-config, and mlab.
#
# usage: scripts/package-wheel.sh [--check] TARBALL [OUT]
#
#   --check  installs it into an environment of its own, and has a C program built and run with it
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

check=
[ "${1:-}" != --check ] || { check=yes; shift; }
[ $# -ge 1 ] && [ $# -le 2 ] || fail 'usage: scripts/package-wheel.sh [--check] TARBALL [OUT]'
tarball=$1 out=${2:-dist}
have python3 || fail 'python3 is needed'
umask 022

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tar -x -C "$work" -f "$tarball"
tree=$work/$(basename -- "$tarball" .tar.gz)
SOURCE_DATE_EPOCH=$(stat -c %Y "$tree/bin/mlab")
export SOURCE_DATE_EPOCH
mkdir -p -- "$out"
wheel=$(python3 "$root/packaging/wheel/build.py" "$tree" "$out")
printf 'made %s\n' "$wheel"

if [ -n "$check" ]; then
  quietly 'making a Python environment' python3 -m venv "$work/environment"
  quietly 'pip install' "$work/environment/bin/python" -m pip install --no-index "$wheel"
  prefix=$("$work/environment/bin/python" -m libmetalab --prefix)
  for query in library include-dir cmake-dir pkg-config; do
    place=$("$work/environment/bin/python" -m libmetalab "--$query")
    [ -e "$place" ] || fail "python -m libmetalab --$query says $place, which is not there"
  done
  mkdir -p -- "$prefix/bin"
  ln -s -- "$work/environment/bin/mlab" "$prefix/bin/mlab"
  "$root/packaging/try-install.sh" "$prefix"
fi
