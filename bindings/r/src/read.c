/* Stores that are read. A place is c(store, experiment, run's id): each call opens it, so that no handle of R's
 * has to outlive a process. What the library has open for a call is freed with a guard. */
#include "package.h"

#include <string.h>

struct open {
  metalab_store_t *store;
  metalab_table_t *table;
  metalab_run_t *run;
  metalab_points_t *points, *axis;
  metalab_loaded_t *loaded;
};

static void close_all(struct open *open) {
  metalab_loaded_free(open->loaded);
  metalab_points_free(open->axis);
  metalab_points_free(open->points);
  metalab_run_free(open->run);
  metalab_table_free(open->table);
  metalab_store_free(open->store);
  memset(open, 0, sizeof *open);
}

static void finalise(SEXP guard) {
  struct open *open = R_ExternalPtrAddr(guard);
  if (open != NULL) close_all(open);
}

/* Frees what is open also when an error leaves the call. */
static SEXP new_guard(struct open **open) {
  SEXP memory = PROTECT(Rf_allocVector(RAWSXP, sizeof **open));
  *open = (struct open *)RAW(memory);
  memset(*open, 0, sizeof **open);
  SEXP guard = PROTECT(R_MakeExternalPtr(*open, R_NilValue, memory));
  R_RegisterCFinalizer(guard, finalise);
  UNPROTECT(2);
  return guard;
}

/* Like check, and closes at once, not when the collector comes. */
static void must(struct open *open, metalab_status_t status) {
  if (status == METALAB_OK) return;
  const char *message = metalab_last_error();
  char *copy = R_alloc(strlen(message) + 1, 1);
  strcpy(copy, message);
  close_all(open);
  raise_status(status, copy);
}

static void open_store(struct open *open, SEXP store) {
  must(open, metalab_store_open(optional_text(store, "store"), &open->store));
}

static const char *part(SEXP place, int k) {
  SEXP element = STRING_ELT(place, k);
  return element == NA_STRING ? NULL : element_text(place, k);
}

static void open_run(struct open *open, SEXP place) {
  if (TYPEOF(place) != STRSXP || LENGTH(place) != 3) refuse("run: one of load_run() is wanted");
  must(open, metalab_store_open(part(place, 0), &open->store));
  must(open, metalab_store_run(open->store, part(place, 1), part(place, 2), &open->run));
}

/* quiet: the member of which no integer is warned that is rounded. */
static SEXP parsed_quietly(struct open *open, metalab_status_t status, char **json, const char *quiet) {
  must(open, status);
  SEXP text = PROTECT(own_text(*json));
  SEXP value = from_json_quietly(CHAR(STRING_ELT(text, 0)), quiet);
  UNPROTECT(1);
  return value;
}

static SEXP parsed(struct open *open, metalab_status_t status, char **json) {
  return parsed_quietly(open, status, json, NULL);
}

static SEXP texts_of(const metalab_column_t *column) {
  SEXP x = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)column->count));
  for (size_t k = 0; k < column->count; ++k) {
    const int64_t start = column->offsets[k], length = column->offsets[k + 1] - start;
    /* R's texts have no NUL, and no more bytes than an int. */
    if (length > INT32_MAX || memchr(column->text + start, 0, (size_t)length) != NULL) {
      UNPROTECT(1);
      refuse("%s: a text that R can't hold", column->name);
    }
    const int has = column->valid == NULL || column->valid[k];
    SET_STRING_ELT(x, (R_xlen_t)k, has ? Rf_mkCharLenCE(column->text + start, (int)length, CE_UTF8) : NA_STRING);
  }
  UNPROTECT(1);
  return x;
}

static SEXP times_of(const metalab_column_t *column) {
  SEXP x = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)column->count));
  for (size_t k = 0; k < column->count; ++k) {
    const int has = column->valid == NULL || column->valid[k];
    REAL(x)[k] = has ? (double)((const int64_t *)column->values)[k] / 1e6 : NA_REAL;
  }
  SEXP class = PROTECT(Rf_allocVector(STRSXP, 2));
  SET_STRING_ELT(class, 0, Rf_mkChar("POSIXct"));
  SET_STRING_ELT(class, 1, Rf_mkChar("POSIXt"));
  Rf_setAttrib(x, R_ClassSymbol, class);
  SEXP zone = PROTECT(Rf_mkString("UTC"));
  Rf_setAttrib(x, Rf_install("tzone"), zone);
  UNPROTECT(3);
  return x;
}

/* A column as a vector; what is missing is NA. */
static SEXP vector_of(const metalab_column_t *column) {
  const R_xlen_t count = (R_xlen_t)column->count;
  SEXP x;
  switch (column->column_type) {
    case METALAB_COLUMN_TEXT: return texts_of(column);
    case METALAB_COLUMN_TIME: return times_of(column);
    case METALAB_COLUMN_INT: return whole_numbers(column->values, column->valid, count);
    case METALAB_COLUMN_FLOAT:
      x = Rf_allocVector(REALSXP, count);
      for (R_xlen_t k = 0; k < count; ++k)
        REAL(x)[k] = column->valid == NULL || column->valid[k] ? ((const double *)column->values)[k] : NA_REAL;
      return x;
    default:
      x = Rf_allocVector(LGLSXP, count);
      for (R_xlen_t k = 0; k < count; ++k) {
        const int has = column->column_type == METALAB_COLUMN_BOOL && (column->valid == NULL || column->valid[k]);
        LOGICAL(x)[k] = has ? ((const uint8_t *)column->values)[k] != 0 : NA_LOGICAL;
      }
      return x;
  }
}

SEXP ml_experiments(SEXP store) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  char *json = NULL;
  open_store(open, store);
  SEXP ids = PROTECT(parsed(open, metalab_store_experiments_json(open->store, &json), &json));
  finalise(guard);
  UNPROTECT(2);
  return ids;
}

/* The columns by name, and the records that could not be read. */
SEXP ml_runs(SEXP store, SEXP experiment, SEXP filter, SEXP limit) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  const char *of = optional_text(experiment, "experiment"), *which = optional_text(filter, "filter");
  const size_t most = (size_t)whole_unsigned(limit, "limit");
  size_t rows = 0, count = 0;
  char *json = NULL;
  open_store(open, store);
  must(open, metalab_store_runs(open->store, of, which, most, &open->table));
  must(open, metalab_table_size(open->table, &rows, &count));
  SEXP both = PROTECT(Rf_allocVector(VECSXP, 2));
  SEXP columns = Rf_allocVector(VECSXP, (R_xlen_t)count);
  SET_VECTOR_ELT(both, 0, columns);
  SEXP names = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
  for (size_t k = 0; k < count; ++k) {
    metalab_column_t column = METALAB_COLUMN_INIT;
    must(open, metalab_table_column(open->table, k, &column));
    SET_STRING_ELT(names, (R_xlen_t)k, Rf_mkCharCE(column.name, CE_UTF8));
    SET_VECTOR_ELT(columns, (R_xlen_t)k, vector_of(&column));
  }
  Rf_setAttrib(columns, R_NamesSymbol, names);
  SET_VECTOR_ELT(both, 1, parsed(open, metalab_table_problems_json(open->table, &json), &json));
  finalise(guard);
  UNPROTECT(3);
  return both;
}

/* The experiment and id of the run at a place; an error where there is none. */
SEXP ml_stored(SEXP place) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  SEXP both = PROTECT(Rf_allocVector(STRSXP, 2));
  const char *const fields[] = {"experiment_id", "run_id"};
  open_run(open, place);
  for (int k = 0; k < 2; ++k) {
    char *name = NULL;
    must(open, metalab_run_text(open->run, fields[k], &name));
    SET_STRING_ELT(both, k, STRING_ELT(own_text(name), 0));
  }
  finalise(guard);
  UNPROTECT(2);
  return both;
}

typedef metalab_status_t view(const metalab_run_t *, char **);
typedef metalab_status_t view_of(const metalab_run_t *, const char *, char **);

static const struct {
  const char *name;
  view *of;
  const char *quiet;
} views[] = {
    {"record", metalab_run_record_json, NULL},
    /* For who uses nothing of its provenance, such as the seed. */
    {"about", metalab_run_record_json, "provenance"},
    {"names", metalab_run_names_json, NULL},
    {"artifacts", metalab_run_artifacts_json, NULL},
};

static const struct {
  const char *name;
  view_of *of;
} named_views[] = {
    {"result", metalab_run_result_json},
    {"metadata", metalab_run_result_metadata_json},
    {"arrays", metalab_run_array_names_json},
};

/* The parts of a run that are JSON; "verify" compares an artifact with its hash, "step" is the last one, NULL if none. */
SEXP ml_read(SEXP place, SEXP what, SEXP name) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open)), value = R_NilValue;
  const char *wanted = text(what, "what"), *of = optional_text(name, "name");
  char *json = NULL;
  open_run(open, place);
  if (strcmp(wanted, "verify") == 0) must(open, metalab_run_artifact_verify(open->run, of));
  if (strcmp(wanted, "step") == 0) {
    int64_t step = 0;
    const metalab_status_t status = metalab_run_last_step(open->run, &step);
    if (status != METALAB_ERR_NOT_FOUND) must(open, status);
    if (status == METALAB_OK) value = whole_numbers(&step, NULL, 1);
  }
  PROTECT(value);
  for (size_t k = 0; k < sizeof views / sizeof *views; ++k)
    if (strcmp(wanted, views[k].name) == 0) value = parsed_quietly(open, views[k].of(open->run, &json), &json, views[k].quiet);
  for (size_t k = 0; k < sizeof named_views / sizeof *named_views; ++k)
    if (strcmp(wanted, named_views[k].name) == 0) value = parsed(open, named_views[k].of(open->run, of, &json), &json);
  PROTECT(value);
  finalise(guard);
  UNPROTECT(3);
  return value;
}

/* Steps and values from a point on, and two places for what else is told of them. */
static SEXP points_of(struct open *open, metalab_points_t *points, size_t from) {
  size_t count = 0;
  const int64_t *steps = NULL;
  metalab_column_t values = METALAB_COLUMN_INIT;
  must(open, metalab_points_columns(points, &count, &steps, &values));
  const size_t size = values.column_type == METALAB_COLUMN_FLOAT ? sizeof(double) : sizeof(int64_t);
  values.count = count - from;
  if (values.values != NULL) values.values = (const char *)values.values + from * (values.column_type == METALAB_COLUMN_BOOL ? 1 : size);
  if (values.offsets != NULL) values.offsets += from;
  if (values.valid != NULL) values.valid += from;
  SEXP both = PROTECT(Rf_allocVector(VECSXP, 4));
  SET_VECTOR_ELT(both, 0, whole_numbers(steps + from, NULL, (R_xlen_t)values.count));
  SET_VECTOR_ELT(both, 1, vector_of(&values));
  UNPROTECT(1);
  return both;
}

/* The values of the axis at the points that are open, with NA where it has none; NULL if there is no axis. */
static SEXP axis_of(struct open *open) {
  metalab_column_t values = METALAB_COLUMN_INIT;
  const metalab_status_t status = metalab_points_axis(open->points, open->run, &open->axis);
  if (status == METALAB_ERR_NOT_FOUND) return R_NilValue;
  must(open, status);
  must(open, metalab_points_columns(open->axis, NULL, NULL, &values));
  return vector_of(&values);
}

/* most: NULL, or how many points of it look like all. with_axis: the values of its axis are wanted, too. */
SEXP ml_read_series(SEXP place, SEXP name, SEXP most, SEXP with_axis) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  const char *which = text(name, "name");
  const int wants_axis = truth(with_axis, "axis");
  char *json = NULL;
  open_run(open, place);
  must(open, metalab_run_series(open->run, which, &open->points));
  if (most != R_NilValue) {
    metalab_points_t *thinned = NULL;
    must(open, metalab_points_thin(open->points, (size_t)whole_unsigned(most, "most"), &thinned));
    metalab_points_free(open->points);
    open->points = thinned;
  }
  SEXP series = PROTECT(points_of(open, open->points, 0));
  SET_VECTOR_ELT(series, 2, parsed(open, metalab_points_about_json(open->points, &json), &json));
  if (wants_axis) SET_VECTOR_ELT(series, 3, axis_of(open));
  finalise(guard);
  UNPROTECT(2);
  return series;
}

/* Text from a byte on, and how many bytes it has. */
SEXP ml_read_log(SEXP place, SEXP name, SEXP offset, SEXP most) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  const char *log = text(name, "log");
  const uint64_t from = whole_unsigned(offset, "offset"), bytes = whole_unsigned(most, "most");
  char *lines = NULL;
  size_t size = 0;
  open_run(open, place);
  must(open, metalab_run_log(open->run, log, from, (size_t)bytes, &lines, &size));
  SEXP both = PROTECT(Rf_allocVector(VECSXP, 2));
  SET_VECTOR_ELT(both, 0, own_text(lines));
  SET_VECTOR_ELT(both, 1, Rf_ScalarReal((double)size));
  finalise(guard);
  UNPROTECT(2);
  return both;
}

/* what: "artifact", "result", or "latest" with the snapshot's step. */
SEXP ml_read_array(SEXP place, SEXP what, SEXP name, SEXP key) {
  struct open *open;
  SEXP guard = PROTECT(new_guard(&open));
  const char *wanted = text(what, "what"), *which = text(name, "name"), *of = optional_text(key, "key");
  metalab_array_t array = METALAB_ARRAY_INIT;
  int64_t step = 0;
  open_run(open, place);
  if (strcmp(wanted, "artifact") == 0) must(open, metalab_run_array(open->run, which, of, &open->loaded, &array));
  else if (strcmp(wanted, "result") == 0) must(open, metalab_run_result_array(open->run, which, &open->loaded, &array));
  else must(open, metalab_run_latest(open->run, which, &step, &open->loaded, &array));
  SEXP both = PROTECT(Rf_allocVector(VECSXP, 2));
  SET_VECTOR_ELT(both, 0, array_of(&array));
  SET_VECTOR_ELT(both, 1, whole_numbers(&step, NULL, 1));
  finalise(guard);
  UNPROTECT(2);
  return both;
}

/* A series that is followed stays open: its handle is of this process. */
struct follow {
  struct handle handle;
  struct open open;
  size_t told;
};

static SEXP follow_tag(void) { return Rf_install("metalab_follow"); }

static void end_follow(SEXP x) {
  struct follow *follow = R_ExternalPtrAddr(x);
  if (follow != NULL) close_all(&follow->open);
}

SEXP ml_follow(SEXP place, SEXP name) {
  const char *which = text(name, "name");
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, 1));
  SEXP x = PROTECT(new_handle("metalab_follow", NULL, kept, sizeof(struct follow)));
  R_RegisterCFinalizer(x, end_follow);
  struct follow *follow = R_ExternalPtrAddr(x);
  open_run(&follow->open, place);
  must(&follow->open, metalab_run_follow(follow->open.run, which, &follow->open.points));
  UNPROTECT(2);
  return x;
}

/* The points that are new: steps, values, and whether more can come. */
SEXP ml_poll(SEXP x) {
  struct follow *follow = (struct follow *)handle_of(x, follow_tag(), "series: one of run_follow()");
  bool has_ended = false;
  check(metalab_points_poll(follow->open.points, NULL, &has_ended));
  struct open none = {NULL, NULL, NULL, NULL, NULL, NULL};
  SEXP points = PROTECT(points_of(&none, follow->open.points, follow->told));
  SET_VECTOR_ELT(points, 2, Rf_ScalarLogical(has_ended));
  follow->told += (size_t)XLENGTH(VECTOR_ELT(points, 0));
  UNPROTECT(1);
  return points;
}
