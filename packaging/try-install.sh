#!/bin/sh
# Tries an installation as a user would: a C program by pkg-config, shared and static, one with the loader, and
# one by CMake, each of which has to leave a run that mlab lists. Needs a C compiler; what else is missing is
# said and left out, or with CI=true a failure.
#
# usage: packaging/try-install.sh [PREFIX]     without PREFIX: what the system has
#
# CC=musl-gcc is for an installation for musl: then it is a C program by pkg-config, shared and wholly static.
set -eu

cc=${CC:-cc} static=
case $cc in *musl*) static=-static ;; esac

prefix=${1:-}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"

fail() {
  printf 'try-install: %s\n' "$*" >&2
  exit 1
}

# missing WHAT: it can't be tried here.
missing() {
  [ "${CI:-}" != true ] || fail "$1 is missing"
  printf 'not tried: %s is missing\n' "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

mlab=mlab
if [ -n "$prefix" ]; then
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  CMAKE_PREFIX_PATH=$prefix
  export PKG_CONFIG_PATH CMAKE_PREFIX_PATH
  mlab=$prefix/bin/mlab
fi

cat >solver.h <<'C'
#include <stdio.h>
int main(void) {
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  metalab_options_new(&options);
  metalab_options_experiment(options, "tried:1");
  if (metalab_capture_open(options, &run) != METALAB_OK) {
    fprintf(stderr, "not captured: %s\n", metalab_last_error());
    return 1;
  }
  metalab_capture_metric_step(run, "residual", 0, 0.5);
  metalab_capture_logf(run, METALAB_LEVEL_INFO, "libmetalab %s", metalab_version());
  metalab_options_free(options);
  if (metalab_capture_finish(run) != METALAB_OK) return 1;
  metalab_capture_free(run);
  return 0;
}
C
printf '#include <metalab.h>\n#include "solver.h"\n' >solver.c
printf '#include <metalab_dl.h>\n#include "solver.h"\n' >optional.c
printf '#include <metalab.hpp>\n#include "solver.h"\n' >solver.cpp

# runs WHAT PROGRAM: it leaves a run, which mlab lists.
runs() {
  METALAB_STORE=$work/$1.store "$2" || fail "$1: the program fails"
  "$mlab" --store "$work/$1.store" ls >"$work/listed" || fail "$1: mlab fails"
  grep -q tried "$work/listed" || { cat "$work/listed" >&2; fail "$1: mlab does not list the run"; }
  printf 'works: %s\n' "$1"
}

"$mlab" --version || fail 'mlab does not run'

if have pkg-config; then
  flags=$(pkg-config --cflags --libs metalab) libdir=$(pkg-config --variable=libdir metalab)
  # shellcheck disable=SC2086
  "$cc" solver.c $flags -Wl,-rpath,"$libdir" -o shared
  runs shared ./shared
  # shellcheck disable=SC2046
  "$cc" $static solver.c $(pkg-config --cflags metalab) "$libdir/libmetalab.a" \
    $(pkg-config --static --libs metalab | tr ' ' '\n' | grep -v '^-lmetalab$') -o static
  runs static ./static
  [ -z "$static" ] || exit 0
  # shellcheck disable=SC2046
  "$cc" optional.c $(pkg-config --cflags metalab) -ldl -o optional
  if [ -n "$prefix" ]; then
    METALAB_LIBRARY=$libdir runs loader ./optional
  else
    runs loader ./optional
  fi
else
  missing pkg-config
fi

if have cmake && have make; then
  mkdir project
  cp -- solver.c optional.c solver.cpp solver.h project/
  cxx=
  if have c++; then cxx=CXX; else missing c++; fi
  cat >project/CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.16)
project(tried LANGUAGES C $cxx)
find_package(metalab CONFIG REQUIRED)
add_executable(with_cmake solver.c)
target_link_libraries(with_cmake PRIVATE metalab::metalab)
add_executable(with_cmake_static solver.c)
target_link_libraries(with_cmake_static PRIVATE metalab::static)
add_executable(with_cmake_loader optional.c)
target_link_libraries(with_cmake_loader PRIVATE metalab::loader)
if(CMAKE_CXX_COMPILER)
  add_executable(with_cmake_cpp solver.cpp)
  target_link_libraries(with_cmake_cpp PRIVATE metalab::cpp)
endif()
CMAKE
  cmake -S project -B build >cmake.log 2>&1 && cmake --build build >>cmake.log 2>&1 || { cat cmake.log >&2; fail 'cmake fails'; }
  runs cmake build/with_cmake
  runs cmake-static build/with_cmake_static
  [ -z "$cxx" ] || runs cmake-cpp build/with_cmake_cpp
  if [ -n "$prefix" ]; then
    METALAB_LIBRARY=$prefix/lib runs cmake-loader build/with_cmake_loader
  else
    runs cmake-loader build/with_cmake_loader
  fi
else
  missing 'cmake or make'
fi
