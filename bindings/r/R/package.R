# Loading. What the C code registers is C_NAME here: see NAMESPACE.

# The directory in which R was when the package was loaded: a script's path may be relative to it.
started <- new.env(parent = emptyenv())

.onLoad <- function(libname, pkgname) {
  started$directory <- getwd()
  abi <- .Call(C_abi)
  if (abi[[1]] != abi[[2]]) {
    stop(
      "the library libmetalab that was found has ABI ", abi[[2]], " (version ", .Call(C_version),
      "), and the package metalab was installed for ABI ", abi[[1]], ": install the package again",
      call. = FALSE
    )
  }
}

# The C code stays when the namespace is unloaded: handles may outlive it.

metalab_version <- function() .Call(C_version)

# Called by the C code, for integers beyond 2^53.
has_bit64 <- function() requireNamespace("bit64", quietly = TRUE)

# One text, where several would be a mistake.
one_text <- function(x, argument) {
  if (!is.character(x) || length(x) != 1 || is.na(x)) refuse(argument, ": one text is wanted")
  x
}
