# A run with an index, and the index made anew, in R. usage: Rscript rebuild.R LOCATOR
library(metalab)

locator <- commandArgs(trailingOnly = TRUE)[[1]]
with_capture(locator, experiment = "rebuild:1.0", code_hash = "", index_wait = 60, {
  capture_metric(run, "nan", NaN)
})

times <- 0
runs <- index_rebuild(locator, progress = function(done, total) times <<- times + 1)
cat(sprintf("rebuilt %d, told %d times\n", runs, times))
tryCatch(index_rebuild(locator, "rebuild:1.0", function(done, total) FALSE),
  metalab_error_stopped = function(problem) cat("METALAB_ERR_STOPPED\n"))
cat(index_rebuild(locator), "again\n")
tryCatch(index_rebuild(locator, progress = function(done, total) stop("mine")),
  error = function(problem) cat(conditionMessage(problem), "\n", sep = ""))
