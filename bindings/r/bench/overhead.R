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

# In place: the whole array, column by column, and element by element, which is a call of a method each.
extent <- 1000L
fill <- function(x, by) {
  column <- as.double(seq_len(extent))
  all <- matrix(1.5, extent, extent)
  begin <- now()
  if (by == "all") for (time in 1:20) x[] <- all
  if (by == "column") for (time in 1:5) for (j in seq_len(extent)) x[, j] <- column
  if (by == "element") for (j in 1:50) for (i in seq_len(extent)) x[i, j] <- i + j
  now() - begin
}
fill <- compiler::cmpfun(fill)
mapped <- function(by) {
  x <- capture_array(run, "x", c(extent, extent))
  x[] <- 0 # both are touched first
  spent <- fill(x, by)
  capture_abandon(x)
  spent
}
plain <- function(by) {
  x <- matrix(0, extent, extent)
  x[] <- 0
  fill(x, by)
}
writes <- c(all = 20L, column = 5L * extent, element = 50L * extent)
for (by in names(writes)) {
  mapped(by)
  plain(by)
  spent <- replicate(rounds, c(mapped = mapped(by), plain = plain(by)))
  best <- apply(spent, 1, min) / writes[[by]] * 1e6
  cat(sprintf("writing %d x %d by %-8s mapped %9.2f us, plain %9.2f us each\n", extent, extent, by, best[["mapped"]], best[["plain"]]))
}
capture_finish(run)
unlink(store, recursive = TRUE)
