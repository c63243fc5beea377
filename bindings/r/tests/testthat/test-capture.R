test_that("a block's run is finished, and has what it recorded", {
  store <- new_store()
  value <- with_capture(store, experiment = "test:1.0", run_id = "run", params = list(n = 4L, dt = 0.5, on = TRUE),
    seed = 42, tags = c("a", "b"), note = "n\u00f6te", {
      capture_metric(run, "x", 1)
      expect_identical(capture_current(), run)
      "value"
    }
  )
  expect_identical(value, "value")
  expect_null(capture_current())
  record <- read_record(store)
  expect_identical(record$status, "success")
  expect_identical(record$params_resolved, list(dt = 0.5, n = 4L, on = TRUE))
  expect_identical(record$tags, list("a", "b"))
  expect_identical(record$notes, "n\u00f6te")
  expect_null(record$error)
})

test_that("the block has its own scope, and the run may have another name", {
  store <- new_store()
  inside <- 1
  with_capture(store, experiment = "test:1.0", run_id = "run", as = "capture", {
    inside <- 2
    capture_metric(capture, "x", inside)
    expect_false(exists("run", inherits = FALSE))
  })
  expect_identical(inside, 1)
  expect_identical(read_record(store)$metrics, list(x = 2))
})

test_that("an error leaves a failed run, with its class, message, call and traceback", {
  store <- new_store()
  diverge <- function(x) stop("it diverged: ", x)
  error <- expect_error(
    with_capture(store, experiment = "test:1.0", run_id = "run", {
      capture_metric(run, "x", 1)
      diverge(3)
    }),
    "it diverged: 3"
  )
  expect_identical(conditionCall(error), quote(diverge(3)))
  record <- read_record(store)
  expect_identical(record$status, "failed")
  expect_identical(record$metrics, list(x = 1))
  expect_identical(record$error$type, "simpleError")
  expect_identical(record$error$message, "it diverged: 3")
  expect_match(record$error$traceback, "diverge(3)", fixed = TRUE)
  expect_null(capture_current())
})

test_that("a condition of a class of its own keeps it", {
  store <- new_store()
  condition <- structure(class = c("diverged", "error", "condition"), list(message = "far off", call = NULL))
  expect_error(with_capture(store, experiment = "test:1.0", run_id = "run", stop(condition)), class = "diverged")
  expect_identical(read_record(store)$error[c("message", "type")], list(message = "far off", type = "diverged"))
})

test_that("an error of C code in R is recorded as well", {
  store <- new_store()
  expect_error(with_capture(store, experiment = "test:1.0", run_id = "run", log("a")))
  expect_match(read_record(store)$error$message, "non-numeric argument")
})

test_that("an error that the block handles itself is none of the run's", {
  store <- new_store()
  with_capture(store, experiment = "test:1.0", run_id = "run", {
    try(stop("handled"), silent = TRUE)
    tryCatch(stop("handled too"), error = function(condition) NULL)
  })
  expect_identical(read_record(store)$status, "success")
})

test_that("a jump out of the block is no success", {
  store <- new_store()
  withRestarts(
    with_capture(store, experiment = "test:1.0", run_id = "run", invokeRestart("away")),
    away = function() NULL
  )
  expect_identical(read_record(store)$error$type, "Unfinished")
})

test_that("an interrupt cancels the run", {
  store <- new_store()
  interrupt <- structure(class = c("interrupt", "condition"), list(message = "", call = NULL))
  caught <- tryCatch(
    with_capture(store, experiment = "test:1.0", run_id = "run", {
      capture_metric(run, "x", 1)
      signalCondition(interrupt)
      stop("not an error: ", "interrupts do not return")
    }),
    interrupt = function(condition) "interrupted"
  )
  expect_identical(caught, "interrupted")
  record <- read_record(store)
  expect_identical(record$status, "cancelled")
  expect_identical(record$warnings[[1]][c("message", "reason")], list(message = "cancelled", reason = "interrupted"))
})

test_that("Ctrl-C in a script cancels the run", {
  skip_on_os("windows")
  store <- new_store()
  ended <- run_script(c(
    sprintf("with_capture(%s, experiment = 'test:1.0', run_id = 'run', {", deparse(store)),
    "  capture_metric(run, 'x', 1)",
    "  tools::pskill(Sys.getpid(), 2L)",
    "  for (k in 1:600) Sys.sleep(0.1)",
    "})"
  ))
  expect_false(ended$status == 0L)
  record <- read_record(store)
  expect_identical(record$status, "cancelled")
  expect_identical(record$metrics, list(x = 1))
})

test_that("a function's run ends with it", {
  store <- new_store()
  good <- function() {
    run <- local_capture(store, experiment = "test:1.0", run_id = "run")
    expect_identical(capture_current(), run)
    capture_metric(run, "x", 1)
    5
  }
  expect_identical(good(), 5)
  expect_null(capture_current())
  expect_identical(read_record(store)$status, "success")

  bad <- function() {
    run <- local_capture(store, experiment = "test:1.0", run_id = "run")
    stop("inside")
  }
  for (time in 1:2) {
    expect_error(bad(), "inside")
    record <- read_record(store)
    expect_identical(record$status, "failed")
    expect_match(record$error$message, "inside")
  }
  try(bad(), silent = TRUE)
  expect_match(read_record(store)$error$message, "inside")
})

test_that("a function may finish its run itself, and fail it itself", {
  store <- new_store()
  early <- function() {
    run <- local_capture(store, experiment = "test:1.0", run_id = "run")
    capture_fail(run, simpleError("by hand", quote(f(x))), type = "Mine")
    capture_finish(run)
    stop("afterwards")
  }
  expect_error(early(), "afterwards")
  error <- read_record(store)$error
  expect_identical(error[c("message", "type")], list(message = "by hand", type = "Mine"))
  expect_match(error$traceback, "f(x)", fixed = TRUE)
})

test_that("a script that dies of an error leaves a failed run with the message", {
  store <- new_store()
  ended <- run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'run')", deparse(store)),
    "capture_metric(run, 'x', 1)",
    "solve_it <- function() stop('the matrix is singular')",
    "solve_it()"
  ))
  expect_identical(ended$status, 1L)
  record <- read_record(store)
  expect_identical(record$status, "failed")
  expect_match(record$error$message, "the matrix is singular")
  expect_identical(record$metrics, list(x = 1))
})

test_that("a run that nobody finished is no success", {
  store <- new_store()
  run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'quit')", deparse(store)),
    sprintf("dropped <- capture_open(%s, experiment = 'test:1.0', run_id = 'dropped')", deparse(store)),
    "rm(dropped)", "invisible(gc())"
  ))
  for (id in c("quit", "dropped")) {
    error <- read_record(store, id)$error
    expect_identical(error$type, "Unfinished")
  }
})

test_that("a run whose R is killed is recovered with what it recorded", {
  store <- new_store()
  run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'run')", deparse(store)),
    "x <- capture_array(run, 'field', c(2, 2))", "x[1, 2] <- 7",
    "for (i in 1:100) capture_metric(run, 'loss', 1 / i, step = i)",
    "tools::pskill(Sys.getpid(), 9L)"
  ))
  expect_identical(recover_runs(store), 1L)
  record <- read_record(store)
  expect_identical(record$status, "failed")
  expect_match(record$error$message, "last step 100")
  expect_length(read_result(store, "loss")$data, 100)
  expect_identical(readBin(read_npz(store, "field.npz")$data, "double", 4), c(0, 0, 7, 0))
})

test_that("messages and warnings are recorded and let through", {
  store <- new_store()
  careful <- function() warning("careful")
  expect_message(
    expect_warning(with_capture(store, experiment = "test:1.0", run_id = "run", {
      message("h\u00e9llo")
      careful()
    }), "careful"),
    "h\u00e9llo"
  )
  log <- read_log(store)
  expect_match(log[[1]], "\\[INFO *\\].*h\u00e9llo$")
  expect_match(log[[2]], "\\[WARNING *\\].*In careful\\(\\): careful$")
  expect_identical(read_record(store)$warnings[[1]][c("message", "call")], list(message = "careful", call = "careful()"))
})

test_that("a run that is a success already is skipped, or refused", {
  store <- new_store()
  count <- 0
  attempt <- function(...) {
    with_capture(store, experiment = "test:1.0", run_id = "run", params = list(n = 3L), ..., {
      count <<- count + 1
      capture_metric(run, "count", count)
      count
    })
  }
  expect_identical(attempt(), 1)
  earlier <- attempt(if_success = "skip")
  expect_s3_class(earlier, "metalab_run")
  expect_identical(run_params(earlier), list(n = 3L))
  expect_identical(attempt(if_success = "skip", skipped = function(run) run_metrics(run)$count), 1)
  expect_error(attempt(if_success = "refuse"), class = "metalab_error_exists")
  expect_identical(attempt(), 2)

  run <- open_run(store, if_success = "skip")
  expect_true(capture_is_skipped(run))
  expect_false(capture_is_open(run))
  expect_identical(capture_id(run), "run")
  expect_identical(run_metrics(capture_earlier(run)), list(count = 2))
  expect_identical(run_metrics(run), list(count = 2))
  capture_metric(run, "x", 1)
  capture_series(run, "s")(1, 2)
  capture_log(run, "nothing")
  x <- capture_array(run, "field", c(2, 2))
  x[1, 1] <- 3
  expect_identical(x[, 1], c(3, 0))
  capture_seal(x)
  stream <- capture_stream(run, "s")
  stream_write(stream, "a")
  capture_seal(stream)
  capture_snapshots(run, "u", 2)(1, c(1, 2))
  capture_finish(run)
  expect_output(print(run), "skipped")
})

test_that("captures can be disabled", {
  store <- new_store()
  ended <- run_script(c(
    "Sys.setenv(METALAB_DISABLED = '1')",
    sprintf("with_capture(%s, experiment = 'a:1', {", deparse(store)),
    "  capture_metric(run, 'x', 1)", "  capture_artifact(run, 'a', 1:3)",
    "  x <- capture_array(run, 'f', c(2, 2)); x[1, 2] <- 1; stopifnot(sum(x) == 1); capture_seal(x)",
    "})", "cat('good')"
  ))
  expect_identical(ended$output, "good")
  expect_false(dir.exists(store))
})

test_that("the record takes warnings, notes and tags", {
  store <- new_store()
  run <- open_run(store)
  run |> capture_add_warning("w", list(limit = 2)) |> capture_add_note("one") |> capture_add_note("two") |> capture_add_tag(c("t", "u"))
  capture_cancel(run, "enough")
  capture_flush(run)
  capture_flush(run, durable = TRUE)
  capture_finish(run)
  expect_identical(capture_finish(run), run)
  record <- read_record(store)
  expect_identical(record$status, "cancelled")
  expect_identical(record$warnings[[1]][c("message", "limit")], list(message = "w", limit = 2))
  expect_identical(record$notes, "one\ntwo")
  expect_identical(record$tags, list("t", "u"))
})

test_that("a solver can stop in time", {
  store <- new_store()
  run <- open_run(store, end_time = Sys.time() + 3600, stop_before = as.difftime(1, units = "mins"))
  expect_false(capture_should_stop(run))
  expect_gt(capture_seconds_left(run), 3000)
  capture_request_stop(run)
  expect_true(capture_should_stop(run))
  expect_true(capture_should_stop(run, step = 7))
  expect_error(capture_should_stop(run, step = 0.5), "step")
  capture_finish(run)
  expect_error(capture_request_stop(run), class = "metalab_error_closed")
  expect_identical(read_record(store)$status, "cancelled")
  late <- open_run(store, end_time = Sys.time() + 10, stop_before = 60)
  expect_true(capture_should_stop(late))
  capture_finish(late)
  for (end in list(Sys.Date() + 2, as.POSIXlt(Sys.time() + 86400), as.numeric(Sys.time()) + 86400.5)) {
    run <- open_run(store, end_time = end, stop_before = 60)
    expect_gt(capture_seconds_left(run), 80000)
    expect_lt(capture_seconds_left(run), 180000)
    capture_finish(run)
  }
  endless <- open_run(store, end_time = Inf, stop_before = 60)
  expect_false(capture_should_stop(endless))
  capture_finish(endless)
})

test_that("options keep units, and take no classes for numbers", {
  store <- new_store()
  started <- Sys.time()
  expect_error(
    open_run(store, role = "worker", worker = "w", attach_patience = as.difftime(0.01, units = "mins")),
    class = "metalab_error_not_found"
  )
  expect_gt(as.numeric(Sys.time() - started, units = "secs"), 0.5)
  expect_error(open_run(store, sample = Sys.Date()), "sample", class = "metalab_error_value")
  expect_error(open_run(store, flush_interval = factor("a")), "flush_interval", class = "metalab_error_value")
  expect_error(open_run(store, tags = c("a", NA)), "tags", class = "metalab_error_value")
})

test_that("what a run holds can be asked for", {
  store <- new_store()
  run <- open_run(store)
  capture_metrics(run, list(a = 1.5, b = NaN, c = "t\u00e4xt \"'\\\n\U1F600"))
  capture_artifact(run, "m", matrix(1, 2, 2))
  capture_data(run, "d", list(x = 1L))
  expect_identical(capture_summary(run, "metrics"), list(a = 1.5, b = NaN, c = "t\u00e4xt \"'\\\n\U1F600"))
  expect_identical(capture_summary(run, "artifacts")[[1]]$name, "m")
  expect_identical(capture_summary(run, "results")[[1]]$data, list(x = 1L))
  expect_true(capture_summary(run, "health")$ok)
  expect_identical(capture_id(run), "run")
  expect_output(print(run), "<metalab_capture run, open>")
  capture_finish(run)
  expect_output(print(run), "<metalab_capture run, ended>")
  expect_identical(capture_summary(run)$status, "success")
})

test_that("the child of another process is recovered with what its parent knows", {
  store <- new_store()
  expect_error(recover_child(1, 0x137f, store), class = "metalab_error_value")
  expect_error(recover_child(1.5, 0, store), class = "metalab_error_value")
  dir.create(store)
  expect_identical(recover_child(Sys.getpid(), 0, store), 0L)
})

test_that("the runs of a host that is gone can be taken over", {
  store <- new_store()
  expect_error(recover_host("node17", store), class = "metalab_error_not_found")
  dir.create(store)
  expect_identical(recover_host("node17", store), 0L)
  expect_error(recover_host("", store), class = "metalab_error_value")
})

test_that("what recovery set aside is a warning, once", {
  store <- new_store()
  capture_finish(open_run(store))
  for (recover in list(recover_runs, function(store) recover_host("node17", store))) {
    # The message of an error before is none of it.
    expect_error(recover(file.path(store, "nowhere")), class = "metalab_error_not_found")
    expect_silent(recover(store))
    for (k in 1:2) {
      writeLines("", experiment_path(store, "test_1.0", "runs", "empty.json"))
      expect_warning(count <- recover(store), "^/.*empty.json: not JSON.*damaged-")
      expect_identical(count, 0L)
    }
    expect_silent(recover(store))
  }
})

test_that("a run can be the current one of compiled code, too", {
  store <- new_store()
  run <- open_run(store)
  expect_null(capture_current())
  expect_identical(capture_set_current(run), run)
  expect_identical(capture_current(), run)
  with_capture(store, experiment = "test:1.0", run_id = "other", as = "inner", expect_identical(capture_current(), inner))
  expect_identical(capture_current(), run)
  # A forked child has none, and can't take its parent's.
  seen <- parallel::mclapply(1:2, mc.cores = 2, function(k) {
    list(capture_current(), tryCatch(capture_set_current(run), metalab_error_closed = function(condition) "closed"))
  })
  expect_identical(seen, rep(list(list(NULL, "closed")), 2))
  capture_set_current(NULL)
  expect_null(capture_current())
  capture_set_current(run)
  capture_finish(run)
  expect_null(capture_current())
  expect_error(capture_set_current(run), class = "metalab_error_closed")
  expect_error(capture_set_current("run"), class = "metalab_error_value")
})

test_that("a recursion without end is recorded as any error", {
  store <- new_store()
  for (limit in c(500, 500000)) {
    run_script(c(
      sprintf("options(expressions = %d)", limit), "endless <- function(n) endless(n + 1) + 1",
      sprintf("with_capture(%s, experiment = 'test:1.0', run_id = 'run', endless(1))", deparse(store))
    ))
    record <- read_record(store)
    expect_identical(record$status, "failed")
    expect_match(record$error$message, if (limit == 500) "nested too deeply" else "C stack|nested too deeply")
    if (limit == 500) {
      expect_match(record$error$traceback, "^1: endless\\(1\\)\n2: endless\\(n \\+ 1\\)")
      expect_lt(nchar(record$error$traceback), 10000)
    }
  }
})

test_that("the variables of a namelist file are params", {
  store <- new_store()
  deck <- tempfile(fileext = ".nml")
  writeLines(c("&grid n = 64, h = 3*0.5d0, on = .true. /", "&solver kind = 'cg' /"), deck)
  run <- capture_open(store, experiment = "test:1.0", run_id = "run", params = list(solver = "replaced"), namelist = deck)
  capture_finish(run)
  params <- read_record(store)$params_resolved
  expect_identical(params$grid, list(h = list(0.5, 0.5, 0.5), n = 64L, on = TRUE))
  expect_identical(params$solver, "replaced")
  expect_error(capture_open(store, namelist = "missing.nml"), "cannot read", class = "metalab_error_not_found")
  expect_error(capture_open(store, namelist = 1), "namelist", class = "metalab_error_value")
})
