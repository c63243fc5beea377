# Arrays that are computed in the file that they become. An array is one object whatever names it has: what is
# assigned to a part of it is in the file, in a function that it was passed to, too. It is no vector of R's,
# because R copies vectors silently: x[] is one, a copy.

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

`[.metalab_array` <- function(x, ..., drop = TRUE) {
  view <- .Call(C_elements, x)
  .Call(C_plain, view[..., drop = drop])
}

`[[.metalab_array` <- function(x, ...) .Call(C_elements, x)[[...]]

`[<-.metalab_array` <- function(x, ..., value) {
  view <- .Call(C_elements, x)
  if (typeof(value) != typeof(view) || is.object(value)) value <- fitting(value, typeof(view))
  view[...] <- value
  .Call(C_put_back, x, view)
  x
}

`[[<-.metalab_array` <- function(x, ..., value) {
  view <- .Call(C_elements, x)
  if (typeof(value) != typeof(view) || is.object(value)) value <- fitting(value, typeof(view))
  view[[...]] <- value
  .Call(C_put_back, x, view)
  x
}

dim.metalab_array <- function(x) {
  extents <- .Call(C_extents, x)[[3]]
  if (length(extents) > 1) extents
}

length.metalab_array <- function(x) {
  count <- prod(.Call(C_extents, x)[[3]])
  if (count <= .Machine$integer.max) as.integer(count) else count
}

keeps_form <- function() refuse("x: an array of capture_array() keeps its form; x[] is a copy that takes another")
`dim<-.metalab_array` <- function(x, value) keeps_form()
`dimnames<-.metalab_array` <- function(x, value) keeps_form()
`length<-.metalab_array` <- function(x, value) keeps_form()
`names<-.metalab_array` <- function(x, value) keeps_form()

# A result would be a plain array, and after x <- x * 2 what is written would not be in the file.
with_elements <- function(generic) {
  refuse("x: ", generic, " takes the elements, which are x[]: x[] <- x[] * 2 writes, y <- x[] * 2 reads")
}
Ops.metalab_array <- function(e1, e2) with_elements(.Generic)
Math.metalab_array <- function(x, ...) with_elements(.Generic)
Summary.metalab_array <- function(..., na.rm = FALSE) do.call(.Generic, c(lapply(list(...), plain), na.rm = na.rm))

# What reads is given the elements.
aperm.metalab_array <- function(a, perm = NULL, ...) aperm(a[], perm, ...)
as.array.metalab_array <- function(x, ...) as.array(x[], ...)
as.character.metalab_array <- function(x, ...) as.character(x[], ...)
as.complex.metalab_array <- function(x, ...) as.complex(x[], ...)
as.data.frame.metalab_array <- function(x, row.names = NULL, optional = FALSE, ...) {
  as.data.frame(x[], row.names = row.names, optional = optional, ...)
}
as.double.metalab_array <- function(x, ...) as.double(x[], ...)
as.integer.metalab_array <- function(x, ...) as.integer(x[], ...)
as.list.metalab_array <- function(x, ...) as.list(x[], ...)
as.logical.metalab_array <- function(x, ...) as.logical(x[], ...)
as.matrix.metalab_array <- function(x, ...) as.matrix(x[], ...)
as.vector.metalab_array <- function(x, mode = "any") as.vector(x[], mode)
cbind.metalab_array <- function(..., deparse.level = 1) do.call(cbind, c(lapply(list(...), plain), deparse.level = deparse.level))
head.metalab_array <- function(x, ...) head(x[], ...)
is.na.metalab_array <- function(x) is.na(x[])
mean.metalab_array <- function(x, ...) mean(x[], ...)
median.metalab_array <- function(x, na.rm = FALSE, ...) median(x[], na.rm = na.rm, ...)
quantile.metalab_array <- function(x, ...) quantile(x[], ...)
rbind.metalab_array <- function(..., deparse.level = 1) do.call(rbind, c(lapply(list(...), plain), deparse.level = deparse.level))
rev.metalab_array <- function(x) rev(x[])
sort.metalab_array <- function(x, decreasing = FALSE, ...) sort(x[], decreasing = decreasing, ...)
summary.metalab_array <- function(object, ...) summary(object[], ...)
t.metalab_array <- function(x) t(x[])
tail.metalab_array <- function(x, ...) tail(x[], ...)
unique.metalab_array <- function(x, incomparables = FALSE, ...) unique(x[], incomparables, ...)
xtfrm.metalab_array <- function(x) xtfrm(x[])

format.metalab_array <- function(x, ...) {
  is <- .Call(C_extents, x)
  paste0("<metalab_array ", is[[1]], ", ", is[[2]], " [", paste(is[[3]], collapse = ", "), "]", if (!is[[4]]) ", ended", ">")
}

print.metalab_array <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  if (.Call(C_extents, x)[[4]]) print(x[], ...)
  invisible(x)
}

str.metalab_array <- function(object, ...) {
  cat(format(object), "\n", sep = "")
  if (.Call(C_extents, object)[[4]]) str(object[], ...)
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
