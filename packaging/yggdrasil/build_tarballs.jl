# Untested: BinaryBuilder was not there to run it. Goes to Yggdrasil's L/libmetalab/build_tarballs.jl;
# packaging/recipes.sh fills in the address and the checksum.
using BinaryBuilder

name = "libmetalab"
version = v"0.1.0"

# The tarball that scripts/release.sh makes, which has the crates in it.
sources = [
    ArchiveSource("@ADDRESS@/libmetalab-$version.tar.gz",
                  "@SHA256@"),
]

script = raw"""
cd $WORKSPACE/srcdir/libmetalab-*
cmake -S . -B build -DCMAKE_INSTALL_PREFIX=$prefix -DCMAKE_TOOLCHAIN_FILE=${CMAKE_TARGET_TOOLCHAIN} \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_TESTING=OFF -DMETALAB_FORTRAN=OFF \
    -DMETALAB_RUST_TARGET=${rust_target}
cmake --build build
cmake --install build
cargo build --release --locked --offline --package metalab-cli --target ${rust_target}
install -Dvm 755 target/${rust_target}/release/mlab ${bindir}/mlab
install_license LICENSE
"""

platforms = filter(platform -> Sys.islinux(platform) || Sys.isapple(platform), supported_platforms())
filter!(platform -> nbits(platform) == 64, platforms)

products = [
    LibraryProduct("libmetalab", :libmetalab),
    ExecutableProduct("mlab", :mlab),
]

build_tarballs(ARGS, name, version, sources, script, platforms, products, Dependency[];
               julia_compat="1.6", compilers=[:c, :rust])
