"""Where libmetalab is: the library, its headers, and what CMake and pkg-config read.

`python -m libmetalab --prefix` prints the directory, for tools that are not in Python. The command `mlab` is
installed beside `python`.
"""

import pathlib

__version__ = "@VERSION@"


def prefix():
    """The directory that has `include`, `lib` and `share`: METALAB_HOME for R, CMAKE_PREFIX_PATH for CMake."""
    return pathlib.Path(__file__).resolve().parent


def include_dir():
    """The directory of metalab.h, metalab_dl.h and metalab.hpp."""
    return prefix() / "include"


def library():
    """The shared library: METALAB_LIBRARY for Julia and for programs with metalab_dl.h."""
    return prefix() / "lib" / "@LIBRARY@"


def cmake_dir():
    """The directory of metalab-config.cmake: metalab_DIR for CMake."""
    return prefix() / "lib" / "cmake" / "metalab"


def pkg_config_dir():
    """The directory of metalab.pc, for PKG_CONFIG_PATH."""
    return prefix() / "lib" / "pkgconfig"
