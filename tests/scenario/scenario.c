/* The scenario of tests/scenario.rs in C. usage: scenario STORE */
#include <math.h>
#include <metalab.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void must(metalab_status_t status) {
  if (status == METALAB_OK) return;
  fprintf(stderr, "%s\n", metalab_last_error());
  exit(1);
}

static metalab_array_t array(const void *data, metalab_dtype_t dtype, size_t ndim, const uint64_t *shape) {
  metalab_array_t view = METALAB_ARRAY_INIT;
  view.data = data;
  view.dtype = dtype;
  view.ndim = ndim;
  view.shape = shape;
  return view;
}

int main(int argc, char **argv) {
  static const char table[] = "{\"a\": [1, 2, 3], \"b\": {\"c\": null, \"d\": \"x\"}}";
  if (argc != 2) return 2;
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  must(metalab_options_new(&options));
  must(metalab_options_store(options, argv[1]));
  must(metalab_options_experiment(options, "scenario:1.0"));
  must(metalab_options_param_i64(options, "n", 4));
  must(metalab_options_param_f64(options, "dt", 0.001));
  must(metalab_options_param_text(options, "name", "five"));
  must(metalab_options_seed(options, 42));
  must(metalab_options_code_hash(options, ""));
  must(metalab_options_add_tag(options, "a"));
  must(metalab_options_add_tag(options, "b"));
  must(metalab_options_note(options, "same in every language"));
  must(metalab_capture_open(options, &run));
  metalab_options_free(options);

  must(metalab_capture_metric(run, "energy", 0.5));
  must(metalab_capture_metric(run, "nan", NAN));
  must(metalab_capture_metric(run, "inf", INFINITY));
  must(metalab_capture_metric_i64(run, "count", 7));
  must(metalab_capture_metric_bool(run, "converged", 1));
  must(metalab_capture_metric_text(run, "solver", "cg \xc3\xa9", METALAB_NUL));
  metalab_series_t *residual = NULL;
  must(metalab_capture_series(run, "residual", "K", "of the solver", &residual));
  for (int64_t step = 0; step < 10; ++step) {
    must(metalab_series_point(residual, step, 1.0 / (double)(step + 1)));
    must(metalab_capture_metric_step_i64(run, "iterations", step, step * step));
  }

  must(metalab_capture_data_json(run, "table", table, METALAB_NUL, NULL));
  const double vector[] = {1.0, 2.0, 3.0};
  const uint64_t three = 3, four = 4, two = 2;
  const metalab_array_t vector_view = array(vector, METALAB_DTYPE_FLOAT64, 1, &three);
  must(metalab_capture_data_array(run, "vector", &vector_view, NULL));
  must(metalab_capture_artifact_json(run, "config", table, METALAB_NUL, NULL));
  double matrix[2][3];
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) matrix[i][j] = 10.0 * i + j;
  const uint64_t matrix_shape[] = {2, 3};
  const metalab_array_t matrix_view = array(matrix, METALAB_DTYPE_FLOAT64, 2, matrix_shape);
  must(metalab_capture_artifact_array(run, "matrix", &matrix_view, NULL));
  const double x[] = {0.0, 1.0, 2.0, 3.0};
  const int32_t k[] = {1, 2};
  const char *names[] = {"x", "k"};
  const metalab_array_t pair[] = {array(x, METALAB_DTYPE_FLOAT64, 1, &four), array(k, METALAB_DTYPE_INT32, 1, &two)};
  must(metalab_capture_artifact_arrays(run, "pair", 2, names, pair, NULL));
  const uint64_t field_shape[] = {4, 5};
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  must(metalab_capture_map_array(run, "field", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, field_shape, NULL, &mapping, &data));
  double *field = data;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 5; ++j) field[5 * i + j] = i + 10.0 * j;
  must(metalab_mapping_seal(mapping));
  must(metalab_capture_artifact_bytes(run, "blob", "bytes\n", 6, "text", "txt", NULL));

  must(metalab_capture_log(run, METALAB_LEVEL_DEBUG, "line one", METALAB_NUL));
  must(metalab_capture_log(run, METALAB_LEVEL_INFO, "line two", METALAB_NUL));
  must(metalab_capture_log(run, METALAB_LEVEL_WARNING, "w\xc3\xb6rd", METALAB_NUL));
  must(metalab_capture_finish(run));
  metalab_capture_free(run);
  return 0;
}
