/* The end of a run that has many series of one point, against as many new files of the same size in a
 * directory. usage: series DIRECTORY COUNT REPETITIONS */
#include "bench.h"

#include <sys/stat.h>

enum { MOST = 16 };

static void name_of(char name[40], int k) { snprintf(name, 40, "series_%06d", k); }

static double captured(const char *directory, int count, int repetition, size_t *size) {
  char name[40], path[4096], *id = NULL;
  metalab_capture_t *run = open_run(directory, 40 + (uint64_t)repetition);
  for (int k = 0; k < count; ++k) {
    name_of(name, k);
    must(metalab_capture_metric_step(run, name, 0, 1.0), "metric_step");
  }
  must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
  const double begin = seconds();
  must(metalab_capture_finish(run), "finish");
  const double taken = seconds() - begin;
  must(metalab_capture_run_id(run, &id), "run_id");
  struct stat status;
  snprintf(path, sizeof path, "%s/store/bench_1/results/%s/%s.json", directory, id, name);
  if (stat(path, &status) != 0) die(path, "is not there");
  *size = (size_t)status.st_size;
  metalab_string_free(id);
  metalab_capture_free(run);
  return taken;
}

static double files_alone(const char *directory, int count, int repetition, size_t size) {
  char name[80], path[4096], *bytes = calloc(size, 1);
  snprintf(name, sizeof name, "files_%d", repetition);
  path_in(path, directory, name);
  if (bytes == NULL || mkdir(path, 0777) != 0) die(path, "cannot be made");
  const double begin = seconds();
  for (int k = 0; k < count; ++k) {
    snprintf(path, sizeof path, "%s/files_%d/series_%06d.json", directory, repetition, k);
    const int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size || close(file) != 0) die(path, "cannot be written");
  }
  const double taken = seconds() - begin;
  free(bytes);
  return taken;
}

int main(int argc, char **argv) {
  const int count = argc == 4 ? atoi(argv[2]) : 0, repetitions = argc == 4 ? atoi(argv[3]) : 0;
  if (count < 1 || repetitions < 1 || repetitions > MOST) die("usage", "series DIRECTORY COUNT REPETITIONS");
  double taken[MOST], alone[MOST];
  for (int k = 0; k < repetitions; ++k) {
    size_t size = 0;
    taken[k] = captured(argv[1], count, k, &size);
    alone[k] = files_alone(argv[1], count, k, size);
  }
  char group[80];
  snprintf(group, sizeof group, "finish_%d_series", count);
  report(group, "metalab_capture_finish", "s", taken, repetitions);
  report(group, "floor_as_many_files", "s", alone, repetitions);
  return 0;
}
