# The index in PostgreSQL of a store.

#' Make the Index of a Store Anew
#'
#' A run whose store is `"postgresql://user@host/db?file_root=/path"` goes to the files in
#' \file{/path}, and to an index in PostgreSQL that the Python package queries. What is missing there,
#' because the server was away or because the files were written without an index, is brought in from
#' the files. It may be done at any time, also while runs go on.
#'
#' @param store a locator as above; else \env{METALAB_STORE}.
#' @param experiment `"name:version"`; else all of the store's.
#' @param progress a function of two numbers, of how many runs how many are done, which is called now
#'   and then, about every 1000 runs. Where it returns `FALSE`, the work stops.
#' @details A run's end waits for the index for at most the `index_wait` seconds of
#' [capture_open()]. Whether it is behind then, `capture_summary(run, "health")$index`
#' says.
#' @return How many runs the index has now of what was asked for. Where `progress` stopped the work, that is
#' an error of class `metalab_error_stopped` (see [metalab_error]). An error of
#' `progress`, or an interrupt (Ctrl-C), stops the work as well, and goes on as it would have. What
#' was brought in by then stays.
#' @examples
#' \dontrun{
#' index_rebuild("postgresql://host/runs?file_root=/data", progress = function(done, total) {
#'   cat(done, "of", total, "\n")
#' })
#' }
#' # A directory has no index.
#' try(index_rebuild(tempdir()))
#' @export
index_rebuild <- function(store = NULL, experiment = NULL, progress = NULL) {
  .Call(C_index_rebuild, store, experiment, progress)
}
