test_that("forked workers leave the parent's run alone", {
  skip_on_os("windows")
  store <- new_store()
  result <- with_capture(store, experiment = "test:1.0", run_id = "run", {
    capture_metric(run, "before", 1)
    field <- capture_array(run, "field", c(2, 2))
    field[1, 1] <- 3
    values <- parallel::mclapply(1:4, function(k) {
      refused <- tryCatch(capture_metric(run, "child", k), metalab_error_closed = function(condition) "closed")
      # By the handlers that were set up in the parent; must neither fail nor record.
      suppressMessages(message("in a child"))
      own <- with_capture(store, experiment = "test:1.0", run_id = paste0("own", k), {
        capture_metric(run, "k", k)
        capture_id(run)
      })
      gc()
      c(refused, own)
    }, mc.cores = 2)
    for (k in seq_along(values)) capture_metric(run, "after", k, step = k)
    capture_seal(field)
    values
  })
  expect_identical(result, lapply(1:4, function(k) c("closed", paste0("own", k))))
  record <- read_record(store)
  expect_identical(record$status, "success")
  expect_identical(record$metrics, list(before = 1))
  expect_length(read_result(store, "after")$data, 4)
  expect_false(any(grepl("in a child", read_log(store))))
  for (k in 1:4) expect_identical(read_record(store, paste0("own", k))$metrics, list(k = k))
})

test_that("an error in a forked worker is not the parent's run's", {
  skip_on_os("windows")
  store <- new_store()
  with_capture(store, experiment = "test:1.0", run_id = "run", {
    result <- suppressWarnings(parallel::mclapply(1:2, function(k) stop("in a child"), mc.cores = 2))
    expect_s3_class(result[[1]], "try-error")
  })
  expect_identical(read_record(store)$status, "success")
})

test_that("handles survive the namespace", {
  store <- new_store()
  ended <- run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'run')", deparse(store)),
    "x <- capture_array(run, 'x', 10); x[2] <- 5", "s <- capture_series(run, 's')",
    "path <- getNamespaceInfo('metalab', 'path')",
    "detach('package:metalab'); unloadNamespace('metalab')",
    "invisible(gc())",
    "library.dynam.unload('metalab', path)",
    "refused <- tryCatch(s(2, 3), error = function(condition) 'refused')", "stopifnot(identical(refused, 'refused'))",
    "rm(x); invisible(gc())",
    "library(metalab, lib.loc = dirname(path))",
    "capture_metric(run, 'again', 1)", "capture_finish(run)", "cat('good')"
  ))
  expect_identical(ended$output, "good")
  record <- read_record(store)
  expect_identical(record$metrics, list(again = 1))
  expect_identical(record$status, "success")
})

# Of this process: descriptors, mappings of stores, memory in kB.
resources <- function() {
  status <- readLines("/proc/self/status")
  list(
    descriptors = length(list.files("/proc/self/fd")),
    mappings = length(readLines("/proc/self/maps")),
    memory = as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("^VmRSS", status, value = TRUE))),
    threads = as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("^Threads", status, value = TRUE)))
  )
}

test_that("runs that come and go leave nothing behind", {
  skip_if_not(file.exists("/proc/self/maps"))
  cycles <- as.integer(Sys.getenv("METALAB_R_CYCLES", "300"))
  store <- new_store()
  cycle <- function(k) {
    run <- capture_open(store, experiment = "test:1.0", run_id = "run", durable = FALSE)
    series <- capture_series(run, "s")
    series(1:3, c(1, 2, 3))
    x <- capture_array(run, "x", c(16, 16))
    x[1, 1] <- k
    # Sealed, abandoned, left to the end, or left to the collector together with the run.
    if (k %% 4 == 0) capture_seal(x)
    if (k %% 4 == 1) capture_abandon(x)
    garbage <- lapply(1:20, function(n) numeric(1000))
    if (k %% 4 == 3) {
      rm(run, series, x)
      gc()
    } else {
      capture_finish(run)
    }
  }
  warm <- 100L
  for (k in seq_len(warm)) cycle(k)
  gc()
  before <- resources()
  for (k in seq_len(cycles)) cycle(k)
  for (time in 1:3) gc()
  after <- resources()
  expect_lte(after$descriptors, before$descriptors + 2)
  expect_lte(after$mappings, before$mappings + 40)
  expect_lte(after$threads, before$threads)
  # A leak of a page a run would be 4 kB each.
  expect_lt(after$memory - before$memory, 8000 + cycles)
})

test_that("forked workers join the run", {
  skip_on_os("windows")
  store <- new_store()
  joined <- with_capture(store, experiment = "test:1.0", run_id = "run", role = "owner", {
    expect_identical(capture_rank(run), list(rank = 0, size = 1))
    capture_reduce(run, "work")
    capture_metric(run, "work", 1)
    parallel::mclapply(1:3, function(k) {
      with_capture(store, experiment = "test:1.0", run_id = "run", role = "worker", worker = paste0("child:", k),
        rank = c(k, 4), as = "mine", {
          capture_metric(mine, "own", k)
          capture_reduce(mine, "work")
          capture_metric(mine, "work", k + 1)
          capture_rank(mine)
        })
    }, mc.cores = 2)
  })
  expect_identical(joined, lapply(1:3, function(k) list(rank = k + 0, size = 4)))
  record <- read_record(store)
  expect_identical(record$status, "success")
  expect_identical(record$metrics[["work.sum"]], 10)
  expect_identical(record$metrics[["own@child.3"]], 3L)
  run <- open_run(new <- new_store(), rank = c(0, 4), ranks_param = "ranks")
  capture_finish(run)
  expect_identical(read_record(new)$params_resolved$ranks, 4L)
  expect_error(open_run(store, ranks_param = 4), "ranks_param: a text")
  expect_error(open_run(store, rank = c(4, 4)), class = "metalab_error_value")
  expect_error(open_run(store, rank = 4), class = "metalab_error_value")
  expect_error(
    capture_open(store, experiment = "test:1.0", run_id = "none", role = "worker", attach_patience = 0),
    class = "metalab_error_not_found"
  )
})

test_that("a run goes on after a restart", {
  store <- new_store()
  for (first in c(0, 3)) {
    run <- open_run(store, restart = first)
    for (step in first + 0:4) capture_metric(run, "loss", first + step / 10, step = step)
    capture_finish(run)
  }
  points <- read_result(store, "loss")$data
  expect_identical(vapply(points, function(point) point[[1]], 1L), 0:7)
  expect_identical(points[[4]][[2]], 3.3)
})

test_that("forked workers fill one array", {
  skip_on_os("windows")
  store <- new_store()
  run <- open_run(store)
  field <- capture_array(run, "field", c(4, 6))
  parallel::mclapply(1:6, function(k) {
    field[, k] <- k
    NULL
  }, mc.cores = 2)
  expect_identical(field[3, ], c(1, 2, 3, 4, 5, 6))
  capture_seal(field)
  capture_finish(run)
  expect_identical(readBin(read_npz(store, "field.npz")$data, "double", 24), rep(c(1, 2, 3, 4, 5, 6), each = 4))
})
