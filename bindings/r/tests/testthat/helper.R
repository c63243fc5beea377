# A store of the test's own, and what is in it.

new_store <- function(env = parent.frame()) {
  store <- tempfile("store")
  do.call(base::on.exit, list(bquote(unlink(.(store), recursive = TRUE)), add = TRUE), envir = env)
  store
}

# The library's JSON, NaN and all, as lists.
read_json <- function(path) {
  text <- readLines(path, warn = FALSE, encoding = "UTF-8")
  Encoding(text) <- "UTF-8"
  metalab:::parse_json(paste(text, collapse = "\n"))
}

experiment_path <- function(store, experiment = "test_1.0", ...) file.path(store, experiment, ...)

read_record <- function(store, run_id = "run", experiment = "test_1.0") {
  read_json(experiment_path(store, experiment, "runs", paste0(run_id, ".json")))
}

read_result <- function(store, name, run_id = "run") {
  read_json(experiment_path(store, "test_1.0", "results", run_id, paste0(name, ".json")))
}

read_log <- function(store, run_id = "run") {
  path <- experiment_path(store, "test_1.0", "logs", paste0(run_id, "_run.log"))
  # A run that has logged nothing has no log.
  if (file.exists(path)) readLines(path, warn = FALSE, encoding = "UTF-8") else character()
}

artifact_path <- function(store, file, run_id = "run") experiment_path(store, "test_1.0", "artifacts", run_id, file)

# One stored member of an .npz: its header's text and its bytes.
read_npz <- function(store, file, member = "arr") {
  parts <- utils::unzip(artifact_path(store, file), files = paste0(member, ".npy"), exdir = tempfile("npz"))
  bytes <- readBin(parts, "raw", file.size(parts))
  length <- sum(as.integer(bytes[9:10]) * c(1L, 256L))
  list(header = rawToChar(bytes[10 + seq_len(length)]), data = bytes[-seq_len(10 + length)])
}

open_run <- function(store, ...) capture_open(store, experiment = "test:1.0", run_id = "run", ...)

# Another R that has this package: its output, and the status it ended with.
run_script <- function(lines, interrupt_after = NULL) {
  script <- tempfile("script", fileext = ".R")
  on.exit(unlink(script))
  where <- dirname(getNamespaceInfo("metalab", "path"))
  writeLines(c(sprintf("library(metalab, lib.loc = %s)", deparse(where)), lines), script)
  output <- suppressWarnings(system2(file.path(R.home("bin"), "Rscript"), shQuote(script), stdout = TRUE, stderr = TRUE))
  list(output = output, status = if (is.null(attr(output, "status"))) 0L else attr(output, "status"))
}
