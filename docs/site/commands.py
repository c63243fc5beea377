"""Prints docs/reference/command.md: the help of every command of mlab, as the program itself says it."""

import os
import re
import subprocess
import sys

HEAD = """# The command mlab

`mlab` looks at runs, captures programs, and keeps stores in order. This page is what `mlab --help` says, and
`mlab COMMAND --help` for each command. An installation has the same as manual pages (`man mlab-show`) and
completions for bash, zsh and fish.

Every command takes `--store`, `--json` and `--color`. [Filters](../reading.md#filters) are the same everywhere.
"""


def help_of(program, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("METALAB_")}
    # The width of the page.
    environment["COLUMNS"] = "80"
    done = subprocess.run([program, *words, "--help"], env=environment, capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def commands(text):
    """The commands that a help lists, but for `help`."""
    listed = re.search(r"^Commands:\n(.*?)\n\n", text + "\n\n", re.MULTILINE | re.DOTALL)
    names = re.findall(r"^  (\w[\w-]*)", listed[1], re.MULTILINE) if listed else []
    return [name for name in names if name != "help"]


def page(program, words, text):
    yield f"\n## {' '.join(['mlab', *words])}\n\n```text\n{text}\n```\n"
    for name in commands(text):
        yield from page(program, [*words, name], help_of(program, *words, name))


def main():
    program = sys.argv[1]
    print(HEAD + "".join(page(program, [], help_of(program))), end="")


main()
