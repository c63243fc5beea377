/* Answers the questions of tests/exchange.rs about a store, in C. usage: read STORE */
#include <metalab.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static metalab_run_t *run;

static void must(metalab_status_t status) {
  if (status == METALAB_OK) return;
  fprintf(stderr, "%s\n", metalab_last_error());
  exit(1);
}

static void show_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) printf("NaN");
  else printf("%016llX", (unsigned long long)bits);
}

static void show_text(const char *what, const char *name, const char *field) {
  char *text = NULL;
  must(metalab_run_text(run, field, &text));
  printf("%s%s%s\n", what, name, strcmp(text, "true") == 0 ? "T" : text);
  metalab_string_free(text);
}

static void show_number(const char *what, const char *name, const char *field) {
  double value = 0;
  must(metalab_run_number(run, field, &value));
  printf("%s%s", what, name);
  show_double(value);
  puts("");
}

static void show_integer(const char *what, const char *name, const char *field) {
  int64_t value = 0;
  must(metalab_run_integer(run, field, &value));
  printf("%s%s%lld\n", what, name, (long long)value);
}

static void show_series(const char *name) {
  metalab_points_t *points = NULL;
  metalab_column_t column = METALAB_COLUMN_INIT;
  const int64_t *steps = NULL;
  size_t count = 0, k;
  must(metalab_run_series(run, name, &points));
  must(metalab_points_columns(points, &count, &steps, &column));
  for (k = 0; k < count; ++k) {
    printf("%s %lld ", name, (long long)steps[k]);
    switch (column.column_type) {
      case METALAB_COLUMN_FLOAT: show_double(((const double *)column.values)[k]); break;
      case METALAB_COLUMN_INT: printf("%lld", (long long)((const int64_t *)column.values)[k]); break;
      case METALAB_COLUMN_BOOL: printf("%s", ((const uint8_t *)column.values)[k] ? "T" : "F"); break;
      default: printf("%.*s.", (int)(column.offsets[k + 1] - column.offsets[k]), column.text + column.offsets[k]);
    }
    puts("");
  }
  metalab_points_free(points);
}

/* By rows. */
static void show_array(const char *name, metalab_loaded_t *loaded, const metalab_array_t *array) {
  const size_t rows = (size_t)array->shape[0], columns = array->ndim == 2 ? (size_t)array->shape[1] : 1;
  size_t i, j;
  printf("%s %zu", name, rows);
  if (array->ndim == 2) printf("x%zu", columns);
  for (i = 0; i < rows; ++i) {
    for (j = 0; j < columns; ++j) {
      const size_t at = array->order == METALAB_ORDER_F ? i + rows * j : i * columns + j;
      putchar(' ');
      switch (array->dtype) {
        case METALAB_DTYPE_INT32: printf("%d", (int)((const int32_t *)array->data)[at]); break;
        case METALAB_DTYPE_BOOL: printf("%s", ((const uint8_t *)array->data)[at] ? "T" : "F"); break;
        case METALAB_DTYPE_COMPLEX128:
          show_double(((const double *)array->data)[2 * at]);
          putchar(' ');
          show_double(((const double *)array->data)[2 * at + 1]);
          break;
        default: show_double(((const double *)array->data)[at]);
      }
    }
  }
  puts("");
  metalab_loaded_free(loaded);
}

int main(int argc, char **argv) {
  static const char *const arrays[] = {"matrix", "rows", "ints", "complex", "flags", "empty"};
  metalab_store_t *store = NULL;
  metalab_loaded_t *loaded = NULL;
  metalab_array_t array = METALAB_ARRAY_INIT;
  char *text = NULL;
  size_t size = 0, k;
  int32_t status = -1;
  int64_t last = -1;
  if (argc != 2) return 2;
  must(metalab_store_open(argv[1], &store));
  must(metalab_store_run(store, NULL, NULL, &run));
  metalab_store_free(store);
  must(metalab_run_status(run, &status));
  if (status == METALAB_RUN_SUCCESS) puts("status success");
  show_text("notes", " ", "notes");
  show_integer("param ", "n ", "params.n");
  show_integer("param ", "big ", "params.big");
  show_number("param ", "dt ", "params.dt");
  show_text("param ", "name ", "params.name");
  show_text("param ", "flag ", "params.flag");
  show_number("metric ", "energy ", "metrics.energy");
  show_number("metric ", "nan ", "metrics.nan");
  show_number("metric ", "inf ", "metrics.inf");
  show_number("metric ", "neg ", "metrics.neg");
  show_integer("metric ", "big ", "metrics.big");
  show_text("metric ", "done ", "metrics.done");
  show_text("metric ", "solver ", "metrics.solver");
  show_series("real");
  show_series("whole");
  show_series("flag");
  show_series("text");
  must(metalab_run_last_step(run, &last));
  printf("last %lld\n", (long long)last);
  for (k = 0; k < sizeof arrays / sizeof *arrays; ++k) {
    must(metalab_run_array(run, arrays[k], NULL, &loaded, &array));
    show_array(arrays[k], loaded, &array);
  }
  must(metalab_run_result_array(run, "vector", &loaded, &array));
  show_array("vector", loaded, &array);
  must(metalab_run_result_json(run, "table", &text));
  if (strstr(text, "\"d\": \"x\"") == NULL) puts("table");
  metalab_string_free(text);
  must(metalab_run_log(run, "run", 0, 1 << 20, &text, &size));
  printf("a line %s\n", strstr(text, "a line\n") != NULL ? "T" : "F");
  metalab_string_free(text);
  metalab_run_free(run);
  return 0;
}
