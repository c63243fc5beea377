# Untested: Spack was not there to run it. Goes to repos/.../packages/libmetalab/package.py;
# packaging/recipes.sh fills in the address and the checksum.
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Libmetalab(CMakePackage):
    """Captures a simulation's run from C, C++, Fortran, Julia and R into a store of the Python package metalab."""

    homepage = "https://github.com/matthewmazurek/metalab"
    # The tarball that scripts/release.sh makes, which has the crates in it.
    url = "@ADDRESS@/libmetalab-0.1.0.tar.gz"

    license("MIT")

    version("0.1.0", sha256="@SHA256@")

    variant("shared", default=True, description="Programs link the shared library, not the static one")
    variant("fortran", default=False, description="Offer the Fortran module")
    variant("mlab", default=True, description="Build the command mlab")

    depends_on("c", type="build")
    depends_on("fortran", type="build", when="+fortran")
    depends_on("cmake@3.16:", type="build")
    depends_on("rust@1.85:", type="build")

    def cmake_args(self):
        return [
            self.define("BUILD_TESTING", False),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("METALAB_FORTRAN", "fortran"),
        ]

    @run_after("install")
    def install_mlab(self):
        if self.spec.satisfies("+mlab"):
            with working_dir(self.stage.source_path):
                cargo = which("cargo", required=True)
                cargo("install", "--locked", "--offline", "--path", "cli", "--root", self.prefix)
