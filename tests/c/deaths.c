/*
 * Processes that are killed, for tests/deaths.rs and tests/power.rs.
 *
 *   deaths emit STORE RUN [COPY]   emits until it is killed, and says what has returned
 *   deaths stay STORE RUN [COPY]   keeps a run open, emits now and then, finishes when its input ends;
 *                                  opens other runs meanwhile, at DEATHS_OTHER and by COPY
 *   deaths recover STORE           recovers the store
 *   deaths again STORE RUN         opens a run, emits a little, and finishes it
 *
 * COPY is another copy of the library, which captures a second run, RUN followed by "b", meanwhile.
 * What has returned is written to standard output in words of eight bytes: kind, run, thread, value.
 * A call that fails ends the program with status 9 and its message.
 */
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

enum { OPENED = 1, POINT, LINE, METRIC, NAME, ARTIFACT, DATA, FINISHED, DURABLE, BEGUN };
enum { MOST_THREADS = 16 };

/* The calls of one copy of the library. */
struct api {
#define CALLS(CALL)                                                                                    \
  CALL(options_new) CALL(options_free) CALL(options_store) CALL(options_experiment)                    \
  CALL(options_code_hash) CALL(options_run_id) CALL(options_restart) CALL(options_flush_interval)   \
  CALL(options_refresh_interval) CALL(options_durable) CALL(capture_open) CALL(capture_finish)      \
  CALL(capture_free) CALL(capture_flush) CALL(capture_series) CALL(series_point_i64)                   \
  CALL(capture_metric_i64) CALL(capture_metric_step_i64) CALL(capture_log)                             \
  CALL(capture_data_json) CALL(capture_artifact_bytes) CALL(last_error) CALL(status_name) CALL(recover)
#define DECLARE(name) __typeof__(&metalab_##name) name;
  CALLS(DECLARE)
};

static struct api load(const char *copy) {
  struct api api;
  void *library;
  if (copy == NULL) {
#define LINKED(name) api.name = metalab_##name;
    CALLS(LINKED)
    return api;
  }
  library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    _exit(9);
  }
#define LOAD(name)                                          \
  *(void **)&api.name = dlsym(library, "metalab_" #name);   \
  if (api.name == NULL) {                                   \
    fprintf(stderr, "there is no %s\n", #name);             \
    _exit(9);                                               \
  }
  CALLS(LOAD)
  return api;
}

struct run {
  struct api api;
  metalab_capture_t *capture;
  int number;
};

#define DO(run, call)                                                                                        \
  do {                                                                                                       \
    metalab_status_t status_ = (run)->api.call;                                                              \
    if (status_ != METALAB_OK) {                                                                             \
      fprintf(stderr, "run %d: %s: %s: %s\n", (run)->number, #call, (run)->api.status_name(status_),         \
              (run)->api.last_error());                                                                      \
      _exit(9);                                                                                              \
    }                                                                                                        \
  } while (0)

/* A number that the environment says. */
static int64_t given(const char *name, int64_t otherwise) {
  const char *value = getenv(name);
  return value == NULL ? otherwise : strtoll(value, NULL, 10);
}

static void say(int kind, int run, int thread, int64_t value) {
  uint64_t word = (uint64_t)kind << 56 | (uint64_t)run << 48 | (uint64_t)thread << 40 | (uint64_t)value;
  if (write(1, &word, sizeof word) != (ssize_t)sizeof word) {
    _exit(8);
  }
}

static void start(struct run *run, const char *run_id) {
  metalab_options_t *options = NULL;
  int64_t step = given("DEATHS_RESTART", -1);
  DO(run, options_new(&options));
  DO(run, options_store(options, store));
  DO(run, options_experiment(options, "deaths:1"));
  DO(run, options_code_hash(options, ""));
  DO(run, options_run_id(options, run_id));
  DO(run, options_flush_interval(options, 0.001));
  DO(run, options_refresh_interval(options, 0.005));
  DO(run, options_durable(options, (int32_t)given("DEATHS_DURABLE", 0)));
  if (step >= 0) {
    DO(run, options_restart(options, step));
  }
  DO(run, capture_open(options, &run->capture));
  run->api.options_free(options);
}

struct worker {
  struct run *run;
  pthread_t thread;
  int number;
};

static void *emit(void *argument) {
  struct worker *self = argument;
  struct run *run = self->run;
  int64_t from = given("DEATHS_RESTART", 0), to = given("DEATHS_ROUNDS", 400), names = given("DEATHS_NAMES", 20);
  int64_t attempt = given("DEATHS_ATTEMPT", 0), flush = given("DEATHS_FLUSH", 0), pause = given("DEATHS_PAUSE", 0);
  metalab_series_t *series = NULL;
  char name[64], text[96];
  int thread = self->number;
  snprintf(name, sizeof name, "p%d", thread);
  DO(run, capture_series(run->capture, name, NULL, NULL, &series));
  for (int64_t round = from; round < to; ++round) {
    DO(run, series_point_i64(series, round, round));
    say(POINT, run->number, thread, round);
    if (round % 3 == 0) {
      snprintf(text, sizeof text, "attempt %d thread %d line %d", (int)attempt, thread, (int)round);
      DO(run, capture_log(run->capture, METALAB_LEVEL_INFO, text, METALAB_NUL));
      say(LINE, run->number, thread, round);
    }
    if (round % 7 == 0) {
      snprintf(name, sizeof name, "m%d", thread);
      DO(run, capture_metric_i64(run->capture, name, round));
      say(METRIC, run->number, thread, round);
    }
    if (round < names) {
      snprintf(name, sizeof name, "n%d.%d", thread, (int)round);
      DO(run, capture_metric_step_i64(run->capture, name, round, round));
      say(NAME, run->number, thread, round);
    }
    if (round % 50 == 20) {
      snprintf(name, sizeof name, "a%d.%d", thread, (int)round);
      snprintf(text, sizeof text, "artifact %d of %d", (int)round, thread);
      DO(run, capture_artifact_bytes(run->capture, name, text, strlen(text), "k", "txt", NULL));
      say(ARTIFACT, run->number, thread, round);
    }
    if (round % 40 == 10) {
      snprintf(name, sizeof name, "d%d", thread);
      snprintf(text, sizeof text, "%d", (int)round);
      DO(run, capture_data_json(run->capture, name, text, METALAB_NUL, NULL));
      say(DATA, run->number, thread, round);
    }
    if (flush > 0 && round % flush == flush - 1) {
      DO(run, capture_flush(run->capture, METALAB_FLUSH_DURABLE));
      say(DURABLE, run->number, thread, round);
    }
    if (pause > 0) {
      usleep((useconds_t)pause);
    }
  }
  return NULL;
}

static void emit_all(const char *run_id, const char *copy) {
  struct run runs[2];
  struct worker workers[2 * MOST_THREADS];
  char second[128];
  int count = copy == NULL ? 1 : 2, threads = (int)given("DEATHS_THREADS", 1), made = 0;
  say(BEGUN, 0, 0, 0);
  snprintf(second, sizeof second, "%sb", run_id);
  for (int number = 0; number < count; ++number) {
    memset(&runs[number], 0, sizeof runs[number]);
    runs[number].number = number;
    runs[number].api = load(number == 0 ? NULL : copy);
    start(&runs[number], number == 0 ? run_id : second);
    say(OPENED, number, 0, 0);
  }
  for (int thread = 0; thread < threads && thread < MOST_THREADS; ++thread) {
    for (int number = 0; number < count; ++number, ++made) {
      workers[made].run = &runs[number];
      workers[made].number = thread;
      if (pthread_create(&workers[made].thread, NULL, emit, &workers[made]) != 0) {
        _exit(9);
      }
    }
  }
  while (made > 0) {
    pthread_join(workers[--made].thread, NULL);
  }
  for (int number = 0; number < count; ++number) {
    DO(&runs[number], capture_finish(runs[number].capture));
    say(FINISHED, number, 0, 0);
    runs[number].api.capture_free(runs[number].capture);
  }
}

/* A run that is over at once, by another name of the store: it takes over what is dead. */
static void other_run(const char *copy, int number) {
  struct run other;
  const char *mine = store, *place = getenv("DEATHS_OTHER");
  char run_id[64];
  size_t recovered = 0;
  memset(&other, 0, sizeof other);
  other.number = 1;
  other.api = load(copy);
  store = place == NULL ? store : place;
  snprintf(run_id, sizeof run_id, "other%d", number);
  start(&other, run_id);
  DO(&other, capture_metric_i64(other.capture, "m", number));
  DO(&other, capture_finish(other.capture));
  other.api.capture_free(other.capture);
  DO(&other, recover(store, NULL, NULL, &recovered));
  store = mine;
}

/* Says how many points and lines the run has. */
static void stay(const char *run_id, const char *copy) {
  struct run run;
  metalab_series_t *series = NULL;
  char byte;
  int64_t step = 0;
  memset(&run, 0, sizeof run);
  run.api = load(NULL);
  start(&run, run_id);
  say(OPENED, 0, 0, 0);
  DO(&run, capture_series(run.capture, "p0", NULL, NULL, &series));
  /* The test writes a byte now and then, and closes the pipe in the end. */
  while (read(0, &byte, 1) == 1) {
    DO(&run, series_point_i64(series, step, step));
    DO(&run, capture_log(run.capture, METALAB_LEVEL_INFO, "attempt 0 thread 0 line 0", METALAB_NUL));
    ++step;
    other_run(step % 2 == 0 ? copy : NULL, (int)step);
  }
  DO(&run, capture_finish(run.capture));
  run.api.capture_free(run.capture);
  say(FINISHED, 0, 0, step);
}

static void again(const char *run_id) {
  struct run run;
  memset(&run, 0, sizeof run);
  run.api = load(NULL);
  start(&run, run_id);
  DO(&run, capture_metric_i64(run.capture, "again", 1));
  DO(&run, capture_finish(run.capture));
  run.api.capture_free(run.capture);
}

int main(int argc, char **argv) {
  struct run run;
  size_t recovered = 0;
  if (argc < 3) {
    fprintf(stderr, "usage: %s emit|stay|recover|again STORE [RUN [COPY]]\n", argv[0]);
    return 2;
  }
  store = argv[2];
  if (strcmp(argv[1], "recover") == 0) {
    memset(&run, 0, sizeof run);
    run.api = load(NULL);
    DO(&run, recover(store, NULL, NULL, &recovered));
    printf("%zu\n", recovered);
  } else if (strcmp(argv[1], "emit") == 0 && argc > 3) {
    emit_all(argv[3], argc > 4 ? argv[4] : NULL);
  } else if (strcmp(argv[1], "stay") == 0 && argc > 3) {
    stay(argv[3], argc > 4 ? argv[4] : NULL);
  } else if (strcmp(argv[1], "again") == 0 && argc > 3) {
    again(argv[3]);
  } else {
    return 2;
  }
  return 0;
}
