/* Metrics, points and log lines. A value that is NA is no value: nothing is recorded. */
#include "package.h"

#include <string.h>

enum { OF_RUN = MEMORY + 1, KEPT };

static SEXP series_tag(void) {
  static SEXP tag;
  return tag != NULL ? tag : (tag = Rf_install("metalab_series"));
}

static metalab_status_t plain(metalab_capture_t *run, const char *name, struct scalar value) {
  switch (value.kind) {
    case REAL_NUMBER: return metalab_capture_metric(run, name, value.real);
    case WHOLE_NUMBER: return metalab_capture_metric_i64(run, name, value.whole);
    case TRUTH_VALUE: return metalab_capture_metric_bool(run, name, value.whole != 0);
    case TEXT: return metalab_capture_metric_text(run, name, value.text, METALAB_NUL);
    case NOT_THERE: break;
  }
  return METALAB_OK;
}

static metalab_status_t stepped(metalab_capture_t *run, const char *name, int64_t step, struct scalar value) {
  switch (value.kind) {
    case REAL_NUMBER: return metalab_capture_metric_step(run, name, step, value.real);
    case WHOLE_NUMBER: return metalab_capture_metric_step_i64(run, name, step, value.whole);
    case TRUTH_VALUE: return metalab_capture_metric_step_bool(run, name, step, value.whole != 0);
    case TEXT: return metalab_capture_metric_step_text(run, name, step, value.text, METALAB_NUL);
    case NOT_THERE: break;
  }
  return METALAB_OK;
}

static metalab_status_t fed(metalab_series_t *series, int64_t step, struct scalar value) {
  switch (value.kind) {
    case REAL_NUMBER: return metalab_series_point(series, step, value.real);
    case WHOLE_NUMBER: return metalab_series_point_i64(series, step, value.whole);
    case TRUTH_VALUE: return metalab_series_point_bool(series, step, value.whole != 0);
    case TEXT: return metalab_series_point_text(series, step, value.text, METALAB_NUL);
    case NOT_THERE: break;
  }
  return METALAB_OK;
}

/* Refuses values whose unit a number alone does not say, or that would be another number. */
static void want_value(SEXP value) {
  if (Rf_inherits(value, "difftime")) refuse("value: a difftime has a unit; as.numeric(x, units = \"secs\") is a number");
}

static void want_steps(SEXP step, SEXP value) {
  if (!Rf_isNumeric(step)) refuse("step: whole numbers are wanted");
  if (Rf_xlength(step) != Rf_xlength(value))
    refuse("step: there are %lld steps and %lld values", (long long)Rf_xlength(step), (long long)Rf_xlength(value));
}

SEXP ml_metric(SEXP run, SEXP name, SEXP step, SEXP value) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name");
  want_value(value);
  if (step == R_NilValue) {
    if (Rf_xlength(value) != 1) refuse("value: one value is wanted where there is no step, not %lld", (long long)Rf_xlength(value));
    check(plain(capture, which, scalar_at(value, 0)));
    return R_NilValue;
  }
  want_steps(step, value);
  for (R_xlen_t k = 0; k < Rf_xlength(value); ++k) check(stepped(capture, which, step_at(step, k), scalar_at(value, k)));
  return R_NilValue;
}

/* A list of single values by name, or a vector with names. */
SEXP ml_metrics(SEXP run, SEXP step, SEXP values) {
  metalab_capture_t *capture = run_of(run);
  SEXP names = Rf_getAttrib(values, R_NamesSymbol);
  const R_xlen_t count = XLENGTH(values);
  if (names == R_NilValue && count > 0) refuse("values: names are wanted");
  for (R_xlen_t k = 0; k < count; ++k) {
    SEXP value = TYPEOF(values) == VECSXP ? VECTOR_ELT(values, k) : values;
    const R_xlen_t index = TYPEOF(values) == VECSXP ? 0 : k;
    const char *name = element_text(names, k);
    want_value(value);
    if (TYPEOF(values) == VECSXP && Rf_xlength(value) != 1) refuse("%s: one value is wanted", name);
    const struct scalar scalar = scalar_at(value, index);
    check(step == R_NilValue ? plain(capture, name, scalar) : stepped(capture, name, whole(step, "step"), scalar));
  }
  return R_NilValue;
}

SEXP ml_series(SEXP run, SEXP name, SEXP unit, SEXP description) {
  metalab_capture_t *capture = run_of(run);
  const char *which = text(name, "name"), *of = optional_text(unit, "unit"), *what = optional_text(description, "description");
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SEXP handle = PROTECT(new_handle("metalab_series", NULL, kept, sizeof(struct handle)));
  SET_VECTOR_ELT(kept, OF_RUN, run);
  metalab_series_t *series = NULL;
  check(metalab_capture_series(capture, which, of, what, &series));
  ((struct handle *)R_ExternalPtrAddr(handle))->token = series;
  UNPROTECT(2);
  return handle;
}

/* Numbers go in at once; NA is no value and is left out. */
static void many(metalab_series_t *series, SEXP step, SEXP value) {
  const R_xlen_t count = XLENGTH(value);
  const int is_real = TYPEOF(value) == REALSXP && !Rf_isObject(value), is_whole = TYPEOF(value) == INTSXP && !is_described(value);
  if (is_described(value)) value = PROTECT(ml_describe(value));
  else PROTECT(value);
  if (!is_real && !is_whole) {
    for (R_xlen_t k = 0; k < count; ++k) check(fed(series, step_at(step, k), scalar_at(value, k)));
    UNPROTECT(1);
    return;
  }
  int64_t *steps = (int64_t *)R_alloc((size_t)count, sizeof *steps);
  double *reals = is_real ? (double *)R_alloc((size_t)count, sizeof *reals) : NULL;
  int64_t *wholes = is_real ? NULL : (int64_t *)R_alloc((size_t)count, sizeof *wholes);
  size_t taken = 0;
  for (R_xlen_t k = 0; k < count; ++k) {
    steps[taken] = step_at(step, k);
    if (is_real) {
      reals[taken] = REAL_ELT(value, k);
      taken += !R_IsNA(reals[taken]);
    } else {
      wholes[taken] = INTEGER_ELT(value, k);
      taken += wholes[taken] != NA_INTEGER;
    }
  }
  check(is_real ? metalab_series_points(series, taken, steps, reals) : metalab_series_points_i64(series, taken, steps, wholes));
  UNPROTECT(1);
}

SEXP ml_point(SEXP handle, SEXP step, SEXP value) {
  metalab_series_t *series = handle_of(handle, series_tag(), "series: one of capture_series()")->token;
  /* The common case, a float at an integer's step, takes the shortest way. */
  if (TYPEOF(value) == REALSXP && TYPEOF(step) == INTSXP && !Rf_isObject(value) && !Rf_isObject(step) &&
      Rf_xlength(value) == 1 && Rf_xlength(step) == 1) {
    const double real = REAL_ELT(value, 0);
    const int at = INTEGER_ELT(step, 0);
    if (!ISNAN(real) && at != NA_INTEGER) {
      check(metalab_series_point(series, at, real));
      return R_NilValue;
    }
  }
  want_steps(step, value);
  want_value(value);
  if (Rf_xlength(value) == 1) check(fed(series, step_at(step, 0), scalar_at(value, 0)));
  else if (Rf_xlength(value) > 1) many(series, step, value);
  return R_NilValue;
}

/* A call that does nothing, for benchmarks to compare with. */
SEXP ml_nothing(SEXP series, SEXP step, SEXP value) { return R_NilValue; }

SEXP ml_capture_log(SEXP run, SEXP level, SEXP lines) {
  metalab_capture_t *capture = run_of(run);
  const int64_t severity = whole(level, "level");
  if (TYPEOF(lines) != STRSXP) refuse("text: a text is wanted");
  for (R_xlen_t k = 0; k < XLENGTH(lines); ++k)
    check(metalab_capture_log(capture, (metalab_level_t)severity, element_text(lines, k), METALAB_NUL));
  return R_NilValue;
}

SEXP ml_log(SEXP logger, SEXP level, SEXP lines) {
  const char *name = text(logger, "logger");
  const int64_t severity = whole(level, "level");
  if (TYPEOF(lines) != STRSXP) refuse("text: a text is wanted");
  for (R_xlen_t k = 0; k < XLENGTH(lines); ++k)
    check(metalab_log(name, (metalab_level_t)severity, element_text(lines, k), METALAB_NUL));
  return R_NilValue;
}

SEXP ml_log_enabled(SEXP logger, SEXP level) {
  const char *name = text(logger, "logger");
  return Rf_ScalarLogical(metalab_log_enabled(name, (metalab_level_t)whole(level, "level")));
}

SEXP ml_subscribe(SEXP run, SEXP logger, SEXP level) {
  metalab_capture_t *capture = run_of(run);
  const char *name = text(logger, "logger");
  check(metalab_capture_subscribe(capture, name, (metalab_level_t)whole(level, "level")));
  return R_NilValue;
}

SEXP ml_unsubscribe(SEXP run, SEXP logger) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_unsubscribe(capture, text(logger, "logger")));
  return R_NilValue;
}

SEXP ml_stdio(SEXP run, SEXP streams) {
  metalab_capture_t *capture = run_of(run);
  uint32_t which = 0;
  for (R_xlen_t k = 0; k < XLENGTH(streams); ++k)
    which |= strcmp(element_text(streams, k), "stdout") == 0 ? METALAB_STDOUT : METALAB_STDERR;
  check(metalab_capture_stdio(capture, which));
  return R_NilValue;
}

SEXP ml_stdio_end(SEXP run) {
  check(metalab_capture_stdio_end(run_of(run)));
  return R_NilValue;
}
