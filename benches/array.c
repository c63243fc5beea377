/* A 64 MiB array of doubles, from the first computed value to where the solver may go on: in place
 * in a mapped artifact, against computing in memory and writing an .npz as numpy.savez does, a raw
 * file, or an HDF5 dataset; and the same until it is on the disk. Then a solver that takes a
 * snapshot every few steps. usage: array DIRECTORY */
#include "bench.h"

#include <hdf5.h>
#include <math.h>
#include <stdbool.h>
#include <zlib.h>

enum { REPETITIONS = 7, ELEMENTS = 8 << 20, CHUNK = 1 << 20 };

static double *input; /* ELEMENTS + 2 */
static char path[4096];

/* A smoothing step: reads as much as it writes. */
static void compute(double *restrict output, const double *restrict from) {
  for (size_t k = 0; k < ELEMENTS; ++k) output[k] = 0.25 * from[k] + 0.5 * from[k + 1] + 0.25 * from[k + 2];
}

static void write_all(int file, const void *bytes, size_t size) {
  const char *at = bytes;
  while (size > 0) {
    const ssize_t done = write(file, at, size);
    if (done <= 0) die(path, "cannot be written");
    at += done;
    size -= (size_t)done;
  }
}

static int create(void) {
  const int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0) die(path, "cannot be created");
  return file;
}

static unsigned char *put(unsigned char *at, uint32_t value, int bytes) {
  for (int k = 0; k < bytes; ++k) *at++ = (unsigned char)(value >> (8 * k));
  return at;
}

static unsigned char *put_entry(unsigned char *at, uint32_t crc, uint32_t size) {
  static const char name[] = "arr_0.npy";
  at = put(at, 20, 2);         /* version needed */
  at = put(at, 0, 2);          /* flags */
  at = put(at, 0, 2);          /* stored */
  at = put(at, 0x00210000, 4); /* 1980-01-01 00:00 */
  at = put(at, crc, 4);
  at = put(at, size, 4);
  at = put(at, size, 4);
  at = put(at, sizeof name - 1, 2);
  return put(at, 0, 2); /* extra */
}

/* An uncompressed .npz with one array, its checksum taken while it is written. */
static void write_npz(int file, const double *data) {
  static const char name[] = "arr_0.npy";
  char head[128];
  const int length = snprintf(head, sizeof head, "\x93NUMPY%c%c%c%c{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }",
                              1, 0, 118, 0, ELEMENTS);
  /* The version's and the length's zero bytes end no text here: snprintf counts them. */
  memset(head + length, ' ', sizeof head - (size_t)length);
  head[sizeof head - 1] = '\n';
  const uint32_t size = sizeof head + (uint32_t)(ELEMENTS * sizeof *data);

  unsigned char local[64], *end = put(local, 0x04034b50, 4);
  end = put_entry(end, 0, size);
  memcpy(end, name, sizeof name - 1);
  end += sizeof name - 1;
  write_all(file, local, (size_t)(end - local));
  write_all(file, head, sizeof head);
  uLong crc = crc32(0, (const Bytef *)head, sizeof head);
  const char *bytes = (const char *)data;
  for (size_t at = 0; at < ELEMENTS * sizeof *data; at += CHUNK) {
    crc = crc32(crc, (const Bytef *)bytes + at, CHUNK);
    write_all(file, bytes + at, CHUNK);
  }
  unsigned char checksum[4];
  put(checksum, (uint32_t)crc, 4);
  if (pwrite(file, checksum, 4, 14) != 4) die(path, "cannot be written");

  unsigned char tail[128], *directory = put(tail, 0x02014b50, 4);
  directory = put(directory, 20, 2); /* made by */
  directory = put_entry(directory, (uint32_t)crc, size);
  directory = put(directory, 0, 2); /* comment */
  directory = put(directory, 0, 2); /* disk */
  directory = put(directory, 0, 2); /* internal attributes */
  directory = put(directory, 0, 4); /* external attributes */
  directory = put(directory, 0, 4); /* offset of the local header */
  memcpy(directory, name, sizeof name - 1);
  directory += sizeof name - 1;
  const uint32_t directory_size = (uint32_t)(directory - tail);
  directory = put(directory, 0x06054b50, 4);
  directory = put(directory, 0, 4);          /* disks */
  directory = put(directory, 0x00010001, 4); /* entries */
  directory = put(directory, directory_size, 4);
  directory = put(directory, (uint32_t)(end - local) + size, 4);
  directory = put(directory, 0, 2); /* comment */
  write_all(file, tail, (size_t)(directory - tail));
}

static void write_hdf5(const double *data) {
  const hsize_t extent = ELEMENTS;
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, &extent, NULL);
  const hid_t set = H5Dcreate2(file, "field", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const bool good = H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  if (H5Dclose(set) < 0 || H5Sclose(space) < 0 || H5Fclose(file) < 0 || !good) die(path, "HDF5 cannot write it");
}

enum form { NPZ, RAW, HDF5 };

static void write_file(enum form form, const double *data, bool durable) {
  if (form == HDF5) write_hdf5(data);
  const int file = form == HDF5 ? open(path, O_RDWR | O_CLOEXEC) : create();
  if (file < 0) die(path, "cannot be opened");
  if (form == NPZ) write_npz(file, data);
  if (form == RAW) write_all(file, data, ELEMENTS * sizeof *data);
  if (durable && fsync(file) != 0) die(path, "cannot be made durable");
  if (close(file) != 0) die(path, "cannot be closed");
}

/* In milliseconds, like all that follow. */
static double in_memory(enum form form, bool durable) {
  const double begin = seconds();
  double *data = malloc(ELEMENTS * sizeof *data);
  if (data == NULL) die("malloc", "no memory");
  compute(data, input);
  write_file(form, data, durable);
  free(data);
  const double taken = 1e3 * (seconds() - begin);
  unlink(path);
  return taken;
}

static double mapped(metalab_capture_t *run, const char *name) {
  const uint64_t shape = ELEMENTS;
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  const double begin = seconds();
  must(metalab_capture_map_array(run, name, METALAB_FLOAT64, METALAB_ORDER_C, 1, &shape, NULL, &mapping, &data), "map");
  compute(data, input);
  must(metalab_mapping_seal(mapping), "seal");
  return 1e3 * (seconds() - begin);
}

enum { SNAPSHOT, SNAPSHOT_WARM, SNAPSHOT_FILE, WAYS };

static void snapshot(int way, metalab_snapshots_t *snapshots, int64_t step, double *warm, const double *field) {
  metalab_mapping_t *mapping = NULL;
  void *data = warm;
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
      write_file(RAW, data, false);
      free(data);
      return;
    default: compute(data, field);
  }
}

/* A solver that computes STEPS steps between two snapshots: what a snapshot costs, and what a step
 * costs while the snapshot before is hashed and the next one is made ready on another processor. */
static void take_snapshots(metalab_capture_t *run, metalab_snapshots_t *snapshots, double *warm) {
  enum { STEPS = 24, SNAPSHOTS = 3 };
  static const char *const names[WAYS] = {"begin_compute_seal", "warm_compute_only", "malloc_compute_write"};
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
  if (argc != 2) die("usage", "array DIRECTORY");
  path_in(path, argv[1], "array.bin");
  input = malloc((ELEMENTS + 2) * sizeof *input);
  double *warm = malloc(ELEMENTS * sizeof *warm);
  if (input == NULL || warm == NULL) die("malloc", "no memory");
  for (size_t k = 0; k < ELEMENTS + 2; ++k) input[k] = sin(1e-3 * (double)k);
  compute(warm, input);
  metalab_capture_t *run = open_run(argv[1], 3);
  mapped(run, "warm_up");
  const uint64_t extent = ELEMENTS;
  metalab_snapshots_t *snapshots = NULL;
  must(metalab_capture_snapshots(run, "u", METALAB_FLOAT64, METALAB_ORDER_C, 1, &extent, NULL, &snapshots), "snapshots");
  snapshot(SNAPSHOT, snapshots, 0, warm, input);
  pin(0);

  enum { MAPPED, NPZ_FILE, RAW_FILE, HDF5_FILE, WARM_RAW, WARM, CASES };
  static const char *const names[CASES] = {"mapped_until_sealed", "malloc_compute_npz", "malloc_compute_write",
                                           "malloc_compute_hdf5", "warm_compute_write", "warm_compute_only"};
  double values[CASES][REPETITIONS];
  for (int k = -1; k < REPETITIONS; ++k) {
    char name[40];
    double taken[CASES];
    snprintf(name, sizeof name, "field_%06d", k + 1);
    taken[MAPPED] = mapped(run, name);
    /* Sealing goes on behind the caller's back; it is not to disturb the others. */
    must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
    taken[NPZ_FILE] = in_memory(NPZ, false);
    taken[RAW_FILE] = in_memory(RAW, false);
    taken[HDF5_FILE] = in_memory(HDF5, false);
    double begin = seconds();
    compute(warm, input);
    taken[WARM] = 1e3 * (seconds() - begin);
    begin = seconds();
    compute(warm, input);
    write_file(RAW, warm, false);
    taken[WARM_RAW] = 1e3 * (seconds() - begin);
    unlink(path);
    for (int which = 0; k >= 0 && which < CASES; ++which) values[which][k] = taken[which];
  }
  for (int which = 0; which < CASES; ++which)
    report("array_64_MiB", names[which], "ms", values[which], REPETITIONS);
  take_snapshots(run, snapshots, warm);
  metalab_snapshots_free(snapshots);
  close_run(run);

  /* The first array of a run, and the run's end, which waits for the disk. */
  double first[REPETITIONS], finished[REPETITIONS], durable[2][REPETITIONS];
  for (int k = -1; k < REPETITIONS; ++k) {
    metalab_capture_t *one = open_run(argv[1], 100 + (uint64_t)(k + 1));
    const double sealed = mapped(one, "field");
    const double begin = seconds();
    must(metalab_capture_finish(one), "finish");
    const double ended = sealed + 1e3 * (seconds() - begin);
    metalab_capture_free(one);
    const double npz = in_memory(NPZ, true), raw = in_memory(RAW, true);
    if (k < 0) continue;
    first[k] = sealed;
    finished[k] = ended;
    durable[0][k] = npz;
    durable[1][k] = raw;
  }
  report("array_64_MiB_first_of_run", "mapped_until_sealed", "ms", first, REPETITIONS);
  report("array_64_MiB_durable", "mapped_until_finished", "ms", finished, REPETITIONS);
  report("array_64_MiB_durable", "malloc_compute_npz_fsync", "ms", durable[0], REPETITIONS);
  report("array_64_MiB_durable", "malloc_compute_write_fsync", "ms", durable[1], REPETITIONS);
  free(input);
  free(warm);
  return 0;
}
