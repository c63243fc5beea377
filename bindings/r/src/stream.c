/* Artifacts of unknown length. */
#include "package.h"

enum { OF_RUN = MEMORY + 1, KEPT };

static SEXP stream_tag(void) { return Rf_install("metalab_stream"); }

/* Nobody sealed it: what it holds is given up, unless its run has ended and kept it. */
static void finalise(SEXP stream) {
  struct handle *handle = R_ExternalPtrAddr(stream);
  if (handle == NULL) return;
  metalab_stream_abandon(handle->token);
  handle->token = NULL;
}

static struct handle *stream_of(SEXP stream) {
  struct handle *handle = handle_of(stream, stream_tag(), "stream: one of capture_stream()");
  if (handle->is_ended) raise_status(METALAB_ERR_CLOSED, "stream: it was sealed or abandoned");
  return handle;
}

SEXP ml_stream(SEXP run, SEXP name, SEXP kind, SEXP format, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *what = text(kind, "kind"), *coded = text(format, "format");
  const char *more = json_object(metadata, "metadata");
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SEXP handle = PROTECT(new_handle("metalab_stream", "metalab_stream", kept, sizeof(struct handle)));
  SET_VECTOR_ELT(kept, OF_RUN, run);
  R_RegisterCFinalizer(handle, finalise);
  metalab_stream_t *stream = NULL;
  check(metalab_capture_stream(capture, which, what, coded, more, &stream));
  stream_of(handle)->token = stream;
  UNPROTECT(2);
  return handle;
}

SEXP ml_stream_write(SEXP handle, SEXP bytes) {
  metalab_stream_t *stream = stream_of(handle)->token;
  if (TYPEOF(bytes) != RAWSXP) refuse("bytes: a raw vector is wanted");
  check(metalab_stream_write(stream, RAW_RO(bytes), (size_t)XLENGTH(bytes)));
  return R_NilValue;
}

SEXP ml_stream_metadata(SEXP handle, SEXP metadata) {
  metalab_stream_t *stream = stream_of(handle)->token;
  check(metalab_stream_set_metadata(stream, json_object(metadata, "metadata")));
  return R_NilValue;
}

SEXP ml_stream_end(SEXP handle, SEXP keep) {
  const int kept = truth(keep, "keep");
  struct handle *of = stream_of(handle);
  metalab_stream_t *stream = of->token;
  of->token = NULL;
  of->is_ended = 1;
  check(kept ? metalab_stream_seal(stream) : metalab_stream_abandon(stream));
  return R_NilValue;
}
