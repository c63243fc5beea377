test_that("a handle that went to another process is an error that names the way", {
  store <- new_store()
  run <- open_run(store)
  file <- tempfile()
  handles <- list(
    run = run, series = capture_series(run, "s"), stream = capture_stream(run, "t"), array = capture_array(run, "x", 3),
    snapshots = capture_snapshots(run, "u", 3)
  )
  saveRDS(handles, file)
  back <- readRDS(file)
  calls <- list(
    quote(capture_metric(run, "a", 1)), quote(capture_metrics(run, a = 1)), quote(capture_log(run, "a")), quote(capture_finish(run)),
    quote(capture_series(run, "s")), quote(capture_data(run, "d", 1:3)), quote(capture_artifact(run, "d", 1:3)),
    quote(capture_array(run, "y", 3)), quote(capture_should_stop(run)), quote(capture_request_stop(run)),
    quote(capture_seconds_left(run)), quote(capture_flush(run)), quote(capture_fail(run, "x")), quote(capture_add_note(run, "x")),
    quote(capture_add_tag(run, "x")), quote(capture_rank(run)), quote(capture_reduce(run, "x")), quote(capture_stdio(run)),
    quote(capture_summary(run)), quote(capture_subscribe(run, "x")), quote(capture_derive_seed(run, "x")), quote(capture_stream(run, "x")),
    quote(capture_cancel(run)), quote(capture_add_warning(run, "x")),
    quote(capture_snapshots(run, "v", 3)), quote(capture_file(run, "f", file)), quote(capture_earlier(run)),
    quote(series(1, 2)), quote(series(1:2, c(1, 2))), quote(stream_write(stream, "x")), quote(capture_seal(stream)),
    quote(array[1]), quote(array[1] <- 1), quote(capture_seal(array)), quote(length(array)), quote(snapshots(1)), quote(snapshots(1, 1:3)),
    quote(capture_abandon(snapshots))
  )
  for (call in calls) {
    error <- expect_error(eval(call, back), class = "metalab_error_closed", info = deparse(call))
    expect_match(conditionMessage(error), "role = \"worker\"", fixed = TRUE)
  }
  expect_output(print(back$run), "run, another process's")
  expect_false(capture_is_open(back$run))
  expect_false(capture_is_skipped(back$run))
  expect_identical(capture_id(back$run), "run")
  rm(back)
  gc()
  expect_true(capture_is_open(run))
  capture_finish(run)
  expect_identical(read_record(store)$status, "success")
})

test_that("a worker of a cluster is told, and joins", {
  skip_on_os("windows")
  store <- new_store()
  run <- open_run(store, role = "owner")
  where <- dirname(getNamespaceInfo("metalab", "path"))
  cluster <- parallel::makePSOCKcluster(1)
  on.exit(parallel::stopCluster(cluster))
  told <- parallel::clusterCall(cluster, function(where, run, store) {
    library(metalab, lib.loc = where)
    message <- tryCatch(capture_metric(run, "x", 1), metalab_error_closed = conditionMessage)
    with_capture(store, experiment = "test:1.0", run_id = capture_id(run), role = "worker", worker = "node:1", as = "mine",
      capture_metric(mine, "x", 2))
    message
  }, where, run, store)
  expect_match(told[[1]], "role = \"worker\"", fixed = TRUE)
  capture_finish(run)
  record <- read_record(store)
  expect_identical(record$status, "success")
  expect_identical(record$metrics[["x@node.1"]], 2)
})

test_that("a forked child is told, too", {
  skip_on_os("windows")
  store <- new_store()
  run <- open_run(store)
  told <- parallel::mclapply(1, function(k) tryCatch(capture_metric(run, "x", 1), metalab_error_closed = conditionMessage), mc.cores = 2)
  # One element is run in this process by mclapply: ask for a child.
  job <- parallel::mcparallel(list(
    tryCatch(capture_metric(run, "x", 1), metalab_error_closed = conditionMessage),
    tryCatch(capture_should_stop(run), metalab_error_closed = conditionMessage), capture_is_open(run), capture_id(run)
  ))
  told <- parallel::mccollect(job)[[1]]
  expect_match(told[[1]], "forked.*role = \"worker\"")
  expect_match(told[[2]], "forked.*role = \"worker\"")
  expect_identical(told[3:4], list(FALSE, "run"))
  capture_finish(run)
})

test_that("a closed handle is an error in every call", {
  store <- new_store()
  run <- open_run(store)
  series <- capture_series(run, "s")
  stream <- capture_stream(run, "t")
  array <- capture_array(run, "x", 3)
  capture_finish(run)
  calls <- list(
    quote(capture_metric(run, "a", 1)), quote(capture_metrics(run, a = 1)), quote(capture_log(run, "a")),
    quote(capture_series(run, "s")), quote(capture_data(run, "d", 1:3)), quote(capture_artifact(run, "d", 1:3)),
    quote(capture_array(run, "y", 3)), quote(capture_should_stop(run)), quote(capture_request_stop(run)),
    quote(capture_seconds_left(run)), quote(capture_flush(run)), quote(capture_fail(run, "x")), quote(capture_add_note(run, "x")),
    quote(capture_add_tag(run, "x")), quote(capture_reduce(run, "x")), quote(capture_stdio(run)),
    quote(capture_subscribe(run, "x")), quote(capture_stream(run, "x")), quote(capture_cancel(run)),
    quote(capture_add_warning(run, "x")), quote(capture_snapshots(run, "v", 3)), quote(series(1, 2)), quote(series(1:2, c(1, 2))),
    quote(stream_write(stream, "x")), quote(array[1]), quote(array[1] <- 1), quote(capture_seal(array))
  )
  for (call in calls) expect_error(eval(call), class = "metalab_error_closed", info = deparse(call))
})

test_that("mistakes in a block are told at once, and nothing is opened", {
  store <- new_store()
  solve_it <- function(run) NULL
  for (call in list(
    quote(with_capture({ 1 })), quote(with_capture()), quote(with_capture(store)), quote(with_capture({ 1 }, experiment = "a:1")),
    quote(with_capture(store, function(run) 1)), quote(with_capture(store, \(run) 1)), quote(with_capture(store, solve_it)),
    quote(with_capture(c(store, store), 1)), quote(with_capture(store, 1, "a:1")), quote(with_capture(store, 1, as = c("a", "b"))),
    quote(with_capture(store, 1, experiment = c("a:1", "b:1"))), quote(with_capture(store, 1, experiment = NA_character_)),
    quote(with_capture(store, 1, run_id = c("a", "b"))), quote(with_capture(store, 1, seed = 1:2)),
    quote(with_capture(store, 1, note = c("a", "b"))), quote(with_capture(store, 1, durable = c(TRUE, FALSE))),
    quote(with_capture(store, 1, sample = 1:2)), quote(with_capture(store, 1, code_hash = c("a", "b"))),
    quote(with_capture(store, 1, skipped = 1)), quote(capture_open(1))
  )) {
    expect_error(eval(call), class = "metalab_error_value", info = deparse(call))
  }
  expect_false(dir.exists(store))
  error <- expect_error(with_capture({ 1 }), class = "metalab_error_value")
  expect_identical(conditionCall(error)[[1]], quote(with_capture))
  run <- open_run(store)
  for (call in list(
    quote(capture_metric(run, c("a", "b"), 1)), quote(capture_metric(run, "a", 1:2)), quote(capture_log(run, "a", c("info", "debug"))),
    quote(capture_add_note(run, c("a", "b"))), quote(capture_artifact(run, "a", 1:3, format = c("npz", "json"))),
    quote(capture_artifact(run, "a", "x", kind = c("a", "b"))), quote(capture_file(run, "a", c("a", "b"))),
    quote(capture_series(run, c("a", "b"))), quote(capture_series(run, "a", unit = c("K", "m"))), quote(capture_stream(run, "a", c("a", "b"))),
    quote(capture_field(run, "f", matrix(1, 2, 2), logarithmic = c(TRUE, FALSE))), quote(capture_field(run, "f", matrix(1, 2, 2), scale = 1:2)),
    quote(capture_array(run, c("a", "b"), 3)), quote(capture_reduce(run, c("a", "b"))), quote(capture_cancel(run, c("a", "b")))
  )) {
    expect_error(eval(call), class = "metalab_error_value", info = deparse(call))
  }
  capture_finish(run)
})

test_that("a handled condition is not blamed for the end", {
  store <- new_store()
  away <- function(code) withRestarts(code, away = function() NULL)
  ended <- function() read_record(store)[["error"]]
  attempt <- function(code) away(with_capture(store, experiment = "test:1.0", run_id = "run", code))
  handled <- simpleError("handled")
  # By who set up a handler outside, and a restart within.
  withCallingHandlers(
    away(with_capture(store, experiment = "test:1.0", run_id = "run", {
      withRestarts(stop(handled), go_on = function() NULL)
      invokeRestart("away")
    })),
    error = function(condition) invokeRestart("go_on")
  )
  expect_identical(ended()$type, "Unfinished")
  expect_no_match(ended()$message, "handled")
  # By nobody: a condition that is only signalled. A script has no handler of the test's.
  run_script(c(
    sprintf("withRestarts(with_capture(%s, experiment = 'test:1.0', run_id = 'run', {", deparse(store)),
    "  signalCondition(simpleError('handled'))", "  invokeRestart('away')", "}), away = function() NULL)"
  ))
  expect_identical(ended()$type, "Unfinished")
  expect_no_match(ended()$message, "handled")
  for (handle in list(
    function() try(stop("handled"), silent = TRUE), function() tryCatch(stop("handled"), error = function(condition) NULL)
  )) {
    away(with_capture(store, experiment = "test:1.0", run_id = "run", {
      handle()
      invokeRestart("away")
    }))
    expect_identical(ended()$type, "Unfinished")
    expect_no_match(ended()$message, "handled")
    # A later error is the one.
    expect_error(with_capture(store, experiment = "test:1.0", run_id = "run", {
      handle()
      stop("the end")
    }))
    expect_identical(ended()[c("message", "type")], list(message = "the end", type = "simpleError"))
  }
  # A condition that an outer handler takes from signalCondition() is the end.
  caught <- tryCatch(with_capture(store, experiment = "test:1.0", run_id = "run", signalCondition(handled)),
    error = function(condition) "caught")
  expect_identical(caught, "caught")
  expect_identical(ended()$message, "handled")
  # Where R tells of no handler, what it has is said to be uncertain.
  function_left <- function() {
    run <- local_capture(store, experiment = "test:1.0", run_id = "run")
    try(stop("handled"), silent = TRUE)
    invokeRestart("away")
  }
  away(function_left())
  expect_identical(ended()$type, "Unfinished")
  expect_match(ended()$message, "may be of one that was handled")
  run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'run')", deparse(store)), "try(stop('handled'), silent = TRUE)"
  ))
  expect_identical(ended()$type, "Unfinished")
  expect_match(ended()$message, "may be of one that was handled")
})

test_that("a run has one id, however its script is run", {
  store <- new_store()
  directory <- tempfile("scripts")
  dir.create(directory)
  on.exit(unlink(directory, recursive = TRUE))
  script <- file.path(directory, "solver.R")
  where <- dirname(getNamespaceInfo("metalab", "path"))
  writeLines(c(
    sprintf("suppressMessages(library(metalab, lib.loc = %s))", deparse(where)),
    sprintf("run <- capture_open(%s, params = list(n = 1L), if_success = 'rerun')", deparse(store)),
    "cat(capture_id(run), run_record(run)$experiment_id, '')", "capture_finish(run)"
  ), script)
  main <- file.path(directory, "main.R")
  writeLines("source('solver.R')", main)
  quiet <- function(arguments, directory) {
    before <- setwd(directory)
    on.exit(setwd(before))
    utils::tail(suppressWarnings(system2(file.path(R.home("bin"), "Rscript"), arguments, stdout = TRUE, stderr = FALSE)), 1)
  }
  elsewhere <- tempdir()
  wanted <- quiet(shQuote(script), elsewhere)
  expect_match(wanted, "solver:1")
  expect_identical(quiet("solver.R", directory), wanted)
  expression <- function(code) c("-e", shQuote(code))
  expect_identical(quiet(expression(sprintf("source('%s')", script)), elsewhere), wanted)
  expect_identical(quiet(expression("source('solver.R', keep.source = TRUE)"), directory), wanted)
  expect_identical(quiet(expression(sprintf("source('%s', chdir = TRUE)", file.path(basename(directory), "solver.R"))), dirname(directory)), wanted)
  # An editor that sends lines.
  lines <- sprintf("options(metalab.script = '%s'); for (line in parse('%s')) eval(line)", script, script)
  expect_identical(quiet(expression(lines), elsewhere), wanted)
  # The outermost script counts, as it is what is run.
  by_main <- quiet(shQuote(main), directory)
  expect_match(by_main, "main:1")
  expect_identical(quiet(expression("source('main.R')"), directory), by_main)
})

test_that("points in bulk are those one by one, without NA", {
  store <- new_store()
  run <- open_run(store)
  series <- function(name, steps, values) capture_series(run, name)(steps, values)
  series("real", 1:5, c(1, NA, NaN, Inf, -0.5))
  series("whole", c(1, 2, 3), c(1L, NA, 3L))
  series("flags", 1:3, c(TRUE, NA, FALSE))
  series("texts", 1:3, c("a", NA, "b"))
  series("factor", 1:3, factor(c("a", NA, "b")))
  series("days", 1:2, as.Date("2020-01-01") + 0:1)
  series("none", integer(), numeric())
  series("all", 1:2, c(NA, NA_real_))
  expect_error(series("bad", 1:3, c(1, 2)), class = "metalab_error_value")
  expect_error(series("bad", c(1, 2.5), c(1, 2)), class = "metalab_error_value")
  series("many", 1:100000, sqrt(1:100000))
  capture_finish(run)
  run <- load_run(store, "run")
  frame <- function(name) unclass(unname(as.list(run_series(run, name))))
  expect_identical(frame("real"), list(c(1L, 3L, 4L, 5L), c(1, NaN, Inf, -0.5)))
  expect_identical(frame("whole"), list(c(1L, 3L), c(1L, 3L)))
  expect_identical(frame("flags"), list(c(1L, 3L), c(TRUE, FALSE)))
  expect_identical(frame("texts"), list(c(1L, 3L), c("a", "b")))
  expect_identical(frame("factor"), list(c(1L, 3L), c("a", "b")))
  expect_identical(frame("days"), list(1:2, c("2020-01-01", "2020-01-02")))
  expect_identical(run_series(run, "many")$value, sqrt(1:100000))
})
