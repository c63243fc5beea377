/* Artifacts of unknown length. */
#include "package.h"

static SEXP stream_tag(void) { return Rf_install("metalab_stream"); }

/* Nobody sealed it: what it holds is given up, unless its run has ended and kept it. */
static void finalise(SEXP stream) {
  metalab_stream_abandon(R_ExternalPtrAddr(stream));
  R_ClearExternalPtr(stream);
}

static metalab_stream_t *stream_of(SEXP stream) {
  if (TYPEOF(stream) != EXTPTRSXP || R_ExternalPtrTag(stream) != stream_tag()) refuse("stream: a stream is wanted");
  if (R_ExternalPtrAddr(stream) == NULL && R_ExternalPtrAddr(R_ExternalPtrProtected(stream)) != NULL)
    raise_status(METALAB_ERR_CLOSED, "stream: it was sealed or abandoned");
  return R_ExternalPtrAddr(stream);
}

SEXP ml_stream(SEXP run, SEXP name, SEXP kind, SEXP format, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *what = text(kind, "kind"), *coded = text(format, "format");
  const char *more = json_object(metadata, "metadata");
  SEXP handle = PROTECT(R_MakeExternalPtr(NULL, stream_tag(), run));
  SEXP class = PROTECT(Rf_mkString("metalab_stream"));
  Rf_setAttrib(handle, R_ClassSymbol, class);
  R_RegisterCFinalizer(handle, finalise);
  metalab_stream_t *stream = NULL;
  check(metalab_capture_stream(capture, which, what, coded, more, &stream));
  R_SetExternalPtrAddr(handle, stream);
  UNPROTECT(2);
  return handle;
}

SEXP ml_stream_write(SEXP handle, SEXP bytes) {
  metalab_stream_t *stream = stream_of(handle);
  if (TYPEOF(bytes) != RAWSXP) refuse("bytes: a raw vector is wanted");
  check(metalab_stream_write(stream, RAW_RO(bytes), (size_t)XLENGTH(bytes)));
  return R_NilValue;
}

SEXP ml_stream_metadata(SEXP handle, SEXP metadata) {
  metalab_stream_t *stream = stream_of(handle);
  check(metalab_stream_set_metadata(stream, json_object(metadata, "metadata")));
  return R_NilValue;
}

SEXP ml_stream_end(SEXP handle, SEXP keep) {
  const int kept = truth(keep, "keep");
  metalab_stream_t *stream = stream_of(handle);
  R_ClearExternalPtr(handle);
  check(kept ? metalab_stream_seal(stream) : metalab_stream_abandon(stream));
  return R_NilValue;
}
