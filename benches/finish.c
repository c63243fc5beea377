/* The end of a run that holds many points of one series, right after the last point, and what its
 * memory grows by; against writing the same points as text. Each in a process of its own, whose
 * peak memory nothing else has raised. usage: finish DIRECTORY POINTS REPETITIONS */
#include "bench.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct outcome {
  double taken, growth; /* milliseconds, MiB */
};

static double peak_mebibytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return (double)usage.ru_maxrss / (1024.0 * 1024.0);
#else
  return (double)usage.ru_maxrss / 1024.0;
#endif
}

static struct outcome captured(const char *directory, int64_t points, int repetition) {
  metalab_capture_t *run = open_run(directory, 1000 + (uint64_t)points + (uint64_t)repetition);
  metalab_series_t *series = NULL;
  must(metalab_capture_series(run, "energy", "J", NULL, &series), "series");
  const double before = peak_mebibytes();
  bool good = true;
  for (int64_t step = 0; step < points; ++step)
    good &= metalab_series_point(series, step, 1.0 / (double)(step + 1)) == METALAB_OK;
  if (!good) die("series_point", metalab_last_error());
  const double begin = seconds();
  must(metalab_capture_finish(run), "finish");
  const struct outcome outcome = {1e3 * (seconds() - begin), peak_mebibytes() - before};
  metalab_capture_free(run);
  return outcome;
}

static struct outcome as_text(const char *directory, int64_t points, int repetition) {
  char path[4096];
  (void)repetition;
  path_in(path, directory, "points.json");
  const double before = peak_mebibytes();
  double *values = malloc((size_t)points * sizeof *values);
  if (values == NULL) die("malloc", "no memory");
  for (int64_t step = 0; step < points; ++step) values[step] = 1.0 / (double)(step + 1);
  const double begin = seconds();
  FILE *file = fopen(path, "w");
  if (file == NULL) die(path, "cannot be created");
  for (int64_t step = 0; step < points; ++step)
    fprintf(file, "%c[%lld,%.17g]", step == 0 ? '[' : ',', (long long)step, values[step]);
  fputs("]\n", file);
  if (fflush(file) != 0 || fsync(fileno(file)) != 0 || fclose(file) != 0) die(path, "cannot be written");
  const struct outcome outcome = {1e3 * (seconds() - begin), peak_mebibytes() - before};
  free(values);
  unlink(path);
  return outcome;
}

typedef struct outcome (*measurement)(const char *directory, int64_t points, int repetition);

static struct outcome in_a_process(measurement measure, const char *directory, int64_t points, int repetition) {
  int ends[2];
  struct outcome outcome = {0.0, 0.0};
  if (pipe(ends) != 0) die("pipe", "failed");
  const pid_t child = fork();
  if (child < 0) die("fork", "failed");
  if (child == 0) {
    outcome = measure(directory, points, repetition);
    _exit(write(ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
  }
  close(ends[1]);
  int status = 0;
  const bool whole = read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
  close(ends[0]);
  if (waitpid(child, &status, 0) != child || status != 0 || !whole) die("finish", "a measurement failed");
  return outcome;
}

int main(int argc, char **argv) {
  enum { MOST = 100 };
  const int64_t points = argc == 4 ? strtoll(argv[2], NULL, 10) : 0;
  const int repetitions = argc == 4 ? atoi(argv[3]) : 0;
  if (points < 1 || repetitions < 1 || repetitions > MOST) die("usage", "finish DIRECTORY POINTS REPETITIONS");
  static const measurement measures[] = {captured, as_text};
  static const char *const names[] = {"metalab_capture_finish", "fprintf_json_fsync"};
  double taken[2][MOST], growth[2][MOST];
  for (int k = -1; k < repetitions; ++k) {
    for (int which = 0; which < 2; ++which) {
      const struct outcome outcome = in_a_process(measures[which], argv[1], points, k + 1);
      if (k < 0) continue;
      taken[which][k] = outcome.taken;
      growth[which][k] = outcome.growth;
    }
  }
  char group[80];
  for (int which = 0; which < 2; ++which) {
    snprintf(group, sizeof group, "finish_%.0e_points", (double)points);
    report(group, names[which], "ms", taken[which], repetitions);
  }
  for (int which = 0; which < 2; ++which) {
    snprintf(group, sizeof group, "finish_%.0e_points_peak_memory", (double)points);
    report(group, names[which], "MiB", growth[which], repetitions);
  }
  return 0;
}
