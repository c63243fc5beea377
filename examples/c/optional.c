/* Heat in a rod, captured where the library is, and computed all the same where it is not: the program
 * is not linked with the library, but looks for it when it runs.
 *
 *     cc -O2 optional.c -o optional                              (-ldl where glibc is older than 2.34)
 *     METALAB_LIBRARY=$HOME/.local/lib/libmetalab.so ./optional
 *     ./optional                                                 what the system has, or nothing
 */
#include <metalab_dl.h>
#include <stdio.h>

enum { CELLS = 100, STEPS = 2000 };

/* NULL, after a word on stderr, where there can be no capture. */
static metalab_capture_t *open_run(void) {
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  metalab_options_new(&options);
  metalab_options_experiment(options, "rod:1.0");
  metalab_options_param_i64(options, "cells", CELLS);
  metalab_options_compiler(options, METALAB_COMPILER);
  if (metalab_capture_open(options, &run) != METALAB_OK) {
    fprintf(stderr, "not captured: %s\n", metalab_last_error());
  }
  metalab_options_free(options);
  return run;
}

/* A step of the temperature; returns the largest change. */
static double advance(double *now, double *next) {
  double change = 0.0;
  for (int k = 1; k < CELLS - 1; ++k) {
    const double difference = 0.4 * (now[k - 1] - 2.0 * now[k] + now[k + 1]);
    next[k] = now[k] + difference;
    change = difference > change ? difference : -difference > change ? -difference : change;
  }
  return change;
}

int main(void) {
  double fields[2][CELLS] = {{1.0}, {1.0}}; /* hot at one end, cold at the other */
  double change = 0.0;
  metalab_capture_t *run = open_run();
  metalab_series_t *changes = NULL;
  metalab_capture_series(run, "change", "K", "largest change in a step", &changes);
  for (int64_t step = 0; step < STEPS; ++step) {
    change = advance(fields[step % 2], fields[(step + 1) % 2]);
    metalab_series_point(changes, step, change);
  }
  metalab_capture_metric(run, "change_final", change);
  metalab_capture_free(run);
  printf("largest change in step %d: %.6e\n", STEPS, change);
  return 0;
}
