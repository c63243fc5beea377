#!/usr/bin/env bash
# Measures metalab against what a solver would do instead. Prints a table and says which goals are
# reached; a goal that is missed is no failure.
# usage: scripts/bench.sh [--json FILE] [--full] [--python P]
#   --json FILE   writes the figures as JSON, too
#   --full        also ends a run of 10^7 points, and makes an index of 100,000 runs, not 10,000
#   --python P    a Python interpreter that has the package metalab, to compare with
# The index in PostgreSQL is measured where there is a server to be started, which is thrown away.
# Files are written below $METALAB_BENCH_DIR, or /var/tmp, which is on a disk; both are removed.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/bench

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

json=
full=
python=
while [ $# -gt 0 ]; do
  case $1 in
    --json)
      [ $# -ge 2 ] || fail '--json needs a file'
      json=$2
      shift
      ;;
    --full) full=1 ;;
    --python)
      [ $# -ge 2 ] || fail '--python needs an interpreter'
      python=$2
      "$python" -c 'import metalab' || fail "$python has no package metalab"
      shift
      ;;
    *) fail 'usage: scripts/bench.sh [--json FILE] [--full] [--python P]' ;;
  esac
  shift
done

need_rust
missing=()
have cc c++ || missing+=(g++)
have gfortran || missing+=(gfortran)
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
quietly 'fortran.f90' gfortran -std=f2008 -O2 -Wall -Wextra -J "$build" -o "$build/fortran" \
  "$root"/bindings/fortran/src/metalab_{constants,c,support,memory,emitter,options,series,stream,capture,functions}.f90 \
  "$root/bindings/fortran/src/metalab.f90" "$root/benches/fortran.f90" "${metalab[@]}"
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
[ -z "$python" ] || measure 'the end of a run in Python' "$python" "$root/benches/finish.py" "$work/files" 1000000 3
[ -z "$full" ] || measure 'the end of a long run' "$build/finish" "$work/files" 10000000 3
measure 'Fortran' "$build/fortran" "$work/files"
measure 'an empty run' "$build/start" "$work/files" "$library"
runs=${full:+100000}
if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb; then
  quietly 'index.rs' cargo bench --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" --bench index --no-run
  measure 'the index' cargo bench --quiet --locked --manifest-path "$root/Cargo.toml" --target-dir "$build/cargo" \
    --bench index -- "$work/files" "${runs:-10000}" ${python:+"$python"}
fi

# Goals: a figure, what it is divided by ("-": nothing), how it is to compare, the bound, the words.
# A figure is group/case, or group/case/column where it is not the median.
cat >"$work/goals.tsv" <<'END'
metric_1_thread/series_handle	-	<=	10	a point of a series, by handle: ns
metric_1_thread/series_handle	-	<	13	and less than quill and NanoLog publish for bursts, which a kill loses: ns
metric_1_thread/fprintf_fflush	metric_1_thread/series_handle	>=	50	how many of them fprintf and fflush take
metric_1_thread/series_handle/p99.99	-	<	1000	one of 10,000 takes longer: ns
metric_1_thread/by_name	-	<=	16	a point by name: ns
metric_2_threads/series_handle	metric_1_thread/series_handle	<=	2	by handle from 2 threads at once, to one thread
metric_2_threads/by_name	metric_1_thread/by_name	<=	2	by name from 2 threads at once, to one thread
log_60_characters/metalab	-	<=	40	a log line: ns
log_60_characters/spdlog_flush_each_line	log_60_characters/metalab	>=	10	how many of them a flushed line of spdlog takes
log_60_characters/metalab/p99.99	-	<	2000	one of 10,000 takes longer: ns
snapshot_64_MiB/begin_compute_seal	snapshot_64_MiB/warm_compute_only	<=	1.05	a snapshot computed in place and sealed, to computing alone in warm memory
snapshot_64_MiB/malloc_compute_write	snapshot_64_MiB/begin_compute_seal	>=	2.5	how many of them malloc, compute and write take
array_64_MiB/malloc_compute_npz	array_64_MiB/mapped_until_sealed	>=	1.5	how many arrays in place one .npz from memory takes
array_64_MiB/malloc_compute_hdf5	array_64_MiB/mapped_until_sealed	>=	1.5	and one HDF5 dataset
finish_1e+06_points/metalab_capture_finish	-	<=	60	the end of a run of 10^6 points: ms
finish_1e+06_points/python_package	finish_1e+06_points/metalab_capture_finish	>=	40	how many of them the Python package takes
finish_1e+07_points/metalab_capture_finish	-	<=	700	the end of a run of 10^7 points: ms
finish_1e+07_points_peak_memory/metalab_capture_finish	finish_1e+06_points_peak_memory/metalab_capture_finish	<=	1.2	its peak memory, to that of 10^6 points
empty_run/load_open_finish	-	<	2	a run with nothing in it, from dlopen to the end: ms
fortran_over_c/series_point	-	<=	5	what the Fortran module adds to a point by handle: ns
fortran_fill_4_MiB/mapped	fortran_fill_4_MiB/plain	<=	1.05	filling an array in place in Fortran, to filling a plain one
solver_loop/server_well	solver_loop/files_alone	<=	1.02	a solver with an index, to one without
solver_loop/server_hanging	solver_loop/files_alone	<=	1.02	a solver whose index hangs, to one without
solver_loop/server_gone	solver_loop/files_alone	<=	1.02	a solver whose index is gone, to one without
solver_end_index_wait_1_s/server_hanging	-	<=	1100	the end of a run that waits 1 s for an index that hangs: ms
rebuild_100000_runs/from_nothing	-	<	60	an index of 100,000 runs made of the files: s
rebuild_100000_runs/python_package	rebuild_100000_runs/from_nothing	>=	1	how many of them the Python package takes, for the records alone
idle_capture/processor_time	-	<	0.1	what an idle capture takes of a core: %
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
      figure_of[$1 "/" $2] = $4
      figure_of[$1 "/" $2 "/p99.99"] = $8
      ratio[results] = first[$1] > 0 ? $4 / first[$1] : 0
      next
    }
    {
      # What was not measured, for want of --full or of the Python package, is neither.
      ++goals
      measured[goals] = $1 in figure_of && ($2 == "-" || $2 in figure_of)
      value[goals] = !measured[goals] ? 0 : $2 == "-" ? figure_of[$1] : figure_of[$1] / figure_of[$2]
      reached[goals] = $3 == "<" ? value[goals] < $4 : $3 == "<=" ? value[goals] <= $4 : value[goals] >= $4
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
          if (measured[k])
            printf "%-8s %-8.4g (%s) %s\n", reached[k] ? "reached" : "missed", value[k], bound[k], words[k]
          else
            printf "%-8s %-8s (%s) %s\n", "not", "measured", bound[k], words[k]
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
        printf "    {\"goal\": %s, \"value\": %s, \"bound\": %s, \"reached\": %s}%s\n", text(words[k]), \
          measured[k] ? sprintf("%.4g", value[k]) : "null", text(bound[k]), \
          !measured[k] ? "null" : reached[k] ? "true" : "false", k < goals ? "," : ""
      print "  ]"
      print "}"
    }' "$results" "$work/goals.tsv"
}

describe table
if [ -n "$json" ]; then
  describe json >"$json"
  printf '\nfigures in %s\n' "$json"
fi
