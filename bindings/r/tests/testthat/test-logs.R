test_that("lines have their levels", {
  store <- new_store()
  run <- open_run(store)
  for (level in c("debug", "info", "warning", "error", "critical")) capture_log(run, paste("at", level), level)
  capture_log(run, c("two", "lines"), 20)
  expect_error(capture_log(run, "x", "loud"), "debug, info", class = "metalab_error_value")
  expect_error(capture_log(run, 3), class = "metalab_error_value")
  capture_finish(run)
  log <- read_log(store)
  expect_match(log[1:5], "\\[(DEBUG|INFO|WARNING|ERROR|CRITICAL) *\\] .*at (debug|info|warning|error|critical)$")
  expect_match(log[6:7], "\\[INFO *\\] .*(two|lines)$")
})

test_that("runs subscribe to loggers", {
  store <- new_store()
  run <- open_run(store)
  expect_false(metalab_log_enabled("solver.poisson"))
  capture_subscribe(run, "solver", "warning")
  expect_true(metalab_log_enabled("solver.poisson", "error"))
  expect_false(metalab_log_enabled("solver.poisson", "info"))
  metalab_log("solver.poisson", "no convergence", "error")
  metalab_log("solver.poisson", "converged")
  capture_unsubscribe(run, "solver")
  metalab_log("solver.poisson", "unheard", "error")
  capture_finish(run)
  log <- paste(read_log(store), collapse = "\n")
  expect_match(log, "solver.poisson.*no convergence")
  expect_no_match <- function(text, pattern) expect_false(grepl(pattern, text))
  expect_no_match(log, "] converged")
  expect_no_match(log, "unheard")
})

test_that("what a script prints is recorded", {
  store <- new_store()
  ended <- run_script(c(
    sprintf("run <- capture_open(%s, experiment = 'test:1.0', run_id = 'run')", deparse(store)),
    "capture_stdio(run)", "cat('printed\\n')", "system('echo by a child')", "capture_stdio_end(run)",
    "cat('not recorded\\n')", "capture_finish(run)"
  ))
  expect_identical(ended$output, c("printed", "by a child", "not recorded"))
  expect_identical(
    readLines(experiment_path(store, "test_1.0", "logs", "run_stdout.log"), warn = FALSE), c("printed", "by a child")
  )
})

test_that("the package logger has an appender", {
  skip_if_not_installed("logger")
  store <- new_store()
  run <- open_run(store)
  logger::log_threshold(logger::TRACE, namespace = "metalab-test")
  logger::log_appender(appender_logger(run), namespace = "metalab-test")
  for (level in list(logger::FATAL, logger::ERROR, logger::WARN, logger::INFO, logger::DEBUG)) {
    logger::log_level(level, "by logger", namespace = "metalab-test")
  }
  capture_finish(run)
  # A run that has ended is no reason to fail.
  logger::log_level(logger::INFO, "late", namespace = "metalab-test")
  log <- read_log(store)
  expect_length(log, 5)
  levels <- sub("^[^[]*\\[([A-Z]+) *\\].*$", "\\1", log)
  expect_identical(levels, c("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"))
  expect_match(log, "by logger$")
})

test_that("the package lgr has an appender", {
  if (!requireNamespace("lgr", quietly = TRUE)) {
    expect_error(appender_lgr(NULL), "lgr is not installed", class = "metalab_error_value")
    skip("lgr is not installed")
  }
  store <- new_store()
  run <- open_run(store)
  logger <- lgr::get_logger("metalab-test")
  logger$set_propagate(FALSE)
  logger$set_threshold("trace")
  logger$add_appender(appender_lgr(run, layout = lgr::LayoutFormat$new("%m")), name = "metalab")
  logger$warn("by lgr %s", 1)
  logger$fatal("at an end")
  logger$trace("in detail")
  logger$remove_appender("metalab")
  capture_finish(run)
  log <- read_log(store)
  expect_match(log[[1]], "WARNING.*by lgr 1$")
  expect_match(log[[2]], "CRITICAL.*at an end$")
  expect_match(log[[3]], "DEBUG.*in detail$")
})
