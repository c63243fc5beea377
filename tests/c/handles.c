/* Handles that are NULL, finished, freed, of another kind, or no handles at all. */
#include "check.h"

static const uint64_t two[1] = {2};
static const int64_t steps[2] = {1, 2};
static const double values[2] = {1.0, 2.0};
static const char *const names[2] = {"a", "b"};
static const uint8_t pixels[4] = {0, 1, 2, 3};
static const metalab_array_t line = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL};
static const uint64_t one_by_two[2] = {1, 2};
static const metalab_array_t plane = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, one_by_two, NULL};

/* The answer that a call with a certain handle has to give. */
struct expected {
  metalab_status_t status;
  const char *part;
};

static const struct expected freed = {METALAB_ERR_CLOSED, "freed"};

#define EXPECT(call) EXPECT_EXPANDED(call)
#define EXPECT_EXPANDED(call)                    \
  do {                                           \
    if (e.status == METALAB_NO_CAPTURE) {        \
      NOTHING(call);                             \
    } else {                                     \
      FAILS_EXPANDED(e.status, e.part, call);    \
    }                                            \
  } while (0)

/* The calls that emit to a run, or change it. */
static void emit_to(metalab_capture_t *c, struct expected e) {
  metalab_series_t *series = UNTOUCHED;
  metalab_mapping_t *mapping = UNTOUCHED;
  metalab_stream_t *stream = UNTOUCHED;
  metalab_snapshots_t *snapshots = UNTOUCHED;
  void *data = UNTOUCHED;
  EXPECT(metalab_capture_add_warning(c, "x", NULL));
  EXPECT(metalab_capture_add_note(c, "x"));
  EXPECT(metalab_capture_add_tag(c, "x"));
  EXPECT(metalab_capture_fail(c, "x", "y", NULL));
  EXPECT(metalab_capture_cancel(c, NULL));
  EXPECT(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  EXPECT(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  EXPECT(metalab_capture_metric(c, "x", 1.0));
  EXPECT(metalab_capture_metric_i64(c, "x", 1));
  EXPECT(metalab_capture_metric_bool(c, "x", 1));
  EXPECT(metalab_capture_metric_text(c, "x", "y", METALAB_NUL));
  EXPECT(metalab_capture_metrics(c, 2, names, values));
  EXPECT(metalab_capture_metric_step(c, "x", 1, 1.0));
  EXPECT(metalab_capture_metric_step_i64(c, "x", 1, 1));
  EXPECT(metalab_capture_metric_step_bool(c, "x", 1, 1));
  EXPECT(metalab_capture_metric_step_text(c, "x", 1, "y", 1));
  EXPECT(metalab_capture_metrics_step(c, 2, names, 1, values));
  EXPECT(metalab_capture_series(c, "x", NULL, NULL, &series));
  EXPECT(metalab_capture_data_json(c, "x", "1", 1, NULL));
  EXPECT(metalab_capture_data_array(c, "x", &line, NULL));
  EXPECT(metalab_capture_artifact_json(c, "x", "1", 1, NULL));
  EXPECT(metalab_capture_artifact_bytes(c, "x", "1", 1, "k", "f", NULL));
  EXPECT(metalab_capture_artifact_array(c, "x", &line, NULL));
  EXPECT(metalab_capture_artifact_arrays(c, "x", 1, names, &line, NULL));
  EXPECT(metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  EXPECT(metalab_capture_snapshots(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &snapshots));
  EXPECT(metalab_capture_stream(c, "x", "k", "f", NULL, &stream));
  EXPECT(metalab_capture_file(c, "x", "/proc/self/exe", METALAB_FILE_COPY, NULL, NULL));
  EXPECT(metalab_capture_figure_bytes(c, "x", "1", 1, "png", NULL));
  EXPECT(metalab_capture_figure_pixels(c, "x", pixels, 2, 2, 1, 0, NULL));
  EXPECT(metalab_capture_figure_field(c, "x", &plane, NULL, NULL));
  EXPECT(metalab_capture_log(c, METALAB_LEVEL_INFO, "x", METALAB_NUL));
  EXPECT(metalab_capture_log(c, METALAB_LEVEL_INFO, "x", 1));
  EXPECT(metalab_capture_log(c, METALAB_LEVEL_CRITICAL, "x", 1));
  EXPECT(metalab_capture_reduce(c, "x"));
  EXPECT(metalab_capture_subscribe(c, "x", METALAB_LEVEL_INFO));
  EXPECT(metalab_capture_unsubscribe(c, "x"));
  EXPECT(metalab_capture_stdio(c, METALAB_STDOUT));
  CHECK(series == UNTOUCHED && mapping == UNTOUCHED && stream == UNTOUCHED && data == UNTOUCHED);
  CHECK(snapshots == UNTOUCHED);
}

/* The calls that ask a run. */
static void ask(metalab_capture_t *c, struct expected e) {
  char *text = UNTOUCHED;
  uint64_t seed = 77;
  int64_t rank = 77, size = 77;
  EXPECT(metalab_capture_rank(c, &rank, &size));
  CHECK(rank == 77 && size == 77);
  EXPECT(metalab_capture_run_id(c, &text));
  EXPECT(metalab_capture_derive_seed(c, "x", &seed));
  EXPECT(metalab_capture_metrics_json(c, &text));
  EXPECT(metalab_capture_artifacts_json(c, &text));
  EXPECT(metalab_capture_results_json(c, &text));
  EXPECT(metalab_capture_summary_json(c, &text));
  EXPECT(metalab_capture_health_json(c, &text));
  CHECK(text == UNTOUCHED && seed == 77);
}

static void every_capture_call(void *handle, struct expected e) {
  metalab_capture_t *c = handle;
  emit_to(c, e);
  ask(c, e);
  EXPECT(metalab_capture_stdio_end(c));
  EXPECT(metalab_capture_finish(c));
}

static void every_series_call(void *handle, struct expected e) {
  metalab_series_t *s = handle;
  EXPECT(metalab_series_point(s, 1, 1.0));
  EXPECT(metalab_series_point_i64(s, 1, 1));
  EXPECT(metalab_series_point_bool(s, 1, 1));
  EXPECT(metalab_series_point_text(s, 1, "x", METALAB_NUL));
  EXPECT(metalab_series_points(s, 2, steps, values));
}

static void every_mapping_call(void *handle, struct expected e) {
  metalab_mapping_t *m = handle;
  EXPECT(metalab_mapping_set_metadata(m, "{}"));
  EXPECT(metalab_mapping_seal(m));
  EXPECT(metalab_mapping_abandon(m));
}

static void every_snapshots_call(void *handle, struct expected e) {
  metalab_mapping_t *mapping = UNTOUCHED;
  void *data = UNTOUCHED;
  EXPECT(metalab_snapshots_begin(handle, 1, &mapping, &data));
  CHECK(mapping == UNTOUCHED && data == UNTOUCHED);
}

static void every_stream_call(void *handle, struct expected e) {
  metalab_stream_t *s = handle;
  EXPECT(metalab_stream_write(s, "x", 1));
  EXPECT(metalab_stream_set_metadata(s, "{}"));
  EXPECT(metalab_stream_seal(s));
  EXPECT(metalab_stream_abandon(s));
}

static void every_options_call(void *handle, struct expected e) {
  metalab_options_t *o = handle;
  metalab_capture_t *capture = UNTOUCHED;
  EXPECT(metalab_options_store(o, "x"));
  EXPECT(metalab_options_experiment(o, "x"));
  EXPECT(metalab_options_experiment_description(o, "x"));
  EXPECT(metalab_options_add_experiment_tag(o, "x"));
  EXPECT(metalab_options_run_id(o, "x"));
  EXPECT(metalab_options_params_json(o, "{}", 2));
  EXPECT(metalab_options_namelist(o, "x"));
  EXPECT(metalab_options_param_f64(o, "x", 1.0));
  EXPECT(metalab_options_param_i64(o, "x", 1));
  EXPECT(metalab_options_param_bool(o, "x", 1));
  EXPECT(metalab_options_param_text(o, "x", "y"));
  EXPECT(metalab_options_context_json(o, "{}", 2));
  EXPECT(metalab_options_metadata_json(o, "{}", 2));
  EXPECT(metalab_options_add_tag(o, "x"));
  EXPECT(metalab_options_note(o, "x"));
  EXPECT(metalab_options_seed(o, 1));
  EXPECT(metalab_options_replicate(o, 1));
  EXPECT(metalab_options_code_hash(o, "x"));
  EXPECT(metalab_options_worker(o, "x"));
  EXPECT(metalab_options_flush_interval(o, 0.001));
  EXPECT(metalab_options_refresh_interval(o, 0.001));
  EXPECT(metalab_options_journal(o, "x"));
  EXPECT(metalab_options_if_success(o, METALAB_IF_SUCCESS_SKIP));
  EXPECT(metalab_options_role(o, METALAB_ROLE_WORKER));
  EXPECT(metalab_options_rank(o, 1, 2));
  EXPECT(metalab_options_ranks_param(o, "ranks"));
  EXPECT(metalab_options_attach_patience(o, 1.0));
  EXPECT(metalab_options_restart(o, 1));
  EXPECT(metalab_options_durable(o, 1));
  EXPECT(metalab_capture_open(o, &capture));
  CHECK(capture == NULL);
}

static void null_handles(void) {
  const struct expected nothing = {METALAB_NO_CAPTURE, ""};
  metalab_capture_t *c;
  /* Before there was any failure, and after one. */
  CHECK(strcmp(metalab_last_error(), "") == 0);
  every_capture_call(NULL, nothing);
  CHECK(strcmp(metalab_last_error(), "") == 0);
  CHECK(metalab_options_new(NULL) == METALAB_ERR_NULL);
  every_capture_call(NULL, nothing);
  every_series_call(NULL, nothing);
  every_mapping_call(NULL, nothing);
  every_stream_call(NULL, nothing);
  every_snapshots_call(NULL, nothing);
  /* Other faults of the arguments don't matter then. */
  NOTHING(metalab_capture_metric(NULL, NULL, 1.0));
  NOTHING(metalab_capture_metrics(NULL, 2, NULL, NULL));
  NOTHING(metalab_capture_metrics(NULL, 0, NULL, NULL));
  NOTHING(metalab_capture_metrics_step(NULL, 2, NULL, 1, NULL));
  NOTHING(metalab_capture_log(NULL, 12345, NULL, METALAB_NUL));
  NOTHING(metalab_capture_artifact_array(NULL, NULL, NULL, NULL));
  NOTHING(metalab_capture_map_array(NULL, NULL, 0, 9, 99, NULL, NULL, NULL, NULL));
  NOTHING(metalab_capture_snapshots(NULL, NULL, 0, 9, 99, NULL, NULL, NULL));
  NOTHING(metalab_snapshots_begin(NULL, 1, NULL, NULL));
  NOTHING(metalab_capture_health_json(NULL, NULL));
  NOTHING(metalab_series_point_text(NULL, 1, NULL, 1));
  NOTHING(metalab_series_points(NULL, 2, NULL, NULL));
  NOTHING(metalab_stream_write(NULL, NULL, 1));
  metalab_capture_free(NULL);
  metalab_snapshots_free(NULL);
  metalab_options_free(NULL);
  c = open_run("handles:1", "after");
  metalab_capture_free(c);
}

static void ended_handles(void) {
  const struct expected closed = {METALAB_ERR_CLOSED, ""};
  metalab_capture_t *c = open_run("handles:1", "ended"), *next = NULL;
  metalab_options_t *options = NULL;
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL, *abandoned = NULL;
  metalab_stream_t *stream = NULL, *given_up = NULL;
  metalab_snapshots_t *snapshots = NULL, *over = NULL;
  void *data = NULL;
  char *text = NULL;
  uint64_t seed = 0;
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_series_point(series, 1, 1.0));
  OK(metalab_capture_map_array(c, "m", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  OK(metalab_mapping_seal(mapping));
  every_mapping_call(mapping, closed);
  OK(metalab_capture_map_array(c, "a", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &abandoned, &data));
  OK(metalab_mapping_abandon(abandoned));
  every_mapping_call(abandoned, closed);
  OK(metalab_capture_stream(c, "t", "k", "f", NULL, &stream));
  OK(metalab_stream_seal(stream));
  every_stream_call(stream, closed);
  OK(metalab_capture_stream(c, "g", "k", "f", NULL, &given_up));
  OK(metalab_stream_abandon(given_up));
  every_stream_call(given_up, closed);
  OK(metalab_capture_snapshots(c, "u", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &snapshots));
  OK(metalab_capture_snapshots(c, "v", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &over));
  metalab_snapshots_free(over);
  every_snapshots_call(over, freed);
  OK(metalab_capture_metric(c, "x", 1.0));

  OK(metalab_capture_finish(c));
  emit_to(c, closed);
  every_snapshots_call(snapshots, closed);
  metalab_snapshots_free(snapshots);
  every_snapshots_call(snapshots, freed);
  every_series_call(series, closed);
  OK(metalab_capture_finish(c));
  OK(metalab_capture_run_id(c, &text));
  CHECK(gave(text, "ended"));
  OK(metalab_capture_derive_seed(c, "x", &seed));
  OK(metalab_capture_metrics_json(c, &text));
  CHECK(gave(text, "\"x\": 1.0"));
  OK(metalab_capture_artifacts_json(c, &text));
  CHECK(gave(text, "\"name\": \"m\""));
  OK(metalab_capture_results_json(c, &text));
  CHECK(gave(text, "[]"));
  OK(metalab_capture_summary_json(c, &text));
  CHECK(gave(text, "\"status\": \"success\""));
  OK(metalab_capture_health_json(c, &text));
  CHECK(gave(text, "\"ok\": true"));

  metalab_capture_free(c);
  every_capture_call(c, freed);
  every_series_call(series, closed);
  metalab_capture_free(c);

  /* Tokens are not used again. */
  next = open_run("handles:1", "next");
  CHECK(next != c);
  every_capture_call(c, freed);
  every_series_call(series, closed);
  metalab_capture_free(c);
  OK(metalab_capture_metric(next, "x", 1.0));
  metalab_capture_free(next);

  OK(metalab_options_new(&options));
  metalab_options_free(options);
  every_options_call(options, freed);
  metalab_options_free(options);
}

static void other_handles(void) {
  const struct expected no_capture = {METALAB_ERR_HANDLE, "capture is no metalab_capture_t"};
  const struct expected no_series = {METALAB_ERR_HANDLE, "series is no metalab_series_t"};
  const struct expected no_mapping = {METALAB_ERR_HANDLE, "mapping is no metalab_mapping_t"};
  const struct expected no_snapshots = {METALAB_ERR_HANDLE, "snapshots is no metalab_snapshots_t"};
  const struct expected no_stream = {METALAB_ERR_HANDLE, "stream is no metalab_stream_t"};
  const struct expected no_options = {METALAB_ERR_HANDLE, "options is no metalab_options_t"};
  metalab_capture_t *c = open_run("handles:1", "others");
  metalab_options_t *options = options_for("handles:1");
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL;
  metalab_stream_t *stream = NULL;
  metalab_snapshots_t *snapshots = NULL;
  void *data = NULL, *heap = malloc(64);
  int on_stack = 0;
  char *text = NULL;
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_capture_map_array(c, "m", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  OK(metalab_capture_stream(c, "t", "k", "f", NULL, &stream));
  OK(metalab_capture_snapshots(c, "u", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &snapshots));

  void *const all[] = {options, c, series, mapping, stream, snapshots, heap, &on_stack, (void *)names,
                       (void *)(uintptr_t)1, (void *)(uintptr_t)0x1234, (void *)UINTPTR_MAX, data};
  for (size_t index = 0; index < sizeof all / sizeof *all; ++index) {
    if (all[index] != (void *)options) {
      every_options_call(all[index], no_options);
      metalab_options_free(all[index]);
    }
    if (all[index] != (void *)c) {
      every_capture_call(all[index], no_capture);
      metalab_capture_free(all[index]);
    }
    if (all[index] != (void *)series) {
      every_series_call(all[index], no_series);
    }
    if (all[index] != (void *)mapping) {
      every_mapping_call(all[index], no_mapping);
    }
    if (all[index] != (void *)stream) {
      every_stream_call(all[index], no_stream);
    }
    if (all[index] != (void *)snapshots) {
      every_snapshots_call(all[index], no_snapshots);
      metalab_snapshots_free(all[index]);
    }
  }
  free(heap);

  /* All of them are as they were. */
  OK(metalab_options_seed(options, 1));
  OK(metalab_series_point(series, 1, 1.0));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_stream_seal(stream));
  OK(metalab_snapshots_begin(snapshots, 1, &mapping, &data));
  OK(metalab_mapping_seal(mapping));
  metalab_snapshots_free(snapshots);
  OK(metalab_capture_health_json(c, &text));
  CHECK(gave(text, "\"ok\": true"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  metalab_options_free(options);
}

static void random_handles(void) {
  metalab_capture_t *c = open_run("handles:1", "random");
  uint64_t state = UINT64_C(0x9E3779B97F4A7C15);
  char *text = NULL;
  OK(metalab_capture_metric(c, "x", 1.0));
  for (int round = 0; round < 20000; ++round) {
    metalab_status_t answers[9];
    metalab_mapping_t *mapping;
    void *handle, *data;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    handle = (void *)(uintptr_t)state;
    answers[0] = metalab_capture_metric(handle, "x", 2.0);
    answers[1] = metalab_capture_log(handle, METALAB_LEVEL_INFO, "x", 1);
    answers[2] = metalab_series_point(handle, 1, 2.0);
    answers[3] = metalab_mapping_seal(handle);
    answers[4] = metalab_stream_write(handle, "x", 1);
    answers[5] = metalab_options_seed(handle, 1);
    answers[6] = metalab_capture_finish(handle);
    answers[7] = metalab_series_points(handle, 2, steps, values);
    answers[8] = metalab_snapshots_begin(handle, 1, &mapping, &data);
    metalab_snapshots_free(handle);
    metalab_capture_free(handle);
    metalab_options_free(handle);
    for (int index = 0; index < 9; ++index) {
      if (answers[index] != METALAB_ERR_HANDLE && answers[index] != METALAB_ERR_CLOSED) {
        FAIL("call %d with %p: %s", index, handle, metalab_status_name(answers[index]));
      }
    }
  }
  /* Numbers within a live series' token that no series has. */
  metalab_series_t *series = NULL;
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  for (uintptr_t beyond = 1; beyond < (uintptr_t)1 << 23; beyond <<= 1) {
    metalab_series_t *none = (metalab_series_t *)((uintptr_t)series + (beyond << 1));
    FAILS(METALAB_ERR_HANDLE, "series", metalab_series_point(none, 1, 1.0));
    FAILS(METALAB_ERR_HANDLE, "series", metalab_series_point_text(none, 1, "x", 1));
  }
  metalab_series_t *zero = (metalab_series_t *)((uintptr_t)series & ~(uintptr_t)0xFFFFFF);
  FAILS(METALAB_ERR_HANDLE, "series", metalab_series_point(zero, 1, 1.0));
  OK(metalab_capture_metrics_json(c, &text));
  CHECK(gave(text, "\"x\": 1.0"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("handles_1/runs/random.json", "\"status\": \"success\"") == 1);
}

static const struct test_case cases[] = {
    {"null_handles", null_handles},
    {"ended_handles", ended_handles},
    {"other_handles", other_handles},
    {"random_handles", random_handles},
};
MAIN(cases)
