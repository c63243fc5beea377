/* How runs begin, go on and end. */
#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <math.h>

static const uint64_t four[1] = {4};

static void finish_twice(void) {
  metalab_capture_t *c = open_run("life:1", "twice");
  char *text = NULL;
  CHECK(count_in("life_1/runs/twice.json", "\"status\": \"running\"") == 1);
  OK(metalab_capture_metric(c, "x", 0.5));
  OK(metalab_capture_health_json(c, &text));
  CHECK(gave(text, "\"journal\": \""));
  OK(metalab_capture_finish(c));
  OK(metalab_capture_finish(c));
  OK(metalab_capture_finish(c));
  CHECK(count_in("life_1/runs/twice.json", "\"status\": \"success\"") == 1);
  metalab_capture_free(c);
  metalab_capture_free(c);
  CHECK(count_in("life_1/runs/twice.json", "\"x\": 0.5") == 1);
}

static void free_without_finish(void) {
  metalab_capture_t *c = open_run("life:1", "freed");
  OK(metalab_capture_metric_step(c, "loss", 1, 0.5));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "last words", METALAB_NUL));
  metalab_capture_free(c);
  CHECK(count_in("life_1/runs/freed.json", "\"status\": \"success\"") == 1);
  CHECK(count_in("life_1/results/freed/loss.json", "0.5") == 1);
  CHECK(count_in("life_1/logs/freed_run.log", "last words") == 1);
}

static metalab_status_t open_with(metalab_if_success_t policy, metalab_capture_t **capture) {
  metalab_options_t *options = options_for("life:1");
  metalab_status_t status;
  OK(metalab_options_run_id(options, "again"));
  OK(metalab_options_if_success(options, policy));
  *capture = UNTOUCHED;
  status = metalab_capture_open(options, capture);
  metalab_options_free(options);
  return status;
}

static void if_success(void) {
  metalab_capture_t *c = NULL;
  static const metalab_if_success_t all[3] = {METALAB_IF_SUCCESS_RERUN, METALAB_IF_SUCCESS_REFUSE,
                                              METALAB_IF_SUCCESS_SKIP};
  /* A run that is not there, or failed, or was cancelled, is run whatever the policy. */
  for (int index = 0; index < 3; ++index) {
    OK(open_with(all[index], &c));
    OK(metalab_capture_fail(c, "E", "m", NULL));
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
    OK(open_with(all[index], &c));
    OK(metalab_capture_cancel(c, NULL));
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
  }
  OK(open_with(METALAB_IF_SUCCESS_REFUSE, &c));
  OK(metalab_capture_metric(c, "first", 1.0));
  OK(metalab_capture_metric_step(c, "series", 1, 1.0));
  OK(metalab_capture_data_json(c, "data", "1", 1, NULL));
  OK(metalab_capture_artifact_json(c, "artifact", "1", 1, NULL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "the first attempt", METALAB_NUL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);

  metalab_status_t status = open_with(METALAB_IF_SUCCESS_REFUSE, &c);
  CHECK(status == METALAB_ERR_EXISTS && c == NULL);
  CHECK(strncmp(metalab_last_error(), "metalab_capture_open: ", 22) == 0);
  CHECK(strstr(metalab_last_error(), "again") != NULL);
  CHECK(open_with(METALAB_IF_SUCCESS_SKIP, &c) == METALAB_SKIP && c == NULL);
  NOTHING(metalab_capture_metric(c, "x", 1.0));
  CHECK(count_in("life_1/runs/again.json", "\"first\": 1.0") == 1);
  CHECK(count_in("life_1/results/again/data.json", "\"data\": 1") == 1);

  OK(open_with(METALAB_IF_SUCCESS_RERUN, &c));
  CHECK(count_in("life_1/runs/again.json", "\"status\": \"running\"") == 1);
  OK(metalab_capture_metric(c, "second", 2.0));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("life_1/runs/again.json", "first") == 0);
  CHECK(count_in("life_1/runs/again.json", "\"second\": 2.0") == 1);
  CHECK(count_in("life_1/runs/again.json", "\"artifacts\": []") == 1);
  CHECK(count_in("life_1/results/again/data.json", "") == -1);
  CHECK(count_in("life_1/results/again/series.json", "") == -1);
  CHECK(count_in("life_1/artifacts/again/artifact.json", "") == -1);
  CHECK(count_in("life_1/artifacts/again/_manifest.json", "artifact_id") <= 0);
  CHECK(count_in("life_1/logs/again_run.log", "the first attempt") == 1);
}

static void mapping_after_free(void) {
  metalab_capture_t *c = open_run("life:1", "mapping");
  metalab_mapping_t *left = NULL, *sealed = NULL;
  metalab_stream_t *stream = NULL;
  void *data = NULL, *other = NULL;
  OK(metalab_capture_map_array(c, "left", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, four, "{\"k\": 1}", &left, &data));
  OK(metalab_capture_map_array(c, "sealed", METALAB_DTYPE_INT32, METALAB_ORDER_F, 1, four, NULL, &sealed, &other));
  OK(metalab_capture_stream(c, "stream", "table", "csv", NULL, &stream));
  CHECK(((uintptr_t)data & 63) == 0 && ((uintptr_t)other & 63) == 0);
  for (int index = 0; index < 4; ++index) {
    CHECK(((double *)data)[index] == 0.0);
    ((double *)data)[index] = index + 1;
    ((int32_t *)other)[index] = -index;
  }
  OK(metalab_mapping_set_metadata(sealed, "{\"residual\": 1e-9}"));
  OK(metalab_mapping_seal(sealed));
  OK(metalab_stream_write(stream, "a,b\n", 4));
  OK(metalab_stream_set_metadata(stream, "{\"columns\": 2}"));
  OK(metalab_stream_write(stream, "1,2\n", 4));
  metalab_capture_free(c);

  /* The memory is the caller's until the mapping is ended, whatever became of the run. */
  ((double *)data)[0] = 9.0;
  CHECK(((double *)data)[3] == 4.0);
  FAILS(METALAB_ERR_CLOSED, "", metalab_mapping_set_metadata(left, "{}"));
  FAILS(METALAB_ERR_CLOSED, "", metalab_stream_write(stream, "3,4\n", 4));
  FAILS(METALAB_ERR_CLOSED, "", metalab_stream_set_metadata(stream, "{}"));
  FAILS(METALAB_ERR_CLOSED, "", metalab_mapping_seal(left));
  FAILS(METALAB_ERR_CLOSED, "", metalab_stream_abandon(stream));
}

static void failed(void) {
  metalab_capture_t *c = open_run("life:1", "failed");
  OK(metalab_capture_cancel(c, "not this"));
  OK(metalab_capture_fail(c, "Diverged", "residual \"grew\"", "solve.c:12\nmain.c:3"));
  OK(metalab_capture_fail(c, "Other", "not this either", NULL));
  OK(metalab_capture_metric(c, "after", 1.0));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void cancelled(void) {
  metalab_capture_t *c = open_run("life:1", "cancelled");
  OK(metalab_capture_cancel(c, "time is up"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void remarks(void) {
  metalab_options_t *options = options_for("life:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "remarks"));
  OK(metalab_options_add_tag(options, "one"));
  OK(metalab_options_add_tag(options, "one"));
  OK(metalab_options_note(options, "first"));
  OK(metalab_options_metadata_json(options, "{\"site\": \"here\"}", METALAB_NUL));
  OK(metalab_options_context_json(options, "{\"mesh\": \"m1\"}", METALAB_NUL));
  OK(metalab_options_params_json(options, "{\"n\": 1, \"nu\": 0.1}", METALAB_NUL));
  OK(metalab_options_param_f64(options, "nu", 0.25));
  OK(metalab_options_param_i64(options, "big", INT64_MIN));
  OK(metalab_options_param_bool(options, "yes", 7));
  OK(metalab_options_param_bool(options, "no", 0));
  OK(metalab_options_param_text(options, "text", "\xc3\xa9\n"));
  OK(metalab_options_experiment_description(options, "what it is about"));
  OK(metalab_options_add_experiment_tag(options, "t"));
  OK(metalab_options_worker(options, "rank:3"));
  OK(metalab_options_seed(options, UINT64_MAX));
  OK(metalab_options_replicate(options, 5));
  OK(metalab_capture_open(options, &c));
  /* The options were copied: what becomes of them is no matter. */
  OK(metalab_options_note(options, "not this"));
  metalab_options_free(options);
  OK(metalab_capture_add_tag(c, "two"));
  OK(metalab_capture_add_tag(c, "one"));
  OK(metalab_capture_add_note(c, "second"));
  OK(metalab_capture_add_warning(c, "careful", "{\"dt\": 0.5, \"message\": \"not this\"}"));
  OK(metalab_capture_add_warning(c, "plain", NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void flushing(void) {
  metalab_capture_t *c = open_run("life:1", "flush");
  metalab_series_t *series = NULL;
  char *text = NULL;
  OK(metalab_capture_metric(c, "x", 1.0));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "line", METALAB_NUL));
  OK(metalab_capture_data_json(c, "d", "[1, 2]", METALAB_NUL, NULL));
  OK(metalab_capture_artifact_json(c, "a", "{\"k\": 1}", METALAB_NUL, NULL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  CHECK(count_in("life_1/runs/flush.json", "\"x\": 1.0") == 1);
  CHECK(count_in("life_1/runs/flush.json", "\"status\": \"running\"") == 1);
  CHECK(count_in("life_1/logs/flush_run.log", "line") == 1);
  CHECK(count_in("life_1/results/flush/d.json", "\"data\"") == 1);
  CHECK(count_in("life_1/artifacts/flush/a.json", "\"k\": 1") == 1);
  CHECK(count_in("life_1/artifacts/flush/_manifest.json", "\"name\": \"a\"") == 1);
  OK(metalab_capture_metric(c, "x", 2.0));
  OK(metalab_capture_series(c, "s", "m", NULL, &series));
  for (int64_t step = 0; step < 5000; ++step) {
    OK(metalab_series_point(series, step, (double)step));
  }
  OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  CHECK(count_in("life_1/runs/flush.json", "\"x\": 2.0") == 1);
  OK(metalab_capture_summary_json(c, &text));
  CHECK(strstr(text, "\"count\": 5000") != NULL && strstr(text, "4999.0") != NULL);
  CHECK(strstr(text, "\"unit\": \"m\"") != NULL && strstr(text, "\"status\": \"running\"") != NULL);
  CHECK(gave(text, "\"results\": ["));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("life_1/results/flush/s.json", "4999.0") == 1);
}

static void metrics(void) {
  metalab_capture_t *c = open_run("life:1", "metrics");
  metalab_series_t *series = NULL, *same = NULL;
  static const char *const names[3] = {"m1", "m2", "m3"};
  static const double values[3] = {1.5, -2.5, 1e300};
  static const int64_t steps[3] = {30, 10, 20};
  OK(metalab_capture_metric(c, "f", 0.1));
  OK(metalab_capture_metric(c, "f", 0.2));
  OK(metalab_capture_metric(c, "nan", NAN));
  OK(metalab_capture_metric(c, "inf", INFINITY));
  OK(metalab_capture_metric(c, "minus_inf", -INFINITY));
  OK(metalab_capture_metric(c, "minus_zero", -0.0));
  OK(metalab_capture_metric(c, "tiny", 5e-324));
  OK(metalab_capture_metric_i64(c, "least", INT64_MIN));
  OK(metalab_capture_metric_i64(c, "most", INT64_MAX));
  OK(metalab_capture_metric_bool(c, "true", -1));
  OK(metalab_capture_metric_bool(c, "false", 0));
  OK(metalab_capture_metric_text(c, "text", "\xe2\x9c\x93 and more", 3));
  OK(metalab_capture_metric_text(c, "empty", NULL, 0));
  OK(metalab_capture_metric_text(c, "nul", "a\0b", 3));
  OK(metalab_capture_metrics(c, 3, names, values));
  OK(metalab_capture_metric(c, "changes", 1.0));
  OK(metalab_capture_metric_text(c, "changes", "text", METALAB_NUL));
  OK(metalab_capture_metric_bool(c, "changes", 1));

  OK(metalab_capture_series(c, "s", "m/s", NULL, &series));
  OK(metalab_capture_series(c, "s", NULL, "a speed", &same));
  CHECK(series == same);
  OK(metalab_series_points(series, 3, steps, values));
  OK(metalab_series_point(series, -5, NAN));
  OK(metalab_series_point(series, 10, INFINITY));
  OK(metalab_series_point_i64(series, 10, INT64_MAX));
  OK(metalab_series_point_bool(series, 10, 1));
  OK(metalab_series_point_text(series, INT64_MAX, "end", METALAB_NUL));
  OK(metalab_series_point(series, INT64_MIN, -INFINITY));
  OK(metalab_capture_metric_step(c, "s", 11, 11.0));
  OK(metalab_capture_metric_step_i64(c, "t", 1, 1));
  OK(metalab_capture_metric_step_bool(c, "t", 2, 1));
  OK(metalab_capture_metric_step_text(c, "t", 3, "x", METALAB_NUL));
  OK(metalab_capture_metrics_step(c, 3, names, 4, values));
  OK(metalab_capture_metric(c, "s", 99.0));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void environment(void) {
  metalab_capture_t *c = NULL;
  char *text = NULL;
  OK(metalab_capture_open(NULL, &c));
  OK(metalab_capture_metric(c, "x", 1.0));
  OK(metalab_capture_run_id(c, &text));
  printf("%s\n", text);
  metalab_string_free(text);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* The variables are set so that each that counts would be an error, or change what is stored. */
static void options_win(void) {
  char *health = NULL;
  metalab_options_t *options = options_for("options:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "told"));
  OK(metalab_options_params_json(options, "{\"told\": 1}", METALAB_NUL));
  OK(metalab_options_context_json(options, "{}", METALAB_NUL));
  OK(metalab_options_metadata_json(options, "{}", METALAB_NUL));
  OK(metalab_options_add_tag(options, "told"));
  OK(metalab_options_note(options, "told"));
  OK(metalab_options_seed(options, 1));
  OK(metalab_options_replicate(options, 1));
  OK(metalab_options_worker(options, "told"));
  OK(metalab_options_flush_interval(options, 0.02));
  OK(metalab_options_refresh_interval(options, 0.0));
  OK(metalab_options_journal(options, in_store("journal")));
  OK(metalab_options_if_success(options, METALAB_IF_SUCCESS_RERUN));
  OK(metalab_options_durable(options, 1));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_health_json(c, &health));
  CHECK(strstr(health, "/journal/") != NULL && gave(health, "/told/"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  metalab_options_free(options);
}

/* A variable that can't be is refused, by its name. */
static void bad_environment(void) {
  static const struct {
    const char *name, *value;
    metalab_status_t status;
  } bad[] = {
      {"METALAB_STORE", "s3://x", METALAB_ERR_VALUE},
      {"METALAB_STORE", "\"/tmp/quoted\"", METALAB_ERR_VALUE},
      {"METALAB_STORE", "$NO_SUCH/runs", METALAB_ERR_VALUE},
      {"METALAB_STORE", "~nobody/runs", METALAB_ERR_VALUE},
      {"METALAB_STORE", NOT_UTF8, METALAB_ERR_UTF8},
      {"METALAB_DURABLE", "perhaps", METALAB_ERR_VALUE},
      {"METALAB_DURABLE", "2", METALAB_ERR_VALUE},
      {"METALAB_DISABLED", "perhaps", METALAB_ERR_VALUE},
      {"METALAB_EXPERIMENT", ":", METALAB_ERR_NAME},
      {"METALAB_RUN_ID", "a/b", METALAB_ERR_NAME},
      {"METALAB_PARAMS", "[]", METALAB_ERR_JSON},
      {"METALAB_PARAMS", "{", METALAB_ERR_JSON},
      {"METALAB_CONTEXT", "1", METALAB_ERR_JSON},
      {"METALAB_METADATA", "x", METALAB_ERR_JSON},
      {"METALAB_TAGS", NOT_UTF8, METALAB_ERR_UTF8},
      {"METALAB_NOTES", NOT_UTF8, METALAB_ERR_UTF8},
      {"METALAB_SEED", "-1", METALAB_ERR_VALUE},
      {"METALAB_SEED", "1.5", METALAB_ERR_VALUE},
      {"METALAB_SEED", "18446744073709551616", METALAB_ERR_VALUE},
      {"METALAB_REPLICATE", "x", METALAB_ERR_VALUE},
      {"METALAB_CODE_HASH", NOT_UTF8, METALAB_ERR_UTF8},
      {"METALAB_WORKER", "a\nb", METALAB_ERR_NAME},
      {"METALAB_FLUSH_SECONDS", "soon", METALAB_ERR_VALUE},
      {"METALAB_REFRESH_SECONDS", "-5", METALAB_ERR_VALUE},
      {"METALAB_SAMPLE_SECONDS", "often", METALAB_ERR_VALUE},
      {"METALAB_SAMPLE_SECONDS", "-1", METALAB_ERR_VALUE},
      {"METALAB_SAMPLE_SECONDS", "0.001", METALAB_ERR_VALUE},
      {"METALAB_SAMPLE_SECONDS", "inf", METALAB_ERR_VALUE},
      {"METALAB_JOURNAL", NOT_UTF8, METALAB_ERR_UTF8},
      {"METALAB_JOURNAL", "'/tmp/quoted'", METALAB_ERR_VALUE},
      {"METALAB_IF_SUCCESS", "Skip", METALAB_ERR_VALUE},
  };
  for (size_t index = 0; index < sizeof bad / sizeof *bad; ++index) {
    metalab_capture_t *c = UNTOUCHED;
    setenv("METALAB_STORE", store, 1);
    setenv(bad[index].name, bad[index].value, 1);
    FAILS(bad[index].status, strcmp(bad[index].name, "METALAB_STORE") == 0 && bad[index].status == METALAB_ERR_VALUE
              ? "store locator" : bad[index].name,
          metalab_capture_open(NULL, &c));
    CHECK(c == NULL);
    unsetenv(bad[index].name);
  }
}

static void *by_a_library(void *unused) {
  (void)unused;
  OK(metalab_capture_metric(metalab_capture_current(), "of a library", 1.0));
  return NULL;
}

/* Code that was given no run emits into the one that the program has made current. */
static void current(void) {
  metalab_capture_t *c = open_run("current:1", "one"), *other = open_run("current:1", "other");
  pthread_t thread;
  int status = 0;
  NOTHING(metalab_capture_metric(metalab_capture_current(), "nobody's", 1.0));
  OK(metalab_capture_set_current(c));
  CHECK(metalab_capture_current() == c);
  CHECK(pthread_create(&thread, NULL, by_a_library, NULL) == 0 && pthread_join(thread, NULL) == 0);
  pid_t child = fork();
  if (child == 0) {
    _exit(metalab_capture_current() == NULL ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  FAILS(METALAB_ERR_HANDLE, "capture", metalab_capture_set_current(UNTOUCHED));
  CHECK(metalab_capture_current() == c);
  OK(metalab_capture_finish(other));
  metalab_capture_free(other);
  CHECK(metalab_capture_current() == c);
  OK(metalab_capture_set_current(NULL));
  CHECK(metalab_capture_current() == NULL);
  OK(metalab_capture_set_current(c));
  OK(metalab_capture_finish(c));
  CHECK(metalab_capture_current() == NULL);
  metalab_capture_free(c);
  FAILS(METALAB_ERR_CLOSED, "capture", metalab_capture_set_current(c));
}

static const struct test_case cases[] = {
    {"current", current},
    {"finish_twice", finish_twice},
    {"free_without_finish", free_without_finish},
    {"if_success", if_success},
    {"mapping_after_free", mapping_after_free},
    {"failed", failed},
    {"cancelled", cancelled},
    {"remarks", remarks},
    {"flushing", flushing},
    {"metrics", metrics},
    {"environment", environment},
    {"options_win", options_win},
    {"bad_environment", bad_environment},
};
MAIN(cases)
