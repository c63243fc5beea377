# Figures.

# Draws what is a drawing by its class; what drew itself while it was evaluated is left alone.
draw <- function(value) {
  if (is.function(value)) {
    draw(value())
  } else if (inherits(value, "recordedplot")) {
    grDevices::replayPlot(value)
  } else if (inherits(value, c("ggplot", "gg", "trellis"))) {
    print(value)
  } else if (inherits(value, c("grob", "gList", "gTree"))) {
    grid::grid.newpage()
    grid::grid.draw(value)
  }
}

open_device <- function(format, file, width, height, dpi) {
  switch(format,
    png = {
      type <- if (capabilities("cairo")) "cairo" else getOption("bitmapType")
      grDevices::png(file, width = width, height = height, units = "in", res = dpi, type = type)
    },
    svg = grDevices::svg(file, width = width, height = height),
    pdf = grDevices::pdf(file, width = width, height = height, onefile = FALSE)
  )
}

#' Figures
#'
#' `capture_figure()` draws a plot into a png, svg or pdf; `capture_image()` takes an image;
#' `capture_field()` has the library draw a matrix with a colour map.
#'
#' @param run a run.
#' @param name a text.
#' @param plot an expression that draws, such as `plot(x, y)` or a block; a function that does; a
#'   plot of [recordPlot()]; a grid object; a plot of \pkg{ggplot2} or \pkg{lattice}.
#' @param format the figure's format; of an image that is encoded, its extension.
#' @param width,height inches.
#' @param dpi dots per inch, for png.
#' @param image a raw vector that is an encoded image; a raster, as of
#'   [grDevices::as.raster()]; or pixels, rows by columns, or rows by columns by channels
#'   (1, 3 or 4), integers from 0 to 255 or floats from 0 to 1.
#' @param field a matrix; row 1 is at the top, unless `origin` is `"lower"`.
#' @param colormap for signed values take `"diverging"`, with a range that is symmetric about 0.
#' @param range the values of the map's ends; else the smallest and the largest finite one.
#' @param logarithmic whether colours follow the logarithm.
#' @param origin where row 1 is.
#' @param scale pixels of a cell's side; 0 for as many as make a picture to look at, with a colour bar that
#'   has the range and `unit` of the metadata.
#' @param metadata a list with names.
#' @details The device that was open is so afterwards, and is not drawn on.
#' @return The run, invisibly.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_figure(run, "parabola", plot((1:10)^2, type = "b"), format = "pdf")
#' capture_figure(run, "box", grid::rectGrob(width = 0.5), format = "pdf")
#' capture_field(run, "waves", outer(1:40, 1:40, function(i, j) sin(i / 5) * cos(j / 5)))
#' capture_image(run, "pixels", array(runif(48), c(4, 4, 3)))
#' capture_finish(run)
#' @export
capture_figure <- function(run, name, plot, format = c("png", "svg", "pdf"), width = 7, height = 5, dpi = 150,
                           metadata = NULL) {
  format <- match.arg(format)
  directory <- tempfile("metalab")
  dir.create(directory)
  on.exit(unlink(directory, recursive = TRUE))
  file <- file.path(directory, paste0("figure.", format))
  before <- grDevices::dev.cur()
  open_device(format, file, width, height, dpi)
  device <- grDevices::dev.cur()
  close_device <- function() {
    if (device %in% grDevices::dev.list()) grDevices::dev.off(device)
    if (before %in% grDevices::dev.list()) grDevices::dev.set(before)
  }
  # The device is open: an expression draws into it here, where it is evaluated.
  tryCatch(draw(plot), finally = close_device())
  bytes <- if (file.exists(file)) readBin(file, "raw", file.size(file)) else raw()
  if (length(bytes) == 0) refuse("plot: nothing was drawn")
  capture_image(run, name, bytes, format = format, metadata = metadata)
}

# Bytes that are encoded already, pixels of 0..255 or 0..1, or a raster.
#' @rdname capture_figure
#' @export
capture_image <- function(run, name, image, format = "png", metadata = NULL) {
  if (is.raw(image) && is.null(dim(image))) {
    .Call(C_figure_bytes, run, name, image, format, metadata)
    return(invisible(run))
  }
  if (inherits(image, "raster")) {
    channels <- grDevices::col2rgb(as.vector(image), alpha = TRUE)
    # A raster lies row by row, as the pixels do.
    return(send_pixels(run, name, as.raw(channels), ncol(image), nrow(image), 4L, metadata))
  }
  size <- dim(image)
  if (!is.numeric(image) && !is.raw(image) || !(length(size) %in% 2:3)) {
    refuse("image: encoded bytes, a raster, or pixels as rows x columns (x channels) are wanted")
  }
  channels <- if (length(size) == 3) size[[3]] else 1L
  if (!is.raw(image)) {
    if (is.double(image)) image <- round(image * 255)
    if (anyNA(image) || any(image < 0 | image > 255)) refuse("image: pixels are whole numbers to 255, or floats to 1")
  }
  pixels <- as.raw(aperm(array(image, c(size[1:2], channels)), c(3, 2, 1)))
  send_pixels(run, name, pixels, size[[2]], size[[1]], channels, metadata)
}

send_pixels <- function(run, name, pixels, width, height, channels, metadata) {
  .Call(C_figure_pixels, run, name, pixels, as.integer(c(width, height, channels)), metadata)
  invisible(run)
}

#' @rdname capture_figure
#' @export
capture_field <- function(run, name, field, colormap = c("viridis", "magma", "diverging", "gray"), range = NULL,
                          logarithmic = FALSE, origin = c("upper", "lower"), scale = 0L, metadata = NULL) {
  if (!isTRUE(logarithmic) && !isFALSE(logarithmic)) refuse("logarithmic: TRUE or FALSE is wanted")
  if (!is.numeric(scale) || length(scale) != 1 || is.na(scale)) refuse("scale: one whole number is wanted")
  colormaps <- c("viridis", "magma", "diverging", "gray")
  style <- c(match(match.arg(colormap), colormaps) - 1L, logarithmic, match.arg(origin) == "lower", scale)
  if (!is.null(range) && (!is.numeric(range) || length(range) != 2)) refuse("range: two numbers are wanted")
  .Call(C_figure_field, run, name, field, as.integer(style), if (!is.null(range)) as.double(range), metadata)
  invisible(run)
}
