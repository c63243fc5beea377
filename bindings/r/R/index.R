# The index in PostgreSQL of a store.

index_rebuild <- function(store = NULL, experiment = NULL, progress = NULL) {
  .Call(C_index_rebuild, store, experiment, progress)
}
