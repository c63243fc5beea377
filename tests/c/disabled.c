/* METALAB_DISABLED=1: everything succeeds, and nothing is left behind. */
#include "check.h"

static const double values[2] = {1.0, 2.0};
static const int64_t steps[2] = {1, 2};
static const uint64_t two[1] = {2}, square[2] = {1, 2}, large[2] = {1000, 1000};
static const char *const names[2] = {"a", "b"};
static const uint8_t pixels[4] = {0, 1, 2, 3};

static void everything(void) {
  metalab_array_t line = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL};
  metalab_array_t plane = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, square, NULL};
  metalab_options_t *options = options_for("disabled:1");
  metalab_capture_t *c = NULL, *again = NULL;
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL;
  metalab_snapshots_t *snapshots = NULL;
  metalab_stream_t *stream = NULL;
  void *data = NULL;
  char *text = NULL;
  uint64_t seed = 77;
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_open(options, &again));
  CHECK(c != NULL && again != NULL);
  metalab_options_free(options);
  OK(metalab_capture_add_warning(c, "x", NULL));
  OK(metalab_capture_add_note(c, "x"));
  OK(metalab_capture_add_tag(c, "x"));
  OK(metalab_capture_cancel(c, NULL));
  OK(metalab_capture_fail(c, "x", "y", NULL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  for (int index = 0; index < 1000; ++index) {
    OK(metalab_capture_metric(c, "x", 1.0));
  }
  OK(metalab_capture_metric_i64(c, "x", 1));
  OK(metalab_capture_metric_bool(c, "x", 1));
  OK(metalab_capture_metric_text(c, "x", "y", METALAB_NUL));
  OK(metalab_capture_metrics(c, 2, names, values));
  OK(metalab_capture_metric_step(c, "x", 1, 1.0));
  OK(metalab_capture_metric_step_i64(c, "x", 1, 1));
  OK(metalab_capture_metric_step_bool(c, "x", 1, 1));
  OK(metalab_capture_metric_step_text(c, "x", 1, "y", 1));
  OK(metalab_capture_metrics_step(c, 2, names, 1, values));
  OK(metalab_capture_series(c, "x", "m", "d", &series));
  CHECK(series != NULL);
  OK(metalab_series_point(series, 1, 1.0));
  OK(metalab_series_point_i64(series, 1, 1));
  OK(metalab_series_point_bool(series, 1, 1));
  OK(metalab_series_point_text(series, 1, "x", METALAB_NUL));
  OK(metalab_series_points(series, 2, steps, values));
  OK(metalab_capture_data_json(c, "x", "1", 1, NULL));
  OK(metalab_capture_data_array(c, "x", &line, NULL));
  OK(metalab_capture_artifact_json(c, "x", "1", 1, NULL));
  OK(metalab_capture_artifact_bytes(c, "x", "1", 1, "k", "f", NULL));
  OK(metalab_capture_artifact_array(c, "x", &line, NULL));
  OK(metalab_capture_artifact_arrays(c, "x", 1, names, &line, NULL));
  OK(metalab_capture_map_array(c, "x", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, large, NULL, &mapping, &data));
  CHECK(mapping != NULL && data != NULL && ((uintptr_t)data & 63) == 0);
  for (size_t index = 0; index < 1000 * 1000; ++index) {
    CHECK(((double *)data)[index] == 0.0);
    ((double *)data)[index] = (double)index;
  }
  CHECK(((double *)data)[999999] == 999999.0);
  OK(metalab_mapping_set_metadata(mapping, "{\"k\": 1}"));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_F, 0, NULL, NULL, &mapping, &data));
  *(int8_t *)data = 1;
  OK(metalab_mapping_abandon(mapping));
  OK(metalab_capture_snapshots(c, "", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, large, NULL, &snapshots));
  OK(metalab_snapshots_begin(snapshots, 1, &mapping, &data));
  CHECK(((double *)data)[999999] == 0.0);
  ((double *)data)[999999] = 1.0;
  OK(metalab_mapping_seal(mapping));
  metalab_snapshots_free(snapshots);
  OK(metalab_capture_stream(c, "x", "k", "f", NULL, &stream));
  OK(metalab_stream_write(stream, "x", 1));
  OK(metalab_stream_set_metadata(stream, "{}"));
  OK(metalab_stream_seal(stream));
  OK(metalab_capture_stream(c, "x", "k", "f", NULL, &stream));
  OK(metalab_stream_abandon(stream));
  OK(metalab_capture_file(c, "x", "/nowhere/at/all", METALAB_FILE_MOVE, NULL, NULL));
  OK(metalab_capture_figure_bytes(c, "x", "1", 1, "png", NULL));
  OK(metalab_capture_figure_pixels(c, "x", pixels, 2, 2, 1, 0, NULL));
  OK(metalab_capture_figure_field(c, "x", &plane, NULL, NULL));
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, "x", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "x", 1));
  OK(metalab_capture_subscribe(c, "x", METALAB_LEVEL_DEBUG));
  OK(metalab_log("x", METALAB_LEVEL_ERROR, "x", METALAB_NUL));
  CHECK(!metalab_log_enabled("x", METALAB_LEVEL_CRITICAL));
  OK(metalab_capture_unsubscribe(c, "x"));
  OK(metalab_capture_stdio(c, METALAB_STDOUT | METALAB_STDERR));
  OK(metalab_capture_stdio_end(c));
  int64_t rank = 7, size = 7;
  OK(metalab_capture_run_id(c, &text));
  CHECK(text != NULL && strcmp(text, "") == 0);
  metalab_string_free(text);
  OK(metalab_capture_reduce(c, "x"));
  OK(metalab_capture_rank(c, &rank, &size));
  CHECK(rank == 0 && size == 1);
  OK(metalab_capture_derive_seed(c, "x", &seed));
  CHECK(seed == 0);
  OK(metalab_capture_metrics_json(c, &text));
  CHECK(gave(text, "{}"));
  OK(metalab_capture_artifacts_json(c, &text));
  CHECK(gave(text, "[]"));
  OK(metalab_capture_results_json(c, &text));
  CHECK(gave(text, "[]"));
  OK(metalab_capture_summary_json(c, &text));
  CHECK(gave(text, "{}"));
  OK(metalab_capture_health_json(c, &text));
  CHECK(gave(text, "\"ok\": true"));
  OK(metalab_capture_finish(c));
  OK(metalab_capture_finish(c));
  OK(metalab_capture_metric(c, "x", 1.0));
  metalab_capture_free(c);
  OK(metalab_capture_metric(again, "x", 1.0));
  metalab_capture_free(again);
  /* Functions of values, not of a run, work as ever. */
  OK(metalab_fingerprint("{}", METALAB_NUL, &text));
  CHECK(gave(text, "44136fa355b3678a"));
}

static const struct test_case cases[] = {{"everything", everything}};
MAIN(cases)
