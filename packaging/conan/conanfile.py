"""Conan 2: conan create packaging/conan, from the root of the repository. Needs cargo.

Tested with METALAB_PREBUILT, which takes a library that is built, for both values of `shared`.
"""

import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rm

required_conan_version = ">=2.0"


class LibmetalabConan(ConanFile):
    name = "libmetalab"
    license = "MIT"
    homepage = "https://github.com/matthewmazurek/metalab"
    description = "Captures a simulation's run from C, C++, Fortran, Julia and R into a metalab store"
    topics = ("simulation", "hpc", "experiment-tracking", "metrics")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": True}
    languages = "C"

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        lines = load(self, os.path.join(self._root, "Cargo.toml")).splitlines()
        self.version = next(line.split('"')[1] for line in lines if line.startswith("version = "))

    def export_sources(self):
        wanted = ("src/*", "include/*", "bindings/cmake/*", "bindings/cpp/*", "bindings/fortran/src/*", "cli/*", "benches/*",
                  "build.rs", "Cargo.*", "CMakeLists.txt", "LICENSE", ".cargo/*", "vendor/*")
        for pattern in wanted:
            copy(self, pattern, self._root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["BUILD_TESTING"] = "OFF"
        toolchain.cache_variables["METALAB_FORTRAN"] = "OFF"
        toolchain.cache_variables["METALAB_PROFILE"] = "dev" if self.settings.build_type == "Debug" else "release"
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # The files of CMake offer what is there.
        other = "libmetalab.a" if self.options.shared else "libmetalab.*[!a]"
        rm(self, other, os.path.join(self.package_folder, "lib"))

    def package_info(self):
        # The package's own files for CMake and pkg-config say it all; these are for the other generators.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "metalab")]
        self.cpp_info.set_property("pkg_config_name", "metalab")
        self.cpp_info.libs = ["metalab"]
        if not self.options.shared:
            self.cpp_info.system_libs = ["pthread", "dl", "m"]
