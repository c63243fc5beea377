/* A 64 MiB array of doubles, from the first computed value to where the solver may go on: in place
 * in a mapped artifact, against computing in memory and writing an .npz as numpy.savez does, a raw
 * file, or an HDF5 dataset; and the same until it is on the disk. usage: array DIRECTORY */
#include "bench.h"
#include "field.h"
#include "npz.h"

#include <hdf5.h>

enum { REPETITIONS = 7 };

static double *input; /* ELEMENTS + 2 */
static char path[4096];

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
  const int file = form == HDF5 ? open(path, O_RDWR | O_CLOEXEC) : create_file(path);
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
  must(metalab_capture_map_array(run, name, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, &shape, NULL, &mapping, &data), "map");
  compute(data, input);
  must(metalab_mapping_seal(mapping), "seal");
  return 1e3 * (seconds() - begin);
}

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "array DIRECTORY");
  path_in(path, argv[1], "array.bin");
  input = field_input();
  double *warm = malloc(ELEMENTS * sizeof *warm);
  if (warm == NULL) die("malloc", "no memory");
  compute(warm, input);
  metalab_capture_t *run = open_run(argv[1], 3);
  mapped(run, "warm_up");
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
  close_run(run);

  /* The first array of a run, and the run's end, which waits for the disk. */
  double first[REPETITIONS], finished[REPETITIONS], durable[2][REPETITIONS];
  for (int k = -1; k < REPETITIONS; ++k) {
    metalab_capture_t *one = open_run_with(argv[1], 100 + (uint64_t)(k + 1), true);
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
