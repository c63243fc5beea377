/*
 * Who lives, for tests/liveness.rs: runs that nobody may take over, and runs that are to be.
 * `liveness CASE STORE`; what else a case needs is in the environment.
 */
#define _GNU_SOURCE
#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HALF = 5000 };

static const char *given(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) {
    fprintf(stderr, "%s is not set\n", name);
    exit(2);
  }
  return value;
}

static metalab_status_t open_at(const char *place, const char *run_id, metalab_capture_t **run) {
  metalab_options_t *options = NULL;
  metalab_status_t status;
  OK(metalab_options_new(&options));
  OK(metalab_options_store(options, place));
  OK(metalab_options_experiment(options, "live:1"));
  OK(metalab_options_code_hash(options, ""));
  OK(metalab_options_run_id(options, run_id));
  status = metalab_capture_open(options, run);
  metalab_options_free(options);
  return status;
}

static metalab_capture_t *must_open(const char *place, const char *run_id) {
  metalab_capture_t *run = NULL;
  OK(open_at(place, run_id, &run));
  if (run == NULL) {
    exit(1);
  }
  return run;
}

static void emit(metalab_capture_t *run, int64_t from) {
  for (int64_t step = from; step < from + HALF; ++step) {
    OK(metalab_capture_metric_step(run, "x", step, (double)step));
  }
  OK(metalab_capture_log(run, METALAB_LEVEL_INFO, from == 0 ? "first half" : "second half", METALAB_NUL));
}

static void end(metalab_capture_t *run) {
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
}

/* Opens the run again, which lives: every way of naming the store says so. */
static void is_busy(const char *place, const char *run_id) {
  metalab_capture_t *run = NULL;
  metalab_status_t status = open_at(place, run_id, &run);
  if (status != METALAB_ERR_BUSY || run != NULL) {
    FAIL("%s by %s opens with %s", run_id, place, metalab_status_name(status));
    metalab_capture_free(run);
  }
}

/* Another run of the experiment takes over what is dead, which nothing is. */
static void take_over(const char *place) {
  size_t recovered = 77;
  metalab_capture_t *other = must_open(place, "other");
  OK(metalab_capture_metric(other, "m", 1.0));
  end(other);
  OK(metalab_recover(place, NULL, NULL, &recovered));
  if (recovered != 0) {
    FAIL("%zu runs are recovered by %s", recovered, place);
  }
}

/* The same in a process of its own, which has inherited nothing. */
static void elsewhere(const char *place) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    setenv("LIVENESS_PLACE", place, 1);
    execl("/proc/self/exe", "liveness", "another", store, (char *)NULL);
    _exit(9);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void another(void) {
  const char *place = given("LIVENESS_PLACE");
  is_busy(place, "A");
  take_over(place);
  is_busy(place, "A");
}

/* One store by several names: LIVENESS_PLACES are lines, and the working directory changes. */
static void spellings(void) {
  char *places = strdup(given("LIVENESS_PLACES")), *next = places, *place;
  metalab_capture_t *run = must_open(given("LIVENESS_FIRST"), "A");
  emit(run, 0);
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  while ((place = strsep(&next, "\n")) != NULL) {
    is_busy(place, "A");
    take_over(place);
    elsewhere(place);
  }
  /* A relative path is where the run began. */
  CHECK(chdir(given("LIVENESS_THEN")) == 0);
  is_busy(store, "A");
  take_over(store);
  elsewhere(store);
  emit(run, HALF);
  end(run);
  free(places);
}

/* Another copy of the library in this process: a plugin that has one of its own. */
static void copies(void) {
  void *library = dlopen(given("LIVENESS_COPY"), RTLD_NOW | RTLD_LOCAL);
  metalab_capture_t *run = must_open(store, "A"), *other = NULL;
  metalab_options_t *options = NULL;
  size_t recovered = 77;
#define OF_COPY(name) __typeof__(&metalab_##name) name = NULL
#define LOAD(name) *(void **)&name = dlsym(library, "metalab_" #name)
  OF_COPY(options_new);
  OF_COPY(options_store);
  OF_COPY(options_experiment);
  OF_COPY(options_run_id);
  OF_COPY(options_free);
  OF_COPY(capture_open);
  OF_COPY(capture_metric);
  OF_COPY(capture_finish);
  OF_COPY(capture_free);
  OF_COPY(recover);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
  LOAD(options_new);
  LOAD(options_store);
  LOAD(options_experiment);
  LOAD(options_run_id);
  LOAD(options_free);
  LOAD(capture_open);
  LOAD(capture_metric);
  LOAD(capture_finish);
  LOAD(capture_free);
  LOAD(recover);
  CHECK(options_new != metalab_options_new);
  emit(run, 0);
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  CHECK(options_new(&options) == METALAB_OK);
  CHECK(options_store(options, given("LIVENESS_FIRST")) == METALAB_OK);
  CHECK(options_experiment(options, "live:1") == METALAB_OK);
  CHECK(options_run_id(options, "A") == METALAB_OK);
  CHECK(capture_open(options, &other) == METALAB_ERR_BUSY);
  CHECK(options_run_id(options, "other") == METALAB_OK);
  CHECK(capture_open(options, &other) == METALAB_OK);
  CHECK(capture_metric(other, "m", 1.0) == METALAB_OK);
  CHECK(recover(store, NULL, NULL, &recovered) == METALAB_OK);
  CHECK(recovered == 0);
  /* And ours sees the other's. */
  is_busy(store, "other");
  is_busy(store, "A");
  emit(run, HALF);
  CHECK(capture_finish(other) == METALAB_OK);
  capture_free(other);
  options_free(options);
  elsewhere(store);
  end(run);
}

/* Reads every file below `directory`, as a copy, a backup or a checksum does. */
static void read_all(const char *directory) {
  DIR *entries = opendir(directory);
  struct dirent *entry;
  char path[4096], bytes[65536];
  struct stat status;
  CHECK(entries != NULL);
  while (entries != NULL && (entry = readdir(entries)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
      continue;
    }
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
      read_all(path);
    } else {
      int file = open(path, O_RDWR | O_CLOEXEC);
      struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
      CHECK(file >= 0);
      /* Some copy programs lock what they read. */
      fcntl(file, F_SETLK, &whole);
      while (read(file, bytes, sizeof bytes) > 0) {
      }
      close(file);
    }
  }
  closedir(entries);
}

static void host_reads(void) {
  metalab_capture_t *run = must_open(store, "A");
  emit(run, 0);
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  read_all(store);
  elsewhere(store);
  is_busy(store, "A");
  read_all(store);
  take_over(store);
  emit(run, HALF);
  end(run);
}

/* A host that closes every descriptor from 3 up, and opens files of its own. */
static void host_closes(void) {
  metalab_capture_t *run = must_open(store, "A");
  int mine[40];
  char path[4096], *content;
  metalab_status_t status;
  emit(run, 0);
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  /* Whoever closes a file in the very moment in which it is written to gets the bytes: no system call closes
   * that gap. What was gathered about the process is written by now. */
  usleep(500000);
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    close(descriptor);
  }
  for (int at = 0; at < 40; ++at) {
    snprintf(path, sizeof path, "%s/mine%d", given("LIVENESS_FIRST"), at);
    mine[at] = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(mine[at] >= 0 && write(mine[at], "host\n", 5) == 5);
  }
  elsewhere(store);
  emit(run, HALF);
  usleep(200000);
  elsewhere(store);
  status = metalab_capture_finish(run);
  /* Values for which the library needed its descriptors may be lost, but then it says so. */
  printf("%s\n", metalab_status_name(status));
  metalab_capture_free(run);
  for (int at = 0; at < 40; ++at) {
    snprintf(path, sizeof path, "%s/mine%d", given("LIVENESS_FIRST"), at);
    CHECK(fcntl(mine[at], F_GETFD) >= 0);
    CHECK(write(mine[at], "more\n", 5) == 5);
    content = read_file(path);
    CHECK(content != NULL && strcmp(content, "host\nmore\n") == 0);
    free(content);
  }
}

/* A run that is as good as dead to whoever looks, and goes on later: its parent stops it. */
static void stopped(void) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    metalab_capture_t *run = must_open(store, "A");
    emit(run, 0);
    OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
    raise(SIGSTOP);
    emit(run, HALF);
    end(run);
    fflush(NULL);
    _exit(failures == 0 ? 0 : 1);
  }
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
  is_busy(store, "A");
  take_over(store);
  elsewhere(store);
  kill(child, SIGCONT);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* Dies with LIVENESS_RUNS runs open, each of LIVENESS_POINTS points. */
static void die(void) {
  int runs = atoi(given("LIVENESS_RUNS"));
  int64_t points = atoll(given("LIVENESS_POINTS"));
  metalab_series_t *series = NULL;
  char run_id[64];
  for (int at = 0; at < runs; ++at) {
    snprintf(run_id, sizeof run_id, "%s%d", given("LIVENESS_RUN"), at);
    OK(metalab_capture_series(must_open(store, run_id), "x", NULL, NULL, &series));
    for (int64_t step = 0; step < points; ++step) {
      OK(metalab_series_point(series, step, (double)step));
    }
  }
  fflush(NULL);
  if (failures > 0) {
    _exit(1);
  }
  kill(getpid(), SIGKILL);
}

/* Opens the same runs anew, all before the first ends. */
static void restart(void) {
  int runs = atoi(given("LIVENESS_RUNS"));
  metalab_capture_t *all[64];
  char run_id[64];
  for (int at = 0; at < runs && at < 64; ++at) {
    metalab_options_t *options = options_for("live:1");
    all[at] = NULL;
    snprintf(run_id, sizeof run_id, "%s%d", given("LIVENESS_RUN"), at);
    OK(metalab_options_run_id(options, run_id));
    OK(metalab_options_restart(options, 1000000000));
    OK(metalab_capture_open(options, &all[at]));
    metalab_options_free(options);
  }
  for (int at = 0; at < runs && at < 64; ++at) {
    OK(metalab_capture_metric(all[at], "again", 1.0));
    end(all[at]);
  }
}

static void recover(void) { OK(metalab_recover(store, NULL, NULL, NULL)); }

/* A run that is over at once. */
static void brief(void) {
  metalab_capture_t *run = must_open(store, given("LIVENESS_RUN"));
  end(run);
}

static const struct test_case cases[] = {
    {"another", another}, {"spellings", spellings}, {"copies", copies}, {"host_reads", host_reads},
    {"host_closes", host_closes}, {"stopped", stopped}, {"die", die}, {"restart", restart}, {"brief", brief},
    {"recover", recover},
};
MAIN(cases)
