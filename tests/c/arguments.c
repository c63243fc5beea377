/* Every function, with every argument that it has to refuse. */
#include "check.h"

#include <limits.h>
#include <math.h>

static const char *const name_list[2] = {"a", "b"};
static const double value_list[2] = {1.0, 2.0};
static const int64_t step_list[2] = {1, 2};
static const uint64_t shape_list[2] = {1, 2};
static const uint8_t pixel_list[12] = {0};

static metalab_array_t array_of(const void *data) {
  metalab_array_t array = {sizeof(metalab_array_t), NULL, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape_list, NULL};
  array.data = data;
  return array;
}

static void options(void) {
  metalab_options_t *o = NULL;
  FAILS(METALAB_ERR_NULL, "options_out", metalab_options_new(NULL));
  OK(metalab_options_new(&o));

#define TEXT(function, argument)                                               \
  FAILS(METALAB_ERR_NULL, "options", function(NULL, "x"));                     \
  FAILS(METALAB_ERR_NULL, argument, function(o, NULL));                        \
  FAILS(METALAB_ERR_UTF8, argument, function(o, NOT_UTF8));                    \
  FAILS(METALAB_ERR_VALUE, argument " has a NUL inside", function(o, "a\xc0\x80"))
  TEXT(metalab_options_store, "locator");
  TEXT(metalab_options_experiment, "id");
  TEXT(metalab_options_experiment_description, "description");
  TEXT(metalab_options_add_experiment_tag, "tag");
  TEXT(metalab_options_run_id, "run_id");
  TEXT(metalab_options_add_tag, "tag");
  TEXT(metalab_options_note, "note");
  TEXT(metalab_options_code_hash, "hash");
  TEXT(metalab_options_worker, "worker_id");
  TEXT(metalab_options_compiler, "text");
  TEXT(metalab_options_namelist, "path");
#undef TEXT
  FAILS(METALAB_ERR_NULL, "options", metalab_options_ranks_param(NULL, "x"));
  FAILS(METALAB_ERR_NULL, "name", metalab_options_ranks_param(o, NULL));
  FAILS(METALAB_ERR_UTF8, "name", metalab_options_ranks_param(o, NOT_UTF8));
  FAILS(METALAB_ERR_NAME, "name has a NUL inside", metalab_options_ranks_param(o, "a\xc0\x80"));
  FAILS(METALAB_ERR_NOT_FOUND, "missing.nml", metalab_options_namelist(o, in_store("missing.nml")));
  write_file(in_store("wrong.nml"), "&grid n = 1\n");
  FAILS(METALAB_ERR_VALUE, "wrong.nml: line 2, group grid: it has no end",
        metalab_options_namelist(o, in_store("wrong.nml")));
  write_file(in_store("none.nml"), "n = 1\n");
  FAILS(METALAB_ERR_VALUE, "it has no group", metalab_options_namelist(o, in_store("none.nml")));
  write_file(in_store("old.nml"), "&grid n = 1 ! gr\xfc\xdf \n/\n");
  OK(metalab_options_namelist(o, in_store("old.nml")));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_journal(NULL, "x"));
  FAILS(METALAB_ERR_UTF8, "directory", metalab_options_journal(o, NOT_UTF8));

#define OBJECT(function)                                                       \
  FAILS(METALAB_ERR_NULL, "options", function(NULL, "{}", 2));                 \
  FAILS(METALAB_ERR_NULL, "json", function(o, NULL, 2));                       \
  FAILS(METALAB_ERR_NULL, "json", function(o, NULL, METALAB_NUL));             \
  FAILS(METALAB_ERR_UTF8, "json", function(o, "{\"\xff\":1}", METALAB_NUL));   \
  FAILS(METALAB_ERR_VALUE, "json", function(o, "{}", SIZE_MAX - 1));           \
  FAILS(METALAB_ERR_JSON, "object", function(o, "[]", METALAB_NUL));           \
  FAILS(METALAB_ERR_JSON, "", function(o, "{", METALAB_NUL));                  \
  FAILS(METALAB_ERR_JSON, "", function(o, "{}x", METALAB_NUL));                \
  FAILS(METALAB_ERR_JSON, "", function(o, "", METALAB_NUL));                   \
  FAILS(METALAB_ERR_JSON, "", function(o, "{\"a\":1}", 6));                    \
  OK(function(o, "{\"a\":1}x", 7))
  OBJECT(metalab_options_params_json);
  OBJECT(metalab_options_context_json);
  OBJECT(metalab_options_metadata_json);
#undef OBJECT

  FAILS(METALAB_ERR_NULL, "options", metalab_options_param_f64(NULL, "x", 1.0));
  FAILS(METALAB_ERR_NULL, "name", metalab_options_param_f64(o, NULL, 1.0));
  FAILS(METALAB_ERR_UTF8, "name", metalab_options_param_f64(o, NOT_UTF8, 1.0));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_param_i64(NULL, "x", 1));
  FAILS(METALAB_ERR_NULL, "name", metalab_options_param_i64(o, NULL, 1));
  FAILS(METALAB_ERR_UTF8, "name", metalab_options_param_i64(o, NOT_UTF8, 1));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_param_bool(NULL, "x", 1));
  FAILS(METALAB_ERR_NULL, "name", metalab_options_param_bool(o, NULL, 1));
  FAILS(METALAB_ERR_UTF8, "name", metalab_options_param_bool(o, NOT_UTF8, 1));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_param_text(NULL, "x", "y"));
  FAILS(METALAB_ERR_NULL, "name", metalab_options_param_text(o, NULL, "y"));
  FAILS(METALAB_ERR_NULL, "value", metalab_options_param_text(o, "x", NULL));
  FAILS(METALAB_ERR_UTF8, "name", metalab_options_param_text(o, NOT_UTF8, "y"));
  FAILS(METALAB_ERR_UTF8, "value", metalab_options_param_text(o, "x", NOT_UTF8));

  FAILS(METALAB_ERR_NULL, "options", metalab_options_seed(NULL, 1));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_replicate(NULL, 1));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_planned_runs(NULL, 1));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_if_success(NULL, 0));
#define DURATION(function)                                                     \
  FAILS(METALAB_ERR_NULL, "options", function(NULL, 1.0));                     \
  FAILS(METALAB_ERR_VALUE, "seconds -1 ", function(o, -1.0));                  \
  FAILS(METALAB_ERR_VALUE, "seconds NaN ", function(o, (double)NAN));          \
  FAILS(METALAB_ERR_VALUE, "seconds inf ", function(o, (double)INFINITY));     \
  FAILS(METALAB_ERR_VALUE, "seconds ", function(o, 1.1e9));                    \
  OK(function(o, 1e-300));                                                     \
  OK(function(o, 1e9));                                                        \
  OK(function(o, 0.0))
  DURATION(metalab_options_flush_interval);
  DURATION(metalab_options_refresh_interval);
  DURATION(metalab_options_attach_patience);
  DURATION(metalab_options_index_wait);
  DURATION(metalab_options_stop_before);
#undef DURATION
  OK(metalab_options_index_wait(o, 0.0));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_durable(NULL, 1));
  static const double intervals[] = {-1.0, 0.009, 1e-300, 86401.0, 1e300};
  for (size_t index = 0; index < sizeof intervals / sizeof *intervals; ++index) {
    FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_sample(o, intervals[index]));
  }
  FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_sample(o, 0.0 / 0.0));
  FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_sample(o, 1.0 / 0.0));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_sample(NULL, 1.0));
  OK(metalab_options_sample(o, 86400.0));
  OK(metalab_options_sample(o, 0.01));
  OK(metalab_options_sample(o, 0.0));
  FAILS(METALAB_ERR_VALUE, "policy", metalab_options_if_success(o, 3));
  FAILS(METALAB_ERR_VALUE, "policy", metalab_options_if_success(o, -1));
  FAILS(METALAB_ERR_VALUE, "policy", metalab_options_if_success(o, INT32_MAX));

  FAILS(METALAB_ERR_NULL, "options", metalab_options_role(NULL, METALAB_ROLE_AUTO));
  FAILS(METALAB_ERR_VALUE, "role", metalab_options_role(o, 4));
  FAILS(METALAB_ERR_VALUE, "role", metalab_options_role(o, -1));
  FAILS(METALAB_ERR_VALUE, "role", metalab_options_role(o, INT32_MIN));
  OK(metalab_options_role(o, METALAB_ROLE_AUTO));
  OK(metalab_options_role(o, METALAB_ROLE_OWNER));
  OK(metalab_options_role(o, METALAB_ROLE_RANKS));
  OK(metalab_options_role(o, METALAB_ROLE_WORKER));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_rank(NULL, 0, 1));
  FAILS(METALAB_ERR_VALUE, "rank", metalab_options_rank(o, 1, 1));
  FAILS(METALAB_ERR_VALUE, "rank", metalab_options_rank(o, -1, 4));
  FAILS(METALAB_ERR_VALUE, "rank", metalab_options_rank(o, 0, 0));
  FAILS(METALAB_ERR_VALUE, "rank", metalab_options_rank(o, INT64_MIN, INT64_MIN));
  OK(metalab_options_rank(o, INT64_MAX - 1, INT64_MAX));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_restart(NULL, 1));
  OK(metalab_options_restart(o, INT64_MIN));

  FAILS(METALAB_ERR_NAME, "experiment id", metalab_options_experiment(o, ""));
  FAILS(METALAB_ERR_NAME, "experiment id", metalab_options_experiment(o, "a:"));
  FAILS(METALAB_ERR_NAME, "run id", metalab_options_run_id(o, "../x"));
  FAILS(METALAB_ERR_NAME, "worker id", metalab_options_worker(o, ""));
  FAILS(METALAB_ERR_NAME, "worker id", metalab_options_worker(o, "a\nb"));
  metalab_options_free(o);
  metalab_options_free(NULL);
  metalab_string_free(NULL);
}

static void opening(void) {
  metalab_options_t *o = options_for("arguments:1");
  metalab_capture_t *c = UNTOUCHED;
  FAILS(METALAB_ERR_NULL, "capture_out", metalab_capture_open(o, NULL));
  OK(metalab_options_param_f64(o, "x", 1.0 / 0.0));
  FAILS(METALAB_ERR_JSON, "params", metalab_capture_open(o, &c));
  CHECK(c == NULL);
  metalab_options_free(o);

  o = options_for("arguments:1");
  c = UNTOUCHED;
  OK(metalab_options_role(o, METALAB_ROLE_WORKER));
  OK(metalab_options_attach_patience(o, 0.0));
  OK(metalab_options_run_id(o, "nobody"));
  FAILS(METALAB_ERR_NOT_FOUND, "METALAB_ROLE=owner", metalab_capture_open(o, &c));
  CHECK(c == NULL);
  OK(metalab_options_worker(o, "a-name-that-is-much-too-long-for-what-becomes-a-part-of-other-names"));
  FAILS(METALAB_ERR_NAME, "worker id", metalab_capture_open(o, &c));
  metalab_options_free(o);

  static const struct {
    const char *locator;
    metalab_status_t status;
  } locators[] = {
      {"", METALAB_ERR_VALUE},
      {"s3://bucket/x", METALAB_ERR_VALUE},
      {"file://relative", METALAB_ERR_VALUE},
  };
  for (size_t index = 0; index < sizeof locators / sizeof *locators; ++index) {
    o = options_for("arguments:1");
    c = UNTOUCHED;
    OK(metalab_options_store(o, locators[index].locator));
    FAILS(locators[index].status, "store locator", metalab_capture_open(o, &c));
    CHECK(c == NULL);
    metalab_options_free(o);
  }
}

static void emitting(void) {
  metalab_capture_t *c = open_run("arguments:1", "emitting");
  metalab_series_t *series = UNTOUCHED;
  uint64_t seed = 77;
  char *text = UNTOUCHED;
  static char too_long[(33 << 10) + 1];
  memset(too_long, 'x', sizeof too_long - 1);

  int64_t rank = 7, size = 7;
  OK(metalab_capture_rank(c, &rank, &size));
  CHECK(rank == 0 && size == 1);
  OK(metalab_capture_rank(c, NULL, NULL));
  CHECK(metalab_capture_rank(NULL, &rank, &size) == METALAB_NO_CAPTURE);
  FAILS(METALAB_ERR_NULL, "name", metalab_capture_reduce(c, NULL));
  FAILS(METALAB_ERR_UTF8, "name", metalab_capture_reduce(c, NOT_UTF8));
  FAILS(METALAB_ERR_NAME, "name", metalab_capture_reduce(c, ""));
  CHECK(metalab_capture_reduce(NULL, "x") == METALAB_NO_CAPTURE);
  OK(metalab_capture_reduce(c, "reduced"));
  FAILS(METALAB_ERR_NULL, "run_id_out", metalab_capture_run_id(c, NULL));
  FAILS(METALAB_ERR_NULL, "seed_out", metalab_capture_derive_seed(c, "x", NULL));
  FAILS(METALAB_ERR_NULL, "name", metalab_capture_derive_seed(c, NULL, &seed));
  FAILS(METALAB_ERR_UTF8, "name", metalab_capture_derive_seed(c, NOT_UTF8, &seed));
  CHECK(seed == 77);

  FAILS(METALAB_ERR_NULL, "message", metalab_capture_add_warning(c, NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "message", metalab_capture_add_warning(c, NOT_UTF8, NULL));
  FAILS(METALAB_ERR_UTF8, "details_json", metalab_capture_add_warning(c, "x", NOT_UTF8));
  FAILS(METALAB_ERR_JSON, "details_json", metalab_capture_add_warning(c, "x", "[1]"));
  FAILS(METALAB_ERR_NULL, "note", metalab_capture_add_note(c, NULL));
  FAILS(METALAB_ERR_UTF8, "note", metalab_capture_add_note(c, NOT_UTF8));
  FAILS(METALAB_ERR_NULL, "tag", metalab_capture_add_tag(c, NULL));
  FAILS(METALAB_ERR_UTF8, "tag", metalab_capture_add_tag(c, NOT_UTF8));
  FAILS(METALAB_ERR_NULL, "type", metalab_capture_fail(c, NULL, "x", NULL));
  FAILS(METALAB_ERR_NULL, "message", metalab_capture_fail(c, "x", NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "type", metalab_capture_fail(c, NOT_UTF8, "x", NULL));
  FAILS(METALAB_ERR_UTF8, "message", metalab_capture_fail(c, "x", NOT_UTF8, NULL));
  FAILS(METALAB_ERR_UTF8, "traceback", metalab_capture_fail(c, "x", "x", NOT_UTF8));
  FAILS(METALAB_ERR_UTF8, "reason", metalab_capture_cancel(c, NOT_UTF8));
  FAILS(METALAB_ERR_VALUE, "how", metalab_capture_flush(c, 2));
  FAILS(METALAB_ERR_VALUE, "how", metalab_capture_flush(c, -1));

#define NAMED(function, ...)                                                    \
  FAILS(METALAB_ERR_NULL, "name", function(c, NULL, __VA_ARGS__));              \
  FAILS(METALAB_ERR_UTF8, "name", function(c, NOT_UTF8, __VA_ARGS__));          \
  FAILS(METALAB_ERR_NAME, "has a NUL", function(c, "a\xc0\x80", __VA_ARGS__));  \
  FAILS(METALAB_ERR_NAME, "name", function(c, "", __VA_ARGS__))
  NAMED(metalab_capture_metric, 1.0);
  NAMED(metalab_capture_metric_i64, 1);
  NAMED(metalab_capture_metric_bool, 1);
  NAMED(metalab_capture_metric_text, "x", 1);
  NAMED(metalab_capture_metric_step, 1, 1.0);
  NAMED(metalab_capture_metric_step_i64, 1, 1);
  NAMED(metalab_capture_metric_step_bool, 1, 1);
  NAMED(metalab_capture_metric_step_text, 1, "x", 1);
  NAMED(metalab_capture_series, NULL, NULL, &series);
  NAMED(metalab_capture_data_json, "1", METALAB_NUL, NULL);
#undef NAMED
  FAILS(METALAB_ERR_NULL, "value", metalab_capture_metric_text(c, "x", NULL, METALAB_NUL));
  FAILS(METALAB_ERR_NULL, "value", metalab_capture_metric_text(c, "x", NULL, 3));
  FAILS(METALAB_ERR_UTF8, "value", metalab_capture_metric_text(c, "x", NOT_UTF8, METALAB_NUL));
  FAILS(METALAB_ERR_UTF8, "value", metalab_capture_metric_text(c, "x", NOT_UTF8, 3));
  FAILS(METALAB_ERR_VALUE, "value", metalab_capture_metric_text(c, "x", "x", SIZE_MAX - 1));
  FAILS(METALAB_ERR_VALUE, "text", metalab_capture_metric_text(c, "x", too_long, METALAB_NUL));
  OK(metalab_capture_metric_text(c, "x", too_long, 32 << 10));
  FAILS(METALAB_ERR_NULL, "value", metalab_capture_metric_step_text(c, "x", 1, NULL, METALAB_NUL));
  FAILS(METALAB_ERR_UTF8, "value", metalab_capture_metric_step_text(c, "x", 1, NOT_UTF8, 3));
  FAILS(METALAB_ERR_VALUE, "value", metalab_capture_metric_step_text(c, "x", 1, "x", SIZE_MAX / 2 + 1));
  FAILS(METALAB_ERR_VALUE, "text", metalab_capture_metric_step_text(c, "x", 1, too_long, METALAB_NUL));

  static const char *const bad_names[3] = {"good", NOT_UTF8, "also good"};
  static const char *const null_names[3] = {"one", NULL, "three"};
  static const double three[3] = {1.0, 2.0, 3.0};
  FAILS(METALAB_ERR_NULL, "names", metalab_capture_metrics(c, 2, NULL, value_list));
  FAILS(METALAB_ERR_NULL, "values", metalab_capture_metrics(c, 2, name_list, NULL));
  FAILS(METALAB_ERR_VALUE, "names", metalab_capture_metrics(c, SIZE_MAX, name_list, value_list));
  FAILS(METALAB_ERR_UTF8, "name", metalab_capture_metrics(c, 3, bad_names, three));
  FAILS(METALAB_ERR_NULL, "name", metalab_capture_metrics(c, 3, null_names, three));
  OK(metalab_capture_metrics(c, 0, NULL, NULL));
  FAILS(METALAB_ERR_NULL, "names", metalab_capture_metrics_step(c, 2, NULL, 1, value_list));
  FAILS(METALAB_ERR_NULL, "values", metalab_capture_metrics_step(c, 2, name_list, 1, NULL));
  FAILS(METALAB_ERR_VALUE, "names", metalab_capture_metrics_step(c, SIZE_MAX / 2, name_list, 1, value_list));
  FAILS(METALAB_ERR_NAME, "name", metalab_capture_metrics_step(c, 1, (const char *const[]){""}, 1, three));
  OK(metalab_capture_metrics_json(c, &text));
  CHECK(strstr(text, "\"also good\": 3.0") != NULL && strstr(text, "\"three\": 3.0") != NULL);
  CHECK(gave(text, "\"good\": 1.0"));
  text = UNTOUCHED;

  FAILS(METALAB_ERR_NULL, "series_out", metalab_capture_series(c, "s", NULL, NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "unit", metalab_capture_series(c, "s", NOT_UTF8, NULL, &series));
  FAILS(METALAB_ERR_UTF8, "description", metalab_capture_series(c, "s", NULL, NOT_UTF8, &series));
  CHECK(series == UNTOUCHED);
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  FAILS(METALAB_ERR_NULL, "value", metalab_series_point_text(series, 1, NULL, METALAB_NUL));
  FAILS(METALAB_ERR_UTF8, "value", metalab_series_point_text(series, 1, NOT_UTF8, METALAB_NUL));
  FAILS(METALAB_ERR_VALUE, "value", metalab_series_point_text(series, 1, "x", SIZE_MAX - 1));
  FAILS(METALAB_ERR_VALUE, "text", metalab_series_point_text(series, 1, too_long, METALAB_NUL));
  FAILS(METALAB_ERR_NULL, "steps", metalab_series_points(series, 2, NULL, value_list));
  FAILS(METALAB_ERR_NULL, "values", metalab_series_points(series, 2, step_list, NULL));
  FAILS(METALAB_ERR_VALUE, "steps", metalab_series_points(series, SIZE_MAX, step_list, value_list));
  OK(metalab_series_points(series, 0, NULL, NULL));

  FAILS(METALAB_ERR_NULL, "json", metalab_capture_data_json(c, "d", NULL, METALAB_NUL, NULL));
  FAILS(METALAB_ERR_NULL, "json", metalab_capture_data_json(c, "d", NULL, 4, NULL));
  FAILS(METALAB_ERR_UTF8, "json", metalab_capture_data_json(c, "d", "\"\xff\"", METALAB_NUL, NULL));
  FAILS(METALAB_ERR_JSON, "json", metalab_capture_data_json(c, "d", "[1,", METALAB_NUL, NULL));
  FAILS(METALAB_ERR_JSON, "json", metalab_capture_data_json(c, "d", "", 0, NULL));
  FAILS(METALAB_ERR_VALUE, "json", metalab_capture_data_json(c, "d", "1", SIZE_MAX - 1, NULL));
  FAILS(METALAB_ERR_JSON, "metadata_json", metalab_capture_data_json(c, "d", "1", 1, "1"));
  FAILS(METALAB_ERR_UTF8, "metadata_json", metalab_capture_data_json(c, "d", "1", 1, NOT_UTF8));

  FAILS(METALAB_ERR_NULL, "json_out", metalab_capture_metrics_json(c, NULL));
  FAILS(METALAB_ERR_NULL, "json_out", metalab_capture_artifacts_json(c, NULL));
  FAILS(METALAB_ERR_NULL, "json_out", metalab_capture_results_json(c, NULL));
  FAILS(METALAB_ERR_NULL, "json_out", metalab_capture_summary_json(c, NULL));
  FAILS(METALAB_ERR_NULL, "json_out", metalab_capture_health_json(c, NULL));

  /* Refusing bad arguments has cost the run nothing. */
  OK(metalab_capture_health_json(c, &text));
  CHECK(gave(text, "\"ok\": true"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  metalab_capture_free(NULL);
  CHECK(count_in("arguments_1/runs/emitting.json", "\"status\": \"success\"") == 1);
  CHECK(count_in("arguments_1/runs/emitting.json", "\"warnings\": []") == 1);
}

static void logging(void) {
  metalab_capture_t *c = open_run("arguments:1", "logging");
  static const int32_t wrong[] = {0, 1, 15, 60, -10, INT32_MAX, INT32_MIN};
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; ++index) {
    FAILS(METALAB_ERR_VALUE, "level", metalab_capture_log(c, wrong[index], "x", METALAB_NUL));
    FAILS(METALAB_ERR_VALUE, "level", metalab_capture_log(c, wrong[index], "x", 1));
    FAILS(METALAB_ERR_VALUE, "level", metalab_log("a", wrong[index], "x", METALAB_NUL));
    FAILS(METALAB_ERR_VALUE, "level", metalab_capture_subscribe(c, "a", wrong[index]));
    CHECK(!metalab_log_enabled("a", wrong[index]));
  }
  for (int subscribed = 0; subscribed < 2; ++subscribed) {
    FAILS(METALAB_ERR_NULL, "logger", metalab_log(NULL, METALAB_LEVEL_INFO, "x", METALAB_NUL));
    FAILS(METALAB_ERR_UTF8, "logger", metalab_log(NOT_UTF8, METALAB_LEVEL_INFO, "x", METALAB_NUL));
    FAILS(METALAB_ERR_NULL, "text", metalab_log("a", METALAB_LEVEL_INFO, NULL, METALAB_NUL));
    FAILS(METALAB_ERR_NULL, "text", metalab_log("a", METALAB_LEVEL_INFO, NULL, 5));
    FAILS(METALAB_ERR_UTF8, "text", metalab_log("a", METALAB_LEVEL_INFO, NOT_UTF8, 3));
    FAILS(METALAB_ERR_VALUE, "text", metalab_log("a", METALAB_LEVEL_INFO, "x", SIZE_MAX - 1));
    CHECK(!metalab_log_enabled(NULL, METALAB_LEVEL_INFO));
    CHECK(!metalab_log_enabled(NOT_UTF8, METALAB_LEVEL_INFO));
    CHECK(metalab_log_enabled("a", METALAB_LEVEL_INFO) == subscribed);
    OK(metalab_capture_subscribe(c, "a", METALAB_LEVEL_DEBUG));
  }
  FAILS(METALAB_ERR_NULL, "text", metalab_capture_log(c, METALAB_LEVEL_INFO, NULL, METALAB_NUL));
  FAILS(METALAB_ERR_NULL, "text", metalab_capture_log(c, METALAB_LEVEL_INFO, NULL, 1));
  FAILS(METALAB_ERR_UTF8, "text", metalab_capture_log(c, METALAB_LEVEL_INFO, NOT_UTF8, METALAB_NUL));
  FAILS(METALAB_ERR_UTF8, "text", metalab_capture_log(c, METALAB_LEVEL_INFO, NOT_UTF8, 3));
  FAILS(METALAB_ERR_UTF8, "text", metalab_capture_log(c, METALAB_LEVEL_ERROR, NOT_UTF8, 3));
  FAILS(METALAB_ERR_VALUE, "text", metalab_capture_log(c, METALAB_LEVEL_INFO, "x", SIZE_MAX - 1));
  FAILS(METALAB_ERR_NULL, "logger", metalab_capture_subscribe(c, NULL, METALAB_LEVEL_INFO));
  FAILS(METALAB_ERR_UTF8, "logger", metalab_capture_subscribe(c, NOT_UTF8, METALAB_LEVEL_INFO));
  FAILS(METALAB_ERR_NULL, "logger", metalab_capture_unsubscribe(c, NULL));
  FAILS(METALAB_ERR_UTF8, "logger", metalab_capture_unsubscribe(c, NOT_UTF8));
  FAILS(METALAB_ERR_VALUE, "streams", metalab_capture_stdio(c, 0));
  FAILS(METALAB_ERR_VALUE, "streams", metalab_capture_stdio(c, 4));
  FAILS(METALAB_ERR_VALUE, "streams", metalab_capture_stdio(c, UINT32_MAX));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, NULL, 0));
  OK(metalab_capture_finish(c));
  CHECK(count_in("arguments_1/logs/logging_run.log", "[metalab.run.logging] \n") == 2);
  CHECK(count_in("arguments_1/logs/logging_run.log", "\n") == 4);
  metalab_capture_free(c);
}

/* Structures as programs of other versions have them. */
static void structures(metalab_capture_t *c) {
  struct {
    metalab_array_t known;
    uint64_t unknown;
  } newer[2];
  struct {
    metalab_field_style_t known;
    uint64_t unknown;
  } newer_style = {METALAB_FIELD_STYLE_INIT, 1};
  metalab_array_t array = array_of(value_list), zeros = {0}, pair[2];
  pair[0] = pair[1] = array;
  FAILS(METALAB_ERR_VALUE, "initialise it with METALAB_ARRAY_INIT", metalab_capture_data_array(c, "x", &zeros, NULL));
  array.struct_size -= sizeof(void *);
  FAILS(METALAB_ERR_VALUE, "data->struct_size is ", metalab_capture_artifact_array(c, "x", &array, NULL));
  array.struct_size = SIZE_MAX;
  FAILS(METALAB_ERR_VALUE, "data->struct_size is ", metalab_capture_artifact_array(c, "x", &array, NULL));
  pair[1].struct_size += 8;
  FAILS(METALAB_ERR_VALUE, "arrays[1].struct_size", metalab_capture_artifact_arrays(c, "x", 2, name_list, pair, NULL));

  newer[0].known = newer[1].known = array_of(value_list);
  newer[0].known.struct_size = newer[1].known.struct_size = sizeof *newer;
  newer[0].unknown = newer[1].unknown = 0;
  OK(metalab_capture_data_array(c, "newer", &newer[0].known, NULL));
  newer[1].unknown = 1;
  FAILS(METALAB_ERR_UNSUPPORTED, "data has a member at byte ", metalab_capture_data_array(c, "x", &newer[1].known, NULL));
  FAILS(METALAB_ERR_UNSUPPORTED, "arrays[1] has a member",
        metalab_capture_artifact_arrays(c, "x", 2, name_list, &newer[0].known, NULL));
  newer_style.known.struct_size = sizeof newer_style;
  FAILS(METALAB_ERR_UNSUPPORTED, "style has a member",
        metalab_capture_figure_field(c, "x", &newer[0].known, &newer_style.known, NULL));
}

static void artifacts(void) {
  metalab_capture_t *c = open_run("arguments:1", "artifacts");
  metalab_mapping_t *m = UNTOUCHED;
  metalab_stream_t *s = UNTOUCHED;
  metalab_snapshots_t *u = UNTOUCHED;
  void *data = UNTOUCHED;
  metalab_array_t good = array_of(value_list), bad;
  const char *path;
  FILE *file;

#define NAMED(function, ...)                                                    \
  FAILS(METALAB_ERR_NULL, "name", function(c, NULL, __VA_ARGS__));              \
  FAILS(METALAB_ERR_UTF8, "name", function(c, NOT_UTF8, __VA_ARGS__));          \
  FAILS(METALAB_ERR_NAME, "has a NUL", function(c, "a\xc0\x80", __VA_ARGS__));  \
  FAILS(METALAB_ERR_NAME, "name", function(c, "", __VA_ARGS__))
#define METADATA(call_with)                                                     \
  FAILS(METALAB_ERR_UTF8, "metadata_json", call_with(NOT_UTF8));                \
  FAILS(METALAB_ERR_JSON, "metadata_json", call_with("1"));                     \
  FAILS(METALAB_ERR_JSON, "metadata_json", call_with("{"));                     \
  FAILS(METALAB_ERR_JSON, "metadata_json", call_with(""))
  NAMED(metalab_capture_artifact_json, "1", METALAB_NUL, NULL);
  NAMED(metalab_capture_artifact_bytes, "x", 1, "k", "f", NULL);
  NAMED(metalab_capture_artifact_array, &good, NULL);
  NAMED(metalab_capture_artifact_arrays, 1, name_list, &good, NULL);
  NAMED(metalab_capture_map_array, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, &m, &data);
  NAMED(metalab_capture_snapshots, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, &u);
  NAMED(metalab_capture_stream, "k", "f", NULL, &s);
  NAMED(metalab_capture_file, "/proc/self/exe", METALAB_FILE_COPY, NULL, NULL);
  NAMED(metalab_capture_figure_bytes, "x", 1, "png", NULL);
  NAMED(metalab_capture_figure_pixels, pixel_list, 2, 2, 3, 0, NULL);
  NAMED(metalab_capture_figure_field, &good, NULL, NULL);
  NAMED(metalab_capture_data_array, &good, NULL);
#undef NAMED

#define WITH(metadata) metalab_capture_artifact_json(c, "x", "1", 1, metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_artifact_bytes(c, "x", "1", 1, "k", "f", metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_artifact_array(c, "x", &good, metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_artifact_arrays(c, "x", 1, name_list, &good, metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) \
  metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, metadata, &m, &data)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) \
  metalab_capture_snapshots(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, metadata, &u)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_stream(c, "x", "k", "f", metadata, &s)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_figure_bytes(c, "x", "1", 1, "png", metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_figure_pixels(c, "x", pixel_list, 2, 2, 3, 0, metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_figure_field(c, "x", &good, NULL, metadata)
  METADATA(WITH);
#undef WITH
#define WITH(metadata) metalab_capture_data_array(c, "x", &good, metadata)
  METADATA(WITH);
#undef WITH
#undef METADATA

  FAILS(METALAB_ERR_NULL, "json", metalab_capture_artifact_json(c, "x", NULL, METALAB_NUL, NULL));
  FAILS(METALAB_ERR_UTF8, "json", metalab_capture_artifact_json(c, "x", NOT_UTF8, METALAB_NUL, NULL));
  FAILS(METALAB_ERR_JSON, "json", metalab_capture_artifact_json(c, "x", "nope", METALAB_NUL, NULL));
  FAILS(METALAB_ERR_VALUE, "json", metalab_capture_artifact_json(c, "x", "1", SIZE_MAX - 1, NULL));

  FAILS(METALAB_ERR_NULL, "bytes", metalab_capture_artifact_bytes(c, "x", NULL, 1, "k", "f", NULL));
  FAILS(METALAB_ERR_VALUE, "bytes", metalab_capture_artifact_bytes(c, "x", "1", SIZE_MAX, "k", "f", NULL));
  FAILS(METALAB_ERR_NULL, "kind", metalab_capture_artifact_bytes(c, "x", "1", 1, NULL, "f", NULL));
  FAILS(METALAB_ERR_NULL, "format", metalab_capture_artifact_bytes(c, "x", "1", 1, "k", NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "kind", metalab_capture_artifact_bytes(c, "x", "1", 1, NOT_UTF8, "f", NULL));
  FAILS(METALAB_ERR_UTF8, "format", metalab_capture_artifact_bytes(c, "x", "1", 1, "k", NOT_UTF8, NULL));
  FAILS(METALAB_ERR_VALUE, "kind", metalab_capture_artifact_bytes(c, "x", "1", 1, "", "f", NULL));
  FAILS(METALAB_ERR_NAME, "format", metalab_capture_artifact_bytes(c, "x", "1", 1, "k", "", NULL));

  FAILS(METALAB_ERR_NULL, "data", metalab_capture_artifact_array(c, "x", NULL, NULL));
  FAILS(METALAB_ERR_NULL, "data", metalab_capture_data_array(c, "x", NULL, NULL));
  FAILS(METALAB_ERR_NULL, "field", metalab_capture_figure_field(c, "x", NULL, NULL, NULL));

  /* Arrays that can't be, each with what the message has to name. */
  static const uint64_t too_many[33] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  static const uint64_t overflow[2] = {UINT64_C(1) << 33, UINT64_C(1) << 33};
  static const uint64_t larger[2] = {UINT64_C(1) << 60, 8};
  static const uint64_t none_but_huge[2] = {0, UINT64_MAX};
  static const uint64_t two_by_two[2] = {2, 2}, by_three[3] = {2, 2, 2};
  static const int64_t overflowing[2] = {INT64_MAX, INT64_MAX}, least[2] = {INT64_MIN, 8};
  struct {
    const char *part;
    metalab_status_t status;
    metalab_array_t array;
  } cases[] = {
      {"dtype", METALAB_ERR_VALUE, {sizeof bad, value_list, 0, METALAB_ORDER_C, 2, shape_list, NULL}},
      {"dtype", METALAB_ERR_VALUE, {sizeof bad, value_list, 15, METALAB_ORDER_C, 2, shape_list, NULL}},
      {"dtype", METALAB_ERR_VALUE, {sizeof bad, value_list, -1, METALAB_ORDER_C, 2, shape_list, NULL}},
      {"order", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, 2, 2, shape_list, NULL}},
      {"order", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, -1, 2, shape_list, NULL}},
      {"33 dimensions", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, 33, too_many, NULL}},
      {"dimensions", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, SIZE_MAX, too_many, NULL}},
      {"shape", METALAB_ERR_NULL, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, NULL, NULL}},
      {"shape", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, overflow, NULL}},
      {"shape", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_COMPLEX128, METALAB_ORDER_F, 2, larger, NULL}},
      {"shape", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, none_but_huge, NULL}},
      {"data", METALAB_ERR_NULL, {sizeof bad, NULL, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape_list, NULL}},
      {"strides", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, two_by_two, overflowing}},
      {"strides", METALAB_ERR_VALUE, {sizeof bad, value_list, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, two_by_two, least}},
  };
  for (size_t index = 0; index < sizeof cases / sizeof *cases; ++index) {
    const char *part = cases[index].part;
    metalab_status_t status = cases[index].status;
    bad = cases[index].array;
    FAILS(status, part, metalab_capture_artifact_array(c, "x", &bad, NULL));
    FAILS(status, part, metalab_capture_data_array(c, "x", &bad, NULL));
    FAILS(status, part, metalab_capture_figure_field(c, "x", &bad, NULL, NULL));
    FAILS(status, part, metalab_capture_artifact_arrays(c, "x", 1, name_list, &bad, NULL));
    FAILS(status, "arrays[0]", metalab_capture_artifact_arrays(c, "x", 1, name_list, &bad, NULL));
  }

  metalab_array_t two[2] = {good, good};
  static const char *const same[2] = {"a", "a"}, *const with_null[2] = {"a", NULL};
  static const char *const not_utf8[2] = {"a", NOT_UTF8}, *const npy[2] = {"a", "b.npy"};
  static const char *const empty[2] = {"a", ""};
  FAILS(METALAB_ERR_NULL, "array_names", metalab_capture_artifact_arrays(c, "x", 2, NULL, two, NULL));
  FAILS(METALAB_ERR_NULL, "arrays", metalab_capture_artifact_arrays(c, "x", 2, name_list, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "array_names", metalab_capture_artifact_arrays(c, "x", SIZE_MAX, name_list, two, NULL));
  FAILS(METALAB_ERR_NULL, "array_names[1]", metalab_capture_artifact_arrays(c, "x", 2, with_null, two, NULL));
  FAILS(METALAB_ERR_UTF8, "array_names[1]", metalab_capture_artifact_arrays(c, "x", 2, not_utf8, two, NULL));
  FAILS(METALAB_ERR_NAME, "array name", metalab_capture_artifact_arrays(c, "x", 2, npy, two, NULL));
  FAILS(METALAB_ERR_NAME, "array name", metalab_capture_artifact_arrays(c, "x", 2, empty, two, NULL));
  FAILS(METALAB_ERR_NAME, "\"a\"", metalab_capture_artifact_arrays(c, "x", 2, same, two, NULL));

#define MAP(dtype, order, ndim, shape) \
  metalab_capture_map_array(c, "x", dtype, order, ndim, shape, NULL, &m, &data)
  FAILS(METALAB_ERR_VALUE, "dtype", MAP(0, METALAB_ORDER_C, 2, shape_list));
  FAILS(METALAB_ERR_VALUE, "dtype", MAP(15, METALAB_ORDER_C, 2, shape_list));
  FAILS(METALAB_ERR_VALUE, "order", MAP(METALAB_DTYPE_INT8, 7, 2, shape_list));
  FAILS(METALAB_ERR_VALUE, "shape", MAP(METALAB_DTYPE_INT8, METALAB_ORDER_C, 33, too_many));
  FAILS(METALAB_ERR_VALUE, "shape", MAP(METALAB_DTYPE_INT8, METALAB_ORDER_C, SIZE_MAX, too_many));
  FAILS(METALAB_ERR_VALUE, "shape", MAP(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, overflow));
  FAILS(METALAB_ERR_VALUE, "shape", MAP(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, none_but_huge));
  FAILS(METALAB_ERR_NULL, "shape", MAP(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, NULL));
#undef MAP
  FAILS(METALAB_ERR_NULL, "mapping_out",
        metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, NULL, &data));
  FAILS(METALAB_ERR_NULL, "data_out",
        metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, &m, NULL));
  /* More than any disk has: refused before a page of it is touched. */
  static const uint64_t exbibyte[1] = {UINT64_C(1) << 60};
  FAILS(METALAB_ERR_FULL, "allocate",
        metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, exbibyte, NULL, &m, &data));
  CHECK(m == UNTOUCHED && data == UNTOUCHED);
  OK(metalab_capture_map_array(c, "mapped", METALAB_DTYPE_INT8, METALAB_ORDER_C, 3, by_three, NULL, &m, &data));
  FAILS(METALAB_ERR_UTF8, "metadata_json", metalab_mapping_set_metadata(m, NOT_UTF8));
  FAILS(METALAB_ERR_JSON, "metadata_json", metalab_mapping_set_metadata(m, "[]"));
  OK(metalab_mapping_set_metadata(m, NULL));
  OK(metalab_mapping_abandon(m));

#define DECLARE(dtype, order, ndim, shape) \
  metalab_capture_snapshots(c, "x", dtype, order, ndim, shape, NULL, &u)
  FAILS(METALAB_ERR_VALUE, "dtype", DECLARE(0, METALAB_ORDER_C, 2, shape_list));
  FAILS(METALAB_ERR_VALUE, "order", DECLARE(METALAB_DTYPE_INT8, 7, 2, shape_list));
  FAILS(METALAB_ERR_VALUE, "shape", DECLARE(METALAB_DTYPE_INT8, METALAB_ORDER_C, 33, too_many));
  FAILS(METALAB_ERR_VALUE, "shape", DECLARE(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, overflow));
  FAILS(METALAB_ERR_VALUE, "shape", DECLARE(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, none_but_huge));
  FAILS(METALAB_ERR_NULL, "shape", DECLARE(METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, NULL));
#undef DECLARE
  FAILS(METALAB_ERR_NULL, "snapshots_out",
        metalab_capture_snapshots(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, NULL));
  /* A name that has room for every step, and one that hasn't. */
  char longest[METALAB_NAME_MAX - 19];
  memset(longest, 'n', sizeof longest);
  longest[sizeof longest - 1] = 0;
  FAILS(METALAB_ERR_NAME, "name",
        metalab_capture_snapshots(c, longest, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, &u));
  CHECK(u == UNTOUCHED);
  longest[sizeof longest - 2] = 0;
  OK(metalab_capture_snapshots(c, longest, METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape_list, NULL, &u));
  OK(metalab_snapshots_begin(u, INT64_MIN, &m, &data));
  OK(metalab_mapping_abandon(m));
  metalab_snapshots_free(u);
  /* Declaring takes no room, and what the disk has no room for is refused when it is begun. */
  OK(metalab_capture_snapshots(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, exbibyte, NULL, &u));
  FAILS(METALAB_ERR_FULL, "allocate", metalab_snapshots_begin(u, 1, &m, &data));
  metalab_snapshots_free(u);

  FAILS(METALAB_ERR_NULL, "kind", metalab_capture_stream(c, "x", NULL, "f", NULL, &s));
  FAILS(METALAB_ERR_NULL, "format", metalab_capture_stream(c, "x", "k", NULL, NULL, &s));
  FAILS(METALAB_ERR_UTF8, "kind", metalab_capture_stream(c, "x", NOT_UTF8, "f", NULL, &s));
  FAILS(METALAB_ERR_UTF8, "format", metalab_capture_stream(c, "x", "k", NOT_UTF8, NULL, &s));
  FAILS(METALAB_ERR_NULL, "stream_out", metalab_capture_stream(c, "x", "k", "f", NULL, NULL));
  CHECK(s == UNTOUCHED);
  OK(metalab_capture_stream(c, "streamed", "k", "f", NULL, &s));
  FAILS(METALAB_ERR_NULL, "bytes", metalab_stream_write(s, NULL, 1));
  FAILS(METALAB_ERR_VALUE, "bytes", metalab_stream_write(s, "x", SIZE_MAX));
  OK(metalab_stream_write(s, NULL, 0));
  FAILS(METALAB_ERR_UTF8, "metadata_json", metalab_stream_set_metadata(s, NOT_UTF8));
  FAILS(METALAB_ERR_JSON, "metadata_json", metalab_stream_set_metadata(s, "3"));
  OK(metalab_stream_set_metadata(s, NULL));
  OK(metalab_stream_abandon(s));

  path = in_store("source.txt");
  file = fopen(path, "w");
  CHECK(file != NULL && fputs("hello", file) >= 0 && fclose(file) == 0);
  FAILS(METALAB_ERR_NULL, "path", metalab_capture_file(c, "x", NULL, METALAB_FILE_COPY, NULL, NULL));
  FAILS(METALAB_ERR_NOT_FOUND, "", metalab_capture_file(c, "x", NOT_UTF8, METALAB_FILE_REFERENCE, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "mode", metalab_capture_file(c, "x", path, 5, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "mode", metalab_capture_file(c, "x", path, -1, NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "kind", metalab_capture_file(c, "x", path, METALAB_FILE_COPY, NOT_UTF8, NULL));
  FAILS(METALAB_ERR_JSON, "metadata_json", metalab_capture_file(c, "x", path, METALAB_FILE_COPY, NULL, "[]"));
  FAILS(METALAB_ERR_NOT_FOUND, "missing", metalab_capture_file(c, "x", "/missing", METALAB_FILE_COPY, NULL, NULL));
  FAILS(METALAB_ERR_NOT_FOUND, "", metalab_capture_file(c, "x", "", METALAB_FILE_MOVE, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "store", metalab_capture_file(c, "x", store, METALAB_FILE_MOVE, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "regular", metalab_capture_file(c, "x", "/dev/null", METALAB_FILE_COPY, NULL, NULL));
  CHECK(count_in("source.txt", "hello") == 1);

  FAILS(METALAB_ERR_NULL, "bytes", metalab_capture_figure_bytes(c, "x", NULL, 1, "png", NULL));
  FAILS(METALAB_ERR_VALUE, "bytes", metalab_capture_figure_bytes(c, "x", "x", SIZE_MAX, "png", NULL));
  FAILS(METALAB_ERR_NULL, "format", metalab_capture_figure_bytes(c, "x", "x", 1, NULL, NULL));
  FAILS(METALAB_ERR_UTF8, "format", metalab_capture_figure_bytes(c, "x", "x", 1, NOT_UTF8, NULL));

#define PIXELS(width, height, channels, stride) \
  metalab_capture_figure_pixels(c, "x", pixel_list, width, height, channels, stride, NULL)
  FAILS(METALAB_ERR_NULL, "pixels", metalab_capture_figure_pixels(c, "x", NULL, 2, 2, 3, 0, NULL));
  FAILS(METALAB_ERR_VALUE, "width", PIXELS(0, 2, 3, 0));
  FAILS(METALAB_ERR_VALUE, "height", PIXELS(2, 0, 3, 0));
  FAILS(METALAB_ERR_VALUE, "", PIXELS(UINT32_MAX, UINT32_MAX, 3, 0));
  FAILS(METALAB_ERR_VALUE, "", PIXELS(UINT32_MAX, UINT32_MAX, UINT32_MAX, 0));
  FAILS(METALAB_ERR_VALUE, "channels", PIXELS(2, 2, 0, 0));
  FAILS(METALAB_ERR_VALUE, "channels", PIXELS(2, 2, 2, 0));
  FAILS(METALAB_ERR_VALUE, "channels", PIXELS(2, 1, 5, 0));
  FAILS(METALAB_ERR_VALUE, "row_stride", PIXELS(2, 2, 3, 5));
  FAILS(METALAB_ERR_VALUE, "row_stride", PIXELS(2, 3, 3, SIZE_MAX));
#undef PIXELS

  static const uint64_t one_dimension[1] = {2}, no_rows[2] = {0, 2};
  metalab_array_t line = {sizeof(metalab_array_t), value_list, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, one_dimension, NULL};
  metalab_array_t no_cells = {sizeof(metalab_array_t), value_list, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, no_rows, NULL};
  metalab_array_t complex_field = {sizeof(metalab_array_t), value_list, METALAB_DTYPE_COMPLEX64, METALAB_ORDER_C, 2, shape_list, NULL};
  metalab_field_style_t style = METALAB_FIELD_STYLE_INIT;
  FAILS(METALAB_ERR_VALUE, "field", metalab_capture_figure_field(c, "x", &line, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "field", metalab_capture_figure_field(c, "x", &no_cells, NULL, NULL));
  FAILS(METALAB_ERR_VALUE, "field", metalab_capture_figure_field(c, "x", &complex_field, NULL, NULL));
  style.colormap = 4;
  FAILS(METALAB_ERR_VALUE, "style->colormap", metalab_capture_figure_field(c, "x", &good, &style, NULL));
  style.colormap = -1;
  FAILS(METALAB_ERR_VALUE, "style->colormap", metalab_capture_figure_field(c, "x", &good, &style, NULL));
  style.colormap = 0;
  style.has_range = 1;
  style.vmin = 2.0;
  style.vmax = 1.0;
  FAILS(METALAB_ERR_VALUE, "vmin", metalab_capture_figure_field(c, "x", &good, &style, NULL));
  style.vmin = -1.0;
  style.logarithmic = 1;
  FAILS(METALAB_ERR_VALUE, "vmin", metalab_capture_figure_field(c, "x", &good, &style, NULL));

  structures(c);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("arguments_1/runs/artifacts.json", "\"artifacts\": []") == 1);
  remove(in_store("source.txt"));
}

static void identity(void) {
  static const char seeds[] = "{\"root_seed\": 1, \"replicate_index\": null}";
  char *text = UNTOUCHED;
  uint64_t seed = 77;
  FAILS(METALAB_ERR_NULL, "canonical_out", metalab_canonical_json("1", 1, NULL));
  FAILS(METALAB_ERR_NULL, "json", metalab_canonical_json(NULL, 1, &text));
  FAILS(METALAB_ERR_UTF8, "json", metalab_canonical_json(NOT_UTF8, METALAB_NUL, &text));
  FAILS(METALAB_ERR_JSON, "json", metalab_canonical_json("nope", METALAB_NUL, &text));
  FAILS(METALAB_ERR_JSON, "", metalab_canonical_json("[NaN]", METALAB_NUL, &text));
  FAILS(METALAB_ERR_VALUE, "json", metalab_canonical_json("1", SIZE_MAX - 1, &text));
  FAILS(METALAB_ERR_NULL, "fingerprint_out", metalab_fingerprint("1", 1, NULL));
  FAILS(METALAB_ERR_NULL, "json", metalab_fingerprint(NULL, METALAB_NUL, &text));
  FAILS(METALAB_ERR_UTF8, "json", metalab_fingerprint(NOT_UTF8, 3, &text));
  FAILS(METALAB_ERR_JSON, "json", metalab_fingerprint("[1", METALAB_NUL, &text));
  FAILS(METALAB_ERR_JSON, "", metalab_fingerprint("-Infinity", METALAB_NUL, &text));
  FAILS(METALAB_ERR_VALUE, "json", metalab_fingerprint("1", SIZE_MAX - 1, &text));
  FAILS(METALAB_ERR_NULL, "run_id_out", metalab_run_id("a", NULL, NULL, seeds, NULL, NULL));
  FAILS(METALAB_ERR_NULL, "experiment_id", metalab_run_id(NULL, NULL, NULL, seeds, NULL, &text));
  FAILS(METALAB_ERR_UTF8, "experiment_id", metalab_run_id(NOT_UTF8, NULL, NULL, seeds, NULL, &text));
  FAILS(METALAB_ERR_NAME, "experiment id", metalab_run_id(":", NULL, NULL, seeds, NULL, &text));
  FAILS(METALAB_ERR_UTF8, "context_json", metalab_run_id("a", NOT_UTF8, NULL, seeds, NULL, &text));
  FAILS(METALAB_ERR_JSON, "context_json", metalab_run_id("a", "[]", NULL, seeds, NULL, &text));
  FAILS(METALAB_ERR_JSON, "params_json", metalab_run_id("a", NULL, "1", seeds, NULL, &text));
  FAILS(METALAB_ERR_UTF8, "params_json", metalab_run_id("a", NULL, NOT_UTF8, seeds, NULL, &text));
  FAILS(METALAB_ERR_NULL, "seed_json", metalab_run_id("a", NULL, NULL, NULL, NULL, &text));
  FAILS(METALAB_ERR_UTF8, "seed_json", metalab_run_id("a", NULL, NULL, NOT_UTF8, NULL, &text));
  FAILS(METALAB_ERR_JSON, "seed", metalab_run_id("a", NULL, NULL, "{}", NULL, &text));
  FAILS(METALAB_ERR_JSON, "seed", metalab_run_id("a", NULL, NULL, "{\"root_seed\": 1.5}", NULL, &text));
  FAILS(METALAB_ERR_UTF8, "code_hash", metalab_run_id("a", NULL, NULL, seeds, NOT_UTF8, &text));
  CHECK(text == UNTOUCHED);
  FAILS(METALAB_ERR_NULL, "seed_out", metalab_derive_seed(seeds, "x", NULL));
  FAILS(METALAB_ERR_NULL, "seed_json", metalab_derive_seed(NULL, "x", &seed));
  FAILS(METALAB_ERR_JSON, "seed", metalab_derive_seed("[]", "x", &seed));
  FAILS(METALAB_ERR_NULL, "name", metalab_derive_seed(seeds, NULL, &seed));
  FAILS(METALAB_ERR_UTF8, "name", metalab_derive_seed(seeds, NOT_UTF8, &seed));
  CHECK(seed == 77);
  CHECK(strcmp(metalab_status_name(-1), "METALAB_UNKNOWN") == 0);
  CHECK(strcmp(metalab_status_name(22), "METALAB_UNKNOWN") == 0);
  CHECK(strcmp(metalab_status_name(METALAB_ERR_STOPPED), "METALAB_ERR_STOPPED") == 0);
  CHECK(strcmp(metalab_status_name(METALAB_ERR_DAMAGED), "METALAB_ERR_DAMAGED") == 0);
  CHECK(strcmp(metalab_status_name(INT32_MIN), "METALAB_UNKNOWN") == 0);
  CHECK(strcmp(metalab_status_name(METALAB_ERR_INCOMPLETE), "METALAB_ERR_INCOMPLETE") == 0);
  CHECK(strcmp(metalab_version(), METALAB_VERSION) == 0);
  CHECK(metalab_abi_version() == METALAB_ABI_VERSION);
}

static const struct test_case cases[] = {
    {"options", options}, {"opening", opening},     {"emitting", emitting},
    {"logging", logging}, {"artifacts", artifacts}, {"identity", identity},
};
MAIN(cases)
