/* Handles of the library's objects: external pointers to a struct handle, which lies in memory of R's that the
 * pointer protects. R gives a pointer that went to another process, or came back from a file, no address:
 * so it is told from what was skipped or has ended here. */
#include "package.h"

#include <string.h>
#include <unistd.h>

/* The process that made the handle of the call that is under way. */
static int maker;

SEXP new_handle(const char *tag, const char *class, SEXP kept, size_t size) {
  SEXP memory = Rf_allocVector(RAWSXP, (R_xlen_t)size);
  SET_VECTOR_ELT(kept, MEMORY, memory);
  memset(RAW(memory), 0, size);
  struct handle *handle = (struct handle *)RAW(memory);
  handle->pid = (int)getpid();
  SEXP pointer = PROTECT(R_MakeExternalPtr(handle, Rf_install(tag), kept));
  if (class != NULL) {
    SEXP name = PROTECT(Rf_mkString(class));
    Rf_setAttrib(pointer, R_ClassSymbol, name);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return pointer;
}

int is_handle(SEXP x, SEXP tag) { return TYPEOF(x) == EXTPTRSXP && R_ExternalPtrTag(x) == tag; }

struct handle *handle_of(SEXP x, SEXP tag, const char *wanted) {
  if (!is_handle(x, tag)) refuse("%s is wanted", wanted);
  struct handle *handle = R_ExternalPtrAddr(x);
  if (handle == NULL) raise_foreign();
  maker = handle->pid;
  return handle;
}

#define WAY                                                                                           \
  "A process takes part in a run by joining it as a worker: capture_open(store, experiment = ..., "   \
  "run_id = capture_id(run), role = \"worker\", worker = \"name:1\"), see help(capture_rank)."

void raise_foreign(void) {
  raise_status(METALAB_ERR_CLOSED, "this handle was made by another process, or comes from a saved workspace or file: "
                                   "nothing can be recorded by it here. " WAY);
}

/* The end of the message about a handle that is closed because it is the parent's. */
const char *way_of_child(metalab_status_t status) {
  return status == METALAB_ERR_CLOSED && maker != 0 && maker != (int)getpid()
             ? " This process was forked from the one that has the run open. " WAY
             : "";
}
