/* The end of a run that holds many points of one series, right after the last point, and what its
 * memory grows by; against write(2) of the entry's bytes, and against formatting the same points with
 * fprintf. Each in a process of its own, whose peak memory nothing else has raised.
 * usage: finish DIRECTORY POINTS REPETITIONS */
#include "bench.h"
#include "usage.h"

#include <sys/wait.h>

struct outcome {
  double taken, growth; /* milliseconds, MiB */
};

/* For the others to look at: the file that holds the series. */
static void keep_entry(metalab_capture_t *run, const char *directory) {
  char entry[4096], kept[4096], *id = NULL;
  must(metalab_capture_run_id(run, &id), "run_id");
  snprintf(entry, sizeof entry, "%s/store/bench_1/results/%s/energy.json", directory, id);
  metalab_string_free(id);
  path_in(kept, directory, "entry.json");
  if (rename(entry, kept) != 0) die(entry, "is not there");
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
  keep_entry(run, directory);
  metalab_capture_free(run);
  return outcome;
}

/* The same bytes as the entry that the last `captured` left, from memory. */
static struct outcome copied(const char *directory, int64_t points, int repetition) {
  char path[4096];
  (void)points, (void)repetition;
  const double before = peak_mebibytes();
  path_in(path, directory, "entry.json");
  const int entry = open(path, O_RDONLY | O_CLOEXEC);
  const off_t size = entry < 0 ? 0 : lseek(entry, 0, SEEK_END);
  char *bytes = malloc((size_t)size + 1);
  if (size <= 0 || bytes == NULL || pread(entry, bytes, (size_t)size, 0) != size) die(path, "cannot be read");
  close(entry);
  path_in(path, directory, "copy.json");
  const double begin = seconds();
  const int copy = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  for (off_t at = 0; at < size;) {
    const ssize_t done = write(copy, bytes + at, (size_t)(size - at));
    if (done <= 0) die(path, "cannot be written");
    at += done;
  }
  if (close(copy) != 0) die(path, "cannot be closed");
  const struct outcome outcome = {1e3 * (seconds() - begin), peak_mebibytes() - before};
  free(bytes);
  unlink(path);
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
  if (fflush(file) != 0 || fclose(file) != 0) die(path, "cannot be written");
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
  enum { CASES = 3 };
  static const measurement measures[CASES] = {captured, copied, as_text};
  static const char *const names[CASES] = {"metalab_capture_finish", "floor_write_same_bytes", "fprintf_json"};
  double taken[CASES][MOST], growth[CASES][MOST];
  for (int k = -1; k < repetitions; ++k) {
    for (int which = 0; which < CASES; ++which) {
      const struct outcome outcome = in_a_process(measures[which], argv[1], points, k + 1);
      if (k < 0) continue;
      taken[which][k] = outcome.taken;
      growth[which][k] = outcome.growth;
    }
  }
  char group[80];
  for (int which = 0; which < CASES; ++which) {
    snprintf(group, sizeof group, "finish_%.0e_points", (double)points);
    report(group, names[which], "ms", taken[which], repetitions);
  }
  for (int which = 0; which < CASES; ++which) {
    snprintf(group, sizeof group, "finish_%.0e_points_peak_memory", (double)points);
    report(group, names[which], "MiB", growth[which], repetitions);
  }
  return 0;
}
