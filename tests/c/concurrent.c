/* Threads and processes that emit at the same time. */
#include "check.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 8, POINTS = 20000, LINES = 500 };

static metalab_capture_t *runs[2];
static metalab_series_t *shared_series[2];

struct worker {
  pthread_t thread;
  int number;
};

static void *emit(void *argument) {
  const struct worker *self = argument;
  metalab_series_t *own[2] = {NULL, NULL};
  char name[32], line[64];
  snprintf(name, sizeof name, "own%d", self->number);
  for (int run = 0; run < 2; ++run) {
    OK(metalab_capture_series(runs[run], name, NULL, NULL, &own[run]));
  }
  for (int64_t step = 0; step < POINTS; ++step) {
    int run = (int)(step + self->number) % 2;
    OK(metalab_series_point(own[run], step, (double)step));
    /* Steps that are nobody else's, so that each point is known again. */
    OK(metalab_series_point_i64(shared_series[run], step * THREADS + self->number, self->number));
    if (step % (POINTS / LINES) == 0) {
      snprintf(line, sizeof line, "thread %d line %d", self->number, (int)(step / (POINTS / LINES)));
      OK(metalab_capture_log(runs[0], METALAB_LEVEL_INFO, line, METALAB_NUL));
      OK(metalab_capture_log(runs[1], METALAB_LEVEL_WARNING, line, strlen(line)));
      OK(metalab_capture_metric_i64(runs[0], name, step));
      OK(metalab_capture_metric_step(runs[1], "by name", step * THREADS + self->number, 1.0));
    }
    if (step % (POINTS / 10) == 0) {
      snprintf(line, sizeof line, "a %d %d", self->number, (int)(step / (POINTS / 10)));
      OK(metalab_capture_artifact_bytes(runs[run], line, line, strlen(line), "text", "txt", NULL));
      OK(metalab_capture_data_json(runs[run], line, "{\"k\": 1}", METALAB_NUL, NULL));
    }
  }
  return NULL;
}

static void threads(void) {
  struct worker workers[THREADS];
  runs[0] = open_run("threads:1", "zero");
  runs[1] = open_run("threads:1", "one");
  for (int run = 0; run < 2; ++run) {
    OK(metalab_capture_series(runs[run], "shared", NULL, NULL, &shared_series[run]));
  }
  for (int number = 0; number < THREADS; ++number) {
    workers[number].number = number;
    CHECK(pthread_create(&workers[number].thread, NULL, emit, &workers[number]) == 0);
  }
  for (int number = 0; number < THREADS; ++number) {
    CHECK(pthread_join(workers[number].thread, NULL) == 0);
  }
  for (int run = 0; run < 2; ++run) {
    OK(metalab_capture_finish(runs[run]));
    metalab_capture_free(runs[run]);
  }
}

/* Threads that take turns: what they emit has to keep the order of their turns. */
enum { TURNS = 4000, PLAYERS = 4 };

static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *argument) {
  const struct worker *self = argument;
  char line[32];
  for (;;) {
    CHECK(pthread_mutex_lock(&turn_lock) == 0);
    while (turn < TURNS && turn % PLAYERS != self->number) {
      pthread_cond_wait(&turn_changed, &turn_lock);
    }
    if (turn >= TURNS) {
      pthread_mutex_unlock(&turn_lock);
      return NULL;
    }
    snprintf(line, sizeof line, "turn %d", turn);
    OK(metalab_capture_log(runs[0], METALAB_LEVEL_INFO, line, strlen(line)));
    OK(metalab_capture_metric_i64(runs[0], "turn", turn));
    OK(metalab_capture_metric_text(runs[0], "text", line, METALAB_NUL));
    OK(metalab_capture_data_json(runs[0], "last", "null", 4, NULL));
    OK(metalab_capture_metric_step_i64(runs[0], "same step", 7, turn));
    ++turn;
    pthread_cond_broadcast(&turn_changed);
    pthread_mutex_unlock(&turn_lock);
  }
}

static void baton(void) {
  struct worker workers[PLAYERS];
  runs[0] = open_run("threads:1", "baton");
  for (int number = 0; number < PLAYERS; ++number) {
    workers[number].number = number;
    CHECK(pthread_create(&workers[number].thread, NULL, take_turns, &workers[number]) == 0);
  }
  for (int number = 0; number < PLAYERS; ++number) {
    CHECK(pthread_join(workers[number].thread, NULL) == 0);
  }
  OK(metalab_capture_finish(runs[0]));
  metalab_capture_free(runs[0]);
}

/* One of several processes, each with a run of its own in one experiment. */
static void process(void) {
  const char *rank = getenv("RANK");
  metalab_capture_t *c = open_run("processes:1", rank);
  char line[64];
  for (int64_t step = 0; step < 2000; ++step) {
    OK(metalab_capture_metric_step(c, "x", step, atof(rank)));
    if (step % 20 == 0) {
      snprintf(line, sizeof line, "process %s line %d", rank, (int)(step / 20));
      OK(metalab_capture_log(c, METALAB_LEVEL_INFO, line, METALAB_NUL));
      OK(metalab_capture_artifact_json(c, "a", "[1]", METALAB_NUL, NULL));
    }
  }
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static metalab_status_t try_to_open(metalab_capture_t **c) {
  metalab_options_t *options = options_for("busy:1");
  metalab_status_t status;
  OK(metalab_options_run_id(options, "held"));
  *c = UNTOUCHED;
  status = metalab_capture_open(options, c);
  metalab_options_free(options);
  return status;
}

/* Holds a run until standard input ends; a second capture of the same process must not get it. */
static void hold(void) {
  metalab_capture_t *c = NULL, *second = NULL;
  char byte;
  OK(try_to_open(&c));
  OK(metalab_capture_metric(c, "held", 1.0));
  CHECK(try_to_open(&second) == METALAB_ERR_BUSY);
  CHECK(second == NULL && strstr(metalab_last_error(), "held") != NULL);
  printf("open\n");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) == 1) {
  }
  OK(metalab_capture_metric(c, "until the end", 1.0));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void rival(void) {
  metalab_capture_t *c = NULL;
  CHECK(try_to_open(&c) == METALAB_ERR_BUSY);
  CHECK(c == NULL && strstr(metalab_last_error(), "held") != NULL);
}

/* Finishing lets go of the run, whether the handle is freed or not. */
static void successor(void) {
  metalab_capture_t *c = NULL, *next = NULL;
  OK(try_to_open(&c));
  OK(metalab_capture_finish(c));
  OK(try_to_open(&next));
  OK(metalab_capture_metric(next, "next", 1.0));
  metalab_capture_free(c);
  metalab_capture_free(next);
}

/* Threads that open, emit, finish and free runs of their own. */
static void *whole_runs(void *argument) {
  const struct worker *self = argument;
  char run_id[32];
  for (int round = 0; round < 10; ++round) {
    metalab_capture_t *c;
    metalab_status_t status;
    snprintf(run_id, sizeof run_id, "run-%d-%d", self->number, round);
    c = open_run("many:1", run_id);
    OK(metalab_capture_metric(c, "number", self->number));
    OK(metalab_capture_subscribe(c, "lib", METALAB_LEVEL_INFO));
    /* Another thread's run may end in the middle; the others get the line all the same. */
    status = metalab_log("lib", METALAB_LEVEL_ERROR, "to all who listen", METALAB_NUL);
    CHECK(status == METALAB_OK || status == METALAB_ERR_CLOSED);
    OK(metalab_capture_log(c, METALAB_LEVEL_INFO, run_id, METALAB_NUL));
    if (round % 2 == 0) {
      OK(metalab_capture_finish(c));
    }
    metalab_capture_free(c);
  }
  return NULL;
}

static void many_runs(void) {
  struct worker workers[4];
  for (int number = 0; number < 4; ++number) {
    workers[number].number = number;
    CHECK(pthread_create(&workers[number].thread, NULL, whole_runs, &workers[number]) == 0);
  }
  for (int number = 0; number < 4; ++number) {
    CHECK(pthread_join(workers[number].thread, NULL) == 0);
  }
}

/* Threads emit while another finishes and frees: each call either counts or is refused. */
static int counted[THREADS];

static void *emit_until_closed(void *argument) {
  const struct worker *self = argument;
  char name[32];
  snprintf(name, sizeof name, "m%d", self->number);
  for (int number = 0;; ++number) {
    metalab_status_t status = metalab_capture_metric_step(runs[0], name, number, 1.0);
    if (status != METALAB_OK) {
      CHECK(status == METALAB_ERR_CLOSED);
      counted[self->number] = number;
      return NULL;
    }
    if (number == 0) {
      CHECK(pthread_mutex_lock(&turn_lock) == 0);
      ++turn;
      pthread_cond_broadcast(&turn_changed);
      pthread_mutex_unlock(&turn_lock);
    }
  }
}

static void finished_meanwhile(void) {
  struct worker workers[4];
  runs[0] = open_run("threads:1", "meanwhile");
  for (int number = 0; number < 4; ++number) {
    workers[number].number = number;
    CHECK(pthread_create(&workers[number].thread, NULL, emit_until_closed, &workers[number]) == 0);
  }
  CHECK(pthread_mutex_lock(&turn_lock) == 0);
  while (turn < 4) {
    pthread_cond_wait(&turn_changed, &turn_lock);
  }
  pthread_mutex_unlock(&turn_lock);
  usleep(30000);
  OK(metalab_capture_finish(runs[0]));
  metalab_capture_free(runs[0]);
  for (int number = 0; number < 4; ++number) {
    CHECK(pthread_join(workers[number].thread, NULL) == 0);
    CHECK(counted[number] > 0);
  }
}

static const struct test_case cases[] = {
    {"threads", threads}, {"baton", baton},         {"process", process},     {"hold", hold},
    {"rival", rival},     {"successor", successor}, {"many_runs", many_runs}, {"finished_meanwhile", finished_meanwhile},
};
MAIN(cases)
