test_that("metrics keep their types", {
  store <- new_store()
  run <- open_run(store)
  run |>
    capture_metric("real", 0.1) |>
    capture_metric("whole", 7L) |>
    capture_metric("true", TRUE) |>
    capture_metric("text", "cg \u00e9") |>
    capture_metric("nan", NaN) |>
    capture_metric("inf", -Inf) |>
    capture_metric("factor", factor("b", levels = c("a", "b"))) |>
    capture_metric("date", as.Date("2020-02-29")) |>
    capture_metric("time", as.POSIXct("2020-02-29 23:59:59.5", tz = "UTC"))
  for (missing in list(NA, NA_integer_, NA_real_, NA_character_, factor(NA), as.Date(NA))) {
    capture_metric(run, "missing", missing)
    capture_metric(run, "missing", missing, step = 1)
  }
  capture_finish(run)
  expect_identical(read_record(store)$metrics, list(
    date = "2020-02-29", factor = "b", inf = -Inf, nan = NaN, real = 0.1, text = "cg \u00e9",
    time = "2020-02-29T23:59:59.500000Z", true = TRUE, whole = 7L
  ))
  expect_false(file.exists(experiment_path(store, "test_1.0", "results", "run", "missing.json")))
})

test_that("texts in another encoding arrive as UTF-8", {
  store <- new_store()
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  run <- open_run(store)
  capture_metric(run, latin, latin)
  capture_log(run, latin)
  capture_finish(run)
  expect_identical(read_record(store)$metrics, list("caf\u00e9" = "caf\u00e9"))
  expect_match(read_log(store), "caf\u00e9$")
})

test_that("series take points one by one and many at once, NaN but not NA", {
  store <- new_store()
  run <- open_run(store)
  series <- capture_series(run, "s", unit = "K", description = "d")
  series(2, 0.5)
  series(0:1, c(NaN, 1))
  series(3L, NA)
  series(4, 4L)
  series(5, TRUE)
  series(6, "six")
  capture_metric(run, "s", 7, step = 7)
  capture_metrics(run, s = 8, other = 1L, step = 8)
  capture_metrics(run, c(s = 9, other = 2), step = 9)
  expect_output(print(series), "metalab_series s")
  capture_finish(run)
  expect_error(series(1, 1), class = "metalab_error_closed")
  result <- read_result(store, "s")
  expect_identical(result$metadata, list(description = "d", type = "stepped_metric", unit = "K"))
  expect_identical(result$data, list(
    list(0L, NaN), list(1L, 1), list(2L, 0.5), list(4L, 4L), list(5L, TRUE), list(6L, "six"), list(7L, 7),
    list(8L, 8), list(9L, 9)
  ))
  expect_identical(read_result(store, "other")$data, list(list(8L, 1L), list(9L, 2)))
})

test_that("steps are whole numbers", {
  store <- new_store()
  run <- open_run(store)
  series <- capture_series(run, "s")
  for (step in list(0.5, NA, NaN, "1", TRUE, NULL, 2^63, factor("a"))) {
    expect_error(series(step, 1), class = "metalab_error_value")
  }
  expect_error(series(1:2, 1), "2 steps and 1 values", class = "metalab_error_value")
  expect_error(capture_metric(run, "a", 1:2), class = "metalab_error_value")
  expect_error(capture_metric(run, "a", list(1)), class = "metalab_error_value")
  expect_error(capture_metric(run, "a", NULL), class = "metalab_error_value")
  expect_error(capture_metrics(run, 1, 2), class = "metalab_error_value")
  series(-2^53, 1)
  capture_finish(run)
  expect_identical(read_result(store, "s")$data, list(list(-2^53, 1)))
})

test_that("JSON is as documented", {
  to_json <- metalab:::to_json
  expect_identical(to_json(NULL), "null")
  expect_identical(to_json(1), "1.0")
  expect_identical(to_json(1L), "1")
  expect_identical(to_json(I(1L)), "[1]")
  expect_identical(to_json(c(1, NA, NaN, Inf, -Inf)), "[1.0, null, NaN, Infinity, -Infinity]")
  expect_identical(to_json(c(NA, TRUE)), "[null, true]")
  expect_identical(to_json(c(a = 1L, b = NA)), "{\"a\": 1, \"b\": null}")
  expect_identical(to_json(list()), "[]")
  expect_identical(to_json(list(1L, "a", list())), "[1, \"a\", []]")
  expect_identical(to_json(list(a = NULL, b = list(c = 1:2))), "{\"a\": null, \"b\": {\"c\": [1, 2]}}")
  expect_identical(to_json(matrix(1:4, 2)), "[[1, 3], [2, 4]]")
  expect_identical(to_json(array(1:8, c(2, 2, 2))), "[[[1, 5], [3, 7]], [[2, 6], [4, 8]]]")
  expect_identical(to_json(data.frame(a = 1L, b = "x")), "{\"a\": [1], \"b\": [\"x\"]}")
  expect_identical(to_json("a\"\\\n\u00e9\U1F600"), "\"a\\\"\\\\\\u000a\u00e9\U1F600\"")
  expect_identical(to_json(factor(c("u", NA))), "[\"u\", null]")
  expect_identical(to_json(as.Date(c("1969-12-31", "2000-02-29", NA))), "[\"1969-12-31\", \"2000-02-29\", null]")
  expect_identical(to_json(as.POSIXlt("2020-01-02 03:04:05", tz = "UTC")), "\"2020-01-02T03:04:05Z\"")
  expect_identical(to_json(1i), "[0.0, 1.0]")
  expect_identical(to_json(c(1e22, 0.1, 1/3, 5e-324, 123456789)), "[1e+22, 0.1, 0.3333333333333333, 4.94065645841247e-324, 123456789.0]")
  for (bad in list(sum, quote(a), as.raw(1), list(a = 1, 2), list(a = 1, a = 2), new.env())) {
    expect_error(to_json(bad), class = "metalab_error_value")
  }
  deep <- list()
  for (level in 1:300) deep <- list(deep)
  expect_error(to_json(deep), "nested", class = "metalab_error_value")
})

test_that("numbers come back as they went", {
  set.seed(1)
  numbers <- c(runif(500), rnorm(500) * 10^sample(-300:300, 500, replace = TRUE), .Machine$double.xmin, .Machine$double.xmax)
  expect_identical(unlist(metalab:::parse_json(metalab:::to_json(numbers))), numbers)
  expect_identical(as.double(metalab:::formatted_numbers(numbers)), numbers)
})

test_that("dates agree with R's own over centuries", {
  days <- as.Date(c(-1e6, -719528, -1, 0, 1, seq(-700000, 2500000, by = 9973)), origin = "1970-01-01")
  days <- days[format(days, "%Y") >= "0001" & days > as.Date("0001-01-01")]
  expect_identical(metalab:::described(days), format(days, "%Y-%m-%d") |> sub(pattern = "^([0-9]{1,3})-", replacement = "0\\1-") |>
    (\(x) ifelse(nchar(x) < 10, paste0(strrep("0", 10 - nchar(x)), x), x))())
})

test_that("arrays keep shape, type and order", {
  store <- new_store()
  run <- open_run(store)
  capture_artifact(run, "real", matrix(c(1, 2, 3, 4, 5, 6), 2))
  capture_artifact(run, "whole", array(1:24, 2:4))
  capture_artifact(run, "truth", c(TRUE, FALSE, TRUE))
  capture_artifact(run, "complex", c(1 + 2i, -1i))
  capture_artifact(run, "bytes", matrix(as.raw(1:4), 2))
  capture_artifact(run, "one", 5)
  capture_artifact(run, "none", numeric())
  capture_artifact(run, "gaps", c(1L, NA))
  capture_artifact(run, "truthgaps", c(TRUE, NA))
  capture_artifact(run, "pair", list(x = c(0, 1, 2, 3), k = 1:2))
  capture_finish(run)
  expect_kind <- function(file, type, shape, order = "True", member = "arr") {
    npz <- read_npz(store, file, member)
    expect_match(npz$header, sprintf("'descr': '%s'", type), fixed = TRUE)
    expect_match(npz$header, sprintf("'shape': %s", shape), fixed = TRUE)
    if (!is.na(order)) expect_match(npz$header, sprintf("'fortran_order': %s", order), fixed = TRUE)
    npz$data
  }
  expect_identical(readBin(expect_kind("real.npz", "<f8", "(2, 3)"), "double", 6), c(1, 2, 3, 4, 5, 6))
  expect_identical(readBin(expect_kind("whole.npz", "<i4", "(2, 3, 4)"), "integer", 24), 1:24)
  expect_identical(expect_kind("truth.npz", "|b1", "(3,)", NA), as.raw(c(1, 0, 1)))
  expect_identical(readBin(expect_kind("complex.npz", "<c16", "(2,)", NA), "complex", 2), c(1 + 2i, -1i))
  expect_identical(expect_kind("bytes.npz", "|u1", "(2, 2)"), as.raw(1:4))
  expect_identical(readBin(expect_kind("one.npz", "<f8", "(1,)", NA), "double", 1), 5)
  expect_length(expect_kind("none.npz", "<f8", "(0,)", NA), 0)
  expect_identical(readBin(expect_kind("gaps.npz", "<f8", "(2,)", NA), "double", 2), c(1, NA))
  expect_identical(readBin(expect_kind("truthgaps.npz", "<f8", "(2,)", NA), "double", 2), c(1, NA))
  expect_identical(readBin(expect_kind("pair.npz", "<f8", "(4,)", NA, "x"), "double", 4), c(0, 1, 2, 3))
  expect_identical(readBin(expect_kind("pair.npz", "<i4", "(2,)", NA, "k"), "integer", 2), 1:2)
})

test_that("NA and NaN are told apart by R when arrays come back", {
  store <- new_store()
  run <- open_run(store)
  capture_artifact(run, "x", c(NA, NaN, 1))
  capture_finish(run)
  back <- readBin(read_npz(store, "x.npz")$data, "double", 3)
  expect_identical(is.nan(back), c(FALSE, TRUE, FALSE))
  expect_identical(is.na(back), c(TRUE, TRUE, FALSE))
})

test_that("integer64 keeps its digits", {
  skip_if_not_installed("bit64")
  big <- bit64::as.integer64("9007199254740993")
  store <- new_store()
  run <- open_run(store, params = list(big = big), seed = big)
  capture_metric(run, "big", big)
  capture_metric(run, "at", 1, step = big)
  capture_metric(run, "none", bit64::NA_integer64_)
  capture_artifact(run, "x", c(big, big + 1L))
  capture_artifact(run, "gaps", c(big, bit64::NA_integer64_))
  capture_artifact(run, "table", data.frame(id = c(big, NA)))
  capture_data(run, "d", list(big = big))
  capture_finish(run)
  text <- readLines(experiment_path(store, "test_1.0", "runs", "run.json"), warn = FALSE)
  expect_length(grep("\"big\": 9007199254740993", text), 2)
  expect_match(read_npz(store, "x.npz")$header, "<i8", fixed = TRUE)
  expect_identical(readBin(read_npz(store, "x.npz")$data, "integer", 4), c(1L, 2097152L, 2L, 2097152L))
  expect_match(read_npz(store, "gaps.npz")$header, "<f8", fixed = TRUE)
  expect_identical(readLines(artifact_path(store, "table.csv")), c("\"id\"", "9007199254740993", "NA"))
  expect_identical(names(read_record(store)$metrics), "big")
})

test_that("data choose between arrays and JSON", {
  store <- new_store()
  run <- open_run(store)
  capture_data(run, "vector", c(1, 2, 3))
  capture_data(run, "matrix", matrix(1:6, 2), metadata = list(unit = "K"))
  capture_data(run, "single", 1)
  capture_data(run, "marked", I(1))
  capture_data(run, "named", c(a = 1, b = 2))
  capture_data(run, "frame", data.frame(a = c(0.5, NA), b = c("x", NA), t = as.Date("2020-01-01") + 0:1))
  expect_error(capture_data(run, "bad", sum), class = "metalab_error_value")
  expect_error(capture_data(run, "bad", list(sum)), class = "metalab_error_value")
  capture_finish(run)
  expect_identical(read_result(store, "vector")[c("data", "dtype", "shape")],
    list(data = list(1, 2, 3), dtype = "float64", shape = list(3L)))
  expect_identical(read_result(store, "matrix")$data, list(list(1L, 3L, 5L), list(2L, 4L, 6L)))
  expect_identical(read_result(store, "matrix")$metadata, list(unit = "K"))
  expect_identical(read_result(store, "single")[c("data", "dtype")], list(data = 1, dtype = NULL))
  expect_identical(read_result(store, "marked")$shape, list(1L))
  expect_identical(read_result(store, "named")$data, list(a = 1, b = 2))
  expect_identical(read_result(store, "frame")$data,
    list(a = list(0.5, NULL), b = list("x", NULL), t = list("2020-01-01", "2020-01-02")))
})

test_that("artifacts choose their format by type", {
  store <- new_store()
  run <- open_run(store)
  expect_format <- function(as_format, value, as_kind, ...) {
    name <- paste0("a", length(capture_summary(run, "artifacts")))
    capture_artifact(run, name, value, ...)
    made <- Filter(function(artifact) artifact$name == name, capture_summary(run, "artifacts"))[[1]]
    expect_identical(made[c("format", "kind")], list(format = as_format, kind = as_kind))
  }
  expect_format("npz", 1:3, "numpy")
  expect_format("npz", list(u = 1:3, v = 1), "numpy")
  expect_format("json", list(u = 1, v = TRUE), "json")
  expect_format("json", list(1:3, 2), "json")
  expect_format("json", list(u = 1:3, v = "x"), "json")
  expect_format("json", c("a", "b"), "json")
  expect_format("json", factor("a"), "json")
  expect_format("json", Sys.time(), "json")
  expect_format("json", NULL, "json")
  expect_format("npz", list(u = 1, v = 2), "numpy", format = "npz")
  expect_format("json", 1:3, "json", format = "json")
  expect_format("txt", "text", "text")
  expect_format("md", c("# a", "b"), "notes", format = "md", kind = "notes")
  expect_format("csv", data.frame(a = 1), "table")
  expect_format("csv", matrix(1:4, 2), "table", format = "csv")
  expect_format("bin", as.raw(1:3), "bytes")
  expect_format("vtk", as.raw(1:3), "mesh", format = "vtk", kind = "mesh")
  expect_format("rds", lm(dist ~ speed, cars), "rds", format = "rds")
  expect_error(capture_artifact(run, "x", sum), "rds", class = "metalab_error_value")
  expect_error(capture_artifact(run, "x", lm(dist ~ speed, cars)), "rds", class = "metalab_error_value")
  expect_error(capture_artifact(run, "x", list(a = "x"), format = "npz"), class = "metalab_error_value")
  expect_error(capture_artifact(run, "x", 1:3, format = "png"), class = "metalab_error_value")
  expect_error(capture_artifact(run, "x", 1:3, kind = "mine"), class = "metalab_error_value")
  capture_finish(run)
  expect_identical(class(readRDS(artifact_path(store, "a17.rds"))), "lm")
  expect_identical(readBin(artifact_path(store, "a11.txt"), "raw", 10), charToRaw("text"))
})

test_that("tables come back as they went", {
  store <- new_store()
  table <- data.frame(
    x = c(0.1, NA, 1 / 3), n = c(1L, NA, 3L), b = c(TRUE, NA, FALSE), "a \"name\"" = c("a,\"b\"\nc", NA, "d\u00e9"),
    f = factor(c("u", "v", NA)), d = as.Date("2020-02-28") + 0:2, check.names = FALSE
  )
  run <- open_run(store)
  capture_artifact(run, "table", table)
  capture_artifact(run, "empty", table[0, ])
  capture_finish(run)
  back <- utils::read.csv(artifact_path(store, "table.csv"), check.names = FALSE, encoding = "UTF-8")
  expect_identical(back[1:4], table[1:4])
  expect_identical(back$f, c("u", "v", NA))
  expect_identical(back$d, c("2020-02-28", "2020-02-29", "2020-03-01"))
  expect_identical(readLines(artifact_path(store, "empty.csv")), "\"x\",\"n\",\"b\",\"a \"\"name\"\"\",\"f\",\"d\"")
})

test_that("files are copied, linked or moved in", {
  store <- new_store()
  run <- open_run(store)
  file <- tempfile("file", fileext = ".dat")
  writeLines("content", file)
  capture_file(run, "copied", file)
  capture_file(run, "moved", file, mode = "move", kind = "notes", metadata = list(a = 1L))
  expect_false(file.exists(file))
  expect_error(capture_file(run, "gone", file), class = "metalab_error_not_found")
  capture_finish(run)
  expect_identical(readLines(artifact_path(store, "copied.dat")), "content")
  expect_identical(readLines(artifact_path(store, "moved.dat")), "content")
})

test_that("streams are written piece by piece", {
  store <- new_store()
  run <- open_run(store)
  stream <- capture_stream(run, "s", format = "csv", kind = "table")
  expect_output(print(stream), "metalab_stream")
  stream_write(stream, c("a,b", "1,\u00e9"))
  stream_write(stream, charToRaw("2,3"))
  capture_seal(stream, metadata = list(rows = 2L))
  expect_error(stream_write(stream, "late"), class = "metalab_error_closed")
  expect_error(capture_seal(stream), class = "metalab_error_closed")
  given_up <- capture_stream(run, "gone")
  stream_write(given_up, "x")
  capture_abandon(given_up)
  left <- capture_stream(run, "left")
  stream_write(left, "kept")
  capture_finish(run)
  expect_identical(readLines(artifact_path(store, "s.csv"), encoding = "UTF-8"), c("a,b", "1,\u00e9", "2,3")) |>
    suppressWarnings() # the last line has no end
  expect_false(file.exists(artifact_path(store, "gone.txt")))
  expect_identical(readLines(artifact_path(store, "left.txt")), "kept")
})

test_that("names and arguments that can't be are refused with the library's message", {
  store <- new_store()
  run <- open_run(store)
  expect_error(capture_metric(run, "", 1), class = "metalab_error_name")
  expect_error(capture_metric(run, strrep("x", 300), 1), class = "metalab_error_name")
  expect_error(capture_metric(run, NA_character_, 1), class = "metalab_error_value")
  expect_error(capture_metric(run, c("a", "b"), 1), class = "metalab_error_value")
  expect_error(capture_metric("run", "a", 1), "run:", class = "metalab_error_value")
  expect_error(capture_data(run, "a", list(1), metadata = list(1)), class = "metalab_error_value")
  error <- expect_error(capture_metric(run, "", 1), class = "metalab_error")
  expect_match(conditionMessage(error), "metalab_capture_metric: ")
  expect_identical(error$name, "METALAB_ERR_NAME")
  expect_identical(deparse(conditionCall(error)), "capture_metric(run, \"\", 1)")
  capture_finish(run)
  expect_error(capture_metric(run, "late", 1), class = "metalab_error_closed")
  expect_error(capture_log(run, "late"), class = "metalab_error_closed")
  expect_error(capture_open(store, experiment = "test:1.0", params = list(x = NaN)), class = "metalab_error")
  expect_error(capture_open(store, experiment = "test:1.0", seed = -1), class = "metalab_error_value")
  expect_error(capture_open(store, experiment = "test:1.0", seed = 1.5), class = "metalab_error_value")
  expect_error(capture_open(store, experiment = "test:1.0", seed = "1x"), class = "metalab_error_value")
  expect_error(capture_open("http://somewhere", experiment = "test:1.0"), class = "metalab_error")
})

test_that("identity is that of Python", {
  # 2^64 - 1 has more digits than a double.
  expect_identical(metalab_derive_seed(42, "noise", as = "digits"), metalab_derive_seed("42", "noise", as = "digits"))
  expect_false(identical(
    metalab_derive_seed("18446744073709551615", "n", as = "digits"), metalab_derive_seed("18446744073709551614", "n", as = "digits")
  ))
  digits <- metalab_derive_seed(42, "noise", replicate = 3, as = "digits")
  expect_match(digits, "^[0-9]+$")
  seed <- metalab_derive_seed(42, "noise", replicate = 3)
  expect_type(seed, "integer")
  set.seed(seed)
  store <- new_store()
  run <- capture_open(store, experiment = "test:1.0", params = list(n = 4L, dt = 0.5), seed = 42, replicate = 3, code_hash = "c")
  expect_identical(capture_derive_seed(run, "noise", as = "digits"), digits)
  expect_identical(capture_derive_seed(run, "noise"), seed)
  expect_identical(capture_id(run), metalab_run_id("test:1.0", list(dt = 0.5, n = 4L), seed = 42, replicate = 3, code_hash = "c"))
  capture_finish(run)
  expect_identical(canonical_json(list(b = 1L, a = c(TRUE, NA), c = "\u00e9")), "{\"a\":[true,null],\"b\":1,\"c\":\"\\u00e9\"}")
  # The SHA-256 of {} begins so.
  expect_identical(metalab_fingerprint(structure(list(), names = character())), "44136fa355b3678a")
  expect_error(canonical_json(NaN), class = "metalab_error_json")
  expect_match(metalab_version(), "^[0-9]+[.][0-9]+[.][0-9]+$")
})
