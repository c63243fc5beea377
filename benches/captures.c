/* Many captures in one process: opening, emitting to all in turn against emitting to one, what they
 * hold, what they take while nothing happens, and what is left when they are freed.
 * usage: captures DIRECTORY COUNT */
#include "bench.h"
#include "usage.h"

enum { MOST = 4096, POINTS = 200000, REPETITIONS = 7, IDLE_SECONDS = 10 };

static metalab_capture_t *runs[MOST];
static metalab_series_t *series[MOST];

/* Nanoseconds of a point that goes to each of `count` series in turn. */
static double time_points(int count, int64_t *step) {
  bool good = true;
  const double begin = seconds();
  for (int left = POINTS; left > 0; left -= count, ++*step)
    for (int k = 0; k < count; ++k) good &= metalab_series_point(series[k], *step, 1.0) == METALAB_OK;
  const double taken = seconds() - begin;
  if (!good) die("series_point", metalab_last_error());
  return 1e9 * taken / POINTS;
}

static void flush_all(int count) {
  for (int k = 0; k < count; ++k) must(metalab_capture_flush(runs[k], METALAB_FLUSH_VISIBLE), "flush");
}

int main(int argc, char **argv) {
  const int count = argc == 3 ? atoi(argv[2]) : 0;
  if (count < 1 || count > MOST || POINTS % count != 0) die("usage", "captures DIRECTORY COUNT, a divisor of 200000");
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  char group[80];
  snprintf(group, sizeof group, "%d_captures", count);

  close_run(open_run(argv[1], 1 << 20));
  const int descriptors = descriptor_count();
  const long threads = status_of("Threads:");
  const double memory = memory_mebibytes(), disk = disk_mebibytes(argv[1]);
  double begin = seconds();
  for (int k = 0; k < count; ++k) {
    runs[k] = open_run(argv[1], (uint64_t)k);
    must(metalab_capture_series(runs[k], "energy", "J", NULL, &series[k]), "series");
  }
  const double opened = 1e3 * (seconds() - begin) / count;

  double all[REPETITIONS], one[REPETITIONS];
  int64_t step = 0;
  for (int k = -1; k < REPETITIONS; ++k) {
    const double turns = time_points(count, &step);
    flush_all(count);
    const double alone = time_points(1, &step);
    flush_all(count);
    if (k < 0) continue;
    all[k] = turns;
    one[k] = alone;
  }
  report(group, "point_to_all_in_turn", "ns", all, REPETITIONS);
  report(group, "point_to_one", "ns", one, REPETITIONS);
  /* Emitted values have been read, and the threads have gone to sleep. */
  sleep(2);
  const double used = used_seconds();
  sleep(IDLE_SECONDS);
  report_one(group, "idle", "%", 100.0 * (used_seconds() - used) / IDLE_SECONDS);
  report_one(group, "threads", "", (double)(status_of("Threads:") - threads));
  report_one(group, "descriptors", "", (double)(descriptor_count() - descriptors));
  report_one(group, "memory", "MiB", memory_mebibytes() - memory);
  report_one(group, "disk", "MiB", disk_mebibytes(argv[1]) - disk);
  report_one(group, "open", "ms", opened);
  begin = seconds();
  for (int k = 0; k < count; ++k) close_run(runs[k]);
  report_one(group, "finish", "ms", 1e3 * (seconds() - begin) / count);
  report_one(group, "descriptors_left", "", (double)(descriptor_count() - descriptors));
  return 0;
}
