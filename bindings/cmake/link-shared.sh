#!/bin/sh
# Links the shared library from the static one, with the versions of its symbols. cargo's own shared library
# has none: rustc gives the linker a version script without names, and linkers take no second one beside it.
#
# usage: link-shared.sh ARCHIVE MAP SONAME OUT COMPILER [FLAG...]
set -eu

archive=$1 map=$2 soname=$3 out=$4
shift 4
# Another process may have the library open, or be making it: the file is replaced, never written into.
fresh=$out.$$
trap 'rm -f -- "$fresh"' EXIT
# nodelete: threads and thread-locals of the library may outlive a dlclose; the code must too.
# eh-frame-hdr: without it a panic ends the program, and musl-gcc does not ask for it.
"$@" -shared -o "$fresh" -Wl,--eh-frame-hdr \
  -Wl,-soname,"$soname" -Wl,--version-script="$map" -Wl,-z,nodelete -Wl,-z,defs -Wl,-z,relro -Wl,-z,now \
  -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -Wl,--gc-sections -lpthread -lm -ldl
mv -f -- "$fresh" "$out"
