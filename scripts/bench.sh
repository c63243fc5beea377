#!/usr/bin/env bash
# Measures metalab against what a solver would do instead. Prints a table and says which goals are
# reached; a goal that is missed is no failure.
# usage: scripts/bench.sh [--json FILE] [--full]
#   --json FILE   writes the figures as JSON, too
#   --full        also ends a run of 10^7 points
# Files are written below $METALAB_BENCH_DIR, or /var/tmp, which is on a disk; both are removed.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

json=
full=
while [ $# -gt 0 ]; do
  case $1 in
    --json)
      [ $# -ge 2 ] || fail '--json needs a file'
      json=$2
      shift
      ;;
    --full) full=1 ;;
    *) fail 'usage: scripts/bench.sh [--json FILE] [--full]' ;;
  esac
  shift
done

need_rust
missing=()
have cc c++ || missing+=(g++)
have pkg-config || missing+=(pkg-config)
pkg-config --exists zlib 2>/dev/null || missing+=(zlib1g-dev)
pkg-config --exists spdlog 2>/dev/null || missing+=(libspdlog-dev)
pkg-config --exists hdf5 2>/dev/null || missing+=(libhdf5-dev)
install_packages "${missing[@]}"

printf 'building in %s\n' "$build"
mkdir -p -- "$build"
quietly 'cargo build' cargo build --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" --lib
case $(uname -s) in
  Darwin) built=$build/cargo/release/libmetalab.dylib library=$build/libmetalab.1.dylib link=$build/libmetalab.dylib ;;
  *) built=$build/cargo/release/libmetalab.so library=$build/libmetalab.so.1 link=$build/libmetalab.so ;;
esac
cp -- "$built" "$library"
ln -sf -- "${library##*/}" "$link"

flags=(-O2 -Wall -Wextra -D_GNU_SOURCE -I"$root/include")
metalab=(-L"$build" "-Wl,-rpath,$build" -lmetalab -lm -pthread)
read -r -a spdlog <<<"$(pkg-config --cflags --libs spdlog)"
read -r -a hdf5 <<<"$(pkg-config --cflags --libs hdf5 zlib)"
quietly 'metric.c' cc -std=c11 "${flags[@]}" "$root/benches/metric.c" -o "$build/metric" "${metalab[@]}"
quietly 'array.c' cc -std=c11 "${flags[@]}" "$root/benches/array.c" -o "$build/array" "${metalab[@]}" "${hdf5[@]}"
quietly 'finish.c' cc -std=c11 "${flags[@]}" "$root/benches/finish.c" -o "$build/finish" "${metalab[@]}"
quietly 'start.c' cc -std=c11 "${flags[@]}" "$root/benches/start.c" -o "$build/start" -lm -pthread -ldl
quietly 'log.cpp' c++ -std=c++17 "${flags[@]}" "$root/benches/log.cpp" -o "$build/log" "${metalab[@]}" "${spdlog[@]}"

[ -z "${METALAB_BENCH_DIR:-}" ] || mkdir -p -- "$METALAB_BENCH_DIR"
work=$(mktemp -d "${METALAB_BENCH_DIR:-/var/tmp}/metalab-bench.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
results=$work/results.tsv

# Every benchmark has a directory, which is gone before the next one begins.
measure() {
  local name=$1
  shift
  printf 'measuring %s\n' "$name"
  mkdir -p -- "$work/files"
  "$@" >>"$results"
  rm -rf -- "$work/files"
}

processor=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1) || processor=
processors=$(getconf _NPROCESSORS_ONLN)
filesystem=$(stat -f -c %T -- "$work" 2>/dev/null) || filesystem=unknown
load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null) || load=unknown
revision=$(git -C "$root" rev-parse --short HEAD 2>/dev/null) || revision=unknown
compiler=$(cc --version | head -n 1)

measure 'metrics' "$build/metric" "$work/files"
measure 'log lines' "$build/log" "$work/files"
measure 'arrays' "$build/array" "$work/files"
measure 'the end of a run' "$build/finish" "$work/files" 1000000 5
[ -z "$full" ] || measure 'the end of a long run' "$build/finish" "$work/files" 10000000 3
measure 'an empty run' "$build/start" "$work/files" "$library"

# Goals: what has to be measured, the case to divide by the first of its group (or "-": the first
# itself), how it is to compare, the bound, and the words.
cat >"$work/goals.tsv" <<'END'
metric_1_thread	fprintf_fflush	>=	10	a series point costs a tenth of fprintf and fflush
log_60_characters	spdlog_flush_each_line	>=	5	a log line costs a fifth of spdlog's flushed one
array_64_MiB	malloc_compute_npz	>=	1.5	an array in place is 1.5 times as fast as an .npz from memory
array_64_MiB	malloc_compute_write	>=	1.5	and as a raw file from memory
array_64_MiB	malloc_compute_hdf5	>=	1.5	and as HDF5 from memory
finish_1e+06_points	-	<	200	a run of 10^6 points ends in 0.2 s
END

describe() {
  awk -F '\t' -v format="$1" -v processor="$processor" -v processors="$processors" -v filesystem="$filesystem" \
    -v load="$load" -v revision="$revision" -v compiler="$compiler" -v kernel="$(uname -sr)" \
    -v when="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
    function text(value) { gsub(/[\\"]/, "\\\\&", value); return "\"" value "\"" }
    function short(value) { return value == "-" ? value : sprintf("%.4g", value) }
    function number(value) { return value == "-" ? "null" : value + 0 }
    FILENAME == ARGV[1] {
      ++results
      group[results] = $1; name[results] = $2; unit[results] = $3
      for (k = 4; k <= 8; ++k) figure[results, k] = $k
      if (!($1 in first)) first[$1] = $4
      median[$1, $2] = $4
      ratio[results] = first[$1] > 0 ? $4 / first[$1] : 0
      next
    }
    {
      ++goals
      value[goals] = !($1 in first) ? "-" : $2 == "-" ? first[$1] : median[$1, $2] / first[$1]
      reached[goals] = value[goals] == "-" ? 0 : $3 == "<" ? value[goals] < $4 : value[goals] >= $4
      words[goals] = $5; bound[goals] = $3 " " $4
    }
    END {
      if (format == "table") {
        printf "\n%s, %d processors, %s on %s, load %s\n", processor, processors, kernel, filesystem, load
        print "medians; ratio: to the first of the group; p: single calls, each timed alone, less the clock"
        for (k = 1; k <= results; ++k) {
          if (group[k] != before) {
            printf "\n%-32s %8s %10s %7s %9s %9s %9s\n", group[k], "median", "least", "ratio", "p50", "p99.9", "p99.99"
            before = group[k]
          }
          printf "  %-31s %7.4g %-3s%7.4g %-3s%7.2f %9s %9s %9s\n", name[k], figure[k, 4], unit[k], figure[k, 5], \
            unit[k], ratio[k], short(figure[k, 6]), short(figure[k, 7]), short(figure[k, 8])
        }
        print ""
        for (k = 1; k <= goals; ++k)
          printf "%-8s %-8.4g (%s) %s\n", reached[k] ? "reached" : "missed", value[k], bound[k], words[k]
        exit
      }
      print "{"
      printf "  \"environment\": {\"when\": %s, \"revision\": %s, \"processor\": %s, \"processors\": %d,\n", \
        text(when), text(revision), text(processor), processors
      printf "    \"system\": %s, \"filesystem\": %s, \"compiler\": %s, \"load\": %s},\n", text(kernel), \
        text(filesystem), text(compiler), text(load)
      print "  \"method\": \"medians of interleaved repetitions after one to warm up; p: single calls, each timed alone, less the clock\","
      print "  \"results\": ["
      for (k = 1; k <= results; ++k)
        printf "    {\"group\": %s, \"case\": %s, \"unit\": %s, \"median\": %s, \"least\": %s, \"ratio\": %.4g, " \
          "\"p50\": %s, \"p99.9\": %s, \"p99.99\": %s}%s\n", text(group[k]), text(name[k]), text(unit[k]), \
          number(figure[k, 4]), number(figure[k, 5]), ratio[k], number(figure[k, 6]), number(figure[k, 7]), \
          number(figure[k, 8]), k < results ? "," : ""
      print "  ],"
      print "  \"goals\": ["
      for (k = 1; k <= goals; ++k)
        printf "    {\"goal\": %s, \"value\": %.4g, \"bound\": %s, \"reached\": %s}%s\n", text(words[k]), value[k], \
          text(bound[k]), reached[k] ? "true" : "false", k < goals ? "," : ""
      print "  ]"
      print "}"
    }' "$results" "$work/goals.tsv"
}

describe table
if [ -n "$json" ]; then
  describe json >"$json"
  printf '\nfigures in %s\n' "$json"
fi
