/* A panic behind the boundary: the call fails, and the process goes on. */
#include "check.h"

static const double values[2] = {1.0, 2.0};
static const uint64_t two[1] = {2};
static const char *const names[2] = {"a", "b"};

#define PANICS(call)                                        \
  do {                                                      \
    const char *text_ = #call;                              \
    char name_[64];                                         \
    snprintf(name_, sizeof name_, "%.*s", (int)strcspn(text_, "("), text_); \
    setenv("METALAB_INJECT_PANIC", name_, 1);               \
    FAILS(METALAB_ERR_PANIC, "injected into", call);        \
    CHECK(strstr(metalab_last_error(), "please report it") != NULL); \
    unsetenv("METALAB_INJECT_PANIC");                       \
  } while (0)

static void everywhere(void) {
  metalab_array_t line = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL};
  metalab_options_t *options = UNTOUCHED;
  metalab_capture_t *c = UNTOUCHED;
  metalab_series_t *series = UNTOUCHED;
  metalab_mapping_t *mapping = UNTOUCHED;
  metalab_stream_t *stream = UNTOUCHED;
  metalab_snapshots_t *snapshots = UNTOUCHED;
  void *data = UNTOUCHED;
  metalab_store_t *opened = UNTOUCHED;
  metalab_table_t *table = UNTOUCHED;
  metalab_run_t *stored = UNTOUCHED;
  metalab_points_t *points = UNTOUCHED;
  char *text = UNTOUCHED;
  double left = -5.0;
  PANICS(metalab_options_new(&options));
  CHECK(options == UNTOUCHED);
  options = options_for("panics:1");
  OK(metalab_options_run_id(options, "run"));
  PANICS(metalab_options_seed(options, 1));
  PANICS(metalab_options_restart(options, 1));
  PANICS(metalab_options_signals(options, METALAB_SIGNALS_FATAL));
  PANICS(metalab_capture_open(options, &c));
  OK(metalab_capture_open(options, &c));
  PANICS(metalab_capture_metric(c, "x", 1.0));
  PANICS(metalab_capture_metrics(c, 2, names, values));
  PANICS(metalab_capture_log(c, METALAB_LEVEL_ERROR, "x", METALAB_NUL));
  PANICS(metalab_capture_series(c, "s", NULL, NULL, &series));
  PANICS(metalab_capture_data_json(c, "d", "1", 1, NULL));
  PANICS(metalab_capture_artifact_array(c, "a", &line, NULL));
  PANICS(metalab_capture_map_array(c, "m", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  PANICS(metalab_capture_snapshots(c, "u", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &snapshots));
  CHECK(snapshots == UNTOUCHED);
  PANICS(metalab_capture_stream(c, "t", "k", "f", NULL, &stream));
  PANICS(metalab_capture_file(c, "f", "/proc/self/exe", METALAB_FILE_COPY, NULL, NULL));
  PANICS(metalab_capture_reduce(c, "x"));
  PANICS(metalab_capture_summary_json(c, &text));
  PANICS(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  PANICS(metalab_capture_seconds_left(c, &left));
  PANICS(metalab_recover_child(store, NULL, NULL, 1, 0, NULL));
  PANICS(metalab_index_rebuild(store, NULL, NULL, NULL, NULL));
  PANICS(metalab_store_open(store, &opened));
  CHECK(opened == UNTOUCHED);
  OK(metalab_store_open(store, &opened));
  PANICS(metalab_store_runs(opened, NULL, NULL, 0, &table));
  PANICS(metalab_store_run(opened, NULL, "run", &stored));
  OK(metalab_store_run(opened, NULL, "run", &stored));
  PANICS(metalab_run_series(stored, "s", &points));
  PANICS(metalab_run_refresh(stored));
  metalab_run_free(stored);
  metalab_store_free(opened);
  PANICS(metalab_fingerprint("{}", 2, &text));
  PANICS(metalab_log("x", METALAB_LEVEL_INFO, "x", 1));
  setenv("METALAB_INJECT_PANIC", "metalab_log_enabled", 1);
  CHECK(!metalab_log_enabled("x", METALAB_LEVEL_INFO));
  unsetenv("METALAB_INJECT_PANIC");
  CHECK(series == UNTOUCHED && mapping == UNTOUCHED && stream == UNTOUCHED && data == UNTOUCHED &&
        text == UNTOUCHED && left == -5.0);

  /* Nothing is locked, and the run is whole. */
  OK(metalab_options_seed(options, 1));
  metalab_options_free(options);
  OK(metalab_capture_metric(c, "x", 2.0));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "goes on", METALAB_NUL));
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_series_point(series, 1, 1.0));
  OK(metalab_capture_map_array(c, "m", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  PANICS(metalab_mapping_seal(mapping));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_capture_snapshots(c, "u", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, two, NULL, &snapshots));
  PANICS(metalab_snapshots_begin(snapshots, 1, &mapping, &data));
  OK(metalab_snapshots_begin(snapshots, 1, &mapping, &data));
  OK(metalab_mapping_seal(mapping));
  metalab_snapshots_free(snapshots);
  OK(metalab_capture_stream(c, "t", "k", "f", NULL, &stream));
  PANICS(metalab_stream_write(stream, "x", 1));
  OK(metalab_stream_write(stream, "y", 1));
  OK(metalab_stream_seal(stream));
  PANICS(metalab_capture_finish(c));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("panics_1/runs/run.json", "\"status\": \"success\"") == 1);
  CHECK(count_in("panics_1/runs/run.json", "\"x\": 2.0") == 1);
  CHECK(count_in("panics_1/artifacts/run/t.f", "y") == 1);
  CHECK(count_in("panics_1/logs/run_run.log", "goes on") == 1);
}

static const struct test_case cases[] = {{"everywhere", everywhere}};
MAIN(cases)
