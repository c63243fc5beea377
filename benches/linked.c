/* A module that is linked with the library, for benches/loader.c: its calls are those of any program. */
#include <metalab.h>

int64_t linked_points(metalab_series_t *series, int64_t first, int64_t count);
uint64_t linked_versions(int64_t count);

int64_t linked_points(metalab_series_t *series, int64_t first, int64_t count) {
  int64_t good = 0;
  for (int64_t k = first; k < first + count; ++k) good += metalab_series_point(series, k, 1e-3 * (double)k) == METALAB_OK;
  return good;
}

uint64_t linked_versions(int64_t count) {
  uint64_t sum = 0;
  for (int64_t k = 0; k < count; ++k) sum += metalab_abi_version();
  return sum;
}
