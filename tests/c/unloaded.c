/* A program that loads the library, and unloads it while it is at work. */
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#define FUNCTIONS(with)                                                                          \
  with(metalab_options_new) with(metalab_options_free) with(metalab_options_store)               \
  with(metalab_options_experiment) with(metalab_options_run_id) with(metalab_options_signals)    \
  with(metalab_capture_open) with(metalab_capture_finish) with(metalab_capture_free)             \
  with(metalab_capture_metric_step) with(metalab_capture_log) with(metalab_last_error)

#define DECLARE(name) static __typeof__(&name) lib_##name;
FUNCTIONS(DECLARE)

static void *load(void) {
  void *library = dlopen(getenv("LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
#define LOAD(name) *(void **)&lib_##name = dlsym(library, #name);
  FUNCTIONS(LOAD)
  return library;
}

static metalab_capture_t *open_one(uint32_t signals) {
  metalab_options_t *options = NULL;
  metalab_capture_t *c = NULL;
  if (lib_metalab_options_new(&options) != METALAB_OK ||
      lib_metalab_options_store(options, store) != METALAB_OK ||
      lib_metalab_options_experiment(options, "unloaded:1") != METALAB_OK ||
      lib_metalab_options_run_id(options, "run") != METALAB_OK ||
      lib_metalab_options_signals(options, signals) != METALAB_OK ||
      lib_metalab_capture_open(options, &c) != METALAB_OK) {
    FAIL("%s", lib_metalab_last_error());
    exit(1);
  }
  lib_metalab_options_free(options);
  return c;
}

static void emit(metalab_capture_t *c, int64_t step) {
  CHECK(lib_metalab_capture_metric_step(c, "s", step, 1.0) == METALAB_OK);
  CHECK(lib_metalab_capture_log(c, METALAB_LEVEL_INFO, "line", 4) == METALAB_OK);
}

static int emitted;

static void *emit_once(void *argument) {
  emit(argument, 1);
  __atomic_store_n(&emitted, 1, __ATOMIC_RELEASE);
  /* Its thread-locals are destroyed when the library has been closed. */
  usleep(100000);
  return NULL;
}

static void leave(uint32_t signals, int64_t steps, int ends) {
  void *library = load();
  metalab_capture_t *c = open_one(signals);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, emit_once, c) == 0);
  for (int64_t step = 0; step < steps; ++step) {
    emit(c, step);
  }
  while (!__atomic_load_n(&emitted, __ATOMIC_ACQUIRE)) {
    usleep(1000);
  }
  emitted = 0;
  if (ends) {
    CHECK(lib_metalab_capture_finish(c) == METALAB_OK);
    lib_metalab_capture_free(c);
  }
  CHECK(dlclose(library) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void open(void) { leave(0, 10, 0); }
static void busy(void) { leave(0, 200000, 0); }
static void signals(void) { leave(METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP, 10, 0); }

static void ended(void) {
  /* Loaded again, it goes on. */
  leave(METALAB_SIGNALS_FATAL, 10, 1);
  leave(0, 10, 1);
}

static const struct test_case cases[] = {
    {"open", open}, {"busy", busy}, {"signals", signals}, {"ended", ended}};
MAIN(cases)
