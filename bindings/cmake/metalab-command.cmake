# The command mlab, with its manual pages and completions for shells, which it writes itself. Sets
# metalab_command to its file, and metalab_command_pages to a directory laid out as share/ is.
set(metalab_command)
if(NOT METALAB_COMMAND)
  return()
endif()
if(METALAB_PREBUILT)
  message(FATAL_ERROR "metalab: METALAB_COMMAND needs the sources to be built: leave it out with METALAB_PREBUILT")
endif()

set(metalab_command_dir "${METALAB_CARGO_TARGET_DIR}")
if(METALAB_RUST_TARGET)
  string(APPEND metalab_command_dir "/${METALAB_RUST_TARGET}")
endif()
if(METALAB_PROFILE STREQUAL "dev")
  set(metalab_command_profile dev)
  string(APPEND metalab_command_dir "/debug")
else()
  set(metalab_command_profile command)
  string(APPEND metalab_command_dir "/command")
endif()
set(metalab_command "${PROJECT_BINARY_DIR}/bin/mlab")
set(metalab_command_pages "${PROJECT_BINARY_DIR}/share")
add_custom_target(metalab_command ALL
  COMMAND "${CMAKE_COMMAND}" -E env --unset=CARGO_BUILD_TARGET
  "${METALAB_CARGO}" build --locked --package metalab-cli --profile "${metalab_command_profile}" ${metalab_target_option}
  --manifest-path "${PROJECT_SOURCE_DIR}/Cargo.toml" --target-dir "${METALAB_CARGO_TARGET_DIR}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/bin"
  COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${metalab_command_dir}/mlab" "${metalab_command}"
  COMMAND "${metalab_command}" pages "${metalab_command_pages}"
  BYPRODUCTS "${metalab_command}"
  COMMENT "Building mlab ${PROJECT_VERSION}"
  USES_TERMINAL
  VERBATIM)
# cargo locks its directory: one after the other.
add_dependencies(metalab_command metalab_library)
