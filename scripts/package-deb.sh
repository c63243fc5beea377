#!/usr/bin/env bash
# Makes Debian packages of a binary tarball: libmetalab1 (the library), libmetalab-dev (headers, the static
# library, the files of CMake and pkg-config, the bindings) and mlab (the command).
#
# usage: scripts/package-deb.sh TARBALL [OUT]
#
# DEBFULLNAME and DEBEMAIL are who answers for the packages.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

[ $# -ge 1 ] && [ $# -le 2 ] || fail 'usage: scripts/package-deb.sh TARBALL [OUT]'
tarball=$1 out=${2:-dist}
for tool in dpkg-deb cmake strip objdump; do
  have "$tool" || fail "$tool is needed"
done
umask 022
export LC_ALL=C

name=$(basename -- "$tarball" .tar.gz)
version=$(sed 's/^libmetalab-\([0-9.]*\)-.*$/\1/' <<<"$name")
glibc=$(sed -n 's/.*-glibc\([0-9.]*\)$/\1/p' <<<"$name")
[ -n "$glibc" ] || fail "$name is not for glibc"
case $name in
  *-x86_64-*) arch=amd64 multiarch=x86_64-linux-gnu strip=strip ;;
  *-aarch64-*) arch=arm64 multiarch=aarch64-linux-gnu strip=aarch64-linux-gnu-strip ;;
  *) fail "$name: of which processor is it?" ;;
esac
have "$strip" || fail "$strip is needed"
mkdir -p -- "$out"
out=$(cd -- "$out" && pwd)

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tar -x -C "$work" -f "$tarball"
tree=$work/$name
SOURCE_DATE_EPOCH=$(stat -c %Y "$tree/bin/mlab")
export SOURCE_DATE_EPOCH

# The same files where Debian has them. CMake's know how far they are below the prefix.
quietly 'cmake' cmake -S "$root" -B "$work/cmake" -DMETALAB_PREBUILT="$tree/lib" -DCMAKE_INSTALL_PREFIX=/usr \
  -DCMAKE_INSTALL_LIBDIR="lib/$multiarch" -DBUILD_TESTING=OFF -DMETALAB_FORTRAN=OFF
quietly 'cmake --build' cmake --build "$work/cmake"
DESTDIR=$work/all quietly 'cmake --install' cmake --install "$work/cmake"
all=$work/all/usr lib=usr/lib/$multiarch

# into PACKAGE DIRECTORY FILE...
into() {
  local place=$work/$1/$2
  mkdir -p -- "$place"
  shift 2
  cp -a -- "$@" "$place/"
}

into libmetalab1 "$lib" "$all/lib/$multiarch"/libmetalab.so.*
"$strip" --strip-unneeded --remove-section=.comment "$work/libmetalab1/$lib/libmetalab.so.$version"
chmod 644 "$work/libmetalab1/$lib/libmetalab.so.$version"

into libmetalab-dev "$lib" "$all/lib/$multiarch"/{libmetalab.so,libmetalab.a,cmake,pkgconfig}
"$strip" --strip-debug --enable-deterministic-archives "$work/libmetalab-dev/$lib/libmetalab.a"
into libmetalab-dev usr "$all/include"
into libmetalab-dev usr/share/metalab "$tree/share/metalab"/{fortran,julia,r}
find "$work/libmetalab-dev/usr/share/metalab" -name .gitignore -delete
rm -f -- "$work/libmetalab-dev/usr/share/metalab/r/LICENSE"

into mlab usr/bin "$tree/bin/mlab"
"$strip" --strip-unneeded --remove-section=.comment "$work/mlab/usr/bin/mlab"
into mlab usr/share "$tree/share/man" "$tree/share/bash-completion" "$tree/share/fish"
into mlab usr/share/zsh/vendor-completions "$tree/share/zsh/site-functions/_mlab"
gzip -n -9 "$work/mlab/usr/share/man/man1"/*.1

maintainer="${DEBFULLNAME:-The libmetalab authors} <${DEBEMAIL:-libmetalab@users.noreply.github.com}>"
for package in libmetalab1 libmetalab-dev mlab; do
  doc=$work/$package/usr/share/doc/$package
  mkdir -p -- "$doc" "$work/$package/DEBIAN"
  cp -- "$root/packaging/deb/copyright" "$doc/"
  gzip -n -9 <"$tree/share/doc/metalab/CHANGELOG.md" >"$doc/changelog.gz"
  {
    printf 'libmetalab (%s-1) unstable; urgency=medium\n\n  * The release %s; changelog.gz has what changed.\n\n' "$version" "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
  } | gzip -n -9 >"$doc/changelog.Debian.gz"
  [ "$package" = libmetalab-dev ] ||
    gzip -n -9 <"$tree/share/doc/metalab/THIRD-PARTY.txt" >"$doc/THIRD-PARTY.txt.gz"
  mkdir -p -- "$work/$package/usr/share/lintian/overrides"
  printf '# It is not uploaded to Debian, which would have a bug for that.\n%s: initial-upload-closes-no-bugs\n' \
    "$package" >"$work/$package/usr/share/lintian/overrides/$package"
  [ "$package" != mlab ] ||
    printf '# A crate in Rust reads YAML; it has the messages of libyaml.\nmlab: embedded-library libyaml [usr/bin/mlab]\n' \
      >>"$work/$package/usr/share/lintian/overrides/$package"
  find "$work/$package" -type d -exec chmod 755 {} +
  size=$(du -k -s --apparent-size -- "$work/$package/usr" | cut -f1)
  sed -e "s/@VERSION@/$version-1/" -e "s/@ARCH@/$arch/" -e "s/@GLIBC@/$glibc/" -e "s/@SIZE@/$size/" \
    -e "s/@MAINTAINER@/$maintainer/" "$root/packaging/deb/$package.control" >"$work/$package/DEBIAN/control"
  (cd -- "$work/$package" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
done
printf 'activate-noawait ldconfig\n' >"$work/libmetalab1/DEBIAN/triggers"
printf 'libmetalab 1 libmetalab1 (>= %s)\n' "$version" >"$work/libmetalab1/DEBIAN/shlibs"
find "$work/libmetalab1/DEBIAN" -type f -exec chmod 644 {} +

for package in libmetalab1 libmetalab-dev mlab; do
  find "$work/$package" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  quietly "dpkg-deb of $package" dpkg-deb --root-owner-group -Zxz --build "$work/$package" "$out/${package}_$version-1_$arch.deb"
  printf 'made %s\n' "$out/${package}_$version-1_$arch.deb"
done
