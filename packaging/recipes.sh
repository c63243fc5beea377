#!/usr/bin/env bash
# Completes the recipes for conda-forge, Spack, EasyBuild and Yggdrasil: with the address below which the files of a
# release are, which packaging/address has, and the checksum of the sources' tarball.
#
# usage: packaging/recipes.sh SOURCE.tar.gz OUT
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

[ $# -eq 2 ] || fail 'usage: packaging/recipes.sh SOURCE.tar.gz OUT'
source=$1 out=$2
address=$(cat -- "$root/packaging/address")
[ "$address" != https://example.org ] ||
  printf 'the recipes name %s: packaging/address is to have the real one\n' "$address" >&2
checksum=$(sha256sum -- "$source" | cut -d' ' -f1)
for recipe in "$root"/packaging/{conda-forge/*,spack/*,easybuild/*,yggdrasil/*}; do
  place=$out/${recipe#"$root/packaging/"}
  mkdir -p -- "$(dirname -- "$place")"
  sed -e "s|@ADDRESS@|$address|g" -e "s|@SHA256@|$checksum|g" "$recipe" >"$place"
done
printf 'made %s\n' "$out"
