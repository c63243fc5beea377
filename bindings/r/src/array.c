/* R's arrays as the library's, in their own order, and what takes them. Where the types agree the
 * elements are read where they lie. */
#include "package.h"

#include <string.h>

static int is_integer64(SEXP x) { return TYPEOF(x) == REALSXP && Rf_inherits(x, "integer64"); }

/* Numbers, truth values and bytes; not what factors and dates mean. */
int is_array_like(SEXP x) {
  const int type = TYPEOF(x);
  return (type == REALSXP || type == INTSXP || type == LGLSXP || type == CPLXSXP || type == RAWSXP) && !is_described(x);
}

/* R marks what is missing by a number that has another meaning elsewhere. */
static int has_missing(SEXP x) {
  const R_xlen_t count = XLENGTH(x);
  if (TYPEOF(x) == INTSXP || TYPEOF(x) == LGLSXP) {
    const int *values = TYPEOF(x) == INTSXP ? INTEGER_RO(x) : LOGICAL_RO(x);
    for (R_xlen_t k = 0; k < count; ++k)
      if (values[k] == NA_INTEGER) return 1;
  } else if (is_integer64(x)) {
    for (R_xlen_t k = 0; k < count; ++k)
      if (integer64_at(x, k) == NA_INTEGER64) return 1;
  }
  return 0;
}

static const double *as_floats(SEXP x) {
  const R_xlen_t count = XLENGTH(x);
  double *values = (double *)R_alloc(count, sizeof *values);
  for (R_xlen_t k = 0; k < count; ++k) {
    const struct scalar scalar = scalar_at(x, k);
    values[k] = scalar.kind == NOT_THERE ? NA_REAL : (double)scalar.whole;
  }
  return values;
}

static const uint8_t *as_bytes(SEXP x) {
  const R_xlen_t count = XLENGTH(x);
  const int *values = LOGICAL_RO(x);
  uint8_t *bytes = (uint8_t *)R_alloc(count, 1);
  for (R_xlen_t k = 0; k < count; ++k) bytes[k] = values[k] != 0;
  return bytes;
}

metalab_array_t array_view(SEXP x, const char *what) {
  if (!is_array_like(x)) refuse("%s: an array of numbers or truth values is wanted", what);
  metalab_array_t view = METALAB_ARRAY_INIT;
  view.order = METALAB_ORDER_F;
  SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  view.ndim = dim == R_NilValue ? 1 : (size_t)LENGTH(dim);
  uint64_t *shape = (uint64_t *)R_alloc(view.ndim, sizeof *shape);
  for (size_t axis = 0; axis < view.ndim; ++axis)
    shape[axis] = dim == R_NilValue ? (uint64_t)XLENGTH(x) : (uint64_t)INTEGER(dim)[axis];
  view.shape = shape;
  if (has_missing(x)) {
    view.dtype = METALAB_DTYPE_FLOAT64;
    view.data = as_floats(x);
    return view;
  }
  switch (TYPEOF(x)) {
    case REALSXP:
      view.dtype = is_integer64(x) ? METALAB_DTYPE_INT64 : METALAB_DTYPE_FLOAT64;
      view.data = REAL_RO(x);
      break;
    case INTSXP:
      view.dtype = METALAB_DTYPE_INT32;
      view.data = INTEGER_RO(x);
      break;
    case CPLXSXP:
      view.dtype = METALAB_DTYPE_COMPLEX128;
      view.data = COMPLEX_RO(x);
      break;
    case RAWSXP:
      view.dtype = METALAB_DTYPE_UINT8;
      view.data = RAW_RO(x);
      break;
    default:
      view.dtype = METALAB_DTYPE_BOOL;
      view.data = as_bytes(x);
  }
  return view;
}

SEXP ml_data_json(SEXP run, SEXP name, SEXP value, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *document = json(value), *more = json_object(metadata, "metadata");
  check(metalab_capture_data_json(capture, which, document, METALAB_NUL, more));
  return R_NilValue;
}

SEXP ml_data_array(SEXP run, SEXP name, SEXP value, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const metalab_array_t view = array_view(value, "value");
  check(metalab_capture_data_array(capture, which, &view, more));
  return R_NilValue;
}

SEXP ml_artifact_json(SEXP run, SEXP name, SEXP value, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *document = json(value), *more = json_object(metadata, "metadata");
  check(metalab_capture_artifact_json(capture, which, document, METALAB_NUL, more));
  return R_NilValue;
}

SEXP ml_artifact_bytes(SEXP run, SEXP name, SEXP bytes, SEXP kind, SEXP format, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *what = text(kind, "kind"), *coded = text(format, "format");
  const char *more = json_object(metadata, "metadata");
  if (TYPEOF(bytes) != RAWSXP) refuse("value: bytes are wanted");
  check(metalab_capture_artifact_bytes(capture, which, RAW_RO(bytes), (size_t)XLENGTH(bytes), what, coded, more));
  return R_NilValue;
}

SEXP ml_artifact_array(SEXP run, SEXP name, SEXP value, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const metalab_array_t view = array_view(value, "value");
  check(metalab_capture_artifact_array(capture, which, &view, more));
  return R_NilValue;
}

SEXP ml_artifact_arrays(SEXP run, SEXP name, SEXP values, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  SEXP names = Rf_getAttrib(values, R_NamesSymbol);
  const R_xlen_t count = XLENGTH(values);
  if (names == R_NilValue) refuse("value: the arrays need names");
  const char **keys = (const char **)R_alloc(count, sizeof *keys);
  metalab_array_t *views = (metalab_array_t *)R_alloc(count, sizeof *views);
  for (R_xlen_t k = 0; k < count; ++k) {
    keys[k] = element_text(names, k);
    views[k] = array_view(VECTOR_ELT(values, k), keys[k]);
  }
  check(metalab_capture_artifact_arrays(capture, which, (size_t)count, keys, views, more));
  return R_NilValue;
}

SEXP ml_file(SEXP run, SEXP name, SEXP path, SEXP mode, SEXP kind, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *where = text(path, "path"), *how = text(mode, "mode");
  const char *what = optional_text(kind, "kind"), *more = json_object(metadata, "metadata");
  const metalab_file_mode_t number = strcmp(how, "link") == 0   ? METALAB_FILE_LINK
                                     : strcmp(how, "move") == 0 ? METALAB_FILE_MOVE
                                     : strcmp(how, "reference") == 0 ? METALAB_FILE_REFERENCE
                                     : strcmp(how, "reference_unhashed") == 0 ? METALAB_FILE_REFERENCE_UNHASHED
                                                                : METALAB_FILE_COPY;
  check(metalab_capture_file(capture, which, where, number, what, more));
  return R_NilValue;
}

SEXP ml_figure_bytes(SEXP run, SEXP name, SEXP bytes, SEXP format, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *coded = text(format, "format"), *more = json_object(metadata, "metadata");
  if (TYPEOF(bytes) != RAWSXP) refuse("figure: bytes are wanted");
  check(metalab_capture_figure_bytes(capture, which, RAW_RO(bytes), (size_t)XLENGTH(bytes), coded, more));
  return R_NilValue;
}

/* size: width, height, channels. */
SEXP ml_figure_pixels(SEXP run, SEXP name, SEXP bytes, SEXP size, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const int *extents = INTEGER_RO(size);
  const uint32_t width = (uint32_t)extents[0], height = (uint32_t)extents[1], channels = (uint32_t)extents[2];
  if (TYPEOF(bytes) != RAWSXP || (uint64_t)XLENGTH(bytes) != (uint64_t)width * height * channels)
    refuse("pixels: as many bytes are wanted as the size says");
  check(metalab_capture_figure_pixels(capture, which, RAW_RO(bytes), width, height, channels, 0, more));
  return R_NilValue;
}

/* style: colour map, logarithmic, origin below, scale. range: NULL or two numbers. */
SEXP ml_figure_field(SEXP run, SEXP name, SEXP field, SEXP style, SEXP range, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const metalab_array_t view = array_view(field, "field");
  const int *said = INTEGER_RO(style);
  metalab_field_style_t drawn = METALAB_FIELD_STYLE_INIT;
  drawn.colormap = said[0];
  drawn.logarithmic = said[1];
  drawn.origin_lower = said[2];
  drawn.scale = (size_t)said[3];
  if (range != R_NilValue) {
    drawn.has_range = 1;
    drawn.vmin = REAL_ELT(range, 0);
    drawn.vmax = REAL_ELT(range, 1);
  }
  check(metalab_capture_figure_field(capture, which, &view, &drawn, more));
  return R_NilValue;
}
