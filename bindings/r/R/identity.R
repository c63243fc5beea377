# What runs are known by, and seeds.

to_json <- function(x) .Call(C_to_json, x)

#' @rdname metalab_run_id
#' @export
canonical_json <- function(x) .Call(C_canonical_json, to_json(x))

#' @rdname metalab_run_id
#' @export
metalab_fingerprint <- function(x) .Call(C_fingerprint, to_json(x))

seed_json <- function(seed, replicate) {
  digits <- function(x) if (is.null(x)) "null" else if (is.character(x)) x else format(x, scientific = FALSE, digits = 22)
  paste0("{\"root_seed\": ", digits(seed), ", \"replicate_index\": ", digits(replicate), "}")
}

#' Identity and Seeds
#'
#' The id that a run has unless it is given one; the canonical JSON and the fingerprint of a value;
#' seeds for parts of the code, the same as the Python package derives; the library's version.
#'
#' @param experiment,params,seed,replicate,context,code_hash as in [capture_open()].
#' @param x a value that can be JSON.
#' @param name what the seed is for, a text.
#' @param as `"integer"`: modulo 2^31, as for [set.seed()]; `"digits"`: all of its
#'   64 bits, as a text.
#' @param run a run, whose seed and replicate are taken.
#' @return A text; for seeds an integer or a text of digits.
#' @examples
#' metalab_run_id("heat:1.0", params = list(n = 256L), seed = 42)
#' canonical_json(list(b = 1L, a = NA))
#' set.seed(metalab_derive_seed(42, "noise"))
#' metalab_derive_seed(42, "noise", as = "digits")
#' metalab_version()
#' @export
metalab_run_id <- function(experiment, params = NULL, seed = 0, replicate = NULL, context = NULL, code_hash = NULL) {
  .Call(C_identity, experiment, context, params, seed_json(seed, replicate), code_hash)
}

# R's generators take 31 bits, and R has no integer of 64.
as_seed <- function(digits, as) {
  if (as == "digits") return(digits)
  remainder <- 0
  for (digit in utf8ToInt(digits) - 48L) remainder <- (remainder * 10 + digit) %% 2147483648
  # Not NA_integer_: that is -2^31, which no remainder is.
  as.integer(remainder)
}

#' @rdname metalab_run_id
#' @export
metalab_derive_seed <- function(seed, name, replicate = NULL, as = c("integer", "digits")) {
  as_seed(.Call(C_derive_seed, seed_json(seed, replicate), name), match.arg(as))
}

#' @rdname metalab_run_id
#' @export
capture_derive_seed <- function(run, name, as = c("integer", "digits")) {
  as_seed(.Call(C_capture_derive_seed, run, name), match.arg(as))
}

parse_json <- function(text) .Call(C_from_json, text)

formatted_numbers <- function(x) .Call(C_format_numbers, x)

described <- function(x) .Call(C_describe, x)
