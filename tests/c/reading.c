/* Stores that are read back: what was captured, arguments that are wrong, and handles that are gone. */
#include "check.h"

#include <math.h>
#include <unistd.h>

/* A run with a bit of everything, that goes on. */
static metalab_capture_t *capture_run(const char *run_id, int64_t n) {
  const double elements[6] = {0, 1, 2, 3, 4, 5};
  const uint64_t shape[2] = {2, 3};
  const metalab_array_t array = {sizeof(metalab_array_t), elements, METALAB_DTYPE_FLOAT64, METALAB_ORDER_F, 2, shape, NULL};
  metalab_options_t *options = options_for("reading:1");
  metalab_capture_t *capture = NULL;
  int64_t step;
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_options_param_i64(options, "n", n));
  OK(metalab_options_param_text(options, "scheme", "weno"));
  OK(metalab_capture_open(options, &capture));
  metalab_options_free(options);
  OK(metalab_capture_metric(capture, "energy", (double)n / 2));
  for (step = 0; step < 100; ++step) {
    OK(metalab_capture_metric_step(capture, "loss", step, (double)step * 0.5));
  }
  OK(metalab_capture_artifact_array(capture, "field", &array, NULL));
  OK(metalab_capture_data_array(capture, "probe", &array, "{\"unit\": \"K\"}"));
  OK(metalab_capture_data_json(capture, "config", "{\"a\": NaN}", METALAB_NUL, NULL));
  OK(metalab_capture_log(capture, METALAB_LEVEL_INFO, "a line", METALAB_NUL));
  return capture;
}

static metalab_store_t *open_store(void) {
  metalab_store_t *opened = NULL;
  OK(metalab_store_open(store, &opened));
  return opened;
}

static void whole(void) {
  metalab_store_t *opened;
  metalab_run_t *run = NULL;
  metalab_points_t *points = NULL, *thin = NULL;
  metalab_loaded_t *loaded = NULL;
  metalab_array_t array = METALAB_ARRAY_INIT;
  metalab_column_t column = METALAB_COLUMN_INIT;
  const int64_t *steps = NULL;
  const double *values;
  char *text = NULL;
  size_t count = 0, size = 0;
  double number = 0;
  int64_t integer = 0;
  int32_t status = -1;
  bool ended = false;
  metalab_capture_t *capture = capture_run("whole", 300);
  OK(metalab_capture_finish(capture));
  metalab_capture_free(capture);

  opened = open_store();
  OK(metalab_store_experiments_json(opened, &text));
  CHECK(gave(text, "\"reading:1\""));
  OK(metalab_store_run(opened, "reading", "whole", &run));
  metalab_store_free(opened);
  OK(metalab_run_status(run, &status));
  CHECK(status == METALAB_RUN_SUCCESS);
  OK(metalab_run_refresh(run));
  OK(metalab_run_number(run, "metrics.energy", &number));
  CHECK(number == 150.0);
  OK(metalab_run_number(run, "params.n", &number));
  CHECK(number == 300.0);
  OK(metalab_run_integer(run, "params.n", &integer));
  CHECK(integer == 300);
  OK(metalab_run_text(run, "params.scheme", &text));
  CHECK(gave(text, "weno"));
  OK(metalab_run_text(run, "experiment_id", &text));
  CHECK(gave(text, "reading:1"));
  OK(metalab_run_record_json(run, &text));
  CHECK(gave(text, "\"status\": \"success\""));
  OK(metalab_run_names_json(run, &text));
  CHECK(gave(text, "\"field\""));
  OK(metalab_run_last_step(run, &integer));
  CHECK(integer == 99);

  OK(metalab_run_series(run, "loss", &points));
  OK(metalab_points_columns(points, &count, &steps, &column));
  CHECK(count == 100 && column.count == 100 && column.column_type == METALAB_COLUMN_FLOAT);
  CHECK(strcmp(column.name, "loss") == 0 && column.valid == NULL);
  values = column.values;
  CHECK(steps[99] == 99 && values[99] == 49.5);
  OK(metalab_points_thin(points, 8, &thin));
  OK(metalab_points_columns(thin, &count, &steps, NULL));
  CHECK(count == 4 && steps[0] == 0 && steps[3] == 99);
  OK(metalab_points_poll(points, &count, &ended));
  CHECK(count == 0 && ended);
  OK(metalab_points_about_json(points, &text));
  CHECK(gave(text, "\"name\": \"loss\""));
  metalab_points_free(thin);
  metalab_points_free(points);

  OK(metalab_run_array(run, "field", NULL, &loaded, &array));
  CHECK(array.dtype == METALAB_DTYPE_FLOAT64 && array.order == METALAB_ORDER_F && array.ndim == 2);
  CHECK(array.shape[0] == 2 && array.shape[1] == 3 && array.strides == NULL);
  CHECK(((const double *)array.data)[5] == 5.0);
  OK(metalab_loaded_verify(loaded));
  metalab_loaded_free(loaded);
  OK(metalab_run_result_array(run, "probe", &loaded, &array));
  CHECK(array.order == METALAB_ORDER_C && ((const double *)array.data)[1] == 2.0);
  metalab_loaded_free(loaded);
  OK(metalab_run_result_json(run, "config", &text));
  CHECK(gave(text, "NaN"));
  OK(metalab_run_artifacts_json(run, &text));
  CHECK(gave(text, in_store("reading_1/artifacts/whole/field.npz")));
  OK(metalab_run_artifact_verify(run, "field"));
  OK(metalab_run_log(run, "run", 0, 1 << 20, &text, &size));
  CHECK(size == strlen(text) && size > 10 && gave(text, "a line\n"));
  OK(metalab_run_log(run, "run", size, 1 << 20, &text, &size));
  CHECK(size == 0);
  metalab_string_free(text);

  OK(metalab_run_array_names_json(run, "field", &text));
  CHECK(gave(text, "\"arr\""));
  OK(metalab_run_result_metadata_json(run, "probe", &text));
  CHECK(gave(text, "\"unit\": \"K\""));
  OK(metalab_run_result_metadata_json(run, "config", &text));
  CHECK(gave(text, "{}"));
  FAILS(METALAB_ERR_NOT_FOUND, "no artifact \"none\"", metalab_run_array_names_json(run, "none", &text));
  FAILS(METALAB_ERR_NOT_FOUND, "no result \"none\"", metalab_run_result_metadata_json(run, "none", &text));
  FAILS(METALAB_ERR_NOT_FOUND, "no series \"none\"", metalab_run_series(run, "none", &points));
  FAILS(METALAB_ERR_NOT_FOUND, "no artifact \"none\"", metalab_run_array(run, "none", NULL, &loaded, &array));
  FAILS(METALAB_ERR_NOT_FOUND, "no array \"b\"", metalab_run_array(run, "field", "b", &loaded, &array));
  FAILS(METALAB_ERR_VALUE, "no array", metalab_run_result_array(run, "config", &loaded, &array));
  FAILS(METALAB_ERR_VALUE, "is an array", metalab_run_result_json(run, "probe", &text));
  FAILS(METALAB_ERR_NOT_FOUND, "\"params.x\"", metalab_run_number(run, "params.x", &number));
  FAILS(METALAB_ERR_VALUE, "a string", metalab_run_number(run, "params.scheme", &number));
  FAILS(METALAB_ERR_VALUE, "a float", metalab_run_integer(run, "metrics.energy", &integer));
  FAILS(METALAB_ERR_NOT_FOUND, "snapshot", metalab_run_latest(run, "u", NULL, &loaded, NULL));
  metalab_run_free(run);
}

static void tables(void) {
  metalab_store_t *opened;
  metalab_table_t *table = NULL;
  metalab_column_t column = METALAB_COLUMN_INIT;
  metalab_run_t *run = NULL;
  char *text = NULL;
  size_t rows = 0, columns = 0, index;
  int64_t n;
  for (n = 0; n < 4; ++n) {
    char id[8];
    metalab_capture_t *capture;
    snprintf(id, sizeof id, "r%d", (int)n);
    capture = capture_run(id, n);
    OK(metalab_capture_finish(capture));
    metalab_capture_free(capture);
  }
  opened = open_store();
  OK(metalab_store_runs(opened, "reading:1", "params.n > 0 and not run_id = r2", 0, &table));
  OK(metalab_table_size(table, &rows, &columns));
  CHECK(rows == 2 && columns >= 10);
  OK(metalab_table_find(table, "run_id", &column));
  CHECK(column.column_type == METALAB_COLUMN_TEXT && column.count == 2 && column.values == NULL);
  CHECK(column.offsets[0] == 0 && column.offsets[2] == 4 && memcmp(column.text, "r3r1", 4) == 0);
  OK(metalab_table_find(table, "params.n", &column));
  CHECK(column.column_type == METALAB_COLUMN_INT && ((const int64_t *)column.values)[0] == 3);
  OK(metalab_table_find(table, "started_at", &column));
  CHECK(column.column_type == METALAB_COLUMN_TIME && ((const int64_t *)column.values)[0] > 1600000000000000);
  for (index = 0; index < columns; ++index) {
    OK(metalab_table_column(table, index, &column));
    CHECK(column.count == 2 && column.name[0] != '\0');
  }
  OK(metalab_table_problems_json(table, &text));
  CHECK(gave(text, "[]"));
  FAILS(METALAB_ERR_VALUE, "index", metalab_table_column(table, columns, &column));
  FAILS(METALAB_ERR_NOT_FOUND, "\"x\"", metalab_table_find(table, "x", &column));
  metalab_table_free(table);
  OK(metalab_store_runs(opened, NULL, "params.n < 3 order by metrics.energy desc", 2, &table));
  OK(metalab_table_find(table, "params.n", &column));
  CHECK(column.count == 2 && ((const int64_t *)column.values)[0] == 2 && ((const int64_t *)column.values)[1] == 1);
  metalab_table_free(table);
  FAILS(METALAB_ERR_VALUE, "a field at its end", metalab_store_runs(opened, NULL, "order by", 0, &table));
  FAILS(METALAB_ERR_VALUE, "filter", metalab_store_runs(opened, NULL, "n >", 0, &table));
  FAILS(METALAB_ERR_NOT_FOUND, "none:1", metalab_store_runs(opened, "none", NULL, 0, &table));
  OK(metalab_store_run(opened, NULL, NULL, &run));
  OK(metalab_run_text(run, "run_id", &text));
  CHECK(gave(text, "r3"));
  metalab_run_free(run);
  metalab_store_free(opened);
}

static void followed(void) {
  metalab_capture_t *capture = capture_run("live", 1);
  metalab_store_t *opened = open_store();
  metalab_run_t *run = NULL;
  metalab_points_t *points = NULL;
  metalab_column_t column = METALAB_COLUMN_INIT;
  const int64_t *steps = NULL;
  size_t count = 0, total = 0;
  int64_t step;
  int32_t status = -1;
  double number = 0;
  bool ended = false;
  OK(metalab_store_run(opened, "reading:1", "live", &run));
  OK(metalab_run_status(run, &status));
  CHECK(status == METALAB_RUN_RUNNING);
  OK(metalab_run_follow(run, "loss", &points));
  OK(metalab_points_columns(points, &total, NULL, NULL));
  CHECK(total == 100);
  for (step = 100; step < 1000; ++step) {
    OK(metalab_capture_metric_step(capture, "loss", step, (double)step * 0.5));
    OK(metalab_points_poll(points, &count, &ended));
    CHECK(count == 1 && !ended);
  }
  OK(metalab_capture_metric(capture, "energy", 7.0));
  OK(metalab_run_refresh(run));
  OK(metalab_run_number(run, "metrics.energy", &number));
  CHECK(number == 7.0);
  OK(metalab_capture_metric_step(capture, "loss", 1000, 500.0));
  OK(metalab_capture_finish(capture));
  metalab_capture_free(capture);
  while (!ended) {
    OK(metalab_points_poll(points, NULL, &ended));
  }
  OK(metalab_points_columns(points, &total, &steps, &column));
  CHECK(total == 1001 && steps[1000] == 1000 && ((const double *)column.values)[1000] == 500.0);
  OK(metalab_run_refresh(run));
  OK(metalab_run_status(run, &status));
  CHECK(status == METALAB_RUN_SUCCESS);
  FAILS(METALAB_ERR_VALUE, "followed", metalab_points_thin(points, 8, &points));
  metalab_points_free(points);
  metalab_run_free(run);
  metalab_store_free(opened);
}

/* A solver that begins again goes on from its latest snapshot. */
static void latest(void) {
  metalab_capture_t *capture = open_run("reading:1", "steps");
  metalab_snapshots_t *snapshots = NULL;
  metalab_mapping_t *mapping = NULL;
  metalab_store_t *opened = NULL;
  metalab_run_t *run = NULL;
  metalab_loaded_t *loaded = NULL;
  metalab_array_t array = METALAB_ARRAY_INIT;
  struct {
    metalab_array_t known;
    uint64_t unknown;
  } newer = {METALAB_ARRAY_INIT, 7};
  const uint64_t shape[1] = {3};
  int64_t step;
  OK(metalab_capture_snapshots(capture, "u", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL, &snapshots));
  for (step = 0; step <= 500; step += 100) {
    void *data = NULL;
    OK(metalab_snapshots_begin(snapshots, step, &mapping, &data));
    ((double *)data)[2] = (double)step;
    OK(metalab_mapping_seal(mapping));
  }
  metalab_snapshots_free(snapshots);
  OK(metalab_capture_finish(capture));
  metalab_capture_free(capture);

  OK(metalab_store_open(store, &opened));
  OK(metalab_store_run(opened, "reading:1", "steps", &run));
  array.struct_size = 0;
  FAILS(METALAB_ERR_VALUE, "array_out->struct_size is 0", metalab_run_latest(run, "u", &step, &loaded, &array));
  CHECK(loaded == NULL);
  array.struct_size = sizeof array;
  OK(metalab_run_latest(run, "u", &step, &loaded, &array));
  metalab_loaded_free(loaded);
  newer.known.struct_size = sizeof newer;
  OK(metalab_run_latest(run, "u", &step, &loaded, &newer.known));
  CHECK(newer.unknown == 0 && newer.known.struct_size == sizeof newer && newer.known.ndim == 1);
  array = newer.known;
  CHECK(step == 500 && array.ndim == 1 && array.shape[0] == 3 && ((const double *)array.data)[2] == 500.0);
  OK(metalab_run_last_step(run, &step));
  CHECK(step == 500);
  FAILS(METALAB_ERR_NOT_FOUND, "there is no run", metalab_store_run(opened, "reading:1", "other", &run));
  FAILS(METALAB_ERR_NOT_FOUND, "there is no run", metalab_store_run(opened, "other", "steps", &run));
  metalab_run_free(run);
  metalab_store_free(opened);
  /* It lives longer than what it came from. */
  CHECK(((const double *)array.data)[2] == 500.0);
  metalab_loaded_free(loaded);
}

/* Adaptive steps: a series against the time that another one has. */
static void axis(void) {
  metalab_capture_t *c = open_run("reading:1", "axis");
  metalab_store_t *opened = NULL;
  metalab_run_t *run = NULL;
  metalab_points_t *loss = NULL, *time = NULL, *followed = NULL;
  metalab_column_t column = METALAB_COLUMN_INIT;
  const int64_t *steps = NULL;
  char *text = NULL;
  size_t count = 0;
  int64_t step;
  FAILS(METALAB_ERR_NULL, "name", metalab_capture_set_axis(c, NULL, "time"));
  FAILS(METALAB_ERR_UTF8, "axis", metalab_capture_set_axis(c, "loss", NOT_UTF8));
  FAILS(METALAB_ERR_VALUE, "axis", metalab_capture_set_axis(c, "loss", "loss"));
  OK(metalab_capture_set_axis(c, "loss", "time"));
  FAILS(METALAB_ERR_NULL, "name", metalab_capture_set_step_unit(c, NULL, "ms"));
  FAILS(METALAB_ERR_VALUE, "unit", metalab_capture_set_step_unit(c, "loss", ""));
  OK(metalab_capture_set_step_unit(c, "own", "ms"));
  for (step = 0; step < 10; ++step) {
    OK(metalab_capture_metric_step(c, "loss", step, 1.0));
    if (step != 4) OK(metalab_capture_metric_step(c, "time", step, 0.125 * (double)(step * step)));
  }
  OK(metalab_capture_finish(c));
  FAILS(METALAB_ERR_CLOSED, "", metalab_capture_set_axis(c, "loss", "time"));
  metalab_capture_free(c);

  OK(metalab_store_open(store, &opened));
  OK(metalab_store_run(opened, "reading:1", "axis", &run));
  OK(metalab_run_series(run, "loss", &loss));
  OK(metalab_points_about_json(loss, &text));
  CHECK(strstr(text, "\"part_of\": null") != NULL && gave(text, "\"axis\": \"time\""));
  OK(metalab_points_axis(loss, run, &time));
  OK(metalab_points_columns(time, &count, &steps, &column));
  CHECK(count == 10 && column.count == 10 && strcmp(column.name, "time") == 0 && steps[9] == 9);
  CHECK(column.column_type == METALAB_COLUMN_FLOAT && ((const double *)column.values)[8] == 8.0);
  CHECK(column.valid != NULL && column.valid[4] == 0 && column.valid[5] == 1);
  OK(metalab_run_follow(run, "loss", &followed));
  FAILS(METALAB_ERR_VALUE, "followed", metalab_points_axis(followed, run, &time));
  FAILS(METALAB_ERR_NOT_FOUND, "\"time\" has no axis", metalab_points_axis(time, run, &followed));
  FAILS(METALAB_ERR_NULL, "points", metalab_points_axis(NULL, run, &time));
  FAILS(METALAB_ERR_NULL, "run", metalab_points_axis(loss, NULL, &time));
  FAILS(METALAB_ERR_NULL, "axis_out", metalab_points_axis(loss, run, NULL));
  metalab_points_free(time);
  metalab_points_free(loss);
  metalab_points_free(followed);
  metalab_run_free(run);
  metalab_store_free(opened);
}

/* A sweep that is resumed has the run that it skips; a solver that starts again asks for its own. */
static void skipped(void) {
  metalab_options_t *options = options_for("reading:1");
  metalab_capture_t *capture = NULL;
  metalab_run_t *run = UNTOUCHED;
  char *id = NULL, *text = NULL;
  double number = 0;
  OK(metalab_options_param_i64(options, "n", 77));
  OK(metalab_options_if_success(options, METALAB_IF_SUCCESS_SKIP));
  FAILS(METALAB_ERR_NOT_FOUND, "no run like this", metalab_options_run(options, &run));
  CHECK(run == UNTOUCHED);
  OK(metalab_capture_open(options, &capture));
  OK(metalab_capture_run_id(capture, &id));
  OK(metalab_capture_metric(capture, "energy", 1.5));
  OK(metalab_options_run(options, &run));
  OK(metalab_run_number(run, "metrics.energy", &number));
  CHECK(number == 1.5);
  metalab_run_free(run);
  OK(metalab_capture_finish(capture));
  metalab_capture_free(capture);
  CHECK(metalab_capture_open(options, &capture) == METALAB_SKIP);
  OK(metalab_options_run(options, &run));
  OK(metalab_run_text(run, "run_id", &text));
  CHECK(strcmp(text, id) == 0);
  OK(metalab_run_number(run, "metrics.energy", &number));
  CHECK(number == 1.5);
  metalab_run_free(run);
  metalab_string_free(id);
  metalab_string_free(text);
  run = UNTOUCHED;
  OK(metalab_options_store(options, "/nowhere/at/all"));
  FAILS(METALAB_ERR_NOT_FOUND, "no run like this", metalab_options_run(options, &run));
  FAILS(METALAB_ERR_NULL, "options is NULL", metalab_options_run(NULL, &run));
  FAILS(METALAB_ERR_NULL, "run_out", metalab_options_run(options, NULL));
  metalab_options_free(options);
  FAILS(METALAB_ERR_CLOSED, "options", metalab_options_run(options, &run));
  CHECK(run == UNTOUCHED);
}

static void arguments(void) {
  metalab_store_t *opened = UNTOUCHED;
  metalab_table_t *table = UNTOUCHED;
  metalab_run_t *run = UNTOUCHED;
  metalab_points_t *points = UNTOUCHED;
  metalab_loaded_t *loaded = UNTOUCHED;
  metalab_column_t column = METALAB_COLUMN_INIT;
  metalab_capture_t *capture;
  struct ArrowSchema schema;
  struct ArrowArray exported;
  char *text = UNTOUCHED;
  size_t size = 0;
  int32_t status = 0;
  FAILS(METALAB_ERR_NULL, "store_out", metalab_store_open(store, NULL));
  FAILS(METALAB_ERR_VALUE, "METALAB_STORE", metalab_store_open(NULL, &opened));
  FAILS(METALAB_ERR_UTF8, "locator", metalab_store_open(NOT_UTF8, &opened));
  FAILS(METALAB_ERR_NOT_FOUND, "/nowhere", metalab_store_open("/nowhere", &opened));
  FAILS(METALAB_ERR_DAMAGED, "/dev/null", metalab_store_open("/dev/null", &opened));
  CHECK(opened == UNTOUCHED);
  FAILS(METALAB_ERR_NULL, "store is NULL", metalab_store_experiments_json(NULL, &text));
  FAILS(METALAB_ERR_NULL, "store is NULL", metalab_store_runs(NULL, NULL, NULL, 0, &table));
  FAILS(METALAB_ERR_NULL, "store is NULL", metalab_store_run(NULL, NULL, NULL, &run));
  FAILS(METALAB_ERR_NULL, "table is NULL", metalab_table_size(NULL, &size, NULL));
  FAILS(METALAB_ERR_NULL, "run is NULL", metalab_run_status(NULL, &status));
  FAILS(METALAB_ERR_NULL, "points is NULL", metalab_points_poll(NULL, NULL, NULL));
  FAILS(METALAB_ERR_NULL, "loaded is NULL", metalab_loaded_verify(NULL));
  FAILS(METALAB_ERR_HANDLE, "store", metalab_store_experiments_json(UNTOUCHED, &text));

  capture = capture_run("arguments", 1);
  FAILS(METALAB_ERR_HANDLE, "metalab_run_t", metalab_run_status((metalab_run_t *)capture, &status));
  opened = open_store();
  FAILS(METALAB_ERR_NULL, "json_out", metalab_store_experiments_json(opened, NULL));
  FAILS(METALAB_ERR_NULL, "table_out", metalab_store_runs(opened, NULL, NULL, 0, NULL));
  FAILS(METALAB_ERR_NULL, "run_out", metalab_store_run(opened, NULL, NULL, NULL));
  FAILS(METALAB_ERR_NAME, "is not a valid run id", metalab_store_run(opened, NULL, "../x", &run));
  CHECK(run == UNTOUCHED && table == UNTOUCHED);
  OK(metalab_store_run(opened, NULL, "arguments", &run));
  FAILS(METALAB_ERR_NULL, "status_out", metalab_run_status(run, NULL));
  FAILS(METALAB_ERR_NULL, "name", metalab_run_series(run, NULL, &points));
  FAILS(METALAB_ERR_UTF8, "name", metalab_run_series(run, NOT_UTF8, &points));
  FAILS(METALAB_ERR_NULL, "loaded_out", metalab_run_array(run, "field", NULL, NULL, NULL));
  FAILS(METALAB_ERR_NULL, "size_out", metalab_run_log(run, "run", 0, 1, &text, NULL));
  CHECK(text == UNTOUCHED && points == UNTOUCHED && loaded == UNTOUCHED);
  OK(metalab_store_runs(opened, NULL, NULL, 1, &table));
  FAILS(METALAB_ERR_NULL, "column_out", metalab_table_column(table, 0, NULL));
  schema.release = NULL;
  FAILS(METALAB_ERR_NULL, "table is NULL", metalab_table_arrow(NULL, &schema, &exported));
  FAILS(METALAB_ERR_NULL, "schema_out", metalab_table_arrow(table, NULL, &exported));
  FAILS(METALAB_ERR_NULL, "array_out", metalab_table_arrow(table, &schema, NULL));
  FAILS(METALAB_ERR_NULL, "points is NULL", metalab_points_arrow(NULL, &schema, &exported));
  CHECK(schema.release == NULL);
  metalab_table_free(table);
  FAILS(METALAB_ERR_CLOSED, "table", metalab_table_column(table, 0, &column));
  metalab_table_free(table);
  metalab_run_free(run);
  FAILS(METALAB_ERR_CLOSED, "run", metalab_run_refresh(run));
  metalab_store_free(opened);
  FAILS(METALAB_ERR_CLOSED, "store", metalab_store_experiments_json(opened, &text));
  metalab_store_free(NULL);
  metalab_run_free(NULL);
  metalab_table_free(NULL);
  metalab_points_free(NULL);
  metalab_loaded_free(NULL);
  OK(metalab_capture_finish(capture));
  metalab_capture_free(capture);
}

/* The child of this name. */
static int64_t child_of(const struct ArrowSchema *schema, const char *name) {
  int64_t at;
  for (at = 0; at < schema->n_children; ++at) {
    if (strcmp(schema->children[at]->name, name) == 0) {
      return at;
    }
  }
  FAIL("there is no %s", name);
  return 0;
}

/* Exported tables outlive the handles, and each child its parent. */
static void arrow(void) {
  metalab_store_t *opened;
  metalab_table_t *table = NULL;
  metalab_run_t *run = NULL;
  metalab_points_t *points = NULL;
  struct ArrowSchema schema;
  struct ArrowArray array, taken;
  const struct ArrowArray *child;
  metalab_capture_t *first = capture_run("first", 1), *second = capture_run("second", 2);
  OK(metalab_capture_metric(second, "only", 7.5));
  OK(metalab_capture_finish(first));
  OK(metalab_capture_finish(second));
  metalab_capture_free(first);
  metalab_capture_free(second);
  opened = open_store();
  OK(metalab_store_runs(opened, NULL, "order by params.n", 0, &table));
  OK(metalab_table_arrow(table, &schema, &array));
  OK(metalab_store_run(opened, NULL, "first", &run));
  metalab_table_free(table);
  metalab_store_free(opened);

  CHECK(strcmp(schema.format, "+s") == 0 && array.length == 2 && array.n_children == schema.n_children);
  CHECK(array.n_buffers == 1 && array.buffers[0] == NULL && array.null_count == 0);
  CHECK(strcmp(schema.children[child_of(&schema, "started_at")]->format, "tsu:UTC") == 0);
  CHECK(strcmp(schema.children[child_of(&schema, "tags")]->format, "u") == 0);
  CHECK(schema.children[child_of(&schema, "tags")]->flags == ARROW_FLAG_NULLABLE);
  child = array.children[child_of(&schema, "params.n")];
  CHECK(child->null_count == 0 && ((const int64_t *)child->buffers[1])[1] == 2);
  child = array.children[child_of(&schema, "run_id")];
  CHECK(((const int32_t *)child->buffers[1])[2] == 11 && memcmp(child->buffers[2], "firstsecond", 11) == 0);
  child = array.children[child_of(&schema, "metrics.only")];
  CHECK(child->null_count == 1 && ((const uint8_t *)child->buffers[0])[0] == 2);
  CHECK(((const double *)child->buffers[1])[1] == 7.5);
  taken = *array.children[child_of(&schema, "metrics.energy")];
  array.children[child_of(&schema, "metrics.energy")]->release = NULL;
  array.release(&array);
  CHECK(array.release == NULL && ((const double *)taken.buffers[1])[1] == 1.0);
  taken.release(&taken);
  schema.release(&schema);
  CHECK(schema.release == NULL);

  OK(metalab_run_series(run, "loss", &points));
  OK(metalab_points_arrow(points, &schema, &array));
  metalab_points_free(points);
  metalab_run_free(run);
  CHECK(array.length == 100 && array.n_children == 2);
  CHECK(((const int64_t *)array.children[child_of(&schema, "step")]->buffers[1])[99] == 99);
  CHECK(((const double *)array.children[child_of(&schema, "value")]->buffers[1])[99] == 49.5);
  array.release(&array);
  schema.release(&schema);
}

static const struct test_case cases[] = {
    {"whole", whole},     {"tables", tables},       {"followed", followed},
    {"latest", latest},   {"axis", axis},           {"skipped", skipped},
    {"arrow", arrow},     {"arguments", arguments},
};

MAIN(cases)
