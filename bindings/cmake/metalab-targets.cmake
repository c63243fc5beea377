# Defines the imported targets from metalab_shared_library, metalab_static_library (either may be
# empty), metalab_soname, metalab_include_dirs, metalab_cpp_include_dirs and metalab_scope (GLOBAL
# or nothing).
if(metalab_shared_library AND NOT TARGET metalab::shared)
  add_library(metalab::shared SHARED IMPORTED ${metalab_scope})
  set_target_properties(metalab::shared PROPERTIES
    IMPORTED_LOCATION "${metalab_shared_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${metalab_include_dirs}")
  if(APPLE)
    set_property(TARGET metalab::shared PROPERTY IMPORTED_SONAME "@rpath/${metalab_soname}")
  else()
    set_property(TARGET metalab::shared PROPERTY IMPORTED_SONAME "${metalab_soname}")
  endif()
endif()

if(metalab_static_library AND NOT TARGET metalab::static)
  add_library(metalab::static STATIC IMPORTED ${metalab_scope})
  set_target_properties(metalab::static PROPERTIES
    IMPORTED_LOCATION "${metalab_static_library}"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${metalab_include_dirs}"
    INTERFACE_LINK_LIBRARIES "pthread;${CMAKE_DL_LIBS};m")
  if(NOT APPLE)
    # A shared library with a copy of its own exports nothing of it: two such copies, or one beside the
    # shared library, are each its own. And no panic ends a program that musl-gcc links.
    get_filename_component(metalab_archive "${metalab_static_library}" NAME)
    set_property(TARGET metalab::static APPEND PROPERTY INTERFACE_LINK_OPTIONS
      "LINKER:--exclude-libs,${metalab_archive}" "LINKER:--eh-frame-hdr")
  endif()
endif()

if(NOT TARGET metalab::metalab)
  add_library(metalab::metalab INTERFACE IMPORTED ${metalab_scope})
  if(TARGET metalab::static AND (NOT TARGET metalab::shared OR (DEFINED BUILD_SHARED_LIBS AND NOT BUILD_SHARED_LIBS)))
    set_property(TARGET metalab::metalab PROPERTY INTERFACE_LINK_LIBRARIES metalab::static)
  else()
    set_property(TARGET metalab::metalab PROPERTY INTERFACE_LINK_LIBRARIES metalab::shared)
  endif()
endif()

# metalab_dl.h, which looks for the library when the program runs.
if(NOT TARGET metalab::loader)
  add_library(metalab::loader INTERFACE IMPORTED ${metalab_scope})
  set_target_properties(metalab::loader PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${metalab_include_dirs}"
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}")
endif()

if(NOT TARGET metalab::cpp)
  add_library(metalab::cpp INTERFACE IMPORTED ${metalab_scope})
  # Properties, not commands: those would refuse in a project without C++.
  set_target_properties(metalab::cpp PROPERTIES
    INTERFACE_COMPILE_FEATURES cxx_std_17
    INTERFACE_INCLUDE_DIRECTORIES "${metalab_cpp_include_dirs}"
    INTERFACE_LINK_LIBRARIES metalab::metalab)
endif()
