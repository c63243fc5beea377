/* An array whose elements lie in the file that becomes the artifact: an ALTREP vector over the
 * mapping. Its first datum is the mapping, an external pointer to where the elements are and how many
 * there are, whose tag has the library's token, and which protects the run. R asks for both at each
 * x[i] <- v: they are one load away. */
#include "package.h"

#include <stdio.h>
#include <string.h>

static R_altrep_class_t real_class, integer_class, complex_class, raw_class;

/* In memory of R's, which does not move; data is NULL where the array has ended. */
struct extent {
  void *data;
  R_xlen_t length;
};

static struct extent *extent_of(SEXP mapping) { return R_ExternalPtrAddr(mapping); }

static NORET void ended(void) {
  raise_status(METALAB_ERR_CLOSED, "the mapped array has ended: it was sealed or abandoned, or its run is finished");
}

static void *elements(SEXP x) {
  void *data = extent_of(R_altrep_data1(x))->data;
  if (data == NULL) ended();
  return data;
}

static R_xlen_t length_of(SEXP x) { return extent_of(R_altrep_data1(x))->length; }

static void *dataptr(SEXP x, Rboolean writable) { return elements(x); }

/* NULL where it has ended: then R asks for elements one by one, and is told. */
static const void *dataptr_or_null(SEXP x) { return extent_of(R_altrep_data1(x))->data; }

static size_t width(SEXPTYPE type) {
  return type == REALSXP ? sizeof(double) : type == INTSXP ? sizeof(int) : type == CPLXSXP ? sizeof(Rcomplex) : 1;
}

/* A copy is a plain vector. */
static SEXP duplicate(SEXP x, Rboolean deep) {
  const void *from = elements(x);
  const R_xlen_t count = length_of(x);
  SEXP copy = PROTECT(Rf_allocVector(TYPEOF(x), count));
  void *to = TYPEOF(x) == REALSXP   ? (void *)REAL(copy)
             : TYPEOF(x) == INTSXP  ? (void *)INTEGER(copy)
             : TYPEOF(x) == CPLXSXP ? (void *)COMPLEX(copy)
                                    : (void *)RAW(copy);
  if (count > 0) memcpy(to, from, (size_t)count * width(TYPEOF(x)));
  UNPROTECT(1);
  return copy;
}

static Rboolean inspect(SEXP x, int pre, int deep, int pvec, void (*subtree)(SEXP, int, int, int)) {
  Rprintf(" metalab mapped array of %lld (%s)\n", (long long)length_of(x),
          extent_of(R_altrep_data1(x))->data == NULL ? "ended" : "open");
  return TRUE;
}

static double real_at(SEXP x, R_xlen_t k) { return ((const double *)elements(x))[k]; }
static int integer_at(SEXP x, R_xlen_t k) { return ((const int *)elements(x))[k]; }
static Rcomplex complex_at(SEXP x, R_xlen_t k) { return ((const Rcomplex *)elements(x))[k]; }
static Rbyte raw_at(SEXP x, R_xlen_t k) { return ((const Rbyte *)elements(x))[k]; }

static R_xlen_t region(SEXP x, R_xlen_t from, R_xlen_t count, void *to) {
  const R_xlen_t rest = length_of(x) - from, taken = count < rest ? count : rest;
  const size_t size = width(TYPEOF(x));
  if (taken > 0) memcpy(to, (const char *)elements(x) + (size_t)from * size, (size_t)taken * size);
  return taken;
}
static R_xlen_t real_region(SEXP x, R_xlen_t from, R_xlen_t count, double *to) { return region(x, from, count, to); }
static R_xlen_t integer_region(SEXP x, R_xlen_t from, R_xlen_t count, int *to) { return region(x, from, count, to); }
static R_xlen_t complex_region(SEXP x, R_xlen_t from, R_xlen_t count, Rcomplex *to) { return region(x, from, count, to); }
static R_xlen_t raw_region(SEXP x, R_xlen_t from, R_xlen_t count, Rbyte *to) { return region(x, from, count, to); }

static void common(R_altrep_class_t class) {
  R_set_altrep_Length_method(class, length_of);
  R_set_altrep_Duplicate_method(class, duplicate);
  R_set_altrep_Inspect_method(class, inspect);
  R_set_altvec_Dataptr_method(class, dataptr);
  R_set_altvec_Dataptr_or_null_method(class, dataptr_or_null);
}

void init_mapped(DllInfo *dll) {
  real_class = R_make_altreal_class("mapped_real", "metalab", dll);
  integer_class = R_make_altinteger_class("mapped_integer", "metalab", dll);
  complex_class = R_make_altcomplex_class("mapped_complex", "metalab", dll);
  raw_class = R_make_altraw_class("mapped_raw", "metalab", dll);
  common(real_class);
  common(integer_class);
  common(complex_class);
  common(raw_class);
  R_set_altreal_Elt_method(real_class, real_at);
  R_set_altreal_Get_region_method(real_class, real_region);
  R_set_altinteger_Elt_method(integer_class, integer_at);
  R_set_altinteger_Get_region_method(integer_class, integer_region);
  R_set_altcomplex_Elt_method(complex_class, complex_at);
  R_set_altcomplex_Get_region_method(complex_class, complex_region);
  R_set_altraw_Elt_method(raw_class, raw_at);
  R_set_altraw_Get_region_method(raw_class, raw_region);
}

static R_altrep_class_t class_of(SEXPTYPE type) {
  return type == REALSXP ? real_class : type == INTSXP ? integer_class : type == CPLXSXP ? complex_class : raw_class;
}

static int is_mapped(SEXP x) {
  return ALTREP(x) && (R_altrep_inherits(x, real_class) || R_altrep_inherits(x, integer_class) ||
                       R_altrep_inherits(x, complex_class) || R_altrep_inherits(x, raw_class));
}

static metalab_mapping_t *token_of(SEXP mapping) { return R_ExternalPtrAddr(VECTOR_ELT(R_ExternalPtrTag(mapping), 0)); }

/* The mapping's tag: the token, the name, the type, the dimensions, memory of R's where a run was
 * skipped and there is no file. */
enum { TOKEN, NAME, TYPE, DIM, EXTENT, MEMORY, KEPT };

static SEXP vector_over(SEXP mapping) {
  SEXP kept = R_ExternalPtrTag(mapping), dim = VECTOR_ELT(kept, DIM);
  const SEXPTYPE type = (SEXPTYPE)INTEGER(VECTOR_ELT(kept, TYPE))[0];
  SEXP x = PROTECT(R_new_altrep(class_of(type), mapping, R_NilValue));
  if (LENGTH(dim) > 1) Rf_setAttrib(x, R_DimSymbol, dim);
  UNPROTECT(1);
  return x;
}

static SEXPTYPE type_named(SEXP type) {
  const char *what = text(type, "type");
  return strcmp(what, "integer") == 0   ? INTSXP
         : strcmp(what, "complex") == 0 ? CPLXSXP
         : strcmp(what, "raw") == 0     ? RAWSXP
                                        : REALSXP;
}

static metalab_dtype_t dtype_of(SEXPTYPE type) {
  return type == INTSXP    ? METALAB_DTYPE_INT32
         : type == CPLXSXP ? METALAB_DTYPE_COMPLEX128
         : type == RAWSXP  ? METALAB_DTYPE_UINT8
                           : METALAB_DTYPE_FLOAT64;
}

static const uint64_t *shape_of(SEXP dim) {
  uint64_t *shape = (uint64_t *)R_alloc(LENGTH(dim), sizeof *shape);
  double count = 1.0;
  for (int axis = 0; axis < LENGTH(dim); ++axis) {
    if (INTEGER(dim)[axis] == NA_INTEGER || INTEGER(dim)[axis] < 0) refuse("dim: extents that are not negative are wanted");
    shape[axis] = (uint64_t)INTEGER(dim)[axis];
    count *= (double)shape[axis];
  }
  if (count > (double)R_XLEN_T_MAX) refuse("dim: more elements than a vector can have");
  return shape;
}

/* A vector over a mapping that is yet to be made: all of R's memory is had before. */
static SEXP prepare(SEXP run, SEXP name, SEXPTYPE type, SEXP dim) {
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SET_VECTOR_ELT(kept, TOKEN, R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  SET_VECTOR_ELT(kept, NAME, name);
  SET_VECTOR_ELT(kept, TYPE, Rf_ScalarInteger((int)type));
  SET_VECTOR_ELT(kept, DIM, dim);
  SEXP memory_of_extent = Rf_allocVector(RAWSXP, sizeof(struct extent));
  SET_VECTOR_ELT(kept, EXTENT, memory_of_extent);
  struct extent *extent = (struct extent *)RAW(memory_of_extent);
  double count = 1.0;
  for (int axis = 0; axis < LENGTH(dim); ++axis) count *= INTEGER(dim)[axis];
  extent->data = NULL;
  extent->length = (R_xlen_t)count;
  SEXP mapping = PROTECT(R_MakeExternalPtr(extent, kept, run));
  SEXP x = PROTECT(vector_over(mapping));
  if (run_of(run) == NULL) {
    SEXP memory = Rf_allocVector(RAWSXP, length_of(x) * (R_xlen_t)width(type) + 1);
    SET_VECTOR_ELT(kept, MEMORY, memory);
    memset(RAW(memory), 0, (size_t)XLENGTH(memory));
  }
  keep_mapping(run, mapping);
  UNPROTECT(3);
  return x;
}

/* What the library answered goes in. */
static SEXP fill_in(SEXP run, SEXP x, metalab_status_t status, metalab_mapping_t *token, void *data) {
  SEXP mapping = R_altrep_data1(x), kept = R_ExternalPtrTag(mapping);
  if (status == METALAB_NO_CAPTURE && run_of(run) != NULL) {
    forget_mapping(run, mapping);
    raise_status(METALAB_ERR_CLOSED, "snapshots: their declaration has ended");
  } else if (status == METALAB_NO_CAPTURE) {
    data = RAW(VECTOR_ELT(kept, MEMORY));
  } else if (status != METALAB_OK) {
    forget_mapping(run, mapping);
    check(status);
  }
  R_SetExternalPtrAddr(VECTOR_ELT(kept, TOKEN), token);
  /* Nothing is ever read through the stand-in for an array without elements. */
  extent_of(mapping)->data = data != NULL ? data : (void *)&real_class;
  return x;
}

SEXP ml_map(SEXP run, SEXP name, SEXP type, SEXP dim, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const SEXPTYPE kind = type_named(type);
  const uint64_t *shape = shape_of(dim);
  SEXP x = PROTECT(prepare(run, name, kind, dim));
  metalab_mapping_t *token = NULL;
  void *data = NULL;
  const metalab_status_t status = metalab_capture_map_array(capture, which, dtype_of(kind), METALAB_ORDER_F,
                                                            (size_t)LENGTH(dim), shape, more, &token, &data);
  fill_in(run, x, status, token, data);
  UNPROTECT(1);
  return x;
}

/* A declaration of snapshots protects the run, and what a mapping has: name, type, dimensions. */
static SEXP snapshots_tag(void) { return Rf_install("metalab_snapshots"); }

static void free_snapshots(SEXP handle) {
  metalab_snapshots_free(R_ExternalPtrAddr(handle));
  R_ClearExternalPtr(handle);
}

SEXP ml_snapshots(SEXP run, SEXP name, SEXP type, SEXP dim, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const SEXPTYPE kind = type_named(type);
  const uint64_t *shape = shape_of(dim);
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SET_VECTOR_ELT(kept, TOKEN, run);
  SET_VECTOR_ELT(kept, NAME, name);
  SET_VECTOR_ELT(kept, TYPE, Rf_ScalarInteger((int)kind));
  SET_VECTOR_ELT(kept, DIM, dim);
  SEXP handle = PROTECT(R_MakeExternalPtr(NULL, snapshots_tag(), kept));
  R_RegisterCFinalizer(handle, free_snapshots);
  metalab_snapshots_t *snapshots = NULL;
  check(metalab_capture_snapshots(capture, which, dtype_of(kind), METALAB_ORDER_F, (size_t)LENGTH(dim), shape, more,
                                  &snapshots));
  R_SetExternalPtrAddr(handle, snapshots);
  UNPROTECT(2);
  return handle;
}

SEXP ml_begin(SEXP handle, SEXP step) {
  if (TYPEOF(handle) != EXTPTRSXP || R_ExternalPtrTag(handle) != snapshots_tag()) refuse("snapshots: a declaration is wanted");
  SEXP kept = R_ExternalPtrProtected(handle), run = VECTOR_ELT(kept, TOKEN);
  const int64_t at = whole(step, "step");
  const char *base = element_text(VECTOR_ELT(kept, NAME), 0);
  char *full = R_alloc(strlen(base) + 32, 1);
  snprintf(full, strlen(base) + 32, "%s.%08lld", base, (long long)at);
  SEXP name = PROTECT(Rf_allocVector(STRSXP, 1));
  SET_STRING_ELT(name, 0, Rf_mkCharCE(full, CE_UTF8));
  SEXP x = PROTECT(prepare(run, name, (SEXPTYPE)INTEGER(VECTOR_ELT(kept, TYPE))[0], VECTOR_ELT(kept, DIM)));
  metalab_mapping_t *token = NULL;
  void *data = NULL;
  const metalab_status_t status = metalab_snapshots_begin(R_ExternalPtrAddr(handle), at, &token, &data);
  fill_in(run, x, status, token, data);
  UNPROTECT(2);
  return x;
}

/* Files are made ahead no more. */
SEXP ml_snapshots_end(SEXP handle) {
  if (TYPEOF(handle) == EXTPTRSXP && R_ExternalPtrTag(handle) == snapshots_tag()) free_snapshots(handle);
  return R_NilValue;
}

/* The mapped array of that name once more, for one that R has copied. */
SEXP ml_mapped(SEXP run, SEXP name) {
  run_of(run);
  const char *which = text(name, "name");
  for (SEXP node = kept_mappings(run); node != R_NilValue; node = CDR(node)) {
    SEXP mapping = CAR(node);
    if (strcmp(element_text(VECTOR_ELT(R_ExternalPtrTag(mapping), NAME), 0), which) == 0) return vector_over(mapping);
  }
  raise_status(METALAB_ERR_NOT_FOUND, "name: the run has no open mapped array of this name");
}

SEXP ml_is_mapped(SEXP x) { return Rf_ScalarLogical(is_mapped(x) && extent_of(R_altrep_data1(x))->data != NULL); }

static SEXP mapping_of(SEXP x) {
  if (!is_mapped(x))
    refuse("x: not a mapped array; R has copied it if it was one: see mapped_array() and set_mapped()");
  elements(x);
  return R_altrep_data1(x);
}

/* The k-th subscript, counted from 0; all of them where there are none. */
static R_xlen_t subscript(SEXP subscripts, R_xlen_t k, R_xlen_t extent) {
  if (subscripts == R_NilValue) return k;
  const double at = TYPEOF(subscripts) == INTSXP ? INTEGER_ELT(subscripts, k) : REAL_ELT(subscripts, k);
  if (!(at >= 1.0 && at <= (double)extent)) refuse("subscripts: %g is not from 1 to %lld", at, (long long)extent);
  return (R_xlen_t)at - 1;
}

/* subscripts: NULL for all, one list element for positions, or one for each dimension. */
SEXP ml_set_mapped(SEXP x, SEXP value, SEXP subscripts) {
  SEXP mapping = mapping_of(x);
  char *data = extent_of(mapping)->data;
  const R_xlen_t length = length_of(x);
  const size_t size = width(TYPEOF(x));
  if (TYPEOF(value) != TYPEOF(x)) refuse("value: the array's type is wanted");
  SEXP dim = VECTOR_ELT(R_ExternalPtrTag(mapping), DIM);
  const int axes = subscripts == R_NilValue ? 1 : LENGTH(subscripts);
  if (axes != 1 && axes != LENGTH(dim)) refuse("subscripts: %d are wanted, not %d", LENGTH(dim), axes);
  R_xlen_t *counts = (R_xlen_t *)R_alloc(axes, sizeof *counts), *extents = (R_xlen_t *)R_alloc(axes, sizeof *extents);
  R_xlen_t *at = (R_xlen_t *)R_alloc(axes, sizeof *at);
  R_xlen_t total = 1;
  for (int axis = 0; axis < axes; ++axis) {
    SEXP given = subscripts == R_NilValue ? R_NilValue : VECTOR_ELT(subscripts, axis);
    extents[axis] = axes == 1 ? length : INTEGER(dim)[axis];
    counts[axis] = given == R_NilValue ? extents[axis] : XLENGTH(given);
    at[axis] = 0;
    total *= counts[axis];
    /* Refused before anything is written. */
    for (R_xlen_t k = 0; k < counts[axis]; ++k) subscript(given, k, extents[axis]);
  }
  if (total == 0) return R_NilValue;
  if (XLENGTH(value) != total && XLENGTH(value) != 1)
    refuse("value: %lld or one are wanted, not %lld", (long long)total, (long long)XLENGTH(value));
  const char *from = DATAPTR_RO(value);
  const size_t stride = XLENGTH(value) == 1 ? 0 : size;
  if (subscripts == R_NilValue && stride != 0) {
    memmove(data, from, (size_t)length * size);
    return R_NilValue;
  }
  for (R_xlen_t k = 0; k < total; ++k) {
    R_xlen_t position = 0;
    for (int axis = axes; axis-- > 0;)
      position = position * extents[axis] +
                 subscript(subscripts == R_NilValue ? R_NilValue : VECTOR_ELT(subscripts, axis), at[axis], extents[axis]);
    memcpy(data + (size_t)position * size, from + (size_t)k * stride, size);
    for (int axis = 0; axis < axes && ++at[axis] == counts[axis]; ++axis) at[axis] = 0;
  }
  return R_NilValue;
}

SEXP ml_mapping_metadata(SEXP x, SEXP metadata) {
  metalab_mapping_t *token = token_of(mapping_of(x));
  check(metalab_mapping_set_metadata(token, json_object(metadata, "metadata")));
  return R_NilValue;
}

/* Its elements can't be reached from here on. */
static metalab_mapping_t *take(SEXP mapping) {
  metalab_mapping_t *token = token_of(mapping);
  extent_of(mapping)->data = NULL;
  R_ClearExternalPtr(VECTOR_ELT(R_ExternalPtrTag(mapping), TOKEN));
  return token;
}

SEXP ml_mapping_end(SEXP x, SEXP keep) {
  const int kept = truth(keep, "keep");
  SEXP mapping = mapping_of(x);
  forget_mapping(R_ExternalPtrProtected(mapping), mapping);
  metalab_mapping_t *token = take(mapping);
  check(kept ? metalab_mapping_seal(token) : metalab_mapping_abandon(token));
  return R_NilValue;
}

/* When its run has ended, which has kept the array as it stands: this gives the memory back. */
void end_mapping(SEXP mapping) { metalab_mapping_seal(take(mapping)); }
