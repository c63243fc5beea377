# Structured data, artifacts and files: what becomes of a value follows from its type.

is_numbers <- function(x) {
  (is.numeric(x) || is.logical(x) || is.complex(x) || is.raw(x) || inherits(x, "integer64")) &&
    !is.factor(x) && !inherits(x, c("Date", "POSIXct"))
}

is_single <- function(x) is.null(dim(x)) && length(x) == 1 && !inherits(x, "AsIs")

# Named arrays, not a list of settings: one of them at least is more than a single value.
is_named_arrays <- function(x) {
  is.list(x) && !is.data.frame(x) && !is.object(x) && length(x) > 0 && !is.null(names(x)) && all(nzchar(names(x))) &&
    all(vapply(x, is_numbers, NA)) && !all(vapply(x, is_single, NA))
}

is_jsonable <- function(x) {
  if (is.data.frame(x) || inherits(x, "POSIXlt")) return(TRUE)
  if (is.list(x)) return(all(vapply(x, is_jsonable, NA)))
  is.null(x) || (is.atomic(x) && !is.raw(x))
}

capture_data <- function(run, name, value, metadata = NULL) {
  if (is_numbers(value) && !is_single(value) && is.null(names(value))) {
    .Call(C_data_array, run, name, value, metadata)
  } else {
    if (!is_jsonable(value)) refuse("value: a ", class(value)[[1]], " can't be structured data")
    .Call(C_data_json, run, name, value, metadata)
  }
  invisible(run)
}

artifact_format <- function(value) {
  if (is.data.frame(value)) return("csv")
  if (is.raw(value) && is.null(dim(value))) return("bin")
  if (is_numbers(value) || is_named_arrays(value)) return("npz")
  if (is.character(value) && is.null(dim(value)) && length(value) == 1 && is.null(names(value))) return("txt")
  if (is_jsonable(value)) return("json")
  refuse("value: a ", class(value)[[1]], " has no format of its own; format = \"rds\" stores it for R")
}

capture_artifact <- function(run, name, value, metadata = NULL, format = NULL, kind = NULL) {
  if (is.null(format)) format <- artifact_format(value)
  if (is.raw(value) && is.null(dim(value)) && !(format %in% c("npz", "rds"))) {
    .Call(C_artifact_bytes, run, name, value, if (is.null(kind)) "bytes" else kind, format, metadata)
    return(invisible(run))
  }
  if (!is.null(kind) && format %in% c("npz", "json")) refuse("kind: that of ", format, " is given")
  switch(format,
    npz = if (is.list(value)) {
      .Call(C_artifact_arrays, run, name, value, metadata)
    } else {
      .Call(C_artifact_array, run, name, value, metadata)
    },
    json = .Call(C_artifact_json, run, name, value, metadata),
    csv = .Call(C_artifact_bytes, run, name, csv_bytes(value), if (is.null(kind)) "table" else kind, "csv", metadata),
    rds = .Call(C_artifact_bytes, run, name, rds_bytes(value), if (is.null(kind)) "rds" else kind, "rds", metadata),
    {
      if (!is.character(value)) refuse("format: ", format, " is none that a ", class(value)[[1]], " can be written in")
      bytes <- charToRaw(paste(enc2utf8(value), collapse = "\n"))
      .Call(C_artifact_bytes, run, name, bytes, if (is.null(kind)) "text" else kind, format, metadata)
    }
  )
  invisible(run)
}

# Numbers with all their digits, dates and times in ISO 8601, NA as NA.
csv_bytes <- function(frame) {
  if (!is.data.frame(frame)) frame <- as.data.frame(frame)
  columns <- lapply(frame, function(column) {
    if (inherits(column, "POSIXlt")) column <- as.POSIXct(column)
    if (inherits(column, c("factor", "Date", "POSIXct"))) return(described(column))
    if (inherits(column, "integer64") || (is.double(column) && is.null(dim(column)))) {
      return(I(formatted_numbers(column)))
    }
    column
  })
  bare <- vapply(columns, inherits, NA, "AsIs")
  plain <- lapply(columns, function(column) if (inherits(column, "AsIs")) as.character(column) else column)
  text <- as.data.frame(plain, stringsAsFactors = FALSE, check.names = FALSE, row.names = seq_len(nrow(frame)))
  quoted <- which(vapply(text, is.character, NA) & !rep_len(bare, length(text)))
  connection <- rawConnection(raw(), "wb")
  on.exit(close(connection))
  utils::write.table(text, connection, sep = ",", quote = quoted, qmethod = "double", row.names = FALSE,
    fileEncoding = "UTF-8", col.names = FALSE)
  names <- paste0("\"", gsub("\"", "\"\"", enc2utf8(names(text)), fixed = TRUE), "\"", collapse = ",")
  c(charToRaw(paste0(names, "\n")), rawConnectionValue(connection))
}

rds_bytes <- function(value) {
  file <- tempfile("metalab", fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(value, file)
  readBin(file, "raw", file.size(file))
}

capture_file <- function(run, name, path, mode = c("copy", "link", "move", "reference", "reference_unhashed"),
                         kind = NULL, metadata = NULL) {
  .Call(C_file, run, name, path.expand(path), match.arg(mode), kind, metadata)
  invisible(run)
}

capture_stream <- function(run, name, kind = "text", format = "txt", metadata = NULL) {
  .Call(C_stream, run, name, kind, format, metadata)
}

stream_write <- function(stream, value) {
  if (is.character(value)) value <- charToRaw(paste0(enc2utf8(value), "\n", collapse = ""))
  .Call(C_stream_write, stream, value)
  invisible(stream)
}

print.metalab_stream <- function(x, ...) {
  cat("<metalab_stream>\n")
  invisible(x)
}
