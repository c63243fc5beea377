#!/usr/bin/env bash
# Builds the library and the C++ example, runs it, and says what was captured and where.
# usage: scripts/demo.sh [STORE]
#   STORE is a directory, ./experiments where none is given, or postgresql://...?file_root=DIRECTORY
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/demo

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

# How many points a file of results/ holds; nothing where it is no series. Type and shape are at its
# end.
points_of() {
  tail -c 400 -- "$1" | tr -d ' \n' |
    sed -n 's/.*"type":"stepped_metric".*"shape":\[\([0-9]*\),2\].*/\1/p'
}

[ $# -le 1 ] || fail 'usage: scripts/demo.sh [STORE]'
store=${1:-./experiments}
locator=$store
case $store in
  postgres://* | postgresql://*)
    # The files are in file_root, whose value is percent-encoded.
    store=$(printf '%s' "${store#*\?}" | tr '&' '\n' | sed -n 's/^file_root=//p' | head -n1)
    [ -n "$store" ] || fail 'the locator has no file_root'
    store=${store//+/ }
    printf -v store '%b' "${store//%/\\x}"
    ;;
  *://*) fail 'STORE is a directory or postgresql://...?file_root=DIRECTORY' ;;
  *) locator= ;;
esac
case $store in
  /*) ;;
  *) store=$PWD/${store#./} ;;
esac

need_rust

missing=()
have cmake || missing+=(cmake)
have cc c++ || missing+=(g++)
have make || have ninja || missing+=(make)
install_packages "${missing[@]}"

printf 'building in %s\n' "$build"
generator=()
[ -f "$build/CMakeCache.txt" ] || have make || generator=(-G Ninja)
quietly 'cmake' cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release \
  -DMETALAB_BUILD_EXAMPLES=ON -DBUILD_TESTING=OFF
quietly 'the build' cmake --build "$build" --parallel --target taylor_green_cpp

solver=$build/examples/taylor_green_cpp
arguments=(--n 64 --nu 0.02 --steps 500 --seed 42)
printf 'running %s %s\n\n' "${solver##*/}" "${arguments[*]}"
"$solver" "${arguments[@]}" --store "${locator:-$store}" --history "$build/taylor_green.csv" || fail 'the solver failed'

experiment=$store/taylor_green_1.0
record=
for file in "$experiment"/runs/*.json; do
  if [ -f "$file" ] && { [ -z "$record" ] || [ "$file" -nt "$record" ]; }; then record=$file; fi
done
[ -n "$record" ] || fail "no run in $experiment"
run=${record##*/}
run=${run%.json}

printf '\nrun        %s, status %s\n' "$run" "$(sed -n 's/^  "status": "\(.*\)",\{0,1\}$/\1/p' "$record")"
printf 'record     %s\n' "$record"
for file in "$experiment/logs/${run}"_*.log; do
  [ -f "$file" ] && printf 'log        %s, %d lines\n' "$file" "$(wc -l <"$file")"
done
printf 'metrics\n'
sed -n '/^  "metrics": {/,/^  }/s/^    "\([^"]*\)": \(.*[^,]\),\{0,1\}$/\1\t\2/p' "$record" |
  while IFS=$'\t' read -r name value; do printf '  %-26s %s\n' "$name" "$value"; done
printf 'series and data in %s\n' "$experiment/results/$run"
for file in "$experiment/results/$run"/*.json; do
  [ -f "$file" ] || continue
  name=${file##*/}
  points=$(points_of "$file")
  printf '  %-26s %s\n' "${name%.json}" "${points:-data}${points:+ points}"
done
printf 'artifacts in %s\n' "$experiment/artifacts/$run"
for file in "$experiment/artifacts/$run"/*; do
  name=${file##*/}
  if [ -f "$file" ] && [ "$name" != _manifest.json ]; then
    printf '  %-26s %s bytes\n' "$name" "$(wc -c <"$file")"
  fi
done
cat <<END

with the Python package metalab:
  python3 -c 'import metalab; print(metalab.load_results("$experiment")[0].metrics)'
END
