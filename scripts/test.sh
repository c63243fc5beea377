#!/usr/bin/env bash
# Runs every test: installs the system packages that they need, then cargo drives the rest.
# usage: scripts/test.sh [ARGUMENTS OF cargo test]
#
# Without CI=true, tests whose tools can't be had say so in a line and are skipped.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"
# shellcheck source=scripts/julia.sh
. "$root/scripts/julia.sh"

need_rust

# The library that the consumers' tests link is built meanwhile: one thread links it, for a minute. The tests wait
# for it, and build it themselves where this could not.
if have cc; then
  cargo build --release --lib --locked --quiet --target-dir "$root/target/consumer" >/dev/null 2>&1 &
  building=$!
  trap 'kill "$building" 2>/dev/null || true' EXIT
fi

# command:package, a header's path where the package brings no command
missing=()
for pair in cc:gcc c++:g++ gfortran:gfortran clang:clang cmake:cmake make:make pkg-config:pkg-config python3:python3 \
  valgrind:valgrind doxygen:doxygen git:git nm:binutils unzip:unzip openssl:openssl tmux:tmux chromium:chromium chromedriver:chromium-driver ccx:calculix-ccx mkfs.ext4:e2fsprogs mkfs.btrfs:btrfs-progs mpirun:openmpi-bin mpicxx:libopenmpi-dev /usr/include/spdlog/spdlog.h:libspdlog-dev \
  strace:strace /usr/include/hdf5/serial/hdf5.h:libhdf5-dev /usr/include/zlib.h:zlib1g-dev \
  /usr/include/eigen3:libeigen3-dev /usr/include/boost/multi_array.hpp:libboost-dev /usr/include/armadillo:libarmadillo-dev \
  /usr/include/blitz:libblitz0-dev /usr/include/xtensor:libxtensor-dev /usr/include/trilinos/Kokkos_Core.hpp:libtrilinos-kokkos-dev /usr/include/c++/v1:libc++-dev \
  /usr/include/c++/v1:libc++abi-dev; do
  what=${pair%%:*}
  case $what in
    /*) [ -e "$what" ] || missing+=("${pair##*:}") ;;
    *) have "$what" || missing+=("${pair##*:}") ;;
  esac
done
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb || missing+=(postgresql)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
# R, and the packages that its binding's tests and R CMD check use.
for pair in R:r-base-dev library/testthat:r-cran-testthat library/knitr:r-cran-knitr library/markdown:r-cran-markdown \
  library/logger:r-cran-logger library/bit64:r-cran-bit64 library/ggplot2:r-cran-ggplot2 \
  library/roxygen2:r-cran-roxygen2; do
  what=${pair%%:*}
  case $what in
    library/*) [ -d "/usr/lib/R/site-$what" ] || [ -d "/usr/lib/R/$what" ] || missing+=("${pair##*:}") ;;
    *) have "$what" || missing+=("${pair##*:}") ;;
  esac
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "${CI:-}" = true ] || have apt-get; then
    install_packages "${missing[@]}"
  else
    printf 'not installed, their tests are skipped: %s\n' "${missing[*]}"
  fi
fi
# LLVM's compiler of Fortran, where the system has one that compiles modules.
flang=flang-19
if ! have flang-new-19 && apt-cache show "$flang" "lib$flang-dev" >/dev/null 2>&1; then
  install_packages "$flang" "lib$flang-dev"
fi

install_julia

# The sanitizers are the nightly toolchain's, and so is Miri; the tests say so where they are missing.
if have rustup && rustup run nightly cargo --version >/dev/null 2>&1; then
  rustup component add --toolchain nightly miri rust-src >/dev/null 2>&1 || true
fi

# numpy, pyarrow and nanoarrow read back what the library wrote; in an environment of its own, the system's stays as it is.
python=$root/build/python
if ! "$python/bin/python" -c 'import numpy, pyarrow, nanoarrow' 2>/dev/null; then
  quietly 'making a Python environment' python3 -m venv "$python"
  quietly 'installing numpy, pyarrow and nanoarrow' "$python/bin/python" -m pip install --quiet numpy pyarrow nanoarrow
fi
export METALAB_TEST_PYTHON=$python/bin/python

# The documentation's commands are run with it.
cargo build --locked --package metalab-cli
export METALAB_TEST_MLAB=$root/target/debug/mlab

cargo test --locked "$@"
cargo test --locked --package metalab-cli "$@"

# The demo as a user runs it, into a store of its own, twice: a second run replaces the first. Only the library
# is not compiled once more: cargo finds the one that the tests have made.
quietly 'cmake' cmake -S "$root" -B "$root/build/demo" -DCMAKE_BUILD_TYPE=Release \
  -DMETALAB_CARGO_TARGET_DIR="$root/target/consumer"
store=$(mktemp -d)
trap 'rm -rf -- "$store"' EXIT
for _ in 1 2; do
  "$root/scripts/demo.sh" "$store" >"$store/demo.log" || { cat "$store/demo.log"; fail 'the demo failed'; }
done
"$METALAB_TEST_PYTHON" "$root/tests/python/demo.py" "$store"
# The command as it is installed, with its manual pages and completions.
cmake --install "$root/build/demo" --prefix "$store/prefix" >"$store/install.log" || { cat "$store/install.log"; fail 'the installation failed'; }
for file in bin/mlab share/man/man1/mlab-ls.1 share/bash-completion/completions/mlab; do
  [ -s "$store/prefix/$file" ] || fail "$file is not installed"
done
"$store/prefix/bin/mlab" --store "$store" verify >/dev/null || fail 'mlab verify finds fault with the demo'
printf 'every test has passed\n'
