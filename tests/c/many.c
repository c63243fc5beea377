/*
 * Many of one thing, for tests/many.rs: ranks, names, threads, captures, points, versions.
 * `many CASE STORE`; how many is in the environment. What was measured is printed: a name and a number a line.
 */
#define _GNU_SOURCE
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t given(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) {
    fprintf(stderr, "%s is not set\n", name);
    exit(2);
  }
  return strtoll(value, NULL, 10);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds of processor that all threads have had: other programs of the machine count little. */
static double worked(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void say(const char *name, double value) { printf("%s %.6f\n", name, value); }

/* A number of /proc/self/status. */
static long in_status(const char *name) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long value = -1;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
      value = strtol(line + strlen(name) + 1, NULL, 10);
    }
  }
  if (file != NULL) {
    fclose(file);
  }
  return value;
}

static int count_lines(const char *path, const char *part) {
  FILE *file = fopen(path, "r");
  char line[1024];
  int count = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    count += strstr(line, part) != NULL;
  }
  if (file != NULL) {
    fclose(file);
  }
  return count;
}

static int descriptors(void) {
  DIR *all = opendir("/proc/self/fd");
  int count = 0;
  while (all != NULL && readdir(all) != NULL) {
    ++count;
  }
  closedir(all);
  return count;
}

/* KiB on the disk below `directory`. */
static long on_disk(const char *directory) {
  DIR *entries = opendir(directory);
  struct dirent *entry;
  struct stat status;
  char path[4096];
  long blocks = 0;
  while (entries != NULL && (entry = readdir(entries)) != NULL) {
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || lstat(path, &status) != 0) {
      continue;
    }
    blocks += S_ISDIR(status.st_mode) ? on_disk(path) * 2 : (long)status.st_blocks;
  }
  if (entries != NULL) {
    closedir(entries);
  }
  return blocks / 2;
}

/* The most memory of its own that the process has had since this began, in KiB. */
static volatile long peak;
static volatile int sampling;
static pthread_t sampler;

static void *sample(void *argument) {
  (void)argument;
  while (sampling) {
    long value = in_status("RssAnon");
    peak = value > peak ? value : peak;
    usleep(2000);
  }
  return NULL;
}

static void begin_sampling(void) {
  sampling = 1;
  CHECK(pthread_create(&sampler, NULL, sample, NULL) == 0);
}

static void end_sampling(const char *name) {
  sampling = 0;
  CHECK(pthread_join(sampler, NULL) == 0);
  say(name, (double)peak / 1024);
}

static void die(void) {
  fflush(NULL);
  if (failures > 0) {
    _exit(1);
  }
  kill(getpid(), SIGKILL);
}

/* MANY_RANKS processes of one run, each with MANY_SERIES series, which end at the same time. */
static void rank(int64_t number, int64_t size, pthread_barrier_t *all) {
  metalab_options_t *options = options_for("many:1");
  metalab_capture_t *run = NULL;
  int64_t series = given("MANY_SERIES");
  char name[32];
  OK(metalab_options_run_id(options, "r"));
  OK(metalab_options_rank(options, number, size));
  OK(metalab_options_attach_patience(options, 100.0));
  OK(metalab_capture_open(options, &run));
  for (int64_t which = 0; which < series; ++which) {
    snprintf(name, sizeof name, "s%d", (int)which);
    for (int64_t step = 0; step < 10; ++step) {
      OK(metalab_capture_metric_step(run, name, step, (double)number));
    }
  }
  OK(metalab_capture_metric_i64(run, "m", number));
  pthread_barrier_wait(all);
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
  metalab_options_free(options);
  fflush(NULL);
  _exit(failures == 0 ? 0 : 1);
}

static void ranks(void) {
  int64_t size = given("MANY_RANKS");
  int status, failed = 0;
  pthread_barrierattr_t shared;
  pthread_barrier_t *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  double start = now();
  CHECK(all != MAP_FAILED && pthread_barrierattr_init(&shared) == 0);
  CHECK(pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_barrier_init(all, &shared, (unsigned)size) == 0);
  for (int64_t number = 0; number < size; ++number) {
    if (fork() == 0) {
      rank(number, size, all);
    }
  }
  while (wait(&status) > 0) {
    failed += status != 0;
  }
  say("failed", failed);
  say("seconds", now() - start);
}

/* MANY_NAMES series that a thread declares, between some of the main thread; then it dies. */
static void *declare(void *argument) {
  char name[32];
  for (int64_t which = 0; which < given("MANY_NAMES"); ++which) {
    snprintf(name, sizeof name, "cell.%06d", (int)which);
    OK(metalab_capture_metric_step(argument, name, 0, (double)which));
  }
  return NULL;
}

static void names(void) {
  metalab_capture_t *run = open_run("many:1", "r");
  pthread_t thread;
  OK(metalab_capture_metric_step(run, "time", 0, 0.0));
  CHECK(pthread_create(&thread, NULL, declare, run) == 0 && pthread_join(thread, NULL) == 0);
  for (int64_t step = 0; step < 100; ++step) {
    OK(metalab_capture_metric_step(run, "residual", step, 1.0));
  }
  OK(metalab_capture_metric(run, "final", 3.0));
  OK(metalab_capture_metric_text(run, "verdict", "good", METALAB_NUL));
  die();
}

/* A thread that emits one point, and stays. */
static pthread_barrier_t everybody;
static metalab_series_t *points;

static void *one_point(void *argument) {
  OK(metalab_series_point_i64(points, (int64_t)(intptr_t)argument, 1));
  pthread_barrier_wait(&everybody);
  pthread_barrier_wait(&everybody);
  return NULL;
}

static void threads(void) {
  int64_t count = given("MANY_THREADS");
  pthread_t *all = calloc((size_t)count, sizeof *all);
  pthread_attr_t small;
  metalab_capture_t *run = open_run("many:1", "r");
  long memory;
  OK(metalab_capture_series(run, "x", NULL, NULL, &points));
  CHECK(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 128 * 1024) == 0);
  CHECK(pthread_barrier_init(&everybody, NULL, (unsigned)count + 1) == 0);
  memory = in_status("VmRSS");
  for (int64_t thread = 0; thread < count; ++thread) {
    CHECK(pthread_create(&all[thread], &small, one_point, (void *)(intptr_t)thread) == 0);
  }
  pthread_barrier_wait(&everybody);
  say("memory", (double)(in_status("VmRSS") - memory) / 1024);
  say("disk", (double)on_disk(store) / 1024);
  pthread_barrier_wait(&everybody);
  for (int64_t thread = 0; thread < count; ++thread) {
    CHECK(pthread_join(all[thread], NULL) == 0);
  }
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
  free(all);
}

/* MANY_CAPTURES runs open at the same time. */
static void captures(void) {
  int64_t count = given("MANY_CAPTURES");
  metalab_capture_t **all = calloc((size_t)count + 1, sizeof *all);
  struct rlimit limit;
  char run_id[32];
  int files, mappings, before;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  /* One before, so that what the library keeps for good is there. */
  all[0] = open_run("many:1", "first");
  OK(metalab_capture_metric(all[0], "m", 1.0));
  OK(metalab_capture_finish(all[0]));
  metalab_capture_free(all[0]);
  usleep(100000);
  files = descriptors();
  mappings = count_lines("/proc/self/maps", store);
  before = (int)in_status("Threads");
  for (int64_t which = 0; which < count; ++which) {
    snprintf(run_id, sizeof run_id, "r%d", (int)which);
    all[which] = open_run("many:1", run_id);
    OK(metalab_capture_metric_step(all[which], "x", 1, 1.0));
    OK(metalab_capture_log(all[which], METALAB_LEVEL_INFO, "line", METALAB_NUL));
  }
  say("threads", (double)(in_status("Threads") - before));
  say("descriptors", (double)(descriptors() - files) / (double)count);
  for (int64_t which = 0; which < count; ++which) {
    OK(metalab_capture_finish(all[which]));
    metalab_capture_free(all[which]);
  }
  usleep(100000);
  say("descriptors kept", descriptors() - files);
  say("mappings kept", count_lines("/proc/self/maps", store) - mappings);
  free(all);
}

/* MANY_COUNT of a kind from four threads, as fast as they can; then MANY_DIES says how it ends. */
struct source {
  pthread_t thread;
  metalab_capture_t *run;
  metalab_series_t *series;
  const char *kind;
  int64_t number, count;
};

static void *emit(void *argument) {
  const struct source *self = argument;
  char text[160];
  for (int64_t at = 0; at < self->count; ++at) {
    if (self->kind[0] == 'm') {
      OK(metalab_capture_metric_i64(self->run, self->number % 2 ? "odd" : "even", at));
    } else if (self->kind[0] == 'l') {
      snprintf(text, sizeof text, "thread %d line %09d of a log that is as long as lines of logs usually are, say so much",
               (int)self->number, (int)at);
      OK(metalab_capture_log(self->run, METALAB_LEVEL_INFO, text, METALAB_NUL));
    } else {
      OK(metalab_series_point(self->series, 4 * at + self->number, (double)at));
    }
  }
  return NULL;
}

static void memory(void) {
  struct source sources[4];
  metalab_capture_t *run = open_run("many:1", "r");
  metalab_series_t *series = NULL;
  OK(metalab_capture_series(run, "x", NULL, NULL, &series));
  begin_sampling();
  for (int number = 0; number < 4; ++number) {
    struct source source = {0, run, series, getenv("MANY_KIND"), number, given("MANY_COUNT") / 4};
    sources[number] = source;
    CHECK(pthread_create(&sources[number].thread, NULL, emit, &sources[number]) == 0);
  }
  for (int number = 0; number < 4; ++number) {
    CHECK(pthread_join(sources[number].thread, NULL) == 0);
  }
  if (given("MANY_DIES")) {
    die();
  }
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  OK(metalab_capture_finish(run));
  end_sampling("finished");
  metalab_capture_free(run);
}

static void recover(void) {
  size_t recovered = 0;
  begin_sampling();
  OK(metalab_recover(store, NULL, NULL, &recovered));
  end_sampling("recovered");
  say("runs", (double)recovered);
}

/* Makes the files of MANY_SERIES series of a point by the fewest calls: as many, and of the same size. */
static double bare_files(int64_t count) {
  static const char content[] =
      "{\n  \"data\": [\n    [\n      1,\n      0.5\n    ]\n  ],\n  \"dtype\": null,\n  \"metadata\": {\n"
      "    \"type\": \"stepped_metric\"\n  },\n  \"shape\": [\n    1,\n    2\n  ]\n}";
  char temporary[4096], final[4096];
  double start = worked();
  CHECK(mkdir(in_store("bare"), 0755) == 0);
  for (int64_t which = 0; which < count; ++which) {
    int file;
    snprintf(temporary, sizeof temporary, "%s/bare/.tmp%d", store, (int)which);
    snprintf(final, sizeof final, "%s/bare/series.%06d.json", store, (int)which);
    file = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    CHECK(file >= 0 && write(file, content, sizeof content - 1) > 0 && close(file) == 0);
    CHECK(rename(temporary, final) == 0);
  }
  return worked() - start;
}

static void series(void) {
  int64_t count = given("MANY_SERIES");
  metalab_capture_t *run = open_run("many:1", "r");
  char name[32];
  double start, begun, before = bare_files(count);
  for (int64_t which = 0; which < count; ++which) {
    snprintf(name, sizeof name, "series.%06d", (int)which);
    OK(metalab_capture_metric_step(run, name, 1, 0.5));
  }
  start = worked();
  begun = now();
  OK(metalab_capture_finish(run));
  say("finish", worked() - start);
  say("bare", before);
  say("seconds", now() - begun);
  metalab_capture_free(run);
}

/* MANY_VERSIONS of one entry: how often its file is written. */
static void versions(void) {
  int64_t count = given("MANY_VERSIONS");
  metalab_capture_t *run = open_run("many:1", "r");
  int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), written = 0;
  char json[256], events[65536];
  ssize_t size;
  OK(metalab_capture_data_json(run, "d", "0", METALAB_NUL, NULL));
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  CHECK(watch >= 0 && inotify_add_watch(watch, in_store("many_1/results/r"), IN_MOVED_TO | IN_CLOSE_WRITE) >= 0);
  for (int64_t version = 1; version <= count + 1; ++version) {
    if (version <= count) {
      snprintf(json, sizeof json, "{\"version\": %d, \"text\": \"some more of it\"}", (int)version);
      OK(metalab_capture_data_json(run, "d", json, METALAB_NUL, NULL));
    } else {
      OK(metalab_capture_finish(run));
    }
    while ((version % 100 == 0 || version > count) && (size = read(watch, events, sizeof events)) > 0) {
      for (char *at = events; at < events + size;) {
        const struct inotify_event *event = (const void *)at;
        written += (event->mask & IN_MOVED_TO) && strcmp(event->name, "d.json") == 0;
        /* More than the queue holds. */
        written += event->mask & IN_Q_OVERFLOW ? 16384 : 0;
        at += sizeof *event + event->len;
      }
    }
  }
  say("written", written);
  metalab_capture_free(run);
}

/* A process that holds every lock file of the experiment while the run ends. */
static void locked(void) {
  metalab_capture_t *run = open_run("many:1", "r");
  char name[32], path[4096];
  int ready[2], status = 0, locks = 0;
  double start;
  pid_t child;
  metalab_status_t ended;
  for (int which = 0; which < 5; ++which) {
    snprintf(name, sizeof name, "s%d", which);
    OK(metalab_capture_metric_step(run, name, 1, 1.0));
  }
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  CHECK(pipe(ready) == 0);
  child = fork();
  if (child == 0) {
    DIR *all = opendir(in_store("many_1/.locks"));
    struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL) {
      snprintf(path, sizeof path, "%s/many_1/.locks/%s", store, entry->d_name);
      locks += entry->d_name[0] != '.' && flock(open(path, O_RDWR), LOCK_EX) == 0;
    }
    CHECK(write(ready[1], "r", 1) == 1);
    /* Its end gives them back. */
    sleep(locks > 0 ? 100 : 0);
    _exit(0);
  }
  CHECK(read(ready[0], name, 1) == 1);
  start = now();
  ended = metalab_capture_finish(run);
  say("seconds", now() - start);
  say("held", waitpid(child, &status, WNOHANG) == 0);
  printf("%s 0\n", metalab_status_name(ended));
  kill(child, SIGKILL);
  CHECK(waitpid(child, &status, 0) == child);
  metalab_capture_free(run);
}

static const struct test_case cases[] = {
    {"ranks", ranks},     {"names", names},     {"threads", threads}, {"captures", captures}, {"memory", memory},
    {"recover", recover}, {"series", series},   {"versions", versions}, {"locked", locked},
};
MAIN(cases)
