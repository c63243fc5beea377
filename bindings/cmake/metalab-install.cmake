# Installs a tree that can be moved: nothing in it names its prefix.
include(CMakePackageConfigHelpers)

# Symbolic links are installed as such; a shared library is executable, as other tools install it.
set(metalab_programs ${metalab_products})
list(FILTER metalab_programs EXCLUDE REGEX "\\.a$")
list(FILTER metalab_products INCLUDE REGEX "\\.a$")
install(PROGRAMS ${metalab_programs} DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES ${metalab_products} DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES include/metalab.h include/metalab_dl.h bindings/cpp/metalab.hpp DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY bindings/cpp/metalab DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")

if(metalab_command)
  install(PROGRAMS "${metalab_command}" DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(DIRECTORY "${metalab_command_pages}/" DESTINATION "${CMAKE_INSTALL_DATADIR}")
endif()

# Modules are compiled where they are used.
set(metalab_fortran_install_dir "${CMAKE_INSTALL_DATADIR}/metalab/fortran")
install(DIRECTORY bindings/fortran/src/ DESTINATION "${metalab_fortran_install_dir}" FILES_MATCHING PATTERN "*.f90" PATTERN "*.mk")

set(metalab_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/metalab")
configure_package_config_file(bindings/cmake/metalab-config.cmake.in "${PROJECT_BINARY_DIR}/metalab-config.cmake"
  INSTALL_DESTINATION "${metalab_package_dir}"
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR metalab_fortran_install_dir)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/metalab-config-version.cmake"
  VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/metalab-config.cmake"
  "${PROJECT_BINARY_DIR}/metalab-config-version.cmake"
  bindings/cmake/metalab-targets.cmake
  bindings/cmake/metalab-fortran.cmake
  DESTINATION "${metalab_package_dir}")

# From where the .pc file is to the prefix; a prefix of its own for an absolute libdir.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(metalab_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(metalab_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH metalab_pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  set(metalab_pc_prefix "\${pcfiledir}/${metalab_pc_prefix}")
  set(metalab_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_DATADIR}")
  set(metalab_pc_datadir "${CMAKE_INSTALL_DATADIR}")
else()
  set(metalab_pc_datadir "\${prefix}/${CMAKE_INSTALL_DATADIR}")
endif()
string(REGEX REPLACE "/$" "" metalab_pc_prefix "${metalab_pc_prefix}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(metalab_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(metalab_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(metalab_pc_private "-lpthread -lm")
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND metalab_pc_private " -l${library}")
endforeach()
if(NOT APPLE)
  # As in metalab-targets.cmake.
  string(APPEND metalab_pc_private " -Wl,--exclude-libs,libmetalab.a -Wl,--eh-frame-hdr")
endif()
configure_file(bindings/cmake/metalab.pc.in "${PROJECT_BINARY_DIR}/metalab.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/metalab.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
