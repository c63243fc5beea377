# What R knows of a value and its file has no place for: names, dimnames, the times of a time series, units, the
# types of columns. It goes into the metadata, as "R", and is given back by who reads the file with this package.
# What is in neither is refused.

# The metadata with the form of a value.
with_form <- function(metadata, form) {
  if (length(form) == 0) return(metadata)
  if ("R" %in% names(metadata)) refuse("metadata: the name R is taken, for what R knows of the value")
  c(as.list(metadata), list(R = form))
}

# Names as JSON: also one is an array.
as_names <- function(x) if (is.null(x)) NULL else I(as.character(x))

array_classes <- c("AsIs", "integer64", "ts", "mts", "matrix", "array", "table", "difftime")

# The form of an array of numbers.
array_form <- function(x, what = "value") {
  known <- c("dim", "names", "dimnames", "class", "tsp", "units")
  others <- setdiff(names(attributes(x)), known)
  classes <- setdiff(oldClass(x), array_classes)
  if (length(classes) > 0) refuse(what, ": an array can't be a ", classes[[1]], "; unclass() it, or format = \"rds\" stores it for R")
  if (length(others) > 0) refuse(what, ": an array has no place for the attribute ", others[[1]])
  has_gaps <- typeof(x) %in% c("integer", "logical") && anyNA(x)
  form <- list(
    type = if (has_gaps || is.raw(x)) typeof(x),
    names = if (is.null(dim(x))) as_names(names(x)),
    dimnames = if (!is.null(dimnames(x))) unname(lapply(dimnames(x), as_names)),
    dimnames_names = as_names(names(dimnames(x))),
    class = as_names(setdiff(oldClass(x), "AsIs")),
    tsp = if (!is.null(attr(x, "tsp"))) I(attr(x, "tsp")),
    units = if (inherits(x, "difftime")) attr(x, "units"),
    dim = if (length(dim(x)) == 1) I(dim(x))
  )
  form <- form[!vapply(form, is.null, NA)]
  if (length(form[["class"]]) == 0) form$class <- NULL
  form
}

# The forms of several arrays by name, of those that have one.
array_forms <- function(values) {
  forms <- Map(array_form, values, names(values))
  forms[lengths(forms) > 0]
}

texts_of_json <- function(x) vapply(x, function(one) if (is.null(one)) NA_character_ else as.character(one), "")

# The array with its form. What a store says is not trusted: a form that does not fit is left out.
with_array_form <- function(x, form) {
  if (!is.list(form)) return(x)
  tryCatch({
    type <- form[["type"]]
    if (identical(type, "raw") && is.numeric(x)) x <- structure(as.raw(x), dim = dim(x))
    if (identical(type, "integer") || identical(type, "logical")) {
      is_whole <- all(is.na(x) | (x == floor(x) & abs(x) <= .Machine$integer.max))
      if (is_whole) storage.mode(x) <- type
    }
    if (!is.null(form[["dim"]])) dim(x) <- unlist(form[["dim"]])
    if (!is.null(form[["names"]])) names(x) <- texts_of_json(form[["names"]])
    if (!is.null(form[["dimnames"]])) {
      dimnames <- lapply(form[["dimnames"]], function(names) if (!is.null(names)) texts_of_json(names))
      if (!is.null(form[["dimnames_names"]])) names(dimnames) <- texts_of_json(form[["dimnames_names"]])
      dimnames(x) <- dimnames
    }
    classes <- intersect(texts_of_json(form[["class"]]), array_classes)
    if ("integer64" %in% classes && is.numeric(x) && has_bit64()) {
      shape <- attributes(x)
      shape$class <- NULL
      if (!inherits(x, "integer64")) x <- getExportedValue("bit64", "as.integer64")(as.vector(x))
      attributes(x) <- c(shape, list(class = "integer64"))
    }
    if (!is.null(form[["tsp"]])) attr(x, "tsp") <- as.double(unlist(form[["tsp"]]))
    if (!is.null(form[["units"]])) attr(x, "units") <- form[["units"]]
    if (length(classes) > 0 && !("integer64" %in% classes)) class(x) <- classes
    x
  }, error = function(condition) x)
}

column_type <- function(column) {
  if (length(dim(column)) == 2) "matrix" else if (inherits(column, c("POSIXct", "POSIXlt"))) "POSIXct"
  else if (inherits(column, "Date")) "Date" else if (is.factor(column)) "factor"
  else if (inherits(column, "integer64")) "integer64" else typeof(column)
}

has_row_names <- function(frame) is.character(attr(frame, "row.names"))

# The levels of factors, and which are ordered, by place: their texts do not say them.
levels_form <- function(columns) {
  places <- which(vapply(columns, is.factor, NA, USE.NAMES = FALSE))
  form <- list()
  if (length(places) > 0) {
    form$levels <- stats::setNames(lapply(places, function(k) I(levels(columns[[k]]))), places)
    ordered <- places[vapply(places, function(k) is.ordered(columns[[k]]), NA)]
    if (length(ordered) > 0) form$ordered <- I(ordered)
  }
  form
}

types_form <- function(columns) c(list(types = I(vapply(columns, column_type, "", USE.NAMES = FALSE))), levels_form(columns))

# The form of a data frame: in JSON the members of an object have no order.
frame_form <- function(frame) {
  form <- c(list(class = "data.frame", columns = as_names(names(frame))), types_form(as.list(frame)))
  if (has_row_names(frame)) form$row.names <- as_names(row.names(frame))
  form
}

# The form of a vector that JSON has no type for, or that has names.
vector_form <- function(x) {
  type <- column_type(x)
  has_type <- type %in% c("POSIXct", "Date", "factor") && !inherits(x, "POSIXlt")
  is_plain <- !is.object(x) && type %in% c("double", "integer", "logical", "character")
  if (!is.null(dim(x)) || !(has_type || is_plain && !is.null(names(x)))) return(NULL)
  form <- c(list(class = "vector"), types_form(list(x)))
  if (!is.null(names(x))) form$names <- as_names(names(x))
  form
}

# The form of a value that becomes JSON, and the value without what is in the form.
json_form <- function(value) {
  if (is.data.frame(value)) {
    form <- frame_form(value)
    attr(value, "row.names") <- .set_row_names(nrow(value))
    return(list(form = form, value = value))
  }
  list(form = if (is.atomic(value)) vector_form(value), value = value)
}

as_column <- function(x, type, levels = NULL, is_ordered = FALSE) {
  switch(type,
    POSIXct = as.POSIXct(sub("Z$", "", as.character(x)), format = "%Y-%m-%dT%H:%M:%OS", tz = "UTC"),
    Date = as.Date(as.character(x)),
    factor = if (is.null(levels)) factor(as.character(x)) else factor(as.character(x), levels, ordered = is_ordered),
    integer64 = if (has_bit64()) getExportedValue("bit64", "as.integer64")(x) else as.double(x),
    integer = as.integer(x), double = as.double(x), logical = as.logical(x), character = as.character(x),
    complex = as.complex(x), matrix = if (length(x) > 0) unname(do.call(rbind, lapply(x, unlist))) else x, x
  )
}

# Columns with the types that a form says.
typed_columns <- function(columns, form) {
  levels <- lapply(form[["levels"]], texts_of_json)
  ordered <- unlist(form[["ordered"]])
  Map(function(column, type, place) {
    if (length(column) == 0 && type != "list") column <- logical()
    if (is.list(column) && type == "list") return(column)
    as_column(column, type, levels[[as.character(place)]], place %in% ordered)
  }, columns, texts_of_json(form[["types"]]), seq_along(columns))
}

has_json_form <- function(form) is.list(form) && (identical(form[["class"]], "data.frame") || identical(form[["class"]], "vector"))

# A document with its form.
with_json_form <- function(x, form) {
  if (!has_json_form(form)) return(x)
  tryCatch(if (form[["class"]] == "vector") as_vector(x, form) else as_frame(x, form), error = function(condition) x)
}

as_vector <- function(x, form) {
  names <- if (!is.null(form[["names"]])) texts_of_json(form[["names"]])
  if (!is.null(names)) {
    if (!is.list(x) || !setequal(names, names(x))) return(x)
    x <- unlist(lapply(x[names], function(one) if (is.null(one)) NA else one), use.names = FALSE)
  }
  x <- typed_columns(list(x), form)[[1]]
  names(x) <- names
  x
}

as_frame <- function(x, form) {
  names <- texts_of_json(form[["columns"]])
  if (!is.list(x) || !all(names %in% names(x)) || length(form[["types"]]) != length(names)) return(x)
  columns <- unname(typed_columns(lapply(names, function(name) x[[name]]), form))
  rows <- unique(vapply(columns, NROW, 0L))
  if (length(rows) > 1) return(x)
  frame <- structure(columns, names = names, row.names = .set_row_names(sum(rows)), class = "data.frame")
  if (!is.null(form[["row.names"]])) row.names(frame) <- texts_of_json(form[["row.names"]])
  frame
}
