/* A run's handle. It protects a list of its mapped arrays, which end with it, R's last error when it was
 * opened, its id, and what of it was in the store when it was opened and was skipped. */
#include "package.h"

#include <stdio.h>
#include <string.h>

enum { MAPPINGS = MEMORY + 1, LAST_ERROR, ID, EARLIER, KEPT };

static SEXP run_tag(void) {
  static SEXP tag;
  return tag != NULL ? tag : (tag = Rf_install("metalab_capture"));
}

static struct handle *run_handle(SEXP run) { return handle_of(run, run_tag(), "run: a capture, as of capture_open(),"); }

/* NULL for a run that was skipped: the library then does nothing. */
metalab_capture_t *run_of(SEXP run) { return run_handle(run)->token; }

int is_skipped(SEXP run) { return run_handle(run)->is_skipped; }

static SEXP kept_mappings(SEXP run) { return VECTOR_ELT(R_ExternalPtrProtected(run), MAPPINGS); }

void keep_mapping(SEXP run, SEXP mapping) {
  SET_VECTOR_ELT(R_ExternalPtrProtected(run), MAPPINGS, Rf_cons(mapping, kept_mappings(run)));
}

void forget_mapping(SEXP run, SEXP mapping) {
  SEXP before = R_NilValue;
  for (SEXP node = kept_mappings(run); node != R_NilValue; before = node, node = CDR(node)) {
    if (CAR(node) != mapping) continue;
    if (before == R_NilValue) SET_VECTOR_ELT(R_ExternalPtrProtected(run), MAPPINGS, CDR(node));
    else SETCDR(before, CDR(node));
    return;
  }
}

/* After the run's end: the library has kept what the arrays hold. */
static void end_mappings(SEXP run) {
  for (SEXP node = kept_mappings(run); node != R_NilValue; node = CDR(node)) end_mapping(CAR(node));
  SET_VECTOR_ELT(R_ExternalPtrProtected(run), MAPPINGS, R_NilValue);
}

/* R's message of the latest error that nobody handled, or that try() did; never raises one. */
static SEXP last_error(void) {
  SEXP call = PROTECT(Rf_lang1(Rf_install("geterrmessage")));
  int failed = 0;
  SEXP message = R_tryEvalSilent(call, R_BaseEnv, &failed);
  UNPROTECT(1);
  return failed || TYPEOF(message) != STRSXP ? R_BlankScalarString : message;
}

/* Nobody finished the run: not a success, whatever the reason. A run that has ended, or is another
 * process's, does not take this. R's latest error may be one that the program has handled: it is shown as what
 * it is, and is not the run's. */
static void finalise(SEXP run) {
  struct handle *handle = R_ExternalPtrAddr(run);
  if (handle == NULL || handle->token == NULL) return;
  metalab_capture_t *capture = handle->token;
  handle->token = NULL;
  handle->is_ended = 1;
  SEXP before = VECTOR_ELT(R_ExternalPtrProtected(run), LAST_ERROR);
  SEXP after = PROTECT(last_error());
  const char *error = CHAR(STRING_ELT(after, 0)), *dropped = "R dropped the run, or quit, before it was finished";
  char text[2048];
  snprintf(text, sizeof text, "%s", dropped);
  if (*error != '\0' && strcmp(error, CHAR(STRING_ELT(before, 0))) != 0) {
    snprintf(text, sizeof text, "%s; the latest error message of R, which may be of one that was handled: %s", dropped, error);
    /* Not in the middle of a character. */
    size_t end = strlen(text);
    if (end == sizeof text - 1)
      while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80) --end;
    if (end > 0 && end < strlen(text)) text[end - 1] = '\0';
    for (end = strlen(text); end > 0 && text[end - 1] == '\n'; --end) text[end - 1] = '\0';
  }
  if (metalab_capture_fail(capture, "Unfinished", text, NULL) == METALAB_ERR_UTF8)
    metalab_capture_fail(capture, "Unfinished", dropped, NULL);
  metalab_capture_free(capture);
  end_mappings(run);
  UNPROTECT(1);
}

static void free_options(SEXP guard) {
  metalab_options_free(R_ExternalPtrAddr(guard));
  R_ClearExternalPtr(guard);
}

typedef metalab_status_t text_setter(metalab_options_t *, const char *);
typedef metalab_status_t json_setter(metalab_options_t *, const char *, size_t);

static const struct {
  const char *name;
  text_setter *set;
  int takes_many;
} text_options[] = {
    {"store", metalab_options_store},
    {"experiment", metalab_options_experiment},
    {"description", metalab_options_experiment_description},
    {"experiment_tags", metalab_options_add_experiment_tag, 1},
    {"run_id", metalab_options_run_id},
    {"namelist", metalab_options_namelist, 1},
    {"tags", metalab_options_add_tag, 1},
    {"note", metalab_options_note},
    {"code_hash", metalab_options_code_hash},
    {"worker", metalab_options_worker},
    {"ranks_param", metalab_options_ranks_param},
    {"compiler", metalab_options_compiler},
    {"journal", metalab_options_journal},
};

static const struct {
  const char *name;
  json_setter *set;
} json_options[] = {
    {"params", metalab_options_params_json},
    {"context", metalab_options_context_json},
    {"metadata", metalab_options_metadata_json},
};

static metalab_status_t set_option(metalab_options_t *options, const char *name, SEXP value) {
  for (size_t k = 0; k < sizeof text_options / sizeof *text_options; ++k) {
    if (strcmp(name, text_options[k].name) != 0) continue;
    if (TYPEOF(value) != STRSXP) refuse("%s: a text is wanted", name);
    if (!text_options[k].takes_many) return text_options[k].set(options, text(value, name));
    metalab_status_t status = METALAB_OK;
    for (R_xlen_t element = 0; status == METALAB_OK && element < XLENGTH(value); ++element)
      status = text_options[k].set(options, present_text(value, element, name));
    return status;
  }
  for (size_t k = 0; k < sizeof json_options / sizeof *json_options; ++k)
    if (strcmp(name, json_options[k].name) == 0) return json_options[k].set(options, json_object(value, name), METALAB_NUL);
  if (strcmp(name, "seed") == 0) return metalab_options_seed(options, whole_unsigned(value, name));
  if (strcmp(name, "planned_runs") == 0) return metalab_options_planned_runs(options, whole_unsigned(value, name));
  if (strcmp(name, "replicate") == 0) return metalab_options_replicate(options, whole_unsigned(value, name));
  if (strcmp(name, "if_success") == 0) {
    const char *policy = text(value, name);
    return metalab_options_if_success(options, strcmp(policy, "skip") == 0     ? METALAB_IF_SUCCESS_SKIP
                                               : strcmp(policy, "refuse") == 0 ? METALAB_IF_SUCCESS_REFUSE
                                                                               : METALAB_IF_SUCCESS_RERUN);
  }
  if (strcmp(name, "role") == 0) {
    const char *role = text(value, name);
    return metalab_options_role(options, strcmp(role, "owner") == 0    ? METALAB_ROLE_OWNER
                                         : strcmp(role, "worker") == 0 ? METALAB_ROLE_WORKER
                                         : strcmp(role, "ranks") == 0  ? METALAB_ROLE_RANKS
                                                                       : METALAB_ROLE_AUTO);
  }
  if (strcmp(name, "rank") == 0) {
    if (!Rf_isNumeric(value) || Rf_xlength(value) != 2) refuse("rank: c(rank, size) is wanted");
    return metalab_options_rank(options, step_at(value, 0), step_at(value, 1));
  }
  if (strcmp(name, "attach_patience") == 0) return metalab_options_attach_patience(options, number(value, name));
  if (strcmp(name, "restart") == 0) return metalab_options_restart(options, whole(value, name));
  if (strcmp(name, "durable") == 0) return metalab_options_durable(options, truth(value, name));
  if (strcmp(name, "sample") == 0) return metalab_options_sample(options, number(value, name));
  if (strcmp(name, "stop_before") == 0) return metalab_options_stop_before(options, number(value, name));
  if (strcmp(name, "index_wait") == 0) return metalab_options_index_wait(options, number(value, name));
  if (strcmp(name, "end_time") == 0) return metalab_options_end_time(options, whole(value, name));
  if (strcmp(name, "flush_interval") == 0) return metalab_options_flush_interval(options, number(value, name));
  if (strcmp(name, "refresh_interval") == 0) return metalab_options_refresh_interval(options, number(value, name));
  refuse("%s: there is no such option", name);
}

/* Returns the options that `values` says; `guard` frees them. */
static metalab_options_t *options_of(SEXP guard, SEXP values) {
  metalab_options_t *options = NULL;
  check(metalab_options_new(&options));
  R_SetExternalPtrAddr(guard, options);
  SEXP names = Rf_getAttrib(values, R_NamesSymbol);
  for (R_xlen_t k = 0; k < XLENGTH(values); ++k)
    if (VECTOR_ELT(values, k) != R_NilValue) check(set_option(options, element_text(names, k), VECTOR_ELT(values, k)));
  return options;
}

static SEXP new_guard(void) {
  SEXP guard = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(guard, free_options);
  UNPROTECT(1);
  return guard;
}

/* The experiment and id of a run that is read. */
static SEXP names_of(metalab_run_t *run) {
  SEXP both = PROTECT(Rf_allocVector(STRSXP, 2));
  const char *const fields[] = {"experiment_id", "run_id"};
  for (int k = 0; k < 2; ++k) {
    char *name = NULL;
    if (metalab_run_text(run, fields[k], &name) == METALAB_OK) SET_STRING_ELT(both, k, STRING_ELT(own_text(name), 0));
  }
  metalab_run_free(run);
  UNPROTECT(1);
  return both;
}

SEXP ml_open(SEXP values) {
  /* All of R's memory first: nothing may fail between the opening and the handle. */
  SEXP kept = PROTECT(Rf_allocVector(VECSXP, KEPT));
  SET_VECTOR_ELT(kept, LAST_ERROR, last_error());
  SEXP run = PROTECT(new_handle("metalab_capture", "metalab_capture", kept, sizeof(struct handle)));
  struct handle *handle = R_ExternalPtrAddr(run);
  R_RegisterCFinalizerEx(run, finalise, TRUE);
  SEXP guard = PROTECT(new_guard());
  metalab_options_t *options = options_of(guard, values);
  metalab_capture_t *capture = NULL;
  metalab_status_t status = metalab_capture_open(options, &capture);
  handle->token = capture;
  if (status == METALAB_SKIP) {
    metalab_run_t *earlier = NULL;
    handle->is_skipped = 1;
    status = metalab_options_run(options, &earlier);
    if (status == METALAB_OK) SET_VECTOR_ELT(kept, EARLIER, names_of(earlier));
  }
  free_options(guard);
  check(status);
  char *id = NULL;
  if (capture != NULL && metalab_capture_run_id(capture, &id) == METALAB_OK) SET_VECTOR_ELT(kept, ID, own_text(id));
  UNPROTECT(3);
  return run;
}

/* The experiment and id of the run that ml_open would open; NULL if the store has none. */
SEXP ml_find(SEXP values) {
  SEXP guard = PROTECT(new_guard());
  metalab_run_t *run = NULL;
  const metalab_status_t status = metalab_options_run(options_of(guard, values), &run);
  free_options(guard);
  if (status != METALAB_ERR_NOT_FOUND) check(status);
  SEXP names = status == METALAB_OK ? names_of(run) : R_NilValue;
  UNPROTECT(1);
  return names;
}

/* NULL, or a skipped run, for none. */
SEXP ml_set_current(SEXP run) {
  metalab_capture_t *capture = NULL;
  if (run != R_NilValue) {
    const struct handle *handle = run_handle(run);
    if (handle->is_ended && !handle->is_skipped) raise_status(METALAB_ERR_CLOSED, "run: it has ended");
    capture = handle->token;
  }
  check(metalab_capture_set_current(capture));
  return R_NilValue;
}

/* Of any handle; one of another process, of a run that has ended or was skipped is not. */
SEXP ml_is_current(SEXP run) {
  const struct handle *handle = is_handle(run, run_tag()) ? R_ExternalPtrAddr(run) : NULL;
  return Rf_ScalarLogical(handle != NULL && handle->token != NULL && handle->token == metalab_capture_current());
}

SEXP ml_finish(SEXP run) {
  struct handle *handle = run_handle(run);
  const metalab_status_t status = metalab_capture_finish(handle->token);
  /* The end of a mapping may fail as well, and what the run lost counts. */
  const char *message = failure(status);
  if (status == METALAB_OK || status == METALAB_NO_CAPTURE || status == METALAB_ERR_INCOMPLETE) {
    end_mappings(run);
    handle->is_ended = 1;
  }
  if (message != NULL) raise_status(status, message);
  return R_NilValue;
}

/* Where it was skipped, the experiment and id of the run that is there. */
SEXP ml_is_skipped(SEXP run) { return run_handle(run)->is_skipped ? VECTOR_ELT(R_ExternalPtrProtected(run), EARLIER) : R_NilValue; }

/* Of any process's handle: a forked child can't ask for the run's time. */
SEXP ml_state(SEXP run) {
  double seconds = 0.0;
  if (!is_handle(run, run_tag())) run_handle(run);
  const struct handle *handle = R_ExternalPtrAddr(run);
  if (handle == NULL) return Rf_mkString("another process's");
  if (handle->is_skipped) return Rf_mkString("skipped");
  if (handle->is_ended) return Rf_mkString("ended");
  return Rf_mkString(metalab_capture_seconds_left(handle->token, &seconds) == METALAB_OK ? "open" : "another process's");
}

SEXP ml_fail(SEXP run, SEXP type, SEXP message, SEXP traceback) {
  metalab_capture_t *capture = run_of(run);
  const char *what = text(type, "type"), *why = text(message, "message"), *where = optional_text(traceback, "traceback");
  check(metalab_capture_fail(capture, what, why, where));
  return R_NilValue;
}

SEXP ml_cancel(SEXP run, SEXP reason) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_cancel(capture, optional_text(reason, "reason")));
  return R_NilValue;
}

SEXP ml_flush(SEXP run, SEXP durable) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_flush(capture, truth(durable, "durable") ? METALAB_FLUSH_DURABLE : METALAB_FLUSH_VISIBLE));
  return R_NilValue;
}

SEXP ml_warning(SEXP run, SEXP message, SEXP details) {
  metalab_capture_t *capture = run_of(run);
  const char *what = text(message, "message"), *more = json_object(details, "details");
  check(metalab_capture_add_warning(capture, what, more));
  return R_NilValue;
}

SEXP ml_note(SEXP run, SEXP note) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_add_note(capture, text(note, "note")));
  return R_NilValue;
}

SEXP ml_tag(SEXP run, SEXP tag) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_add_tag(capture, text(tag, "tag")));
  return R_NilValue;
}

/* Also of another process's handle: it is what to join. */
SEXP ml_run_id(SEXP run) {
  if (!is_handle(run, run_tag())) run_handle(run);
  SEXP kept = R_ExternalPtrProtected(run), earlier = VECTOR_ELT(kept, EARLIER);
  if (earlier != R_NilValue) return Rf_ScalarString(STRING_ELT(earlier, 1));
  return VECTOR_ELT(kept, ID) != R_NilValue ? VECTOR_ELT(kept, ID) : Rf_ScalarString(NA_STRING);
}

static SEXP digits(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  return Rf_mkString(text);
}

SEXP ml_rank(SEXP run) {
  int64_t rank = 0, size = 1;
  check(metalab_capture_rank(run_of(run), &rank, &size));
  SEXP both = Rf_allocVector(REALSXP, 2);
  REAL(both)[0] = (double)rank;
  REAL(both)[1] = (double)size;
  return both;
}

SEXP ml_reduce(SEXP run, SEXP name) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_reduce(capture, text(name, "name")));
  return R_NilValue;
}

SEXP ml_set_step_unit(SEXP run, SEXP name, SEXP unit) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_set_step_unit(capture, text(name, "name"), text(unit, "unit")));
  return R_NilValue;
}

SEXP ml_set_axis(SEXP run, SEXP name, SEXP axis) {
  metalab_capture_t *capture = run_of(run);
  check(metalab_capture_set_axis(capture, text(name, "name"), text(axis, "axis")));
  return R_NilValue;
}

/* A seed has 64 bits: as digits, R has no such integers. */
SEXP ml_capture_derive_seed(SEXP run, SEXP name) {
  metalab_capture_t *capture = run_of(run);
  uint64_t seed = 0;
  check(metalab_capture_derive_seed(capture, text(name, "name"), &seed));
  return digits(seed);
}

/* Of a run that goes on: the library answers of the time of one that has ended, too. */
static double seconds_left(SEXP run) {
  double seconds = R_PosInf;
  const struct handle *handle = run_handle(run);
  if (handle->is_ended && !handle->is_skipped) raise_status(METALAB_ERR_CLOSED, "run: it has ended");
  check(metalab_capture_seconds_left(handle->token, &seconds));
  return seconds;
}

SEXP ml_should_stop(SEXP run, SEXP step) {
  seconds_left(run);
  const metalab_capture_t *capture = run_of(run);
  return Rf_ScalarLogical(Rf_isNull(step) ? metalab_capture_should_stop(capture)
                                          : metalab_capture_should_stop_at(capture, whole(step, "step")));
}

SEXP ml_request_stop(SEXP run) {
  /* Which writes no message, as it may be called in a signal handler. */
  const metalab_status_t status = metalab_capture_request_stop(run_of(run));
  if (status == METALAB_ERR_CLOSED) raise_status(status, "metalab_capture_request_stop: the capture is closed");
  return R_NilValue;
}

SEXP ml_seconds_left(SEXP run) { return Rf_ScalarReal(seconds_left(run)); }

/* *json is read after the call that is the first argument has written it. */
static SEXP parsed(metalab_status_t status, char *const *json) {
  check(status);
  if (*json == NULL) return R_NilValue;
  SEXP text = PROTECT(own_text(*json));
  SEXP value = from_json(CHAR(STRING_ELT(text, 0)));
  UNPROTECT(1);
  return value;
}

SEXP ml_view(SEXP run, SEXP what) {
  metalab_capture_t *capture = run_of(run);
  const char *view = text(what, "what");
  char *json = NULL;
  if (strcmp(view, "run") == 0) return parsed(metalab_capture_summary_json(capture, &json), &json);
  if (strcmp(view, "metrics") == 0) return parsed(metalab_capture_metrics_json(capture, &json), &json);
  if (strcmp(view, "artifacts") == 0) return parsed(metalab_capture_artifacts_json(capture, &json), &json);
  if (strcmp(view, "results") == 0) return parsed(metalab_capture_results_json(capture, &json), &json);
  return parsed(metalab_capture_health_json(capture, &json), &json);
}

/* How many, and what recovery said of others or NULL. */
static SEXP recovered_runs(metalab_status_t status, size_t recovered) {
  check(status);
  SEXP said = PROTECT(remark());
  SEXP both = PROTECT(Rf_allocVector(VECSXP, 2));
  SET_VECTOR_ELT(both, 0, Rf_ScalarInteger((int)recovered));
  SET_VECTOR_ELT(both, 1, said);
  UNPROTECT(2);
  return both;
}

SEXP ml_recover(SEXP store, SEXP experiment, SEXP journal) {
  size_t recovered = 0;
  const char *where = optional_text(store, "store"), *which = optional_text(experiment, "experiment");
  const char *journals = optional_text(journal, "journal");
  const metalab_status_t status = metalab_recover(where, which, journals, &recovered);
  return recovered_runs(status, recovered);
}

SEXP ml_recover_host(SEXP store, SEXP experiment, SEXP journal, SEXP host) {
  size_t recovered = 0;
  const char *where = optional_text(store, "store"), *which = optional_text(experiment, "experiment");
  const char *journals = optional_text(journal, "journal"), *gone = text(host, "host");
  const metalab_status_t status = metalab_recover_host(where, which, journals, gone, &recovered);
  return recovered_runs(status, recovered);
}

SEXP ml_recover_child(SEXP store, SEXP experiment, SEXP journal, SEXP pid, SEXP status) {
  size_t recovered = 0;
  const char *where = optional_text(store, "store"), *which = optional_text(experiment, "experiment");
  const char *journals = optional_text(journal, "journal");
  const int64_t process = whole(pid, "pid");
  check(metalab_recover_child(where, which, journals, process, (int)whole(status, "status"), &recovered));
  return Rf_ScalarInteger((int)recovered);
}

SEXP ml_canonical_json(SEXP value) {
  char *canonical = NULL;
  check(metalab_canonical_json(text(value, "json"), METALAB_NUL, &canonical));
  return own_text(canonical);
}

SEXP ml_fingerprint(SEXP value) {
  char *fingerprint = NULL;
  check(metalab_fingerprint(text(value, "json"), METALAB_NUL, &fingerprint));
  return own_text(fingerprint);
}

SEXP ml_identity(SEXP experiment, SEXP context, SEXP params, SEXP seed, SEXP code_hash) {
  char *id = NULL;
  const char *which = text(experiment, "experiment"), *around = json_object(context, "context");
  const char *with = json_object(params, "params"), *seeds = text(seed, "seed");
  check(metalab_run_id(which, around, with, seeds, optional_text(code_hash, "code_hash"), &id));
  return own_text(id);
}

SEXP ml_derive_seed(SEXP seed, SEXP name) {
  uint64_t derived = 0;
  const char *seeds = text(seed, "seed");
  check(metalab_derive_seed(seeds, text(name, "name"), &derived));
  return digits(derived);
}

SEXP ml_version(void) { return Rf_mkString(metalab_version()); }

/* Of the header that the package was compiled with, and of the library that runs. */
SEXP ml_abi(void) {
  SEXP both = Rf_allocVector(INTSXP, 2);
  INTEGER(both)[0] = METALAB_ABI_VERSION;
  INTEGER(both)[1] = (int)metalab_abi_version();
  return both;
}

SEXP ml_from_json(SEXP json) { return from_json(text(json, "json")); }
