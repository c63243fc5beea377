#!/usr/bin/env bash
# Measures metalab against its floors, the least that the machine needs for the same, and against what
# a solver would do instead; all in the same run. Prints two tables and says which goals are reached; a
# goal that is missed is no failure.
# usage: scripts/bench.sh [--json FILE] [--figures] [--full] [--only PATTERN] [--python P] [--library L]
#        scripts/bench.sh --against L [--rounds N] [--json FILE] [--library L]
#   --against L     runs the caller's path of this library and of another one in turns, and prints the
#                   ratio: whether a change made it slower. L: an install prefix or a shared library
#   --rounds N      how often each of the two runs (21)
#   --library L     measures this one, and builds none
#   --json FILE     writes the figures as JSON, too
#   --figures       prints every figure, too, with the least one and percentiles
#   --full          also ends a run of 10^7 points, and makes an index of 100,000 runs, not 10,000
#   --only PATTERN  measures the parts whose names match, as in --only 'points|log'
#   --python P      a Python interpreter that has the package metalab, to compare with
# The index in PostgreSQL is measured where there is a server to be started, which is thrown away.
# Files are written below $METALAB_BENCH_DIR, or /var/tmp, which is on a disk; both are removed.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

case $(uname -s) in
  Darwin) cargo_name=libmetalab.dylib soname=libmetalab.1.dylib loader_path=DYLD_LIBRARY_PATH ;;
  *) cargo_name=libmetalab.so soname=libmetalab.so.1 loader_path=LD_LIBRARY_PATH ;;
esac

# library_of L: the shared library that L is, or that the install prefix L has.
library_of() {
  local candidate
  for candidate in "$1" "$1"/lib*/"$soname" "$1"/lib/*/"$soname"; do
    if [ -f "$candidate" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "no shared library and no prefix that has one: $1"
}

json='' figures='' full='' only='' python='' library='' against='' rounds=21
while [ $# -gt 0 ]; do
  case $1 in
    --figures) figures=1 ;;
    --full) full=1 ;;
    --json | --only | --python | --library | --against | --rounds)
      [ $# -ge 2 ] || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    *) fail 'usage: scripts/bench.sh [--json FILE] [--figures] [--full] [--only PATTERN] [--python P] [--library L] [--against L [--rounds N]]' ;;
  esac
  shift
done
[ -z "$library" ] || library=$(library_of "$library")
[ -z "$against" ] || against=$(library_of "$against")
[ -z "$python" ] || "$python" -c 'import metalab' || fail "$python has no package metalab"
case $rounds in '' | 0 | *[!0-9]*) fail "not a number of rounds: $rounds" ;; esac

missing=()
have cc || missing+=(gcc)
if [ -z "$against" ]; then
  have c++ || missing+=(g++)
  have gfortran || missing+=(gfortran)
  have make || missing+=(make)
  have pkg-config || missing+=(pkg-config)
  have strace || [ "$(uname -s)" != Linux ] || missing+=(strace)
  pkg-config --exists zlib 2>/dev/null || missing+=(zlib1g-dev)
  pkg-config --exists spdlog 2>/dev/null || missing+=(libspdlog-dev)
  pkg-config --exists hdf5 2>/dev/null || missing+=(libhdf5-dev)
fi
install_packages "${missing[@]}"

printf 'building in %s\n' "$build"
mkdir -p -- "$build/other"
if [ -z "$library" ]; then
  need_rust
  quietly 'cargo build' cargo build --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" --lib
  library=$build/cargo/release/$cargo_name
  if [ "$(uname -s)" = Linux ]; then
    # Linked like an installed one.
    quietly 'link-shared.sh' sh "$root/bindings/cmake/link-shared.sh" "$build/cargo/release/libmetalab.a" \
      "$root/bindings/cmake/metalab.map" "$soname" "$build/cargo/release/linked.so" cc -Wl,--strip-debug
    library=$build/cargo/release/linked.so
  fi
fi
[ "$library" -ef "$build/$soname" ] || cp -- "$library" "$build/$soname"
library=$build/$soname
ln -sf -- "$soname" "$build/$cargo_name"

flags=(-O2 -Wall -Wextra -D_GNU_SOURCE -I"$root/include")
metalab=(-L"$build" "-Wl,-rpath,$build" -lmetalab -lm -pthread)

# compile NAME ARGUMENTS...: benches/NAME.c
compile() {
  local name=$1
  shift
  quietly "$name.c" cc -std=c11 "${flags[@]}" "$root/benches/$name.c" -o "$build/$name" "$@"
}

[ -z "${METALAB_BENCH_DIR:-}" ] || mkdir -p -- "$METALAB_BENCH_DIR"
work=$(mktemp -d "${METALAB_BENCH_DIR:-/var/tmp}/metalab-bench.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
results=$work/results.tsv

# run_caller ROUND WHICH DIRECTORY: the caller's path of the library in the directory, with files of its own.
run_caller() {
  mkdir -p -- "$work/files"
  env "$loader_path=$3" "$build/caller" "$work/files" "$1" | sed "s/^/$1\t$2\t/" >>"$results"
  rm -rf -- "$work/files"
}

if [ -n "$against" ]; then
  # Without a path to a library in it: the environment's decides.
  compile caller -L"$build" -lmetalab -lm -pthread
  cp -- "$against" "$build/other/$soname"
  printf 'this: %s\nother: %s\n' "$library" "$against"
  for ((round = 1; round <= rounds; ++round)); do
    # By turns the one and the other first.
    if ((round % 2)); then
      run_caller "$round" this "$build"
      run_caller "$round" other "$build/other"
    else
      run_caller "$round" other "$build/other"
      run_caller "$round" this "$build"
    fi
  done
  awk -v format=table -f "$root/benches/against.awk" "$results"
  [ -z "$json" ] || awk -v format=json -f "$root/benches/against.awk" "$results" >"$json"
  exit
fi

read -r -a spdlog <<<"$(pkg-config --cflags --libs spdlog)"
read -r -a hdf5 <<<"$(pkg-config --cflags --libs hdf5 zlib)"
for name in metric snapshot finish series runs threads captures; do
  compile "$name" "${metalab[@]}"
done
compile array "${metalab[@]}" "${hdf5[@]}"
compile start -lm -pthread -ldl
compile linked -shared -fPIC "${metalab[@]}"
compile loader -lm -pthread -ldl
module=$build/metalab-fortran
quietly 'the Fortran module' make -s -f "$root/bindings/fortran/src/metalab.mk" FC=gfortran \
  FFLAGS='-std=f2008 -O2 -Wall -Wextra' METALAB_FORTRAN_BUILD="$module" "$module/libmetalab_fortran.a"
quietly 'fortran.f90' gfortran -std=f2008 -O2 -Wall -Wextra -I"$module" -o "$build/fortran" \
  "$root/benches/fortran.f90" "$module/libmetalab_fortran.a" "${metalab[@]}"
quietly 'log.cpp' c++ -std=c++17 "${flags[@]}" "$root/benches/log.cpp" -o "$build/log" "${metalab[@]}" "${spdlog[@]}"

# measure NAME COMMAND...: every part has a directory, which is gone before the next one begins.
measure() {
  local name=$1
  shift
  [[ -z $only || $name =~ $only ]] || return 0
  printf 'measuring %s\n' "$name"
  mkdir -p -- "$work/files"
  "$@" >>"$results"
  rm -rf -- "$work/files"
}

# count_operations NAME ARGUMENTS OF start...: new files and directories, renames and removals of a run;
# the least of 5 runs, as a slow one may refresh its record. The number of the run is added to the arguments.
count_operations() {
  local name=$1 number least=
  shift
  "$build/start" "$@" 0 >/dev/null
  for number in 1 2 3 4 5; do
    mkdir -- "$work/trace"
    strace -ff -y -o "$work/trace/of" "$build/start" "$@" "$number" >/dev/null
    least=$({
      [ -z "$least" ] || printf '%s\n' "$least"
      cat -- "$work"/trace/of.* | grep -F -- "$work/files/" |
        grep -cE '^(mkdir|rename|unlink|rmdir)[a-z0-9]*\(.* = 0$|^open(at)?\(.*O_CREAT.* = [0-9]'
    } | sort -n | head -n 1)
    rm -rf -- "$work/trace"
  done
  printf 'empty_run_operations\t%s\t\t%s\t%s\t-\t-\t-\n' "$name" "$least" "$least"
}

processor=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1) || processor=
processors=$(getconf _NPROCESSORS_ONLN)
filesystem=$(stat -f -c %T -- "$work" 2>/dev/null) || filesystem=unknown
load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null) || load=unknown
revision=$(git -C "$root" rev-parse --short HEAD 2>/dev/null) || revision=unknown
compiler=$(cc --version | head -n 1)

: >"$results"
measure 'points' "$build/metric" "$work/files"
measure 'log lines' "$build/log" "$work/files"
measure 'snapshots' "$build/snapshot" "$work/files"
measure 'arrays' "$build/array" "$work/files"
measure 'the end of a run' "$build/finish" "$work/files" 1000000 7
[ -z "$python" ] || measure 'the end of a run in Python' "$python" "$root/benches/finish.py" "$work/files" 1000000 3
[ -z "$full" ] || measure 'the end of a long run' "$build/finish" "$work/files" 10000000 3
measure 'an empty run' "$build/start" "$work/files" "$library"
if have strace && strace -o /dev/null true 2>/dev/null; then
  measure 'file operations of an empty run' count_operations library "$work/files" "$library"
  measure 'file operations of an empty run' count_operations floor_list bare "$work/files/bare"
fi
measure 'the loader' "$build/loader" "$work/files" "$library" "$build/linked"
measure 'many threads' "$build/threads" "$work/files"
measure 'many captures' "$build/captures" "$work/files" 1000
measure 'many series' "$build/series" "$work/files" 100000 $((${full:-0} * 2 + 1))
measure 'a table of many runs' "$build/runs" "$work/files" 100000 3
measure 'Fortran' "$build/fortran" "$work/files"
runs=${full:+100000}
if [[ -z $only || 'the index' =~ $only ]] && { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb; }; then
  need_rust
  quietly 'index.rs' cargo bench --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" --bench index --no-run
  measure 'the index' cargo bench --quiet --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" \
    --bench index -- "$work/files" "${runs:-10000}" ${python:+"$python"}
fi

describe() {
  awk -F '\t' -v format="$1" -v figures="$figures" -v processor="$processor" -v processors="$processors" \
    -v filesystem="$filesystem" -v load="$load" -v revision="$revision" -v compiler="$compiler" \
    -v kernel="$(uname -sr)" -v when="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    -f "$root/benches/tables.awk" "$results" "$root/benches/goals.tsv"
}

describe table
if [ -n "$json" ]; then
  describe json >"$json"
  printf '\nfigures in %s\n' "$json"
fi
