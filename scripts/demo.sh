#!/usr/bin/env bash
# Builds the library, the command mlab and the C++ example, runs it, and shows what was captured.
# usage: scripts/demo.sh [STORE]
#   STORE is a directory, ./experiments where none is given, or postgresql://...?file_root=DIRECTORY
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/demo

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

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
quietly 'the build' cmake --build "$build" --parallel --target taylor_green_cpp metalab_command

solver=$build/examples/taylor_green_cpp
arguments=(--n 64 --nu 0.02 --steps 500 --seed 42)
printf 'running %s %s\n\n' "${solver##*/}" "${arguments[*]}"
"$solver" "${arguments[@]}" --store "${locator:-$store}" --history "$build/taylor_green.csv" || fail 'the solver failed'

mlab=$build/bin/mlab
export METALAB_STORE=$store
printf '\n'
"$mlab" show latest --experiment taylor_green || fail 'no run was captured'

# The shortest form from here.
case $mlab in
  "$PWD"/*) mlab=${mlab#"$PWD"/} ;;
esac
[ "$store" = "$PWD/experiments" ] && store= || store=" --store $(printf '%q' "$store")"
cat <<END

Look at it:
  $mlab$store                                  the runs, with a curve of each
  $mlab watch$store                            its curves, also while it runs
  $mlab report$store latest -o report.html     one page, opened without a network

with the Python package metalab:
  python3 -c 'import metalab; print(metalab.load_results("$METALAB_STORE/taylor_green_1.0")[0].metrics)'
END
