/* A solver that takes a snapshot of a 64 MiB field every few steps: computed in the artifact, against
 * computing alone into warm memory, and against computing into new memory and writing a file.
 * usage: snapshot DIRECTORY */
#include "bench.h"
#include "field.h"

enum { REPETITIONS = 9 };

static double *input; /* ELEMENTS + 2 */
static char path[4096];

enum { SNAPSHOT, SNAPSHOT_WARM, SNAPSHOT_FILE, WAYS };

static void snapshot(int way, metalab_snapshots_t *snapshots, int64_t step, double *warm, const double *field) {
  metalab_mapping_t *mapping = NULL;
  void *data = warm;
  int file = -1;
  switch (way) {
    case SNAPSHOT:
      must(metalab_snapshots_begin(snapshots, step, &mapping, &data), "begin");
      compute(data, field);
      must(metalab_mapping_seal(mapping), "seal");
      return;
    case SNAPSHOT_FILE:
      data = malloc(ELEMENTS * sizeof *warm);
      if (data == NULL) die("malloc", "no memory");
      compute(data, field);
      file = create_file(path);
      write_all(file, data, ELEMENTS * sizeof *warm);
      close(file);
      free(data);
      return;
    default: compute(data, field);
  }
}

/* A solver that computes STEPS steps between two snapshots: what a snapshot costs, and what a step
 * costs while the snapshot before is hashed and the next one is made ready on another processor. */
static void take_snapshots(metalab_capture_t *run, metalab_snapshots_t *snapshots, double *warm) {
  enum { STEPS = 24, SNAPSHOTS = 3 };
  static const char *const names[WAYS] = {"begin_compute_seal", "floor_warm_compute_only", "malloc_compute_write"};
  double costs[WAYS][REPETITIONS * SNAPSHOTS], steps[WAYS][REPETITIONS * SNAPSHOTS];
  double *field = malloc((ELEMENTS + 2) * sizeof *field);
  if (field == NULL) die("malloc", "no memory");
  memcpy(field, input, (ELEMENTS + 2) * sizeof *field);
  for (int k = -1; k < REPETITIONS; ++k) {
    for (int way = 0; way < WAYS; ++way) {
      for (int which = 0; which < SNAPSHOTS; ++which) {
        const double begin = seconds();
        for (int step = 0; step < STEPS; step += 2) {
          compute(field + 1, input);
          compute(input + 1, field);
        }
        const double stepped = seconds();
        if (way == SNAPSHOT_FILE) unlink(path);
        const double from = seconds();
        snapshot(way, snapshots, which, warm, field);
        if (k < 0) continue;
        costs[way][k * SNAPSHOTS + which] = 1e3 * (seconds() - from);
        steps[way][k * SNAPSHOTS + which] = 1e3 * (stepped - begin) / STEPS;
      }
      must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
    }
  }
  unlink(path);
  for (int way = 0; way < WAYS; ++way)
    report("snapshot_64_MiB", names[way], "ms", costs[way], REPETITIONS * SNAPSHOTS);
  for (int way = 0; way < WAYS; ++way)
    report("step_between_snapshots", names[way], "ms", steps[way], REPETITIONS * SNAPSHOTS);
  free(field);
}

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "snapshot DIRECTORY");
  path_in(path, argv[1], "snapshot.bin");
  input = field_input();
  double *warm = malloc(ELEMENTS * sizeof *warm);
  if (warm == NULL) die("malloc", "no memory");
  compute(warm, input);
  metalab_capture_t *run = open_run(argv[1], 4);
  const uint64_t extent = ELEMENTS;
  metalab_snapshots_t *snapshots = NULL;
  must(metalab_capture_snapshots(run, "u", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, &extent, NULL, &snapshots), "snapshots");
  snapshot(SNAPSHOT, snapshots, 0, warm, input);
  pin(0);
  take_snapshots(run, snapshots, warm);
  metalab_snapshots_free(snapshots);
  close_run(run);
  free(input);
  free(warm);
  return 0;
}
