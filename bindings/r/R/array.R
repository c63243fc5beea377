# Arrays that are computed in the file that they become. An array is one object whatever names it has: what is
# assigned to a part of it is in the file, in a function that it was passed to, too. It is no vector of R's,
# because R copies vectors silently: x[] is one, a copy.

whole_extents <- function(dim) {
  extents <- suppressWarnings(as.integer(dim))
  if (length(extents) == 0 || anyNA(extents) || any(extents != dim)) refuse("dim: whole numbers are wanted")
  extents
}

#' Arrays that Are Computed in the File that They Become
#'
#' `capture_array()` makes an array whose elements lie in the file that becomes the artifact:
#' `x[i, j] <- value` writes there, without a copy at the end.
#'
#' @param run a run.
#' @param name a text.
#' @param dim the extents.
#' @param type of the elements, which are 0 at first.
#' @param metadata a list with names.
#' @param x an array; or a stream, see [capture_stream()].
#' @details An array is one object, whatever names it has: after `y <- x`, in a function that it was passed to,
#' in a list, `x[i] <- v` writes into the file. `x[]` is a copy of all elements, a plain array of R,
#' and `x[i, j]` one of some. Reading it, as in `sort(x)`, `sum(x)`, `data.frame(x)`,
#' `rbind(x)` or `apply(x, 1, max)`, reads the elements.
#'
#' Arithmetic, comparisons and functions such as `sqrt()` take `x[]`, and are errors with `x`
#' alone: `x <- x * 2` would make `x` a plain array, and what is written afterwards would not be in
#' the file. Write `x[] <- x[] * 2`.
#'
#' What does not fit is an error, and nothing is written then: a fraction or `NaN` in an array of
#' integers, a text, a factor, a time, a subscript that leads out of the array. Dimensions, names and length
#' can't be changed.
#'
#' Large blocks are written at the speed of memory. Each assignment costs a few microseconds more than one to a
#' plain array, as it is a call of a method: where single elements are computed, compute in a plain array and
#' write `x[] <- plain`.
#'
#' After a fork, as by `parallel::mclapply`, the children share the array with their parent: each may
#' write a part of it, and the parent seals it.
#'
#' `capture_seal()` makes the array an artifact; `capture_abandon()` gives it up. From then
#' on, and when the run has ended, using it is an error of class `metalab_error_closed`. An array
#' that nobody sealed is kept when the run ends, its metadata with `"incomplete": true`.
#'
#' `capture_snapshots()` declares an array that is written every so many steps, so that the next
#' files are made ahead. It returns a function: `u(step)` maps the snapshot of a step, to be
#' computed in and sealed; `u(step, value)` writes one that is computed, and seals it. The
#' artifact of step 500 of `"u"` is `"u.00000500"`; [run_latest()] reads the last one.
#' `capture_abandon(u)` ends the declaration before the run does.
#' @return `capture_array()`: an object of class `metalab_array`. `capture_snapshots()`: a function. The
#' others return nothing.
#' @seealso [run_artifact()] to read an array back.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' field <- capture_array(run, "field", dim = c(4, 5))
#' for (j in 1:5) field[, j] <- 1:4 + 10 * j
#' field[4, 5] <- 0
#' sum(field)
#'
#' twice <- function(x) x[] <- x[] * 2 # in a function, too: it is the same array
#' twice(field)
#' field
#' capture_seal(field, metadata = list(unit = "K"))
#'
#' u <- capture_snapshots(run, "u", dim = c(4, 5))
#' for (step in c(0, 100, 200)) u(step, outer(1:4, 1:5) * step)
#' capture_finish(run)
#' run_latest(load_run(store), "u")$step
#' @export
capture_array <- function(run, name, dim, type = c("double", "integer", "complex", "raw"), metadata = NULL) {
  .Call(C_map, run, name, match.arg(type), whole_extents(dim), metadata)
}

#' @rdname capture_array
#' @export
capture_snapshots <- function(run, name, dim, type = c("double", "integer", "complex", "raw"), metadata = NULL) {
  handle <- .Call(C_snapshots, run, name, match.arg(type), whole_extents(dim), metadata)
  structure(function(step, value) {
    x <- .Call(C_begin, handle, step)
    if (missing(value)) return(x)
    tryCatch({
      if (!(length(value) %in% c(1L, length(x)))) refuse("value: ", length(x), " elements or one are wanted, not ", length(value))
      x[] <- value
    }, error = function(condition) {
      capture_abandon(x)
      stop(condition)
    })
    capture_seal(x)
  }, class = "metalab_snapshots", name = name)
}

#' @export
print.metalab_snapshots <- function(x, ...) {
  cat("<metalab_snapshots ", attr(x, "name"), ", called as (step) or (step, value)>\n", sep = "")
  invisible(x)
}

# The elements of an array of capture_array(), alone or in lists; anything else as it is.
plain <- function(x) {
  if (inherits(x, "metalab_array")) return(x[])
  if (is.list(x) && !is.object(x) && any(rapply(x, inherits, how = "unlist", what = "metalab_array"))) {
    x[] <- lapply(x, plain)
  }
  x
}

# The value as elements of a type: nothing that would be another number.
fitting <- function(value, type) {
  value <- plain(value)
  if (typeof(value) == type && !is.object(value)) return(value)
  bare <- value
  if (inherits(bare, c("AsIs", "ts", "table"))) bare <- unclass(bare)
  if (is.object(bare)) refuse("value: the elements of a ", class(value)[[1]], " are no plain numbers; as.numeric() says what they are")
  kind <- typeof(bare)
  if (!(kind %in% c("double", "integer", "logical", "complex", "raw"))) refuse("value: numbers are wanted, not ", kind)
  if (kind == type) return(bare)
  if (type == "complex" && kind != "raw") return(as.complex(bare))
  if (type == "double" && kind %in% c("integer", "logical")) return(as.double(bare))
  if (type == "double" && kind == "raw") return(as.double(as.integer(bare)))
  if (kind == "complex") refuse("value: complex numbers do not fit into ", type)
  if (type == "raw") {
    if (anyNA(bare) || any(bare < 0 | bare > 255 | bare != floor(bare))) refuse("value: whole numbers from 0 to 255 are wanted")
    return(as.raw(bare))
  }
  if (kind == "double" && any(bare != floor(bare) | abs(bare) > .Machine$integer.max, na.rm = TRUE)) {
    refuse("value: whole numbers of 32 bits are wanted, as the array is of integers")
  }
  if (kind == "double" && any(is.nan(bare))) refuse("value: NaN is no integer")
  as.integer(bare)
}

#' @export
`[.metalab_array` <- function(x, ..., drop = TRUE) {
  view <- .Call(C_elements, x)
  .Call(C_plain, view[..., drop = drop])
}

#' @export
`[[.metalab_array` <- function(x, ...) .Call(C_elements, x)[[...]]

#' @export
`[<-.metalab_array` <- function(x, ..., value) {
  view <- .Call(C_elements, x)
  if (typeof(value) != typeof(view) || is.object(value)) value <- fitting(value, typeof(view))
  view[...] <- value
  .Call(C_put_back, x, view)
  x
}

#' @export
`[[<-.metalab_array` <- function(x, ..., value) {
  view <- .Call(C_elements, x)
  if (typeof(value) != typeof(view) || is.object(value)) value <- fitting(value, typeof(view))
  view[[...]] <- value
  .Call(C_put_back, x, view)
  x
}

#' @export
dim.metalab_array <- function(x) {
  extents <- .Call(C_extents, x)[[3]]
  if (length(extents) > 1) extents
}

#' @export
length.metalab_array <- function(x) {
  count <- prod(.Call(C_extents, x)[[3]])
  if (count <= .Machine$integer.max) as.integer(count) else count
}

keeps_form <- function() refuse("x: an array of capture_array() keeps its form; x[] is a copy that takes another")
#' @export
`dim<-.metalab_array` <- function(x, value) keeps_form()
#' @export
`dimnames<-.metalab_array` <- function(x, value) keeps_form()
#' @export
`length<-.metalab_array` <- function(x, value) keeps_form()
#' @export
`names<-.metalab_array` <- function(x, value) keeps_form()

# A result would be a plain array, and after x <- x * 2 what is written would not be in the file.
with_elements <- function(generic) {
  refuse("x: ", generic, " takes the elements, which are x[]: x[] <- x[] * 2 writes, y <- x[] * 2 reads")
}
#' @export
Ops.metalab_array <- function(e1, e2) with_elements(.Generic)
#' @export
Math.metalab_array <- function(x, ...) with_elements(.Generic)
#' @export
Summary.metalab_array <- function(..., na.rm = FALSE) do.call(.Generic, c(lapply(list(...), plain), na.rm = na.rm))

# What reads is given the elements.
#' @export
aperm.metalab_array <- function(a, perm = NULL, ...) aperm(a[], perm, ...)
#' @export
as.array.metalab_array <- function(x, ...) as.array(x[], ...)
#' @export
as.character.metalab_array <- function(x, ...) as.character(x[], ...)
#' @export
as.complex.metalab_array <- function(x, ...) as.complex(x[], ...)
#' @export
as.data.frame.metalab_array <- function(x, row.names = NULL, optional = FALSE, ...) {
  as.data.frame(x[], row.names = row.names, optional = optional, ...)
}
#' @export
as.double.metalab_array <- function(x, ...) as.double(x[], ...)
#' @export
as.integer.metalab_array <- function(x, ...) as.integer(x[], ...)
#' @export
as.list.metalab_array <- function(x, ...) as.list(x[], ...)
#' @export
as.logical.metalab_array <- function(x, ...) as.logical(x[], ...)
#' @export
as.matrix.metalab_array <- function(x, ...) as.matrix(x[], ...)
#' @export
as.vector.metalab_array <- function(x, mode = "any") as.vector(x[], mode)
#' @export
c.metalab_array <- function(...) do.call(c, lapply(list(...), plain))
#' @export
cbind.metalab_array <- function(..., deparse.level = 1) do.call(cbind, c(lapply(list(...), plain), deparse.level = deparse.level))
#' @export
diff.metalab_array <- function(x, ...) diff(x[], ...)
#' @export
head.metalab_array <- function(x, ...) head(x[], ...)
#' @export
is.na.metalab_array <- function(x) is.na(x[])
#' @export
mean.metalab_array <- function(x, ...) mean(x[], ...)
#' @export
median.metalab_array <- function(x, na.rm = FALSE, ...) median(x[], na.rm = na.rm, ...)
#' @export
quantile.metalab_array <- function(x, ...) quantile(x[], ...)
#' @export
rbind.metalab_array <- function(..., deparse.level = 1) do.call(rbind, c(lapply(list(...), plain), deparse.level = deparse.level))
#' @export
rev.metalab_array <- function(x) rev(x[])
#' @export
sort.metalab_array <- function(x, decreasing = FALSE, ...) sort(x[], decreasing = decreasing, ...)
#' @export
summary.metalab_array <- function(object, ...) summary(object[], ...)
#' @export
t.metalab_array <- function(x) t(x[])
#' @export
tail.metalab_array <- function(x, ...) tail(x[], ...)
#' @export
unique.metalab_array <- function(x, incomparables = FALSE, ...) unique(x[], incomparables, ...)
#' @export
xtfrm.metalab_array <- function(x) xtfrm(x[])

#' @export
format.metalab_array <- function(x, ...) {
  is <- .Call(C_extents, x)
  paste0("<metalab_array ", is[[1]], ", ", is[[2]], " [", paste(is[[3]], collapse = ", "), "]", if (!is[[4]]) ", ended", ">")
}

#' @export
print.metalab_array <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  if (.Call(C_extents, x)[[4]]) print(x[], ...)
  invisible(x)
}

#' @export
str.metalab_array <- function(object, ...) {
  cat(format(object), "\n", sep = "")
  if (.Call(C_extents, object)[[4]]) str(object[], ...)
}

#' @rdname capture_array
#' @export
capture_set_metadata <- function(x, metadata) {
  if (inherits(x, "metalab_stream")) .Call(C_stream_metadata, x, metadata) else .Call(C_mapping_metadata, x, metadata)
  invisible(x)
}

#' @rdname capture_array
#' @export
capture_seal <- function(x, metadata = NULL) {
  if (!is.null(metadata)) capture_set_metadata(x, metadata)
  if (inherits(x, "metalab_stream")) .Call(C_stream_end, x, TRUE) else .Call(C_mapping_end, x, TRUE)
  invisible()
}

#' @rdname capture_array
#' @export
capture_abandon <- function(x) {
  if (inherits(x, "metalab_snapshots")) {
    .Call(C_snapshots_end, environment(x)$handle)
    return(invisible())
  }
  if (inherits(x, "metalab_stream")) .Call(C_stream_end, x, FALSE) else .Call(C_mapping_end, x, FALSE)
  invisible()
}
