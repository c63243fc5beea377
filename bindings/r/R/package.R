# Loading. What the C code registers is C_NAME here: see NAMESPACE.

#' Capture a Simulation's Runs into a 'metalab' Store
#'
#' Keeps track of a simulation's runs: metrics, series, structured data, arrays, files, figures and
#' logs in a store of the Python package \pkg{metalab}. Once a call returns, its data is in a memory-mapped journal
#' and survives the death of R. [load_runs()] and [load_run()] read runs back.
#'
#' @details A run is opened by [with_capture()], [local_capture()] or
#' [capture_open()]. Functions that record something take the run first and return it, so
#' that they can be piped. Every option has an environment variable, as in the C interface
#' (\env{METALAB_STORE}, \env{METALAB_EXPERIMENT}, and so on); with \env{METALAB_DISABLED=1} every
#' call succeeds and leaves nothing behind.
#' @section How R's values are recorded:
#' \describe{
#'   \item{\code{NA}}{is a missing value. In JSON it is \code{null}; a metric or point that is \code{NA} is
#'     not recorded. In the arrays of an artifact, a float \code{NA} is a NaN with R's mark, which only R
#'     distinguishes from other NaN; in those of [capture_data()] it is NaN. Integer, logical and \code{integer64}
#'     arrays with \code{NA} are stored as floats.}
#'   \item{\code{NaN}, \code{Inf}}{are values, and recorded as they are.}
#'   \item{numbers}{\code{256} is a float in R and stays one; an integer is \code{256L}. That matters
#'     for parameters, from which a run's id follows: Python's \code{256} is R's \code{256L}.}
#'   \item{vectors of length 1}{are single values in JSON, unless they are marked by
#'     \code{\link{I}()}, have dimensions, or are columns of a data frame.}
#'   \item{vectors and lists with names}{are JSON objects, whose members have no order; lists without names are JSON arrays. A vector
#' with names comes back as one.}
#'   \item{names, dimnames, time series, tables, units}{of arrays, and row names, order and types of columns of
#'     data frames, are in the metadata, as \code{R}, from which this package restores them.
#'     Anything else is an error: units and time series in JSON, in tables and as metrics, lists and
#'     matrices as columns of a csv, dimnames within lists, classes that the package does not know.}
#'   \item{factors}{are the texts of their levels; the levels are in the metadata, too.}
#'   \item{\code{Date}, \code{POSIXct}, \code{POSIXlt}}{are texts in ISO 8601, times in UTC, all of a vector with or without a
#'     fraction of a second.}
#'   \item{\code{integer64}}{(of package \pkg{bit64}) are integers, with all digits.}
#'   \item{complex numbers}{are complex in arrays, and \code{[re, im]} in JSON.}
#'   \item{arrays}{keep their dimensions, types and R's order of elements: numpy sees the same shape.}
#' }
#' @section Processes:
#' After a fork, as by `parallel::mclapply`, a run belongs to the parent: recording to it in a
#' child is an error of class `metalab_error_closed` (see [metalab_error]). Children return
#' values, and the parent records them; or a child opens a run of its own, or joins its parent's as a
#' worker, see [capture_rank()].
#'
#' A run that nobody has finished when R quits or drops it ends as \dQuote{failed}. So does, with the
#' next run of its experiment or by [recover_runs()], one whose process was killed.
#' @examples
#' store <- tempfile("store")
#' with_capture(store, experiment = "decay:1.0", params = list(rate = 0.5), seed = 42, {
#'   x <- 1
#'   for (step in 1:10) {
#'     x <- x * 0.5
#'     capture_metric(run, "x", x, step = step)
#'   }
#'   capture_metric(run, "final", x)
#' })
#' list.files(store, recursive = TRUE)
#' @keywords package
#' @name metalab-package
#' @aliases metalab
#' @docType package
#' @useDynLib metalab, .registration = TRUE, .fixes = "C_"
#' @importFrom stats median quantile
#' @importFrom utils head str tail
NULL

# The directory in which R was when the package was loaded: a script's path may be relative to it.
started <- new.env(parent = emptyenv())

.onLoad <- function(libname, pkgname) {
  started$directory <- getwd()
  abi <- .Call(C_abi)
  if (abi[[1]] != abi[[2]]) {
    stop(
      "the library libmetalab that was found has ABI ", abi[[2]], " (version ", .Call(C_version),
      "), and the package metalab was installed for ABI ", abi[[1]], ": install the package again",
      call. = FALSE
    )
  }
}

# The C code stays when the namespace is unloaded: handles may outlive it.

#' @rdname metalab_run_id
#' @export
metalab_version <- function() .Call(C_version)

# Called by the C code, for integers beyond 2^53.
has_bit64 <- function() requireNamespace("bit64", quietly = TRUE)

# One text, where several would be a mistake.
one_text <- function(x, argument) {
  if (!is.character(x) || length(x) != 1 || is.na(x)) refuse(argument, ": one text is wanted")
  x
}
