/* The run of tests/exchange.rs, written in C. usage: write STORE */
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

static void put(metalab_capture_t *run, const char *name, const void *data, metalab_dtype_t dtype, metalab_order_t order,
                size_t ndim, uint64_t first, uint64_t second) {
  const uint64_t shape[2] = {first, second};
  const metalab_array_t array = {sizeof(metalab_array_t), data, dtype, order, ndim, shape, NULL};
  must(metalab_capture_artifact_array(run, name, &array, NULL));
}

int main(int argc, char **argv) {
  static const char table[] = "{\"a\": [1, 2, 3], \"b\": {\"c\": null, \"d\": \"x\"}}";
  const double real[5] = {0.5, NAN, INFINITY, -INFINITY, 1.0 / 3.0};
  const int64_t whole[3] = {-INT64_MAX, 9007199254740993, 0};
  const char *const text[3] = {"a", "", "\xc3\xa9 b"};
  double matrix[6], rows[6];
  const int32_t ints[3] = {-1, 0, 7};
  const double complex[4] = {1, 2, NAN, -0.5};
  const uint8_t flags[3] = {1, 0, 1};
  const double vector[3] = {1, NAN, -INFINITY};
  const uint64_t three = 3;
  const metalab_array_t vector_view = {sizeof(metalab_array_t), vector, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, &three, NULL};
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  int64_t step;
  int i, j;
  if (argc != 2) return 2;
  must(metalab_options_new(&options));
  must(metalab_options_store(options, argv[1]));
  must(metalab_options_experiment(options, "exchange:1.0"));
  must(metalab_options_param_i64(options, "n", 4));
  must(metalab_options_param_i64(options, "big", 9007199254740993));
  must(metalab_options_param_f64(options, "dt", 0.001));
  must(metalab_options_param_text(options, "name", "five"));
  must(metalab_options_param_bool(options, "flag", true));
  must(metalab_options_code_hash(options, ""));
  must(metalab_options_note(options, "a note"));
  must(metalab_capture_open(options, &run));
  metalab_options_free(options);
  must(metalab_capture_metric(run, "energy", 0.5));
  must(metalab_capture_metric(run, "nan", NAN));
  must(metalab_capture_metric(run, "inf", INFINITY));
  must(metalab_capture_metric(run, "neg", -INFINITY));
  must(metalab_capture_metric_i64(run, "big", INT64_MAX));
  must(metalab_capture_metric_bool(run, "done", 1));
  must(metalab_capture_metric_text(run, "solver", "cg \xc3\xa9", METALAB_NUL));
  for (step = 0; step < 5; ++step) must(metalab_capture_metric_step(run, "real", step, real[step]));
  for (step = 0; step < 3; ++step) {
    must(metalab_capture_metric_step_i64(run, "whole", step, whole[step]));
    must(metalab_capture_metric_step_bool(run, "flag", step, step != 1));
    must(metalab_capture_metric_step_text(run, "text", step, text[step], METALAB_NUL));
  }
  for (i = 0; i < 2; ++i) {
    for (j = 0; j < 3; ++j) {
      matrix[i + 2 * j] = 10.0 * i + j;
      rows[3 * i + j] = 10.0 * i + j;
    }
  }
  put(run, "matrix", matrix, METALAB_DTYPE_FLOAT64, METALAB_ORDER_F, 2, 2, 3);
  put(run, "rows", rows, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, 2, 3);
  put(run, "ints", ints, METALAB_DTYPE_INT32, METALAB_ORDER_C, 1, 3, 0);
  put(run, "complex", complex, METALAB_DTYPE_COMPLEX128, METALAB_ORDER_C, 1, 2, 0);
  put(run, "flags", flags, METALAB_DTYPE_BOOL, METALAB_ORDER_C, 1, 3, 0);
  put(run, "empty", NULL, METALAB_DTYPE_FLOAT64, METALAB_ORDER_F, 2, 0, 3);
  must(metalab_capture_data_array(run, "vector", &vector_view, NULL));
  must(metalab_capture_data_json(run, "table", table, METALAB_NUL, NULL));
  must(metalab_capture_log(run, METALAB_LEVEL_INFO, "a line", METALAB_NUL));
  must(metalab_capture_finish(run));
  metalab_capture_free(run);
  return 0;
}
