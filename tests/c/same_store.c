/*
 * A random program that follows from a seed: the same seed makes the same calls.
 *
 *   same_store STORE SEED ATTEMPT END
 *
 * END says how the attempt ends: "finish", or without it by "exit", "_exit", "abort" or "kill".
 * With END "recover" the program only recovers the store. Threads emit under names of their own at
 * any time. What more than one thread emits has one order: they take turns.
 */
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { MOST_THREADS = 6, OWN = 5, LONGEST = 100000 };

struct random {
  uint64_t state;
};

static uint64_t next(struct random *random) {
  uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static int below(struct random *random, int bound) { return (int)(next(random) % (uint64_t)bound); }

/* Numbers that follow from the seed, the attempt and two more. */
static struct random from(uint64_t seed, uint64_t attempt, uint64_t what, uint64_t which) {
  struct random random = {seed};
  random.state = next(&random) ^ attempt;
  random.state = next(&random) ^ what;
  random.state = next(&random) ^ which;
  return random;
}

static metalab_capture_t *run;
static uint64_t seed;
static int attempt, threads, calls, turns, many;

static double number(struct random *random) {
  switch (below(random, 12)) {
    case 0: return NAN;
    case 1: return INFINITY;
    case 2: return -0.0;
    case 3: return 1e300 * below(random, 10);
    case 4: return below(random, 1000);
    default: return (double)(int64_t)next(random) * 1e-15;
  }
}

static const char *text(struct random *random) {
  static const char *const texts[] = {"",      "good",     "two\nlines",           "tab\tand \"quotes\"",
                                      "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "NaN", "ends in a backslash\\"};
  return texts[below(random, (int)(sizeof texts / sizeof texts[0]))];
}

/* A point, or with step NULL a plain metric, of any type. */
static void figure(struct random *random, const char *name, const int64_t *step) {
  const char *words = text(random);
  switch (below(random, 5)) {
    case 0:
      OK(step ? metalab_capture_metric_step_i64(run, name, *step, (int64_t)next(random))
              : metalab_capture_metric_i64(run, name, (int64_t)next(random)));
      break;
    case 1:
      OK(step ? metalab_capture_metric_step_bool(run, name, *step, below(random, 2))
              : metalab_capture_metric_bool(run, name, below(random, 2)));
      break;
    case 2:
      OK(step ? metalab_capture_metric_step_text(run, name, *step, words, METALAB_NUL)
              : metalab_capture_metric_text(run, name, words, strlen(words)));
      break;
    default:
      OK(step ? metalab_capture_metric_step(run, name, *step, number(random))
              : metalab_capture_metric(run, name, number(random)));
  }
}

/* The same by handle. */
static void point(struct random *random, metalab_series_t *series, int64_t step) {
  switch (below(random, 6)) {
    case 0: OK(metalab_series_point_i64(series, step, (int64_t)next(random))); break;
    case 1: OK(metalab_series_point_bool(series, step, below(random, 2))); break;
    case 2: OK(metalab_series_point_text(series, step, text(random), METALAB_NUL)); break;
    default: OK(metalab_series_point(series, step, number(random)));
  }
}

static void line(struct random *random, const char *logger, const char *who, int which) {
  static const metalab_level_t levels[] = {METALAB_LEVEL_DEBUG, METALAB_LEVEL_INFO, METALAB_LEVEL_WARNING,
                                           METALAB_LEVEL_ERROR, METALAB_LEVEL_CRITICAL};
  char *words = malloc(LONGEST + 200);
  int length = snprintf(words, LONGEST, "%s line %d of attempt %d: ", who, which, attempt), more = below(random, 60);
  if (words == NULL) {
    exit(1);
  }
  if (below(random, 25) == 0) {
    more = 30000 + below(random, LONGEST - 31000);
  }
  for (int at = 0; at < more; ++at) {
    words[length + at] = (char)('a' + (at + which) % 26);
  }
  words[length + more] = '\0';
  if (below(random, 10) == 0) {
    strcat(words, "\n  and a second one");
  }
  OK(logger ? metalab_log(logger, levels[below(random, 5)], words, METALAB_NUL)
            : metalab_capture_log(run, levels[below(random, 5)], words, strlen(words)));
  free(words);
}

static void document(struct random *random, const char *name) {
  char json[300], metadata[64];
  int length = snprintf(json, sizeof json, "{\"version\": %d, \"list\": [NaN, 1.5, %d, \"x\"]}", below(random, 1000),
                        below(random, 9));
  snprintf(metadata, sizeof metadata, "{\"k\": %d}", below(random, 5));
  OK(metalab_capture_data_json(run, name, json, (size_t)length, below(random, 2) ? metadata : NULL));
}

static void fill(struct random *random, double *values, int count) {
  for (int at = 0; at < count; ++at) {
    values[at] = number(random);
  }
}

static void array(struct random *random, const char *name) {
  double values[12];
  uint64_t shape[2] = {3, 4};
  metalab_array_t data = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL};
  fill(random, values, 12);
  data.order = below(random, 2) ? METALAB_ORDER_C : METALAB_ORDER_F;
  OK(metalab_capture_data_array(run, name, &data, NULL));
}

static void artifact(struct random *random, const char *name) {
  static const char *const names[] = {"u", "v"};
  double values[12], *mapped;
  uint64_t shape[2] = {3, 4};
  metalab_array_t arrays[2] = {{sizeof *arrays, values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL},
                               {sizeof *arrays, values, METALAB_DTYPE_FLOAT32, METALAB_ORDER_F, 2, shape, NULL}};
  metalab_mapping_t *mapping = NULL;
  metalab_stream_t *stream = NULL;
  void *data = NULL;
  char path[200];
  FILE *file;
  fill(random, values, 12);
  switch (below(random, 7)) {
    case 0: OK(metalab_capture_artifact_json(run, name, "[1, 2, null]", METALAB_NUL, NULL)); break;
    case 1: OK(metalab_capture_artifact_bytes(run, name, values, sizeof values, "k", "bin", "{\"k\": 2}")); break;
    case 2: OK(metalab_capture_artifact_array(run, name, arrays, NULL)); break;
    case 3: OK(metalab_capture_artifact_arrays(run, name, 2, names, arrays, NULL)); break;
    case 4:
      OK(metalab_capture_map_array(run, name, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL, &mapping, &data));
      if ((mapped = data) != NULL) {
        memcpy(mapped, values, sizeof values);
        OK(metalab_mapping_set_metadata(mapping, "{\"after\": true}"));
        OK(metalab_mapping_seal(mapping));
      }
      break;
    case 5:
      OK(metalab_capture_stream(run, name, "k", "txt", NULL, &stream));
      OK(metalab_stream_write(stream, "first ", 6));
      OK(metalab_stream_write(stream, values, sizeof values));
      OK(metalab_stream_seal(stream));
      break;
    default:
      snprintf(path, sizeof path, "input.%s", name);
      file = fopen(path, "w");
      CHECK(file != NULL && fwrite(values, sizeof values, 1, file) == 1 && fclose(file) == 0);
      OK(metalab_capture_file(run, name, path, below(random, 2) ? METALAB_FILE_COPY : METALAB_FILE_MOVE, NULL, NULL));
  }
}

/* Several threads emit under one name, in the order of their turns. */
static void shared(int turn) {
  struct random random = from(seed, (uint64_t)attempt, 1000, (uint64_t)turn);
  char words[100];
  int64_t step = turn, same = 7;
  snprintf(words, sizeof words, "of turn %d in attempt %d", turn, attempt);
  line(&random, NULL, "turn", turn);
  figure(&random, "shared.m", NULL);
  figure(&random, "shared.s", &step);
  figure(&random, "same.s", &same);
  switch (below(&random, 8)) {
    case 0: OK(metalab_capture_add_note(run, words)); break;
    case 1: OK(metalab_capture_add_tag(run, words + below(&random, 3))); break;
    case 2: OK(metalab_capture_add_warning(run, words, below(&random, 2) ? "{\"detail\": NaN}" : NULL)); break;
    case 3: document(&random, "shared.d"); break;
    case 4: array(&random, "shared.d"); break;
    case 5: artifact(&random, "shared.a"); break;
    case 6: OK(metalab_capture_reduce(run, below(&random, 2) ? "reduced" : "reduced.s")); break;
    default:
      OK(metalab_capture_metric(run, "reduced", number(&random)));
      OK(metalab_capture_metric_step(run, "reduced.s", turn, number(&random)));
  }
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void take_turn(int wanted) {
  pthread_mutex_lock(&lock);
  while (turn != wanted) {
    pthread_cond_wait(&changed, &lock);
  }
  pthread_mutex_unlock(&lock);
  shared(wanted);
  pthread_mutex_lock(&lock);
  ++turn;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

/* One of the many names, which several threads declare, each in an order of its own. */
static void one_of_many(struct random *random, int thread, int which) {
  struct random of_name = from(seed, 0, 2000, (uint64_t)which);
  metalab_series_t *series = NULL;
  int64_t step = thread + attempt * threads;
  char name[32];
  snprintf(name, sizeof name, "many.%05d", which);
  switch (below(&of_name, 5)) {
    case 0:
      if (which % threads == thread) {
        figure(random, name, NULL);
      }
      break;
    case 1:
      if (which % threads == thread && which % 40 == 1) {
        document(random, name);
      }
      break;
    case 2:
      OK(metalab_capture_series(run, name, "m/s", which % 2 ? "of many" : NULL, &series));
      point(random, series, step);
      break;
    default: figure(random, name, &step);
  }
}

static void declare_many(int thread) {
  struct random random = from(seed, (uint64_t)attempt, 3000, (uint64_t)thread);
  int *order = malloc((size_t)many * sizeof *order);
  for (int at = 0; order != NULL && at < many; ++at) {
    int other = below(&random, at + 1);
    order[at] = order[other];
    order[other] = at;
  }
  for (int at = 0; order != NULL && at < many; ++at) {
    one_of_many(&random, thread, order[at]);
  }
  free(order);
}

static void own(struct random *random, int thread, int call) {
  static __thread metalab_series_t *handles[OWN];
  const char *names[3];
  char name[3][32], other[32], who[16];
  double values[40];
  int64_t steps[40], step = below(random, 400);
  int which = below(random, OWN), count = below(random, 40);
  for (int at = 0; at < 3; ++at) {
    snprintf(name[at], sizeof name[at], "t%d.%d", thread, at == 0 ? which : 10 + at);
    names[at] = name[at];
  }
  snprintf(other, sizeof other, "t%d.other%d", thread, which);
  snprintf(who, sizeof who, "thread %d", thread);
  switch (below(random, 16)) {
    case 0: case 1: case 2:
      if (handles[which] == NULL) {
        OK(metalab_capture_series(run, name[0], "K", NULL, &handles[which]));
      }
      point(random, handles[which], step);
      break;
    case 3: case 4: figure(random, name[0], &step); break;
    case 5: case 6: figure(random, name[0], NULL); break;
    case 7:
      fill(random, values, count);
      for (int at = 0; at < count; ++at) {
        steps[at] = below(random, 400);
      }
      if (handles[which] == NULL) {
        OK(metalab_capture_series(run, name[0], NULL, "declared late", &handles[which]));
      }
      OK(metalab_series_points(handles[which], (size_t)count, steps, values));
      break;
    case 8:
      fill(random, values, 3);
      OK(below(random, 2) ? metalab_capture_metrics(run, 3, names, values)
                          : metalab_capture_metrics_step(run, 3, names, step, values));
      break;
    case 9: case 10: line(random, NULL, who, call); break;
    case 11: line(random, "solver.part", who, call); break;
    case 12: document(random, other); break;
    case 13: array(random, other); break;
    case 14:
      if (below(random, 4) == 0) {
        artifact(random, other);
      }
      break;
    default:
      if (below(random, 4) == 0) {
        OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
      } else {
        usleep((useconds_t)below(random, 3000));
      }
  }
}

static void *emit(void *argument) {
  int thread = (int)(intptr_t)argument, taken = 0;
  struct random random = from(seed, (uint64_t)attempt, 4000, (uint64_t)thread);
  int early = below(&random, calls);
  for (int call = 0; call < calls; ++call) {
    if (call == early && many > 0) {
      declare_many(thread);
    }
    if (call * turns / calls >= taken && taken < turns) {
      take_turn(taken * threads + thread);
      ++taken;
    }
    own(&random, thread, call);
  }
  for (; taken < turns; ++taken) {
    take_turn(taken * threads + thread);
  }
  return NULL;
}

static void leave_open(struct random *random) {
  uint64_t shape[1] = {8};
  metalab_mapping_t *mapping = NULL;
  metalab_stream_t *stream = NULL;
  metalab_snapshots_t *snapshots = NULL;
  void *data = NULL;
  OK(metalab_capture_snapshots(run, "snap", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL, &snapshots));
  for (int step = 0; step < 3; ++step) {
    OK(metalab_snapshots_begin(snapshots, attempt * 10 + step, &mapping, &data));
    if (data != NULL) {
      fill(random, data, 8);
    }
    if (step < 2) {
      OK(metalab_mapping_seal(mapping));
    }
  }
  OK(metalab_capture_stream(run, "open stream", "k", "txt", NULL, &stream));
  OK(metalab_stream_write(stream, "so far", 6));
}

static void start(void) {
  metalab_options_t *options = options_for("same:1");
  struct random random = from(seed, (uint64_t)attempt, 5000, 0);
  OK(metalab_options_run_id(options, "r"));
  OK(metalab_options_flush_interval(options, 0.001 * (double)(1 + below(&random, 60))));
  OK(metalab_options_refresh_interval(options, 0.001 * (double)(1 + below(&random, 60))));
  OK(metalab_options_add_tag(options, "of the options"));
  if (attempt > 0) {
    OK(metalab_options_restart(options, below(&random, 400)));
  }
  OK(metalab_capture_open(options, &run));
  metalab_options_free(options);
  if (run == NULL) {
    exit(1);
  }
  OK(metalab_capture_subscribe(run, "solver", METALAB_LEVEL_INFO));
}

static void end_by(const char *how) {
  if (strcmp(how, "finish") == 0) {
    OK(metalab_capture_finish(run));
    metalab_capture_free(run);
    exit(failures == 0 ? 0 : 1);
  }
  /* A death that can be told from a failure of the checks. */
  fflush(NULL);
  if (failures > 0) {
    _exit(1);
  }
  if (strcmp(how, "exit") == 0) {
    exit(7);
  }
  if (strcmp(how, "_exit") == 0) {
    _exit(7);
  }
  if (strcmp(how, "abort") == 0) {
    abort();
  }
  kill(getpid(), SIGKILL);
}

int main(int argc, char **argv) {
  pthread_t all[MOST_THREADS];
  struct random random;
  size_t recovered = 0;
  if (argc != 5) {
    fprintf(stderr, "usage: %s STORE SEED ATTEMPT END\n", argv[0]);
    return 2;
  }
  store = argv[1];
  seed = strtoull(argv[2], NULL, 10);
  attempt = atoi(argv[3]);
  if (strcmp(argv[4], "recover") == 0) {
    OK(metalab_recover(store, NULL, NULL, &recovered));
    printf("%zu\n", recovered);
    return failures == 0 ? 0 : 1;
  }
  random = from(seed, 0, 6000, 0);
  threads = 1 + below(&random, MOST_THREADS);
  calls = 20 + below(&random, 400);
  turns = 2 + below(&random, 20);
  many = below(&random, 6) == 0 ? 4097 + below(&random, 1000) : below(&random, 30);
  start();
  for (int thread = 0; thread < threads; ++thread) {
    CHECK(pthread_create(&all[thread], NULL, emit, (void *)(intptr_t)thread) == 0);
  }
  for (int thread = 0; thread < threads; ++thread) {
    CHECK(pthread_join(all[thread], NULL) == 0);
  }
  random = from(seed, (uint64_t)attempt, 7000, 0);
  leave_open(&random);
  end_by(argv[4]);
  return 1;
}
