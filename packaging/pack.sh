#!/usr/bin/env bash
# Packs a directory so that the same files are the same tarball: sorted, of one owner and one time.
# usage: SOURCE_DATE_EPOCH=SECONDS packaging/pack.sh PARENT NAME TARBALL
set -euo pipefail

parent=$1 name=$2 tarball=$3
tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode='u+rw,go+r,go-w,a+X,a-s' \
  --mtime="@${SOURCE_DATE_EPOCH:?}" -C "$parent" -c -- "$name" | gzip -n -9 >"$tarball.part"
mv -f -- "$tarball.part" "$tarball"
