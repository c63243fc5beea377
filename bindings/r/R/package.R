# Loading: by hand instead of useDynLib(), so that what is wrong is said together with a way out.

# What the C code registers; each name is that of a routine, with C_ for ml_.
utils::globalVariables(c(
  "C_version", "C_abi", "C_open", "C_finish", "C_is_open", "C_is_skipped", "C_fail", "C_cancel",
  "C_flush", "C_warning", "C_note", "C_tag", "C_run_id", "C_capture_derive_seed",
  "C_rank", "C_reduce", "C_set_axis", "C_should_stop", "C_request_stop", "C_seconds_left", "C_view", "C_recover", "C_recover_host", "C_recover_child", "C_index_rebuild",
  "C_metric", "C_metrics", "C_series", "C_point", "C_nothing", "C_capture_log", "C_log",
  "C_log_enabled", "C_subscribe", "C_unsubscribe", "C_stdio", "C_stdio_end", "C_data_json",
  "C_data_array", "C_artifact_json", "C_artifact_bytes", "C_artifact_array", "C_artifact_arrays",
  "C_file", "C_stream", "C_stream_write", "C_stream_metadata", "C_stream_end", "C_map",
  "C_snapshots", "C_begin", "C_snapshots_end", "C_mapped", "C_is_mapped", "C_set_mapped", "C_mapping_metadata", "C_mapping_end",
  "C_figure_bytes", "C_figure_pixels", "C_figure_field", "C_to_json", "C_from_json", "C_format_numbers",
  "C_describe", "C_canonical_json", "C_fingerprint", "C_identity", "C_derive_seed"
))

.onLoad <- function(libname, pkgname) {
  dll <- tryCatch(library.dynam("metalab", pkgname, libname), error = function(condition) {
    stop(
      conditionMessage(condition), "\n",
      "The package metalab needs the library libmetalab that it was installed with, or a later one with the same ABI.\n",
      "If it has moved, install the package again (METALAB_HOME says where the library is),\n",
      "or start R with the library's directory in LD_LIBRARY_PATH.",
      call. = FALSE
    )
  })
  namespace <- parent.env(environment())
  routines <- getDLLRegisteredRoutines(dll)$.Call
  for (name in names(routines)) assign(sub("^ml_", "C_", name), routines[[name]], envir = namespace)
  abi <- .Call(C_abi)
  if (abi[[1]] != abi[[2]]) {
    stop(
      "the library libmetalab that was found has ABI ", abi[[2]], " (version ", .Call(C_version),
      "), and the package metalab was installed for ABI ", abi[[1]], ": install the package again",
      call. = FALSE
    )
  }
}

# The C code stays when the namespace is unloaded: handles and mapped arrays may outlive it.

#' The version of libmetalab.
metalab_version <- function() .Call(C_version)
