# Arrays that are computed in the file that they become.

capture_array <- function(run, name, dim, type = c("double", "integer", "complex", "raw"), metadata = NULL) {
  extents <- suppressWarnings(as.integer(dim))
  if (length(extents) == 0 || anyNA(extents) || any(extents != dim)) refuse("dim: whole numbers are wanted")
  .Call(C_map, run, name, match.arg(type), extents, metadata)
}

mapped_array <- function(run, name) .Call(C_mapped, run, name)

is_mapped <- function(x) .Call(C_is_mapped, x)

set_mapped <- function(x, ..., value) {
  if (missing(value)) {
    # set_mapped(x, values): all of it
    if (...length() != 1) refuse("value: is wanted, by name where there are subscripts")
    value <- ..1
    subscripts <- NULL
  } else {
    given <- eval(substitute(alist(...)))
    frame <- parent.frame()
    extents <- if (length(given) > 1) dim(x) else length(x)
    subscripts <- lapply(seq_along(given), function(axis) {
      if (identical(given[[axis]], quote(expr = ))) return(NULL)
      positions <- eval(given[[axis]], frame)
      if (is.numeric(positions) && !any(positions < 0, na.rm = TRUE)) positions else seq_len(extents[[axis]])[positions]
    })
    if (length(given) == 0) subscripts <- NULL
  }
  if (typeof(value) != typeof(x)) storage.mode(value) <- typeof(x)
  .Call(C_set_mapped, x, value, subscripts)
  invisible(x)
}

capture_set_metadata <- function(x, metadata) {
  if (inherits(x, "metalab_stream")) .Call(C_stream_metadata, x, metadata) else .Call(C_mapping_metadata, x, metadata)
  invisible(x)
}

capture_seal <- function(x, metadata = NULL) {
  if (!is.null(metadata)) capture_set_metadata(x, metadata)
  if (inherits(x, "metalab_stream")) .Call(C_stream_end, x, TRUE) else .Call(C_mapping_end, x, TRUE)
  invisible()
}

capture_abandon <- function(x) {
  if (inherits(x, "metalab_stream")) .Call(C_stream_end, x, FALSE) else .Call(C_mapping_end, x, FALSE)
  invisible()
}
