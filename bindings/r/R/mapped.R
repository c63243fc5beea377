# Arrays that are computed in the file that they become.

whole_extents <- function(dim) {
  extents <- suppressWarnings(as.integer(dim))
  if (length(extents) == 0 || anyNA(extents) || any(extents != dim)) refuse("dim: whole numbers are wanted")
  extents
}

capture_array <- function(run, name, dim, type = c("double", "integer", "complex", "raw"), metadata = NULL) {
  .Call(C_map, run, name, match.arg(type), whole_extents(dim), metadata)
}

capture_snapshots <- function(run, name, dim, type = c("double", "integer", "complex", "raw"), metadata = NULL) {
  handle <- .Call(C_snapshots, run, name, match.arg(type), whole_extents(dim), metadata)
  structure(function(step, value) {
    x <- .Call(C_begin, handle, step)
    if (missing(value)) return(x)
    tryCatch(set_mapped(x, value), error = function(condition) {
      capture_abandon(x)
      stop(condition)
    })
    capture_seal(x)
  }, class = "metalab_snapshots", name = name)
}

print.metalab_snapshots <- function(x, ...) {
  cat("<metalab_snapshots ", attr(x, "name"), ", called as (step) or (step, value)>\n", sep = "")
  invisible(x)
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
  if (inherits(x, "metalab_snapshots")) {
    .Call(C_snapshots_end, environment(x)$handle)
    return(invisible())
  }
  if (inherits(x, "metalab_stream")) .Call(C_stream_end, x, FALSE) else .Call(C_mapping_end, x, FALSE)
  invisible()
}
