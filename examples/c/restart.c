/* A solver that goes on from its latest snapshot when it is started again. */
#include <metalab.h>
#include <stdio.h>
#include <string.h>

enum { N = 64, STEPS = 100 };

int main(void) {
  double u[N] = {0}, next[N] = {0};
  int64_t last = 0;
  const size_t extents[1] = {N};
  metalab_options_t *options = NULL;
  metalab_run_t *before = NULL;
  metalab_capture_t *run = NULL;
  metalab_snapshots_t *snapshots = NULL;

  metalab_options_new(&options);
  metalab_options_store(options, "runs");
  metalab_options_experiment(options, "restart:1");
  metalab_options_param_i64(options, "n", N);

  u[N / 2] = 1;
  if (metalab_options_run(options, &before) == METALAB_OK) { /* is there an earlier attempt? */
    metalab_loaded_t *loaded = NULL;
    metalab_array_t array = METALAB_ARRAY_INIT;
    if (metalab_run_latest(before, "u", &last, &loaded, &array) == METALAB_OK)
      memcpy(u, array.data, sizeof u); /* its last snapshot */
    metalab_loaded_free(loaded);
  }
  if (last > 0)
    metalab_options_restart(options, last + 1);
  printf("from step %d\n", (int)last + 1);

  if (metalab_capture_open(options, &run) != METALAB_OK)
    fprintf(stderr, "not captured: %s\n", metalab_last_error());
  metalab_capture_snapshots(run, "u", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, extents, NULL, &snapshots);
  for (int64_t step = last + 1; step <= STEPS; step++) {
    double peak = 0;
    for (int i = 1; i < N - 1; i++)
      next[i] = u[i] + 0.25 * (u[i - 1] - 2 * u[i] + u[i + 1]);
    memcpy(u, next, sizeof u);
    for (int i = 0; i < N; i++)
      peak = u[i] > peak ? u[i] : peak;
    metalab_capture_metric_step(run, "peak", step, peak);
    if (step % 50 == 0) {
      metalab_mapping_t *mapping = NULL;
      void *field = NULL;
      if (metalab_snapshots_begin(snapshots, step, &mapping, &field) == METALAB_OK) {
        memcpy(field, u, sizeof u);
        metalab_mapping_seal(mapping);
      }
    }
    if (step == 70 && last == 0) {
      metalab_capture_cancel(run, "the time is up");
      break;
    }
  }
  metalab_snapshots_free(snapshots);
  metalab_capture_free(run);

  if (before != NULL) {
    metalab_run_refresh(before);
    metalab_run_last_step(before, &last);
    printf("%d steps\n", (int)last);
  }
  metalab_run_free(before);
  metalab_options_free(options);
  return 0;
}
