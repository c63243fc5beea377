# Where the library comes from: sets metalab_shared_source, metalab_static_source (either may be
# empty) and metalab_build_command. Where the shared library is not made by cargo, metalab_link_shared
# and metalab_linker are what comes before and after its name in the command that makes it.
set(metalab_link_shared)
set(metalab_linker)
set(metalab_shared_source)
set(metalab_static_source)
set(metalab_build_command)

if(METALAB_PREBUILT)
  get_filename_component(metalab_prebuilt "${METALAB_PREBUILT}" ABSOLUTE BASE_DIR "${CMAKE_BINARY_DIR}")
  set(metalab_places "${metalab_prebuilt}" "${metalab_prebuilt}/${CMAKE_INSTALL_LIBDIR}" "${metalab_prebuilt}/lib")
  if(EXISTS "${metalab_prebuilt}" AND NOT IS_DIRECTORY "${metalab_prebuilt}")
    if(metalab_prebuilt MATCHES "\\.a$")
      set(metalab_static_source "${metalab_prebuilt}")
    else()
      set(metalab_shared_source "${metalab_prebuilt}")
    endif()
    set(metalab_places)
  endif()
  foreach(place IN LISTS metalab_places)
    foreach(name IN ITEMS "${metalab_shared_name}" "${metalab_soname}" "${metalab_link_name}")
      if(NOT metalab_shared_source AND EXISTS "${place}/${name}")
        get_filename_component(metalab_shared_source "${place}/${name}" REALPATH)
      endif()
    endforeach()
    if(NOT metalab_static_source AND EXISTS "${place}/${metalab_static_name}")
      set(metalab_static_source "${place}/${metalab_static_name}")
    endif()
  endforeach()
  if(NOT metalab_shared_source AND NOT metalab_static_source)
    message(FATAL_ERROR "metalab: METALAB_PREBUILT has no ${metalab_link_name} and no ${metalab_static_name}: ${metalab_prebuilt}")
  endif()
  return()
endif()

find_program(METALAB_CARGO cargo HINTS ENV CARGO_HOME PATHS "$ENV{HOME}/.cargo" PATH_SUFFIXES bin)
mark_as_advanced(METALAB_CARGO)
if(NOT METALAB_CARGO)
  message(FATAL_ERROR "metalab: cargo was not found; install Rust (https://rustup.rs), or set METALAB_PREBUILT to the built library")
endif()

set(metalab_output_dir "${METALAB_CARGO_TARGET_DIR}")
set(metalab_target_option)
if(METALAB_RUST_TARGET)
  string(APPEND metalab_output_dir "/${METALAB_RUST_TARGET}")
  set(metalab_target_option --target "${METALAB_RUST_TARGET}")
endif()
if(METALAB_PROFILE STREQUAL "dev")
  string(APPEND metalab_output_dir "/debug")
else()
  string(APPEND metalab_output_dir "/${METALAB_PROFILE}")
endif()
set(metalab_shared_source "${metalab_output_dir}/${metalab_link_name}")
set(metalab_static_source "${metalab_output_dir}/${metalab_static_name}")
set(metalab_cargo_subcommand build)
set(metalab_rustc_options)
if(METALAB_RUST_TARGET MATCHES "-musl")
  # rustc makes no shared library for musl, and the archive lacks the code that unwinds the stack, which
  # Rust has beside its standard library: that of a compiler for another C library is of no use (musl-gcc).
  find_program(METALAB_RUSTC rustc HINTS ENV CARGO_HOME PATHS "$ENV{HOME}/.cargo" PATH_SUFFIXES bin)
  mark_as_advanced(METALAB_RUSTC)
  execute_process(
    COMMAND "${METALAB_RUSTC}" --print target-libdir --target "${METALAB_RUST_TARGET}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE metalab_rust_libdir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(EXISTS "${metalab_rust_libdir}/self-contained/libunwind.a")
    set(metalab_cargo_subcommand rustc --crate-type staticlib)
    set(metalab_rustc_options -- -L "native=${metalab_rust_libdir}/self-contained" -l static:+bundle=unwind)
  endif()
endif()
# A target from the environment would change where cargo puts the library.
set(metalab_build_command
  COMMAND "${CMAKE_COMMAND}" -E env --unset=CARGO_BUILD_TARGET
  "${METALAB_CARGO}" ${metalab_cargo_subcommand} --locked --lib --profile "${METALAB_PROFILE}" ${metalab_target_option}
  --manifest-path "${PROJECT_SOURCE_DIR}/Cargo.toml" --target-dir "${METALAB_CARGO_TARGET_DIR}" ${metalab_rustc_options})

if(NOT APPLE)
  # ELF: the symbols have versions, so that a program is refused by a library that is too old for it.
  set(metalab_map "${PROJECT_SOURCE_DIR}/bindings/cmake/metalab.map")
  set(metalab_link_shared sh "${PROJECT_SOURCE_DIR}/bindings/cmake/link-shared.sh"
    "${metalab_static_source}" "${metalab_map}" "${metalab_soname}")
  separate_arguments(metalab_linker UNIX_COMMAND "${CMAKE_C_COMPILER_ARG1} ${CMAKE_SHARED_LINKER_FLAGS}")
  list(INSERT metalab_linker 0 "${CMAKE_C_COMPILER}")
  if(CMAKE_C_COMPILER_TARGET AND CMAKE_C_COMPILER_ID MATCHES "Clang")
    list(APPEND metalab_linker "--target=${CMAKE_C_COMPILER_TARGET}")
  endif()
  if(CMAKE_SYSROOT)
    list(APPEND metalab_linker "--sysroot=${CMAKE_SYSROOT}")
  endif()
  if(NOT METALAB_PROFILE STREQUAL "dev")
    list(APPEND metalab_linker "-Wl,--strip-debug")
  endif()
endif()
