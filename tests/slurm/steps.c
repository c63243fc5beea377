/* A solver for tests/slurm/trial.py that knows of the library nothing but what the environment says: it counts steps,
 * 20 a second. Usage: steps SECONDS, or steps recover, which ends the runs whose processes are dead. */
#include <metalab.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "recover") == 0) {
    size_t recovered = 0;
    const metalab_status_t status = metalab_recover(NULL, NULL, NULL, &recovered);
    printf("%d runs recovered: %s\n", (int)recovered, status == METALAB_OK ? "all" : metalab_last_error());
    return status == METALAB_OK ? 0 : 1;
  }
  metalab_capture_t *run = NULL;
  if (metalab_capture_open(NULL, &run) != METALAB_OK) {
    fprintf(stderr, "not captured: %s\n", metalab_last_error());
    return 3;
  }
  const int64_t steps = (int64_t)(20 * atof(argv[1]));
  int64_t step = 0;
  const struct timespec pause = {0, 50 * 1000 * 1000};
  for (; step < steps && !metalab_capture_should_stop_at(run, step); ++step) {
    metalab_capture_metric_step(run, "x", step, (double)step);
    nanosleep(&pause, NULL);
  }
  metalab_capture_free(run);
  return step < steps ? 75 : 0;
}
