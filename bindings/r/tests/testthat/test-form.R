# The attributes of a value are kept or refused, never garbled.

round_trip <- function(value, how = capture_artifact, back = run_artifact, ...) {
  store <- new_store()
  run <- open_run(store)
  how(run, "value", value, ...)
  capture_finish(run)
  back(load_run(store, "run"), "value")
}

test_that("arrays keep names, dimensions' names, times and units", {
  values <- list(
    c(a = 1, b = 2), matrix(1:4, 2, dimnames = list(c("r", "s"), NULL)),
    matrix(1:4, 2, dimnames = list(row = c("r", "s"), column = c("x", "y"))),
    array(1:24 / 2, 2:4), ts(1:24 / 2, start = c(2020, 3), frequency = 12), table(c("u", "v", "u")),
    table(a = c(1, 1, 2), b = c("x", "y", "y")), as.difftime(c(1, 2), units = "hours"), c(1L, NA), c(TRUE, NA, FALSE),
    as.raw(1:3), matrix(as.raw(1:4), 2), array(1:3, 3), c(1 + 2i, NA), NaN, c(-Inf, NA, NaN), numeric(), c(a = TRUE)
  )
  for (value in values) {
    if (is.raw(value)) {
      expect_identical(round_trip(value, format = "npz"), value)
    } else {
      expect_identical(round_trip(value), value)
    }
    if (length(value) > 1 && (is.null(names(value)) || !is.null(dim(value)))) {
      expect_identical(round_trip(value, capture_data, run_data), value)
    }
  }
  pair <- list(v = c(x = 1, y = 2), u = matrix(1:4, 2), t = ts(1:3))
  expect_identical(round_trip(pair), pair)
})

test_that("vectors with names, factors and times come back from JSON", {
  values <- list(
    c(a = 1, b = NA), c(b = 2L, a = 1L), c(p = "x", q = NA), c(one = TRUE), factor(c("b", "a", NA)),
    factor(c("lo", "hi"), c("lo", "mid", "hi"), ordered = TRUE), as.Date("2020-01-01") + 0:1, factor("a"),
    as.POSIXct(c(0, 1.5, 1e9), origin = "1970-01-01", tz = "UTC"), factor(c(x = "u", y = "v"))
  )
  for (value in values) {
    expect_identical(round_trip(value, capture_data, run_data), value)
    if (!is.numeric(value) && !is.logical(value)) expect_identical(round_trip(value), value)
  }
})

test_that("levels of factors, lists, matrices and empty texts in data frames are kept", {
  frame <- data.frame(a = factor(c("b", "a"), c("b", "a", "z")), b = factor(c("lo", "hi"), c("lo", "hi"), ordered = TRUE))
  expect_identical(round_trip(frame), frame)
  expect_identical(round_trip(frame, capture_data, run_data), frame)
  expect_identical(round_trip(frame[0, ]), frame[0, ])
  texts <- data.frame(a = c("x\ny", "q\"z", ""))
  expect_identical(round_trip(texts), texts)
  frame$l <- list(1, c("a", "b"))
  frame$m <- matrix(1:4, 2)
  expect_identical(round_trip(frame, capture_data, run_data), frame)
  expect_identical(round_trip(frame, format = "json"), frame)
})

test_that("arrays that R knows more of are refused", {
  store <- new_store()
  run <- open_run(store)
  for (bad in list(
    structure(1:3, class = "mine"), structure(c(1, 2), unit = "K"), structure(list(a = 1:2), class = "mine"),
    xtabs(~cyl, mtcars)
  )) {
    expect_error(capture_artifact(run, "x", bad, format = "npz"), class = "metalab_error_value")
  }
  expect_error(capture_artifact(run, "x", c(a = 1, b = 2), metadata = list(R = 1)), class = "metalab_error_value")
  for (bad in list(
    list(as.difftime(1, units = "mins")), list(ts(1:3)), list(table(1:2)), list(matrix(1:4, 2, dimnames = list(1:2, NULL))),
    list(structure(1, class = "mine")), list(data.frame(a = 1, row.names = "r"))
  )) {
    expect_error(capture_artifact(run, "x", bad), class = "metalab_error_value")
    expect_error(capture_data(run, "x", bad), class = "metalab_error_value")
  }
  expect_error(capture_metric(run, "x", as.difftime(1, units = "mins")), class = "metalab_error_value")
  expect_error(capture_metrics(run, x = as.difftime(1, units = "mins")), class = "metalab_error_value")
  expect_error(capture_series(run, "s")(1, as.difftime(1, units = "mins")), class = "metalab_error_value")
  capture_metric(run, "median", quantile(1:3, 0.5)) # a name is no unit
  capture_finish(run)
})

test_that("tables keep the order of columns, row names, types and texts", {
  frame <- data.frame(
    z = c(0.1, NaN, NA), n = c(1L, NA, 3L), b = c(TRUE, NA, FALSE), s = c("NA", NA, "1"), "a b" = c("x,\"y\"\nz", "", "d\u00e9"),
    f = factor(c("u", NA, "NA")), d = as.Date("2020-02-28") + 0:2,
    t = as.POSIXct(c(0, 0.5, NA), origin = "1970-01-01", tz = "UTC"), check.names = FALSE, row.names = c("p", "q", "r")
  )
  expect_identical(round_trip(frame), frame)
  expect_identical(round_trip(unname(frame["z"]) |> setNames("z")), frame["z"])
  json <- round_trip(frame, format = "json")
  expect_identical(json[names(json) != "f"], frame[names(frame) != "f"])
  expect_identical(as.character(json$f), as.character(frame$f))
  data <- round_trip(frame, capture_data, run_data)
  expect_identical(data[names(data) != "f"], frame[names(frame) != "f"])
  expect_identical(round_trip(mtcars), mtcars)
  expect_identical(round_trip(mtcars, capture_data, run_data), mtcars)
  nothing <- frame[0, c("z", "s", "d")]
  row.names(nothing) <- NULL
  expect_identical(round_trip(nothing), nothing)
  lists <- data.frame(id = 1:2)
  lists$values <- list(c(1, 2), "x")
  back <- round_trip(lists, capture_data, run_data)
  expect_identical(back$id, lists$id)
  expect_identical(lapply(back$values, identity), lists$values)
  # The members of a list are those of an object of JSON, which has no order: nothing is added for them.
  store <- new_store()
  run <- open_run(store)
  capture_data(run, "list", list(z = 1L, a = list(NaN, 2), m = "x"))
  capture_finish(run)
  expect_identical(run_data(load_run(store, "run"), "list"), list(a = c(NaN, 2), m = "x", z = 1L))
  expect_length(read_result(store, "list")$metadata, 0)
})

test_that("what csv has no place for is refused", {
  store <- new_store()
  run <- open_run(store)
  frame <- data.frame(id = 1:2)
  for (column in list(
    list(1, "x"), matrix(1:4, 2), data.frame(a = 1:2), as.difftime(c(1, 2), units = "mins"), ts(1:2), table(1:2),
    structure(c(1, 2), class = "mine")
  )) {
    frame$x <- column
    expect_error(capture_artifact(run, "x", frame), "column x", class = "metalab_error_value")
  }
  taken <- data.frame(row.names = c("a", "b"), v = 1:2)
  taken$row.names <- 1:2
  expect_error(capture_artifact(run, "x", taken), "row.names", class = "metalab_error_value")
  capture_finish(run)
})

test_that("times of one column have one form", {
  times <- as.POSIXct(c(0, 0.5), origin = "1970-01-01", tz = "UTC")
  expect_identical(metalab:::described(times), c("1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.500000Z"))
  expect_identical(metalab:::described(times[1]), "1970-01-01T00:00:00Z")
  expect_identical(metalab:::to_json(list(t = times)),
    "{\"t\": [\"1970-01-01T00:00:00.000000Z\", \"1970-01-01T00:00:00.500000Z\"]}")
})

test_that("a form that does not fit is left out", {
  with_form <- metalab:::with_array_form
  expect_identical(with_form(1:3, list(names = list("a"))), structure(1:3, names = c("a", NA, NA)))
  expect_identical(with_form(1:3, list(dimnames = list(list("a")))), 1:3)
  expect_identical(with_form(1:3, list(dim = list(7L))), 1:3)
  expect_identical(with_form(1:3, list(class = list("factor", "environment"))), 1:3)
  expect_identical(with_form(1:3, "nonsense"), 1:3)
  expect_identical(metalab:::with_json_form(list(a = 1), list(class = "data.frame", columns = list("b", "c"), types = list("x"))), list(a = 1))
})

test_that("NA of each type, tibbles and NULL come back", {
  store <- new_store()
  run <- open_run(store)
  frame <- data.frame(
    i = c(1L, NA), d = c(1, NA), s = c("a", NA), b = c(NA, TRUE), f = factor(c("u", NA)), day = as.Date(c("2020-01-01", NA))
  )
  # Made like tibbles, which the tests do without.
  tibble <- structure(frame, class = c("tbl_df", "tbl", "data.frame"))
  with_list <- structure(list(x = 1:2, l = list(1, "a")), row.names = 1:2, class = c("tbl_df", "tbl", "data.frame"))
  values <- list(
    frame = frame, integer = c(1L, NA), double = c(1, NA, 2), logical = c(TRUE, NA), text = c("a", NA),
    matrix = matrix(c(1L, NA, 3L, 4L), 2), null = list(a = NULL, b = 1), nested = list(a = list(b = c(NA, "x"), c = NULL)),
    single_integer = NA_integer_, single_double = NA_real_, empty = data.frame()
  )
  for (name in names(values)) capture_artifact(run, name, values[[name]])
  capture_artifact(run, "tibble", tibble, metadata = structure(list(a = NA_character_), row.names = 1L, class = class(tibble)))
  capture_artifact(run, "single_text", NA_character_)
  expect_error(capture_artifact(run, "list", with_list), "column l is a list", class = "metalab_error_value")
  expect_error(capture_artifact(run, "lines", c("a", NA), format = "txt"), "NA is no text", class = "metalab_error_value")
  capture_data(run, "tibble", tibble)
  capture_data(run, "list", with_list)
  capture_data(run, "null", list(a = NULL, b = list(NULL, NA)))
  capture_metrics(run, structure(list(a = 1, b = 2L), row.names = 1L, class = class(tibble)), step = 1)
  capture_finish(run)
  back <- load_run(store)
  for (name in names(values)) expect_identical(run_artifact(back, name), values[[name]], info = name)
  expect_identical(run_artifact(back, "tibble"), frame)
  expect_null(run_artifact(back, "single_text"))
  expect_identical(run_data(back, "tibble"), frame)
  expect_identical(run_data(back, "list")$l, list(1, "a"))
  expect_identical(read_result(store, "null")$data, list(a = NULL, b = list(NULL, NULL)))
  artifacts <- run_artifacts(back)
  expect_null(artifacts$metadata[[match("tibble", artifacts$name)]]$a)
})
