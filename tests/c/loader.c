/* Programs that look for the library when they run; tests/loader.rs says what they find. */
#define METALAB_TESTS_LOADER
#include "check.h"
#include "loader.h"

#include <pthread.h>

static const char *library(void) {
  const char *path = getenv("LIBRARY");
  return path == NULL ? "" : path;
}

static void capture_a_run(void) {
  metalab_capture_t *run = open_run("loader:1", "run");
  const double values[3] = {1.0, 2.0, 3.0};
  const uint64_t shape[1] = {3};
  metalab_array_t array = METALAB_ARRAY_INIT;
  array.data = values;
  array.dtype = METALAB_DTYPE_FLOAT64;
  array.ndim = 1;
  array.shape = shape;
  OK(metalab_capture_metric(run, "m", 1.5));
  OK(metalab_capture_artifact_array(run, "a", &array, NULL));
  OK(metalab_capture_logf(run, METALAB_LEVEL_INFO, "step %d of %s", 3, "many"));
  CHECK(!metalab_capture_should_stop(run));
  CHECK(metalab_capture_metric(NULL, "m", 1.5) == METALAB_NO_CAPTURE);
  FAILS(METALAB_ERR_NAME, "name", metalab_capture_metric(run, "", 1.5));
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
}

/* The library is found without a word of the program's. */
static void captured(void) {
  CHECK(strcmp(metalab_dl_error(), "") == 0);
  CHECK(strcmp(metalab_version(), METALAB_VERSION) == 0);
  CHECK(metalab_abi_version() == METALAB_ABI_VERSION);
  CHECK(strcmp(metalab_status_name(METALAB_ERR_JSON), "METALAB_ERR_JSON") == 0);
  CHECK(metalab_dl_load("/does/not/exist") == METALAB_OK); /* the one that is loaded stays */
  CHECK(strcmp(metalab_dl_error(), "") == 0);
  capture_a_run();
}

/* Every kind of function, where there is no library. The reason is printed. */
static void missing(void) {
  metalab_capture_t *run = UNTOUCHED;
  metalab_options_t *options = UNTOUCHED;
  metalab_values_t *values = UNTOUCHED;
  metalab_store_t *runs = UNTOUCHED;
  void *data = UNTOUCHED;
  char *text = UNTOUCHED;
  uint64_t seed = 7;
  CHECK(metalab_options_new(&options) == METALAB_NO_CAPTURE && options == UNTOUCHED);
  CHECK(metalab_options_experiment(options, "x") == METALAB_NO_CAPTURE);
  CHECK(metalab_capture_open(options, &run) == METALAB_NO_CAPTURE && run == UNTOUCHED);
  CHECK(metalab_capture_metric(run, "m", 1.0) == METALAB_NO_CAPTURE);
  CHECK(metalab_capture_log(run, METALAB_LEVEL_INFO, "x", METALAB_NUL) == METALAB_NO_CAPTURE);
  CHECK(metalab_capture_logf(run, METALAB_LEVEL_INFO, "%d", 3) == METALAB_NO_CAPTURE);
  CHECK(metalab_capture_derive_seed(run, "s", &seed) == METALAB_NO_CAPTURE && seed == 7);
  CHECK(metalab_capture_health_json(run, &text) == METALAB_NO_CAPTURE && text == UNTOUCHED);
  CHECK(metalab_values_new(&values) == METALAB_NO_CAPTURE && values == UNTOUCHED);
  CHECK(metalab_store_open("x", &runs) == METALAB_NO_CAPTURE && runs == UNTOUCHED);
  CHECK(metalab_snapshots_begin(NULL, 0, NULL, &data) == METALAB_NO_CAPTURE && data == UNTOUCHED);
  CHECK(metalab_recover(NULL, NULL, NULL, NULL) == METALAB_NO_CAPTURE);
  CHECK(metalab_capture_current() == NULL);
  CHECK(!metalab_capture_should_stop(run) && !metalab_log_enabled("x", METALAB_LEVEL_ERROR));
  CHECK(metalab_abi_version() == 0);
  CHECK(strcmp(metalab_version(), "") == 0 && strcmp(metalab_values_json(values), "") == 0);
  CHECK(strcmp(metalab_status_name(METALAB_NO_CAPTURE), "METALAB_NO_CAPTURE") == 0);
  metalab_capture_free(run);
  metalab_options_free(options);
  metalab_string_free(text);
  CHECK(strcmp(metalab_last_error(), metalab_dl_error()) == 0);
  printf("%s", metalab_last_error());
}

/* The program says where the library is, at its second try. */
static void named(void) {
  const char *first;
  CHECK(metalab_dl_load("/does/not/exist") == METALAB_NO_CAPTURE);
  first = metalab_dl_error();
  CHECK(strstr(first, "/does/not/exist") != NULL);
  CHECK(metalab_dl_load("/not/this/one") == METALAB_NO_CAPTURE);
  CHECK(strstr(metalab_dl_error(), "/not/this/one") != NULL);
  CHECK(metalab_capture_metric(NULL, "m", 1.0) == METALAB_NO_CAPTURE);
  CHECK(strstr(first, "/does/not/exist") != NULL); /* who reads it may still do so */
  CHECK(metalab_dl_load(library()) == METALAB_OK);
  CHECK(strcmp(metalab_dl_error(), "") == 0);
  capture_a_run();
}

/* The library's file goes while the program runs. */
static void removed(void) {
  CHECK(metalab_dl_load(library()) == METALAB_OK);
  CHECK(remove(library()) == 0);
  capture_a_run();
}

/* All files of a program, in C and C++, have one library; a shared library looks for its own. */
static void shared(void) {
  CHECK(metalab_dl_load("/does/not/exist") == METALAB_NO_CAPTURE);
  CHECK(loader_load_in_cpp(NULL) == METALAB_OK);
  CHECK(strcmp(metalab_version(), METALAB_VERSION) == 0);
  CHECK(loader_table_in_cpp() == (const void *)metalab_dl_in_this_file());
  CHECK(loader_load_in_plugin("/not/this/one") == METALAB_NO_CAPTURE);
  CHECK(strcmp(metalab_dl_error(), "") == 0);
  capture_a_run();
}

enum { THREADS = 8, TIMES = 200 };

static pthread_barrier_t barrier;

static void *call_at_once(void *counted) {
  pthread_barrier_wait(&barrier);
  if (metalab_abi_version() == METALAB_ABI_VERSION) {
    __atomic_fetch_add((int *)counted, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

/* The first calls come from many threads. */
static void threads(void) {
  pthread_t all[THREADS];
  int good = 0, k;
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (k = 0; k < THREADS; ++k) {
    CHECK(pthread_create(&all[k], NULL, call_at_once, &good) == 0);
  }
  for (k = 0; k < THREADS; ++k) {
    CHECK(pthread_join(all[k], NULL) == 0);
  }
  CHECK(good == THREADS);
  capture_a_run();
}

static const struct test_case cases[] = {
    {"captured", captured}, {"missing", missing}, {"named", named},
    {"removed", removed},   {"shared", shared},   {"threads", threads},
};

MAIN(cases)
