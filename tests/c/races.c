/*
 * Everything that threads do at the same time, for a checker of races: they append, the writer
 * follows, segments go from hand to hand, others flush, look and end the run.
 */
#include "check.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4, STEPS = 3000 };

static metalab_capture_t *run;
static metalab_series_t *shared;

static void *emit(void *argument) {
  long thread = (long)(intptr_t)argument;
  char name[32], text[64];
  snprintf(name, sizeof name, "own%ld", thread);
  for (int64_t step = 0; step < STEPS; ++step) {
    OK(metalab_series_point(shared, step, (double)thread));
    OK(metalab_capture_metric_step(run, name, step, (double)step));
    if (step % 10 == 0) {
      snprintf(text, sizeof text, "thread %ld line %ld", thread, (long)step);
      OK(metalab_capture_log(run, step % 100 == 0 ? METALAB_LEVEL_ERROR : METALAB_LEVEL_INFO, text, METALAB_NUL));
      OK(metalab_capture_metric_i64(run, name, step));
    }
    if (step % 1000 == 0) {
      OK(metalab_capture_data_json(run, name, "[1]", METALAB_NUL, NULL));
      OK(metalab_capture_artifact_bytes(run, name, "bytes", 5, "k", "txt", NULL));
      OK(metalab_capture_metric_step_text(run, "texts", step, name, METALAB_NUL));
    }
  }
  return NULL;
}

/* Threads that end give their segment to the next one. */
static void *short_lived(void *argument) {
  (void)argument;
  OK(metalab_series_point(shared, -1, -1.0));
  OK(metalab_capture_log(run, METALAB_LEVEL_DEBUG, "short", METALAB_NUL));
  return NULL;
}

static void *mapped(void *argument) {
  static const uint64_t shape[1] = {4096};
  (void)argument;
  for (int round = 0; round < 5; ++round) {
    metalab_mapping_t *mapping = NULL;
    void *data = NULL;
    OK(metalab_capture_map_array(run, "field", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL, &mapping, &data));
    for (int index = 0; index < 4096; ++index) {
      ((double *)data)[index] = round;
    }
    OK(metalab_mapping_seal(mapping));
  }
  return NULL;
}

static void threads(void) {
  pthread_t emitting[THREADS], mapping, brief;
  char *text = NULL;
  run = open_run("races:1", "threads");
  OK(metalab_capture_series(run, "shared", NULL, NULL, &shared));
  for (long thread = 0; thread < THREADS; ++thread) {
    CHECK(pthread_create(&emitting[thread], NULL, emit, (void *)(intptr_t)thread) == 0);
  }
  CHECK(pthread_create(&mapping, NULL, mapped, NULL) == 0);
  for (int round = 0; round < 20; ++round) {
    CHECK(pthread_create(&brief, NULL, short_lived, NULL) == 0);
    OK(metalab_capture_flush(run, round % 10 == 0 ? METALAB_FLUSH_DURABLE : METALAB_FLUSH_VISIBLE));
    OK(metalab_capture_summary_json(run, &text));
    metalab_string_free(text);
    OK(metalab_capture_health_json(run, &text));
    metalab_string_free(text);
    CHECK(pthread_join(brief, NULL) == 0);
  }
  for (int thread = 0; thread < THREADS; ++thread) {
    CHECK(pthread_join(emitting[thread], NULL) == 0);
  }
  CHECK(pthread_join(mapping, NULL) == 0);
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
  CHECK(count_in("races_1/logs/threads_run.log", "line 2990") == THREADS);
}

static void *emit_to_the_end(void *argument) {
  metalab_status_t status = METALAB_OK;
  for (int64_t step = 0; status == METALAB_OK; ++step) {
    status = metalab_capture_metric_step(run, argument, step, (double)step);
    if (status == METALAB_OK && step % 100 == 0) {
      status = metalab_capture_log(run, METALAB_LEVEL_INFO, argument, METALAB_NUL);
    }
  }
  CHECK(status == METALAB_ERR_CLOSED);
  return NULL;
}

/* The run ends while threads emit. */
static void ended_meanwhile(void) {
  static char names[2][8] = {"a", "b"};
  for (int round = 0; round < 5; ++round) {
    pthread_t emitting[2];
    run = open_run("races:1", "ended");
    for (int thread = 0; thread < 2; ++thread) {
      CHECK(pthread_create(&emitting[thread], NULL, emit_to_the_end, names[thread]) == 0);
    }
    usleep(3000);
    OK(metalab_capture_finish(run));
    for (int thread = 0; thread < 2; ++thread) {
      CHECK(pthread_join(emitting[thread], NULL) == 0);
    }
    metalab_capture_free(run);
  }
}

static const struct test_case cases[] = {{"threads", threads}, {"ended_meanwhile", ended_meanwhile}};
MAIN(cases)
