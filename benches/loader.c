/* Calls through metalab_dl.h, against those of code that is linked with the library, and without a library;
 * and the first call, which looks for it. Not linked with the library; `linked` is a module that is
 * (linked.c). usage: loader DIRECTORY LIBRARY LINKED */
#include <metalab_dl.h>

#include "bench.h"

#include <sys/wait.h>

/* Short loops, so that few of them are interrupted. */
enum { CALLS = 100000, REPETITIONS = 201, FIRST = 101 };

typedef int64_t (*points_t)(metalab_series_t *series, int64_t first, int64_t count);
typedef uint64_t (*versions_t)(int64_t count);

static int64_t loaded_points(metalab_series_t *series, int64_t first, int64_t count) {
  int64_t good = 0;
  for (int64_t k = first; k < first + count; ++k) good += metalab_series_point(series, k, 1e-3 * (double)k) == METALAB_OK;
  return good;
}

static uint64_t loaded_versions(int64_t count) {
  uint64_t sum = 0;
  for (int64_t k = 0; k < count; ++k) sum += metalab_abi_version();
  return sum;
}

static double per_call(double begin) { return 1e9 * (seconds() - begin) / CALLS; }

/* `count` figures that `measure` takes in a process of its own, which has looked for no library yet. */
static void apart(void (*measure)(double *values), double *values, int count) {
  int ends[2];
  if (pipe(ends) != 0) die("pipe", "failed");
  const pid_t child = fork();
  if (child == 0) {
    measure(values);
    _exit(write(ends[1], values, (size_t)count * sizeof *values) == (ssize_t)((size_t)count * sizeof *values) ? 0 : 1);
  }
  close(ends[1]);
  size_t size = 0;
  ssize_t got = 0;
  while ((got = read(ends[0], (char *)values + size, (size_t)count * sizeof *values - size)) > 0) size += (size_t)got;
  close(ends[0]);
  waitpid(child, NULL, 0);
  if (size != (size_t)count * sizeof *values) die("loader", "a process failed");
}

static void first_call(double *values) {
  const double begin = seconds();
  const bool is_there = metalab_abi_version() != 0;
  values[0] = 1e6 * (seconds() - begin);
  if (is_there != (*getenv("METALAB_LIBRARY") == '/')) die("loader", is_there ? "there is a library" : metalab_dl_error());
}

/* `library`: what METALAB_LIBRARY says; a name without / is looked for by the system. */
static void time_first_calls(const char *name, const char *library) {
  double values[FIRST];
  setenv("METALAB_LIBRARY", library, 1);
  for (int k = -1; k < FIRST; ++k) apart(first_call, &values[k < 0 ? 0 : k], 1);
  report("first_call", name, "us", values, FIRST);
}

static void without_library(double *values) {
  for (int k = 0; k < REPETITIONS; ++k) {
    const double begin = seconds();
    if (loaded_points(NULL, 0, CALLS) != 0) die("loader", "there is a library");
    values[k] = per_call(begin);
  }
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) die(name, dlerror());
  return found;
}

static void time_calls(const char *directory, const char *linked) {
  static double points[2][REPETITIONS], versions[2][REPETITIONS];
  points_t cases[2] = {loaded_points, NULL};
  versions_t asks[2] = {loaded_versions, NULL};
  metalab_capture_t *run = open_run(directory, 1);
  metalab_series_t *series = NULL;
  void *module = dlopen(linked, RTLD_NOW);
  if (module == NULL) die(linked, dlerror());
  *(void **)&cases[1] = symbol(module, "linked_points");
  *(void **)&asks[1] = symbol(module, "linked_versions");
  must(metalab_capture_series(run, "energy", "J", NULL, &series), "series");
  pin(0);
  int64_t step = 0;
  for (int k = -1; k < REPETITIONS; ++k) {
    for (int which = 0; which < 2; ++which, step += CALLS) {
      const double begin = seconds();
      const int64_t good = cases[which](series, step, CALLS);
      points[which][k < 0 ? 0 : k] = per_call(begin);
      if (good != CALLS) die("series_point", metalab_last_error());
      must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
      const double again = seconds();
      if (asks[which](CALLS) != CALLS * METALAB_ABI_VERSION) die("abi_version", "is another");
      versions[which][k < 0 ? 0 : k] = per_call(again);
    }
  }
  close_run(run);
  report("loader_point", "loaded", "ns", points[0], REPETITIONS);
  report("loader_point", "linked", "ns", points[1], REPETITIONS);
  report("loader_call", "loaded", "ns", versions[0], REPETITIONS);
  report("loader_call", "linked", "ns", versions[1], REPETITIONS);
}

int main(int argc, char **argv) {
  static double missing[REPETITIONS];
  if (argc != 4) die("usage", "loader DIRECTORY LIBRARY LINKED");
  time_first_calls("without_library", "libmetalab-nowhere.so.1");
  apart(without_library, missing, REPETITIONS);
  report("loader_call", "without_library", "ns", missing, REPETITIONS);
  time_first_calls("library", argv[2]);
  time_calls(argv[1], argv[3]);
  return 0;
}
