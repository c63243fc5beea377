# Sourced by test.sh: Julia 1.5 for a Debian 12 that has none, from Debian's own bullseye suite.
# Needs prepare.sh. Doing it again changes nothing.
# shellcheck shell=bash

# Debian 12's libunwind makes every exception that compiled code throws a segmentation fault: Julia
# gets that of its own suite, in a place where nothing else looks.
JULIA_UNWIND=/opt/julia-libunwind

install_julia() {
  local as_root=() site work
  # One that is there is fine if it can catch an exception.
  have julia && (julia --startup-file=no -e 'try sqrt(-1.0) catch end'; exit) >/dev/null 2>&1 && return 0
  # From where this machine has its packages, whichever file says so.
  # shellcheck disable=SC2016
  site=$(apt-get indextargets --format '$(SITE)' 'Release: bookworm' 'Component: main' 2>/dev/null | head -n 1) || true
  if [ -z "$site" ]; then
    printf 'Julia is not installed, its tests are skipped (this can be done on Debian 12 only)\n'
    return 0
  fi
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail 'not root, and no sudo; please install julia'
    as_root=(sudo)
  fi
  printf 'installing julia\n'

  printf 'Types: deb\nURIs: %s\nSuites: bullseye\nComponents: main\n' "$site" |
    "${as_root[@]}" tee /etc/apt/sources.list.d/julia-bullseye.sources >/dev/null
  # Nothing but Julia and what only bullseye has may come from there.
  "${as_root[@]}" tee /etc/apt/preferences.d/julia-bullseye >/dev/null <<'PREFERENCES'
Package: *
Pin: release o=Debian,n=bullseye
Pin-Priority: -1

Package: julia julia-common libjulia1 libopenlibm3 libllvm9 libgit2-1.1 libmbedtls12 libmbedcrypto3 libmbedx509-0 libffi7
Pin: release o=Debian,n=bullseye
Pin-Priority: 100
PREFERENCES
  quietly 'apt-get update' "${as_root[@]}" apt-get update
  # Its package manager refuses to work without curl, also where it has nothing to download.
  quietly 'installing julia' "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends julia curl

  work=$(mktemp -d)
  # Download as this user: apt's own can't write into a directory of somebody else.
  (cd -- "$work" && quietly "downloading julia's libunwind" apt-get -o APT::Sandbox::User="$(id -un)" download libunwind8/bullseye)
  quietly "unpacking julia's libunwind" "${as_root[@]}" dpkg-deb -x "$work"/libunwind8_*.deb "$JULIA_UNWIND"
  rm -rf -- "$work"
  "${as_root[@]}" tee /usr/local/bin/julia >/dev/null <<END
#!/bin/sh
libraries=\$(echo $JULIA_UNWIND/usr/lib/*-linux-gnu)
LD_LIBRARY_PATH=\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec /usr/bin/julia "\$@"
END
  "${as_root[@]}" chmod 755 /usr/local/bin/julia
  hash -r
}
