test_that("assignments are done in place, for every type", {
  store <- new_store()
  run <- open_run(store)
  for (type in c("double", "integer", "complex", "raw")) {
    value <- list(double = 1.5, integer = 7L, complex = 1 + 2i, raw = as.raw(9))[[type]]
    x <- capture_array(run, type, c(2, 3), type = type)
    expect_identical(dim(x), 2:3)
    expect_identical(length(x), 6L)
    expect_identical(typeof(x[]), type)
    x[1, 2] <- value
    x[, 3] <- value
    x[2] <- value
    x[[1]] <- value
    expect_identical(x[[1]], value)
    capture_seal(x)
  }
  capture_finish(run)
  expect_identical(readBin(read_npz(store, "double.npz")$data, "double", 6), c(1.5, 1.5, 1.5, 0, 1.5, 1.5))
  expect_identical(readBin(read_npz(store, "integer.npz")$data, "integer", 6), c(7L, 7L, 7L, 0L, 7L, 7L))
  expect_identical(readBin(read_npz(store, "complex.npz")$data, "complex", 6), c(1, 1, 1, 0, 1, 1) * (1 + 2i))
  expect_identical(read_npz(store, "raw.npz")$data, as.raw(c(9, 9, 9, 0, 9, 9)))
})

test_that("an array is one object, whatever names it has", {
  store <- new_store()
  run <- open_run(store)
  x <- capture_array(run, "x", c(3, 4))
  y <- x
  held <- list(x)
  fill <- function(a) a[2, ] <- 7
  fill(x)
  y[1, 1] <- 5
  held[[1]][3, 4] <- 9
  expect_identical(x[, 1], c(5, 7, 0))
  expect_identical(x[3, 4], 9)
  # Functions that merely read it leave it where it is.
  sort(x)
  data.frame(x)
  head(x)
  rbind(x)
  cbind(x, 1)
  list(x)
  order(x)
  local(identity(x))
  as.vector(x)
  apply(x, 1, max)
  x[1, 2] <- 3
  expect_identical(y[1, 2], 3)
  # An elementwise result is a plain array: x <- x * 2 would lose what is written afterwards.
  expect_error(x * 2, "x\\[\\]", class = "metalab_error_value")
  expect_error(-x, "x\\[\\]", class = "metalab_error_value")
  expect_error(sqrt(x), "x\\[\\]", class = "metalab_error_value")
  expect_error(pmax(x, 0), "x\\[\\]", class = "metalab_error_value")
  expect_error(dim(x) <- 12, class = "metalab_error_value")
  expect_error(names(x) <- "a", class = "metalab_error_value")
  x[] <- x[] * 2
  copy <- x[]
  copy[1, 1] <- -1
  all <- x[, ]
  all[] <- -1
  expect_identical(x[1, 1], 10)
  capture_seal(y)
  expect_output(print(x), "ended")
  capture_finish(run)
  expect_identical(readBin(read_npz(store, "x.npz")$data, "double", 12), c(10, 14, 0, 6, 14, 0, 0, 14, 0, 0, 14, 18))
})

test_that("a mapped array reads like any other", {
  store <- new_store()
  run <- open_run(store)
  x <- capture_array(run, "x", c(3, 4))
  y <- matrix(0, 3, 4)
  for (j in 1:4) for (i in 1:3) x[i, j] <- y[i, j] <- i * 10 + j
  expect_identical(x[], y)
  expect_identical(x[2, ], y[2, ])
  expect_identical(x[, 2, drop = FALSE], y[, 2, drop = FALSE])
  expect_identical(x[c(5, 1)], y[c(5, 1)])
  expect_identical(x[-1, c(TRUE, FALSE)], y[-1, c(TRUE, FALSE)])
  expect_identical(x[cbind(1:3, 1:3)], y[cbind(1:3, 1:3)])
  expect_identical(sum(x), sum(y))
  expect_identical(range(x), range(y))
  expect_identical(max(x, 100), 100)
  expect_identical(apply(x, 1, max), apply(y, 1, max))
  expect_identical(as.integer(x), as.integer(y))
  expect_identical(as.matrix(x), y)
  expect_identical(sort(x), sort(y))
  expect_identical(rev(x), rev(y))
  expect_identical(t(x), t(y))
  expect_identical(aperm(x), aperm(y))
  expect_identical(mean(x), mean(y))
  expect_identical(median(x), median(y))
  expect_identical(quantile(x), quantile(y))
  expect_identical(unique(x), unique(y))
  expect_identical(summary(x), summary(y))
  expect_identical(is.na(x), is.na(y))
  expect_identical(tail(x, 1), tail(y, 1))
  expect_identical(c(x, 1), c(y, 1))
  expect_identical(diff(x), diff(y))
  expect_identical(rbind(x, 1), rbind(y, 1))
  expect_identical(as.data.frame(x), as.data.frame(y))
  expect_identical(lapply(x, identity), lapply(y, identity))
  expect_output(print(x), "metalab_array x, double \\[3, 4\\].*11")
  expect_output(str(x), "num \\[1:3, 1:4\\]")
  capture_artifact(run, "copy", x)
  capture_artifact(run, "both", list(u = x, v = 1))
  capture_data(run, "data", x)
  capture_field(run, "picture", x)
  capture_finish(run)
  expect_identical(read_npz(store, "copy.npz")$data, read_npz(store, "x.npz")$data)
  expect_identical(read_npz(store, "both.npz", "u")$data, read_npz(store, "x.npz")$data)
})

test_that("what does not fit is refused, and nothing is written", {
  store <- new_store()
  run <- open_run(store)
  x <- capture_array(run, "x", c(2, 2))
  expect_error(x[5] <- 1, "grow", class = "metalab_error_value")
  expect_error(x[3, 1] <- 1)
  expect_error(x[1] <- "a", class = "metalab_error_value")
  expect_error(x[1] <- 1i, class = "metalab_error_value")
  expect_error(x[1] <- as.difftime(1, units = "secs"), class = "metalab_error_value")
  expect_error(x[1] <- factor("a"), class = "metalab_error_value")
  expect_error(x[1] <- list(1), class = "metalab_error_value")
  x[1] <- 1L
  x[2] <- TRUE
  x[4] <- NA
  expect_identical(x[], matrix(c(1, 1, 0, NA), 2))
  n <- capture_array(run, "n", 3, type = "integer")
  expect_error(n[1] <- 1.5, class = "metalab_error_value")
  expect_error(n[1] <- 2^31, class = "metalab_error_value")
  expect_error(n[1] <- NaN, class = "metalab_error_value")
  n[] <- c(1, 2, NA)
  expect_identical(n[], c(1L, 2L, NA))
  b <- capture_array(run, "b", 3, type = "raw")
  expect_error(b[1] <- 256, class = "metalab_error_value")
  expect_error(b[1] <- NA, class = "metalab_error_value")
  b[2] <- 255
  expect_identical(b[], as.raw(c(0, 255, 0)))
  capture_finish(run)
})

test_that("use after the end is an error, by every way", {
  store <- new_store()
  run <- open_run(store)
  sealed <- capture_array(run, "sealed", c(2, 2))
  abandoned <- capture_array(run, "abandoned", 3)
  open <- capture_array(run, "open", 3)
  open[] <- c(1, 2, 3)
  capture_seal(sealed)
  capture_abandon(abandoned)
  capture_finish(run)
  for (x in list(sealed, abandoned, open)) {
    expect_gt(length(x), 0)
    expect_error(x[1], class = "metalab_error_closed")
    expect_error(x[[1]], class = "metalab_error_closed")
    expect_error(x[1:2], class = "metalab_error_closed")
    expect_error(x[1] <- 1, class = "metalab_error_closed")
    expect_error(x[] <- 1, class = "metalab_error_closed")
    expect_error(sum(x), class = "metalab_error_closed")
    expect_error(sort(x), class = "metalab_error_closed")
    expect_error(capture_seal(x), class = "metalab_error_closed")
    expect_error(capture_set_metadata(x, list(a = 1)), class = "metalab_error_closed")
    expect_error(capture_artifact(run, "again", x), class = "metalab_error_closed")
  }
  expect_false(file.exists(artifact_path(store, "abandoned.npz")))
  expect_identical(readBin(read_npz(store, "open.npz")$data, "double", 3), c(1, 2, 3))
  artifacts <- read_record(store)$artifacts
  incomplete <- Filter(function(artifact) isTRUE(artifact$metadata$incomplete), artifacts)
  expect_identical(vapply(incomplete, function(artifact) artifact$name, ""), "open")
})

test_that("an array outlives its names, and its run's handle outlives it", {
  store <- new_store()
  make <- function() {
    run <- open_run(store)
    capture_array(run, "x", c(100, 100))
  }
  x <- make()
  for (k in 1:3) gc()
  # The run has no other name, and lives.
  x[] <- 5
  expect_identical(sum(x), 5 * 1e4)
  rm(x)
  for (k in 1:3) gc()
  record <- read_record(store)
  expect_identical(record$error$type, "Unfinished")
  expect_identical(record$artifacts[[1]]$metadata$incomplete, TRUE)
})

test_that("shapes that can't be are refused", {
  store <- new_store()
  run <- open_run(store)
  for (dim in list(-1, 1.5, NA, "a", numeric(), NULL)) {
    expect_error(capture_array(run, "x", dim), class = "metalab_error")
  }
  expect_error(capture_array(run, "", 3), class = "metalab_error_name")
  expect_error(capture_array(run, "x", rep(2^31 - 1, 3)), class = "metalab_error")
  expect_error(capture_array(run, "x", 3, type = "character"))
  empty <- capture_array(run, "empty", c(0, 3))
  expect_identical(dim(empty), c(0L, 3L))
  expect_identical(sum(empty), 0)
  capture_seal(empty)
  capture_finish(run)
})

test_that("snapshots are arrays of their own", {
  store <- new_store()
  run <- open_run(store)
  u <- capture_snapshots(run, "u", c(2, 2), metadata = list(unit = "m/s"))
  expect_output(print(u), "metalab_snapshots u")
  for (step in c(0, 500)) u(step, matrix(step, 2, 2))
  x <- u(1000L)
  x[1, 1] <- 7
  capture_seal(x)
  expect_error(u(1, 1:3), class = "metalab_error_value")
  expect_error(u(1, 1:2), class = "metalab_error_value")
  expect_error(u(0.5), class = "metalab_error_value")
  capture_abandon(u)
  expect_error(u(1400), class = "metalab_error_closed")
  capture_finish(run)
  expect_error(u(1500), class = "metalab_error_closed")
  expect_identical(readBin(read_npz(store, "u.00000500.npz")$data, "double", 4), rep(500, 4))
  expect_identical(readBin(read_npz(store, "u.00001000.npz")$data, "double", 4), c(7, 0, 0, 0))
  metadata <- Filter(function(artifact) artifact$name == "u.00000500", read_record(store)$artifacts)[[1]]$metadata
  expect_identical(metadata[c("unit", "step", "snapshot_of")], list(unit = "m/s", step = 500L, snapshot_of = "u"))
  expect_false(file.exists(artifact_path(store, "u.00000001.npz")))
  expect_identical(run_latest(load_run(store, "run"), "u"), list(step = 1000L, value = matrix(c(7, 0, 0, 0), 2)))
})

test_that("the examples run as help runs them", {
  topics <- unique(sub("^.*\\\\name\\{|\\}.*$", "", list.files(system.file("help", package = "metalab"))))
  skip_if(length(topics) == 0 || !file.exists(file.path(system.file(package = "metalab"), "help", "metalab.rdb")))
  for (topic in c("capture_array", "with_capture", "load_runs", "capture_data")) {
    ended <- run_script(sprintf("example('%s', package = 'metalab', echo = FALSE, ask = FALSE); cat('good')", topic))
    expect_identical(utils::tail(ended$output, 1), "good", info = paste(ended$output, collapse = "\n"))
  }
})
