# In functions: at the top level of a test an array would have two names.

test_that("assignments are done in place, for every type", {
  store <- new_store()
  run <- open_run(store)
  fill <- function(type, value, dim = c(2, 3)) {
    x <- capture_array(run, type, dim, type = type)
    expect_identical(typeof(x), type)
    expect_identical(dim(x), as.integer(dim))
    x[1, 2] <- value
    x[, 3] <- value
    x[2] <- value
    x[[1]] <- value
    expect_true(is_mapped(x))
    plain <- x + if (type == "raw") NULL else value - value
    capture_seal(x)
    expect_false(is_mapped(x))
  }
  fill("double", 1.5)
  fill("integer", 7L)
  fill("complex", 1 + 2i)
  raw <- function() {
    x <- capture_array(run, "raw", c(2, 3), type = "raw")
    x[1, 2] <- as.raw(9)
    expect_true(is_mapped(x))
    capture_seal(x)
  }
  raw()
  capture_finish(run)
  expect_identical(readBin(read_npz(store, "double.npz")$data, "double", 6), c(1.5, 1.5, 1.5, 0, 1.5, 1.5))
  expect_identical(readBin(read_npz(store, "integer.npz")$data, "integer", 6), c(7L, 7L, 7L, 0L, 7L, 7L))
  expect_identical(readBin(read_npz(store, "complex.npz")$data, "complex", 6), c(1, 1, 1, 0, 1, 1) * (1 + 2i))
  expect_identical(read_npz(store, "raw.npz")$data, as.raw(c(0, 0, 9, 0, 0, 0)))
})

test_that("a mapped array reads like any other", {
  store <- new_store()
  run <- open_run(store)
  check <- function() {
    x <- capture_array(run, "x", c(3, 4))
    y <- matrix(0, 3, 4)
    for (j in 1:4) for (i in 1:3) x[i, j] <- y[i, j] <- i * 10 + j
    expect_identical(x[], y)
    expect_identical(x[2, ], y[2, ])
    expect_identical(x[c(5, 1)], y[c(5, 1)])
    expect_identical(sum(x), sum(y))
    expect_identical(x %*% t(x), y %*% t(y))
    expect_identical(apply(x, 1, max), apply(y, 1, max))
    expect_identical(unserialize(serialize(x, NULL)), y)
    expect_identical(range(x), range(y))
    expect_identical(x == y, matrix(TRUE, 3, 4))
    expect_identical(as.integer(x), as.integer(y))
    expect_identical(sort(x), sort(y))
    expect_identical(rev(x), rev(y))
    expect_output(print(x), "11")
    expect_output(str(x), "num \\[1:3, 1:4\\]")
    expect_true(is_mapped(x))
    capture_artifact(run, "copy", x)
    capture_data(run, "data", x)
  }
  check()
  capture_finish(run)
  expect_identical(read_npz(store, "copy.npz")$data, read_npz(store, "x.npz")$data)
})

test_that("copies are plain arrays, and the setter writes where the array is", {
  store <- new_store()
  run <- open_run(store)
  check <- function() {
    x <- capture_array(run, "x", c(2, 2))
    y <- x
    y[1, 1] <- 5
    expect_false(is_mapped(y))
    expect_identical(x[1, 1], 0)
    set_mapped(x, 1, 1, value = 2)
    set_mapped(x, , 2, value = c(3, 4))
    set_mapped(x, 2, value = 9L)
    expect_identical(as.vector(x), c(2, 9, 3, 4))
    set_mapped(x, matrix(1:4, 2))
    expect_identical(x[], matrix(c(1, 2, 3, 4), 2))
    set_mapped(x, -1, value = 0)
    set_mapped(x, c(TRUE, FALSE), 1, value = 8)
    expect_identical(as.vector(x), c(8, 0, 0, 0))
    in_callee <- function(a) set_mapped(a, a[] + 1)
    in_callee(x)
    expect_identical(as.vector(x), c(9, 1, 1, 1))
    x <- x * 2
    expect_false(is_mapped(x))
    expect_error(set_mapped(x, 1), "mapped_array", class = "metalab_error_value")
    expect_error(capture_seal(x), "mapped_array", class = "metalab_error_value")
    mapped <- mapped_array(run, "x")
    expect_true(is_mapped(mapped))
    set_mapped(mapped, x)
    expect_error(set_mapped(mapped, 3, 1, value = 0), class = "metalab_error_value")
    expect_error(set_mapped(mapped, 0, 1, value = 0), class = "metalab_error_value")
    expect_error(set_mapped(mapped, NA, 1, value = 0), class = "metalab_error_value")
    expect_error(set_mapped(mapped, 1, 1, 1, value = 0), class = "metalab_error_value")
    expect_error(set_mapped(mapped, c(1, 2, 3)), class = "metalab_error_value")
    capture_seal(mapped, metadata = list(unit = "K"))
    expect_error(mapped_array(run, "x"), class = "metalab_error_not_found")
  }
  check()
  capture_finish(run)
  expect_identical(readBin(read_npz(store, "x.npz")$data, "double", 4), c(18, 2, 2, 2))
  expect_identical(read_record(store)$artifacts[[1]]$metadata$unit, "K")
})

test_that("use after the end is an error, by every way", {
  store <- new_store()
  run <- open_run(store)
  sealed <- capture_array(run, "sealed", c(2, 2))
  abandoned <- capture_array(run, "abandoned", 3)
  open <- capture_array(run, "open", 3)
  set_mapped(open, c(1, 2, 3))
  capture_seal(sealed)
  capture_abandon(abandoned)
  capture_finish(run)
  for (x in list(sealed, abandoned, open)) {
    expect_false(is_mapped(x))
    expect_gt(length(x), 0)
    expect_error(x[1], class = "metalab_error_closed")
    expect_error(x[[1]], class = "metalab_error_closed")
    expect_error(x[1:2], class = "metalab_error_closed")
    expect_error(x[1] <- 1, class = "metalab_error_closed")
    expect_error(sum(x), class = "metalab_error_closed")
    expect_error(x + 1, class = "metalab_error_closed")
    expect_error(print(x), class = "metalab_error_closed")
    expect_error(for (element in x) NULL, class = "metalab_error_closed")
    expect_error(set_mapped(x, 1), class = "metalab_error_closed")
    expect_error(capture_seal(x), class = "metalab_error_closed")
    expect_error(capture_artifact(run, "again", x), class = "metalab_error_closed")
  }
  expect_false(file.exists(artifact_path(store, "abandoned.npz")))
  expect_identical(readBin(read_npz(store, "open.npz")$data, "double", 3), c(1, 2, 3))
  artifacts <- read_record(store)$artifacts
  incomplete <- Filter(function(artifact) isTRUE(artifact$metadata$incomplete), artifacts)
  expect_identical(vapply(incomplete, function(artifact) artifact$name, ""), "open")
  # The collector still collects after errors inside of it.
  before <- gc(reset = TRUE)
  for (k in 1:50) numeric(1e6)
  expect_lt(gc()[2, 6], before[2, 2] + 200)
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
  expect_true(is_mapped(x))
  set_mapped(x, 5)
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
  compute <- function() {
    x <- u(1000L)
    x[1, 1] <- 7
    expect_true(is_mapped(x))
    capture_seal(x)
  }
  compute()
  expect_error(u(1, 1:3), class = "metalab_error_value")
  expect_error(u(0.5), class = "metalab_error_value")
  capture_abandon(u)
  capture_finish(run)
  expect_error(u(1500), class = "metalab_error")
  expect_identical(readBin(read_npz(store, "u.00000500.npz")$data, "double", 4), rep(500, 4))
  expect_identical(readBin(read_npz(store, "u.00001000.npz")$data, "double", 4), c(7, 0, 0, 0))
  metadata <- Filter(function(artifact) artifact$name == "u.00000500", read_record(store)$artifacts)[[1]]$metadata
  expect_identical(metadata[c("unit", "step", "snapshot_of")], list(unit = "m/s", step = 500L, snapshot_of = "u"))
  expect_false(file.exists(artifact_path(store, "u.00000001.npz")))
})
