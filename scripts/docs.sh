#!/usr/bin/env bash
# Builds the documentation site in build/site, with the references of the headers for C and C++ if doxygen is there.
# usage: scripts/docs.sh [--serve | --commands MLAB]
#   --serve           shows the site at http://127.0.0.1:8000, and builds it anew when a page changes
#   --commands MLAB   writes docs/reference/command.md anew: the help of every command of the program MLAB
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=scripts/prepare.sh
. "$root/scripts/prepare.sh"

usage='usage: scripts/docs.sh [--serve | --commands MLAB]'
serve= command=
while [ $# -gt 0 ]; do
  case $1 in
    --serve) serve=1 ;;
    --commands)
      [ $# -ge 2 ] || fail "$1 needs a program"
      command=$2
      shift
      ;;
    *) fail "$usage" ;;
  esac
  shift
done

have python3 || fail 'there is no python3; please install it'
if [ -n "$command" ]; then
  have "$command" || fail "$command can't be run"
  python3 "$root/docs/site/commands.py" "$command" >"$root/docs/reference/command.md.new"
  mv -- "$root/docs/reference/command.md.new" "$root/docs/reference/command.md"
  exit
fi

# In an environment of its own: the system's Python stays as it is.
python=$root/build/docs
if ! "$python/bin/python" -c 'import material' 2>/dev/null; then
  quietly 'making a Python environment' python3 -m venv "$python"
  quietly 'installing MkDocs' "$python/bin/python" -m pip install --quiet -r "$root/docs/site/requirements.txt"
fi

cd -- "$root"
export NO_MKDOCS_2_WARNING=1
[ -z "$serve" ] || exec "$python/bin/python" -m mkdocs serve --strict
quietly 'mkdocs' "$python/bin/python" -m mkdocs build --strict --clean
# The pages of a header are beside the page that leads to them: reference/c.html, reference/cpp.html.
header() {
  quietly "doxygen $1" doxygen - <<END
@INCLUDE = $1
OUTPUT_DIRECTORY = build/site/reference
HTML_OUTPUT = $2
END
}
if have doxygen; then
  header docs/Doxyfile header
  header docs/Doxyfile.cpp cpp-header
else
  printf 'there is no doxygen: the site lacks the references of the headers\n'
fi
printf 'the site is %s\n' "$root/build/site/index.html"
