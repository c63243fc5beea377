# Tests that need no server; with one it is tested from outside the package.

test_that("the files are as always where the server is away", {
  store <- new_store()
  dir.create(store)
  nowhere <- paste0("postgresql://127.0.0.1:9/db?file_root=", store)
  run <- open_run(nowhere, index_wait = 0.1)
  capture_metric(run, "x", 1)
  capture_finish(run)
  expect_identical(read_record(store)$status, "success")
  health <- capture_summary(run, "health")
  expect_true(health$ok)
  expect_identical(health$index$state, "behind")
  expect_error(open_run(store, index_wait = -1), class = "metalab_error_value")

  told <- 0
  tell <- function(done, total) told <<- told + 1
  expect_error(index_rebuild(nowhere, progress = tell), class = "metalab_error_io")
  expect_error(index_rebuild(nowhere, "none:1", tell), class = "metalab_error_not_found")
  expect_error(index_rebuild(store, progress = tell), "without an index", class = "metalab_error_value")
  expect_error(index_rebuild(nowhere, progress = 1), "progress: a function is wanted", class = "metalab_error_value")
  expect_identical(told, 0)
})
