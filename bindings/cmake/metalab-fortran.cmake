# Defines metalab::fortran, the module's sources compiled in the project that uses them, from
# metalab_fortran_source_dir and metalab_fortran_module_dir: what a compiler makes of a module is
# read by no other. Nothing where the project has no Fortran.
get_property(metalab_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if("Fortran" IN_LIST metalab_languages AND NOT TARGET metalab::fortran)
  set(metalab_fortran_sources)
  foreach(name IN ITEMS constants c support counted memory emitter deferred options series stream capture
          functions f77 reader loaded store values)
    list(APPEND metalab_fortran_sources "${metalab_fortran_source_dir}/metalab_${name}.f90")
  endforeach()
  add_library(metalab_fortran STATIC EXCLUDE_FROM_ALL ${metalab_fortran_sources} "${metalab_fortran_source_dir}/metalab.f90")
  set_target_properties(metalab_fortran PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    Fortran_MODULE_DIRECTORY "${metalab_fortran_module_dir}")
  target_include_directories(metalab_fortran PUBLIC "$<BUILD_INTERFACE:${metalab_fortran_module_dir}>")
  target_link_libraries(metalab_fortran PUBLIC metalab::metalab)
  add_library(metalab::fortran ALIAS metalab_fortran)
endif()
