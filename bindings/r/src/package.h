/* Declarations that the files of the package's C code share. R's errors jump: no function here raises one while
 * a call into the library is under way, and all that could leak is owned by R's memory. */
#ifndef METALAB_R_PACKAGE_H
#define METALAB_R_PACKAGE_H

#define R_NO_REMAP
#define STRICT_R_HEADERS
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Altrep.h>
#include <R_ext/Rdynload.h>
#include <metalab.h>

/* condition.c: errors are conditions of class metalab_error. */
void check(metalab_status_t status);
/* The message of a call that has failed, in R's memory until this call of C returns; NULL if it has not. */
const char *failure(metalab_status_t status);
/* The message of a recovery that has succeeded, about the runs that it left alone: a string, or NULL. */
SEXP remark(void);
NORET void raise_status(metalab_status_t status, const char *message);
NORET void refuse(const char *format, ...);

/* handle.c: each handle's memory is the first element of what its pointer protects. */
struct handle {
  void *token;
  int pid;
  int is_skipped, is_ended;
};
enum { MEMORY };
SEXP new_handle(const char *tag, const char *class, SEXP kept, size_t size);
int is_handle(SEXP x, SEXP tag);
struct handle *handle_of(SEXP x, SEXP tag, const char *wanted);
NORET void raise_foreign(void);
const char *way_of_child(metalab_status_t status);

/* convert.c: R's values as the library wants them, and back. */
const char *text(SEXP value, const char *argument);
const char *optional_text(SEXP value, const char *argument);
const char *element_text(SEXP strings, R_xlen_t index);
/* The same, of one that must not be NA. */
const char *present_text(SEXP strings, R_xlen_t index, const char *argument);
double number(SEXP value, const char *argument);
int64_t whole(SEXP value, const char *argument);
uint64_t whole_unsigned(SEXP value, const char *argument);
int truth(SEXP value, const char *argument);
int64_t step_at(SEXP steps, R_xlen_t index);
SEXP own_text(char *text);

/* A value that metrics and points can have. */
enum kind { NOT_THERE, REAL_NUMBER, WHOLE_NUMBER, TRUTH_VALUE, TEXT };
struct scalar {
  enum kind kind;
  double real;
  int64_t whole;
  const char *text;
};
struct scalar scalar_at(SEXP values, R_xlen_t index);
/* The text of a factor's, Date's or POSIXct's element; NULL for NA, or where x is none of them. */
const char *described_at(SEXP x, R_xlen_t index);
int is_described(SEXP x);
int64_t integer64_at(SEXP x, R_xlen_t index);
#define NA_INTEGER64 INT64_MIN

/* json.c */
struct buffer {
  char *text;
  size_t length, capacity;
};
void append(struct buffer *buffer, const char *bytes, size_t count);
void append_number(struct buffer *buffer, double value);
const char *json(SEXP value);
/* NULL for NULL; else an object. */
const char *json_object(SEXP value, const char *argument);
SEXP from_json(const char *json);
/* Without a warning of integers that are rounded in this member of an object. */
SEXP from_json_quietly(const char *json, const char *member);

/* array.c */
int is_array_like(SEXP x);
metalab_array_t array_view(SEXP x, const char *what);
metalab_dtype_t dtype_of(SEXPTYPE type);
SEXP array_of(const metalab_array_t *view);

/* run.c */
metalab_capture_t *run_of(SEXP run);
int is_skipped(SEXP run);
void keep_mapping(SEXP run, SEXP mapping);
void forget_mapping(SEXP run, SEXP mapping);

/* mapped.c */
void init_mapped(DllInfo *dll);
void end_mapping(SEXP mapping);
int is_mapped(SEXP x);
metalab_array_t mapped_view(SEXP x);

/* wide.c: 64-bit integers, which R has none of. */
enum rounding { EXACT, WITHOUT_BIT64, BEYOND_INTEGER64 };
void warn_of(enum rounding rounding);
/* valid: 0 where a value is missing; NULL where none is. Warns of those that are rounded. */
SEXP whole_numbers(const int64_t *values, const uint8_t *valid, R_xlen_t count);
/* The same, which leaves the warning to the caller: *rounding is written where values are rounded. */
SEXP rounded_numbers(const int64_t *values, const uint8_t *valid, R_xlen_t count, enum rounding *rounding);

/* The functions that R calls. */
SEXP ml_version(void);
SEXP ml_abi(void);
SEXP ml_open(SEXP options);
SEXP ml_find(SEXP options);
SEXP ml_experiments(SEXP store);
SEXP ml_runs(SEXP store, SEXP experiment, SEXP filter, SEXP limit);
SEXP ml_stored(SEXP place);
SEXP ml_read(SEXP place, SEXP what, SEXP name);
SEXP ml_read_series(SEXP place, SEXP name, SEXP most, SEXP axis);
SEXP ml_read_log(SEXP place, SEXP name, SEXP offset, SEXP most);
SEXP ml_read_array(SEXP place, SEXP what, SEXP name, SEXP key);
SEXP ml_follow(SEXP place, SEXP name);
SEXP ml_poll(SEXP handle);
SEXP ml_set_current(SEXP run);
SEXP ml_is_current(SEXP run);
SEXP ml_finish(SEXP run);
SEXP ml_is_skipped(SEXP run);
SEXP ml_state(SEXP run);
SEXP ml_fail(SEXP run, SEXP type, SEXP message, SEXP traceback);
SEXP ml_cancel(SEXP run, SEXP reason);
SEXP ml_flush(SEXP run, SEXP durable);
SEXP ml_warning(SEXP run, SEXP message, SEXP details);
SEXP ml_note(SEXP run, SEXP note);
SEXP ml_tag(SEXP run, SEXP tag);
SEXP ml_run_id(SEXP run);
SEXP ml_capture_derive_seed(SEXP run, SEXP name);
SEXP ml_rank(SEXP run);
SEXP ml_reduce(SEXP run, SEXP name);
SEXP ml_set_axis(SEXP run, SEXP name, SEXP axis);
SEXP ml_set_step_unit(SEXP run, SEXP name, SEXP unit);
SEXP ml_should_stop(SEXP run, SEXP step);
SEXP ml_request_stop(SEXP run);
SEXP ml_seconds_left(SEXP run);
SEXP ml_view(SEXP run, SEXP what);
SEXP ml_recover(SEXP store, SEXP experiment, SEXP journal);
SEXP ml_recover_host(SEXP store, SEXP experiment, SEXP journal, SEXP host);
SEXP ml_recover_child(SEXP store, SEXP experiment, SEXP journal, SEXP pid, SEXP status);
SEXP ml_index_rebuild(SEXP store, SEXP experiment, SEXP progress);
SEXP ml_metric(SEXP run, SEXP name, SEXP step, SEXP value);
SEXP ml_metrics(SEXP run, SEXP step, SEXP values);
SEXP ml_series(SEXP run, SEXP name, SEXP unit, SEXP description);
SEXP ml_point(SEXP series, SEXP step, SEXP value);
SEXP ml_nothing(SEXP series, SEXP step, SEXP value);
SEXP ml_capture_log(SEXP run, SEXP level, SEXP text);
SEXP ml_log(SEXP logger, SEXP level, SEXP text);
SEXP ml_log_enabled(SEXP logger, SEXP level);
SEXP ml_subscribe(SEXP run, SEXP logger, SEXP level);
SEXP ml_unsubscribe(SEXP run, SEXP logger);
SEXP ml_stdio(SEXP run, SEXP streams);
SEXP ml_stdio_end(SEXP run);
SEXP ml_data_json(SEXP run, SEXP name, SEXP value, SEXP metadata);
SEXP ml_data_array(SEXP run, SEXP name, SEXP value, SEXP metadata);
SEXP ml_artifact_json(SEXP run, SEXP name, SEXP value, SEXP metadata);
SEXP ml_artifact_bytes(SEXP run, SEXP name, SEXP bytes, SEXP kind, SEXP format, SEXP metadata);
SEXP ml_artifact_array(SEXP run, SEXP name, SEXP value, SEXP metadata);
SEXP ml_artifact_arrays(SEXP run, SEXP name, SEXP values, SEXP metadata);
SEXP ml_file(SEXP run, SEXP name, SEXP path, SEXP mode, SEXP kind, SEXP metadata);
SEXP ml_stream(SEXP run, SEXP name, SEXP kind, SEXP format, SEXP metadata);
SEXP ml_stream_write(SEXP stream, SEXP bytes);
SEXP ml_stream_metadata(SEXP stream, SEXP metadata);
SEXP ml_stream_end(SEXP stream, SEXP keep);
SEXP ml_map(SEXP run, SEXP name, SEXP type, SEXP dim, SEXP metadata);
SEXP ml_snapshots(SEXP run, SEXP name, SEXP type, SEXP dim, SEXP metadata);
SEXP ml_begin(SEXP snapshots, SEXP step);
SEXP ml_snapshots_end(SEXP snapshots);
SEXP ml_elements(SEXP x);
SEXP ml_plain(SEXP elements);
SEXP ml_put_back(SEXP x, SEXP elements);
SEXP ml_extents(SEXP x);
SEXP ml_mapping_metadata(SEXP x, SEXP metadata);
SEXP ml_mapping_end(SEXP x, SEXP keep);
SEXP ml_figure_bytes(SEXP run, SEXP name, SEXP bytes, SEXP format, SEXP metadata);
SEXP ml_figure_pixels(SEXP run, SEXP name, SEXP bytes, SEXP size, SEXP metadata);
SEXP ml_figure_field(SEXP run, SEXP name, SEXP field, SEXP style, SEXP range, SEXP metadata);
SEXP ml_to_json(SEXP value);
SEXP ml_from_json(SEXP json);
SEXP ml_format_numbers(SEXP values);
SEXP ml_describe(SEXP values);
SEXP ml_canonical_json(SEXP json);
SEXP ml_fingerprint(SEXP json);
SEXP ml_identity(SEXP experiment, SEXP context, SEXP params, SEXP seed, SEXP code_hash);
SEXP ml_derive_seed(SEXP seed, SEXP name);

#endif
