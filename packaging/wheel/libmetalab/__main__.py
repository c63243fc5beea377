"""Prints where libmetalab is: `python -m libmetalab --prefix`."""

import argparse

import libmetalab

QUERIES = {
    "--prefix": (libmetalab.prefix, "the directory with include, lib and share: METALAB_HOME, CMAKE_PREFIX_PATH"),
    "--library": (libmetalab.library, "the shared library: METALAB_LIBRARY"),
    "--include-dir": (libmetalab.include_dir, "the directory of metalab.h"),
    "--cmake-dir": (libmetalab.cmake_dir, "the directory of metalab-config.cmake: metalab_DIR"),
    "--pkg-config": (libmetalab.pkg_config_dir, "the directory of metalab.pc: PKG_CONFIG_PATH"),
}


def main():
    parser = argparse.ArgumentParser(prog="python -m libmetalab", description="Prints where libmetalab is.")
    parser.add_argument("--version", action="version", version=libmetalab.__version__)
    one = parser.add_mutually_exclusive_group(required=True)
    for option, (where, what) in QUERIES.items():
        one.add_argument(option, dest="where", action="store_const", const=where, help=what)
    print(parser.parse_args().where())


if __name__ == "__main__":
    main()
