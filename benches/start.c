/* A run with nothing in it: load, open, finish, against the bare file operations of such a run; and
 * the part of a processor that an idle capture takes. The library is loaded by hand. Each run has a
 * process of its own.
 * usage: start DIRECTORY LIBRARY
 *        start DIRECTORY LIBRARY NUMBER [idle]: one run, as above
 *        start bare DIRECTORY NUMBER: its file operations alone */
#include "bare_run.h"
#include "bench.h"
#include "usage.h"

#include <dlfcn.h>
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

enum { REPETITIONS = 41, PARTS = 4, IDLE_SECONDS = 4 };

/* Nothing of the library is linked: the header only gives the types. */
static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) die(name, dlerror());
  return found;
}

#define LOOK_UP(name)                  \
  __typeof__(metalab_##name) *name;    \
  *(void **)&name = symbol(library, "metalab_" #name)

static void child(const char *directory, const char *path, uint64_t seed, bool is_idle) {
  double at[PARTS + 1];
  at[0] = seconds();
  void *library = dlopen(path, RTLD_NOW);
  if (library == NULL) die(path, dlerror());
  LOOK_UP(options_new);
  LOOK_UP(options_store);
  LOOK_UP(options_experiment);
  LOOK_UP(options_seed);
  LOOK_UP(options_free);
  LOOK_UP(capture_open);
  LOOK_UP(capture_finish);
  LOOK_UP(capture_free);
  LOOK_UP(last_error);
  at[1] = seconds();
  char store[4096];
  path_in(store, directory, "store");
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  bool good = options_new(&options) == METALAB_OK && options_store(options, store) == METALAB_OK &&
              options_experiment(options, "bench:1") == METALAB_OK &&
              options_seed(options, seed) == METALAB_OK && capture_open(options, &run) == METALAB_OK;
  at[2] = seconds();
  double idle = 0.0;
  if (is_idle) {
    /* One point, so that there is a thread's journal to look at. */
    LOOK_UP(capture_metric_step);
    good = good && capture_metric_step(run, "residual", 0, 1.0) == METALAB_OK;
    usleep(500000);
    const double before = used_seconds();
    sleep(IDLE_SECONDS);
    idle = (used_seconds() - before) / IDLE_SECONDS;
    at[2] = seconds();
  }
  good = good && capture_finish(run) == METALAB_OK;
  at[3] = seconds();
  if (!good) die("start", last_error());
  capture_free(run);
  options_free(options);
  printf("%.9f %.9f %.9f %.9f\n", at[1] - at[0], at[2] - at[1], at[3] - at[2], idle);
}

static void bare_child(const char *directory, const char *number) {
  if (access(directory, F_OK) != 0) bare_experiment(directory);
  const double begin = seconds();
  bare_run(directory, number);
  printf("0 %.9f 0 0\n", seconds() - begin);
}

/* Milliseconds from start to end of a process, and what it says of its parts. */
static double time_process(char **arguments, double *parts) {
  int ends[2];
  pid_t pid = 0;
  posix_spawn_file_actions_t actions;
  if (pipe(ends) != 0) die("pipe", "failed");
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  const double begin = seconds();
  if (posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environ) != 0) die(arguments[0], "cannot be started");
  close(ends[1]);
  char said[200];
  size_t size = 0;
  ssize_t got = 0;
  while (size + 1 < sizeof said && (got = read(ends[0], said + size, sizeof said - 1 - size)) > 0) size += (size_t)got;
  said[size] = '\0';
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
  }
  const double taken = 1e3 * (seconds() - begin);
  close(ends[0]);
  posix_spawn_file_actions_destroy(&actions);
  if (ended != pid || status != 0) die("start", "a process failed");
  if (parts != NULL && sscanf(said, "%lf %lf %lf %lf", &parts[0], &parts[1], &parts[2], &parts[3]) != PARTS) die("start", "no figures");
  return taken;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "nothing") == 0) return 0;
  if (argc == 4 && strcmp(argv[1], "bare") == 0) return bare_child(argv[2], argv[3]), 0;
  if (argc == 4) return child(argv[1], argv[2], strtoull(argv[3], NULL, 10), false), 0;
  if (argc == 5) return child(argv[1], argv[2], strtoull(argv[3], NULL, 10), true), 0;
  if (argc != 3) die("usage", "start DIRECTORY LIBRARY");
  double whole[REPETITIONS], empty[REPETITIONS], all[REPETITIONS], both[REPETITIONS], bare[REPETITIONS];
  double parts[PARTS][REPETITIONS];
  char bare_store[4096];
  path_in(bare_store, argv[1], "bare");
  for (int k = -1; k < REPETITIONS; ++k) {
    char seed[24];
    double part[PARTS], bare_part[PARTS];
    snprintf(seed, sizeof seed, "%d", 5000 + k);
    char *with[] = {argv[0], argv[1], argv[2], seed, NULL}, *without[] = {argv[0], "nothing", NULL};
    char *alone[] = {argv[0], "bare", bare_store, seed, NULL};
    const double taken = time_process(with, part), nothing = time_process(without, NULL);
    time_process(alone, bare_part);
    if (k < 0) continue;
    whole[k] = taken;
    empty[k] = nothing;
    all[k] = 1e3 * (part[0] + part[1] + part[2]);
    both[k] = 1e3 * (part[1] + part[2]);
    bare[k] = 1e3 * bare_part[1];
    for (int which = 0; which < PARTS; ++which) parts[which][k] = 1e3 * part[which];
  }
  static const char *const names[PARTS - 1] = {"dlopen", "open", "finish"};
  report("empty_run", "load_open_finish", "ms", all, REPETITIONS);
  report("empty_run", "open_finish", "ms", both, REPETITIONS);
  report("empty_run", "floor_file_operations", "ms", bare, REPETITIONS);
  report("empty_run", "whole_process", "ms", whole, REPETITIONS);
  report("empty_run", "process_that_does_nothing", "ms", empty, REPETITIONS);
  for (int which = 0; which < PARTS - 1; ++which) report("empty_run", names[which], "ms", parts[which], REPETITIONS);
  double idle[3];
  for (int k = 0; k < 3; ++k) {
    char seed[24];
    double part[PARTS];
    snprintf(seed, sizeof seed, "%d", 9000 + k);
    char *with[] = {argv[0], argv[1], argv[2], seed, "idle", NULL};
    time_process(with, part);
    idle[k] = 100.0 * part[3];
  }
  report("idle_capture", "processor_time", "%", idle, 3);
  return 0;
}
