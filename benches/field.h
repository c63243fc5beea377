/* A 64 MiB field of doubles: computing it, and writing it to a file as it is. */
#ifndef FIELD_H
#define FIELD_H

#include "bench.h"

#include <math.h>

enum { ELEMENTS = 8 << 20 };

/* ELEMENTS + 2 values to compute a field from. */
static inline double *field_input(void) {
  double *input = malloc((ELEMENTS + 2) * sizeof *input);
  if (input == NULL) die("malloc", "no memory");
  for (size_t k = 0; k < ELEMENTS + 2; ++k) input[k] = sin(1e-3 * (double)k);
  return input;
}

/* A smoothing step: reads as much as it writes. */
static inline void compute(double *restrict output, const double *restrict from) {
  for (size_t k = 0; k < ELEMENTS; ++k) output[k] = 0.25 * from[k] + 0.5 * from[k + 1] + 0.25 * from[k + 2];
}

static inline void write_all(int file, const void *bytes, size_t size) {
  const char *at = (const char *)bytes;
  while (size > 0) {
    const ssize_t done = write(file, at, size);
    if (done <= 0) die("write", "failed");
    at += done;
    size -= (size_t)done;
  }
}

static inline int create_file(const char *path) {
  const int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0) die(path, "cannot be created");
  return file;
}

#endif
