/* The caller's path alone, with whatever library the loader finds, so that two builds can be run in
 * turns. Prints name, unit and lower quartile, separated by tabs: on a machine that does other things,
 * half of the short loops may be disturbed. usage: caller DIRECTORY NUMBER */
#include "bench.h"

enum { CALLS = 20000, LOOPS = 31, THREADS = 40, ELEMENTS = 512 << 10, SNAPSHOTS = 15, RUNS = 9 };

static const char line[] = "step 000123: residual 1.234567e-09 after 17 of 40 iterations";

static metalab_capture_t *run;
static metalab_series_t *series;
static int64_t step;

static void tell(const char *name, const char *unit, double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_doubles);
  printf("%s\t%s\t%.6g\n", name, unit, values[count / 4]);
}

/* Nanoseconds of a call. */
#define TIME_CALLS(name, call)                                           \
  do {                                                                   \
    double values[LOOPS];                                                \
    for (int loop = -1; loop < LOOPS; ++loop) {                          \
      bool good = true;                                                  \
      const double begin = seconds();                                    \
      for (int k = 0; k < CALLS; ++k, ++step) good &= (call) == METALAB_OK; \
      const double taken = seconds() - begin;                            \
      if (!good) die(name, metalab_last_error());                        \
      must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");  \
      if (loop >= 0) values[loop] = 1e9 * taken / CALLS;                 \
    }                                                                    \
    tell(name, "ns", values, LOOPS);                                     \
  } while (0)

static void *first_point(void *taken) {
  const double begin = seconds();
  must(metalab_series_point(series, step++, 1.0), "series_point");
  *(double *)taken = 1e6 * (seconds() - begin);
  return NULL;
}

static void time_first_points(void) {
  double values[THREADS];
  for (int k = 0; k < THREADS; ++k) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, first_point, &values[k]) != 0) die("pthread_create", "failed");
    pthread_join(thread, NULL);
  }
  tell("first point of a thread", "us", values, THREADS);
}

static void time_snapshots(void) {
  const uint64_t extent = ELEMENTS;
  metalab_snapshots_t *snapshots = NULL;
  double begins[SNAPSHOTS], fills[SNAPSHOTS], seals[SNAPSHOTS];
  must(metalab_capture_snapshots(run, "u", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, &extent, NULL, &snapshots), "snapshots");
  for (int which = -1; which < SNAPSHOTS; ++which) {
    metalab_mapping_t *mapping = NULL;
    void *data = NULL;
    double at[4];
    at[0] = seconds();
    must(metalab_snapshots_begin(snapshots, which + 1, &mapping, &data), "begin");
    at[1] = seconds();
    for (int k = 0; k < ELEMENTS; ++k) ((double *)data)[k] = k;
    at[2] = seconds();
    must(metalab_mapping_seal(mapping), "seal");
    at[3] = seconds();
    must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
    if (which < 0) continue;
    begins[which] = 1e6 * (at[1] - at[0]);
    fills[which] = 1e6 * (at[2] - at[1]);
    seals[which] = 1e6 * (at[3] - at[2]);
  }
  tell("beginning a snapshot of 4 MiB", "us", begins, SNAPSHOTS);
  tell("filling it", "us", fills, SNAPSHOTS);
  tell("sealing it", "us", seals, SNAPSHOTS);
  metalab_snapshots_free(snapshots);
}

static void time_runs(const char *directory, uint64_t number) {
  double opens[RUNS], finishes[RUNS];
  for (int k = 0; k < RUNS; ++k) {
    const double begin = seconds();
    metalab_capture_t *one = open_run(directory, (number + 1) * 1000 + (uint64_t)k);
    const double opened = seconds();
    must(metalab_capture_finish(one), "finish");
    finishes[k] = 1e6 * (seconds() - opened);
    opens[k] = 1e6 * (opened - begin);
    metalab_capture_free(one);
  }
  tell("opening an empty run", "us", opens, RUNS);
  tell("finishing it", "us", finishes, RUNS);
}

int main(int argc, char **argv) {
  if (argc != 3) die("usage", "caller DIRECTORY NUMBER");
  const uint64_t number = strtoull(argv[2], NULL, 10);
  run = open_run(argv[1], (number + 1) * 1000 + 999);
  must(metalab_capture_series(run, "energy", "J", NULL, &series), "series");
  must(metalab_series_point(series, step++, 1.0), "series_point");
  pin(0);
  TIME_CALLS("point by handle", metalab_series_point(series, step, 1e-3 * (double)step));
  TIME_CALLS("point by name", metalab_capture_metric_step(run, "residual", step, 1e-3 * (double)step));
  TIME_CALLS("metric without a step", metalab_capture_metric(run, "last", 1e-3 * (double)step));
  TIME_CALLS("log line of 60 characters", metalab_capture_log(run, METALAB_LEVEL_INFO, line, sizeof line - 1));
  time_first_points();
  time_snapshots();
  time_runs(argv[1], number);
  close_run(run);
  return 0;
}
