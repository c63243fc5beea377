# Untested: vcpkg was not there to run it. An overlay port: vcpkg install metalab --overlay-ports=packaging/vcpkg.
# It takes the sources that it lies in, and needs cargo.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
  set(shared OFF)
else()
  set(shared ON)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DBUILD_TESTING=OFF -DMETALAB_FORTRAN=OFF -DBUILD_SHARED_LIBS=${shared}
  MAYBE_UNUSED_VARIABLES BUILD_SHARED_LIBS)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME metalab CONFIG_PATH lib/cmake/metalab)
vcpkg_fixup_pkgconfig()
if(shared)
  file(REMOVE "${CURRENT_PACKAGES_DIR}/lib/libmetalab.a" "${CURRENT_PACKAGES_DIR}/debug/lib/libmetalab.a")
else()
  file(GLOB libraries "${CURRENT_PACKAGES_DIR}/lib/libmetalab.so*" "${CURRENT_PACKAGES_DIR}/debug/lib/libmetalab.so*")
  file(REMOVE ${libraries})
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
