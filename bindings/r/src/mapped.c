/* An array whose elements lie in the file that becomes the artifact: a handle with class "metalab_array",
 * whose methods read and write where the elements are, whatever names the array has. For that they make
 * views: ALTREP vectors over the elements, which no caller gets. A view's first datum is the array. */
#include "package.h"

#include <stdio.h>
#include <string.h>

static R_altrep_class_t real_class, integer_class, complex_class, raw_class;

/* data is NULL where the array has ended. */
struct mapping {
  struct handle handle;
  void *data;
  R_xlen_t length;
};

/* Of an array: what it is, its buffer where its run was skipped and there is no file, and its run. */
enum { NAME = MEMORY + 1, TYPE, DIM, BUFFER, RUN, KEPT };

static SEXP mapping_tag(void) {
  static SEXP tag;
  return tag != NULL ? tag : (tag = Rf_install("metalab_array"));
}

int is_mapped(SEXP x) { return is_handle(x, mapping_tag()); }

static struct mapping *mapping_of(SEXP x) { return (struct mapping *)handle_of(x, mapping_tag(), "x: an array of capture_array()"); }

static NORET void ended(void) {
  raise_status(METALAB_ERR_CLOSED, "the array has ended: it was sealed or abandoned, or its run is finished");
}

static struct mapping *open_mapping(SEXP x) {
  struct mapping *mapping = mapping_of(x);
  if (mapping->data == NULL) ended();
  return mapping;
}

static SEXP kept_of(SEXP x, int what) { return VECTOR_ELT(R_ExternalPtrProtected(x), what); }

/* Of a view, whose array is of this process. */
static struct mapping *seen(SEXP view) { return R_ExternalPtrAddr(R_altrep_data1(view)); }

static void *elements(SEXP view) {
  void *data = seen(view)->data;
  if (data == NULL) ended();
  return data;
}

static R_xlen_t length_of(SEXP view) { return seen(view)->length; }

static void *dataptr(SEXP view, Rboolean writable) { return elements(view); }

/* NULL where it has ended: then R asks for elements one by one, and is told. */
static const void *dataptr_or_null(SEXP view) { return seen(view)->data; }

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
  Rprintf(" metalab view of %lld (%s)\n", (long long)length_of(x), seen(x)->data == NULL ? "ended" : "open");
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

static int is_view(SEXP x) {
  return ALTREP(x) && (R_altrep_inherits(x, real_class) || R_altrep_inherits(x, integer_class) ||
                       R_altrep_inherits(x, complex_class) || R_altrep_inherits(x, raw_class));
}

static SEXPTYPE type_of(SEXP x) { return (SEXPTYPE)INTEGER(kept_of(x, TYPE))[0]; }

static SEXPTYPE type_named(SEXP type) {
  const char *what = text(type, "type");
  return strcmp(what, "integer") == 0   ? INTSXP
         : strcmp(what, "complex") == 0 ? CPLXSXP
         : strcmp(what, "raw") == 0     ? RAWSXP
                                        : REALSXP;
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

/* An array that is yet to be mapped: all of R's memory is had before. */
static SEXP prepare(SEXP run, SEXP name, SEXPTYPE type, SEXP dim) {
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SEXP x = PROTECT(new_handle("metalab_array", "metalab_array", kept, sizeof(struct mapping)));
  struct mapping *mapping = R_ExternalPtrAddr(x);
  double count = 1.0;
  for (int axis = 0; axis < LENGTH(dim); ++axis) count *= INTEGER(dim)[axis];
  mapping->length = (R_xlen_t)count;
  SET_VECTOR_ELT(kept, NAME, name);
  SET_VECTOR_ELT(kept, TYPE, Rf_ScalarInteger((int)type));
  SET_VECTOR_ELT(kept, DIM, dim);
  SET_VECTOR_ELT(kept, RUN, run);
  if (is_skipped(run)) {
    SEXP buffer = Rf_allocVector(RAWSXP, mapping->length * (R_xlen_t)width(type) + 1);
    SET_VECTOR_ELT(kept, BUFFER, buffer);
    memset(RAW(buffer), 0, (size_t)XLENGTH(buffer));
  }
  keep_mapping(run, x);
  UNPROTECT(2);
  return x;
}

/* Fills x with the mapping that the library returned. */
static void fill_in(SEXP x, metalab_status_t status, metalab_mapping_t *token, void *data) {
  SEXP run = kept_of(x, RUN), buffer = kept_of(x, BUFFER);
  if (status == METALAB_NO_CAPTURE && buffer == R_NilValue) {
    forget_mapping(run, x);
    raise_status(METALAB_ERR_CLOSED, "snapshots: their declaration has ended");
  } else if (status == METALAB_NO_CAPTURE) {
    data = RAW(buffer);
  } else if (status != METALAB_OK) {
    forget_mapping(run, x);
    check(status);
  }
  struct mapping *mapping = R_ExternalPtrAddr(x);
  mapping->handle.token = token;
  /* Nothing is ever read through the stand-in for an array without elements. */
  mapping->data = data != NULL ? data : (void *)&real_class;
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
  fill_in(x, status, token, data);
  UNPROTECT(1);
  return x;
}

/* A declaration of snapshots protects what an array has: name, type, dimensions, run. */
static SEXP snapshots_tag(void) { return Rf_install("metalab_snapshots"); }

static struct handle *snapshots_of(SEXP x) { return handle_of(x, snapshots_tag(), "snapshots: a declaration of capture_snapshots()"); }

static void free_snapshots(SEXP x) {
  struct handle *handle = R_ExternalPtrAddr(x);
  if (handle == NULL) return;
  metalab_snapshots_free(handle->token);
  handle->token = NULL;
  handle->is_ended = 1;
}

SEXP ml_snapshots(SEXP run, SEXP name, SEXP type, SEXP dim, SEXP metadata) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *more = json_object(metadata, "metadata");
  const SEXPTYPE kind = type_named(type);
  const uint64_t *shape = shape_of(dim);
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SEXP x = PROTECT(new_handle("metalab_snapshots", NULL, kept, sizeof(struct handle)));
  SET_VECTOR_ELT(kept, NAME, name);
  SET_VECTOR_ELT(kept, TYPE, Rf_ScalarInteger((int)kind));
  SET_VECTOR_ELT(kept, DIM, dim);
  SET_VECTOR_ELT(kept, RUN, run);
  R_RegisterCFinalizer(x, free_snapshots);
  metalab_snapshots_t *snapshots = NULL;
  check(metalab_capture_snapshots(capture, which, dtype_of(kind), METALAB_ORDER_F, (size_t)LENGTH(dim), shape, more,
                                  &snapshots));
  snapshots_of(x)->token = snapshots;
  UNPROTECT(2);
  return x;
}

SEXP ml_begin(SEXP declaration, SEXP step) {
  struct handle *handle = snapshots_of(declaration);
  const int64_t at = whole(step, "step");
  if (handle->is_ended) raise_status(METALAB_ERR_CLOSED, "snapshots: their declaration has ended");
  const char *base = element_text(kept_of(declaration, NAME), 0);
  char *full = R_alloc(strlen(base) + 32, 1);
  snprintf(full, strlen(base) + 32, "%s.%08lld", base, (long long)at);
  SEXP name = PROTECT(Rf_allocVector(STRSXP, 1));
  SET_STRING_ELT(name, 0, Rf_mkCharCE(full, CE_UTF8));
  SEXP x = PROTECT(prepare(kept_of(declaration, RUN), name, type_of(declaration), kept_of(declaration, DIM)));
  metalab_mapping_t *token = NULL;
  void *data = NULL;
  const metalab_status_t status = metalab_snapshots_begin(handle->token, at, &token, &data);
  fill_in(x, status, token, data);
  UNPROTECT(2);
  return x;
}

/* Files are made ahead no more. */
SEXP ml_snapshots_end(SEXP declaration) {
  snapshots_of(declaration);
  free_snapshots(declaration);
  return R_NilValue;
}

/* A view of the elements, for the methods only: what is assigned to a part of it goes into the file. */
SEXP ml_elements(SEXP x) {
  open_mapping(x);
  SEXP dim = kept_of(x, DIM);
  const SEXPTYPE type = type_of(x);
  SEXP view = PROTECT(R_new_altrep(class_of(type), x, R_NilValue));
  if (LENGTH(dim) > 1) Rf_setAttrib(view, R_DimSymbol, dim);
  UNPROTECT(1);
  return view;
}

/* Returns plain elements: a copy if all of a view was read, which is the view itself. */
SEXP ml_plain(SEXP read) {
  if (!is_view(read)) return read;
  SEXP copy = PROTECT(duplicate(read, FALSE));
  SEXP dim = Rf_getAttrib(read, R_DimSymbol);
  if (dim != R_NilValue) Rf_setAttrib(copy, R_DimSymbol, dim);
  UNPROTECT(1);
  return copy;
}

/* A view after an assignment: R may have copied it, and then the copy's elements are written. */
SEXP ml_put_back(SEXP x, SEXP assigned) {
  struct mapping *mapping = open_mapping(x);
  if (is_view(assigned) && R_altrep_data1(assigned) == x) return R_NilValue;
  const SEXPTYPE type = type_of(x);
  if (TYPEOF(assigned) != type) refuse("value: elements of the array's type are wanted");
  if (XLENGTH(assigned) != mapping->length) refuse("subscripts: they lead out of the array, which can't grow");
  if (mapping->length > 0) memcpy(mapping->data, DATAPTR_RO(assigned), (size_t)mapping->length * width(type));
  return R_NilValue;
}

/* Returns name, type and dimensions of an array, also of one that has ended, and whether it is open. */
SEXP ml_extents(SEXP x) {
  const struct mapping *mapping = mapping_of(x);
  SEXP all = PROTECT(Rf_allocVector(VECSXP, 4));
  SET_VECTOR_ELT(all, 0, kept_of(x, NAME));
  SEXP type = Rf_mkString(Rf_type2char(type_of(x)));
  SET_VECTOR_ELT(all, 1, type);
  SET_VECTOR_ELT(all, 2, kept_of(x, DIM));
  SET_VECTOR_ELT(all, 3, Rf_ScalarLogical(mapping->data != NULL));
  UNPROTECT(1);
  return all;
}

metalab_array_t mapped_view(SEXP x) {
  SEXP dim = kept_of(x, DIM);
  metalab_array_t view = METALAB_ARRAY_INIT;
  view.data = open_mapping(x)->data;
  view.dtype = dtype_of(type_of(x));
  view.order = METALAB_ORDER_F;
  view.ndim = (size_t)LENGTH(dim);
  view.shape = shape_of(dim);
  return view;
}

SEXP ml_mapping_metadata(SEXP x, SEXP metadata) {
  metalab_mapping_t *token = open_mapping(x)->handle.token;
  check(metalab_mapping_set_metadata(token, json_object(metadata, "metadata")));
  return R_NilValue;
}

/* Its elements can't be reached from here on. */
static metalab_mapping_t *take(struct mapping *mapping) {
  metalab_mapping_t *token = mapping->handle.token;
  mapping->data = NULL;
  mapping->handle.token = NULL;
  return token;
}

SEXP ml_mapping_end(SEXP x, SEXP keep) {
  const int kept = truth(keep, "keep");
  struct mapping *mapping = open_mapping(x);
  forget_mapping(kept_of(x, RUN), x);
  metalab_mapping_t *token = take(mapping);
  check(kept ? metalab_mapping_seal(token) : metalab_mapping_abandon(token));
  return R_NilValue;
}

/* When its run has ended, which has kept the array as it stands: this gives the memory back. */
void end_mapping(SEXP x) {
  struct mapping *mapping = R_ExternalPtrAddr(x);
  if (mapping != NULL && mapping->data != NULL) metalab_mapping_seal(take(mapping));
}
