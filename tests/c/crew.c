/* Many captures of one process: what they cost it, and that they give it back. */
#include "check.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1000, ROUNDS = 50, FINISHING = 4 };

/* Writers, sealers, and what gathers how the runs came about. */
enum { HANDFUL = 4 + 4 + 8 };

static int count;
static metalab_capture_t *captures[MOST];
static metalab_series_t *series[MOST];

static void open_all(void) {
  char run_id[16];
  for (int i = 0; i < count; ++i) {
    snprintf(run_id, sizeof run_id, "r%d", i);
    captures[i] = open_run("crew:1", run_id);
    OK(metalab_capture_series(captures[i], "point", NULL, NULL, &series[i]));
  }
}

/* How many entries a directory has. */
static int entries(const char *path) {
  int found = 0;
  DIR *directory = opendir(path);
  CHECK(directory != NULL);
  for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    found += entry->d_name[0] != '.';
  }
  closedir(directory);
  return found;
}

/* Waits for threads that end by themselves; returns how many are left. */
static int tasks(int wanted) {
  int found = 0;
  for (int naps = 0; naps < 1000 && (found = entries("/proc/self/task")) > wanted; ++naps) {
    usleep(10000);
  }
  return found;
}

static int mapped_of_the_store(void) {
  char line[8192];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    found += strstr(line, store) != NULL;
  }
  fclose(maps);
  return found;
}

static pthread_barrier_t emitted, freed;

/* It holds what it needs to emit to all of them, and never emits again. */
static void *emit_once(void *argument) {
  (void)argument;
  for (int i = 0; i < count; ++i) {
    OK(metalab_series_point(series[i], ROUNDS, 1.0));
  }
  pthread_barrier_wait(&emitted);
  pthread_barrier_wait(&freed);
  return NULL;
}

static void *nothing(void *argument) {
  return argument;
}

static void *finish_some(void *argument) {
  for (int i = (int)(intptr_t)argument; i < count; i += FINISHING) {
    OK(metalab_capture_finish(captures[i]));
  }
  return NULL;
}

static void at_once(void) {
  pthread_t once, finishing[FINISHING];
  /* A sanitizer starts a thread of its own with the first. */
  CHECK(pthread_create(&once, NULL, nothing, NULL) == 0 && pthread_join(once, NULL) == 0);
  int descriptors = entries("/proc/self/fd"), others = entries("/proc/self/task");
  pthread_barrier_init(&emitted, NULL, 2);
  pthread_barrier_init(&freed, NULL, 2);
  open_all();
  CHECK(pthread_create(&once, NULL, emit_once, NULL) == 0);
  pthread_barrier_wait(&emitted);
  for (int round = 0; round < ROUNDS; ++round) {
    for (int i = 0; i < count; ++i) {
      OK(metalab_series_point(series[i], round, (double)i));
      OK(metalab_capture_metric_i64(captures[i], "round", round));
    }
  }
  OK(metalab_capture_artifact_bytes(captures[count / 2], "bytes", "bytes", 5, "k", "txt", NULL));
  CHECK(entries("/proc/self/task") <= others + 1 + HANDFUL);
  CHECK(mapped_of_the_store() > 0);
  for (int i = 0; i < FINISHING; ++i) {
    CHECK(pthread_create(&finishing[i], NULL, finish_some, (void *)(intptr_t)i) == 0);
  }
  for (int i = 0; i < FINISHING; ++i) {
    CHECK(pthread_join(finishing[i], NULL) == 0);
  }
  for (int i = 0; i < count; ++i) {
    FAILS(METALAB_ERR_CLOSED, "closed", metalab_series_point(series[i], 0, 0.0));
    metalab_capture_free(captures[i]);
  }
  CHECK(tasks(others + 1) == others + 1);
  CHECK(entries("/proc/self/fd") == descriptors);
  CHECK(mapped_of_the_store() == 0);
  pthread_barrier_wait(&freed);
  CHECK(pthread_join(once, NULL) == 0);
}

/* A child has none of its parent's threads, and starts its own. */
static void forked(void) {
  int status = 0, others = entries("/proc/self/task");
  open_all();
  for (int i = 0; i < count; ++i) {
    OK(metalab_series_point(series[i], 0, 0.0));
  }
  for (int children = 0; children < 4; ++children) {
    pid_t child = fork();
    if (child == 0) {
      char run_id[32];
      for (int i = 0; i < count; ++i) {
        FAILS(METALAB_ERR_CLOSED, "forked child", metalab_series_point(series[i], 1, 1.0));
        FAILS(METALAB_ERR_CLOSED, "forked child", metalab_capture_finish(captures[i]));
      }
      for (int i = 0; i < 6; ++i) {
        snprintf(run_id, sizeof run_id, "child%d_%d", children, i);
        captures[i] = open_run("crew:1", run_id);
        OK(metalab_capture_metric_step(captures[i], "point", 0, 0.0));
      }
      for (int i = 0; i < 6; ++i) {
        OK(metalab_capture_flush(captures[i], METALAB_FLUSH_VISIBLE));
        metalab_capture_free(captures[i]);
      }
      CHECK(tasks(1) == 1);
      _exit(failures != 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  for (int i = 0; i < count; ++i) {
    OK(metalab_series_point(series[i], 1, 1.0));
    OK(metalab_capture_finish(captures[i]));
    metalab_capture_free(captures[i]);
  }
  CHECK(tasks(others) == others);
}

static void thousand(void) { count = MOST, at_once(); }
static void dozen(void) { count = 12, at_once(); }
static void forks(void) { count = 12, forked(); }

static const struct test_case cases[] = {{"thousand", thousand}, {"dozen", dozen}, {"forks", forks}};
MAIN(cases)
