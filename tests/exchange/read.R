# Answers the questions of tests/scenario.rs about a store, in R: Rscript read.R STORE
library(metalab)
suppressPackageStartupMessages(library(bit64))

hex <- function(x) if (is.nan(x)) "NaN" else toupper(paste(rev(as.character(writeBin(x, raw(), endian = "little"))), collapse = ""))
one <- function(x) {
  if (is.logical(x)) if (x) "T" else "F"
  else if (is.complex(x)) paste(hex(Re(x)), hex(Im(x)))
  else if (is.double(x) && !inherits(x, "integer64")) hex(x)
  else as.character(x)
}
say <- function(...) cat(paste(...), "\n", sep = "")
show_array <- function(name, x) {
  extents <- if (is.null(dim(x))) length(x) else dim(x)
  by_rows <- if (length(extents) == 2) as.vector(t(x)) else as.vector(x)
  say(paste(c(name, paste(extents, collapse = "x"), vapply(seq_along(by_rows), function(k) one(by_rows[k]), "")), collapse = " "))
}

run <- load_run(commandArgs(trailingOnly = TRUE)[[1]])
say("status", run_status(run))
say("notes", run_record(run)$notes)
params <- run_params(run)
for (name in c("n", "big", "dt", "name", "flag")) say("param", name, one(params[[name]]))
metrics <- run_metrics(run)
for (name in c("energy", "nan", "inf", "neg", "big", "done", "solver")) say("metric", name, one(metrics[[name]]))
for (name in c("real", "whole", "flag", "text")) {
  series <- run_series(run, name)
  for (k in seq_len(nrow(series))) say(name, series$step[k], paste0(one(series$value[k]), if (name == "text") "."))
}
say("last", run_last_step(run))
for (name in c("matrix", "rows", "ints", "complex", "flags", "empty")) show_array(name, run_artifact(run, name))
show_array("vector", run_data(run, "vector"))
table <- run_data(run, "table")
if (!identical(as.integer(table$a), 1:3) || !is.null(table$b$c) || !identical(table$b$d, "x")) say("table")
log <- run_log(run)
say("a line", one(endsWith(log[length(log)], "a line")))
