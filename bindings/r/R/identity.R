# What runs are known by, and seeds.

to_json <- function(x) .Call(C_to_json, x)

canonical_json <- function(x) .Call(C_canonical_json, to_json(x))

metalab_fingerprint <- function(x) .Call(C_fingerprint, to_json(x))

seed_json <- function(seed, replicate) {
  digits <- function(x) if (is.null(x)) "null" else if (is.character(x)) x else format(x, scientific = FALSE, digits = 22)
  paste0("{\"root_seed\": ", digits(seed), ", \"replicate_index\": ", digits(replicate), "}")
}

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

metalab_derive_seed <- function(seed, name, replicate = NULL, as = c("integer", "digits")) {
  as_seed(.Call(C_derive_seed, seed_json(seed, replicate), name), match.arg(as))
}

capture_derive_seed <- function(run, name, as = c("integer", "digits")) {
  as_seed(.Call(C_capture_derive_seed, run, name), match.arg(as))
}

parse_json <- function(text) .Call(C_from_json, text)

formatted_numbers <- function(x) .Call(C_format_numbers, x)

described <- function(x) .Call(C_describe, x)
