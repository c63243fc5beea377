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
