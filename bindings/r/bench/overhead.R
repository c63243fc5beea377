# What a point costs over a call that does nothing, and a mapped array over a plain one: measured in
# turns, so that what disturbs the machine disturbs both. The best of the turns counts.
#
#     Rscript bench/overhead.R
library(metalab)

rounds <- 41
store <- tempfile("store")
run <- capture_open(store, experiment = "bench:1.0", run_id = "bench")
series <- capture_series(run, "s")
nothing <- metalab:::C_nothing

# To the microsecond, where proc.time() has milliseconds.
now <- function() as.numeric(Sys.time())

ns_each <- function(count, code) {
  begin <- now()
  code(count)
  (now() - begin) / count * 1e9
}

calls <- list(
  "an empty loop" = function(count) for (i in seq_len(count)) NULL,
  ".Call that does nothing" = function(count) for (i in seq_len(count)) .Call(nothing, NULL, i, 1.5),
  "series(step, value)" = function(count) for (i in seq_len(count)) series(i, 1.5),
  "capture_metric(run, name, value)" = function(count) for (i in seq_len(count)) capture_metric(run, "m", 1.5),
  "capture_metric(..., step = i)" = function(count) for (i in seq_len(count)) capture_metric(run, "p", 1.5, step = i)
)
calls <- lapply(calls, compiler::cmpfun)
for (call in calls) call(1000)
costs <- replicate(rounds, vapply(calls, ns_each, 0, count = 100000L))
best <- apply(costs, 1, min)
for (name in names(best)) cat(sprintf("%-36s %7.0f ns\n", name, best[[name]]))
over <- best[["series(step, value)"]] - best[[".Call that does nothing"]]
cat(sprintf("a point over a bare .Call            %7.0f ns (goal: at most 500)\n\n", over))

# In place: element by element as a solver does, and column by column.
extent <- 1000L
# The array is made in the function that fills it, as anything passed to a function has two names.
mapped <- compiler::cmpfun(function(by) {
  x <- capture_array(run, "x", c(extent, extent))
  x[] <- 0 # both are touched first
  if (by == "element") {
    begin <- now()
    for (j in seq_len(extent)) for (i in seq_len(extent)) x[i, j] <- i + j
  } else {
    column <- as.double(seq_len(extent))
    begin <- now()
    for (time in 1:20) for (j in seq_len(extent)) x[, j] <- column
  }
  spent <- now() - begin
  stopifnot(is_mapped(x))
  capture_abandon(x)
  spent
})
plain <- compiler::cmpfun(function(by) {
  x <- matrix(0, extent, extent)
  x[] <- 0
  if (by == "element") {
    begin <- now()
    for (j in seq_len(extent)) for (i in seq_len(extent)) x[i, j] <- i + j
  } else {
    column <- as.double(seq_len(extent))
    begin <- now()
    for (time in 1:20) for (j in seq_len(extent)) x[, j] <- column
  }
  now() - begin
})
for (by in c("element", "column")) {
  mapped(by)
  plain(by)
  spent <- replicate(rounds, c(mapped = mapped(by), plain = plain(by)))
  best <- apply(spent, 1, min)
  cat(sprintf("filling %1$d x %1$d by %2$s: mapped %3$.2f ms, plain %4$.2f ms, ratio %5$.3f (goal: at most 1.05)\n", extent, by,
    best[["mapped"]] * 1e3, best[["plain"]] * 1e3, best[["mapped"]] / best[["plain"]]))
}
capture_finish(run)
unlink(store, recursive = TRUE)
