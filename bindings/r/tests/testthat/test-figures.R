magic <- list(png = as.raw(c(0x89, 0x50, 0x4e, 0x47)), svg = charToRaw("<?xml"), pdf = charToRaw("%PDF"))

expect_figure <- function(store, name, format) {
  path <- artifact_path(store, paste0(name, ".", format))
  expect_identical(readBin(path, "raw", length(magic[[format]])), magic[[format]])
  file.size(path)
}

test_that("plots of every kind become figures of every format", {
  skip_if_not(capabilities("cairo"))
  store <- new_store()
  run <- open_run(store)
  devices <- grDevices::dev.list()
  recorded <- {
    grDevices::pdf(NULL)
    grDevices::dev.control("enable")
    plot(1:3)
    plot <- grDevices::recordPlot()
    grDevices::dev.off()
    plot
  }
  plot <- graphics::plot
  for (format in names(magic)) {
    capture_figure(run, "expression", plot(1:10), format = format)
    capture_flush(run)
    expect_gt(expect_figure(store, "expression", format), 500)
    capture_figure(run, "block", {
      plot(1:10)
      graphics::lines(1:10)
      invisible(3)
    }, format = format, metadata = list(axis = "x"))
    capture_figure(run, "function", function() graphics::hist(c(1, 2, 2, 3)), format = format)
    capture_figure(run, "recorded", recorded, format = format)
    capture_figure(run, "grid", grid::rectGrob(width = 0.5), format = format)
    if (requireNamespace("ggplot2", quietly = TRUE)) {
      capture_figure(run, "gg", ggplot2::ggplot(cars, ggplot2::aes(speed, dist)) + ggplot2::geom_point(), format = format)
      capture_flush(run)
      expect_figure(store, "gg", format)
    }
    capture_flush(run)
    for (name in c("block", "function", "recorded", "grid")) expect_figure(store, name, format)
  }
  expect_identical(grDevices::dev.list(), devices)
  capture_finish(run)
  figure <- Filter(function(artifact) artifact$name == "block", read_record(store)$artifacts)[[1]]
  expect_identical(figure[c("kind", "format")], list(kind = "image", format = "pdf"))
  expect_identical(figure$metadata$axis, "x")
})

test_that("what draws nothing, or fails, leaves no device and no figure", {
  store <- new_store()
  run <- open_run(store)
  devices <- grDevices::dev.list()
  expect_error(capture_figure(run, "nothing", 1 + 1, format = "png"), "nothing was drawn", class = "metalab_error_value")
  expect_error(capture_figure(run, "fails", stop("no plot"), format = "pdf"), "no plot")
  expect_identical(grDevices::dev.list(), devices)
  capture_finish(run)
  expect_length(read_record(store)$artifacts, 0)
})

test_that("the open device stays the current one", {
  store <- new_store()
  run <- open_run(store)
  grDevices::pdf(NULL)
  mine <- grDevices::dev.cur()
  grDevices::pdf(NULL)
  grDevices::dev.set(mine)
  capture_figure(run, "p", plot(1), format = "pdf")
  expect_identical(grDevices::dev.cur(), mine)
  grDevices::graphics.off()
  capture_finish(run)
})

test_that("images and fields are taken as they are", {
  store <- new_store()
  run <- open_run(store)
  capture_image(run, "grey", matrix(0:5 * 50L, 2))
  capture_image(run, "colour", array(runif(24), c(2, 4, 3)))
  capture_image(run, "raster", grDevices::as.raster(matrix(c(0, 0.5, 1, 0.25), 2)))
  capture_image(run, "encoded", charToRaw("GIF89a"), format = "gif")
  capture_field(run, "field", matrix(1:12 / 3, 3), colormap = "diverging", range = c(-4, 4), origin = "lower", scale = 2)
  expect_error(capture_image(run, "bad", "x"), class = "metalab_error_value")
  expect_error(capture_image(run, "bad", matrix(300L, 2, 2)), class = "metalab_error_value")
  expect_error(capture_image(run, "bad", matrix(NaN, 2, 2)), class = "metalab_error_value")
  expect_error(capture_image(run, "bad", array(0L, c(2, 2, 2))), class = "metalab_error_value")
  expect_error(capture_field(run, "bad", 1:3), class = "metalab_error_value")
  expect_error(capture_field(run, "bad", matrix(1), range = 1), class = "metalab_error_value")
  capture_finish(run)
  for (name in c("grey", "colour", "raster", "field")) expect_figure(store, name, "png")
  size <- function(name) {
    bytes <- readBin(artifact_path(store, paste0(name, ".png")), "raw", 26)
    as.integer(bytes[c(20, 24, 26)]) # width, height, type of colour
  }
  expect_identical(size("grey"), c(3L, 2L, 0L))
  expect_identical(size("colour"), c(4L, 2L, 2L))
  expect_identical(size("raster"), c(2L, 2L, 6L))
  expect_identical(size("field")[1:2], c(8L, 6L))
  field <- Filter(function(artifact) artifact$name == "field", read_record(store)$artifacts)[[1]]
  expect_identical(field$metadata[c("vmin", "vmax")], list(vmin = -4, vmax = 4))
  expect_identical(readBin(artifact_path(store, "encoded.gif"), "raw", 6), charToRaw("GIF89a"))
})
