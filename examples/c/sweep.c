/* A sweep over a parameter, of which runs that are a success already are read and not solved again. */
#include <metalab.h>
#include <stdio.h>

static double peak_of(int n) {
  double peak = 0;
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  metalab_options_new(&options);
  metalab_options_store(options, "runs");
  metalab_options_experiment(options, "sweep:1");
  metalab_options_param_i64(options, "n", n);
  metalab_options_if_success(options, METALAB_IF_SUCCESS_SKIP);
  if (metalab_capture_open(options, &run) == METALAB_SKIP) {
    metalab_run_t *earlier = NULL;
    metalab_options_run(options, &earlier);
    metalab_run_number(earlier, "metrics.peak", &peak);
    metalab_run_free(earlier);
  } else {
    printf("solving %d\n", n);
    peak = 1.0 / n;
    metalab_capture_metric(run, "peak", peak);
  }
  metalab_capture_free(run);
  metalab_options_free(options);
  return peak;
}

int main(void) {
  const int sizes[2] = {64, 128};
  double peaks[2];
  for (int k = 0; k < 2; k++)
    peaks[k] = peak_of(sizes[k]);
  for (int k = 0; k < 2; k++)
    printf("%d %.4f\n", sizes[k], peaks[k]);
  return 0;
}
