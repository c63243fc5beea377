# Sourced by the scripts that build: failing in one line, running quietly, installing what is
# missing. Messages begin with the script's name.
# shellcheck shell=bash

fail() {
  printf '%s: %s\n' "$(basename -- "$0" .sh)" "$*" >&2
  exit 1
}

# quietly WHAT COMMAND...: what the command says is shown only where it fails.
quietly() {
  local what=$1 said
  shift
  said=$(mktemp)
  if ! "$@" >"$said" 2>&1; then
    tail -n 40 -- "$said" >&2
    rm -f -- "$said"
    fail "$what failed"
  fi
  rm -f -- "$said"
}

# have COMMAND...: whether all of them are there.
have() { command -v "$@" >/dev/null && [ "$(command -v "$@" | wc -l)" -eq $# ]; }

need_rust() {
  have cargo || PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
  have cargo || fail 'Rust is needed: there is no cargo, see https://rustup.rs'
}

# install_packages PACKAGE...: with apt, as root or with sudo. Nothing to do where none is named.
install_packages() {
  [ $# -gt 0 ] || return 0
  local as_root=()
  have apt-get || fail "please install: $*"
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "not root, and no sudo; please install: $*"
    as_root=(sudo)
  fi
  printf 'installing %s\n' "$*"
  quietly 'apt-get update' "${as_root[@]}" apt-get update
  quietly 'apt-get install' "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@"
}
