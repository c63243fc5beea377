/* What a point costs from C: the loop that bench.jl compares its own with. */
#include <stdint.h>

typedef int32_t point_function(void *series, int64_t step, double value);

int32_t points(point_function *point, void *series, int64_t count) {
  int32_t status = 0;
  for (int64_t step = 0; step < count; ++step) status |= point(series, step, (double)step);
  return status;
}
