/* R's arrays as the library's, in their own order, and what takes them. Where the types agree the
 * elements are read where they lie. */
#include "package.h"

#include <limits.h>
#include <math.h>
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

metalab_dtype_t dtype_of(SEXPTYPE type) {
  return type == INTSXP    ? METALAB_DTYPE_INT32
         : type == CPLXSXP ? METALAB_DTYPE_COMPLEX128
         : type == RAWSXP  ? METALAB_DTYPE_UINT8
                           : METALAB_DTYPE_FLOAT64;
}

metalab_array_t array_view(SEXP x, const char *what) {
  if (is_mapped(x)) return mapped_view(x);
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
  view.dtype = is_integer64(x) ? METALAB_DTYPE_INT64 : TYPEOF(x) == LGLSXP ? METALAB_DTYPE_BOOL : dtype_of(TYPEOF(x));
  view.data = TYPEOF(x) == LGLSXP ? as_bytes(x) : DATAPTR_RO(x);
  return view;
}

/* Half precision, as numpy stores it. */
static double half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size = exponent == 31 ? (fraction != 0 ? R_NaN : R_PosInf)
                      : exponent == 0 ? ldexp(fraction, -24)
                                      : ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -size : size;
}

/* Element `at` of a stored array as a float; of those types that R has as floats. */
static double float_at(const metalab_array_t *view, size_t at) {
  switch (view->dtype) {
    case METALAB_DTYPE_FLOAT16: return half(((const uint16_t *)view->data)[at]);
    case METALAB_DTYPE_FLOAT32: return ((const float *)view->data)[at];
    case METALAB_DTYPE_UINT64: return (double)((const uint64_t *)view->data)[at];
    default: return ((const double *)view->data)[at];
  }
}

/* True if integers without a sign don't fit into those with one. */
static int is_beyond_int64(const metalab_array_t *view, size_t count) {
  if (view->dtype != METALAB_DTYPE_UINT64) return 0;
  for (size_t k = 0; k < count; ++k)
    if (((const uint64_t *)view->data)[k] > INT64_MAX) return 1;
  return 0;
}

/* Element `at` of a stored array of integers, all of which fit. */
static int64_t whole_number_at(const metalab_array_t *view, size_t at) {
  switch (view->dtype) {
    case METALAB_DTYPE_INT8: return ((const int8_t *)view->data)[at];
    case METALAB_DTYPE_INT16: return ((const int16_t *)view->data)[at];
    case METALAB_DTYPE_INT32: return ((const int32_t *)view->data)[at];
    case METALAB_DTYPE_UINT8: return ((const uint8_t *)view->data)[at];
    case METALAB_DTYPE_UINT16: return ((const uint16_t *)view->data)[at];
    case METALAB_DTYPE_UINT32: return ((const uint32_t *)view->data)[at];
    case METALAB_DTYPE_UINT64: return (int64_t)((const uint64_t *)view->data)[at];
    default: return ((const int64_t *)view->data)[at];
  }
}

/* Goes through the elements of a stored array in R's order, in which the first index runs fastest. */
struct walk {
  size_t ndim, place;
  const uint64_t *shape;
  uint64_t *index;
  size_t *strides;
};

static struct walk walk_over(const metalab_array_t *view) {
  struct walk walk = {0, 0, view->shape, NULL, NULL};
  if (view->order == METALAB_ORDER_F || view->ndim < 2) return walk;
  walk.ndim = view->ndim;
  walk.index = (uint64_t *)R_alloc(view->ndim, sizeof *walk.index);
  walk.strides = (size_t *)R_alloc(view->ndim, sizeof *walk.strides);
  size_t stride = 1;
  for (size_t axis = view->ndim; axis-- > 0; stride *= (size_t)view->shape[axis]) {
    walk.index[axis] = 0;
    walk.strides[axis] = stride;
  }
  return walk;
}

/* The place of the next element. */
static size_t next(struct walk *walk) {
  const size_t place = walk->place;
  if (walk->ndim == 0) ++walk->place;
  for (size_t axis = 0; axis < walk->ndim; ++axis) {
    walk->place += walk->strides[axis];
    if (++walk->index[axis] < walk->shape[axis]) break;
    walk->place -= walk->strides[axis] * (size_t)walk->shape[axis];
    walk->index[axis] = 0;
  }
  return place;
}

static SEXP complex_of(const metalab_array_t *view, size_t count) {
  SEXP x = PROTECT(Rf_allocVector(CPLXSXP, (R_xlen_t)count));
  Rcomplex *to = COMPLEX(x);
  struct walk walk = walk_over(view);
  for (size_t k = 0; k < count; ++k) {
    const size_t place = next(&walk);
    if (view->dtype == METALAB_DTYPE_COMPLEX128) {
      to[k] = ((const Rcomplex *)view->data)[place];
    } else {
      const float *from = (const float *)view->data + 2 * place;
      to[k].r = from[0];
      to[k].i = from[1];
    }
  }
  UNPROTECT(1);
  return x;
}

/* Strings of a fixed number of bytes, padded with NULs. */
static SEXP strings_of(const metalab_array_t *view, size_t count) {
  const size_t width = (size_t)(view->dtype - METALAB_DTYPE_STRING);
  SEXP x = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
  struct walk walk = walk_over(view);
  for (size_t k = 0; k < count; ++k) {
    const char *from = (const char *)view->data + next(&walk) * width;
    size_t length = width;
    while (length > 0 && from[length - 1] == '\0') --length;
    if (memchr(from, '\0', length) != NULL) refuse("the array has strings with a NUL in them, which R has no type for");
    SET_STRING_ELT(x, (R_xlen_t)k, Rf_mkCharLenCE(from, (int)length, CE_UTF8));
  }
  UNPROTECT(1);
  return x;
}

static SEXP floats_of(const metalab_array_t *view, size_t count) {
  SEXP x = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)count));
  double *to = REAL(x);
  struct walk walk = walk_over(view);
  if (view->dtype == METALAB_DTYPE_FLOAT64 && walk.ndim == 0) {
    if (count > 0) memcpy(to, view->data, count * sizeof *to);
  } else {
    for (size_t k = 0; k < count; ++k) to[k] = float_at(view, next(&walk));
  }
  UNPROTECT(1);
  return x;
}

static SEXP truths_of(const metalab_array_t *view, size_t count) {
  SEXP x = PROTECT(Rf_allocVector(LGLSXP, (R_xlen_t)count));
  int *to = LOGICAL(x);
  struct walk walk = walk_over(view);
  for (size_t k = 0; k < count; ++k) to[k] = ((const uint8_t *)view->data)[next(&walk)] != 0;
  UNPROTECT(1);
  return x;
}

static SEXP elements_of(const metalab_array_t *view, size_t count) {
  if (view->dtype > METALAB_DTYPE_STRING) return strings_of(view, count);
  switch (view->dtype) {
    case METALAB_DTYPE_BOOL: return truths_of(view, count);
    case METALAB_DTYPE_COMPLEX64:
    case METALAB_DTYPE_COMPLEX128: return complex_of(view, count);
    case METALAB_DTYPE_FLOAT16:
    case METALAB_DTYPE_FLOAT32:
    case METALAB_DTYPE_FLOAT64: return floats_of(view, count);
    default: {
      if (is_beyond_int64(view, count)) {
        SEXP x = PROTECT(floats_of(view, count));
        warn_of(BEYOND_INTEGER64);
        UNPROTECT(1);
        return x;
      }
      int64_t *values = (int64_t *)R_alloc(count, sizeof *values);
      struct walk walk = walk_over(view);
      for (size_t k = 0; k < count; ++k) values[k] = whole_number_at(view, next(&walk));
      return whole_numbers(values, NULL, (R_xlen_t)count);
    }
  }
}

/* A stored array as one of R, with its dimensions where there are two or more. */
SEXP array_of(const metalab_array_t *view) {
  size_t count = 1;
  for (size_t axis = 0; axis < view->ndim; ++axis) count *= (size_t)view->shape[axis];
  SEXP x = PROTECT(elements_of(view, count));
  if (view->ndim > 1) {
    SEXP dim = PROTECT(Rf_allocVector(INTSXP, (R_xlen_t)view->ndim));
    for (size_t axis = 0; axis < view->ndim; ++axis) {
      if (view->shape[axis] > INT_MAX) refuse("the array has an extent beyond what R has dimensions for");
      INTEGER(dim)[axis] = (int)view->shape[axis];
    }
    Rf_setAttrib(x, R_DimSymbol, dim);
    UNPROTECT(1);
  }
  UNPROTECT(1);
  return x;
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
