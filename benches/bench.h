/* Parts of every benchmark: clocks, pinning, order statistics, a run, a line of results.
 *
 * A line: group, case, unit, median, least, p50, p99.9, p99.99 of single calls ("-" where single
 * calls were not timed), separated by tabs. The first case of a group is metalab's. */
#ifndef BENCH_H
#define BENCH_H

#include <fcntl.h>
#include <metalab.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* Ends the benchmark where a call of the library failed. */
static inline void must(metalab_status_t status, const char *what) {
  if (status != METALAB_OK) {
    fprintf(stderr, "%s: %s: %s\n", what, metalab_status_name(status), metalab_last_error());
    exit(1);
  }
}

static inline double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The cheapest clock there is. */
static inline uint64_t ticks(void) {
#if defined(__x86_64__)
  unsigned processor;
  return __rdtscp(&processor);
#elif defined(__aarch64__)
  uint64_t count;
  __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

static inline double nanoseconds_per_tick(void) {
  const double start = seconds();
  const uint64_t from = ticks();
  while (seconds() - start < 0.05) {
  }
  return 1e9 * (seconds() - start) / (double)(ticks() - from);
}

/* Keeps the calling thread on one processor. Call it when the other threads exist already: they
 * would inherit it. */
static inline void pin(int processor) {
#if defined(__linux__)
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int wanted = processor % CPU_COUNT(&allowed);
  for (int candidate = 0; candidate < CPU_SETSIZE; ++candidate) {
    if (CPU_ISSET(candidate, &allowed) && wanted-- == 0) {
      CPU_ZERO(&one);
      CPU_SET(candidate, &one);
      sched_setaffinity(0, sizeof one, &one);
      return;
    }
  }
#else
  (void)processor;
#endif
}

static inline int compare_doubles(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static inline double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_doubles);
  return count % 2 != 0 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

static inline void report(const char *group, const char *name, const char *unit, double *values, int count) {
  const double middle = median(values, count);
  printf("%s\t%s\t%s\t%.6g\t%.6g\t-\t-\t-\n", group, name, unit, middle, values[0]);
  fflush(stdout);
}

static inline void report_one(const char *group, const char *name, const char *unit, double value) {
  report(group, name, unit, &value, 1);
}

static inline int compare_ticks(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* `values`: nanoseconds per call of each repetition. `each`: what single calls took, in ticks,
 * with `empty` ticks for timing nothing. */
static inline void report_calls(const char *group, const char *name, double *values, int count, uint64_t *each,
                                size_t calls, uint64_t empty, double tick) {
  const double middle = median(values, count);
  double percentile[3];
  const double wanted[3] = {0.5, 0.999, 0.9999};
  qsort(each, calls, sizeof *each, compare_ticks);
  for (int k = 0; k < 3; ++k) {
    const uint64_t at = each[(size_t)(wanted[k] * (double)(calls - 1))];
    percentile[k] = tick * (double)(at > empty ? at - empty : 0);
  }
  printf("%s\t%s\tns\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\n", group, name, middle, values[0], percentile[0], percentile[1],
         percentile[2]);
  fflush(stdout);
}

/* The median cost of timing nothing, in ticks. */
static inline uint64_t empty_ticks(void) {
  enum { SAMPLES = 10001 };
  static uint64_t sample[SAMPLES];
  for (int k = 0; k < SAMPLES; ++k) {
    const uint64_t from = ticks();
    sample[k] = ticks() - from;
  }
  qsort(sample, SAMPLES, sizeof *sample, compare_ticks);
  return sample[SAMPLES / 2];
}

/* A run in `directory`/store; another seed is another run. */
static inline metalab_capture_t *open_run_with(const char *directory, uint64_t seed, bool is_durable) {
  char store[4096];
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  snprintf(store, sizeof store, "%s/store", directory);
  must(metalab_options_new(&options), "options");
  must(metalab_options_store(options, store), "store");
  must(metalab_options_experiment(options, "bench:1"), "experiment");
  must(metalab_options_seed(options, seed), "seed");
  must(metalab_options_durable(options, is_durable), "durable");
  must(metalab_capture_open(options, &run), "open");
  metalab_options_free(options);
  return run;
}

static inline metalab_capture_t *open_run(const char *directory, uint64_t seed) {
  return open_run_with(directory, seed, false);
}

static inline void close_run(metalab_capture_t *run) {
  must(metalab_capture_finish(run), "finish");
  metalab_capture_free(run);
}

static inline void path_in(char path[4096], const char *directory, const char *name) {
  if (snprintf(path, 4096, "%s/%s", directory, name) >= 4096) die(directory, "too long");
}

#endif
