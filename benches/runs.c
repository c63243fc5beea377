/* A table of many runs: read for the first time, and again, when the reader's cache has it.
 * usage: runs DIRECTORY COUNT REPETITIONS */
#include "usage.h"

#include <ftw.h>

enum { MOST = 16 };

/* The record of a run, of about 2 KB, as the library lays it out. */
static void write_record(const char *directory, int k) {
  static const char padding[] = "/home/user/solver/build/solve --grid 256 --scheme upwind --steps 10000 --tolerance 1e-9 ";
  char path[4096], name[48];
  snprintf(name, sizeof name, "%08x%031d", (unsigned)k * 2654435761u, k);
  snprintf(path, sizeof path, "%s/store/sweep_1/runs/%s.json", directory, name);
  FILE *file = fopen(path, "w");
  if (file == NULL) die(path, "cannot be written");
  const double x = (double)(k * 7919 % 100003) / 100003.0;
  fprintf(file,
          "{\n  \"artifacts\": [],\n  \"context_fingerprint\": \"%032d\",\n  \"duration_ms\": %d,\n  \"error\": null,\n"
          "  \"experiment_id\": \"sweep:1\",\n  \"finished_at\": \"2026-11-%02dT%02d:%02d:59.%06d\",\n"
          "  \"metrics\": {\n    \"converged\": %s,\n    \"energy\": %.17g,\n    \"gflops\": %.17g,\n"
          "    \"iterations\": %d,\n    \"loss\": %.17g,\n    \"memory_mb\": %.17g,\n    \"residual\": %.17g,\n"
          "    \"wall_s\": %.17g\n  },\n  \"notes\": null,\n  \"params_resolved\": {\n    \"cfl\": 0.5,\n    \"dt\": %g,\n"
          "    \"n\": %d,\n    \"nu\": %.17g,\n    \"scheme\": \"%s\",\n    \"seed\": %d,\n    \"solver\": {\n"
          "      \"restart\": 30,\n      \"tolerance\": 1e-08,\n      \"type\": \"gmres\"\n    }\n  },\n"
          "  \"provenance\": {\n    \"command\": [\n      \"%s%s\",\n      \"%s%s\"\n    ],\n"
          "    \"cwd\": \"/scratch/user/sweep/%06d\",\n    \"environment\": {\n      \"OMP_NUM_THREADS\": \"8\",\n"
          "      \"SLURM_JOB_ID\": \"%d\"\n    },\n    \"host\": {\n      \"cores\": 64,\n      \"name\": \"node%03d\"\n    },\n"
          "    \"library\": \"libmetalab\",\n    \"revision\": \"%040d\"\n  },\n"
          "  \"run_id\": \"%s\",\n  \"started_at\": \"2026-11-%02dT%02d:%02d:00.%06d\",\n  \"status\": \"success\",\n"
          "  \"tags\": [\n    \"sweep\"\n  ],\n  \"warnings\": [],\n  \"log\": \"%s%s%s\"\n}",
          k, 1000 + k, 1 + k % 28, k % 24, k % 60, k, k % 10 ? "true" : "false", -x * 100, x * 5, k % 1000, x / 3, x * 4e3,
          x * 1e-6, x * 10, 0.001 * (1 + k % 7), 16 << k % 6, x * 1e-3, k % 3 ? "upwind" : "central", k, padding, padding,
          padding, padding, k, 100000 + k, k % 200, k, name, 1 + k % 28, k % 24, k % 60, k, padding, padding, padding);
  fclose(file);
}

static void make_directory(char path[4096], const char *directory, const char *name) {
  path_in(path, directory, name);
  if (mkdir(path, 0777) != 0) die(path, "cannot be made");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status, (void)kind, (void)walk;
  return remove(path);
}

/* Seconds that a table of all runs takes, of the clock and of the processor. */
static void read_table(const char *store, int count, double *taken, double *used) {
  metalab_store_t *opened = NULL;
  metalab_table_t *table = NULL;
  size_t rows = 0;
  const double begin = seconds(), before = used_seconds();
  must(metalab_store_open(store, &opened), "store_open");
  must(metalab_store_runs(opened, NULL, NULL, 0, &table), "store_runs");
  *taken = seconds() - begin;
  *used = used_seconds() - before;
  must(metalab_table_size(table, &rows, NULL), "table_size");
  if (rows != (size_t)count) die(store, "has other runs");
  metalab_table_free(table);
  metalab_store_free(opened);
}

int main(int argc, char **argv) {
  const int count = argc == 4 ? atoi(argv[2]) : 0, repetitions = argc == 4 ? atoi(argv[3]) : 0;
  if (count < 1 || repetitions < 1 || repetitions > MOST) die("usage", "runs DIRECTORY COUNT REPETITIONS");
  char path[4096], store[4096], cache[4096];
  make_directory(store, argv[1], "store");
  make_directory(path, store, "sweep_1");
  path_in(path, argv[1], "store/sweep_1/_meta.json");
  FILE *meta = fopen(path, "w");
  if (meta == NULL) die(path, "cannot be written");
  fputs("{\"experiment_id\": \"sweep:1\"}", meta);
  fclose(meta);
  make_directory(path, argv[1], "store/sweep_1/runs");
  for (int k = 0; k < count; ++k) write_record(argv[1], k);
  path_in(cache, argv[1], "cache");
  setenv("METALAB_CACHE", cache, 1);
  sleep(4); /* A record that is younger is not kept. */
  double taken[2][MOST], used[2][MOST];
  for (int k = 0; k < repetitions; ++k) {
    nftw(cache, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (int again = 0; again < 2; ++again) read_table(store, count, &taken[again][k], &used[again][k]);
  }
  char group[80];
  snprintf(group, sizeof group, "table_of_%d_runs", count);
  for (int again = 0; again < 2; ++again) {
    report(group, again ? "again" : "first", "s", taken[again], repetitions);
    report(group, again ? "again_processor" : "first_processor", "s", used[again], repetitions);
  }
  return 0;
}
